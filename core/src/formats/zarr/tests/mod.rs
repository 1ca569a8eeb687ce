//! Tests of the Zarr reader and writer as a whole: against the facts of the sample data, against zarr-python and
//! xarray, and against damage.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say why they skip")]

mod codecs;
mod damage;
mod facts;
mod lazy;
mod python;
mod references;
mod types;
mod write;
mod xarray;
mod zip;

pub(super) use crate::formats::contract;
use crate::model::{Block, Region, Source};
use std::path::Path;

/// Runs a script with the Python of `GRATICULE_PYTHON`; `None`, saying so, where that is not set.
fn run_python(script: &str, args: &[&Path]) -> Option<String> {
    let Some(python) = std::env::var_os("GRATICULE_PYTHON") else {
        eprintln!("skipped: GRATICULE_PYTHON names no Python with xarray and zarr");
        return None;
    };
    let done =
        std::process::Command::new(python).arg("-W").arg("ignore").arg("-c").arg(script).args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(String::from_utf8(done.stdout).unwrap())
}

/// All values of a variable.
fn whole(source: &dyn Source, path: &str) -> Block {
    let shape = source.info().root.variable(path).unwrap().shape.clone();
    source.read(path, &Region::all(&shape)).unwrap()
}

/// Count, sum, least and greatest of what is not NaN.
fn summary(block: &Block) -> (usize, f64, f64, f64) {
    block
        .data()
        .to_f64()
        .into_iter()
        .filter(|x| !x.is_nan())
        .fold((0, 0.0, f64::INFINITY, f64::NEG_INFINITY), |(n, sum, lo, hi), x| (n + 1, sum + x, lo.min(x), hi.max(x)))
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-10 * b.abs().max(1.0), "{a} is not {b}");
}
