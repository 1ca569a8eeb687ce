//! One YAML document as a value, within bounds: aliases and merge keys (`<<`) are written out, plain words become numbers
//! and truth values as `PyYAML` reads them, which is what Intake reads with.

use crate::model::{Error, Result};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Lists and mappings within each other.
const DEEPEST: usize = 32;
/// Values of a document, those that aliases repeat counted each time.
const MOST_VALUES: usize = 200_000;
/// Bytes of text that aliases may repeat.
const MOST_REPEATED: usize = 16 << 20;

/// Reads the only document of a text; null where there is none.
pub(super) fn read(text: &str) -> Result<Value> {
    let mut builder = Builder::default();
    for next in Parser::new_from_str(text) {
        let (event, span) = next.map_err(|e: ScanError| {
            Error::corrupt(format!("{}, line {} column {}", e.info(), e.marker().line(), e.marker().col() + 1))
        })?;
        builder.take(event).map_err(|e| at(&span, &e))?;
    }
    Ok(builder.done.unwrap_or(Value::Null))
}

fn at(span: &Span, error: &Error) -> Error {
    Error::corrupt(format!("{error}, line {} column {}", span.start.line(), span.start.col() + 1))
}

/// A list or mapping that has not ended.
enum Open {
    List(Vec<Value>),
    Mapping {
        map: Map<String, Value>,
        key: Option<String>,
        /// What stands under `<<`.
        merged: Vec<Value>,
    },
}

