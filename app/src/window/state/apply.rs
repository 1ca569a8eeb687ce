//! The one writer: what each command changes. Effects beyond the state (jobs, clipboard, the window itself) are given
//! back for the app to carry out.

use super::{Export, Layer, Level, Names, Probe, RangeMode, Selected, State, default_step};
use crate::window::commands::Command;
use graticule_core::ops::{self, Step};
use graticule_core::session::Override;
use graticule_render::scene::{CoastDetail, color_maps};

/// What is to be done beyond the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask for files.
    AskFiles,
    /// Ask for a folder.
    AskFolder,
    /// Open a path.
    Open {
        /// The path.
        path: String,
        /// Whether its first variable is shown, whatever is shown now.
        show: bool,
    },
    /// Read a source anew, with these attributes over those of the file.
    Reopen {
        /// Which.
        id: super::SourceId,
        /// The attributes.
        overrides: Vec<Override>,
    },
    /// Open the built-in sample.
    OpenSample,
    /// Ask where the export goes.
    AskTarget,
    /// Start the export.
    Export,
    /// Stop the export.
    CancelExport,
    /// Stop all interactive work.
    CancelWork,
    /// Copy the chain as a script.
    CopyXarray,
    /// Ask for a path and save the chain.
    SaveRecipe,
    /// Put text on the clipboard.
    Copy(String),
    /// Close the window.
    Quit,
}

impl State {
    /// Applies a command.
    pub fn apply(&mut self, command: Command) -> Option<Effect> {
        match command {
            Command::OpenFiles => return Some(Effect::AskFiles),
            Command::OpenFolder => return Some(Effect::AskFolder),
            Command::OpenSample => return Some(Effect::OpenSample),
            Command::CancelExport => return Some(Effect::CancelExport),
            Command::CopyXarray => return Some(Effect::CopyXarray),
            Command::SaveRecipe => return Some(Effect::SaveRecipe),
            Command::Copy(text) => return Some(Effect::Copy(text)),
            Command::CopyCommand => return self.command_line().map(Effect::Copy),
            Command::Quit => return Some(Effect::Quit),
            Command::Cancel => return self.cancel(),
            Command::ChooseTarget(request) => {
                self.export.request = request;
                return Some(Effect::AskTarget);
            }
            Command::Export(request) => {
                self.export.request = request;
                return Some(Effect::Export);
            }
            Command::ToggleExport => {
                let open = !self.export.open;
                self.export.open = open && self.result.is_some();
                if self.export.open && self.export.running.is_none() {
                    self.suggest_target();
                }
            }
            Command::Close(id) => self.close(id),
            Command::SetAttribute(id, set) => return self.set_attribute(id, set),
            Command::ResetAttributes(id) => return Some(Effect::Reopen { id, overrides: Vec::new() }),
            Command::Show { source, path } => self.show(source, &path),
            Command::ShowResult(variable) => {
                if let Some(selected) = &mut self.selected {
                    selected.variable = variable;
                    self.changed();
                }
            }
            other => self.apply_rest(other),
        }
        None
    }

    fn apply_rest(&mut self, command: Command) {
        match command {
            Command::SetPosition { dim, index } => self.go_to(&dim, index),
            Command::Step { dim, by } => self.step(dim.as_deref(), 0, by),
            Command::StepLevel(by) => self.step(None, 1, by),
            Command::First => self.go_to_end(false),
            Command::Last => self.go_to_end(true),
            Command::TogglePlay(dim) => self.toggle_play(dim),
            Command::SetSpeed(speed) => self.speed = speed.clamp(0.5, 60.0),
            Command::ToggleTheme => self.dark = !self.dark,
            Command::ToggleLeft => self.parts.left = !self.parts.left,
            Command::ToggleRight => self.parts.right = !self.parts.right,
            Command::ToggleBottom => self.parts.bottom = !self.parts.bottom,
            Command::ShowTab(tab) => {
                self.parts.tab = tab;
                self.parts.bottom = true;
            }
            Command::TogglePalette => self.parts.palette = !self.parts.palette,
            Command::ToggleNotices => self.parts.notices = !self.parts.notices,
            Command::DismissNotice(id) => self.notices.dismiss(id),
            Command::AddProbe(place) => {
                let id = self.fresh_id();
                let color = (0..).find(|c| self.probes.iter().all(|p| p.color != *c)).unwrap_or(0);
                self.probes.push(Probe { id, place, color, series: None });
            }
            Command::SetExport(request) => self.export.request = request,
            Command::Pick(px) => self.picked = Some(px),
            Command::RemoveProbe(id) => self.probes.retain(|p| p.id != id),
            Command::ClearProbes => self.probes.clear(),
            chain @ (Command::AddStep(_)
            | Command::SetStep { .. }
            | Command::MoveStep { .. }
            | Command::ToggleStep(_)
            | Command::DuplicateStep(_)
            | Command::RemoveStep(_)
            | Command::ClearChain) => self.apply_chain(chain),
            view => self.apply_view(view),
        }
    }

