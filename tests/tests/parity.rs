//! Every operation against real xarray: the chain runs in the engine, the script generated from the same chain runs in
//! Python, and values, types, dimensions and labels are compared. Needs Python with xarray, named by `GRATICULE_PYTHON`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking and print a table"
)]

#[path = "parity/combine.rs"]
mod combine;
#[path = "parity/series.rs"]
mod series;
#[path = "parity/space.rs"]
mod space;

use graticule_core::engine::{EngineOptions, Run};
use graticule_core::model::{Data, Region};
use graticule_core::ops::{self, OPS, Open, Recipe, Step};
use graticule_core::plan::{AxisValues, Dataset};
use graticule_core::session::{OpenOptions, Session};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How near the engine must come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Within {
    /// Every bit, of xarray on the data as they are.
    Bits,
    /// 1e-12 of the largest value of xarray on data cast to `f64`; single-precision results one unit of its last place.
    Sums,
    /// As [`Within::Sums`], with two units of the last place.
    Functions,
    /// One unit of the last place of the largest value in single precision, for chains that pass through it.
    Single,
    /// 1e-8 of the largest value, for fits: xarray's own lose digits where its dates count from 1970.
    Fits,
}

use Within::{Bits, Fits, Functions, Single, Sums};

const HOURLY: &str = "parity_6hourly.nc";
const MONTHLY: &str = "parity_monthly.nc";
const GAPS: &str = "parity_gaps.nc";

