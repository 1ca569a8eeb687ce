//! System package managers: which one there is and how it installs. Does not know what is needed.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::command::{Failure, run, say, shown};
use crate::os;
use crate::workspace::find_program;

/// A package manager that the tool can drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manager {
    Apt,
    Dnf,
    Pacman,
    Brew,
}

impl Manager {
    /// The manager of this machine.
    pub(crate) fn detect() -> Option<Self> {
        let path = env::var_os("PATH").unwrap_or_default();
        let has = |manager: Self| find_program(&path, &[manager.program()]).is_some();
        Self::choose(&os::distribution_ids(&os::os_release()), has)
    }

    /// The manager the distribution is made with, or else any that is there.
    fn choose(distribution: &[String], has: impl Fn(Self) -> bool) -> Option<Self> {
        let native = distribution.iter().find_map(|id| match id.as_str() {
            "debian" | "ubuntu" => Some(Self::Apt),
            "fedora" | "rhel" | "centos" => Some(Self::Dnf),
            "arch" => Some(Self::Pacman),
            _ => None,
        });
        native
            .filter(|&manager| has(manager))
            .or_else(|| [Self::Apt, Self::Dnf, Self::Pacman, Self::Brew].into_iter().find(|&m| has(m)))
    }

    fn program(self) -> &'static str {
        match self {
            Self::Apt => "apt-get",
            Self::Dnf => "dnf",
            Self::Pacman => "pacman",
            Self::Brew => "brew",
        }
    }

    /// Installs packages; refreshes the lists where they are empty or seem too old.
    pub(crate) fn install(self, packages: &[&str]) -> Result<(), Failure> {
        if self.lists_are_empty() {
            run(&mut self.command(self.refresh_arguments())?)?;
        }
        let mut install = self.command(self.install_arguments())?;
        install.args(packages);
        match (run(&mut install), self.refresh_arguments()) {
            (Err(failure), refresh) if !refresh.is_empty() => {
                say(&format!("{}; trying again with fresh package lists", failure.message));
                run(&mut self.command(refresh)?)?;
                run(&mut install)
            }
            (result, _) => result,
        }
    }

    /// What a person would type to install packages.
    pub(crate) fn install_line(self, packages: &[&str]) -> String {
        let mut command = Command::new(self.program());
        command.args(self.install_arguments()).args(packages);
        shown(&command)
    }

    fn install_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["install", "--yes", "--no-install-recommends"],
            Self::Dnf => &["install", "--assumeyes"],
            Self::Pacman => &["-S", "--needed", "--noconfirm"],
            Self::Brew => &["install"],
        }
    }

    /// Empty where the manager refreshes its lists by itself.
    fn refresh_arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apt => &["update"],
            Self::Pacman => &["-Sy", "--noconfirm"],
            Self::Dnf | Self::Brew => &[],
        }
    }

    /// True in a bare container, where the lists of packages have never been fetched.
    fn lists_are_empty(self) -> bool {
        let (folder, ending) = match self {
            Self::Apt => ("/var/lib/apt/lists", "_Packages"),
            Self::Pacman => ("/var/lib/pacman/sync", ".db"),
            Self::Dnf | Self::Brew => return false,
        };
        let Ok(mut entries) = Path::new(folder).read_dir() else { return true };
        // apt may keep the lists compressed: `…_Packages.lz4`.
        !entries.any(|entry| entry.is_ok_and(|e| e.file_name().to_string_lossy().contains(ending)))
    }

    fn command(self, arguments: &[&str]) -> Result<Command, Failure> {
        let path = env::var_os("PATH").unwrap_or_default();
        // Homebrew refuses to run as an administrator.
        let mut command = if self == Self::Brew || os::is_root() {
            Command::new("env")
        } else if find_program(&path, &["sudo"]).is_some() {
            let mut sudo = Command::new("sudo");
            sudo.arg("env");
            sudo
        } else {
            return Err(Failure::new(
                "installing system packages needs root, and there is no `sudo`: run the line above as root",
            ));
        };
        if self == Self::Apt {
            // By `env`, because sudo drops the environment.
            command.arg("DEBIAN_FRONTEND=noninteractive");
        }
        command.arg(self.program()).args(arguments);
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_distributions_own_manager_wins() {
        let any = |_| true;
        assert_eq!(Manager::choose(&ids(&["linuxmint", "ubuntu", "debian"]), any), Some(Manager::Apt));
        assert_eq!(Manager::choose(&ids(&["rocky", "rhel", "fedora"]), any), Some(Manager::Dnf));
        assert_eq!(Manager::choose(&ids(&["manjaro", "arch"]), any), Some(Manager::Pacman));
    }

    #[test]
    fn otherwise_any_manager_that_is_there() {
        let brew = |manager| manager == Manager::Brew;
        assert_eq!(Manager::choose(&[], brew), Some(Manager::Brew));
        assert_eq!(Manager::choose(&ids(&["debian"]), brew), Some(Manager::Brew));
        assert_eq!(Manager::choose(&ids(&["debian"]), |_| false), None);
    }

    #[test]
    fn the_line_to_type_names_the_packages() {
        let line = Manager::Pacman.install_line(&["sqlite", "make"]);
        assert_eq!(line, "pacman -S --needed --noconfirm sqlite make");
    }
}
