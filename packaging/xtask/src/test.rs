//! `cargo xtask test`: makes the Python environment of the parity tests, then runs every test.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::command::{Failure, run, say};
use crate::needs::Purpose;
use crate::python;
use crate::setup;
use crate::workspace::Workspace;

/// The variable by which the tests find the oracle's Python.
const VARIABLE: &str = "GRATICULE_PYTHON";
/// What the pinned xarray asks for.
const LEAST_PYTHON: (u32, u32) = (3, 11);

/// Runs `cargo test --workspace` with these further arguments.
pub(crate) fn test(workspace: &Workspace, arguments: &[String]) -> Result<(), Failure> {
    setup::ensure(workspace, &[Purpose::Build, Purpose::Window, Purpose::Oracle])?;
    let python = oracle(workspace)?;
    run(workspace.cargo(&["test", "--workspace"]).args(arguments).env(VARIABLE, python))
}

/// The oracle's interpreter: the one the variable names, or that of an environment in `target/`
/// with the versions of `tests/requirements.txt`.
pub(crate) fn oracle(workspace: &Workspace) -> Result<PathBuf, Failure> {
    if let Some(named) = env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        say(&format!("The parity tests use {VARIABLE}={}", named.display()));
        return Ok(named.into());
    }
    let list = workspace.root.join("tests").join("requirements.txt");
    let wanted =
        fs::read_to_string(&list).map_err(|error| Failure::new(format!("cannot read {}: {error}", list.display())))?;
    let folder = workspace.target.join("python");
    let stamp = folder.join("requirements.txt");
    let interpreter = python::interpreter(&folder);
    if interpreter.is_file() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(interpreter);
    }
    let Some(system) = python::find(LEAST_PYTHON) else {
        let (major, minor) = LEAST_PYTHON;
        return Err(Failure::new(format!(
            "the parity tests compare with xarray, which needs Python {major}.{minor} or newer with venv: \
             install it, or set {VARIABLE} to one that has the packages of {}",
            list.display()
        )));
    };
    say(&format!("Installing xarray and its readers from PyPI into {}", folder.display()));
    python::make_environment(&system, &folder, &["--requirement", &list.to_string_lossy()])?;
    // Written last: an interrupted installation is done again.
    fs::write(&stamp, wanted).map_err(|error| Failure::new(format!("cannot write {}: {error}", stamp.display())))?;
    Ok(interpreter)
}
