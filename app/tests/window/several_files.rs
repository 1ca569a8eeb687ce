//! Several sources at once: dropped on the window, closed again.

use super::Window;
use graticule::window::Command;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|e| e.to_string())
    }
}

#[test]
fn dropped_files_open_and_the_first_is_shown() {
    let mut window = Window::new();
    let sample = graticule::sample::path_in(window.folder.path()).unwrap();
    let copy = window.folder.path().join("copy.nc");
    std::fs::copy(&sample, &copy).unwrap();
    let files = [sample.clone(), copy].map(|path| Arc::new(Dropped(path)) as _);
    window.harness.input_mut().dropped_files = files.into();
    window.step();
    window.settle();
    let state = window.app().state();
    let names: Vec<_> = state.sources.iter().map(|s| s.name.as_str()).collect();
    assert!(matches!(names[..], [_, "copy.nc"]), "in the order they were given: {names:?}");
    let shown = state.source().map(|s| s.opened.info().path.clone());
    assert_eq!(shown.as_deref(), Some(sample.to_string_lossy().as_ref()));
    let id = state.selected.as_ref().unwrap().source;
    window.harness.state_mut().send(Command::Close(id));
    window.settle();
    assert_eq!(window.app().state().sources.len(), 1);
    assert!(window.app().state().is_current(), "the source that is left is shown");
}
