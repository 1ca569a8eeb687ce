//! `polyfit`: the polynomial of least squares along a dimension.

use super::{DEG, DIM, degree, skipna_argument};
use crate::model::{Attrs, DType, Error, Result};
use crate::ops::kernel::{Fit, Terms};
use crate::ops::reduce::SKIPNA;
use crate::ops::{Family, OpSpec, Params, coords, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Numbers, Var};
use std::sync::Arc;

pub(crate) static POLYFIT: OpSpec = OpSpec {
    name: "polyfit",
    family: Family::Reduce,
    summary: "coefficients of a least-squares polynomial along a dimension",
    doc: "Fits a polynomial of the dimension's coordinate to each series and gives its coefficients in double precision, \
          the highest degree first, as NAME_polyfit_coefficients along a new dimension degree. Dates count in nanoseconds \
          since 1970, as in xarray. Missing values are passed over; fewer values than coefficients give missing ones. \
          Variables without the dimension go.",
    cdo: Some("trend, regres"),
    example: "polyfit dim=time deg=1",
    params: &[DIM, DEG, SKIPNA],
    keys: None,
    apply,
    xarray,
};

/// The new dimension.
const DEGREE: &str = "degree";

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (dim, deg) = (params.need_text("dim")?, degree(params)?);
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let at = coords::numbers(ds.need_axis(&dim)?)?;
    if ds.axis(DEGREE).is_some_and(|a| a.name != dim) {
        return Err(Error::invalid(format!("there is a dimension {DEGREE} already")).hint("rename it first"));
    }
    let degrees: Vec<f64> = (0..=deg).rev().map(|k| k as f64).collect();
    let axis = Axis {
        name: DEGREE.to_owned(),
        values: AxisValues::Number(Numbers::of(degrees, &DType::I64)),
        attrs: Attrs::default(),
        bounds: None,
    };
    let mut out = Dataset { axes: vec![axis], vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.extend(ds.axes.iter().filter(|a| a.name != dim).cloned());
    for var in ds.data().filter(|v| v.node.meta().dtype.is_numeric()) {
        let meta = var.node.meta();
        if let Some(along) = meta.dim(&dim) {
            let fit = Fit::new(deg, skipna, Terms::Powers, meta, along, &at);
            let node = Node::op(Arc::new(fit), vec![Arc::clone(&var.node)])?;
            let name = format!("{}_polyfit_coefficients", var.name);
            out.vars.push(Var { name, node, attrs: Attrs::default(), role: var.role });
        }
    }
    Ok(out.pruned())
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let dim = python::quote(&params.need_text("dim")?);
    Ok(format!("ds = ds.polyfit({dim}, {}{})", degree(params)?, skipna_argument(params)?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn coefficients_have_a_dimension_of_their_own() {
        let ds = dataset();
        let out = Step::parse("polyfit lat").unwrap().apply(&ds).unwrap();
        assert_eq!(out.axes[0].values, AxisValues::Number([1.0, 0.0].into()));
        assert_eq!(out.axes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["degree", "time", "lon"]);
        // From north to south each row is 2 more: a thirtieth of that for each degree, less.
        let t = values(&out, "t_polyfit_coefficients").to_f64();
        assert!((t[5] + 2.0 / 30.0).abs() < 1e-13 && (t[48 * 4 + 5] - 14.5).abs() < 1e-12, "{:?}", &t[4..8]);
        let out = Step::parse("polyfit time deg=0").unwrap().apply(&ds).unwrap();
        assert!((values(&out, "t_polyfit_coefficients").to_f64()[1] - 65.5).abs() < 1e-12);
        assert!(out.var("mask").is_none() && out.vars.len() == 1);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("polyfit time deg=2 skipna=false"), r#"ds = ds.polyfit("time", 2, skipna=False)"#);
        let error = Step::parse("polyfit time deg=99").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "polyfit: a polynomial of degree 99; at most 20 makes sense");
    }
}
