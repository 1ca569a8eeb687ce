//! The export dialog writes a store that opens again with the same values.

use super::Window;
use graticule::window::{Command, Outcome};

#[test]
fn an_anomaly_is_exported_as_zarr_and_opens_again() {
    let mut window = Window::with_sample();
    window.harness.state_mut().send(Command::AddStep("anomaly"));
    window.settle();
    let shown = window.value(60, 40);
    window.key(egui::Modifiers::COMMAND, egui::Key::E);
    window.settle();
    let target = window.folder.path().join("anomaly.zarr");
    window.fill("Export target", &target.display().to_string());
    window.step();
    window.click("Export");
    window.settle();
    window.wait("the export", |app| app.state().export.outcome.is_some());
    match &window.app().state().export.outcome {
        Some(Outcome::Done { path, bytes, .. }) => {
            assert_eq!(*path, target);
            assert!(*bytes > 10_000, "{bytes} bytes");
        }
        other => panic!("{other:?}"),
    }
    assert!(target.join("zarr.json").is_file());
    window.click("Close");
    window.harness.state_mut().send(Command::Open(vec![target.display().to_string()]));
    window.settle();
    assert_eq!(window.app().state().sources.len(), 2);
    assert_eq!(window.app().state().source().map(|s| s.name.as_str()), Some("anomaly.zarr"));
    assert!((window.value(60, 40) - shown).abs() < 1e-6, "{} {shown}", window.value(60, 40));
}

#[test]
fn what_is_there_is_not_overwritten() {
    let mut window = Window::with_sample();
    let target = window.folder.path().join("taken.zarr");
    std::fs::create_dir(&target).unwrap();
    std::fs::write(target.join("precious"), "data").unwrap();
    window.key(egui::Modifiers::COMMAND, egui::Key::E);
    window.settle();
    window.fill("Export target", &target.display().to_string());
    window.step();
    window.click("Export");
    window.settle();
    let outcome = &window.app().state().export.outcome;
    assert!(matches!(outcome, Some(Outcome::Failed(error)) if error.contains("taken.zarr")), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(target.join("precious")).unwrap(), "data");
}
