//! Classic NetCDF (classic, 64-bit offset, CDF-5), read without a library. Knows nothing of CF.

use crate::model::{Error, Result, Source};
use std::path::Path;
use std::sync::Arc;

/// Whether the file starts with `CDF` and a known version.
#[must_use]
pub fn detect(path: &Path) -> bool {
    super::first_bytes(path, 4).is_ok_and(|b| matches!(b.as_slice(), [b'C', b'D', b'F', 1 | 2 | 5]))
}

/// Opens a classic NetCDF file: reads its header.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) until the reader stands.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    Err(Error::unsupported("classic NetCDF is not readable yet").at(path))
}
