//! Which files of a store are complete, told in a file beside them: the successor of a killed writer reads it and goes on.
//! Knows no format.
//!
//! The first line is the fingerprint as JSON; then comes a line for each file: its length, a tab, its key. The length of
//! a file that need not be there is `-`. A line is added once its file is written, so a torn last line costs one file.

use super::staging::write_error;
use crate::model::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

/// What must be the same for half a result to be completed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Fingerprint {
    /// Paths of the sources, and what changes when their content does.
    pub(crate) sources: Vec<(String, String)>,
    /// Differs once the steps, the layout or the codec do.
    pub(crate) plan: String,
}

/// A journal being written.
#[derive(Debug)]
pub(crate) struct Journal {
    file: Mutex<File>,
    /// What an earlier writer has completed.
    done: HashMap<String, Option<u64>>,
}

impl Journal {
    /// Begins a journal.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io) where it cannot be written.
    pub(crate) fn begin(path: &Path, fingerprint: &Fingerprint) -> Result<Self> {
        let failed = |e| write_error("write the journal", &e, path);
        let mut file = File::create(path).map_err(failed)?;
        file.write_all(format!("{}\n", fingerprint.json()).as_bytes()).map_err(failed)?;
        Ok(Self { file: Mutex::new(file), done: HashMap::new() })
    }

    /// Goes on with the journal of an earlier writer.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) where that one wrote something else, [`Io`](ErrorKind::Io).
    pub(crate) fn resume(path: &Path, fingerprint: &Fingerprint) -> Result<Self> {
        let text = fs::read(path).map_err(|e| Error::io("read the journal", &e).at(path))?;
        let text = String::from_utf8_lossy(&text);
        // What follows the last end of line is torn.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let mut lines = whole.lines();
        match lines.next() {
            // Killed before it had begun.
            None => return Self::begin(path, fingerprint),
            Some(first) => fingerprint.compare(first)?,
        }
        let done = lines
            .filter_map(|line| {
                let (length, key) = line.split_once('\t')?;
                let length = if length == "-" { None } else { Some(length.parse().ok()?) };
                Some((key.to_owned(), length))
            })
            .collect();
        let failed = |e| write_error("go on with the journal", &e, path);
        let file = File::options().append(true).open(path).map_err(failed)?;
        file.set_len(whole.len() as u64).map_err(failed)?;
        Ok(Self { file: Mutex::new(file), done })
    }

    /// Tells that a file of so many bytes is written, or that none need be.
    ///
    /// # Errors
    /// [`Io`](ErrorKind::Io).
    pub(crate) fn add(&self, key: &str, length: Option<u64>) -> Result<()> {
        let length = length.map_or_else(|| "-".to_owned(), |n| n.to_string());
        let line = format!("{length}\t{key}\n");
        self.file.lock().write_all(line.as_bytes()).map_err(|e| {
            let hint = "free some space or choose another disk";
            Error::new(ErrorKind::Io, format!("cannot write the journal: {e}")).hint(hint)
        })
    }

    /// Whether an earlier writer has completed the file of this key, and it still is as long, in the store at `store`.
    pub(crate) fn holds(&self, store: &Path, key: &str) -> bool {
        match self.done.get(key) {
            Some(Some(length)) => fs::metadata(store.join(key)).is_ok_and(|m| m.len() == *length),
            Some(None) => true,
            None => false,
        }
    }
}

impl Fingerprint {
    fn json(&self) -> Value {
        let sources: serde_json::Map<String, Value> =
            self.sources.iter().map(|(path, identity)| (path.clone(), identity.as_str().into())).collect();
        json!({"graticule": env!("CARGO_PKG_VERSION"), "sources": sources, "plan": self.plan})
    }

    fn compare(&self, line: &str) -> Result<()> {
        let refuse =
            |what: String| Err(Error::invalid(format!("cannot resume: {what}")).hint("export anew, without --resume"));
        let Ok(found) = serde_json::from_str::<Value>(line) else { return refuse("the journal is damaged".to_owned()) };
        let ours = self.json();
        if found.get("graticule") != ours.get("graticule") {
            return refuse("another version of the program began it".to_owned());
        }
        for (path, identity) in &self.sources {
            let known = found.get("sources").and_then(|s| s.get(path)).and_then(Value::as_str);
            if known != Some(identity) {
                return refuse(match known {
                    Some(_) => format!("{path} has changed since"),
                    None => format!("{path} was not read then"),
                });
            }
        }
        if found == ours {
            Ok(())
        } else {
            refuse("the variables, steps, chunks or codec are others than then".to_owned())
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Fingerprint, Journal};
    use std::fs;

    #[test]
    fn a_torn_line_costs_one_file_and_another_plan_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let print = Fingerprint { sources: vec![("a.nc".into(), "1".into())], plan: "p".into() };
        let journal = Journal::begin(&path, &print).unwrap();
        fs::write(dir.path().join("one"), "123").unwrap();
        for (key, length) in [("one", Some(3)), ("short", Some(9)), ("none", None)] {
            journal.add(key, length).unwrap();
        }
        drop(journal);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole, &b"3\ttor"[..]].concat()).unwrap();
        let journal = Journal::resume(&path, &print).unwrap();
        let held = ["one", "short", "none", "tor", "torn"].map(|key| journal.holds(dir.path(), key));
        assert_eq!(held, [true, false, true, false, false]);
        assert_eq!(fs::read(&path).unwrap(), whole);

        let refused = |print: &Fingerprint| Journal::resume(&path, print).unwrap_err().to_string();
        let other = Fingerprint { plan: "q".into(), ..print.clone() };
        assert!(refused(&other).contains("steps, chunks or codec are others"), "{}", refused(&other));
        let other = Fingerprint { sources: vec![("a.nc".into(), "2".into())], ..print.clone() };
        assert!(refused(&other).contains("a.nc has changed"), "{}", refused(&other));
        fs::write(&path, "{\"half").unwrap();
        assert!(!Journal::resume(&path, &print).unwrap().holds(dir.path(), "one"));
    }
}
