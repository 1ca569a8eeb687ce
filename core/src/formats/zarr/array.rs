//! One array of a store: where its chunks lie, and regions of values out of them or into them.
//! Knows no metadata JSON.

use super::element::Element;
use super::fill::Fill;
use super::pipeline::Pipeline;
use super::record;
use super::shard::{Shard, Sharding};
use super::store::Store;
use crate::model::{Block, Data, Error, Region, Result};
use lru::LruCache;
use parking_lot::Mutex;
use std::ops::Range;
use std::sync::Arc;

/// An array.
///
/// Invariant: `shape`, `grid` and `chunks` have one length, no length in `grid` or `chunks` is 0, and `grid` holds
/// whole `chunks`.
#[derive(Debug, Clone)]
pub(super) struct Array {
    /// Its path from the root of the store, without a slash in front.
    pub(super) path: String,
    /// The path as people know it, with a slash in front.
    pub(super) shown: String,
    pub(super) shape: Vec<usize>,
    /// Lengths of what one file holds: a chunk, or a shard.
    pub(super) grid: Vec<usize>,
    /// Lengths of what is packed by itself: the same, or the chunks of a shard.
    pub(super) chunks: Vec<usize>,
    pub(super) keys: Keys,
    pub(super) pipeline: Pipeline,
    pub(super) sharding: Option<Sharding>,
    pub(super) fill: Fill,
}

/// How the numbers of a chunk make its file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    /// v3's own way, which puts a `c` in front.
    pub(super) prefixed: bool,
    pub(super) separator: char,
}

impl Keys {
    fn name(self, at: &[usize]) -> String {
        let numbers = at.iter().map(ToString::to_string);
        let parts: Vec<String> = if self.prefixed {
            std::iter::once("c".to_owned()).chain(numbers).collect()
        } else if at.is_empty() {
            vec!["0".to_owned()]
        } else {
            numbers.collect()
        };
        parts.join(&self.separator.to_string())
    }
}

/// Open shards with their indices, the least recently used closed first.
#[derive(Debug)]
pub(super) struct Shards {
    open: Mutex<LruCache<String, Arc<Shard>>>,
}

/// Open files and bytes of index that may wait for their next use.
const OPEN_SHARDS: usize = 64;
const INDEX_BYTES: usize = 64 << 20;

impl Default for Shards {
    fn default() -> Self {
        Self { open: Mutex::new(LruCache::unbounded()) }
    }
}

impl Shards {
    fn get(&self, key: &str) -> Option<Arc<Shard>> {
        self.open.lock().get(key).cloned()
    }

    fn put(&self, key: String, shard: Arc<Shard>) {
        let mut open = self.open.lock();
        open.put(key, shard);
        let mut bytes: usize = open.iter().map(|(_, s)| s.bytes()).sum();
        while open.len() > OPEN_SHARDS || (bytes > INDEX_BYTES && open.len() > 1) {
            bytes -= open.pop_lru().map_or(bytes, |(_, s)| s.bytes());
        }
    }
}

/// A buffer for the stored bytes of chunks, which the thread keeps for its next read: fresh memory costs more than
/// reading into it.
struct Stored(Vec<u8>);

/// Bytes of it that a thread keeps, at most.
const KEPT: usize = 16 << 20;

thread_local! {
    static SPARE: std::cell::Cell<Vec<u8>> = const { std::cell::Cell::new(Vec::new()) };
}

impl Stored {
    fn take() -> Self {
        Self(SPARE.take())
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if self.0.capacity() <= KEPT {
            SPARE.set(std::mem::take(&mut self.0));
        }
    }
}

impl Array {
    /// The numbers within each element as arrays of their own, by name.
    pub(super) fn parts(&self) -> Vec<(String, Self)> {
        let part = |(name, element): (String, Element)| {
            let fill = self.fill.seen_as(&element);
            let shown = format!("{}.{name}", self.shown);
            (name, Self { shown, pipeline: self.pipeline.yielding(element), fill, ..self.clone() })
        };
        record::numbers(self.pipeline.element()).into_iter().map(part).collect()
    }

