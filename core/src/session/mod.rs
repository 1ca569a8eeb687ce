//! The facade: opens data, decodes them by the CF conventions, runs what is asked on the engine, writes results. The
//! only part of the core that joins formats, conventions, operations and engine.

mod catalog;
mod coords;
mod damage;
mod decode;
mod dump;
mod encode;
mod export;
mod field;
mod fields;
mod files;
mod fills;
mod group;
mod json;
mod layout;
mod libraries;
mod many;
mod marked;
mod moments;
mod open;
mod others;
mod overrides;
mod select;
mod sign;
mod stats;
mod time;
mod values;
mod why;

pub use damage::Damage;
pub use dump::dump;
pub use export::{ExportFormat, ExportOptions, ExportReport};
pub use field::{Corners, Field, Horizontal, Series};
pub use files::NewFile;
pub use json::{attrs_json, info_json};
pub use layout::{HorizontalKind, Layout, layout};
pub use libraries::libraries;
pub use open::{Decoding, GroupData, OpenOptions, Opened, Origin, names_data};
pub use overrides::Override;
pub use select::selection;
pub use stats::{Numbers, Stats, TimeSpan};
pub use values::Values;
pub use why::{Reason, Reasons};

use crate::engine::{Engine, EngineOptions};
use crate::model::Result;
use std::sync::Arc;

/// An engine and what works on it. Cheap to clone; clones share threads, memory and caches.
#[derive(Clone)]
pub struct Session {
    engine: Engine,
    /// Places of curvilinear grids, for the next picture.
    places: Arc<field::Places>,
}

impl Session {
    /// A session with its own engine.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn new(options: EngineOptions) -> Result<Self> {
        Ok(Self { engine: Engine::new(options)?, places: Arc::default() })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Opens a file or folder of any known format, or all files that match a pattern (`u_*.nc`) or lie in a folder as one
    /// dataset, or an Intake catalogue with its entries as groups (`catalog.yml`, one entry alone as `catalog.yml/NAME`,
    /// either with `?PARAMETER=VALUE`): metadata and labels of dimensions, nothing else. Blocks while it reads; what goes
    /// wrong with a single variable or entry is a warning in [`Opened::info`].
    ///
    /// # Errors
    /// As [`formats::open`](crate::formats::open).
    pub fn open(&self, path: &str) -> Result<Arc<Opened>> {
        self.open_with(path, &OpenOptions::default())
    }

    /// As [`Session::open`], with a say in how it is read and decoded.
    ///
    /// # Errors
    /// As [`Session::open`], and where an override names no variable or makes no sense for it.
    pub fn open_with(&self, path: &str, options: &OpenOptions) -> Result<Arc<Opened>> {
        Ok(Arc::new(open::open(path, options)?))
    }

    /// Opens several files as one dataset, joined along the dimension whose labels differ, in the order of the labels.
    /// Each path may be a pattern.
    ///
    /// # Errors
    /// As [`Session::open`], naming the file, and where the files do not fit together, naming two of them.
    pub fn open_many(&self, paths: &[String], options: &OpenOptions) -> Result<Arc<Opened>> {
        Ok(Arc::new(open::open_many(paths, options)?))
    }
}

/// A source as it is opened, for fuzzing.
///
/// # Errors
/// As [`Session::open`].
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn opened(source: Arc<dyn crate::model::Source>) -> Result<Opened> {
    open::read(source, Vec::new(), Vec::new(), &OpenOptions::default())
}

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use catalog::examine as catalogue;
