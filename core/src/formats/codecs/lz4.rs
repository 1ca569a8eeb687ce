//! LZ4 blocks: as HDF5's filter 32004 frames them.

use super::Bytes;
use crate::model::{Error, Result};

/// Expands a chunk: the length in all (8 bytes, big endian), the length of a block (4 bytes), then each block with its
/// stored length in front. A block that did not get smaller is stored as it is.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where a length contradicts the bytes or the length of `out`.
pub(super) fn undo(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let mut bytes = Bytes::new(bytes, "lz4");
    let whole = bytes.u64()?;
    if whole != out.len() as u64 {
        return Err(Error::corrupt(format!("lz4: the chunk says {whole} bytes, not {}", out.len())));
    }
    let block = bytes.u32()?;
    if block == 0 && whole > 0 {
        return Err(Error::corrupt("lz4: blocks of no length"));
    }
    for part in out.chunks_mut(block.max(1)) {
        let stored = bytes.u32()?;
        let stored = bytes.take(stored)?;
        if stored.len() == part.len() { part.copy_from_slice(stored) } else { expand(stored, part)? }
    }
    Ok(())
}

/// Expands one block to exactly the length of `out`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the block is damaged or of another length.
pub(super) fn expand(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    match lz4_flex::block::decompress_into(bytes, out) {
        Ok(n) if n == out.len() => Ok(()),
        Ok(n) => Err(super::wrong_length(n, out.len())),
        Err(e) => Err(Error::corrupt(format!("lz4: {e}"))),
    }
}
