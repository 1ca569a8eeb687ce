//! Real files against the facts of the README beside them, which xarray, netCDF4-python, h5py and zarr-python computed:
//! structure by `info`, numbers by `stats` and `values`. TIFF, references and catalogues are not read here.
//!
//! The files are looked for in a folder `shared/data` upwards from here; without it there is nothing to test.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod numbers;
mod structure;
mod types;

use graticule_tests::run;
use serde_json::Value;
use std::path::Path;

fn info(folder: &Path, file: &str) -> Value {
    run(&[&"info", &folder.join(file), &"--json"]).json()
}

/// A group by its path, from the JSON of `info`.
fn group<'a>(info: &'a Value, path: &str) -> &'a Value {
    let parts = path.split('/').filter(|p| !p.is_empty());
    parts.fold(&info["root"], |at, name| {
        let groups = at["groups"].as_array().unwrap();
        groups.iter().find(|g| g["name"] == name).unwrap_or_else(|| panic!("no group {name} in {at}"))
    })
}

/// A variable by its path, from the JSON of `info`.
fn variable<'a>(info: &'a Value, path: &str) -> &'a Value {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let variables = group(info, parent)["variables"].as_array().unwrap();
    variables.iter().find(|v| v["name"] == name).unwrap_or_else(|| panic!("no variable {path}"))
}

fn groups(group: &Value) -> Vec<&Value> {
    let below = group["groups"].as_array().unwrap();
    std::iter::once(group).chain(below.iter().flat_map(groups)).collect()
}

fn select(command: &str, folder: &Path, file: &str, variable: &str, flags: &str) -> Value {
    let path = folder.join(file);
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&command, &path, &variable, &"--json"];
    args.extend(flags.iter().map(|f| f as &dyn AsRef<std::ffi::OsStr>));
    run(&args).json()
}

/// The `values` of `graticule values`.
fn values(folder: &Path, file: &str, variable: &str, flags: &str) -> Value {
    select("values", folder, file, variable, flags)["values"].take()
}
