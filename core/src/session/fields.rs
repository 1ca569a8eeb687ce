//! Numbers within records and complex numbers as variables of their own: `stations.lat`, `impedance.imag`. The structure
//! shown stays the file's; the fields stand beside their variable where values are asked for.

use crate::model::{Attrs, Block, Group, Region, Result, Source, SourceInfo, VariableMeta};
use std::sync::Arc;

/// The source with a variable for each numeric field; itself where there is none.
pub(super) fn unfold(source: Arc<dyn Source>) -> Arc<dyn Source> {
    let mut info = source.info().clone();
    if add(&*source, &mut info.root) { Arc::new(Unfolded { inner: source, info }) } else { source }
}

/// Adds the fields of all variables below a group. Says whether there were any.
fn add(source: &dyn Source, group: &mut Group) -> bool {
    let mut found = Vec::new();
    for var in &group.variables {
        for (field, dtype) in source.fields(&var.path) {
            let (name, path) = (format!("{}.{field}", var.name), format!("{}.{field}", var.path));
            if group.variables.iter().all(|other| other.name != name) {
                // Units and masks of a record are those of none of its fields.
                let attrs = Attrs::default();
                found.push(VariableMeta { name, path, dtype, fill_value: None, attrs, ..var.clone() });
            }
        }
    }
    let mut any = !found.is_empty();
    group.variables.extend(found);
    for child in &mut group.groups {
        any |= add(source, child);
    }
    any
}

struct Unfolded {
    inner: Arc<dyn Source>,
    info: SourceInfo,
}

impl Source for Unfolded {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        self.inner.read(path, region)
    }

    fn notices(&self) -> Vec<String> {
        self.inner.notices()
    }

    fn format_of(&self, path: &str) -> &'static str {
        self.inner.format_of(path)
    }

    fn decodes_chunks(&self, path: &str) -> bool {
        self.inner.decodes_chunks(path)
    }

    fn seams(&self, path: &str) -> Option<(usize, Vec<usize>)> {
        self.inner.seams(path)
    }

    fn stored_bytes(&self, path: &str) -> Option<u64> {
        self.inner.stored_bytes(path)
    }
}
