//! The form of a step, made from what its operation says of its parameters.

use crate::window::commands::Command;
use crate::window::panels::Context;
use crate::window::state::{Names, StepReport};
use crate::window::theme::{self, icons};
use crate::window::widgets::{self, property};
use egui::{ComboBox, Ui};
use graticule_core::ops::{KeySpec, KeyTarget, ParamKind, Step, Value};

/// Shows the form; a change replaces the step.
pub(super) fn show(ui: &mut Ui, context: &Context<'_>, at: usize, step: &Step, report: Option<&StepReport>) {
    let Ok(spec) = step.spec() else { return };
    let names = report.map(|r| r.before.clone()).unwrap_or_default();
    let mut next = step.clone();
    for param in spec.params {
        let given = step.params.get(param.name);
        let label = if param.required { param.name.to_owned() } else { format!("{} ", param.name) };
        property(ui, &label, |ui| {
            let control = Control { name: param.name, kind: param.kind, given, default: param.default, names: &names };
            if let Some(value) = control.show(ui, at, param.doc) {
                match value {
                    Some(value) => next.params.set(param.name, value),
                    None => drop(next.params.remove(param.name)),
                }
            }
        });
    }
    if let Some(keys) = spec.keys {
        free_keys(ui, at, step, &mut next, keys, &names);
    }
    if next != *step {
        context.send(Command::SetStep { at, step: next });
    }
}

/// Keys that name no parameter: dimensions, new variables. Each with its value, and one more to add.
fn free_keys(ui: &mut Ui, at: usize, step: &Step, next: &mut Step, keys: &'static KeySpec, names: &Names) {
    let Ok(spec) = step.spec() else { return };
    let given: Vec<(String, Value)> = spec.free_keys(&step.params).map(|(k, v)| (k.to_owned(), v.clone())).collect();
    for (n, (key, value)) in given.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(84.0, 24.0), |ui| {
                ui.set_min_width(84.0);
                if let Some(renamed) = key_control(ui, (at, n), key, keys, names) {
                    next.params.rename(key, &renamed);
                }
            });
            let room = ui.available_width() - 28.0;
            ui.allocate_ui(egui::vec2(room, 24.0), |ui| {
                let control = Control { name: key, kind: keys.kind, given: Some(value), default: None, names };
                if let Some(Some(value)) = control.show(ui, at, keys.doc) {
                    next.params.set(key.clone(), value);
                }
            });
            let needed = keys.required && given.len() == 1;
            if widgets::icon_button_if(ui, !needed, icons::X, &format!("Remove {key}")).clicked() {
                next.params.remove(key);
            }
        });
    }
    let fresh = match keys.target {
        KeyTarget::NewVariables | KeyTarget::NewDims => (1..)
            .map(|n| if n == 1 { "result".to_owned() } else { format!("result{n}") })
            .find(|k| step.params.get(k).is_none()),
        KeyTarget::Dims => names.dims.iter().find(|d| step.params.get(d).is_none()).cloned(),
        KeyTarget::Names => names.variables.iter().find(|v| step.params.get(v).is_none()).cloned(),
    };
    let room_for_more = !keys.single || given.is_empty();
    if let Some(key) = fresh.filter(|_| room_for_more) {
        let what = match keys.target {
            KeyTarget::NewVariables => "Add a variable",
            KeyTarget::Dims | KeyTarget::NewDims => "Add a dimension",
            KeyTarget::Names => "Add a name",
        };
        if widgets::word_button(ui, icons::PLUS, what).on_hover_text(keys.doc).clicked() {
            let start = match keys.kind {
                ParamKind::Expression => names.variables.first().cloned().unwrap_or_else(|| "0".to_owned()),
                ParamKind::Integer | ParamKind::Number | ParamKind::Positions => "0".to_owned(),
                _ => given.first().map_or_else(String::new, |(_, v)| v.text()),
            };
            next.params.set(key, Value::parse(&start));
        }
    }
}

/// The control for a free key itself; gives its new name.
fn key_control(ui: &mut Ui, salt: (usize, usize), key: &str, keys: &KeySpec, names: &Names) -> Option<String> {
    let options: Vec<&String> = match keys.target {
        KeyTarget::NewVariables | KeyTarget::NewDims => {
            return widgets::draft(ui, ("key", salt), key, "name", "Name").done.filter(|t| !t.trim().is_empty());
        }
        KeyTarget::Dims => names.dims.iter().collect(),
        KeyTarget::Names => names.variables.iter().chain(&names.dims).collect(),
    };
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(("key", salt)).selected_text(key).width(80.0).truncate();
    let inner = combo.show_ui(ui, |ui| {
        for option in options {
            if ui.selectable_label(option == key, option).clicked() && option != key {
                chosen = Some(option.clone());
            }
        }
    });
    inner.response.accessible_name("Which");
    chosen
}

/// A control for a value.
struct Control<'a> {
    name: &'a str,
    kind: ParamKind,
    given: Option<&'a Value>,
    default: Option<&'static str>,
    names: &'a Names,
}

