//! Joins state, jobs and panels: takes results over, applies commands, starts what is asked for and not yet there.

use super::bridge::MapPainter;
use super::commands::{self, Command};
use super::jobs::{Jobs, Lane, Supersede};
use super::panels::{self, Context};
use super::state::{Busy, Effect, Level, Shape, State};
use super::theme::{self, tokens};
use super::work::{self, Done, Key};
use super::{Options, wishes};
use graticule_core::engine::EngineOptions;
use graticule_core::session::Session;
use graticule_render::scene::SceneCache;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long results may be taken over in one frame.
const INBOX: Duration = Duration::from_millis(10);
/// How often what the engine does is looked at while it works.
const WATCH: Duration = Duration::from_millis(100);

/// The window.
pub struct App {
    pub(super) state: State,
    pub(super) session: Session,
    pub(super) jobs: Jobs<Key, Done>,
    pub(super) cache: Arc<SceneCache>,
    pub(super) last_grid: Arc<work::LastGrid>,
    pub(super) asked: wishes::Asked,
    outbox: Vec<Command>,
    painter: Option<MapPainter>,
    sample_folder: Option<PathBuf>,
    title: String,
}

impl App {
    /// The window's content, in a context that eframe (or a test) has made.
    ///
    /// # Errors
    /// Where threads or the engine cannot be made.
    pub fn new(cc: &eframe::CreationContext<'_>, options: Options) -> anyhow::Result<Self> {
        theme::install(&cc.egui_ctx);
        let default = EngineOptions::default();
        let memory_bytes = options.memory_bytes.unwrap_or(default.memory_bytes);
        #[cfg(target_os = "linux")]
        crate::memory::keep_within(memory_bytes);
        let session =
            Session::new(EngineOptions { threads: options.threads.unwrap_or(default.threads), memory_bytes })?;
        let ctx = cc.egui_ctx.clone();
        let jobs = Jobs::new(move || ctx.request_repaint())?;
        let mut state = State::new(session.engine().memory());
        if let Some(kept) = cc.storage.and_then(|s| s.get_string(KEPT)).and_then(|s| serde_json::from_str(&s).ok()) {
            restore(&mut state, kept);
        }
        let mut app = Self {
            state,
            session,
            jobs,
            cache: Arc::default(),
            last_grid: Arc::default(),
            asked: wishes::Asked::default(),
            outbox: Vec::new(),
            painter: cc.wgpu_render_state.as_ref().map(MapPainter::new),
            sample_folder: options.sample_folder,
            title: String::new(),
        };
        if options.sample {
            app.outbox.push(Command::OpenSample);
        }
        if !options.paths.is_empty() {
            app.outbox.push(Command::Open(options.paths));
        }
        Ok(app)
    }

