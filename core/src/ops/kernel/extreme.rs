//! Where along a dimension the smallest or largest value stands, streamed part by part.

use super::frame::Frame;
use super::stat::Cell;
use super::walk::{Aux, SKIP, Segment, Walk};
use crate::model::{Block, DType, Data, Error, Region, Result};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The position along one dimension of the first smallest or largest value, as a 64-bit integer.
///
/// Missing values are passed over, or, without `skipna`, the first of them is the extreme, as in numpy. Where all are
/// missing the position is -1.
#[derive(Debug, Clone)]
pub(crate) struct Extreme {
    largest: bool,
    skipna: bool,
    dim: usize,
    frame: Frame,
}

impl Extreme {
    /// The extreme along dimension `dim` of the array.
    pub(crate) fn new(largest: bool, skipna: bool, meta: &ArrayMeta, dim: usize) -> Self {
        let name: Vec<String> = meta.dims.get(dim).cloned().into_iter().collect();
        Self { largest, skipna, dim, frame: Frame::over(meta, &name) }
    }

    /// Whether `x` takes the place of the best so far, which stands at `at`; each with what rounding left of it.
    fn better(&self, (x, rest): (f64, f64), (best, rest2): (f64, f64), at: f64) -> bool {
        if at < 0.0 {
            return !(self.skipna && x.is_nan());
        }
        // One that is missing is kept only without skipna, and is then beyond all others.
        let beyond = if self.largest { (x, rest) > (best, rest2) } else { (x, rest) < (best, rest2) };
        !best.is_nan() && (beyond || (!self.skipna && x.is_nan()))
    }

    fn look<T: Cell>(&self, walk: &Walk, x: &[T], state: &mut State) {
        let [best, rest, place] = state.planes.as_mut_slice() else { return };
        let mut meet = |to: usize, x: T, at: usize| {
            if self.better((x.wide(), x.rest()), (best[to], rest[to]), place[to]) {
                (best[to], rest[to], place[to]) = (x.wide(), x.rest(), at as f64);
            }
        };
        walk.each(|segment| match segment {
            Segment::Spread { from, to, n, aux, aux_step } => {
                (0..n).for_each(|i| meet(to + i, x[from + i], aux + i * aux_step));
            }
            Segment::Gather { from, to, n, aux, aux_step } => {
                (0..n).for_each(|i| meet(to, x[from + i], aux + i * aux_step));
            }
            Segment::Scatter { from, to, table, aux, aux_step } => {
                for (i, &offset) in table.iter().enumerate().filter(|(_, o)| **o != SKIP) {
                    meet(to + offset, x[from + i], aux + i * aux_step);
                }
            }
        });
    }
}

impl Op for Extreme {
    fn id(&self) -> &'static str {
        if self.largest { "argmax" } else { "argmin" }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.largest, self.skipna, self.dim, &self.frame).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        self.frame.describe()
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("an extreme has one input")) };
        if input.shape.get(self.dim) == Some(&0) {
            return Err(Error::invalid(format!("{} of no position", self.id())));
        }
        self.frame.infer(self.id(), input, DType::I64)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| self.frame.needs(&out.0, &input.shape)).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        out.cells() as u64 * 24
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Extreme {
    fn state_bytes(&self, out: &Region) -> u64 {
        out.cells() as u64 * 24
    }

    fn start(&self, out: &Region) -> State {
        State { planes: [f64::NAN, 0.0, -1.0].map(|x| vec![x; out.cells()]).into() }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        if block.shape() != part.shape() || part.0.len() != self.frame.along.len() {
            return Err(Error::internal(format!("a block of {:?} for {part:?}", block.shape())));
        }
        let positions = Aux::positions(part.0.len(), self.dim);
        if let Some(walk) = Walk::new(&self.frame.along, &self.frame.places(), part, out, Some(&positions)) {
            crate::with_data!(block.data(), v => self.look(&walk, v, state), _t => {
                return Err(Error::internal("an extreme of text"));
            });
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        let ([best, rest, place], [next, rest2, at]) = (state.planes.as_mut_slice(), later.planes.as_slice()) else {
            return;
        };
        for i in 0..place.len() {
            if at[i] >= 0.0 && self.better((next[i], rest2[i]), (best[i], rest[i]), place[i]) {
                (best[i], rest[i], place[i]) = (next[i], rest2[i], at[i]);
            }
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.frame.touches(&out.0, part)
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole numbers below the length of the dimension")]
    fn finish(&self, mut state: State, out: &Region) -> Result<Block> {
        let place = state.planes.pop().unwrap_or_default();
        Block::new(out.shape(), Data::I64(place.iter().map(|&at| at as i64).collect()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Extreme;
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn run(largest: bool, skipna: bool, node: &Arc<Node>, dim: usize) -> Data {
        let op = Extreme::new(largest, skipna, node.meta(), dim);
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(node)]).unwrap()).unwrap().into_data()
    }

    /// Values from `numpy.nanargmin`, `nanargmax` and, with missing values, `argmin`.
    #[test]
    fn the_first_of_equals_and_what_is_missing() {
        let nan = f64::NAN;
        let x = cube(
            &["y", "x"],
            &[3, 5],
            Data::F64(vec![2., nan, 7., 1., nan, 0., 3., 7., 1., nan, 0., nan, 1., 4., nan]),
        );
        assert_eq!(run(false, true, &x, 0), Data::I64(vec![1, 1, 2, 0, -1]));
        assert_eq!(run(true, true, &x, 0), Data::I64(vec![0, 1, 0, 2, -1]));
        assert_eq!(run(true, true, &x, 1), Data::I64(vec![2, 2, 3]));
        assert_eq!(run(false, false, &x, 0), Data::I64(vec![1, 0, 2, 0, 0]));
        assert_eq!(run(false, false, &x, 1), Data::I64(vec![1, 4, 1]));
        let whole = cube(&["x"], &[4], Data::U8(vec![3, 9, 9, 0]));
        assert_eq!(run(true, true, &whole, 0), Data::I64(vec![1]));
        // Neighbours that one float stands for.
        let far = cube(&["x"], &[4], Data::I64([3, 1, 2, 5].map(|i| (1 << 60) + i).into()));
        assert_eq!((run(true, true, &far, 0), run(false, true, &far, 0)), (Data::I64(vec![3]), Data::I64(vec![1])));
    }
}
