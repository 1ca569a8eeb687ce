//! Bad input, through the program: each failure is one line that names the thing, says nothing on stdout, ends with its
//! exit code and leaves the folder as it was.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say what they skip")]

use graticule_tests::{Output, finish, graticule, listing, sample, scratch, shared_data, start};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with the sample as `data.nc`, where the program runs.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(scratch());
        std::fs::copy(sample(), place.path("data.nc")).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        graticule(self.0.path(), args)
    }

    /// The command must fail with this code and one line that holds all these words, and change nothing.
    #[track_caller]
    fn refuses(&self, code: i32, words: &[&str], args: &[&str]) {
        let before = tree(self.0.path());
        says(self.run(args), code, words, &format!("{args:?}"));
        assert_eq!(tree(self.0.path()), before, "{args:?} left something behind");
    }
}

#[track_caller]
fn says(output: Output, code: i32, words: &[&str], what: &str) {
    let line = output.failed(code);
    assert!(line.starts_with("error: "), "{what}: {line}");
    for word in words {
        assert!(line.contains(word), "{what} does not name {word}: {line}");
    }
}

/// Every path below a folder with its length.
fn tree(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                folders.push(entry.path());
            }
            found.push((entry.path(), if about.is_dir() { 0 } else { about.len() }));
        }
    }
    found.sort();
    found
}

/// Keeps the first bytes of a file.
fn cut(path: &Path, len: u64) {
    std::fs::File::options().write(true).open(path).unwrap().set_len(len).unwrap();
}

#[test]
fn what_is_no_data_is_named() {
    let place = Place::new();
    std::fs::copy(sample(), place.path("cut.nc")).unwrap();
    cut(&place.path("cut.nc"), 100_000);
    std::fs::write(place.path("empty.nc"), "").unwrap();
    std::fs::write(place.path("notes.nc"), "Dear diary, no data today.").unwrap();
    std::fs::write(place.path("head.nc"), b"CDF\x01\0\0\0\x02\0\0").unwrap();
    std::fs::create_dir_all(place.path("folder/below")).unwrap();
    std::fs::create_dir(place.path("void.zarr")).unwrap();
    for (file, word) in [
        ("cut.nc", "truncated"),
        ("empty.nc", "empty"),
        ("notes.nc", "Dear dia"),
        ("head.nc", "header"),
        ("folder", "no Zarr store"),
        ("void.zarr", "no Zarr store"),
        ("nothing.nc", "No such file"),
        ("no/such/folder.zarr", "No such file"),
    ] {
        place.refuses(1, &[file, word], &["info", file]);
        place.refuses(1, &[file, word], &["info", file, "--json"]);
        place.refuses(1, &[file, word], &["stats", file, "tas"]);
        place.refuses(1, &[file, word], &["values", file, "tas", "--isel", "time=0"]);
        place.refuses(1, &[file, word], &["plot", file, "tas", "-o", "map.png"]);
        place.refuses(1, &[file, word], &["run", "--input", file, "--step", "mean", "-o", "out.zarr"]);
        place.refuses(1, &[file, word], &["export", file, "-o", "out.nc"]);
        place.refuses(1, &[file, word], &["explain", "--input", file, "--step", "mean"]);
    }
}

/// However much of a file is missing, the program answers or says why not; it never crashes.
#[test]
fn files_cut_anywhere_are_answered_or_refused() {
    let place = Place::new();
    place.run(&["run", "--input", "data.nc", "--step", "isel time=0:2", "-o", "whole.nc"]).done();
    let length = std::fs::metadata(place.path("whole.nc")).unwrap().len();
    for part in 0..20 {
        std::fs::copy(place.path("whole.nc"), place.path("cut.nc")).unwrap();
        cut(&place.path("cut.nc"), length * part / 20);
        place.refuses(1, &["cut.nc"], &["stats", "cut.nc", "tas"]);
    }
}