/// Input, steps, tolerance. The last step's operation is the one tested.
const CASES: &[(&str, &[&str], Within)] = &[
    (HOURLY, &["select variables=v,mask"], Bits),
    (HOURLY, &["isel time=3:200:7 lat=-1 lon=4,0"], Bits),
    (MONTHLY, &["isel lat=::-1 level=0 time=-12:"], Bits),
    (HOURLY, &["sel lat=-30:30 lon=300:60 time=2000-01"], Bits),
    (HOURLY, &["sel time=2000-01-03T06 lon=~100 lat=~15"], Bits),
    (HOURLY, &["sel time=1999-12-31:2000-01-01T12:00"], Bits),
    (MONTHLY, &["sel lat=20:80 lon=-90:60 level=500 time=1999-11:2000-02"], Bits),
    (MONTHLY, &["sel level=200,850 time=2001"], Bits),
    (GAPS, &["sel time=2000-02-30:2001 x=1:3"], Bits),
    (HOURLY, &["rename u=eastward lat=y"], Bits),
    (MONTHLY, &["transpose dims=lon,...,time"], Bits),
    (MONTHLY, &["chunk time=7 level=-1"], Bits),
    (HOURLY, &["fillna value=-1.5"], Bits),
    (HOURLY, &["select u,v", "fillna 'lat * 2'"], Bits),
    (HOURLY, &["where 'u > 0 and mask != 1'"], Bits),
    (HOURLY, &["where 'lat < 10 or lon >= 180' other=0"], Bits),
    (HOURLY, &["expr 'ws = hypot(u, v)' dir='atan2(v, u) * 180 / pi'"], Functions),
    (
        HOURLY,
        &["expr a='u - v * 2' b='abs(count) // 7 % 5' c='-count * 2 + mask' d='mask / 2' e='count > 3'"],
        Functions,
    ),
    // Integers of 8 and 16 bits wrap.
    (HOURLY, &["expr a='count * count * count - count' b='mask * 100 + mask'"], Bits),
    (HOURLY, &["expr a='exp(u / 9) + log(abs(v)) - log10(abs(v) + 1)' b='sin(u) * cos(v) + tan(u / 9)'"], Functions),
    (HOURLY, &["expr a='asin(u / 99) + acos(v / 99) + atan(u)' b='sqrt(abs(u)) + sign(v) + radians(lat)'"], Functions),
    (
        HOURLY,
        &["expr a='where(isnan(u), v, max(u, v, 0))' b='floor(u) + ceil(v) + round(u * 3)' c='min(count, 7)'"],
        Functions,
    ),
    (HOURLY, &["expr a='1 < u <= 4' b='not (u > v) and not isnan(v)' c='(mask > 0) + (mask > 1)'"], Functions),
    (HOURLY, &["mean"], Sums),
    (HOURLY, &["mean time"], Sums),
    (HOURLY, &["mean dim=lat,lon"], Sums),
    (HOURLY, &["mean dim=lat,lon weights=none"], Sums),
    (MONTHLY, &["mean dim=lat,lon weights=area"], Sums),
    (MONTHLY, &["mean dim=time,level skipna=false"], Sums),
    (MONTHLY, &["sel lat=0:90 lon=300:120", "mean dim=lat,lon"], Sums),
    (HOURLY, &["sum time"], Sums),
    (GAPS, &["sum min_count=300"], Sums),
    (GAPS, &["sum x min_count=4"], Sums),
    (HOURLY, &["min dim=lon,time"], Bits),
    (GAPS, &["min x skipna=false"], Bits),
    (HOURLY, &["max lat"], Bits),
    (MONTHLY, &["max dim=time"], Bits),
    (HOURLY, &["std time"], Sums),
    (MONTHLY, &["std dim=lat,lon ddof=1"], Sums),
    (GAPS, &["var time ddof=1"], Sums),
    (HOURLY, &["var dim=time,lon"], Sums),
    (HOURLY, &["count time"], Sums),
    (GAPS, &["count"], Sums),
    (GAPS, &["first time"], Bits),
    (HOURLY, &["select u,v", "last lon"], Bits),
    (HOURLY, &["groupby by=hour"], Sums),
    (HOURLY, &["select u,v,count", "groupby by=dayofyear reduce=sum"], Sums),
    (MONTHLY, &["groupby by=season reduce=std ddof=1"], Sums),
    (MONTHLY, &["groupby by=year reduce=max"], Bits),
    (GAPS, &["groupby by=month reduce=first"], Bits),
    (GAPS, &["groupby by=month reduce=count"], Sums),
    (HOURLY, &["select u,v", "groupby by=lat reduce=sum"], Sums),
    (MONTHLY, &["climatology"], Sums),
    (GAPS, &["climatology by=season reduce=var"], Sums),
    (MONTHLY, &["anomaly by=month"], Sums),
    (HOURLY, &["anomaly by=hour"], Sums),
    (GAPS, &["anomaly by=season"], Sums),
    (HOURLY, &["resample time=1D reduce=max"], Bits),
    (HOURLY, &["resample time=MS"], Sums),
    (HOURLY, &["resample time=5D reduce=std"], Sums),
    (HOURLY, &["resample time=W reduce=sum"], Sums),
    (HOURLY, &["resample time=18h reduce=last"], Bits),
    (MONTHLY, &["resample time=QS-DEC"], Sums),
    (MONTHLY, &["resample time=YE reduce=min"], Bits),
    (GAPS, &["resample time=ME"], Sums),
    (GAPS, &["resample time=MS reduce=sum"], Sums),
    (GAPS, &["resample time=10D reduce=count"], Sums),
    (GAPS, &["resample time=2QS reduce=sum min_count=9"], Sums),
    (HOURLY, &["rolling time=4"], Sums),
    (HOURLY, &["select u,v", "rolling time=5 center=true min_periods=2 reduce=std"], Sums),
    (GAPS, &["rolling time=7 min_periods=3 reduce=sum"], Sums),
    (GAPS, &["rolling time=4 center=true min_periods=1 reduce=max"], Bits),
    (GAPS, &["rolling x=2 reduce=count min_periods=1"], Sums),
    (HOURLY, &["coarsen lat=2 lon=3 boundary=trim"], Sums),
    (MONTHLY, &["coarsen time=12 lat=4 boundary=pad reduce=max"], Bits),
    (HOURLY, &["select u,v", "coarsen time=4 reduce=sum"], Sums),
    (MONTHLY, &["select t", "sel level=850", "anomaly", "resample time=YS", "mean dim=lat,lon"], Sums),
    (
        HOURLY,
        &["expr ws='hypot(u, v)'", "resample time=1D reduce=max", "rolling time=3 center=true", "max dim=lat,lon"],
        Functions,
    ),
];

