//! Graticule's two faces: the window and the command line. The only crate that knows egui.

pub mod window;
