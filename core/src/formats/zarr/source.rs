//! A Zarr store as a [`Source`]: the tree of groups for people, the arrays for reading.

use super::array::{Array, Shards};
use super::hierarchy::{Hierarchy, Node};
use super::json;
use super::nczarr;
use super::ome;
use super::record;
use super::store::Store;
use super::tree::{Grown, Tree};
use crate::model::{Block, Error, Member, Region, Result, Source, SourceInfo};
use std::collections::HashMap;
use std::path::Path;

/// An open store.
#[derive(Debug)]
pub(super) struct ZarrSource {
    pub(super) info: SourceInfo,
    store: Store,
    /// Arrays by path without a slash in front; numbers within their elements by `path.name`.
    pub(super) arrays: HashMap<String, Array>,
    shards: Shards,
    /// Coordinates that metadata implies, by path.
    implied: HashMap<String, Block>,
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
        let mut levels = ome::levels(&hierarchy.nodes);
        for (path, node) in hierarchy.nodes {
            if path.split('/').any(|part| part == "..") {
                warnings.push(format!("/{path} is left out: it lies outside the store"));
                continue;
            }
            match (node.describe(&path), node) {
                (None, Node::Group(attrs)) => {
                    let mut attrs = json::attrs(&attrs);
                    nczarr::tidy(&mut attrs);
                    tree.group(&path, attrs);
                }
                (Some(Ok(described)), _) => tree.array(described, levels.remove(&path)),
                (Some(Err(e)), _) => warnings.push(format!("/{path} cannot be read: {e}")),
                (None, _) => {}
            }
        }
        let Grown { root, arrays, implied, warnings: more } = tree.grow(path);
        warnings.extend(more);
        let place = std::fs::canonicalize(path).unwrap_or_else(|_unresolvable| path.to_path_buf());
        let info = SourceInfo {
            format: if hierarchy.version == 3 { "zarr3" } else { "zarr2" },
            path: path.display().to_string(),
            identity: format!("{}: {} {}", place.display(), hierarchy.stamp, store.identity()),
            root,
            warnings,
        };
        Ok(Self { info, store, arrays, shards: Shards::default(), implied })
    }
}

impl Source for ZarrSource {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let relative = path.trim_start_matches('/');
        if let Some(block) = self.implied.get(relative) {
            let read = region.check(block.shape()).and_then(|()| block.slice(region));
            return read.map_err(|e| e.within(format_args!("variable {path}")).at(&self.info.path));
        }
        let array = self
            .arrays
            .get(relative)
            .ok_or_else(|| Error::not_found(format!("there is no variable {path}")).at(&self.info.path))?;
        array.read(&self.store, &self.shards, region).map_err(|e| e.at(&self.info.path))
    }

    fn readable(&self, path: &str) -> Result<()> {
        let array = self.arrays.get(path.trim_start_matches('/'));
        let known = array.map_or(Ok(()), |array| array.pipeline.known());
        known.map_err(|e| e.within(format_args!("variable {path}")).at(&self.info.path))
    }

    fn fields(&self, path: &str) -> Vec<Member> {
        let path = path.trim_start_matches('/');
        let numbers = self.arrays.get(path).map(|array| record::numbers(array.pipeline.element()));
        let own = |name: &String| self.info.root.variable(&format!("/{path}.{name}")).is_none();
        let numbers = numbers.into_iter().flatten().filter(|(name, _)| own(name));
        numbers.map(|(name, e)| Member { name, dtype: e.dtype(), lengths: Vec::new() }).collect()
    }
}
