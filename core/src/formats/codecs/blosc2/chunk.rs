//! One chunk of Blosc 2: a header, where each block starts, and blocks, each compressed in one stream or in one for each
//! byte of an element, behind up to six filters (c-blosc2, `README_CHUNK_FORMAT`).

use super::super::{Packed, bitshuffle, blosc, expand, inflate, resize, shuffle};
use super::{damaged, lz};
use crate::model::{Error, Result};

const HEADER: usize = 32;
/// Both kinds of shuffling at once: the header is the long one.
const LONG: u8 = 0b101;

/// A chunk, or a run that needs none.
pub(super) enum Chunk<'a> {
    /// Of the first format.
    Old(&'a [u8]),
    Run(Run, usize),
    /// As it is.
    Plain(&'a [u8]),
    Blocks(Blocks<'a>),
}

/// A value over and over.
pub(super) enum Run {
    Zeros,
    Nans(usize),
    Values(Vec<u8>),
}

/// Compressed blocks.
pub(super) struct Blocks<'a> {
    bytes: &'a [u8],
    flags: u8,
    size: usize,
    len: usize,
    block: usize,
    /// Applied in this order: what, and with which number.
    filters: Vec<(u8, u8)>,
    dictionary: Option<&'a [u8]>,
}

impl<'a> Chunk<'a> {
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt), [`Unsupported`](crate::model::ErrorKind::Unsupported).
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        let head: &[u8; 16] = bytes.first_chunk().ok_or_else(|| damaged("a chunk without its header"))?;
        let number = |at: usize| number(head, at).ok_or_else(|| damaged("a header with absurd lengths"));
        let (flags, size) = (head[2], usize::from(head[3]));
        let (len, block, stored) = (number(4)?, number(8)?, number(12)?);
        let bytes = bytes.get(..stored).ok_or_else(|| damaged("a chunk is cut off"))?;
        if flags & LONG != LONG {
            return Ok(Self::Old(bytes));
        }
        let more: &[u8; 16] = bytes.get(16..).and_then(<[u8]>::first_chunk).ok_or_else(|| damaged("a short header"))?;
        let (marks, kind) = (more[15], more[15] >> 4 & 7);
        if kind == 3 {
            let value = bytes.get(HEADER..HEADER + size).filter(|v| !v.is_empty());
            return Ok(Self::Run(Run::Values(value.ok_or_else(|| damaged("a run of nothing"))?.to_vec()), len));
        }
        if kind != 0 {
            return Self::run(kind, size, len);
        }
        if flags & 2 != 0 {
            return Ok(Self::Plain(
                bytes.get(HEADER..HEADER.saturating_add(len)).ok_or_else(|| damaged("a cut chunk"))?,
            ));
        }
        if size == 0 || block == 0 || block > len {
            return Err(damaged(format!("blocks of {block} bytes in a chunk of {len}")));
        }
        if marks & 0x88 != 0 {
            return Err(Error::unsupported("blosc2: a chunk whose blocks stand elsewhere"));
        }
        let filters = more[..6].iter().zip(&more[8..14]).map(|(f, n)| (*f, *n)).filter(|(f, _)| *f != 0).collect();
        let mut blocks = Blocks { bytes, flags, size, len, block, filters, dictionary: None };
        if marks & 1 != 0 {
            let at = HEADER + 4 * blocks.count();
            let len = self::number(bytes, at).ok_or_else(|| damaged("a dictionary without its length"))?;
            let dictionary = bytes.get(at + 4..).and_then(|rest| rest.get(..len));
            blocks.dictionary = Some(dictionary.ok_or_else(|| damaged("a dictionary is cut off"))?);
        }
        Ok(Self::Blocks(blocks))
    }

    /// `len` bytes of elements of `size`, all of one special kind.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) for a kind that means nothing.
    pub(super) fn run(kind: u8, size: usize, len: usize) -> Result<Self> {
        match (kind, size) {
            // Values that were never set are zeros here.
            (1 | 4, _) => Ok(Self::Run(Run::Zeros, len)),
            (2, 4 | 8) => Ok(Self::Run(Run::Nans(size), len)),
            _ => Err(damaged(format!("a run of kind {kind} of elements of {size} bytes"))),
        }
    }

    /// Bytes of it expanded.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Old(bytes) => number(bytes, 4).unwrap_or(0),
            Self::Run(_, len) => *len,
            Self::Plain(bytes) => bytes.len(),
            Self::Blocks(blocks) => blocks.len,
        }
    }

    /// Expands it to exactly the length of `out`.
    ///
    /// # Errors
    /// As [`super::undo`].
    pub(super) fn expand(&self, out: &mut [u8]) -> Result<()> {
        if self.len() != out.len() {
            return Err(damaged(format!("a chunk of {} bytes, not {}", self.len(), out.len())));
        }
        match self {
            Self::Old(bytes) => blosc::undo(bytes, out)?,
            Self::Run(Run::Zeros, _) => out.fill(0),
            Self::Run(Run::Nans(4), _) => fill(out, &f32::NAN.to_le_bytes()),
            Self::Run(Run::Nans(_), _) => fill(out, &f64::NAN.to_le_bytes()),
            Self::Run(Run::Values(value), _) => fill(out, value),
            Self::Plain(bytes) => out.copy_from_slice(bytes),
            Self::Blocks(blocks) => blocks.expand(out)?,
        }
        Ok(())
    }
}

fn fill(out: &mut [u8], value: &[u8]) {
    out.chunks_exact_mut(value.len()).for_each(|cell| cell.copy_from_slice(value));
}

