//! What steps may use beside their data: functions of the recipe's own, and other files.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, oracle, sample, scratch};
use serde_json::Value;
use std::path::Path;

const CHAIN: &str = r#"version = 1
input = "tas.nc"
functions = [
    "celsius(t) = t - 273.15",
    "gap(a, b) = celsius(a) - celsius(b)",
]

[[step]]
op = "merge"
file = "mean.nc"
prefix = "mean_"

[[step]]
op = "expr"
d = "gap(tas, mean_tas)"

[[step]]
op = "select"
variables = "d"
"#;

/// A folder with the first months of the sample's temperature, their mean, and a recipe that takes one from the other.
fn prepared(folder: &Path) {
    let some = ["run", "--sample", "--step", "select tas", "--step", "isel time=0:6 lat=40:50"];
    std::fs::create_dir(folder.join("in")).unwrap();
    graticule(folder, &[&some[..], &["-o", "in/tas.nc"]].concat()).done();
    graticule(folder, &[&some[..], &["--step", "mean time", "-o", "in/mean.nc"]].concat()).done();
    std::fs::write(folder.join("in/chain.toml"), CHAIN).unwrap();
}

fn attribute(folder: &Path, path: &str, name: &str) -> Value {
    let info = graticule(folder, &["info", path, "--json"]).json();
    serde_json::from_str(info["root"]["attributes"][name].as_str().unwrap()).unwrap()
}

#[test]
fn a_recipe_uses_its_functions_and_the_files_beside_it() {
    let folder = scratch();
    let folder = folder.path();
    prepared(folder);
    graticule(folder, &["run", "in/chain.toml", "-o", "out.zarr"]).done();
    let cells = |file: &str, var: &str| graticule(folder, &["values", file, var, "--json"]).json()["values"].clone();
    let (d, tas, mean) = (cells("out.zarr", "d"), cells("in/tas.nc", "tas"), cells("in/mean.nc", "tas"));
    for (t, lat, lon) in [(0, 0, 0), (5, 9, 100), (3, 4, 179)] {
        let of = |v: &Value| v.as_f64().unwrap();
        let (x, y) = (of(&tas[t][lat][lon]), of(&mean[lat][lon]));
        let wanted = (x - 273.15) - (y - 273.15);
        assert!((of(&d[t][lat][lon]) - wanted).abs() < 1e-4 * x.abs(), "{t} {lat} {lon}");
    }
    // The result tells of the functions and of both files, and can be made again from where it stands.
    let recipe = attribute(folder, "out.zarr", "graticule_recipe");
    assert_eq!(recipe["functions"][1], "gap(a, b) = celsius(a) - celsius(b)");
    assert_eq!(recipe["step"][0]["file"], "in/mean.nc");
    let sources = attribute(folder, "out.zarr", "graticule_provenance")["sources"].as_array().unwrap().len();
    assert_eq!(sources, 2);
    graticule(folder, &["run", "--from", "out.zarr", "-o", "again.nc"]).done();
    assert_eq!(cells("again.nc", "d"), d);
    let script = graticule(folder, &["code", "out.zarr"]).done();
    assert!(script.contains("def gap(a, b):\n    return celsius(a) - celsius(b)\n"), "{script}");
    assert!(script.contains("ds[\"d\"] = gap(ds[\"tas\"], ds[\"mean_tas\"])"), "{script}");
    let check = "import sys\nexec(sys.argv[1])\nours = xr.open_zarr('out.zarr')\n\
                 assert abs(ds['d'] - ours['d']).max() < 1e-4, abs(ds['d'] - ours['d']).max()";
    oracle(folder, check, &[script.replace("print(ds)\n", "")]);
}

#[test]
fn functions_are_defined_on_the_command_line_too() {
    let folder = scratch();
    let folder = folder.path();
    let steps = ["--step", "select tas", "--step", "isel time=0 lat=40 lon=7"];
    let run = |more: &[&str]| graticule(folder, &[&["run", "--sample"], &steps[..], more].concat());
    let own = ["--define", "double(x) = x * 2", "--define", "f(x) = double(x) + 1", "--step", "expr 'y = f(tas)'"];
    let said = run(&own).done();
    let number = |name: &str| -> f64 {
        let line = said.lines().find(|l| l.starts_with(&format!("{name} "))).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    assert!((number("y") - (number("tas") * 2.0 + 1.0)).abs() < 1e-9, "{said}");
    let failed = |define: &str| run(&["--define", define, "--step", "expr 'y = f(tas)'"]).failed(1);
    assert!(failed("f(x) = f(x - 1)").contains("function f: it uses itself"), "{}", failed("f(x) = f(x - 1)"));
    assert!(failed("f(x, y) = x").contains("expr: y: f takes 2 values, not 1 of them; it is f(x, y) = x"));
    assert!(failed("sqrt(x) = x").contains("function sqrt: sqrt is built in"));
    assert!(failed("f(x) = y").contains("function f: no argument y"));
}

#[test]
fn a_grid_taken_from_a_file_is_told() {
    let folder = scratch();
    let folder = folder.path();
    prepared(folder);
    let grid = ["--input", "in/tas.nc", "--step", "regrid grid=in/mean.nc method=nearest"];
    graticule(folder, &[&["run"], &grid[..], &["-o", "out.nc"]].concat()).done();
    let same = |file: &str| graticule(folder, &["stats", file, "tas", "--json"]).json()["mean"].clone();
    assert_eq!(same("out.nc"), same("in/tas.nc"));
    let provenance = attribute(folder, "out.nc", "graticule_provenance");
    assert!(provenance["sources"].to_string().contains("in/mean.nc"), "{provenance}");
    let sample = sample().to_string_lossy().into_owned();
    let missing = ["run", "--input", &sample, "--step", "merge file=nowhere.nc"];
    let said = graticule(folder, &missing).failed(1);
    assert!(said.contains("step 1: merge: file: ") && said.contains("nowhere.nc"), "{said}");
}
