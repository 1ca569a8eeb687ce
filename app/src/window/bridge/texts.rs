//! The texts of a scene, drawn with egui's fonts.

use super::color;
use crate::window::theme;
use egui::{Align2, FontFamily, FontId, Painter, Rect, vec2};
use graticule_render::geo::MapView;
use graticule_render::scene::{Anchor, Baseline, Scene};

/// Draws the texts of a picture into `rect`. Labels of a graticule stand at the map's edge, so they are left out while
/// the camera looks elsewhere than the picture does.
pub fn texts(painter: &Painter, rect: Rect, scene: &Scene, camera: &MapView) {
    let moved = *camera != scene.view;
    #[expect(clippy::cast_possible_truncation, reason = "sizes on a screen")]
    let points = |px: f64| (px / scene.pixel_ratio) as f32;
    for text in scene.texts.iter().filter(|_| !moved) {
        let at = rect.min + vec2(points(text.at[0]), points(text.at[1]));
        let x = match text.anchor {
            Anchor::Start => egui::Align::Min,
            Anchor::Middle => egui::Align::Center,
            Anchor::End => egui::Align::Max,
        };
        let y = match text.baseline {
            Baseline::Top => egui::Align::Min,
            Baseline::Middle => egui::Align::Center,
            Baseline::Bottom => egui::Align::Max,
        };
        let family = if text.bold { theme::strong_family() } else { FontFamily::Proportional };
        let font = FontId::new(points(text.size_px), family);
        let ink = color(text.color);
        if let Some(halo) = text.halo {
            for offset in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
                painter.text(at + offset, Align2([x, y]), &text.text, font.clone(), color(halo));
            }
        }
        painter.text(at, Align2([x, y]), &text.text, font, ink);
    }
}
