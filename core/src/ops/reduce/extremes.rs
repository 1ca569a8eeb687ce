//! `argmin` and `argmax`: where along a dimension the extreme stands.

use super::{SKIPNA, has_any, without};
use crate::model::Result;
use crate::ops::kernel::Extreme;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Dataset, Node, Var};
use std::sync::Arc;

/// The one dimension.
const DIM: ParamSpec =
    ParamSpec { name: "dim", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension to go along" };

pub(crate) static ARGMIN: OpSpec = OpSpec {
    name: "argmin",
    family: Family::Reduce,
    summary: "position of the smallest value along a dimension",
    doc: "The position, from 0, of the first smallest value along one dimension, as a 64-bit integer. Missing values are \
          passed over; where all are missing it is -1, which xarray refuses. With skipna=false it is the first missing \
          value's.",
    cdo: Some("timminidx"),
    example: "argmin dim=time",
    params: &[DIM, SKIPNA],
    keys: None,
    apply: |ds, params| apply(ds, params, false),
    xarray: |ds, params| xarray(ds, params, "argmin"),
};

pub(crate) static ARGMAX: OpSpec = OpSpec {
    name: "argmax",
    family: Family::Reduce,
    summary: "position of the largest value along a dimension",
    doc: "The position, from 0, of the first largest value along one dimension, as a 64-bit integer. Missing values are \
          passed over; where all are missing it is -1, which xarray refuses. With skipna=false it is the first missing \
          value's.",
    cdo: Some("timmaxidx"),
    example: "argmax dim=time",
    params: &[DIM, SKIPNA],
    keys: None,
    apply: |ds, params| apply(ds, params, true),
    xarray: |ds, params| xarray(ds, params, "argmax"),
};

fn apply(ds: &Dataset, params: &Params, largest: bool) -> Result<Dataset> {
    let dims = [params.need_text("dim")?];
    let skipna = params.flag("skipna")?.unwrap_or(true);
    without(ds, &dims, |var| {
        let meta = var.node.meta();
        let Some(dim) = meta.dim(&dims[0]) else { return Ok(var.clone()) };
        let node = Node::op(Arc::new(Extreme::new(largest, skipna, meta, dim)), vec![Arc::clone(&var.node)])?;
        Ok(Var { node, attrs: attrs::pure(&var.attrs), ..var.clone() })
    })
}

fn xarray(ds: &Dataset, params: &Params, name: &str) -> Result<String> {
    let dim = params.need_text("dim")?;
    let skipna = if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" };
    let quoted = python::quote(&dim);
    let call = format!("{name}({quoted}{skipna})");
    // xarray refuses a variable without the dimension.
    Ok(if ds.data().all(|v| has_any(v, std::slice::from_ref(&dim))) {
        format!("ds = ds.{call}")
    } else {
        format!("ds = ds.map(lambda v: v.{call} if {quoted} in v.dims else v)")
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn positions_along_one_dimension() {
        let ds = dataset();
        let out = Step::parse("argmax time").unwrap().apply(&ds).unwrap();
        // The data begin in December; the first cell's is missing.
        assert_eq!(values(&out, "t").to_f64()[..2], [12.0, 0.0]);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("argmin lon").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![0, 2, 1]));
        assert_eq!(out.need_var("t").unwrap().attrs.text("units"), Some("1"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("argmin lat skipna=false"), r#"ds = ds.argmin("lat", skipna=False)"#);
        assert_eq!(line("argmax time"), r#"ds = ds.map(lambda v: v.argmax("time") if "time" in v.dims else v)"#);
        let error = Step::parse("argmin").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "argmin: dim is missing; for example: argmin dim=time");
    }
}
