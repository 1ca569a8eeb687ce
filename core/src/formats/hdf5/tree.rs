//! Walks the links of a file and gathers what its groups and datasets say of themselves. A dataset stands under each name
//! that leads to it, a group once, where a hard link first reaches it by name; other links to it and links that lead nowhere
//! become warnings. Links into other files are followed within the folder.

use super::super::probe::Guard;
use super::attrs;
use super::elsewhere::{Elsewhere, Home, Place};
use super::ffi::{self, Creation, Key, ObjectKind};
use super::types::Type;
use crate::model::Attrs;
use hdf5::{Dataset, File, Group, IndexType, IterationOrder, LinkType};
use hdf5_sys::h5d::H5D_layout_t as Layout;
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::Arc;

/// Groups nested deeper than this are left out: no honest file has them.
const DEEPEST: usize = 200;

/// The dimension, of length 0, of a dataset that was made without any dataspace (`h5py.Empty`).
const NULL_DIM: &str = "null_dataspace";

/// A group as it stands in the file.
pub(super) struct FoundGroup {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) attrs: Attrs,
    pub(super) datasets: Vec<FoundDataset>,
    pub(super) groups: Vec<Self>,
    /// Of every dataset linked here: the lengths that no scale names.
    pub(super) unnamed: Vec<Vec<usize>>,
    created: Option<i64>,
}

/// A dataset as it stands in the file.
pub(super) struct FoundDataset {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) key: Key,
    pub(super) dtype: Type,
    pub(super) shape: Vec<usize>,
    /// Whether each dimension can grow without bound.
    pub(super) unlimited: Vec<bool>,
    pub(super) creation: Creation,
    pub(super) attrs: Attrs,
    pub(super) scale: Option<Scale>,
    /// For each dimension, its scale; empty where none was attached.
    pub(super) scales: Vec<Option<Key>>,
    /// Names of the dimensions, where the file tells them in a way of its own.
    pub(super) named: Option<Vec<String>>,
    /// netCDF's numbers of the dimensions.
    pub(super) dim_ids: Option<Vec<i64>>,
    /// Where its bytes stand in one piece, counted from the start of the file.
    pub(super) offset: Option<u64>,
    /// The file it stands in where that is another one, and its path there.
    pub(super) home: Option<Arc<Home>>,
    pub(super) inside: String,
    /// Whether it stands under another name too, where it was found first.
    pub(super) again: bool,
    created: Option<i64>,
}

impl FoundDataset {
    /// The lengths that no scale names. netCDF's own numbers name all of them.
    pub(super) fn unnamed(&self) -> Vec<usize> {
        if self.named.is_some() || self.scale.is_some() || self.dim_ids.is_some() {
            return Vec::new();
        }
        let scale = |axis: usize| self.scales.get(axis).copied().flatten();
        self.shape.iter().enumerate().filter(|(axis, _)| scale(*axis).is_none()).map(|(_, &n)| n).collect()
    }
}

/// What makes a dataset a dimension.
pub(super) struct Scale {
    /// netCDF's number of the dimension.
    pub(super) id: Option<i64>,
    /// Whether it is nothing but a dimension.
    pub(super) only: bool,
}

/// All that a file holds, and what could not be read.
pub(super) struct Found {
    pub(super) root: FoundGroup,
    pub(super) warnings: Vec<String>,
}

/// Walks the file at `path`; `guard` says what to leave out.
///
/// # Errors
/// The library's, where the root group itself cannot be read.
pub(super) fn walk(file: &File, path: &Path, guard: &Guard<'_>) -> ffi::Result<Found> {
    guard.object("/");
    let root = file.group("/")?;
    let first = Place::first(file, path);
    let mut walk = Walk {
        elsewhere: Elsewhere::new(first.clone()),
        place: first,
        guard,
        seen: HashMap::new(),
        referenced: HashMap::new(),
        warnings: Vec::new(),
    };
    let (key, _) = ffi::object(&root, c".")?;
    walk.seen.insert(key, "/".into());
    let root = walk.group(&root, "/".into(), "/".into(), None, 0);
    Ok(Found { root, warnings: walk.warnings })
}

struct Walk<'a> {
    place: Place,
    elsewhere: Elsewhere,
    guard: &'a Guard<'a>,
    /// Where each object stands.
    seen: HashMap<Key, String>,
    referenced: HashMap<u64, Option<Key>>,
    warnings: Vec<String>,
}

