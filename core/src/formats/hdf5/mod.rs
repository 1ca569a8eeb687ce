//! HDF5 and NetCDF-4, metadata through the library, bytes beside it. Knows nothing of CF.

use crate::model::{Error, Result, Source};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Whether the HDF5 signature stands at the start or behind a user block (512, 1024, 2048 … bytes).
#[must_use]
pub fn detect(path: &Path) -> bool {
    user_block(path).is_some()
}

/// Where the HDF5 signature stands, `None` where it does not.
fn user_block(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let len = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    let mut at = 0;
    while at < len {
        let mut found = [0; 8];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut found).ok()?;
        if found == SIGNATURE {
            return Some(at);
        }
        at = if at == 0 { 512 } else { at.checked_mul(2)? };
    }
    None
}

/// Opens an HDF5 or NetCDF-4 file: reads its structure.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) until the reader stands.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    Err(Error::unsupported("HDF5 is not readable yet").at(path))
}
