//! Which files have passed: held in memory, and noted in a file for the next process.

use super::Avoid;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Longer notes than this (some 15,000 files) are begun anew.
const LONGEST: u64 = 256 << 10;

/// Files that have passed, by a hash of their identity, and what to leave alone in each.
pub(super) struct Passed {
    notes: Option<PathBuf>,
    /// `None` until the notes are read.
    known: Mutex<Option<HashMap<u64, Arc<Avoid>>>>,
}

impl Passed {
    pub(super) fn new(notes: Option<PathBuf>) -> Self {
        Self { notes, known: Mutex::new(None) }
    }

    /// What to leave alone in a file that has passed.
    pub(super) fn get(&self, identity: &str) -> Option<Arc<Avoid>> {
        self.known.lock().get_or_insert_with(|| self.read()).get(&hash(identity)).cloned()
    }

    /// Takes a file in that passed in part, for this process alone.
    pub(super) fn add_with(&self, identity: &str, avoid: Avoid) {
        self.known.lock().get_or_insert_with(|| self.read()).insert(hash(identity), Arc::new(avoid));
    }

    /// Takes files in, and notes them. Notes that cannot be written cost the next process another look.
    pub(super) fn add<'a>(&self, identities: impl Iterator<Item = &'a str>) {
        let mut known = self.known.lock();
        let known = known.get_or_insert_with(|| self.read());
        let new = identities.map(hash).filter(|h| known.insert(*h, Arc::default()).is_none());
        let lines: String = new.map(|h| format!("{h:016x}\n")).collect();
        if !lines.is_empty()
            && let Err(e) = self.write(&lines)
        {
            tracing::debug!("which files passed cannot be noted: {e}");
        }
    }

    fn read(&self) -> HashMap<u64, Arc<Avoid>> {
        let text = self.notes.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let numbers = text.lines().filter(|l| l.len() == 16).filter_map(|l| u64::from_str_radix(l, 16).ok());
        numbers.map(|n| (n, Arc::default())).collect()
    }

    fn write(&self, lines: &str) -> std::io::Result<()> {
        let Some(path) = &self.notes else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let long = std::fs::metadata(path).is_ok_and(|m| m.len() > LONGEST);
        let mut file = if long { File::create(path)? } else { File::options().append(true).create(true).open(path)? };
        // In one piece, so that the lines of several processes do not mix.
        file.write_all(lines.as_bytes())
    }
}

fn hash(identity: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    hasher.finish()
}
