//! Memory against the budget, and what holds it.

use crate::window::panels::Context;
use crate::window::theme::{self, tokens};
use crate::window::widgets;
use egui::{Rect, Sense, Ui, pos2, vec2};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let memory = context.state.memory;
    let [tasks_ink, chunks_ink, results_ink, ..] = tokens::SERIES;
    let parts = [
        ("running tasks", memory.in_tasks, tasks_ink),
        ("decoded chunks", memory.chunk_cache, chunks_ink),
        ("results", memory.results, results_ink),
    ];
    let used: u64 = parts.iter().map(|(_, n, _)| n).sum();
    ui.horizontal(|ui| {
        ui.label(theme::strong(widgets::bytes(used)));
        ui.label(theme::note(ui, format!("of {}", widgets::bytes(memory.budget))));
        ui.label(theme::note(ui, format!("tasks held {} at most", widgets::bytes(memory.peak_in_tasks))));
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 12.0), Sense::hover());
    let about = format!("Memory: {} of {}", widgets::bytes(used), widgets::bytes(memory.budget));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &about));
    ui.painter().rect_filled(rect, 2.0, theme::palette(ui).canvas);
    let mut left = rect.left();
    for (_, bytes, ink) in parts {
        #[expect(clippy::cast_precision_loss, reason = "a share of the bar")]
        let width = rect.width() * (bytes as f32 / memory.budget.max(1) as f32);
        let bar = Rect::from_min_max(pos2(left, rect.top()), pos2((left + width).min(rect.right()), rect.bottom()));
        ui.painter().rect_filled(bar, 2.0, ink);
        left += width;
    }
    ui.horizontal(|ui| {
        for (name, bytes, ink) in parts {
            let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
            ui.painter().rect_filled(dot, 1.0, ink);
            ui.label(theme::note(ui, format!("{name} {}", widgets::bytes(bytes))));
            ui.add_space(tokens::space::S);
        }
    });
}
