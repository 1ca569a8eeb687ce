//! The walk of a reduction: which cell of the result each cell of a part of the input goes to, as loops over runs.

use super::view::strides;
use crate::model::{Region, Span};
use std::sync::Arc;

/// Cells per segment: results and input of one segment stay in the first-level cache.
const SEGMENT: usize = 2048;

/// Positions along a dimension sorted into groups.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Groups {
    /// The group of each position; [`Groups::NONE`] for positions of no group.
    labels: Arc<[u32]>,
    /// For each group the smallest span that holds its positions, empty where it has none.
    spans: Arc<[Span]>,
}

impl Groups {
    /// The label of positions that belong to no group.
    pub(crate) const NONE: u32 = u32::MAX;

    /// `count` groups; `labels` gives that of each position, anything from `count` on meaning none.
    pub(crate) fn new(labels: Vec<u32>, count: usize) -> Self {
        let mut spans = vec![Span::new(0, 0); count];
        for (i, &label) in labels.iter().enumerate() {
            if let Some(span) = spans.get_mut(label as usize) {
                *span = if span.len == 0 { Span::new(i, 1) } else { span.hull(Span::new(i, 1)) };
            }
        }
        Self { labels: labels.into(), spans: spans.into() }
    }

    /// Number of groups.
    pub(crate) fn count(&self) -> usize {
        self.spans.len()
    }

    /// Number of positions.
    pub(crate) fn positions(&self) -> usize {
        self.labels.len()
    }

    /// The group of each position.
    pub(crate) fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The positions of the largest group.
    pub(crate) fn largest(&self) -> usize {
        let mut sizes = vec![0; self.count()];
        for &label in self.labels.iter() {
            if let Some(n) = sizes.get_mut(label as usize) {
                *n += 1;
            }
        }
        sizes.into_iter().max().unwrap_or(0)
    }

    /// Whether a group has no position.
    pub(crate) fn has_empty(&self) -> bool {
        self.spans.iter().any(|s| s.len == 0)
    }

    /// The smallest span of positions that holds the groups of `span`.
    pub(crate) fn hull(&self, span: Span) -> Span {
        let part = self.spans.get(span.start..span.end()).unwrap_or(&[]);
        part.iter().filter(|s| s.len > 0).copied().reduce(Span::hull).unwrap_or(Span::new(0, 0))
    }

    /// Whether a position of `positions` belongs to a group of `groups`.
    fn touches(&self, positions: Span, groups: Span) -> bool {
        let part = self.labels.get(positions.start..positions.end()).unwrap_or(&[]);
        part.iter().any(|&l| groups.start <= l as usize && (l as usize) < groups.end())
    }

    /// A length of chunks in groups that keeps the input of one chunk near one chunk of the input: few groups where
    /// they are contiguous, all of them where each needs the whole dimension anyway.
    pub(crate) fn chunk(&self, input_chunk: usize) -> usize {
        let longest = self.spans.iter().map(|s| s.len).max().unwrap_or(1).max(1);
        let covered: usize = self.spans.iter().map(|s| s.len).sum();
        if covered > self.labels.len() {
            self.count().max(1)
        } else {
            (input_chunk / longest).clamp(1, self.count().max(1))
        }
    }
}

/// What happens to one dimension of the input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Along {
    /// It stays.
    Keep,
    /// All its positions go into one; the dimension goes.
    Drop,
    /// Its positions go into groups.
    Group(Groups),
}

impl Along {
    /// The span of the input that `out` of the result needs, of a dimension of this size.
    pub(crate) fn needs(&self, out: Option<Span>, size: usize) -> Span {
        match (self, out) {
            (Self::Keep, Some(span)) => span,
            (Self::Group(groups), Some(span)) => groups.hull(span),
            _ => Span::new(0, size),
        }
    }

    /// Whether positions `part` of the input contribute to `out` of the result.
    pub(crate) fn touches(&self, out: Option<Span>, part: Span) -> bool {
        match (self, out) {
            (Self::Keep, Some(span)) => part.intersect(span).len > 0,
            (Self::Group(groups), Some(span)) => groups.touches(part, span),
            _ => part.len > 0,
        }
    }
}

