//! Chains: steps one after another on a lazy dataset. Runs nothing.

use super::{OpSpec, Step};
use crate::model::Result;
use crate::plan::Dataset;

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
