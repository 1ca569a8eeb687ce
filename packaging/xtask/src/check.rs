//! `cargo xtask check`: formatting, lints and documentation, as continuous integration asks.

use crate::command::{Failure, run};
use crate::needs::Purpose;
use crate::setup;
use crate::workspace::Workspace;

/// Runs the checks in order of cost and stops at the first that fails.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    run(&mut workspace.cargo(&["fmt", "--all", "--check"]))?;
    setup::ensure(workspace, &[Purpose::Build])?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run(&mut workspace.cargo(&clippy))?;
    let doc = ["doc", "--workspace", "--no-deps"];
    run(workspace.cargo(&doc).env("RUSTDOCFLAGS", "-D warnings"))
}
