//! Kerchunk references: a JSON file that says of each key of a Zarr store where its bytes lie, in it or in other files
//! (fsspec's "references file specification", versions 0 and 1). Knows keys and bytes, no metadata.

use super::super::file::RandomFile;
use super::listing::Listing;
use super::store::Place;
use crate::model::{Error, Result};
use base64::Engine as _;
use parking_lot::Mutex;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How far into a file the marks of references are looked for.
const LOOK: u64 = 1 << 16;
/// Files kept open, and files looked at for whether they have changed.
const MOST_FILES: usize = 256;

/// Whether a file is JSON with references. Looks at its beginning only.
pub(super) fn detect(path: &Path) -> bool {
    let Ok(start) = super::super::first_bytes(path, LOOK) else { return false };
    let text = String::from_utf8_lossy(&start);
    let holds = |mark: &str| text.contains(mark);
    text.trim_start().starts_with('{') && (holds("\"refs\"") || holds(".zgroup\"") || holds(".zarray\""))
}

/// A store in references.
#[derive(Debug)]
pub(super) struct References {
    path: PathBuf,
    entries: HashMap<String, Entry>,
    /// Addresses that entries point to.
    targets: Vec<String>,
    listing: Listing,
    identity: String,
    open: Mutex<HashMap<usize, Arc<RandomFile>>>,
}

#[derive(Debug)]
enum Entry {
    Inline(Vec<u8>),
    /// Number of the target; start and length, or all of it.
    Part(usize, Option<(u64, u64)>),
}

