//! Damaged and hostile files, through the program: whatever is done to a file, each command ends by itself within seconds
//! and within its memory, with an answer or with one line that names the file. The damage is the same on every run.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{Output, command, finish, graticule, sample, scratch, start};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// No command on a damaged file may take longer.
const LONGEST: Duration = Duration::from_secs(10);
/// What a command may hold, over the 256 MiB that it is given: the program itself.
const MOST_KIB: u64 = (256 + 160) << 10;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/damage").join(name)
}

/// Knuth's MMIX generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

/// One way to damage bytes, and its name.
type Damage = (String, Vec<u8>);

/// Cuts, flips anywhere, and flips, zeros and ones behind each place where one of `marks` stands.
fn damages(whole: &[u8], marks: &[&[u8]], seed: u64, (cuts, flips, at_marks): (usize, usize, usize)) -> Vec<Damage> {
    let mut random = Random(seed);
    let mut made = Vec::new();
    for i in 0..cuts {
        let len = if i < cuts / 3 { random.below(whole.len().min(1024)) } else { random.below(whole.len()) };
        made.push((format!("cut at {len}"), whole[..len].to_vec()));
    }
    for _ in 0..flips {
        let mut bytes = whole.to_vec();
        let places: Vec<usize> = (0..=random.below(8)).map(|_| random.below(bytes.len())).collect();
        places.iter().for_each(|&at| bytes[at] ^= 1 << random.below(8));
        made.push((format!("flips at {places:?}"), bytes));
    }
    let marked = |&at: &usize| marks.iter().any(|mark| whole[at..].starts_with(mark));
    let places: Vec<usize> = (0..whole.len()).filter(marked).collect();
    for i in 0..if places.is_empty() { 0 } else { at_marks } {
        let mut bytes = whole.to_vec();
        // Each place in turn, and within it a byte or a word.
        let place = places[i % places.len()];
        let at = (place + random.below(48)).min(bytes.len() - 1);
        let end = (at + [1, 2, 4, 8][random.below(4)]).min(bytes.len());
        let value = [0x00, 0xFF, 0x7F, 0x80, 0x01][random.below(5)];
        bytes[at..end].fill(value);
        made.push((format!("{value:#04x} at {at}..{end}, behind {place}"), bytes));
    }
    made
}

/// What a command on damaged data must keep; `name` stands in the line of one that fails.
fn check(folder: &Path, args: &[&str], name: &str, what: &str) -> Output {
    let mut command = command(folder, &[args, &["--memory", "256MiB", "--threads", "2"]].concat());
    // Where the HDF5 library spins, this is how long.
    command.env("GRATICULE_PROBE_SECONDS", "3");
    let child = start(command);
    let pid = child.id();
    let peak = AtomicU64::new(0);
    let ended = AtomicUsize::new(0);
    let (output, took) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while ended.load(Ordering::Relaxed) == 0 {
                peak.fetch_max(high_water(pid), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(3));
            }
        });
        let started = Instant::now();
        let output = finish(child);
        ended.store(1, Ordering::Relaxed);
        (output, started.elapsed())
    });
    let said = format!("{what}: {args:?} ended with {:?}: {}", output.code, output.stderr);
    assert!(matches!(output.code, Some(0 | 1)), "{said}");
    assert!(!output.stderr.contains("panicked"), "{said}");
    assert!(took < LONGEST, "{said} after {took:?}");
    let peak = peak.into_inner();
    assert!(peak < MOST_KIB, "{said} with {peak} KiB");
    if output.code == Some(1) {
        let line = output.stderr.trim_end();
        assert!(line.lines().count() == 1 && line.starts_with("error: ") && line.contains(name), "{said}");
        assert_eq!(output.stdout, "", "{said}");
    } else {
        assert!(!output.stdout.is_empty(), "{said}");
    }
    output
}

/// The most memory that a process has had, in KiB; 0 where the system does not tell.
fn high_water(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Does this for each of many things, as many at once as there are cores.
fn each<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(thing);
                }
            });
        }
    });
}

/// Damages a file in many ways, asks about it and about a variable.
fn damaged_file(name: &str, vars: &[&str], marks: &[&[u8]], counts: (usize, usize, usize)) -> usize {
    let whole = std::fs::read(fixture(name)).unwrap();
    let made = damages(&whole, marks, whole.len() as u64, counts);
    let folder = scratch();
    let numbered: Vec<(usize, &Damage)> = made.iter().enumerate().collect();
    each(&numbered, |(i, (what, bytes))| {
        let file = format!("{i}_{name}");
        std::fs::write(folder.path().join(&file), bytes).unwrap();
        let what = format!("{name}, {what}");
        check(folder.path(), &["info", &file], &file, &what);
        check(folder.path(), &["stats", &file, vars[i % vars.len()]], &file, &what);
    });
    made.len()
}

