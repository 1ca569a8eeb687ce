//! A notice as a line of text.

use crate::window::state::{Level, Notice};
use crate::window::theme::{self, icons};
use egui::{RichText, Ui};

/// A notice as a line: icon, words, how often.
pub fn notice_line(ui: &mut Ui, notice: &Notice) {
    let palette = theme::palette(ui);
    let (icon, ink) = match notice.level {
        Level::Info => (icons::CHECK_CIRCLE, palette.success),
        Level::Warning => (icons::WARNING, palette.warning),
        Level::Error => (icons::WARNING_OCTAGON, palette.error),
    };
    ui.horizontal_top(|ui| {
        ui.label(theme::icon(icon).color(ink));
        let times = if notice.times > 1 { format!("  ({}×)", notice.times) } else { String::new() };
        ui.add(egui::Label::new(RichText::new(format!("{}{times}", notice.text))).wrap().selectable(true));
    });
}
