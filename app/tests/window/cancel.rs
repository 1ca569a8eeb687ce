//! A running export is stopped by its button and leaves nothing behind.

use super::Window;
use egui_kittest::kittest::Queryable as _;
use graticule::window::{Command, ExportRequest, Outcome};
use std::time::{Duration, Instant};

#[test]
fn a_cancelled_export_leaves_nothing() {
    let mut window = Window::with_sample();
    // Long enough to be caught: a rolling mean over a rolling mean, written in full.
    for _ in 0..6 {
        window.harness.state_mut().send(Command::AddStep("rolling"));
    }
    window.settle();
    let target = window.folder.path().join("never.zarr");
    let request = ExportRequest { target: target.display().to_string(), ..ExportRequest::default() };
    window.key(egui::Modifiers::COMMAND, egui::Key::E);
    window.harness.state_mut().send(Command::Export(request));
    window.wait("the export to start", |app| app.state().export.running.is_some());
    window.step();
    window.harness.get_by_label("Cancel export").click();
    let clicked = Instant::now();
    window.step();
    window.wait("the export to stop", |app| app.state().export.running.is_none());
    assert!(clicked.elapsed() < Duration::from_secs(5), "stopping took {:?}", clicked.elapsed());
    assert_eq!(window.app().state().export.outcome, Some(Outcome::Cancelled));
    let left: Vec<_> = std::fs::read_dir(window.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["cache"], "something was left behind");
}
