//! The statistics that are all alike: `sum`, `prod`, `min`, `max`, `std`, `var`, `count`, `any`, `all`, `first`,
//! `last`.

use super::{DDOF, DIM, MIN_COUNT, SKIPNA, call, dims, over};
use crate::model::{Error, Result};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::Dataset;

pub(crate) static SUM: OpSpec = OpSpec {
    name: "sum",
    family: Family::Reduce,
    summary: "sum over dimensions",
    doc: "Adds up values. Missing values are passed over; the sum of nothing is 0 unless min_count asks for more. Integers \
          give 64-bit integers, floats their own type, added up in double precision.",
    cdo: Some("timsum, fldsum, vertsum, zonsum, mersum"),
    example: "sum dim=time min_count=1",
    params: &[DIM, SKIPNA, MIN_COUNT],
    keys: None,
    apply: |ds, params| over(ds, params, "sum"),
    xarray: |_, params| call(params, "sum"),
};

pub(crate) static PROD: OpSpec = OpSpec {
    name: "prod",
    family: Family::Reduce,
    summary: "product over dimensions",
    doc: "Multiplies values. Missing values are passed over; the product of nothing is 1 unless min_count asks for more. \
          Integers give 64-bit integers, floats their own type, multiplied in double precision.",
    cdo: None,
    example: "prod dim=time min_count=1",
    params: &[DIM, SKIPNA, MIN_COUNT],
    keys: None,
    apply: |ds, params| over(ds, params, "prod"),
    xarray: |_, params| call(params, "prod"),
};

pub(crate) static ANY: OpSpec = OpSpec {
    name: "any",
    family: Family::Reduce,
    summary: "whether any value is not 0, over dimensions",
    doc: "True where at least one value is not 0. A missing value counts as not 0, as in numpy: fillna it first where it \
          should not. Of nothing it is false.",
    cdo: None,
    example: "any dim=time",
    params: &[DIM],
    keys: None,
    apply: |ds, params| over(ds, params, "any"),
    xarray: |_, params| call(params, "any"),
};

pub(crate) static ALL: OpSpec = OpSpec {
    name: "all",
    family: Family::Reduce,
    summary: "whether no value is 0, over dimensions",
    doc: "True where no value is 0. A missing value counts as not 0, as in numpy: fillna it first where it should not. Of \
          nothing it is true.",
    cdo: None,
    example: "all dim=time",
    params: &[DIM],
    keys: None,
    apply: |ds, params| over(ds, params, "all"),
    xarray: |_, params| call(params, "all"),
};

pub(crate) static MIN: OpSpec = OpSpec {
    name: "min",
    family: Family::Reduce,
    summary: "smallest value over dimensions",
    doc: "The smallest value. Missing values are passed over; of nothing it is missing. The type stays.",
    cdo: Some("timmin, fldmin, vertmin, zonmin, mermin"),
    example: "min dim=time",
    params: &[DIM, SKIPNA],
    keys: None,
    apply: |ds, params| over(ds, params, "min"),
    xarray: |_, params| call(params, "min"),
};

pub(crate) static MAX: OpSpec = OpSpec {
    name: "max",
    family: Family::Reduce,
    summary: "largest value over dimensions",
    doc: "The largest value. Missing values are passed over; of nothing it is missing. The type stays.",
    cdo: Some("timmax, fldmax, vertmax, zonmax, mermax"),
    example: "max dim=lat,lon",
    params: &[DIM, SKIPNA],
    keys: None,
    apply: |ds, params| over(ds, params, "max"),
    xarray: |_, params| call(params, "max"),
};

pub(crate) static STD: OpSpec = OpSpec {
    name: "std",
    family: Family::Reduce,
    summary: "standard deviation over dimensions",
    doc: "Root of the mean square distance from the mean, over the number of values less ddof. Missing values are passed \
          over. Integers give double precision.",
    cdo: Some("timstd, fldstd, vertstd, timstd1, fldstd1"),
    example: "std dim=time ddof=0",
    params: &[DIM, SKIPNA, DDOF],
    keys: None,
    apply: |ds, params| over(ds, params, "std"),
    xarray: |_, params| call(params, "std"),
};

pub(crate) static VAR: OpSpec = OpSpec {
    name: "var",
    family: Family::Reduce,
    summary: "variance over dimensions",
    doc: "Mean square distance from the mean, over the number of values less ddof. Missing values are passed over. \
          Integers give double precision.",
    cdo: Some("timvar, fldvar, vertvar, timvar1, fldvar1"),
    example: "var dim=time ddof=1",
    params: &[DIM, SKIPNA, DDOF],
    keys: None,
    apply: |ds, params| over(ds, params, "var"),
    xarray: |_, params| call(params, "var"),
};

pub(crate) static COUNT: OpSpec = OpSpec {
    name: "count",
    family: Family::Reduce,
    summary: "number of values over dimensions",
    doc: "How many values are not missing, as 64-bit integers.",
    cdo: Some("timcount"),
    example: "count dim=time",
    params: &[DIM],
    keys: None,
    apply: |ds, params| over(ds, params, "count"),
    xarray: |_, params| call(params, "count"),
};

/// The one dimension of `first` and `last`.
const ONE_DIM: ParamSpec =
    ParamSpec { name: "dim", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension to go along" };

pub(crate) static FIRST: OpSpec = OpSpec {
    name: "first",
    family: Family::Reduce,
    summary: "first value along a dimension",
    doc: "The first value that is not missing along one dimension. The type stays. isel takes the first position whatever \
          stands there.",
    cdo: None,
    example: "first dim=time",
    params: &[ONE_DIM],
    keys: None,
    apply: |ds, params| over(ds, params, "first"),
    xarray: |ds, params| end(ds, params, ""),
};

pub(crate) static LAST: OpSpec = OpSpec {
    name: "last",
    family: Family::Reduce,
    summary: "last value along a dimension",
    doc: "The last value that is not missing along one dimension. The type stays. isel takes the last position whatever \
          stands there.",
    cdo: None,
    example: "last dim=time",
    params: &[ONE_DIM],
    keys: None,
    apply: |ds, params| over(ds, params, "last"),
    xarray: |ds, params| end(ds, params, ", None, -1"),
};

/// The first valid value along a dimension, which xarray has only within groups.
fn end(ds: &Dataset, params: &Params, order: &str) -> Result<String> {
    let dims = dims(ds, params)?;
    let dim = dims.first().ok_or_else(|| Error::invalid("dim is missing"))?;
    let name = python::quote(dim);
    let turned = if order.is_empty() { String::new() } else { format!(".isel({{{name}: slice(None{order})}})") };
    // Coordinates along the dimension would follow the positions found.
    let gone = format!("[c for c in ds.coords if {name} in ds[c].dims]");
    let found = format!("v.isel({{{name}: v.notnull().argmax({name}).compute()}})");
    Ok(format!("ds = ds{turned}.drop_vars({gone})\nds = ds.map(lambda v: {found} if {name} in v.dims else v)"))
}