/// Chains on the real files of `shared/data`, where that folder is there.
const REAL: &[(&str, &[&str], Within)] = &[
    ("air_temperature_subset.nc", &["anomaly by=month"], Sums),
    ("air_temperature_subset.nc", &["resample time=1D reduce=max", "mean dim=lat,lon"], Sums),
    ("air_temperature_subset.nc", &["sel lat=~43 lon=~-61 time=2014-10-07", "groupby by=hour reduce=std"], Sums),
    ("ostia_monthly.nc", &["anomaly by=month"], Sums),
    ("ostia_monthly.nc", &["mean dim=latitude,longitude"], Sums),
    ("ostia_monthly.nc", &["groupby by=season reduce=std", "max dim=longitude"], Sums),
    ("ostia_monthly.nc", &["rolling time=3 center=true", "isel longitude=::50"], Sums),
    ("ostia_v2_plain.zarr", &["resample time=QS-DEC reduce=min"], Bits),
    ("ostia_v3_sharded.zarr", &["sel longitude=350:20 time=2008", "std time"], Sums),
    ("tos_O1_2001-2002.nc", &["climatology by=month"], Sums),
    ("tos_O1_2001-2002.nc", &["sel lat=-30:30 lon=350:20 time=2001-07:2002-02"], Bits),
    ("tos_O1_2001-2002.nc", &["resample time=YS", "mean dim=lat,lon"], Single),
    ("tos_O1_2001-2002.nc", &["where 'lat > 0'", "coarsen lat=10 lon=9 reduce=count"], Sums),
    ("tasmax_CanESM2_365day.nc", &["select tasmax", "resample time=ME"], Sums),
    ("tasmax_CanESM2_365day.nc", &["select tasmax", "groupby by=dayofyear", "isel dayofyear=58:61"], Sums),
    ("eraint_uvz.nc", &["expr ws='hypot(u, v)'", "sel level=500 latitude=30:60", "mean month"], Functions),
    ("rotated_pole.nc", &["mean dim=grid_latitude,grid_longitude"], Sums),
    ("lambert_conformal_innsbruck.nc", &["select tas", "groupby by=season reduce=max"], Bits),
    ("nemo_1m_grid-T.nc", &["select tos", "mean dim=y,x"], Sums),
    ("atlantic_profiles.nc", &["std dim=lat,lon ddof=1"], Sums),
    ("basin_mask.nc", &["count Z", "max X"], Sums),
];

#[test]
fn every_operation_gives_what_xarray_gives() {
    let cases = [CASES, combine::CASES, series::CASES, space::CASES].concat();
    let untested: Vec<_> =
        OPS.iter().map(|op| op.name).filter(|name| !cases.iter().any(|(_, steps, _)| tested(steps) == *name)).collect();
    assert!(untested.is_empty(), "operations without a case: {untested:?}");
    compare_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), CASES);
}

#[test]
fn operations_across_space_give_what_xarray_gives() {
    compare_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), space::CASES);
}

/// The scripts of one case of each operation on data in small chunks along every dimension, as Dask has them.
#[test]
fn scripts_run_on_data_in_chunks() {
    let inputs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let cases = [CASES, combine::CASES, series::CASES, space::CASES].concat();
    let last: BTreeMap<&str, usize> = cases.iter().enumerate().map(|(i, (_, steps, _))| (tested(steps), i)).collect();
    let by_variable = |i: usize| cases[i].1.contains(&"groupby by=mask");
    // What a library sums chunk by chunk it rounds otherwise.
    let some: Vec<_> = (0..cases.len())
        .filter(|&i| last.values().any(|&l| l == i) || by_variable(i))
        .map(|i| (cases[i].0, cases[i].1, Single))
        .collect();
    compare_in(&inputs, &some, true);
}

