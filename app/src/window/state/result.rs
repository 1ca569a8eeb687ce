//! The result of a chain for the variable shown, and the slice on screen. Made in jobs, never changed.

use graticule_core::engine::Explain;
use graticule_core::plan::{Axis, Dataset};
use graticule_render::scene::{Field, Scene};
use std::sync::Arc;

/// How a variable is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A slice over two dimensions: a map or an image.
    Slice {
        /// The dimension across.
        x: String,
        /// The dimension down.
        y: String,
    },
    /// A line along a dimension.
    Line(String),
    /// One number.
    Scalar,
}

/// Names that the forms of a step offer: those of the dataset before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Dimensions.
    pub dims: Vec<String>,
    /// Data variables.
    pub variables: Vec<String>,
}

impl Prepared {
    /// The label of the variable with its units.
    #[must_use]
    pub fn label_with_units(&self) -> String {
        match self.units.as_str() {
            "" | "1" => self.label.clone(),
            units => format!("{} ({units})", self.label),
        }
    }
}

impl Names {
    /// The names of a dataset.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            dims: dataset.axes.iter().map(|a| a.name.clone()).collect(),
            variables: dataset.data().map(|v| v.name.clone()).collect(),
        }
    }
}

/// What is known of a step once the chain was applied.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepReport {
    /// Names before it.
    pub before: Names,
    /// Dimensions of the variable shown before and after it: `time 72 · lat 90 → lat 90`.
    pub dims: String,
    /// The Python line that does the same.
    pub xarray: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// What the whole result would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// The plan.
    pub explain: Explain,
    /// Bytes of the result.
    pub result_bytes: u64,
}

/// The result of a chain for the variable shown. Lazy: nothing of it is computed yet.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Which change of chain or selection it belongs to.
    pub revision: u64,
    /// The result.
    pub dataset: Arc<Dataset>,
    /// The variable shown.
    pub variable: String,
    /// Its long name, or its name.
    pub label: String,
    /// Its units; empty where it has none.
    pub units: String,
    /// Variables of the result that can be shown.
    pub variables: Vec<String>,
    /// How it is shown.
    pub shape: Shape,
    /// The dimensions with a slider.
    pub sliders: Vec<Axis>,
    /// The dimension that series on the map run along.
    pub series_dim: Option<String>,
    /// One for each step.
    pub steps: Vec<StepReport>,
    /// What the whole of it would cost; the reason where it cannot run.
    pub cost: Result<Cost, String>,
}

/// An axis of an image.
#[derive(Debug, Clone)]
pub struct ImageAxis {
    /// Its labels.
    pub labels: Axis,
    /// Whether places along it are positions 0, 1, 2 … and not the labels' numbers.
    pub by_position: bool,
}

/// The axes of a slice that lies nowhere on Earth: a section, a Hovmöller diagram, a picture.
#[derive(Debug, Clone)]
pub struct Image {
    /// Across.
    pub x: ImageAxis,
    /// Down or up.
    pub y: ImageAxis,
    /// Whether y grows downwards: depth, pressure, rows of a picture.
    pub y_down: bool,
}

/// A slice, read and ready to draw.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The result it belongs to.
    pub revision: u64,
    /// The positions along the other dimensions.
    pub at: Vec<(String, usize)>,
    /// Running number: changes with every slice.
    pub serial: u64,
    /// The values on their grid.
    pub field: Arc<Field>,
    /// The axes of an image; `None` for a map.
    pub image: Option<Image>,
    /// The positions in words: `2001-07-16, 850 hPa`.
    pub title: String,
    /// Chunks read for it.
    pub chunks_read: u64,
    /// Chunks that the variable has in all.
    pub chunks_total: u64,
    /// How long it took.
    pub millis: f64,
}

/// The picture on screen with the slice it shows.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The picture.
    pub scene: Arc<Scene>,
    /// Its slice.
    pub shown: Arc<Shown>,
    /// Where series were picked: their number, and the place on the plane of the picture's projection.
    pub marks: Vec<(u64, [f64; 2])>,
}
