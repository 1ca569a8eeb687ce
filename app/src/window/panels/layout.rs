//! Lays the areas out and shows in each the panels that stand there. Knows no panel's content.

use super::{Area, Context, PANELS};
use crate::window::theme::{self, tokens::size, tokens::space};
use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui, UiBuilder};

/// Shows the whole window.
pub fn show(ui: &mut Ui, context: &Context<'_>) {
    let palette = theme::palette(ui);
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 8));
    if has(context, Area::Top) {
        let slim = frame.inner_margin(Margin::symmetric(8, 4));
        Panel::top("top")
            .exact_size(size::TOP_BAR)
            .frame(slim)
            .resizable(false)
            .show(ui, |ui| fill(ui, context, Area::Top));
    }
    if has(context, Area::Bottom) {
        Panel::bottom("bottom")
            .default_size(size::TABS)
            .min_size(72.0)
            .max_size(400.0)
            .resizable(true)
            .frame(frame.inner_margin(Margin { left: 12, right: 12, top: 4, bottom: 8 }))
            .show(ui, |ui| {
                fixed(ui, |ui| fill(ui, context, Area::Bottom));
            });
    }
    if has(context, Area::Sliders) {
        Panel::bottom("sliders").resizable(false).frame(frame.inner_margin(Margin::symmetric(12, 6))).show(ui, |ui| {
            fill(ui, context, Area::Sliders);
        });
    }
    let side = |panel: Panel, width: f32| {
        panel.default_size(width).min_size(size::SIDE_MIN).max_size(size::SIDE_MAX).resizable(true)
    };
    if has(context, Area::Left) {
        side(Panel::left("left"), size::LEFT).frame(Frame::new().fill(palette.panel)).show(ui, |ui| {
            if has(context, Area::LeftBelow) {
                let most = (ui.available_height() - 120.0).max(120.0);
                Panel::bottom("chain")
                    .default_size(size::CHAIN.min(most))
                    .min_size(96.0)
                    .max_size(most)
                    .resizable(true)
                    .frame(frame)
                    .show(ui, |ui| fixed(ui, |ui| fill(ui, context, Area::LeftBelow)));
            }
            CentralPanel::no_frame().frame(frame).show(ui, |ui| fixed(ui, |ui| fill(ui, context, Area::Left)));
        });
    }
    if has(context, Area::Right) {
        side(Panel::right("right"), size::RIGHT).frame(frame).show(ui, |ui| {
            fixed(ui, |ui| {
                ScrollArea::vertical()
                    .id_salt("right")
                    .auto_shrink(false)
                    .show(ui, |ui| fill(ui, context, Area::Right));
            });
        });
    }
    let canvas = Frame::new().fill(palette.canvas);
    CentralPanel::no_frame().frame(canvas).show(ui, |ui| {
        if has(context, Area::CentreBelow) {
            let most = (ui.available_height() * 0.6).max(120.0);
            Panel::bottom("below centre")
                .default_size(size::SERIES.min(most))
                .min_size(110.0)
                .max_size(most)
                .resizable(true)
                .frame(canvas.inner_margin(Margin::symmetric(12, 4)))
                .show(ui, |ui| {
                    fixed(ui, |ui| fill(ui, context, Area::CentreBelow));
                });
        }
        fill(ui, context, Area::Centre);
    });
    fill(ui, context, Area::Over);
}

/// Shows content in all the room there is, which stays as large as it is whatever the content wants: else a word too
/// long would push the panel's edge.
fn fixed(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let rect = ui.available_rect_before_wrap();
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect));
    child.shrink_clip_rect(rect.expand(2.0));
    content(&mut child);
    ui.advance_cursor_after_rect(rect);
}

fn has(context: &Context<'_>, area: Area) -> bool {
    PANELS.iter().any(|p| p.area == area && (p.when)(context.state))
}

fn fill(ui: &mut Ui, context: &Context<'_>, area: Area) {
    let mut first = true;
    for panel in PANELS.iter().filter(|p| p.area == area && (p.when)(context.state)) {
        if !first && area == Area::Right {
            ui.add_space(space::L);
        }
        first = false;
        ui.push_id(panel.name, |ui| (panel.show)(ui, context));
    }
}
