//! One element of a Zarr array: how its bytes become a value and back. Knows no chunks, no codecs and no names of types.

use super::super::plain::{Plain, bytes_mut};
use super::fill::float_bytes;
use super::narrow::Narrow;
use super::record::Field;
use crate::model::{DType, Data, Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;

/// How the bytes of an element are to be understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Element {
    /// A number of native byte order, a truth value among them.
    Number(DType),
    /// A float of fewer bits than the model knows, read as `f32`.
    Narrow(Narrow),
    /// A complex number of two floats of native byte order, of this many bits in all.
    Complex(u8),
    /// Text of so many bytes, padded with zeros.
    Bytes(usize),
    /// Text of four-byte characters, this many bytes in all.
    Utf32 { bytes: usize, big: bool },
    /// Bytes without meaning.
    Raw(usize),
    /// Named parts, each at its offset.
    Record { bytes: usize, fields: Vec<Field> },
    /// A number at an offset within each element of so many bytes.
    Part { bytes: usize, offset: usize, number: DType, big: bool },
    /// Text of any length.
    Text,
    /// Bytes of any length.
    Blob,
    /// A list of any length of little-endian numbers.
    List(DType),
}

impl Element {
    /// The type as the model names it.
    pub(super) fn dtype(&self) -> DType {
        match self {
            Self::Number(dtype) | Self::Part { number: dtype, .. } => dtype.clone(),
            Self::Narrow(_) => DType::F32,
            Self::Complex(bits) => DType::Complex(*bits),
            Self::Bytes(1) => DType::Char,
            Self::Bytes(_) | Self::Utf32 { .. } | Self::Text => DType::String,
            Self::Raw(n) => DType::Opaque(*n),
            Self::Record { fields, .. } => {
                DType::Compound(fields.iter().map(|f| (f.name.clone(), f.dtype())).collect())
            }
            Self::Blob => DType::Vlen(Box::new(DType::U8)),
            Self::List(dtype) => DType::Vlen(Box::new(dtype.clone())),
        }
    }

