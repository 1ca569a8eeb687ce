//! What the window wants to have, compared with what it has asked for: the difference becomes jobs. So a slider dragged
//! over a thousand positions asks for the newest, whatever came in between.

use super::app::{App, is_slice};
use super::jobs::{Lane, Supersede};
use super::state::{Export, Level, Prepared, Shape, Shown};
use super::work::{
    self, Done, ExportWish, Key, PointWish, PrepareWish, SceneWish, SeriesWish, SliceWish, Stored, ViewWish,
};
use graticule_render::geo::MapView;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// What was asked for last.
#[derive(Default)]
pub(super) struct Asked {
    prepare: Option<u64>,
    slice: Option<SliceWish>,
    pub(super) scene: Option<SceneWish>,
    line: Option<SeriesWish>,
    probes: HashMap<u64, SeriesWish>,
    hover: Option<([f64; 2], u64, MapView)>,
    pick: Option<[f64; 2]>,
    serial: u64,
}

impl App {
    /// Starts what is wanted and was not asked for.
    pub(super) fn ask(&mut self) {
        self.ask_prepare();
        let Some(result) = self.state.result.clone().filter(|r| r.revision == self.state.chain_revision) else {
            return;
        };
        if is_slice(&result.shape) {
            self.ask_slice(&result);
            self.ask_scene();
            self.ask_points();
        } else {
            self.ask_line(&result);
        }
        self.ask_probes(&result);
    }

    /// The chain with its source, for whoever runs it as a whole.
    pub(super) fn chain_wish(&self) -> Option<PrepareWish> {
        let selected = self.state.selected.as_ref()?;
        let source = self.state.source()?;
        Some(PrepareWish {
            revision: self.state.chain_revision,
            opened: Arc::clone(&source.opened),
            group: selected.group.clone(),
            variable: selected.variable.clone(),
            origin: selected.path.rsplit('/').next().unwrap_or_default().to_owned(),
            steps: self.state.chain().to_vec(),
        })
    }

    fn ask_prepare(&mut self) {
        if self.asked.prepare == Some(self.state.chain_revision) {
            return;
        }
        let Some(wish) = self.chain_wish() else { return };
        self.asked.prepare = Some(wish.revision);
        let session = self.session.clone();
        self.jobs.start(Key::Prepare, Lane::Interactive, Supersede::Cancel, move |_| {
            Ok(Done::Prepared(Box::new(work::prepare(&session, &wish)?)))
        });
    }

    fn ask_slice(&mut self, result: &Arc<Prepared>) {
        let wish = SliceWish { revision: result.revision, at: self.state.at() };
        if self.asked.slice.as_ref() == Some(&wish) {
            return;
        }
        // Steps along a dimension may show on the way; another result makes the old one worthless.
        let same = self.asked.slice.as_ref().is_some_and(|s| s.revision == wish.revision);
        let supersede = if same { Supersede::Finish } else { Supersede::Cancel };
        self.asked.slice = Some(wish.clone());
        self.asked.serial += 1;
        let serial = self.asked.serial;
        let drawing = self.scene_wish(serial, wish.revision);
        let (session, result) = (self.session.clone(), Arc::clone(result));
        let (last, cache) = (Arc::clone(&self.last_grid), Arc::clone(&self.cache));
        self.asked.scene.clone_from(&drawing);
        self.jobs.start(Key::Slice, Lane::Interactive, supersede, move |cancel| {
            let shown = Arc::new(work::slice(&session, &result, &wish, serial, &last, cancel)?);
            cancel.check()?;
            let drawn = drawing.map(|wish| work::draw(wish, &shown, &cache)).transpose()?;
            Ok(Done::Slice(shown, drawn.map(Box::new)))
        });
    }

    fn ask_scene(&mut self) {
        // A slice of another variable is not worth another picture: its own successor is on its way.
        let Some(shown) = self.state.shown.clone().filter(|s| s.revision == self.state.chain_revision) else { return };
        let Some(wish) = self.scene_wish(shown.serial, shown.revision) else { return };
        let is_asked = self.asked.scene.as_ref().is_some_and(|asked| {
            // A newer slice on its way is drawn with its job, unless the view has changed since.
            let serial = if asked.serial > wish.serial { wish.serial } else { asked.serial };
            SceneWish { serial, revision: wish.revision, ..asked.clone() } == wish
        });
        if is_asked {
            return;
        }
        self.asked.scene = Some(wish.clone());
        let cache = Arc::clone(&self.cache);
        self.jobs.start(Key::Scene, Lane::Interactive, Supersede::Finish, move |_| {
            Ok(Done::Drawn(Box::new(work::draw(wish, &shown, &cache)?)))
        });
    }

    /// What part of the world is to be seen.
    pub(super) fn view_wish(&self) -> ViewWish {
        let view = &self.state.view;
        match (&view.turn, &view.camera) {
            (Some((anchor, by)), _) => ViewWish::Turned(anchor.clone(), *by),
            (None, Some(camera)) => ViewWish::Exact(camera.clone()),
            (None, None) => ViewWish::All { projection: view.projection.clone(), centre: view.centre },
        }
    }

