//! Catalogues and those within them as one tree of entries, each with the files it leads to or why it leads to none.
//! Reads catalogues, no data.

use super::entry::{Target, target, unheeded};
use super::parameter::Parameter;
use super::template::Scope;
use super::yaml::{self, Catalogue, Entry};
use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::nearest;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Catalogues within catalogues, no deeper.
const DEEPEST: usize = 8;
/// Entries of all catalogues together.
const MOST_ENTRIES: usize = 4096;

/// An entry, or the catalogue as a whole.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// What the catalogue says of it.
    pub(super) attrs: Attrs,
    /// What it leads to.
    pub(super) what: Result<What>,
    /// Arguments that are not heeded.
    pub(super) unheeded: Vec<String>,
}

/// What an entry leads to.
#[derive(Debug)]
pub(super) enum What {
    /// Files, patterns or stores.
    Data(Vec<String>),
    /// Entries.
    Entries(Vec<Node>),
}

/// Reads a catalogue with all catalogues in it. Of the entries `only` the one named (by its path through the catalogues)
/// where that is not empty. `given`: values of parameters.
///
/// Fails where the catalogue itself cannot be read, the entry named is not there, or no entry takes a parameter given.
pub(super) fn read(path: &Path, only: &[String], given: &[(String, String)]) -> Result<Node> {
    let mut reader = Reader { given, stack: Vec::new(), left: MOST_ENTRIES, known: BTreeSet::new() };
    let node = reader.catalogue(path, only)?;
    match given.iter().find(|(name, _)| !reader.known.contains(name)) {
        Some((name, _)) => {
            let known: Vec<&str> = reader.known.iter().map(String::as_str).collect();
            let hint =
                if known.is_empty() { "there are none".to_owned() } else { format!("there are: {}", known.join(", ")) };
            Err(Error::not_found(format!("no parameter {name}")).hint(hint).at(path))
        }
        None => Ok(node),
    }
}

struct Reader<'a> {
    given: &'a [(String, String)],
    /// The catalogues being read, outermost first.
    stack: Vec<PathBuf>,
    left: usize,
    /// Names of all parameters met.
    known: BTreeSet<String>,
}

impl Reader<'_> {
    fn catalogue(&mut self, path: &Path, only: &[String]) -> Result<Node> {
        let full = path.canonicalize().map_err(|e| Error::io("open", &e).at(path))?;
        if !full.is_file() {
            return Err(Error::invalid("a catalogue is a file, and this is none").at(path));
        }
        if self.stack.contains(&full) {
            return Err(Error::invalid("the catalogue is an entry of itself").at(path));
        }
        if self.stack.len() == DEEPEST {
            return Err(Error::unsupported(format!("catalogues nested deeper than {DEEPEST}")).at(path));
        }
        let read = yaml::read(path)?;
        self.stack.push(full);
        let entries = self.entries(path, &read, only);
        self.stack.pop();
        let attrs = described(read.description, &read.metadata, &[]);
        Ok(Node { name: String::new(), attrs, what: Ok(What::Entries(entries?)), unheeded: Vec::new() })
    }

    fn entries(&mut self, path: &Path, of: &Catalogue, only: &[String]) -> Result<Vec<Node>> {
        let (first, rest) = only.split_first().map_or((None, only), |(first, rest)| (Some(first), rest));
        let mut nodes = Vec::new();
        for (name, entry) in of.entries.iter().filter(|(name, _)| first.is_none_or(|f| f == name)) {
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                Error::unsupported(format!("more than {MOST_ENTRIES} entries"))
                    .hint("open a catalogue within this one, or one entry: catalog.yml/NAME")
                    .at(path)
            })?;
            nodes.push(match entry {
                Ok(entry) => self.entry(path, name, entry, &of.metadata, rest),
                Err(error) => failed(name, Attrs::default(), error.clone()),
            });
        }
        match first.filter(|_| nodes.is_empty()) {
            None => Ok(nodes),
            Some(wanted) => {
                let names = || of.entries.iter().map(|(name, _)| name.as_str());
                let hint = match nearest(wanted, names()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are: {}", names().take(50).collect::<Vec<_>>().join(", ")),
                };
                Err(Error::not_found(format!("no entry {wanted}")).hint(hint).at(path))
            }
        }
    }

    fn entry(&mut self, path: &Path, name: &str, entry: &Entry, shared: &Map<String, Value>, only: &[String]) -> Node {
        let shared = shared.get("parameters").and_then(Value::as_object);
        let own = entry.parameters.iter();
        let inherited = shared.into_iter().flatten().filter(|(name, _)| !entry.parameters.contains_key(*name));
        let mut parameters = Vec::new();
        let mut wrong = None;
        for (name, said) in own.chain(inherited) {
            self.known.insert(name.clone());
            match Parameter::read(name, said, self.given) {
                Ok(parameter) => parameters.push(parameter),
                Err(error) => wrong = wrong.or(Some(error)),
            }
        }
        let attrs = described(entry.description.clone(), &entry.metadata, &parameters);
        if name.is_empty() || name.contains('/') {
            return failed(name, attrs, Error::unsupported("its name is empty or holds a slash"));
        }
        if let Some(error) = wrong {
            return failed(name, attrs, error);
        }
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.to_string_lossy();
        let scope = Scope { folder: &folder, parameters: &parameters, args: &entry.args };
        let what = match target(entry, &scope) {
            Ok(Target::Data(_)) if !only.is_empty() => {
                Err(Error::not_found(format!("no entry {}", only.join("/"))).hint(format!("{name} is no catalogue")))
            }
            Ok(Target::Data(paths)) => Ok(What::Data(paths)),
            Ok(Target::Catalogue(inner)) => self.catalogue(&inner, only).and_then(|node| node.what),
            Err(error) => Err(error),
        };
        let unheeded = unheeded(entry).into_iter().map(str::to_owned).collect();
        Node { name: name.to_owned(), attrs, what, unheeded }
    }
}

fn failed(name: &str, attrs: Attrs, error: Error) -> Node {
    Node { name: name.to_owned(), attrs, what: Err(error), unheeded: Vec::new() }
}

fn described(description: Option<String>, metadata: &Map<String, Value>, parameters: &[Parameter]) -> Attrs {
    let mut attrs = Attrs::default();
    if let Some(text) = description {
        attrs.set("description", AttrValue::Text(text));
    }
    if !metadata.is_empty() {
        attrs.set("metadata", AttrValue::Json(Value::Object(metadata.clone())));
    }
    if !parameters.is_empty() {
        let all = parameters.iter().map(|p| (p.name.clone(), p.about.clone())).collect();
        attrs.set("parameters", AttrValue::Json(Value::Object(all)));
    }
    attrs
}
