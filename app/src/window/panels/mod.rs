//! The panels, and where each stands. A panel reads the state and sends commands; none knows another.

mod chain;
mod cost;
mod decoded;
mod export;
mod layout;
mod map;
mod notices;
mod palette;
mod properties;
mod series;
mod sliders;
mod sources;
mod tabs;
mod top_bar;
mod welcome;

pub use layout::show;

use super::bridge::MapPainter;
use super::commands::Command;
use super::state::State;
use egui::Ui;
use std::cell::RefCell;

/// What a panel may know and do.
pub struct Context<'a> {
    /// All that the window shows.
    pub state: &'a State,
    /// Draws maps, where there is a graphics device.
    pub painter: Option<&'a MapPainter>,
    outbox: RefCell<Vec<Command>>,
}

impl<'a> Context<'a> {
    /// A context with nothing sent yet.
    #[must_use]
    pub fn new(state: &'a State, painter: Option<&'a MapPainter>) -> Self {
        Self { state, painter, outbox: RefCell::default() }
    }

    /// Asks for something; it is done before the next frame.
    pub fn send(&self, command: Command) {
        self.outbox.borrow_mut().push(command);
    }

    /// What was asked for.
    #[must_use]
    pub fn into_commands(self) -> Vec<Command> {
        self.outbox.into_inner()
    }
}

/// Where a panel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// The slim bar on top.
    Top,
    /// The left side, upper part.
    Left,
    /// The left side, lower part.
    LeftBelow,
    /// The right side, one below the other.
    Right,
    /// The whole width, above the tabs.
    Sliders,
    /// The whole width, at the bottom.
    Bottom,
    /// The middle.
    Centre,
    /// Below the middle.
    CentreBelow,
    /// Over everything.
    Over,
}

/// A panel.
struct Panel {
    /// Its name, unique.
    name: &'static str,
    /// Where it stands.
    area: Area,
    /// Whether it is shown now.
    when: fn(&State) -> bool,
    /// Shows it.
    show: fn(&mut Ui, &Context<'_>),
}

const fn panel(name: &'static str, area: Area, when: fn(&State) -> bool, show: fn(&mut Ui, &Context<'_>)) -> Panel {
    Panel { name, area, when, show }
}

/// All panels; those of one area stand in this order.
const PANELS: &[Panel] = &[
    panel("top bar", Area::Top, |_| true, top_bar::show),
    panel("sources", Area::Left, |s| s.parts.left, sources::show),
    panel("chain", Area::LeftBelow, |s| s.parts.left && s.selected.is_some(), chain::show),
    panel("properties", Area::Right, |s| s.parts.right && s.result.is_some(), properties::show),
    panel("decoded", Area::Right, |s| s.parts.right && s.result.is_some(), decoded::show),
    panel("cost", Area::Right, |s| s.parts.right && s.result.is_some(), cost::show),
    panel("tabs", Area::Bottom, |s| s.parts.bottom && !s.sources.is_empty(), tabs::show),
    panel("sliders", Area::Sliders, |s| !s.sliders().is_empty(), sliders::show),
    panel("series", Area::CentreBelow, |s| !s.probes.is_empty() && s.is_map(), series::show),
    panel("map", Area::Centre, |s| s.selected.is_some() && s.is_map(), map::show),
    panel("line", Area::Centre, |s| s.selected.is_some() && !s.is_map(), series::show_line),
    panel("welcome", Area::Centre, |s| s.selected.is_none(), welcome::show),
    panel("export", Area::Over, |s| s.export.open, export::show),
    panel("palette", Area::Over, |s| s.parts.palette, palette::show),
    panel("notices", Area::Over, |_| true, notices::show),
    panel("drop", Area::Over, |s| s.dropping, welcome::show_drop),
];

#[cfg(test)]
mod tests {
    use super::PANELS;

    #[test]
    fn panel_names_are_unique() {
        for (i, panel) in PANELS.iter().enumerate() {
            assert!(PANELS.iter().skip(i + 1).all(|p| p.name != panel.name), "{} stands twice", panel.name);
        }
    }
}
