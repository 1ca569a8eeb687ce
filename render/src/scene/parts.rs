//! Owns the parts that a built scene consists of: layers, strokes, texts, the colour bar.
//! Plain data, in device pixels unless it says otherwise. Knows nothing of painters.

use std::sync::Arc;

use super::color::ColorScale;
use super::colormap::Rgba;
use super::field::Field;
use super::ticks::Tick;
use crate::geo::{Lookup, Paths};

/// A rectangle in device pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// One layer of the map, from the bottom up, clipped to the frame.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Layer {
    /// The field.
    Raster(RasterLayer),
    /// Lines on the plane of the projection.
    Lines(LineLayer),
}

/// The field as coloured cells.
#[derive(Debug, Clone)]
pub struct RasterLayer {
    /// Values.
    pub field: Arc<Field>,
    /// From a pixel of [`super::Scene::view`] to a cell.
    pub lookup: Arc<Lookup>,
    /// From a value to a colour.
    pub scale: ColorScale,
    /// Colour inside the map where the grid has no cell.
    pub outside: Rgba,
}

/// What a layer of lines shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineKind {
    /// Meridians and parallels.
    Graticule,
    /// Borders of countries.
    Borders,
    /// A faint edge under the coastline.
    CoastEdge,
    /// The coastline.
    Coast,
    /// The edge of the projected world.
    Outline,
    /// A line of a line plot.
    Series,
}

/// Lines of one colour and width.
#[derive(Debug, Clone)]
pub struct LineLayer {
    /// What it shows.
    pub kind: LineKind,
    /// Lines on the plane of the view's projection, projected units.
    pub paths: Arc<Paths>,
    /// Colour.
    pub color: Rgba,
    /// Width in device pixels.
    pub width_px: f64,
}

/// A line or filled shape that belongs to the figure, not to the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Corners in device pixels.
    pub points: Vec<[f64; 2]>,
    /// Whether the last corner joins the first.
    pub closed: bool,
    /// Colour inside, if filled.
    pub fill: Option<Rgba>,
    /// Colour and width of the line, if stroked.
    pub stroke: Option<(Rgba, f64)>,
}

/// Which point of a text stands at its position, along x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its start.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// Which point of a text stands at its position, along y.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Baseline {
    /// The top of its capitals.
    Top,
    /// The middle of its capitals.
    Middle,
    /// The line it stands on.
    Bottom,
}

/// What a text is for; the window gives each its own style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextRole {
    /// Title.
    Title,
    /// Line under the title.
    Subtitle,
    /// Number at a mark of an axis or colour bar.
    Tick,
    /// Name of an axis or colour bar, with units.
    AxisLabel,
    /// Degrees at the edge of the map.
    Graticule,
    /// Name of a series in a legend.
    Legend,
    /// Source line at the foot.
    Source,
}

/// A text in the figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// What it is for.
    pub role: TextRole,
    /// The words.
    pub text: String,
    /// Where, device pixels of the whole picture.
    pub at: [f64; 2],
    /// Which point of it stands there along x.
    pub anchor: Anchor,
    /// Which point of it stands there along y.
    pub baseline: Baseline,
    /// Size in device pixels.
    pub size_px: f64,
    /// Semi-bold instead of regular.
    pub bold: bool,
    /// Colour.
    pub color: Rgba,
    /// Turned a quarter to read upwards.
    pub upwards: bool,
    /// Colour of a thin halo, for text over the map.
    pub halo: Option<Rgba>,
}

/// The key to the colours.
#[derive(Debug, Clone, PartialEq)]
pub struct ColorBar {
    /// From a value to a colour.
    pub scale: ColorScale,
    /// Name and units.
    pub label: String,
    /// Marks inside the range.
    pub ticks: Vec<Tick>,
    /// Where a figure draws it; `None` in a tile, where the caller places it. Colours run
    /// from left to right.
    pub place: Option<Rect>,
}
