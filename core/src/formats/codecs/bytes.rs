//! Lengths and parts read one after the other from the bytes of a chunk: big-endian, checked.

use crate::model::{Error, Result};

/// What is left of a chunk.
pub(super) struct Bytes<'a> {
    left: &'a [u8],
    /// Whose format it is, for errors.
    filter: &'static str,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(left: &'a [u8], filter: &'static str) -> Self {
        Self { left, filter }
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where fewer are left.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (part, left) = self.left.split_at_checked(len).ok_or_else(|| {
            Error::corrupt(format!("{}: {len} bytes are wanted where {} are left", self.filter, self.left.len()))
        })?;
        self.left = left;
        Ok(part)
    }

    /// A length of one byte.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn u8(&mut self) -> Result<usize> {
        self.take(1).map(|b| b.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
    }

    /// A length of two bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn u16(&mut self) -> Result<usize> {
        self.take(2).map(|b| b.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
    }

    /// A length of four bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn u32(&mut self) -> Result<usize> {
        self.take(4).map(|b| b.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
    }

    /// A length of eight bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub(super) fn u64(&mut self) -> Result<u64> {
        self.take(8).map(|b| b.iter().fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }
}
