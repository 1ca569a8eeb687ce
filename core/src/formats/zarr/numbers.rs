//! Numbers of any type between bytes and values, and the arithmetic of numpy on them that filters need. Knows no filters.

use super::super::plain::{Plain, bytes_mut};
use super::element::Element;
use super::names::ElementType;
use crate::model::{DType, Data, Error, Result};
use serde_json::Value;

/// Numbers as they stand in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub(super) dtype: DType,
    plain: Plain,
    big: bool,
}

impl Number {
    /// The type as numpy or v3 names it.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for what is no number.
    pub(super) fn new(dtype: &Value) -> Result<Self> {
        let unknown = || Error::unsupported(format!("a filter for the type {dtype}"));
        // numpy takes `<f4`, `f4` and `float32`; numcodecs keeps what it was given.
        let native = dtype.as_str().map_or(Value::Null, |name| format!("<{name}").into());
        let kind = ElementType::v2(dtype, &[])
            .or_else(|_another| ElementType::v3(dtype))
            .or_else(|_another| ElementType::v2(&native, &[]))
            .map_err(|_none| unknown())?;
        let Element::Number(number) = kind.element else { return Err(unknown()) };
        let plain = Plain::new(number.clone(), kind.big).ok_or_else(unknown)?;
        Ok(Self { dtype: number, plain, big: kind.big })
    }

    /// Bytes of one.
    pub(super) fn size(&self) -> usize {
        self.plain.size()
    }

    /// The values of these bytes.
    ///
    /// # Errors
    /// [`Memory`](crate::model::ErrorKind::Memory) where there is none for them.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Data> {
        let cells = bytes.len() / self.plain.size();
        let mut plane = self.plain.plane(cells)?;
        let whole = bytes.get(..cells * self.plain.size()).unwrap_or_default();
        bytes_mut(&mut plane).copy_from_slice(whole);
        Ok(self.plain.finish(plane))
    }

    /// The bytes of these values.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where they are of another type.
    pub(super) fn write(&self, data: &Data) -> Result<Vec<u8>> {
        let mut bytes = Element::Number(self.dtype.clone()).bytes(data, 0..data.len())?.into_owned();
        if self.big != cfg!(target_endian = "big") {
            bytes.chunks_exact_mut(self.plain.size()).for_each(<[u8]>::reverse);
        }
        Ok(bytes)
    }
}

/// Values in another type, as numpy's `astype` does: integers wrap, floats lose their fraction.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    reason = "the conversion that was asked for; one arm serves all types"
)]
pub(super) fn cast(data: &Data, to: &DType) -> Data {
    macro_rules! each {
        ($values:expr, $plane:ident, $to:ty) => {
            Data::$plane($values.iter().map(|&x| x as $to).collect())
        };
    }
    crate::with_data!(data, v => match to {
        DType::Bool => Data::U8(v.iter().map(|&x| u8::from(x as f64 != 0.0)).collect()),
        DType::I8 => each!(v, I8, i8),
        DType::I16 => each!(v, I16, i16),
        DType::I32 => each!(v, I32, i32),
        DType::I64 => each!(v, I64, i64),
        DType::U8 => each!(v, U8, u8),
        DType::U16 => each!(v, U16, u16),
        DType::U32 => each!(v, U32, u32),
        DType::U64 => each!(v, U64, u64),
        DType::F16 => Data::F32(v.iter().map(|&x| half(x as f32)).collect()),
        DType::F32 => each!(v, F32, f32),
        _ => each!(v, F64, f64),
    }, t => Data::Text(t.clone()))
}

/// Rounded to half precision.
fn half(x: f32) -> f32 {
    half::f16::from_f32(x).to_f32()
}

/// `x / scale + offset` in the precision of numpy: that of floats, double for integers.
#[expect(clippy::cast_possible_truncation, reason = "numpy takes Python's numbers to the precision of the array")]
pub(super) fn unscale(data: &Data, stored: &DType, scale: f64, offset: f64) -> Data {
    match data {
        Data::F32(v) if *stored == DType::F16 => {
            Data::F32(v.iter().map(|x| half(half(x / half(scale as f32)) + half(offset as f32))).collect())
        }
        Data::F32(v) => Data::F32(v.iter().map(|x| x / scale as f32 + offset as f32).collect()),
        other => Data::F64(other.to_f64().into_iter().map(|x| x / scale + offset).collect()),
    }
}

/// Sums from the start, in the type of the values.
pub(super) fn running_sum(data: &mut Data, dtype: &DType) {
    macro_rules! sum {
        ($values:expr, $add:expr) => {{
            let mut last = None;
            for value in $values.iter_mut() {
                if let Some(last) = last {
                    *value = $add(last, *value);
                }
                last = Some(*value);
            }
        }};
    }
    match data {
        Data::I8(v) => sum!(v, i8::wrapping_add),
        Data::I16(v) => sum!(v, i16::wrapping_add),
        Data::I32(v) => sum!(v, i32::wrapping_add),
        Data::I64(v) => sum!(v, i64::wrapping_add),
        Data::U8(v) if *dtype == DType::Bool => sum!(v, |a: u8, b: u8| a | b),
        Data::U8(v) => sum!(v, u8::wrapping_add),
        Data::U16(v) => sum!(v, u16::wrapping_add),
        Data::U32(v) => sum!(v, u32::wrapping_add),
        Data::U64(v) => sum!(v, u64::wrapping_add),
        Data::F32(v) if *dtype == DType::F16 => sum!(v, |a: f32, b: f32| half(a + b)),
        Data::F32(v) => sum!(v, |a: f32, b: f32| a + b),
        Data::F64(v) => sum!(v, |a: f64, b: f64| a + b),
        Data::Text(_) => {}
    }
}
