//! What happened, in words, newest first.

use crate::window::panels::Context;
use crate::window::theme;
use crate::window::widgets;
use egui::{ScrollArea, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if context.state.notices.all().next().is_none() {
            ui.label(theme::note(ui, "Nothing has happened yet."));
        }
        for notice in context.state.notices.all().rev() {
            widgets::notice_line(ui, notice);
        }
    });
}
