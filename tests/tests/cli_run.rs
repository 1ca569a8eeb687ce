//! Chains run by the program: against arithmetic done here, against xarray, and the same whatever they are written to.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::{graticule, oracle, sample, scratch, shared_data};
use serde_json::Value;
use std::path::Path;

fn sample_path() -> String {
    sample().canonicalize().unwrap().to_string_lossy().into_owned()
}

/// The numbers of a list of numbers.
fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

/// The sample has 72 months from January on, so month and place in the year are one.
#[test]
fn the_anomaly_is_the_difference_from_the_mean_year() {
    let folder = scratch();
    let folder = folder.path();
    graticule(folder, &["run", "--sample", "--step", "anomaly by=month", "-o", "out.zarr"]).done();
    let series = |input: &str| {
        let cell = ["values", input, "tas", "--isel", "lat=61,lon=17", "--json"];
        numbers(&graticule(folder, &cell).json()["values"])
    };
    let (before, after) = (series(&sample_path()), series("out.zarr"));
    assert_eq!((before.len(), after.len()), (72, 72));
    for (month, x) in before.iter().enumerate() {
        let wanted = x - mean(before.iter().copied().skip(month % 12).step_by(12));
        assert!((after[month] - wanted).abs() < 1e-12 * x.abs(), "{month}: {} is not {wanted}", after[month]);
    }
    assert!(after.iter().any(|x| x.abs() > 0.01), "nothing but zeros");
}

#[test]
fn a_mean_over_the_sphere_is_weighted_and_a_number_is_a_value() {
    let folder = scratch();
    let folder = folder.path();
    let number = |steps: &[&str]| {
        let mut args = vec!["run", "--sample", "-o", "out.json", "--step", "select tas"];
        args.extend(steps.iter().flat_map(|s| ["--step", s]));
        graticule(folder, &args).done();
        let text = std::fs::read_to_string(folder.join("out.json")).unwrap();
        std::fs::remove_file(folder.join("out.json")).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json.as_object().unwrap().len(), 1, "{text}");
        json["value"].as_f64().unwrap()
    };
    let field = graticule(folder, &["values", "--sample", "tas", "--isel", "time=5", "--json"]).json();
    let rows: Vec<f64> = field["values"].as_array().unwrap().iter().map(|row| mean(numbers(row).into_iter())).collect();
    let plain = mean(rows.iter().copied());
    // The cells of a row are 2° high; the area between two parallels goes as the difference of their sines.
    let edge = |lat: f64| lat.to_radians().sin();
    let weights: Vec<f64> =
        numbers(&field["coords"]["lat"]).iter().map(|&lat| edge(lat + 1.0) - edge(lat - 1.0)).collect();
    let weighted = rows.iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>() / weights.iter().sum::<f64>();
    assert!((weighted - plain).abs() > 1.0, "the test cannot tell the two");
    for (steps, wanted) in [(["isel time=5", "mean"], weighted), (["isel time=5", "mean weights=none"], plain)] {
        let found = number(&steps);
        assert!((found - wanted).abs() < 1e-10 * wanted, "{steps:?}: {found} is not {wanted}");
    }
}