    fn scene_wish(&self, serial: u64, revision: u64) -> Option<SceneWish> {
        let view = &self.state.view;
        if view.size_px.contains(&0) {
            return None;
        }
        Some(SceneWish {
            serial,
            revision,
            view: self.view_wish(),
            size_px: view.size_px,
            pixel_ratio: view.pixel_ratio,
            color: view.color_settings(revision),
            layers: view.layers,
            dark: self.state.dark,
            marks: self.state.probes.iter().filter_map(|p| Some((p.id, p.place.lonlat?))).collect(),
        })
    }

    fn ask_line(&mut self, result: &Arc<Prepared>) {
        let dim = match &result.shape {
            Shape::Line(dim) => dim.clone(),
            Shape::Slice { .. } | Shape::Scalar => String::new(),
        };
        let wish = SeriesWish { revision: result.revision, dim, at: self.state.at() };
        if self.asked.line.as_ref() == Some(&wish) {
            return;
        }
        self.asked.line = Some(wish.clone());
        let (session, result) = (self.session.clone(), Arc::clone(result));
        self.jobs.start(Key::Line, Lane::Interactive, Supersede::Finish, move |cancel| {
            let series = work::series(&session, &result, &wish, cancel)?;
            Ok(Done::Line(wish, Box::new(series)))
        });
    }

    fn ask_probes(&mut self, result: &Arc<Prepared>) {
        self.asked.probes.retain(|id, _| self.state.probes.iter().any(|p| p.id == *id));
        let (Some(dim), Shape::Slice { x, y }) = (&result.series_dim, &result.shape) else { return };
        let mut at = self.state.at();
        at.retain(|(d, _)| d != dim);
        for probe in &self.state.probes {
            let [row, column] = probe.place.cell;
            let mut at = at.clone();
            at.extend([(y.clone(), row), (x.clone(), column)]);
            let wish = SeriesWish { revision: result.revision, dim: dim.clone(), at };
            if self.asked.probes.get(&probe.id) == Some(&wish) {
                continue;
            }
            self.asked.probes.insert(probe.id, wish.clone());
            let (session, result) = (self.session.clone(), Arc::clone(result));
            self.jobs.start(Key::Probe(probe.id), Lane::Interactive, Supersede::Cancel, move |cancel| {
                let series = work::series(&session, &result, &wish, cancel)?;
                Ok(Done::Probe(wish, Box::new(series)))
            });
        }
    }

    fn ask_points(&mut self) {
        let Some(picture) = &self.state.picture else { return };
        let shown: &Arc<Shown> = &picture.shown;
        let view = self.state.view.camera.as_ref().unwrap_or(&picture.scene.view);
        let stored = self.stored(shown);
        let wish = |px| PointWish { view: view.clone(), field: Arc::clone(&shown.field), px, stored: stored.clone() };
        let hover = self.state.pointer.map(|px| (px, shown.serial, view.clone()));
        if hover != self.asked.hover {
            self.asked.hover.clone_from(&hover);
            if let Some((px, ..)) = hover {
                let (session, wish) = (self.session.clone(), wish(px));
                self.jobs.start(Key::Hover, Lane::Interactive, Supersede::Finish, move |cancel| {
                    Ok(Done::Point(work::point(&session, &wish, cancel)))
                });
            }
        }
        if self.asked.pick != self.state.picked {
            self.asked.pick = self.state.picked;
            if let Some(px) = self.state.picked {
                let (session, wish) = (self.session.clone(), PointWish { stored: None, ..wish(px) });
                self.jobs.start(Key::Pick, Lane::Interactive, Supersede::Finish, move |cancel| {
                    Ok(Done::Point(work::point(&session, &wish, cancel)))
                });
            }
        }
    }

    /// What a slice was read from: nothing where a chain made it.
    fn stored(&self, shown: &Shown) -> Option<Stored> {
        let result = self.state.result.as_ref().filter(|r| r.revision == shown.revision)?;
        let Shape::Slice { x, y } = &result.shape else { return None };
        let path = self.state.selected.as_ref().filter(|_| self.state.chain().is_empty())?.path.clone();
        let opened = Arc::clone(&self.state.source()?.opened);
        Some(Stored { opened, path, at: shown.at.clone(), plane: [y.clone(), x.clone()] })
    }

    pub(super) fn start_export(&mut self) {
        let (Some(prepared), Some(chain)) = (self.state.result.clone(), self.chain_wish()) else { return };
        if self.state.export.request.target.trim().is_empty() {
            self.state.notices.push(Level::Warning, "the export needs a target: type a path or choose one");
            return;
        }
        let progress = Arc::default();
        let request = self.state.export.request.clone();
        self.state.export = Export {
            open: true,
            running: Some(super::state::RunningExport {
                progress: Arc::clone(&progress),
                since: Instant::now(),
                target: request.target.clone(),
            }),
            request: request.clone(),
            outcome: None,
        };
        let wish = ExportWish { request, prepared, chain, progress };
        let session = self.session.clone();
        self.jobs.start(Key::Export, Lane::Background, Supersede::Cancel, move |cancel| {
            Ok(Done::Exported(work::export(&session, &wish, cancel)))
        });
    }
}
