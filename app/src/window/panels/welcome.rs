//! What is seen before anything is open, and while files hover over the window: says what to do next.

use super::Context;
use crate::window::commands::Command;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Align2, Color32, Frame, Id, Order, RichText, Ui, vec2};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let palette = theme::palette(ui);
    let waiting = context.state.busy.iter().any(|b| b.what == "Opening");
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.2).max(24.0));
        let icon = RichText::new(icons::GLOBE_HEMISPHERE_WEST).size(tokens::text::ICON_LARGE).color(palette.accent);
        ui.label(icon);
        ui.add_space(tokens::space::S);
        ui.heading("Open data to explore");
        ui.add_space(tokens::space::XS);
        ui.label(RichText::new("NetCDF, HDF5, Zarr and TIFF. Drop files or folders here.").color(palette.weak));
        ui.add_space(tokens::space::L);
        ui.allocate_ui_with_layout(vec2(420.0, 28.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add_space(12.0);
            if widgets::main_button(ui, !waiting, icons::FOLDER_OPEN, "Open files…").clicked() {
                context.send(Command::OpenFiles);
            }
            if widgets::word_button(ui, icons::FOLDER, "Open folder…").clicked() {
                context.send(Command::OpenFolder);
            }
            if widgets::word_button(ui, icons::GLOBE, "Open the sample").clicked() {
                context.send(Command::OpenSample);
            }
        });
        ui.add_space(tokens::space::M);
        ui.allocate_ui(vec2(396.0, 28.0), |ui| {
            let typed = widgets::draft(ui, "path", "", "or type a path and press Enter", "Path to open");
            if let Some(path) = typed.done.filter(|p| !p.trim().is_empty()) {
                context.send(Command::Open(vec![path.trim().to_owned()]));
            }
        });
        recent(ui, context);
        if waiting {
            ui.add_space(tokens::space::L);
            ui.spinner();
        }
    });
}

fn recent(ui: &mut Ui, context: &Context<'_>) {
    if context.state.recent.is_empty() {
        return;
    }
    ui.add_space(tokens::space::XL);
    ui.label(theme::heading(ui, "Recent"));
    for path in &context.state.recent {
        ui.allocate_ui(vec2(420.0, tokens::size::CONTROL), |ui| {
            let button = egui::Button::new(path.as_str()).frame_when_inactive(false).truncate();
            if ui.add(button).on_hover_text(path).clicked() {
                context.send(Command::Open(vec![path.clone()]));
            }
        });
    }
}

/// While files hover over the window.
pub(super) fn show_drop(ui: &mut Ui, _context: &Context<'_>) {
    let rect = ui.ctx().content_rect();
    let layer = egui::LayerId::new(Order::Foreground, Id::unique("drop"));
    let palette = theme::palette(ui);
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(150));
    painter.rect_stroke(
        rect.shrink(8.0),
        f32::from(tokens::size::RADIUS_LARGE),
        egui::Stroke::new(2.0, palette.accent),
        egui::StrokeKind::Inside,
    );
    egui::Area::new(Id::unique("drop words")).order(Order::Tooltip).anchor(Align2::CENTER_CENTER, vec2(0.0, 0.0)).show(
        ui.ctx(),
        |ui| {
            Frame::popup(ui.style()).show(ui, |ui| ui.heading("Drop to open"));
        },
    );
}
