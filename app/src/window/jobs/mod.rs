//! Runs whatever may take time on worker threads. Owns order, cancelling and panics; knows nothing of what is done.
//!
//! For one key at most one job runs and one waits: the newest. Results come back through [`Jobs::poll`] on the window's
//! thread, which never waits.

use graticule_core::engine::Cancel;
use parking_lot::{Condvar, Mutex};
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Which threads a job runs on, so that one kind never starves another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// What the person waits for: a slice, a picture, a series.
    Interactive,
    /// What goes on meanwhile: opening many files, export.
    Background,
    /// What waits for the person: file dialogs.
    Person,
}

impl Lane {
    const ALL: [Self; 3] = [Self::Interactive, Self::Background, Self::Person];

    /// Threads of the lane. They mostly wait for the engine, which has its own.
    const fn threads(self) -> usize {
        match self {
            Self::Interactive => 3,
            Self::Background => 2,
            Self::Person => 1,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Background => "background",
            Self::Person => "dialog",
        }
    }
}

/// What becomes of a running job when a newer one of its key arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supersede {
    /// It is told to stop and its result is dropped: nobody wants it any more.
    Cancel,
    /// It may finish and be shown, unless it takes longer than `PATIENCE`: a step of a drag.
    Finish,
}

/// How long a superseded job may hold up the newer one.
const PATIENCE: Duration = Duration::from_millis(250);

/// Why a job gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It was told to stop.
    Cancelled,
    /// It failed, or panicked; the message says what happened.
    Failed(String),
}

/// What a job gave.
#[derive(Debug)]
pub struct Delivery<K, T> {
    /// The job's key.
    pub key: K,
    /// Running number over all jobs: larger is newer.
    pub generation: u64,
    /// The result.
    pub result: Result<T, Failure>,
    /// How long it ran.
    pub took: Duration,
}

/// A job that is running or waits, for the list of what goes on.
#[derive(Debug, Clone)]
pub struct Running<K> {
    /// Its key.
    pub key: K,
    /// When it was asked for.
    pub since: Instant,
}

type Work<T> = Box<dyn FnOnce(&Cancel) -> anyhow::Result<T> + Send>;

struct Task<K, T> {
    key: K,
    generation: u64,
    cancel: Cancel,
    work: Work<T>,
}

struct Slot<K, T> {
    generation: u64,
    since: Instant,
    cancel: Cancel,
    /// Results of this generation are dropped.
    dropped: bool,
    waiting: Option<(Lane, Supersede, Task<K, T>)>,
}

struct Queues<K, T> {
    ready: HashMap<Lane, VecDeque<Task<K, T>>>,
    closed: bool,
}

struct Shared<K, T> {
    queues: Mutex<Queues<K, T>>,
    wake: Condvar,
}

/// The job runner. Dropped, it tells every job to stop.
pub struct Jobs<K, T> {
    shared: Arc<Shared<K, T>>,
    inbox: Receiver<Delivery<K, T>>,
    slots: HashMap<K, Slot<K, T>>,
    generation: u64,
}

impl<K: Clone + Eq + Hash + Send + 'static, T: Send + 'static> Jobs<K, T> {
    /// A runner with its threads; `notify` is called from a worker after each result.
    ///
    /// # Errors
    /// Where the system grants no threads.
    pub fn new(notify: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let queues = Queues { ready: Lane::ALL.map(|lane| (lane, VecDeque::new())).into(), closed: false };
        let shared = Arc::new(Shared { queues: Mutex::new(queues), wake: Condvar::new() });
        let (outbox, inbox) = channel();
        let notify = Arc::new(notify);
        for lane in Lane::ALL {
            for n in 0..lane.threads() {
                let (shared, outbox, notify) = (Arc::clone(&shared), outbox.clone(), Arc::clone(&notify));
                std::thread::Builder::new()
                    .name(format!("{}-{n}", lane.name()))
                    .spawn(move || worker(&shared, lane, &outbox, &*notify))?;
            }
        }
        Ok(Self { shared, inbox, slots: HashMap::new(), generation: 0 })
    }

    /// Starts `work` under `key`, or lets it wait behind the one that runs; one that waits already is dropped.
    pub fn start(
        &mut self,
        key: K,
        lane: Lane,
        supersede: Supersede,
        work: impl FnOnce(&Cancel) -> anyhow::Result<T> + Send + 'static,
    ) -> u64 {
        self.generation += 1;
        let task = Task { key: key.clone(), generation: self.generation, cancel: Cancel::new(), work: Box::new(work) };
        match self.slots.get_mut(&key) {
            Some(slot) => {
                if supersede == Supersede::Cancel || slot.since.elapsed() > PATIENCE {
                    slot.cancel.cancel();
                    slot.dropped |= supersede == Supersede::Cancel;
                }
                slot.waiting = Some((lane, supersede, task));
            }
            None => self.launch(lane, task),
        }
        self.generation
    }

    fn launch(&mut self, lane: Lane, task: Task<K, T>) {
        let slot = Slot {
            generation: task.generation,
            since: Instant::now(),
            cancel: task.cancel.clone(),
            dropped: false,
            waiting: None,
        };
        self.slots.insert(task.key.clone(), slot);
        self.shared.queues.lock().ready.entry(lane).or_default().push_back(task);
        self.shared.wake.notify_all();
    }

