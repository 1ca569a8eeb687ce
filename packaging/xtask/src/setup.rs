//! Compares what is needed with what is there, says what is missing and has it installed.

use crate::cmake;
use crate::command::{Failure, say};
use crate::needs::{NEEDS, Need, Purpose};
use crate::packages::Manager;
use crate::workspace::Workspace;

/// `cargo xtask setup`.
pub(crate) fn everything(workspace: &Workspace) -> Result<(), Failure> {
    ensure(workspace, &[Purpose::Build, Purpose::Window, Purpose::Oracle])?;
    say("Everything that Graticule needs is here.");
    Ok(())
}

/// `cargo xtask setup --check`: says what is missing and installs nothing.
pub(crate) fn report(workspace: &Workspace) -> Result<(), Failure> {
    let missing = missing(&[Purpose::Build, Purpose::Window, Purpose::Oracle]);
    let cmake = cmake::complaint(&cmake::state(workspace));
    if missing.is_empty() && cmake.is_none() {
        say("Everything that Graticule needs is here.");
        return Ok(());
    }
    describe(&missing, cmake.as_deref());
    Err(Failure::new("`cargo xtask setup` installs what is missing"))
}

/// Makes sure that what these purposes need is there.
///
/// Without what the build needs this fails. Libraries of the window are only warned of: the
/// loader may find them where this tool does not look.
pub(crate) fn ensure(workspace: &Workspace, purposes: &[Purpose]) -> Result<(), Failure> {
    let cmake = cmake::state(workspace);
    let mut wanted = missing(purposes);
    if cmake != cmake::State::Good && !purposes.contains(&Purpose::Oracle) {
        // A newer CMake comes through Python.
        wanted.extend(missing(&[Purpose::Oracle]));
    }
    let complaint = cmake::complaint(&cmake);
    if wanted.is_empty() && complaint.is_none() {
        return Ok(());
    }
    describe(&wanted, complaint.as_deref());
    install(&wanted)?;
    if cmake != cmake::State::Good {
        cmake::install(workspace)?;
    }
    let (tools, libraries): (Vec<&Need>, Vec<&Need>) =
        wanted.into_iter().filter(|need| !need.is_met()).partition(|need| need.purpose != Purpose::Window);
    if !libraries.is_empty() {
        say(&format!("Warning: still not found: {}. The window may not open.", names(&libraries)));
    }
    if tools.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("still missing: {}. Install them and run this again.", names(&tools))))
}

fn missing(purposes: &[Purpose]) -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| purposes.contains(&need.purpose) && !need.is_met()).collect()
}

fn describe(needs: &[&Need], cmake: Option<&str>) {
    say("Missing on this machine:");
    for need in needs {
        say(&format!("  {}: {}", need.name, need.why));
    }
    if let Some(line) = cmake {
        say(&format!("  {line}"));
    }
}

/// Installs the packages of these needs, where a manager is known; `ensure` judges the outcome.
fn install(needs: &[&Need]) -> Result<(), Failure> {
    if needs.is_empty() {
        return Ok(());
    }
    let Some(manager) = Manager::detect() else {
        say("No package manager that this tool knows (apt, dnf, pacman, brew).");
        return Ok(());
    };
    let packages = packages(needs, manager);
    if packages.is_empty() {
        return if cfg!(target_os = "macos") {
            Err(Failure::new("install Apple's compilers with `xcode-select --install` and run this again"))
        } else {
            Ok(())
        };
    }
    say(&format!("Installing: {}", manager.install_line(&packages)));
    manager.install(&packages)
}

/// The packages of all needs, each once, in order.
fn packages(needs: &[&Need], manager: Manager) -> Vec<&'static str> {
    let mut all = Vec::new();
    for &package in needs.iter().flat_map(|need| need.packages(manager)) {
        if !all.contains(&package) {
            all.push(package);
        }
    }
    all
}

fn names(needs: &[&Need]) -> String {
    needs.iter().map(|need| need.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_once() {
        let compilers: Vec<&Need> = NEEDS.iter().filter(|need| need.name.contains("compiler")).collect();
        assert_eq!(compilers.len(), 2);
        assert_eq!(packages(&compilers, Manager::Pacman), ["gcc"]);
        assert_eq!(packages(&compilers, Manager::Apt), ["gcc", "libc6-dev", "g++"]);
    }
}
