//! Two arrays as one with a first dimension of two, so that both stream by together.

use super::view::{gather, strides};
use crate::model::{Block, DType, Data, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// Puts two arrays, matched by the names of their dimensions, one after the other along a new first dimension. The result
/// has the dimensions of both in the order of first appearance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    /// Names of each input's dimensions.
    dims: [Vec<String>; 2],
}

impl Pair {
    /// The name of the first dimension.
    pub(crate) const DIM: &'static str = "pair of variables";

    /// Of arrays like these.
    pub(crate) fn new(a: &ArrayMeta, b: &ArrayMeta) -> Self {
        Self { dims: [a.dims.clone(), b.dims.clone()] }
    }

    /// The dimensions of the result but the first.
    fn out(&self) -> Vec<&String> {
        let [a, b] = &self.dims;
        a.iter().chain(b.iter().filter(|d| !a.contains(d))).collect()
    }

    /// For each dimension of the result but the first its place among an input's.
    fn places(&self, input: usize) -> Vec<Option<usize>> {
        self.out().iter().map(|d| self.dims[input].iter().position(|own| own == *d)).collect()
    }
}

impl Op for Pair {
    fn id(&self) -> &'static str {
        "pair"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [a, b] = inputs else { return Err(Error::internal("a pair has two inputs")) };
        if let Some(meta) = [a, b].iter().find(|m| !m.dtype.is_numeric()) {
            return Err(Error::invalid(format!("arithmetic on values of type {}", meta.dtype)));
        }
        let dtype = if a.dtype.size() <= 4 && b.dtype.size() <= 4 && a.dtype.is_float() && b.dtype.is_float() {
            DType::F32
        } else {
            DType::F64
        };
        let mut meta = ArrayMeta { dims: vec![Self::DIM.to_owned()], shape: vec![2], dtype, chunks: vec![2] };
        for name in self.out() {
            let found: Vec<(usize, usize)> =
                [a, b].iter().filter_map(|m| m.dim(name).map(|d| (m.shape[d], m.chunks[d]))).collect();
            let Some(&(size, chunk)) = found.first() else { return Err(Error::internal("a pair of other arrays")) };
            if let Some((other, _)) = found.iter().find(|(n, _)| *n != size) {
                return Err(Error::invalid(format!("dimension {name} has length {size} here and {other} there"))
                    .hint("select the common labels first"));
            }
            meta.dims.push(name.clone());
            meta.shape.push(size);
            meta.chunks.push(chunk);
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        let lead = out.0.first().copied().unwrap_or(Span::new(0, 0));
        (0..2)
            .map(|input| {
                let wanted = lead.start <= input && input < lead.end();
                let mut spans = vec![Span::new(0, 0); self.dims[input].len()];
                for (place, span) in self.places(input).into_iter().zip(out.0.iter().skip(1)) {
                    if let Some(own) = place.and_then(|p| spans.get_mut(p)) {
                        *own = if wanted { *span } else { Span::new(span.start, 0) };
                    }
                }
                Region(spans)
            })
            .collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        out.cells() as u64 * 8
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let Some((lead, spans)) = out.0.split_first() else { return Err(Error::internal("a pair without dimensions")) };
        let mut blocks = Vec::new();
        for (input, (_, block)) in inputs.iter().enumerate().skip(lead.start).take(lead.len) {
            let steps = strides(block.shape());
            let offsets: Vec<Vec<usize>> = self
                .places(input)
                .iter()
                .zip(spans)
                .map(|(place, span)| {
                    let step = place.and_then(|p| steps.get(p)).copied().unwrap_or(0);
                    (0..span.len).map(|i| i * step).collect()
                })
                .collect();
            blocks.push(gather(block.data(), &offsets)?.into_data());
        }
        // The rule of `infer`, on blocks.
        let single = inputs.iter().all(|(_, b)| matches!(b.data(), Data::F32(_)));
        let data = if single {
            let all = blocks.into_iter().flat_map(|b| if let Data::F32(v) = b { v } else { Vec::new() });
            Data::F32(all.collect())
        } else {
            Data::F64(blocks.iter().flat_map(Data::to_f64).collect())
        };
        Block::new(out.shape(), data)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
