//! Graticule's two faces: the window and the command line. The only crate that knows egui.

pub mod cli;
pub mod figure;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod sample;
pub mod window;
