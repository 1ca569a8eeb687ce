//! The first look at a file happens in a child process where a format's library may crash, spin or take all memory on
//! damaged bytes. What the child died of is left alone here and said in a warning or an error; the rest is read.
//!
//! The program says once how such a child is started ([`set`]); without that, as in tests, nothing is tried. Files that
//! passed are known by path, length and time of change, in this process and, where notes are kept, in the next; so is what
//! else was found out about them (`note`).

mod child;
mod guard;
mod passed;
#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say why they skip")]
mod tests;

pub(super) use guard::{Avoid, Guard};

use super::file::RandomFile;
use super::hdf5;
use crate::model::{Error, ErrorKind, Result};
use child::End;
use passed::Passed;
use rayon::prelude::*;
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Files that one child tries. Starting it is then small beside its work, and its command line short on any system.
const BATCH: usize = 32;

/// How a child that tries files is started.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program: this one, whose [`answer`] the child gives.
    pub program: PathBuf,
    /// Its arguments before those for [`answer`].
    pub args: Vec<OsString>,
    /// Most time for the library to open one file; a third of it for each object within, and half of it for starting
    /// again without what the child died of.
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
    PROBE.get_or_init(|| Probe::new(setup));
}

/// Tries a file, told by its identity, unless it passed before; gives what to leave alone in it.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) where the child crashed, took too long or too much memory; what the child itself
/// found wrong; [`Cancelled`](ErrorKind::Cancelled) where the child was asked to stop.
pub(super) fn check(path: &Path, identity: &str) -> Result<Arc<Avoid>> {
    let Some(probe) = PROBE.get() else { return Ok(Arc::default()) };
    if let Some(avoid) = probe.passed.get(identity) {
        return Ok(avoid);
    }
    probe.batch(&[(path.to_path_buf(), identity.to_owned())])?;
    Ok(probe.passed.get(identity).unwrap_or_default())
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
        (probe.passed.get(&identity).is_none() && hdf5::detect(path)).then(|| (path.clone(), identity))
    };
    let untried: Vec<(PathBuf, String)> = paths.par_iter().filter_map(untried).collect();
    untried.par_chunks(BATCH).try_for_each(|batch| probe.batch(batch))
}

/// Whether something was found to be so, by this process or, where notes are kept, an earlier one. `fact` names the file
/// by its identity.
pub(super) fn is_noted(fact: &str) -> bool {
    PROBE.get().is_some_and(|probe| probe.passed.get(fact).is_some())
}

/// Notes something that stays so as long as the file is the same.
pub(super) fn note(fact: &str) {
    if let Some(probe) = PROBE.get() {
        probe.passed.add(std::iter::once(fact));
    }
}

impl Probe {
    fn new(setup: Setup) -> Self {
        Self { passed: Passed::new(setup.notes.clone()), setup }
    }

    /// Tries files until one is refused. Without a child nothing is known against any.
    fn batch(&self, mut files: &[(PathBuf, String)]) -> Result<()> {
        while !files.is_empty() {
            let paths: Vec<&Path> = files.iter().map(|(path, _)| path.as_path()).collect();
            let mut ends = child::run(&self.setup, &Avoid::default(), &paths);
            let last = ends.pop_if(|end| !matches!(end, End::Said(Ok(()))));
            self.passed.add(files.iter().take(ends.len()).map(|(_, identity)| identity.as_str()));
            files = files.get(ends.len()..).unwrap_or_default();
            match (last, files.split_first()) {
                (Some(End::Said(Err(error))), _) => return Err(error),
                (Some(End::Died(error, at)), Some(((path, identity), rest))) => {
                    self.passed.add_with(identity, self.around(path, error, at)?);
                    files = rest;
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// Tries a file again, without what the child died of, until one comes through.
    fn around(&self, path: &Path, mut error: Error, mut at: Option<String>) -> Result<Avoid> {
        let until = Instant::now() + self.setup.patience / 2;
        let mut avoid = Avoid::default();
        loop {
            let more = error.kind() != ErrorKind::Cancelled && Instant::now() < until;
            if !more || !at.is_some_and(|key| avoid.add(key, error.message())) {
                return Err(error);
            }
            match child::run(&self.setup, &avoid, &[path]).pop() {
                Some(End::Died(next, place)) => (error, at) = (next, place),
                Some(End::Said(end)) => return end.map(|()| avoid),
                None => return Ok(avoid),
            }
        }
    }
}

/// The child's part: tries each file as opening and first reads would, and writes a line on each step and each end.
/// `args` are those that stand behind the setup's own.
///
/// # Errors
/// Where nobody listens any more.
pub fn answer(mut args: impl Iterator<Item = OsString>, out: &mut dyn Write) -> std::io::Result<()> {
    let count = args.next().and_then(|n| n.to_str()?.parse().ok()).unwrap_or(0);
    let avoid = Avoid::of_keys(args.by_ref().take(count).map(|key| key.to_string_lossy().into_owned()));
    let out = RefCell::new(out);
    let tell = |line: &str| {
        let mut out = out.borrow_mut();
        writeln!(out, "{line}").and_then(|()| out.flush())
    };
    // Nobody listens any more: the line on the file says so.
    let step = |key: &str| drop(tell(&child::step(key)));
    args.map(PathBuf::from).try_for_each(|path| {
        let end = hdf5::examine(&path, &Guard::telling(&avoid, &step));
        tell(&child::line(&path, end))
    })
}
