//! `rank`: the place of each value among those along a dimension.

use super::{DIM, along};
use crate::model::{DType, Result};
use crate::ops::kernel::Scan;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Dataset, Role};

pub(crate) static RANK: OpSpec = OpSpec {
    name: "rank",
    family: Family::Window,
    summary: "place of each value among those along a dimension",
    doc: "The rank of each value, 1 for the smallest, in double precision; equal values share the mean of their ranks. With \
          pct=true ranks are parts of the number of values. Missing values stay missing and are not counted. Variables \
          without the dimension go, as in xarray.",
    cdo: None,
    example: "rank dim=time",
    params: &[
        DIM,
        ParamSpec {
            name: "pct",
            kind: ParamKind::Bool,
            default: Some("false"),
            required: false,
            doc: "whether ranks are parts of the number of values",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let share = params.flag("pct")?.unwrap_or(false);
    let mut out = along(ds, &dim, |_| (Scan::Rank { share }, DType::F64))?;
    out.vars.retain(|v| v.role == Role::Coord || v.node.meta().dim(&dim).is_some());
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        var.attrs = attrs::pure(&var.attrs);
    }
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let pct = if params.flag("pct")? == Some(true) { ", pct=True" } else { "" };
    Ok(format!("ds = ds.rank({}{pct})", python::quote(&params.need_text("dim")?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn ranks_along_one_dimension() {
        let ds = dataset();
        let out = Step::parse("rank lon").unwrap().apply(&ds).unwrap();
        let t = values(&out, "t").to_f64();
        assert!(t[0].is_nan() && t[1..8] == [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(values(&out, "mask").to_f64()[..4], [1.5, 3.0, 4.0, 1.5]);
        let out = Step::parse("rank time pct=true").unwrap().apply(&ds).unwrap();
        assert!(out.var("mask").is_none(), "it has no time");
        assert_eq!(values(&out, "t").to_f64()[1], 46.5 / 48.0);
        assert_eq!(
            Step::parse("rank time pct=true").unwrap().xarray(&ds).unwrap(),
            r#"ds = ds.rank("time", pct=True)"#
        );
    }
}
