//! The map: draws the picture, moves the view, shows the value under the pointer, picks series.

use super::Context;
use crate::window::commands::Command;
use crate::window::theme::{self, icons, tokens};
use crate::window::{bridge, widgets};
use egui::{Align2, PointerButton, Rect, Response, Sense, TextStyle, Ui, pos2, vec2};
use graticule_render::geo::MapView;

/// Height of the line above the map and of the colour bar below it.
const HEADER: f32 = 32.0;
const BAR: f32 = 44.0;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let whole = ui.available_rect_before_wrap();
    let header = Rect::from_min_size(whole.min, vec2(whole.width(), HEADER));
    let bar = Rect::from_min_max(pos2(whole.left(), whole.bottom() - BAR), whole.max);
    let map = Rect::from_min_max(pos2(whole.left(), header.bottom()), pos2(whole.right(), bar.top()));
    let inside = header.shrink2(vec2(tokens::space::M, 2.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inside), |ui| title(ui, context));
    area(ui, context, map);
    if let Some(picture) = &context.state.picture {
        bridge::color_bar(ui, bar.shrink2(vec2(tokens::space::M, 4.0)), &picture.scene);
    }
    ui.advance_cursor_after_rect(whole);
}

fn title(ui: &mut Ui, context: &Context<'_>) {
    ui.horizontal_centered(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::command_icon(ui, context, Command::ResetView);
            if let Some(picture) = &context.state.picture {
                let shown = &picture.shown;
                let text = badge(shown.chunks_read, shown.chunks_total, shown.millis);
                ui.label(theme::note(ui, text))
                    .on_hover_text("Chunks read from disk for this slice, of all the variable has");
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let Some(result) = &context.state.result else { return };
                let at = context.state.picture.as_ref().map(|p| p.shown.title.clone()).unwrap_or_default();
                ui.label(theme::strong(result.variable.as_str()).color(theme::palette(ui).strong));
                widgets::name(ui, egui::RichText::new(at)).on_hover_text(result.label.as_str());
            });
        });
    });
}

/// `read 12 of 4,380 chunks, 38 ms`.
fn badge(read: u64, total: u64, millis: f64) -> String {
    let what = match (read, total) {
        (0, _) => "from memory".to_owned(),
        (read, total) if read > total => format!("read {} chunks", widgets::count(read)),
        _ => format!("read {} of {} chunks", widgets::count(read), widgets::count(total)),
    };
    format!("{what}, {}", widgets::duration(millis / 1000.0))
}

fn area(ui: &mut Ui, context: &Context<'_>, rect: Rect) {
    let response = ui.interact(rect, ui.scope_id().with("map"), Sense::click_and_drag());
    let ratio = f64::from(ui.ctx().pixels_per_point());
    resize(ui, context, rect, ratio);
    describe(ui, context, &response);
    let Some(picture) = &context.state.picture else {
        empty(ui, context, rect);
        return;
    };
    let camera = context.state.view.camera.as_ref().unwrap_or(&picture.scene.view);
    if let Some(painter) = context.painter {
        painter.paint(ui, rect, picture, camera);
    }
    bridge::texts(&ui.painter().with_clip_rect(rect), rect, &picture.scene, camera);
    if let Some(image) = &picture.shown.image {
        bridge::axes(ui, rect, image, camera, ratio);
    }
    marks(ui, context, rect, camera, ratio);
    if picture.shown.field.extremes().is_none() {
        note(ui, rect, "Every value here is missing");
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, theme::palette(ui).accent);
        ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
    }
    steer(ui, context, &response, camera, ratio);
    chip(ui, context, &response, ratio);
}

fn resize(ui: &Ui, context: &Context<'_>, rect: Rect, ratio: f64) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a screen")]
    let size = [rect.width(), rect.height()].map(|s| (f64::from(s.max(0.0)) * ratio).round() as u32);
    let view = &context.state.view;
    if !ui.is_sizing_pass() && !size.contains(&0) && (view.size_px != size || view.pixel_ratio != ratio) {
        context.send(Command::Resize(size, ratio));
    }
}

/// The map's node for screen readers: what it shows, and the value under the pointer.
fn describe(ui: &Ui, context: &Context<'_>, response: &Response) {
    let name = match &context.state.result {
        Some(result) => format!("Map of {}", result.variable),
        None => "Map".to_owned(),
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    let title = context.state.picture.as_ref().map(|p| p.shown.title.clone()).unwrap_or_default();
    let value = match &context.state.hover {
        Some(point) => format!("{title}, {} = {}", point.place.label, point.value),
        None => title,
    };
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(value));
}

