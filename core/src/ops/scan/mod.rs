//! Along one dimension that stays: running totals, differences, shifts, gaps, ranks.

mod cumulative;
mod diff;
mod fill;
mod interpolate;
mod rank;
mod shift;

pub(crate) use cumulative::{CUMPROD, CUMSUM};
pub(crate) use diff::DIFF;
pub(crate) use fill::{BFILL, FFILL};
pub(crate) use interpolate::INTERPOLATE_NA;
pub(crate) use rank::RANK;
pub(crate) use shift::{ROLL, SHIFT};

use super::kernel::{Scan, Scanned};
use super::{ParamKind, ParamSpec};
use crate::model::{DType, Result};
use crate::plan::{ArrayMeta, Dataset, Node, Role, Var};
use std::sync::Arc;

/// The one dimension.
const DIM: ParamSpec =
    ParamSpec { name: "dim", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension to go along" };

/// The most positions that a gap is filled over.
const LIMIT: ParamSpec = ParamSpec {
    name: "limit",
    kind: ParamKind::Integer,
    default: None,
    required: false,
    doc: "the most positions of a gap that are filled; all where not given",
};

/// The node of a scan of a variable, in a type of its own.
fn scanned(var: &Var, scan: Scan, dim: usize, dtype: DType) -> Result<Arc<Node>> {
    Node::op(Arc::new(Scanned { scan, dim, dtype }), vec![Arc::clone(&var.node)])
}

/// The dataset with each data variable along the dimension put through a scan; text along it goes, the rest stays.
fn along(ds: &Dataset, dim: &str, make: impl Fn(&ArrayMeta) -> (Scan, DType)) -> Result<Dataset> {
    let mut out = ds.clone();
    out.vars.retain(|v| v.role == Role::Coord || v.node.meta().dtype.is_numeric() || v.node.meta().dim(dim).is_none());
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        if let Some(at) = meta.dim(dim) {
            let (scan, dtype) = make(meta);
            var.node = scanned(var, scan, at, dtype)?;
        }
    }
    Ok(out)
}

/// The type of values some of which may become missing (xarray's).
pub(super) fn with_missing(input: &DType) -> DType {
    match input.plain() {
        t if t.is_float() => t,
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => DType::F32,
        _ => DType::F64,
    }
}
