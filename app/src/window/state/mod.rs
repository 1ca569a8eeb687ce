//! What the window shows, as plain data: no widget, no job, no file. Changed only by [`State::apply`] and by results of
//! jobs in `app`; panels read it.

mod activity;
mod apply;
mod chain;
mod export;
mod moves;
mod notices;
mod result;
mod series;
mod source;
mod view;

pub use activity::Activity;
pub use apply::Effect;
pub use chain::default_step;
pub use export::{Export, ExportRequest, Format, Outcome, RunningExport};
pub use notices::{Level, Notice, Notices};
pub use result::{Cost, Image, ImageAxis, Names, Picture, Prepared, Shape, Shown, StepReport};
pub use series::{Line, Place, Point, Probe};
pub use source::{Kind, Row, Source, SourceId, rows as source_rows};
pub use view::{Held, Layer, RangeMode, View};

use graticule_core::engine::MemoryUse;
use graticule_core::ops::Step;
use graticule_core::plan::Axis;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A tab at the bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// What each worker did when.
    #[default]
    Tasks,
    /// Memory against the budget.
    Memory,
    /// Bytes per second, and what bounds them.
    Rates,
    /// What happened, in words.
    Log,
}

impl Tab {
    /// All tabs in order.
    pub const ALL: [Self; 4] = [Self::Tasks, Self::Memory, Self::Rates, Self::Log];

    /// The tab's title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Tasks => "Tasks",
            Self::Memory => "Memory",
            Self::Rates => "Rates",
            Self::Log => "Log",
        }
    }
}

/// Which parts of the window are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Sources and chain.
    pub left: bool,
    /// Properties.
    pub right: bool,
    /// Tabs at the bottom.
    pub bottom: bool,
    /// The command palette.
    pub palette: bool,
    /// Past notices.
    pub notices: bool,
    /// The tab shown at the bottom.
    pub tab: Tab,
}

/// The variable shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// Its source.
    pub source: SourceId,
    /// The path of the group whose dataset holds it.
    pub group: String,
    /// The row of the tree it was chosen by.
    pub path: String,
    /// The variable's name in the result of the chain.
    pub variable: String,
}

/// Moving along a dimension by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// The dimension.
    pub dim: String,
    /// When the position last changed, in seconds of the window's clock.
    pub last: f64,
}

/// Something that takes time, for the indicator in the top bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Busy {
    /// What, in words.
    pub what: String,
    /// For how long, in seconds.
    pub seconds: f64,
}

/// All that the window shows.
pub struct State {
    /// Open data, in the order of opening.
    pub sources: Vec<Source>,
    /// The variable shown.
    pub selected: Option<Selected>,
    /// Positions along dimensions, kept while another variable is shown.
    pub positions: BTreeMap<String, usize>,
    /// The chain's result for the variable shown.
    pub result: Option<Arc<Prepared>>,
    /// The slice read last.
    pub shown: Option<Arc<Shown>>,
    /// The picture on screen.
    pub picture: Option<Picture>,
    /// The pixel of the map under the pointer.
    pub pointer: Option<[f64; 2]>,
    /// What lies there.
    pub hover: Option<Point>,
    /// A pixel the person clicked, until its place is known.
    pub picked: Option<[f64; 2]>,
    /// The line shown where the variable has one dimension.
    pub line: Option<Arc<Line>>,
    /// How the slice is drawn.
    pub view: View,
    /// Moving by itself.
    pub playback: Option<Playback>,
    /// Positions per second while playing.
    pub speed: f32,
    /// Series picked on the map.
    pub probes: Vec<Probe>,
    /// The export and its dialog.
    pub export: Export,
    /// What happened.
    pub notices: Notices,
    /// Which parts are shown.
    pub parts: Parts,
    /// Light or dark.
    pub dark: bool,
    /// What the engine does.
    pub activity: Activity,
    /// What the engine holds.
    pub memory: MemoryUse,
    /// What takes time just now.
    pub busy: Vec<Busy>,
    /// Whether files hover over the window.
    pub dropping: bool,
    /// Paths opened before, newest first.
    pub recent: Vec<String>,
    next_id: u64,
    /// Counts changes of the chain or the selection.
    pub(crate) chain_revision: u64,
}

impl State {
    /// Nothing open.
    #[must_use]
    pub fn new(memory: MemoryUse) -> Self {
        Self {
            sources: Vec::new(),
            selected: None,
            positions: BTreeMap::new(),
            result: None,
            shown: None,
            picture: None,
            pointer: None,
            hover: None,
            picked: None,
            line: None,
            view: View::default(),
            playback: None,
            speed: 6.0,
            probes: Vec::new(),
            export: Export::default(),
            notices: Notices::default(),
            parts: Parts { left: true, right: true, bottom: true, palette: false, notices: false, tab: Tab::Tasks },
            dark: true,
            activity: Activity::default(),
            memory,
            busy: Vec::new(),
            dropping: false,
            recent: Vec::new(),
            next_id: 0,
            chain_revision: 0,
        }
    }

    /// A number not given before.
    pub fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The source of the variable shown.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        let selected = self.selected.as_ref()?;
        self.sources.iter().find(|s| s.id == selected.source)
    }

    /// The chain on the group of the variable shown.
    #[must_use]
    pub fn chain(&self) -> &[Step] {
        let steps = self.selected.as_ref().and_then(|s| self.source()?.chains.get(&s.group));
        steps.map_or(&[], Vec::as_slice)
    }

    /// The dimensions with a slider, in the order shown.
    #[must_use]
    pub fn sliders(&self) -> &[Axis] {
        self.result.as_ref().map_or(&[], |r| r.sliders.as_slice())
    }

    /// The position along a dimension, within what there is.
    #[must_use]
    pub fn position(&self, axis: &Axis) -> usize {
        let last = axis.values.len().saturating_sub(1);
        self.positions.get(&axis.name).copied().unwrap_or(0).min(last)
    }

    /// The positions along all dimensions with a slider.
    #[must_use]
    pub fn at(&self) -> Vec<(String, usize)> {
        self.sliders().iter().map(|a| (a.name.clone(), self.position(a))).collect()
    }

    /// Whether the variable shown is a map or an image; a line or a number otherwise.
    #[must_use]
    pub fn is_map(&self) -> bool {
        self.result.as_ref().is_none_or(|r| matches!(r.shape, Shape::Slice { .. }))
    }

    /// Whether what is on screen is what is asked for.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let Some(result) = &self.result else { return false };
        let shown = match result.shape {
            Shape::Slice { .. } => self.picture.as_ref().map(|p| (p.shown.revision, &p.shown.at)),
            Shape::Line(_) | Shape::Scalar => self.line.as_ref().map(|l| (l.revision, &l.at)),
        };
        result.revision == self.chain_revision && shown == Some((result.revision, &self.at()))
    }
}