    /// Tells the job of this key to stop; a waiting one is dropped. The failure still arrives, as cancelled.
    pub fn cancel(&mut self, key: &K) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.cancel.cancel();
            slot.waiting = None;
        }
    }

    /// What runs or waits under this key.
    #[must_use]
    pub fn running(&self, key: &K) -> Option<Running<K>> {
        self.slots.get(key).map(|slot| Running { key: key.clone(), since: slot.since })
    }

    /// Everything that runs or waits.
    #[must_use]
    pub fn all(&self) -> Vec<Running<K>> {
        self.slots.iter().map(|(key, slot)| Running { key: key.clone(), since: slot.since }).collect()
    }

    /// The next result, if one is there. Never waits.
    pub fn poll(&mut self) -> Option<Delivery<K, T>> {
        self.poll_until(Instant::now())
    }

    /// The next result, if one comes before `end`, which must be no further than a part of a frame.
    pub fn poll_until(&mut self, end: Instant) -> Option<Delivery<K, T>> {
        while let Ok(delivery) = self.inbox.recv_timeout(end.saturating_duration_since(Instant::now())) {
            let Some(slot) = self.slots.remove(&delivery.key) else { continue };
            if let Some((lane, _, task)) = slot.waiting {
                self.launch(lane, task);
                // Someone newer is on the way: that this one was stopped interests nobody.
                if matches!(delivery.result, Err(Failure::Cancelled)) {
                    continue;
                }
            }
            if slot.generation == delivery.generation && !slot.dropped {
                return Some(delivery);
            }
        }
        None
    }
}

impl<K, T> Drop for Jobs<K, T> {
    fn drop(&mut self) {
        for slot in self.slots.values() {
            slot.cancel.cancel();
        }
        self.shared.queues.lock().closed = true;
        self.shared.wake.notify_all();
    }
}

fn worker<K, T>(shared: &Shared<K, T>, lane: Lane, outbox: &Sender<Delivery<K, T>>, notify: &(impl Fn() + ?Sized)) {
    loop {
        let task = {
            let mut queues = shared.queues.lock();
            loop {
                if queues.closed {
                    return;
                }
                if let Some(task) = queues.ready.get_mut(&lane).and_then(VecDeque::pop_front) {
                    break task;
                }
                shared.wake.wait(&mut queues);
            }
        };
        let Task { key, generation, cancel, work } = task;
        let started = Instant::now();
        let result = if cancel.is_cancelled() { Err(Failure::Cancelled) } else { guarded(work, &cancel) };
        // A closed inbox means that the window is gone.
        if outbox.send(Delivery { key, generation, result, took: started.elapsed() }).is_err() {
            return;
        }
        notify();
    }
}

/// Runs the work; a panic becomes a failure with its message.
fn guarded<T>(work: Work<T>, cancel: &Cancel) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(|| work(cancel))) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) if cancel.is_cancelled() => Err(Failure::Cancelled),
        Ok(Err(error)) => Err(Failure::Failed(format!("{error:#}"))),
        Err(panic) => Err(Failure::Failed(format!("a fault of this program: {}", message(&*panic)))),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests may fail and wait")]
mod tests {
    use super::{Delivery, Failure, Jobs, Lane, Supersede};
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    type Runner = Jobs<&'static str, usize>;

    fn next(jobs: &mut Runner) -> Option<Delivery<&'static str, usize>> {
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if let Some(delivery) = jobs.poll() {
                return Some(delivery);
            }
            if jobs.all().is_empty() {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    #[test]
    fn of_a_thousand_positions_the_first_and_the_last_are_read() {
        let mut jobs = Runner::new(|| {}).unwrap();
        let (go, gate) = channel::<()>();
        jobs.start("slice", Lane::Interactive, Supersede::Finish, move |_| {
            gate.recv()?;
            Ok(0)
        });
        for i in 1..1000 {
            jobs.start("slice", Lane::Interactive, Supersede::Finish, move |_| Ok(i));
        }
        go.send(()).unwrap();
        assert_eq!(next(&mut jobs).unwrap().result, Ok(0));
        assert_eq!(next(&mut jobs).unwrap().result, Ok(999));
        assert!(next(&mut jobs).is_none());
    }

    #[test]
    fn what_nobody_wants_is_stopped_and_dropped() {
        let mut jobs = Runner::new(|| {}).unwrap();
        jobs.start("variable", Lane::Interactive, Supersede::Cancel, |cancel| {
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            Ok(1)
        });
        jobs.start("variable", Lane::Interactive, Supersede::Cancel, |_| Ok(2));
        assert_eq!(next(&mut jobs).unwrap().result, Ok(2));
        assert!(next(&mut jobs).is_none());
    }

    #[test]
    fn a_panic_is_a_failed_job_and_the_thread_lives_on() {
        let mut jobs = Runner::new(|| {}).unwrap();
        for _ in 0..8 {
            jobs.start("bad", Lane::Person, Supersede::Cancel, |_| panic!("divided by zero"));
            let failure = next(&mut jobs).unwrap().result;
            assert_eq!(failure, Err(Failure::Failed("a fault of this program: divided by zero".to_owned())));
        }
    }

    #[test]
    fn cancelling_and_dropping_reach_the_job() {
        let mut jobs = Runner::new(|| {}).unwrap();
        let (told, tell) = channel();
        let wait = move |cancel: &graticule_core::engine::Cancel| {
            while !cancel.is_cancelled() {
                std::thread::yield_now();
            }
            told.send(())?;
            anyhow::bail!("stopped")
        };
        jobs.start("export", Lane::Background, Supersede::Cancel, wait.clone());
        jobs.cancel(&"export");
        assert_eq!(next(&mut jobs).unwrap().result, Err(Failure::Cancelled));
        tell.try_recv().ok();
        jobs.start("export", Lane::Background, Supersede::Cancel, wait);
        while jobs.running(&"export").is_none() {}
        std::thread::sleep(Duration::from_millis(20));
        drop(jobs);
        tell.recv_timeout(Duration::from_secs(5)).unwrap();
    }
}
