//! What is written: whole stores that read back the same, nothing after a cancel, and, with Python, what xarray makes of it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, python, sample, shared_data};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn stats(folder: &Path, file: &str, variable: &str) -> (Value, f64) {
    let mut stats = graticule(folder, &["stats", file, variable, "--json"]).json();
    let fields = stats.as_object_mut().unwrap();
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
# Packed integers are added up exactly here, in double precision there.
largest = np.nanmax(np.abs(exact.values))
scale = max(np.spacing(largest.astype(got.dtype)), 1e-14 * largest)
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

/// As stored: packed integers with their scale, raw values and attributes, in every form.
#[test]
fn what_is_stored_stays_as_it_is() {
    let (Some(python), Some(data)) = (python(), shared_data()) else { return };
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["eraint_uvz.nc", "air_temperature_subset.nc", "ostia_monthly.nc", "ostia_v3_sharded.zarr", "basin_mask.nc"]
    {
        let input = data.join(file).to_string_lossy().into_owned();
        for (target, more) in [("v3.zarr", &[] as &[&str]), ("v2.zarr", &["--zarr", "2"]), ("out.nc", &[])] {
            let target = format!("{file}.{target}");
            graticule(folder.path(), &[&["export", &input, "-o", &target], more].concat()).done();
            let engine = |path: &str| if path.ends_with("zarr") { "zarr" } else { "netcdf4" };
            let lines = format!(
                r#"
import warnings; warnings.simplefilter("ignore")
raw = dict(decode_cf=False, mask_and_scale=False)
want = xr.open_dataset({input:?}, engine={from:?}, **raw)
got = xr.open_dataset({target:?}, engine={to:?}, **raw)
assert set(got.variables) == set(want.variables), set(got.variables) ^ set(want.variables)
for name, a in want.variables.items():
    b = got.variables[name]
    assert a.dims == b.dims and a.dtype == b.dtype, (name, a.dtype, b.dtype)
    np.testing.assert_array_equal(a.values, b.values, err_msg=name)
    for key, value in a.attrs.items():
        if key in ("_FillValue", "missing_value", "coordinates"): continue
        assert key in b.attrs, (name, key)
        np.testing.assert_array_equal(np.asarray(value), np.asarray(b.attrs[key]), err_msg=f"{{name}} {{key}}")
for key, value in want.attrs.items():
    if key != "history": np.testing.assert_array_equal(np.asarray(value), np.asarray(got.attrs[key]), err_msg=key)
decoded = [xr.open_dataset(p, engine=e) for p, e in (({input:?}, {from:?}), ({target:?}, {to:?}))]
# Attributes of single precision are written with the digits of doubles, by xarray too.
xr.testing.assert_allclose(*decoded)
"#,
                from = engine(&input),
                to = engine(&target),
            );
            xarray(&python, folder.path(), &lines);
        }
    }
}

