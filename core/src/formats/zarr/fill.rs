//! The value of cells that were never written: from JSON to bytes and to a value. Knows no arrays.

use super::element::Element;
use super::json::special_float;
use crate::model::{AttrValue, DType, Data, Error, Result};
use base64::Engine as _;
use serde_json::Value;
use std::ops::Range;

/// A fill value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fill {
    /// One element in native bytes.
    pub(super) bytes: Vec<u8>,
    /// The value as the metadata states it, `None` where it states none.
    pub(super) stated: Option<AttrValue>,
}

impl Fill {
    /// The fill value that `json` states for elements of this kind; without one, cells are zero or empty.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where it fits no such element.
    pub(super) fn new(json: &Value, element: &Element) -> Result<Self> {
        let zero = || Self { bytes: vec![0; element.size().unwrap_or(0)], stated: None };
        let misfit = || Error::corrupt(format!("the fill value {json} is no {}", element.dtype()));
        if json.is_null() {
            return Ok(zero());
        }
        match element {
            Element::Number(dtype) => {
                let data = number(json, dtype).ok_or_else(misfit)?;
                let bytes = element.bytes(&data, 0..data.len())?.into_owned();
                Ok(Self { bytes, stated: Some(AttrValue::Numbers(data)) })
            }
            Element::Narrow(narrow) => {
                let value = match json.as_str().and_then(|text| text.strip_prefix("0x")) {
                    Some(bits) => {
                        u16::from_str_radix(bits, 16).map(|bits| narrow.value(bits)).map_err(|_odd| misfit())?
                    }
                    None => match number(json, &DType::F32) {
                        Some(Data::F32(one)) => one.first().copied().ok_or_else(misfit)?,
                        _ => return Err(misfit()),
                    },
                };
                Ok(Self { bytes: narrow.bytes(value), stated: Some(AttrValue::Numbers(Data::F32(vec![value]))) })
            }
            Element::Complex(bits) => {
                let part = DType::F64;
                let parts = match json {
                    Value::Array(list) => {
                        list.iter().map(|v| Some(number(v, &part)?.f64(0))).collect::<Option<Vec<_>>>()
                    }
                    real => number(real, &part).map(|re| vec![re.f64(0), 0.0]),
                };
                let parts = parts.filter(|p| p.len() == 2).ok_or_else(misfit)?;
                let bytes = parts.iter().flat_map(|&x| float_bytes(x, *bits == 64)).collect();
                Ok(Self::text(bytes, element))
            }
            Element::Text => {
                let text = json.as_str().unwrap_or_default();
                Ok(Self { bytes: text.as_bytes().to_vec(), stated: Some(AttrValue::Text(text.to_owned())) })
            }
            Element::Utf32 { bytes: size, big } => {
                let order = if *big { u32::to_be_bytes } else { u32::to_le_bytes };
                let text = json.as_str().unwrap_or_default();
                let mut bytes: Vec<u8> = text.chars().flat_map(|c| order(u32::from(c))).collect();
                bytes.resize(*size, 0);
                Ok(Self::text(bytes, element))
            }
            Element::Record { bytes: size, fields } if json.is_object() => {
                let mut bytes = vec![0; *size];
                for field in fields {
                    let of = Self::new(json.get(&field.name).unwrap_or(&Value::Null), &field.element)?;
                    field.put(&of.bytes, &mut bytes);
                }
                Ok(Self::text(bytes, element))
            }
            _ => {
                let mut bytes = match json {
                    Value::String(text) => base64::engine::general_purpose::STANDARD
                        .decode(text)
                        .unwrap_or_else(|_plain_text| text.as_bytes().to_vec()),
                    Value::Array(list) => {
                        let byte = |v: &Value| u8::try_from(v.as_u64()?).ok();
                        list.iter().map(byte).collect::<Option<Vec<_>>>().ok_or_else(misfit)?
                    }
                    // zarr-python 2 writes 0 for an empty text.
                    _ => Vec::new(),
                };
                if let Some(size) = element.size() {
                    bytes.resize(size, 0);
                }
                Ok(Self::text(bytes, element))
            }
        }
    }

    /// The same bytes seen as another element, of the same size.
    pub(super) fn seen_as(&self, element: &Element) -> Self {
        let stated = self.stated.as_ref().map(|_| match element.values(&self.bytes) {
            Data::Text(mut one) => AttrValue::Text(one.pop().unwrap_or_default()),
            numbers => AttrValue::Numbers(numbers),
        });
        Self { bytes: self.bytes.clone(), stated }
    }

    fn text(bytes: Vec<u8>, element: &Element) -> Self {
        let text = match element.size() {
            Some(_) => match element.values(&bytes) {
                Data::Text(mut one) => one.pop().unwrap_or_default(),
                _ => String::new(),
            },
            None => element.varying(&bytes),
        };
        Self { bytes, stated: Some(AttrValue::Text(text)) }
    }

    /// `count` cells of it.
    pub(super) fn cells(&self, element: &Element, count: usize) -> Data {
        let mut one = match element.size() {
            // The system has zeros at hand.
            Some(_) if element.plain(false).is_some() && self.bytes.iter().all(|&byte| byte == 0) => {
                return Data::zeros(&element.dtype(), count);
            }
            Some(_) => element.values(&self.bytes),
            None => Data::Text(vec![element.varying(&self.bytes)]),
        };
        crate::with_data!(&mut one, v => v.resize(count, v.first().copied().unwrap_or_default()), t => {
            t.resize(count, t.first().cloned().unwrap_or_default());
        });
        one
    }

