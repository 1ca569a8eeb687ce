//! Where results go. A sink is whole or not there at all: nothing stands at the target before `finish`.

use super::{Attrs, Block, DType, Region, Result};

/// One array of a dataset to write.
#[derive(Debug, Clone)]
pub struct ArraySpec {
    /// Name within the dataset.
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

/// A dataset to write: all arrays (coordinates among them) and the group's attributes.
#[derive(Debug, Clone, Default)]
pub struct DatasetSpec {
    /// Attributes of the dataset.
    pub attrs: Attrs,
    /// The arrays.
    pub arrays: Vec<ArraySpec>,
}

/// A dataset being written. Dropped before `finish`, it removes what it wrote.
pub trait Sink: Send + Sync {
    /// Writes a block at a region of an array. Regions from different threads never share a chunk (or shard).
    ///
    /// # Errors
    /// [`Io`](super::ErrorKind::Io) on a full or read-only disk, naming array and chunk.
    fn write(&self, array: &str, region: &Region, block: &Block) -> Result<()>;

    /// Makes the result visible at its target, at once and whole.
    ///
    /// # Errors
    /// [`Io`](super::ErrorKind::Io) where the target cannot take it; then nothing stands there.
    fn finish(self: Box<Self>) -> Result<()>;

    /// Bytes written so far.
    fn bytes_written(&self) -> u64;
}
