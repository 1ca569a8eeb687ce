//! How much memory a request would need that does not fit: found by planning it again with more.

use super::budget::Budget;
use super::cache::Cache;
use super::{Engine, EngineOptions, Inner};
use crate::model::{ErrorKind, Result};
use std::sync::Arc;

/// More than this helps nobody.
const MOST: u64 = 1 << 46;

impl Engine {
    /// A result of planning; where the memory is too small, with the least that is found to be enough as its remedy.
    /// `plan` plans the same on an engine of other memory, on which nothing runs.
    pub(super) fn advised<T>(&self, result: Result<T>, plan: impl Fn(&Self) -> Result<()>) -> Result<T> {
        let error = match result {
            Err(error) if error.kind() == ErrorKind::Memory => error,
            other => return other,
        };
        let enough = |mib: u64| plan(&self.imagined(mib << 20)).is_ok();
        let mut less = (self.inner.options.memory_bytes >> 20).max(1);
        let mut found = None;
        let mut more = less.saturating_mul(2);
        while found.is_none() && more <= MOST >> 20 {
            if enough(more) {
                found = Some(more);
            } else {
                (less, more) = (more, more * 2);
            }
        }
        let Some(mut most) = found else { return Err(error) };
        // To a sixteenth: nobody types a number more exactly.
        while most - less > (most / 16).max(1) {
            let middle = less.midpoint(most);
            if enough(middle) { most = middle } else { less = middle }
        }
        Err(error.hint(format!("give --memory {most}MiB, select less, or rechunk first")))
    }

    /// The same engine with other memory, for planning alone.
    fn imagined(&self, memory_bytes: u64) -> Self {
        let options = EngineOptions { memory_bytes, ..self.inner.options };
        let (pool, budget) = (Arc::clone(&self.inner.pool), Arc::new(Budget::new(memory_bytes / 8 * 5)));
        Self { inner: Arc::new(Inner { options, pool, budget, chunks: Cache::new(0), results: Cache::new(0) }) }
    }
}
