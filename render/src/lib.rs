//! Projections, scenes, colour and the wgpu and SVG painters of Graticule.
//!
//! A slice of data becomes a picture in two steps. [`scene`] turns a
//! [`scene::PlotSpec`] into plain data (on a worker thread; lattices and coastlines come from
//! a [`scene::SceneCache`]). A painter draws it: [`gpu::GpuMap`] on the screen, [`svg`] on
//! paper. The crate knows no files, no plans and no window toolkit.

mod bytes;
mod cast;
mod error;
pub mod geo;
pub mod gpu;
pub mod scene;
pub mod svg;

pub use error::RenderError;
