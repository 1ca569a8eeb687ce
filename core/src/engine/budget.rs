//! The byte semaphore. A task takes all its bytes at once before it starts and never asks for more, so nobody holds some
//! while waiting for others.

use super::Cancel;
use crate::model::Result;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// Bytes that running work may hold.
pub(super) struct Budget {
    limit: u64,
    state: Mutex<Usage>,
    freed: Condvar,
}

#[derive(Default)]
struct Usage {
    used: u64,
    peak: u64,
}

/// Bytes taken; given back on drop.
pub(super) struct Permit {
    budget: Arc<Budget>,
    bytes: u64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::default(), freed: Condvar::new() }
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    pub(super) fn used(&self) -> u64 {
        self.state.lock().used
    }

    pub(super) fn peak(&self) -> u64 {
        self.state.lock().peak
    }

    /// Takes `bytes` if they are free now.
    pub(super) fn try_take(self: &Arc<Self>, bytes: u64) -> Option<Permit> {
        let mut state = self.state.lock();
        if state.used.saturating_add(bytes) > self.limit {
            return None;
        }
        state.used += bytes;
        state.peak = state.peak.max(state.used);
        Some(Permit { budget: Arc::clone(self), bytes })
    }

    /// Takes `bytes`, waiting for others to finish. For requests' own threads, never for workers.
    pub(super) fn take(self: &Arc<Self>, bytes: u64, cancel: &Cancel) -> Result<Permit> {
        loop {
            cancel.check()?;
            if let Some(permit) = self.try_take(bytes.min(self.limit)) {
                return Ok(permit);
            }
            let mut state = self.state.lock();
            self.freed.wait_for(&mut state, Duration::from_millis(20));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.budget.state.lock().used -= self.bytes;
        self.budget.freed.notify_all();
    }
}
