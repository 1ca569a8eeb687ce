//! Blosc 2 (HDF5's filter 32026): a contiguous frame of chunks, which may be tiled in several dimensions (c-blosc2,
//! `README_CFRAME_FORMAT`, `README_B2ND_METALAYER`). Its library brings its own LZ4 and Zstandard and cannot stand beside
//! Blosc 1's, so frames are taken apart here; what compresses the blocks within is undone by the usual libraries.

mod chunk;
mod lz;
mod tiles;

use super::bytes::Bytes;
use crate::model::{Error, Result};
use chunk::Chunk;
use tiles::Tiles;

/// Where a frame says that it is one.
const MAGIC: (usize, &[u8]) = (2, b"b2frame\0");
/// Where the list of metalayers starts, if there is one.
const LAYERS: usize = 0x57;
/// The format has at most so many dimensions.
const MOST_DIMENSIONS: usize = 8;

/// Expands a frame, or a chunk alone, to exactly the length of `out`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where it is damaged or says another length,
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming a codec or filter of a plug-in.
pub(super) fn undo(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    if bytes.get(MAGIC.0..MAGIC.0 + MAGIC.1.len()) != Some(MAGIC.1) {
        return Chunk::new(bytes)?.expand(out);
    }
    let frame = Frame::new(bytes)?;
    match frame.tiles()? {
        Some(tiles) => tiles.expand(&frame, out),
        None if frame.len != out.len() as u64 => Err(damaged(format!("a frame of {} bytes", frame.len))),
        None => {
            let each = frame.chunk.max(1);
            out.chunks_mut(each).enumerate().try_for_each(|(i, part)| frame.chunk(i)?.expand(part))
        }
    }
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::corrupt(format!("blosc2: {what}"))
}

/// The outer structure. Its own numbers are big-endian, those of chunks little-endian.
struct Frame<'a> {
    bytes: &'a [u8],
    /// Where the chunks start.
    header: usize,
    /// Bytes of the chunks, expanded and as stored.
    len: u64,
    stored: usize,
    /// Bytes of an element, and of a chunk expanded.
    size: usize,
    chunk: usize,
    /// Where each chunk starts, behind the header.
    starts: Vec<i64>,
}

impl<'a> Frame<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self> {
        let mut at = Bytes::new(bytes, "blosc2");
        // Each number has a byte of msgpack before it.
        at.take(11)?;
        let header = at.u32()?;
        at.take(1 + 8 + 5 + 1)?;
        let len = at.u64()?;
        at.take(1)?;
        let stored = usize::try_from(at.u64()?).map_err(|_ignored| damaged("chunks of an absurd length"))?;
        at.take(1)?;
        let size = at.u32()?;
        at.take(1 + 4 + 1)?;
        let chunk = at.u32()?;
        let mut frame = Self { bytes, header, len, stored, size, chunk, starts: Vec::new() };
        frame.starts = frame.starts()?;
        Ok(frame)
    }

    /// The index behind the chunks is a chunk itself.
    fn starts(&self) -> Result<Vec<i64>> {
        let count = if self.chunk == 0 { 0 } else { self.len.div_ceil(self.chunk as u64) };
        let index = self.header.checked_add(self.stored).and_then(|at| self.bytes.get(at..));
        let index = Chunk::new(index.ok_or_else(|| damaged("the frame ends before its index"))?)?;
        // An index may be a run of one value, but no honest chunk of HDF5 holds this many.
        if count > 1 << 20 || index.len() as u64 != count * 8 {
            return Err(damaged(format!("an index of {} bytes for {count} chunks", index.len())));
        }
        let mut starts = vec![0; index.len()];
        index.expand(&mut starts)?;
        Ok(starts.as_chunks().0.iter().map(|start| i64::from_le_bytes(*start)).collect())
    }

    fn chunk(&self, i: usize) -> Result<Chunk<'a>> {
        let start = self.starts.get(i).ok_or_else(|| damaged(format!("no chunk {i}")))?;
        // A set highest bit: a run, whose kind stands in the lowest bits of the highest byte.
        let Ok(start) = usize::try_from(*start) else {
            let kind = start.to_le_bytes()[7] & 7;
            let before = (self.chunk as u64).saturating_mul(i as u64);
            let len = self.len.saturating_sub(before).min(self.chunk as u64);
            return Chunk::run(kind, self.size, usize::try_from(len).unwrap_or(usize::MAX));
        };
        let from = self.header.checked_add(start).and_then(|at| self.bytes.get(at..));
        Chunk::new(from.ok_or_else(|| damaged(format!("chunk {i} lies outside the frame")))?)
    }

    /// The metalayer `b2nd`: a map of names to places, then at its place the shapes.
    fn tiles(&self) -> Result<Option<Tiles>> {
        let mut at = Bytes::new(self.bytes.get(..self.header).unwrap_or_default(), "blosc2");
        at.take(LAYERS)?;
        if at.take(1).is_ok_and(|kind| kind != [0x93]) || at.take(3).is_err() {
            return Ok(None);
        }
        at.take(1)?;
        for _ in 0..at.u16()? {
            let len = at.u8()? & 0x1f;
            let name = at.take(len)?;
            at.take(1)?;
            let place = at.u32()?;
            if name == b"b2nd" {
                return self.shapes(place).map(Some);
            }
        }
        Ok(None)
    }

    fn shapes(&self, place: usize) -> Result<Tiles> {
        let mut at = Bytes::new(self.bytes.get(place..).unwrap_or_default(), "blosc2");
        // A byte string and its length, an array, the version.
        at.take(5 + 1 + 1)?;
        let rank = at.u8()?;
        if rank > MOST_DIMENSIONS {
            return Err(damaged(format!("{rank} dimensions")));
        }
        let mut lengths = |wide: bool| -> Result<Vec<usize>> {
            at.take(1)?;
            let length = |_| {
                at.take(1)?;
                let n = if wide { at.u64()? } else { at.u32()? as u64 };
                usize::try_from(n).map_err(|_ignored| damaged("an absurd length"))
            };
            (0..rank).map(length).collect()
        };
        Tiles::new(lengths(true)?, lengths(false)?, lengths(false)?, self.size)
    }
}
