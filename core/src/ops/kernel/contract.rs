//! Sums of products with weights over some dimensions, one for each row of weights: projections and regressions.

use super::frame::Frame;
use super::stat::Cell;
use super::view::strides;
use super::walk::{Aux, Segment, Walk};
use crate::model::{Block, DType, Data, Error, Region, Result};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// For each row of the second input the sum of its products with the first over the dimensions they share, times a
/// factor, in `f64`. The rows are the second input's first dimension and become the result's; its others are dimensions
/// of the first, in the same order, and go.
///
/// A missing value is passed over, or makes the sums that it is in missing.
#[derive(Debug, Clone)]
pub(crate) struct Contract {
    frame: Frame,
    /// For each dimension of the first input, which of a row's it is.
    shared: Vec<Option<usize>>,
    /// Lengths of the weights.
    weights: Vec<usize>,
    factor: f64,
    skipna: bool,
}

impl Contract {
    /// The sums of an array with rows of weights.
    pub(crate) fn new(meta: &ArrayMeta, weights: &ArrayMeta, factor: f64, skipna: bool) -> Self {
        let dims = weights.dims.get(1..).unwrap_or(&[]);
        let shared = meta.dims.iter().map(|d| dims.iter().position(|w| w == d)).collect();
        Self { frame: Frame::over(meta, dims), shared, weights: weights.shape.clone(), factor, skipna }
    }

    fn add<T: Cell>(&self, walk: &Walk, x: &[T], weights: &[f64], sum: &mut [f64]) {
        let there = |x: T| {
            let x = x.wide();
            if self.skipna && x.is_nan() { 0.0 } else { x }
        };
        walk.each(|segment| match segment {
            Segment::Spread { from, to, n, aux, aux_step: 0 } => {
                let weight = weights[aux];
                for (to, x) in sum[to..to + n].iter_mut().zip(&x[from..from + n]) {
                    *to += weight * there(*x);
                }
            }
            Segment::Spread { from, to, n, aux, aux_step } => {
                for i in 0..n {
                    sum[to + i] += weights[aux + i * aux_step] * there(x[from + i]);
                }
            }
            Segment::Gather { from, to, n, aux, aux_step } => {
                let products = (0..n).map(|i| weights[aux + i * aux_step] * there(x[from + i]));
                sum[to] += products.sum::<f64>();
            }
            // Nothing falls into groups.
            Segment::Scatter { .. } => {}
        });
    }
}

