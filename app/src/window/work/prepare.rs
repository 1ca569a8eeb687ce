//! Applies the chain to the dataset of the variable shown, and says of the result how it can be shown and what it costs.

use super::export::bound;
use crate::window::state::{Cost, Names, Prepared, Shape, StepReport};
use graticule_core::ops::{self, Step};
use graticule_core::plan::{AxisValues, Dataset};
use graticule_core::session::{self, Opened, Session};
use std::sync::Arc;

/// What is to be prepared.
#[derive(Clone)]
pub struct PrepareWish {
    /// Which change it belongs to.
    pub revision: u64,
    /// The source.
    pub opened: Arc<Opened>,
    /// The path of the group.
    pub group: String,
    /// The variable asked for.
    pub variable: String,
    /// The variable of the source that was chosen, for when the chain leaves out the one asked for.
    pub origin: String,
    /// The chain.
    pub steps: Vec<Step>,
}

/// Applies the chain. A step that fails is reported, and the result is that of the steps before it.
///
/// # Errors
/// Where there is no such group, or nothing in the result can be shown.
pub fn prepare(session: &Session, wish: &PrepareWish) -> anyhow::Result<Prepared> {
    let source = wish.opened.dataset(&wish.group)?;
    let steps = bound(session, wish).steps;
    let results = ops::apply_each(source, &steps);
    let steps = reports(source, &steps, &wish.variable, &results);
    let dataset = results.into_iter().map_while(Result::ok).last().unwrap_or_else(|| source.clone());
    let variable = choose(&dataset, &[&wish.variable, &wish.origin])?;
    let var = dataset.need_var(&variable)?;
    let layout = session::layout(&dataset, &variable)?;
    let (shape, others) = match (layout.x, layout.y) {
        (Some(x), Some(y)) => (Shape::Slice { x, y }, layout.others),
        (Some(one), None) | (None, Some(one)) => (Shape::Line(one), layout.others),
        (None, None) => {
            let mut dims = var.node.meta().dims.clone();
            match dims.pop() {
                Some(last) => (Shape::Line(last), dims),
                None => (Shape::Scalar, Vec::new()),
            }
        }
    };
    let sliders: Vec<_> = others.iter().filter_map(|d| dataset.axis(d).cloned()).collect();
    let long = |a: &&graticule_core::plan::Axis| a.values.len() > 1;
    let is_time = |a: &&graticule_core::plan::Axis| matches!(a.values, AxisValues::Time { .. });
    let along = sliders.iter().filter(long).find(is_time).or_else(|| sliders.iter().find(long));
    let series_dim = along.map(|a| a.name.clone());
    let meta = var.node.meta();
    let cells = meta.shape.iter().fold(1_u64, |n, &d| n.saturating_mul(d as u64));
    let cost = session
        .engine()
        .explain(&[Arc::clone(&var.node)])
        .map(|explain| Cost { explain, result_bytes: cells.saturating_mul(meta.dtype.size() as u64) })
        .map_err(|e| e.to_string());
    Ok(Prepared {
        revision: wish.revision,
        label: var.attrs.text("long_name").unwrap_or(&variable).to_owned(),
        units: var.attrs.text("units").unwrap_or_default().to_owned(),
        variables: dataset.vars.iter().filter(|v| v.node.meta().dtype.is_numeric()).map(|v| v.name.clone()).collect(),
        shape,
        sliders,
        series_dim,
        steps,
        cost,
        variable,
        dataset: Arc::new(dataset),
    })
}

/// The first of the wanted variables that is there, or the first that can be shown, on a map if there is one.
fn choose(dataset: &Dataset, wanted: &[&str]) -> anyhow::Result<String> {
    let numeric_var = |name: &&&str| dataset.var(name).is_some_and(|v| v.node.meta().dtype.is_numeric());
    if let Some(found) = wanted.iter().find(numeric_var) {
        return Ok((*found).to_owned());
    }
    let maps = |name: &str| session::layout(dataset, name).is_ok_and(|l| l.x.is_some() && l.y.is_some());
    let numeric = || dataset.data().filter(|v| v.node.meta().dtype.is_numeric());
    let found = numeric().find(|v| maps(&v.name)).or_else(|| numeric().next());
    found.map(|v| v.name.clone()).ok_or_else(|| anyhow::anyhow!("the result holds no numbers to show"))
}

fn reports(
    source: &Dataset,
    steps: &[Step],
    variable: &str,
    results: &[graticule_core::model::Result<Dataset>],
) -> Vec<StepReport> {
    let mut before = Some(source);
    let mut out = Vec::with_capacity(steps.len());
    for (step, result) in steps.iter().zip(results) {
        let mut report = StepReport::default();
        if let Some(input) = before {
            report.before = Names::of(input);
            if let Ok(after) = result {
                report.dims = dims(input, after, variable);
                report.xarray = step.xarray(input).unwrap_or_default();
            }
        }
        // Only the step at fault says so; those behind it wait for it.
        if let (Some(_), Err(error)) = (before, result) {
            report.error = Some(error.to_string());
        }
        before = result.as_ref().ok();
        out.push(report);
    }
    out
}

/// `time 72 · lat 90 · lon 180 → lat 90 · lon 180` for the variable, or for the first data variable.
fn dims(before: &Dataset, after: &Dataset, variable: &str) -> String {
    let of = |ds: &Dataset| {
        let var = ds.var(variable).or_else(|| ds.data().next())?;
        let meta = var.node.meta();
        let dims: Vec<_> = meta.dims.iter().zip(&meta.shape).map(|(d, n)| format!("{d} {n}")).collect();
        Some(if dims.is_empty() { "one value".to_owned() } else { dims.join(" · ") })
    };
    match (of(before), of(after)) {
        (Some(a), Some(b)) if a == b => b,
        (Some(a), Some(b)) => format!("{a} → {b}"),
        (_, b) => b.unwrap_or_default(),
    }
}
