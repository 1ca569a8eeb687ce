//! The task stream: a row for each worker, a bar for each thing it did, coloured by kind.

use crate::window::panels::Context;
use crate::window::theme::{self, tokens};
use crate::window::widgets;
use egui::{Color32, Rect, Sense, TextStyle, Ui, pos2, vec2};
use graticule_core::events::{Event, Kind};

/// Width of the workers' names, and height of the legend.
const NAME: f32 = 64.0;
const LEGEND: f32 = 18.0;

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let activity = &context.state.activity;
    let workers = activity.workers();
    if workers.is_empty() {
        ui.label(theme::note(ui, "Nothing was computed yet. Bars appear here while data are read and chains run."));
        return;
    }
    let (whole, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Task stream"));
    let rect = Rect::from_min_max(whole.min, whole.max - vec2(0.0, LEGEND));
    let (from, to) = activity.last_work();
    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    let x_of = |nanos: u64| {
        let share = nanos.saturating_sub(from) as f32 / (to - from).max(1) as f32;
        rect.left() + NAME + share * (rect.width() - NAME)
    };
    #[expect(clippy::cast_precision_loss, reason = "a few workers")]
    let height = (rect.height() / workers.len() as f32).clamp(3.0, 22.0);
    let painter = ui.painter().with_clip_rect(whole);
    let palette = theme::palette(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let mut under: Option<&Event> = None;
    for (row, worker) in workers.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a few workers")]
        let top = rect.top() + row as f32 * height;
        if height >= 10.0 {
            let at = pos2(rect.left(), top + height / 2.0);
            painter.text(at, egui::Align2::LEFT_CENTER, format!("worker {}", row + 1), small.clone(), palette.weak);
        }
        let line = Rect::from_min_max(pos2(rect.left() + NAME, top + 1.0), pos2(rect.right(), top + height - 1.0));
        painter.rect_filled(line, 1.0, palette.canvas);
        for event in activity.since(from).filter(|e| e.worker == *worker && e.kind != Kind::Task) {
            let left = x_of(event.start_nanos.max(from));
            // A bar thinner than a pixel would not be seen.
            let right = x_of(event.end_nanos).max(left + 1.0);
            let bar = Rect::from_min_max(pos2(left, line.top()), pos2(right, line.bottom()));
            painter.rect_filled(bar, 0.0, color(event.kind));
            if response.hover_pos().is_some_and(|p| bar.expand(1.0).contains(p)) {
                under = Some(event);
            }
        }
    }
    let foot = Rect::from_min_max(pos2(whole.left() + NAME, rect.bottom()), whole.max);
    legend(&painter, foot, palette.weak, &small);
    #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
    let span = format!("{} of work", widgets::duration((to - from) as f64 / 1e9));
    painter.text(foot.right_center() + vec2(0.0, 2.0), egui::Align2::RIGHT_CENTER, span, small, palette.weak);
    if let Some(event) = under {
        response.on_hover_text_at_pointer(about(event));
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations for people")]
fn about(event: &Event) -> String {
    let seconds = (event.end_nanos - event.start_nanos) as f64 / 1e9;
    let mut text = format!("{}, {}", event.kind.name(), widgets::duration(seconds));
    if event.bytes_in > 0 {
        text.push_str(&format!("\n{} in", widgets::bytes(event.bytes_in)));
    }
    if event.bytes_out > 0 {
        text.push_str(&format!("\n{} out", widgets::bytes(event.bytes_out)));
    }
    text
}

fn legend(painter: &egui::Painter, rect: Rect, ink: Color32, font: &egui::FontId) {
    let mut x = rect.left();
    let y = rect.center().y + 2.0;
    for kind in Kind::ALL.into_iter().filter(|k| *k != Kind::Task) {
        painter.rect_filled(Rect::from_center_size(pos2(x + 4.0, y), vec2(8.0, 8.0)), 1.0, color(kind));
        let text = painter.text(pos2(x + 12.0, y), egui::Align2::LEFT_CENTER, kind.name(), font.clone(), ink);
        x = text.right() + 12.0;
    }
}

/// The colour of a kind of work.
pub(super) fn color(kind: Kind) -> Color32 {
    let [read, compute, decode, encode, reduce, _] = tokens::SERIES;
    match kind {
        Kind::Wait | Kind::Task => Color32::from_gray(96),
        Kind::Read => read,
        Kind::Decompress | Kind::Decode => decode,
        Kind::Unshuffle => decode.gamma_multiply(0.7),
        Kind::Compute => compute,
        Kind::Reduce => reduce,
        Kind::Encode => encode,
        Kind::Write => encode.gamma_multiply(0.7),
    }
}
