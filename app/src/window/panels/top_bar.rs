//! The slim bar on top: menu, where one is, search, what is going on, switches for the parts of the window.

use super::Context;
use crate::window::commands::{self, COMMANDS, Command, Menu};
use crate::window::theme::{self, icons};
use crate::window::widgets;
use egui::{Align, Button, Layout, RichText, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    ui.horizontal_centered(|ui| {
        menu(ui, context);
        ui.label(theme::strong("Graticule"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            switches(ui, context);
            find(ui, context);
            busy(ui, context);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| place(ui, context));
        });
    });
}

fn menu(ui: &mut Ui, context: &Context<'_>) {
    let button = Button::new(theme::icon(icons::LIST)).frame_when_inactive(false);
    let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
        for menu in Menu::ALL {
            ui.menu_button(menu.title(), |ui| {
                for entry in COMMANDS.iter().filter(|e| e.menu == menu) {
                    let mut button = Button::new((theme::icon(entry.icon), RichText::new(entry.title)));
                    if let Some(keys) = entry.keys.first() {
                        button = button.shortcut_text(ui.ctx().format_shortcut(keys));
                    }
                    let mut response = ui.add(button).accessible_name(entry.title);
                    if !entry.help.is_empty() {
                        response = response.on_hover_text(entry.help);
                    }
                    if response.clicked() {
                        context.send((entry.make)());
                        ui.close();
                    }
                }
            });
        }
        if !context.state.recent.is_empty() {
            ui.menu_button("Open recent", |ui| {
                for path in &context.state.recent {
                    if ui.button(path).clicked() {
                        context.send(Command::Open(vec![path.clone()]));
                        ui.close();
                    }
                }
            });
        }
    });
    response.on_hover_text("Menu").accessible_name("Menu");
}

/// Source ▸ variable: long name.
fn place(ui: &mut Ui, context: &Context<'_>) {
    let (Some(source), Some(result)) = (context.state.source(), &context.state.result) else { return };
    let weak = theme::palette(ui).weak;
    ui.add_space(8.0);
    let mut words = egui::text::LayoutJob::default();
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut add = |text: &str, color| words.append(text, 0.0, egui::TextFormat::simple(font.clone(), color));
    add(&source.name, weak);
    add(&format!("  {}  ", icons::CARET_RIGHT), weak);
    add(&result.variable, theme::palette(ui).strong);
    if result.label != result.variable {
        add(&format!("   {}", result.label), weak);
    }
    let whole = format!("{}\n{}\n{}", source.opened.info().path, result.variable, result.label);
    ui.add(egui::Label::new(words).truncate()).on_hover_text(whole);
}

fn switches(ui: &mut Ui, context: &Context<'_>) {
    let icon = if context.state.dark { icons::SUN } else { icons::MOON };
    let tip = commands::entry(&Command::ToggleTheme).map(|e| commands::tooltip(ui.ctx(), e)).unwrap_or_default();
    if widgets::icon_button(ui, icon, "Light or dark").on_hover_text(tip).clicked() {
        context.send(Command::ToggleTheme);
    }
    let parts = context.state.parts;
    let alarm = context.state.notices.open().any(|n| n.level == crate::window::state::Level::Error);
    let bell = widgets::icon_toggle(ui, parts.notices, icons::BELL, "Notices");
    if alarm {
        ui.painter().circle_filled(bell.rect.right_top() + egui::vec2(-6.0, 6.0), 3.0, theme::palette(ui).error);
    }
    if bell.clicked() {
        context.send(Command::ToggleNotices);
    }
    if context.state.sources.is_empty() {
        return;
    }
    for (on, icon, command) in [
        (parts.right, icons::SIDEBAR_SIMPLE, Command::ToggleRight),
        (parts.bottom, icons::SQUARE_HALF_BOTTOM, Command::ToggleBottom),
        (parts.left, icons::SIDEBAR_SIMPLE, Command::ToggleLeft),
    ] {
        let Some(entry) = commands::entry(&command) else { continue };
        let tip = commands::tooltip(ui.ctx(), entry);
        if widgets::icon_toggle(ui, on, icon, entry.title).on_hover_text(tip).clicked() {
            context.send(command);
        }
    }
}

fn find(ui: &mut Ui, context: &Context<'_>) {
    if let Some(entry) = commands::entry(&Command::TogglePalette) {
        let keys = entry.keys.first().map(|k| ui.ctx().format_shortcut(k)).unwrap_or_default();
        let weak = theme::palette(ui).weak;
        let text = RichText::new(format!("{}  {}   {keys}", entry.icon, entry.title)).color(weak);
        let button = Button::new(text).min_size(egui::vec2(150.0, 0.0));
        if ui.add(button).on_hover_text(entry.help).accessible_name(entry.title).clicked() {
            context.send(Command::TogglePalette);
        }
    }
}

fn busy(ui: &mut Ui, context: &Context<'_>) {
    let Some(longest) = context.state.busy.iter().max_by(|a, b| a.seconds.total_cmp(&b.seconds)) else { return };
    if widgets::icon_button(ui, icons::STOP_CIRCLE, "Stop").clicked() {
        context.send(Command::Cancel);
    }
    let more = match context.state.busy.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    ui.label(theme::note(ui, format!("{}{more}, {}", longest.what, widgets::duration(longest.seconds))));
    ui.add(egui::Spinner::new().size(14.0).color(theme::palette(ui).accent));
}
