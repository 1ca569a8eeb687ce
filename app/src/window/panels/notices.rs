//! What happened: a few lines at the corner, and all of it on demand.

use super::Context;
use crate::window::commands::Command;
use crate::window::state::Notice;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Align2, Area, Frame, Id, Order, ScrollArea, Ui, vec2};

/// Most notices on screen at once; the rest stand in the log.
const MOST: usize = 4;
const WIDTH: f32 = 380.0;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    if context.state.parts.notices {
        history(ui, context);
    } else if context.state.notices.open().next().is_some() {
        Area::new(Id::unique("notices"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_TOP, vec2(-12.0, tokens::size::TOP_BAR + 8.0))
            .show(ui.ctx(), |ui| {
                ui.set_max_width(WIDTH);
                let list: Vec<_> = context.state.notices.open().rev().take(MOST).collect();
                for notice in list {
                    Frame::popup(ui.style()).show(ui, |ui| card(ui, context, notice));
                }
            });
    }
}

/// All that happened, newest first.
fn history(ui: &mut Ui, context: &Context<'_>) {
    Area::new(Id::unique("notice history"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_TOP, vec2(-12.0, tokens::size::TOP_BAR + 8.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(WIDTH);
                widgets::heading(ui, "Notices", |ui| {
                    if widgets::icon_button(ui, icons::X, "Close notices").clicked() {
                        context.send(Command::ToggleNotices);
                    }
                });
                ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show(ui, |ui| {
                    if context.state.notices.all().next().is_none() {
                        ui.label(theme::note(ui, "Nothing has happened yet."));
                    }
                    for notice in context.state.notices.all().rev() {
                        widgets::notice_line(ui, notice);
                    }
                });
            });
        });
}

fn card(ui: &mut Ui, context: &Context<'_>, notice: &Notice) {
    ui.horizontal_top(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
            if widgets::icon_button(ui, icons::X, "Dismiss").clicked() {
                context.send(Command::DismissNotice(notice.id));
            }
            if widgets::icon_button(ui, icons::COPY, "Copy this notice").clicked() {
                context.send(Command::Copy(notice.text.clone()));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Min), |ui| {
                ui.set_min_width(WIDTH - 90.0);
                widgets::notice_line(ui, notice);
            });
        });
    });
}