    /// The values of a region inside the shape.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) outside the shape; [`Corrupt`](crate::model::ErrorKind::Corrupt)
    /// or [`Io`](crate::model::ErrorKind::Io) naming array and chunk.
    pub(super) fn read(&self, store: &Store, shards: &Shards, region: &Region) -> Result<Block> {
        region.check(&self.shape).map_err(|e| e.within(format_args!("variable {}", self.shown)))?;
        let element = self.pipeline.element();
        let mut stored = Stored::take();
        let mut out: Option<Block> = None;
        for chunk in region.chunks(&self.chunks, &self.shape) {
            if !self.fetch(store, shards, &chunk, &mut stored.0)? {
                continue;
            }
            let values = self
                .pipeline
                .decode(&stored.0, &self.chunks)
                .map_err(|e| self.named(e, &chunk).at(store.file(&self.key(&chunk))))?;
            let values = Block::new(self.chunks.clone(), values)?;
            if chunk == *region && values.shape() == region.shape() {
                return Ok(values);
            }
            let wanted = region.intersect(&chunk).unwrap_or_else(|| region.clone());
            let out = match &mut out {
                Some(out) => out,
                None => out.insert(Block::new(region.shape(), self.fill.cells(element, region.cells()))?),
            };
            out.paste(&wanted.relative_to(region), &values, &wanted.relative_to(&chunk))?;
        }
        match out {
            Some(out) => Ok(out),
            None => Block::new(region.shape(), self.fill.cells(element, region.cells())),
        }
    }

    /// Puts the stored bytes of a chunk into a buffer; says whether it was ever written.
    fn fetch(&self, store: &Store, shards: &Shards, chunk: &Region, buffer: &mut Vec<u8>) -> Result<bool> {
        let key = self.key(chunk);
        let Some(sharding) = &self.sharding else {
            return store.get_into(&key, buffer).map_err(|e| self.named(e, chunk));
        };
        let shard = match shards.get(&key) {
            Some(shard) => shard,
            None => {
                let Some(file) = store.open(&key).map_err(|e| self.named(e, chunk))? else { return Ok(false) };
                let opened = sharding.open(file).map_err(|e| self.named(e, chunk).at(store.file(&key)))?;
                let shard = Arc::new(opened);
                shards.put(key, Arc::clone(&shard));
                shard
            }
        };
        let within: Vec<usize> =
            chunk.0.iter().zip(&self.grid).zip(&self.chunks).map(|((s, g), c)| s.start % g / c).collect();
        shard.chunk(sharding.number(&within), buffer).map_err(|e| self.named(e, chunk))
    }

    /// The key of the file that holds the first cell of a region.
    pub(super) fn key(&self, region: &Region) -> String {
        let at: Vec<usize> = region.0.iter().zip(&self.grid).map(|(s, g)| s.start / g).collect();
        let name = self.keys.name(&at);
        if self.path.is_empty() { name } else { format!("{}/{name}", self.path) }
    }

    fn named(&self, e: Error, chunk: &Region) -> Error {
        let at: Vec<String> = chunk.0.iter().zip(&self.chunks).map(|(s, c)| (s.start / c).to_string()).collect();
        e.within(format_args!("variable {}, chunk ({})", self.shown, at.join(", ")))
    }

    /// The bytes of the file for `cell`, one cell of the grid cut at the array's edge, with its values at `from_region`
    /// of `from`. `None` where all are fill and nothing need be written.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the values are of another type.
    pub(super) fn packed(&self, cell: &Region, from: &Block, from_region: &Region) -> Result<Option<Vec<u8>>> {
        let Some(sharding) = &self.sharding else { return self.packed_chunk(from, from_region) };
        let mut chunks: Vec<Option<Vec<u8>>> = vec![None; sharding.chunks()];
        for chunk in cell.chunks(&self.chunks, &self.shape) {
            let within = chunk.relative_to(cell);
            let at: Vec<usize> = within.0.iter().zip(&self.chunks).map(|(s, c)| s.start / c).collect();
            if let Some(slot) = chunks.get_mut(sharding.number(&at)) {
                *slot = self.packed_chunk(from, &within.moved_by(from_region))?;
            }
        }
        if chunks.iter().all(Option::is_none) { Ok(None) } else { sharding.assemble(&chunks).map(Some) }
    }

    fn packed_chunk(&self, from: &Block, from_region: &Region) -> Result<Option<Vec<u8>>> {
        let pack = |data: &Data, cells: Range<usize>| {
            // Without a stated fill value nobody could tell what an absent chunk holds.
            let absent = self.fill.stated.is_some() && self.fill.is_all(self.pipeline.element(), data, cells.clone());
            if absent { Ok(None) } else { self.pipeline.encode(data, cells, &self.chunks).map(Some) }
        };
        if let Some(cells) = from.run(from_region)?.filter(|_| from_region.shape() == self.chunks) {
            return pack(from.data(), cells);
        }
        let cells = self.chunks.iter().product();
        let mut whole = Block::new(self.chunks.clone(), self.fill.cells(self.pipeline.element(), cells))?;
        whole.paste(&Region::all(&from_region.shape()), from, from_region)?;
        pack(whole.data(), 0..cells)
    }
}
