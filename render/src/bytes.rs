//! Owns reading the compact little-endian tables that are bundled with the program.
//! Knows nothing of what they hold.

use crate::RenderError;

/// Reads from the front of a byte slice; every step can fail, none panics.
pub(crate) struct Reader<'a> {
    asset: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(asset: &'static str, data: &'a [u8]) -> Self {
        Self { asset, rest: data }
    }

    pub(crate) fn damaged(&self, reason: &str) -> RenderError {
        RenderError::Asset { asset: self.asset, reason: reason.to_owned() }
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], RenderError> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or_else(|| self.damaged("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RenderError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.damaged("it ends too early"))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn magic(&mut self, magic: [u8; 4], version: u32) -> Result<(), RenderError> {
        if self.array::<4>()? != magic || self.u32()? != version {
            return Err(self.damaged("its first bytes are not those of this format and version"));
        }
        Ok(())
    }

    pub(crate) fn u8(&mut self) -> Result<u8, RenderError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, RenderError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, RenderError> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, RenderError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, RenderError> {
        self.array().map(i32::from_le_bytes)
    }
}
