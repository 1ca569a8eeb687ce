//! What the engine's workers did lately, from its event rings. Plain numbers for the tabs at the bottom.

use graticule_core::events::{Cursor, Event, Kind};
use std::collections::VecDeque;

/// Events kept for drawing.
const KEPT: usize = 6_000;

/// A pause that ends one piece of work, and the longest piece shown, in nanoseconds.
const PAUSE: u64 = 1_000_000_000;
const LONGEST: u64 = 10_000_000_000;

/// What was done in the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Bytes read from files per second.
    pub read: f64,
    /// Bytes decoded per second.
    pub decoded: f64,
    /// Bytes computed per second.
    pub computed: f64,
    /// Bytes written per second.
    pub written: f64,
    /// Mean number of busy workers.
    pub busy: f64,
    /// Share of the tasks' time that their threads were on a core.
    pub on_core: f64,
    /// What took most of the time.
    pub bound: Option<Kind>,
}

/// What the engine's workers did lately.
#[derive(Debug, Default)]
pub struct Activity {
    cursor: Cursor,
    events: VecDeque<Event>,
    newest: u64,
}

impl Activity {
    /// Takes over new events. Gives whether there were any.
    pub fn update(&mut self) -> bool {
        let fresh = self.cursor.drain();
        let any = !fresh.is_empty();
        self.newest = fresh.iter().map(|e| e.end_nanos).fold(self.newest, u64::max);
        self.events.extend(fresh);
        let excess = self.events.len().saturating_sub(KEPT);
        self.events.drain(..excess);
        any
    }

    /// End of the newest event, in nanoseconds of the engine's clock.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Events that end after `from`, in nanoseconds of the engine's clock.
    pub fn since(&self, from: u64) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |e| e.end_nanos >= from)
    }

    /// The span of the last work: from the newest event back to the first pause of a second, at most ten seconds.
    #[must_use]
    pub fn last_work(&self) -> (u64, u64) {
        let mut spans: Vec<(u64, u64)> =
            self.since(self.newest.saturating_sub(LONGEST)).map(|e| (e.start_nanos, e.end_nanos)).collect();
        spans.sort_unstable_by_key(|(_, end)| std::cmp::Reverse(*end));
        let mut from = self.newest;
        for (start, end) in spans {
            if end + PAUSE < from {
                break;
            }
            from = from.min(start);
        }
        (from.max(self.newest.saturating_sub(LONGEST)), self.newest)
    }

    /// The threads that have done anything, in order.
    #[must_use]
    pub fn workers(&self) -> Vec<u16> {
        let mut workers: Vec<u16> = self.events.iter().map(|e| e.worker).collect();
        workers.sort_unstable();
        workers.dedup();
        workers
    }

    /// Events that were overwritten before they were seen.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.cursor.dropped()
    }

    /// Rates over the last `seconds` before the newest event.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rates for people")]
    pub fn rates(&self, seconds: f64) -> Rates {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds as nanoseconds")]
        let from = self.newest.saturating_sub((seconds * 1e9) as u64);
        let first = self.since(from).map(|e| e.start_nanos).min().unwrap_or(from).max(from);
        let span = ((self.newest - first.min(self.newest)) as f64 / 1e9).max(1e-3);
        let mut rates = Rates::default();
        let mut time = [0_u64; Kind::ALL.len()];
        let mut on_core = 0;
        for e in self.since(from) {
            let took = e.end_nanos - e.start_nanos.max(from).min(e.end_nanos);
            if let Some(slot) = Kind::ALL.iter().position(|k| *k == e.kind).and_then(|i| time.get_mut(i)) {
                *slot += took;
            }
            match e.kind {
                Kind::Read => rates.read += e.bytes_in as f64,
                Kind::Decompress => rates.decoded += e.bytes_out as f64,
                Kind::Decode => {
                    rates.read += e.bytes_in as f64;
                    rates.decoded += e.bytes_out as f64;
                }
                Kind::Compute | Kind::Reduce => rates.computed += e.bytes_in as f64,
                Kind::Write => rates.written += e.bytes_in.max(e.bytes_out) as f64,
                Kind::Task => on_core += e.cpu_nanos,
                Kind::Wait | Kind::Unshuffle | Kind::Encode => {}
            }
        }
        for rate in [&mut rates.read, &mut rates.decoded, &mut rates.computed, &mut rates.written] {
            *rate /= span;
        }
        let task = Kind::ALL.iter().zip(time).find(|(k, _)| **k == Kind::Task).map_or(0, |(_, t)| t);
        rates.busy = task as f64 / 1e9 / span;
        rates.on_core = if task == 0 { 0.0 } else { (on_core as f64 / task as f64).min(1.0) };
        rates.bound = Kind::ALL
            .iter()
            .zip(time)
            .filter(|(k, t)| **k != Kind::Task && *t > 0)
            .max_by_key(|(_, t)| *t)
            .map(|(k, _)| *k);
        rates
    }
}