    fn apply_chain(&mut self, command: Command) {
        let names = self.result.as_ref().map(|r| Names::of(&r.dataset)).unwrap_or_default();
        let shown = self.result.as_ref().map(|r| r.variable.clone());
        let Some(selected) = self.selected.clone() else { return };
        let Some(source) = self.sources.iter_mut().find(|s| s.id == selected.source) else { return };
        let steps = source.chains.entry(selected.group).or_default();
        let before = steps.clone();
        let mut fresh = None;
        match command {
            Command::AddStep(op) => {
                if let Ok(spec) = ops::find(op) {
                    let step = default_step(spec, &names, shown.as_deref());
                    // A new variable is made to be seen.
                    let makes = spec.keys.filter(|k| k.target == ops::KeyTarget::NewVariables);
                    fresh = makes.and_then(|_| Some(spec.free_keys(&step.params).next()?.0.to_owned()));
                    steps.push(step);
                }
            }
            Command::SetStep { at, step } => {
                if let Some(old) = steps.get_mut(at) {
                    *old = step;
                }
            }
            Command::MoveStep { from, to } if from < steps.len() && to < steps.len() => {
                let step = steps.remove(from);
                steps.insert(to, step);
            }
            Command::ToggleStep(at) => {
                if let Some(step) = steps.get_mut(at) {
                    step.enabled = !step.enabled;
                }
            }
            Command::DuplicateStep(at) => {
                if let Some(step) = steps.get(at).cloned() {
                    steps.insert(at + 1, step);
                }
            }
            Command::RemoveStep(at) if at < steps.len() => drop(steps.remove(at)),
            Command::ClearChain => steps.clear(),
            _ => {}
        }
        if *steps != before {
            if let (Some(variable), Some(selected)) = (fresh, &mut self.selected) {
                selected.variable = variable;
            }
            self.changed();
        }
    }

    fn apply_view(&mut self, command: Command) {
        match command {
            Command::SetProjection(text) => {
                let same = self.view.projection == text;
                self.view.projection = text.filter(|t| !t.trim().is_empty());
                if !same {
                    self.view.centre = None;
                    self.look_at_all();
                }
            }
            Command::SetCentre([lon, lat]) => {
                self.view.centre = Some([lon, lat.clamp(-90.0, 90.0)]);
                self.look_at_all();
            }
            Command::Look(camera) => {
                self.view.camera = Some(camera);
                self.view.turn = None;
            }
            Command::Hover(px) => {
                self.pointer = px;
                if px.is_none() {
                    self.hover = None;
                }
            }
            Command::Resize(size_px, pixel_ratio) => {
                self.view.size_px = size_px;
                self.view.pixel_ratio = pixel_ratio;
                if let Some(camera) = &mut self.view.camera {
                    *camera = camera.resized(size_px.map(f64::from));
                }
            }
            Command::Turn { anchor, by } => self.view.turn = Some((anchor, by)),
            Command::Zoom(factor) => {
                if let Some(camera) = &mut self.view.camera {
                    let middle = camera.size_px.map(|s| s / 2.0);
                    *camera = camera.zoomed(factor, middle);
                    self.view.turn = None;
                }
            }
            Command::ResetView => self.look_at_all(),
            Command::SetColourMap(map) => self.view.colour.map = map,
            Command::NextColourMap => self.next_colour_map(),
            Command::ToggleReversed => self.view.colour.reversed = !self.view.colour.reversed,
            Command::ToggleLog => self.view.colour.log = !self.view.colour.log,
            Command::SetLevels(levels) => self.view.colour.levels = levels,
            Command::SetRange(range) => self.set_range(range),
            Command::ToggleLayer(layer) => {
                let layers = &mut self.view.layers;
                match layer {
                    Layer::Coast if layers.coast == CoastDetail::None => layers.coast = CoastDetail::Auto,
                    Layer::Coast => layers.coast = CoastDetail::None,
                    Layer::Borders => layers.borders = !layers.borders,
                    Layer::Graticule => layers.graticule = !layers.graticule,
                }
            }
            _ => {}
        }
    }

    /// Chain, selection or decoding changed: what is on screen is no longer what is asked for.
    pub(in crate::window) fn changed(&mut self) {
        self.chain_revision += 1;
    }

    fn look_at_all(&mut self) {
        self.view.camera = None;
        self.view.turn = None;
    }

