//! Zarr stores (v2, v3) in folders. Knows nothing of CF.

use crate::model::{Error, Result, Source};
use std::path::Path;
use std::sync::Arc;

/// Whether the folder holds Zarr metadata.
#[must_use]
pub fn detect(path: &Path) -> bool {
    path.is_dir() && ["zarr.json", ".zgroup", ".zarray", ".zmetadata"].iter().any(|name| path.join(name).is_file())
}

/// Opens a Zarr store: reads its metadata.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) until the reader stands.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    Err(Error::unsupported("Zarr is not readable yet").at(path))
}
