//! `cargo xtask bench`: the program in release beside xarray and the usual readers, and what its event rings cost.

use crate::command::{Failure, run, say};
use crate::needs::Purpose;
use crate::setup;
use crate::test::oracle;
use crate::workspace::Workspace;
use std::env::consts::EXE_SUFFIX;
use std::process::Command;

/// Runs all benches, or those whose names are given: `events`, `reading`, `engine`.
pub(crate) fn bench(workspace: &Workspace, names: &[String]) -> Result<(), Failure> {
    if let Some(name) = names.iter().find(|n| !["events", "reading", "engine"].contains(&n.as_str())) {
        return Err(Failure::usage(&format!("there is no bench {name}: choose events, reading or engine")));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    setup::ensure(workspace, &[Purpose::Build, Purpose::Window, Purpose::Oracle])?;
    if wanted("events") {
        run(&mut workspace.cargo(&["bench", "-p", "graticule-tests", "--bench", "events"]))?;
    }
    for name in ["reading", "engine"].into_iter().filter(|n| wanted(n)) {
        let python = oracle(workspace)?;
        run(&mut workspace.cargo(&["build", "--release", "-p", "graticule"]))?;
        say(&format!("{name}: whole processes taking turns; only the ratios of one run count"));
        let script = workspace.root.join("tests").join("benches").join(format!("{name}.py"));
        let app = workspace.target.join("release").join(format!("graticule{EXE_SUFFIX}"));
        run(Command::new(python).arg(script).arg("--app").arg(app))?;
    }
    Ok(())
}