#[test]
fn groups_stay_in_their_places() {
    let Some(data) = shared_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let input = data.join("groups_sentinel6.nc").to_string_lossy().into_owned();
    let names = |file: &str| -> Vec<(String, String, Value)> {
        let info = graticule(folder.path(), &["info", file, "--json"]).json();
        let mut found = Vec::new();
        let mut stack = vec![info["root"].clone()];
        while let Some(group) = stack.pop() {
            for v in group["variables"].as_array().unwrap() {
                found.push((v["path"].to_string(), v["dtype"].to_string(), v["shape"].clone()));
            }
            stack.extend(group["groups"].as_array().unwrap().iter().cloned());
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    };
    let before = names(&input);
    assert!(before.iter().any(|(path, ..)| path.matches('/').count() > 2), "{before:?}");
    for (target, more) in [("v3.zarr", &[] as &[&str]), ("v2.zarr", &["--zarr", "2"]), ("out.nc", &[])] {
        graticule(folder.path(), &[&["export", &input, "-o", target], more].concat()).done();
        assert_eq!(names(target), before, "{target}");
        let Some(python) = python() else { continue };
        let engine = if target.ends_with("zarr") { "zarr" } else { "netcdf4" };
        let lines = format!(
            r#"
import warnings; warnings.simplefilter("ignore")
want = xr.open_datatree({input:?}, engine="netcdf4", decode_cf=False)
got = xr.open_datatree({target:?}, engine={engine:?}, decode_cf=False)
assert [n.path for n in want.subtree] == [n.path for n in got.subtree] or {{n.path for n in want.subtree}} == {{n.path for n in got.subtree}}
for node in want.subtree:
    for name, a in node.variables.items():
        np.testing.assert_array_equal(a.values, got[node.path].variables[name].values, err_msg=node.path + name)
    for key, value in node.attrs.items():
        if key != "history": np.testing.assert_array_equal(np.asarray(value), np.asarray(got[node.path].attrs[key]), err_msg=key)
"#
        );
        xarray(&python, folder.path(), &lines);
    }
}

#[test]
fn a_result_tells_how_it_was_made_and_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::copy(sample(), here.join("in.nc")).unwrap();
    let steps = ["--step", "select tas", "--step", "mean dim=time"];
    for target in ["out.zarr", "out.nc"] {
        graticule(here, &[&["run", "--input", "in.nc", "-o", target], &steps[..]].concat()).done();
        let script = graticule(here, &["code", target]).done();
        assert!(script.contains("in.nc") && script.contains(".mean("), "{script}");
        let again = format!("again_{target}");
        let told = graticule(here, &["run", "--from", target, "-o", &again]);
        assert!(!told.stderr.contains("changed"), "{}", told.stderr);
        told.done();
        assert_eq!(stats(here, &again, "tas"), stats(here, target, "tas"));
        let info = graticule(here, &["info", &again, "--json"]).json();
        let tas = info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap().clone();
        assert!(tas["attributes"]["cell_methods"].as_str().unwrap().ends_with("time: mean"), "{tas}");
        assert_eq!(
            info["root"]["attributes"]["history"].as_str().unwrap().lines().next().unwrap().matches("mean").count(),
            1
        );
    }
    let changed = std::fs::File::options().append(true).open(here.join("in.nc")).unwrap();
    changed.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(9)).unwrap();
    let told = graticule(here, &["run", "--from", "out.zarr", "-o", "third.zarr"]);
    assert!(told.stderr.contains("in.nc is not what out.zarr was made from"), "{}", told.stderr);
    let said = graticule(here, &["run", "--from", "in.nc", "-o", "none.zarr"]).failed(1);
    assert!(said.contains("tells of no chain"), "{said}");
}

#[test]
fn a_summary_has_a_row_for_each_step() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["run", "--sample", "--step", "select tas", "--step", "anomaly by=month", "-o", "out.zarr", "-v"];
    let told = graticule(folder.path(), &args);
    for row in ["read ", "compute ", "encode ", "write ", "task ", "of CPU in tasks"] {
        assert!(told.stderr.lines().any(|l| l.starts_with(row) || l.contains(row)), "{row}: {}", told.stderr);
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

/// What nobody can read is left out of a whole export and told; named, it is an error. What stands twice is written twice.
#[test]
fn what_cannot_be_read_is_left_out_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let group = folder.path().join("in.zarr");
    for (name, codec) in [("good", "null"), ("odd", r#"{"id": "unheard_of"}"#)] {
        let array = group.join(name);
        std::fs::create_dir_all(&array).unwrap();
        let meta = format!(
            r#"{{"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "<i2", "compressor": {codec}, "fill_value": 0,
                "order": "C", "filters": null}}"#
        );
        std::fs::write(array.join(".zarray"), meta).unwrap();
        std::fs::write(array.join("0"), [1, 0, 2, 0]).unwrap();
    }
    std::fs::write(group.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    for more in [&[] as &[&str], &["--group", "/"]] {
        let args = [&["export", "in.zarr", "-o", "out.nc"], more].concat();
        let written = graticule(folder.path(), &args);
        assert!(written.stderr.contains("left out") && written.stderr.contains("unheard_of"), "{}", written.stderr);
        written.done();
        assert!(graticule(folder.path(), &["values", "out.nc", "good"]).done().contains('2'));
        assert!(graticule(folder.path(), &["info", "out.nc", "odd"]).failed(1).contains("odd"));
        std::fs::remove_file(folder.path().join("out.nc")).unwrap();
    }
    let told = graticule(folder.path(), &["export", "in.zarr", "odd", "-o", "out.nc"]).failed(1);
    assert!(told.contains("unheard_of") && !folder.path().join("out.nc").exists(), "{told}");

    let twice = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance/files/twice.nc");
    graticule(folder.path(), &["export", &twice.to_string_lossy(), "-o", "twice.zarr"]).done();
    let info = graticule(folder.path(), &["info", "twice.zarr", "--json"]).json();
    assert!(info.to_string().contains("/inner/inherited"), "{info}");
}
