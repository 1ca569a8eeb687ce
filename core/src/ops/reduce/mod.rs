//! Fewer dimensions: statistics over any of them.

mod extremes;
mod histogram;
mod mean;
mod quantile;
mod stats;

pub(crate) use extremes::{ARGMAX, ARGMIN};
pub(crate) use histogram::HISTOGRAM;
pub(crate) use mean::MEAN;
pub(crate) use quantile::{MEDIAN, QUANTILE};
pub(super) use quantile::{Shares, labelled};
pub(crate) use stats::{ALL, ANY, COUNT, FIRST, LAST, MAX, MIN, PROD, STD, SUM, VAR};

use super::kernel::{Fold, Stat};
use super::{ParamKind, ParamSpec, Params, attrs, python};
use crate::model::{Error, Result};
use crate::plan::{Dataset, Node, Role, Var};
use std::sync::Arc;

/// The dimensions to reduce.
pub(super) const DIM: ParamSpec = ParamSpec {
    name: "dim",
    kind: ParamKind::Dims,
    default: None,
    required: false,
    doc: "dimensions to reduce; all of them where none is given",
};

/// What missing values do.
pub(super) const SKIPNA: ParamSpec = ParamSpec {
    name: "skipna",
    kind: ParamKind::Bool,
    default: Some("true"),
    required: false,
    doc: "pass over missing values; where false, one makes the result missing",
};

/// What is taken off the number of values in a variance.
pub(super) const DDOF: ParamSpec = ParamSpec {
    name: "ddof",
    kind: ParamKind::Integer,
    default: Some("0"),
    required: false,
    doc: "the divisor of the variance is the number of values less this",
};

/// The fewest values that make a sum or product.
pub(super) const MIN_COUNT: ParamSpec = ParamSpec {
    name: "min_count",
    kind: ParamKind::Integer,
    default: Some("0"),
    required: false,
    doc: "fewest values that make a sum or product; fewer give a missing one",
};

/// The names of statistics that `reduce=` takes.
pub(super) const REDUCTIONS: &[&str] =
    &["mean", "sum", "min", "max", "std", "var", "count", "first", "last", "median", "prod"];

/// The statistic of a `reduce=` parameter with its own parameters.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for a name that is none.
pub(super) fn stat(name: &str, params: &Params) -> Result<Stat> {
    let ddof = params.count("ddof")?.unwrap_or(0);
    Ok(match name {
        "mean" => Stat::Mean,
        "sum" => Stat::Sum { min_count: params.count("min_count")?.unwrap_or(0) },
        "min" => Stat::Min,
        "max" => Stat::Max,
        "std" => Stat::Std { ddof },
        "var" => Stat::Var { ddof },
        "count" => Stat::Count,
        "first" => Stat::First,
        "last" => Stat::Last,
        "prod" => Stat::Prod { min_count: params.count("min_count")?.unwrap_or(0) },
        "any" => Stat::Any,
        "all" => Stat::All,
        _ => {
            return Err(
                Error::invalid(format!("no reduction {name}")).hint(format!("there are: {}", REDUCTIONS.join(", ")))
            );
        }
    })
}

/// The Python arguments of a statistic: `, skipna=False, ddof=1`.
pub(super) fn arguments(stat: Stat, params: &Params) -> Result<String> {
    let mut text = String::new();
    if params.flag("skipna")? == Some(false) && !matches!(stat, Stat::Count | Stat::Any | Stat::All) {
        text.push_str(", skipna=False");
    }
    match stat {
        Stat::Var { ddof } | Stat::Std { ddof } if ddof > 0 => text.push_str(&format!(", ddof={ddof}")),
        Stat::Sum { min_count } | Stat::Prod { min_count } if min_count > 0 => {
            text.push_str(&format!(", min_count={min_count}"))
        }
        _ => {}
    }
    Ok(text)
}

/// The dimensions that a step reduces, in the dataset's order.
pub(super) fn dims(ds: &Dataset, params: &Params) -> Result<Vec<String>> {
    match params.names("dim") {
        None => Ok(ds.axes.iter().map(|a| a.name.clone()).collect()),
        Some(names) => names.iter().map(|n| ds.need_axis(n).map(|a| a.name.clone())).collect(),
    }
}

