//! Arrays one after another along a dimension: one that they have, or a new one.

use crate::model::{Block, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// Inputs of one type, laid end to end along `dim`, or side by side along a new one, which comes first.
///
/// Missing values and types pass unchanged; results are bit-equal to the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Joined {
    dim: String,
    /// Place of the dimension in the result.
    at: usize,
    new: bool,
    /// Where each input begins along the dimension, and where the last ends.
    starts: Vec<usize>,
}

impl Joined {
    /// Joins arrays with these dimensions.
    pub(crate) fn new(dim: &str, metas: &[&ArrayMeta]) -> Self {
        let at = metas.first().and_then(|m| m.dim(dim));
        let mut starts = vec![0];
        for meta in metas {
            let len = at.and_then(|at| meta.shape.get(at)).copied().unwrap_or(1);
            starts.push(starts.last().copied().unwrap_or(0) + len);
        }
        Self { dim: dim.to_owned(), at: at.unwrap_or(0), new: at.is_none(), starts }
    }

    /// The positions of the result that input `i` gives.
    fn span(&self, i: usize) -> Span {
        match self.starts.get(i..i + 2) {
            Some([start, end]) => Span::new(*start, end - start),
            _ => Span::new(0, 0),
        }
    }
}

impl Op for Joined {
    fn id(&self) -> &'static str {
        "concat"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{} arrays along {}", self.starts.len() - 1, self.dim)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let (Some(first), true) = (inputs.first(), inputs.len() + 1 == self.starts.len()) else {
            return Err(Error::internal(format!("a join of {} arrays got {}", self.starts.len() - 1, inputs.len())));
        };
        let free = |d: &usize| self.new || *d != self.at;
        for other in inputs {
            let same = |d: usize| other.shape.get(d) == first.shape.get(d);
            if other.dims != first.dims || other.dtype != first.dtype || !(0..first.dims.len()).filter(free).all(same) {
                return Err(Error::invalid(format!(
                    "an array {:?} {:?} of {} is joined to one {:?} {:?} of {}",
                    other.dims, other.shape, other.dtype, first.dims, first.shape, first.dtype
                )));
            }
        }
        let mut meta = (*first).clone();
        let total = self.starts.last().copied().unwrap_or(0);
        if self.new {
            meta.dims.insert(0, self.dim.clone());
            meta.shape.insert(0, total);
            meta.chunks.insert(0, 1);
        } else if let Some(size) = meta.shape.get_mut(self.at) {
            *size = total;
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let wanted = out.0.get(self.at).copied().unwrap_or(Span::new(0, 0));
        let part = |i: usize| {
            let (own, mut spans) = (self.span(i), out.0.clone());
            let common = own.intersect(wanted);
            if common.len == 0 {
                return Region(vec![Span::new(0, 0); inputs[i].dims.len()]);
            }
            if self.new {
                spans.remove(self.at);
            } else {
                spans[self.at] = Span::new(common.start - own.start, common.len);
            }
            Region(spans)
        };
        (0..inputs.len()).map(part).collect()
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let Some((_, first)) = inputs.first() else { return Err(Error::internal("a join of nothing")) };
        let wanted = out.0.get(self.at).copied().unwrap_or(Span::new(0, 0));
        let mut result = Block::zeros(&first.data().dtype(), out.shape());
        for (i, (_, block)) in inputs.iter().enumerate() {
            let common = self.span(i).intersect(wanted);
            if common.len == 0 {
                continue;
            }
            let mut to = Region::all(&out.shape());
            to.0[self.at] = Span::new(common.start - wanted.start, common.len);
            if self.new {
                let flat = Block::new(to.shape(), block.data().clone())?;
                result.paste(&to, &flat, &Region::all(flat.shape()))?;
            } else {
                result.paste(&to, block, &Region::all(block.shape()))?;
            }
        }
        Ok(result)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Joined;
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    /// `numpy.concatenate` and `numpy.stack`.
    #[test]
    fn end_to_end_and_side_by_side() {
        let a = cube(&["t", "x"], &[2, 3], Data::I16((0..6).collect()));
        let b = cube(&["t", "x"], &[1, 3], Data::I16((10..13).collect()));
        let c = cube(&["t", "x"], &[2, 1], Data::I16(vec![20, 21]));
        let join = |dim: &str, nodes: &[&Arc<Node>]| {
            let metas: Vec<_> = nodes.iter().map(|n| n.meta()).collect();
            Node::op(Arc::new(Joined::new(dim, &metas)), nodes.iter().map(|n| Arc::clone(n)).collect())
        };
        let whole = |dim: &str, nodes: &[&Arc<Node>]| {
            let node = join(dim, nodes).unwrap();
            (node.meta().dims.clone(), node.meta().shape.clone(), everywhere(&node).unwrap().into_data().to_f64())
        };
        let long = whole("t", &[&a, &b]);
        assert_eq!((long.1, long.2), (vec![3, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0, 12.0]));
        assert_eq!(whole("x", &[&a, &c]).2, [0.0, 1.0, 2.0, 20.0, 3.0, 4.0, 5.0, 21.0]);
        let (dims, shape, values) = whole("run", &[&a, &a]);
        assert_eq!((dims, shape), (["run", "t", "x"].map(str::to_owned).to_vec(), vec![2, 2, 3]));
        assert_eq!(values[6..], values[..6]);
        let one = cube(&[], &[], Data::F64(vec![2.5]));
        assert_eq!(whole("run", &[&one, &one]).2, [2.5, 2.5]);
        assert!(join("t", &[&a, &c]).unwrap_err().to_string().contains("is joined to one"));
    }
}
