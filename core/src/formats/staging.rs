//! A place beside the target where a result grows until it is whole. Knows no format.
//!
//! The place is a hidden folder `.<name>.graticule-tmp-<pid>` in the target's folder, so that the last step is one
//! rename within a file system: whoever looks sees nothing or the whole. A lock in it tells a living writer from the
//! leavings of a killed one, which the next writer to the same target clears away, or takes over where it left a journal.

use crate::model::{Error, ErrorKind, Result};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A result that is not yet visible. Dropped unpublished, it is removed.
#[derive(Debug)]
pub(crate) struct Staging {
    target: PathBuf,
    folder: PathBuf,
    content: PathBuf,
    /// Held while this writer lives; the system lets go of it when the process ends, however that happens.
    lock: Option<File>,
    /// Whether it stays where it is not published.
    kept: bool,
}

const LOCK: &str = "lock";
/// What is complete, where the writer tells it.
const JOURNAL: &str = "journal";
const ATTEMPTS: u32 = 5;

impl Staging {
    /// Prepares a place for `target`, at which nothing may stand yet.
    ///
    /// # Errors
    /// [`Exists`](ErrorKind::Exists) where something stands there or somebody is writing it,
    /// [`NotFound`](ErrorKind::NotFound) where its folder is not there,
    /// [`Io`](ErrorKind::Io) where the folder cannot be written.
    pub(crate) fn begin(target: &Path) -> Result<Self> {
        let (name, parent, prefix) = place(target)?;
        refuse_existing(target)?;
        for _ in 0..ATTEMPTS {
            clear_leavings(parent, &prefix);
            let folder = parent.join(format!("{prefix}{}", std::process::id()));
            fs::create_dir(&folder).map_err(|e| beginning_failed(&e, parent, target))?;
            let mut staging = Self::new(target, folder.clone(), name);
            let lock = match File::create_new(folder.join(LOCK)) {
                Ok(lock) => lock,
                // Another writer took the empty place for leavings.
                Err(e) if e.kind() == Io::NotFound => continue,
                Err(e) => return Err(write_error("create a lock", &e, &folder)),
            };
            // Where locks are not to be had (some network file systems), leavings stay.
            let locked = !matches!(lock.try_lock(), Err(TryLockError::WouldBlock));
            staging.lock = Some(lock);
            // Another writer may have taken the place for leavings before it was locked.
            if locked && folder.join(LOCK).exists() {
                return Ok(staging);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(being_written(target))
    }

    /// Takes over the place of a killed writer to `target` that left a journal; `None` where there is none.
    ///
    /// # Errors
    /// As [`Staging::begin`].
    pub(crate) fn resume(target: &Path) -> Result<Option<Self>> {
        let (name, parent, prefix) = place(target)?;
        refuse_existing(target)?;
        let Ok(entries) = fs::read_dir(parent) else { return Ok(None) };
        for entry in entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(&prefix)) {
            let folder = entry.path();
            let Ok(lock) = File::open(folder.join(LOCK)) else { continue };
            match lock.try_lock() {
                Ok(()) if folder.join(JOURNAL).is_file() => {
                    let mut staging = Self::new(target, folder, name);
                    (staging.lock, staging.kept) = (Some(lock), true);
                    return Ok(Some(staging));
                }
                Err(TryLockError::WouldBlock) => return Err(being_written(target)),
                _ => {}
            }
        }
        Ok(None)
    }

    fn new(target: &Path, folder: PathBuf, name: &OsStr) -> Self {
        let content = folder.join(name);
        Self { target: target.to_path_buf(), content, folder, lock: None, kept: false }
    }

    /// Leaves the place as it is where it is not published, for [`Staging::resume`].
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }

