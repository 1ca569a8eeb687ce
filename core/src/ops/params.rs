//! The parameters of one step: names and values in the order they were given, read with clear errors.

use super::{Functions, Other, Scope, Value};
use crate::model::{Error, Result};
use std::sync::Arc;

/// Names and values in order, and what they may refer to. Names are unique. Two are equal where names and values are.
#[derive(Debug, Clone, Default)]
pub struct Params {
    items: Vec<(String, Value)>,
    scope: Option<Arc<Scope>>,
}

impl PartialEq for Params {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Params {
    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.items.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Sets or replaces a parameter, keeping its place.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.items.iter_mut().find(|(k, _)| *k == key) {
            Some((_, v)) => *v = value,
            None => self.items.push((key, value)),
        }
    }

    /// Takes a parameter out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.items.iter().position(|(k, _)| k == key)?;
        Some(self.items.remove(at).1)
    }

    /// Gives a parameter another name, keeping its place and value; nothing changes where the new name is taken.
    pub fn rename(&mut self, from: &str, to: &str) {
        if self.get(to).is_none()
            && let Some((k, _)) = self.items.iter_mut().find(|(k, _)| k == from)
        {
            to.clone_into(k);
        }
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.items.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Gives the parameters what they may refer to.
    pub fn bind(&mut self, scope: &Arc<Scope>) {
        self.scope = Some(Arc::clone(scope));
    }

    /// The functions that expressions may use beside the built-in ones.
    pub(crate) fn functions(&self) -> &Functions {
        const NONE: &Functions = &Functions::none();
        self.scope.as_ref().map_or(NONE, |scope| &scope.functions)
    }

    /// What the parameters may refer to, where they have been given it.
    #[must_use]
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_deref()
    }

    /// The other data that a parameter names.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where none are named; what opening them found wrong.
    pub(crate) fn data(&self, key: &str) -> Result<&Other> {
        let name = self.get(key).ok_or_else(|| Error::invalid(format!("{key} is missing")))?;
        let found = self.scope().and_then(|scope| scope.data.iter().find(|(other, _)| other == name));
        match found {
            Some((_, opened)) => opened.as_ref().map_err(|e| e.clone().within(key)),
            None => Err(Error::not_found(format!("{key}: no data {name} have been opened"))),
        }
    }

    /// The text of a parameter, numbers written out; `None` where it is not given.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(Value::text)
    }

    /// A list of names, `None` where it is not given.
    #[must_use]
    pub fn names(&self, key: &str) -> Option<Vec<String>> {
        self.get(key).map(|v| v.items().into_iter().map(Value::text).filter(|t| !t.is_empty()).collect())
    }

    /// A number.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where it is given and is no number.
    pub fn number(&self, key: &str) -> Result<Option<f64>> {
        self.get(key).map(|v| number(v).ok_or_else(|| wrong(key, "a number", v))).transpose()
    }

    /// A whole number from 0.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where it is given and is none.
    pub fn count(&self, key: &str) -> Result<Option<usize>> {
        self.get(key).map(|v| count(v).ok_or_else(|| wrong(key, "a whole number from 0", v))).transpose()
    }

    /// A truth value.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where it is given and is none.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.get(key)
            .map(|v| match v {
                Value::Bool(b) => Ok(*b),
                Value::Integer(n @ (0 | 1)) => Ok(*n == 1),
                Value::Text(t) if t.eq_ignore_ascii_case("true") => Ok(true),
                Value::Text(t) if t.eq_ignore_ascii_case("false") => Ok(false),
                _ => Err(wrong(key, "true or false", v)),
            })
            .transpose()
    }

    /// The text of a parameter that must be there.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where it is not given or empty.
    pub fn need_text(&self, key: &str) -> Result<String> {
        self.text(key).filter(|t| !t.trim().is_empty()).ok_or_else(|| Error::invalid(format!("{key} is missing")))
    }
}

impl FromIterator<(String, Value)> for Params {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(iter: I) -> Self {
        let mut params = Self::default();
        for (k, v) in iter {
            params.set(k, v);
        }
        params
    }
}

/// The value as a number, where it is one.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(n) => n.to_string().parse().ok(),
        Value::Number(x) => Some(*x),
        Value::Text(t) => t.trim().parse().ok(),
        Value::Bool(_) | Value::List(_) => None,
    }
}

/// The value as a whole number from 0, where it is one.
pub(crate) fn count(value: &Value) -> Option<usize> {
    match value {
        Value::Integer(n) => usize::try_from(*n).ok(),
        Value::Number(x) if x.fract() == 0.0 => format!("{x}").parse().ok(),
        Value::Text(t) => t.trim().parse().ok(),
        Value::Number(_) | Value::Bool(_) | Value::List(_) => None,
    }
}

/// The error of a parameter with the wrong kind of value.
pub(crate) fn wrong(key: &str, wanted: &str, got: &Value) -> Error {
    Error::invalid(format!("{key} must be {wanted}, not {got}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Params, Value};

    #[test]
    fn typed_reading_says_what_is_wrong() {
        let params: Params = [
            ("time".to_owned(), Value::Integer(8)),
            ("center".to_owned(), "True".into()),
            ("dim".to_owned(), Value::parse("lat,lon")),
        ]
        .into_iter()
        .collect();
        assert_eq!(params.count("time").unwrap(), Some(8));
        assert_eq!(params.flag("center").unwrap(), Some(true));
        assert_eq!(params.names("dim").unwrap(), ["lat", "lon"]);
        assert_eq!(params.count("nothing").unwrap(), None);
        assert_eq!(params.count("center").unwrap_err().to_string(), "center must be a whole number from 0, not 'True'");
        assert_eq!(params.need_text("q").unwrap_err().to_string(), "q is missing");
    }
}
