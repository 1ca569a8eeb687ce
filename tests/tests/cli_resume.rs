//! Killed at any moment, an export leaves nothing at its target, and `--resume` completes it to what it would have been.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{command, graticule, listing, sample, scratch, start};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Kills of the large test.
const KILLS: u32 = 24;

/// All files of a store; of the root's metadata, which tell the time of writing, the names alone.
fn files(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut stack = vec![store.to_path_buf()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(store).unwrap().to_path_buf();
            if path.is_dir() {
                stack.push(path);
            } else {
                let is_root = name.components().count() == 1;
                found.insert(name, if is_root { Vec::new() } else { std::fs::read(path).unwrap() });
            }
        }
    }
    found
}

/// Starts an export and kills it after a while. Says whether it was still at work.
fn killed(folder: &Path, args: &[&str], after: Duration) -> bool {
    let mut child = start(command(folder, args));
    std::thread::sleep(after);
    let at_work = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    at_work
}

/// Waits in steps until a journal tells of some files, and kills then.
fn killed_half_way(folder: &Path, args: &[&str]) {
    for lines in [20, 5, 2] {
        let mut child = start(command(folder, args));
        while child.try_wait().unwrap().is_none() {
            if journal(folder).is_some_and(|text| text.lines().count() > lines) {
                child.kill().unwrap();
            }
        }
        if journal(folder).is_some() {
            return;
        }
        drop(std::fs::remove_dir_all(folder.join("out.zarr")));
    }
    unreachable!("the export is always done before it is killed");
}

/// The journal of what was killed.
fn journal(folder: &Path) -> Option<String> {
    let left = listing(folder).into_iter().find(|n| n.starts_with(".out.zarr.graticule-tmp-"))?;
    std::fs::read_to_string(folder.join(left).join("journal")).ok()
}

fn input() -> String {
    sample().canonicalize().unwrap().to_string_lossy().into_owned()
}

#[test]
fn killed_at_any_moment_it_is_completed_to_the_same() {
    let folder = scratch();
    let here = folder.path();
    let file = input();
    let export = |target: &'static str| {
        vec!["export", &file, "tas", "-o", target, "--chunks", "time=12,lat=15,lon=15", "--codec", "gzip:9", "-q"]
    };
    let begun = Instant::now();
    graticule(here, &export("whole.zarr")).done();
    let whole_time = begun.elapsed();
    let whole = files(&here.join("whole.zarr"));
    assert!(whole.len() > 100, "{}", whole.len());

    let mut seed = u64::from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos());
    let mut random = || {
        // Knuth's linear congruential generator.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u32
    };
    let target = here.join("out.zarr");
    let (mut at_work, mut half_done) = (0, 0);
    let mut resumed = export("out.zarr");
    resumed.push("--resume");
    // A busy machine may have taken longer for the whole than it takes now: what is missed is aimed at sooner.
    let mut span = whole_time;
    for kill in 0..20 * KILLS {
        if at_work >= KILLS {
            break;
        }
        let after = span.mul_f64(f64::from(random() % 1000) / 1000.0);
        // Every third is killed again while it goes on.
        let attempts = if kill % 3 == 2 { 2 } else { 1 };
        for attempt in 0..attempts {
            let args = if attempt == 0 { export("out.zarr") } else { resumed.clone() };
            if !target.exists() {
                if killed(here, &args, after) {
                    at_work += 1;
                } else {
                    span = span.mul_f64(0.8);
                }
            }
            half_done += u32::from(journal(here).is_some_and(|text| text.lines().count() > 1));
        }
        if !target.exists() {
            graticule(here, &resumed).done();
        }
        assert!(files(&target) == whole, "killed after {after:?} of {span:?}");
        std::fs::remove_dir_all(&target).unwrap();
    }
    assert!(at_work >= KILLS && half_done >= 3, "killed at work {at_work} times, half done {half_done} times");
    graticule(here, &export("out.zarr")).done();
    let old: Vec<_> = listing(here).into_iter().filter(|n| n.ends_with("journal")).collect();
    assert!(old.is_empty(), "{old:?}");
}

#[test]
fn what_is_done_is_not_done_again() {
    let folder = scratch();
    let here = folder.path();
    let file = input();
    let args =
        ["export", &file, "-o", "out.zarr", "--chunks", "time=2,lat=15,lon=15", "--codec", "gzip:9", "--threads", "1"];
    killed_half_way(here, &args);
    let left = listing(here).into_iter().find(|n| n.starts_with('.')).unwrap();
    let told = journal(here).unwrap();
    let first = told.lines().nth(1).and_then(|l| l.split_once('\t')).unwrap().1.to_owned();
    let changed = |path: PathBuf| std::fs::metadata(path).unwrap().modified().unwrap();
    let before = changed(here.join(&left).join("out.zarr").join(&first));
    std::thread::sleep(Duration::from_millis(20));
    graticule(here, &[&args[..], &["--resume"]].concat()).done();
    assert_eq!(changed(here.join("out.zarr").join(&first)), before);
    assert_eq!(listing(here), ["out.zarr"]);
}

#[test]
fn another_plan_or_source_is_refused_and_costs_nothing() {
    let folder = scratch();
    let here = folder.path();
    std::fs::copy(sample(), here.join("in.nc")).unwrap();
    let args =
        ["export", "in.nc", "tas", "-o", "out.zarr", "--chunks", "time=12,lat=30,lon=30", "--threads", "1", "--codec"];
    let with = |more: &[&'static str]| [&args[..], more].concat();
    killed_half_way(here, &with(&["gzip:9"]));
    let told = journal(here).unwrap();
    let said = graticule(here, &with(&["gzip:8", "--resume"])).failed(1);
    assert!(said.contains("codec are others") && said.contains("without --resume"), "{said}");
    let other = ["run", "--input", "in.nc", "--step", "select tas", "-o", "out.zarr", "--resume"];
    let said = graticule(here, &other).failed(1);
    assert!(said.contains("cannot resume"), "{said}");
    assert_eq!(journal(here).unwrap(), told);

    let changed = std::fs::File::options().append(true).open(here.join("in.nc")).unwrap();
    changed.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    let said = graticule(here, &with(&["gzip:9", "--resume"])).failed(1);
    assert!(said.contains("in.nc has changed since"), "{said}");
    // Without the flag it is made anew, and nothing of the old is left.
    graticule(here, &with(&["gzip:9"])).done();
    assert_eq!(listing(here), ["in.nc", "out.zarr"]);
}

#[test]
fn resuming_what_cannot_be_is_told() {
    let folder = scratch();
    let file = input();
    let said = graticule(folder.path(), &["export", &file, "-o", "out.nc", "--resume"]).failed(1);
    assert!(said.contains("NetCDF file cannot be resumed"), "{said}");
    let said = graticule(folder.path(), &["export", &file, "tas", "-o", "out.npy", "--resume"]).failed(2);
    assert!(said.contains("--resume is for Zarr"), "{said}");
    // Nothing was interrupted: it begins.
    graticule(folder.path(), &["export", &file, "-o", "out.zarr", "--resume"]).done();
    assert_eq!(listing(folder.path()), ["out.zarr"]);
}
