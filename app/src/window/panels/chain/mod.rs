//! The chain: a column of steps, each with its form, its dimensions before and after, and its Python line.

mod add;
mod form;

use super::Context;
use crate::window::commands::Command;
use crate::window::state::StepReport;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{AtomExt as _, ComboBox, Frame, Id, RichText, ScrollArea, Ui};
use graticule_core::ops::Step;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    widgets::heading(ui, "Chain", |ui| {
        menu(ui, context);
        add::button(ui, context);
    });
    let steps = context.state.chain();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if steps.is_empty() {
            ui.label(theme::note(ui, "The source as it stands. Add a step: an anomaly, a mean, an expression."));
        }
        let counted = Id::unique("steps counted");
        let grown = ui.data(|d| d.get_temp::<usize>(counted)).is_some_and(|n| n < steps.len());
        ui.data_mut(|d| d.insert_temp(counted, steps.len()));
        for (at, step) in steps.iter().enumerate() {
            let report = context.state.result.as_ref().and_then(|r| r.steps.get(at));
            let response = ui.push_id(("step", at), |ui| card(ui, context, at, step, report)).response;
            if grown && at + 1 == steps.len() {
                response.scroll_to_me(Some(egui::Align::BOTTOM));
            }
        }
        result(ui, context);
    });
}

fn menu(ui: &mut Ui, context: &Context<'_>) {
    let button = egui::Button::new(theme::icon(icons::DOTS_THREE)).frame_when_inactive(false);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for command in
            [Command::CopyXarray, Command::CopyCommand, Command::SaveRecipe, Command::ToggleExport, Command::ClearChain]
        {
            let Some(entry) = crate::window::commands::entry(&command) else { continue };
            let words = (theme::icon(entry.icon), RichText::new(entry.title));
            if ui.add(egui::Button::new(words)).accessible_name(entry.title).on_hover_text(entry.help).clicked() {
                context.send(command);
                ui.close();
            }
        }
    });
    response.on_hover_text("What to do with the chain").accessible_name("Chain menu");
}

fn card(ui: &mut Ui, context: &Context<'_>, at: usize, step: &Step, report: Option<&StepReport>) {
    let palette = theme::palette(ui);
    let open_id = Id::unique(("step open", at));
    let failed = report.and_then(|r| r.error.as_deref());
    let is_open = ui.data(|d| d.get_temp(open_id)).unwrap_or(failed.is_some() || at + 1 == context.state.chain().len());
    let dragged = Frame::new().fill(palette.raised).corner_radius(tokens::size::RADIUS).inner_margin(8);
    let inner = dragged.show(ui, |ui| {
        ui.set_width(ui.available_width());
        head(ui, context, at, step, is_open, open_id);
        if let Some(error) = failed {
            ui.label(RichText::new(error).size(tokens::text::SMALL).color(palette.error));
        } else if let Some(report) = report.filter(|r| step.enabled && !r.dims.is_empty()) {
            widgets::name(ui, theme::note(ui, report.dims.as_str())).on_hover_text(report.dims.as_str());
        }
        if is_open {
            ui.add_space(tokens::space::XS);
            form::show(ui, context, at, step, report);
            if let Some(line) = report.map(|r| r.xarray.trim()).filter(|l| !l.is_empty()) {
                widgets::name(ui, theme::note(ui, line.replace('\n', "; "))).on_hover_text(line);
            }
        }
    });
    drop_target(ui, context, at, inner.response.rect);
    ui.add_space(tokens::space::XS);
}

/// Handle, name, and what can be done with the step.
fn head(ui: &mut Ui, context: &Context<'_>, at: usize, step: &Step, is_open: bool, open_id: Id) {
    let palette = theme::palette(ui);
    let number = at + 1;
    let last = context.state.chain().len().saturating_sub(1);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let handle = ui.dnd_drag_source(Id::unique(("drag step", at)), at, |ui| {
            ui.label(theme::icon(icons::DOTS_SIX_VERTICAL).color(palette.weak));
        });
        handle.response.on_hover_text("Drag to reorder");
        ui.add_space(tokens::space::XS);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if widgets::icon_button(ui, icons::TRASH, &format!("Remove step {number}")).clicked() {
                context.send(Command::RemoveStep(at));
            }
            if widgets::icon_button_if(ui, at < last, icons::ARROW_DOWN, &format!("Move step {number} down")).clicked()
            {
                context.send(Command::MoveStep { from: at, to: at + 1 });
            }
            if widgets::icon_button_if(ui, at > 0, icons::ARROW_UP, &format!("Move step {number} up")).clicked() {
                context.send(Command::MoveStep { from: at, to: at - 1 });
            }
            let (icon, word) = if step.enabled { (icons::EYE, "Switch off") } else { (icons::EYE_SLASH, "Switch on") };
            if widgets::icon_button(ui, icon, &format!("{word} step {number}")).clicked() {
                context.send(Command::ToggleStep(at));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let ink = if step.enabled { palette.strong } else { palette.weak };
                let words = step.params.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ");
                let caret = if is_open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
                let title = (
                    RichText::new(caret).color(palette.weak),
                    theme::strong(step.op.as_str()).color(ink),
                    theme::note(ui, words).atom_shrink(true),
                );
                let button = egui::Button::new(title).frame(false).truncate();
                let name = format!("Step {number}: {step}");
                let response = ui.add(button).accessible_name(name.as_str()).on_hover_text(step.to_string());
                if response.clicked() {
                    ui.data_mut(|d| d.insert_temp(open_id, !is_open));
                }
            });
        });
    });
}

/// A step dragged over a card goes to its place.
fn drop_target(ui: &mut Ui, context: &Context<'_>, at: usize, rect: egui::Rect) {
    let response = ui.interact(rect, ui.scope_id().with("drop"), egui::Sense::hover());
    if let Some(from) = response.dnd_hover_payload::<usize>() {
        let y = if *from < at { rect.bottom() + 2.0 } else { rect.top() - 2.0 };
        ui.painter().hline(rect.x_range(), y, egui::Stroke::new(2.0, theme::palette(ui).accent));
    }
    if let Some(from) = response.dnd_release_payload::<usize>()
        && *from != at
    {
        context.send(Command::MoveStep { from: *from, to: at });
    }
}

/// Which variable of the result is shown.
fn result(ui: &mut Ui, context: &Context<'_>) {
    let Some(result) = &context.state.result else { return };
    if context.state.chain().is_empty() || result.variables.len() < 2 {
        return;
    }
    widgets::property(ui, "Shows", |ui| {
        let width = ui.available_width();
        ComboBox::from_id_salt("result").selected_text(result.variable.as_str()).width(width).truncate().show_ui(
            ui,
            |ui| {
                for name in &result.variables {
                    if ui.selectable_label(*name == result.variable, name).clicked() {
                        context.send(Command::ShowResult(name.clone()));
                    }
                }
            },
        );
    });
}
