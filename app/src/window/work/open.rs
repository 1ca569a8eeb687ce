//! Opening sources.

use crate::window::state::{Row, source_rows};
use graticule_core::session::{Opened, Session};
use std::path::Path;
use std::sync::Arc;

/// An opened source with its tree.
pub struct OpenedSource {
    /// The path as it was given.
    pub path: String,
    /// The last part of the path.
    pub name: String,
    /// The data.
    pub opened: Arc<Opened>,
    /// The tree.
    pub rows: Vec<Row>,
}

/// Opens a path.
///
/// # Errors
/// As [`Session::open`].
pub fn open(session: &Session, path: &str) -> anyhow::Result<OpenedSource> {
    let opened = session.open(path)?;
    let rows = source_rows(&opened);
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |n| n.to_string_lossy().into_owned());
    Ok(OpenedSource { path: path.to_owned(), name, opened, rows })
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
    open(session, &path.to_string_lossy())
}
