//! `--mark-missing`, through the program: damaged chunks become missing cells that the result and stderr tell of; without
//! it the first of them ends the work.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{Output, graticule, listing, oracle, scratch};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// NetCDF-4 with checksums; of `t`, `n` and `k` times 2 and 3 are damaged, of `z` the first 12 rows.
fn checked() -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/damage/checked.nc");
    path.to_string_lossy().into_owned()
}

fn variable(folder: &Path, file: &str, name: &str) -> Value {
    let info = graticule(folder, &["info", file, "--json"]).json();
    let all = info["root"]["variables"].as_array().unwrap();
    all.iter().find(|v| v["name"] == name).unwrap_or_else(|| unreachable!("{name} of {all:?}")).clone()
}

/// The lines of warnings of a run that must have succeeded.
fn warnings(output: &Output) -> Vec<&str> {
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output.stderr.lines().filter(|line| line.starts_with("warning: ")).collect()
}

const DAMAGED: &str = "/t time=2:4,y=0:4,x=0:5";

#[test]
fn a_chain_goes_on_and_tells() {
    let folder = scratch();
    let file = checked();
    let mean: &[&str] = &["run", "--input", &file, "--step", "select t", "--step", "mean dim=time"];
    let stopped = graticule(folder.path(), &[mean, &["-o", "no.zarr"]].concat()).failed(1);
    assert!(stopped.contains("checked.nc") && listing(folder.path()).is_empty(), "{stopped}");

    for target in ["mean.zarr", "mean.nc", "mean2.zarr"] {
        let form: &[&str] = if target == "mean2.zarr" { &["--zarr", "2"] } else { &[] };
        let output = graticule(folder.path(), &[mean, &["--mark-missing", "-o", target], form].concat());
        let warnings = warnings(&output);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].starts_with(&format!("warning: {DAMAGED} of ")), "{warnings:?}");
        assert!(warnings[0].contains("is damaged, its cells are missing: "), "{warnings:?}");
        let attributes = variable(folder.path(), target, "t")["attributes"].clone();
        assert_eq!(attributes["graticule_damaged_chunks"], json!(DAMAGED), "{target}: {attributes}");
        // Of times 0, 1, 4 and 5.
        let cell = graticule(folder.path(), &["values", target, "t", "--isel", "y=3,x=4", "--json"]).json();
        assert_eq!(cell["values"], json!(284.0), "{target}: {cell}");
        let script = "import sys, xarray as xr, numpy as np\n\
            ds = xr.open_dataset(sys.argv[1]) if sys.argv[1].endswith('.nc') else xr.open_zarr(sys.argv[1])\n\
            y, x = np.ogrid[0:4, 0:5]\n\
            assert (ds.t.values == 250 + 10 * y + x).all(), ds.t.values\n\
            assert ds.t.attrs['graticule_damaged_chunks'] == sys.argv[2], ds.t.attrs";
        oracle(folder.path(), script, &[target, DAMAGED]);
    }
    // What is printed tells too, and what has nothing to do with the damage does not.
    let output = graticule(folder.path(), &[mean, &["--step", "isel y=0 x=0", "--mark-missing"]].concat());
    assert_eq!((warnings(&output).len(), output.stdout.trim()), (1, "t 250.0"));
    let sound: &[&str] = &["run", "--input", &file, "--step", "select t", "--step", "isel time=4:6", "--mark-missing"];
    let output = graticule(folder.path(), &[sound, &["-o", "sound.zarr"]].concat());
    assert!(warnings(&output).is_empty(), "{}", output.stderr);
    let attributes = variable(folder.path(), "sound.zarr", "t")["attributes"].clone();
    assert!(attributes.get("graticule_damaged_chunks").is_none(), "{attributes}");
}

