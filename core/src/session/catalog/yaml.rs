//! A catalogue file as plain entries, its form checked. Fills no template and opens nothing.

use super::document;
use crate::model::{Error, Result};
use serde_json::{Map, Value};
use std::io::Read as _;
use std::path::Path;

/// No catalogue is larger.
const MOST_BYTES: u64 = 8 << 20;
/// How far into a file the mark of a catalogue is looked for.
const LOOK: u64 = 1 << 16;

/// A catalogue as it is written.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) description: Option<String>,
    pub(super) metadata: Map<String, Value>,
    /// By name, in the file's order; what is wrong with one that has not the form of an entry.
    pub(super) entries: Vec<(String, Result<Entry>)>,
}

/// An entry as it is written.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) description: Option<String>,
    pub(super) metadata: Map<String, Value>,
    /// The drivers, any of which may serve.
    pub(super) drivers: Vec<String>,
    pub(super) args: Map<String, Value>,
    pub(super) parameters: Map<String, Value>,
}

/// Whether a file is a catalogue: named as YAML, or text with a line `sources:`.
pub(super) fn detect(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml")) {
        return true;
    }
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(LOOK).read_to_end(&mut start));
    read.is_ok() && !start.contains(&0) && start.split(|&b| b == b'\n').any(|line| line.starts_with(b"sources:"))
}

/// Reads a catalogue.
pub(super) fn read(path: &Path) -> Result<Catalogue> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| Error::io("read the catalogue", &e).at(path))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::unsupported(format!("a catalogue of more than {} MiB", MOST_BYTES >> 20)).at(path));
    }
    let text = String::from_utf8(bytes).map_err(|e| Error::corrupt(format!("the catalogue is no text: {e}")).at(path));
    parse(&text?).map_err(|e| e.at(path))
}

/// Reads the text of a catalogue. Aliases that would blow it up are refused.
pub(super) fn parse(text: &str) -> Result<Catalogue> {
    let value = document::read(text).map_err(|e| {
        e.within("the catalogue is no YAML").hint("correct the line; text with { or : in it stands in quotes")
    })?;
    let Value::Object(top) = value else { return Err(no_catalogue("it is no mapping")) };
    let entries = match top.get("sources") {
        Some(Value::Object(entries)) => entries,
        Some(Value::Null) => return Ok(Catalogue { entries: Vec::new(), ..head(&top)? }),
        Some(_) => return Err(no_catalogue("its sources are no mapping from names to entries")),
        None if top.contains_key("data") && top.contains_key("entries") => {
            let error = Error::unsupported("a catalogue of version 2, with data and entries");
            return Err(error.hint("write one of version 1, with sources"));
        }
        None => return Err(no_catalogue("it has no sources")),
    };
    let entries = entries.iter().map(|(name, value)| (name.clone(), entry(value))).collect();
    Ok(Catalogue { entries, ..head(&top)? })
}

fn no_catalogue(why: &str) -> Error {
    Error::invalid(format!("this is no Intake catalogue: {why}"))
        .hint("a catalogue has sources: NAME: {driver: …, args: {urlpath: …}}")
}

fn head(top: &Map<String, Value>) -> Result<Catalogue> {
    let described = text(top, "description")?.or(text(top, "name")?);
    Ok(Catalogue { description: described, metadata: map(top, "metadata")?, entries: Vec::new() })
}

fn entry(value: &Value) -> Result<Entry> {
    let map_of = value.as_object().ok_or_else(|| Error::invalid("it is no mapping of driver and args"))?;
    let drivers = match map_of.get("driver") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(|d| d.as_str().map(str::to_owned)).collect(),
        Some(Value::Object(several)) => several
            .iter()
            .map(|(name, about)| about.get("class").and_then(Value::as_str).unwrap_or(name).to_owned())
            .collect(),
        _ => Vec::new(),
    };
    if drivers.is_empty() {
        return Err(Error::invalid("it names no driver").hint("write driver: netcdf, or zarr"));
    }
    Ok(Entry {
        description: text(map_of, "description")?,
        metadata: map(map_of, "metadata")?,
        drivers,
        args: map(map_of, "args")?,
        parameters: map(map_of, "parameters")?,
    })
}

fn text(of: &Map<String, Value>, key: &str) -> Result<Option<String>> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim_end().to_owned())),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(other.to_string())),
        Some(_) => Err(Error::invalid(format!("its {key} is no text"))),
    }
}

fn map(of: &Map<String, Value>, key: &str) -> Result<Map<String, Value>> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map.clone()),
        Some(_) => Err(Error::invalid(format!("its {key} are no mapping"))),
    }
}
