//! Which groups and arrays stand right below which, out of the keys of a store that cannot be listed by folder.

use super::MARKERS;
use std::collections::{BTreeMap, BTreeSet};

/// Names of the groups and arrays right below each group, sorted.
#[derive(Debug, Default)]
pub(super) struct Listing(BTreeMap<String, BTreeSet<String>>);

impl Listing {
    /// Notes the groups that a key of metadata stands in; chunks, of which there may be millions, are passed over.
    pub(super) fn note(&mut self, key: &str) {
        let Some((mut node, file)) = key.rsplit_once('/') else { return };
        if !MARKERS.contains(&file) && file != ".zattrs" {
            return;
        }
        loop {
            let (parent, name) = node.rsplit_once('/').unwrap_or(("", node));
            if !self.0.entry(parent.to_owned()).or_default().insert(name.to_owned()) || parent.is_empty() {
                return;
            }
            node = parent;
        }
    }

    /// What stands right below a group.
    pub(super) fn below(&self, group: &str) -> Vec<String> {
        self.0.get(group.trim_matches('/')).into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Listing;

    #[test]
    fn groups_come_from_the_keys_of_metadata() {
        let mut listing = Listing::default();
        for key in ["zarr.json", "b/x/zarr.json", "b/x/c/0/0", "a/.zarray", "b/y/.zattrs", "a/0.0", "b/x/zarr.json"] {
            listing.note(key);
        }
        assert_eq!(listing.below(""), ["a", "b"]);
        assert_eq!(listing.below("/b/"), ["x", "y"]);
        assert_eq!(listing.below("b/x"), Vec::<String>::new());
    }
}
