//! Writes a dataset as a Zarr store that xarray opens. Sees nothing of where the values come from.

use super::array::Array;
use super::options::{ZarrOptions, ZarrVersion};
use super::written::{Written, group_files};
use crate::formats::staging::{Staging, sync_folder, write_error};
use crate::model::{ArraySpec, Block, DatasetSpec, Error, Region, Result, Sink};
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
        let DatasetSpec { attrs, arrays } = spec;
        check(&arrays).map_err(|e| e.at(target))?;
        let mut root = group_files(&attrs, options.version);
        let mut consolidated = Map::new();
        if options.version == ZarrVersion::V2 {
            consolidated.extend(root.iter().map(|(file, json)| ((*file).to_owned(), json.clone())));
        }
        let mut outputs = HashMap::new();
        let mut files = Vec::new();
        for mut array in arrays {
            let is_coordinate = array.dims.len() == 1 && array.dims.first() == Some(&array.name);
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

        let staging = Staging::begin(target)?;
        let mut sink = Self { staging, arrays: outputs, root, metadata: Vec::new(), written: AtomicU64::new(0) };
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

    /// Writes the files that a region of an array covers.
    fn put_region(&self, array: &Array, region: &Region, block: &Block) -> Result<()> {
        for cell in region.chunks(&array.grid, &array.shape) {
            if let Some(bytes) = array.packed(&cell, block, &cell.relative_to(region))? {
                self.put(&array.key(&cell), &bytes)?;
            }
        }
        Ok(())
    }
}

impl Sink for ZarrSink {
    fn write(&self, array: &str, region: &Region, block: &Block) -> Result<()> {
        let output =
            self.arrays.get(array).ok_or_else(|| Error::internal(format!("{array} is not part of the output")))?;
        let (Output::Chunked(target) | Output::Collected(target, _)) = output;
        let within = |e: Error| e.within(format_args!("cannot write {array}"));
        region.check(&target.shape).map_err(within)?;
        if block.shape() != region.shape() {
            let message = format!("values of shape {:?} for a region of {:?}", block.shape(), region.shape());
            return Err(within(Error::internal(message)));
        }
        match output {
            Output::Collected(_, values) => {
                values.lock().paste(region, block, &Region::all(block.shape())).map_err(within)
            }
            Output::Chunked(target) => {
                let fits = region.0.iter().zip(&target.grid).zip(&target.shape).all(|((span, cell), size)| {
                    span.start.is_multiple_of(*cell) && (span.end().is_multiple_of(*cell) || span.end() == *size)
                });
                if !fits {
                    let message = format!("{region:?} does not consist of whole chunks of {:?}", target.grid);
                    return Err(within(Error::internal(message)));
                }
                self.put_region(target, region, block).map_err(within)
            }
        }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        for output in self.arrays.values() {
            if let Output::Collected(array, values) = output {
                let values = values.lock();
                self.put_region(array, &Region::all(values.shape()), &values)?;
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
}

/// Puts the metadata of all arrays into that of the root, so that opening reads one file.
fn consolidate(root: &mut Vec<(&'static str, Value)>, arrays: Map<String, Value>, version: ZarrVersion) {
    match (version, root.first_mut()) {
        (ZarrVersion::V3, Some((_, Value::Object(group)))) => {
            let inline = json!({"kind": "inline", "must_understand": false, "metadata": arrays});
            group.insert("consolidated_metadata".to_owned(), inline);
        }
        _ => root.push((".zmetadata", json!({"metadata": arrays, "zarr_consolidated_format": 1}))),
    }
}

/// Checks what no array can tell alone: names, and one length for each dimension.
fn check(arrays: &[ArraySpec]) -> Result<()> {
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<&str> = Vec::new();
    for array in arrays {
        let name = array.name.as_str();
        let invalid = |why: String| Err(Error::invalid(format!("cannot write \"{name}\": {why}")));
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) || name == "zarr.json" {
            return invalid("the name cannot be that of a folder".to_owned());
        }
        if names.contains(&name) {
            return invalid("there are two arrays of that name".to_owned());
        }
        names.push(name);
        if array.dims.len() != array.shape.len() {
            return invalid(format!("{} dimensions for a shape of {:?}", array.dims.len(), array.shape));
        }
        for (dim, &size) in array.dims.iter().zip(&array.shape) {
            let known = *sizes.entry(dim).or_insert(size);
            if known != size {
                return invalid(format!("dimension {dim} has length {size} here and {known} in another array"));
            }
        }
    }
    Ok(())
}