    /// Whether these of the values are it, bit for bit.
    pub(super) fn is_all(&self, element: &Element, data: &Data, cells: Range<usize>) -> bool {
        match (data, element.bytes(data, cells.clone())) {
            (Data::Text(texts), _) => texts.get(cells).is_some_and(|t| t.iter().all(|t| t.as_bytes() == self.bytes)),
            (_, Ok(bytes)) if !self.bytes.is_empty() => {
                bytes.chunks_exact(self.bytes.len()).all(|one| one == self.bytes)
            }
            _ => false,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a complex64 holds its parts in single precision")]
pub(super) fn float_bytes(x: f64, single: bool) -> Vec<u8> {
    if single { (x as f32).to_ne_bytes().to_vec() } else { x.to_ne_bytes().to_vec() }
}

/// One number of a type, from a JSON number, truth value, word or bit pattern (`0x7fc00000`).
pub(super) fn number(json: &Value, dtype: &DType) -> Option<Data> {
    let bits = || u64::from_str_radix(json.as_str()?.strip_prefix("0x")?, 16).ok();
    let float = || json.as_f64().or_else(|| special_float(json.as_str()?)).or_else(|| json.as_str()?.parse().ok());
    // numpy writes an integer that came from a float with a fraction of zero; its times know "NaT".
    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers inside the range of exact floats pass")]
    let integer = || {
        let whole = |x: f64| (x.fract() == 0.0 && x.abs() < 9.007_199_254_740_992e15).then_some(x as i128);
        let word = || (json.as_str() == Some("NaT")).then_some(i128::from(i64::MIN));
        json.as_i64()
            .map(i128::from)
            .or_else(|| json.as_u64().map(i128::from))
            .or_else(|| json.as_bool().map(i128::from))
            .or_else(|| json.as_f64().and_then(whole))
            .or_else(word)
            .or_else(|| json.as_str()?.parse().ok())
    };
    Some(match dtype {
        DType::Bool | DType::U8 => Data::U8(vec![integer()?.try_into().ok()?]),
        DType::I8 => Data::I8(vec![integer()?.try_into().ok()?]),
        DType::I16 => Data::I16(vec![integer()?.try_into().ok()?]),
        DType::I32 => Data::I32(vec![integer()?.try_into().ok()?]),
        DType::I64 => Data::I64(vec![integer()?.try_into().ok()?]),
        DType::U16 => Data::U16(vec![integer()?.try_into().ok()?]),
        DType::U32 => Data::U32(vec![integer()?.try_into().ok()?]),
        DType::U64 => Data::U64(vec![integer()?.try_into().ok()?]),
        #[expect(clippy::cast_possible_truncation, reason = "rounded to the precision of the array, as numpy does")]
        DType::F16 | DType::F32 => Data::F32(vec![match bits() {
            Some(bits) if *dtype == DType::F16 => half::f16::from_bits(bits.try_into().ok()?).to_f32(),
            Some(bits) => f32::from_bits(bits.try_into().ok()?),
            None => float()? as f32,
        }]),
        DType::F64 => Data::F64(vec![match bits() {
            Some(bits) => f64::from_bits(bits),
            None => float()?,
        }]),
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Element, Fill};
    use crate::model::{AttrValue, DType, Data};
    use serde_json::json;

    #[test]
    fn understands_the_forms_that_writers_use() {
        let of = |json, element: &Element| Fill::new(&json, element).unwrap().stated;
        let f32 = Element::Number(DType::F32);
        assert_eq!(of(json!("Infinity"), &f32), Some(AttrValue::Numbers(Data::F32(vec![f32::INFINITY]))));
        assert_eq!(of(json!("0x3f800000"), &f32), Some(AttrValue::Numbers(Data::F32(vec![1.0]))));
        let i16 = Element::Number(DType::I16);
        assert_eq!(of(json!(-32767.0), &i16), Some(AttrValue::Numbers(Data::I16(vec![-32767]))));
        assert_eq!(of(json!(null), &i16), None);
        assert!(Fill::new(&json!(40000), &i16).is_err());
        assert!(Fill::new(&json!("x"), &f32).is_err());
        assert_eq!(of(json!("5"), &f32), Some(AttrValue::Numbers(Data::F32(vec![5.0]))));
        assert_eq!(of(json!("-5"), &i16), Some(AttrValue::Numbers(Data::I16(vec![-5]))));
        let i64 = Element::Number(DType::I64);
        assert_eq!(of(json!("NaT"), &i64), Some(AttrValue::Numbers(Data::I64(vec![i64::MIN]))));
        let bool = Element::Number(DType::Bool);
        assert_eq!(of(json!(true), &bool), Some(AttrValue::Numbers(Data::U8(vec![1]))));
        assert_eq!(of(json!("YWI="), &Element::Bytes(3)), Some(AttrValue::Text("ab".into())));
        assert_eq!(of(json!(0), &Element::Text), Some(AttrValue::Text(String::new())));
        assert_eq!(of(json!([1.0, "NaN"]), &Element::Complex(64)), Some(AttrValue::Text("1NaNj".into())));
        let cells = Fill::new(&json!(7), &i16).unwrap().cells(&i16, 3);
        assert_eq!(cells, Data::I16(vec![7; 3]));
    }
}
