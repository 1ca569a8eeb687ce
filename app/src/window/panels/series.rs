//! Lines along a dimension, time above all: the series picked on the map, and variables that are lines by themselves.

use super::Context;
use crate::window::commands::Command;
use crate::window::state::Shape;
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets::{self, ticks};
use egui::{Color32, RichText, Ui, vec2};
use egui_plot::{HoverPosition, Line, Plot, PlotPoints, Points, VLine};
use graticule_core::session::Series;

/// Lines of the plot.
struct Drawn<'a> {
    name: String,
    color: Color32,
    series: &'a Series,
}

/// The series picked on the map.
pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let state = context.state;
    let Some(result) = &state.result else { return };
    let dim = result.series_dim.as_deref().unwrap_or_default();
    let at = state.sliders().iter().find(|a| a.name == dim).map(|a| state.position(a));
    ui.horizontal(|ui| {
        ui.label(theme::heading(ui, "Series"));
        ui.label(theme::note(ui, format!("along {dim}")));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            widgets::command_icon(ui, context, Command::ClearProbes);
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center).with_main_wrap(true), |ui| {
                legend(ui, context, at, &result.units);
            });
        });
    });
    if dim.is_empty() {
        ui.label(theme::note(ui, "This variable has no dimension beyond the map: there is no series to show."));
        return;
    }
    let lines: Vec<_> = state
        .probes
        .iter()
        .filter_map(|p| {
            let series = p.series.as_deref()?;
            Some(Drawn { name: p.place.label.clone(), color: tokens::series(p.color), series })
        })
        .collect();
    plot(ui, context, &lines, at, dim);
}

/// A variable that is a line, or a number.
pub(super) fn show_line(ui: &mut Ui, context: &Context<'_>) {
    let state = context.state;
    let Some(result) = &state.result else { return };
    let Some(line) = &state.line else {
        if !state.busy.is_empty() {
            ui.centered_and_justified(egui::Ui::spinner);
        }
        return;
    };
    egui::Frame::new().inner_margin(egui::Margin::same(12)).show(ui, |ui| {
        if let Shape::Line(dim) = &result.shape {
            ui.horizontal(|ui| {
                ui.label(theme::strong(result.variable.as_str()).color(theme::palette(ui).strong));
                ui.label(theme::note(ui, format!("along {dim}")));
            });
            let color = tokens::series(0);
            plot(ui, context, &[Drawn { name: result.label.clone(), color, series: &line.series }], None, dim);
        } else {
            let value = line.series.values.first().copied().unwrap_or(f64::NAN);
            ui.vertical_centered(|ui| {
                ui.add_space(ui.available_height() * 0.35);
                ui.label(RichText::new(result.label_with_units()).color(theme::palette(ui).weak));
                let number = if value.is_nan() { "missing".to_owned() } else { format!("{value}") };
                ui.label(theme::strong(number).size(32.0).color(theme::palette(ui).strong));
            });
        }
    });
}

/// A chip for each series: colour, place, value at the slider's position, and a cross to take it out.
fn legend(ui: &mut Ui, context: &Context<'_>, at: Option<usize>, units: &str) {
    for probe in &context.state.probes {
        let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.0, tokens::series(probe.color));
        let value = at.and_then(|i| probe.series.as_ref()?.values.get(i).copied());
        let value = match value {
            Some(v) if v.is_nan() => "missing".to_owned(),
            Some(v) => format!("{} {units}", ticks::short(v)),
            None => "…".to_owned(),
        };
        ui.label(probe.place.label.as_str());
        ui.label(theme::note(ui, value));
        if widgets::icon_button(ui, icons::X, &format!("Remove series at {}", probe.place.label)).clicked() {
            context.send(Command::RemoveProbe(probe.id));
        }
        ui.add_space(tokens::space::S);
    }
}

fn plot(ui: &mut Ui, context: &Context<'_>, lines: &[Drawn<'_>], at: Option<usize>, dim: &str) {
    let Some(axis) = lines.first().map(|l| l.series.axis.clone()) else {
        ui.add_space(tokens::space::S);
        ui.spinner();
        return;
    };
    let palette = theme::palette(ui);
    let places = ticks::places(&axis);
    let units = lines.first().map(|l| l.series.units.clone()).unwrap_or_default();
    let (spacing, marking, hover) = (axis.clone(), axis.clone(), axis.clone());
    let hover_units = units.clone();
    let shown_places = places.clone();
    let plot = Plot::new(("series", dim))
        .height((ui.available_height() - 4.0).max(60.0))
        .show_background(false)
        .grid_color(palette.line)
        .cursor_color(palette.weak)
        .set_margin_fraction(vec2(0.01, 0.08))
        .y_axis_label(units)
        .y_axis_formatter(|mark, _| ticks::short(mark.value))
        .x_grid_spacer(move |input| ticks::marks(&spacing, input))
        .x_axis_formatter(move |mark, _| ticks::mark_label(&marking, mark))
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint { plot_name, position, index } => {
                let place = widgets::position_with_units(&hover, (*index).min(hover.values.len().saturating_sub(1)));
                Some(format!("{plot_name}\n{place}\n{} {hover_units}", ticks::short(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    let response = plot.show(ui, |plot| {
        for line in lines {
            add(plot, line, &places);
        }
        if let Some(x) = at.and_then(|i| places.get(i).copied()) {
            plot.vline(VLine::new("position", x).color(palette.accent).width(1.0).allow_hover(false));
        }
        plot.pointer_coordinate()
    });
    let name = format!("Series along {dim}");
    response.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
    if let (true, Some(point), Some(_)) = (response.response.clicked(), response.inner, at) {
        let distance = |x: &f64| (x - point.x).abs();
        let nearest = shown_places.iter().enumerate().min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
        if let Some((index, _)) = nearest {
            context.send(Command::SetPosition { dim: dim.to_owned(), index });
        }
    }
}

/// A line with gaps where values are missing; single values between gaps as dots.
fn add<'a>(plot: &mut egui_plot::PlotUi<'a>, line: &Drawn<'_>, places: &[f64]) {
    let mut runs: Vec<Vec<[f64; 2]>> = vec![Vec::new()];
    for (x, y) in places.iter().zip(&line.series.values) {
        match (y.is_finite() && x.is_finite(), runs.last_mut()) {
            (true, Some(run)) => run.push([*x, *y]),
            (false, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
            _ => {}
        }
    }
    let few = line.series.values.len() <= 40;
    for run in runs.into_iter().filter(|r| !r.is_empty()) {
        if run.len() == 1 || few {
            plot.points(Points::new(line.name.clone(), PlotPoints::from(run.clone())).color(line.color).radius(2.0));
        }
        plot.line(Line::new(line.name.clone(), PlotPoints::from(run)).color(line.color).width(1.5));
    }
}
