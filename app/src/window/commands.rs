//! Everything the window can be asked to do. Menus, palette, shortcuts and tooltips are all fed from [`COMMANDS`]; panels
//! send [`Command`]s and the one writer in `state` applies them. Knows nothing of how they are carried out.

use crate::window::state::{ExportRequest, Layer, Place, RangeMode, SourceId, Tab};
use crate::window::theme::icons;
use egui::{Key, KeyboardShortcut, Modifiers};
use graticule_core::ops::Step;
use graticule_core::session::Override;
use graticule_render::geo::MapView;

/// One wish of the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Choose files to open.
    OpenFiles,
    /// Choose a folder to open: a Zarr store.
    OpenFolder,
    /// Open these paths.
    Open(Vec<String>),
    /// Open the built-in sample.
    OpenSample,
    /// Close a source.
    Close(SourceId),
    /// Set an attribute over that of the source's file, and decode anew.
    SetAttribute(SourceId, Override),
    /// Decode a source as its file says again.
    ResetAttributes(SourceId),
    /// Show a variable of a source.
    Show {
        /// The source.
        source: SourceId,
        /// The variable's path in it.
        path: String,
    },
    /// Show another variable of the chain's result.
    ShowResult(String),
    /// Go to a position of a dimension.
    SetPosition {
        /// The dimension.
        dim: String,
        /// The position, cut to what there is.
        index: usize,
    },
    /// Move along a dimension (the first slider's where none is named).
    Step {
        /// The dimension.
        dim: Option<String>,
        /// By how many positions.
        by: i64,
    },
    /// Move along the second slider's dimension.
    StepLevel(i64),
    /// Go to the first position of the first slider's dimension.
    First,
    /// Go to the last position of the first slider's dimension.
    Last,
    /// Start or stop playing along a dimension (the first slider's where none is named).
    TogglePlay(Option<String>),
    /// Positions per second while playing.
    SetSpeed(f32),
    /// Add a step for this operation, with values that make sense for the data.
    AddStep(&'static str),
    /// Replace a step.
    SetStep {
        /// Which.
        at: usize,
        /// By what.
        step: Step,
    },
    /// Move a step up or down.
    MoveStep {
        /// From here.
        from: usize,
        /// To here.
        to: usize,
    },
    /// Switch a step off or on.
    ToggleStep(usize),
    /// Put a copy of a step below it.
    DuplicateStep(usize),
    /// Take a step out.
    RemoveStep(usize),
    /// Take all steps out.
    ClearChain,
    /// Draw in this projection: a preset's id, a PROJ string or a code; `None` chooses by the data.
    SetProjection(Option<String>),
    /// Put this longitude and latitude in the middle of the projection.
    SetCentre([f64; 2]),
    /// Look at the map like this.
    Look(MapView),
    /// Turn the globe: where the drag began and how many pixels it went.
    Turn {
        /// The view when the drag began.
        anchor: MapView,
        /// Pixels since.
        by: [f64; 2],
    },
    /// Magnify about the middle of the map.
    Zoom(f64),
    /// Show all of the data again.
    ResetView,
    /// Use this colour map; `None` chooses by the data.
    SetColourMap(Option<String>),
    /// Use the next colour map of the list.
    NextColourMap,
    /// Swap the ends of the colour map.
    ToggleReversed,
    /// Logarithmic colours, or not.
    ToggleLog,
    /// Steps of one colour; `None` is continuous.
    SetLevels(Option<u16>),
    /// Where the colours begin and end.
    SetRange(RangeMode),
    /// Show or hide lines on the map.
    ToggleLayer(Layer),
    /// The pointer is over this pixel of the map, or over none.
    Hover(Option<[f64; 2]>),
    /// Add a series at this pixel of the map.
    Pick([f64; 2]),
    /// The map's area has this size in device pixels, and so many device pixels per point.
    Resize([u32; 2], f64),
    /// Add a series at a cell of the map.
    AddProbe(Place),
    /// Take a series out.
    RemoveProbe(u64),
    /// Take all series out.
    ClearProbes,
    /// Show or hide the export dialog.
    ToggleExport,
    /// The export's form as it stands.
    SetExport(ExportRequest),
    /// Choose where the export goes.
    ChooseTarget(ExportRequest),
    /// Export.
    Export(ExportRequest),
    /// Stop the export.
    CancelExport,
    /// Copy the chain as a Python script.
    CopyXarray,
    /// Copy the command that does the same in a terminal.
    CopyCommand,
    /// Save the chain as a recipe.
    SaveRecipe,
    /// Copy any text.
    Copy(String),
    /// Light or dark.
    ToggleTheme,
    /// Show or hide sources and chain.
    ToggleLeft,
    /// Show or hide properties.
    ToggleRight,
    /// Show or hide the tabs at the bottom.
    ToggleBottom,
    /// Show a tab at the bottom.
    ShowTab(Tab),
    /// Show or hide the command palette.
    TogglePalette,
    /// Show or hide past notices.
    ToggleNotices,
    /// Take a notice off the screen.
    DismissNotice(u64),
    /// Stop whatever is being computed, and close what is open on top.
    Cancel,
    /// Close the window.
    Quit,
}

