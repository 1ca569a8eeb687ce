//! `median` and `quantile`: order statistics, exact.

use super::{DIM, SKIPNA, dims, fold, has_any, without};
use crate::model::{AttrValue, Attrs, Block, Data, Error, Result};
use crate::ops::kernel::{Frame, Quantile, Stat};
use crate::ops::params::{number, wrong};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static MEDIAN: OpSpec = OpSpec {
    name: "median",
    family: Family::Reduce,
    summary: "middle value over dimensions",
    doc: "The middle value, or the mean of the two in the middle; exact. Missing values are passed over; of nothing it is \
          missing. Floats keep their type, integers give double precision. Series that do not fit the memory are read \
          in passes.",
    cdo: Some("timpctl,50, fldpctl,50, fldmedian"),
    example: "median dim=time",
    params: &[DIM, SKIPNA],
    keys: None,
    apply: median,
    xarray: |_, params| super::plain(params, "median"),
};

pub(crate) static QUANTILE: OpSpec = OpSpec {
    name: "quantile",
    family: Family::Reduce,
    summary: "quantiles over dimensions",
    doc: "The values below which the given shares of values lie, linear between neighbours; exact and in double \
          precision. Several quantiles make a new first dimension, quantile, labelled by them; one makes a coordinate of \
          that name. Missing values are passed over; of nothing the result is missing. Series that do not fit the memory \
          are read in passes.",
    cdo: Some("timpctl, fldpctl, ydaypctl"),
    example: "quantile q=0.5,0.9 dim=time",
    params: &[
        ParamSpec {
            name: "q",
            kind: ParamKind::Text,
            default: None,
            required: true,
            doc: "one share or several, each from 0 to 1: 0.5 is the median",
        },
        DIM,
        SKIPNA,
    ],
    keys: None,
    apply,
    xarray,
};

/// The quantiles' own dimension and coordinate.
const NAME: &str = "quantile";

fn median(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dims = dims(ds, params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    without(ds, &dims, |var| {
        let meta = var.node.meta();
        if meta.dims.is_empty() {
            return fold(var, Stat::Mean, skipna, &dims);
        }
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let own: Vec<String> = meta.dims.iter().filter(|d| dims.contains(d)).cloned().collect();
        let op = Quantile::median(skipna, meta, Frame::over(meta, &dims));
        let node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        Ok(Var { node, attrs: attrs::by_method(&var.attrs, "median", &own), ..var.clone() })
    })
}

/// The shares of a `q=` parameter.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ops) struct Shares {
    pub(in crate::ops) q: Vec<f64>,
    /// Whether they were given as a list, so that the result has a dimension for them.
    several: bool,
}

impl Shares {
    /// Reads `q=`.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where it is missing or holds anything but numbers from 0 to 1.
    pub(in crate::ops) fn read(params: &Params) -> Result<Self> {
        let value = params.get("q").ok_or_else(|| Error::invalid("q is missing").hint("q=0.9, or q=0.1,0.5,0.9"))?;
        let q: Vec<f64> = value
            .items()
            .into_iter()
            .map(|v| number(v).filter(|q| (0.0..=1.0).contains(q)))
            .collect::<Option<_>>()
            .filter(|q: &Vec<f64>| !q.is_empty())
            .ok_or_else(|| wrong("q", "numbers from 0 to 1", value).hint("0.9 is the value below which 90 % lie"))?;
        Ok(Self { q, several: matches!(value, crate::ops::Value::List(_)) })
    }

    /// The name of the shares' own dimension, where they have one.
    pub(in crate::ops) fn lead(&self) -> Option<String> {
        self.several.then(|| NAME.to_owned())
    }

    /// xarray's argument.
    pub(in crate::ops) fn python(&self) -> String {
        let q: Vec<String> = self.q.iter().map(|&q| python::number(q)).collect();
        if self.several { format!("[{}]", q.join(", ")) } else { q.concat() }
    }
}

/// A dataset of quantiles with their labels: a dimension at this place, or a coordinate.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where there is a dimension of that name already.
pub(in crate::ops) fn labelled(mut out: Dataset, shares: &Shares, place: usize) -> Result<Dataset> {
    if out.axis(NAME).is_some() {
        return Err(Error::invalid(format!("there is a dimension {NAME} already")).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != NAME);
    if shares.several {
        let values = AxisValues::Number(shares.q.clone().into());
        let axis = Axis { name: NAME.to_owned(), values, attrs: units(), bounds: None };
        out.axes.insert(place.min(out.axes.len()), axis);
    } else {
        let node = Node::literal(Vec::new(), Block::new(Vec::new(), Data::F64(shares.q.clone()))?)?;
        out.vars.push(Var { name: NAME.to_owned(), node, attrs: units(), role: Role::Coord });
    }
    Ok(out)
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let shares = Shares::read(params)?;
    let dims = dims(ds, params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let out = without(ds, &dims, |var| {
        let meta = var.node.meta();
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let op = Quantile::new(shares.q.clone(), shares.lead(), skipna, meta, Frame::over(meta, &dims));
        let node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        Ok(Var { node, ..var.clone() })
    })?;
    labelled(out, &shares, 0)
}

fn units() -> Attrs {
    let mut attrs = Attrs::default();
    attrs.set("units", AttrValue::Text("1".to_owned()));
    attrs
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let q = Shares::read(params)?.python();
    let dims = params.names("dim").map(|d| format!(", {}", python::names(&d))).unwrap_or_default();
    let skipna = if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" };
    Ok(format!("ds = ds.quantile({q}{dims}{skipna})"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn several_quantiles_make_a_dimension_and_one_a_coordinate() {
        let ds = dataset();
        let out = Step::parse("quantile q=0.5,1 dim=time").unwrap().apply(&ds).unwrap();
        let t = out.need_var("t").unwrap().node.meta();
        assert_eq!((t.dims[0].as_str(), t.shape.as_slice(), &t.dtype), ("quantile", [2, 3, 4].as_slice(), &DType::F64));
        assert_eq!(out.axes[0].values, AxisValues::Number([0.5, 1.0].into()));
        // Each month's number four times; one December is missing in the first cell.
        let got = values(&out, "t").to_f64();
        assert_eq!((got[0], got[1], got[12]), (60.0, 65.5, 120.0));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("quantile 0.25 dim=lon").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "quantile"), Data::F64(vec![0.25]));
        assert_eq!(values(&out, "mask"), Data::F64(vec![0.0, 0.75, 0.75]));
    }

    #[test]
    fn medians_over_all_dimensions() {
        let out = Step::parse("median").unwrap().apply(&dataset()).unwrap();
        assert_eq!(values(&out, "mask"), Data::F64(vec![1.0]));
        let Data::F32(t) = values(&out, "t") else { unreachable!("floats stay") };
        assert_eq!(t, [65.5]);
        assert_eq!(out.need_var("t").unwrap().attrs.text("cell_methods"), Some("time: lat: lon: median"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("quantile q=0.5,0.9 dim=time"), r#"ds = ds.quantile([0.5, 0.9], "time")"#);
        assert_eq!(line("quantile 0.9 skipna=false"), "ds = ds.quantile(0.9, skipna=False)");
        assert_eq!(line("median dim=lat,lon"), r#"ds = ds.median(["lat", "lon"])"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("quantile q=90").starts_with("quantile: q must be numbers from 0 to 1, not 90"));
        assert!(error("quantile dim=time").contains("q is missing"));
    }
}
