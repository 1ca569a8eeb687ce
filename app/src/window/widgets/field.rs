//! Text fields whose content counts only when it is done, and rows of a property sheet.

use crate::window::theme;
use egui::{Id, Key, Response, TextEdit, Ui};

/// What became of a text field in this frame.
pub struct Draft {
    /// The field.
    pub response: Response,
    /// The text, where the person has just finished it and it differs from what stood there.
    pub done: Option<String>,
}

/// A text field for `value`. What is typed counts on Enter or when the focus leaves; Escape brings the old text back.
pub fn draft(ui: &mut Ui, salt: impl std::hash::Hash + std::fmt::Debug, value: &str, hint: &str, name: &str) -> Draft {
    let id = ui.make_persistent_id(("draft", salt));
    let mut text = ui.data(|d| d.get_temp::<String>(id)).unwrap_or_else(|| value.to_owned());
    let edit = TextEdit::singleline(&mut text).id(id).hint_text(hint.to_owned()).desired_width(ui.available_width());
    let response = ui.add(edit).accessible_name(name);
    if response.lost_focus() {
        ui.data_mut(|d| d.remove_temp::<String>(id));
        let done = !ui.input(|i| i.key_pressed(Key::Escape)) && text != value;
        return Draft { response, done: done.then_some(text) };
    }
    if response.has_focus() {
        ui.data_mut(|d| d.insert_temp(id, text));
    }
    Draft { response, done: None }
}

/// A search field whose text is kept while the window is open; gives the text in lower case.
pub fn search(ui: &mut Ui, id: Id, name: &str) -> (Response, String) {
    let mut text = ui.data(|d| d.get_temp::<String>(id)).unwrap_or_default();
    let icon = theme::note(ui, theme::icons::MAGNIFYING_GLASS);
    let edit = TextEdit::singleline(&mut text)
        .id(id.with("edit"))
        .hint_text(name.to_owned())
        .prefix(icon)
        .desired_width(ui.available_width());
    let response = ui.add(edit).accessible_name(name);
    if response.changed() {
        ui.data_mut(|d| d.insert_temp(id, text.clone()));
    }
    (response, text.trim().to_lowercase())
}

/// A row of a property sheet: the name at the left, the control at the right, the one labelled by the other.
pub fn property(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui)) {
    const NAME: f32 = 76.0;
    ui.horizontal(|ui| {
        let size = egui::vec2(NAME, theme::tokens::size::CONTROL);
        let label = ui
            .allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.set_min_width(NAME);
                let weak = theme::palette(ui).weak;
                ui.add(egui::Label::new(egui::RichText::new(name).color(weak)).truncate())
            })
            .inner;
        ui.label_inputs_by(label.id, |ui| control(ui));
    });
}
