//! The painter on the screen: the layers of a scene drawn by wgpu. Text, title and colour bar
//! are the window's to draw from the scene's own lists. Knows no window toolkit.

mod adapters;
mod lines;
mod map;
mod pipelines;
mod raster;

pub use adapters::adapters;
pub use map::{GpuMap, Uploaded};
