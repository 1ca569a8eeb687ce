//! The answers of each subcommand on the built-in sample and on small made data: forms, exactness, quiet pipes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use graticule_tests::{Output, graticule, sample, shared_data};
use serde_json::{Value, json};
use std::path::Path;

/// A run wherever the tests run.
fn run(args: &[&str]) -> Output {
    graticule(Path::new("."), args)
}

fn sample_text() -> String {
    sample().canonicalize().unwrap().to_string_lossy().into_owned()
}

#[test]
fn info_has_the_promised_form() {
    let info = run(&["info", "--sample", "--json"]).json();
    assert_eq!(info["format"], "netcdf4");
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&info), ["format", "path", "root", "warnings"]);
    assert_eq!(keys(&info["root"]), ["name", "path", "attributes", "dimensions", "variables", "groups"]);
    let tas = info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap();
    let expected = [
        "name",
        "path",
        "dtype",
        "shape",
        "dimensions",
        "chunks",
        "shards",
        "filters",
        "fill_value",
        "tier",
        "stored_bytes",
        "attributes",
        "decoding",
    ];
    assert_eq!(keys(tas), expected);
    let decoding = &tas["decoding"];
    assert_eq!(keys(decoding), ["dtype", "time", "grid", "facts"]);
    assert_eq!(decoding["dtype"], "float64");
    assert_eq!(decoding["time"]["calendar"], "noleap");
    assert_eq!(decoding["grid"], json!({"y": "lat", "x": "lon", "kind": "latitude_longitude"}));
    let scale = decoding["facts"].as_array().unwrap().iter().find(|f| f["what"] == "scale").unwrap();
    assert_eq!(scale["from"], "scale_factor");
    // What the library counts is what the file holds: less than the values take, more than nothing.
    let stored = tas["stored_bytes"].as_u64().unwrap();
    assert!(stored > 100_000 && stored < 72 * 90 * 180 * 2, "{stored}");
    assert_eq!(
        (&tas["dtype"], &tas["shape"], &tas["chunks"]),
        (&json!("int16"), &json!([72, 90, 180]), &json!([12, 90, 180]))
    );
    let text = run(&["info", "--sample"]).done();
    for part in ["int16 tas(time, lat, lon)", "chunks 12×90×180", "calendar noleap", "tas:units = \"K\""] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn stats_have_the_promised_form() {
    let stats = run(&["stats", "--sample", "tas", "--json"]).json();
    let keys: Vec<_> = stats.as_object().unwrap().keys().cloned().collect();
    let expected = [
        "variable",
        "dtype",
        "decoded_dtype",
        "shape",
        "count",
        "missing",
        "min",
        "max",
        "mean",
        "std",
        "sum",
        "first",
        "last",
        "time",
    ];
    assert_eq!(keys, expected);
    assert_eq!(
        (&stats["count"], &stats["missing"], &stats["shape"]),
        (&json!(1_166_400), &json!(0), &json!([72, 90, 180]))
    );
    let number = |key: &str| stats[key].as_f64().unwrap();
    assert!((number("sum") / number("count") - number("mean")).abs() < 1e-9);
    assert!(number("min") < number("mean") && number("mean") < number("max") && number("std") > 1.0);
    // The same from one thread as from many, to the last bit.
    let one = run(&["stats", "--sample", "tas", "--json", "--threads", "1"]).json();
    let many = run(&["stats", "--sample", "tas", "--json", "--threads", "5"]).json();
    assert_eq!(one, many);
    // The raw integers decode to the statistics of the decoded values.
    let raw = run(&["stats", "--sample", "tas", "--raw", "--json"]).json();
    let info = run(&["info", "--sample", "--json"]).json();
    let tas = info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap().clone();
    let attr = |key: &str| tas["attributes"][key].as_f64().unwrap();
    let decoded = raw["max"].as_f64().unwrap() * attr("scale_factor") + attr("add_offset");
    assert!((decoded - number("max")).abs() < 1e-3, "{decoded}");
    let text = run(&["stats", "--sample", "tas"]).done();
    assert!(text.contains("mean") && text.contains("72 × 90 × 180"));
}

