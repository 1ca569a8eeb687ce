//! The window. Owns what is on screen and the jobs behind it; knows data only through the core's session.
//!
//! `state` is the data, `commands` all that can be asked for, `wishes` turns what is wanted into `jobs`, `work` is what
//! those do, `bridge` draws scenes, `panels` show and ask.

mod app;
pub mod bridge;
pub mod commands;
pub mod jobs;
pub mod panels;
mod results;
pub mod state;
pub mod theme;
pub mod widgets;
mod wishes;
pub mod work;

pub use app::App;
pub use commands::Command;
pub use state::{ExportRequest, Format, Outcome, RangeMode, Shape, State, Tab};

use std::path::PathBuf;

/// What the window starts with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Files, folders or stores to open.
    pub paths: Vec<String>,
    /// Whether to open the built-in sample.
    pub sample: bool,
    /// Worker threads; all cores where not given.
    pub threads: Option<usize>,
    /// Memory budget of the engine in bytes; a quarter of the machine's where not given.
    pub memory_bytes: Option<u64>,
    /// Where the built-in sample is laid down; the user's cache where not given.
    pub sample_folder: Option<PathBuf>,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// Where there is no display, or the graphics device cannot be used.
pub fn run(options: Options) -> anyhow::Result<()> {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let display = ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(set);
    anyhow::ensure!(
        display || cfg!(any(windows, target_os = "macos")),
        "there is no display for a window (neither DISPLAY nor WAYLAND_DISPLAY is set); without one there are: \
         graticule info, stats, values, plot, run, explain, code, ops, export, doctor"
    );
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/icon/graticule-256.png"))?;
    let viewport = egui::ViewportBuilder::default()
        .with_title("Graticule")
        .with_app_id("graticule")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([800.0, 520.0])
        .with_drag_and_drop(true)
        .with_icon(icon);
    let native = eframe::NativeOptions { viewport, ..Default::default() };
    let create: eframe::AppCreator<'_> = Box::new(move |cc| Ok(Box::new(App::new(cc, options)?)));
    eframe::run_native("Graticule", native, create).map_err(|error| {
        anyhow::anyhow!("cannot open the window: {error}; the commands work without one (graticule --help)")
    })
}
