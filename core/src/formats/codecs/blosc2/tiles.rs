//! Frames of arrays: chunks of several dimensions, each of blocks, both filled up to their full shape at the edges
//! (c-blosc2, `README_B2ND_METALAYER`).

use super::super::super::strided;
use super::{Frame, damaged};
use crate::model::{Region, Result, Span};

/// The shapes of an array, of its chunks, of their blocks.
pub(super) struct Tiles {
    shape: Vec<usize>,
    chunk: Vec<usize>,
    block: Vec<usize>,
    size: usize,
    /// Bytes of a chunk filled up to whole blocks.
    filled: usize,
}

impl Tiles {
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where a length is zero or none that a frame can have.
    pub(super) fn new(shape: Vec<usize>, chunk: Vec<usize>, block: Vec<usize>, size: usize) -> Result<Self> {
        let fits = chunk.iter().zip(&block).all(|(&c, &b)| c > 0 && b > 0 && b <= c);
        let filled =
            chunk.iter().zip(&block).try_fold(size, |n, (c, &b)| n.checked_mul(c.checked_next_multiple_of(b)?));
        match filled.filter(|_| fits && size > 0) {
            Some(filled) => Ok(Self { shape, chunk, block, size, filled }),
            None => Err(damaged(format!("an array {shape:?} in chunks {chunk:?} of blocks {block:?}"))),
        }
    }

    /// Puts the array into `out`, in C order.
    ///
    /// # Errors
    /// As [`super::undo`].
    pub(super) fn expand(&self, frame: &Frame<'_>, out: &mut [u8]) -> Result<()> {
        let len = self.shape.iter().try_fold(self.size, |n, &d| n.checked_mul(d));
        // Blocks at the edges at most double each dimension.
        let most = out.len().checked_shl(u32::try_from(self.shape.len()).unwrap_or(u32::MAX));
        let chunks = Region::all(&self.shape);
        let whole = self.chunk.iter().zip(&self.shape).all(|(c, n)| c <= n);
        if len != Some(out.len()) || whole && most.is_none_or(|most| self.filled > most) {
            return Err(damaged(format!("an array {:?} of {} bytes each", self.shape, self.size)));
        }
        let mut held = Vec::new();
        for (i, part) in chunks.chunks(&self.chunk, &self.shape).enumerate() {
            let chunk = frame.chunk(i)?;
            if chunk.len() != self.filled {
                return Err(damaged(format!("chunk {i} holds {} bytes, not {}", chunk.len(), self.filled)));
            }
            super::super::resize(&mut held, self.filled)?;
            chunk.expand(&mut held)?;
            self.place(&held, &part, out)?;
        }
        Ok(())
    }

    /// Copies the blocks of one chunk, which stand one behind the other in C order, each dense.
    fn place(&self, held: &[u8], part: &Region, out: &mut [u8]) -> Result<()> {
        let to_strides = strided::c_strides(&self.shape, self.size);
        let from_strides = strided::c_strides(&self.block, self.size);
        let each = self.block.iter().product::<usize>() * self.size;
        let grid: Vec<usize> = self.chunk.iter().zip(&self.block).map(|(c, b)| c.next_multiple_of(*b)).collect();
        for (block, from) in Region::all(&grid).chunks(&self.block, &grid).zip(held.chunks_exact(each)) {
            let moved = block.0.iter().zip(&part.0).map(|(b, p)| Span::new(b.start + p.start, b.len));
            let Some(wanted) = Region(moved.collect()).intersect(part) else { continue };
            let start = wanted.0.iter().zip(&to_strides).map(|(s, stride)| s.start * stride).sum::<usize>();
            let to = out.get_mut(start..).unwrap_or_default();
            strided::copy(&wanted.shape(), self.size, (to, &to_strides), (from, &from_strides))?;
        }
        Ok(())
    }
}
