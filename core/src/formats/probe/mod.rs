//! The first look at a file happens in a child process where a format's library may crash, spin or take all memory on
//! damaged bytes: what happens to the child becomes one error, and only what it came through is opened here.
//!
//! The program says once how such a child is started ([`set`]); without that, as in tests, nothing is tried. Files that
//! passed are known by path, length and time of change, in this process and, where a folder was given, in the next.

mod child;
mod passed;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

use super::file::RandomFile;
use super::hdf5;
use crate::model::Result;
use passed::Passed;
use rayon::prelude::*;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// Files that one child tries. Starting it is then small beside its work, and its command line short on any system.
const BATCH: usize = 32;

/// How a child that tries files is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program: this one, whose [`answer`] the child gives.
    pub program: PathBuf,
    /// Its arguments before the paths of the files.
    pub args: Vec<OsString>,
    /// Most time for one file.
    pub patience: Duration,
    /// The file that keeps what passed for the next process; it need not exist.
    pub notes: Option<PathBuf>,
}

struct Probe {
    setup: Setup,
    passed: Passed,
}

static PROBE: OnceLock<Probe> = OnceLock::new();

/// Has files tried from now on. Only the first call counts.
pub fn set(setup: Setup) {
    PROBE.get_or_init(|| Probe { passed: Passed::new(setup.notes.clone()), setup });
}

/// Tries a file, told by its identity, unless it passed before.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the child crashed, took too long or too much memory; what the
/// child itself found wrong; [`Cancelled`](crate::model::ErrorKind::Cancelled) where the child was asked to stop.
pub(super) fn check(path: &Path, identity: &str) -> Result<()> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    if probe.passed.contains(identity) {
        return Ok(());
    }
    probe.batch(&[(path, identity.to_owned())])
}

/// Tries many files before they are opened one by one: several children at once, each with several files.
///
/// # Errors
/// As where one is opened, for the first that fails.
pub(crate) fn check_all(paths: &[PathBuf]) -> Result<()> {
    let Some(probe) = PROBE.get() else { return Ok(()) };
    let untried = |path: &PathBuf| {
        // What cannot be opened says so when it is.
        let identity = RandomFile::open(path).ok()?.identity().to_owned();
        (!probe.passed.contains(&identity) && hdf5::detect(path)).then(|| (path.clone(), identity))
    };
    let untried: Vec<(PathBuf, String)> = paths.par_iter().filter_map(untried).collect();
    untried.par_chunks(BATCH).try_for_each(|batch| {
        let batch: Vec<(&Path, String)> = batch.iter().map(|(p, i)| (p.as_path(), i.clone())).collect();
        probe.batch(&batch)
    })
}

impl Probe {
    fn batch(&self, files: &[(&Path, String)]) -> Result<()> {
        let paths: Vec<&Path> = files.iter().map(|(path, _)| *path).collect();
        let found = child::run(&self.setup, &paths);
        self.passed.add(files.iter().take(found.passed).map(|(_, identity)| identity.as_str()));
        found.end
    }
}

/// The child's part: tries each file as opening and first reads would, and writes one line on each.
///
/// # Errors
/// Where nobody listens any more.
pub fn answer(paths: impl IntoIterator<Item = PathBuf>, out: &mut dyn Write) -> std::io::Result<()> {
    for path in paths {
        writeln!(out, "{}", child::line(&path, hdf5::examine(&path)))?;
        out.flush()?;
    }
    Ok(())
}
