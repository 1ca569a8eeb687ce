//! Opening sources.

use crate::window::state::{Row, source_rows};
use graticule_core::session::{OpenOptions, Opened, Override, Session};
use std::path::Path;
use std::sync::Arc;

/// An opened source with its tree.
pub struct OpenedSource {
    /// The path as it was given.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// Attributes set over those of the file.
    pub overrides: Vec<Override>,
    /// The data.
    pub opened: Arc<Opened>,
    /// The tree.
    pub rows: Vec<Row>,
}

/// Opens a path, with these attributes set over those of the file.
///
/// # Errors
/// As [`Session::open_with`].
pub fn open(session: &Session, path: &str, overrides: Vec<Override>) -> anyhow::Result<OpenedSource> {
    let options = OpenOptions { overrides, ..OpenOptions::default() };
    let opened = session.open_with(path, &options)?;
    let rows = source_rows(&opened);
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |n| n.to_string_lossy().into_owned());
    Ok(OpenedSource { path: path.to_owned(), name, overrides: options.overrides, opened, rows })
}

/// Opens the built-in sample, laid down in `folder` or, where none is given, in the user's cache.
///
/// # Errors
/// Where it cannot be written or opened.
pub fn open_sample(session: &Session, folder: Option<&Path>) -> anyhow::Result<OpenedSource> {
    let path = match folder {
        Some(folder) => crate::sample::path_in(folder)?,
        None => crate::sample::path()?,
    };
    open(session, &path.to_string_lossy(), Vec::new())
}