impl Walk<'_> {
    fn group(&mut self, group: &Group, name: String, path: String, created: Option<i64>, depth: usize) -> FoundGroup {
        let attrs = attrs::of(&self.place.file, group, &path, false, &mut self.warnings);
        let mut found =
            FoundGroup { name, path, attrs, datasets: Vec::new(), groups: Vec::new(), unnamed: Vec::new(), created };
        let mut links = Vec::new();
        let visited = group.iter_visit(IndexType::Name, IterationOrder::Increasing, |name, info| {
            links.push((name.to_owned(), info));
            Ok(())
        });
        if let Err(e) = visited {
            self.warnings.push(format!("group {} cannot be listed: {e}", found.path));
        }
        for (position, (name, info)) in links.into_iter().enumerate() {
            let named = ffi::link_name(group, &name, position);
            let Ok((name, at)) = named else {
                self.warnings.push(format!("a link named {name} of {} cannot be read", found.path));
                continue;
            };
            let path = format!("{}/{name}", found.path.trim_end_matches('/'));
            if let Some(why) = self.guard.object(&path) {
                self.warnings.push(format!("{path} is left out: {why}"));
                continue;
            }
            match info.link_type {
                LinkType::External => {
                    let (file, object) = ffi::external_target(group, &at).unwrap_or_default();
                    let (link, order) = ((name, path.clone()), info.creation_order);
                    if let Err(why) = self.external((&file, &object), &mut found, link, order, depth) {
                        self.warnings.push(format!("{path} is a link into another file, {file}:{object}, {why}"));
                    }
                }
                LinkType::Soft => self.soft_link((group, &at), &mut found, (name, path), info.creation_order),
                LinkType::Hard => match ffi::object(group, &at) {
                    Ok(object) => {
                        let shown = name.clone();
                        self.member((group, &shown), &mut found, (name, path), object, info.creation_order, depth);
                    }
                    Err(e) => self.warnings.push(format!("{path} cannot be opened: {e}")),
                },
            }
        }
        // As written, where the file tells.
        if found.datasets.iter().all(|d| d.created.is_some()) {
            found.datasets.sort_by_key(|d| d.created);
        }
        if found.groups.iter().all(|g| g.created.is_some()) {
            found.groups.sort_by_key(|g| g.created);
        }
        found
    }

    /// A dataset stands under each name that leads to it, a group under the first.
    fn soft_link(
        &mut self,
        (group, at): (&Group, &CStr),
        found: &mut FoundGroup,
        (name, path): (String, String),
        created: Option<i64>,
    ) {
        let to = ffi::link_target(group, at).unwrap_or_default();
        match ffi::object(group, at) {
            Ok((key, ObjectKind::Dataset)) => {
                let shown = name.clone();
                self.again((group, &shown), found, (name, path), key, created);
            }
            Ok(_) => self.warnings.push(format!("{path} is a link to {to}, shown there")),
            Err(_) => self.warnings.push(format!("{path} is a link to {to}, which is not there")),
        }
    }

    /// Takes in a dataset under a further name. What there is to say of it is said at the first.
    fn again(
        &mut self,
        (group, at): (&Group, &str),
        found: &mut FoundGroup,
        (name, path): (String, String),
        key: Key,
        created: Option<i64>,
    ) {
        let told = self.warnings.len();
        let dataset = self.open(group, at, key).and_then(|d| self.dataset(d, name, path, key, created));
        self.warnings.truncate(told);
        if let Ok(dataset) = dataset {
            found.unnamed.push(dataset.unnamed());
            found.datasets.push(FoundDataset { again: true, ..dataset });
        }
    }

    /// What stands in another file is shown where the link is; says why where it is not.
    fn external(
        &mut self,
        (file, object): (&str, &str),
        found: &mut FoundGroup,
        (name, path): (String, String),
        created: Option<i64>,
        depth: usize,
    ) -> Result<(), String> {
        let place = self.elsewhere.follow(&self.place, (file, object), &path)?;
        let at = object.trim_matches('/');
        let at = if at.is_empty() { "." } else { at };
        let not_there = |e: hdf5::Error| format!("which is not there: {e}");
        let root = place.file.group("/").map_err(not_there)?;
        let ((home, _), _) = ffi::object(&root, c".").map_err(not_there)?;
        let target = CString::new(at).map_err(|e| format!("which is no name: {e}"))?;
        let target = ffi::object(&root, &target).map_err(not_there)?;
        if target.0.0 != home {
            return Err("which leads on into a third file and is not followed".to_owned());
        }
        let before = std::mem::replace(&mut self.place, place);
        let referenced = std::mem::take(&mut self.referenced);
        self.member((&root, at), found, (name, path), target, created, depth);
        (self.place, self.referenced) = (before, referenced);
        Ok(())
    }

    /// Takes in what stands in a group under the name `at`.
    fn member(
        &mut self,
        (group, at): (&Group, &str),
        found: &mut FoundGroup,
        (name, path): (String, String),
        (key, kind): (Key, ObjectKind),
        created: Option<i64>,
        depth: usize,
    ) {
        if kind == ObjectKind::Other {
            return;
        }
        match (self.seen.get(&key), kind) {
            (Some(_), ObjectKind::Dataset) => return self.again((group, at), found, (name, path), key, created),
            (Some(first), _) => {
                self.warnings.push(format!("{path} is the same object as {first}, shown there"));
                return;
            }
            (None, _) => {}
        }
        self.seen.insert(key, path.clone());
        if kind == ObjectKind::Dataset {
            match self.open(group, at, key).and_then(|d| self.dataset(d, name, path.clone(), key, created)) {
                Ok(dataset) => {
                    found.unnamed.push(dataset.unnamed());
                    found.datasets.push(dataset);
                }
                Err(e) => self.warnings.push(format!("{path} cannot be read: {e}")),
            }
        } else if depth >= DEEPEST {
            self.warnings.push(format!("{path} is left out: groups nest deeper than {DEEPEST}"));
        } else {
            match group.group(at).or_else(|e| ffi::group_at(&self.place.file, key).or(Err(e))) {
                Ok(inner) => found.groups.push(self.group(&inner, name, path, created, depth + 1)),
                Err(e) => self.warnings.push(format!("{path} cannot be opened: {e}")),
            }
        }
    }

    /// The dataset of a name; by its place where that is no UTF-8.
    fn open(&self, group: &Group, at: &str, key: Key) -> ffi::Result<Dataset> {
        group.dataset(at).or_else(|e| ffi::dataset_at(&self.place.file, key).or(Err(e)))
    }

    fn dataset(
        &mut self,
        dataset: Dataset,
        name: String,
        path: String,
        key: Key,
        created: Option<i64>,
    ) -> ffi::Result<FoundDataset> {
        let space = dataset.space()?;
        // A null dataspace has no cell, not even one, and no dimension that others might share.
        let (mut shape, mut unlimited) = match space.is_null() {
            true => (vec![0], vec![false]),
            false => (space.shape(), space.maxdims().iter().map(Option::is_none).collect::<Vec<_>>()),
        };
        let is_scale = attrs::text(&self.place.file, &dataset, "CLASS").is_some_and(|c| c == "DIMENSION_SCALE");
        // Numbers of dimensions are those of a file.
        let elsewhere = self.place.is_elsewhere();
        let scale = is_scale.then(|| Scale {
            id: attrs::integers(&self.place.file, &dataset, "_Netcdf4Dimid")
                .and_then(|v| v.first().copied())
                .filter(|_| !elsewhere),
            only: attrs::text(&self.place.file, &dataset, "NAME")
                .is_some_and(|n| n.starts_with("This is a netCDF dimension but not a netCDF variable")),
        });
        let listed = attrs::dimension_list(&dataset).filter(|l| l.len() == shape.len()).unwrap_or_default();
        let mut scales: Vec<_> = listed.into_iter().map(|reference| self.scale_at(reference?)).collect();
        let mut creation = Creation::of(&dataset, shape.len())?;
        let dtype = Type::new(&dataset.dtype()?)?.peeled();
        shape.extend(&dtype.lengths);
        unlimited.resize(shape.len(), false);
        creation.chunk.iter_mut().for_each(|c| c.extend(&dtype.lengths));
        let null_dim = |axis| if axis == 0 { NULL_DIM.to_owned() } else { format!("{NULL_DIM}_{axis}") };
        let named = space.is_null().then(|| (0..shape.len()).map(null_dim).collect());
        if !scales.is_empty() {
            scales.resize(shape.len(), None);
        }
        let mut attrs = attrs::of(&self.place.file, &dataset, &path, is_scale, &mut self.warnings);
        if let Some(time) = dtype.time() {
            time.say(&mut attrs);
        }
        // Elsewhere the size would be summed over all chunks.
        let contiguous = creation.layout == Layout::H5D_CONTIGUOUS;
        Ok(FoundDataset {
            name,
            key,
            dtype,
            creation,
            attrs,
            dim_ids: attrs::integers(&self.place.file, &dataset, "_Netcdf4Coordinates").filter(|_| !elsewhere),
            home: self.place.home.clone(),
            inside: self.place.inside(&path),
            path,
            shape,
            unlimited,
            scale,
            scales,
            named,
            // The library adds the user block even to "nowhere": what takes no space has no place.
            offset: dataset.offset().filter(|_| contiguous && dataset.storage_size() > 0),
            again: false,
            created,
        })
    }

    /// The scale that a reference points to; each is looked up once.
    fn scale_at(&mut self, reference: u64) -> Option<Key> {
        *self.referenced.entry(reference).or_insert_with(|| ffi::referenced(&self.place.file, reference).ok())
    }
}