#[test]
fn damaged_classic_files() {
    let made = damaged_file(
        "classic.nc",
        &["t", "packed"],
        &[b"CDF", b"\0\0\0\x0a\0", b"\0\0\0\x0b\0", b"\0\0\0\x0c\0"],
        (16, 12, 30),
    ) + damaged_file(
        "cdf5.nc",
        &["t", "label"],
        &[b"CDF", b"\0\0\0\x0a\0", b"\0\0\0\x0b\0", b"\0\0\0\x0c\0"],
        (10, 8, 20),
    );
    assert!(made >= 90, "{made}");
}

/// What the parts of an HDF5 file start with.
const HDF5: [&[u8]; 13] = [
    b"\x89HDF", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTLF", b"TREE", b"HEAP", b"SNOD", b"GCOL",
    b"FAHD",
];

#[test]
fn damaged_netcdf4_and_hdf5_files() {
    let made = damaged_file("four.nc", &["t", "names", "packed", "lists"], &HDF5, (16, 16, 40))
        + damaged_file("old.h5", &["chunked", "records", "growing", "strings"], &HDF5, (12, 12, 30))
        + damaged_file("new.h5", &["fixed", "scaled", "growing", "colour"], &HDF5, (12, 12, 30));
    assert!(made >= 170, "{made}");
}

/// A small store of each kind, one of its parts damaged at a time.
#[test]
fn damaged_zarr_stores() {
    let place = scratch();
    let small = [
        "run",
        "--input",
        sample().to_str().unwrap(),
        "--step",
        "select tas",
        "--step",
        "isel time=0:4 lat=0:8 lon=0:8",
        "-o",
    ]
    .map(str::to_owned);
    let stores: [(&str, &[&str]); 3] = [
        ("two.zarr", &["--zarr", "2", "--chunks", "time=2,lat=8,lon=8"]),
        ("three.zarr", &["--zarr", "3", "--chunks", "time=2,lat=8,lon=8"]),
        ("shards.zarr", &["--zarr", "3", "--chunks", "time=1,lat=4,lon=8", "--shards", "time=2,lat=8,lon=8"]),
    ];
    let mut jobs: Vec<(&str, PathBuf, Damage)> = Vec::new();
    for (store, options) in stores {
        let first: Vec<&str> = small.iter().map(String::as_str).chain(["small.nc"]).collect();
        if !place.path().join("small.nc").exists() {
            graticule(place.path(), &first).done();
        }
        graticule(place.path(), &[&["export", "small.nc", "-o", store][..], options].concat()).done();
        for part in parts(&place.path().join(store)) {
            let whole = std::fs::read(place.path().join(store).join(&part)).unwrap();
            let text = part.file_name().unwrap().to_str().unwrap();
            let text = text.ends_with("json") || text.starts_with(".z");
            let marks: &[&[u8]] = if text { &[b":", b"["] } else { &[] };
            let counts = if text { (2, 1, 3) } else { (2, 1, 0) };
            let made = damages(&whole, marks, whole.len() as u64 + jobs.len() as u64, counts);
            jobs.extend(made.into_iter().map(|damage| (store, part.clone(), damage)));
        }
    }
    assert!(jobs.len() >= 90, "{}", jobs.len());
    let numbered: Vec<(usize, &(&str, PathBuf, Damage))> = jobs.iter().enumerate().collect();
    each(&numbered, |(i, (store, part, (what, bytes)))| {
        let name = format!("{i}_{store}");
        let copy = place.path().join(&name);
        for part in parts(&place.path().join(store)) {
            std::fs::create_dir_all(copy.join(&part).parent().unwrap()).unwrap();
            std::fs::copy(place.path().join(store).join(&part), copy.join(&part)).unwrap();
        }
        std::fs::write(copy.join(part), bytes).unwrap();
        let what = format!("{store}/{}, {what}", part.display());
        check(place.path(), &["info", &name], &name, &what);
        check(place.path(), &["stats", &name, "tas"], &name, &what);
    });
}

/// The files of a folder, relative to it, sorted.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    found
}

/// Links that lead in circles, nowhere and elsewhere, shapes of 2^60: what is sound is read, the rest is told.
#[test]
fn odd_links_and_absurd_shapes_in_hdf5() {
    let place = scratch();
    std::fs::copy(fixture("odd.h5"), place.path().join("odd.h5")).unwrap();
    let ask = |args: &[&str]| check(place.path(), args, "odd.h5", "odd.h5");
    let info = ask(&["info", "odd.h5"]).done();
    for word in
        ["/loop/again is the same object as /loop", "/loop/root is the same object as /", "/nowhere is a link to"]
    {
        assert!(info.contains(word), "no {word}: {info}");
    }
    assert!(info.contains("no such file.h5") && info.contains("1152921504606846976"), "{info}");
    let mean = |var: &str| graticule(place.path(), &["stats", "odd.h5", var, "--json"]).json()["mean"].clone();
    assert_eq!(mean("/good"), 2.0);
    assert_eq!(mean("/loop/good"), 1.0);
    for (var, dim) in [("huge", "phony_dim_1"), ("wide", "phony_dim_4"), ("unwritten", "phony_dim_1")] {
        for (command, named) in [("stats", "odd.h5"), ("values", var)] {
            let line = check(place.path(), &[command, "odd.h5", var], named, "odd.h5").failed(1);
            assert!(line.contains("1152921504606846976 cells"), "{line}");
        }
        let at = if var == "wide" { "phony_dim_3=-1,phony_dim_4=-1".to_owned() } else { format!("{dim}=-1") };
        let last = ask(&["values", "odd.h5", var, "--isel", &at, "--json"]).done();
        assert!(last.contains(if var == "wide" { "-1" } else { "0" }), "{last}");
    }
}

