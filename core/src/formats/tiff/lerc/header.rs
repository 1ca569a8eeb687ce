//! What stands before the values of a blob, and the types that they have.

use super::super::super::codecs::fletcher32;
use super::super::decode::short;
use super::bits::Bytes;
use super::wrong;
use crate::model::{DType, Error, Result};

/// The type of the values in a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Kind {
    pub(super) const ALL: [Self; 8] =
        [Self::I8, Self::U8, Self::I16, Self::U16, Self::I32, Self::U32, Self::F32, Self::F64];

    pub(super) fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    pub(super) fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// The pixels that are held in this type.
    pub(super) fn dtype(self) -> DType {
        match self {
            Self::I8 => DType::I8,
            Self::U8 => DType::U8,
            Self::I16 => DType::I16,
            Self::U16 => DType::U16,
            Self::I32 => DType::I32,
            Self::U32 => DType::U32,
            Self::F32 => DType::F32,
            Self::F64 => DType::F64,
        }
    }

    /// A value as this type holds it: integers lose their fraction, as a cast in C takes it off.
    #[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is meant")]
    pub(super) fn hold(self, value: f64) -> f64 {
        match self {
            Self::F64 => value,
            Self::F32 => f64::from(value as f32),
            Self::I8 => value.trunc().clamp(-128.0, 127.0),
            Self::U8 => value.trunc().clamp(0.0, 255.0),
            Self::I16 => value.trunc().clamp(-32768.0, 32767.0),
            Self::U16 => value.trunc().clamp(0.0, 65535.0),
            Self::I32 => value.trunc().clamp(f64::from(i32::MIN), f64::from(i32::MAX)),
            Self::U32 => value.trunc().clamp(0.0, f64::from(u32::MAX)),
        }
    }
}

/// What stands before the values of a blob.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Values of a pixel.
    pub(super) depth: usize,
    pub(super) valid: usize,
    pub(super) block: usize,
    pub(super) bytes: usize,
    pub(super) kind: Kind,
    /// How far a value may be from what it was.
    pub(super) error: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Header {
    pub(super) fn read(input: &mut Bytes<'_>) -> Result<Self> {
        let whole = input.rest();
        if input.take(6)? != b"Lerc2 " {
            return Err(wrong("it does not start as a blob of version 2"));
        }
        let version = input.u32()?;
        if !(2..=6).contains(&version) {
            return Err(Error::unsupported(format!("lerc: version {version} cannot be decoded"))
                .hint("write the file again with deflate, LZW or Zstandard"));
        }
        let sum = if version >= 3 { Some(input.u32()?) } else { None };
        let summed = input.at();
        let mut count = || usize::try_from(input.u32()?.cast_signed()).ok().ok_or_else(|| wrong("a size below zero"));
        let (rows, columns) = (count()?, count()?);
        let depth = if version >= 4 { count()? } else { 1 };
        let (valid, block, bytes) = (count()?, count()?, count()?);
        let kind = Kind::ALL.get(count()?).copied().ok_or_else(|| wrong("a type of values that there is not"))?;
        if version >= 6 {
            // Blobs that follow.
            count()?;
        }
        if version >= 6 && input.take(4)?.first().is_some_and(|&passed| passed != 0) {
            return Err(Error::unsupported("lerc: values of a pixel that are partly missing cannot be decoded")
                .hint("write the file again with deflate, LZW or Zstandard"));
        }
        let (error, low, high) = (input.f64()?, input.f64()?, input.f64()?);
        if version >= 6 {
            input.take(16)?;
        }
        let cells = rows.checked_mul(columns).filter(|&n| n > 0 && valid <= n && depth > 0 && block > 0);
        if cells.is_none() || error.is_nan() || error < 0.0 {
            return Err(wrong("a header that cannot be"));
        }
        let blob = whole.get(..bytes).ok_or_else(|| short(whole.len(), bytes))?;
        let body = blob.get(summed..).ok_or_else(|| wrong("a blob shorter than its header"))?;
        if sum.is_some_and(|sum| sum != fletcher32::sum(body)) {
            return Err(wrong("the checksum is another"));
        }
        Ok(Self { version, rows, columns, depth, valid, block, bytes, kind, error, low, high })
    }

    pub(super) fn cells(&self) -> usize {
        self.rows * self.columns
    }
}
