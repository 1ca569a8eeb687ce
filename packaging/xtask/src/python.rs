//! Python interpreters and virtual environments. Does not know what they are for.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Failure, quiet, run};
use crate::workspace::find_program;

/// Any Python 3 that can make a virtual environment.
pub(crate) const ANY: (u32, u32) = (3, 8);

/// An interpreter of at least this version that can make a virtual environment with `pip`.
pub(crate) fn find(least: (u32, u32)) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"]
        .iter()
        .filter_map(|name| find_program(&path, &[name]))
        .find(|python| version(python).is_some_and(|found| found >= least))
}

/// The version of an interpreter that has `venv` and `ensurepip`.
fn version(python: &Path) -> Option<(u32, u32)> {
    let script = "import sys, venv, ensurepip; print(*sys.version_info[:2])";
    let output = quiet(Command::new(python).args(["-c", script]))?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The folder of a virtual environment's programs.
pub(crate) fn scripts(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" })
}

/// The interpreter of a virtual environment.
pub(crate) fn interpreter(environment: &Path) -> PathBuf {
    scripts(environment).join(format!("python{}", env::consts::EXE_SUFFIX))
}

/// Makes a virtual environment anew and installs packages into it from PyPI.
pub(crate) fn make_environment(python: &Path, folder: &Path, packages: &[&str]) -> Result<(), Failure> {
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(Command::new(interpreter(folder)).args(pip).args(packages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(parse_version("3 11\n"), Some((3, 11)));
        assert!(parse_version("3 9") < parse_version("3 11"));
        assert_eq!(parse_version("Python"), None);
        assert_eq!(parse_version(""), None);
    }
}
