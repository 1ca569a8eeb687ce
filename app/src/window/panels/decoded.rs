//! How the variable was decoded: what was read from the file, what was assumed, and the way to set it right.

use super::Context;
use crate::window::commands::Command;
use crate::window::state::Source;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Popup, PopupCloseBehavior, RichText, Ui};
use graticule_core::cf::Fact;
use graticule_core::session::{Decoding, Override};

/// What a fact is read from: the attribute to set, and values it often has.
const SETTABLE: &[(&str, &str, &[&str])] = &[
    ("calendar", "calendar", &["standard", "proleptic_gregorian", "noleap", "360_day", "all_leap", "julian"]),
    ("time units", "units", &["days since 1850-01-01", "hours since 1900-01-01", "seconds since 1970-01-01"]),
    ("time from", "units", &["days since 1850-01-01", "hours since 1900-01-01", "seconds since 1970-01-01"]),
    ("coordinate unit", "units", &["degrees_north", "degrees_east", "m", "km"]),
    ("scale", "scale_factor", &[]),
    ("offset", "add_offset", &[]),
    ("missing", "_FillValue", &[]),
    ("valid range", "valid_range", &[]),
    ("sign", "_Unsigned", &["true", "false"]),
    ("vertical direction", "positive", &["up", "down"]),
    ("map projection", "grid_mapping", &[]),
];

/// One line of the card: a fact and the variable it was read of.
struct Line<'a> {
    variable: &'a str,
    fact: &'a Fact,
}

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let (Some(source), Some(selected)) = (context.state.source(), &context.state.selected) else { return };
    let Some(group) = source.opened.groups().iter().find(|g| g.path == selected.group) else { return };
    let wanted = selected.path.trim_matches('/');
    let of = |path: &str| group.decodings.iter().find(|(p, _)| p.trim_matches('/') == path);
    let mut decodings: Vec<&(String, Decoding)> = of(wanted).into_iter().collect();
    // What was read of the dimensions' labels belongs to the picture too: calendar, units.
    let base = group.path.trim_matches('/');
    for axis in &group.dataset.axes {
        let path = if base.is_empty() { axis.name.clone() } else { format!("{base}/{}", axis.name) };
        let used = group.dataset.var(&selected.variable).is_some_and(|v| v.node.meta().dim(&axis.name).is_some());
        if used {
            decodings.extend(of(&path));
        }
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (variable, decoding) in decodings {
        for fact in &decoding.facts {
            if !lines.iter().any(|l| l.fact.what == fact.what && l.fact.value == fact.value) {
                lines.push(Line { variable, fact });
            }
        }
    }
    widgets::heading(ui, "Decoded as", |ui| {
        free(ui, context, source, &selected.path);
        if !source.overrides.is_empty()
            && widgets::icon_button(ui, icons::ARROW_COUNTER_CLOCKWISE, "Decode as the file says").clicked()
        {
            context.send(Command::ResetAttributes(source.id));
        }
    });
    if lines.is_empty() {
        ui.label(theme::note(ui, "Values are shown as they stand in the file."));
    }
    for line in lines {
        row(ui, context, source, &line);
    }
}

fn row(ui: &mut Ui, context: &Context<'_>, source: &Source, line: &Line<'_>) {
    let Fact { what, value, from } = line.fact;
    let settable = SETTABLE.iter().find(|(name, _, _)| name == what);
    let set = settable.and_then(|(_, attribute, _)| source.overridden(line.variable, attribute));
    widgets::property(ui, what, |ui| {
        let about = match (set, from) {
            (Some(_), _) => format!("{what}: {value}\nset by you, over what the file says"),
            (None, Some(from)) => format!("{what}: {value}\nread from {from}"),
            (None, None) => format!("{what}: {value}\nassumed: nothing in the file says so"),
        };
        if from.is_none() {
            let warning = theme::palette(ui).warning;
            ui.label(RichText::new(icons::MAGIC_WAND).color(warning)).on_hover_text(about.as_str());
        }
        let text = RichText::new(shortened(value));
        let text = if set.is_some() { text.color(theme::palette(ui).accent) } else { text };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if let Some((_, attribute, values)) = settable {
                let name = line.variable.rsplit('/').next().unwrap_or(line.variable);
                edit(ui, context, source, (line.variable, attribute, &format!("Set {attribute} of {name}")), values);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                widgets::name(ui, text).on_hover_text(about);
            });
        });
    });
}

/// A button that opens a small form for one attribute.
fn edit(
    ui: &mut Ui,
    context: &Context<'_>,
    source: &Source,
    (variable, attribute, title): (&str, &str, &str),
    values: &[&str],
) {
    let click = widgets::icon_button(ui, icons::PENCIL_SIMPLE, title);
    let send = |value: Option<&str>| {
        let set = Override {
            variable: variable.to_owned(),
            attribute: attribute.to_owned(),
            value: value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()),
        };
        context.send(Command::SetAttribute(source.id, set));
    };
    Popup::menu(&click).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(240.0).show(|ui| {
        ui.label(theme::heading(ui, title));
        let now = source.opened.variable(variable).ok().and_then(|v| v.attrs.get(attribute).cloned());
        let now = now.map(|v| v.text().map_or_else(|| v.to_json().to_string(), str::to_owned)).unwrap_or_default();
        for value in values {
            if ui.selectable_label(now == *value, *value).clicked() {
                send(Some(value));
                ui.close();
            }
        }
        ui.add_space(tokens::space::XS);
        let typed = widgets::draft(ui, (variable, attribute), &now, "a value", &format!("Value of {attribute}"));
        if let Some(text) = typed.done {
            send(Some(&text));
            ui.close();
        }
        if !now.is_empty() && ui.button("Take it away").clicked() {
            send(None);
            ui.close();
        }
    });
}

/// Any attribute of the variable.
fn free(ui: &mut Ui, context: &Context<'_>, source: &Source, variable: &str) {
    let click = widgets::icon_button(ui, icons::PENCIL_SIMPLE, "Set an attribute");
    Popup::menu(&click).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(240.0).show(|ui| {
        ui.label(theme::note(ui, "As in scale_factor=0.01; nothing after the sign takes it away."));
        let typed = widgets::draft(ui, ("attribute", variable), "", "name=value", "Attribute and value");
        let Some((name, value)) = typed.done.as_deref().and_then(|t| t.split_once('=')) else { return };
        let set = Override {
            variable: variable.to_owned(),
            attribute: name.trim().to_owned(),
            value: Some(value.trim().to_owned()).filter(|v| !v.is_empty()),
        };
        context.send(Command::SetAttribute(source.id, set));
        ui.close();
    });
}

/// The same with numbers of many digits in short form: fill values are written with up to forty.
fn shortened(value: &str) -> String {
    let word = |word: &str| match (word.len() > 12, word.trim_end_matches(',').parse::<f64>()) {
        (true, Ok(number)) => widgets::ticks::short(number),
        _ => word.to_owned(),
    };
    value.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