#[test]
fn a_store_with_torn_parts_keeps_its_others() {
    let place = Place::new();
    place.run(&["export", "data.nc", "tas", "uas", "-o", "torn.zarr"]).done();
    cut(&place.path("torn.zarr/tas/c/0/0/0"), 1000);
    place.refuses(1, &["tas", "torn.zarr"], &["stats", "torn.zarr", "tas"]);
    place.refuses(1, &["tas"], &["export", "torn.zarr", "-o", "again.zarr"]);
    place.run(&["stats", "torn.zarr", "uas"]).done();
    std::fs::write(place.path("torn.zarr/uas/zarr.json"), r#"{"zarr_format": 3, "shape": ["#).unwrap();
    // Consolidated metadata would hide the torn file.
    let root = place.path("torn.zarr/zarr.json");
    let mut group: serde_json::Value = serde_json::from_slice(&std::fs::read(&root).unwrap()).unwrap();
    group.as_object_mut().unwrap().remove("consolidated_metadata");
    std::fs::write(&root, group.to_string()).unwrap();
    place.refuses(1, &["uas", "tas"], &["stats", "torn.zarr", "uas"]);
    let info = place.run(&["info", "torn.zarr"]).done();
    assert!(info.contains("uas is left out"), "{info}");
}

#[test]
fn unknown_variables_and_impossible_selections_are_named() {
    let place = Place::new();
    let with_variable = |more: &[&str], words: &[&str]| {
        for command in ["stats", "values"] {
            place.refuses(1, words, &[&[command, "data.nc"], more].concat());
        }
        place.refuses(1, words, &[&["plot", "data.nc"], more, &["-o", "map.svg"]].concat());
    };
    with_variable(&["t2m"], &["t2m", "tas", "data.nc"]);
    with_variable(&["tass"], &["no variable tass", "did you mean /tas?"]);
    with_variable(&["tas", "--isel", "time=72"], &["72", "time"]);
    with_variable(&["tas", "--isel", "time=0,lat=-91"], &["-91", "lat", "90"]);
    with_variable(&["tas", "--isel", "level=0"], &["level", "time", "lat", "lon"]);
    with_variable(&["tas", "--isel", "time=noon"], &["noon"]);
    with_variable(&["tas", "--isel", "time"], &["time"]);
    with_variable(&["tas", "--isel", "3"], &["no dimension"]);
    with_variable(&["tas", "--sel", "lat=95"], &["95", "lat", "-89 to 89"]);
    with_variable(&["tas", "--sel", "time=1850-01"], &["1850-01", "2001-01-16"]);
    with_variable(&["tas", "--sel", "time=yesterday"], &["yesterday"]);
    with_variable(&["tas", "--sel", "depth=5"], &["depth"]);
    place.refuses(1, &["t2m", "tas"], &["export", "data.nc", "t2m", "-o", "out.zarr"]);
    place.refuses(1, &["tas", "1166400", "--all"], &["values", "data.nc", "tas"]);
}

#[test]
fn chains_that_cannot_run_are_named() {
    let place = Place::new();
    for (step, words) in [
        ("nonsense by=month", &["nonsense", "anomaly"] as &[_]),
        ("anomly by=month", &["anomly", "did you mean anomaly?"]),
        ("anomaly by=fortnight", &["anomaly", "by", "fortnight"]),
        ("anomaly bye=month", &["anomaly", "bye"]),
        ("mean dim=depth", &["mean", "depth", "time"]),
        ("rolling time=-3", &["rolling", "-3"]),
        ("resample time=1fortnight", &["resample", "1fortnight"]),
        ("expr 'x = nope + 1'", &["expr", "nope"]),
        ("expr 'x = tas +'", &["expr", "tas +"]),
        ("select variables=nope", &["select", "nope"]),
        ("mean dim='time", &["mean dim='time"]),
        ("", &["name of an operation"]),
    ] {
        place.refuses(1, words, &["run", "--input", "data.nc", "--step", step, "-o", "out.zarr"]);
        place.refuses(1, words, &["explain", "--input", "data.nc", "--step", step]);
    }
    std::fs::write(place.path("broken.toml"), "version = = 1").unwrap();
    std::fs::write(place.path("odd.toml"), "[[step]]\nop = 3\n").unwrap();
    std::fs::write(place.path("future.toml"), "version = 99\ninput = \"data.nc\"").unwrap();
    place.refuses(1, &["broken.toml", "TOML"], &["run", "broken.toml", "-o", "out.zarr"]);
    place.refuses(1, &["odd.toml", "step 1"], &["run", "odd.toml", "--input", "data.nc", "-o", "out.zarr"]);
    place.refuses(1, &["future.toml", "99"], &["run", "future.toml", "-o", "out.zarr"]);
    place.refuses(1, &["none.toml"], &["run", "none.toml", "-o", "out.zarr"]);
    place.refuses(1, &["1024", "MiB"], &["run", "--input", "data.nc", "--step", "mean", "--memory", "1KiB"]);
}

#[test]
fn targets_that_cannot_be_written_are_left_alone() {
    let place = Place::new();
    std::fs::create_dir(place.path("old.zarr")).unwrap();
    std::fs::write(place.path("old.nc"), "precious").unwrap();
    std::fs::write(place.path("old.csv"), "precious").unwrap();
    for target in ["old.zarr", "old.nc", "data.nc"] {
        place.refuses(1, &[target, "exists"], &["export", "data.nc", "-o", target]);
        place.refuses(1, &[target, "exists"], &["run", "--input", "data.nc", "--step", "mean", "-o", target]);
    }
    let one = ["run", "--input", "data.nc", "--step", "select tas", "--step", "isel time=0", "-o"];
    place.refuses(1, &["old.csv", "exists"], &[&one[..], &["old.csv"]].concat());
    // Said before anything is computed, here what would not fit.
    let large = ["run", "--input", "random((100000, 1000, 1000))", "-o", "old.csv"];
    place.refuses(1, &["old.csv", "exists"], &large);
    // A folder that is not there, one that is a file, and one where nobody may write, not even root.
    let never: &[&str] = if cfg!(target_os = "linux") { &["none", "data.nc", "/proc"] } else { &["none", "data.nc"] };
    for folder in never {
        for name in ["out.zarr", "out.nc", "out.csv", "out.json", "out.npy"] {
            let target = format!("{folder}/{name}");
            place.refuses(1, &[&target], &[&one[..], &[&target]].concat());
        }
        let target = format!("{folder}/map.png");
        place.refuses(1, &[&target], &["plot", "data.nc", "tas", "--isel", "time=0", "-o", &target]);
    }
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let locked = place.path("locked");
    std::fs::create_dir(&locked).unwrap();
    let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(place.0.path(), 0o755);
    allow(&locked, 0o555);
    let root = std::fs::write(locked.join("probe"), "").is_ok();
    if root {
        std::fs::remove_file(locked.join("probe")).unwrap();
    }
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let prefix: &[&str] = if root { &nobody } else { &["env"] };
    let program = || {
        let mut command = Command::new(prefix[0]);
        command.args(&prefix[1..]).arg(graticule_tests::binary()).current_dir(place.0.path());
        command
    };
    if !program().arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: root writes everywhere, and nobody may not run the program");
        return;
    }
    for target in ["locked/out.zarr", "locked/out.nc", "locked/map.png", "locked/out.json"] {
        let mut command = program();
        match target {
            "locked/map.png" => command.args(["plot", "data.nc", "tas", "--isel", "time=0", "-o", target]),
            "locked/out.json" => command.args(["run", "--input", "data.nc", "--step", "mean", "-o", target]),
            _ => command.args(["export", "data.nc", "-o", target]),
        };
        says(finish(start(command)), 1, &["Permission denied", target], target);
    }
    assert_eq!(listing(&locked), [""; 0]);
}

