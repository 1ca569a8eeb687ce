//! Zarr stores, v2 and v3: in folders, reading and writing; in zip files and behind kerchunk references, reading. Knows
//! nothing of CF.
//!
//! zarrs serves the codecs; metadata, the chunk grid, shard indices and files are handled here, so that an error names
//! the array and the chunk, a damaged chunk allocates no more than it may hold, and nothing starts threads of its own.

mod array;
mod checksum;
mod convert;
mod dims;
mod directory;
mod element;
mod fill;
mod hierarchy;
mod json;
mod listing;
mod lzma;
mod metadata;
mod names;
mod narrow;
mod nczarr;
mod numbers;
mod objects;
mod ome;
mod options;
mod order;
mod pipeline;
mod record;
mod references;
mod shard;
mod sink;
mod source;
mod stage;
mod stages;
mod store;
mod tree;
mod varying;
mod written;
mod zip;

pub use options::{Codec, ZarrOptions, ZarrVersion};
pub use sink::ZarrSink;

use crate::model::{Result, Source};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files whose presence makes a folder a store or a part of one.
const MARKERS: [&str; 4] = ["zarr.json", ".zgroup", ".zarray", ".zmetadata"];

/// Whether the folder holds Zarr metadata, the path is one of the metadata files itself (as file dialogs give it), a zip
/// file that holds a store, or a file of kerchunk references.
#[must_use]
pub fn detect(path: &Path) -> bool {
    folder(path).is_some() || zip::detect(path) || references::detect(path)
}

/// Opens a Zarr store: reads its metadata.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the metadata of the root is broken,
/// [`NotFound`](crate::model::ErrorKind::NotFound) where there is none,
/// [`Io`](crate::model::ErrorKind::Io) where it cannot be read. A broken array below is a warning.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    let folder = folder(path).unwrap_or_else(|| path.to_path_buf());
    Ok(Arc::new(source::ZarrSource::open(&folder)?))
}

/// The folder of the store.
fn folder(path: &Path) -> Option<PathBuf> {
    let is_marker = path.is_file() && path.file_name().is_some_and(|name| MARKERS.iter().any(|m| name == *m));
    let folder = if is_marker { path.parent()? } else { path };
    (folder.is_dir() && MARKERS.iter().any(|name| folder.join(name).is_file())).then(|| folder.to_path_buf())
}

#[cfg(test)]
mod tests;
