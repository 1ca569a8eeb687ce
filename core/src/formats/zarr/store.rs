//! The files of a Zarr store in a folder: whole files, parts of files, sub-folders. Knows no metadata.

use crate::model::{Error, Result};
use std::fs::File;
#[cfg(not(unix))]
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A folder that holds a store.
#[derive(Debug, Clone)]
pub(super) struct Store {
    root: PathBuf,
}

impl Store {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file of a key such as `a/b/zarr.json`.
    pub(super) fn file(&self, key: &str) -> PathBuf {
        self.root.join(key.trim_start_matches('/'))
    }

    /// All bytes of a key, `None` where it is not there.
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.file(key);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(Error::io("read", &e).at(path)),
        }
    }

    /// Opens a key for reading parts of it, `None` where it is not there.
    pub(super) fn open(&self, key: &str) -> Result<Option<Parts>> {
        let path = self.file(key);
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((len, file)) => Ok(Some(Parts { file, len, path })),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(Error::io("open", &e).at(path)),
        }
    }

    /// The names of the folders right below a key, sorted.
    pub(super) fn folders(&self, key: &str) -> Result<Vec<String>> {
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
}

/// Nothing there, or a file where the path wants a folder.
fn is_absent(e: &std::io::Error) -> bool {
    matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// An open file, read in parts from many threads.
#[derive(Debug)]
pub(super) struct Parts {
    file: File,
    len: u64,
    path: PathBuf,
}

impl Parts {
    /// Length of the file in bytes, as it was on opening.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// `len` bytes from `start`.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) past the end of the file.
    pub(super) fn read(&self, start: u64, len: u64) -> Result<Vec<u8>> {
        let fits = start.checked_add(len).is_some_and(|end| end <= self.len);
        let Some(len) = usize::try_from(len).ok().filter(|_| fits) else {
            let message = format!("{len} bytes at {start} lie outside the file of {} bytes", self.len);
            return Err(Error::corrupt(message).at(&self.path));
        };
        let mut bytes = vec![0; len];
        self.fill(start, &mut bytes)
            .map_err(|e| Error::io(format_args!("read {len} bytes at {start}"), &e).at(&self.path))?;
        Ok(bytes)
    }

    #[cfg(unix)]
    fn fill(&self, start: u64, bytes: &mut [u8]) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, bytes, start)
    }

    #[cfg(not(unix))]
    fn fill(&self, start: u64, bytes: &mut [u8]) -> std::io::Result<()> {
        // A handle of its own: the position of a shared one is shared too.
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(bytes)
    }
}
