//! Finds a CMake that is new enough for HDF5's build, or installs one from PyPI into `target/`.

use std::path::Path;
use std::process::Command;

use crate::command::{Failure, quiet, say};
use crate::python;
use crate::workspace::{Workspace, find_program};

/// What the bundled HDF5 asks for.
const LEAST: Version = (3, 26);
/// What is installed where the system's is too old or missing.
const PACKAGE: &str = "cmake>=3.31,<5";

type Version = (u32, u32);

/// How the machine's CMake stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    Good,
    TooOld(Version),
    Missing,
}

/// Looks at the CMake that a build would use.
pub(crate) fn state(workspace: &Workspace) -> State {
    // The `cmake` crate prefers the variable to the program on `PATH`.
    let program = std::env::var_os("CMAKE").map(Into::into).or_else(|| find_program(&workspace.path(), &["cmake"]));
    match program.as_deref().and_then(version_of) {
        Some(version) if version >= LEAST => State::Good,
        Some(version) => State::TooOld(version),
        None => State::Missing,
    }
}

/// One line that says what is wrong, or nothing.
pub(crate) fn complaint(state: &State) -> Option<String> {
    let (major, minor) = LEAST;
    match state {
        State::Good => None,
        State::TooOld((a, b)) => {
            Some(format!("CMake {major}.{minor} or newer (found {a}.{b}): builds HDF5, netCDF and PROJ"))
        }
        State::Missing => Some(format!("CMake {major}.{minor} or newer: builds HDF5, netCDF and PROJ")),
    }
}

/// Installs CMake for this repository alone; the system's stays as it is.
pub(crate) fn install(workspace: &Workspace) -> Result<(), Failure> {
    let Some(interpreter) = python::find(python::ANY) else {
        return Err(Failure::new(
            "a newer CMake comes from PyPI, which needs Python 3 with venv and pip: install them, or CMake itself",
        ));
    };
    let folder = workspace.tools().join("cmake");
    say(&format!("Installing CMake from PyPI into {}", folder.display()));
    python::make_environment(&interpreter, &folder, &[PACKAGE])?;
    match complaint(&state(workspace)) {
        None => Ok(()),
        Some(line) => {
            Err(Failure::new(format!("still missing after the installation: {line}; is the variable CMAKE set?")))
        }
    }
}

fn version_of(program: &Path) -> Option<Version> {
    let output = quiet(Command::new(program).arg("--version"))?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `cmake version 3.25.1` (also `3.31.0-rc2`, `cmake3 version …`).
fn parse_version(text: &str) -> Option<Version> {
    let (_, rest) = text.lines().next()?.split_once("version ")?;
    let mut numbers = rest.split('.').map(|part| part.trim().parse());
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_real_programs_are_read() {
        let debian12 = "cmake version 3.25.1\n\nCMake suite maintained and supported by Kitware (kitware.com/cmake).\n";
        assert_eq!(parse_version(debian12), Some((3, 25)));
        assert_eq!(parse_version("cmake version 4.1.0-rc2"), Some((4, 1)));
        assert_eq!(parse_version("cmake3 version 3.26.5 (Red Hat)"), Some((3, 26)));
        assert_eq!(parse_version("command not found"), None);
        assert_eq!(parse_version(""), None);
    }

    #[test]
    fn minor_versions_compare_as_numbers() {
        assert!(parse_version("cmake version 3.9.6") < Some(LEAST));
        assert!(parse_version("cmake version 3.26.0") >= Some(LEAST));
        assert!(parse_version("cmake version 4.0.0") >= Some(LEAST));
    }

    #[test]
    fn the_complaint_names_both_versions() {
        let line = complaint(&State::TooOld((3, 25))).unwrap_or_default();
        assert!(line.contains("3.26") && line.contains("3.25"));
        assert_eq!(complaint(&State::Good), None);
    }
}
