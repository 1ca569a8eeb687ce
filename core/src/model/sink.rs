//! Where results go. A sink is whole or not there at all: nothing stands at the target before `finish`.

use super::{Attrs, Block, DType, Error, Region, Result};
use std::path::PathBuf;

/// One array of a dataset to write.
#[derive(Debug, Clone)]
pub struct ArraySpec {
    /// Name within the dataset: a path (`a/b/t`) where it lies in a group below the root.
    pub name: String,
    /// Dimension names, slowest first.
    pub dims: Vec<String>,
    /// Lengths, slowest first.
    pub shape: Vec<usize>,
    /// Type to write.
    pub dtype: DType,
    /// Chunk lengths.
    pub chunks: Vec<usize>,
    /// Shard lengths, multiples of the chunks.
    pub shards: Option<Vec<usize>>,
    /// CF attributes, without `_FillValue`.
    pub attrs: Attrs,
}

impl ArraySpec {
    /// The group that it lies in, empty for the root, and its name there.
    #[must_use]
    pub fn place(&self) -> (&str, &str) {
        self.name.rsplit_once('/').unwrap_or(("", &self.name))
    }

    /// Whether it labels a dimension.
    #[must_use]
    pub fn is_coordinate(&self) -> bool {
        self.dims == [self.place().1]
    }
}

/// A dataset to write: all arrays (coordinates among them) and the attributes of groups.
#[derive(Debug, Clone, Default)]
pub struct DatasetSpec {
    /// Attributes of the dataset.
    pub attrs: Attrs,
    /// Groups below the root by their paths (`a/b`), parents first, and their attributes.
    pub groups: Vec<(String, Attrs)>,
    /// The arrays.
    pub arrays: Vec<ArraySpec>,
}

/// A dataset being written. Dropped before `finish`, it removes what it wrote.
pub trait Sink: Send + Sync {
    /// Writes a part of a block at a region of an array; both have one shape. Regions from different threads never share a
    /// chunk (or shard).
    ///
    /// # Errors
    /// [`Io`](super::ErrorKind::Io) on a full or read-only disk, naming array and chunk.
    fn write_part(&self, array: &str, region: &Region, block: &Block, part: &Region) -> Result<()>;

    /// Writes a whole block at a region of its shape.
    ///
    /// # Errors
    /// As [`Self::write_part`].
    fn write(&self, array: &str, region: &Region, block: &Block) -> Result<()> {
        self.write_part(array, region, block, &Region::all(block.shape()))
    }

    /// Gives an array one more attribute, of text, that was not known before its values were.
    ///
    /// # Errors
    /// [`Io`](super::ErrorKind::Io) where it cannot be written.
    fn annotate(&mut self, array: &str, name: &str, text: &str) -> Result<()>;

    /// Makes the result visible at its target, at once and whole.
    ///
    /// # Errors
    /// [`Io`](super::ErrorKind::Io) where the target cannot take it; then nothing stands there.
    fn finish(self: Box<Self>) -> Result<()>;

    /// Bytes written so far.
    fn bytes_written(&self) -> u64;

    /// Whether an earlier, interrupted attempt has written all of this region already.
    fn holds(&self, array: &str, region: &Region) -> bool {
        let _ = (array, region);
        false
    }

    /// A folder for what must be laid aside meanwhile; it goes away with the sink.
    fn scratch(&self) -> Option<PathBuf> {
        None
    }
}

/// Checks what a sink is given: a part of the block, of the shape of the region.
///
/// # Errors
/// [`Internal`](super::ErrorKind::Internal) where the shapes differ, [`Invalid`](super::ErrorKind::Invalid) where the part
/// lies outside.
pub(crate) fn one_shape(region: &Region, block: &Block, part: &Region) -> Result<()> {
    if part.shape() == region.shape() {
        return part.check(block.shape());
    }
    Err(Error::internal(format!("values of shape {:?} for a region of {:?}", part.shape(), region.shape())))
}
