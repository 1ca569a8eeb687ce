//! How elements of types that are no numbers are written as text.

use super::super::super::char_cell;
use super::super::ffi::{self, Element, Padding};
use super::{Shape, Type};
use crate::model::DType;
use hdf5::File;

impl Type {
    /// One element of this type, which must be the memory type that it was read as, as text.
    pub(in super::super) fn text(&self, file: &File, element: Element<'_>) -> String {
        let bytes = element.bytes();
        match &self.shape {
            Shape::Number => self.number(bytes),
            Shape::Enum(members) => {
                let number = self.number(bytes);
                let named = members.iter().find(|(_, value)| value.to_string() == number);
                named.map_or(number, |(name, _)| name.clone())
            }
            Shape::FixedString(_) if self.size == 1 => bytes.first().map(|&b| char_cell(b)).unwrap_or_default(),
            Shape::FixedString(padding) => fixed_string(bytes, *padding),
            Shape::VariableString => element.string(),
            Shape::Record(fields) => {
                let fields = fields.iter().map(|(name, offset, inner)| {
                    format!("{name}: {}", inner.text(file, element.part(*offset, inner.size)))
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            Shape::Array(lengths, inner) => match (&inner.shape, inner.size, lengths.split_last()) {
                // Characters in a row are a text, as netCDF has them.
                (Shape::FixedString(padding), 1, Some((&len, outer))) => {
                    nested(outer, &mut |i| fixed_string(element.part(i.saturating_mul(len), len).bytes(), *padding))
                }
                _ => nested(lengths, &mut |i| inner.text(file, element.part(i.saturating_mul(inner.size), inner.size))),
            },
            Shape::List(inner) => {
                let items: Vec<String> = element.list(inner.size).map(|e| inner.text(file, e)).collect();
                format!("[{}]", items.join(", "))
            }
            Shape::Complex(part) => {
                let imaginary = part.text(file, element.part(part.size, part.size));
                let sign = if imaginary.starts_with('-') { "" } else { "+" };
                format!("{}{sign}{imaginary}j", part.text(file, element.part(0, part.size)))
            }
            Shape::Reference => ffi::reference_name(file, &self.handle, element),
            Shape::Bytes => bytes.iter().map(|b| format!("{b:02x}")).collect(),
            Shape::Time(unit, big_endian) => {
                let of = if *big_endian { i64::from_be_bytes } else { i64::from_le_bytes };
                bytes.first_chunk().map(|b| unit.text(of(*b))).unwrap_or_default()
            }
        }
    }

    /// A number in this machine's bytes; empty where it is none that this machine has.
    fn number(&self, bytes: &[u8]) -> String {
        macro_rules! text {
            ($number:ty) => {
                bytes.first_chunk().map(|b| <$number>::from_ne_bytes(*b).to_string())
            };
        }
        let text = match (self.dtype.plain(), bytes.len()) {
            (DType::I8, 1) => text!(i8),
            (DType::I16, 2) => text!(i16),
            (DType::I32, 4) => text!(i32),
            (DType::I64, 8) => text!(i64),
            (DType::U8 | DType::Bool, 1) => text!(u8),
            (DType::U16, 2) => text!(u16),
            (DType::U32, 4) => text!(u32),
            (DType::U64, 8) => text!(u64),
            (DType::F16, 2) => bytes.first_chunk().map(|b| half::f16::from_ne_bytes(*b).to_string()),
            (DType::F32, 4) => text!(f32),
            (DType::F64, 8) => text!(f64),
            _ => None,
        };
        text.unwrap_or_default()
    }
}

/// Only in text that a zero ends is the first one its end.
fn fixed_string(bytes: &[u8], padding: Padding) -> String {
    let last = |pad: &[u8]| bytes.iter().rposition(|b| !pad.contains(b)).map_or(0, |at| at + 1);
    let end = match padding {
        Padding::H5T_STR_NULLPAD => last(b"\0"),
        Padding::H5T_STR_SPACEPAD => last(b" \0"),
        _ => bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len()),
    };
    ffi::readable(bytes.get(..end).unwrap_or_default())
}

/// `[[a, b], [c, d]]` of the elements 0, 1, … of an array.
fn nested(lengths: &[usize], element: &mut dyn FnMut(usize) -> String) -> String {
    fn level(lengths: &[usize], next: &mut usize, element: &mut dyn FnMut(usize) -> String) -> String {
        let Some((&len, inner)) = lengths.split_first() else {
            *next += 1;
            return element(*next - 1);
        };
        let parts: Vec<String> = (0..len).map(|_| level(inner, next, element)).collect();
        format!("[{}]", parts.join(", "))
    }
    level(lengths, &mut 0, element)
}
