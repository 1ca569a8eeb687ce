//! By parts of the date and by labels: groups, climatologies, anomalies, resampling.

mod anomaly;
mod climatology;
mod frequency;
mod groupby;
mod labels;
mod parts;
mod resample;

pub(crate) use anomaly::ANOMALY;
pub(crate) use climatology::CLIMATOLOGY;
pub(crate) use groupby::GROUPBY;
pub(crate) use resample::RESAMPLE;

use super::kernel::{Fold, Frame, Groups, Index, Quantile, Stat};
use super::reduce::{Shares, has_any, labelled, without};
use super::{ParamKind, ParamSpec, Params, attrs, reduce};
use crate::model::{Error, Result};
use crate::plan::{Axis, Dataset, Node, Var};
use std::sync::Arc;

/// The statistic within each group.
const REDUCE: ParamSpec = ParamSpec {
    name: "reduce",
    kind: ParamKind::Choice(REDUCTIONS),
    default: Some("mean"),
    required: false,
    doc: "the statistic within each group",
};

/// The names of statistics, quantiles among them.
const REDUCTIONS: &[&str] =
    &["mean", "sum", "min", "max", "std", "var", "count", "first", "last", "median", "prod", "quantile"];

/// The shares of quantiles.
const Q: ParamSpec = ParamSpec {
    name: "q",
    kind: ParamKind::Text,
    default: None,
    required: false,
    doc: "for reduce=quantile: one share or several, each from 0 to 1",
};

/// Which dimension holds the dates, where there are several.
const DIM: ParamSpec = ParamSpec {
    name: "dim",
    kind: ParamKind::Dim,
    default: None,
    required: false,
    doc: "the dimension of the dates; needed only where there are several",
};

/// The statistic within each group: one that streams, or an order statistic.
enum Within {
    Fold(Stat),
    Median,
    Quantile(Shares),
}

/// The statistic that a step asks for.
fn within(params: &Params) -> Result<Within> {
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    if name != "quantile" && params.get("q").is_some() {
        return Err(Error::invalid(format!("q means nothing to reduce={name}")).hint("say reduce=quantile"));
    }
    match name.as_str() {
        "median" => Ok(Within::Median),
        "quantile" => Shares::read(params).map(Within::Quantile),
        name => reduce::stat(name, params).map(Within::Fold),
    }
}

/// The Python call of the statistic: `std(ddof=1)`.
fn call(params: &Params) -> Result<String> {
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    let skipna = if params.flag("skipna")? == Some(false) { ", skipna=False" } else { "" };
    let arguments = match within(params)? {
        Within::Fold(stat) => reduce::arguments(stat, params)?,
        Within::Median => skipna.to_owned(),
        Within::Quantile(shares) => format!("{}{skipna}", shares.python()),
    };
    Ok(format!("{name}({})", arguments.trim_start_matches(", ")))
}

/// Each data variable along `dim` reduced within groups, which become the axis `to` in the place of `dim`. Variables
/// without the dimension stay as they are. `over` are the dimensions that cell methods name.
fn grouped(ds: &Dataset, dim: &str, over: &[String], groups: &Groups, params: &Params, to: Axis) -> Result<Dataset> {
    let within = within(params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let dims = [dim.to_owned()];
    let mut out = without(ds, &dims, |var| {
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let (meta, groups) = (var.node.meta(), [(dim, groups)]);
        let inputs = vec![Arc::clone(&var.node)];
        // xarray puts the groups first, but where resampling picks one value of each.
        let first = |f: Frame| f.renamed(dim, &to.name).first(&to.name);
        let (node, attrs) = match &within {
            Within::Median => {
                let median = Quantile::grouped(skipna, meta, &groups).framed(first);
                (Node::op(Arc::new(median), inputs)?, attrs::by_method(&var.attrs, "median", over))
            }
            Within::Quantile(shares) => {
                let frame = first(Frame::grouped(meta, &groups));
                let op = Quantile::new(shares.q.clone(), shares.lead(), skipna, meta, frame);
                let node = Node::op(Arc::new(op), inputs)?;
                (if shares.lead().is_some() { behind_groups(&node)? } else { node }, var.attrs.clone())
            }
            Within::Fold(stat) => {
                let stays = matches!(stat, Stat::First | Stat::Last) && to.name == dim;
                let fold = Fold::grouped(*stat, skipna, meta, &groups);
                let fold = fold.framed(|f| if stays { f.renamed(dim, &to.name) } else { first(f) });
                (Node::op(Arc::new(fold), inputs)?, attrs::reduced(&var.attrs, *stat, over))
            }
        };
        Ok(Var { node, attrs, ..var.clone() })
    })?;
    if out.axis(&to.name).is_some() {
        return Err(Error::invalid(format!("there is a dimension {} already", to.name)).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != to.name);
    let place = ds.axes.iter().position(|a| a.name == dim).unwrap_or(0);
    let place = place.min(out.axes.len());
    out.axes.insert(place, to);
    match &within {
        Within::Quantile(shares) => labelled(out, shares, place + 1),
        Within::Median | Within::Fold(_) => Ok(out),
    }
}

/// The quantiles' dimension behind that of the groups, as xarray has them.
fn behind_groups(node: &Arc<Node>) -> Result<Arc<Node>> {
    let order: Vec<usize> = [1, 0].into_iter().chain(2..node.meta().dims.len()).collect();
    Node::op(Arc::new(Index::transpose(node.meta(), &order)), vec![Arc::clone(node)])
}

/// Python lines that do `call` to the variables along any of `dims` and leave the others alone, which xarray would repeat
/// for each group.
fn lines(ds: &Dataset, dims: &[impl AsRef<str>], call: &str) -> String {
    let along = |v: &Var| dims.iter().any(|d| v.node.meta().dim(d.as_ref()).is_some());
    if ds.data().all(along) {
        return format!("ds = ds.{call}");
    }
    let dims = super::python::names(dims);
    format!("static = ds.drop_dims({dims}).data_vars\nds = ds.drop_vars(list(static)).{call}.assign(static)")
}
