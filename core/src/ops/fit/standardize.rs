//! `standardize`: distances from the mean in standard deviations.

use super::skipna_argument;
use crate::model::{DType, Result};
use crate::ops::kernel::{Fold, Stat};
use crate::ops::reduce::{DDOF, DIM, SKIPNA, dims, has_any};
use crate::ops::{Family, OpSpec, Params, attrs, python};
use crate::plan::{Binary, Dataset, Instr, MapOp, Node, Program, Role};
use std::sync::Arc;

pub(crate) static STANDARDIZE: OpSpec = OpSpec {
    name: "standardize",
    family: Family::Time,
    summary: "distance from the mean in standard deviations",
    doc: "Takes the mean over the dimensions from each value and divides by the standard deviation (standardise, z-score). \
          Missing values stay missing and are passed over; where nothing varies the result is missing. Floats keep their \
          type, integers become double precision. Variables without the dimensions stay as they are.",
    cdo: None,
    example: "standardize dim=time",
    params: &[DIM, SKIPNA, DDOF],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dims = dims(ds, params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let ddof = params.count("ddof")?.unwrap_or(0);
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data && v.node.meta().dtype.is_numeric()) {
        if !has_any(var, &dims) {
            continue;
        }
        let meta = var.node.meta();
        let over = |stat| {
            let fold = Fold::over(stat, skipna, meta, &dims).stored_as(DType::F64);
            Node::op(Arc::new(fold), vec![Arc::clone(&var.node)])
        };
        let inputs = vec![Arc::clone(&var.node), over(Stat::Mean)?, over(Stat::Std { ddof })?];
        let steps = vec![
            Instr::Load(0),
            Instr::Load(1),
            Instr::Binary(Binary::Sub, 0, 1),
            Instr::Load(2),
            Instr::Binary(Binary::Div, 2, 3),
        ];
        let dtype = if meta.dtype.is_float() { meta.dtype.clone() } else { DType::F64 };
        let metas: Vec<_> = inputs.iter().map(|n| n.meta()).collect();
        let score = MapOp::new(Program { steps }, dtype, &metas);
        var.node = Node::op(Arc::new(score), inputs)?;
        var.attrs = attrs::pure(&var.attrs);
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let skipna = skipna_argument(params)?;
    let ddof = params.count("ddof")?.filter(|&n| n > 0).map(|n| format!(", ddof={n}")).unwrap_or_default();
    let list = python::list(&dims(ds, params)?);
    let lines = [
        "def standardize(v):".to_owned(),
        format!("    dims = [d for d in v.dims if d in {list}]"),
        format!("    return (v - v.mean(dims{skipna})) / v.std(dims{skipna}{ddof}) if dims else v"),
        "ds = ds.map(standardize)".to_owned(),
    ];
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn scores_have_mean_zero_and_spread_one() {
        let ds = dataset();
        let out = Step::parse("standardize lon").unwrap().apply(&ds).unwrap();
        let Data::F32(t) = values(&out, "t") else { unreachable!("floats stay") };
        // 0, 0.5, 1 and 1.5 have the mean 0.75 and the variance 0.3125.
        let expected = [-0.75, -0.25, 0.25, 0.75].map(|x: f64| x / 0.3125_f64.sqrt());
        assert!(t[4..8].iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-7), "{:?}", &t[4..8]);
        let out = Step::parse("standardize time ddof=1").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        assert_eq!(out.need_var("t").unwrap().attrs.text("units"), Some("1"));
        let line = Step::parse("standardize time ddof=1").unwrap().xarray(&ds).unwrap();
        assert!(line.contains("v.std(dims, ddof=1)"), "{line}");
    }
}
