//! What accompanies a request: its lane, its way to be cancelled, its progress.

use crate::events;
use crate::model::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Which requests go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody is looking: before all background work, the newest first.
    Interactive,
    /// Exports and statistics, in the order they came.
    Background,
}

/// A wish to stop, shared by all who hold a clone.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Nothing cancelled yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks all work under this token to stop at its next chunk.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error where somebody asked to stop.
    ///
    /// # Errors
    /// [`Cancelled`](crate::model::ErrorKind::Cancelled).
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }
}

/// How far a request is; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    tasks_done: AtomicU64,
    tasks_total: AtomicU64,
    bytes_read: AtomicU64,
    chunks_read: AtomicU64,
    chunks_cached: AtomicU64,
    bytes_written: AtomicU64,
}

macro_rules! counter {
    ($(#[$doc:meta])* $get:ident, $add:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $get(&self) -> u64 {
            self.$get.load(Ordering::Relaxed)
        }

        pub(crate) fn $add(&self, n: u64) {
            self.$get.fetch_add(n, Ordering::Relaxed);
        }
    };
}

impl Progress {
    counter!(/// Tasks finished.
        tasks_done, add_done);
    counter!(/// Tasks known so far; grows as later stages are planned.
        tasks_total, add_total);
    counter!(/// Decoded bytes read from sources.
        bytes_read, add_bytes_read);
    counter!(/// Chunks read from sources.
        chunks_read, add_chunks_read);
    counter!(/// Chunks found in the cache instead.
        chunks_cached, add_chunks_cached);
    counter!(/// Bytes given to the sink.
        bytes_written, add_bytes_written);
}

/// A request's company. Clones share the token and the counters.
#[derive(Debug, Clone)]
pub struct Run {
    /// Which lane it goes in.
    pub lane: Lane,
    /// How to stop it.
    pub cancel: Cancel,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// Its number in the event rings.
    pub job: u32,
}

impl Run {
    /// A request that somebody waits for.
    #[must_use]
    pub fn interactive() -> Self {
        Self::new(Lane::Interactive)
    }

    /// A request that may take its time.
    #[must_use]
    pub fn background() -> Self {
        Self::new(Lane::Background)
    }

    fn new(lane: Lane) -> Self {
        Self { lane, cancel: Cancel::new(), progress: Arc::default(), job: events::next_job() }
    }
}
