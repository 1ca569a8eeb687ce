//! What the types of elements are called in v2 (`<f4`, `|S8`, `>M8[s]`) and in v3 (`float32`). Reads no bytes.

use super::super::times::TimeUnit;
use super::element::Element;
use super::narrow::Narrow;
use super::record::Field;
use crate::model::{DType, Error, Result};
use serde_json::Value;

/// Bytes of an element of a fixed size.
const LARGEST: usize = 1 << 20;

/// A type with what the metadata says beside it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ElementType {
    pub(super) element: Element,
    /// Whether the numbers stand in big-endian order (v2 says so in the type, v3 in the codec).
    pub(super) big: bool,
    /// numpy's times: the unit and how many of it make one step.
    pub(super) time: Option<TimeUnit>,
}

impl ElementType {
    fn plain(element: Element) -> Self {
        Self { element, big: false, time: None }
    }

    /// Itself, unless its elements are larger than any in use: what counts cells relies on it, and a fill value is held.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) with the size.
    pub(super) fn bounded(self) -> Result<Self> {
        match self.element.size() {
            Some(bytes) if bytes > LARGEST => {
                Err(Error::unsupported(format!("elements of {bytes} bytes, more than {LARGEST}")))
            }
            _ => Ok(self),
        }
    }

    /// The type of a v2 array: `<f4`, `|S8`, `>M8[s]`, a list of named parts, or `|O` with the filters, one of which
    /// says what the objects are.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the type.
    pub(super) fn v2(dtype: &Value, filters: &[Value]) -> Result<Self> {
        let unknown = || Error::unsupported(format!("the type {dtype} is not understood"));
        let text = match dtype {
            Value::Array(fields) => return record(fields, |dtype| Self::v2(dtype, &[])).map(Self::plain),
            Value::String(text) => text.as_str(),
            _ => return Err(unknown()),
        };
        if text == "|O" {
            return object(filters).map(Self::plain);
        }
        let (order, code) = text.split_at_checked(1).ok_or_else(unknown)?;
        if !matches!(order, "<" | ">" | "|" | "=") {
            return Err(unknown());
        }
        let big = order == ">";
        let (kind, size) = code.split_at_checked(1).ok_or_else(unknown)?;
        if matches!(kind, "M" | "m") {
            if size == "8" {
                return Ok(Self { element: Element::Number(DType::I64), big, time: None });
            }
            let time = TimeUnit::of(size.strip_prefix('8').ok_or_else(unknown)?, kind == "M").ok_or_else(unknown)?;
            return Ok(Self { element: Element::Number(DType::I64), big, time: Some(time) });
        }
        let count: usize = size.parse().map_err(|_not_a_number| unknown())?;
        let element = match (kind, count) {
            ("b", 1) => Element::Number(DType::Bool),
            ("i", 1) => Element::Number(DType::I8),
            ("i", 2) => Element::Number(DType::I16),
            ("i", 4) => Element::Number(DType::I32),
            ("i", 8) => Element::Number(DType::I64),
            ("u", 1) => Element::Number(DType::U8),
            ("u", 2) => Element::Number(DType::U16),
            ("u", 4) => Element::Number(DType::U32),
            ("u", 8) => Element::Number(DType::U64),
            ("f", 2) => Element::Number(DType::F16),
            ("f", 4) => Element::Number(DType::F32),
            ("f", 8) => Element::Number(DType::F64),
            ("c", 8) => Element::Complex(64),
            ("c", 16) => Element::Complex(128),
            ("S", 1..) => Element::Bytes(count),
            ("V", 1..) => Element::Raw(count),
            ("U", 1..) => Element::Utf32 { bytes: count.checked_mul(4).ok_or_else(unknown)?, big },
            _ => return Err(unknown()),
        };
        Ok(Self { element, big, time: None })
    }

    /// The type of a v3 array: a name, or a name with a configuration.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the type.
    pub(super) fn v3(data_type: &Value) -> Result<Self> {
        let unknown = || Error::unsupported(format!("the type {data_type} is not understood"));
        let name = data_type.as_str().or_else(|| data_type.get("name")?.as_str()).ok_or_else(unknown)?;
        let setting = |key: &str| data_type.get("configuration").and_then(|c| c.get(key));
        let length = || {
            let bytes = setting("length_bytes").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            bytes.filter(|&n| n > 0).ok_or_else(unknown)
        };
        let element = match name {
            "bool" => Element::Number(DType::Bool),
            "int8" => Element::Number(DType::I8),
            "int16" => Element::Number(DType::I16),
            "int32" => Element::Number(DType::I32),
            "int64" => Element::Number(DType::I64),
            "uint8" => Element::Number(DType::U8),
            "uint16" => Element::Number(DType::U16),
            "uint32" => Element::Number(DType::U32),
            "uint64" => Element::Number(DType::U64),
            "float16" => Element::Number(DType::F16),
            "float32" => Element::Number(DType::F32),
            "float64" => Element::Number(DType::F64),
            "complex64" => Element::Complex(64),
            "complex128" => Element::Complex(128),
            "string" | "variable_length_utf8" => Element::Text,
            "bytes" | "variable_length_bytes" => Element::Blob,
            "null_terminated_bytes" => Element::Bytes(length()?),
            "raw_bytes" => Element::Raw(length()?),
            "fixed_length_utf32" => Element::Utf32 { bytes: length()?, big: false },
            "numpy.datetime64" | "numpy.timedelta64" => {
                let unit = setting("unit").and_then(Value::as_str).ok_or_else(unknown)?;
                if unit == "generic" {
                    return Ok(Self::plain(Element::Number(DType::I64)));
                }
                let step = setting("scale_factor").and_then(Value::as_i64).unwrap_or(1);
                let time = TimeUnit::of(&format!("[{step}{unit}]"), name == "numpy.datetime64").ok_or_else(unknown)?;
                return Ok(Self { element: Element::Number(DType::I64), big: false, time: Some(time) });
            }
            "structured" | "struct" => {
                let fields = setting("fields").and_then(Value::as_array).ok_or_else(unknown)?;
                return record(fields, Self::v3).map(Self::plain);
            }
            other => {
                if let Some(narrow) = Narrow::named(other) {
                    return Ok(Self::plain(Element::Narrow(narrow)));
                }
                let bits: Option<usize> = other.strip_prefix('r').and_then(|n| n.parse().ok());
                match bits {
                    Some(bits) if bits > 0 && bits.is_multiple_of(8) => Element::Raw(bits / 8),
                    _ => return Err(unknown()),
                }
            }
        };
        Ok(Self::plain(element))
    }
}

