//! What the jobs do: open, apply the chain, read a slice, build the picture, pick series, export. Runs on worker threads
//! and may take its time; knows no widget. One file for each kind of work.

mod dialog;
mod export;
mod grid;
mod line;
mod open;
mod point;
mod prepare;
mod scene;
mod slice;

pub use dialog::{ask_files, ask_folder, ask_target};
pub use export::{ExportWish, export, save_recipe, script};
pub use line::{SeriesWish, series};
pub use open::{OpenedSource, open, open_sample};
pub use point::{PointWish, Stored, point};
pub use prepare::{PrepareWish, prepare};
pub use scene::{Drawn, SceneWish, ViewWish, draw};
pub use slice::{LastGrid, SliceWish, slice};

use crate::window::state::{Outcome, Point, Prepared, Shown, SourceId};
use graticule_core::engine::{Cancel, Run};
use graticule_core::session::Series;
use std::path::PathBuf;
use std::sync::Arc;

/// Which work; for one key only the newest counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// Opening a source: each by its own number.
    Open(u64),
    /// Reading a source anew, with other attributes.
    Reopen(SourceId),
    /// A dialog of the system.
    Dialog,
    /// Applying the chain.
    Prepare,
    /// Reading the slice.
    Slice,
    /// Building the picture.
    Scene,
    /// Reading the line.
    Line,
    /// What lies under the pointer.
    Hover,
    /// What lies where the person clicked.
    Pick,
    /// A series picked on the map.
    Probe(u64),
    /// The export.
    Export,
    /// The chain as a script.
    Script,
    /// Saving the recipe.
    Save,
}

impl Key {
    /// What is done, in words; `None` for what is too short to tell.
    #[must_use]
    pub fn words(&self) -> Option<&'static str> {
        match self {
            Self::Open(_) | Self::Reopen(_) => Some("Opening"),
            Self::Prepare => Some("Applying the chain"),
            Self::Slice => Some("Reading the slice"),
            Self::Scene => Some("Drawing the map"),
            Self::Line | Self::Probe(_) => Some("Reading a series"),
            Self::Export => Some("Exporting"),
            Self::Script | Self::Save => Some("Saving"),
            Self::Dialog | Self::Hover | Self::Pick => None,
        }
    }
}

/// What the work gave.
pub enum Done {
    /// A source is open, and whether its first variable is to be shown.
    Opened(OpenedSource, bool),
    /// A source is read anew.
    Reopened(SourceId, OpenedSource),
    /// The person chose paths; empty where they thought better of it.
    Paths(Vec<String>),
    /// The person chose where the export goes.
    Target(Option<String>),
    /// The chain is applied.
    Prepared(Box<Prepared>),
    /// The slice is read, and drawn where the map's size was known.
    Slice(Arc<Shown>, Option<Box<Drawn>>),
    /// The picture is built.
    Drawn(Box<Drawn>),
    /// The line is read.
    Line(SeriesWish, Box<Series>),
    /// What lies at a point of the map.
    Point(Option<Point>),
    /// A series is read.
    Probe(SeriesWish, Box<Series>),
    /// The export ended.
    Exported(Outcome),
    /// Text for the clipboard.
    Script(String),
    /// A recipe stands there; `None` where the person thought better of it.
    Saved(Option<PathBuf>),
}

/// A request that somebody waits for, stopped by the job's token.
fn interactive(cancel: &Cancel) -> Run {
    Run { cancel: cancel.clone(), ..Run::interactive() }
}
