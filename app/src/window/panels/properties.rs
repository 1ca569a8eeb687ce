//! How the map is drawn: projection, colours, range, lines.

use super::Context;
use crate::window::bridge;
use crate::window::commands::Command;
use crate::window::state::{Layer, RangeMode};
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets::{self, property, ticks};
use egui::{ComboBox, DragValue, Ui};
use graticule_render::geo::{Family, PRESETS, preset};
use graticule_render::scene::{MapKind, color_maps};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    if !context.state.is_map() {
        return;
    }
    let globe = context.state.picture.as_ref().is_none_or(|p| p.shown.field.grid.is_on_globe());
    if globe {
        ui.label(theme::heading(ui, "Map"));
        property(ui, "Projection", |ui| projection(ui, context));
        custom(ui, context);
        centre(ui, context);
        property(ui, "Lines", |ui| layers(ui, context));
        ui.add_space(tokens::space::L);
    }
    ui.label(theme::heading(ui, "Colours"));
    property(ui, "Map", |ui| colour_map(ui, context));
    property(ui, "Range", |ui| range(ui, context));
    ends(ui, context);
    property(ui, "Scale", |ui| scale(ui, context));
}

/// What the projection is called: the preset's name, or that it is chosen by the data.
fn projection_name(context: &Context<'_>) -> String {
    let drawn = context.state.view.camera.as_ref().map(|c| c.projection.name().to_owned());
    match &context.state.view.projection {
        Some(text) => preset(text).map_or_else(|| text.clone(), |p| p.name.to_owned()),
        None => format!("Automatic{}", drawn.map(|d| format!(" ({d})")).unwrap_or_default()),
    }
}

fn projection(ui: &mut Ui, context: &Context<'_>) {
    let current = context.state.view.projection.as_deref();
    let send = |id: Option<&str>| context.send(Command::SetProjection(id.map(str::to_owned)));
    let width = ui.available_width();
    ComboBox::from_id_salt("projection").selected_text(projection_name(context)).width(width).truncate().show_ui(
        ui,
        |ui| {
            if ui.selectable_label(current.is_none(), "Automatic").clicked() {
                send(None);
            }
            for (family, title) in [
                (Family::World, "World"),
                (Family::Globe, "Globe"),
                (Family::Polar, "Polar"),
                (Family::Regional, "Region"),
            ] {
                ui.add_space(tokens::space::XS);
                ui.label(theme::heading(ui, title));
                for p in PRESETS.iter().filter(|p| p.family == family) {
                    if ui.selectable_label(current == Some(p.id), p.name).clicked() {
                        send(Some(p.id));
                    }
                }
            }
        },
    );
}

/// Any PROJ string or code.
fn custom(ui: &mut Ui, context: &Context<'_>) {
    property(ui, "PROJ", |ui| {
        let text = context.state.view.camera.as_ref().map(|c| c.projection.definition().to_owned()).unwrap_or_default();
        let typed = widgets::draft(ui, "proj", &text, "+proj=… or EPSG:…", "PROJ string or code");
        typed.response.on_hover_text("Any PROJ string or code: +proj=…, EPSG:3035. Enter to draw it.");
        if let Some(text) = typed.done {
            context.send(Command::SetProjection(Some(text.trim().to_owned()).filter(|t| !t.is_empty())));
        }
    });
}

fn centre(ui: &mut Ui, context: &Context<'_>) {
    let Some(camera) = &context.state.view.camera else { return };
    let Some(preset) = camera.projection.preset().filter(|p| p.takes_lon_0()) else { return };
    property(ui, "Centre", |ui| {
        let [mut lon, mut lat] = camera.projection.centre();
        let before = [lon, lat];
        let drag = DragValue::new(&mut lon).range(-180.0..=180.0).speed(1.0).max_decimals(1).suffix("°");
        ui.add(drag).accessible_name("Central longitude").on_hover_text("Central longitude");
        if preset.takes_lat_0() {
            let drag = DragValue::new(&mut lat).range(-90.0..=90.0).speed(1.0).max_decimals(1).suffix("°");
            ui.add(drag).accessible_name("Central latitude").on_hover_text("Central latitude");
        }
        if before != [lon, lat] {
            context.send(Command::SetCentre([lon, lat]));
        }
    });
}

fn layers(ui: &mut Ui, context: &Context<'_>) {
    ui.spacing_mut().item_spacing.x = tokens::space::XS;
    for (layer, name) in [(Layer::Coast, "Coast"), (Layer::Borders, "Borders"), (Layer::Graticule, "Grid")] {
        let on = context.state.view.shows(layer);
        if ui.selectable_label(on, name).accessible_name(name).clicked() {
            context.send(Command::ToggleLayer(layer));
        }
    }
}

