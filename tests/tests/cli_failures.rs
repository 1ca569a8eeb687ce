//! Bad input: one clear line on stderr, exit 1 (2 for wrong use), no answer, nothing left behind.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, sample};
use std::path::Path;

fn sample_text() -> String {
    sample().to_string_lossy().into_owned()
}

/// The line of a failure, which must name all of `words`.
fn says(args: &[&str], words: &[&str]) {
    let line = graticule(Path::new("."), args).failed(1);
    assert!(line.starts_with("error: ") && words.iter().all(|w| line.contains(w)), "{line}");
}

fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn what_is_not_there_is_named() {
    says(&["info", "no/such/file.nc"], &["no/such/file.nc"]);
    let file = sample_text();
    says(&["stats", &file, "tass"], &["no variable tass", "did you mean /tas?", &file]);
    says(&["values", &file, "tas", "--isel", "level=0"], &["level", "lat"]);
    says(&["plot", &file, "nothing_like_it", "-o", "x.svg"], &["nothing_like_it", "/tas"]);
    says(&["run", "--input", &file, "--step", "anomly by=month"], &["anomly", "did you mean anomaly?"]);
    says(&["run", "no_such_recipe.toml"], &["no_such_recipe.toml"]);
    says(&["export", &file, "-o", "no/such/folder/out.zarr"], &["no/such/folder"]);
    says(&["ops", "meen"], &["meen", "mean"]);
}

#[test]
fn impossible_selections_are_named() {
    let file = sample_text();
    says(&["stats", &file, "tas", "--isel", "time=999"], &["999", "time", "72"]);
    says(&["values", &file, "tas", "--sel", "lat=123"], &["lat", "123"]);
    says(&["values", &file, "tas", "--sel", "time=1066"], &["time", "1066"]);
    says(&["values", &file, "tas", "--isel", "3"], &["no dimension"]);
    says(&["values", &file, "tas"], &["1166400", "--all"]);
    says(&["run", "--input", &file, "--step", "mean dim=nothing"], &["step 1", "mean", "nothing"]);
}

#[test]
fn files_that_are_no_data_are_told_from_torn_ones() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_string_lossy().into_owned()
    };
    let whole = std::fs::read(sample()).unwrap();
    let torn = put("torn.nc", &whole[..whole.len() / 2]);
    says(&["info", &torn], &[&torn]);
    let text = put("notes.nc", b"just some notes\n");
    says(&["info", &text], &[&text, "unknown content"]);
    let empty = put("empty.nc", b"");
    says(&["info", &empty], &[&empty, "empty"]);
    let classic = put("torn3.nc", b"CDF\x01\x00\x00\x00\x02\x00\x00");
    says(&["info", &classic], &[&classic]);
    let plain = folder.path().to_string_lossy().into_owned();
    says(&["info", &plain], &[&plain, "Zarr"]);
    let recipe = put("bad.toml", b"[[step]]\nop = 3\n");
    says(&["run", &recipe], &[&recipe, "step 1"]);
}

#[test]
fn a_file_cut_behind_its_head_fails_on_reading_alone() {
    let Some(data) = graticule_tests::shared_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, variable) in [("tos_O1_2001-2002.nc", "tos"), ("eraint_uvz.nc", "v")] {
        let whole = std::fs::read(data.join(name)).unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
        let path = path.to_string_lossy().into_owned();
        says(&["stats", &path, variable], &[&path]);
    }
}

#[test]
fn targets_that_cannot_be_written_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| graticule(folder.path(), args);
    let file = sample().canonicalize().unwrap().to_string_lossy().into_owned();
    std::fs::create_dir(folder.path().join("there.zarr")).unwrap();
    std::fs::write(folder.path().join("there.nc"), b"mine").unwrap();
    for target in ["there.zarr", "there.nc"] {
        let line = run(&["export", &file, "sftlf", "-o", target]).failed(1);
        assert!(line.contains("exists") && line.contains(target), "{line}");
    }
    assert_eq!(std::fs::read(folder.path().join("there.nc")).unwrap(), b"mine");
    for args in [
        vec!["export", &file, "-o", "out.zarr", "--codec", "lzw"],
        vec!["export", &file, "-o", "out.zarr", "--chunks", "level=3"],
        vec!["export", &file, "-o", "out.nc", "--shards", "time=72"],
        vec!["export", &file, "-o", "out.zarr", "--chunks", "time=5", "--shards", "time=12"],
        vec!["export", &file, "-o", "out.nc", "--codec", "blosc:lz4"],
        vec!["run", "--input", &file, "-o", "out.csv"],
        vec!["plot", &file, "tas", "-o", "missing/out.svg"],
        vec!["plot", &file, "tas", "--projection", "+proj=nonsense", "-o", "out.svg"],
        vec!["plot", &file, "tas", "--cmap", "nonsense", "-o", "out.svg"],
    ] {
        run(&args).failed(1);
    }
    let mut left = entries(folder.path());
    left.sort();
    assert_eq!(left, ["there.nc", "there.zarr"]);
}

#[cfg(unix)]
#[test]
fn a_read_only_folder_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    let writable = std::fs::write(locked.join("probe"), b"").is_ok();
    for target in ["locked/out.zarr", "locked/out.nc", "locked/out.json"] {
        // Whoever may do everything is stopped by no permission: /proc stands for what nobody can write.
        let target = if writable { target.replace("locked", "/proc") } else { target.to_owned() };
        let args = ["run", "--sample", "--step", "mean", "-o", &target];
        let line = graticule(folder.path(), &args).failed(1);
        assert!(line.contains(target.split('/').next_back().unwrap()) || line.contains("proc"), "{line}");
    }
    if writable {
        std::fs::remove_file(locked.join("probe")).unwrap();
    }
    assert!(entries(&locked).is_empty());
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn wrong_use_is_told_in_one_line_with_exit_code_two() {
    let file = sample_text();
    for args in [
        vec!["stats"],
        vec!["stats", &file],
        vec!["info", &file, "--jsn"],
        vec!["inf0", "--json"],
        vec!["stats", &file, "tas", "--memory", "lots"],
        vec!["values", &file, "tas", "--json", "--csv"],
        vec!["plot", &file, "tas", "-o", "map.bmp"],
        vec!["run", "--step", "mean"],
        vec!["run", "--input", &file, "-o", "out.xyz"],
        vec!["stats", "--sample", &file, "tas"],
    ] {
        let line = graticule(Path::new("."), &args).failed(2);
        assert!(line.starts_with("error: "), "{args:?}: {line}");
    }
}

#[test]
fn without_a_display_the_window_says_so() {
    if cfg!(any(windows, target_os = "macos")) {
        return;
    }
    let line = graticule(Path::new("."), &["--sample"]).failed(1);
    assert!(["display", "info", "plot", "run"].iter().all(|w| line.contains(w)), "{line}");
}
