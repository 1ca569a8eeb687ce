//! The tabs at the bottom: what the engine does, holds and how fast it is; what happened.

mod log;
mod memory;
mod rates;
mod tasks;

use super::Context;
use crate::window::commands::Command;
use crate::window::state::Tab;
use crate::window::theme;
use crate::window::widgets;
use egui::{Button, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let current = context.state.parts.tab;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for tab in Tab::ALL {
            let on = tab == current;
            let palette = theme::palette(ui);
            let ink = if on { palette.strong } else { palette.weak };
            let words = if on { theme::strong(tab.title()) } else { egui::RichText::new(tab.title()) };
            let response =
                ui.add(Button::new(words.color(ink)).frame_when_inactive(false)).accessible_name(tab.title());
            if on {
                let line = response.rect.shrink2(egui::vec2(8.0, 0.0));
                ui.painter().hline(line.x_range(), line.bottom(), egui::Stroke::new(2.0, palette.accent));
            }
            if response.clicked() {
                context.send(Command::ShowTab(tab));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| summary(ui, context));
    });
    ui.add_space(4.0);
    match current {
        Tab::Tasks => tasks::show(ui, context),
        Tab::Memory => memory::show(ui, context),
        Tab::Rates => rates::show(ui, context),
        Tab::Log => log::show(ui, context),
    }
}

/// What matters of all tabs, in a few words.
fn summary(ui: &mut Ui, context: &Context<'_>) {
    let rates = context.state.activity.rates(2.0);
    if let Some(kind) = rates.bound {
        ui.label(theme::note(ui, format!("bound by {}", kind.name())))
            .on_hover_text("What took most of the workers' time during the last work");
    }
    let fastest = rates.decoded.max(rates.read).max(rates.computed);
    if fastest > 0.0 {
        ui.label(theme::note(ui, format!("{}/s", widgets::bytes_f64(fastest))));
    }
}