    /// Where a journal stands.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join(JOURNAL)
    }

    /// The place itself, for what is laid aside meanwhile.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where to write: a path that is not there yet, for a file or a folder.
    pub(crate) fn content(&self) -> &Path {
        &self.content
    }

    /// Where the result will stand.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the content visible at the target, at once.
    ///
    /// # Errors
    /// [`Exists`](ErrorKind::Exists) where something has come to stand at the target,
    /// [`Io`](ErrorKind::Io) where the file system refuses. Nothing is left behind then.
    pub(crate) fn publish(mut self) -> Result<()> {
        refuse_existing(&self.target)?;
        // A link refuses to replace a file that came into being just now; a rename would not.
        let linked = self.content.is_file().then(|| fs::hard_link(&self.content, &self.target));
        match linked {
            Some(Ok(())) => {}
            Some(Err(e)) if e.kind() == Io::AlreadyExists => return Err(exists(&self.target)),
            // A folder, or a file system without links.
            _ => fs::rename(&self.content, &self.target)
                .map_err(|e| write_error("put the result in place", &e, &self.target))?,
        }
        self.kept = false;
        if let Some(parent) = self.folder.parent() {
            sync_folder(parent);
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Some systems do not remove a file that is open.
        self.lock = None;
        if !self.kept {
            remove(&self.folder);
        }
    }
}

/// Name, folder, and what the names of places for a target begin with.
fn place(target: &Path) -> Result<(&OsStr, &Path, String)> {
    let name = target.file_name().ok_or_else(|| Error::invalid("the output has no name").at(target))?;
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    Ok((name, parent, format!(".{}.graticule-tmp-", name.to_string_lossy())))
}

fn remove(folder: &Path) {
    if let Err(e) = fs::remove_dir_all(folder)
        && e.kind() != Io::NotFound
    {
        tracing::warn!("cannot remove {}: {e}", folder.display());
    }
}

/// Removes places for the same target whose writers are gone.
fn clear_leavings(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let folder = entry.path();
        let lock = folder.join(LOCK);
        let abandoned = match File::open(&lock) {
            Ok(lock) => lock.try_lock().is_ok(),
            // Its writer has only just begun, and then begins anew, or died at that very moment, or while it removed the
            // place.
            Err(e) if e.kind() == Io::NotFound => fs::remove_dir(&folder).is_err() && !lock.exists(),
            Err(_) => false,
        };
        if abandoned {
            remove(&folder);
        }
    }
}

fn refuse_existing(target: &Path) -> Result<()> {
    // A link that leads nowhere exists, too.
    if fs::symlink_metadata(target).is_ok() { Err(exists(target)) } else { Ok(()) }
}

fn exists(target: &Path) -> Error {
    let error = Error::new(ErrorKind::Exists, "the output exists already");
    error.hint("choose another name or remove it").at(target)
}

fn being_written(target: &Path) -> Error {
    let error = Error::new(ErrorKind::Exists, "somebody else is writing this output");
    error.hint("wait for the other export or choose another name").at(target)
}

fn beginning_failed(e: &std::io::Error, parent: &Path, target: &Path) -> Error {
    match e.kind() {
        Io::AlreadyExists => being_written(target),
        Io::NotFound if !parent.exists() => Error::not_found(format!("the folder {} does not exist", parent.display()))
            .hint("create it or choose another one")
            .at(target),
        Io::NotADirectory => Error::invalid(format!("{} is no folder", parent.display())).at(target),
        _ => write_error(format_args!("write into the folder {}", parent.display()), e, target),
    }
}

/// The error of a failed write, with what a person can do about it.
pub(crate) fn write_error(what: impl std::fmt::Display, e: &std::io::Error, path: &Path) -> Error {
    let error = Error::new(ErrorKind::Io, format!("cannot {what}: {e}")).at(path);
    match e.kind() {
        Io::StorageFull | Io::QuotaExceeded => error.hint("free some space or choose another disk"),
        Io::FileTooLarge => error.hint("the system limits the size of files"),
        Io::PermissionDenied | Io::ReadOnlyFilesystem => error.hint("choose a folder that may be written"),
        _ => error,
    }
}

