//! What a library must not be asked for in a file, as found out by children that did, and who is told of each step.

use std::collections::BTreeMap;

/// A file with more places than this where the library fails is refused as a whole.
const MOST: usize = 16;

/// Objects and values that are left alone, by their key, and why.
#[derive(Debug, Default, Clone)]
pub(in crate::formats) struct Avoid(BTreeMap<String, String>);

impl Avoid {
    /// What a child is told to leave alone.
    pub(super) fn of_keys(keys: impl IntoIterator<Item = String>) -> Self {
        Self(keys.into_iter().map(|key| (key, String::new())).collect())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Leaves one more alone; `false` where that helps nobody: without the root there is no file.
    pub(super) fn add(&mut self, key: String, why: &str) -> bool {
        let new = key != self::key('o', "/") && self.0.len() < MOST && !self.0.contains_key(&key);
        if new {
            self.0.insert(key, why.to_owned());
        }
        new
    }
}

/// Stands before each question to the library.
pub(in crate::formats) struct Guard<'a> {
    avoid: &'a Avoid,
    /// Is told of each question, so that it is known which was the last.
    step: Option<&'a dyn Fn(&str)>,
}

impl<'a> Guard<'a> {
    pub(in crate::formats) fn new(avoid: &'a Avoid) -> Self {
        Self { avoid, step: None }
    }

    pub(super) fn telling(avoid: &'a Avoid, step: &'a dyn Fn(&str)) -> Self {
        Self { avoid, step: Some(step) }
    }

    /// Why a group or dataset must not be opened, if it must not.
    pub(in crate::formats) fn object(&self, path: &str) -> Option<&'a str> {
        self.ask('o', path)
    }

    /// Why the values of a dataset must not be read, if they must not.
    pub(in crate::formats) fn values(&self, path: &str) -> Option<&'a str> {
        self.ask('v', path)
    }

    fn ask(&self, what: char, path: &str) -> Option<&'a str> {
        if self.step.is_none() && self.avoid.0.is_empty() {
            return None;
        }
        let key = key(what, path);
        let why = self.avoid.0.get(&key);
        if let (None, Some(step)) = (why, self.step) {
            step(&key);
        }
        why.map(String::as_str)
    }
}

/// One line, whatever stands in the name.
fn key(what: char, path: &str) -> String {
    format!("{what} {}", path.escape_debug())
}
