//! Intake catalogues (YAML, version 1) as one source whose groups are the entries; or one entry of one. Knows the data
//! only as sources; what Intake means by drivers, parameters and templates stays here.

mod document;
mod entry;
mod parameter;
mod source;
mod template;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;
mod tree;
mod yaml;

use super::open::{Origin, files};
use crate::formats;
use crate::model::{Error, Result, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A catalogue, or an entry of one, as a person names it.
#[derive(Debug, PartialEq)]
pub(super) struct Address {
    /// As it was typed.
    given: String,
    file: PathBuf,
    /// The entry, through catalogues within catalogues; empty for all.
    entry: Vec<String>,
    /// Values of parameters.
    parameters: Vec<(String, String)>,
}

/// What `text` names where that is a catalogue: its file, `FILE/ENTRY`, either with `?PARAMETER=VALUE&…` after it.
pub(super) fn find(text: &str) -> Option<Address> {
    let address = |file: &Path, entry: &Path, parameters: &str| {
        let parts = parameters.split('&').filter(|p| !p.is_empty());
        let pair =
            |p: &str| p.split_once('=').map_or((p.to_owned(), String::new()), |(n, v)| (n.to_owned(), v.to_owned()));
        Address {
            given: text.to_owned(),
            file: file.to_path_buf(),
            entry: entry.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect(),
            parameters: parts.map(pair).collect(),
        }
    };
    let path = Path::new(text);
    if path.exists() {
        return yaml::detect(path).then(|| address(path, Path::new(""), ""));
    }
    let (path, parameters) = text.split_once('?').unwrap_or((text, ""));
    let path = Path::new(path);
    let file = path.ancestors().find(|a| a.exists())?;
    yaml::detect(file).then(|| address(file, path.strip_prefix(file).unwrap_or(Path::new("")), parameters))
}

/// Opens a catalogue: reads it and the catalogues in it, and the metadata of every entry. An entry that cannot be opened is
/// an empty group with a warning `entry NAME: why`; where it alone is asked for, that is the failure.
pub(super) fn open(at: &Address, options: &formats::Options) -> Result<(Arc<dyn Source>, Vec<Origin>)> {
    let mut node = tree::read(&at.file, &at.entry, &at.parameters)?;
    for _ in &at.entry {
        if let Ok(tree::What::Entries(entries)) = &mut node.what {
            node = entries.pop().ok_or_else(|| Error::internal("an entry is missing"))?;
        }
    }
    let alone = |e: Error| e.within(format!("entry {}", at.entry.join("/"))).at(&at.file);
    if let tree::What::Data(names) = node.what.as_ref().map_err(|e| alone(e.clone()))? {
        let (source, named) = files(names, options).map_err(alone)?;
        let origin = Origin { group: String::new(), files: named, format: source.info().format };
        return Ok((source, vec![origin]));
    }
    let (source, origins) = source::Entries::open(&at.file, &at.given, &node, options)?;
    Ok((Arc::new(source), origins))
}

/// Reads a catalogue and what its entries lead to, and opens none of that, for fuzzing.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn examine(path: &Path) -> Result<()> {
    tree::read(path, &[], &[]).map(drop)
}
