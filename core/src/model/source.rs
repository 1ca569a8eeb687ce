//! Where values come from. Every format implements [`Source`]; nothing above knows which one it is.

use super::{Block, DType, Group, Region, Result};

/// What a source says of itself on opening.
#[derive(Debug, Clone)]
pub struct SourceInfo {
    /// `netcdf3`, `netcdf4`, `hdf5`, `zarr2`, `zarr3`, `tiff`; `intake` for a catalogue.
    pub format: &'static str,
    /// The path or address as it was given.
    pub path: String,
    /// Changes when the content does: path, length and time of change. Caches and fingerprints are keyed by it.
    pub identity: String,
    /// Structure from the root.
    pub root: Group,
    /// What was assumed or could not be read, one line each; never fatal.
    pub warnings: Vec<String>,
}

/// A number, or an array of numbers, within each element of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// `name`, or `outer.name` within a record of a record.
    pub name: String,
    /// Of one number.
    pub dtype: DType,
    /// Lengths of the array that each element holds, which become dimensions behind the variable's; empty for one number.
    pub lengths: Vec<usize>,
}

/// Lazily opened data. Opening reads metadata only; `read` touches only the chunks that the region needs.
///
/// Reads come from many threads at once.
pub trait Source: Send + Sync {
    /// Structure, format and warnings.
    fn info(&self) -> &SourceInfo;

    /// The values of `region` of the variable at `path`, as they stand on disk (no mask, no scale), in C order.
    ///
    /// The block's shape is the region's. Cells never written hold the format's fill value.
    ///
    /// # Errors
    /// [`NotFound`](super::ErrorKind::NotFound) for an unknown variable, [`Invalid`](super::ErrorKind::Invalid) for a
    /// region outside the shape, [`Corrupt`](super::ErrorKind::Corrupt) or [`Io`](super::ErrorKind::Io) naming the
    /// variable and the chunk.
    fn read(&self, path: &str, region: &Region) -> Result<Block>;

    /// Whether a variable's values can be read at all, as far as its description tells: filters that this build does
    /// not know, for example. Reads no values.
    ///
    /// # Errors
    /// What reading would report.
    fn readable(&self, path: &str) -> Result<()> {
        self.beneath().map_or(Ok(()), |s| s.readable(path))
    }

    /// The source that this one stands on, where there is one: what is not said here is said there.
    fn beneath(&self) -> Option<&dyn Source> {
        None
    }

    /// What reading has shown since opening, one line each: a variable left to a slower tier, for example.
    fn notices(&self) -> Vec<String> {
        self.beneath().map(|s| s.notices()).unwrap_or_default()
    }

    /// The format of the file that holds what stands at a path, where the source joins files of several.
    fn format_of(&self, path: &str) -> &'static str {
        self.beneath().map_or(self.info().format, |s| s.format_of(path))
    }

    /// The numbers within each element of a variable: the fields of a record, `real` and `imag` of a complex number.
    /// `read` takes them as `path.field`.
    fn fields(&self, path: &str) -> Vec<Member> {
        self.beneath().map(|s| s.fields(path)).unwrap_or_default()
    }

    /// Whether regions are read in whole chunks of the variable's grid, so that a part of one costs as much as all of it.
    fn decodes_chunks(&self, path: &str) -> bool {
        self.beneath().is_none_or(|s| s.decodes_chunks(path))
    }

    /// Where a variable is put together of pieces along one dimension, each with chunks of its own from its beginning:
    /// the number of that dimension, and the position at which each piece begins.
    fn seams(&self, path: &str) -> Option<(usize, Vec<usize>)> {
        self.beneath()?.seams(path)
    }

    /// Bytes that the variable takes in the file, where cheap to know.
    fn stored_bytes(&self, path: &str) -> Option<u64> {
        self.beneath()?.stored_bytes(path)
    }
}
