//! Graticule's two faces: the window and the command line. The only crate that knows egui.

pub mod cli;
pub mod figure;
pub mod sample;
pub mod window;
