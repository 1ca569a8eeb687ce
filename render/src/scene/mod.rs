//! Owns plots as plain data: what a caller asks for ([`PlotSpec`], [`LinePlotSpec`]), the
//! choice of colours, and the built [`Scene`] that both painters draw. Knows nothing of wgpu
//! or SVG.

mod axes;
mod cache;
mod color;
mod colormap;
mod field;
mod labels;
mod layout;
mod line_plot;
mod map;
mod parts;
mod spec;
mod ticks;
mod wording;

pub use crate::geo::{Axis, Crs, Grid, GridKind, MapView, Projection, cell_from_lonlat, cell_from_pixel};
pub use cache::SceneCache;
pub use color::{ColorRange, ColorScale, ColorSettings, LUT_LEN};
pub use colormap::{ColorMap, MapKind, Rgba, color_map, color_maps};
pub use field::Field;
pub use map::Scene;
pub use parts::{Anchor, Baseline, ColorBar, Layer, LineKind, LineLayer, RasterLayer, Rect, Shape, Text, TextRole};
pub use spec::{CoastDetail, LayerSettings, Layout, LinePlotSpec, Palette, PlotSpec, Series, Theme, ViewSpec};
pub use ticks::{Tick, nice_log_ticks, nice_step, nice_ticks, number_label, value_label};
pub use wording::{pretty_name, pretty_units};
