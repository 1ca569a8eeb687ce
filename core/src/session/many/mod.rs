//! Several files as one dataset, joined along the one dimension whose labels differ, as xarray's
//! `open_mfdataset(combine="by_coords")` does. Knows files only as sources; decodes no more than labels.

mod convert;
mod files;
mod heads;
mod labels;
mod merge;
mod order;
mod paths;
mod source;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

pub(super) use convert::filled;
pub(super) use paths::{Found, find};

use crate::formats;
use crate::model::{Error, Result, Source};
use std::path::PathBuf;
use std::sync::Arc;

/// Opens files as one. `given`: how the person named them.
///
/// Only headers and labels are read, from all files at once. Fails where a file cannot be opened, naming it, and where
/// the files do not fit together, naming two of them.
pub(super) fn open(mut paths: Vec<PathBuf>, given: Option<&str>) -> Result<Arc<dyn Source>> {
    paths.sort();
    paths.dedup();
    match paths.as_slice() {
        [] => Err(Error::not_found("no file is named")),
        [one] => formats::open(one),
        // A stack has no labels to be joined by.
        [first, ..] if formats::tiff::detect(first) => formats::tiff::open_stack(paths, given),
        all => {
            let heads = heads::read(all)?;
            let order = order::find(&heads)?;
            Ok(Arc::new(source::Combined::new(&heads, order, given)?))
        }
    }
}
