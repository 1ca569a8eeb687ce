//! The file formats: finds out which one a path holds and opens it as a [`Source`].
//!
//! Each format is a folder with a `detect` and an `open`, and a line in [`FORMATS`]. Knows nothing of CF or plans.

pub(crate) mod codecs;
#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests fail by panicking and say what they skip"
)]
pub(crate) mod contract;
mod file;
pub mod generated;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod golden;
pub mod hdf5;
pub(crate) mod journal;
pub mod netcdf3;
pub mod netcdf_out;
mod plain;
pub mod probe;
pub(crate) mod staging;
mod strided;
pub mod tiff;
mod times;
pub mod zarr;

use crate::model::{Error, Result, Source};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// One file format.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Name of the reader. What a source calls itself ([`SourceInfo::format`](crate::model::SourceInfo)) may be finer.
    pub id: &'static str,
    /// Whether the content (first bytes of a file, entries of a folder) is of this format. Never looks at the name.
    pub detect: fn(&Path) -> bool,
    /// Opens it: metadata only.
    pub open: fn(&Path, &Options) -> Result<Arc<dyn Source>>,
}

/// How to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether bytes may be read and decoded beside the format's library where that gives the same (`--no-direct`).
    pub direct: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { direct: true }
    }
}

/// All formats. HDF5's mark may stand further on, for which a large file is looked through: those told by their first
/// bytes come before.
pub const FORMATS: &[Format] = &[
    Format { id: "netcdf3", detect: netcdf3::detect, open: |path, _| netcdf3::open(path) },
    Format { id: "tiff", detect: tiff::detect, open: |path, _| tiff::open(path) },
    Format { id: "hdf5", detect: hdf5::detect, open: hdf5::open },
    Format { id: "zarr", detect: zarr::detect, open: |path, _| zarr::open(path) },
];

/// Opens a file or folder of any known format, told by its content. Where nothing is there and the path is the call of
/// a [generator](generated), that.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) where nothing is there,
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) where no format knows the content,
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) for an empty or torn file, each naming the path.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    open_with(path, &Options::default())
}

/// As [`open`], in the way that `options` say.
///
/// # Errors
/// As [`open`].
pub fn open_with(path: &Path, options: &Options) -> Result<Arc<dyn Source>> {
    let known = match (std::fs::metadata(path), path.to_str()) {
        (Err(_), Some(text)) if generated::is_call(text) => return generated::open(text),
        (known, _) => known.map_err(|e| Error::io("open", &e).at(path))?,
    };
    if let Some(format) = FORMATS.iter().find(|f| (f.detect)(path)) {
        return (format.open)(path, options).map_err(|e| e.at(path));
    }
    let error = if known.is_dir() {
        Error::unsupported("the folder is no Zarr store: no zarr.json, .zgroup, .zarray or .zmetadata in it")
            .hint("open the folder that holds one of them, a folder of data files, or a single file")
    } else if known.len() == 0 {
        Error::corrupt("the file is empty").hint("a NetCDF, HDF5 or TIFF file was expected; fetch or write it again")
    } else {
        // Reading tells apart what may not be read from what is not understood.
        let start = first_bytes(path, 8).map_err(|e| Error::io("read", &e).at(path))?;
        Error::unsupported(format!("unknown content: the file starts with \"{}\"", start.escape_ascii()))
            .hint("expected NetCDF, HDF5, TIFF, or the folder of a Zarr store")
    };
    Err(error.at(path))
}

/// Up to `count` bytes from the start of a file.
fn first_bytes(path: &Path, count: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// One byte of text as the cell of a character array: the character of that number, nothing for a zero.
///
/// Bytes above 127 map one to one onto U+0080..=U+00FF, so whoever joins cells can get the bytes back and read UTF-8.
fn char_cell(byte: u8) -> String {
    if byte == 0 { String::new() } else { char::from(byte).into() }
}
