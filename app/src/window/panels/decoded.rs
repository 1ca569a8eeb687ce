//! How the variable was decoded: what was read from the file and what was assumed.

use super::Context;
use crate::window::theme::{self, icons};
use crate::window::widgets;
use egui::{RichText, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let (Some(source), Some(selected)) = (context.state.source(), &context.state.selected) else { return };
    let Some(group) = source.opened.groups().iter().find(|g| g.path == selected.group) else { return };
    let wanted = selected.path.trim_matches('/');
    let of = |path: &str| group.decodings.iter().find(|(p, _)| p.trim_matches('/') == path).map(|(_, d)| d);
    let mut decodings: Vec<_> = of(wanted).into_iter().collect();
    // What was read of the dimensions' labels belongs to the picture too: calendar, units.
    let base = group.path.trim_matches('/');
    for axis in &group.dataset.axes {
        let path = if base.is_empty() { axis.name.clone() } else { format!("{base}/{}", axis.name) };
        let used = group.dataset.var(&selected.variable).is_some_and(|v| v.node.meta().dim(&axis.name).is_some());
        if used {
            decodings.extend(of(&path));
        }
    }
    let mut facts: Vec<(&str, &str, Option<&str>)> = Vec::new();
    for fact in decodings.iter().flat_map(|d| &d.facts) {
        if !facts.iter().any(|(what, value, _)| *what == fact.what && *value == fact.value) {
            facts.push((fact.what, fact.value.as_str(), fact.from.as_deref()));
        }
    }
    ui.label(theme::heading(ui, "Decoded as"));
    if facts.is_empty() {
        ui.label(theme::note(ui, "Values are shown as they stand in the file."));
        return;
    }
    for (what, value, from) in facts {
        widgets::property(ui, what, |ui| {
            let about = match from {
                Some(from) => format!("{what}: {value}\nread from {from}"),
                None => format!("{what}: {value}\nassumed: nothing in the file says so"),
            };
            if from.is_none() {
                let warning = theme::palette(ui).warning;
                ui.label(RichText::new(icons::MAGIC_WAND).color(warning)).on_hover_text(about.as_str());
            }
            widgets::name(ui, RichText::new(shortened(value))).on_hover_text(about);
        });
    }
}

/// The same with numbers of many digits in short form: fill values are written with up to forty.
fn shortened(value: &str) -> String {
    let word = |word: &str| match (word.len() > 12, word.trim_end_matches(',').parse::<f64>()) {
        (true, Ok(number)) => widgets::ticks::short(number),
        _ => word.to_owned(),
    };
    value.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
