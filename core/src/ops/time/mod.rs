//! By parts of the date and by labels: groups, climatologies, anomalies, resampling.

mod anomaly;
mod climatology;
mod frequency;
mod groupby;
mod labels;
mod resample;

pub(crate) use anomaly::ANOMALY;
pub(crate) use climatology::CLIMATOLOGY;
pub(crate) use groupby::GROUPBY;
pub(crate) use resample::RESAMPLE;

use super::kernel::{Fold, Groups, Quantile, Stat};
use super::reduce::{has_any, without};
use super::{ParamKind, ParamSpec, Params, attrs, reduce};
use crate::model::{Error, Result};
use crate::plan::{Axis, Dataset, Node, Var};
use std::sync::Arc;

/// The statistic within each group.
const REDUCE: ParamSpec = ParamSpec {
    name: "reduce",
    kind: ParamKind::Choice(reduce::REDUCTIONS),
    default: Some("mean"),
    required: false,
    doc: "the statistic within each group",
};

/// Which dimension holds the dates, where there are several.
const DIM: ParamSpec = ParamSpec {
    name: "dim",
    kind: ParamKind::Dim,
    default: None,
    required: false,
    doc: "the dimension of the dates; needed only where there are several",
};

/// The statistic that a step asks for, `None` for the median, which does not stream.
fn stat(params: &Params) -> Result<Option<Stat>> {
    match params.text("reduce").as_deref() {
        Some("median") => Ok(None),
        name => reduce::stat(name.unwrap_or("mean"), params).map(Some),
    }
}

/// The Python call of the statistic: `std(ddof=1)`.
fn call(params: &Params) -> Result<String> {
    let name = params.text("reduce").unwrap_or_else(|| "mean".to_owned());
    let arguments = match stat(params)? {
        Some(stat) => reduce::arguments(stat, params)?,
        None if params.flag("skipna")? == Some(false) => "skipna=False".to_owned(),
        None => String::new(),
    };
    Ok(format!("{name}({})", arguments.trim_start_matches(", ")))
}

/// Each data variable along `dim` reduced within groups, which become the axis `to` in the place of `dim`. Variables
/// without the dimension stay as they are. `over` are the dimensions that cell methods name.
fn grouped(ds: &Dataset, dim: &str, over: &[String], groups: &Groups, params: &Params, to: Axis) -> Result<Dataset> {
    let stat = stat(params)?;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let dims = [dim.to_owned()];
    let mut out = without(ds, &dims, |var| {
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let (meta, groups) = (var.node.meta(), [(dim, groups)]);
        let inputs = vec![Arc::clone(&var.node)];
        let Some(stat) = stat else {
            let median = Quantile::grouped(skipna, meta, &groups).framed(|f| f.renamed(dim, &to.name).first(&to.name));
            let node = Node::op(Arc::new(median), inputs)?;
            return Ok(Var { node, attrs: attrs::by_method(&var.attrs, "median", over), ..var.clone() });
        };
        // xarray puts the groups first, but for picking one value of each.
        let stays = matches!(stat, Stat::First | Stat::Last);
        let fold = Fold::grouped(stat, skipna, meta, &groups).framed(|f| {
            let f = f.renamed(dim, &to.name);
            if stays { f } else { f.first(&to.name) }
        });
        let node = Node::op(Arc::new(fold), inputs)?;
        Ok(Var { node, attrs: attrs::reduced(&var.attrs, stat, over), ..var.clone() })
    })?;
    if out.axis(&to.name).is_some() {
        return Err(Error::invalid(format!("there is a dimension {} already", to.name)).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != to.name);
    let place = ds.axes.iter().position(|a| a.name == dim).unwrap_or(0);
    out.axes.insert(place.min(out.axes.len()), to);
    Ok(out)
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