    /// Bytes of one element in a decoded chunk, `None` where they vary.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Number(DType::F16) => Some(2),
            Self::Number(dtype) => Some(dtype.size()),
            Self::Complex(bits) => Some(usize::from(*bits) / 8),
            Self::Narrow(narrow) => Some(narrow.size()),
            Self::Bytes(n) | Self::Raw(n) => Some(*n),
            Self::Utf32 { bytes: n, .. } | Self::Record { bytes: n, .. } | Self::Part { bytes: n, .. } => Some(*n),
            Self::Text | Self::Blob | Self::List(_) => None,
        }
    }

    /// How the numbers stand in bytes, `None` where elements are no plain numbers.
    pub(super) fn plain(&self, big: bool) -> Option<Plain> {
        let Self::Number(dtype) = self else { return None };
        Plain::new(dtype.clone(), big)
    }

    /// Bytes of what is turned around where the byte order is not this machine's. Text and records see to it
    /// themselves.
    pub(super) fn unit(&self) -> usize {
        match self {
            Self::Number(_) | Self::Narrow(_) => self.size().unwrap_or(1),
            Self::Complex(bits) => usize::from(*bits) / 16,
            _ => 1,
        }
    }

    /// The name under which zarrs knows elements of this size and byte order, `None` where they vary in size.
    pub(super) fn zarrs_name(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Number(dtype) => Cow::Owned(dtype.to_string()),
            Self::Complex(64) => Cow::Borrowed("complex64"),
            Self::Complex(_) => Cow::Borrowed("complex128"),
            other => Cow::Owned(format!("r{}", other.size()?.checked_mul(8)?)),
        })
    }

    /// The values of fixed-size elements that stand one after the other in native byte order.
    pub(super) fn values(&self, bytes: &[u8]) -> Data {
        let plain = bytemuck::pod_collect_to_vec::<u8, u8>;
        match self {
            Self::Number(dtype) => match dtype {
                DType::I8 => Data::I8(pods(bytes)),
                DType::I16 => Data::I16(pods(bytes)),
                DType::I32 => Data::I32(pods(bytes)),
                DType::I64 => Data::I64(pods(bytes)),
                DType::U16 => Data::U16(pods(bytes)),
                DType::U32 => Data::U32(pods(bytes)),
                DType::U64 => Data::U64(pods(bytes)),
                DType::F16 => Data::F32(pods::<u16>(bytes).into_iter().map(from_half).collect()),
                DType::F32 => Data::F32(pods(bytes)),
                DType::F64 => Data::F64(pods(bytes)),
                _ => Data::U8(plain(bytes)),
            },
            Self::Narrow(narrow) => Data::F32(narrow.values(bytes)),
            Self::Part { bytes: size, offset, number, big } => {
                let parts = bytes.chunks_exact((*size).max(1)).map(|one| one.get(*offset..).unwrap_or_default());
                part(parts, number, *big)
            }
            other => {
                let size = other.size().unwrap_or(1).max(1);
                Data::Text(bytes.chunks_exact(size).map(|one| other.written_out(one)).collect())
            }
        }
    }

    /// The text that stands for one element that is not a number.
    fn written_out(&self, one: &[u8]) -> String {
        match self {
            Self::Complex(64) => match pods::<f32>(one)[..] {
                [re, im] => format!("{re}{im:+}j"),
                _ => String::new(),
            },
            Self::Complex(_) => match pods::<f64>(one)[..] {
                [re, im] => format!("{re}{im:+}j"),
                _ => String::new(),
            },
            Self::Bytes(_) | Self::Text => {
                let end = one.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
                String::from_utf8_lossy(one.get(..end).unwrap_or_default()).into_owned()
            }
            Self::Utf32 { big, .. } => {
                let code = |four: &[u8; 4]| if *big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) };
                let (characters, _) = one.as_chunks::<4>();
                let text: String =
                    characters.iter().map(|c| char::from_u32(code(c)).unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                text.trim_end_matches('\0').to_owned()
            }
            Self::Record { fields, .. } => {
                let parts = fields.iter().map(|field| (field.name.clone(), field.json(one))).collect();
                Value::Object(parts).to_string()
            }
            Self::List(dtype) => {
                let size = dtype.size().max(1);
                let values = part(one.chunks_exact(size), dtype, false);
                Value::Array((0..values.len()).map(|i| values.json(i)).collect()).to_string()
            }
            _ => one.iter().map(|b| format!("{b:02x}")).collect(),
        }
    }

    /// The bytes of these numbers in native byte order, the inverse of [`Self::values`]; complex ones stand as text.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the values are of another type.
    pub(super) fn bytes<'a>(&self, data: &'a Data, cells: Range<usize>) -> Result<Cow<'a, [u8]>> {
        if let (Self::Complex(bits), Data::Text(texts)) = (self, data) {
            let texts = texts.get(cells).unwrap_or_default();
            return Ok(Cow::Owned(texts.iter().flat_map(|text| complex_bytes(text, *bits == 64)).collect()));
        }
        let Self::Number(dtype) = self else {
            return Err(Error::unsupported(format!("cannot write elements of type {}", self.dtype())));
        };
        macro_rules! plain {
            ($($dtype:pat, $plane:ident);*) => {
                match (dtype, data) {
                    $(($dtype, Data::$plane(v)) => v.get(cells).map(|v| Cow::Borrowed(bytemuck::cast_slice(v))),)*
                    (DType::F16, Data::F32(v)) => v.get(cells).map(|v| {
                        Cow::Owned(v.iter().flat_map(|&x| half::f16::from_f32(x).to_ne_bytes()).collect())
                    }),
                    (_, data) => {
                        return Err(Error::internal(format!("{} values for elements of type {dtype}", data.dtype())));
                    }
                }
            };
        }
        let bytes = plain!(DType::Bool | DType::U8, U8; DType::I8, I8; DType::I16, I16; DType::I32, I32; DType::I64, I64;
            DType::U16, U16; DType::U32, U32; DType::U64, U64; DType::F32, F32; DType::F64, F64);
        bytes.ok_or_else(|| Error::internal("fewer values than cells"))
    }

    /// The text of one element of any length.
    pub(super) fn varying(&self, bytes: &[u8]) -> String {
        match self {
            // Zeros at the end belong to the text here: its length is stored.
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
            other => other.written_out(bytes),
        }
    }
}

