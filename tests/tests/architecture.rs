//! The shape of the code, read from its own lines: layers, who may know the window toolkit, module docs, file length.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};

/// What each room of the core may use, itself always included.
const CORE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("events", &["model"]),
    ("formats", &["model", "events"]),
    ("plan", &["model"]),
    ("cf", &["model", "plan"]),
    ("ops", &["model", "plan", "cf"]),
    ("engine", &["model", "events", "plan"]),
    ("session", &["model", "events", "plan", "formats", "cf", "ops", "engine"]),
];

/// A file is asked to split above this many lines.
const LONGEST: usize = 450;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut stack = vec![folder.to_path_buf()];
    while let Some(at) = stack.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources under {}", folder.display());
    found.sort();
    found
}

/// The code of a file without its tests, comments left out.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or("").lines().filter(|l| !l.trim_start().starts_with("//"))
}

fn complain(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_arrow_points_up_in_the_core() {
    let mut faults = Vec::new();
    for (room, may) in CORE {
        for (path, text) in sources(&root().join("core/src").join(room)) {
            if path.ends_with("testing.rs") || path.ends_with("contract.rs") {
                continue;
            }
            for line in code(&text) {
                for (other, _) in CORE {
                    let used =
                        line.contains(&format!("crate::{other}::")) || line.contains(&format!("crate::{{{other}"));
                    if used && other != room && !may.contains(other) {
                        faults.push(format!("{}: {room} uses {other}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    complain(&faults);
}

#[test]
fn only_the_app_knows_the_window_and_only_formats_know_the_file_libraries() {
    let mut faults = Vec::new();
    let forbidden: &[(&str, &[&str])] = &[
        ("core/src", &["egui", "eframe", "wgpu::", "graticule_render"]),
        ("render/src", &["egui", "eframe", "graticule_core"]),
        ("app/src/cli", &["egui", "eframe"]),
    ];
    for (folder, words) in forbidden {
        for (path, text) in sources(&root().join(folder)) {
            for line in code(&text) {
                for word in
                    words.iter().filter(|w| line.contains(&format!("use {w}")) || line.contains(&format!("{w}::")))
                {
                    faults.push(format!("{}: {word}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    for (path, text) in sources(&root().join("core/src")) {
        if path.components().any(|c| c.as_os_str() == "formats") {
            continue;
        }
        for line in
            code(&text).filter(|l| ["hdf5::", "netcdf::", "zarrs::"].iter().any(|w| l.contains(&format!("use {w}"))))
        {
            faults.push(format!("{}: a file library outside formats: {}", path.display(), line.trim()));
        }
    }
    complain(&faults);
}

#[test]
fn no_panel_uses_another_panel() {
    let panels = root().join("app/src/window/panels");
    let panel = |path: &Path| {
        let inside = path.strip_prefix(&panels).unwrap().components().next().unwrap();
        inside.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let files = sources(&panels);
    let names: Vec<String> = files.iter().map(|(path, _)| panel(path)).filter(|n| n != "mod").collect();
    let mut faults = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| panel(path) != "mod") {
        let own = panel(path);
        for line in code(text) {
            for other in names.iter().filter(|n| **n != own) {
                if line.contains(&format!("panels::{other}::")) {
                    faults.push(format!("{}: panel {own} uses panel {other}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    complain(&faults);
}

#[test]
fn every_file_says_what_it_owns_and_stays_short() {
    let mut faults = Vec::new();
    for folder in ["app/src", "core/src", "render/src", "tests/src", "packaging/xtask/src"] {
        for (path, text) in sources(&root().join(folder)) {
            if !text.starts_with("//!") {
                faults.push(format!("{}: no //! at its head", path.display()));
            }
            let lines = text.lines().count();
            if lines > LONGEST {
                faults.push(format!("{}: {lines} lines", path.display()));
            }
        }
    }
    complain(&faults);
}
