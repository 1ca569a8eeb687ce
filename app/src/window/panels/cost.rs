//! What running the chain in full would cost: said before it runs.

use super::Context;
use crate::window::commands::Command;
use crate::window::theme::{self, icons};
use crate::window::widgets::{self, property};
use egui::{RichText, Ui};

/// Reading this many times more than is wanted deserves a word.
const WASTE: f64 = 4.0;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let Some(result) = &context.state.result else { return };
    ui.label(theme::heading(ui, "Cost in full"));
    let cost = match &result.cost {
        Ok(cost) => cost,
        Err(error) => {
            ui.label(RichText::new(error.as_str()).color(theme::palette(ui).warning));
            return;
        }
    };
    let explain = &cost.explain;
    property(ui, "Reads", |ui| {
        let chunks = explain.chunks();
        let text = format!("{} in {} chunks", widgets::bytes(explain.stored_bytes()), widgets::count(chunks));
        widgets::name(ui, RichText::new(text)).on_hover_text("Bytes in the file, and the chunks they stand in");
    });
    property(ui, "Result", |ui| {
        widgets::name(ui, RichText::new(widgets::bytes(cost.result_bytes)));
    });
    property(ui, "Memory", |ui| {
        widgets::name(ui, RichText::new(widgets::bytes(explain.peak_bytes)))
            .on_hover_text("The most that is held at one time");
    });
    property(ui, "Estimate", |ui| {
        widgets::name(ui, RichText::new(widgets::duration(explain.seconds)));
    });
    let waste = explain.amplification();
    if waste > WASTE {
        let words = format!("{}  This chunking reads {waste:.0} times too much", icons::WARNING);
        ui.label(RichText::new(words).color(theme::palette(ui).warning));
    }
    ui.add_space(4.0);
    if widgets::word_button(ui, icons::EXPORT, "Export…").clicked() {
        context.send(Command::ToggleExport);
    }
}
