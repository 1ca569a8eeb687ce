//! Every real file that lies beside the repository opens, and what it holds is drawn, without a fault of this program.

use super::Window;
use graticule::window::Command;
use std::path::{Path, PathBuf};

/// The folder of real files, where there is one.
fn data() -> Option<PathBuf> {
    let up = |n: usize| Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(n).map(|p| p.join("shared/data"));
    (1..4).filter_map(up).find(|p| p.is_dir())
}

#[test]
fn every_real_file_is_shown() {
    let Some(folder) = data() else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| ["nc", "zarr", "h5", "nxs"].iter().any(|x| e == *x)));
    paths.sort();
    assert!(!paths.is_empty());
    let mut faults = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut window = Window::new();
        window.harness.state_mut().send(Command::Open(vec![path.display().to_string()]));
        window.settle();
        let state = window.app().state();
        let worst = state.notices.all().filter(|n| n.level == graticule::window::state::Level::Error);
        faults.extend(worst.map(|n| format!("{name}: {}", n.text)));
        let showable = state.sources.first().is_some_and(|s| s.first().is_some());
        if showable && !state.is_current() {
            faults.push(format!("{name}: nothing is shown"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
