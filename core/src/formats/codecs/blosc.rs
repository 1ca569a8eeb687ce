//! Blosc 1 (HDF5's filter 32001): the frame says itself how it was made.

use crate::model::{Error, Result};
use std::borrow::Cow;
use zarrs::array::codec::{BloscCodec, BloscCompressor, BloscShuffleMode};
use zarrs::array::{BytesRepresentation, BytesToBytesCodecTraits as _, CodecOptions};

/// Where the frame says how long it is once expanded (`README_CHUNK_FORMAT` of c-blosc).
const EXPANDED: std::ops::Range<usize> = 4..8;

/// Expands a frame to exactly the length of `out`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the frame is damaged or says another length.
pub(super) fn undo(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let says = bytes.get(EXPANDED).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    if says.is_none_or(|n| u64::from(n) != out.len() as u64) {
        return Err(Error::corrupt(format!("blosc: the frame does not say that it holds {} bytes", out.len())));
    }
    let damaged = |e: &dyn std::fmt::Display| Error::corrupt(format!("blosc: {e}"));
    let level = 0.try_into().map_err(|n: u8| Error::internal(format!("blosc has no level {n}")))?;
    let codec = BloscCodec::new(BloscCompressor::LZ4, level, None, BloscShuffleMode::NoShuffle, None)
        .map_err(|e| damaged(&e))?;
    let whole = BytesRepresentation::FixedSize(out.len() as u64);
    let expanded = codec.decode(Cow::Borrowed(bytes), &whole, &CodecOptions::default()).map_err(|e| damaged(&e))?;
    super::fill(out, &expanded)
}
