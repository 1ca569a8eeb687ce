//! The headers of all files, read at once, with the labels in which each differs from the first one named.

use super::super::time;
use super::labels::Labels;
use crate::cf::WRITTEN_TIMES;
use crate::formats;
use crate::model::{Attrs, Group, Region, Result, Source, VariableMeta};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Variables of more cells are taken to be equal in all files.
const COMPARED_CELLS: usize = 4096;

/// What is kept of a file.
pub(super) struct Head {
    pub(super) path: PathBuf,
    pub(super) format: &'static str,
    pub(super) identity: String,
    pub(super) root: Arc<Group>,
    pub(super) warnings: Vec<String>,
    /// Labels by the path of their variable; of all files but the first, those alone that differ from the first's.
    pub(super) labels: BTreeMap<String, Labels>,
    /// Variables without a differing dimension whose values are not those of the first file.
    pub(super) unequal: BTreeSet<String>,
    /// Attributes that are not those of the first file: `/tos: title`.
    pub(super) attrs_differ: BTreeSet<String>,
}

/// Whether this is the coordinate variable of its dimension.
pub(super) fn is_coordinate(var: &VariableMeta) -> bool {
    var.dims.len() == 1 && var.dims.first() == Some(&var.name)
}

/// The variables that label dimensions: coordinate variables, and dates written as letters where `Time` has none.
pub(super) fn labelling(root: &Group) -> impl Iterator<Item = &VariableMeta> {
    root.walk().flat_map(|group| {
        let own = group.variables.iter().any(|v| v.name == "Time" && is_coordinate(v));
        let written = group.variables.iter().find(|v| !own && time::is_written(v)).map(|v| &v.name);
        group.variables.iter().filter(move |v| is_coordinate(v) || Some(&v.name) == written)
    })
}

/// The dimension that a labelling variable of this path labels, with the path of its group and a slash before it.
pub(super) fn labelled(path: &str) -> (&str, &str) {
    let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
    (group, if WRITTEN_TIMES.contains(&name) { "Time" } else { name })
}

/// Reads all headers. At least one path.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Head>> {
    let Some((first_path, rest)) = paths.split_first() else { return Ok(Vec::new()) };
    formats::probe::check_all(paths)?;
    let source = formats::open(first_path)?;
    let mut first = head(first_path, source.as_ref());
    let root = Arc::clone(&first.root);
    for var in labelling(&root) {
        match Labels::read(source.as_ref(), var) {
            Ok(labels) => drop(first.labels.insert(var.path.clone(), labels)),
            Err(error) => first.warnings.push(format!("{}: labels left aside: {error}", var.path)),
        }
    }
    let others: Vec<Head> = rest.par_iter().map(|path| other(path, &first, source.as_ref())).collect::<Result<_>>()?;
    Ok(std::iter::once(first).chain(others).collect())
}

fn head(path: &Path, source: &dyn Source) -> Head {
    let info = source.info();
    Head {
        path: path.to_path_buf(),
        format: info.format,
        identity: info.identity.clone(),
        root: Arc::new(info.root.clone()),
        warnings: info.warnings.clone(),
        labels: BTreeMap::new(),
        unequal: BTreeSet::new(),
        attrs_differ: BTreeSet::new(),
    }
}

fn other(path: &Path, first: &Head, first_source: &dyn Source) -> Result<Head> {
    let source = formats::open(path)?;
    let mut it = head(path, source.as_ref());
    if it.root == first.root {
        // Thousands of files with one header need it once.
        it.root = Arc::clone(&first.root);
    }
    let root = Arc::clone(&it.root);
    let all = || root.walk().flat_map(|g| &g.variables);
    for var in labelling(&root) {
        let Ok(labels) = Labels::read(source.as_ref(), var) else { continue };
        if first.labels.get(&var.path).is_none_or(|l| l.meaning != labels.meaning) {
            it.labels.insert(var.path.clone(), labels);
        }
    }
    let moving: BTreeSet<&str> = it.labels.keys().map(|p| labelled(p).1).collect();
    for var in all() {
        let Some(same) = first.root.variable(&var.path) else { continue };
        attributes(&var.attrs, &same.attrs, &var.path, &mut it.attrs_differ);
        let still = var.dims.iter().all(|d| !moving.contains(d.as_str()));
        if still && var.shape == same.shape && var.cells() <= COMPARED_CELLS && !is_coordinate(var) {
            let region = Region::all(&var.shape);
            let pair = (source.read(&var.path, &region), first_source.read(&var.path, &region));
            // As text, so that a NaN equals a NaN.
            if matches!(&pair, (Ok(a), Ok(b)) if a != b && format!("{a:?}") != format!("{b:?}")) {
                it.unequal.insert(var.path.clone());
            }
        }
    }
    attributes(&it.root.attrs, &first.root.attrs, "global", &mut it.attrs_differ);
    Ok(it)
}

fn attributes(a: &Attrs, b: &Attrs, of: &str, into: &mut BTreeSet<String>) {
    for (name, value) in a.iter() {
        if b.get(name).is_none_or(|v| v != value && v.to_json() != value.to_json()) {
            into.insert(format!("{of}: {name}"));
        }
    }
    into.extend(b.iter().filter(|(name, _)| a.get(name).is_none()).map(|(name, _)| format!("{of}: {name}")));
}
