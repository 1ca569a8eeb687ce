//! Several dimensions laid out as one, the last fastest, and one put back into several.

use super::view::{gather, strides};
use crate::model::{Block, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Dimensions of an array that become one, which comes last. Dimensions that the array lacks repeat it.
///
/// Missing values and types pass unchanged; results are bit-equal to the input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stacked {
    name: String,
    /// Dimensions of the input that stay, in order.
    kept: Vec<usize>,
    /// Sizes of the dimensions that become one, and which of the input's each is.
    sizes: Vec<usize>,
    own: Vec<Option<usize>>,
}

impl Stacked {
    /// Stacks `dims`, names with sizes, of an array.
    pub(crate) fn new(meta: &ArrayMeta, dims: &[(String, usize)], name: &str) -> Self {
        let kept = (0..meta.dims.len()).filter(|&d| dims.iter().all(|(n, _)| *n != meta.dims[d])).collect();
        let own = dims.iter().map(|(n, _)| meta.dim(n)).collect();
        Self { name: name.to_owned(), kept, sizes: dims.iter().map(|(_, n)| *n).collect(), own }
    }

    /// The smallest part of the stacked dimensions that holds positions `first` to `last`.
    fn hull(&self, first: usize, last: usize) -> Vec<Span> {
        let steps = strides(&self.sizes);
        let mut apart = false;
        let both = self.sizes.iter().zip(steps).map(|(&size, step)| {
            let (a, b) = ((first / step) % size, (last / step) % size);
            let span = if apart { Span::new(0, size) } else { Span::new(a, b - a + 1) };
            apart |= a != b;
            span
        });
        both.collect()
    }
}

impl Op for Stacked {
    fn id(&self) -> &'static str {
        "stack"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{:?} → {}", self.sizes, self.name)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a stack has one input")) };
        let fits = self.own.iter().zip(&self.sizes).all(|(d, n)| d.is_none_or(|d| input.shape.get(d) == Some(n)));
        if !fits || self.kept.len() + self.own.iter().flatten().count() != input.dims.len() {
            return Err(Error::internal(format!("a stack of {:?} of an array {:?}", self.sizes, input.shape)));
        }
        // Whole rows of a chunk, and of rows as many as the chunk has.
        let mut chunk = 1usize;
        for (own, &size) in self.own.iter().zip(&self.sizes).rev() {
            let len = own.map_or(size, |d| input.chunks[d]).min(size).max(1);
            chunk = chunk.saturating_mul(len);
            if len < size {
                break;
            }
        }
        let of = |list: &[usize]| self.kept.iter().map(|&d| list[d]).collect::<Vec<_>>();
        let mut meta = ArrayMeta {
            dims: self.kept.iter().map(|&d| input.dims[d].clone()).collect(),
            shape: of(&input.shape),
            dtype: input.dtype.clone(),
            chunks: of(&input.chunks),
        };
        meta.dims.push(self.name.clone());
        meta.shape.push(self.sizes.iter().product());
        meta.chunks.push(chunk);
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let mut spans = vec![Span::new(0, 0); inputs.first().map_or(0, |i| i.dims.len())];
        let (Some((last, kept)), false) = (out.0.split_last(), out.is_empty()) else { return vec![Region(spans)] };
        for (&d, &span) in self.kept.iter().zip(kept) {
            spans[d] = span;
        }
        for (own, span) in self.own.iter().zip(self.hull(last.start, last.end() - 1)) {
            if let Some(d) = own {
                spans[*d] = span;
            }
        }
        vec![Region(spans)]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        out.0.last().map_or(0, |s| s.len as u64 * 8)
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let ([(region, block)], Some((last, kept))) = (inputs, out.0.split_last()) else {
            return Err(Error::internal("a stack has one input"));
        };
        let own = strides(block.shape());
        let within = |d: usize, at: usize| at.saturating_sub(region.0[d].start) * own[d];
        let mut offsets: Vec<Vec<usize>> = Vec::with_capacity(kept.len() + 1);
        for (&d, span) in self.kept.iter().zip(kept) {
            offsets.push((span.start..span.end()).map(|at| within(d, at)).collect());
        }
        let steps = strides(&self.sizes);
        let place = |z: usize| -> usize {
            let at = self.own.iter().zip(&self.sizes).zip(&steps);
            at.filter_map(|((d, &size), step)| d.map(|d| within(d, (z / step) % size))).sum()
        };
        offsets.push((last.start..last.end()).map(place).collect());
        gather(block.data(), &offsets)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One dimension of an array put into several, which come last: each of their cells takes a position of it.
///
/// Types pass unchanged. Cells to which no position belongs hold any value: the caller makes them missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Unstacked {
    /// Which dimension of the input goes.
    dim: usize,
    /// Names and sizes of the new ones.
    to: Vec<(String, usize)>,
    /// The position of each cell; [`Unstacked::NONE`] where there is none.
    table: Arc<[usize]>,
}

impl Unstacked {
    /// No position.
    pub(crate) const NONE: usize = usize::MAX;

    /// Puts dimension `dim` into `to`; `table` has the position of each of its cells, in C order.
    pub(crate) fn new(dim: usize, to: Vec<(String, usize)>, table: Arc<[usize]>) -> Self {
        Self { dim, to, table }
    }

