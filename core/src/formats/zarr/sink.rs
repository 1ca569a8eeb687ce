//! Writes a dataset as a Zarr store that xarray opens. Sees nothing of where the values come from.

use super::array::Array;
use super::options::{ZarrOptions, ZarrVersion};
use super::written::{Written, group_files};
use crate::events::{Kind, Stamp, record_step};
use crate::formats::journal::{Fingerprint, Journal};
use crate::formats::staging::{Staging, sync_folder, write_error};
use crate::model::{ArraySpec, Attrs, Block, DatasetSpec, Error, Region, Result, Sink, one_shape};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind as Io, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A Zarr store being written.
#[derive(Debug)]
pub struct ZarrSink {
    staging: Staging,
    journal: Journal,
    arrays: HashMap<String, Output>,
    /// The metadata of the root, which is written last.
    root: Vec<(&'static str, Value)>,
    /// Files to reach the disk before the store is shown.
    metadata: Vec<PathBuf>,
    written: AtomicU64,
}

#[derive(Debug)]
enum Output {
    /// Chunks go to their files as they come.
    Chunked(Array),
    /// A coordinate, collected to be written as one chunk, as xarray does: reading it takes one request then.
    Collected(Array, Mutex<Block>),
}

impl ZarrSink {
    /// Prepares a store at `target`, which must not exist; nothing stands there before
    /// [`finish`](Sink::finish).
    ///
    /// A one-dimensional array named as its dimension is written as one chunk, whatever its specification says.
    /// Floats get a `_FillValue` of NaN; a `_FillValue` among the attributes is taken for any type.
    ///
    /// # Errors
    /// [`Exists`](crate::model::ErrorKind::Exists) where something stands at the target,
    /// [`NotFound`](crate::model::ErrorKind::NotFound) where its folder is not there,
    /// [`Io`](crate::model::ErrorKind::Io) where that cannot be written,
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for a specification that contradicts itself.
    pub fn create(target: &Path, spec: DatasetSpec, options: ZarrOptions) -> Result<Box<dyn Sink>> {
        Self::create_as(target, spec, options, &Fingerprint::default(), false)
    }

    /// As [`ZarrSink::create`], with a journal of what is complete under this fingerprint. Where `resume` is set, goes on
    /// with what a killed writer of the same fingerprint left, and leaves what is written so far when dropped before
    /// [`finish`](Sink::finish).
    ///
    /// # Errors
    /// As [`ZarrSink::create`], and [`Invalid`](crate::model::ErrorKind::Invalid) where the fingerprint is another.
    pub(crate) fn create_as(
        target: &Path,
        spec: DatasetSpec,
        options: ZarrOptions,
        fingerprint: &Fingerprint,
        resume: bool,
    ) -> Result<Box<dyn Sink>> {
        let DatasetSpec { attrs, groups, arrays } = spec;
        check(&groups, &arrays).map_err(|e| e.at(target))?;
        let mut root = group_files(&attrs, options.version);
        let mut consolidated = Map::new();
        if options.version == ZarrVersion::V2 {
            consolidated.extend(root.iter().map(|(file, json)| ((*file).to_owned(), json.clone())));
        }
        let mut outputs = HashMap::new();
        let mut files = Vec::new();
        for (path, attrs) in &groups {
            for (file, json) in group_files(attrs, options.version) {
                let key = format!("{path}/{file}");
                let shown = if options.version == ZarrVersion::V3 { path.clone() } else { key.clone() };
                consolidated.insert(shown, json.clone());
                files.push((key, json));
            }
        }
        for mut array in arrays {
            let is_coordinate = array.is_coordinate();
            if is_coordinate {
                array.chunks = array.shape.iter().map(|&n| n.max(1)).collect();
                array.shards = None;
            }
            let made = Written::new(&array, options).map_err(|e| e.at(target))?;
            for (file, json) in made.files {
                let key = format!("{}/{file}", array.name);
                let shown = if options.version == ZarrVersion::V3 { array.name.clone() } else { key.clone() };
                consolidated.insert(shown, json.clone());
                files.push((key, json));
            }
            let output = if is_coordinate {
                let cells = array.shape.iter().product();
                let empty = made.array.fill.cells(made.array.pipeline.element(), cells);
                Output::Collected(made.array, Mutex::new(Block::new(array.shape.clone(), empty)?))
            } else {
                Output::Chunked(made.array)
            };
            outputs.insert(array.name, output);
        }
        consolidate(&mut root, consolidated, options.version);

        let (staging, journal) = match if resume { Staging::resume(target)? } else { None } {
            Some(left) => {
                let journal = Journal::resume(&left.journal(), fingerprint).map_err(|e| e.at(target))?;
                (left, journal)
            }
            None => {
                let mut staging = Staging::begin(target)?;
                let journal = Journal::begin(&staging.journal(), fingerprint)?;
                if resume {
                    staging.keep();
                }
                (staging, journal)
            }
        };
        let (metadata, written) = (Vec::new(), AtomicU64::new(0));
        let mut sink = Self { staging, journal, arrays: outputs, root, metadata, written };
        for (key, json) in files {
            sink.put_json(&key, &json)?;
        }
        Ok(Box::new(sink))
    }

