//! Data that steps name beside those of their chain: opened, and given to the steps.

use super::{OpenOptions, Session};
use crate::model::{Error, Result};
use crate::ops::{Other, Recipe, Scope, Value};
use std::sync::Arc;

impl Session {
    /// Opens the other data that the steps of a chain name, and gives the steps these and the chain's functions. Metadata
    /// and labels are read, nothing else; what cannot be opened is told by the step that names it. Overrides are for the
    /// data of the chain alone.
    pub fn bind(&self, recipe: &mut Recipe, options: &OpenOptions) {
        let options = OpenOptions { overrides: Vec::new(), ..options.clone() };
        let mut data: Vec<(Value, Result<Other>)> = Vec::new();
        for (_, name) in recipe.steps.iter().filter(|s| s.enabled).flat_map(|s| s.others()) {
            if data.iter().all(|(known, _)| known != name) {
                data.push((name.clone(), self.other(name, &options)));
            }
        }
        let scope = Arc::new(Scope { functions: recipe.functions.clone(), data });
        recipe.steps.iter_mut().for_each(|step| step.params.bind(&scope));
    }

    fn other(&self, name: &Value, options: &OpenOptions) -> Result<Other> {
        let paths: Vec<String> = name.items().into_iter().map(Value::text).collect();
        let opened = self.open_many(&paths, options)?;
        let (origin, _) = opened.origin("/").ok_or_else(|| {
            Error::invalid("the catalogue itself holds no data").hint("name one of its entries: catalog.yml/NAME")
        })?;
        let info = opened.info();
        Ok(Other {
            dataset: opened.dataset("/")?.clone(),
            files: origin.files.clone(),
            zarr: origin.format.starts_with("zarr"),
            identity: (info.path.clone(), info.identity.clone()),
        })
    }
}
