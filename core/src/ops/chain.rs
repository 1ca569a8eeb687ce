//! Chains: steps one after another on a lazy dataset, and the same as a Python script. Runs nothing.

use super::{OpSpec, Step, python};
use crate::model::Result;
use crate::plan::Dataset;
use std::fmt::Write as _;

impl Step {
    /// The dataset after this step; the same dataset where it is not enabled.
    ///
    /// # Errors
    /// What is wrong with the parameters, naming the operation.
    pub fn apply(&self, ds: &Dataset) -> Result<Dataset> {
        if !self.enabled {
            return Ok(ds.clone());
        }
        let spec = self.checked(ds)?;
        (spec.apply)(ds, &self.params).map_err(|e| e.within(&self.op))
    }

    /// The Python line or lines that do the same to `ds`, given the dataset before the step.
    ///
    /// # Errors
    /// As [`Step::apply`].
    pub fn xarray(&self, ds: &Dataset) -> Result<String> {
        let spec = self.checked(ds)?;
        (spec.xarray)(ds, &self.params).map_err(|e| e.within(&self.op))
    }

    fn checked(&self, ds: &Dataset) -> Result<&'static OpSpec> {
        let spec = self.spec()?;
        spec.check(ds, &self.params).map_err(|e| e.within(&self.op))?;
        Ok(spec)
    }
}

/// The dataset after all enabled steps.
///
/// # Errors
/// That of the first step that fails, with its number (from 1) and operation.
pub fn apply(ds: &Dataset, steps: &[Step]) -> Result<Dataset> {
    let mut ds = ds.clone();
    for (i, step) in steps.iter().enumerate() {
        ds = step.apply(&ds).map_err(|e| e.within(format!("step {}", i + 1)))?;
    }
    Ok(ds)
}

/// The dataset after each step, up to the first that fails; a failed step and those after it give an error each.
pub fn apply_each(ds: &Dataset, steps: &[Step]) -> Vec<Result<Dataset>> {
    let mut results: Vec<Result<Dataset>> = Vec::with_capacity(steps.len());
    for (i, step) in steps.iter().enumerate() {
        let before = match results.last() {
            None => Ok(ds),
            Some(Ok(before)) => Ok(before),
            Some(Err(error)) => Err(error.clone()),
        };
        results.push(before.and_then(|before| step.apply(before).map_err(|e| e.within(format!("step {}", i + 1)))));
    }
    results
}

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
/// As [`apply`].
pub fn script(
    paths: &[impl AsRef<str>],
    open: Open<'_>,
    ds: &Dataset,
    steps: &[Step],
    output: Option<&str>,
) -> Result<String> {
    let mut body = String::new();
    let mut ds = ds.clone();
    for (i, step) in steps.iter().enumerate().filter(|(_, s)| s.enabled) {
        let number = |e: crate::model::Error| e.within(format!("step {}", i + 1));
        body.push_str(step.xarray(&ds).map_err(number)?.trim_end());
        body.push('\n');
        ds = step.apply(&ds).map_err(number)?;
    }
    let functions =
        steps.iter().find_map(|s| s.params.scope()).map(|scope| scope.functions.python()).unwrap_or_default();
    let numpy = body.contains("np.") || functions.contains("np.");
    let mut text = String::from(if numpy { "import numpy as np\n" } else { "" });
    let space = if functions.is_empty() { "" } else { "\n" };
    // Writing to a String cannot fail.
    write!(text, "import xarray as xr\n\n{space}{functions}ds = {}\n{body}", opening(paths, open)).unwrap_or_default();
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