/// A few cells that are visited together.
pub(crate) enum Segment<'a> {
    /// `n` neighbouring cells from `from` go to `n` neighbours from `to`. Their weights start at `aux` and go on by
    /// `aux_step`.
    Spread { from: usize, to: usize, n: usize, aux: usize, aux_step: usize },
    /// `n` neighbouring cells from `from` go to one.
    Gather { from: usize, to: usize, n: usize, aux: usize, aux_step: usize },
    /// The cells from `from` on go to `to` plus these offsets, [`SKIP`] meaning nowhere.
    Scatter { from: usize, to: usize, table: &'a [usize], aux: usize, aux_step: usize },
}

/// The offset of cells that go nowhere.
pub(crate) const SKIP: usize = usize::MAX;

/// One loop of a walk.
struct Loop {
    n: usize,
    from: usize,
    aux: usize,
    to: To,
}

enum To {
    Stride(usize),
    Table(Vec<usize>),
}

impl Loop {
    /// Visits `step` cells from `start` of this innermost loop, the outer ones standing at these offsets.
    fn visit(&self, start: usize, step: usize, at: (usize, usize, usize), visit: &mut impl FnMut(Segment<'_>)) {
        let n = step.min(self.n - start);
        let (from, to, aux) = (at.0 + start * self.from, at.1, at.2 + start * self.aux);
        let aux_step = self.aux;
        match &self.to {
            To::Table(table) => visit(Segment::Scatter { from, to, table: &table[start..start + n], aux, aux_step }),
            To::Stride(0) => visit(Segment::Gather { from, to, n, aux, aux_step }),
            To::Stride(1) => visit(Segment::Spread { from, to: to + start, n, aux, aux_step }),
            // Neighbours of the input that go apart: one at a time.
            To::Stride(s) => {
                for i in 0..n {
                    let (from, to, aux) = (from + i, to + (start + i) * s, aux + i * aux_step);
                    visit(Segment::Gather { from, to, n: 1, aux, aux_step });
                }
            }
        }
    }
}

/// The loops over a part of the input that contribute to a region of the result.
pub(crate) struct Walk {
    /// Slowest first; the last is the innermost.
    loops: Vec<Loop>,
    from: usize,
    to: usize,
    aux: usize,
}

/// Where weights lie: for each dimension of the input the stride in the weights (0 where they do not depend on it), and
/// their region along it.
pub(crate) struct Aux {
    pub(crate) strides: Vec<usize>,
    pub(crate) starts: Vec<usize>,
}

impl Aux {
    /// The position along one of so many dimensions.
    pub(crate) fn positions(dims: usize, dim: usize) -> Self {
        Self { strides: (0..dims).map(|d| usize::from(d == dim)).collect(), starts: vec![0; dims] }
    }
}

impl Walk {
    /// The walk over `part` towards `out`; `places[d]` is the result's dimension that input dimension `d` becomes.
    /// `None` where nothing contributes.
    pub(crate) fn new(
        along: &[Along],
        places: &[Option<usize>],
        part: &Region,
        out: &Region,
        aux: Option<&Aux>,
    ) -> Option<Self> {
        let from_strides = strides(&part.shape());
        let to_strides = strides(&out.shape());
        let mut walk = Self { loops: Vec::new(), from: 0, to: 0, aux: 0 };
        for (d, span) in part.0.iter().enumerate() {
            let from = from_strides[d];
            let (aux_stride, aux_start) = aux.map_or((0, 0), |a| (a.strides[d], a.starts[d]));
            let target = places[d].map(|p| (out.0[p], to_strides[p]));
            let (taken, to) = match (&along[d], target) {
                (Along::Keep, Some((wanted, stride))) => {
                    let common = span.intersect(wanted);
                    walk.to += common.start.saturating_sub(wanted.start) * stride;
                    (common, To::Stride(stride))
                }
                (Along::Group(groups), Some((wanted, stride))) => {
                    let offset = |&label: &u32| match (label as usize).checked_sub(wanted.start) {
                        Some(i) if i < wanted.len => i * stride,
                        _ => SKIP,
                    };
                    let labels = groups.labels.get(span.start..span.end()).unwrap_or(&[]);
                    (*span, To::Table(labels.iter().map(offset).collect()))
                }
                _ => (*span, To::Stride(0)),
            };
            if taken.len == 0 {
                return None;
            }
            walk.from += (taken.start - span.start) * from;
            walk.aux += taken.start.saturating_sub(aux_start) * aux_stride;
            walk.push(Loop { n: taken.len, from, aux: aux_stride, to });
        }
        if walk.loops.is_empty() {
            walk.loops.push(Loop { n: 1, from: 1, aux: 0, to: To::Stride(0) });
        }
        Some(walk)
    }

