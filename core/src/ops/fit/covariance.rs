//! `cov` and `corr`: what two variables have in common.

use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::kernel::{Covariance, Pair};
use crate::ops::reduce::{dims, has_any};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Dataset, Node, Role, Var};
use std::sync::Arc;

const A: ParamSpec =
    ParamSpec { name: "a", kind: ParamKind::Variables, default: None, required: true, doc: "the first variable" };
const B: ParamSpec =
    ParamSpec { name: "b", kind: ParamKind::Variables, default: None, required: true, doc: "the second variable" };
/// The dimensions to go over.
const DIM: ParamSpec = ParamSpec {
    name: "dim",
    kind: ParamKind::Dims,
    default: None,
    required: false,
    doc: "dimensions to reduce; all of them where none is given",
};

pub(crate) static COV: OpSpec = OpSpec {
    name: "cov",
    family: Family::Reduce,
    summary: "covariance of two variables over dimensions",
    doc: "The covariance of two variables, in double precision, as the one variable cov. Only where both have a value they \
          count; the divisor is their number less ddof. A variable may lack dimensions of the other.",
    cdo: Some("timcovar, fldcovar"),
    example: "cov a=u b=v dim=time",
    params: &[
        A,
        B,
        DIM,
        ParamSpec {
            name: "ddof",
            kind: ParamKind::Integer,
            default: Some("1"),
            required: false,
            doc: "the divisor is the number of values less this",
        },
    ],
    keys: None,
    apply: |ds, params| apply(ds, params, Some(params.count("ddof")?.unwrap_or(1))),
    xarray: |_, params| {
        let ddof = params.count("ddof")?.filter(|&n| n != 1).map(|n| format!(", ddof={n}")).unwrap_or_default();
        call("cov", params, &ddof)
    },
};

pub(crate) static CORR: OpSpec = OpSpec {
    name: "corr",
    family: Family::Reduce,
    summary: "correlation of two variables over dimensions",
    doc: "Pearson's correlation of two variables as the one variable corr. Only where both have a value they count; with \
          what does not vary it is missing. Two single-precision variables give single precision, others double. A \
          variable may lack dimensions of the other.",
    cdo: Some("timcor, fldcor"),
    example: "corr a=u b=v dim=time",
    params: &[A, B, DIM],
    keys: None,
    apply: |ds, params| apply(ds, params, None),
    xarray: |_, params| call("corr", params, ""),
};

fn apply(ds: &Dataset, params: &Params, ddof: Option<usize>) -> Result<Dataset> {
    let (a, b) = (ds.need_var(&params.need_text("a")?)?, ds.need_var(&params.need_text("b")?)?);
    let dims = dims(ds, params)?;
    if let Some(dim) = dims
        .iter()
        .find(|d| params.get("dim").is_some() && a.node.meta().dim(d).is_none() && b.node.meta().dim(d).is_none())
    {
        return Err(Error::invalid(format!("neither {} nor {} has a dimension {dim}", a.name, b.name)));
    }
    let pair = Pair::new(a.node.meta(), b.node.meta());
    let pair = Node::op(Arc::new(pair), vec![Arc::clone(&a.node), Arc::clone(&b.node)])?;
    let op = Covariance::new(ddof, pair.meta(), &dims);
    let node = Node::op(Arc::new(op), vec![pair])?;
    let (name, word) = if ddof.is_some() { ("cov", "covariance") } else { ("corr", "correlation") };
    let mut attrs = Attrs::default();
    attrs.set("long_name", AttrValue::Text(format!("{word} of {} and {}", a.name, b.name)));
    let units = match (ddof, a.attrs.text("units"), b.attrs.text("units")) {
        (None, _, _) => Some("1".to_owned()),
        (Some(_), Some(a), Some(b)) => Some(format!("({a}) ({b})")),
        _ => None,
    };
    if let Some(units) = units {
        attrs.set("units", AttrValue::Text(units));
    }
    let mut out = Dataset { axes: ds.axes.clone(), vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.retain(|a| node.meta().dim(&a.name).is_some());
    let stays = |v: &&Var| {
        v.role == Role::Coord && !has_any(v, &dims) && v.node.meta().dims.iter().all(|d| node.meta().dim(d).is_some())
    };
    out.vars.extend(ds.vars.iter().filter(stays).cloned());
    out.vars.push(Var { name: name.to_owned(), node: Arc::clone(&node), attrs, role: Role::Data });
    Ok(out)
}

fn call(name: &str, params: &Params, more: &str) -> Result<String> {
    let (a, b) = (python::quote(&params.need_text("a")?), python::quote(&params.need_text("b")?));
    let dims = params.names("dim").map(|d| format!(", dim={}", python::names(&d))).unwrap_or_default();
    Ok(format!("ds = xr.{name}(ds[{a}], ds[{b}]{dims}{more}).to_dataset(name=\"{name}\")"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn one_variable_is_left() {
        let ds = dataset();
        let out = Step::parse("corr a=t b=t dim=time").unwrap().apply(&ds).unwrap();
        assert!(values(&out, "corr").to_f64().iter().all(|x| (x - 1.0).abs() < 1e-7));
        assert_eq!(out.data().count(), 1);
        assert!(out.axis("time").is_none() && out.var("area").is_some());
        let out = Step::parse("cov a=t b=mask dim=lon ddof=0").unwrap().apply(&ds).unwrap();
        // 0, 0.5, 1, 1.5 with 0, 1, 2, 0: 0.625 − 0.75 · 0.75.
        assert!((values(&out, "cov").to_f64()[3] - 0.0625).abs() < 1e-12);
        assert_eq!(out.need_var("cov").unwrap().attrs.text("units"), Some("(K) (1)"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(
            line("cov a=t b=mask dim=lat,lon ddof=0"),
            r#"ds = xr.cov(ds["t"], ds["mask"], dim=["lat", "lon"], ddof=0).to_dataset(name="cov")"#
        );
        assert_eq!(line("corr a=t b=mask"), r#"ds = xr.corr(ds["t"], ds["mask"]).to_dataset(name="corr")"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("corr a=mask b=mask dim=time"), "corr: neither mask nor mask has a dimension time");
        assert!(error("cov a=t b=nothing").starts_with("cov: no variable nothing"));
    }
}
