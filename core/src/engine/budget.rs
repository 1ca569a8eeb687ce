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
    /// What requests hold from their beginning to their end, and the largest task that each has yet to run.
    standing: Vec<(u64, u64)>,
}

/// Bytes taken; given back on drop.
pub(super) struct Permit {
    budget: Arc<Budget>,
    bytes: u64,
    /// The largest task of a request that holds them to its end.
    standing: Option<u64>,
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
        Some(Permit { budget: Arc::clone(self), bytes, standing: None })
    }

    /// Takes what a request holds to its end, waiting for others to finish: only while its largest task, and that of all
    /// who hold something, can still run beside all that is held. Else two requests could wait for each other for ever.
    /// For requests' own threads, never for workers.
    pub(super) fn hold(self: &Arc<Self>, bytes: u64, task: u64, cancel: &Cancel) -> Result<Permit> {
        let bytes = bytes.min(self.limit);
        loop {
            cancel.check()?;
            let mut state = self.state.lock();
            let held: u64 = state.standing.iter().map(|s| s.0).sum();
            let largest = state.standing.iter().map(|s| s.1).fold(task, u64::max);
            let safe = state.standing.is_empty() || held.saturating_add(bytes).saturating_add(largest) <= self.limit;
            if safe && state.used.saturating_add(bytes) <= self.limit {
                state.used += bytes;
                state.peak = state.peak.max(state.used);
                state.standing.push((bytes, task));
                return Ok(Permit { budget: Arc::clone(self), bytes, standing: Some(task) });
            }
            self.freed.wait_for(&mut state, Duration::from_millis(20));
        }
    }
}

impl Permit {
    /// Sets some of the bytes apart, to be given back later than the rest.
    pub(super) fn split(&mut self, bytes: u64) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { budget: Arc::clone(&self.budget), bytes, standing: None }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.budget.state.lock();
        state.used -= self.bytes;
        if let Some(task) = self.standing
            && let Some(at) = state.standing.iter().position(|s| *s == (self.bytes, task))
        {
            state.standing.swap_remove(at);
        }
        drop(state);
        self.budget.freed.notify_all();
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Budget, Cancel};
    use std::sync::Arc;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::time::Duration;

    #[test]
    fn a_part_set_apart_is_given_back_on_its_own() {
        let budget = Arc::new(Budget::new(100));
        let mut task = budget.try_take(60).unwrap();
        let (kept, none) = (task.split(25), task.split(0));
        drop((task, none));
        assert_eq!(budget.used(), 25);
        assert!(budget.try_take(80).is_none() && budget.try_take(75).is_some());
        drop(kept);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_request_waits_where_neither_its_tasks_nor_anothers_would_fit() {
        let budget = Arc::new(Budget::new(100));
        let first = budget.hold(40, 30, &Cancel::new()).unwrap();
        // Beside it a small one fits, tasks and all; one as large would leave no room for the tasks of either.
        let small = budget.hold(20, 10, &Cancel::new()).unwrap();
        drop(small);
        let (send, done) = channel();
        let (second, cancel) = (Arc::clone(&budget), Cancel::new());
        let waiting = std::thread::spawn(move || {
            let held = second.hold(40, 30, &cancel).is_ok();
            send.send(held).unwrap();
        });
        assert_eq!(done.recv_timeout(Duration::from_millis(100)), Err(RecvTimeoutError::Timeout));
        let task = budget.try_take(30).unwrap();
        drop((task, first));
        assert_eq!(done.recv_timeout(Duration::from_secs(20)), Ok(true));
        waiting.join().unwrap();
        assert_eq!(budget.used(), 0);
        let cancel = Cancel::new();
        cancel.cancel();
        assert!(budget.hold(1, 1, &cancel).is_err());
    }
}
