//! The keys of a Zarr store, in a folder, in a zip file or behind references: whole values, parts of values, what stands
//! below. Knows no metadata.

use super::super::file::RandomFile;
use super::references::References;
use super::zip::{self, Zip};
use crate::events::{Kind, record};
use crate::model::{Error, ErrorKind, Result};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

/// Where the keys of a store lie.
#[derive(Debug)]
pub(super) enum Store {
    /// Each key is a file below this folder.
    Folder(PathBuf),
    /// Each key is an entry of this archive.
    Zip(Zip),
    /// Kerchunk references.
    References(References),
}

/// Bytes of a key: in memory, or a part of a file.
#[derive(Debug)]
pub(super) enum Place {
    /// The bytes.
    Inline(Vec<u8>),
    /// A file, where in it, and how many bytes.
    Part(Arc<RandomFile>, u64, u64),
}

#[cfg(test)]
thread_local! {
    /// Every key that this thread read, opened or listed, so that tests can tell how little that is.
    pub(super) static TOUCHED: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Store {
    /// The store in a folder, in a zip file, or in a file of references.
    ///
    /// # Errors
    /// As [`Zip::read`] and [`References::read`].
    pub(super) fn open_at(path: &Path) -> Result<Self> {
        if !path.is_file() {
            Ok(Self::Folder(path.to_path_buf()))
        } else if zip::is_archive(path) {
            Zip::read(path).map(Self::Zip)
        } else {
            References::read(path).map(Self::References)
        }
    }

    /// The folder, the archive, or the file of references.
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::Folder(root) => root,
            Self::Zip(zip) => zip.path(),
            Self::References(references) => references.path(),
        }
    }

    /// The file that holds a key such as `a/b/zarr.json`.
    pub(super) fn file(&self, key: &str) -> PathBuf {
        match self {
            Self::Folder(root) => root.join(key.trim_start_matches('/')),
            Self::Zip(zip) => zip.path().join(key.trim_start_matches('/')),
            Self::References(references) => references.file(key),
        }
    }

    /// All bytes of a key, `None` where it is not there.
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        Ok(self.get_into(key, &mut bytes)?.then_some(bytes))
    }

    /// Puts all bytes of a key into a buffer; says whether it is there.
    pub(super) fn get_into(&self, key: &str, buffer: &mut Vec<u8>) -> Result<bool> {
        #[cfg(test)]
        TOUCHED.with_borrow_mut(|keys| keys.push(key.to_owned()));
        let found = match self {
            Self::Folder(_) => {
                let path = self.file(key);
                let started = Instant::now();
                buffer.clear();
                return match std::fs::File::open(&path).and_then(|mut file| file.read_to_end(buffer)) {
                    Ok(read) => {
                        record(Kind::Read, started, read as u64, read as u64);
                        Ok(true)
                    }
                    Err(e) if is_absent(&e) => Ok(false),
                    Err(e) => Err(Error::io("read", &e).at(path)),
                };
            }
            Self::Zip(zip) => zip.get(key)?,
            Self::References(references) => match references.place(key)? {
                None => None,
                Some(Place::Inline(bytes)) => Some(bytes),
                Some(Place::Part(file, start, len)) => return read_into(&file, start, len, buffer).map(|()| true),
            },
        };
        Ok(found.map(|bytes| *buffer = bytes).is_some())
    }

    /// Opens a key for reading parts of it, `None` where it is not there.
    pub(super) fn open(&self, key: &str) -> Result<Option<Parts>> {
        #[cfg(test)]
        TOUCHED.with_borrow_mut(|keys| keys.push(key.to_owned()));
        match self {
            Self::Folder(_) => {
                let path = self.file(key);
                let file = match RandomFile::open(&path) {
                    Ok(file) => file,
                    Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
                    Err(e) => return Err(e),
                };
                let len = file.len();
                Ok(Some(Parts { place: Place::Part(Arc::new(file), 0, len) }))
            }
            Self::Zip(zip) => Ok(zip.place(key)?.map(|place| Parts { place })),
            Self::References(references) => Ok(references.place(key)?.map(|place| Parts { place })),
        }
    }

    /// The names of the groups and arrays (and other folders) right below a key, sorted.
    pub(super) fn folders(&self, key: &str) -> Result<Vec<String>> {
        #[cfg(test)]
        TOUCHED.with_borrow_mut(|keys| keys.push(format!("{key}/")));
        match self {
            Self::Folder(_) => {}
            Self::Zip(zip) => return Ok(zip.folders(key)),
            Self::References(references) => return Ok(references.folders(key)),
        }
        let path = self.file(key);
        let failed = |e: &std::io::Error| Error::io("list", e).at(&path);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(|e| failed(&e))? {
            let entry = entry.map_err(|e| failed(&e))?;
            let kind = entry.file_type().map_err(|e| failed(&e))?;
            // A link to a folder counts as one.
            let is_folder = kind.is_dir() || (kind.is_symlink() && entry.path().is_dir());
            if is_folder && let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Length and time of change of a key's file, in nanoseconds; `None` where the identity says it all.
    pub(super) fn stamp(&self, key: &str) -> Option<(u64, u128)> {
        if let Self::Zip(_) = self {
            return None;
        }
        let about = std::fs::metadata(self.file(key)).ok()?;
        let changed = about.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        Some((about.len(), changed.map_or(0, |d| d.as_nanos())))
    }

    /// What else changes when the content does.
    pub(super) fn identity(&self) -> &str {
        match self {
            Self::Folder(_) => "",
            Self::Zip(zip) => zip.identity(),
            Self::References(references) => references.identity(),
        }
    }
}

/// Nothing there, or a file where the path wants a folder.
fn is_absent(e: &std::io::Error) -> bool {
    matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// `len` bytes of a file from `start` on.
///
/// # Errors
/// As [`RandomFile::read_at`].
pub(super) fn read(file: &RandomFile, start: u64, len: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(file, start, len, &mut bytes)?;
    Ok(bytes)
}

fn read_into(file: &RandomFile, start: u64, len: u64, buffer: &mut Vec<u8>) -> Result<()> {
    file.check(start, len)?;
    let len = usize::try_from(len).map_err(|_too_long| Error::corrupt(format!("a part of {len} bytes")))?;
    buffer.resize(len, 0);
    file.read_at(start, buffer)
}

/// The value of a key, read in parts from many threads.
#[derive(Debug)]
pub(super) struct Parts {
    place: Place,
}

impl Parts {
    /// Its length in bytes, as it was on opening.
    pub(super) fn len(&self) -> u64 {
        match &self.place {
            Place::Inline(bytes) => bytes.len() as u64,
            Place::Part(_, _, len) => *len,
        }
    }

    /// `len` bytes from `start`.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) past the end.
    pub(super) fn read(&self, start: u64, len: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(start, len, &mut bytes)?;
        Ok(bytes)
    }

    /// As [`Self::read`], into a buffer.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn read_into(&self, start: u64, len: u64, buffer: &mut Vec<u8>) -> Result<()> {
        if start.checked_add(len).is_none_or(|end| end > self.len()) {
            let message = format!("{len} bytes at {start} lie outside the file of {} bytes", self.len());
            return Err(Error::corrupt(message));
        }
        match &self.place {
            Place::Inline(bytes) => {
                let range = usize::try_from(start).ok().zip(usize::try_from(start + len).ok());
                buffer.clear();
                buffer.extend_from_slice(range.and_then(|(from, to)| bytes.get(from..to)).unwrap_or_default());
                Ok(())
            }
            Place::Part(file, from, _) => read_into(file, from + start, len, buffer),
        }
    }
}
