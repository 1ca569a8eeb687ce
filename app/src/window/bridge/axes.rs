//! The axes of an image: marks with their labels inside its edges, and the names of the dimensions.

use crate::window::state::{Image, ImageAxis};
use crate::window::theme;
use crate::window::widgets::position_label;
use egui::{Align2, Color32, Pos2, Rect, TextStyle, Ui, pos2, vec2};
use graticule_render::geo::MapView;
use graticule_render::scene::{Tick, nice_ticks};

/// Points between marks, at least.
const APART: [f64; 2] = [96.0, 48.0];

/// Draws the axes of an image that fills `rect` as the camera looks at it; `ratio` is device pixels per point.
pub fn axes(ui: &Ui, rect: Rect, image: &Image, camera: &MapView, ratio: f64) {
    let [west, south, east, north] = camera.bounds();
    let place = |px: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "a place on the screen")]
        let points = (px / ratio) as f32;
        points
    };
    for tick in ticks(&image.x, [west, east], f64::from(rect.width()) / APART[0]) {
        let x = rect.left() + place(camera.pixel_from_xy([tick.value, south])[0]);
        if !(rect.left() + 12.0..=rect.right() - 12.0).contains(&x) {
            continue;
        }
        text(ui, rect, pos2(x, rect.bottom() - 4.0), Align2::CENTER_BOTTOM, &tick.label);
    }
    for tick in ticks(&image.y, [south.min(north), south.max(north)], f64::from(rect.height()) / APART[1]) {
        let y = rect.top() + place(camera.pixel_from_xy([west, tick.value])[1]);
        // The name above and the marks of x below keep their places.
        if !(rect.top() + 28.0..=rect.bottom() - 24.0).contains(&y) {
            continue;
        }
        text(ui, rect, pos2(rect.left() + 6.0, y), Align2::LEFT_CENTER, &tick.label);
    }
    text(ui, rect, rect.right_bottom() - vec2(6.0, 20.0), Align2::RIGHT_BOTTOM, &name(&image.x));
    text(ui, rect, rect.left_top() + vec2(6.0, 4.0), Align2::LEFT_TOP, &name(&image.y));
}

fn name(axis: &ImageAxis) -> String {
    match axis.labels.attrs.text("units").filter(|_| !axis.by_position) {
        Some(units) if units != "1" => format!("{} ({units})", axis.labels.name),
        _ => axis.labels.name.clone(),
    }
}

fn ticks(axis: &ImageAxis, [low, high]: [f64; 2], most: f64) -> Vec<Tick> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few marks")]
    let most = most.clamp(1.0, 50.0) as usize;
    let marks = nice_ticks(low, high, most);
    if !axis.by_position {
        return marks;
    }
    let n = axis.labels.values.len();
    let whole = marks.into_iter().filter(|t| t.value.fract() == 0.0 && t.value >= 0.0);
    whole
        .filter_map(|t| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and not negative")]
            let i = t.value as usize;
            (i < n).then(|| Tick { value: t.value, label: position_label(&axis.labels, i) })
        })
        .collect()
}

/// Text that can be read on any colour.
fn text(ui: &Ui, rect: Rect, at: Pos2, align: Align2, words: &str) {
    let painter = ui.painter().with_clip_rect(rect);
    let font = TextStyle::Small.resolve(ui.style());
    let dark = ui.visuals().dark_mode;
    let halo = if dark { Color32::from_black_alpha(170) } else { Color32::from_white_alpha(190) };
    for offset in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
        painter.text(at + offset, align, words, font.clone(), halo);
    }
    painter.text(at, align, words, font, theme::palette(ui).strong);
}
