//! The key to the colours, and swatches of colour maps.

use super::color;
use crate::window::theme::{self, tokens};
use crate::window::widgets::ticks;
use egui::epaint::{Mesh, Vertex};
use egui::{Align2, Color32, Rect, Sense, Shape, TextStyle, Ui, pos2, vec2};
use graticule_render::scene::{ColorMap, Scene};

/// Widest bar, and its height.
const WIDEST: f32 = 560.0;
const THICK: f32 = 10.0;

/// The colour bar of a picture in the middle of `rect`: colours, marks, units; points at its ends say that values lie
/// beyond.
pub fn color_bar(ui: &mut Ui, rect: Rect, scene: &Scene) {
    let Some(bar) = &scene.color_bar else { return };
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(rect.expand(4.0));
    let small = TextStyle::Small.resolve(ui.style());
    let label = painter.layout_no_wrap(bar.label.clone(), small.clone(), palette.weak);
    let room = (rect.width() - label.size().x - 48.0).clamp(60.0, WIDEST);
    let left = rect.center().x - (room + label.size().x + 12.0) / 2.0;
    let strip = Rect::from_min_size(pos2(left, rect.top() + 4.0), vec2(room, THICK));
    painter.add(gradient(strip, bar.scale.lut.iter().map(|c| color(*c))));
    let [first, .., last] = &bar.scale.lut[..] else { return };
    let (top, bottom, middle) = (strip.top(), strip.bottom(), strip.center().y);
    if bar.scale.beyond[0] {
        let points =
            vec![pos2(strip.left(), top), pos2(strip.left(), bottom), pos2(strip.left() - THICK * 0.7, middle)];
        painter.add(Shape::convex_polygon(points, color(*first), egui::Stroke::NONE));
    }
    if bar.scale.beyond[1] {
        let points =
            vec![pos2(strip.right(), top), pos2(strip.right() + THICK * 0.7, middle), pos2(strip.right(), bottom)];
        painter.add(Shape::convex_polygon(points, color(*last), egui::Stroke::NONE));
    }
    let mut free_from = f32::NEG_INFINITY;
    for tick in &bar.ticks {
        #[expect(clippy::cast_possible_truncation, reason = "a share of 0–1")]
        let x = strip.left() + strip.width() * bar.scale.share_of(tick.value) as f32;
        painter.vline(x, bottom..=bottom + 3.0, egui::Stroke::new(1.0, palette.weak));
        let text = painter.layout_no_wrap(tick.label.clone(), small.clone(), palette.text);
        let at = Align2::CENTER_TOP.anchor_size(pos2(x, bottom + 4.0), text.size());
        if at.left() > free_from {
            free_from = at.right() + 6.0;
            painter.galley(at.min, text, palette.text);
        }
    }
    let at = pos2(strip.right() + THICK + 6.0, strip.center().y - label.size().y / 2.0);
    painter.galley(at, label, palette.weak);
    let about = format!("Colours from {} to {} {}", bar.scale.low, bar.scale.high, bar.label);
    let response = ui.interact(strip, ui.scope_id().with("colour bar"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &about));
    let (low, high) = (ticks::short(bar.scale.low), ticks::short(bar.scale.high));
    response.on_hover_text(format!("{}: {low} to {high}", bar.scale.map));
}

/// A small sample of a colour map.
pub fn swatch(ui: &mut Ui, map: &ColorMap) {
    let (rect, _) = ui.allocate_exact_size(vec2(72.0, 12.0), Sense::hover());
    if ui.is_rect_visible(rect) {
        let colors = map.colors.iter().map(|[r, g, b]| Color32::from_rgb(*r, *g, *b));
        ui.painter().add(gradient(rect.shrink2(vec2(0.0, 1.0)), colors));
        let corner = f32::from(tokens::size::RADIUS) / 4.0;
        ui.painter().rect_stroke(
            rect.shrink2(vec2(0.0, 1.0)),
            corner,
            egui::Stroke::new(0.5, theme::palette(ui).line),
            egui::StrokeKind::Inside,
        );
    }
}

/// A strip with one column for each colour.
fn gradient(rect: Rect, colors: impl ExactSizeIterator<Item = Color32>) -> Mesh {
    let mut mesh = Mesh::default();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred colours")]
    let width = rect.width() / colors.len().max(1) as f32;
    for (i, color) in colors.enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred colours")]
        let left = rect.left() + i as f32 * width;
        let corners =
            [(left, rect.top()), (left + width, rect.top()), (left, rect.bottom()), (left + width, rect.bottom())];
        #[expect(clippy::cast_possible_truncation, reason = "a few thousand corners")]
        let base = mesh.vertices.len() as u32;
        mesh.vertices.extend(corners.map(|(x, y)| Vertex { pos: pos2(x, y), uv: egui::epaint::WHITE_UV, color }));
        mesh.add_triangle(base, base + 1, base + 2);
        mesh.add_triangle(base + 2, base + 1, base + 3);
    }
    mesh
}
