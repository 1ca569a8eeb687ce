//! Several files as one dataset on the command line and in recipes, and entries of catalogues: the answers are those of
//! the whole file, and the generated script gives them too.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use graticule_tests::{graticule, oracle, sample, scratch};
use serde_json::{Value, json};
use std::path::Path;

/// A folder with the sample whole and cut in two along time.
fn cut() -> tempfile::TempDir {
    let folder = scratch();
    std::fs::copy(sample(), folder.path().join("whole.nc")).unwrap();
    for (name, range) in [("part_b.nc", "time=0:30"), ("part_a.nc", "time=30:72")] {
        let step = format!("isel {range}");
        graticule(folder.path(), &["run", "--input", "whole.nc", "--step", &step, "-o", name]).done();
    }
    folder
}

fn json(folder: &Path, args: &[&str]) -> Value {
    graticule(folder, args).json()
}

/// Sums of the same numbers in other parts differ in their last digits.
fn close(a: &Value, b: &Value) -> bool {
    a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| (a - b).abs() <= 1e-12 * b.abs())
}

#[test]
fn several_files_answer_as_the_whole() {
    let folder = cut();
    let at = folder.path();
    let whole = json(at, &["stats", "whole.nc", "tas", "--json", "--sel", "lat=0:30"]);
    let parts = json(at, &["stats", "part_a.nc", "part_b.nc", "tas", "--json", "--sel", "lat=0:30"]);
    for key in ["shape", "count", "min", "max", "first", "last", "time"] {
        assert_eq!(whole[key], parts[key], "{key}");
    }
    let info = json(at, &["info", "part_a.nc", "part_b.nc", "--json"]);
    assert_eq!(info["root"]["dimensions"]["time"]["size"], json!(72));
    let place = ["tas", "--isel", "time=28:33,lat=4,lon=7", "--json"];
    let values = |data: &[&str]| json(at, &[&["values"], data, &place].concat())["values"].clone();
    assert_eq!(values(&["whole.nc"]), values(&["part_a.nc", "part_b.nc"]));
    assert_eq!(values(&["whole.nc"]), values(&["part_*.nc"]));
    let plotted = |data: &[&str], out: &str| {
        graticule(at, &[&["plot"], data, &["tas", "--isel", "time=40", "-o", out]].concat()).done();
        std::fs::read_to_string(at.join(out)).unwrap()
    };
    let (one, many) = (plotted(&["whole.nc"], "one.svg"), plotted(&["part_a.nc", "part_b.nc"], "many.svg"));
    assert!(many.contains("part_a.nc … part_b.nc (2 files)"));
    // The parts name the coordinates of all their variables.
    let many = many.replace("part_a.nc … part_b.nc (2 files)", "whole.nc").replace(", height10m 10 m", "");
    assert!(one == many, "the maps differ");
    graticule(at, &["export", "part_a.nc", "part_b.nc", "tas", "-o", "joined.zarr"]).done();
    let joined = json(at, &["stats", "joined.zarr", "tas", "--json"]);
    let whole = json(at, &["stats", "whole.nc", "tas", "--json"]);
    assert!(close(&joined["mean"], &whole["mean"]), "{} {}", joined["mean"], whole["mean"]);
    let explained =
        graticule(at, &["explain", "--input", "part_a.nc", "--input", "part_b.nc", "--step", "mean dim=time"]);
    assert!(!explained.done().is_empty());
}

#[test]
fn a_forgotten_variable_and_files_that_do_not_fit_are_told() {
    let folder = cut();
    let at = folder.path();
    let error = graticule(at, &["stats", "part_a.nc", "part_b.nc"]).failed(2);
    assert!(error.contains("part_b.nc is a file") && error.contains("DATA… VAR"), "{error}");
    let error = graticule(at, &["info", "part_a.nc", "gone.nc"]).failed(1);
    assert!(error.contains("gone.nc"), "{error}");
    let error = graticule(at, &["info", "part_a.nc", "whole.nc"]).failed(1);
    assert!(error.contains("part_a.nc") && error.contains("whole.nc"), "{error}");
}

