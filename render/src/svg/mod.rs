//! The painter on paper: a scene as SVG text, and that as PNG. Needs no graphics device and
//! no display. Knows nothing of how the scene was built.

mod document;
mod png;
mod raster;

pub use document::to_svg;
pub use png::{pixels, to_png};
pub use raster::raster_rgba;
