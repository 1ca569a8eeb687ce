//! The rule that spreading groups over their members costs nothing: an elementwise operation looks the group's value up
//! where it is wanted, instead of reading it from an array of its own.

use super::{ArrayMeta, Node, NodeKind};
use crate::model::Span;
use std::sync::Arc;

/// An array that takes positions of another: along each dimension all of them, or those of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lookup {
    /// Names of its dimensions, in the order of the other's.
    pub dims: Vec<String>,
    /// For each dimension the other's position at each of its own, `None` for the same.
    pub tables: Vec<Option<Arc<[usize]>>>,
}

impl Lookup {
    /// An array as it is.
    pub(super) fn plain(meta: &ArrayMeta) -> Self {
        Self { dims: meta.dims.clone(), tables: vec![None; meta.dims.len()] }
    }

    /// Whether it looks nothing up.
    pub(super) fn is_plain(&self) -> bool {
        self.tables.iter().all(Option::is_none)
    }

    /// Length along dimension `d`, of which the other array has `size`.
    pub(super) fn len(&self, d: usize, size: usize) -> usize {
        self.tables.get(d).and_then(Option::as_ref).map_or(size, |t| t.len())
    }

    /// The positions of the other array that `span` of dimension `d` takes.
    pub(super) fn needs(&self, d: usize, span: Span) -> Span {
        let Some(Some(table)) = self.tables.get(d) else { return span };
        let part = table.get(span.start..span.end()).unwrap_or(&[]);
        let ends = part.iter().min().zip(part.iter().max());
        ends.map_or(Span::new(0, 0), |(&low, &high)| Span::new(low, high + 1 - low))
    }

    /// What a node looks up in its input, where it is larger than that.
    pub(super) fn of(node: &Arc<Node>) -> Option<(Self, &Arc<Node>)> {
        let NodeKind::Op(op) = node.kind() else { return None };
        let (lookup, [input]) = (op.lookup()?, node.inputs()) else { return None };
        (input.meta().cells() < node.meta().cells() && input.meta().dtype.is_numeric()).then_some((lookup, input))
    }
}
