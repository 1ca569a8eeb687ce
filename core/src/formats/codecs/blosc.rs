//! Blosc 1 (HDF5's filter 32001, Zarr's usual codec): the frame says itself how it was made.
#![expect(unsafe_code, reason = "calls into c-blosc, for which no crate expands into a given buffer")]

use crate::model::{Error, Result};
use std::ffi::c_void;

/// Expands a frame to exactly the length of `out`, on this thread.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the frame is damaged or says another length.
pub(super) fn undo(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let frame = bytes.as_ptr().cast::<c_void>();
    let mut says = 0_usize;
    // SAFETY: the frame is `bytes.len()` bytes long, and `says` lives through the call, which writes nothing else.
    let valid = unsafe { blosc_src::blosc_cbuffer_validate(frame, bytes.len(), &raw mut says) };
    if valid != 0 {
        return Err(Error::corrupt("blosc: the frame is damaged"));
    }
    if says != out.len() {
        return Err(Error::corrupt(format!("blosc: the frame does not say that it holds {} bytes", out.len())));
    }
    if out.is_empty() {
        return Ok(());
    }
    // SAFETY: the library found the frame safe to expand, and writes no more than the length of `out` given to it.
    let made = unsafe { blosc_src::blosc_decompress_ctx(frame, out.as_mut_ptr().cast::<c_void>(), out.len(), 1) };
    match usize::try_from(made) {
        Ok(made) if made == out.len() => Ok(()),
        _ => Err(Error::corrupt(format!("blosc: the frame is damaged (the library says {made})"))),
    }
}