/// What objects are, by the filter that turns them into bytes.
fn object(filters: &[Value]) -> Result<Element> {
    for filter in filters {
        match filter.get("id").and_then(Value::as_str) {
            Some("vlen-bytes") => return Ok(Element::Blob),
            Some("vlen-array") => {
                let inner = ElementType::v2(filter.get("dtype").unwrap_or(&Value::Null), &[])?;
                return match inner.element {
                    Element::Number(dtype) if !inner.big || dtype.size() == 1 => Ok(Element::List(dtype)),
                    _ => Err(Error::unsupported(format!("lists written by {filter} are not understood"))),
                };
            }
            _ => {}
        }
    }
    // Of others the pipeline says whether it can read them.
    Ok(Element::Text)
}

/// `[["lat", "<f4"], ["q", "|u1", [3]]]` as v2 has it, `[["lat", "float32"]]` or
/// `[{"name": "lat", "data_type": "float32"}]` as v3 does.
fn record(list: &[Value], named: impl Fn(&Value) -> Result<ElementType>) -> Result<Element> {
    let wrong = |field: &Value| Error::unsupported(format!("the part {field} of a record type is not understood"));
    let mut bytes = 0_usize;
    let mut fields = Vec::with_capacity(list.len());
    for field in list {
        let part = |at: usize, key: &str| field.get(at).or_else(|| field.get(key));
        let (Some(name), Some(dtype)) = (part(0, "name").and_then(Value::as_str), part(1, "data_type")) else {
            return Err(wrong(field));
        };
        let one = named(dtype)?;
        let lengths = part(2, "shape").and_then(Value::as_array).into_iter().flatten();
        let shape = lengths.map(|d| usize::try_from(d.as_u64()?).ok()).collect::<Option<Vec<_>>>();
        // Without a length of 0, no more values are made than there are bytes.
        let shape = shape.filter(|lengths| !lengths.contains(&0)).ok_or_else(|| wrong(field))?;
        let found = Field { name: name.to_owned(), offset: bytes, element: one.element, shape, big: one.big };
        bytes = found.size().and_then(|size| bytes.checked_add(size)).ok_or_else(|| wrong(field))?;
        fields.push(found);
    }
    if bytes == 0 {
        Err(Error::unsupported("a record type without parts"))
    } else {
        Ok(Element::Record { bytes, fields })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Element, ElementType};
    use serde_json::json;

    #[test]
    fn names_of_both_versions_mean_the_same() {
        for (v2, v3) in [
            (json!("|b1"), json!("bool")),
            (json!("<i2"), json!("int16")),
            (json!("<u8"), json!("uint64")),
            (json!("<f2"), json!("float16")),
            (json!("<c16"), json!("complex128")),
            (json!("|S3"), json!({"name": "null_terminated_bytes", "configuration": {"length_bytes": 3}})),
            (json!("<U2"), json!({"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}})),
            (json!("|V4"), json!("r32")),
            (
                json!([["a", "<f4"], ["b", [["c", "<i2"]]]]),
                json!({"name": "structured", "configuration": {"fields": [["a", "float32"],
                    ["b", {"name": "struct", "configuration": {"fields": [{"name": "c", "data_type": "int16"}]}}]]}}),
            ),
            (json!("<M8[ns]"), json!({"name": "numpy.datetime64", "configuration": {"unit": "ns", "scale_factor": 1}})),
            (
                json!("<m8[10s]"),
                json!({"name": "numpy.timedelta64", "configuration": {"unit": "s", "scale_factor": 10}}),
            ),
        ] {
            assert_eq!(ElementType::v2(&v2, &[]).unwrap(), ElementType::v3(&v3).unwrap(), "{v2} {v3}");
        }
        assert!(ElementType::v2(&json!(">i4"), &[]).unwrap().big);
        assert_eq!(ElementType::v2(&json!("|O"), &[json!({"id": "vlen-utf8"})]).unwrap().element, Element::Text);
        for odd in [json!("<f3"), json!(""), json!("<"), json!("é1"), json!("<U9999999999999999999"), json!(1)] {
            assert!(ElementType::v2(&odd, &[]).is_err(), "{odd}");
        }
        assert!(ElementType::v3(&json!("float9")).is_err());
    }

    #[test]
    fn elements_larger_than_any_in_use_are_refused() {
        let v2 = |dtype| ElementType::v2(&dtype, &[]).and_then(ElementType::bounded);
        assert!(v2(json!("|S1048576")).is_ok() && v2(json!([["a", "<i2", [1000]]])).is_ok());
        for huge in [json!("|S1048577"), json!("<U1000000000"), json!([["a", "<i2", [100_000, 100_000, 100_000]]])] {
            assert!(v2(huge.clone()).unwrap_err().to_string().contains("elements of"), "{huge}");
        }
        assert!(v2(json!([["a", "<i2", [1_000_000_000, 0]], ["b", "|u1"]])).is_err());
    }
}