/// A complex number from the text that stands for it (`1.5-2j`), in single precision or double; what is none is missing.
fn complex_bytes(text: &str, single: bool) -> Vec<u8> {
    let numbers = text.trim().trim_end_matches('j');
    // The second number begins at the last sign that belongs to no exponent; one that is no number has no sign.
    let sign = |&(at, c): &(usize, char)| at > 0 && matches!(c, '+' | '-') && !numbers[..at].ends_with(['e', 'E']);
    let at = numbers.char_indices().rfind(sign).map(|(at, _)| at).or_else(|| numbers.len().checked_sub(3));
    let (re, im) = at.and_then(|at| numbers.split_at_checked(at)).unwrap_or((numbers, "0"));
    let number = |text: &str| text.parse::<f64>().unwrap_or(f64::NAN);
    [re, im].into_iter().flat_map(|part| float_bytes(number(part), single)).collect()
}

/// The numbers that stand at the start of each of these bytes.
fn part<'a>(parts: impl ExactSizeIterator<Item = &'a [u8]>, number: &DType, big: bool) -> Data {
    let plane = Plain::new(number.clone(), big).and_then(|plain| Some((plain.plane(parts.len()).ok()?, plain)));
    let Some((mut plane, plain)) = plane else { return Data::Text(vec![String::new(); parts.len()]) };
    let size = plain.size();
    for (to, from) in bytes_mut(&mut plane).chunks_exact_mut(size).zip(parts) {
        if let Some(from) = from.get(..size) {
            to.copy_from_slice(from);
        }
    }
    plain.finish(plane)
}

fn pods<T: bytemuck::Pod>(bytes: &[u8]) -> Vec<T> {
    let whole = bytes.len() - bytes.len() % size_of::<T>().max(1);
    bytemuck::pod_collect_to_vec(bytes.get(..whole).unwrap_or_default())
}

fn from_half(bits: u16) -> f32 {
    half::f16::from_bits(bits).to_f32()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Element;
    use crate::formats::zarr::names::ElementType;
    use crate::model::{DType, Data};
    use serde_json::json;

    #[test]
    fn what_is_no_number_is_written_out() {
        let complex: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|x| x.to_ne_bytes()).collect();
        assert_eq!(Element::Complex(64).values(&complex), Data::Text(vec!["1.5-2j".into()]));
        let numbers = [1.5, -2e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -0.0, 1e300, 3e-7, -5e-8];
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_ne_bytes()).collect();
        let texts = Element::Complex(128).values(&bytes);
        assert_eq!(*Element::Complex(128).bytes(&texts, 0..5).unwrap(), bytes, "{texts:?}");
        assert_eq!(*Element::Complex(64).bytes(&Data::Text(vec!["1.5-2j".into()]), 0..1).unwrap(), complex);
        assert_eq!(Element::Bytes(3).values(b"ab\0abc"), Data::Text(vec!["ab".into(), "abc".into()]));
        let utf32: Vec<u8> = ['ö', '\0'].iter().flat_map(|&c| u32::from(c).to_be_bytes()).collect();
        assert_eq!(Element::Utf32 { bytes: 8, big: true }.values(&utf32), Data::Text(vec!["ö".into()]));
        let record = ElementType::v2(&json!([["a", ">i2"], ["b", "|S2"], ["c", "|u1", [2]]]), &[]).unwrap().element;
        assert_eq!(record.values(b"\x01\x02xy\x0a\xff"), Data::Text(vec![r#"{"a":258,"b":"xy","c":[10,255]}"#.into()]));
        let list = DType::Vlen(Box::new(DType::U8));
        let fields = vec![("a".to_owned(), DType::I16), ("b".to_owned(), DType::String), ("c".to_owned(), list)];
        assert_eq!(record.dtype(), DType::Compound(fields));
        assert_eq!(Element::Number(DType::F16).values(&0x3c00_u16.to_ne_bytes()), Data::F32(vec![1.0]));
    }
}
