//! Shards: files that hold many chunks and an index of where each lies.
//! Source: Zarr v3 `sharding_indexed`, <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/>.

use super::element::Element;
use super::pipeline::Pipeline;
use super::stages::v3_parts;
use super::store::Parts;
use crate::model::{DType, Data, Error, Result};
use serde_json::Value;

/// How shards of one array are laid out.
#[derive(Debug, Clone)]
pub(super) struct Sharding {
    /// Chunks along each dimension of a shard.
    counts: Vec<usize>,
    index: Pipeline,
    index_len: u64,
    at_start: bool,
}

/// An open shard with its index.
#[derive(Debug)]
pub(super) struct Shard {
    file: Parts,
    /// Offset and length of each chunk, [`EMPTY`] twice where it was never written.
    entries: Vec<u64>,
}

/// What the index says of a chunk that was never written.
const EMPTY: u64 = u64::MAX;

/// What the configuration of the codec says.
pub(super) struct Configuration<'a> {
    /// Lengths of the chunks within a shard.
    pub(super) chunks: Vec<usize>,
    /// Their codecs.
    pub(super) codecs: &'a [Value],
    index_codecs: &'a [Value],
    at_start: bool,
}

impl<'a> Configuration<'a> {
    /// The configuration, where `codecs` is sharding and nothing else.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where a part of it is missing.
    pub(super) fn find(codecs: &'a [Value]) -> Result<Option<Self>> {
        let [only] = codecs else { return Ok(None) };
        let Some(("sharding_indexed", config)) = v3_parts(only) else { return Ok(None) };
        let missing = |key: &str| Error::corrupt(format!("the codec sharding_indexed has no valid {key}"));
        let get = |key: &str| config.and_then(|c| c.get(key));
        let list = |key: &str| get(key).and_then(Value::as_array).ok_or_else(|| missing(key));
        let chunks = list("chunk_shape")?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect::<Option<Vec<_>>>();
        Ok(Some(Self {
            chunks: chunks.filter(|c| !c.contains(&0)).ok_or_else(|| missing("chunk_shape"))?,
            codecs: list("codecs")?,
            index_codecs: list("index_codecs")?,
            at_start: get("index_location").and_then(Value::as_str) == Some("start"),
        }))
    }
}

impl Sharding {
    /// Shards of this shape.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where chunks do not fill a shard evenly,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where the index is compressed.
    pub(super) fn new(shard: &[usize], config: &Configuration<'_>) -> Result<Self> {
        let fits =
            shard.len() == config.chunks.len() && shard.iter().zip(&config.chunks).all(|(s, c)| s.is_multiple_of(*c));
        if !fits {
            let message = format!("shards of {shard:?} do not hold whole chunks of {:?}", config.chunks);
            return Err(Error::corrupt(message));
        }
        let counts: Vec<usize> = shard.iter().zip(&config.chunks).map(|(s, c)| s / c).collect();
        let index = Pipeline::v3(
            Element::Number(DType::U64),
            &EMPTY.to_ne_bytes(),
            counts.len() + 1,
            &"uint64".into(),
            config.index_codecs,
        )?;
        let index_len = index
            .stored_len(&index_shape(&counts))?
            .ok_or_else(|| Error::unsupported("a shard index whose length is not known beforehand"))?;
        Ok(Self { counts, index, index_len: index_len as u64, at_start: config.at_start })
    }

    /// Reads the index of a shard.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the file is too short or the index damaged.
    pub(super) fn open(&self, file: Parts) -> Result<Shard> {
        let torn = || Error::corrupt(format!("{} bytes are too few for a shard's index", file.len()));
        let start = if self.at_start { 0 } else { file.len().checked_sub(self.index_len).ok_or_else(torn)? };
        let bytes = file.read(start, self.index_len)?;
        let decoded =
            self.index.decode(&bytes, &index_shape(&self.counts)).map_err(|e| e.within("the shard's index"))?;
        let Data::U64(entries) = decoded else { return Err(Error::internal("a shard index of no u64")) };
        Ok(Shard { file, entries })
    }

    /// The number of a chunk within its shard, in C order.
    pub(super) fn number(&self, at: &[usize]) -> usize {
        at.iter().zip(&self.counts).fold(0, |n, (i, count)| n * count + i)
    }

    /// Chunks in one shard.
    pub(super) fn chunks(&self) -> usize {
        self.counts.iter().product()
    }

    /// A shard of these stored chunks, in C order, `None` for one that is all fill.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the index cannot be written.
    pub(super) fn assemble(&self, chunks: &[Option<Vec<u8>>]) -> Result<Vec<u8>> {
        let before = if self.at_start { self.index_len } else { 0 };
        let mut at = before;
        let mut entries = Vec::with_capacity(2 * chunks.len());
        for chunk in chunks {
            match chunk {
                Some(bytes) => {
                    let len = bytes.len() as u64;
                    entries.extend([at, len]);
                    at += len;
                }
                None => entries.extend([EMPTY, EMPTY]),
            }
        }
        let cells = 0..entries.len();
        let index = self.index.encode(&Data::U64(entries), cells, &index_shape(&self.counts))?;
        let body = chunks.iter().flatten().map(Vec::as_slice);
        let parts: Vec<&[u8]> = if self.at_start {
            std::iter::once(&*index).chain(body).collect()
        } else {
            body.chain([&*index]).collect()
        };
        Ok(parts.concat())
    }
}

impl Shard {
    /// Puts the stored bytes of a chunk into a buffer; says whether it was ever written.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the index points outside the file.
    pub(super) fn chunk(&self, number: usize, buffer: &mut Vec<u8>) -> Result<bool> {
        match self.entries.get(2 * number..2 * number + 2) {
            Some(&[EMPTY, EMPTY]) => Ok(false),
            Some(&[start, len]) => self.file.read_into(start, len, buffer).map(|()| true),
            _ => Err(Error::internal(format!("chunk {number} of a shard of {}", self.entries.len() / 2))),
        }
    }

    /// Bytes that its index takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.entries.as_slice())
    }
}

fn index_shape(counts: &[usize]) -> Vec<usize> {
    counts.iter().copied().chain([2]).collect()
}
