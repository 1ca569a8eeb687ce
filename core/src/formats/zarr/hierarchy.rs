//! Which groups and arrays a store holds: from consolidated metadata where there is some, else by listing folders.
//! Never lists the folder of an array, which may hold millions of chunks.

use super::json;
use super::metadata::Described;
use super::store::Store;
use crate::model::{Error, Result};
use serde_json::{Map, Value};

/// A group or an array with its metadata.
#[derive(Debug)]
pub(super) enum Node {
    /// A group and its attributes.
    Group(Map<String, Value>),
    /// A v2 array and its attributes.
    ArrayV2(Map<String, Value>, Map<String, Value>),
    /// A v3 array.
    ArrayV3(Map<String, Value>),
}

/// All nodes of a store.
#[derive(Debug)]
pub(super) struct Hierarchy {
    pub(super) version: u8,
    /// Nodes by path from the root, without a slash in front, parents first. The root's path is empty.
    pub(super) nodes: Vec<(String, Node)>,
    pub(super) warnings: Vec<String>,
    /// Changes when the metadata files read do.
    pub(super) stamp: String,
}

/// Groups within groups, at most: a store that links to itself must end somewhere.
const DEPTH: usize = 32;

impl Node {
    /// The array, `None` for a group.
    pub(super) fn describe(&self, path: &str) -> Option<Result<Described>> {
        match self {
            Self::Group(_) => None,
            Self::ArrayV2(meta, attrs) => Some(Described::v2(path, meta, attrs)),
            Self::ArrayV3(meta) => Some(Described::v3(path, meta)),
        }
    }
}

/// Collects nodes while it walks.
struct Walk<'a> {
    store: &'a Store,
    nodes: Vec<(String, Node)>,
    warnings: Vec<String>,
    /// Count, total length and latest change of the metadata files.
    files: (usize, u64, u128),
    /// Folders without metadata that may still be looked into.
    bare: usize,
}

/// Folders without metadata that are looked into, at most.
const MOST_BARE: usize = 256;

impl Hierarchy {
    /// Reads the metadata of a store.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the root's metadata is broken,
    /// [`NotFound`](crate::model::ErrorKind::NotFound) where there is none,
    /// [`Io`](crate::model::ErrorKind::Io) where it cannot be read.
    pub(super) fn read(store: &Store) -> Result<Self> {
        let mut walk = Walk { store, nodes: Vec::new(), warnings: Vec::new(), files: (0, 0, 0), bare: MOST_BARE };
        let version = if let Some(root) = walk.metadata("zarr.json")? {
            walk.v3(root)?;
            3
        } else {
            walk.v2()?;
            2
        };
        let (count, bytes, nanos) = walk.files;
        let stamp = format!("{count} files, {bytes} bytes, changed {nanos}");
        Ok(Self { version, nodes: walk.nodes, warnings: walk.warnings, stamp })
    }
}

