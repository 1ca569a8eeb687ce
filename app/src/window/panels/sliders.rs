//! A slider for each dimension that the map does not show: real coordinate values, stepping, playing.

use super::Context;
use crate::window::commands::Command;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Slider, Ui, vec2};
use graticule_core::plan::{Axis, AxisValues};

/// Width of the name and of the label, and height of the slider, which decides the size of its handle.
const NAME: f32 = 92.0;
const LABEL: f32 = 168.0;
const HANDLE: f32 = 16.0;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    for axis in context.state.sliders() {
        ui.push_id(&axis.name, |ui| row(ui, context, axis));
    }
}

fn row(ui: &mut Ui, context: &Context<'_>, axis: &Axis) {
    let n = axis.values.len();
    let at = context.state.position(axis);
    let send = |index: usize| context.send(Command::SetPosition { dim: axis.name.clone(), index });
    ui.horizontal(|ui| {
        ui.allocate_ui(vec2(NAME, tokens::size::CONTROL), |ui| {
            ui.set_min_width(NAME);
            let long = axis.attrs.text("long_name").or_else(|| axis.attrs.text("standard_name"));
            let about = format!("{}\n{} positions", long.unwrap_or(&axis.name), widgets::count(n as u64));
            widgets::name(ui, theme::strong(axis.name.as_str())).on_hover_text(about);
        });
        if n > 1 {
            buttons(ui, context, axis, at);
            speed(ui, context, axis);
            ui.scope(|ui| slider(ui, axis, at, &send));
        }
        label(ui, axis, at, &send);
    });
}

fn buttons(ui: &mut Ui, context: &Context<'_>, axis: &Axis, at: usize) {
    let last = axis.values.len().saturating_sub(1);
    let step = |by| context.send(Command::Step { dim: Some(axis.name.clone()), by });
    if widgets::icon_button_if(ui, at > 0, icons::CARET_LEFT, &format!("Previous {}", axis.name)).clicked() {
        step(-1);
    }
    let playing = context.state.playback.as_ref().is_some_and(|p| p.dim == axis.name);
    let (icon, word) = if playing { (icons::PAUSE, "Pause") } else { (icons::PLAY, "Play") };
    if widgets::icon_toggle(ui, playing, icon, &format!("{word} {}", axis.name)).clicked() {
        context.send(Command::TogglePlay(Some(axis.name.clone())));
    }
    if widgets::icon_button_if(ui, at < last, icons::CARET_RIGHT, &format!("Next {}", axis.name)).clicked() {
        step(1);
    }
}

fn speed(ui: &mut Ui, context: &Context<'_>, axis: &Axis) {
    if context.state.playback.as_ref().is_none_or(|p| p.dim != axis.name) {
        return;
    }
    let mut speed = context.state.speed;
    let drag = egui::DragValue::new(&mut speed).range(0.5..=60.0).speed(0.2).max_decimals(1).suffix(" /s");
    let response = ui.add(drag).accessible_name("Positions per second").on_hover_text("Positions per second");
    if response.changed() {
        context.send(Command::SetSpeed(speed));
    }
}

fn slider(ui: &mut Ui, axis: &Axis, at: usize, send: &dyn Fn(usize)) {
    let last = axis.values.len().saturating_sub(1);
    let mut index = at;
    ui.spacing_mut().slider_width = (ui.available_width() - LABEL - 12.0).max(80.0);
    ui.spacing_mut().interact_size.y = HANDLE;
    ui.visuals_mut().selection.bg_fill = theme::palette(ui).accent;
    let slider = Slider::new(&mut index, 0..=last).show_value(false).smart_aim(false);
    let response = ui.add(slider).accessible_name(axis.name.as_str());
    if response.changed() && index != at {
        send(index);
    }
    if let Some(pointer) = response.hover_pos() {
        // What a click here would show.
        let rect = response.rect.shrink2(vec2(8.0, 0.0));
        let share = ((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of 0–1 of a length"
        )]
        let under = (share * last as f32).round() as usize;
        response.on_hover_text_at_pointer(widgets::position_with_units(axis, under));
    }
}

/// The coordinate value, and the position on demand: typing a value goes there.
fn label(ui: &mut Ui, axis: &Axis, at: usize, send: &dyn Fn(usize)) {
    let text = widgets::position_with_units(axis, at);
    let n = axis.values.len();
    let response = widgets::name(ui, theme::strong(text).color(theme::palette(ui).strong));
    let response = response.on_hover_text(format!("position {at} of {n}; click to go to a value"));
    let click = ui.interact(response.rect, response.id.with("go"), egui::Sense::click());
    let name = format!("Go to a {}", axis.name);
    click.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    egui::Popup::menu(&click).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(200.0);
        let hint = axis.values.label(at);
        let typed = widgets::draft(ui, ("go to", &axis.name), "", &hint, &format!("{} to go to", axis.name));
        typed.response.request_focus();
        if let Some(text) = typed.done {
            if let Some(index) = find(axis, text.trim()) {
                send(index);
            }
            ui.close();
        }
    });
}

/// The position that a typed text means: a label's beginning (`2003`, `2003-07`), the nearest number, or a position `#12`.
fn find(axis: &Axis, text: &str) -> Option<usize> {
    if let Some(index) = text.strip_prefix('#') {
        return index.trim().parse::<usize>().ok().filter(|i| *i < axis.values.len());
    }
    if let (AxisValues::Number(values), Ok(wanted)) = (&axis.values, text.parse::<f64>()) {
        let distance = |v: &f64| (v - wanted).abs();
        return values.iter().enumerate().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1))).map(|(i, _)| i);
    }
    (0..axis.values.len()).find(|&i| axis.values.label(i).starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::find;
    use graticule_core::model::Attrs;
    use graticule_core::plan::{Axis, AxisValues};

    #[test]
    fn typed_values_find_their_position() {
        let levels = AxisValues::Number([1000.0, 850.0, 500.0].as_slice().into());
        let axis = Axis { name: "level".into(), values: levels, attrs: Attrs::default(), bounds: None };
        assert_eq!(find(&axis, "800"), Some(1));
        assert_eq!(find(&axis, "#2"), Some(2));
        assert_eq!(find(&axis, "#9"), None);
        let names = AxisValues::Text(["north".to_owned(), "south".to_owned()].as_slice().into());
        let axis = Axis { name: "region".into(), values: names, attrs: Attrs::default(), bounds: None };
        assert_eq!(find(&axis, "so"), Some(1));
        assert_eq!(find(&axis, "east"), None);
    }
}
