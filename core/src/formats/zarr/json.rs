//! The JSON of Zarr metadata as it is found in the wild, and attributes out of it. Knows no arrays.
//!
//! Python writes NaN and infinities as bare words, which JSON forbids and real stores hold.

use super::fill;
use crate::model::{AttrValue, Attrs, DType, Data, Error, Result};
use base64::Engine as _;
use serde_json::{Map, Value};

/// Marks a bare word of Python's JSON, so that it stays apart from a text that reads the same.
const BARE: char = '\u{0}';

/// The object in a metadata file.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) saying where the JSON breaks, or that it holds no object.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>> {
    match parse(bytes)? {
        Value::Object(map) => Ok(map),
        _ => Err(Error::corrupt("the JSON holds no object")),
    }
}

/// What JSON holds, bare words as texts.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) saying where the JSON breaks.
pub(super) fn value(bytes: &[u8]) -> Result<Value> {
    parse(bytes).map(unmarked)
}

fn parse(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(bytes).or_else(|first| {
        let lenient = quote_bare_words(bytes);
        serde_json::from_slice(&lenient).map_err(|_second| Error::corrupt(format!("the JSON is broken: {first}")))
    })
}

/// Puts `NaN`, `Infinity` and `-Infinity` outside of texts into marked quotes.
fn quote_bare_words(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut rest = bytes;
    let mut in_text = false;
    while let Some((&byte, tail)) = rest.split_first() {
        if in_text {
            out.push(byte);
            rest = tail;
            if byte == b'"' {
                in_text = false;
            } else if byte == b'\\'
                && let Some((&escaped, tail)) = tail.split_first()
            {
                out.push(escaped);
                rest = tail;
            }
            continue;
        }
        let word = ["NaN", "Infinity", "-Infinity"].into_iter().find(|w| rest.starts_with(w.as_bytes()));
        if let Some(word) = word {
            out.extend_from_slice(format!("\"\\u0000{word}\"").as_bytes());
            rest = rest.get(word.len()..).unwrap_or_default();
        } else {
            in_text = byte == b'"';
            out.push(byte);
            rest = tail;
        }
    }
    out
}

/// A number written as one of Zarr's words for floats.
pub(super) fn special_float(text: &str) -> Option<f64> {
    match text.trim_start_matches(BARE) {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Attributes of a JSON object, in file order.
pub(super) fn attrs(map: &Map<String, Value>) -> Attrs {
    Attrs(map.iter().map(|(name, value)| (name.clone(), attr(value))).collect())
}

/// Text stays text, numbers of one kind become numbers, lists of texts become texts; the rest stays JSON.
fn attr(value: &Value) -> AttrValue {
    let kept = || AttrValue::Json(unmarked(value.clone()));
    match value {
        Value::String(text) if !text.starts_with(BARE) => AttrValue::Text(text.clone()),
        Value::String(_) | Value::Number(_) => {
            numbers(std::slice::from_ref(value)).map_or_else(kept, AttrValue::Numbers)
        }
        Value::Array(list) if !list.is_empty() => {
            let texts: Option<Vec<String>> =
                list.iter().map(|v| v.as_str().filter(|t| !t.starts_with(BARE)).map(str::to_owned)).collect();
            texts.map(AttrValue::Texts).or_else(|| numbers(list).map(AttrValue::Numbers)).unwrap_or_else(kept)
        }
        _ => kept(),
    }
}

/// Integers where all are, floats where all are numbers.
fn numbers(list: &[Value]) -> Option<Data> {
    let bare = |v: &Value| v.as_str().filter(|t| t.starts_with(BARE)).and_then(special_float);
    list.iter()
        .map(Value::as_i64)
        .collect::<Option<Vec<_>>>()
        .map(Data::I64)
        .or_else(|| list.iter().map(Value::as_u64).collect::<Option<Vec<_>>>().map(Data::U64))
        .or_else(|| list.iter().map(|v| v.as_f64().or_else(|| bare(v))).collect::<Option<Vec<_>>>().map(Data::F64))
}

/// The same JSON with the marks taken off.
fn unmarked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim_start_matches(BARE).to_owned()),
        Value::Array(list) => list.into_iter().map(unmarked).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (k, unmarked(v))).collect(),
        other => other,
    }
}

