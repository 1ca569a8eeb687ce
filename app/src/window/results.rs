//! What becomes of the results of jobs: each finds its place in the state.

use super::app::App;
use super::commands::Command;
use super::jobs::{Delivery, Failure};
use super::state::{Held, Level, Line, Outcome, Source};
use super::work::{self, Done, Drawn, Key};
use std::sync::Arc;

impl App {
    /// Takes over one result.
    pub(super) fn receive(&mut self, ctx: &egui::Context, delivery: Delivery<Key, Done>) {
        // `-vv` shows what a wait is made of.
        tracing::debug!(key = ?delivery.key, ok = delivery.result.is_ok(), "arrived");
        let done = match delivery.result {
            Ok(done) => done,
            Err(failure) => return self.failed(&delivery.key, failure),
        };
        match done {
            Done::Opened(opened, show) => {
                // In the tree sources stand in the order in which they were asked for, whichever is read first.
                let id = if let Key::Open(number) = delivery.key { number } else { self.state.fresh_id() };
                let at = self.state.sources.partition_point(|s| s.id < id);
                self.state.recent.retain(|p| *p != opened.path);
                self.state.recent.insert(0, opened.path.clone());
                self.state.recent.truncate(8);
                self.tell_warnings(&opened.name, &opened.opened.info().warnings);
                let source = Source {
                    id,
                    path: opened.path,
                    name: opened.name,
                    overrides: opened.overrides,
                    opened: opened.opened,
                    rows: opened.rows,
                    chains: Default::default(),
                };
                let first = source.first().map(|r| r.path.clone());
                self.state.sources.insert(at, source);
                match first {
                    Some(_) if !show && self.state.selected.is_some() => {}
                    Some(path) => drop(self.state.apply(Command::Show { source: id, path })),
                    None => self.state.notices.push(Level::Warning, "the file holds no variable that can be shown"),
                }
            }
            Done::Reopened(id, opened) => {
                if let Some(source) = self.state.sources.iter_mut().find(|s| s.id == id) {
                    (source.opened, source.rows, source.overrides) = (opened.opened, opened.rows, opened.overrides);
                    self.state.view.held = None;
                    self.state.changed();
                }
            }
            Done::Paths(paths) => self.open_all(ctx, paths),
            Done::Target(target) => {
                if let Some(target) = target {
                    self.state.export.request.target = target;
                }
            }
            Done::Prepared(prepared) => {
                if prepared.revision == self.state.chain_revision {
                    self.state.result = Some(Arc::new(*prepared));
                }
            }
            Done::Slice(shown, drawn) => {
                self.state.shown = Some(shown);
                if let Some(drawn) = drawn {
                    self.take_picture(*drawn);
                }
            }
            Done::Drawn(drawn) => self.take_picture(*drawn),
            Done::Line(wish, series) => {
                self.state.line = Some(Arc::new(Line { revision: wish.revision, at: wish.at, series: *series }));
            }
            Done::Point(point) => match delivery.key {
                Key::Pick => {
                    self.state.picked = None;
                    if let Some(point) = point {
                        self.state.apply(Command::AddProbe(point.place));
                    }
                }
                _ => self.state.hover = point.filter(|_| self.state.pointer.is_some()),
            },
            Done::Probe(_, series) => {
                if let Key::Probe(id) = delivery.key
                    && let Some(probe) = self.state.probes.iter_mut().find(|p| p.id == id)
                {
                    probe.series = Some(Arc::new(*series));
                }
            }
            Done::Exported(outcome) => {
                if let Outcome::Done { path, .. } = &outcome {
                    self.state.notices.push(Level::Info, format!("Exported to {}", path.display()));
                }
                if let Outcome::Failed(error) = &outcome {
                    self.state.notices.push(Level::Error, format!("Export failed: {error}"));
                }
                self.state.export.running = None;
                self.state.export.outcome = Some(outcome);
            }
            Done::Script(text) => {
                ctx.copy_text(text);
                self.state.notices.push(Level::Info, "The chain is on the clipboard as a Python script");
            }
            Done::Saved(Some(path)) => self.state.notices.push(Level::Info, format!("Saved {}", path.display())),
            Done::Saved(None) => {}
        }
    }

    fn failed(&mut self, key: &Key, failure: Failure) {
        match key {
            Key::Export => {
                self.state.export.running = None;
                self.state.export.outcome = Some(match &failure {
                    Failure::Cancelled => Outcome::Cancelled,
                    Failure::Failed(error) => Outcome::Failed(error.clone()),
                });
            }
            Key::Pick => self.state.picked = None,
            // What was stopped is asked for again only when something changes.
            Key::Prepare if matches!(failure, Failure::Failed(_)) => self.state.result = None,
            _ => {}
        }
        if let Failure::Failed(error) = failure {
            self.state.notices.push(Level::Error, error);
        }
    }

    fn take_picture(&mut self, drawn: Drawn) {
        let Drawn { wish, picture } = drawn;
        // A view that was chosen since must not be taken back by a picture from before.
        let wanted = self.view_wish() == wish.view && wish.revision == self.state.chain_revision;
        let view = &mut self.state.view;
        match &wish.view {
            work::ViewWish::All { .. } if wanted && wish.size_px == view.size_px => {
                view.camera = Some(picture.scene.view.clone());
                if let Some(asked) = self.asked.scene.as_mut().filter(|a| a.view == wish.view) {
                    asked.view = work::ViewWish::Exact(picture.scene.view.clone());
                }
            }
            work::ViewWish::Turned(..) if view.turn.is_some() => {
                view.camera = Some(picture.scene.view.resized(view.size_px.map(f64::from)));
            }
            _ => {}
        }
        // A frame without values has no range that could be kept.
        if wish.revision == self.state.chain_revision
            && picture.shown.field.extremes().is_some()
            && view.held(wish.revision).is_none()
            && let Some(bar) = &picture.scene.color_bar
        {
            let (range, log) = (view.colour.range, view.colour.log);
            let (low, high, map) = (bar.scale.low, bar.scale.high, bar.scale.map.clone());
            view.held = Some(Held { revision: wish.revision, range, log, map, low, high });
            // The same picture is not to be built again because its range is known now.
            if let Some(asked) = &mut self.asked.scene {
                asked.color = view.color_settings(wish.revision);
            }
        }
        self.state.picture = Some(picture);
    }

    /// What was assumed or left out on opening: one line on screen, all of it in the log.
    fn tell_warnings(&mut self, name: &str, warnings: &[String]) {
        let notices = &mut self.state.notices;
        match warnings {
            [] => {}
            [only] => notices.push(Level::Warning, format!("{name}: {only}")),
            [first, rest @ ..] => {
                for warning in warnings.iter().rev() {
                    notices.log(Level::Warning, format!("{name}: {warning}"));
                }
                let more = rest.len();
                notices.push(Level::Warning, format!("{name}: {first} (and {more} more such remarks in the log)"));
            }
        }
    }
}