#[test]
fn attributes_can_be_set_over_those_of_the_file() {
    let stats = |attrs: &[&str]| {
        let mut args = vec!["stats", "--sample", "tas", "--json"];
        args.extend(attrs.iter().flat_map(|a| ["--attr", a]));
        run(&args).json()
    };
    let number = |stats: &Value, key: &str| stats[key].as_f64().unwrap();
    let (own, raw) = (stats(&[]), run(&["stats", "--sample", "tas", "--raw", "--json"]).json());
    let halved = stats(&["tas:scale_factor=0.5", "tas:add_offset="]);
    assert!((number(&halved, "mean") - 0.5 * number(&raw, "mean")).abs() < 1e-6, "{halved}");
    let lowest = raw["min"].as_i64().unwrap();
    let masked = stats(&[&format!("/tas:_FillValue={lowest}")]);
    assert!(number(&masked, "missing") > number(&own, "missing") && number(&masked, "min") > number(&own, "min"));
    assert_eq!(stats(&["time:calendar=360_day"])["time"]["calendar"], "360_day");
    let error = run(&["stats", "--sample", "tas", "--attr", "rain:units=mm"]).failed(1);
    assert!(error.contains("rain"), "{error}");
    let error = run(&["stats", "--sample", "tas", "--attr", "tas:_FillValue=1.5"]).failed(1);
    assert!(error.contains("_FillValue") && error.contains("int16"), "{error}");
    // Read by the library alone, to the last bit the same.
    let library = run(&["stats", "--sample", "tas", "--json", "--no-direct"]).json();
    assert_eq!(library, own);
}

#[test]
fn values_come_as_json_csv_and_table() {
    let args = |form: &[&str]| {
        let mut args = vec!["values", "--sample", "tas", "--isel", "time=0,lat=44:46,lon=0"];
        args.extend(form);
        run(&args)
    };
    let json = args(&["--json"]).json();
    assert_eq!((&json["variable"], &json["dims"], &json["shape"]), (&json!("tas"), &json!(["lat"]), &json!([2])));
    assert_eq!(json["coords"]["lat"], json!([-1.0, 1.0]));
    assert!(json["coords"]["time"].as_str().unwrap().starts_with("2001-01"));
    let csv = args(&["--csv"]).done();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "lat,tas"));
    let cell: f64 = lines[1].split(',').nth(1).unwrap().parse().unwrap();
    assert!((cell - json["values"][0].as_f64().unwrap()).abs() < 1e-9);
    assert!(args(&[]).done().starts_with("lat\ttas\n-1\t"));
    // A value without dimensions is no list; labels and positions agree.
    let one = run(&["values", "--sample", "tas", "--sel", "time=2001-01,lat=-1,lon=~0.9", "--json"]).json();
    let flat = one["values"].as_array().map_or_else(|| one["values"].clone(), |v| v[0].clone());
    assert_eq!(flat, json["values"][0]);
}

#[test]
fn ops_tell_of_themselves() {
    let list = run(&["ops", "--json"]).json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap().to_owned()).collect();
    for wanted in ["anomaly", "climatology", "expr", "isel", "mean", "resample", "rolling", "sel", "where"] {
        assert!(names.iter().any(|n| n == wanted), "{wanted} is not among {names:?}");
    }
    let page = run(&["ops", "anomaly"]).done();
    assert!(page.contains("by") && page.contains("--step 'anomaly"), "{page}");
    assert_eq!(run(&["ops"]).done().lines().count(), names.len());
}

