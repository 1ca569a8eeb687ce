//! Walks the links of a file and gathers what its groups and datasets say of themselves. Each object stands once, where
//! a hard link first reaches it by name; other links to it, and links that lead nowhere or out of the file's folder,
//! become warnings.

use super::super::probe::Guard;
use super::attrs;
use super::ffi::{self, Creation, Key, ObjectKind};
use super::types::Type;
use crate::model::Attrs;
use hdf5::{Dataset, File, Group, IndexType, IterationOrder, LinkType};
use hdf5_sys::h5d::H5D_layout_t as Layout;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Groups nested deeper than this are left out: no honest file has them.
const DEEPEST: usize = 200;
/// Files that links are followed into; all stay open.
const MOST_FILES: usize = 256;

/// A group as it stands in the file.
pub(super) struct FoundGroup {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) attrs: Attrs,
    pub(super) datasets: Vec<FoundDataset>,
    pub(super) groups: Vec<Self>,
    /// Of every dataset linked here, by name and also where it stands elsewhere: the lengths that no scale names.
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
    /// netCDF's numbers of the dimensions.
    pub(super) dim_ids: Option<Vec<i64>>,
    /// Where its bytes stand in one piece, counted from the start of the file.
    pub(super) offset: Option<u64>,
    created: Option<i64>,
    /// Itself, where it stands in another file.
    pub(super) elsewhere: Option<Dataset>,
}

