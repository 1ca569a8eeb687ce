//! From the arrays of a store, in any order, to the tree of groups that people see. Reads no files.

use super::array::Array;
use super::dims::{Namer, Shaped};
use super::metadata::Described;
use super::ome::Level;
use crate::model::{AttrValue, Attrs, Block, Data, Group, Tier, VariableMeta};
use std::collections::HashMap;
use std::path::Path;

/// Groups and arrays on their way to a tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Branch,
}

/// A tree, and what its variables read from.
#[derive(Debug, Default)]
pub(super) struct Grown {
    pub(super) root: Group,
    /// Arrays by path without a slash in front; numbers within their elements by `path.name`.
    pub(super) arrays: HashMap<String, Array>,
    /// Coordinates that the metadata implies, by path.
    pub(super) implied: HashMap<String, Block>,
    /// What was assumed, one line each.
    pub(super) warnings: Vec<String>,
}

/// One group with what lies right below it, in order of appearance.
#[derive(Debug, Default)]
struct Branch {
    attrs: Attrs,
    arrays: Vec<(Described, Option<Level>)>,
    groups: Vec<(String, Self)>,
}

impl Tree {
    /// Sets the attributes of a group.
    pub(super) fn group(&mut self, path: &str, attrs: Attrs) {
        self.branch(path).attrs = attrs;
    }

    /// Adds an array, which may be a level of an image.
    pub(super) fn array(&mut self, mut described: Described, level: Option<Level>) {
        let level = level.filter(|level| level.dims(described.array.shape.len()).is_some());
        if let Some(level) = &level
            && !level.channels().is_empty()
        {
            described.attrs.set("channel_names", AttrValue::Texts(level.channels().to_vec()));
        }
        if let Some(level) = &level
            && described.dims.iter().all(Option::is_none)
        {
            described.dims = level.dims(described.array.shape.len()).unwrap_or_default();
        }
        let parent = described.array.path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let branch = self.branch(&parent);
        if !branch.arrays.iter().any(|(other, _)| other.array.path == described.array.path) {
            branch.arrays.push((described, level));
        }
    }

    /// The group of a path, made where it is not there yet: a store may leave groups out of its metadata.
    fn branch(&mut self, path: &str) -> &mut Branch {
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

    /// The tree for people. `store` names an array that is the root itself.
    pub(super) fn grow(self, store: &Path) -> Grown {
        let mut grown = Grown::default();
        let mut namer = Namer::default();
        let root_name = store.file_stem().map_or_else(|| "array".to_owned(), |n| n.to_string_lossy().into_owned());
        let root_name = root_name.strip_suffix(".zarr").unwrap_or(&root_name);
        grown.root = self.root.grow("/", "", root_name, &mut namer, &mut grown);
        let parts = |(path, array): (&String, &Array)| -> Vec<(String, Array)> {
            array.parts().into_iter().map(|(name, part)| (format!("{path}.{name}"), part)).collect()
        };
        let parts: Vec<_> = grown.arrays.iter().flat_map(parts).collect();
        for (path, part) in parts {
            // A variable that has this name itself comes first.
            grown.arrays.entry(path).or_insert(part);
        }
        grown.warnings.extend(namer.into_warnings());
        grown
    }
}

impl Branch {
    fn grow(self, name: &str, path: &str, root_name: &str, namer: &mut Namer, grown: &mut Grown) -> Group {
        let within = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let name_of = |d: &Described| match d.array.path.rsplit('/').next() {
            Some("") | None => root_name.to_owned(),
            Some(name) => name.to_owned(),
        };
        let names: Vec<String> = self.arrays.iter().map(|(d, _)| name_of(d)).collect();
        let shaped = self.arrays.iter().zip(&names).map(|((d, level), name)| Shaped {
            path: &d.array.path,
            name,
            shape: &d.array.shape,
            given: &d.dims,
            level: level.is_some(),
        });
        let (dims, dim_names) = namer.group(&shaped.collect::<Vec<_>>());
        let mut group = Group {
            name: name.to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { format!("/{path}") },
            attrs: self.attrs,
            dims,
            ..Group::default()
        };
        let mut levels = Vec::new();
        for (((described, level), name), dims) in self.arrays.into_iter().zip(names).zip(dim_names) {
            let variable_path = within(&name);
            grown.warnings.extend(described.warnings.iter().map(|w| format!("/{variable_path}: {w}")));
            let mut array = described.array;
            array.shown = format!("/{variable_path}");
            levels.extend(level.map(|level| (level, dims.clone())));
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
            grown.arrays.insert(variable_path, array);
        }
        for (level, dims) in levels {
            for (d, dim) in dims.iter().enumerate() {
                let size = group.dims.iter().find(|known| known.name == *dim).map_or(0, |known| known.size);
                let taken = group.variables.iter().any(|v| v.name == *dim) || self.groups.iter().any(|(n, _)| n == dim);
                if let Some((data, attrs)) = level.coordinate(d, size).filter(|_| !taken) {
                    let path = within(dim);
                    group.variables.push(implied(dim, &path, &data, attrs));
                    grown.implied.extend(Block::new(vec![size], data).ok().map(|block| (path, block)));
                }
            }
        }
        for (name, branch) in self.groups {
            let below = branch.grow(&name, &within(&name), root_name, namer, grown);
            group.groups.push(below);
        }
        group
    }
}

/// A coordinate that stands in no file.
fn implied(dim: &str, path: &str, data: &Data, mut attrs: Attrs) -> VariableMeta {
    attrs.set("comment", AttrValue::Text("from the OME-Zarr metadata of the image".to_owned()));
    VariableMeta {
        name: dim.to_owned(),
        path: format!("/{path}"),
        dtype: data.dtype(),
        dims: vec![dim.to_owned()],
        shape: vec![data.len()],
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Direct,
        attrs,
    }
}