/// Whether a variable has one of these dimensions.
pub(super) fn has_any(var: &Var, dims: &[String]) -> bool {
    var.node.meta().dims.iter().any(|d| dims.contains(d))
}

/// The dataset without these dimensions, each data variable that can be reduced made by `make`. Coordinates along the
/// dimensions go, and so does text, as in xarray.
pub(super) fn without(ds: &Dataset, dims: &[String], make: impl Fn(&Var) -> Result<Var>) -> Result<Dataset> {
    let mut out = Dataset { axes: Vec::new(), vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.extend(ds.axes.iter().filter(|a| !dims.contains(&a.name)).cloned());
    for var in &ds.vars {
        let numeric = var.node.meta().dtype.is_numeric();
        match var.role {
            Role::Data if numeric => out.vars.push(make(var)?),
            _ if !has_any(var, dims) => out.vars.push(var.clone()),
            _ => {}
        }
    }
    Ok(out)
}

/// A statistic over dimensions of every data variable. One without any of them stays as it is, except that its spread is
/// 0 and its count 1 where it is there, as in xarray.
pub(super) fn over(ds: &Dataset, params: &Params, name: &str) -> Result<Dataset> {
    let stat = stat(name, params)?;
    let dims = dims(ds, params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    without(ds, &dims, |var| fold(var, stat, skipna, &dims))
}

pub(super) fn fold(var: &Var, stat: Stat, skipna: bool, dims: &[String]) -> Result<Var> {
    // One number is the sum or mean of itself, in their type.
    let changes = matches!(stat, Stat::Var { .. } | Stat::Std { .. } | Stat::Count | Stat::Any | Stat::All)
        || var.node.meta().dims.is_empty();
    if !changes && !has_any(var, dims) {
        return Ok(var.clone());
    }
    let fold = Fold::over(stat, skipna, var.node.meta(), dims);
    let own: Vec<String> = var.node.meta().dims.iter().filter(|d| dims.contains(d)).cloned().collect();
    Ok(Var {
        node: Node::op(Arc::new(fold), vec![Arc::clone(&var.node)])?,
        attrs: attrs::reduced(&var.attrs, stat, &own),
        ..var.clone()
    })
}

/// `ds = ds.sum(["lat", "lon"], min_count=1)`; without dimensions where none is given.
pub(super) fn call(params: &Params, name: &str) -> Result<String> {
    Ok(with_dims(params, name, &arguments(stat(name, params)?, params)?))
}

/// As [`call`], of what has no other parameter than skipna.
pub(super) fn plain(params: &Params, name: &str) -> Result<String> {
    Ok(with_dims(params, name, if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" }))
}

fn with_dims(params: &Params, name: &str, arguments: &str) -> String {
    let all = match params.names("dim") {
        None => arguments.trim_start_matches(", ").to_owned(),
        Some(dims) => format!("{}{arguments}", python::names(&dims)),
    };
    format!("ds = ds.{name}({all})")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn dimensions_go_with_their_coordinates() {
        let out = Step::parse("max dim=lat,lon").unwrap().apply(&dataset()).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time"]);
        assert!(out.axis("lat").is_none() && out.var("area").is_none());
        assert_eq!(out.need_var("t").unwrap().attrs.text("cell_methods"), Some("lat: lon: maximum"));
        assert_eq!(values(&out, "mask"), Data::I16(vec![2]));
        let Data::F32(t) = values(&out, "t") else { unreachable!("max keeps the type") };
        assert_eq!(t[..3], [125.5, 15.5, 25.5]);
    }

    #[test]
    fn a_variable_without_the_dimension_stays() {
        let ds = dataset();
        let out = Step::parse("mean time").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("std time").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::F64(vec![0.0; 12]));
        let out = Step::parse("sum").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![12]));
        assert!(out.axes.is_empty());
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("std dim=time ddof=1"), r#"ds = ds.std("time", ddof=1)"#);
        assert_eq!(line("sum min_count=1 skipna=false"), "ds = ds.sum(skipna=False, min_count=1)");
        assert_eq!(line("max dim=lat,lon"), r#"ds = ds.max(["lat", "lon"])"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("max dim=level"), "max: no dimension level; there are: time, lat, lon");
        assert_eq!(error("std ddof=-1"), "std: ddof must be a whole number from 0, not -1");
        assert!(error("sum dims=lat").contains("did you mean dim?"), "{}", error("sum dims=lat"));
    }
}
