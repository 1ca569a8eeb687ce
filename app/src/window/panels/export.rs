//! The export dialog: what, where to, how far, how it ended.

use super::Context;
use crate::window::commands::Command;
use crate::window::state::{Format, Outcome, RunningExport};
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets::{self, property};
use egui::{Id, Modal, ProgressBar, RichText, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let export = &context.state.export;
    let frame = egui::Frame::popup(ui.style()).inner_margin(tokens::space::L);
    let response = Modal::new(Id::unique("export")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        ui.heading("Export");
        ui.add_space(tokens::space::S);
        match &export.running {
            Some(running) => progress(ui, context, running),
            None => form(ui, context),
        }
    });
    if response.should_close() && export.running.is_none() {
        context.send(Command::ToggleExport);
    }
}

fn form(ui: &mut Ui, context: &Context<'_>) {
    let request = &context.state.export.request;
    let mut next = request.clone();
    ui.label(theme::note(ui, what(context)));
    ui.add_space(tokens::space::S);
    property(ui, "Format", |ui| {
        for format in Format::ALL {
            if ui.selectable_label(request.format == format, format.title()).clicked() {
                next.format = format;
                next.target = with_ending(&request.target, format.ending());
            }
        }
    });
    property(ui, "Target", |ui| {
        let width = ui.available_width() - 40.0;
        ui.allocate_ui(egui::vec2(width, tokens::size::CONTROL), |ui| {
            let draft = widgets::draft(ui, "target", &request.target, "path of the store or file", "Export target");
            if let Some(target) = draft.done {
                next.target = target.trim().to_owned();
            }
        });
        if widgets::icon_button(ui, icons::FOLDER_OPEN, "Choose the target").clicked() {
            context.send(Command::ChooseTarget(next.clone()));
        }
    });
    property(ui, "Variables", |ui| {
        let shown = context.state.result.as_ref().map(|r| r.variable.clone()).unwrap_or_default();
        if ui.selectable_label(!request.only_shown, "All of the result").clicked() {
            next.only_shown = false;
        }
        if ui.selectable_label(request.only_shown, format!("Only {shown}")).clicked() {
            next.only_shown = true;
        }
    });
    outcome(ui, context);
    ui.add_space(tokens::space::M);
    ui.horizontal(|ui| {
        if widgets::word_button(ui, icons::CODE, "Copy as xarray").clicked() {
            context.send(Command::CopyXarray);
        }
        if widgets::word_button(ui, icons::FLOPPY_DISK, "Save recipe").clicked() {
            context.send(Command::SaveRecipe);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let ready = !next.target.trim().is_empty();
            if widgets::main_button(ui, ready, icons::EXPORT, "Export").clicked() {
                context.send(Command::Export(next.clone()));
            }
            if ui.button("Close").clicked() {
                context.send(Command::ToggleExport);
            }
        });
    });
    if next != *request {
        context.send(Command::SetExport(next));
    }
}

/// What is exported, in a line.
fn what(context: &Context<'_>) -> String {
    let name = context.state.source().map(|s| s.name.clone()).unwrap_or_default();
    let steps: Vec<_> = context.state.chain().iter().filter(|s| s.enabled).map(ToString::to_string).collect();
    if steps.is_empty() { format!("{name}, unchanged") } else { format!("{name} → {}", steps.join(" → ")) }
}

fn with_ending(target: &str, ending: &str) -> String {
    match target.rsplit_once('.') {
        Some((stem, "zarr" | "nc")) => format!("{stem}.{ending}"),
        _ => target.to_owned(),
    }
}

fn outcome(ui: &mut Ui, context: &Context<'_>) {
    let palette = theme::palette(ui);
    let Some(outcome) = &context.state.export.outcome else { return };
    ui.add_space(tokens::space::S);
    let (icon, ink, text) = match outcome {
        Outcome::Done { path, bytes, seconds } => {
            let text =
                format!("{} written to {} in {}", widgets::bytes(*bytes), path.display(), widgets::duration(*seconds));
            (icons::CHECK_CIRCLE, palette.success, text)
        }
        Outcome::Cancelled => (icons::INFO, palette.weak, "Cancelled; nothing was left behind".to_owned()),
        Outcome::Failed(error) => (icons::WARNING_OCTAGON, palette.error, error.clone()),
    };
    ui.horizontal_top(|ui| {
        ui.label(theme::icon(icon).color(ink));
        ui.add(egui::Label::new(RichText::new(text)).wrap());
    });
}

#[expect(clippy::cast_precision_loss, reason = "shares and rates for people")]
fn progress(ui: &mut Ui, context: &Context<'_>, running: &RunningExport) {
    let (done, total) = (running.progress.tasks_done(), running.progress.tasks_total());
    let seconds = running.since.elapsed().as_secs_f64();
    let share = if total == 0 { 0.0 } else { done as f64 / total as f64 };
    ui.label(format!("Writing {}", running.target));
    ui.add_space(tokens::space::XS);
    #[expect(clippy::cast_possible_truncation, reason = "a share of 0–1")]
    let bar = ProgressBar::new(share as f32).desired_height(6.0);
    ui.add(bar).accessible_name("Export progress");
    let read = running.progress.bytes_read() as f64;
    let written = running.progress.bytes_written() as f64;
    let mut words = format!("{:.0} %, {} written", share * 100.0, widgets::bytes_f64(written));
    if seconds > 0.5 {
        let rate = read.max(written) / seconds;
        words.push_str(&format!(", {}/s", widgets::bytes_f64(rate)));
        if share > 0.02 {
            words.push_str(&format!(", {} left", widgets::duration(seconds / share * (1.0 - share))));
        }
    }
    ui.label(theme::note(ui, words));
    ui.add_space(tokens::space::M);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.button("Cancel export").clicked() {
            context.send(Command::CancelExport);
        }
    });
}