impl References {
    /// Reads the references, and nothing that they point to.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the JSON or an entry makes no sense,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where entries are generated.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| Error::io("read", &e).at(path))?;
        let whole: Value = serde_json::from_slice(&bytes)
            .map_err(|e| Error::corrupt(format!("the references are no JSON: {e}")).hint("make them again").at(path))?;
        let Value::Object(mut whole) = whole else {
            return Err(Error::corrupt("the references are no object").at(path));
        };
        if whole.get("gen").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
            let error = Error::unsupported("the references generate entries (\"gen\")");
            return Err(error.hint("write them out with fsspec, or by kerchunk's MultiZarrToZarr").at(path));
        }
        let templates = match whole.shift_remove("templates") {
            Some(Value::Object(templates)) => templates,
            _ => Map::new(),
        };
        let entries = match whole.shift_remove("refs") {
            Some(Value::Object(refs)) => refs,
            Some(_) => return Err(Error::corrupt("\"refs\" is no object").at(path)),
            None => whole,
        };
        let mut found = Self {
            path: path.to_path_buf(),
            entries: HashMap::with_capacity(entries.len()),
            targets: Vec::new(),
            listing: Listing::default(),
            identity: RandomFile::open(path)?.identity().to_owned(),
            open: Mutex::default(),
        };
        let mut numbers = HashMap::new();
        for (key, value) in entries {
            let entry = found.entry(value, &templates, &mut numbers).map_err(|e| e.within(&key).at(path))?;
            found.listing.note(&key);
            found.entries.insert(key, entry);
        }
        for target in found.targets.iter().take(MOST_FILES) {
            let changed =
                local(path, target).and_then(|p| std::fs::metadata(p).ok()).map(|m| (m.len(), m.modified().ok()));
            found.identity.push_str(&format!(" {changed:?}"));
        }
        Ok(found)
    }

    fn entry(
        &mut self,
        value: Value,
        templates: &Map<String, Value>,
        numbers: &mut HashMap<String, usize>,
    ) -> Result<Entry> {
        let list = match value {
            Value::String(text) => {
                return match text.strip_prefix("base64:") {
                    Some(coded) => base64::engine::general_purpose::STANDARD
                        .decode(coded)
                        .map(Entry::Inline)
                        .map_err(|e| Error::corrupt(format!("the inline bytes are no base64: {e}"))),
                    None => Ok(Entry::Inline(text.into_bytes())),
                };
            }
            Value::Object(json) => return Ok(Entry::Inline(Value::Object(json).to_string().into_bytes())),
            Value::Array(list) => list,
            other => return Err(Error::corrupt(format!("{other} is no reference"))),
        };
        let address =
            list.first().and_then(Value::as_str).ok_or_else(|| Error::corrupt("a reference without address"))?;
        let address = filled(address, templates);
        let number = *numbers.entry(address.clone()).or_insert_with(|| {
            self.targets.push(address);
            self.targets.len() - 1
        });
        let part = match (list.get(1).map(Value::as_u64), list.get(2).map(Value::as_u64)) {
            (None, None) => None,
            (Some(Some(start)), Some(Some(len))) => Some((start, len)),
            _ => return Err(Error::corrupt("a reference is [address] or [address, start, length]")),
        };
        Ok(Entry::Part(number, part))
    }

    /// The file of references.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Changes when the references or the files behind them do.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// The file that holds a key's bytes, for messages.
    pub(super) fn file(&self, key: &str) -> PathBuf {
        match self.entries.get(key) {
            Some(Entry::Part(number, _)) => {
                let target = self.targets.get(*number).map(String::as_str).unwrap_or_default();
                local(&self.path, target).unwrap_or_else(|| PathBuf::from(target))
            }
            _ => self.path.clone(),
        }
    }

    /// Names of groups and arrays right below one.
    pub(super) fn folders(&self, key: &str) -> Vec<String> {
        self.listing.below(key)
    }

    /// Where the bytes of a key are, `None` where nothing is said of it.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for a remote address,
    /// [`NotFound`](crate::model::ErrorKind::NotFound) or [`Corrupt`](crate::model::ErrorKind::Corrupt) naming the file
    /// that is not there or ends before the part.
    pub(super) fn place(&self, key: &str) -> Result<Option<Place>> {
        Ok(match self.entries.get(key.trim_start_matches('/')) {
            None => None,
            Some(Entry::Inline(bytes)) => Some(Place::Inline(bytes.clone())),
            Some(Entry::Part(number, part)) => {
                let file = self.target(*number)?;
                let (start, len) = part.unwrap_or((0, file.len()));
                file.check(start, len)?;
                Some(Place::Part(file, start, len))
            }
        })
    }

    fn target(&self, number: usize) -> Result<Arc<RandomFile>> {
        if let Some(file) = self.open.lock().get(&number) {
            return Ok(Arc::clone(file));
        }
        let address = self.targets.get(number).map(String::as_str).unwrap_or_default();
        let path = local(&self.path, address).ok_or_else(|| {
            Error::unsupported(format!("its bytes are at {address}, which is no local file"))
                .hint("fetch the file and make references to the copy")
                .at(&self.path)
        })?;
        let file =
            Arc::new(RandomFile::open(&path).map_err(|e| e.within("a reference leads to a file that is not there"))?);
        let mut open = self.open.lock();
        if open.len() >= MOST_FILES {
            open.clear();
        }
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }
}

/// The path of an address, relative ones from the folder of the references; `None` for a remote one.
fn local(references: &Path, address: &str) -> Option<PathBuf> {
    let path = match address.split_once("://") {
        Some(("file" | "local", path)) => path,
        Some(_) => return None,
        None => address.strip_prefix("file:").unwrap_or(address),
    };
    Some(references.parent().unwrap_or(Path::new("")).join(path))
}

/// An address with `{{name}}` replaced by the template of that name.
fn filled(address: &str, templates: &Map<String, Value>) -> String {
    let mut out = address.to_owned();
    if out.contains("{{") {
        for (name, value) in templates {
            let value = value.as_str().unwrap_or_default();
            out = out.replace(&format!("{{{{{name}}}}}"), value).replace(&format!("{{{{ {name} }}}}"), value);
        }
    }
    out
}