impl FoundDataset {
    /// The lengths that no scale names. netCDF's own numbers name all of them.
    fn unnamed(&self) -> Vec<usize> {
        if self.scale.is_some() || self.dim_ids.is_some() {
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

/// Walks a file; `guard` says what to leave out.
///
/// # Errors
/// The library's, where the root group itself cannot be read.
pub(super) fn walk(file: &File, path: &Path, guard: &Guard<'_>) -> ffi::Result<Found> {
    guard.object("/");
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let root = file.group("/")?;
    let mut walk = Walk {
        file: file.clone(),
        path,
        within: Vec::new(),
        files: HashMap::from([(path.clone(), file.clone())]),
        guard,
        seen: HashMap::new(),
        unnamed: HashMap::new(),
        referenced: HashMap::new(),
        warnings: Vec::new(),
    };
    let (key, _) = ffi::object(&root, ".")?;
    walk.seen.insert(key, "/".into());
    let root = walk.group(&root, "/".into(), "/".into(), None, 0);
    Ok(Found { root, warnings: walk.warnings })
}

struct Walk<'a> {
    /// That is walked now: the opened one, or one that a link leads into.
    file: File,
    /// Of the opened file, without links.
    path: &'a PathBuf,
    /// The other files by which a link led here.
    within: Vec<PathBuf>,
    files: HashMap<PathBuf, File>,
    guard: &'a Guard<'a>,
    /// Where each object stands.
    seen: HashMap<Key, String>,
    unnamed: HashMap<Key, Vec<usize>>,
    referenced: HashMap<u64, Option<Key>>,
    warnings: Vec<String>,
}

impl Walk<'_> {
    fn group(&mut self, group: &Group, name: String, path: String, created: Option<i64>, depth: usize) -> FoundGroup {
        let attrs = attrs::of(&self.file, group, &path, false, &mut self.warnings);
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
        for (name, info) in links {
            let path = format!("{}/{name}", found.path.trim_end_matches('/'));
            if let Some(why) = self.guard.object(&path) {
                self.warnings.push(format!("{path} is left out: {why}"));
                continue;
            }
            match info.link_type {
                LinkType::External => {
                    let target = ffi::external_target(group, &name).unwrap_or_default();
                    if let Err(why) = self.external_link(&target, &mut found, (name, path.clone()), depth) {
                        let (file, object) = target;
                        self.warnings.push(format!("{path} is a link into another file, {file}:{object}, {why}"));
                    }
                }
                LinkType::Soft => self.soft_link(group, &mut found, &name, path),
                LinkType::Hard => match ffi::object(group, &name) {
                    Ok(object) => self.member(
                        (group, &name.clone()),
                        &mut found,
                        (name, path),
                        object,
                        info.creation_order,
                        depth,
                    ),
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

    /// What a soft link leads to has a hard link elsewhere and is shown there. Its lengths count here too.
    fn soft_link(&mut self, group: &Group, found: &mut FoundGroup, name: &str, path: String) {
        let to = ffi::link_target(group, name).unwrap_or_default();
        let Ok((key, kind)) = ffi::object(group, name) else {
            self.warnings.push(format!("{path} is a link to {to}, which is not there"));
            return;
        };
        self.warnings.push(format!("{path} is a link to {to}, shown there"));
        if kind == ObjectKind::Dataset && !self.unnamed.contains_key(&key) {
            let told = self.warnings.len();
            let dataset = group.dataset(name).and_then(|d| self.dataset(d, name.to_owned(), path, key, None));
            // What there is to say of it is said where it is shown.
            self.warnings.truncate(told);
            self.unnamed.insert(key, dataset.map(|d| d.unnamed()).unwrap_or_default());
        }
        found.unnamed.extend(self.unnamed.get(&key).cloned());
    }

    /// Follows a link into a file of the folder of the one that was opened, or says why not.
    fn external_link(
        &mut self,
        (file, object): &(String, String),
        found: &mut FoundGroup,
        (name, path): (String, String),
        depth: usize,
    ) -> Result<(), String> {
        let here = self.within.last().unwrap_or(self.path).parent().unwrap_or(Path::new(""));
        let target = here.join(file).canonicalize().map_err(|e| format!("which cannot be opened: {e}"))?;
        if !self.path.parent().is_some_and(|folder| target.starts_with(folder)) {
            return Err("which stands outside this file's folder and is not followed; open it by itself".into());
        }
        let opened = match self.files.get(&target) {
            Some(opened) => opened.clone(),
            None if self.files.len() > MOST_FILES => {
                return Err(format!("which is not followed: links lead into more than {MOST_FILES} files"));
            }
            None if !target.is_file() => return Err("which is not a file".into()),
            None => ffi::open(&target, false).map_err(|e| format!("which cannot be opened: {e}"))?,
        };
        // Kept open: the library numbers files anew each time, and objects are known by that number.
        self.files.insert(target.clone(), opened.clone());
        let not_there = |e: hdf5::Error| format!("which is not there: {e}");
        let root = opened.group("/").map_err(not_there)?;
        let (file, _) = ffi::object(&root, ".").map_err(not_there)?.0;
        let object_there = ffi::object(&root, object).map_err(not_there)?;
        if object_there.0.0 != file {
            return Err("which leads on into a third file and is not followed".into());
        }
        let left = (std::mem::replace(&mut self.file, opened), std::mem::take(&mut self.referenced));
        self.within.push(target);
        self.member((&root, object), found, (name, path), object_there, None, depth);
        self.within.pop();
        (self.file, self.referenced) = left;
        Ok(())
    }

    fn member(
        &mut self,
        (group, link): (&Group, &str),
        found: &mut FoundGroup,
        (name, path): (String, String),
        (key, kind): (Key, ObjectKind),
        created: Option<i64>,
        depth: usize,
    ) {
        if kind == ObjectKind::Other {
            return;
        }
        if let Some(first) = self.seen.get(&key) {
            self.warnings.push(format!("{path} is the same object as {first}, shown there"));
            found.unnamed.extend(self.unnamed.get(&key).cloned());
            return;
        }
        self.seen.insert(key, path.clone());
        if kind == ObjectKind::Dataset {
            match group.dataset(link).and_then(|d| self.dataset(d, name, path.clone(), key, created)) {
                Ok(dataset) => {
                    let unnamed = dataset.unnamed();
                    self.unnamed.insert(key, unnamed.clone());
                    found.unnamed.push(unnamed);
                    found.datasets.push(dataset);
                }
                Err(e) => self.warnings.push(format!("{path} cannot be read: {e}")),
            }
        } else if depth >= DEEPEST {
            self.warnings.push(format!("{path} is left out: groups nest deeper than {DEEPEST}"));
        } else {
            match group.group(link) {
                Ok(inner) => found.groups.push(self.group(&inner, name, path, created, depth + 1)),
                Err(e) => self.warnings.push(format!("{path} cannot be opened: {e}")),
            }
        }
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
        // A null dataspace has no cell, not even one.
        let (shape, unlimited) = match space.is_null() {
            true => (vec![0], vec![false]),
            false => (space.shape(), space.maxdims().iter().map(Option::is_none).collect()),
        };
        // netCDF numbers the dimensions of each file by itself.
        let own = self.within.is_empty();
        let numbers = |name| own.then(|| attrs::integers(&self.file, &dataset, name)).flatten();
        let is_scale = attrs::text(&self.file, &dataset, "CLASS").is_some_and(|c| c == "DIMENSION_SCALE");
        let scale = is_scale.then(|| Scale {
            id: numbers("_Netcdf4Dimid").and_then(|v| v.first().copied()),
            only: attrs::text(&self.file, &dataset, "NAME")
                .is_some_and(|n| n.starts_with("This is a netCDF dimension but not a netCDF variable")),
        });
        let dim_ids = numbers("_Netcdf4Coordinates");
        let listed = attrs::dimension_list(&dataset).filter(|l| l.len() == shape.len()).unwrap_or_default();
        let scales = listed.into_iter().map(|reference| self.scale_at(reference?)).collect();
        let creation = Creation::of(&dataset, shape.len())?;
        // Elsewhere the size would be summed over all chunks.
        let contiguous = creation.layout == Layout::H5D_CONTIGUOUS;
        Ok(FoundDataset {
            name,
            key,
            dtype: Type::new(&dataset.dtype()?)?,
            creation,
            attrs: attrs::of(&self.file, &dataset, &path, is_scale, &mut self.warnings),
            dim_ids,
            path,
            shape,
            unlimited,
            scale,
            scales,
            // The library adds the user block even to "nowhere": what takes no space has no place.
            offset: dataset.offset().filter(|_| contiguous && dataset.storage_size() > 0),
            created,
            elsewhere: (!own).then(|| dataset.clone()),
        })
    }

    /// The scale that a reference points to; each is looked up once.
    fn scale_at(&mut self, reference: u64) -> Option<Key> {
        *self.referenced.entry(reference).or_insert_with(|| ffi::referenced(&self.file, reference).ok())
    }
}
