//! Between scenes and egui: draws the layers on the device, the texts and the colour bar with egui's own painter. Knows
//! no panel and no state but the picture.

mod axes;
mod bar;
mod map;
mod texts;

pub use axes::axes;
pub use bar::{color_bar, swatch};
pub use map::MapPainter;
pub use texts::texts;

use egui::Color32;
use graticule_render::scene::Rgba;

/// A colour of the scene as egui's.
fn color(Rgba([r, g, b, a]): Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(r, g, b, a)
}
