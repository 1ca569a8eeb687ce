//! What is kept for the next look: decoded chunks and results, least recently used first out, within a byte budget.

use crate::model::{Block, Region};
use crate::plan::Key;
use lru::LruCache;
use parking_lot::Mutex;
use std::hash::Hash;
use std::sync::Arc;

/// A chunk of a source: identity of the source, variable, region of the chunk.
pub(super) type ChunkKey = (String, String, Region);

/// A part of a node's values.
pub(super) type ResultKey = (Key, Region);

/// Blocks by key, within `limit` bytes.
pub(super) struct Cache<K: Hash + Eq> {
    limit: u64,
    state: Mutex<Held<K>>,
}

struct Held<K: Hash + Eq> {
    blocks: LruCache<K, Arc<Block>>,
    bytes: u64,
}

impl<K: Hash + Eq> Cache<K> {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::new(Held { blocks: LruCache::unbounded(), bytes: 0 }) }
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<Block>> {
        self.state.lock().blocks.get(key).cloned()
    }

    /// Keeps a block, unless it would take more than a quarter of the whole.
    pub(super) fn put(&self, key: K, block: Arc<Block>) {
        if !self.takes(block.bytes() as u64) {
            return;
        }
        let mut state = self.state.lock();
        state.bytes += block.bytes() as u64;
        if let Some((_, old)) = state.blocks.push(key, block) {
            state.bytes -= old.bytes() as u64;
        }
        while state.bytes > self.limit {
            let Some((_, old)) = state.blocks.pop_lru() else { break };
            state.bytes -= old.bytes() as u64;
        }
    }

    /// Whether a block of this size would be kept.
    pub(super) fn takes(&self, bytes: u64) -> bool {
        bytes <= self.limit / 4
    }

    pub(super) fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }
}