#[test]
fn chains_on_real_data_give_what_xarray_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    match root.ancestors().map(|a| a.join("shared/data")).find(|p| p.is_dir()) {
        Some(folder) => compare_all(&folder, &[REAL, combine::REAL].concat()),
        None => println!("parity: left out, as there is no folder shared/data above {}", root.display()),
    }
}

/// Runs every case here and in Python and prints a table of how near they come.
fn compare_all(inputs: &Path, cases: &[(&str, &[&str], Within)]) {
    compare_in(inputs, cases, false);
}

/// As [`compare_all`]; where `chunked`, the scripts see the data as Dask arrays.
fn compare_in(inputs: &Path, cases: &[(&str, &[&str], Within)], chunked: bool) {
    let Some(python) = std::env::var_os("GRATICULE_PYTHON") else {
        println!("parity: left out, as GRATICULE_PYTHON names no Python with xarray");
        return;
    };
    let session = Session::new(EngineOptions::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut results = Vec::new();
    for (i, (input, steps, _)) in cases.iter().enumerate() {
        let path = inputs.join(input);
        let path = path.to_str().unwrap();
        let opened = session.open(path).unwrap();
        let ds = opened.dataset("/").unwrap();
        let mut recipe = Recipe { steps: steps.iter().map(|s| Step::parse(s).unwrap()).collect(), ..Recipe::default() };
        combine::FUNCTIONS.iter().for_each(|f| recipe.functions.define(f).unwrap());
        let beside = |path: &str| inputs.join(path).to_string_lossy().into_owned();
        recipe.steps.iter_mut().for_each(|s| s.rename_others(beside));
        session.bind(&mut recipe, &OpenOptions::default());
        let steps = recipe.steps;
        let open =
            if chunked || path.ends_with(".zarr") { Open::Zarr { group: None } } else { Open::Dataset { group: None } };
        let script = ops::script(&[path], open, ds, &steps, None).unwrap_or_else(|e| panic!("{steps:?}: {e}"));
        std::fs::write(folder.path().join(format!("{i:03}.py")), script).unwrap();
        results.push(ops::apply(ds, &steps).unwrap_or_else(|e| panic!("{steps:?}: {e}")));
    }
    let status = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/run_scripts.py"))
        .arg(folder.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "Python ended with {status}");

    let mut table: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    let mut faults = Vec::new();
    for (i, ((input, steps, within), ds)) in cases.iter().zip(&results).enumerate() {
        let row = table.entry(tested(steps)).or_default();
        row.0 += 1;
        match compare(&session, ds, &folder.path().join(format!("{i:03}")), *within) {
            Ok(worst) => row.1 = row.1.max(worst),
            Err(why) => faults.push(format!("{input}: {}: {why}", steps.join(" | "))),
        }
    }
    println!("{:<12} {:>5}  worst error, 1 being what is allowed", "operation", "cases");
    for (op, (cases, worst)) in &table {
        println!("{op:<12} {cases:>5}  {worst:.3}");
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The operation of the last step.
fn tested<'a>(steps: &[&'a str]) -> &'a str {
    steps.last().and_then(|s| s.split_whitespace().next()).unwrap()
}

