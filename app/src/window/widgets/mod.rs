//! Small controls that all panels share: each with an icon, a tooltip and an accessible name. Knows no panel.

mod field;
mod labels;
mod notice;
pub mod ticks;

pub use field::{draft, property, search};
pub use labels::{position_label, position_with_units};
pub use notice::notice_line;

use crate::window::commands::{self, Command};
use crate::window::panels::Context;
use crate::window::theme::{self, tokens};
use egui::{Button, Color32, Response, RichText, Ui, vec2};

/// A square button with an icon; `name` is its accessible name and tooltip.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    icon_button_if(ui, true, icon, name)
}

/// A square button with an icon that may be disabled.
pub fn icon_button_if(ui: &mut Ui, enabled: bool, icon: &str, name: &str) -> Response {
    let button = Button::new(theme::icon(icon)).frame_when_inactive(false);
    square(ui, enabled, button).on_hover_text(name).accessible_name(name)
}

/// A square button for a switch that is on or off.
pub fn icon_toggle(ui: &mut Ui, on: bool, icon: &str, name: &str) -> Response {
    square(ui, true, Button::selectable(on, theme::icon(icon))).on_hover_text(name).accessible_name(name)
}

/// A button for a command of the list: its icon, with its title, help and keys as tooltip.
pub fn command_icon(ui: &mut Ui, context: &Context<'_>, command: Command) {
    let Some(entry) = commands::entry(&command) else { return };
    let tip = commands::tooltip(ui.ctx(), entry);
    let button = Button::new(theme::icon(entry.icon)).frame_when_inactive(false);
    if square(ui, true, button).on_hover_text(tip).accessible_name(entry.title).clicked() {
        context.send(command);
    }
}

/// The padding of words would make an icon's button wider than high.
fn square(ui: &mut Ui, enabled: bool, button: Button<'_>) -> Response {
    let side = tokens::size::CONTROL;
    let padding = std::mem::replace(&mut ui.spacing_mut().button_padding, vec2(2.0, 2.0));
    let response = ui.add_enabled(enabled, button.min_size(vec2(side, side)));
    ui.spacing_mut().button_padding = padding;
    response
}

/// A button with an icon and words.
pub fn word_button(ui: &mut Ui, icon: &str, words: &str) -> Response {
    ui.add(Button::new((theme::icon(icon), RichText::new(words)))).accessible_name(words)
}

/// The one button of a dialog or an empty state that leads on.
pub fn main_button(ui: &mut Ui, enabled: bool, icon: &str, words: &str) -> Response {
    let palette = theme::palette(ui);
    let ink = if ui.visuals().dark_mode { Color32::BLACK } else { Color32::WHITE };
    let button = Button::new((theme::icon(icon).color(ink), RichText::new(words).color(ink)))
        .fill(palette.accent)
        .min_size(vec2(0.0, 28.0));
    ui.add_enabled(enabled, button).accessible_name(words)
}

/// A heading with room for buttons at the right.
pub fn heading(ui: &mut Ui, words: &str, buttons: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(tokens::size::CONTROL);
        ui.label(theme::heading(ui, words));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), buttons);
    });
}

/// A name that is cut where there is no room, with the whole of it as tooltip.
pub fn name(ui: &mut Ui, text: impl Into<RichText>) -> Response {
    ui.add(egui::Label::new(text.into()).truncate())
}

/// Bytes as people read them: `1.5 GB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "rounded for people")]
pub fn bytes(n: u64) -> String {
    bytes_f64(n as f64)
}

/// Bytes as people read them.
#[must_use]
pub fn bytes_f64(n: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut value = n.max(0.0);
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let unit_name = units.get(unit).copied().unwrap_or_default();
    if unit == 0 || value >= 99.5 { format!("{value:.0} {unit_name}") } else { format!("{value:.1} {unit_name}") }
}

/// A duration as people read it: `38 ms`, `4.2 s`, `3 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0005 => "below 1 ms".to_owned(),
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 59.95 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A count with a thin space between thousands.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, duration};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_500, 999_950, 1_500_000_000].map(bytes), ["0 B", "999 B", "1.5 kB", "1.0 MB", "1.5 GB"]);
        assert_eq!(
            [0.0, 0.038, 0.5, 4.21, 59.99, 200.0, 7200.0].map(duration),
            ["below 1 ms", "38 ms", "500 ms", "4.2 s", "1 min", "3 min", "2.0 h"]
        );
        assert_eq!([7, 4380, 1_234_567].map(count), ["7", "4,380", "1,234,567"]);
    }
}