impl Walk<'_> {
    /// The object in a metadata file, `None` where there is no such file.
    fn metadata(&mut self, key: &str) -> Result<Option<Map<String, Value>>> {
        let Some(bytes) = self.store.get(key)? else { return Ok(None) };
        if let Some((len, nanos)) = self.store.stamp(key) {
            self.files = (self.files.0 + 1, self.files.1 + len, self.files.2.max(nanos));
        }
        json::object(&bytes).map(Some).map_err(|e| e.within(key).at(self.store.file(key)))
    }

    fn v3(&mut self, mut root: Map<String, Value>) -> Result<()> {
        let consolidated = root.shift_remove("consolidated_metadata");
        let node = node_v3(root).map_err(|e| e.within("zarr.json").at(self.store.root()))?;
        let is_group = matches!(node, Node::Group(_));
        self.nodes.push((String::new(), node));
        let inline = consolidated.as_ref().and_then(|c| c.get("metadata")).and_then(Value::as_object);
        match inline {
            Some(inline) => {
                for (path, meta) in inline {
                    match meta.as_object().cloned().map(node_v3) {
                        Some(Ok(node)) => self.nodes.push((path.trim_matches('/').to_owned(), node)),
                        Some(Err(e)) => self.warnings.push(format!("/{path} is left out: {e}")),
                        None => self.warnings.push(format!("/{path} is left out: its metadata is no object")),
                    }
                }
            }
            None if is_group => self.list("", 3, 0)?,
            None => {}
        }
        Ok(())
    }

    fn v2(&mut self) -> Result<()> {
        match self.metadata(".zmetadata") {
            // References as kerchunk writes them to parquet: no chunk stands here.
            Ok(Some(consolidated)) if consolidated.get("record_size").is_some() => {
                let what = "references in parquet files cannot be read";
                return Err(Error::unsupported(what).hint("write them as one JSON file").at(self.store.root()));
            }
            Ok(Some(consolidated)) => {
                if let Some(Value::Object(all)) = consolidated.get("metadata") {
                    self.consolidated_v2(all);
                    return Ok(());
                }
                self.warnings.push(".zmetadata holds no metadata; the folders were listed instead".to_owned());
            }
            Ok(None) => {}
            Err(e) => self.warnings.push(format!("{e}; the folders were listed instead")),
        }
        let Some(node) = self.node_v2("")? else {
            let error = Error::not_found("no zarr.json, .zgroup or .zarray in the folder");
            return Err(error.hint("open the folder that holds one of them").at(self.store.root()));
        };
        let is_group = matches!(node, Node::Group(_));
        self.nodes.push((String::new(), node));
        if is_group { self.list("", 2, 0) } else { Ok(()) }
    }

    /// Nodes of `{"a/.zarray": …, "a/.zattrs": …, ".zgroup": …}`.
    fn consolidated_v2(&mut self, all: &Map<String, Value>) {
        let none = Map::new();
        let object = |key: String| all.get(&key).and_then(Value::as_object);
        let mut nodes: Vec<(String, Node)> = Vec::new();
        for (key, meta) in all {
            let (path, file) = key.rsplit_once('/').unwrap_or(("", key));
            let attrs = object(if path.is_empty() { ".zattrs".to_owned() } else { format!("{path}/.zattrs") });
            let attrs = attrs.unwrap_or(&none).clone();
            match (file, meta.as_object()) {
                (".zgroup", _) => nodes.push((path.to_owned(), Node::Group(attrs))),
                (".zarray", Some(meta)) => nodes.push((path.to_owned(), Node::ArrayV2(meta.clone(), attrs))),
                (".zarray", None) => self.warnings.push(format!("/{path} is left out: its metadata is no object")),
                _ => {}
            }
        }
        if !nodes.iter().any(|(path, _)| path.is_empty()) {
            nodes.push((String::new(), Node::Group(object(".zattrs".to_owned()).unwrap_or(&none).clone())));
        }
        // Parents first, otherwise as written.
        nodes.sort_by_key(|(path, _)| if path.is_empty() { 0 } else { 1 + path.matches('/').count() });
        self.nodes = nodes;
    }

    /// The nodes in the folders below a group.
    fn list(&mut self, group: &str, version: u8, depth: usize) -> Result<()> {
        if depth >= DEPTH {
            self.warnings.push(format!("groups below /{group} are left out: nested more than {DEPTH} deep"));
            return Ok(());
        }
        for name in self.store.folders(group)? {
            let path = if group.is_empty() { name } else { format!("{group}/{name}") };
            let found = if version == 3 {
                self.metadata(&format!("{path}/zarr.json")).and_then(|meta| meta.map(node_v3).transpose())
            } else {
                self.node_v2(&path)
            };
            match found {
                Ok(Some(node)) => {
                    let is_group = matches!(node, Node::Group(_));
                    self.nodes.push((path.clone(), node));
                    if is_group {
                        self.list(&path, version, depth + 1)?;
                    }
                }
                // Writers of v2 may leave out the metadata of groups in between.
                Ok(None) if self.bare > 0 => {
                    self.bare -= 1;
                    self.list(&path, version, depth + 1)?;
                }
                Ok(None) => {}
                Err(e) => self.warnings.push(format!("/{path} is left out: {e}")),
            }
        }
        Ok(())
    }

    /// The v2 node in one folder, `None` where there is none.
    fn node_v2(&mut self, path: &str) -> Result<Option<Node>> {
        let key = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let array = self.metadata(&key(".zarray"))?;
        if array.is_none() && self.store.get(&key(".zgroup"))?.is_none() {
            return Ok(None);
        }
        let attrs = match self.metadata(&key(".zattrs")) {
            Ok(attrs) => attrs.unwrap_or_default(),
            Err(e) => {
                self.warnings.push(format!("/{path} opens without its attributes: {e}"));
                Map::new()
            }
        };
        Ok(Some(match array {
            Some(meta) => Node::ArrayV2(meta, attrs),
            None => Node::Group(attrs),
        }))
    }
}

fn node_v3(mut meta: Map<String, Value>) -> Result<Node> {
    if meta.get("zarr_format").and_then(Value::as_u64) != Some(3) {
        return Err(Error::corrupt("zarr_format is not 3"));
    }
    match meta.get("node_type").and_then(Value::as_str) {
        Some("array") => Ok(Node::ArrayV3(meta)),
        Some("group") => match meta.shift_remove("attributes") {
            Some(Value::Object(attrs)) => Ok(Node::Group(attrs)),
            _ => Ok(Node::Group(Map::new())),
        },
        _ => Err(Error::corrupt("node_type is neither array nor group")),
    }
}
