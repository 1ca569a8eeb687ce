//! xz and lzma streams as Python's `lzma` module writes them. Knows no Zarr.

use super::stage::at_most;
use crate::model::{Error, Result};

/// What a stream holds, at most `limit` bytes.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the stream is damaged or holds more.
pub(super) fn undo(bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
    // Dictionaries of the highest preset take 64 MiB; larger ones are of use for longer streams only.
    let kib = u32::try_from(limit / 1024).unwrap_or(u32::MAX).saturating_add(128 << 10);
    if bytes.starts_with(b"\xfd7zXZ\0") {
        return at_most(lzma_rust2::XzReader::new_mem_limit(bytes, true, kib), limit);
    }
    let reader = lzma_rust2::LzmaReader::new_mem_limit(bytes, kib, None);
    at_most(reader.map_err(|e| Error::corrupt(e.to_string()))?, limit)
}
