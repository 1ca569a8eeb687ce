//! Huffman codes of bytes, with the code table before them.

use super::bits::{Bytes, Words};
use super::header::Kind;
use super::{Blob, wrong};
use crate::model::Result;

/// Entries of a code table.
const MOST_CODES: usize = 1 << 15;

/// What a code leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    None,
    /// The number of a pair of nodes.
    Fork(usize),
    Value(usize),
}

/// Codes as a tree.
pub(super) struct Codes {
    forks: Vec<[Node; 2]>,
}

impl Codes {
    /// The table of lengths and codes.
    pub(super) fn read(input: &mut Bytes<'_>, version: u32) -> Result<Self> {
        let mut count = || input.u32().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let (known, size, first, end) = (count()?, count()?, count()?, count()?);
        let wrap = |i: usize| if i < size { i } else { i - size };
        if known < 2 || size > MOST_CODES || first >= end || end > 2 * size || end - first > size {
            return Err(wrong("a code table that cannot be"));
        }
        let lengths = input.stuffed(end - first, version)?;
        if lengths.len() != end - first {
            return Err(wrong("a code table of another length"));
        }
        let mut words = Words::new(input.rest());
        let mut codes = Self { forks: vec![[Node::None; 2]] };
        for (i, &len) in (first..end).zip(&lengths).filter(|(_, len)| **len > 0) {
            if len > 32 {
                return Err(wrong("a code of more than 32 bits"));
            }
            let code = words.take(len)?;
            codes.add(code, len, wrap(i))?;
        }
        let used = words.used();
        input.take(used)?;
        Ok(codes)
    }

    fn add(&mut self, code: u32, len: u32, value: usize) -> Result<()> {
        let mut at = 0;
        for k in (0..len).rev() {
            let side = usize::from(code >> k & 1 == 1);
            let made = self.forks.len();
            let Some(node) = self.forks.get_mut(at).and_then(|fork| fork.get_mut(side)) else {
                return Err(wrong("a code that cannot be"));
            };
            match *node {
                Node::None if k == 0 => *node = Node::Value(value),
                Node::None => {
                    *node = Node::Fork(made);
                    self.forks.push([Node::None; 2]);
                    at = made;
                }
                Node::Fork(next) if k > 0 => at = next,
                _ => return Err(wrong("one code that begins another")),
            }
        }
        Ok(())
    }

    pub(super) fn value(&self, words: &mut Words<'_>) -> Result<usize> {
        let mut at = 0;
        loop {
            let side = words.take(1)?;
            match self.forks.get(at).and_then(|fork| fork.get(usize::from(side == 1))) {
                Some(Node::Fork(next)) => at = *next,
                Some(Node::Value(value)) => return Ok(*value),
                _ => return Err(wrong("a code that there is not")),
            }
        }
    }
}

impl Blob {
    /// Bytes, or what they are more than the one before, or the one above where there is none before.
    pub(super) fn huffman(&mut self, steps: bool, input: &mut Bytes<'_>) -> Result<()> {
        let codes = Codes::read(input, self.head.version)?;
        let mut words = Words::new(input.rest());
        let signed = self.head.kind == Kind::I8;
        let (columns, depth) = (self.head.columns, self.head.depth);
        // Values as bytes, whose sums wrap; signed ones are told 128 higher.
        let mut next = move || -> Result<u8> {
            let value =
                u8::try_from(codes.value(&mut words)?).ok().ok_or_else(|| wrong("a value of more than a byte"))?;
            Ok(if signed { value.wrapping_sub(128) } else { value })
        };
        let held = |byte: u8| if signed { f64::from(byte.cast_signed()) } else { f64::from(byte) };
        if !steps {
            return self.each(|| next().map(held));
        }
        let mut bytes = vec![0u8; self.head.cells()];
        for band in 0..depth {
            let mut before = 0u8;
            for pixel in 0..bytes.len() {
                let valid = |at: Option<usize>| at.filter(|&at| self.mask.get(at).copied().unwrap_or_default());
                if valid(Some(pixel)).is_none() {
                    continue;
                }
                let left = valid(pixel.checked_sub(1)).filter(|_| !pixel.is_multiple_of(columns));
                let from = match (left, valid(pixel.checked_sub(columns))) {
                    (None, Some(above)) => bytes.get(above).copied().unwrap_or_default(),
                    _ => before,
                };
                before = next()?.wrapping_add(from);
                if let Some(byte) = bytes.get_mut(pixel) {
                    *byte = before;
                }
            }
            let cells = self.values.iter_mut().skip(band).step_by(depth);
            for ((cell, byte), _) in cells.zip(&bytes).zip(&self.mask).filter(|(_, valid)| **valid) {
                *cell = held(*byte);
            }
        }
        Ok(())
    }
}
