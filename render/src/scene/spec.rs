//! Owns what a caller says about a plot: plain settings, with sensible defaults.
//! Knows nothing of how it is built or drawn.

use std::sync::Arc;

use super::color::ColorSettings;
use super::colormap::Rgba;
use super::field::Field;
use super::ticks::Tick;
use crate::geo::{MapView, Projection};

/// Which part of the world a plot shows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ViewSpec {
    /// The projection's home view.
    Home(Projection),
    /// Every cell of the data, or home where the data go round the globe.
    Data(Projection),
    /// A box `[west, south, east, north]` in degrees; may cross the date line.
    Box(Projection, [f64; 4]),
    /// This view, resized to the room there is.
    Exact(MapView),
}

/// How the room is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// The map fills everything; title, colour bar and labels are the caller's to draw.
    Tile,
    /// A figure for paper: title, map, labels on its edge, colour bar, source line.
    #[default]
    Figure,
}

/// Which coastline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CoastDetail {
    /// None.
    None,
    /// By zoom.
    #[default]
    Auto,
    /// 1 : 110 million.
    Coarse,
    /// 1 : 50 million.
    Fine,
}

/// Lines over the raster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerSettings {
    /// The coastline.
    pub coast: CoastDetail,
    /// Borders of countries, at the detail of the coast.
    pub borders: bool,
    /// Meridians and parallels with labels.
    pub graticule: bool,
}

impl Default for LayerSettings {
    fn default() -> Self {
        Self { coast: CoastDetail::Auto, borders: false, graticule: true }
    }
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on near-black.
    Dark,
}

/// The colours of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Around the map.
    pub background: Rgba,
    /// Inside the map where the grid has no cell.
    pub outside: Rgba,
    /// Missing values.
    pub missing: Rgba,
    /// Titles.
    pub ink: Rgba,
    /// Labels, ticks, source line.
    pub quiet_ink: Rgba,
    /// Coastline.
    pub coast: Rgba,
    /// Light edge of the coastline.
    pub coast_edge: Rgba,
    /// Borders.
    pub borders: Rgba,
    /// Meridians and parallels.
    pub graticule: Rgba,
    /// Edge of the map and of the colour bar.
    pub edge: Rgba,
    /// Lines of a line plot, in order, telling apart by lightness too.
    pub series: [Rgba; 6],
}

impl Theme {
    /// The colours of this theme.
    #[must_use]
    pub const fn palette(self) -> Palette {
        match self {
            Self::Light => Palette {
                background: Rgba::grey(255),
                outside: Rgba::opaque(243, 244, 246),
                missing: Rgba::opaque(221, 224, 228),
                ink: Rgba::opaque(23, 26, 31),
                quiet_ink: Rgba::opaque(94, 101, 112),
                coast: Rgba::opaque(30, 34, 40).with_alpha(205),
                coast_edge: Rgba::grey(255).with_alpha(64),
                borders: Rgba::opaque(30, 34, 40).with_alpha(90),
                graticule: Rgba::opaque(30, 34, 40).with_alpha(38),
                edge: Rgba::opaque(120, 127, 138),
                series: [
                    Rgba::opaque(20, 99, 186),
                    Rgba::opaque(214, 96, 18),
                    Rgba::opaque(14, 138, 98),
                    Rgba::opaque(156, 62, 156),
                    Rgba::opaque(178, 140, 8),
                    Rgba::opaque(86, 94, 108),
                ],
            },
            Self::Dark => Palette {
                background: Rgba::opaque(20, 22, 26),
                outside: Rgba::opaque(30, 33, 38),
                missing: Rgba::opaque(52, 56, 63),
                ink: Rgba::opaque(234, 237, 242),
                quiet_ink: Rgba::opaque(150, 158, 170),
                coast: Rgba::opaque(12, 13, 16).with_alpha(220),
                coast_edge: Rgba::grey(255).with_alpha(72),
                borders: Rgba::opaque(12, 13, 16).with_alpha(110),
                graticule: Rgba::opaque(255, 255, 255).with_alpha(40),
                edge: Rgba::opaque(96, 103, 114),
                series: [
                    Rgba::opaque(98, 168, 248),
                    Rgba::opaque(250, 156, 84),
                    Rgba::opaque(92, 204, 160),
                    Rgba::opaque(220, 140, 222),
                    Rgba::opaque(232, 200, 88),
                    Rgba::opaque(168, 176, 190),
                ],
            },
        }
    }
}