#[test]
fn integers_keep_their_type_and_need_a_fill_value() {
    let folder = scratch();
    let file = checked();
    let export = |names: &[&str], more: &[&str]| {
        graticule(folder.path(), &[&["export", &file], names, &["--mark-missing"], more].concat())
    };
    let output = export(&["n", "t"], &["-o", "n.zarr"]);
    assert_eq!(warnings(&output).len(), 2);
    let n = variable(folder.path(), "n.zarr", "n");
    assert_eq!(
        (&n["dtype"], &n["attributes"]["graticule_damaged_chunks"]),
        (&json!("int16"), &json!("/n time=2:4,y=0:4,x=0:5"))
    );
    let values = graticule(folder.path(), &["values", "n.zarr", "n", "--isel", "y=1,x=1", "--json"]).json();
    assert_eq!(values["values"], json!([11.0, 111.0, "NaN", "NaN", 411.0, 511.0]));
    let missing = graticule(folder.path(), &["stats", "n.zarr", "t", "--json"]).json()["missing"].clone();
    assert_eq!(missing, json!(40));

    let refused = export(&["k"], &["-o", "k.zarr"]).failed(1);
    assert!(refused.contains("/k cannot be marked as missing: "), "{refused}");
    assert!(refused.contains("its int32 have no _FillValue: give one with --attr k:_FillValue=VALUE"), "{refused}");
    warnings(&export(&["k"], &["--attr", "k:_FillValue=-99", "-o", "k.zarr"]));
    let k = graticule(folder.path(), &["values", "k.zarr", "k", "--isel", "y=0,x=0", "--json"]).json();
    assert_eq!(k["values"], json!([0.0, 100.0, "NaN", "NaN", 400.0, 500.0]));
}

#[test]
fn many_warnings_are_counted() {
    let folder = scratch();
    let output = graticule(folder.path(), &["export", &checked(), "z", "--mark-missing", "-q", "-o", "z.nc"]);
    let lines = warnings(&output);
    assert_eq!(lines.len(), 11, "{lines:?}");
    assert_eq!(lines[10], "warning: 2 more chunks are damaged, their cells are missing");
    let attributes = variable(folder.path(), "z.nc", "z")["attributes"].clone();
    let listed = attributes["graticule_damaged_chunks"].as_str().unwrap();
    let places: Vec<String> = (0..12).map(|row| format!("/z long={row}:{},x=0:5", row + 1)).collect();
    assert_eq!(listed.split("; ").collect::<Vec<_>>(), places, "in the order of the file");
    let usage = graticule(folder.path(), &["export", &checked(), "z", "--mark-missing", "--resume", "-o", "y.zarr"]);
    assert!(usage.failed(2).contains("--resume goes without --mark-missing"));
}

#[test]
fn damaged_zarr_is_marked_chunk_by_chunk() {
    let folder = scratch();
    for (version, codec) in [("2", "gzip:4"), ("3", "blosc:lz4"), ("3", "zstd:3")] {
        let store = format!("{version}_{}.zarr", codec.replace(':', "_"));
        let form = ["-o", &store, "--zarr", version, "--codec", codec, "--chunks", "time=6,lat=45,lon=180"];
        graticule(folder.path(), &[&["export", "--sample", "tas"], &form[..]].concat()).done();
        // One chunk cut short, one with other bytes.
        let chunk = |t: usize, y: usize| {
            let name = if version == "2" { format!("tas/{t}.{y}.0") } else { format!("tas/c/{t}/{y}/0") };
            folder.path().join(&store).join(name)
        };
        let whole = std::fs::read(chunk(0, 0)).unwrap();
        std::fs::write(chunk(0, 0), &whole[..whole.len() / 2]).unwrap();
        std::fs::write(chunk(1, 1), b"no chunk at all").unwrap();
        graticule(folder.path(), &["stats", &store, "tas"]).failed(1);
        let output = graticule(
            folder.path(),
            &["run", "--input", &store, "--step", "count dim=time", "--mark-missing", "-o", &format!("count_{store}")],
        );
        assert_eq!(warnings(&output).len(), 2, "{}", output.stderr);
        let count = graticule(folder.path(), &["stats", &format!("count_{store}"), "tas", "--json"]).json();
        // Of 72 months; in each half of the latitudes six are damaged.
        assert_eq!((count["min"].as_f64(), count["max"].as_f64()), (Some(66.0), Some(66.0)), "{count}");
    }
}
