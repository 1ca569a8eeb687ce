//! How fast data are read, decoded, computed and written.

use crate::window::panels::Context;
use crate::window::theme;
use crate::window::widgets;
use egui::{Grid, Ui};

pub(super) fn show(ui: &mut Ui, context: &Context<'_>) {
    let rates = context.state.activity.rates(2.0);
    ui.label(theme::note(ui, "Over the last two seconds of work"));
    Grid::new("rates").spacing([24.0, 2.0]).show(ui, |ui| {
        for (name, rate) in
            [("read", rates.read), ("decoded", rates.decoded), ("computed", rates.computed), ("written", rates.written)]
        {
            ui.label(theme::note(ui, name));
            let text = if rate > 0.0 { format!("{}/s", widgets::bytes_f64(rate)) } else { "–".to_owned() };
            ui.label(theme::strong(text));
            match name {
                "read" => {
                    ui.label(theme::note(ui, "busy workers"));
                    ui.label(theme::strong(format!("{:.1}", rates.busy)));
                }
                "decoded" => {
                    ui.label(theme::note(ui, "CPU time of wall time"));
                    ui.label(theme::strong(format!("{:.0} %", rates.on_core * 100.0)));
                }
                "computed" => {
                    ui.label(theme::note(ui, "bound by"));
                    ui.label(theme::strong(rates.bound.map_or("–", graticule_core::events::Kind::name)));
                }
                _ => {
                    ui.label(theme::note(ui, "events missed"));
                    ui.label(theme::strong(widgets::count(context.state.activity.dropped())));
                }
            }
            ui.end_row();
        }
    });
}