/// No write beyond some length succeeds, as on a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_keeps_nothing() {
    let place = Place::new();
    let select = "--step 'select tas' --step 'isel time=0'";
    for (work, target) in [
        ("export data.nc", "out.zarr"),
        ("export data.nc", "out.nc"),
        (&format!("run --input data.nc {select}"), "out.csv"),
        (&format!("run --input data.nc {select}"), "out.json"),
        (&format!("run --input data.nc {select}"), "out.npy"),
        ("plot data.nc tas --isel time=0", "map.png"),
        ("plot data.nc tas --isel time=0", "map.svg"),
    ] {
        // Whether a worker is still busy when another has failed is luck.
        for _ in 0..3 {
            let before = tree(place.0.path());
            let mut shell = Command::new("sh");
            // The size is in blocks of 512 or 1024 bytes; ignoring the signal makes writing fail as a full disk does.
            let script = format!("trap '' XFSZ; ulimit -f 20; exec \"$0\" {work} -o {target}");
            shell.args(["-c", &script]).arg(graticule_tests::binary()).current_dir(place.0.path());
            says(finish(start(shell)), 1, &[target], &script);
            assert_eq!(tree(place.0.path()), before, "{script} left something behind");
        }
    }
    if cfg!(target_os = "linux") {
        let mut shell = Command::new("sh");
        shell.args(["-c", "exec \"$0\" values data.nc tas --all > /dev/full"]).arg(graticule_tests::binary());
        shell.current_dir(place.0.path());
        says(finish(start(shell)), 1, &["standard output"], "values > /dev/full");
    }
}