/// Where a command stands in the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// Opening, exporting, quitting.
    File,
    /// The chain.
    Chain,
    /// What the map shows.
    Map,
    /// Moving along dimensions.
    Move,
    /// The window itself.
    Window,
}

impl Menu {
    /// All menus in order.
    pub const ALL: [Self; 5] = [Self::File, Self::Chain, Self::Map, Self::Move, Self::Window];

    /// The menu's title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Chain => "Chain",
            Self::Map => "Map",
            Self::Move => "Move",
            Self::Window => "Window",
        }
    }
}

/// A command without parameters, as people meet it.
pub struct Entry {
    /// What it is called.
    pub title: &'static str,
    /// What it does, in a sentence; empty where the title says all.
    pub help: &'static str,
    /// Its icon; empty for none.
    pub icon: &'static str,
    /// Where it stands.
    pub menu: Menu,
    /// Its keys; the first is shown.
    pub keys: &'static [KeyboardShortcut],
    /// The command.
    pub make: fn() -> Command,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

macro_rules! entry {
    ($menu:ident, $icon:expr, $title:literal, $help:literal, [$($keys:expr),*], $make:expr) => {
        Entry { title: $title, help: $help, icon: $icon, menu: Menu::$menu, keys: &[$($keys),*], make: || $make }
    };
}

/// All commands without parameters, in the order of the menus.
#[rustfmt::skip]
pub const COMMANDS: &[Entry] = &[
    entry!(File, icons::FOLDER_OPEN, "Open files…", "NetCDF, HDF5, Zarr, TIFF or a catalogue; several at once", [ctrl(Key::O)], Command::OpenFiles),
    entry!(File, icons::FOLDER, "Open folder…", "A Zarr store, or a folder of files as one dataset", [ctrl_shift(Key::O)], Command::OpenFolder),
    entry!(File, icons::GLOBE_HEMISPHERE_WEST, "Open the sample", "Six years of an idealised climate, built in", [], Command::OpenSample),
    entry!(File, icons::EXPORT, "Export…", "Run the chain in full and write Zarr or NetCDF", [ctrl(Key::E)], Command::ToggleExport),
    entry!(File, icons::FLOPPY_DISK, "Save recipe…", "The chain as a TOML file that the command line runs", [ctrl(Key::S)], Command::SaveRecipe),
    entry!(File, icons::X, "Quit", "", [ctrl(Key::Q)], Command::Quit),
    entry!(Chain, icons::CODE, "Copy as xarray", "A Python script that does the same", [ctrl(Key::K)], Command::CopyXarray),
    entry!(Chain, icons::TEXT_AA, "Copy as command", "The line for a terminal", [], Command::CopyCommand),
    entry!(Chain, icons::TRASH, "Remove all steps", "Back to the source", [], Command::ClearChain),
    entry!(Map, icons::ARROW_COUNTER_CLOCKWISE, "Show everything", "All of the data in the middle of the map", [key(Key::Num0)], Command::ResetView),
    entry!(Map, icons::MAGNIFYING_GLASS, "Zoom in", "", [key(Key::Plus), key(Key::Equals)], Command::Zoom(1.5)),
    entry!(Map, icons::MAGNIFYING_GLASS, "Zoom out", "", [key(Key::Minus)], Command::Zoom(1.0 / 1.5)),
    entry!(Map, icons::GLOBE, "Globe", "An orthographic globe that the mouse turns", [], Command::SetProjection(Some("orthographic".to_owned()))),
    entry!(Map, icons::PALETTE, "Next colour map", "", [key(Key::C)], Command::NextColourMap),
    entry!(Map, icons::RULER, "Range of this frame", "Smallest to largest value shown now", [key(Key::R)], Command::SetRange(RangeMode::Frame)),
    entry!(Map, icons::RULER, "Robust range", "From the 2nd to the 98th percentile shown now", [shift(Key::R)], Command::SetRange(RangeMode::Robust)),
    entry!(Map, icons::RULER, "Symmetric range", "The same distance to both sides of zero", [key(Key::S)], Command::SetRange(RangeMode::Symmetric)),
    entry!(Map, icons::X_CIRCLE, "Remove all series", "", [], Command::ClearProbes),
    entry!(Move, icons::PLAY, "Play or pause", "Along the first slider", [key(Key::Space)], Command::TogglePlay(None)),
    entry!(Move, icons::CARET_LEFT, "One step back", "", [key(Key::ArrowLeft)], Command::Step { dim: None, by: -1 }),
    entry!(Move, icons::CARET_RIGHT, "One step on", "", [key(Key::ArrowRight)], Command::Step { dim: None, by: 1 }),
    entry!(Move, icons::CARET_LEFT, "Ten steps back", "", [shift(Key::ArrowLeft)], Command::Step { dim: None, by: -10 }),
    entry!(Move, icons::CARET_RIGHT, "Ten steps on", "", [shift(Key::ArrowRight)], Command::Step { dim: None, by: 10 }),
    entry!(Move, icons::SKIP_BACK, "To the first position", "", [key(Key::Home)], Command::First),
    entry!(Move, icons::SKIP_FORWARD, "To the last position", "", [key(Key::End)], Command::Last),
    entry!(Move, icons::STACK, "One level back", "Along the second slider", [key(Key::OpenBracket)], Command::StepLevel(-1)),
    entry!(Move, icons::STACK, "One level on", "Along the second slider", [key(Key::CloseBracket)], Command::StepLevel(1)),
    entry!(Window, icons::MAGNIFYING_GLASS, "Find anything", "Variables and commands by name", [ctrl(Key::P)], Command::TogglePalette),
    entry!(Window, icons::CIRCLE_HALF, "Light or dark", "", [ctrl(Key::D)], Command::ToggleTheme),
    entry!(Window, icons::SIDEBAR_SIMPLE, "Sources and chain", "Show or hide the left side", [ctrl(Key::B)], Command::ToggleLeft),
    entry!(Window, icons::SIDEBAR_SIMPLE, "Properties", "Show or hide the right side", [ctrl_shift(Key::B)], Command::ToggleRight),
    entry!(Window, icons::SQUARE_HALF_BOTTOM, "Tasks, memory, log", "Show or hide the tabs at the bottom", [ctrl(Key::J)], Command::ToggleBottom),
    entry!(Window, icons::BELL, "Notices", "What happened so far", [], Command::ToggleNotices),
    entry!(Window, icons::X_CIRCLE, "Stop", "Stops what is being computed", [key(Key::Escape)], Command::Cancel),
];

/// The entry that makes this command.
#[must_use]
pub fn entry(command: &Command) -> Option<&'static Entry> {
    COMMANDS.iter().find(|e| (e.make)() == *command)
}

