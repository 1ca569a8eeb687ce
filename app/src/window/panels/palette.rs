//! The command palette: variables and commands by name, from the keyboard.

use super::Context;
use crate::window::commands::{COMMANDS, Command};
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Align2, AtomExt as _, Button, Id, Key, Modal, RichText, ScrollArea, Ui, vec2};

/// Most lines shown.
const MOST: usize = 40;

/// A line of the palette.
struct Hit {
    icon: &'static str,
    title: String,
    note: String,
    command: Command,
}

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let id = Id::unique("palette");
    let modal = Modal::new(id).area(Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0)));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        let (field, text) = widgets::search(ui, id.with("search"), "Find variables and commands");
        field.request_focus();
        let list = hits(context, &text);
        let at_id = id.with("at");
        let mut at: usize = if field.changed() { 0 } else { ui.data(|d| d.get_temp(at_id)).unwrap_or(0) };
        let (up, down, enter) =
            ui.input(|i| (i.key_pressed(Key::ArrowUp), i.key_pressed(Key::ArrowDown), i.key_pressed(Key::Enter)));
        at = if down { at + 1 } else { at.saturating_sub(usize::from(up)) }.min(list.len().saturating_sub(1));
        ui.data_mut(|d| d.insert_temp(at_id, at));
        ui.add_space(tokens::space::XS);
        let mut chosen = None;
        let justified = egui::Layout::top_down_justified(egui::Align::LEFT);
        let scroll = ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]);
        ui.with_layout(justified, |ui| {
            scroll.show(ui, |ui| {
                if list.is_empty() {
                    ui.label(theme::note(ui, format!("Nothing is called “{text}”.")));
                }
                for (i, hit) in list.iter().enumerate() {
                    let words = (theme::icon(hit.icon), RichText::new(hit.title.as_str()));
                    let note = theme::note(ui, hit.note.as_str()).atom_shrink(true);
                    let button =
                        Button::selectable(i == at, words).right_text(note).truncate().min_size(vec2(0.0, 26.0));
                    let response = ui.add(button).accessible_name(hit.title.as_str());
                    if i == at && (up || down) {
                        response.scroll_to_me(None);
                    }
                    if response.clicked() || (enter && i == at) {
                        chosen = Some(hit.command.clone());
                    }
                }
            })
        });
        chosen
    });
    if let Some(command) = response.inner.clone() {
        context.send(Command::TogglePalette);
        context.send(command);
    } else if response.should_close() {
        context.send(Command::TogglePalette);
    }
    if response.inner.is_some() || response.should_close() {
        ui.data_mut(|d| {
            d.remove_temp::<String>(id.with("search"));
            d.remove_temp::<usize>(id.with("at"));
        });
    }
}

fn hits(context: &Context<'_>, text: &str) -> Vec<Hit> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let matches = |subject: &str| {
        let subject = subject.to_lowercase();
        words.iter().all(|w| subject.contains(w))
    };
    let variables = context.state.sources.iter().flat_map(|source| {
        source.rows.iter().filter(|r| r.kind.can_show() && matches(&format!("{} {}", r.name, r.about))).map(|row| Hit {
            icon: icons::MAP_TRIFOLD,
            title: row.name.clone(),
            note: source.name.clone(),
            command: Command::Show { source: source.id, path: row.path.clone() },
        })
    });
    let commands = COMMANDS.iter().filter(|e| matches(&format!("{} {}", e.title, e.help))).map(|entry| Hit {
        icon: entry.icon,
        title: entry.title.to_owned(),
        note: entry.help.to_owned(),
        command: (entry.make)(),
    });
    let commands = commands.filter(|h| h.command != Command::TogglePalette);
    let mut list: Vec<_> = variables.take(MOST).chain(commands).collect();
    // A path can be opened as it stands.
    if text.contains(['/', '\\']) {
        let path = text.to_owned();
        list.insert(
            0,
            Hit {
                icon: icons::FOLDER_OPEN,
                title: format!("Open {path}"),
                note: String::new(),
                command: Command::Open(vec![path]),
            },
        );
    }
    list
}