#[test]
fn wrong_use_is_told_apart_from_failed_work() {
    let place = Place::new();
    for (args, word) in [
        (&["stats"] as &[_], "DATA"),
        (&["stats", "data.nc"], "VAR"),
        (&["stats", "data.nc", "tas", "--jsn"], "--json"),
        (&["stats", "--sample", "data.nc", "tas"], "--sample"),
        (&["inf0", "--json"], "--json"),
        (&["values", "data.nc", "tas", "--json", "--csv"], "--csv"),
        (&["stats", "data.nc", "tas", "--memory", "lots"], "lots"),
        (&["stats", "data.nc", "tas", "--threads", "0"], "--threads"),
        (&["run", "--step", "mean"], "--input"),
        (&["run", "--input", "data.nc", "--step", "mean", "-o", "out.grib"], "out.grib"),
        (&["export", "data.nc"], "--output"),
        (&["export", "data.nc", "-o", "out.zarr", "--chunks", "time=0"], "time=0"),
        (&["export", "data.nc", "-o", "out.zarr", "--zarr", "4"], "--zarr"),
        (&["plot", "data.nc", "tas", "-o", "map.bmp"], "map.bmp"),
        (&["plot", "data.nc", "tas", "-o", "map.png", "--size", "10x10"], "10x10"),
        (&["--sample", "stats", "tas"], "--sample"),
    ] {
        place.refuses(2, &[word], args);
    }
    for (args, word) in [
        (&["export", "data.nc", "-o", "out.zarr", "--codec", "brotli"] as &[_], "brotli"),
        (&["export", "data.nc", "-o", "out.zarr", "--chunks", "depth=3"], "depth"),
        (&["export", "data.nc", "-o", "out.zarr", "--chunks", "time=5", "--shards", "time=12"], "multiple of 5"),
        (&["export", "data.nc", "-o", "out.nc", "--shards", "time=72"], "Zarr"),
        (&["export", "data.nc", "-o", "out.nc", "--codec", "blosc:lz4"], "blosc"),
        (&["run", "--input", "data.nc", "-o", "out.csv"], "select"),
        (&["plot", "data.nc", "tas", "--isel", "time=0", "-o", "map.png", "--projection", "nonesuch"], "nonesuch"),
        (&["plot", "data.nc", "tas", "--isel", "time=0", "-o", "map.png", "--cmap", "nonesuch"], "nonesuch"),
        (&["ops", "nonesuch"], "nonesuch"),
    ] {
        place.refuses(1, &[word], args);
    }
}

#[test]
fn the_window_without_a_display_is_one_line() {
    if cfg!(any(windows, target_os = "macos")) {
        return;
    }
    let place = Place::new();
    for args in [&[] as &[&str], &["data.nc"], &["--sample"], &["--memory", "1GiB"]] {
        place.refuses(1, &["display", "info", "plot", "run"], args);
    }
}

#[test]
fn names_with_spaces_accents_and_signs_work() {
    let place = Place::new();
    let folder = place.path("été à l’île ☂ 100% [x] 'q'");
    std::fs::create_dir(&folder).unwrap();
    let [data, zarr, nc, map] = ["ma donnée.nc", "ö ut.zarr", "ö ut.nc", "карта 1.svg"].map(|n| folder.join(n));
    std::fs::copy(sample(), &data).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let [data, zarr, nc, map] = [&data, &zarr, &nc, &map].map(|p| text(p));
    place.run(&["export", &data, "tas", "-o", &zarr]).done();
    place.run(&["export", &zarr, "tas", "-o", &nc]).done();
    place.run(&["plot", &nc, "tas", "--isel", "time=0", "-o", &map]).done();
    let mean = |path: &str| place.run(&["stats", path, "tas", "--json"]).json()["mean"].clone();
    assert_eq!([mean(&zarr), mean(&nc)], [mean(&data), mean(&data)]);
    assert_eq!(listing(&folder).len(), 4);
}

/// The head of a classic file tells its structure; what is missing behind it shows when it is read.
#[test]
fn a_classic_file_cut_behind_its_head_fails_on_reading_alone() {
    let Some(data) = shared_data() else { return };
    let place = Place::new();
    for (name, variable) in [("tos_O1_2001-2002.nc", "tos"), ("eraint_uvz.nc", "v")] {
        std::fs::copy(data.join(name), place.path("cut.nc")).unwrap();
        let length = std::fs::metadata(place.path("cut.nc")).unwrap().len();
        cut(&place.path("cut.nc"), length * 2 / 3);
        place.run(&["info", "cut.nc"]).done();
        place.refuses(1, &["cut.nc", variable, "cut short"], &["stats", "cut.nc", variable]);
        // Its coordinates go first, and lie as deep in the file.
        let export = ["export", "cut.nc", variable, "-o", "out.zarr"];
        place.refuses(1, &["cut.nc", "cannot read variable", "cut short"], &export);
    }
}