#[test]
fn chains_run_explain_and_translate() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = format!(
        "version = 1\ninput = {:?}\n\n[[step]]\nop = \"select\"\nvariables = \"tas\"\n\n[[step]]\nop = \"mean\"\ndim = [\"lat\", \"lon\"]\n\n[output]\npath = \"out.json\"\n",
        sample_text()
    );
    std::fs::write(folder.path().join("chain.toml"), recipe).unwrap();
    let here = |args: &[&str]| graticule(folder.path(), args);
    here(&["run", "chain.toml"]).done();
    let text = std::fs::read_to_string(folder.path().join("out.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["dims"], &json["shape"]), (&json!(["time"]), &json!([72])));
    // The mean over the sphere, so between the plain mean and the tropics.
    let first = json["values"][0].as_f64().unwrap();
    assert!((280.0..292.0).contains(&first), "{first}");

    here(&["run", "chain.toml", "-o", "out.npy"]).done();
    let npy = std::fs::read(folder.path().join("out.npy")).unwrap();
    assert_eq!(&npy[..6], b"\x93NUMPY");
    let last = npy.len() - 72 * 8;
    assert!((f64::from_le_bytes(npy[last..last + 8].try_into().unwrap()) - first).abs() < 1e-12);
    here(&["run", "chain.toml", "-o", "out.csv"]).done();
    assert_eq!(std::fs::read_to_string(folder.path().join("out.csv")).unwrap().lines().count(), 73);

    let scalar = here(&["run", "--sample", "--step", "select tas", "--step", "max", "-o", "max.json"]);
    assert_eq!(scalar.code, Some(0), "{}", scalar.stderr);
    let json: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("max.json")).unwrap()).unwrap();
    let max = run(&["stats", "--sample", "tas", "--json"]).json()["max"].clone();
    assert!((json["value"].as_f64().unwrap() - max.as_f64().unwrap()).abs() < 1e-4, "{json} {max}");
    assert!(here(&["run", "--sample", "--step", "select tas", "--step", "max"]).done().starts_with("tas "));

    let plan = here(&["explain", "chain.toml"]).done();
    for part in ["plan", "chunks", "amplification", "peak memory", "estimate"] {
        assert!(plan.contains(part), "{part} is not in {plan}");
    }
    let script = here(&["code", "chain.toml"]).done();
    assert!(script.contains("import xarray as xr") && script.contains("weighted"), "{script}");
}

#[test]
fn figures_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let here = |args: &[&str]| graticule(folder.path(), args).done();
    here(&["plot", "--sample", "tas", "--isel", "time=6", "--projection", "robinson", "-o", "map.svg"]);
    let svg = std::fs::read_to_string(folder.path().join("map.svg")).unwrap();
    for part in ["<svg", "2001-07", "idealised_climate.nc"] {
        assert!(svg.contains(part), "{part} is not in the figure");
    }
    here(&["plot", "--sample", "tas", "--size", "300x200", "--dpi", "96", "-o", "map.png"]);
    let png = std::fs::read(folder.path().join("map.png")).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!([&png[16..20], &png[20..24]], [&300_u32.to_be_bytes(), &200_u32.to_be_bytes()]);
    // A figure is drawn again in the place of the earlier one.
    here(&["plot", "--sample", "tas", "--isel", "lat=45,lon=0", "-o", "map.png"]);
    assert_ne!(std::fs::read(folder.path().join("map.png")).unwrap(), png);
    here(&["plot", "--sample", "tas", "--isel", "lon=0", "--kind", "hovmoller", "-o", "hov.svg"]);
    assert!(std::fs::read_to_string(folder.path().join("hov.svg")).unwrap().contains("2004"));
    let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["hov.svg", "map.png", "map.svg"]);
}

#[test]
fn projected_and_curvilinear_data_are_drawn_on_their_maps() {
    let Some(data) = shared_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (file, variable) in [
        ("rotated_pole.nc", "air_pressure_at_sea_level"),
        ("nemo_1m_grid-T.nc", "tos"),
        ("lambert_conformal_innsbruck.nc", "tas"),
        ("eraint_uvz.nc", "u"),
        ("roms_wcofs_subset.nc", "u_sur"),
        ("basin_mask.nc", "basin"),
    ] {
        let file = data.join(file).to_string_lossy().into_owned();
        graticule(folder.path(), &["plot", &file, variable, "-o", "map.svg"]).done();
        let svg = std::fs::read_to_string(folder.path().join("map.svg")).unwrap();
        // Degree signs stand on maps alone.
        assert!(svg.contains("°"), "{file} {variable} is not on a map");
    }
}

#[test]
fn doctor_and_version_answer() {
    assert!(run(&["--version"]).done().starts_with("graticule "));
    assert!(run(&["--help"]).done().contains("stats"));
    let doctor = run(&["doctor"]).done();
    for part in ["graticule", "HDF5", "threads", "memory", "projections"] {
        assert!(doctor.contains(part), "{doctor}");
    }
}

#[cfg(unix)]
#[test]
fn whoever_closes_the_pipe_ends_it_quietly() {
    use std::process::{Command, Stdio};
    let program = graticule_tests::binary();
    let mut child = Command::new(program)
        .args(["values", "--sample", "tas", "--all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), out.stderr), (Some(0), Vec::new()));
}