fn colour_map(ui: &mut Ui, context: &Context<'_>) {
    let view = &context.state.view;
    let drawn = context.state.picture.as_ref().and_then(|p| p.scene.color_bar.as_ref()).map(|b| b.scale.map.clone());
    let text = view.colour.map.clone().or(drawn).unwrap_or_default();
    let text = if view.colour.map.is_none() { format!("Automatic ({text})") } else { text };
    let width = ui.available_width() - tokens::size::CONTROL - tokens::space::S;
    ComboBox::from_id_salt("colour map").selected_text(text).width(width).truncate().show_ui(ui, |ui| {
        if ui.selectable_label(view.colour.map.is_none(), "Automatic").clicked() {
            context.send(Command::SetColourMap(None));
        }
        let Ok(maps) = color_maps() else { return };
        for (kind, title) in [
            (MapKind::Sequential, "Sequential"),
            (MapKind::Diverging, "Diverging"),
            (MapKind::Cyclic, "Cyclic"),
            (MapKind::Categorical, "Categorical"),
        ] {
            ui.add_space(tokens::space::XS);
            ui.label(theme::heading(ui, title));
            for map in maps.iter().filter(|m| m.kind == kind) {
                ui.horizontal(|ui| {
                    bridge::swatch(ui, map);
                    if ui.selectable_label(view.colour.map.as_deref() == Some(&map.name), map.name.as_str()).clicked() {
                        context.send(Command::SetColourMap(Some(map.name.clone())));
                        ui.close();
                    }
                });
            }
        }
    });
    let reversed = view.colour.reversed;
    if widgets::icon_toggle(ui, reversed, icons::ARROWS_LEFT_RIGHT, "Reverse the colours").clicked() {
        context.send(Command::ToggleReversed);
    }
}

fn range(ui: &mut Ui, context: &Context<'_>) {
    let current = context.state.view.colour.range;
    let width = ui.available_width();
    ComboBox::from_id_salt("range").selected_text(current.title()).width(width).truncate().show_ui(ui, |ui| {
        for mode in [RangeMode::Frame, RangeMode::Robust, RangeMode::Symmetric] {
            if ui.selectable_label(current == mode, mode.title()).clicked() {
                context.send(Command::SetRange(mode));
            }
        }
        let held = context.state.view.held.as_ref().map_or((0.0, 1.0), |h| (h.low, h.high));
        if ui.selectable_label(matches!(current, RangeMode::Typed { .. }), "Typed").clicked() {
            context.send(Command::SetRange(RangeMode::Typed { low: held.0, high: held.1 }));
        }
    });
}

/// The ends of the range. Typing into them makes it a typed range.
fn ends(ui: &mut Ui, context: &Context<'_>) {
    let view = &context.state.view;
    let (low, high) = match (view.colour.range, &view.held) {
        (RangeMode::Typed { low, high }, _) => (low, high),
        (_, Some(held)) => (held.low, held.high),
        _ => return,
    };
    property(ui, "", |ui| {
        let width = (ui.available_width() - tokens::space::S) / 2.0;
        let size = egui::vec2(width, tokens::size::CONTROL);
        let mut typed = (low, high);
        for (value, end, name) in [(low, &mut typed.0, "Range from"), (high, &mut typed.1, "Range to")] {
            ui.allocate_ui(size, |ui| {
                let draft = widgets::draft(ui, name, &ticks::short(value), "", name);
                if let Some(number) = draft.done.and_then(|t| t.trim().replace('\u{2212}', "-").parse::<f64>().ok()) {
                    *end = number;
                }
            });
        }
        if typed != (low, high) {
            context.send(Command::SetRange(RangeMode::Typed { low: typed.0, high: typed.1 }));
        }
    });
}

fn scale(ui: &mut Ui, context: &Context<'_>) {
    let colour = &context.state.view.colour;
    ui.spacing_mut().item_spacing.x = tokens::space::XS;
    if ui.selectable_label(colour.log, "Log").accessible_name("Logarithmic colours").clicked() {
        context.send(Command::ToggleLog);
    }
    let mut steps = colour.levels.unwrap_or(0);
    let text = |n: f64, _| if n < 1.5 { "smooth".to_owned() } else { format!("{n:.0} steps") };
    let parse = |text: &str| text.split_whitespace().next().and_then(|t| t.parse().ok()).or(Some(0.0));
    let drag = DragValue::new(&mut steps).range(0..=64).speed(0.1).custom_formatter(text).custom_parser(parse);
    let response = ui.add(drag).accessible_name("Colour steps").on_hover_text("Number of steps of one colour each");
    if response.changed() {
        context.send(Command::SetLevels((steps > 1).then_some(steps)));
    }
}
