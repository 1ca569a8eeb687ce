//! What the steps of a chain may refer to beside the dataset they work on: functions of the person's own, other data.
//! Opens nothing.

use super::script::opening;
use super::{Functions, Open, Value};
use crate::model::Result;
use crate::plan::Dataset;

/// Functions and other data.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Functions that expressions may use.
    pub functions: Functions,
    /// Other data by the name that steps have for them: what was found there, or why nothing was.
    pub data: Vec<(Value, Result<Other>)>,
}

/// Data that a step works with beside those of the chain.
#[derive(Debug, Clone)]
pub struct Other {
    /// The root group.
    pub dataset: Dataset,
    /// The files that another program would open.
    pub files: Vec<String>,
    /// Whether they are Zarr stores.
    pub zarr: bool,
    /// Path and identity, to be told of results.
    pub identity: (String, String),
}

impl Other {
    /// The Python expression that opens them.
    pub(crate) fn python(&self) -> String {
        let group = None;
        opening(&self.files, if self.zarr { Open::Zarr { group } } else { Open::Dataset { group } })
    }
}