/// A `_FillValue` attribute in the type of its variable: xarray writes that of a v3 float as base64 of a
/// little-endian double, and one that is no finite number may be a word.
pub(super) fn fill_attr(value: AttrValue, dtype: &DType) -> AttrValue {
    if let (AttrValue::Numbers(data), true) = (&value, dtype.is_integer() && *dtype != DType::Bool) {
        // JSON knows no types: whether -1 is 255 depends on that of the variable.
        let typed = (data.len() == 1).then(|| fill::number(&data.json(0), dtype)).flatten();
        return typed.map_or(value, AttrValue::Numbers);
    }
    let number = match &value {
        AttrValue::Text(text) if dtype.is_float() => special_float(text).or_else(|| base64_double(text)),
        AttrValue::Numbers(data) if data.len() == 1 && dtype.is_float() => Some(data.f64(0)),
        _ => None,
    };
    number.and_then(|x| cast_float(x, dtype)).map_or(value, AttrValue::Numbers)
}

fn base64_double(text: &str) -> Option<f64> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    Some(f64::from_le_bytes(bytes.try_into().ok()?))
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to the variable's own precision is what is wanted")]
fn cast_float(x: f64, dtype: &DType) -> Option<Data> {
    match dtype {
        DType::F16 | DType::F32 => Some(Data::F32(vec![x as f32])),
        DType::F64 => Some(Data::F64(vec![x])),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{attrs, fill_attr, object};
    use crate::model::{AttrValue, DType, Data};

    #[test]
    fn reads_what_python_writes() {
        let map = object(
            br#"{"a": NaN, "b": "NaN \" Infinity", "c": [1, 2], "d": [1, 2.5, -Infinity], "e": [1, "x"],
            "f": {"g": NaN}, "h": ["x", "y"], "i": true, "j": 18446744073709551615, "k": []}"#,
        )
        .unwrap();
        let attrs = attrs(&map);
        assert!(attrs.number("a").unwrap().is_nan());
        assert_eq!(attrs.text("b"), Some("NaN \" Infinity"));
        assert_eq!(attrs.get("c"), Some(&AttrValue::Numbers(Data::I64(vec![1, 2]))));
        assert_eq!(attrs.get("d"), Some(&AttrValue::Numbers(Data::F64(vec![1.0, 2.5, f64::NEG_INFINITY]))));
        assert_eq!(attrs.get("e"), Some(&AttrValue::Json(serde_json::json!([1, "x"]))));
        assert_eq!(attrs.get("f"), Some(&AttrValue::Json(serde_json::json!({"g": "NaN"}))));
        assert_eq!(attrs.get("h"), Some(&AttrValue::Texts(vec!["x".into(), "y".into()])));
        assert_eq!(attrs.get("i"), Some(&AttrValue::Json(true.into())));
        assert_eq!(attrs.get("j"), Some(&AttrValue::Numbers(Data::U64(vec![u64::MAX]))));
        assert_eq!(attrs.get("k"), Some(&AttrValue::Json(serde_json::json!([]))));
        let names: Vec<_> = attrs.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "f", "h", "i", "j", "k"]);
        assert!(object(br#"{"a": NaM}"#).unwrap_err().to_string().contains("line 1"));
        assert!(object(b"[1]").is_err());
    }

    #[test]
    fn fill_values_take_the_type_of_their_variable() {
        let nan = fill_attr(AttrValue::Text("AAAAAAAA+H8=".into()), &DType::F32);
        assert!(matches!(nan, AttrValue::Numbers(Data::F32(v)) if v.len() == 1 && v[0].is_nan()));
        let big = fill_attr(AttrValue::Numbers(Data::F64(vec![1e20])), &DType::F32);
        assert_eq!(big, AttrValue::Numbers(Data::F32(vec![1e20])));
        let typed = fill_attr(AttrValue::Numbers(Data::I64(vec![-1])), &DType::I8);
        assert_eq!(typed, AttrValue::Numbers(Data::I8(vec![-1])));
        let beyond = AttrValue::Numbers(Data::I64(vec![300]));
        assert_eq!(fill_attr(beyond.clone(), &DType::I8), beyond);
        let text = AttrValue::Text("AAAAAAAA+H8=".into());
        assert_eq!(fill_attr(text.clone(), &DType::String), text);
    }
}
