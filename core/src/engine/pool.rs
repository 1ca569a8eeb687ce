//! One priority queue over all requests, and the workers that empty it.
//!
//! A request brings a number of tasks and the bytes each needs; tasks are made only as workers take them, so a million
//! chunks cost nothing to queue. Workers run on a rayon pool of their own, one task to its end, then look again; with
//! nothing to do they leave, so an idle engine uses no CPU.

use super::budget::{Budget, Permit};
use super::{Lane, Run};
use crate::events::{self, Kind};
use crate::model::{Error, Result};
use cpu_time::ThreadTime;
use parking_lot::{Condvar, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is done for one index. It may keep a part of the bytes that the task holds for what it leaves behind.
type Task = dyn Fn(usize, &mut Permit) -> Result<()> + Send + Sync;

/// Workers and their queue.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    rayon: rayon::ThreadPool,
    threads: usize,
    budget: Arc<Budget>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Arc<Job>>,
    workers: usize,
    arrivals: u64,
}

struct Job {
    run: Run,
    arrival: u64,
    total: usize,
    bytes: u64,
    task: Arc<Task>,
    state: Mutex<JobState>,
    finished: Condvar,
}

#[derive(Default)]
struct JobState {
    next: usize,
    running: usize,
    error: Option<Error>,
}

impl Job {
    /// Whether tasks are left to take.
    fn open(&self, state: &JobState) -> bool {
        state.next < self.total && state.error.is_none() && !self.run.cancel.is_cancelled()
    }
}

impl Pool {
    pub(super) fn new(threads: usize, budget: Arc<Budget>) -> Result<Self> {
        let rayon = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("worker {}", i + 1))
            .build()
            .map_err(|e| Error::internal(format!("cannot start {threads} worker threads: {e}")))?;
        Ok(Self { shared: Arc::new(Shared { rayon, threads, budget, queue: Mutex::default() }) })
    }

    /// Runs `task(0..total)`, each holding `bytes` of the budget, and waits. Fails fast: after the first error no
    /// further task starts.
    pub(super) fn run(&self, run: &Run, total: usize, bytes: u64, task: Arc<Task>) -> Result<()> {
        run.cancel.check()?;
        if total == 0 {
            return Ok(());
        }
        if bytes > self.shared.budget.limit() {
            return Err(Error::internal(format!("a task of {bytes} bytes passed the plan")));
        }
        run.progress.add_total(total as u64);
        let job = {
            let mut queue = self.shared.queue.lock();
            queue.arrivals += 1;
            let job = Arc::new(Job {
                run: run.clone(),
                arrival: queue.arrivals,
                total,
                bytes,
                task,
                state: Mutex::default(),
                finished: Condvar::new(),
            });
            queue.jobs.push(Arc::clone(&job));
            job
        };
        Shared::wake(&self.shared);
        let error = loop {
            let mut state = job.state.lock();
            if !job.open(&state) && state.running == 0 {
                break state.error.take();
            }
            // Woken by the last task. The time-out serves a token cancelled, and bytes freed, while no worker runs.
            job.finished.wait_for(&mut state, Duration::from_millis(50));
            drop(state);
            Shared::wake(&self.shared);
        };
        self.shared.queue.lock().jobs.retain(|j| !Arc::ptr_eq(j, &job));
        error.map_or_else(|| run.cancel.check(), Err)
    }
}

impl Shared {
    /// Sees that enough workers are at work.
    fn wake(this: &Arc<Self>) {
        let mut queue = this.queue.lock();
        let waiting: usize = queue
            .jobs
            .iter()
            .map(|j| {
                let state = j.state.lock();
                if j.open(&state) { j.total - state.next } else { 0 }
            })
            .fold(0, usize::saturating_add);
        let start = waiting.min(this.threads - queue.workers.min(this.threads));
        queue.workers += start;
        drop(queue);
        for _ in 0..start {
            let shared = Arc::clone(this);
            this.rayon.spawn(move || Self::work(&shared));
        }
    }

    /// Takes tasks until there is none, or none that fits.
    fn work(this: &Arc<Self>) {
        loop {
            let (job, index, mut permit) = {
                let mut queue = this.queue.lock();
                let mut best: Option<&Arc<Job>> = None;
                for job in &queue.jobs {
                    if job.open(&job.state.lock()) && best.is_none_or(|b| before(job, b)) {
                        best = Some(job);
                    }
                }
                // Only the first in line may take memory: a large task is never overtaken by small ones for ever.
                let taken = best.and_then(|job| {
                    let permit = this.budget.try_take(job.bytes)?;
                    let mut state = job.state.lock();
                    let index = state.next;
                    state.next += 1;
                    state.running += 1;
                    Some((Arc::clone(job), index, permit))
                });
                let Some(taken) = taken else {
                    queue.workers -= 1;
                    return;
                };
                taken
            };
            events::set_job(job.run.job);
            let (started, cpu) = (Instant::now(), ThreadTime::now());
            let result = catch_unwind(AssertUnwindSafe(|| (job.task)(index, &mut permit)))
                .unwrap_or_else(|panic| Err(Error::internal(format!("a task failed: {}", message(&*panic)))));
            let cpu_nanos = u64::try_from(cpu.elapsed().as_nanos()).unwrap_or(u64::MAX);
            events::record_with_cpu(Kind::Task, started, job.bytes, 0, cpu_nanos);
            events::set_job(0);
            drop(permit);
            job.run.progress.add_done(1);
            let mut state = job.state.lock();
            state.running -= 1;
            if let Err(error) = result {
                state.error.get_or_insert(error);
            }
            if state.running == 0 && !job.open(&state) {
                job.finished.notify_all();
            }
            drop(state);
            Self::wake(this);
        }
    }
}

/// Whether `a` goes before `b`: the interactive lane first and there the newest, else the oldest.
fn before(a: &Job, b: &Job) -> bool {
    match (a.run.lane, b.run.lane) {
        (Lane::Interactive, Lane::Interactive) => a.arrival > b.arrival,
        (Lane::Background, Lane::Background) => a.arrival < b.arrival,
        (Lane::Interactive, Lane::Background) => true,
        (Lane::Background, Lane::Interactive) => false,
    }
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