impl Op for Contract {
    fn id(&self) -> &'static str {
        "projection"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (&self.frame, &self.shared, &self.weights, self.factor.to_bits(), self.skipna).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{} rows of weights {}", self.weights.first().copied().unwrap_or(0), self.frame.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input, weights] = inputs else { return Err(Error::internal("a projection has two inputs")) };
        let (Some(rows), Some((name, dims))) = (weights.shape.first(), weights.dims.split_first()) else {
            return Err(Error::internal("a projection without rows of weights"));
        };
        let own: Vec<&String> = input.dims.iter().filter(|d| dims.contains(d)).collect();
        let lengths = |d: &String| input.dim(d).map(|i| input.shape[i]);
        let fits = dims.iter().zip(&weights.shape[1..]).all(|(d, n)| lengths(d) == Some(*n));
        if !fits || own != dims.iter().collect::<Vec<_>>() || weights.shape != self.weights {
            return Err(Error::internal(format!("weights along {dims:?} for an array along {:?}", input.dims)));
        }
        let mut meta = self.frame.infer(self.id(), input, DType::F64)?;
        meta.dims.insert(0, name.clone());
        meta.shape.insert(0, *rows);
        meta.chunks.insert(0, (*rows).max(1));
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let (Some(input), Some((rows, rest))) = (inputs.first(), out.0.split_first()) else { return Vec::new() };
        let mut weights = Region::all(&self.weights);
        if let Some(first) = weights.0.first_mut() {
            *first = *rows;
        }
        vec![self.frame.needs(rest, &input.shape), weights]
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Contract {
    fn state_bytes(&self, out: &Region) -> u64 {
        // The weights are made `f64` beside the sums.
        (out.cells() + self.weights.iter().product::<usize>()) as u64 * 8
    }

    fn start(&self, out: &Region) -> State {
        State { planes: vec![vec![0.0; out.cells()]] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        others: &[(&Region, &Block)],
    ) -> Result<()> {
        let ([(_, weights)], Some((rows, rest))) = (others, out.0.split_first()) else {
            return Err(Error::internal("a projection without weights"));
        };
        let steps = strides(&self.weights);
        let aux = Aux {
            strides: self.shared.iter().map(|d| d.and_then(|d| steps.get(d + 1)).copied().unwrap_or(0)).collect(),
            starts: vec![0; self.shared.len()],
        };
        let rest = Region(rest.to_vec());
        let walk = Walk::new(&self.frame.along, &self.frame.places(), part, &rest, Some(&aux));
        let (Some(walk), Some(sums)) = (walk, state.planes.first_mut()) else { return Ok(()) };
        let weights = weights.data().to_f64();
        let row = steps.first().copied().unwrap_or(1);
        for i in 0..rows.len {
            let (Some(weights), Some(sum)) =
                (weights.get(i * row..(i + 1) * row), sums.get_mut(i * rest.cells()..(i + 1) * rest.cells()))
            else {
                return Err(Error::internal("fewer weights than rows"));
            };
            crate::with_data!(block.data(), v => self.add(&walk, v, weights, sum), _t => {
                return Err(Error::internal("a projection of text"));
            });
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        for (a, b) in state.planes.iter_mut().zip(&later.planes) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        out.0.split_first().is_some_and(|(_, rest)| self.frame.touches(rest, part))
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let mut sums = state.planes.into_iter().next().unwrap_or_default();
        sums.iter_mut().for_each(|x| *x *= self.factor);
        Block::new(out.shape(), Data::F64(sums))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Contract;
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    #[test]
    fn sums_over_the_dimensions_that_are_shared() {
        let x: Vec<f32> = (0..24u8).map(|i| if i == 7 { f32::NAN } else { f32::from(i) }).collect();
        let node = cube(&["t", "y", "x"], &[2, 3, 4], Data::F32(x.clone()));
        let run = |dims: &[&str], shape: &[usize], skipna| {
            let n: usize = shape.iter().product();
            let weights = cube(dims, shape, Data::F64((0..n).map(|i| i as f64 - 2.0).collect()));
            let op = Contract::new(node.meta(), weights.meta(), 0.5, skipna);
            let node = Node::op(Arc::new(op), vec![Arc::clone(&node), weights]).unwrap();
            (node.meta().shape.clone(), everywhere(&node).unwrap().into_data().to_f64())
        };
        let value = |t: usize, y: usize, c: usize| f64::from(x[t * 12 + y * 4 + c]);
        let (shape, got) = run(&["mode", "t"], &[3, 2], false);
        assert_eq!(shape, [3, 3, 4]);
        for (i, got) in got.iter().enumerate() {
            let (mode, y, c) = (i / 12, i / 4 % 3, i % 4);
            let expected = 0.5
                * ((2 * mode) as f64 - 2.0)
                    .mul_add(value(0, y, c), (2 * mode + 1) as f64 * value(1, y, c) - 2.0 * value(1, y, c));
            assert!(*got == expected || (got.is_nan() && (y, c) == (1, 3)), "{i}: {got} {expected}");
        }
        let (shape, got) = run(&["mode", "y", "x"], &[2, 3, 4], true);
        assert_eq!(shape, [2, 2]);
        for (i, got) in got.iter().enumerate() {
            let (mode, t) = (i / 2, i % 2);
            let term = |k: usize| ((mode * 12 + k) as f64 - 2.0) * value(t, k / 4, k % 4);
            let expected = 0.5 * (0..12).map(term).filter(|x| !x.is_nan()).sum::<f64>();
            assert!((got - expected).abs() < 1e-12, "{i}: {got} {expected}");
        }
        assert!(run(&["mode", "y", "x"], &[2, 3, 4], false).1[0].is_nan());
    }
}
