//! Numbers out of attributes, with the type they had, and the limits of types. Knows no convention.

use crate::model::{AttrValue, DType, Data};

/// What kind of number an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any integer type.
    Integer,
    /// Single precision.
    Single,
    /// Double precision; also every number written as text or JSON with a point or an exponent.
    Double,
}

/// A number and its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) kind: Kind,
}

/// All numbers of an attribute; those written as text (`"0.01"`, `"0b, 1b"`, `"NaN"`) too.
pub(super) fn numbers(attr: &AttrValue) -> Vec<Number> {
    let all = |values: Vec<f64>, kind| values.into_iter().map(|value| Number { value, kind }).collect();
    match attr {
        AttrValue::Numbers(data) => {
            let kind = match data {
                Data::F32(_) => Kind::Single,
                Data::F64(_) => Kind::Double,
                _ => Kind::Integer,
            };
            all(data.to_f64(), kind)
        }
        AttrValue::Json(serde_json::Value::String(text)) => written(text),
        AttrValue::Json(serde_json::Value::Array(list)) if list.iter().any(serde_json::Value::is_string) => {
            list.iter().filter_map(serde_json::Value::as_str).flat_map(written).collect()
        }
        AttrValue::Json(value) => {
            let float = |v: &serde_json::Value| v.is_f64();
            let double = float(value) || value.as_array().is_some_and(|list| list.iter().any(float));
            all(attr.numbers(), if double { Kind::Double } else { Kind::Integer })
        }
        AttrValue::Text(text) => written(text),
        AttrValue::Texts(texts) => texts.iter().flat_map(|t| written(t)).collect(),
    }
}

/// The same, and the base64 of eight bytes that xarray writes for the `_FillValue` of floats in Zarr v3.
pub(super) fn fill_numbers(attr: &AttrValue) -> Vec<Number> {
    let plain = numbers(attr);
    match attr.text() {
        Some(text) if plain.is_empty() => {
            base64_f64(text).map(|value| Number { value, kind: Kind::Double }).into_iter().collect()
        }
        _ => plain,
    }
}

/// The smallest and largest value of an integer type; `None` for others.
pub(super) fn range(dtype: &DType) -> Option<(f64, f64)> {
    let bits = i32::try_from(dtype.size() * 8).ok()?;
    match dtype {
        DType::I8 | DType::I16 | DType::I32 | DType::I64 => {
            Some((-(2f64.powi(bits - 1)), 2f64.powi(bits - 1) - if bits < 64 { 1.0 } else { 0.0 }))
        }
        DType::U8 | DType::U16 | DType::U32 | DType::U64 => {
            Some((0.0, 2f64.powi(bits) - if bits < 64 { 1.0 } else { 0.0 }))
        }
        _ => None,
    }
}

/// Rounded to single precision.
#[expect(clippy::cast_possible_truncation, reason = "the rounding is what is wanted")]
pub(super) fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// Numbers in a text, all or nothing: separated by spaces or commas, with the suffixes of CDL (`1b`, `2s`, `3.f`).
fn written(text: &str) -> Vec<Number> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    let number = |word: &str| {
        let plain = word.trim_end_matches(|c: char| "bBsSlLfFdDuU".contains(c));
        // `inf` ends in a suffix letter, and NaN and Infinity are none of CDL's.
        let value = word.parse().or_else(|_| plain.parse()).ok()?;
        let kind = if plain.parse::<i64>().is_ok() { Kind::Integer } else { Kind::Double };
        Some(Number { value, kind })
    };
    words.map(number).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Twelve letters of base64 as eight little-endian bytes.
fn base64_f64(text: &str) -> Option<f64> {
    let body = text.trim().strip_suffix('=')?;
    if body.len() != 11 {
        return None;
    }
    let mut bits: u128 = 0;
    for c in body.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u128::from(six);
    }
    // 66 bits: eight bytes and two bits of padding.
    let bytes = u64::try_from(bits >> 2).ok()?.to_be_bytes();
    Some(f64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Number, fill_numbers, numbers, range, single};
    use crate::model::{AttrValue, DType, Data};
    use serde_json::json;

    fn values(attr: &AttrValue) -> Vec<f64> {
        numbers(attr).iter().map(|n| n.value).collect()
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(numbers(&AttrValue::Numbers(Data::F32(vec![0.5]))), [Number { value: 0.5, kind: Kind::Single }]);
        assert_eq!(numbers(&AttrValue::Numbers(Data::I16(vec![3]))), [Number { value: 3.0, kind: Kind::Integer }]);
        assert_eq!(numbers(&AttrValue::Json(json!(2))), [Number { value: 2.0, kind: Kind::Integer }]);
        assert_eq!(numbers(&AttrValue::Json(json!(0.25))), [Number { value: 0.25, kind: Kind::Double }]);
        assert_eq!(values(&AttrValue::Json(json!([1, 2.5]))), [1.0, 2.5]);
    }

    #[test]
    fn numbers_written_as_text_are_read() {
        let text = |t: &str| values(&AttrValue::Text(t.to_owned()));
        assert_eq!(text("0.01"), [0.01]);
        assert_eq!(text("0b, 1b, -2b"), [0.0, 1.0, -2.0]);
        assert_eq!(text("1 2 3.f"), [1.0, 2.0, 3.0]);
        assert!(text("NaN").first().is_some_and(|v| v.is_nan()));
        assert_eq!(text("-Infinity"), [f64::NEG_INFINITY]);
        assert!(text("1 many").is_empty());
        assert!(text("").is_empty());
    }

    #[test]
    fn base64_of_xarray_is_read() {
        // base64.standard_b64encode(struct.pack("<d", x)) of Python
        for (text, value) in [("AAAAAAAA8D8=", 1.0), ("mpmZmZmZuT8=", 0.1), ("QIy1eB2vFUQ=", 1e20)] {
            let read: Vec<f64> = fill_numbers(&AttrValue::Text(text.to_owned())).iter().map(|n| n.value).collect();
            assert_eq!(read, [value], "{text}");
        }
        let nan = fill_numbers(&AttrValue::Text("AAAAAAAA+H8=".to_owned()));
        assert!(nan.first().is_some_and(|n| n.value.is_nan()));
        assert!(fill_numbers(&AttrValue::Text("none".to_owned())).is_empty());
        assert!(fill_numbers(&AttrValue::Text("AAAAAAAA*H8=".to_owned())).is_empty());
    }

    #[test]
    fn limits_of_types() {
        assert_eq!(range(&DType::I8), Some((-128.0, 127.0)));
        assert_eq!(range(&DType::U16), Some((0.0, 65_535.0)));
        assert_eq!(range(&DType::F32), None);
        assert_eq!(single(1e20), f64::from(1e20_f32));
    }
}
