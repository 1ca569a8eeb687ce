//! Which files a path, a glob or a folder names.

use crate::formats;
use crate::model::{Error, Result};
use std::path::{Path, PathBuf};

/// What a text names.
#[derive(Debug, PartialEq)]
pub(in crate::session) enum Found {
    /// One file or store, or nothing that is there.
    One(PathBuf),
    /// Several.
    Many(Vec<PathBuf>),
}

/// More files than this are no dataset but a slip of the pattern.
const MOST_FILES: usize = 200_000;

/// Finds what `text` names: what stands at that path; else, where it is a pattern, all that match; a folder that is no
/// store stands for the data files in it.
///
/// Fails for a pattern that cannot be read or matches nothing, and for a folder that holds data of several kinds.
pub(in crate::session) fn find(text: &str) -> Result<Found> {
    let path = Path::new(text);
    if path.is_dir() && formats::FORMATS.iter().all(|f| !(f.detect)(path)) {
        return folder(path);
    }
    if path.exists() || !text.contains(['*', '?', '[']) || formats::generated::is_call(text) {
        return Ok(Found::One(path.to_path_buf()));
    }
    let found = glob::glob(text).map_err(|e| Error::invalid(format!("the pattern {text} cannot be read: {e}")))?;
    let mut paths = Vec::new();
    for entry in found {
        paths.push(entry.map_err(|e| Error::io(format!("follow the pattern {text}"), e.error()).at(e.path()))?);
        if paths.len() > MOST_FILES {
            return Err(Error::invalid(format!("more than {MOST_FILES} files match {text}")).hint("narrow the pattern"));
        }
    }
    match paths.as_slice() {
        [] => Err(Error::not_found(format!("no file matches {text}")).hint("check the folder and the pattern")),
        [one] => Ok(Found::One(one.clone())),
        _ => Ok(Found::Many(paths)),
    }
}

/// The data in a folder: files or stores of one kind.
fn folder(path: &Path) -> Result<Found> {
    let fail = |e: std::io::Error| Error::io("list the folder", &e).at(path);
    let mut found: Vec<(&str, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fail)? {
        let entry = entry.map_err(fail)?.path();
        if entry.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
            continue;
        }
        if let Some(format) = formats::FORMATS.iter().find(|f| (f.detect)(&entry)) {
            let kind = if format.id == "netcdf3" { "hdf5" } else { format.id };
            found.push((kind, entry));
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    let other = found.iter().find(|(kind, _)| Some(*kind) != found.first().map(|f| f.0));
    if let (Some((_, first)), Some((_, other))) = (found.first(), other) {
        return Err(Error::invalid(format!(
            "the folder holds data of several kinds, such as {} and {}",
            first.display(),
            other.display()
        ))
        .hint("name the files by a pattern such as 'folder/*.nc'")
        .at(path));
    }
    let mut paths: Vec<PathBuf> = found.into_iter().map(|(_, p)| p).collect();
    Ok(match paths.len() {
        // Opening it says what was expected.
        0 => Found::One(path.to_path_buf()),
        1 => Found::One(paths.remove(0)),
        _ => Found::Many(paths),
    })
}