/// A length, little-endian; none is negative.
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..)?.first_chunk()?;
    usize::try_from(i32::from_le_bytes(*four)).ok()
}

impl Blocks<'_> {
    fn count(&self) -> usize {
        self.len.div_ceil(self.block)
    }

    fn expand(&self, out: &mut [u8]) -> Result<()> {
        let (mut held, mut spare) = (Vec::new(), Vec::new());
        for i in 0..self.count() {
            let start = i * self.block;
            let len = self.block.min(self.len - start);
            let place = number(self.bytes, HEADER + 4 * i).and_then(|at| self.bytes.get(at..));
            let stored = place.ok_or_else(|| damaged(format!("block {i} lies outside its chunk")))?;
            resize(&mut held, len)?;
            self.streams(stored, &mut held)?;
            let (before, rest) = out.split_at_mut(start);
            for &(filter, number) in self.filters.iter().rev() {
                match filter {
                    // Rounded on writing, nothing to undo.
                    4 | 36 => continue,
                    3 if i == 0 => self.sum(&mut held),
                    3 => held.iter_mut().zip(before.iter()).for_each(|(x, first)| *x ^= first),
                    _ => {
                        resize(&mut spare, len)?;
                        let size = if number == 0 { self.size } else { usize::from(number) };
                        undo(filter, size, &held, &mut spare)?;
                        std::mem::swap(&mut held, &mut spare);
                    }
                }
            }
            rest.get_mut(..len).unwrap_or_default().copy_from_slice(&held);
        }
        Ok(())
    }

    /// A whole block may be compressed byte by byte of the elements.
    fn streams(&self, mut stored: &[u8], out: &mut [u8]) -> Result<()> {
        let split = self.flags & 0x10 == 0 && out.len() == self.block;
        let each = out.len() / if split { self.size } else { 1 };
        if each == 0 || !out.len().is_multiple_of(each) {
            return Err(damaged(format!("a block of {} bytes for elements of {}", out.len(), self.size)));
        }
        for part in out.chunks_exact_mut(each) {
            let cut = || damaged("a block is cut off");
            let (len, rest) = stored.split_first_chunk().ok_or_else(cut)?;
            let len = i32::from_le_bytes(*len);
            if len <= 0 {
                // A run of zeros, or of the byte whose negative this is, with a mark behind it.
                let byte = u8::try_from(-i64::from(len)).map_err(|_ignored| damaged("a run of no byte"))?;
                let (mark, behind) =
                    if len == 0 { (1, rest) } else { rest.split_first().map(|(m, r)| (*m, r)).ok_or_else(cut)? };
                if mark & 1 == 0 {
                    return Err(damaged("a stream marked as no format known"));
                }
                part.fill(byte);
                stored = behind;
                continue;
            }
            let (stream, behind) = usize::try_from(len).ok().and_then(|n| rest.split_at_checked(n)).ok_or_else(cut)?;
            self.stream(stream, part)?;
            stored = behind;
        }
        Ok(())
    }

    fn stream(&self, stream: &[u8], out: &mut [u8]) -> Result<()> {
        if stream.len() == out.len() {
            out.copy_from_slice(stream);
            return Ok(());
        }
        match (self.flags >> 5, self.dictionary) {
            (0, None) => lz::expand(stream, out),
            (1, None) => match lz4_flex::block::decompress_into(stream, out) {
                Ok(n) if n == out.len() => Ok(()),
                Ok(n) => Err(damaged(format!("LZ4 gives {n} bytes, not {}", out.len()))),
                Err(e) => Err(damaged(format!("LZ4: {e}"))),
            },
            (3, None) => inflate(stream, out),
            (4, None) => expand(stream, out),
            (4, Some(dictionary)) => {
                let failed = |e: std::io::Error| damaged(format!("zstd: {e}"));
                let mut expander = zstd::bulk::Decompressor::with_dictionary(dictionary).map_err(failed)?;
                let made = expander.decompress_to_buffer(stream, out).map_err(failed)?;
                if made == out.len() { Ok(()) } else { Err(damaged(format!("zstd gives {made} bytes"))) }
            }
            (codec, _) => Err(Error::unsupported(format!("blosc2: codec {codec} of a plug-in"))
                .hint("write the file again with lz4 or zstd")),
        }
    }

    /// The first block as it was before each element was combined with the one before it.
    fn sum(&self, block: &mut [u8]) {
        let size = match self.size {
            1 | 2 | 4 | 8 => self.size,
            n if n % 8 == 0 => 8,
            _ => 1,
        };
        let whole = block.len() / size * size;
        for i in size..whole {
            let before = block.get(i - size).copied().unwrap_or_default();
            if let Some(byte) = block.get_mut(i) {
                *byte ^= before;
            }
        }
    }
}

fn undo(filter: u8, size: usize, from: &[u8], to: &mut [u8]) -> Result<()> {
    match filter {
        1 => shuffle::undo(size, from, to),
        2 => return bitshuffle::undo(size, from.len() / size / 8 * 8, Packed::Not, from, to),
        // Differences within each byte's stream.
        35 => {
            let each = (from.len() / size).max(1);
            for (from, to) in from.chunks(each).take(size).zip(to.chunks_mut(each)) {
                let mut last = 0_u8;
                for (to, from) in to.iter_mut().zip(from) {
                    last = last.wrapping_add(*from);
                    *to = last;
                }
            }
            let rest = each * size;
            to.iter_mut().zip(from).skip(rest).for_each(|(to, from)| *to = *from);
        }
        other => {
            return Err(Error::unsupported(format!("blosc2: filter {other} of a plug-in"))
                .hint("write the file again with shuffle or bitshuffle"));
        }
    }
    Ok(())
}
