//! Reading at a position of a file from many threads at once, and what tells one state of a file from another.

use crate::events::{Kind, record};
use crate::model::{Error, ErrorKind, Result};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A file opened for positioned reads. Holds no position, so threads share it without a lock.
#[derive(Debug)]
pub(crate) struct RandomFile {
    file: File,
    path: PathBuf,
    len: u64,
    modified: Option<SystemTime>,
    identity: String,
}

impl RandomFile {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) or [`Io`](crate::model::ErrorKind::Io) naming the path.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let fail = |e: io::Error| Error::io("open", &e).at(path);
        let file = File::open(path).map_err(fail)?;
        let meta = file.metadata().map_err(fail)?;
        let modified = meta.modified().ok();
        let changed = modified.and_then(|t| t.duration_since(UNIX_EPOCH).ok()).map_or(0, |d| d.as_nanos());
        let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let identity = format!("{}:{}:{changed}", full.display(), meta.len());
        Ok(Self { file, path: path.to_path_buf(), len: meta.len(), modified, identity })
    }

    /// Whether the file is as it was when it was opened: what was found in it then says where to read. Asked after a read,
    /// so that what was written meanwhile is noticed.
    ///
    /// # Errors
    /// [`Io`](crate::model::ErrorKind::Io) where another program has written to it.
    pub(crate) fn unchanged(&self) -> Result<()> {
        match self.file.metadata() {
            Ok(meta) if meta.len() != self.len || meta.modified().ok() != self.modified => {
                Err(Error::new(ErrorKind::Io, "the file has changed since it was opened")
                    .hint("open it again")
                    .at(&self.path))
            }
            _ => Ok(()),
        }
    }

    /// Bytes in the file when it was opened.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Path, length and time of change: differs once the content does.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// Fills `buffer` from byte `at` on.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the file ends before, [`Io`](crate::model::ErrorKind::Io)
    /// where the system refuses.
    pub(crate) fn read_at(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        self.check(at, buffer.len() as u64)?;
        let started = Instant::now();
        read_exact_at(&self.file, buffer, at)
            .map_err(|e| Error::io(format!("read {} bytes at {at}", buffer.len()), &e).at(&self.path))?;
        record(Kind::Read, started, buffer.len() as u64, buffer.len() as u64);
        Ok(())
    }

    /// Checks that `count` bytes from `at` on lie in the file, before anything is allocated for them.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) saying how far the file reaches.
    pub(crate) fn check(&self, at: u64, count: u64) -> Result<()> {
        match at.checked_add(count) {
            Some(end) if end <= self.len => Ok(()),
            _ => Err(Error::corrupt(format!(
                "{count} bytes wanted at {at}, but the file ends at {}: it is cut short",
                self.len
            ))
            .hint("fetch or write it again")
            .at(&self.path)),
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    let (mut rest, mut at) = (buffer, at);
    while !rest.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, rest, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                rest = rest.get_mut(n..).unwrap_or_default();
                at += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    // A second handle keeps the position of one reader from another's.
    use std::io::{Read, Seek, SeekFrom};
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(buffer)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::RandomFile;
    use std::fs::{self, File};
    use std::io::Write;

    #[test]
    fn what_is_written_behind_its_back_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "first").unwrap();
        let open = RandomFile::open(&path).unwrap();
        open.unchanged().unwrap();
        // Another file in its place is not this one.
        fs::write(folder.path().join("b"), "second").unwrap();
        fs::rename(folder.path().join("b"), &path).unwrap();
        open.unchanged().unwrap();
        let open = RandomFile::open(&path).unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b" and more").unwrap();
        let error = open.unchanged().unwrap_err().to_string();
        assert!(error.contains("has changed since it was opened") && error.contains("open it again"), "{error}");
    }
}