/// Everything about a plot of one field: a map, or an image with axes for a plain grid.
#[derive(Debug, Clone)]
pub struct PlotSpec {
    /// The data.
    pub field: Arc<Field>,
    /// What to show of it. Ignored for plain grids unless it is [`ViewSpec::Exact`] on
    /// [`Projection::plane`].
    pub view: ViewSpec,
    /// Size of the whole picture in device pixels.
    pub size_px: [u32; 2],
    /// Device pixels per point: 1 on paper at 96 dpi and on plain screens, `dpi / 96` else.
    /// Scales text and line widths only.
    pub pixel_ratio: f64,
    /// How the room is shared out.
    pub layout: Layout,
    /// Colours.
    pub color: ColorSettings,
    /// Lines over the raster.
    pub layers: LayerSettings,
    /// Title; empty takes the field's long name.
    pub title: String,
    /// Line under the title: decoded time, selections; may be empty.
    pub subtitle: String,
    /// Line at the foot: where the data come from; may be empty.
    pub source: String,
    /// Light or dark.
    pub theme: Theme,
    /// Extra pixels around the view for which the lattice is made too, so that a drag shows
    /// data before the next lattice is ready. 0 for files.
    pub overscan_px: f64,
    /// Several times faster and a little coarser: for the pictures between, while a hand turns
    /// the globe. Build the last one without it.
    pub draft: bool,
    /// Labels of the x and y axis of a plain grid; empty for none.
    pub axis_labels: [String; 2],
    /// Marks of the x and y axis of a plain grid where they are not numbers (dates).
    pub axis_ticks: [Option<Vec<Tick>>; 2],
    /// Let y grow downwards on a plain grid: images and depth.
    pub y_down: bool,
    /// Let a step of x on a plain grid be as long as one of y: the pixels of an image are square.
    pub square: bool,
}

impl PlotSpec {
    /// A figure of `field` at 96 dpi with every setting at its default.
    #[must_use]
    pub fn new(field: Arc<Field>, view: ViewSpec, size_px: [u32; 2]) -> Self {
        Self {
            field,
            view,
            size_px,
            pixel_ratio: 1.0,
            layout: Layout::Figure,
            color: ColorSettings::default(),
            layers: LayerSettings::default(),
            title: String::new(),
            subtitle: String::new(),
            source: String::new(),
            theme: Theme::Light,
            overscan_px: 0.0,
            draft: false,
            axis_labels: [String::new(), String::new()],
            axis_ticks: [None, None],
            y_down: false,
            square: false,
        }
    }

    /// The same plot at another density: size, text and lines all grow by `dpi / 96`.
    #[must_use]
    pub fn at_dpi(mut self, dpi: f64) -> Self {
        let ratio = (dpi / 96.0).clamp(0.1, 20.0);
        self.size_px = self.size_px.map(|s| crate::cast::round_u32(f64::from(s) * ratio));
        self.pixel_ratio *= ratio;
        self
    }
}

/// One line of a line plot. NaN in `y` breaks the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name for the legend.
    pub name: String,
    /// Places along x, as many as `y`.
    pub x: Vec<f64>,
    /// Values.
    pub y: Vec<f64>,
}

/// Everything about a line plot.
#[derive(Debug, Clone, PartialEq)]
pub struct LinePlotSpec {
    /// The lines, in the order of the legend.
    pub series: Vec<Series>,
    /// Label of the x axis; may be empty.
    pub x_label: String,
    /// Label of the y axis, with units; may be empty.
    pub y_label: String,
    /// Marks of the x axis where they are not numbers: decoded times.
    pub x_ticks: Option<Vec<Tick>>,
    /// Let y grow downwards: profiles against depth or pressure.
    pub y_down: bool,
    /// Size of the picture in device pixels.
    pub size_px: [u32; 2],
    /// Device pixels per point.
    pub pixel_ratio: f64,
    /// Title; may be empty.
    pub title: String,
    /// Line under the title; may be empty.
    pub subtitle: String,
    /// Line at the foot; may be empty.
    pub source: String,
    /// Light or dark.
    pub theme: Theme,
}

impl LinePlotSpec {
    /// A plot at 96 dpi of `series`, with nothing written yet.
    #[must_use]
    pub fn new(series: Vec<Series>, size_px: [u32; 2]) -> Self {
        Self {
            series,
            x_label: String::new(),
            y_label: String::new(),
            x_ticks: None,
            y_down: false,
            size_px,
            pixel_ratio: 1.0,
            title: String::new(),
            subtitle: String::new(),
            source: String::new(),
            theme: Theme::Light,
        }
    }
}