    fn set_range(&mut self, range: RangeMode) {
        if let RangeMode::Typed { low, high } = range
            && !(low.is_finite() && high.is_finite() && low < high)
        {
            self.notices.push(Level::Warning, format!("a colour range from {low} to {high} does not rise"));
            return;
        }
        self.view.colour.range = range;
        // The same mode again takes the range of the frame that is shown now.
        self.view.held = None;
    }

    fn next_colour_map(&mut self) {
        let Ok(maps) = color_maps() else { return };
        let current = self.view.held.as_ref().map(|h| h.map.as_str()).or(self.view.colour.map.as_deref());
        let at = maps.iter().position(|m| Some(m.name.as_str()) == current).map_or(0, |i| (i + 1) % maps.len());
        self.view.colour.map = maps.get(at).map(|m| m.name.clone());
    }

    fn show(&mut self, source: super::SourceId, path: &str) {
        let row = self.sources.iter().find(|s| s.id == source).and_then(|s| s.rows.iter().find(|r| r.path == path));
        let Some(row) = row.filter(|r| r.kind.can_show()) else { return };
        let selected =
            Selected { source, group: row.group.clone(), path: row.path.clone(), variable: row.name.clone() };
        if matches!(self.view.colour.range, RangeMode::Typed { .. }) {
            self.view.colour.range = RangeMode::Frame;
        }
        if self.selected.as_ref().is_none_or(|s| s.source != source || s.group != selected.group) {
            self.probes.clear();
            self.playback = None;
            self.view.centre = None;
            self.look_at_all();
            self.positions.clear();
        }
        self.selected = Some(selected);
        self.export.outcome = None;
        self.changed();
    }

    /// The attributes that a source is to be read with; they are kept once it was.
    fn set_attribute(&self, id: super::SourceId, set: Override) -> Option<Effect> {
        let source = self.sources.iter().find(|s| s.id == id)?;
        let mut overrides = source.overrides.clone();
        overrides.retain(|o| (&o.variable, &o.attribute) != (&set.variable, &set.attribute));
        overrides.push(set);
        Some(Effect::Reopen { id, overrides })
    }

    fn close(&mut self, id: super::SourceId) {
        self.sources.retain(|s| s.id != id);
        if self.selected.as_ref().is_some_and(|s| s.source == id) {
            self.selected = None;
            self.result = None;
            self.shown = None;
            self.picture = None;
            self.hover = None;
            self.line = None;
            self.playback = None;
            self.probes.clear();
            self.look_at_all();
            self.export = Export::default();
            self.changed();
            let next = self.sources.last().and_then(|s| Some((s.id, s.first()?.path.clone())));
            if let Some((source, path)) = next {
                self.show(source, &path);
            }
        }
    }

    fn cancel(&mut self) -> Option<Effect> {
        if self.parts.palette || self.parts.notices {
            self.parts.palette = false;
            self.parts.notices = false;
        } else if self.export.open && self.export.running.is_none() {
            self.export.open = false;
        } else {
            self.playback = None;
            return Some(Effect::CancelWork);
        }
        None
    }

    /// A name for the export, made of the source's and the operations'.
    fn suggestion(&self) -> Option<String> {
        let source = self.source()?;
        let stem = source.name.rsplit_once('.').map_or(source.name.as_str(), |(stem, _)| stem);
        let ops: Vec<_> = self.chain().iter().filter(|s| s.enabled).map(|s| s.op.as_str()).collect();
        let suffix = if ops.is_empty() { "export".to_owned() } else { ops.join("_") };
        let ending = self.export.request.format.ending();
        Some(format!("{stem}_{suffix}.{ending}"))
    }

    fn suggest_target(&mut self) {
        if !self.export.request.target.is_empty() && self.export.outcome.is_none() {
            return;
        }
        if let Some(target) = self.suggestion() {
            self.export.request.target = target;
            self.export.outcome = None;
        }
    }

    /// The command that does in a terminal what an export of the chain does.
    fn command_line(&self) -> Option<String> {
        let source = self.source()?;
        let quote = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let steps: Vec<&Step> = self.chain().iter().filter(|s| s.enabled).collect();
        let mut line = "graticule run".to_owned();
        for input in source.opened.inputs() {
            line.push_str(&format!(" --input {}", quote(input)));
        }
        for set in &source.overrides {
            line.push_str(&format!(" --attr {}", quote(&set.to_string())));
        }
        for step in steps {
            line.push_str(&format!(" --step {}", quote(&step.to_string())));
        }
        let target =
            Some(self.export.request.target.clone()).filter(|t| !t.is_empty()).or_else(|| self.suggestion())?;
        line.push_str(&format!(" -o {}", quote(&target)));
        Some(line)
    }
}
