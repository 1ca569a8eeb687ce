//! Filters of HDF5's pipeline, undone in memory without the library and without a lock: its own and the registered
//! ones that h5py, netCDF4 and detectors write.
//!
//! Knows no file and no variable: bytes in, bytes of a known length out.

mod bitshuffle;
mod blosc;
mod blosc2;
mod bytes;
pub(super) mod fletcher32;
mod lz4;
mod lzf;
mod shuffle;
mod szip;

use crate::events::{Kind, record};
use crate::model::{Error, ErrorKind, Result};
use bytes::Bytes;
use std::cell::RefCell;
use std::io::Read;
use std::time::Instant;
pub(crate) use szip::Coding;
use zstd::bulk::Decompressor;

/// A filter as it was applied on writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// zlib stream.
    Deflate,
    /// Zstandard frame.
    Zstd,
    /// bzip2 stream.
    Bzip2,
    /// LZF stream.
    Lzf,
    /// LZ4 blocks.
    Lz4,
    /// Blosc frame.
    Blosc,
    /// Blosc 2 frame.
    Blosc2,
    /// Szip stream, with its length in front.
    Szip(Coding),
    /// Bits of elements of `size` bytes, sorted by their place in the element, in blocks of `block` elements.
    Bitshuffle {
        /// Bytes of an element.
        size: usize,
        /// Elements of a block, 0 for the usual number.
        block: usize,
        /// What each block is compressed with.
        packed: Packed,
    },
    /// Bytes of elements of this size, sorted by their place in the element.
    Shuffle(usize),
    /// Four bytes of checksum at the end.
    Fletcher32,
}

/// What compresses the blocks of [`Filter::Bitshuffle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    /// Nothing.
    Not,
    /// LZ4.
    Lz4,
    /// Zstandard.
    Zstd,
}

/// Undoes `filters` (in the order they were applied), skipping those whose bit is set in `skipped`, and fills `out`.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) where the bytes do not decode to exactly the length of `out`.
pub(crate) fn decode(filters: &[Filter], skipped: u32, raw: &[u8], out: &mut [u8]) -> Result<()> {
    let applied = |i: usize| u32::try_from(i).ok().and_then(|i| skipped.checked_shr(i)).unwrap_or(0) & 1 == 0;
    let mut stages = filters.iter().enumerate().rev().filter(|(i, _)| applied(*i)).map(|(_, f)| *f).peekable();
    BUFFERS.with_borrow_mut(|buffers| {
        let [held, spare] = buffers;
        // What is left to decode: the caller's bytes, then what a stage left in `held`, without a checksum at its end.
        let mut input = Input::Raw(raw);
        loop {
            let bytes = input.bytes(held);
            let Some(stage) = stages.next() else {
                return fill(out, bytes);
            };
            if stage == Filter::Fletcher32 {
                let len = fletcher32::verified(bytes)?.len();
                input = input.cut(len);
                continue;
            }
            if stages.peek().is_none() {
                return run(stage, bytes, out);
            }
            // Only compression changes the length; what comes out of it is the chunk and the checksums still on it.
            let len = if stage.compresses() {
                out.len() + 4 * stages.clone().filter(|f| *f == Filter::Fletcher32).count()
            } else {
                bytes.len()
            };
            resize(spare, len)?;
            run(stage, bytes, spare)?;
            std::mem::swap(held, spare);
            input = Input::Held(len);
        }
    })
}

enum Input<'a> {
    Raw(&'a [u8]),
    Held(usize),
}

impl<'a> Input<'a> {
    fn bytes<'b>(&self, held: &'b [u8]) -> &'b [u8]
    where
        'a: 'b,
    {
        match self {
            Self::Raw(bytes) => bytes,
            Self::Held(len) => held.get(..*len).unwrap_or_default(),
        }
    }

    fn cut(self, len: usize) -> Self {
        match self {
            Self::Raw(bytes) => Self::Raw(bytes.get(..len).unwrap_or_default()),
            Self::Held(_) => Self::Held(len),
        }
    }
}

impl Filter {
    /// Whether it makes the bytes fewer.
    pub(crate) fn compresses(self) -> bool {
        match self {
            Self::Deflate
            | Self::Zstd
            | Self::Bzip2
            | Self::Lzf
            | Self::Lz4
            | Self::Blosc
            | Self::Blosc2
            | Self::Szip(_) => true,
            Self::Bitshuffle { packed, .. } => packed != Packed::Not,
            Self::Shuffle(_) | Self::Fletcher32 => false,
        }
    }
}

/// Undoes one filter into a buffer of exactly the right length.
fn run(filter: Filter, bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let started = Instant::now();
    let (read, made) = (bytes.len() as u64, out.len() as u64);
    match filter {
        Filter::Deflate => inflate(bytes, out)?,
        Filter::Zstd => expand(bytes, out)?,
        Filter::Bzip2 => bunzip(bytes, out)?,
        Filter::Lzf => lzf::undo(bytes, out)?,
        Filter::Lz4 => lz4::undo(bytes, out)?,
        Filter::Blosc => blosc::undo(bytes, out)?,
        Filter::Blosc2 => blosc2::undo(bytes, out)?,
        Filter::Szip(coding) => szip::undo(coding, bytes, out)?,
        Filter::Bitshuffle { size, block, packed } => bitshuffle::undo(size, block, packed, bytes, out)?,
        Filter::Shuffle(_) if bytes.len() != out.len() => return Err(wrong_length(bytes.len(), out.len())),
        Filter::Shuffle(size) => shuffle::undo(size, bytes, out),
        Filter::Fletcher32 => fill(out, fletcher32::verified(bytes)?)?,
    }
    record(if filter.compresses() { Kind::Decompress } else { Kind::Unshuffle }, started, read, made);
    Ok(())
}

