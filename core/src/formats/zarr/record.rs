//! The parts of record elements: where each stands, and as what it is shown. Knows no chunks and no names of types.

use super::element::Element;
use crate::model::DType;
use serde_json::Value;

/// One part of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) offset: usize,
    /// What it is, or what it holds several of.
    pub(super) element: Element,
    /// Lengths of an array of them, empty for a single one.
    pub(super) shape: Vec<usize>,
    /// Whether numbers within stand in big-endian order.
    pub(super) big: bool,
}

impl Field {
    /// Bytes that it takes, `None` where they cannot be counted.
    pub(super) fn size(&self) -> Option<usize> {
        self.shape.iter().try_fold(self.element.size()?, |n, &d| n.checked_mul(d))
    }

    /// The type as the model names it.
    pub(super) fn dtype(&self) -> DType {
        let one = self.element.dtype();
        if self.shape.is_empty() { one } else { DType::Vlen(Box::new(one)) }
    }

    /// Takes the other byte order.
    pub(super) fn turn(&mut self) {
        self.big = !self.big;
        match &mut self.element {
            Element::Record { fields, .. } => fields.iter_mut().for_each(Self::turn),
            Element::Utf32 { big, .. } => *big = !*big,
            _ => {}
        }
    }

    /// Bytes of what must be turned around to be this machine's.
    fn turned(&self) -> usize {
        if self.big == cfg!(target_endian = "big") { 1 } else { self.element.unit() }
    }

    /// The value within a record.
    pub(super) fn json(&self, record: &[u8]) -> Value {
        let end = self.offset + self.size().unwrap_or(0);
        let mut bytes = record.get(self.offset..end).unwrap_or_default().to_vec();
        if self.turned() > 1 {
            bytes.chunks_exact_mut(self.turned()).for_each(<[u8]>::reverse);
        }
        let values = self.element.values(&bytes);
        nested(
            &self.shape,
            &mut (0..values.len()).map(|i| match (&self.element, values.json(i)) {
                // A record within is written out already.
                (Element::Record { .. }, Value::String(text)) => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                (_, value) => value,
            }),
        )
    }

    /// Puts the native bytes of a value into a record.
    pub(super) fn put(&self, value: &[u8], record: &mut [u8]) {
        let Some(place) = record.get_mut(self.offset..).and_then(|r| r.get_mut(..value.len())) else { return };
        place.copy_from_slice(value);
        if self.turned() > 1 {
            place.chunks_exact_mut(self.turned()).for_each(<[u8]>::reverse);
        }
    }
}

/// Values in lists of these lengths.
fn nested(shape: &[usize], values: &mut impl Iterator<Item = Value>) -> Value {
    match shape.split_first() {
        Some((&n, inner)) => (0..n).map(|_| nested(inner, values)).collect(),
        None => values.next().unwrap_or_default(),
    }
}

/// The numbers within an element by name: the parts of a record, those of records within as `outer.inner`, and the
/// `real` and `imag` of complex numbers. Each is seen as an element of the same size.
pub(super) fn numbers(element: &Element) -> Vec<(String, Element)> {
    let mut found = Vec::new();
    let size = element.size().unwrap_or(0);
    gather(element, "", 0, cfg!(target_endian = "big"), &mut |name, offset, number, big| {
        // An element that is a number by itself has no parts.
        if !name.is_empty() {
            found.push((name, Element::Part { bytes: size, offset, number, big }));
        }
    });
    found
}

fn gather(element: &Element, name: &str, at: usize, big: bool, add: &mut impl FnMut(String, usize, DType, bool)) {
    let within = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match element {
        Element::Number(dtype) => add(name.to_owned(), at, dtype.clone(), big),
        Element::Complex(bits) => {
            let (dtype, half) = if *bits == 64 { (DType::F32, 4) } else { (DType::F64, 8) };
            add(within("real"), at, dtype.clone(), big);
            add(within("imag"), at + half, dtype, big);
        }
        Element::Record { fields, .. } => {
            for field in fields.iter().filter(|f| f.shape.is_empty()) {
                gather(&field.element, &within(&field.name), at + field.offset, field.big, add);
            }
        }
        _ => {}
    }
}
