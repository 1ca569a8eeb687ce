//! What kind of machine this is: distribution, display, administrator.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::command::quiet;

/// The distribution's name and those it descends from, most specific first, from `os-release(5)`.
pub(crate) fn distribution_ids(os_release: &str) -> Vec<String> {
    let value = |key: &str| {
        os_release.lines().find_map(|line| {
            let (name, value) = line.trim().split_once('=')?;
            (name == key).then(|| value.trim_matches(['"', '\'']).to_lowercase())
        })
    };
    let text = format!("{} {}", value("ID").unwrap_or_default(), value("ID_LIKE").unwrap_or_default());
    text.split_whitespace().map(str::to_owned).collect()
}

/// This machine's `os-release`, empty where there is none.
pub(crate) fn os_release() -> String {
    ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default()
}

/// True where a window can open.
pub(crate) fn has_display() -> bool {
    display_is_named(env::consts::OS, env::var_os)
}

fn display_is_named(os: &str, variable: impl Fn(&'static str) -> Option<OsString>) -> bool {
    // Windows and macOS have a display whenever a person is logged in.
    matches!(os, "windows" | "macos")
        || ["WAYLAND_DISPLAY", "DISPLAY"].into_iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()))
}

/// True where system packages can be installed without `sudo`.
pub(crate) fn is_root() -> bool {
    quiet(Command::new("id").arg("-u")).is_some_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_release_names_the_distribution_first() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n";
        assert_eq!(distribution_ids(debian), ["debian"]);
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(distribution_ids(mint), ["linuxmint", "ubuntu", "debian"]);
        let rocky = "NAME='Rocky Linux'\nID='rocky'\nID_LIKE='rhel centos fedora'\n";
        assert_eq!(distribution_ids(rocky), ["rocky", "rhel", "centos", "fedora"]);
        assert!(distribution_ids("").is_empty());
    }

    #[test]
    fn a_display_is_a_variable_that_is_not_empty() {
        let none = |_: &'static str| None;
        let empty = |_: &'static str| Some(OsString::new());
        let x11 = |name: &'static str| (name == "DISPLAY").then(|| ":0".into());
        assert!(!display_is_named("linux", none));
        assert!(!display_is_named("linux", empty));
        assert!(display_is_named("linux", x11));
        assert!(display_is_named("macos", none));
    }
}
