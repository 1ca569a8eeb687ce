//! What is written: whole stores that read back the same, nothing after a cancel, and, with Python, what xarray makes of it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, python, sample, shared_data};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn stats(folder: &Path, file: &str, variable: &str) -> (Value, f64) {
    let mut stats = graticule(folder, &["stats", file, variable, "--json"]).json();
    let fields = stats.as_object_mut().unwrap();
    // The type on disk is not the packed one any more.
    fields.remove("dtype");
    let std = fields.remove("std").and_then(|s| s.as_f64()).unwrap();
    (stats, std)
}

#[test]
fn every_form_reads_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = sample().canonicalize().unwrap().to_string_lossy().into_owned();
    let before = stats(folder.path(), &file, "tas");
    for (target, more) in [
        ("a.zarr", &[] as &[&str]),
        ("b.zarr", &["--zarr", "2", "--codec", "zstd:3"]),
        ("c.zarr", &["--chunks", "time=6,lat=45", "--shards", "time=12,lat=90", "--codec", "gzip:1"]),
        ("d.nc", &["--chunks", "time=1"]),
    ] {
        let mut args = vec!["export", &file, "-o", target];
        args.extend(more);
        graticule(folder.path(), &args).done();
        let after = stats(folder.path(), target, "tas");
        assert_eq!(after.0, before.0, "{target}");
        // Squares are summed chunk by chunk: other chunks, another last digit.
        assert!((after.1 - before.1).abs() < 1e-12 * before.1, "{target} {} {}", after.1, before.1);
        let info = graticule(folder.path(), &["info", target, "--json"]).json();
        let attributes = &info["root"]["attributes"];
        assert!(attributes["history"].as_str().is_some_and(|h| h.contains("graticule")), "{attributes}");
        assert!(attributes["graticule_provenance"].as_str().is_some_and(|p| p.contains("idealised_climate.nc")));
        assert_eq!(info["warnings"], Value::Array(Vec::new()), "{target}");
    }
    let info = graticule(folder.path(), &["info", "c.zarr", "--json"]).json();
    let tas = info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap().clone();
    assert_eq!((&tas["chunks"], &tas["shards"]), (&serde_json::json!([6, 45, 180]), &serde_json::json!([12, 90, 180])));
    // One variable brings its coordinates and no other data.
    graticule(folder.path(), &["export", &file, "tas", "-o", "one.zarr"]).done();
    let names = graticule(folder.path(), &["info", "one.zarr", "--json"]).json();
    let names: Vec<_> =
        names["root"]["variables"].as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect();
    assert!(["tas", "time", "lat", "lon"].iter().all(|n| names.iter().any(|m| m == n)), "{names:?}");
    assert!(!names.iter().any(|n| n == "uas"), "{names:?}");
}

#[test]
fn the_chain_is_restored_from_what_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let step = "anomaly by=month";
    graticule(folder.path(), &["run", "--sample", "--step", step, "-o", "a.zarr"]).done();
    let info = graticule(folder.path(), &["info", "a.zarr", "--json"]).json();
    let attributes = &info["root"]["attributes"];
    let recipe: Value = serde_json::from_str(attributes["graticule_recipe"].as_str().unwrap()).unwrap();
    assert_eq!(recipe["step"], serde_json::json!([{"op": "anomaly", "by": "month"}]));
    assert!(attributes["history"].as_str().unwrap().lines().next().unwrap().ends_with(step));
}

#[cfg(unix)]
#[test]
fn cancelled_work_ends_soon_and_leaves_nothing() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::{Duration, Instant};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(graticule_tests::binary())
        .current_dir(folder.path())
        .args(["run", "--sample", "--step", "rolling time=36 reduce=std", "--threads", "1"])
        .args(["--step", "rolling lat=41 reduce=std", "--step", "rolling lon=91 reduce=std", "-o", "out.zarr"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let status = child.wait().unwrap();
    let text = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!((status.code(), status.signal()), (Some(130), None), "{text}");
    assert_eq!(text, "cancelled\n");
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Runs Python lines that assert; `ds` is the exported store.
fn xarray(python: &Path, folder: &Path, lines: &str) {
    let script = format!("import numpy as np, xarray as xr\n{lines}");
    let out = Command::new(python).current_dir(folder).args(["-c", &script]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_monthly_anomaly_equals_that_of_xarray() {
    let (Some(python), Some(data)) = (python(), shared_data()) else { return };
    let folder = tempfile::tempdir().unwrap();
    for (file, variable) in [("air_temperature_subset.nc", "air"), ("ostia_monthly.nc", "surface_temperature")] {
        let input = data.join(file).to_string_lossy().into_owned();
        let target = format!("{variable}.zarr");
        graticule(folder.path(), &["run", "--input", &input, "--step", "anomaly by=month", "-o", &target]).done();
        let lines = format!(
            r#"
ds = xr.open_dataset({input:?})
got = xr.open_zarr({target:?})[{variable:?}]
exact = ds[{variable:?}].astype("f8")
want = exact.groupby("time.month") - exact.groupby("time.month").mean("time")
assert (got.time == ds.time).all(), "times differ"
assert got.dims == want.dims and got.shape == want.shape
assert got.dtype == ds[{variable:?}].dtype
want = want.values.astype(got.dtype)
scale = np.spacing(np.nanmax(np.abs(exact.values)).astype(got.dtype))
assert (np.isnan(got.values) == np.isnan(want)).all(), "missing values differ"
assert np.nanmax(np.abs(got.values - want)) <= scale, np.nanmax(np.abs(got.values - want))
"#
        );
        xarray(&python, folder.path(), &lines);
    }
}

#[test]
fn xarray_opens_exports_with_equal_values_and_coordinates() {
    let (Some(python), Some(data)) = (python(), shared_data()) else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["ostia_monthly.nc", "tos_O1_2001-2002.nc", "rotated_pole.nc", "atlantic_profiles.nc", "nemo_1m_grid-T.nc"]
    {
        let input = data.join(file).to_string_lossy().into_owned();
        for target in ["out.zarr", "out.nc"] {
            let target = format!("{file}.{target}");
            graticule(folder.path(), &["export", &input, "-o", &target, "--mask", "xarray"]).done();
            let lines = format!(
                r#"
import warnings; warnings.simplefilter("ignore")
want = xr.open_dataset({input:?}, decode_coords="all")
got = xr.open_dataset({target:?}, decode_coords="all", engine={engine:?})
assert set(got.dims) == set(want.dims), (got.dims, want.dims)
for name, a in want.variables.items():
    b = got.variables[name]
    assert a.dims == b.dims, name
    assert a.dtype.kind == b.dtype.kind or a.dtype.kind in "SU", (name, a.dtype, b.dtype)
    if a.dtype.kind in "if":
        np.testing.assert_array_equal(a.values.astype("f8"), b.values.astype("f8"), err_msg=name)
    elif a.dtype.kind in "OM":
        assert (a.values == b.values).all(), name
for name in want.data_vars:
    assert name in got.data_vars, name
"#,
                engine = if target.ends_with("zarr") { "zarr" } else { "netcdf4" }
            );
            xarray(&python, folder.path(), &lines);
        }
    }
}

#[test]
fn the_generated_script_runs() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let script =
        graticule(Path::new("."), &["code", "--sample", "--step", "select tas", "--step", "mean dim=lat,lon"]).done();
    let out = Command::new(python).current_dir(folder.path()).args(["-c", &script]).output().unwrap();
    assert!(out.status.success(), "{script}\n{}", String::from_utf8_lossy(&out.stderr));
}
