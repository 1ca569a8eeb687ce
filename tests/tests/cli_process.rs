//! The program as a process, on data larger than its budget: killed at any moment, interrupted, its pipe closed, at any
//! number of threads, within its memory.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{Output, command, finish, graticule, listing, scratch, start};
use serde_json::json;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Positions along each dimension of a chunk; one chunk is 2.6 MB.
const CHUNK: [usize; 3] = [10, 180, 360];

/// A Zarr store `big.zarr` with `x(time, lat, lon)` of so many chunks along time: raw bytes, one value from the next.
fn big(folder: &Path, chunks: usize) {
    let root = folder.join("big.zarr");
    let array = |name: &str, shape: &[usize], chunk: &[usize], dtype: &str, attrs: serde_json::Value| {
        std::fs::create_dir_all(root.join(name).join("c")).unwrap();
        let dims = &["time", "lat", "lon"][..shape.len()];
        let meta = json!({
            "zarr_format": 3, "node_type": "array", "shape": shape, "data_type": dtype, "fill_value": 0,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
            "dimension_names": dims, "attributes": attrs,
        });
        std::fs::write(root.join(name).join("zarr.json"), meta.to_string()).unwrap();
    };
    let times = chunks * CHUNK[0];
    let units = json!({"units": "days since 2001-01-01", "calendar": "noleap", "standard_name": "time"});
    array("time", &[times], &[times], "int64", units);
    let days: Vec<u8> = (0_i64..).take(times).flat_map(i64::to_le_bytes).collect();
    std::fs::write(root.join("time/c/0"), days).unwrap();
    array("x", &[times, CHUNK[1], CHUNK[2]], &CHUNK, "float32", json!({"units": "K"}));
    let mut state = 1_u32;
    for chunk in 0..chunks {
        let mut bytes = Vec::with_capacity(CHUNK.iter().product::<usize>() * 4);
        for _ in 0..CHUNK.iter().product() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.extend_from_slice(&(250.0 + f32::from((state >> 24) as u8) / 8.0).to_le_bytes());
        }
        let place = root.join(format!("x/c/{chunk}/0"));
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("0"), bytes).unwrap();
    }
    std::fs::write(root.join("zarr.json"), r#"{"zarr_format": 3, "node_type": "group", "attributes": {}}"#).unwrap();
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Starts a command and waits until it has begun to write.
fn writing(folder: &Path, args: &[&str]) -> Child {
    let child = start(command(folder, args));
    let started = Instant::now();
    while !listing(folder).iter().any(|name| name.contains("graticule-tmp")) {
        assert!(started.elapsed() < Duration::from_secs(30), "nothing is written");
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

#[test]
fn a_kill_at_any_moment_leaves_nothing_torn() {
    let folder = scratch();
    let folder = folder.path();
    big(folder, 16);
    for (target, args) in [
        ("out.zarr", &["export", "big.zarr", "-o", "out.zarr", "--codec", "gzip:6"] as &[&str]),
        ("out.nc", &["run", "--input", "big.zarr", "--step", "anomaly by=month", "-o", "out.nc"]),
    ] {
        // One is left to end, to know the result and about how long it takes.
        let started = Instant::now();
        finish(writing(folder, args)).done();
        let mut length = started.elapsed();
        let stats = |file: &str| graticule(folder, &["stats", file, "x", "--json"]).json();
        let wanted = stats(target);
        remove(&folder.join(target));
        let mut killed = 0;
        for part in (0..6).cycle().take(60) {
            let started = Instant::now();
            let mut child = writing(folder, args);
            std::thread::sleep(length * part / 6);
            // It may have ended by itself just now; then the whole stands there.
            if child.try_wait().unwrap().is_none() {
                signal(&child, "-KILL");
            }
            let code = child.wait().unwrap().code();
            if code.is_some() {
                assert_eq!((code, stats(target)), (Some(0), wanted.clone()));
                remove(&folder.join(target));
                length = length.min(started.elapsed()) / 2;
                continue;
            }
            assert!(!folder.join(target).exists(), "{target} stands there after a kill at {part}/6");
            killed += 1;
            if killed == 6 {
                break;
            }
        }
        assert_eq!(killed, 6, "no six kills hit the export to {target}");
        // The next one clears away what the killed ones left.
        graticule(folder, args).done();
        assert_eq!(stats(target), wanted);
        assert_eq!(listing(folder), ["big.zarr", target]);
        remove(&folder.join(target));
    }
}

fn remove(path: &Path) {
    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
}

#[test]
fn interrupting_ends_soon_and_leaves_nothing() {
    let folder = scratch();
    let folder = folder.path();
    big(folder, 40);
    for name in ["-INT", "-TERM"] {
        for target in ["out.zarr", "out.nc"] {
            // A codec that takes its time: with the usual one it would be done before it is asked to stop.
            let codec = if target == "out.nc" { "gzip:9" } else { "gzip:6" };
            let child = writing(folder, &["export", "big.zarr", "-o", target, "--codec", codec]);
            std::thread::sleep(Duration::from_millis(100));
            let asked = Instant::now();
            signal(&child, name);
            let output = finish(child);
            let took = asked.elapsed();
            assert_eq!((output.code, output.stderr.as_str()), (Some(130), "cancelled\n"), "{name} {target}");
            assert_eq!(output.stdout, "");
            // A second is promised; a busy machine is given another. The HDF5 library packs what it holds before it lets
            // go of a file.
            let limit = Duration::from_secs(if target == "out.nc" { 10 } else { 2 });
            assert!(took < limit, "{name} {target}: {took:?}");
            assert_eq!(listing(folder), ["big.zarr"], "{name} {target}");
        }
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = scratch();
    big(folder.path(), 2);
    for form in ["--json", "--csv", "--all"] {
        let args = ["values", "big.zarr", "x", "--all", "--isel", "time=0:10", form];
        let args = &args[..if form == "--all" { 6 } else { 7 }];
        let mut child = command(folder.path(), args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut some = [0; 64];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut some).unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    }
}

/// Every chunk file of a store: its path and bytes.
fn chunks(store: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![store.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "zarr.json" {
                let name = path.strip_prefix(store).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn threads_and_memory_change_no_byte() {
    let folder = scratch();
    let folder = folder.path();
    big(folder, 12);
    let steps = [
        "mean",
        "std dim=time",
        "var",
        "cov a=x b=x dim=time",
        "anomaly by=month",
        "rolling time=5 reduce=mean",
        "expr 'y = sqrt(x) * 2'",
    ];
    let settings: [&[&str]; 5] = [
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "5"],
        &["--memory", "48MiB"],
        &["--memory", "200MiB", "--threads", "1"],
    ];
    for step in steps {
        let written = settings.map(|setting| {
            let target = format!("{}.zarr", setting.concat().replace("--", ""));
            let args = ["run", "--input", "big.zarr", "--step", step, "-o", &target];
            graticule(folder, &[&args, setting].concat()).done();
            let chunks = chunks(&folder.join(&target));
            remove(&folder.join(&target));
            chunks
        });
        assert!(!written[0].is_empty());
        for (setting, other) in settings.iter().zip(&written) {
            assert!(*other == written[0], "{step} differs between {:?} and {setting:?}", settings[0]);
        }
    }
}

/// The most memory that a command held at once, in bytes, and how it ended.
#[cfg(target_os = "linux")]
fn peak(mut child: Child) -> (u64, Output) {
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        // The mark only rises, so that the last look tells; between the end and its being noticed there is no file.
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let mark =
            status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<u64>().ok());
        most = most.max(mark.unwrap_or_default() * 1024);
        std::thread::sleep(Duration::from_millis(2));
    }
    (most, finish(child))
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_within_the_budget_whatever_the_size() {
    const BUDGET: u64 = 64 << 20;
    /// The program itself, its libraries, and what the allocator holds back.
    const BESIDES: u64 = 150 << 20;
    for chunks in [80, 160] {
        let folder = scratch();
        let folder = folder.path();
        big(folder, chunks);
        for args in [
            &["export", "big.zarr", "-o", "out.zarr"] as &[&str],
            &["run", "--input", "big.zarr", "--step", "std dim=time", "-o", "out.nc"],
            &["run", "--input", "big.zarr", "--step", "rolling time=5 reduce=mean", "--step", "max", "-o", "out.json"],
            &["stats", "big.zarr", "x"],
        ] {
            let (most, output) = peak(start(command(folder, &[args, &["--memory", "64MiB"]].concat())));
            assert_eq!(output.code, Some(0), "{args:?}: {}", output.stderr);
            let size = (chunks * CHUNK.iter().product::<usize>() * 4) >> 20;
            assert!(most > 8 << 20, "{args:?}: {most} bytes is no measure");
            assert!(most <= BUDGET + BESIDES, "{args:?} on {size} MiB held {} MiB", most >> 20);
        }
    }
}
