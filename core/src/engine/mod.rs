//! Runs lazy arrays chunk by chunk on all cores within a byte budget. Knows `dyn Op`, no single operation, no file format.
//!
//! A request is planned first (`plan`): which reductions must be whole before the rest can stream, into which tasks
//! the output falls, and what each task holds in memory. Then it runs: tasks are taken from one priority queue
//! (`pool`), each gets its bytes from the `budget` before it starts, evaluates its part of the graph (`eval`) and
//! lets go of everything but its result. How a written result is cut depends on threads and memory; its bits do not, as
//! totals are carried in more digits than they are given in.

mod advice;
mod budget;
mod cache;
mod compute;
mod cost;
mod eval;
mod explain;
mod gather;
mod passes;
mod plan;
mod pool;
mod reduce;
mod route;
mod run;
mod seams;
mod spill;
mod whole;
mod write;

pub use explain::{Explain, ExplainStage};
pub use run::{Cancel, Lane, Progress, Run};

use crate::model::{Error, Result};
use budget::Budget;
use cache::Cache;
use pool::Pool;
use std::sync::Arc;

/// How much of the machine the engine may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Worker threads.
    pub threads: usize,
    /// Bytes for tasks, caches and results together.
    pub memory_bytes: u64,
}

impl Default for EngineOptions {
    /// All cores, and a quarter of the machine's memory but at least 512 MiB.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { threads, memory_bytes: (physical_memory().unwrap_or(0) / 4).max(512 << 20) }
    }
}

/// The machine's memory in bytes, where the system says so.
fn physical_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 = text.lines().find(|l| l.starts_with("MemTotal:"))?.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// What the engine's budget holds at this moment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUse {
    /// What it may hold in all.
    pub budget: u64,
    /// Running tasks and totals being summed.
    pub in_tasks: u64,
    /// The most that tasks have held at one time.
    pub peak_in_tasks: u64,
    /// Decoded chunks kept for the next look.
    pub chunk_cache: u64,
    /// Results kept for the next look.
    pub results: u64,
}

/// The engine. Cheap to clone; clones share threads, budget and caches.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    options: EngineOptions,
    pool: Arc<Pool>,
    budget: Arc<Budget>,
    chunks: Cache<cache::ChunkKey>,
    results: Cache<cache::ResultKey>,
}

impl Engine {
    /// An engine with its own threads.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for a budget below 16 MiB, [`Internal`](crate::model::ErrorKind::Internal)
    /// where threads cannot be made.
    pub fn new(options: EngineOptions) -> Result<Self> {
        if options.memory_bytes < 16 << 20 {
            return Err(Error::invalid(format!("a memory budget of {} bytes", options.memory_bytes))
                .hint("give at least 16MiB"));
        }
        let options = EngineOptions { threads: options.threads.max(1), ..options };
        // Tasks get most of it; what they leave behind for the next look is kept apart, so that no cache starves a task.
        let memory = options.memory_bytes;
        let budget = Arc::new(Budget::new(memory / 8 * 5));
        let inner = Inner {
            options,
            pool: Arc::new(Pool::new(options.threads, Arc::clone(&budget))?),
            budget,
            chunks: Cache::new(memory / 4),
            results: Cache::new(memory / 8),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Number of worker threads.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.inner.options.threads
    }

    /// What the budget holds now.
    #[must_use]
    pub fn memory(&self) -> MemoryUse {
        MemoryUse {
            budget: self.inner.options.memory_bytes,
            in_tasks: self.inner.budget.used(),
            peak_in_tasks: self.inner.budget.peak(),
            chunk_cache: self.inner.chunks.bytes(),
            results: self.inner.results.bytes(),
        }
    }
}
