//! Values of parameters, as they are written on a command line, in TOML and in JSON. Knows no operation.

use crate::model::{Error, Result};
use std::fmt;

/// The value of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text: a name, a range, a date, an expression.
    Text(String),
    /// Several values.
    List(Vec<Self>),
}

impl Value {
    /// Reads an unquoted word: `true`, `3`, `0.5`, `u,v`, `30:60`. What does not read back as the same text stays text,
    /// so that `0850` is a year and not 850.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        if word.contains(',') && !word.contains(['(', '[']) {
            return Self::List(word.split(',').map(|w| Self::parse(w.trim())).collect());
        }
        match word {
            "true" | "True" => return Self::Bool(true),
            "false" | "False" => return Self::Bool(false),
            _ => {}
        }
        if let Some(n) = word.parse::<i64>().ok().filter(|n| n.to_string() == word) {
            return Self::Integer(n);
        }
        // `inf`, `nan` and the like are names of variables as often as numbers; those who want a number read the text.
        let numeric = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
            && word.chars().any(|c| c.is_ascii_digit())
            && word.contains(['.', 'e', 'E']);
        match word.parse::<f64>() {
            Ok(x) if numeric && x.is_finite() => Self::Number(x),
            _ => Self::Text(word.to_owned()),
        }
    }

    /// As a list: a list's values, or the one value.
    #[must_use]
    pub fn items(&self) -> Vec<&Self> {
        match self {
            Self::List(items) => items.iter().collect(),
            one => vec![one],
        }
    }

    /// The value in a form's text field and on a command line, without quotes.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Bool(b) => b.to_string(),
            Self::Integer(n) => n.to_string(),
            Self::Number(x) => number(*x),
            Self::Text(t) => t.clone(),
            Self::List(items) => items.iter().map(Self::text).collect::<Vec<_>>().join(","),
        }
    }

    /// The value as a TOML value.
    #[must_use]
    pub fn to_toml(&self) -> toml::Value {
        match self {
            Self::Bool(b) => toml::Value::Boolean(*b),
            Self::Integer(n) => toml::Value::Integer(*n),
            Self::Number(x) => toml::Value::Float(*x),
            Self::Text(t) => toml::Value::String(t.clone()),
            Self::List(items) => toml::Value::Array(items.iter().map(Self::to_toml).collect()),
        }
    }

    /// Reads a TOML value; dates become their text.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for a table.
    pub fn from_toml(value: &toml::Value) -> Result<Self> {
        Ok(match value {
            toml::Value::Boolean(b) => Self::Bool(*b),
            toml::Value::Integer(n) => Self::Integer(*n),
            toml::Value::Float(x) => Self::Number(*x),
            toml::Value::String(t) => Self::Text(t.clone()),
            toml::Value::Datetime(d) => Self::Text(d.to_string()),
            toml::Value::Array(items) => Self::List(items.iter().map(Self::from_toml).collect::<Result<_>>()?),
            toml::Value::Table(_) => return Err(Error::invalid("a parameter cannot be a table")),
        })
    }

    /// The value as JSON; NaN and infinities as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Bool(b) => (*b).into(),
            Self::Integer(n) => (*n).into(),
            Self::Number(x) => crate::model::Data::F64(vec![*x]).json(0),
            Self::Text(t) => t.as_str().into(),
            Self::List(items) => serde_json::Value::Array(items.iter().map(Self::to_json).collect()),
        }
    }

    /// Reads a JSON value.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for an object or null.
    pub fn from_json(value: &serde_json::Value) -> Result<Self> {
        Ok(match value {
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => match n.as_i64() {
                Some(n) => Self::Integer(n),
                None => Self::Number(n.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(t) => Self::Text(t.clone()),
            serde_json::Value::Array(items) => Self::List(items.iter().map(Self::from_json).collect::<Result<_>>()?),
            serde_json::Value::Object(_) | serde_json::Value::Null => {
                return Err(Error::invalid("a parameter cannot be an object or null"));
            }
        })
    }
}

/// A number so that it reads back as a number and not as an integer.
fn number(x: f64) -> String {
    let text = format!("{x}");
    if x.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

impl fmt::Display for Value {
    /// As one word of a command line: quoted where it has spaces, quotes or nothing in it, or would read back as
    /// something else.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        let plain = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '='));
        if plain && Self::parse(&text) == *self {
            f.write_str(&text)
        } else if text.contains('\'') {
            write!(f, "\"{text}\"")
        } else {
            write!(f, "'{text}'")
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Integer(n)
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Self {
        Self::Number(x)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Value;

    #[test]
    fn words_are_read_as_what_they_are_and_written_back() {
        let cases = [
            ("3", Value::Integer(3)),
            ("-2", Value::Integer(-2)),
            ("0.50", Value::Number(0.5)),
            ("1e-3", Value::Number(0.001)),
            ("0850", "0850".into()),
            ("nan", "nan".into()),
            ("2001-07", "2001-07".into()),
            ("30:60", "30:60".into()),
            ("~51.4", "~51.4".into()),
            ("true", Value::Bool(true)),
            ("u,v", Value::List(vec!["u".into(), "v".into()])),
            ("0.5,2", Value::List(vec![Value::Number(0.5), Value::Integer(2)])),
            ("hypot(u,v)", "hypot(u,v)".into()),
        ];
        for (word, value) in cases {
            assert_eq!(Value::parse(word), value, "{word}");
            assert_eq!(Value::parse(&value.to_string()), value, "{word}");
            assert_eq!(Value::from_toml(&value.to_toml()).unwrap(), value);
            assert_eq!(Value::from_json(&value.to_json()).unwrap(), value);
        }
        assert_eq!(Value::from("a b").to_string(), "'a b'");
        assert_eq!(Value::from("3").to_string(), "'3'");
        assert_eq!(Value::Number(2.0).to_string(), "2.0");
    }
}