    /// The positions of the cells of these spans, in C order.
    fn positions(&self, spans: &[Span]) -> Vec<usize> {
        let sizes: Vec<usize> = self.to.iter().map(|(_, n)| *n).collect();
        let mut cells = vec![0];
        for (span, step) in spans.iter().zip(strides(&sizes)) {
            cells = cells.iter().flat_map(|c| (span.start..span.end()).map(move |i| c + i * step)).collect();
        }
        cells.into_iter().map(|c| self.table.get(c).copied().unwrap_or(Self::NONE)).collect()
    }
}

impl Op for Unstacked {
    fn id(&self) -> &'static str {
        "unstack"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("dimension {} → {:?}", self.dim, self.to)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("an unstack has one input")) };
        let size = input.shape.get(self.dim).copied().unwrap_or(0);
        let cells: usize = self.to.iter().map(|(_, n)| *n).product();
        if cells != self.table.len() || self.table.iter().any(|&at| at != Self::NONE && at >= size) {
            return Err(Error::internal(format!("an unstack of {size} positions into {cells} cells")));
        }
        let mut meta = (*input).clone();
        meta.dims.remove(self.dim);
        meta.shape.remove(self.dim);
        meta.chunks.remove(self.dim);
        for (name, size) in &self.to {
            meta.dims.push(name.clone());
            meta.shape.push(*size);
            meta.chunks.push((*size).max(1));
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let (kept, new) = out.0.split_at(out.0.len().saturating_sub(self.to.len()));
        let there = self.positions(new).into_iter().filter(|&at| at != Self::NONE);
        let (low, high) = there.fold((usize::MAX, 0), |(low, high), at| (low.min(at), high.max(at)));
        // One position at least, for cells that have none of their own.
        let size = inputs.first().and_then(|i| i.shape.get(self.dim)).copied().unwrap_or(0);
        let span = if low == usize::MAX { Span::new(0, size.min(1)) } else { Span::new(low, high - low + 1) };
        let mut spans = kept.to_vec();
        spans.insert(self.dim.min(spans.len()), span);
        vec![Region(spans)]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        out.0.iter().rev().take(self.to.len()).map(|s| s.len as u64).product::<u64>() * 16
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("an unstack has one input")) };
        let (kept, new) = out.0.split_at(out.0.len().saturating_sub(self.to.len()));
        let own = strides(block.shape());
        let mut offsets: Vec<Vec<usize>> = Vec::with_capacity(out.0.len());
        let others = (0..region.0.len()).filter(|&d| d != self.dim);
        for (d, span) in others.zip(kept) {
            offsets.push((0..span.len).map(|i| i * own[d]).collect());
        }
        let (start, step) = (region.0[self.dim].start, own[self.dim]);
        let place = |at: usize| if at == Self::NONE { 0 } else { at.saturating_sub(start) * step };
        offsets.push(self.positions(new).into_iter().map(place).collect());
        Block::new(out.shape(), gather(block.data(), &offsets)?.into_data())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Stacked, Unstacked};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    #[test]
    fn stacks_as_numpy_reshapes_and_repeats_what_lacks_a_dimension() {
        let x = cube(&["a", "b", "c"], &[2, 3, 4], Data::I32((0..24).collect()));
        let stack = |dims: &[(&str, usize)]| {
            let dims: Vec<(String, usize)> = dims.iter().map(|(d, n)| ((*d).to_owned(), *n)).collect();
            let op = Stacked::new(x.meta(), &dims, "z");
            let node = Node::op(Arc::new(op), vec![Arc::clone(&x)]).unwrap();
            (node.meta().dims.clone(), node.meta().shape.clone(), everywhere(&node).unwrap().into_data().to_f64())
        };
        let (dims, shape, values) = stack(&[("b", 3), ("c", 4)]);
        assert_eq!((dims, shape), (vec!["a".to_owned(), "z".to_owned()], vec![2, 12]));
        assert_eq!(values, (0..24).map(f64::from).collect::<Vec<_>>());
        let (_, shape, values) = stack(&[("c", 4), ("a", 2)]);
        assert_eq!(shape, [3, 8]);
        assert_eq!(values[..8], [0.0, 12.0, 1.0, 13.0, 2.0, 14.0, 3.0, 15.0]);
        let (_, shape, values) = stack(&[("n", 2), ("c", 4)]);
        assert_eq!(shape, [2, 3, 8]);
        assert_eq!(values[..8], [0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn unstacks_by_a_table() {
        let z = cube(&["z", "t"], &[3, 2], Data::F32(vec![0.0, 1.0, 10.0, 11.0, 20.0, 21.0]));
        let to = vec![("y".to_owned(), 2), ("x".to_owned(), 2)];
        let op = Unstacked::new(0, to, [2, 0, Unstacked::NONE, 1].into());
        let node = Node::op(Arc::new(op), vec![z]).unwrap();
        assert_eq!(node.meta().dims, ["t", "y", "x"]);
        let block = crate::ops::testing::whole(&node).unwrap();
        let values = block.data().to_f64();
        assert_eq!((values[0], values[1], values[3]), (20.0, 0.0, 10.0));
        assert_eq!((values[4], values[5], values[7]), (21.0, 1.0, 11.0));
    }
}
