//! Where things are: the repository, cargo's target folder, the program. Starts `cargo`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::Failure;

/// The repository and the environment for the programs started in it.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Finds the repository from the place of this package.
    pub(crate) fn find() -> Result<Self, Failure> {
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package
            .ancestors()
            .nth(2)
            .ok_or_else(|| Failure::new(format!("{} is not inside the repository", package.display())))?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => std::path::absolute(&folder)
                .map_err(|error| Failure::new(format!("CARGO_TARGET_DIR={}: {error}", folder.display())))?,
            _ => root.join("target"),
        };
        Ok(Self { root: root.to_owned(), target })
    }

    /// The folder of tools that were installed for this repository alone.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The built program.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("release").join(format!("graticule{}", env::consts::EXE_SUFFIX))
    }

    /// The data set that is part of the repository.
    pub(crate) fn sample(&self) -> PathBuf {
        self.root.join("assets").join("sample").join("idealised_climate.nc")
    }

    /// `cargo` in the repository, with the installed tools first on `PATH`.
    ///
    /// What the outer `cargo run` set for this tool's own package is taken out again: build
    /// scripts that look at it would run anew each time.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).args(arguments);
        for (name, _) in env::vars_os() {
            if is_own_package_variable(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target);
        command.env("PATH", self.path());
        command
    }

    /// `PATH` with the folder of an installed CMake before the rest.
    pub(crate) fn path(&self) -> OsString {
        let rest = env::var_os("PATH").unwrap_or_default();
        let cmake = crate::python::scripts(&self.tools().join("cmake"));
        if !cmake.is_dir() {
            return rest;
        }
        env::join_paths(std::iter::once(cmake).chain(env::split_paths(&rest))).unwrap_or(rest)
    }
}

fn is_own_package_variable(name: &str) -> bool {
    const NAMES: [&str; 3] = ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_MANIFEST_LINKS"];
    name.starts_with("CARGO_PKG_") || NAMES.contains(&name)
}

/// The first of these programs that stands in a folder of `PATH`.
pub(crate) fn find_program(path: &OsString, names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|file| is_executable(file))
    })
}

#[cfg(unix)]
fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_holds_the_workspace_and_the_sample() {
        let workspace = Workspace::find().map(|w| (w.root.join("Cargo.toml"), w.sample()));
        assert!(workspace.is_ok_and(|(manifest, sample)| manifest.is_file() && sample.is_file()));
    }

    #[test]
    fn only_variables_of_this_package_are_taken_out() {
        assert!(is_own_package_variable("CARGO_PKG_NAME"));
        assert!(is_own_package_variable("CARGO_MANIFEST_DIR"));
        assert!(!is_own_package_variable("CARGO_HOME"));
        assert!(!is_own_package_variable("CARGO_NET_OFFLINE"));
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_found_in_order_of_preference() {
        let path = OsString::from("/nowhere:/bin:/usr/bin");
        assert!(find_program(&path, &["no-such-program-here", "sh"]).is_some());
        assert_eq!(find_program(&path, &["no-such-program-here"]), None);
    }
}