    fn put_json(&mut self, key: &str, json: &Value) -> Result<()> {
        let text = serde_json::to_string_pretty(json).map_err(|e| Error::internal(format!("{key}: {e}")))?;
        self.put(key, text.as_bytes())?;
        self.metadata.push(self.staging.content().join(key));
        Ok(())
    }

    /// Writes one file of the store.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let path = self.staging.content().join(key);
        let created = File::create(&path).or_else(|e| match (e.kind(), path.parent()) {
            (Io::NotFound, Some(folder)) => fs::create_dir_all(folder).and_then(|()| File::create(&path)),
            _ => Err(e),
        });
        created
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|e| write_error(format_args!("write {key} ({} bytes)", bytes.len()), &e, &path))?;
        self.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Writes the files that a region of an array covers, from a part of a block.
    fn put_region(&self, array: &Array, region: &Region, block: &Block, part: &Region) -> Result<()> {
        for cell in region.chunks(&array.grid, &array.shape) {
            let key = array.key(&cell);
            // Where a task was stopped half way, its first chunks stand already.
            if self.journal.holds(self.staging.content(), &key) {
                continue;
            }
            let started = Stamp::now();
            let packed = array.packed(&cell, block, &cell.relative_to(region).moved_by(part))?;
            let length = packed.as_ref().map_or(0, Vec::len) as u64;
            record_step(Kind::Encode, "", &started, cell_bytes(block, &cell), length);
            if let Some(bytes) = &packed {
                let started = Stamp::now();
                self.put(&key, bytes)?;
                record_step(Kind::Write, "", &started, length, length);
            }
            self.journal.add(&key, packed.map(|bytes| bytes.len() as u64)).map_err(|e| e.at(self.staging.target()))?;
        }
        Ok(())
    }
}

impl Sink for ZarrSink {
    fn write_part(&self, array: &str, region: &Region, block: &Block, part: &Region) -> Result<()> {
        let output =
            self.arrays.get(array).ok_or_else(|| Error::internal(format!("{array} is not part of the output")))?;
        let (Output::Chunked(target) | Output::Collected(target, _)) = output;
        let within = |e: Error| e.within(format_args!("cannot write {array}"));
        region.check(&target.shape).map_err(within)?;
        one_shape(region, block, part).map_err(within)?;
        match output {
            Output::Collected(_, values) => values.lock().paste(region, block, part).map_err(within),
            Output::Chunked(target) => {
                let fits = region.0.iter().zip(&target.grid).zip(&target.shape).all(|((span, cell), size)| {
                    span.start.is_multiple_of(*cell) && (span.end().is_multiple_of(*cell) || span.end() == *size)
                });
                if !fits {
                    let message = format!("{region:?} does not consist of whole chunks of {:?}", target.grid);
                    return Err(within(Error::internal(message)));
                }
                self.put_region(target, region, block, part).map_err(within)
            }
        }
    }

