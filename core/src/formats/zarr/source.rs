//! A Zarr store as a [`Source`]: the tree of groups for people, the arrays for reading.

use super::array::{Array, Shards};
use super::dims::{Namer, Shaped};
use super::hierarchy::{Hierarchy, Node};
use super::json;
use super::metadata::Described;
use super::store::Store;
use crate::model::{Block, Error, Group, Region, Result, Source, SourceInfo, Tier, VariableMeta};
use std::collections::HashMap;
use std::path::Path;

/// An open store.
#[derive(Debug)]
pub(super) struct ZarrSource {
    pub(super) info: SourceInfo,
    store: Store,
    /// Arrays by path without a slash in front.
    pub(super) arrays: HashMap<String, Array>,
    shards: Shards,
}

impl ZarrSource {
    /// Opens the store in a folder, whose root may be a group or a single array.
    ///
    /// # Errors
    /// As [`Hierarchy::read`].
    pub(super) fn open(path: &Path) -> Result<Self> {
        let store = Store::open_at(path)?;
        let hierarchy = Hierarchy::read(&store)?;
        let mut warnings = hierarchy.warnings;
        let mut tree = Tree::default();
        for (path, node) in hierarchy.nodes {
            if path.split('/').any(|part| part == "..") {
                warnings.push(format!("/{path} is left out: it lies outside the store"));
                continue;
            }
            match (node.describe(&path), node) {
                (None, Node::Group(attrs)) => tree.group(&path).attrs = json::attrs(&attrs),
                (Some(Ok(described)), _) => tree.array(described),
                (Some(Err(e)), _) => warnings.push(format!("/{path} cannot be read: {e}")),
                (None, _) => {}
            }
        }
        let (root, arrays, more) = tree.finish(path);
        warnings.extend(more);
        let place = std::fs::canonicalize(path).unwrap_or_else(|_unresolvable| path.to_path_buf());
        let info = SourceInfo {
            format: if hierarchy.version == 3 { "zarr3" } else { "zarr2" },
            path: path.display().to_string(),
            identity: format!("{}: {} {}", place.display(), hierarchy.stamp, store.identity()),
            root,
            warnings,
        };
        Ok(Self { info, store, arrays, shards: Shards::default() })
    }
}

impl Source for ZarrSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let array = self
            .arrays
            .get(path.trim_start_matches('/'))
            .ok_or_else(|| Error::not_found(format!("there is no variable {path}")).at(&self.info.path))?;
        array.read(&self.store, &self.shards, region).map_err(|e| e.at(&self.info.path))
    }
}

/// Groups and arrays on their way to a tree.
#[derive(Debug, Default)]
struct Tree {
    root: Branch,
}

/// One group with what lies right below it, in order of appearance.
#[derive(Debug, Default)]
struct Branch {
    attrs: crate::model::Attrs,
    arrays: Vec<Described>,
    groups: Vec<(String, Self)>,
}

impl Tree {
    /// The group of a path, made where it is not there yet: a store may leave groups out of its metadata.
    fn group(&mut self, path: &str) -> &mut Branch {
        let mut branch = &mut self.root;
        for part in path.split('/').filter(|p| !p.is_empty()) {
            let at = branch.groups.iter().position(|(name, _)| name == part).unwrap_or_else(|| {
                branch.groups.push((part.to_owned(), Branch::default()));
                branch.groups.len() - 1
            });
            branch = &mut branch.groups[at].1;
        }
        branch
    }

    fn array(&mut self, described: Described) {
        let parent = described.array.path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let branch = self.group(&parent);
        if !branch.arrays.iter().any(|other| other.array.path == described.array.path) {
            branch.arrays.push(described);
        }
    }

    /// The tree for people, the arrays by path, and what was assumed. `store` names an array that is the root itself.
    fn finish(self, store: &Path) -> (Group, HashMap<String, Array>, Vec<String>) {
        let mut arrays = HashMap::new();
        let mut namer = Namer::default();
        let root_name = store.file_stem().map_or_else(|| "array".to_owned(), |n| n.to_string_lossy().into_owned());
        let root = self.root.finish("/", "", &root_name, &mut namer, &mut arrays);
        (root, arrays, namer.warnings)
    }
}

impl Branch {
    fn finish(
        self,
        name: &str,
        path: &str,
        root_name: &str,
        namer: &mut Namer,
        arrays: &mut HashMap<String, Array>,
    ) -> Group {
        let names: Vec<String> = self
            .arrays
            .iter()
            .map(|d| match d.array.path.rsplit('/').next() {
                Some("") | None => root_name.to_owned(),
                Some(name) => name.to_owned(),
            })
            .collect();
        let shaped: Vec<Shaped<'_>> = self
            .arrays
            .iter()
            .zip(&names)
            .map(|(d, name)| Shaped { path: &d.array.path, name, shape: &d.array.shape, given: &d.dims })
            .collect();
        let (dims, dim_names) = namer.group(&shaped);
        let mut group = Group {
            name: name.to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { format!("/{path}") },
            attrs: self.attrs,
            dims,
            ..Group::default()
        };
        for ((described, name), dims) in self.arrays.into_iter().zip(names).zip(dim_names) {
            let variable_path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            namer.warnings.extend(described.warnings.iter().map(|w| format!("/{variable_path}: {w}")));
            let mut array = described.array;
            array.shown = format!("/{variable_path}");
            group.variables.push(VariableMeta {
                name,
                path: array.shown.clone(),
                dtype: array.pipeline.element().dtype(),
                dims,
                shape: array.shape.clone(),
                chunks: Some(array.chunks.clone()),
                shards: array.sharding.is_some().then(|| array.grid.clone()),
                filters: described.filters,
                fill_value: array.fill.stated.clone(),
                tier: Tier::Direct,
                attrs: described.attrs,
            });
            arrays.insert(variable_path, array);
        }
        for (name, branch) in self.groups {
            let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            let below = branch.finish(&name, &path, root_name, namer, arrays);
            group.groups.push(below);
        }
        group
    }
}