    /// What is shown.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether nothing runs and everything asked for is there.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.outbox.is_empty() && self.jobs.all().is_empty()
    }

    /// Whether a file is being opened, or the variable to be shown prepared.
    fn is_opening(&self) -> bool {
        self.jobs.all().iter().any(|r| matches!(r.key, Key::Open(_) | Key::Prepare))
    }

    /// Asks for something, as a panel would.
    pub fn send(&mut self, command: Command) {
        self.outbox.push(command);
    }

    pub(super) fn carry_out(&mut self, ctx: &egui::Context, effect: Effect) {
        match effect {
            Effect::AskFiles => self.dialog(|| Done::Paths(work::ask_files())),
            Effect::AskFolder => self.dialog(|| Done::Paths(work::ask_folder())),
            Effect::AskTarget => {
                let suggestion = self.state.export.request.target.clone();
                self.dialog(move || {
                    Done::Target(work::ask_target("Export to", &suggestion).map(|p| p.display().to_string()))
                });
            }
            Effect::Open { path, show } => {
                tracing::debug!(path, "open");
                let (session, key) = (self.session.clone(), Key::Open(self.state.fresh_id()));
                self.jobs.start(key, Lane::Background, Supersede::Cancel, move |_| {
                    Ok(Done::Opened(work::open(&session, &path, Vec::new())?, show))
                });
            }
            Effect::Reopen { id, overrides } => {
                let Some(path) = self.state.sources.iter().find(|s| s.id == id).map(|s| s.path.clone()) else { return };
                let session = self.session.clone();
                self.jobs.start(Key::Reopen(id), Lane::Interactive, Supersede::Cancel, move |_| {
                    Ok(Done::Reopened(id, work::open(&session, &path, overrides)?))
                });
            }
            Effect::OpenSample => {
                let (session, key) = (self.session.clone(), Key::Open(self.state.fresh_id()));
                let folder = self.sample_folder.clone();
                self.jobs.start(key, Lane::Background, Supersede::Cancel, move |_| {
                    Ok(Done::Opened(work::open_sample(&session, folder.as_deref())?, true))
                });
            }
            Effect::Export => self.start_export(),
            Effect::CancelExport => self.jobs.cancel(&Key::Export),
            Effect::CancelWork => {
                for running in self.jobs.all() {
                    if running.key != Key::Dialog {
                        self.jobs.cancel(&running.key);
                    }
                }
            }
            Effect::CopyXarray => {
                if let Some(chain) = self.chain_wish() {
                    let session = self.session.clone();
                    self.jobs.start(Key::Script, Lane::Interactive, Supersede::Cancel, move |_| {
                        Ok(Done::Script(work::script(&session, &chain)?))
                    });
                }
            }
            Effect::SaveRecipe => {
                if let Some(chain) = self.chain_wish() {
                    self.jobs.start(Key::Save, Lane::Person, Supersede::Cancel, move |_| {
                        Ok(Done::Saved(work::save_recipe(&chain)?))
                    });
                }
            }
            Effect::Copy(text) => {
                ctx.copy_text(text);
                self.state.notices.push(Level::Info, "Copied");
            }
            Effect::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn dialog(&mut self, ask: impl FnOnce() -> Done + Send + 'static) {
        if self.jobs.running(&Key::Dialog).is_none() {
            self.jobs.start(Key::Dialog, Lane::Person, Supersede::Finish, move |_| Ok(ask()));
        }
    }

    pub(super) fn open_all(&mut self, ctx: &egui::Context, paths: Vec<String>) {
        // Of several, the first is shown; the others stand in the tree.
        for (n, path) in paths.into_iter().enumerate() {
            self.carry_out(ctx, Effect::Open { path, show: n == 0 });
        }
    }

    /// Commands from keys, dropped files and panels, in this order.
    fn commands(&mut self, ctx: &egui::Context) {
        let mut list = commands::pressed(ctx);
        let (dropped, hovering) = ctx.input(|i| {
            let paths = i.raw.dropped_files.iter().map(|f| f.path().display().to_string());
            (paths.collect::<Vec<_>>(), !i.raw.hovered_files.is_empty())
        });
        self.state.dropping = hovering;
        if !dropped.is_empty() {
            list.push(Command::Open(dropped));
        }
        list.append(&mut self.outbox);
        for command in list {
            if let Command::Open(paths) = command {
                self.open_all(ctx, paths);
            } else if let Some(effect) = self.state.apply(command) {
                self.carry_out(ctx, effect);
            }
        }
    }

    fn play(&mut self, ctx: &egui::Context) {
        let Some(playback) = &self.state.playback else { return };
        let due = playback.last + 1.0 / f64::from(self.state.speed);
        let left = due - self.state.notices.now;
        if left > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
        } else if self.state.is_current() {
            self.state.play_on();
            ctx.request_repaint();
        }
        // Else the picture is late; its arrival wakes the window.
    }

    fn watch(&mut self, ctx: &egui::Context) {
        let now = Instant::now();
        let running = self.jobs.all();
        let busy = running.iter().filter_map(|r| {
            let seconds = now.duration_since(r.since).as_secs_f64();
            Some(Busy { what: r.key.words()?.to_owned(), seconds }).filter(|b| b.seconds > tokens::time::BUSY_AFTER)
        });
        self.state.busy = busy.collect();
        if self.state.activity.update() || !running.is_empty() {
            self.state.memory = self.session.engine().memory();
        }
        if running.iter().any(|r| r.key != Key::Dialog && r.key != Key::Save) {
            ctx.request_repaint_after(WATCH);
        }
        if let Some(seconds) = self.state.notices.expire(tokens::time::NOTICE) {
            ctx.request_repaint_after(Duration::from_secs_f64(seconds));
        }
    }

    fn dress(&mut self, ctx: &egui::Context) {
        let theme = if self.state.dark { egui::Theme::Dark } else { egui::Theme::Light };
        if ctx.theme() != theme {
            ctx.set_theme(theme);
        }
        let title = match (self.state.source(), &self.state.result) {
            (Some(source), Some(result)) => format!("{} – {} – Graticule", result.variable, source.name),
            _ => "Graticule".to_owned(),
        };
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.state.notices.now = ctx.time();
        let end = Instant::now() + INBOX;
        while Instant::now() < end {
            match self.jobs.poll() {
                Some(delivery) => self.receive(ctx, delivery),
                None => break,
            }
        }
        if Instant::now() >= end {
            ctx.request_repaint();
        }
        self.commands(ctx);
        self.play(ctx);
        self.ask();
        // Opening and preparing mostly take less than a frame: what follows from them need not wait for one.
        while self.is_opening() {
            let Some(delivery) = self.jobs.poll_until(end) else { break };
            self.receive(ctx, delivery);
            self.ask();
        }
        self.watch(ctx);
        self.dress(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        tracing::trace!(picture = self.state.picture.is_some(), "frame");
        let context = Context::new(&self.state, self.painter.as_ref());
        panels::show(ui, &context);
        self.outbox.extend(context.into_commands());
        if !self.outbox.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        let kept = serde_json::json!({ "dark": self.state.dark, "recent": self.state.recent });
        storage.set_string(KEPT, kept.to_string());
    }
}

/// The key under which the window's habits are kept.
const KEPT: &str = "graticule";

fn restore(state: &mut State, kept: serde_json::Value) {
    if let Some(dark) = kept.get("dark").and_then(serde_json::Value::as_bool) {
        state.dark = dark;
    }
    let recent = kept.get("recent").and_then(serde_json::Value::as_array);
    state.recent = recent.into_iter().flatten().filter_map(|p| p.as_str().map(str::to_owned)).collect();
}

/// Whether a result is shown as a map or an image.
pub(super) fn is_slice(shape: &Shape) -> bool {
    matches!(shape, Shape::Slice { .. })
}