    fn annotate(&mut self, array: &str, name: &str, text: &str) -> Result<()> {
        let known = |e: &str| Error::internal(format!("{e} of {array} are not among those of the store"));
        let second = self.root.iter().any(|(file, _)| *file == ".zmetadata");
        let key = format!("{array}/{}", if second { ".zattrs" } else { "zarr.json" });
        let all = self.root.iter_mut().find_map(|(file, json)| match *file {
            ".zmetadata" => json.get_mut("metadata"),
            _ => json.pointer_mut("/consolidated_metadata/metadata"),
        });
        let own = all.and_then(|all| all.get_mut(if second { key.as_str() } else { array }));
        let own = own.ok_or_else(|| known("metadata"))?;
        let attrs = if second { Some(&mut *own) } else { own.get_mut("attributes") };
        let attrs = attrs.and_then(Value::as_object_mut).ok_or_else(|| known("attributes"))?;
        attrs.insert(name.to_owned(), Value::String(text.to_owned()));
        let json = own.clone();
        self.put_json(&key, &json)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        for output in self.arrays.values() {
            if let Output::Collected(array, values) = output {
                let values = values.lock();
                let all = Region::all(values.shape());
                self.put_region(array, &all, &values, &all)?;
            }
        }
        for (file, json) in std::mem::take(&mut self.root) {
            self.put_json(file, &json)?;
        }
        for path in &self.metadata {
            File::open(path).and_then(|f| f.sync_all()).map_err(|e| write_error("sync the metadata", &e, path))?;
        }
        sync_folder(self.staging.content());
        self.staging.publish()
    }

    fn bytes_written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn holds(&self, array: &str, region: &Region) -> bool {
        let Some(Output::Chunked(target)) = self.arrays.get(array) else { return false };
        region.chunks(&target.grid, &target.shape).all(|c| self.journal.holds(self.staging.content(), &target.key(&c)))
    }

    fn scratch(&self) -> Option<PathBuf> {
        Some(self.staging.folder().to_path_buf())
    }
}

/// Bytes that a part of a block takes.
fn cell_bytes(block: &Block, cell: &Region) -> u64 {
    let all: usize = block.shape().iter().product();
    (block.bytes() / all.max(1) * cell.cells()) as u64
}

/// Puts the metadata of all arrays into that of the root, so that opening reads one file. zarr-python loses members of a
/// group that do not stand together among those of their depth.
fn consolidate(root: &mut Vec<(&'static str, Value)>, arrays: Map<String, Value>, version: ZarrVersion) {
    let place = |key: &str| {
        let path = if version == ZarrVersion::V3 { key } else { key.rsplit_once('/').map_or("", |(path, _)| path) };
        (path.matches('/').count(), path.rsplit_once('/').map(|(group, _)| group.to_owned()))
    };
    let mut members: Vec<(String, Value)> = arrays.into_iter().collect();
    members.sort_by_cached_key(|(key, _)| place(key));
    let arrays: Map<String, Value> = members.into_iter().collect();
    match (version, root.first_mut()) {
        (ZarrVersion::V3, Some((_, Value::Object(group)))) => {
            let inline = json!({"kind": "inline", "must_understand": false, "metadata": arrays});
            group.insert("consolidated_metadata".to_owned(), inline);
        }
        _ => root.push((".zmetadata", json!({"metadata": arrays, "zarr_consolidated_format": 1}))),
    }
}

/// Checks what no array can tell alone: names, and one length for each dimension of a group.
fn check(groups: &[(String, Attrs)], arrays: &[ArraySpec]) -> Result<()> {
    let mut sizes: HashMap<(&str, &str), usize> = HashMap::new();
    let mut names: Vec<&str> = groups.iter().map(|(path, _)| path.as_str()).collect();
    for array in arrays {
        let (group, last) = array.place();
        let invalid = |why: String| Err(Error::invalid(format!("cannot write \"{}\": {why}", array.name)));
        let folders = group.split('/').filter(|_| !group.is_empty()).chain([last]);
        if folders.into_iter().any(|n| n.is_empty() || n.starts_with('.') || n.contains('\\') || n == "zarr.json") {
            return invalid("the name cannot be that of a folder".to_owned());
        }
        if !group.is_empty() && groups.iter().all(|(path, _)| path != group) {
            return invalid(format!("there is no group {group}"));
        }
        if names.contains(&array.name.as_str()) {
            return invalid("there are two arrays of that name".to_owned());
        }
        names.push(&array.name);
        if array.dims.len() != array.shape.len() {
            return invalid(format!("{} dimensions for a shape of {:?}", array.dims.len(), array.shape));
        }
        for (dim, &size) in array.dims.iter().zip(&array.shape) {
            let known = *sizes.entry((group, dim)).or_insert(size);
            if known != size {
                return invalid(format!("dimension {dim} has length {size} here and {known} in another array"));
            }
        }
    }
    Ok(())
}
