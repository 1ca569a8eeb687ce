//! Parameters of an entry: the value that each takes, checked as Intake checks it, and written as Jinja writes it.

use crate::model::{Error, Result};
use serde_json::{Value, json};

/// A parameter with the value it takes.
#[derive(Debug, PartialEq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// As it stands in a template that names it.
    pub(super) value: String,
    /// What the catalogue says of it, with the value.
    pub(super) about: Value,
}

impl Parameter {
    /// The parameter of this name and description, at what was given or else at its default.
    ///
    /// Fails where it has neither, where the value is not of its type, not among those allowed, or beyond its limits.
    pub(super) fn read(name: &str, said: &Value, given: &[(String, String)]) -> Result<Self> {
        let said = match said {
            Value::Object(said) => said.clone(),
            // The short form is the default alone.
            short => serde_json::Map::from_iter([("default".to_owned(), short.clone())]),
        };
        let kind = said.get("type").and_then(Value::as_str).map_or_else(|| kind_of(said.get("default")), str::to_owned);
        let typed = |value: &Value| {
            written(&kind, value)
                .ok_or_else(|| Error::invalid(format!("parameter {name} cannot be {value}: its type is {kind}")))
        };
        let value = match (given.iter().rev().find(|(n, _)| n == name), said.get("default")) {
            (Some((_, text)), _) => typed(&Value::from(text.as_str()))?,
            (None, Some(Value::String(text))) if text.starts_with("env(") && text.ends_with(')') => {
                typed(&Value::from(environment(text)?))?
            }
            (None, Some(default)) if !default.is_null() => typed(default)?,
            _ => {
                return Err(Error::invalid(format!("parameter {name} has no default"))
                    .hint(format!("give it after the catalogue's name: catalog.yml?{name}=…")));
            }
        };
        let refuse = |why: String| Err(Error::invalid(format!("parameter {name} cannot be {value}: {why}")));
        if let Some(Value::Array(allowed)) = said.get("allowed") {
            let allowed: Vec<String> = allowed.iter().map(typed).collect::<Result<_>>()?;
            if !allowed.contains(&value) {
                return refuse(format!("allowed are {}", allowed.join(", ")));
            }
        }
        for (limit, beyond) in [("min", std::cmp::Ordering::Less), ("max", std::cmp::Ordering::Greater)] {
            if let Some(bound) = said.get(limit).filter(|v| !v.is_null()) {
                let bound = typed(bound)?;
                if compare(&value, &bound) == Some(beyond) {
                    return refuse(format!("its {limit} is {bound}"));
                }
            }
        }
        let mut about = said;
        about.insert("value".to_owned(), json!(value));
        Ok(Self { name: name.to_owned(), value, about: Value::Object(about) })
    }
}

/// The type of a default whose type is not said.
fn kind_of(default: Option<&Value>) -> String {
    let kind = match default {
        Some(Value::Bool(_)) => "bool",
        Some(Value::Number(n)) if n.is_f64() => "float",
        Some(Value::Number(_)) => "int",
        _ => "str",
    };
    kind.to_owned()
}

/// A value of a type as Python's `str` writes it, `None` where it is not of the type.
fn written(kind: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    match kind {
        "int" => match value {
            Value::Number(n) if n.is_f64() => n.as_f64().filter(|x| x.fract() == 0.0).map(|x| format!("{x}")),
            Value::Bool(b) => Some(u8::from(*b).to_string()),
            _ => text.trim().parse::<i128>().ok().map(|n| n.to_string()),
        },
        "float" => text.trim().parse::<f64>().ok().map(|x| format!("{x:?}")),
        "bool" => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some("True".to_owned()),
            "false" | "no" | "0" | "" => Some("False".to_owned()),
            _ => None,
        },
        "datetime" => instant(&text),
        _ => Some(text),
    }
}

/// A date, with or without a time, as pandas writes a timestamp: `2001-07-16 00:00:00`.
fn instant(text: &str) -> Option<String> {
    let (date, time) = text.trim().split_once(['T', ' ']).unwrap_or((text.trim(), ""));
    let time = time.trim_end_matches('Z');
    let digits =
        |part: &str, lengths: &[usize]| lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let mut days = date.split('-');
    let days_fit = [&[4][..], &[2], &[2]].iter().all(|n| days.next().is_some_and(|part| digits(part, n)));
    if !days_fit || days.next().is_some() {
        return None;
    }
    let clock: Vec<&str> = time.split(':').filter(|part| !part.is_empty()).collect();
    let part = |i: usize| clock.get(i).copied().unwrap_or("00");
    let fits = clock.len() <= 3 && (0..3).all(|i| digits(part(i), &[2]));
    fits.then(|| format!("{date} {}:{}:{}", part(0), part(1), part(2)))
}

/// By number where both are numbers, else by text.
fn compare(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b),
        _ => Some(a.cmp(b)),
    }
}

/// What `env(NAME)` or `env(NAME,default)` stands for.
pub(super) fn environment(call: &str) -> Result<String> {
    let inside = call.trim().strip_prefix("env(").and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    let (name, default) = match inside.split_once(',') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let name = bare(name);
    let found = if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var(&name).ok() };
    found.or_else(|| default.map(bare)).ok_or_else(|| {
        Error::not_found(format!("the environment variable {name} is not set"))
            .hint("set it and open the catalogue again")
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Parameter;
    use serde_json::{Value, json};

    fn value(said: &Value, given: Option<&str>) -> Result<String, String> {
        let given: Vec<_> = given.map(|text| ("p".to_owned(), text.to_owned())).into_iter().collect();
        Parameter::read("p", said, &given).map(|p| p.value).map_err(|e| e.to_string())
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        let of = |kind: &str, default: Value| value(&json!({"type": kind, "default": default}), None).unwrap();
        assert_eq!(of("int", json!("2001")), "2001");
        assert_eq!(of("int", json!(5.0)), "5");
        assert_eq!(of("float", json!(2)), "2.0");
        assert_eq!(of("bool", json!(true)), "True");
        assert_eq!(of("str", json!(7)), "7");
        assert_eq!(of("datetime", json!("2001-07-16")), "2001-07-16 00:00:00");
        assert_eq!(of("datetime", json!("2001-07-16T12:30")), "2001-07-16 12:30:00");
        assert_eq!(value(&json!("short"), None).unwrap(), "short");
    }

    #[test]
    fn what_is_not_allowed_is_refused() {
        let said = json!({"type": "int", "default": 3, "allowed": [1, 2, 3], "min": 2});
        assert_eq!(value(&said, None).unwrap(), "3");
        assert_eq!(value(&said, Some("2")).unwrap(), "2");
        assert!(value(&said, Some("4")).unwrap_err().contains("allowed are 1, 2, 3"));
        assert!(value(&said, Some("1")).unwrap_err().contains("its min is 2"));
        assert!(value(&said, Some("x")).unwrap_err().contains("its type is int"));
        let late = json!({"type": "datetime", "default": "2001-01-01", "max": "2000-12-31"});
        assert!(value(&late, None).unwrap_err().contains("its max is 2000-12-31"));
        assert!(value(&json!({"type": "str"}), None).unwrap_err().contains("catalog.yml?p="));
    }
}