/// A value with what it would cost to repeat.
#[derive(Clone)]
struct Anchored {
    value: Value,
    values: usize,
    bytes: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<(Open, usize)>,
    anchors: HashMap<usize, Anchored>,
    values: usize,
    repeated: usize,
    done: Option<Value>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::DocumentStart(_) if self.done.is_some() => Err(Error::corrupt("a second document")),
            Event::SequenceStart(anchor, _) => self.begin(Open::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => {
                self.begin(Open::Mapping { map: Map::new(), key: None, merged: Vec::new() }, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some((Open::List(list), anchor)) => self.place(Value::Array(list), anchor),
                Some((Open::Mapping { mut map, merged, .. }, anchor)) => {
                    for from in merged {
                        merge(&mut map, from)?;
                    }
                    self.place(Value::Object(map), anchor)
                }
                None => Err(Error::corrupt("an end without a beginning")),
            },
            Event::Scalar(text, style, anchor, tag) => {
                if self.awaits_key() {
                    return self.key(text.into_owned());
                }
                let is_text = tag.is_some_and(|t| t.suffix == "str") || style != ScalarStyle::Plain;
                let value = if is_text { Value::String(text.into_owned()) } else { plain(&text) };
                self.place(value, anchor)
            }
            Event::Alias(anchor) => {
                let known =
                    self.anchors.get(&anchor).ok_or_else(|| Error::corrupt("an alias of what has not ended"))?;
                self.repeated = self.repeated.saturating_add(known.bytes);
                self.values = self.values.saturating_add(known.values);
                if self.repeated > MOST_REPEATED || self.values > MOST_VALUES {
                    return Err(Error::corrupt("aliases repeat too much"));
                }
                let value = known.value.clone();
                match value {
                    Value::String(text) if self.awaits_key() => self.key(text),
                    value => self.place(value, 0),
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some((Open::Mapping { key: None, .. }, _)))
    }

    fn key(&mut self, text: String) -> Result<()> {
        if let Some((Open::Mapping { map, key, .. }, _)) = self.open.last_mut() {
            if map.contains_key(&text) {
                return Err(Error::corrupt(format!("{text} stands twice")));
            }
            *key = Some(text);
        }
        Ok(())
    }

    fn begin(&mut self, open: Open, anchor: usize) -> Result<()> {
        if self.open.len() == DEEPEST {
            return Err(Error::corrupt(format!("nested deeper than {DEEPEST}")));
        }
        self.open.push((open, anchor));
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, value: Value, anchor: usize) -> Result<()> {
        self.values += 1;
        if self.values > MOST_VALUES {
            return Err(Error::corrupt(format!("more than {MOST_VALUES} values")));
        }
        if anchor > 0 {
            let (values, bytes) = size(&value);
            self.repeated = self.repeated.saturating_add(bytes);
            self.anchors.insert(anchor, Anchored { value: value.clone(), values, bytes });
        }
        match self.open.last_mut() {
            None => self.done = Some(value),
            Some((Open::List(list), _)) => list.push(value),
            Some((Open::Mapping { map, key, merged }, _)) => match key.take() {
                Some(key) if key == "<<" => merged.push(value),
                Some(key) => drop(map.insert(key, value)),
                None => return Err(Error::corrupt("a key that is no text")),
            },
        }
        Ok(())
    }
}

/// Values in a value, itself included, and the bytes of its texts.
fn size(value: &Value) -> (usize, usize) {
    let sum = |parts: &mut dyn Iterator<Item = (usize, usize)>| parts.fold((1, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    match value {
        Value::String(text) => (1, text.len()),
        Value::Array(list) => sum(&mut list.iter().map(size)),
        Value::Object(map) => sum(&mut map.iter().map(|(key, value)| {
            let (values, bytes) = size(value);
            (values, bytes + key.len())
        })),
        _ => (1, 0),
    }
}

/// Adds what a merge key names, one mapping or a list of them, under the keys that are not there.
fn merge(map: &mut Map<String, Value>, from: Value) -> Result<()> {
    match from {
        Value::Object(from) => {
            for (key, value) in from {
                map.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(list) if list.iter().all(Value::is_object) => list.into_iter().try_for_each(|one| merge(map, one)),
        _ => Err(Error::corrupt("<< names no mapping")),
    }
}

/// A plain word: null, a truth value, a number, or itself.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Value::from(text);
    }
    let negative = text.starts_with('-');
    let whole = match (digits.strip_prefix("0x"), digits.strip_prefix('0')) {
        (Some(hex), _) => i64::from_str_radix(hex, 16).ok().map(|n| if negative { -n } else { n }),
        (None, Some(octal)) if !octal.is_empty() && octal.bytes().all(|b| b.is_ascii_digit()) => {
            i64::from_str_radix(octal, 8).ok().map(|n| if negative { -n } else { n })
        }
        _ => text.replace('_', "").parse().ok(),
    };
    if let Some(n) = whole {
        return Value::from(n);
    }
    let float = text.contains('.').then(|| text.parse::<f64>().ok()).flatten();
    float.and_then(Number::from_f64).map_or_else(|| Value::from(text), Value::Number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::read;
    use serde_json::json;

    #[test]
    fn words_are_what_pyyaml_makes_of_them() {
        let text = "a: [1, -2, 0x1F, 017, 1_000, 2.5, '3', 1e3, 08, 1.0e+3]\nb: {x: yes, y: Off, z: ~, w: no way}\n\
                    c: 2001-07-16\nd: !!str 5\ne: !template '{{ x }}'\n1: one\nf: |\n  two\n  lines\n";
        let expected = json!({
            "a": [1, -2, 31, 15, 1000, 2.5, "3", "1e3", "08", 1000.0], "b": {"x": true, "y": false, "z": null, "w": "no way"},
            "c": "2001-07-16", "d": "5", "e": "{{ x }}", "1": "one", "f": "two\nlines\n",
        });
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(read("").unwrap(), json!(null));
    }

    #[test]
    fn aliases_and_merges_are_written_out() {
        let text = "base: &b {driver: zarr, args: {x: 1}}\nmore: &m {driver: no, note: n}\n\
                    one: {<<: *b, args: 2}\ntwo: {<<: [*b, *m]}\n? *b\n: 1\n";
        assert!(read(text).unwrap_err().to_string().contains("a key that is no text, line 5"));
        let value = read(text.split("? ").next().unwrap()).unwrap();
        assert_eq!(value["one"], json!({"args": 2, "driver": "zarr"}));
        assert_eq!(value["two"], json!({"driver": "zarr", "args": {"x": 1}, "note": "n"}));
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert!(error("a: 1\nb: 2\na: 3\n").contains("a stands twice, line 3"));
        assert!(error("a: &a [*a]").contains("an alias of what has not ended"));
        assert!(error("--- 1\n--- 2\n").contains("a second document"));
    }
}
