//! Values between the labels: interpolation along any dimensions, and regridding to other latitudes and longitudes.

mod cells;
mod interp;
mod regrid;
mod script;
mod separable;
mod targets;
mod weights;

pub(crate) use interp::INTERP;
pub(crate) use regrid::{REGRID, goes_around};
pub(crate) use separable::{Missing, Separable};
pub(crate) use weights::Weights;

use crate::model::{DType, Result};
use crate::ops::kernel::{Index, Pick};
use crate::plan::{ArrayMeta, Axis, Dataset, MapOp, Node, NodeKind, Role, Var};
use std::sync::Arc;

/// A dimension that gets other labels.
struct Along {
    /// The dimension with its new labels.
    axis: Axis,
    /// The weights of the old positions in the new ones.
    weights: Arc<Weights>,
    /// The old position nearest to each new one, for values between which there is nothing.
    nearest: Pick,
}

/// Gives dimensions other labels. Variables of numbers become weighted sums of type `dtype`; truth values and text take
/// the nearest; bounds of the old labels go.
fn resample(
    ds: &Dataset,
    name: &'static str,
    along: &[Along],
    missing: Missing,
    dtype: impl Fn(&DType) -> DType,
) -> Result<Dataset> {
    let mut out = ds.clone();
    let stale: Vec<String> =
        along.iter().filter_map(|a| ds.axis(&a.axis.name)?.attrs.text("bounds").map(str::to_owned)).collect();
    let touches = |v: &Var| along.iter().any(|a| v.node.meta().dim(&a.axis.name).is_some());
    let text = |v: &Var| v.role == Role::Data && !v.node.meta().dtype.is_numeric() && touches(v);
    out.vars.retain(|v| !stale.contains(&v.name) && !text(v));
    for var in &mut out.vars {
        let meta = var.node.meta();
        let touched: Vec<(usize, &Along)> = along.iter().filter_map(|a| Some((meta.dim(&a.axis.name)?, a))).collect();
        if touched.is_empty() {
            continue;
        }
        let plain = meta.dtype.plain();
        if plain.is_numeric() && (plain != DType::Bool || var.role == Role::Data) {
            let weights = touched.iter().map(|(d, a)| (*d, Arc::clone(&a.weights))).collect();
            let (input, weights) = narrowed(&var.node, weights)?;
            var.node = Node::op(Arc::new(Separable::new(name, weights, missing, dtype(&plain))), vec![input])?;
        } else {
            let mut picks = vec![Pick::All; meta.dims.len()];
            touched.iter().for_each(|(d, a)| picks[*d] = a.nearest.clone());
            var.node = Node::op(Arc::new(Index::new(meta, picks)), vec![Arc::clone(&var.node)])?;
        }
    }
    for axis in &mut out.axes {
        if let Some(new) = along.iter().find(|a| a.axis.name == axis.name) {
            *axis = new.axis.clone();
        }
    }
    Ok(out)
}

/// Weights along dimensions, by their numbers.
type Weighted = Vec<(usize, Arc<Weights>)>;

/// Where the values are computed cell by cell (decoding, above all) and many positions have no weight, those that have
/// are taken before the computation instead of after it.
fn narrowed(node: &Arc<Node>, weights: Weighted) -> Result<(Arc<Node>, Weighted)> {
    let NodeKind::Op(op) = node.kind() else { return Ok((Arc::clone(node), weights)) };
    let Some(map) = op.as_any().downcast_ref::<MapOp>() else { return Ok((Arc::clone(node), weights)) };
    let meta = node.meta();
    let mut picks = vec![Pick::All; meta.dims.len()];
    let mut cells = meta.cells() as f64;
    let narrow: Weighted = weights
        .iter()
        .map(|(d, w)| {
            let (used, narrow) = w.narrowed();
            // Neighbours in memory are not worth picking apart for less.
            if d + 1 == meta.dims.len() && used.len() * 4 > meta.shape[*d] {
                return (*d, Arc::clone(w));
            }
            cells *= used.len() as f64 / meta.shape[*d] as f64;
            picks[*d] = Pick::of(&used, meta.shape[*d]);
            (*d, Arc::new(narrow))
        })
        .collect();
    if cells == 0.0 || cells > 0.75 * meta.cells() as f64 {
        return Ok((Arc::clone(node), weights));
    }
    let inputs = node.inputs().iter().map(|input| {
        let dims = &input.meta().dims;
        let own = |d: &String| meta.dim(d).map_or(Pick::All, |d| picks[d].clone());
        let own: Vec<Pick> = dims.iter().map(own).collect();
        if own.iter().all(|p| *p == Pick::All) {
            return Ok(Arc::clone(input));
        }
        Node::op(Arc::new(Index::new(input.meta(), own)), vec![Arc::clone(input)])
    });
    let inputs: Vec<Arc<Node>> = inputs.collect::<Result<_>>()?;
    let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| n.meta()).collect();
    let map = MapOp::new(map.program().clone(), map.dtype().clone(), &metas);
    Ok((Node::op(Arc::new(map), inputs)?, narrow))
}