    /// Adds an inner loop; loops that run on where the outer one steps become one.
    fn push(&mut self, inner: Loop) {
        if inner.n == 1 && matches!(inner.to, To::Stride(_)) {
            return;
        }
        if let (Some(outer), To::Stride(to)) = (self.loops.last_mut(), &inner.to) {
            let runs_on = outer.from == inner.from * inner.n && outer.aux == inner.aux * inner.n;
            if runs_on && matches!(outer.to, To::Stride(s) if s == to * inner.n) {
                *outer = Loop { n: outer.n * inner.n, ..inner };
                return;
            }
        }
        self.loops.push(inner);
    }

    /// Visits every segment. Where cells spread, the segments of the innermost loop are the slowest loop, so that the
    /// results of one stay in cache while all others pass over it; where they gather, they follow the input. Each cell
    /// of the result meets its input in C order of the other loops.
    pub(crate) fn each(&self, mut visit: impl FnMut(Segment<'_>)) {
        let Some((inner, outer)) = self.loops.split_last() else { return };
        // Neighbours in the input; a part cut along the innermost dimension still has them.
        let step = if inner.from == 1 { SEGMENT } else { 1 };
        let starts = || (0..inner.n).step_by(step);
        if matches!(inner.to, To::Stride(0)) {
            self.odometer(outer, |from, to, aux| {
                starts().for_each(|start| inner.visit(start, step, (from, to, aux), &mut visit));
            });
        } else {
            for start in starts() {
                self.odometer(outer, |from, to, aux| inner.visit(start, step, (from, to, aux), &mut visit));
            }
        }
    }

    /// Visits each cell with its offset in the input and in the result, in the order of [`Walk::each`].
    pub(crate) fn cells(&self, mut visit: impl FnMut(usize, usize)) {
        self.each(|segment| match segment {
            Segment::Spread { from, to, n, .. } => (0..n).for_each(|i| visit(from + i, to + i)),
            Segment::Gather { from, to, n, .. } => (0..n).for_each(|i| visit(from + i, to)),
            Segment::Scatter { from, to, table, .. } => {
                table.iter().enumerate().filter(|(_, o)| **o != SKIP).for_each(|(i, o)| visit(from + i, to + o));
            }
        });
    }

    fn odometer(&self, outer: &[Loop], mut visit: impl FnMut(usize, usize, usize)) {
        let mut at = vec![0; outer.len()];
        loop {
            let (mut from, mut to, mut aux) = (self.from, Some(self.to), self.aux);
            for (&i, l) in at.iter().zip(outer) {
                from += i * l.from;
                aux += i * l.aux;
                let step = match &l.to {
                    To::Stride(s) => i * s,
                    To::Table(table) => table[i],
                };
                to = to.filter(|_| step != SKIP).map(|t| t + step);
            }
            if let Some(to) = to {
                visit(from, to, aux);
            }
            let Some(d) = (0..at.len()).rev().find(|&d| at[d] + 1 < outer[d].n) else { return };
            at[d] += 1;
            at[d + 1..].fill(0);
        }
    }
}
