//! What Graticule needs of a system, why, and in which packages it comes. Installs nothing.

use std::env;
use std::path::{Path, PathBuf};

use crate::packages::Manager;
use crate::python;
use crate::workspace::find_program;

/// The work that is about to be done; each kind has its own needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Build,
    Window,
    Oracle,
}

/// One thing that must be there.
#[derive(Debug)]
pub(crate) struct Need {
    pub(crate) name: &'static str,
    pub(crate) why: &'static str,
    pub(crate) purpose: Purpose,
    check: Check,
    apt: &'static [&'static str],
    dnf: &'static [&'static str],
    pacman: &'static [&'static str],
    brew: &'static [&'static str],
}

#[derive(Debug)]
enum Check {
    /// Any of these programs on `PATH`, or named by the environment variable.
    Program(&'static [&'static str], Option<&'static str>),
    /// A shared library that the window opens at run time (Linux only).
    Library(&'static str),
    /// The description file of a Vulkan driver (Linux only).
    VulkanDriver,
    /// Python with `venv` and `pip`.
    Python,
}

/// Everything but CMake, which has its own rules (`cmake.rs`).
pub(crate) const NEEDS: &[Need] = &[
    Need {
        name: "a C compiler",
        why: "builds HDF5, netCDF, PROJ and SQLite; links the program",
        purpose: Purpose::Build,
        check: Check::Program(&["cc", "gcc", "clang"], Some("CC")),
        apt: &["gcc", "libc6-dev"],
        dnf: &["gcc"],
        pacman: &["gcc"],
        brew: &[],
    },
    Need {
        name: "a C++ compiler",
        why: "builds PROJ",
        purpose: Purpose::Build,
        check: Check::Program(&["c++", "g++", "clang++"], Some("CXX")),
        apt: &["g++"],
        dnf: &["gcc-c++"],
        pacman: &["gcc"],
        brew: &[],
    },
    Need {
        name: "make",
        why: "builds HDF5, netCDF and PROJ",
        purpose: Purpose::Build,
        check: Check::Program(&["make", "gmake"], None),
        apt: &["make"],
        dnf: &["make"],
        pacman: &["make"],
        brew: &["make"],
    },
    Need {
        name: "sqlite3",
        why: "PROJ's build makes its database with it",
        purpose: Purpose::Build,
        check: Check::Program(&["sqlite3"], None),
        apt: &["sqlite3"],
        dnf: &["sqlite"],
        pacman: &["sqlite"],
        brew: &["sqlite"],
    },
    Need {
        name: "pkg-config",
        why: "build scripts look for system libraries with it",
        purpose: Purpose::Build,
        check: Check::Program(&["pkg-config", "pkgconf"], None),
        apt: &["pkg-config"],
        dnf: &["pkgconf-pkg-config"],
        pacman: &["pkgconf"],
        brew: &["pkgconf"],
    },
    Need {
        name: "Python 3 with venv and pip",
        why: "runs real xarray for the parity tests; installs a newer CMake",
        purpose: Purpose::Oracle,
        check: Check::Python,
        apt: &["python3", "python3-venv"],
        dnf: &["python3", "python3-pip"],
        pacman: &["python"],
        brew: &["python"],
    },
    library(
        "libxkbcommon-x11.so.0",
        "keyboard under X11",
        &["libxkbcommon-x11-0"],
        &["libxkbcommon-x11"],
        &["libxkbcommon-x11"],
    ),
    library("libX11-xcb.so.1", "windows under X11", &["libx11-xcb1"], &["libX11-xcb"], &["libx11"]),
    library("libXcursor.so.1", "the pointer under X11", &["libxcursor1"], &["libXcursor"], &["libxcursor"]),
    library("libXi.so.6", "mouse and touch under X11", &["libxi6"], &["libXi"], &["libxi"]),
    library(
        "libwayland-client.so.0",
        "windows under Wayland",
        &["libwayland-client0"],
        &["libwayland-client"],
        &["wayland"],
    ),
    library("libvulkan.so.1", "drawing by Vulkan", &["libvulkan1"], &["vulkan-loader"], &["vulkan-icd-loader"]),
    library("libGL.so.1", "drawing by OpenGL where there is no Vulkan", &["libgl1"], &["libglvnd-glx"], &["libglvnd"]),
    Need {
        name: "a Vulkan driver",
        why: "draws the map, in software where there is no graphics card",
        purpose: Purpose::Window,
        check: Check::VulkanDriver,
        apt: &["mesa-vulkan-drivers"],
        dnf: &["mesa-vulkan-drivers"],
        pacman: &["vulkan-swrast"],
        brew: &[],
    },
];

const fn library(
    name: &'static str,
    why: &'static str,
    apt: &'static [&'static str],
    dnf: &'static [&'static str],
    pacman: &'static [&'static str],
) -> Need {
    Need { name, why, purpose: Purpose::Window, check: Check::Library(name), apt, dnf, pacman, brew: &[] }
}

impl Need {
    /// True where the machine has it.
    pub(crate) fn is_met(&self) -> bool {
        let path = env::var_os("PATH").unwrap_or_default();
        match self.check {
            // On Windows the compilers are found through the registry, by the build scripts.
            Check::Program(_, Some(_)) if cfg!(windows) => true,
            Check::Program(names, variable) => {
                variable.is_some_and(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
                    || find_program(&path, names).is_some()
            }
            Check::Library(file) => !cfg!(target_os = "linux") || has_library(file),
            Check::VulkanDriver => !cfg!(target_os = "linux") || has_vulkan_driver(),
            Check::Python => python::find(python::ANY).is_some(),
        }
    }

    /// The packages that bring it.
    pub(crate) fn packages(&self, manager: Manager) -> &'static [&'static str] {
        match manager {
            Manager::Apt => self.apt,
            Manager::Dnf => self.dnf,
            Manager::Pacman => self.pacman,
            Manager::Brew => self.brew,
        }
    }
}

/// Looks where the dynamic loader of the usual distributions looks.
fn has_library(file: &str) -> bool {
    let named = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&named).collect();
    for root in ["/lib", "/usr/lib", "/usr/local/lib"].map(Path::new) {
        folders.push(root.to_owned());
        folders.push(root.with_file_name("lib64"));
        folders.push(root.join(format!("{}-linux-gnu", env::consts::ARCH)));
    }
    folders.iter().any(|folder| folder.join(file).exists())
}

fn has_vulkan_driver() -> bool {
    if ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| env::var_os(name).is_some()) {
        return true;
    }
    ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .iter()
        .filter_map(|folder| Path::new(folder).read_dir().ok())
        .any(|mut entries| entries.any(|e| e.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "json"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_packages_on_every_linux() {
        for need in NEEDS {
            for manager in [Manager::Apt, Manager::Dnf, Manager::Pacman] {
                assert!(!need.packages(manager).is_empty(), "{} on {manager:?}", need.name);
            }
        }
    }

    #[test]
    fn a_library_that_does_not_exist_is_missing() {
        assert!(!has_library("libno-such-library-here.so.1"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_c_library_is_found() {
        assert!(has_library("libc.so.6"));
    }
}
