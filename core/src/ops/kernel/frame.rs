//! What becomes of the dimensions of a reduction: which stay, which go, which fall into groups, in which order.

use super::walk::{Along, Groups};
use crate::model::{DType, Error, Region, Result, Span};
use crate::plan::ArrayMeta;

/// The dimensions of a reduction's input and result. Spans of the result are in its order, without any dimension that
/// the reduction adds itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Frame {
    /// What happens to each dimension of the input.
    pub(super) along: Vec<Along>,
    /// For each dimension of the result: which of the input's it comes from, and its name.
    pub(super) out: Vec<(usize, String)>,
}

impl Frame {
    /// The named dimensions go; those the array lacks do not matter.
    pub(crate) fn over(meta: &ArrayMeta, dims: &[String]) -> Self {
        let drops = |d: &String| dims.contains(d);
        let along = meta.dims.iter().map(|d| if drops(d) { Along::Drop } else { Along::Keep }).collect();
        let out = meta.dims.iter().enumerate().filter(|(_, d)| !drops(d)).map(|(i, d)| (i, d.clone())).collect();
        Self { along, out }
    }

    /// Positions along the named dimensions fall into groups.
    pub(crate) fn grouped(meta: &ArrayMeta, groups: &[(&str, &Groups)]) -> Self {
        let group = |d: &String| groups.iter().find(|(g, _)| g == d).map(|(_, g)| Along::Group((*g).clone()));
        let along = meta.dims.iter().map(|d| group(d).unwrap_or(Along::Keep)).collect();
        Self { along, out: meta.dims.iter().cloned().enumerate().collect() }
    }

    /// With a dimension of the result renamed.
    #[must_use]
    pub(crate) fn renamed(mut self, from: &str, to: &str) -> Self {
        for (_, name) in self.out.iter_mut().filter(|(_, name)| name == from) {
            to.clone_into(name);
        }
        self
    }

    /// With a dimension of the result put first.
    #[must_use]
    pub(crate) fn first(mut self, dim: &str) -> Self {
        if let Some(at) = self.out.iter().position(|(_, name)| name == dim) {
            let place = self.out.remove(at);
            self.out.insert(0, place);
        }
        self
    }

    /// For each dimension of the input its place among the result's.
    pub(super) fn places(&self) -> Vec<Option<usize>> {
        (0..self.along.len()).map(|d| self.out.iter().position(|(from, _)| *from == d)).collect()
    }

    /// Whether a group has no position.
    pub(super) fn has_empty_group(&self) -> bool {
        self.along.iter().any(|a| matches!(a, Along::Group(g) if g.has_empty()))
    }

    /// The most positions of an input of this shape that go into one cell of the result.
    pub(super) fn longest(&self, shape: &[usize]) -> usize {
        let lengths = self.along.iter().zip(shape).map(|(a, &n)| match a {
            Along::Keep => 1,
            Along::Drop => n,
            Along::Group(g) => g.largest(),
        });
        lengths.fold(1, usize::saturating_mul)
    }

    /// The region of an input of this shape that these spans of the result need.
    pub(super) fn needs(&self, out: &[Span], shape: &[usize]) -> Region {
        let spans = self.along.iter().zip(self.places()).zip(shape);
        Region(spans.map(|((a, p), &n)| a.needs(p.and_then(|p| out.get(p).copied()), n)).collect())
    }

    /// Whether a part of the input contributes to these spans of the result.
    pub(super) fn touches(&self, out: &[Span], part: &Region) -> bool {
        let spans = self.along.iter().zip(self.places()).zip(&part.0);
        spans.into_iter().all(|((a, p), &part)| a.touches(p.and_then(|p| out.get(p).copied()), part))
    }

    /// Dimensions, shape and chunks of the result.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where it was made for other dimensions,
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for values that are no numbers.
    pub(super) fn infer(&self, id: &str, input: &ArrayMeta, dtype: DType) -> Result<ArrayMeta> {
        if self.along.len() != input.dims.len() {
            return Err(Error::internal(format!("{id} of {} dimensions of {}", self.along.len(), input.dims.len())));
        }
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("a {id} of values of type {}", input.dtype)));
        }
        let mut meta = ArrayMeta { dims: Vec::new(), shape: Vec::new(), dtype, chunks: Vec::new() };
        for (d, name) in &self.out {
            let (size, chunk) = (input.shape[*d], input.chunks[*d]);
            let (size, chunk) = match &self.along[*d] {
                Along::Group(g) if g.positions() != size => {
                    return Err(Error::internal(format!("{} labels for {size} positions", g.positions())));
                }
                Along::Group(g) => (g.count(), g.chunk(chunk)),
                Along::Keep | Along::Drop => (size, chunk),
            };
            meta.dims.push(name.clone());
            meta.shape.push(size);
            meta.chunks.push(chunk);
        }
        Ok(meta)
    }

    /// The dimensions that go or fall into groups, for plans.
    pub(super) fn describe(&self) -> String {
        let dims = self.along.iter().enumerate().filter_map(|(d, along)| match along {
            Along::Keep => None,
            Along::Drop => Some(format!("over dimension {d}")),
            Along::Group(g) => Some(format!("{} positions → {} groups of dimension {d}", g.positions(), g.count())),
        });
        dims.collect::<Vec<_>>().join(", ")
    }
}
