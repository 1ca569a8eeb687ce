//! `mean`, weighted by the cells' areas where it goes over a latitude and a longitude.

use super::{DIM, SKIPNA, call, dims, over, without};
use crate::model::{Error, Result};
use crate::ops::horizontal::{Areas, areas};
use crate::ops::kernel::{Fold, Stat, WeightedMean};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Dataset, Node, Var};
use std::sync::Arc;

pub(crate) static MEAN: OpSpec = OpSpec {
    name: "mean",
    family: Family::Reduce,
    summary: "mean over dimensions",
    doc: "Sum over number. Missing values are passed over; of nothing it is missing. Over a latitude and a longitude at \
          once values are weighted by the area of their cells: from the cells' bounds where there are any, else by the \
          cosine of the latitude; weights=none counts every cell alike. A weighted mean is double precision, others keep \
          a float's type.",
    cdo: Some("timmean, fldmean, vertmean, zonmean, mermean"),
    example: "mean dim=lat,lon weights=area",
    params: &[
        DIM,
        SKIPNA,
        ParamSpec {
            name: "weights",
            kind: ParamKind::Choice(&["area", "none"]),
            default: None,
            required: false,
            doc: "area or none; area where both horizontal dimensions go and nothing else is said",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// The weights that a step uses.
fn weights(ds: &Dataset, params: &Params, dims: &[String]) -> Result<Option<Areas>> {
    match params.text("weights").as_deref() {
        Some("none") => Ok(None),
        None => areas(ds, dims),
        Some(_) => areas(ds, dims)?
            .ok_or_else(|| {
                Error::invalid(format!("the areas of cells along {} are not known", dims.join(", ")))
                    .hint("give the latitude and the longitude in dim, or weights=none")
            })
            .map(Some),
    }
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dims = dims(ds, params)?;
    let Some(areas) = weights(ds, params, &dims)? else { return over(ds, params, "mean") };
    let skipna = params.flag("skipna")?.unwrap_or(true);
    without(ds, &dims, |var| {
        let meta = var.node.meta();
        let own: Vec<String> = meta.dims.iter().filter(|d| dims.contains(d)).cloned().collect();
        if own.is_empty() {
            return Ok(var.clone());
        }
        let node = if weighs(&areas, var) {
            let mean = WeightedMean::new(skipna, meta, &dims, areas.node.meta())?;
            Node::op(Arc::new(mean), vec![Arc::clone(&var.node), Arc::clone(&areas.node)])?
        } else {
            Node::op(Arc::new(Fold::over(Stat::Mean, skipna, meta, &dims)), vec![Arc::clone(&var.node)])?
        };
        Ok(Var { node, attrs: attrs::reduced(&var.attrs, Stat::Mean, &own), ..var.clone() })
    })
}

/// Whether a variable has all dimensions of the weights.
fn weighs(areas: &Areas, var: &Var) -> bool {
    areas.node.meta().dims.iter().all(|d| var.node.meta().dim(d).is_some())
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dims = dims(ds, params)?;
    let Some(areas) = weights(ds, params, &dims)? else { return call(params, "mean") };
    let skipna = if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" };
    let weights = format!("weights = {}", areas.python);
    let complete = |v: &Var| dims.iter().all(|d| v.node.meta().dim(d).is_some());
    if ds.data().all(complete) {
        return Ok(format!("{weights}\nds = ds.weighted(weights).mean({}{skipna})", python::names(&dims)));
    }
    // xarray refuses to weigh a variable that lacks one of the dimensions.
    let dims = python::list(&dims);
    let lines = [
        weights,
        "def mean(v):".to_owned(),
        format!("    dims = [d for d in v.dims if d in {dims}]"),
        "    if not dims:".to_owned(),
        "        return v".to_owned(),
        format!("    return (v.weighted(weights) if set(weights.dims) <= set(v.dims) else v).mean(dims{skipna})"),
        "ds = ds.map(mean)".to_owned(),
    ];
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    fn t(text: &str) -> Vec<f64> {
        values(&Step::parse(text).unwrap().apply(&dataset()).unwrap(), "t").to_f64()
    }

    #[test]
    fn a_mean_over_the_sphere_is_weighted_unless_told_not_to_be() {
        // January: 10 plus 0.5 times the cell; the means of the rows are 10.75, 12.75 and 14.75.
        let (a, b) = (60f64.to_radians().cos(), 30f64.to_radians().cos());
        let weighted = (10.75 * a + 12.75 * b + 14.75) / (a + b + 1.0);
        assert!((t("mean dim=lat,lon")[1] - weighted).abs() < 1e-12);
        assert!((t("mean dim=lat,lon weights=area")[1] - weighted).abs() < 1e-12);
        assert_eq!(t("mean dim=lat,lon weights=none")[1], 12.75);
        assert_eq!(t("mean lon")[3..6], [10.75, 12.75, 14.75]);
        assert!(t("mean dim=lat,lon skipna=false")[0].is_nan());
    }

    #[test]
    fn a_mean_over_time_keeps_single_precision() {
        let out = Step::parse("mean time").unwrap().apply(&dataset()).unwrap();
        let Data::F32(t) = values(&out, "t") else { unreachable!("a mean keeps the type of floats") };
        assert_eq!(t[1], 65.5);
        // One December is missing in the first cell: (4 · 780 − 120) / 47.
        assert!((f64::from(t[0]) - 3000.0 / 47.0).abs() < 1e-5);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("mean time"), r#"ds = ds.mean("time")"#);
        assert_eq!(
            line("mean dim=lat,lon"),
            "weights = np.cos(np.deg2rad(ds[\"lat\"].astype(float)))\nds = ds.weighted(weights).mean([\"lat\", \"lon\"])"
        );
        assert!(line("mean").contains("ds = ds.map(mean)"), "mask has no time");
        let error = Step::parse("mean time weights=area").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("mean: the areas of cells along time are not known"), "{error}");
    }
}
