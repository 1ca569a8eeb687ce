//! Other files that external links lead into: opened once each, kept open (the library numbers files anew each time, and
//! objects are known by that number), and only within the folder of the first.

use super::super::file::RandomFile;
use super::ffi;
use hdf5::File;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that links may lead into: each stays open.
const MOST_FILES: usize = 256;

/// A file beside the opened one.
pub(super) struct Home {
    pub(super) file: File,
    pub(super) bytes: RandomFile,
}

/// Where a walk is: in which file, and what part of the shown path leads into it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) file: File,
    /// `None` in the opened file itself.
    pub(super) home: Option<Arc<Home>>,
    /// Of the file, canonical.
    path: PathBuf,
    /// Length of the shown path of the link that leads here, and what it leads to.
    shown: usize,
    inner: String,
}

impl Place {
    /// The opened file.
    pub(super) fn first(file: &File, path: &Path) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Self { file: file.clone(), home: None, path, shown: 0, inner: String::new() }
    }

    /// The path within its file of what is shown at `path`.
    pub(super) fn inside(&self, path: &str) -> String {
        format!("{}{}", self.inner, path.get(self.shown..).unwrap_or_default())
    }

    /// Whether it is another file than the opened one.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.home.is_some()
    }
}

/// The files opened so far, by canonical path.
pub(super) struct Elsewhere {
    first: Place,
    opened: HashMap<PathBuf, Place>,
}

impl Elsewhere {
    pub(super) fn new(first: Place) -> Self {
        Self { first, opened: HashMap::new() }
    }

    /// Where a link shown at `path` of a file at `from` leads; what a person is told where it is not followed.
    pub(super) fn follow(
        &mut self,
        from: &Place,
        (file, object): (&str, &str),
        path: &str,
    ) -> std::result::Result<Place, String> {
        let beside = |name: &Path| from.path.parent().unwrap_or(Path::new("")).join(name).canonicalize();
        let name = Path::new(file);
        // Where an absolute path leads nowhere, the library looks beside the file for the name alone.
        let found = beside(name)
            .or_else(|e| name.file_name().filter(|_| name.is_absolute()).map_or(Err(e), |n| beside(Path::new(n))));
        let target = found.map_err(|e| format!("which is not there: {e}"))?;
        let place = if target == self.first.path {
            self.first.clone()
        } else if let Some(known) = self.opened.get(&target) {
            known.clone()
        } else {
            if !self.first.path.parent().is_some_and(|folder| target.starts_with(folder)) {
                return Err("which lies outside the folder of the file, and is not followed: open it by itself".into());
            }
            if self.opened.len() >= MOST_FILES {
                return Err(format!("and is not followed: links lead into more than {MOST_FILES} files"));
            }
            let file = ffi::open(&target, false).map_err(|e| format!("which cannot be opened: {e}"))?;
            let bytes = RandomFile::open(&target).map_err(|e| format!("which cannot be opened: {e}"))?;
            let home = Some(Arc::new(Home { file: file.clone(), bytes }));
            let place = Place { file, home, path: target.clone(), shown: 0, inner: String::new() };
            self.opened.insert(target, place.clone());
            place
        };
        let inner = object.trim_matches('/');
        let inner = if inner.is_empty() { String::new() } else { format!("/{inner}") };
        Ok(Place { shown: path.len(), inner, ..place })
    }
}