/// Drag, wheel, click.
fn steer(ui: &Ui, context: &Context<'_>, response: &Response, camera: &MapView, ratio: f64) {
    let local =
        |p: egui::Pos2| [f64::from(p.x - response.rect.left()) * ratio, f64::from(p.y - response.rect.top()) * ratio];
    let anchor_id = response.id.with("anchor");
    if response.drag_started_by(PointerButton::Primary) {
        ui.data_mut(|d| d.insert_temp(anchor_id, camera.clone()));
    }
    if response.dragged_by(PointerButton::Primary) {
        if camera.turns() {
            let anchor = ui.data(|d| d.get_temp::<MapView>(anchor_id));
            if let (Some(anchor), Some(moved)) = (anchor, response.total_drag_delta()) {
                context.send(Command::Turn { anchor, by: [f64::from(moved.x) * ratio, f64::from(moved.y) * ratio] });
            }
        } else if response.drag_delta() != egui::Vec2::ZERO {
            let delta = response.drag_delta();
            context.send(Command::Look(camera.panned(f64::from(delta.x) * ratio, f64::from(delta.y) * ratio)));
        }
    }
    let over = response.hover_pos();
    if let Some(at) = over {
        let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
        // A wheel's notch (about 50 points) magnifies by a fifth.
        let factor = f64::from(pinch) * (f64::from(scroll) / 270.0).exp();
        if (factor - 1.0).abs() > 1e-6 {
            context.send(Command::Look(camera.zoomed(factor, local(at))));
        }
    }
    let pointer = over.filter(|_| !response.dragged()).map(local);
    if pointer != context.state.pointer {
        context.send(Command::Hover(pointer));
    }
    if response.double_clicked() {
        context.send(Command::ResetView);
    } else if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        context.send(Command::Pick(local(at)));
    }
}

/// The value under the pointer.
fn chip(ui: &Ui, context: &Context<'_>, response: &Response, ratio: f64) {
    let (Some(point), Some(pointer)) = (&context.state.hover, response.hover_pos()) else { return };
    if response.dragged() {
        return;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a position on the screen")]
    let at =
        pos2(response.rect.left() + (point.px[0] / ratio) as f32, response.rect.top() + (point.px[1] / ratio) as f32);
    // What lies at another pixel is not what lies here: the next answer is a frame away.
    if at.distance(pointer) > 24.0 {
        return;
    }
    let palette = theme::palette(ui);
    let painter = ui.painter().with_clip_rect(response.rect);
    let body = egui::FontId::new(tokens::text::BODY, theme::strong_family());
    let value = painter.layout_no_wrap(point.value.clone(), body, palette.strong);
    let small = TextStyle::Small.resolve(ui.style());
    let place = painter.layout_no_wrap(point.place.label.clone(), small, palette.weak);
    let size = vec2(value.size().x.max(place.size().x), value.size().y + place.size().y) + vec2(16.0, 10.0);
    let bounds = response.rect.shrink(4.0);
    let mut rect = Rect::from_min_size(pointer + vec2(14.0, 14.0), size);
    if rect.right() > bounds.right() {
        rect = rect.translate(vec2(-size.x - 28.0, 0.0));
    }
    if rect.bottom() > bounds.bottom() {
        rect = rect.translate(vec2(0.0, -size.y - 28.0));
    }
    painter.rect_filled(rect, f32::from(tokens::size::RADIUS), palette.raised.gamma_multiply(0.94));
    let corner = rect.min + vec2(8.0, 5.0);
    let below = corner + vec2(0.0, value.size().y);
    painter.galley(corner, value, palette.strong);
    painter.galley(below, place, palette.weak);
}

/// Where series were picked.
fn marks(ui: &Ui, context: &Context<'_>, rect: Rect, camera: &MapView, ratio: f64) {
    let Some(picture) = &context.state.picture else { return };
    let painter = ui.painter().with_clip_rect(rect);
    let palette = theme::palette(ui);
    for (id, xy) in &picture.marks {
        let Some(probe) = context.state.probes.iter().find(|p| p.id == *id) else { continue };
        let [x, y] = camera.pixel_from_xy(*xy);
        #[expect(clippy::cast_possible_truncation, reason = "a position on the screen")]
        let at = rect.min + vec2((x / ratio) as f32, (y / ratio) as f32);
        painter.circle(at, 5.0, tokens::series(probe.color), egui::Stroke::new(2.0, palette.strong));
    }
}

/// Before the first picture: what is being done, or what went wrong.
fn empty(ui: &mut Ui, context: &Context<'_>, rect: Rect) {
    let stuck = context.state.busy.is_empty()
        && context.state.notices.open().any(|n| n.level == crate::window::state::Level::Error);
    if stuck {
        note(ui, rect, "This variable cannot be drawn; the notice says why");
    } else if !context.state.busy.is_empty() {
        let spinner = Rect::from_center_size(rect.center(), vec2(24.0, 24.0));
        ui.put(spinner, egui::Spinner::new().size(24.0).color(theme::palette(ui).accent));
    }
}

fn note(ui: &Ui, rect: Rect, text: &str) {
    let palette = theme::palette(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let text = format!("{}  {text}", icons::INFO);
    let galley = ui.painter().layout_no_wrap(text, font, palette.text);
    let back = Rect::from_center_size(rect.center(), galley.size() + vec2(24.0, 12.0));
    ui.painter().rect_filled(back, f32::from(tokens::size::RADIUS), palette.raised);
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min, galley, palette.text);
}
