//! `cargo xtask run`: builds in release, then opens the window or does the same job without one.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::command::{Failure, run as start, say};
use crate::needs::Purpose;
use crate::os;
use crate::setup;
use crate::workspace::Workspace;

/// Runs `graticule` with these arguments, or on the sample where there are none.
pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    let display = os::has_display();
    let purposes: &[Purpose] = if display { &[Purpose::Build, Purpose::Window] } else { &[Purpose::Build] };
    setup::ensure(workspace, purposes)?;
    start(&mut workspace.cargo(&["build", "--release", "--package", "graticule"]))?;
    match (arguments, display) {
        ([], true) => start(Command::new(workspace.program()).arg("--sample")),
        ([], false) => headless(workspace),
        // The program itself says what it cannot do without a display.
        (arguments, _) => start(Command::new(workspace.program()).args(arguments)),
    }
}

/// The sample's structure, a map of it and its monthly anomaly, without a window.
fn headless(workspace: &Workspace) -> Result<(), Failure> {
    say("There is no display (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.");
    say("Doing the same on the command line with the built-in sample instead.");
    let sample = workspace.sample();
    let out = workspace.root.join("out");
    let map = out.join("sample_tas_2001-07.png");
    let store = out.join("sample_anomaly.zarr");
    fs::create_dir_all(&out).map_err(|error| Failure::new(format!("cannot make {}: {error}", out.display())))?;
    remove(&store, fs::remove_dir_all(&store))?;
    remove(&map, fs::remove_file(&map))?;

    let graticule = || Command::new(workspace.program());
    start(graticule().arg("info").arg(&sample))?;
    let figure = ["tas", "--isel", "time=6", "--projection", "robinson", "-o"];
    start(graticule().arg("plot").arg(&sample).args(figure).arg(&map))?;
    let chain = ["--step", "anomaly by=month", "-o"];
    start(graticule().args(["run", "--input"]).arg(&sample).args(chain).arg(&store))?;

    say("");
    say(&format!("Map of the sample (July 2001, Robinson): {}", map.display()));
    say(&format!("Monthly anomaly of the sample as Zarr:   {}", store.display()));
    Ok(())
}

/// Judges the removal of an earlier run's output.
fn remove(path: &Path, result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::new(format!("cannot replace {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}