/// Whole, what lies too deep told of, and both within limits.
#[test]
fn a_thousand_nested_groups() {
    let place = scratch();
    std::fs::copy(fixture("deep.h5"), place.path().join("deep.h5")).unwrap();
    let info = check(place.path(), &["info", "deep.h5"], "deep.h5", "deep.h5").done();
    assert!(info.contains("nest deeper"), "{info}");
    let good = check(place.path(), &["stats", "deep.h5", "good", "--json"], "deep.h5", "deep.h5").json();
    assert_eq!(good["mean"], 2.0);
    let mut at = place.path().join("deep.zarr");
    std::fs::create_dir(&at).unwrap();
    let group = r#"{"zarr_format": 3, "node_type": "group"}"#;
    std::fs::write(at.join("zarr.json"), group).unwrap();
    // The length of a path has its own limit.
    for _ in 0..1000 {
        at.push("g");
        std::fs::create_dir(&at).unwrap();
        std::fs::write(at.join("zarr.json"), group).unwrap();
    }
    check(place.path(), &["info", "deep.zarr"], "deep.zarr", "deep.zarr").done();
}

/// Shapes of 2^60, chunks of the wrong length or with a bad checksum, JSON that is none: each array for itself.
#[test]
fn zarr_arrays_that_lie() {
    let place = scratch();
    let root = place.path().join("lies.zarr");
    let write = |key: &str, content: &[u8]| {
        let path = root.join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    let array = |shape: &str, chunk: &str, codecs: &str| {
        format!(
            r#"{{"zarr_format": 3, "node_type": "array", "shape": [{shape}], "data_type": "int16", "fill_value": 7,
            "chunk_grid": {{"name": "regular", "configuration": {{"chunk_shape": [{chunk}]}}}},
            "chunk_key_encoding": {{"name": "default"}}, "codecs": [{codecs}]}}"#
        )
    };
    let little = r#"{"name": "bytes", "configuration": {"endian": "little"}}"#;
    let summed = &format!(r#"{little}, {{"name": "crc32c"}}"#);
    let huge = (1u64 << 60).to_string();
    write("zarr.json", br#"{"zarr_format": 3, "node_type": "group"}"#);
    write("good/zarr.json", array("4", "4", little).as_bytes());
    write("good/c/0", &[1, 0, 2, 0, 3, 0, 4, 0]);
    write("huge/zarr.json", array(&huge, "1000", little).as_bytes());
    write("vast/zarr.json", array(&huge, &huge, little).as_bytes());
    write("short/zarr.json", array("4", "4", little).as_bytes());
    write("short/c/0", &[1, 0, 2]);
    write("long/zarr.json", array("4", "4", little).as_bytes());
    write("long/c/0", &[1; 80]);
    write("sum/zarr.json", array("4", "4", summed).as_bytes());
    write("sum/c/0", &[1, 0, 2, 0, 3, 0, 4, 0, 9, 9, 9, 9]);
    write("negative/zarr.json", array("-4", "4", little).as_bytes());
    write("zero/zarr.json", array("4", "0", little).as_bytes());
    write("torn/zarr.json", br#"{"zarr_format": 3, "node_type": "array", "shape": ["#);
    write("odd/zarr.json", br#"[1, 2, {"zarr_format": "three"}]"#);
    write("nested/zarr.json", "[".repeat(100_000).as_bytes());
    let ask = |args: &[&str]| check(place.path(), args, "lies.zarr", "lies.zarr");
    let info = ask(&["info", "lies.zarr"]).done();
    assert!(info.contains("int16 good") && info.contains("torn"), "{info}");
    let good = ask(&["stats", "lies.zarr", "good", "--json"]).json();
    assert_eq!(good["mean"], 2.5);
    for (name, word) in [
        ("huge", "1152921504606846976 cells"),
        ("vast", "vast"),
        ("short", "c/0"),
        ("long", "c/0"),
        ("sum", "crc32c"),
        ("negative", "negative"),
        ("zero", "zero"),
        ("torn", "torn"),
        ("odd", "odd"),
        ("nested", "nested"),
    ] {
        let line = ask(&["stats", "lies.zarr", name]).failed(1);
        assert!(line.contains(name) && line.contains(word), "{name}: {line}");
    }
}
