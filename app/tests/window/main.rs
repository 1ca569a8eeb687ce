//! Drives the window as a person does: by accessible names, keys and the pointer. No display is needed; one file for
//! each behaviour.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking and may wait"
)]

mod anomaly;
mod at_rest;
mod cancel;
mod copies;
mod decode;
mod export;
mod failures;
mod open_sample;
mod projection;
mod real_files;
mod series;
mod several_files;
mod snapshot;
mod time_slider;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use graticule::window::{App, Options};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A window in a test, with a folder that is gone with it.
struct Window {
    harness: Harness<'static, App>,
    folder: TempDir,
}

impl Window {
    /// An empty window of a small screen.
    fn new() -> Self {
        Self::with([1280.0, 720.0], false)
    }

    /// A window of this size; one that draws on a graphics device, where asked for.
    fn with(size: [f32; 2], draws: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sample_folder = Some(folder.path().join("cache"));
        let options = Options { sample_folder, threads: Some(2), memory_bytes: Some(256 << 20), ..Options::default() };
        let builder = Harness::builder().with_size(size).with_max_steps(40);
        let builder = if draws { builder.wgpu() } else { builder };
        let harness = builder.build_eframe(move |cc| App::new(cc, options).unwrap());
        let mut window = Self { harness, folder };
        window.settle();
        window
    }

    /// A window with the sample open.
    fn with_sample() -> Self {
        let mut window = Self::new();
        window.click("Open the sample");
        window.settle();
        window
    }

    fn app(&self) -> &App {
        self.harness.state()
    }

    fn step(&mut self) {
        self.harness.step();
    }

    /// Lets frames pass until `done` or until it has taken too long.
    fn wait(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !done(self.app()) {
            assert!(Instant::now() < end, "waited too long for {what}");
            self.step();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets frames pass until nothing is left to do; also checks that every control has a name.
    fn settle(&mut self) {
        self.harness.run_steps(2);
        self.wait("the window to settle", App::is_idle);
        self.harness.run_steps(2);
        self.wait("the window to settle", App::is_idle);
        self.harness.run_ok();
    }

    /// Clicks the control of this name; a label of the same words does not count.
    fn click(&mut self, name: &str) {
        let found = self.harness.query_by_role_and_label(egui::Role::Button, name);
        found.unwrap_or_else(|| self.harness.get_by_label(name)).click();
        self.step();
    }

    fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.step();
    }

    /// Types into the text field of this name and presses Enter.
    fn fill(&mut self, name: &str, text: &str) {
        self.harness.get_by_role_and_label(egui::Role::TextInput, name).focus();
        self.step();
        self.key(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.get_by_role_and_label(egui::Role::TextInput, name).type_text(text);
        self.step();
        self.key(egui::Modifiers::NONE, egui::Key::Enter);
    }

    /// What a screen reader says of the map: the position, and the value under the pointer.
    fn map_value(&self) -> String {
        self.harness.get_by_label_contains("Map of ").value().unwrap_or_default()
    }

    /// The value of the slice on screen at a cell.
    fn value(&self, row: usize, column: usize) -> f32 {
        self.app().state().picture.as_ref().unwrap().shown.field.value(row, column).unwrap()
    }

    fn notices(&self) -> Vec<String> {
        self.app().state().notices.all().map(|n| n.text.clone()).collect()
    }
}