/// The worst error over all variables, as a part of what is allowed.
fn compare(session: &Session, ds: &Dataset, stem: &Path, within: Within) -> Result<f64, String> {
    let said: Value = serde_json::from_str(&std::fs::read_to_string(stem.with_extension("json")).unwrap()).unwrap();
    if let Some(error) = said["error"].as_str() {
        let script = std::fs::read_to_string(stem.with_extension("py")).unwrap();
        return Err(format!("xarray: {error}\n{script}"));
    }
    let theirs = said["variables"].as_object().unwrap();
    let ours: Vec<&str> = ds.data().map(|v| v.name.as_str()).collect();
    if ours.len() != theirs.len() || !ours.iter().all(|n| theirs.contains_key(*n)) {
        return Err(format!("variables {ours:?}, xarray has {:?}", theirs.keys()));
    }
    let mut worst = 0.0_f64;
    for var in ds.data() {
        let meta = var.node.meta();
        let their = &theirs[&var.name];
        let block = session
            .engine()
            .compute(&var.node, &Region::all(&meta.shape), &Run::interactive())
            .map_err(|e| e.to_string())?;
        let facts = (serde_json::json!(meta.dims), serde_json::json!(meta.shape), meta.dtype.to_string());
        let expected = (their["dims"].clone(), their["shape"].clone(), their["dtype"].as_str().unwrap().to_owned());
        if facts != expected {
            return Err(format!("{}: {facts:?}, xarray has {expected:?}", var.name));
        }
        let read = |what: &str| numbers(&stem.with_extension(format!("{}.{what}", var.name)));
        let error = match within {
            Bits => bits(block.data(), &read("plain")),
            Sums => near(block.data(), &read("wide"), 1e-12, 1.0),
            Functions => near(block.data(), &read("wide"), 1e-12, 2.0),
            Fits => near(block.data(), &read("wide"), 1e-8, 1.0),
            Single => near(block.data(), &read("wide"), f64::from(f32::EPSILON), 1.0),
        };
        worst = worst.max(error.map_err(|e| format!("{}: {e}", var.name))?);
    }
    for axis in &ds.axes {
        let Some(list) = said["labels"][&axis.name].as_array() else { continue };
        let same = list.len() == axis.values.len()
            && list.iter().enumerate().all(|(i, label)| match &axis.values {
                AxisValues::Number(v) => label.as_f64().is_some_and(|x| (x - v[i]).abs() <= 1e-12 * x.abs()),
                AxisValues::Index(_) => true,
                AxisValues::Time { .. } | AxisValues::Text(_) => label.as_str() == Some(&axis.values.label(i)),
            });
        if !same {
            let ours: Vec<_> = (0..axis.values.len()).map(|i| axis.values.label(i)).collect();
            return Err(format!("labels of {}: {ours:?}, xarray has {list:?}", axis.name));
        }
    }
    Ok(worst)
}

fn numbers(path: &PathBuf) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

fn bits(ours: &Data, theirs: &[f64]) -> Result<f64, String> {
    let ours = ours.to_f64();
    let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
    match ours.iter().zip(theirs).position(|(&a, &b)| !same(a, b)) {
        None => Ok(0.0),
        Some(at) => Err(format!("cell {at} is {}, xarray has {}", ours[at], theirs[at])),
    }
}

/// The largest error as a part of what is allowed.
fn near(ours: &Data, theirs: &[f64], relative: f64, places: f64) -> Result<f64, String> {
    let single = matches!(ours, Data::F32(_));
    let ours = ours.to_f64();
    let largest = theirs.iter().copied().filter(|x| x.is_finite()).fold(0.0, |m: f64, x| m.max(x.abs()));
    let mut worst = 0.0_f64;
    for (at, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
        if a.is_nan() != b.is_nan() || (!b.is_finite() && !b.is_nan() && a != b) {
            return Err(format!("cell {at} is {a}, xarray has {b}"));
        }
        if !b.is_finite() {
            continue;
        }
        let allowed = relative * largest + if single { places * unit(b) } else { 0.0 };
        let error = if a == b { 0.0 } else { (a - b).abs() / allowed };
        if error > 1.0 {
            return Err(format!("cell {at} is {a:?}, xarray has {b:?}: {error:.3} times what is allowed"));
        }
        worst = worst.max(error);
    }
    Ok(worst)
}

/// One unit of the last place of a number in single precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the point")]
fn unit(x: f64) -> f64 {
    let x = (x as f32).abs();
    f64::from(f32::from_bits(x.to_bits() + 1)) - f64::from(x)
}