impl Control<'_> {
    /// `Some(None)`: the default again; `Some(Some(value))`: this value; `None`: unchanged.
    #[expect(clippy::option_option, reason = "unchanged, default, value: said in the doc")]
    fn show(&self, ui: &mut Ui, at: usize, doc: &str) -> Option<Option<Value>> {
        match self.kind {
            ParamKind::Bool => self.flag(ui, doc),
            ParamKind::Choice(words) => self.choice(ui, at, doc, words.iter().copied(), false),
            ParamKind::By(words) => self.choice(ui, at, doc, words.iter().copied(), true),
            ParamKind::Dim => self.choice(ui, at, doc, self.names.dims.iter().map(String::as_str), false),
            ParamKind::Dims => self.several(ui, at, doc, &self.names.dims),
            ParamKind::Variables => self.several(ui, at, doc, &self.names.variables),
            ParamKind::Name
            | ParamKind::Number
            | ParamKind::Integer
            | ParamKind::Text
            | ParamKind::Positions
            | ParamKind::Labels
            | ParamKind::Expression
            | ParamKind::Frequency
            | ParamKind::Data => self.text(ui, at, doc),
        }
    }

    fn current(&self) -> String {
        self.given.map(Value::text).or_else(|| self.default.map(str::to_owned)).unwrap_or_default()
    }

    #[expect(clippy::option_option, reason = "as Control::show")]
    fn flag(&self, ui: &mut Ui, doc: &str) -> Option<Option<Value>> {
        let mut on = matches!(self.current().as_str(), "true" | "True" | "1");
        let response = ui.checkbox(&mut on, "").accessible_name(self.name).on_hover_text(doc);
        response.changed().then_some(Some(Value::Bool(on)))
    }

    #[expect(clippy::option_option, reason = "as Control::show")]
    fn text(&self, ui: &mut Ui, at: usize, doc: &str) -> Option<Option<Value>> {
        let value = self.given.map(Value::text).unwrap_or_default();
        let hint = self.default.unwrap_or_default();
        let draft = widgets::draft(ui, (at, self.name), &value, hint, self.name);
        draft.response.on_hover_text(doc);
        let text = draft.done?;
        let text = text.trim();
        if text.is_empty() {
            return Some(None);
        }
        // Expressions and labels stay as typed; everything else is what it looks like.
        let plain =
            matches!(self.kind, ParamKind::Expression | ParamKind::Text | ParamKind::Name | ParamKind::Frequency);
        Some(Some(if plain { Value::from(text) } else { Value::parse(text) }))
    }

    #[expect(clippy::option_option, reason = "as Control::show")]
    fn choice<'w>(
        &self,
        ui: &mut Ui,
        at: usize,
        doc: &str,
        words: impl Iterator<Item = &'w str>,
        or_typed: bool,
    ) -> Option<Option<Value>> {
        let current = self.current();
        let mut chosen = None;
        let width = ui.available_width();
        let combo = ComboBox::from_id_salt((at, self.name)).selected_text(current.as_str()).width(width).truncate();
        let inner = combo.show_ui(ui, |ui| {
            for word in words {
                if ui.selectable_label(word == current, word).clicked() && word != current {
                    chosen = Some(Some(Value::from(word)));
                }
            }
            if or_typed {
                let typed = widgets::draft(ui, (at, self.name, "typed"), "", "or a coordinate", "Another coordinate");
                if let Some(text) = typed.done.filter(|t| !t.trim().is_empty()) {
                    chosen = Some(Some(Value::from(text.trim())));
                }
            }
        });
        inner.response.on_hover_text(doc).accessible_name(self.name);
        chosen
    }

    /// Several of a list, as a menu of ticks.
    #[expect(clippy::option_option, reason = "as Control::show")]
    fn several(&self, ui: &mut Ui, at: usize, doc: &str, words: &[String]) -> Option<Option<Value>> {
        let given: Vec<String> =
            self.given.map(|v| v.items().into_iter().map(Value::text).collect()).unwrap_or_default();
        let text = if given.is_empty() { self.default.unwrap_or("all").to_owned() } else { given.join(", ") };
        let mut next = given.clone();
        let width = ui.available_width();
        let combo = ComboBox::from_id_salt((at, self.name)).selected_text(text).width(width).truncate();
        let inner = combo.close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show_ui(ui, |ui| {
            if words.is_empty() {
                ui.label(theme::note(ui, "none"));
            }
            for word in words {
                let mut on = given.contains(word);
                if ui.checkbox(&mut on, word).changed() {
                    if on {
                        next.push(word.clone());
                    } else {
                        next.retain(|w| w != word);
                    }
                }
            }
        });
        inner.response.on_hover_text(doc).accessible_name(self.name);
        if next == given {
            return None;
        }
        Some(match next.as_slice() {
            [] => None,
            [one] => Some(Value::from(one.as_str())),
            many => Some(Value::List(many.iter().map(|w| Value::from(w.as_str())).collect())),
        })
    }
}
