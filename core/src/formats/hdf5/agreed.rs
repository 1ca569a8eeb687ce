//! Which variables need not be compared with the library's reading any more: those that agreed before, in this process or
//! an earlier one, and those whose like agreed in several other files.

use super::super::probe;
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};

/// Files in which a pipeline must have agreed before it is believed in others.
const ENOUGH: usize = 2;

/// The files in which a pipeline agreed.
static FILES: Mutex<Option<HashMap<String, HashSet<String>>>> = Mutex::new(None);

/// One variable of one file, and how it is decoded.
pub(super) struct Agreement<'a> {
    /// The file's.
    pub(super) identity: &'a str,
    /// The variable's path.
    pub(super) path: &'a str,
    /// All that decoding depends on beside the bytes.
    pub(super) pipeline: String,
}

impl Agreement<'_> {
    /// Whether direct and library reading agree.
    pub(super) fn is_known(&self) -> bool {
        let files = FILES.lock().as_ref().and_then(|f| f.get(&self.pipeline)).map_or(0, HashSet::len);
        files >= ENOUGH || probe::is_noted(&self.key())
    }

    /// They do.
    pub(super) fn note(&self) {
        let mut files = FILES.lock();
        let files = files.get_or_insert_default().entry(self.pipeline.clone()).or_default();
        if files.len() < ENOUGH {
            files.insert(self.identity.to_owned());
        }
        probe::note(&self.key());
    }

    /// Another version may decode otherwise.
    fn key(&self) -> String {
        format!("{} {}\0{}\0{}", env!("CARGO_PKG_VERSION"), self.identity, self.path, self.pipeline)
    }
}

#[cfg(test)]
mod tests {
    use super::Agreement;

    #[test]
    fn two_files_speak_for_a_third_and_one_does_not() {
        let of = |identity, pipeline: &str| Agreement { identity, path: "x", pipeline: pipeline.to_owned() };
        of("a", "two files speak").note();
        of("a", "two files speak").note();
        assert!(!of("b", "two files speak").is_known(), "the same file twice is one");
        of("b", "two files speak").note();
        assert!(of("c", "two files speak").is_known());
        assert!(!of("c", "another").is_known());
    }
}
