//! The tree of sources, groups, variables, dimensions and attributes, with a filter.

use super::Context;
use crate::window::commands::Command;
use crate::window::state::{Kind, Row, Source};
use crate::window::theme::{self, icons, tokens};
use crate::window::widgets;
use egui::{Id, Rect, Response, ScrollArea, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    widgets::heading(ui, "Sources", |ui| {
        widgets::command_icon(ui, context, Command::OpenFiles);
    });
    if context.state.sources.is_empty() {
        ui.label(theme::note(ui, "Nothing is open. Drop files here, or open the sample."));
        return;
    }
    let (_, filter) = widgets::search(ui, Id::unique("filter sources"), "Filter");
    ui.add_space(tokens::space::XS);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut found = false;
        for source in &context.state.sources {
            found |= tree(ui, context, source, &filter);
        }
        if !found {
            ui.label(theme::note(ui, format!("Nothing is called “{filter}”.")));
        }
    });
}

/// The tree of one source; gives whether the filter left anything.
fn tree(ui: &mut Ui, context: &Context<'_>, source: &Source, filter: &str) -> bool {
    let matches = |row: &Row| row.about.to_lowercase().contains(filter) || row.name.to_lowercase().contains(filter);
    if !filter.is_empty() && !source.rows.iter().any(matches) {
        return false;
    }
    let open = Id::unique(("source", source.id));
    let is_open = folded(ui, open, true);
    let response = row_ui(
        ui,
        &Look {
            icon: if is_open { icons::CARET_DOWN } else { icons::CARET_RIGHT },
            depth: 0,
            name: &source.name,
            note: source.opened.info().format,
            selected: false,
            strong: true,
            clickable: true,
        },
    );
    let response = response.on_hover_text(&source.opened.info().path);
    if response.clicked() {
        flip(ui, open, is_open);
    }
    response.context_menu(|ui| {
        if ui.button("Close").clicked() {
            context.send(Command::Close(source.id));
        }
        if ui.button("Copy path").clicked() {
            context.send(Command::Copy(source.opened.info().path.clone()));
        }
    });
    if is_open || !filter.is_empty() {
        rows(ui, context, source, filter, &matches);
    }
    true
}

fn rows(ui: &mut Ui, context: &Context<'_>, source: &Source, filter: &str, matches: &dyn Fn(&Row) -> bool) {
    // Rows below a folded one are left out, until one stands as high as it again.
    let mut hidden_below: Option<usize> = None;
    for row in &source.rows {
        if hidden_below.is_some_and(|depth| row.depth > depth) && filter.is_empty() {
            continue;
        }
        hidden_below = None;
        if !filter.is_empty() && !matches(row) {
            continue;
        }
        let folds = matches!(row.kind, Kind::Group | Kind::Coords | Kind::Dims | Kind::Attrs);
        let id = Id::unique(("row", source.id, &row.path));
        let is_open = folds && folded(ui, id, row.kind == Kind::Group);
        let selected = context.state.selected.as_ref().is_some_and(|s| s.source == source.id && s.path == row.path);
        let response = row_ui(
            ui,
            &Look {
                icon: icon(row.kind, is_open),
                depth: row.depth + 1,
                name: &row.name,
                note: &row.note,
                selected,
                strong: selected,
                clickable: folds || row.kind.can_show(),
            },
        );
        let response = if row.about.is_empty() { response } else { response.on_hover_text(&row.about) };
        if response.clicked() && folds {
            flip(ui, id, is_open);
        } else if response.clicked() && row.kind.can_show() {
            context.send(Command::Show { source: source.id, path: row.path.clone() });
        }
        if folds && !is_open {
            hidden_below = Some(row.depth);
        }
    }
}

/// Whether a row that folds is open.
fn folded(ui: &Ui, id: Id, default: bool) -> bool {
    ui.data(|d| d.get_temp(id)).unwrap_or(default)
}

fn flip(ui: &Ui, id: Id, is_open: bool) {
    ui.data_mut(|d| d.insert_temp(id, !is_open));
}

fn icon(kind: Kind, is_open: bool) -> &'static str {
    match kind {
        Kind::Group | Kind::Coords | Kind::Dims | Kind::Attrs if is_open => icons::CARET_DOWN,
        Kind::Group | Kind::Coords | Kind::Dims | Kind::Attrs => icons::CARET_RIGHT,
        Kind::Map => icons::MAP_TRIFOLD,
        Kind::Line => icons::CHART_LINE,
        Kind::Scalar => icons::HASH,
        Kind::Text => icons::TEXT_AA,
        Kind::Coord => icons::GRID_NINE,
        Kind::Dim => icons::RULER,
        Kind::Attr => icons::TAG,
    }
}

/// How a row looks.
struct Look<'a> {
    icon: &'a str,
    depth: usize,
    name: &'a str,
    note: &'a str,
    selected: bool,
    strong: bool,
    clickable: bool,
}

/// A row over the whole width: icon, name, and a note at the right that gives way to the name.
fn row_ui(ui: &mut Ui, look: &Look<'_>) -> Response {
    let palette = theme::palette(ui);
    let sense = if look.clickable { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), sense);
    if look.clickable {
        response.widget_info(|| WidgetInfo::selected(egui::Role::TreeItem, ui.is_enabled(), look.selected, look.name));
    } else {
        response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, ui.is_enabled(), look.name));
    }
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let radius = f32::from(tokens::size::RADIUS);
    if look.selected {
        ui.painter().rect_filled(rect, radius, palette.selected);
    } else if look.clickable && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, radius, palette.control);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(rect, radius, stroke, egui::StrokeKind::Inside);
    }
    #[expect(clippy::cast_precision_loss, reason = "a few levels")]
    let left = rect.left() + 4.0 + look.depth as f32 * 14.0;
    let ink = match (look.selected, look.clickable) {
        (true, _) => palette.strong,
        (false, true) => palette.text,
        (false, false) => palette.weak,
    };
    let small = TextStyle::Small.resolve(ui.style());
    let body = TextStyle::Body.resolve(ui.style());
    let painter = ui.painter().with_clip_rect(rect);
    let mut icon_font = body.clone();
    icon_font.size = 14.0;
    let icon_ink = if look.selected { palette.accent } else { palette.weak };
    painter.text(pos2(left, rect.center().y), egui::Align2::LEFT_CENTER, look.icon, icon_font, icon_ink);
    let name_left = left + 20.0;
    let room = rect.right() - 6.0 - name_left;
    let galley = |text: &str, font: egui::FontId, color, width: f32| {
        let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(8.0));
        painter.layout_job(job)
    };
    let mut font = body;
    if look.strong {
        font.family = theme::strong_family();
    }
    let name = galley(look.name, font, ink, room);
    let name_width = name.size().x;
    painter.galley(pos2(name_left, rect.center().y - name.size().y / 2.0), name, ink);
    let note_room = room - name_width - 8.0;
    if note_room > 16.0 && !look.note.is_empty() {
        let note = galley(look.note, small, palette.weak, note_room);
        let at = Rect::from_min_size(
            pos2(rect.right() - 6.0 - note.size().x, rect.center().y - note.size().y / 2.0),
            note.size(),
        );
        painter.galley(at.min, note, palette.weak);
    }
    response
}