fn fill(out: &mut [u8], bytes: &[u8]) -> Result<()> {
    if bytes.len() != out.len() {
        return Err(wrong_length(bytes.len(), out.len()));
    }
    out.copy_from_slice(bytes);
    Ok(())
}

fn wrong_length(found: usize, wanted: usize) -> Error {
    Error::corrupt(format!("a chunk decodes to {found} bytes, not {wanted}"))
}

fn inflate(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    DECOMPRESSOR.with_borrow_mut(|d| match d.zlib_decompress(bytes, out) {
        Ok(n) if n == out.len() => Ok(()),
        Ok(n) => Err(wrong_length(n, out.len())),
        Err(e) => Err(Error::corrupt(format!("deflate: {e}"))),
    })
}

fn expand(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    EXPANDER.with_borrow_mut(|slot| {
        let expander = match slot {
            Some(expander) => expander,
            None => slot.insert(Decompressor::new().map_err(|e| Error::io("set up zstd", &e))?),
        };
        match expander.decompress_to_buffer(bytes, out) {
            Ok(n) if n == out.len() => Ok(()),
            Ok(n) => Err(wrong_length(n, out.len())),
            Err(e) => Err(Error::corrupt(format!("zstd: {e}"))),
        }
    })
}

fn bunzip(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let mut stream = bzip2::bufread::BzDecoder::new(bytes);
    stream.read_exact(out).map_err(|e| Error::corrupt(format!("bzip2: {e}")))?;
    // What ends in time ends with its checksum.
    match stream.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(wrong_length(out.len() + 1, out.len())),
        Err(e) => Err(Error::corrupt(format!("bzip2: {e}"))),
    }
}

fn resize(buffer: &mut Vec<u8>, len: usize) -> Result<()> {
    if let Some(more) = len.checked_sub(buffer.len()) {
        buffer
            .try_reserve_exact(more)
            .map_err(|e| Error::new(ErrorKind::Memory, format!("no memory for a chunk of {len} bytes: {e}")))?;
    }
    buffer.resize(len, 0);
    Ok(())
}

thread_local! {
    /// Between stages: reused by every chunk that this thread decodes.
    static BUFFERS: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
    static EXPANDER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<libdeflater::Decompressor> = RefCell::new(libdeflater::Decompressor::new());
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::new(6).unwrap());
        let mut out = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let n = compressor.zlib_compress(bytes, &mut out).unwrap();
        out.truncate(n);
        out
    }

    fn shuffled(size: usize, bytes: &[u8]) -> Vec<u8> {
        let whole = bytes.len() / size * size;
        let mut out: Vec<u8> = (0..size).flat_map(|k| bytes[..whole].iter().skip(k).step_by(size).copied()).collect();
        out.extend(&bytes[whole..]);
        out
    }

    fn summed(bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        out.extend(fletcher32::sum(bytes).to_le_bytes());
        out
    }

    const KNOWN: [Filter; 4] = [Filter::Fletcher32, Filter::Shuffle(4), Filter::Deflate, Filter::Zstd];

    #[test]
    fn any_order_and_any_skipped_filter_is_undone() {
        let values: Vec<u8> = (0..4003u32).map(|i| u8::try_from(i * i % 251).unwrap()).collect();
        let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0], [1, 3, 0], [0, 3, 1]];
        for skipped in 0..8u32 {
            for order in orders {
                let filters = order.map(|i| KNOWN[i]);
                let mut raw = values.clone();
                for (i, f) in filters.iter().enumerate().filter(|(i, _)| skipped >> i & 1 == 0) {
                    raw = match f {
                        Filter::Fletcher32 => summed(&raw),
                        Filter::Shuffle(n) => shuffled(*n, &raw),
                        Filter::Deflate => deflated(&raw),
                        Filter::Zstd => zstd::bulk::compress(&raw, 3).unwrap(),
                        other => unreachable!("{other:?}"),
                    };
                    assert!(i < 3);
                }
                let mut out = vec![0; values.len()];
                decode(&filters, skipped, &raw, &mut out).unwrap();
                assert_eq!(out, values, "{filters:?} without {skipped:b}");
            }
        }
    }

    #[test]
    fn torn_bytes_are_errors() {
        let values = vec![7u8; 400];
        let filters = [Filter::Shuffle(4), Filter::Deflate, Filter::Fletcher32];
        let raw = summed(&deflated(&shuffled(4, &values)));
        let mut out = vec![0; 400];
        decode(&filters, 0, &raw, &mut out).unwrap();
        for broken in [&raw[..raw.len() - 5], &raw[..3], &[]] {
            assert!(decode(&filters, 0, broken, &mut out).is_err_and(|e| e.kind() == ErrorKind::Corrupt));
        }
        let mut flipped = raw.clone();
        flipped[5] ^= 1;
        assert!(decode(&filters, 0, &flipped, &mut out).is_err_and(|e| e.to_string().contains("checksum")));
        assert!(decode(&filters, 0, &raw, &mut vec![0; 399]).is_err());
        assert!(decode(&filters, 0, &raw, &mut vec![0; 401]).is_err());
    }
}
