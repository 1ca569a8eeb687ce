//! What happened when: a ring of small events per thread, written by whoever works, read by whoever watches.
//!
//! Each ring keeps the latest [`CAPACITY`] events; older ones are overwritten and counted as dropped. Writing takes one
//! uncontended lock of the thread's own ring. Listeners poll [`Cursor::drain`]; nothing is ever sent.

mod trace;

pub use trace::chrome_trace;

use cpu_time::ThreadTime;
use parking_lot::Mutex;
use std::cell::OnceCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// Events kept per thread.
pub const CAPACITY: usize = 65_536;

/// What a worker was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Waiting for memory or for others.
    Wait,
    /// Bytes from disk (in: bytes read).
    Read,
    /// Inflating (in: compressed, out: decoded).
    Decompress,
    /// Undoing shuffle, byte order and such.
    Unshuffle,
    /// Whatever a format's library does in one go: read and decode.
    Decode,
    /// Elementwise and other kernels (in: bytes of inputs, out: of the result).
    Compute,
    /// Updating and merging accumulators.
    Reduce,
    /// Compressing.
    Encode,
    /// Bytes to disk.
    Write,
    /// A whole task, from taken to done; encloses the others.
    Task,
}

impl Kind {
    /// All kinds, in the order of a task's life.
    pub const ALL: [Self; 10] = [
        Self::Wait,
        Self::Read,
        Self::Decompress,
        Self::Unshuffle,
        Self::Decode,
        Self::Compute,
        Self::Reduce,
        Self::Encode,
        Self::Write,
        Self::Task,
    ];

    /// The word shown to people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Read => "read",
            Self::Decompress => "inflate",
            Self::Unshuffle => "unshuffle",
            Self::Decode => "decode",
            Self::Compute => "compute",
            Self::Reduce => "reduce",
            Self::Encode => "encode",
            Self::Write => "write",
            Self::Task => "task",
        }
    }
}

/// One thing that took time. Times are nanoseconds since the program's first event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Start.
    pub start_nanos: u64,
    /// End.
    pub end_nanos: u64,
    /// CPU time of the thread meanwhile; measured for tasks and steps, 0 for other parts.
    pub cpu_nanos: u64,
    /// Bytes taken in.
    pub bytes_in: u64,
    /// Bytes given out.
    pub bytes_out: u64,
    /// Which job: the engine's running number, 0 outside one.
    pub job: u32,
    /// Which thread: rings are numbered in order of their first event.
    pub worker: u16,
    /// What was done.
    pub kind: Kind,
    /// For which step: the short name of an operation; empty where it is for none.
    pub step: &'static str,
}

/// A moment, on the clock and in the thread's CPU time.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    wall: Instant,
    cpu: ThreadTime,
}

impl Stamp {
    /// Now, on this thread.
    #[must_use]
    pub fn now() -> Self {
        Self { wall: Instant::now(), cpu: ThreadTime::now() }
    }
}

struct Ring {
    worker: u16,
    state: Mutex<RingState>,
}

#[derive(Default)]
struct RingState {
    events: VecDeque<Event>,
    /// Events ever written.
    written: u64,
}

static RINGS: Mutex<Vec<Arc<Ring>>> = Mutex::new(Vec::new());
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static JOB: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static RING: OnceCell<Arc<Ring>> = const { OnceCell::new() };
    static CURRENT_JOB: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// A number for a new job.
pub fn next_job() -> u32 {
    u32::try_from(JOB.fetch_add(1, Ordering::Relaxed) & u64::from(u32::MAX)).map_or(1, |n| n.saturating_add(1))
}

/// Names the job for which this thread works from here on (0: none).
pub fn set_job(job: u32) {
    CURRENT_JOB.set(job);
}

/// Nanoseconds since the program's first event.
#[must_use]
pub fn now_nanos() -> u64 {
    nanos(START.elapsed())
}

fn nanos(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}

/// Records something that began at `started` and ends now.
pub fn record(kind: Kind, started: Instant, bytes_in: u64, bytes_out: u64) {
    record_with_cpu(kind, started, bytes_in, bytes_out, 0);
}

/// Records something with the CPU time it took.
pub fn record_with_cpu(kind: Kind, started: Instant, bytes_in: u64, bytes_out: u64, cpu_nanos: u64) {
    push(kind, "", started, [bytes_in, bytes_out], cpu_nanos);
}

/// Records a part of a step (a short name; empty for none) that this thread began at `started` and ends now.
pub fn record_step(kind: Kind, step: &'static str, started: &Stamp, bytes_in: u64, bytes_out: u64) {
    push(kind, step, started.wall, [bytes_in, bytes_out], nanos(started.cpu.elapsed()));
}

fn push(kind: Kind, step: &'static str, started: Instant, [bytes_in, bytes_out]: [u64; 2], cpu_nanos: u64) {
    let start_nanos = nanos(started.saturating_duration_since(*START));
    let end_nanos = now_nanos().max(start_nanos);
    RING.with(|ring| {
        let ring = ring.get_or_init(|| {
            let mut rings = RINGS.lock();
            let worker = u16::try_from(rings.len()).unwrap_or(u16::MAX);
            let ring = Arc::new(Ring { worker, state: Mutex::default() });
            rings.push(Arc::clone(&ring));
            ring
        });
        let mut state = ring.state.lock();
        if state.events.len() == CAPACITY {
            state.events.pop_front();
        }
        let job = CURRENT_JOB.get();
        state.events.push_back(Event {
            start_nanos,
            end_nanos,
            cpu_nanos,
            bytes_in,
            bytes_out,
            job,
            worker: ring.worker,
            kind,
            step,
        });
        state.written += 1;
    });
}

/// A listener's place in the rings.
#[derive(Debug, Clone, Default)]
pub struct Cursor {
    seen: Vec<u64>,
    dropped: u64,
}

impl Cursor {
    /// A listener that begins with events from now on.
    #[must_use]
    pub fn from_now() -> Self {
        let seen = RINGS.lock().iter().map(|r| r.state.lock().written).collect();
        Self { seen, dropped: 0 }
    }

    /// Events since the last call, in no order across threads.
    pub fn drain(&mut self) -> Vec<Event> {
        let rings: Vec<_> = RINGS.lock().clone();
        self.seen.resize(rings.len(), 0);
        let mut out = Vec::new();
        for (ring, seen) in rings.iter().zip(&mut self.seen) {
            let state = ring.state.lock();
            let fresh = state.written - *seen;
            let held = state.events.len() as u64;
            self.dropped += fresh.saturating_sub(held);
            let skip = held.saturating_sub(fresh);
            out.extend(state.events.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)));
            *seen = state.written;
        }
        out
    }

    /// Events overwritten before this listener saw them.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Cursor, Kind, record};
    use std::time::Instant;

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    fn a_listener_sees_each_event_once_and_counts_what_it_missed() {
        std::thread::spawn(|| {
            let mut cursor = Cursor::from_now();
            record(Kind::Read, Instant::now(), 10, 10);
            let mine = |c: &mut Cursor| c.drain().into_iter().filter(|e| e.bytes_in == 10).count();
            assert_eq!(mine(&mut cursor), 1);
            assert_eq!(mine(&mut cursor), 0);
            for _ in 0..CAPACITY + 5 {
                record(Kind::Write, Instant::now(), 11, 0);
            }
            cursor.drain();
            assert!(cursor.dropped() >= 5, "{}", cursor.dropped());
        })
        .join()
        .unwrap();
    }
}
