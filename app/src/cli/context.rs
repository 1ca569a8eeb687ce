//! What a command works with: a session, a run that Ctrl-C cancels, progress on stderr, the trace.

use super::args::{Mask, ProgressForm, Shared};
use super::failure::{line, row};
use super::summary;
use anyhow::Context as _;
use graticule_core::cf::Policy;
use graticule_core::engine::{Cancel, EngineOptions, Progress, Run};
use graticule_core::events::{Cursor, Event, chrome_trace};
use graticule_core::ops::Recipe;
use graticule_core::session::{Damage, OpenOptions, Opened, Session};
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A session with its companions.
pub(crate) struct Context {
    pub(crate) session: Session,
    pub(crate) run: Run,
    options: OpenOptions,
    quiet: bool,
    /// When the work began, where a summary of it is wanted.
    summary: Option<Instant>,
    watch: Option<Watch>,
}

/// What the signal handler cancels.
static CANCEL: OnceLock<Cancel> = OnceLock::new();

impl Context {
    /// Starts the engine, the signal handler and, where wanted, the watcher of progress and events.
    pub(crate) fn new(shared: &Shared) -> anyhow::Result<Self> {
        let mut options = EngineOptions::default();
        options.threads = shared.threads.map_or(options.threads, usize::from);
        options.memory_bytes = shared.memory.unwrap_or(options.memory_bytes);
        #[cfg(target_os = "linux")]
        crate::memory::keep_within(options.memory_bytes);
        let session = Session::new(options)?;
        let run = Run::background();
        if CANCEL.set(run.cancel.clone()).is_ok() {
            ctrlc::set_handler(|| {
                if let Some(cancel) = CANCEL.get() {
                    cancel.cancel();
                }
            })
            .context("cannot listen for Ctrl-C")?;
        }
        let form = match shared.progress {
            _ if shared.quiet => ProgressForm::None,
            ProgressForm::Auto if !std::io::stderr().is_terminal() => ProgressForm::None,
            form => form,
        };
        let summary = (shared.verbose > 0 && !shared.quiet).then(Instant::now);
        let gather = shared.trace.is_some() || summary.is_some();
        let watch =
            (form != ProgressForm::None || gather).then(|| Watch::start(form, Arc::clone(&run.progress), gather));
        let policy = match shared.mask {
            Mask::Cf => Policy::Full,
            Mask::Xarray => Policy::Xarray,
        };
        let format = graticule_core::formats::Options { direct: !shared.no_direct };
        let mark_missing = shared.mark_missing.then(Damage::default);
        let options = OpenOptions { policy, format, overrides: shared.attr.clone(), mark_missing };
        Ok(Self { session, run, options, quiet: shared.quiet, summary, watch })
    }

    /// Opens data, several files as one dataset, and waits for nothing but its metadata.
    pub(crate) fn open(&self, paths: &[String]) -> anyhow::Result<Arc<Opened>> {
        Ok(self.session.open_many(paths, &self.options)?)
    }

    /// Opens what the steps of a chain name beside its data, and gives it to them with the chain's functions.
    pub(crate) fn bind(&self, recipe: &mut Recipe) {
        self.session.bind(recipe, &self.options);
    }

    /// Tells on stderr what was done, unless nobody wants to know.
    pub(crate) fn tell(&self, text: &str) {
        if !self.quiet {
            line(text);
        }
    }

    /// Where damaged chunks are noted, if they are not to stop the work.
    pub(crate) fn damage(&self) -> Option<&Damage> {
        self.options.mark_missing.as_ref()
    }

    /// Ends the watch; tells what was damaged, tells what the time went into and writes the trace where they were asked for.
    pub(crate) fn finish(&mut self, trace: Option<&Path>) -> anyhow::Result<()> {
        for warning in self.damage().map(Damage::warnings).unwrap_or_default() {
            line(&format!("warning: {warning}"));
        }
        let (events, lost) = self.watch.take().map(Watch::stop).unwrap_or_default();
        if let Some(begun) = self.summary.filter(|_| !events.is_empty()) {
            summary::table(&events, begun.elapsed(), self.session.engine().threads(), lost).iter().for_each(|l| row(l));
        }
        if let Some(path) = trace {
            std::fs::write(path, chrome_trace(&events).to_string())
                .with_context(|| format!("cannot write the trace to {}", path.display()))?;
        }
        Ok(())
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A command that failed must not leave half a line of progress before its message.
        drop(self.watch.take().map(Watch::stop));
    }
}

/// A thread that looks at the counters a few times a second and gathers events before the rings forget them.
struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<(Vec<Event>, u64)>,
}

/// Shorter work ends before anyone could read of it.
const SILENT: Duration = Duration::from_millis(400);
const BETWEEN: Duration = Duration::from_millis(100);

impl Watch {
    fn start(form: ProgressForm, progress: Arc<Progress>, gather: bool) -> Self {
        let (stop, stopped) = channel();
        let mut cursor = gather.then(Cursor::from_now);
        let thread = std::thread::spawn(move || {
            let started = Instant::now();
            let mut events = Vec::new();
            let mut shown = false;
            loop {
                let ended = !matches!(stopped.recv_timeout(BETWEEN), Err(RecvTimeoutError::Timeout));
                events.extend(cursor.as_mut().map(Cursor::drain).unwrap_or_default());
                let busy = progress.tasks_total() > 0 && started.elapsed() > SILENT;
                match form {
                    ProgressForm::Auto if ended && shown => erase(),
                    ProgressForm::Auto if busy && !ended => {
                        shown = true;
                        show(&progress, started.elapsed());
                    }
                    ProgressForm::Json if busy || ended => line(&json(&progress, ended).to_string()),
                    _ => {}
                }
                if ended {
                    return (events, cursor.map_or(0, |c| c.dropped()));
                }
            }
        });
        Self { stop, thread }
    }

    /// The events gathered, and how many were lost.
    fn stop(self) -> (Vec<Event>, u64) {
        drop(self.stop);
        self.thread.join().unwrap_or_default()
    }
}

fn json(progress: &Progress, done: bool) -> serde_json::Value {
    serde_json::json!({
        "tasks_done": progress.tasks_done(), "tasks_total": progress.tasks_total(), "bytes_read": progress.bytes_read(),
        "bytes_written": progress.bytes_written(), "done": done,
    })
}

fn show(progress: &Progress, elapsed: Duration) {
    let read = progress.bytes_read();
    let rate = read as f64 / elapsed.as_secs_f64();
    let text = format!(
        "{} of {} tasks, {} read, {}/s",
        progress.tasks_done(),
        progress.tasks_total(),
        super::output::bytes(read),
        super::output::bytes_f64(rate)
    );
    // Progress that cannot be shown is not missed.
    drop(write!(std::io::stderr().lock(), "\r\x1b[2K{text}"));
}

fn erase() {
    drop(write!(std::io::stderr().lock(), "\r\x1b[2K"));
}