#[test]
fn every_form_of_output_holds_the_same_numbers() {
    let folder = scratch();
    let folder = folder.path();
    let steps = ["--step", "select tas", "--step", "climatology by=season", "--step", "isel lon=0:5 lat=40:43"];
    for form in ["zarr", "nc", "json", "csv", "npy"] {
        graticule(folder, &[&["run", "--sample"], &steps[..], &["-o", &format!("out.{form}")]].concat()).done();
    }
    let read = |file: &str| graticule(folder, &["values", file, "tas", "--json"]).json();
    let zarr = read("out.zarr");
    let text = std::fs::read_to_string(folder.join("out.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    for part in ["dims", "shape", "values"] {
        assert_eq!(read("out.nc")[part], zarr[part], "{part}");
        assert_eq!(json[part], zarr[part], "{part}");
    }
    let flat: Vec<f64> = zarr["values"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|season| season.as_array().unwrap().iter().flat_map(numbers).collect::<Vec<_>>())
        .collect();
    assert_eq!(flat.len(), 4 * 3 * 5);
    let csv = std::fs::read_to_string(folder.join("out.csv")).unwrap();
    let cells: Vec<f64> = csv.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert_eq!(cells, flat);
    let npy = std::fs::read(folder.join("out.npy")).unwrap();
    let header = String::from_utf8_lossy(&npy[..128]).into_owned();
    assert!(header.contains("'descr': '<f8'") && header.contains("'shape': (4, 3, 5)"), "{header}");
    let tail = npy[npy.len() - flat.len() * 8..].chunks_exact(8);
    assert_eq!(tail.map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>(), flat);
}

/// netCDF has no type for truth values; those that carry xarray's mark are read as such, and what counts them is not.
#[test]
fn truth_values_are_read_back_and_a_count_of_them_is_a_number() {
    let folder = scratch();
    let folder = folder.path();
    let step = ["--step", "select tas", "--step", "isel time=0:2", "--step", "expr 'tas = tas > 280'"];
    graticule(folder, &[&["run", "--sample"], &step[..], &["-o", "warm.nc"]].concat()).done();
    let tas = |file: &str| {
        let info = graticule(folder, &["info", file, "--json"]).json();
        info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap().clone()
    };
    assert_eq!(tas("warm.nc")["attributes"]["dtype"], "bool");
    graticule(folder, &["run", "--input", "warm.nc", "--step", "sum dim=lat", "-o", "sum.zarr"]).done();
    assert!(tas("sum.zarr")["attributes"].get("dtype").is_none(), "{}", tas("sum.zarr"));
    graticule(folder, &["run", "--input", "warm.nc", "--step", "isel time=0", "-o", "one.zarr"]).done();
    assert_eq!(tas("one.zarr")["dtype"], "bool");
}

#[test]
fn explaining_runs_nothing() {
    let folder = scratch();
    let args = ["explain", "--sample", "--step", "select tas", "--step", "anomaly by=month", "--step", "mean dim=time"];
    let plan = graticule(folder.path(), &args).done();
    for part in ["source /tas", "12 groups", "stages", "tasks", "chunks", "amplification", "peak memory", "estimate"] {
        assert!(plan.contains(part), "{part} is not in {plan}");
    }
    assert!(graticule_tests::listing(folder.path()).is_empty());
}

/// The whole dataset, coordinates and all, to the last bit.
#[test]
fn the_anomaly_is_xarrays() {
    let data = shared_data().map(|d| d.join("air_temperature_subset.nc").to_string_lossy().into_owned());
    for input in data.into_iter().chain([sample_path()]) {
        let folder = scratch();
        graticule(folder.path(), &["run", "--input", &input, "--step", "anomaly by=month", "-o", "out.zarr"]).done();
        let script = r#"
import sys, numpy as np, xarray as xr
ds = xr.open_dataset(sys.argv[1], decode_coords="all")
fixed = ds.drop_dims("time").data_vars
# xarray's grouping spreads coordinates without dimensions over time; they belong where they were.
scalars = {name: c for name, c in ds.coords.items() if c.ndim == 0}
months = ds.drop_vars([*fixed, *scalars]).groupby("time.month")
want = (months - months.mean()).assign(fixed).assign_coords(scalars)
got = xr.open_zarr("out.zarr", decode_coords="all")
assert set(got.variables) == set(want.variables), (set(got.variables), set(want.variables))
assert set(got.coords) == set(want.coords), (set(got.coords), set(want.coords))
for name in want.variables:
    # Putting the groups together again, xarray repeats coordinates without dimensions along time; they stay single here.
    single = name in ds.coords and ds[name].ndim == 0
    a, b = got[name], ds[name] if single else want[name]
    assert a.dims == b.dims, name
    if b.dtype.kind in "iuf":
        np.testing.assert_allclose(a.values.astype("f8"), b.values.astype("f8"), rtol=0, atol=3e-10, err_msg=name)
    else:
        assert (a.values == b.values).all(), name
for name in want.data_vars:
    assert got[name].dtype == want[name].dtype, (name, got[name].dtype, want[name].dtype)
"#;
        oracle(folder.path(), script, &[&input]);
    }
}

/// What the generated script computes is what the program computes.
#[test]
fn the_script_gives_what_the_program_gives() {
    for steps in [
        &["select tas", "anomaly by=month", "std dim=time"] as &[&str],
        &["expr 'speed = hypot(uas, vas)'", "select speed", "resample time=QS-DEC reduce=max"],
        &["select tas", "rolling time=3 reduce=mean", "mean dim=lat,lon"],
    ] {
        let folder = scratch();
        let chain: Vec<&str> = steps.iter().flat_map(|s| ["--step", s]).collect();
        let script = graticule(folder.path(), &[&["code", "--sample"], &chain[..]].concat()).done();
        std::fs::write(folder.path().join("chain.py"), script).unwrap();
        graticule(folder.path(), &[&["run", "--sample"], &chain[..], &["-o", "out.zarr"]].concat()).done();
        let compare = r#"
import sys, numpy as np, xarray as xr
scope = {}
exec(open("chain.py").read().replace("print(ds)", ""), scope)
want, got = scope["ds"], xr.open_zarr("out.zarr", decode_coords="all")
assert list(want.data_vars) == list(got.data_vars), (want, got)
for name in want.data_vars:
    assert got[name].dims == want[name].dims, (got[name].dims, want[name].dims)
    np.testing.assert_allclose(got[name].values, want[name].values, rtol=1e-11)
"#;
        oracle(folder.path(), compare, &[] as &[&str]);
    }
}

#[test]
fn a_recipe_finds_its_data_beside_itself_and_says_where_the_result_goes() {
    let folder = scratch();
    let folder = folder.path();
    std::fs::create_dir(folder.join("below")).unwrap();
    std::fs::copy(sample(), folder.join("below/data.nc")).unwrap();
    let recipe = r#"
version = 1
input = "data.nc"

[[step]]
op = "select"
variables = "tas"

[[step]]
op = "resample"
time = "YS"
reduce = "max"

[output]
path = "yearly.zarr"
chunks = { time = 2, lat = 45 }
codec = "zstd:1"
"#;
    std::fs::write(folder.join("below/chain.toml"), recipe).unwrap();
    graticule(folder, &["run", "below/chain.toml"]).done();
    let written = ["yearly.zarr", "below/yearly.zarr"].into_iter().find(|p| Path::new(&folder.join(p)).exists());
    let info = graticule(folder, &["info", written.unwrap(), "--json"]).json();
    let tas = info["root"]["variables"].as_array().unwrap().iter().find(|v| v["name"] == "tas").unwrap().clone();
    assert_eq!((&tas["shape"], &tas["chunks"]), (&serde_json::json!([6, 90, 180]), &serde_json::json!([2, 45, 180])));
    let max = |file: &str| graticule(folder, &["stats", file, "tas", "--json"]).json()["max"].clone();
    assert_eq!(max(written.unwrap()), max("below/data.nc"));
}
