//! The export: what is asked for, how far it is, how it ended.

use graticule_core::engine::Progress;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What an export writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A Zarr version 3 store.
    #[default]
    Zarr3,
    /// A Zarr version 2 store.
    Zarr2,
    /// A NetCDF-4 file.
    NetCdf4,
}

impl Format {
    /// All formats in order.
    pub const ALL: [Self; 3] = [Self::Zarr3, Self::Zarr2, Self::NetCdf4];

    /// The format's name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Zarr3 => "Zarr v3",
            Self::Zarr2 => "Zarr v2",
            Self::NetCdf4 => "NetCDF-4",
        }
    }

    /// The ending of its files.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Zarr3 | Self::Zarr2 => "zarr",
            Self::NetCdf4 => "nc",
        }
    }
}

/// What is to be exported, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportRequest {
    /// The target; relative to the working folder where it is not absolute.
    pub target: String,
    /// What to write.
    pub format: Format,
    /// Only the variable shown, instead of all of the result.
    pub only_shown: bool,
}

/// How an export ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Written.
    Done {
        /// Where.
        path: PathBuf,
        /// How many bytes.
        bytes: u64,
        /// How long it took.
        seconds: f64,
    },
    /// Stopped by the person; nothing is left behind.
    Cancelled,
    /// Failed; nothing is left behind.
    Failed(String),
}

/// A running export.
#[derive(Debug, Clone)]
pub struct RunningExport {
    /// Its counters.
    pub progress: Arc<Progress>,
    /// When it began.
    pub since: Instant,
    /// Where it goes.
    pub target: String,
}

/// The export and its dialog.
#[derive(Debug, Default)]
pub struct Export {
    /// Whether the dialog is open.
    pub open: bool,
    /// The form as it stands.
    pub request: ExportRequest,
    /// The one that runs.
    pub running: Option<RunningExport>,
    /// How the last one ended.
    pub outcome: Option<Outcome>,
}