/// Has the names in a folder reach the disk, as far as the system does that.
pub(crate) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Err(e) = File::open(folder).and_then(|f| f.sync_all()) {
        tracing::debug!("cannot sync {}: {e}", folder.display());
    }
    #[cfg(not(unix))]
    let _unused: &Path = folder;
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{LOCK, Staging};
    use crate::model::ErrorKind;
    use std::fs::{self, File};

    fn entries(folder: &std::path::Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_result_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        let staging = Staging::begin(&target).unwrap();
        fs::create_dir(staging.content()).unwrap();
        fs::write(staging.content().join("a"), "a").unwrap();
        assert!(!target.exists());
        assert_eq!(Staging::begin(&target).unwrap_err().kind(), ErrorKind::Exists);
        staging.publish().unwrap();
        assert_eq!(entries(dir.path()), ["out"]);
        assert_eq!(entries(&target), ["a"]);
        let error = Staging::begin(&target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Exists);
        assert!(error.to_string().contains("choose another name or remove it"), "{error}");

        let file = dir.path().join("file.nc");
        let staging = Staging::begin(&file).unwrap();
        fs::write(staging.content(), "new").unwrap();
        fs::write(&file, "old").unwrap();
        assert_eq!(staging.publish().unwrap_err().kind(), ErrorKind::Exists);
        assert_eq!(fs::read(&file).unwrap(), b"old");
        fs::remove_file(&file).unwrap();
        let staging = Staging::begin(&file).unwrap();
        fs::write(staging.content(), "new").unwrap();
        staging.publish().unwrap();
        drop(Staging::begin(&dir.path().join("dropped")).unwrap());
        assert_eq!(entries(dir.path()), ["file.nc", "out"]);
    }

    #[test]
    fn leavings_of_the_dead_are_cleared_and_the_living_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let [dead, living, other] =
            [".out.graticule-tmp-1", ".out.graticule-tmp-2", ".else.graticule-tmp-1"].map(|name| dir.path().join(name));
        for place in [&dead, &living, &other] {
            fs::create_dir(place).unwrap();
            fs::write(place.join(LOCK), "").unwrap();
        }
        let held = File::open(living.join(LOCK)).unwrap();
        held.try_lock().unwrap();
        // One killed before it had its lock, one killed while it removed what it had.
        fs::create_dir(dir.path().join(".out.graticule-tmp-3")).unwrap();
        fs::create_dir_all(dir.path().join(".out.graticule-tmp-4/out")).unwrap();
        drop(Staging::begin(&dir.path().join("out")).unwrap());
        assert_eq!(entries(dir.path()), [".else.graticule-tmp-1", ".out.graticule-tmp-2"]);
    }

    #[test]
    fn a_place_with_a_journal_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out");
        assert!(Staging::resume(&target).unwrap().is_none());
        let mut first = Staging::begin(&target).unwrap();
        fs::write(first.journal(), "").unwrap();
        fs::write(first.content(), "half").unwrap();
        assert_eq!(Staging::resume(&target).unwrap_err().kind(), ErrorKind::Exists);
        first.keep();
        drop(first);
        let second = Staging::resume(&target).unwrap().unwrap();
        assert_eq!(fs::read(second.content()).unwrap(), b"half");
        // Not published, it stays for the next.
        drop(second);
        Staging::resume(&target).unwrap().unwrap().publish().unwrap();
        assert_eq!(entries(dir.path()), ["out"]);
        assert_eq!(Staging::resume(&target).unwrap_err().kind(), ErrorKind::Exists);
    }

    #[test]
    fn impossible_places_say_why() {
        let dir = tempfile::tempdir().unwrap();
        let missing = Staging::begin(&dir.path().join("no/out")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.to_string().contains("does not exist"), "{missing}");
        fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(Staging::begin(&dir.path().join("file/out")).unwrap_err().kind(), ErrorKind::Invalid);
        assert!(Staging::begin(std::path::Path::new("/")).is_err());
        // Nobody may write there, not even root.
        if cfg!(target_os = "linux") {
            let error = Staging::begin(std::path::Path::new("/proc/out")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().contains("cannot write into the folder /proc"), "{error}");
        }
    }
}
