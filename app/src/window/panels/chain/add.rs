//! The list of operations, searched by name, by what they do, and by CDO's name.

use crate::window::commands::Command;
use crate::window::panels::Context;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{AtomExt as _, Button, Id, Key, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui};
use graticule_core::ops::{Family, OPS, OpSpec};

/// The families in the order of the list, with their titles.
const FAMILIES: [(Family, &str); 6] = [
    (Family::Time, "By time"),
    (Family::Reduce, "Reduce"),
    (Family::Select, "Select"),
    (Family::Arithmetic, "Arithmetic"),
    (Family::Window, "Neighbours"),
    (Family::Shape, "Shape"),
];

/// The button that opens the list.
pub(super) fn button(ui: &mut Ui, context: &Context<'_>) {
    let response = widgets::icon_button(ui, icons::PLUS, "Add step");
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(400.0).show(|ui| {
        let id = Id::unique("find operation");
        let (field, text) = widgets::search(ui, id, "Find an operation");
        let enter = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        // Typing goes here as soon as the list is open.
        if ui.memory(|m| m.focused().is_none()) {
            field.request_focus();
        }
        ui.add_space(tokens::space::XS);
        let mut found: Vec<_> =
            FAMILIES.iter().flat_map(|(family, title)| of(*family, &text).map(move |op| (*title, op))).collect();
        // What is typed is a name before it is a word of a description.
        found.sort_by_key(|(_, op)| !text.is_empty() && !op.name.starts_with(text.as_str()));
        let mut chosen = found.first().filter(|_| enter && !text.is_empty()).map(|(_, op)| *op);
        ScrollArea::vertical().max_height(340.0).auto_shrink([false, true]).show(ui, |ui| {
            if found.is_empty() {
                ui.label(theme::note(ui, format!("No operation is called “{text}”.")));
            }
            let mut before = "";
            for (title, op) in &found {
                if *title != before {
                    ui.add_space(tokens::space::XS);
                    ui.label(theme::heading(ui, title));
                    before = title;
                }
                if line(ui, op) {
                    chosen = Some(op);
                }
            }
        });
        if let Some(op) = chosen {
            context.send(Command::AddStep(op.name));
            ui.data_mut(|d| d.remove_temp::<String>(id));
            ui.close();
        }
    });
}

fn of(family: Family, text: &str) -> impl Iterator<Item = &'static OpSpec> {
    OPS.iter().copied().filter(move |op| op.family == family && matches(op, text))
}

/// Whether every word is part of what the operation says of itself.
fn matches(op: &OpSpec, text: &str) -> bool {
    let subject = format!("{} {} {} {}", op.name, op.summary, op.doc, op.cdo.unwrap_or_default()).to_lowercase();
    text.split_whitespace().all(|word| subject.contains(word))
}

fn line(ui: &mut Ui, op: &'static OpSpec) -> bool {
    let words = (theme::strong(op.name), theme::note(ui, op.summary).atom_shrink(true));
    let button = Button::new(words).frame_when_inactive(false).truncate();
    let response = ui.add(button).accessible_name(op.name);
    response
        .on_hover_ui(|ui| {
            ui.label(theme::strong(op.name));
            ui.label(op.doc);
            ui.label(RichText::new(op.example).monospace());
            if let Some(cdo) = op.cdo {
                ui.label(theme::note(ui, format!("CDO: {cdo}")));
            }
        })
        .clicked()
}

#[cfg(test)]
mod tests {
    use super::matches;
    use graticule_core::ops::OPS;

    #[test]
    fn operations_are_found_by_their_cdo_name() {
        for op in OPS {
            assert!(matches(op, op.name));
            for cdo in op.cdo.into_iter().flat_map(|names| names.split([',', ' '])).filter(|n| !n.is_empty()) {
                assert!(matches(op, &cdo.to_lowercase()), "{cdo} does not find {}", op.name);
            }
        }
    }
}
