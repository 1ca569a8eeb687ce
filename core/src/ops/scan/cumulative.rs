//! `cumsum` and `cumprod`: running totals.

use super::scanned;
use crate::model::{DType, Result};
use crate::ops::kernel::{Scan, Stat};
use crate::ops::reduce::{DIM, SKIPNA, dims, plain};
use crate::ops::{Family, OpSpec, ParamSpec, Params, attrs};
use crate::plan::{Dataset, Role};

/// The dimensions, one after the other.
const ALONG: ParamSpec =
    ParamSpec { doc: "dimensions to go along, one after the other; all where none is given", ..DIM };

/// What missing values do.
const MISSING: ParamSpec =
    ParamSpec { doc: "count missing values as nothing; where false, all that follows one is missing", ..SKIPNA };

pub(crate) static CUMSUM: OpSpec = OpSpec {
    name: "cumsum",
    family: Family::Window,
    summary: "running sum along dimensions",
    doc: "Each value becomes the sum of itself and all before it. Missing values count as 0. Integers give 64-bit \
          integers, floats their own type, added up in double precision.",
    cdo: Some("timcumsum"),
    example: "cumsum dim=time",
    params: &[ALONG, MISSING],
    keys: None,
    apply: |ds, params| apply(ds, params, Stat::Sum { min_count: 0 }),
    xarray: |_, params| plain(params, "cumsum"),
};

pub(crate) static CUMPROD: OpSpec = OpSpec {
    name: "cumprod",
    family: Family::Window,
    summary: "running product along dimensions",
    doc: "Each value becomes the product of itself and all before it. Missing values count as 1. Integers give 64-bit \
          integers, floats their own type, multiplied in double precision.",
    cdo: None,
    example: "cumprod dim=time",
    params: &[ALONG, MISSING],
    keys: None,
    apply: |ds, params| apply(ds, params, Stat::Prod { min_count: 0 }),
    xarray: |_, params| plain(params, "cumprod"),
};

fn apply(ds: &Dataset, params: &Params, stat: Stat) -> Result<Dataset> {
    let dims = dims(ds, params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let mut out = ds.clone();
    out.vars.retain(|v| v.role == Role::Coord || v.node.meta().dtype.is_numeric());
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let own: Vec<usize> = dims.iter().filter_map(|d| var.node.meta().dim(d)).collect();
        let dtype = stat.dtype(&var.node.meta().dtype);
        for (i, &dim) in own.iter().enumerate() {
            let scan = if matches!(stat, Stat::Prod { .. }) { Scan::Prod { skipna } } else { Scan::Sum { skipna } };
            // Totals of totals are rounded once.
            let dtype = if dtype.is_float() && i + 1 < own.len() { DType::F64 } else { dtype.clone() };
            var.node = scanned(var, scan, dim, dtype)?;
        }
        if matches!(stat, Stat::Prod { .. }) && !own.is_empty() {
            var.attrs = attrs::product(&var.attrs);
        }
    }
    Ok(out)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn totals_along_one_dimension_and_several() {
        let ds = dataset();
        let out = Step::parse("cumsum time").unwrap().apply(&ds).unwrap();
        let Data::F32(t) = values(&out, "t") else { unreachable!("floats stay") };
        assert_eq!([t[0], t[12], t[24], t[1], t[13]], [0.0, 10.0, 30.0, 120.5, 131.0]);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("cumsum").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![0, 1, 3, 3, 1, 4, 6, 7, 3, 6, 9, 12]));
        let out = Step::parse("cumprod dim=lon skipna=false").unwrap().apply(&ds).unwrap();
        assert!(values(&out, "t").to_f64()[..4].iter().all(|x| x.is_nan()));
        assert_eq!(out.axes, ds.axes);
    }

    #[test]
    fn python() {
        let line = |text: &str| Step::parse(text).unwrap().xarray(&dataset()).unwrap();
        assert_eq!(line("cumsum dim=time"), r#"ds = ds.cumsum("time")"#);
        assert_eq!(line("cumprod skipna=false"), "ds = ds.cumprod(skipna=False)");
    }
}
