//! Attributes: names with text or numbers, in file order.

use super::Data;
use serde_json::Value;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum AttrValue {
    /// One text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// One or more numbers, with the type they have in the file.
    Numbers(Data),
    /// Anything a Zarr attribute may hold beyond those: objects, mixed lists, null, truth values.
    Json(Value),
}

impl AttrValue {
    /// The text, where it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            Self::Texts(t) if t.len() == 1 => t.first().map(String::as_str),
            Self::Json(Value::String(t)) => Some(t),
            _ => None,
        }
    }

    /// All numbers as `f64`, empty where it holds none. 64-bit integers above 2^53 are rounded.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Numbers(data) => data.to_f64(),
            Self::Json(Value::Number(n)) => n.as_f64().into_iter().collect(),
            Self::Json(Value::Array(list)) => list.iter().filter_map(Value::as_f64).collect(),
            _ => Vec::new(),
        }
    }

    /// The first number, where there is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        self.numbers().first().copied()
    }

    /// As JSON: a list of one number is that number; NaN and infinities are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(t) => Value::from(t.as_str()),
            Self::Texts(t) => Value::from(t.clone()),
            Self::Numbers(data) => {
                let mut list: Vec<Value> = (0..data.len()).map(|i| data.json(i)).collect();
                if list.len() == 1 { list.remove(0) } else { Value::Array(list) }
            }
            Self::Json(v) => v.clone(),
        }
    }
}

/// Attributes in file order. Names are unique.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attrs(pub Vec<(String, AttrValue)>);

impl Attrs {
    /// The value of an attribute.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttrValue> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// The text of an attribute.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(AttrValue::text)
    }

    /// The first number of an attribute.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(AttrValue::number)
    }

    /// Sets or replaces an attribute, keeping its place.
    pub fn set(&mut self, name: impl Into<String>, value: AttrValue) {
        let name = name.into();
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, v)) => *v = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes an attribute out.
    pub fn remove(&mut self, name: &str) -> Option<AttrValue> {
        let at = self.0.iter().position(|(n, _)| n == name)?;
        Some(self.0.remove(at).1)
    }

    /// Names and values in file order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttrValue)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v))
    }
}
