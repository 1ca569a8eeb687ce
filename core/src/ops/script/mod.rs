//! A chain as a Python script that does the same with xarray. Runs nothing.

mod aside;
mod chunked;

use self::aside::Aside;
use super::{Step, python};
use crate::model::Result;
use crate::plan::Dataset;
use std::fmt::Write as _;

/// How xarray opens the data of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open<'a> {
    /// NetCDF, HDF5: `xr.open_dataset` (`xr.open_mfdataset` for several), with the group where it is not the root.
    Dataset {
        /// The group's path.
        group: Option<&'a str>,
    },
    /// A Zarr store: `xr.open_zarr` (`xr.open_mfdataset` for several), with the group where it is not the root.
    Zarr {
        /// The group's path.
        group: Option<&'a str>,
    },
}

/// The chain as a Python script that runs: opens `paths`, does the enabled steps, writes `output` where there is one.
/// Several paths, or a pattern, are opened as one dataset joined by its coordinates.
///
/// The operands of `decode_coords="all"` become coordinates, as they are here: bounds, cell areas, grid mappings.
///
/// # Errors
/// As [`apply`](super::apply).
pub fn script(
    paths: &[impl AsRef<str>],
    open: Open<'_>,
    ds: &Dataset,
    steps: &[Step],
    output: Option<&str>,
) -> Result<String> {
    let mut body = String::new();
    let opened = opening(paths, open);
    let mut ds = ds.clone();
    for (i, step) in steps.iter().enumerate().filter(|(_, s)| s.enabled) {
        let number = |e: crate::model::Error| e.within(format!("step {}", i + 1));
        let line = step.xarray(&ds).map_err(number)?;
        let next = step.apply(&ds).map_err(number)?;
        let Aside { before, after } = aside::of(step, &ds, &next, &line);
        if chunked::is_chunked(&opened) || chunked::is_chunked(&body) {
            body.push_str(&chunked::lines(step, &ds).map_err(number)?);
        }
        for part in [&before, line.trim_end(), &after].into_iter().filter(|part| !part.is_empty()) {
            body.push_str(part);
            body.push('\n');
        }
        ds = next;
    }
    let functions =
        steps.iter().find_map(|s| s.params.scope()).map(|scope| scope.functions.python()).unwrap_or_default();
    let numpy = body.contains("np.") || functions.contains("np.");
    let mut text = String::from(if numpy { "import numpy as np\n" } else { "" });
    let space = if functions.is_empty() { "" } else { "\n" };
    // Writing to a String cannot fail.
    write!(text, "import xarray as xr\n\n{space}{functions}ds = {opened}\n{body}").unwrap_or_default();
    match output {
        Some(out) if out.ends_with(".nc") => writeln!(text, "ds.to_netcdf({})", python::quote(out)).unwrap_or_default(),
        Some(out) => writeln!(text, "ds.to_zarr({}, mode=\"w-\")", python::quote(out)).unwrap_or_default(),
        None => text.push_str("print(ds)\n"),
    }
    Ok(text)
}

/// The Python expression that opens data.
pub(super) fn opening(paths: &[impl AsRef<str>], open: Open<'_>) -> String {
    // What is no file itself is a pattern, which xarray expands.
    let one = paths.len() == 1
        && paths.iter().all(|p| !p.as_ref().contains(['*', '?', '[']) || std::path::Path::new(p.as_ref()).exists());
    let (call, how, group) = match open {
        Open::Dataset { group } if one => ("open_dataset", "", group),
        Open::Zarr { group } if one => ("open_zarr", "", group),
        Open::Dataset { group } => ("open_mfdataset", ", combine=\"by_coords\"", group),
        Open::Zarr { group } => ("open_mfdataset", ", engine=\"zarr\", combine=\"by_coords\"", group),
    };
    let group = group.filter(|g| !matches!(*g, "" | "/")).map(|g| format!(", group={}", python::quote(g)));
    let group = group.unwrap_or_default();
    format!("xr.{call}({}{how}{group}, decode_coords=\"all\")", python::names(paths))
}