#[test]
fn recipes_read_lists_and_scripts_open_them() {
    let folder = cut();
    let at = folder.path();
    let steps = "\n[[step]]\nop = \"max\"\ndim = [\"time\"]\n\n[[step]]\nop = \"isel\"\nlat = 3\nlon = 5\n";
    let recipe = |name: &str, input: &str| {
        std::fs::write(at.join(name), format!("version = 1\ninput = {input}\n{steps}")).unwrap();
    };
    recipe("list.toml", "[\"part_a.nc\", \"part_b.nc\"]");
    recipe("pattern.toml", "\"part_*.nc\"");
    recipe("whole.toml", "\"whole.nc\"");
    let whole = graticule(at, &["run", "whole.toml"]).done();
    for name in ["list.toml", "pattern.toml"] {
        assert_eq!(graticule(at, &["run", name]).done(), whole, "{name}");
        // Beside the recipe, where they are not here.
        let elsewhere = scratch();
        let there = at.join(name).to_string_lossy().into_owned();
        assert_eq!(graticule(elsewhere.path(), &["run", &there]).done(), whole, "{name}");
    }
    let typed = ["run", "whole.toml", "--input", "part_a.nc", "--input", "part_b.nc"];
    assert_eq!(graticule(at, &typed).done(), whole);
    let list = graticule(at, &["code", "list.toml"]).done();
    assert!(list.contains(r#"xr.open_mfdataset(["part_a.nc", "part_b.nc"], combine="by_coords", "#), "{list}");
    let pattern = graticule(at, &["code", "pattern.toml"]).done();
    assert!(pattern.contains(r#"xr.open_mfdataset("part_*.nc", combine="by_coords", "#), "{pattern}");
    let one = graticule(at, &["code", "whole.toml"]).done();
    assert!(one.contains(r#"xr.open_dataset("whole.nc", decode_coords"#), "{one}");
    let value = graticule(at, &["run", "list.toml", "-o", "max.json"]);
    value.done();
    let largest: Value = serde_json::from_str(&std::fs::read_to_string(at.join("max.json")).unwrap()).unwrap();
    let check = "import sys, json\nfor script in sys.argv[2:]:\n    here = {}\n    exec(script, here)\n    \
                 got = {v['variable'].strip('/'): v['values'] for v in json.loads(sys.argv[1]).get('variables', [])}\n    \
                 assert got\n    for name, value in got.items():\n        \
                 have = float(here['ds'][name]); assert abs(have - value) <= 1e-5 * abs(value), (name, have, value)\n";
    let largest = if largest.get("variables").is_some() { largest } else { json!({"variables": [largest]}) };
    oracle(at, check, &[largest.to_string(), list, pattern, one]);
    // What an export remembers can be run again.
    graticule(at, &["run", "list.toml", "-o", "out.nc"]).done();
    let info = json(at, &["info", "out.nc", "--json"]);
    assert!(info["root"]["attributes"].to_string().contains("part_b.nc"), "{}", info["root"]["attributes"]);
}

/// Entries with parameters, lists and templates; what Intake makes of them is the oracle.
const CATALOG: &str = r#"
metadata:
  version: 1
  parameters:
    stem: {description: shared, type: str, default: part}
sources:
  whole:
    description: The sample
    driver: netcdf
    args: {urlpath: "{{ CATALOG_DIR }}/whole.nc"}
  letter:
    driver: netcdf
    parameters:
      letter: {description: part, type: str, default: a, allowed: [a, b]}
      number: {description: unused, type: int, default: "7"}
    args: {urlpath: "{{ CATALOG_DIR }}/part_{{ letter }}.nc"}
  both:
    driver: netcdf
    args: {urlpath: ["{{CATALOG_DIR}}/part_a.nc", "{{CATALOG_DIR}}/part_b.nc"], combine: by_coords}
  by_env:
    driver: netcdf
    args: {urlpath: "{{ CATALOG_DIR }}/{{ env(GRATICULE_TEST_STEM) }}_a.nc"}
"#;

#[test]
fn entries_of_catalogues_are_data_as_any() {
    let folder = cut();
    let at = folder.path();
    std::fs::write(at.join("catalog.yml"), CATALOG).unwrap();
    let info = json(at, &["info", "catalog.yml", "--json"]);
    assert_eq!(info["format"], "intake");
    let groups = info["root"]["groups"].as_array().unwrap();
    assert_eq!(groups[0]["attributes"]["description"], "The sample");
    assert_eq!(groups[2]["dimensions"]["time"]["size"], json!(72));
    assert!(info["warnings"].to_string().contains("GRATICULE_TEST_STEM is not set"), "{}", info["warnings"]);
    let mean = |args: &[&str]| json(at, &[&["stats"], args, &["--json"]].concat())["mean"].clone();
    let whole = mean(&["whole.nc", "tas"]);
    for args in [["catalog.yml", "/whole/tas"], ["catalog.yml", "/both/tas"], ["catalog.yml/whole", "tas"]] {
        assert!(close(&mean(&args), &whole), "{args:?}: {} {whole}", mean(&args));
    }
    assert_eq!(mean(&["catalog.yml/letter?letter=b", "tas"]), mean(&["part_b.nc", "tas"]));
    assert_eq!(mean(&["catalog.yml?letter=b", "/letter/tas"]), mean(&["part_b.nc", "tas"]));
    let steps = ["--step", "max dim=time", "--step", "isel lat=3 lon=5"];
    let by_group = graticule(at, &[&["run", "--input", "catalog.yml", "--group", "/both"][..], &steps].concat()).done();
    assert_eq!(by_group, graticule(at, &[&["run", "--input", "whole.nc"][..], &steps].concat()).done());
    let code = graticule(at, &[&["code", "--input", "catalog.yml", "--group", "/both"][..], &steps].concat()).done();
    assert!(code.contains(r#"xr.open_mfdataset(["./part_a.nc", "./part_b.nc"], combine"#), "{code}");
    let error = graticule(at, &["code", "--input", "catalog.yml"]).failed(1);
    assert!(error.contains("--group /NAME"), "{error}");
    let error = graticule(at, &["stats", "catalog.yml", "/by_env/tas"]).failed(1);
    assert!(error.contains("GRATICULE_TEST_STEM"), "{error}");
    let error = graticule(at, &["stats", "catalog.yml/letter?letter=c", "tas"]).failed(1);
    assert!(error.contains("allowed are a, b"), "{error}");
}

#[test]
fn templates_lead_where_intake_leads() {
    let folder = cut();
    let at = folder.path();
    std::fs::write(at.join("catalog.yml"), CATALOG).unwrap();
    let opened = |text: &str| {
        let code = graticule(at, &["code", "--input", text]).done();
        let names: Vec<_> = code.split('"').filter(|part| part.ends_with(".nc")).collect();
        names.iter().map(|n| n.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ours = json!([
        ["whole", {}, opened("catalog.yml/whole")],
        ["letter", {}, opened("catalog.yml/letter")],
        ["letter", {"letter": "b"}, opened("catalog.yml/letter?letter=b")],
        ["both", {}, opened("catalog.yml/both")],
    ]);
    assert_eq!(ours[2][2], json!(["part_b.nc"]));
    let check = "import sys, json\ntry:\n    import intake, intake_xarray\nexcept ImportError:\n    sys.exit(0)\n\
                 cat = intake.open_catalog('catalog.yml')\nfor name, given, ours in json.loads(sys.argv[1]):\n    \
                 path = cat._entries[name](**given).reader.kwargs['args'][0].url\n    paths = path if isinstance(path, list) else [path]\n    \
                 assert [p.rsplit('/', 1)[1] for p in paths] == ours, (name, paths, ours)\n";
    oracle(at, check, &[ours.to_string()]);
}