/// Title, help and keys of a command as a tooltip.
#[must_use]
pub fn tooltip(ctx: &egui::Context, entry: &Entry) -> String {
    let mut text = entry.title.trim_end_matches('…').to_owned();
    if let Some(keys) = entry.keys.first() {
        text = format!("{text}  ({})", ctx.format_shortcut(keys));
    }
    if !entry.help.is_empty() {
        text = format!("{text}\n{}", entry.help);
    }
    text
}

/// The commands whose keys were pressed, taken out of the input. Keys without Ctrl belong to whatever has the focus.
pub fn pressed(ctx: &egui::Context) -> Vec<Command> {
    let focused = ctx.memory(|m| m.focused().is_some());
    ctx.input_mut(|input| {
        let mut found = Vec::new();
        input.events.retain(|event| {
            let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return true };
            let hit = COMMANDS.iter().find(|e| {
                e.keys.iter().any(|k| k.logical_key == *key && modifiers.matches_exact(k.modifiers))
                    && (!focused || modifiers.command || *key == Key::Escape)
            });
            found.extend(hit.map(|e| (e.make)()));
            // Escape also closes menus, which egui does itself.
            hit.is_none() || *key == Key::Escape
        });
        found
    })
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, entry};
    use std::collections::HashMap;

    #[test]
    fn no_two_commands_share_a_key() {
        let mut seen = HashMap::new();
        for command in COMMANDS {
            for keys in command.keys {
                let before = seen.insert(format!("{:?} {:?}", keys.modifiers, keys.logical_key), command.title);
                assert_eq!(before, None, "{} and {:?} share {keys:?}", command.title, before);
            }
        }
    }

    #[test]
    fn titles_are_unique_and_commands_are_found_by_what_they_make() {
        let mut seen = HashMap::new();
        for command in COMMANDS {
            assert_eq!(seen.insert(command.title, ()), None, "{} stands twice", command.title);
            assert_eq!(entry(&(command.make)()).map(|e| e.title), Some(command.title));
        }
    }
}
