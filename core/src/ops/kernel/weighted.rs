//! The weighted mean: sum of weight times value over sum of weights, over the values that are there.

use super::frame::Frame;
use super::integers::{self, Lacks, Packed, integers};
use super::packed;
use super::stat::{Cell, merge_sums};
use super::twofold::{Twofold, add_product, add_to};
use super::view::strides;
use super::walk::{Aux, SKIP, Segment, Walk};
use crate::model::{Block, DType, Data, Error, Region, Result};
use crate::plan::{Affine, ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The mean of the first input over some dimensions, weighted by the second, whose dimensions are among the first's.
///
/// The result is `f64`, as in xarray. A missing weight counts as none; where the weights sum to 0 the result is missing.
#[derive(Debug, Clone)]
pub(crate) struct WeightedMean {
    skipna: bool,
    frame: Frame,
    /// For each dimension of the weights: which of the input's it is.
    weights: Vec<usize>,
    /// Where the input is packed: how it is decoded.
    packing: Option<Affine>,
}

impl WeightedMean {
    /// The mean over the named dimensions.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the weights have a dimension that the array lacks.
    pub(crate) fn new(skipna: bool, meta: &ArrayMeta, dims: &[String], weights: &ArrayMeta) -> Result<Self> {
        let place = |d: &String| meta.dim(d).ok_or_else(|| Error::internal(format!("weights along {d}, values not")));
        Ok(Self {
            skipna,
            frame: Frame::over(meta, dims),
            weights: weights.dims.iter().map(place).collect::<Result<_>>()?,
            packing: None,
        })
    }

    fn add<T: Cell>(&self, walk: &Walk, x: &[T], w: &[f64], state: &mut State) {
        let [sum, rest, total, total_rest] = state.planes.as_mut_slice() else { return };
        let skipna = self.skipna;
        // A weight of what is missing is 0, and so is what it adds to the sum.
        let share = |x: T, w: f64| {
            let (x, w) = (x.wide(), if w.is_nan() { 0.0 } else { w });
            if skipna && x.is_nan() { (0.0, 0.0) } else { (x, w) }
        };
        walk.each(|segment| match segment {
            Segment::Spread { from, to, n, aux, aux_step } => {
                for (i, &x) in x[from..from + n].iter().enumerate() {
                    let (x, w) = share(x, w[aux + i * aux_step]);
                    add_product(&mut sum[to + i], &mut rest[to + i], x, w);
                    add_to(&mut total[to + i], &mut total_rest[to + i], w);
                }
            }
            Segment::Gather { from, to, n, aux, aux_step } => {
                let (mut a, mut b) = (Twofold::new(sum[to], rest[to]), Twofold::new(total[to], total_rest[to]));
                for (i, &x) in x[from..from + n].iter().enumerate() {
                    let (x, w) = share(x, w[aux + i * aux_step]);
                    add_product(&mut a.hi, &mut a.lo, x, w);
                    add_to(&mut b.hi, &mut b.lo, w);
                }
                (sum[to], rest[to], total[to], total_rest[to]) = (a.hi, a.lo, b.hi, b.lo);
            }
            Segment::Scatter { from, to, table, aux, aux_step } => {
                for (i, (&offset, &x)) in table.iter().zip(&x[from..]).enumerate() {
                    if offset != SKIP {
                        let ((x, w), at) = (share(x, w[aux + i * aux_step]), to + offset);
                        add_product(&mut sum[at], &mut rest[at], x, w);
                        add_to(&mut total[at], &mut total_rest[at], w);
                    }
                }
            }
        });
    }

    /// The same on stored integers: neighbours of one weight are added up exactly, then weighed.
    fn add_stored<T: Packed>(walk: &Walk, x: &[T], lacks: &Lacks<'_>, w: &[f64], state: &mut State) {
        let [sum, rest, total, total_rest] = state.planes.as_mut_slice() else { return };
        let weight = |at: usize| Some(w[at]).filter(|w| !w.is_nan()).unwrap_or(0.0);
        let mut add = |to: usize, all: f64, there: f64, w: f64| {
            add_product(&mut sum[to], &mut rest[to], all, w);
            add_product(&mut total[to], &mut total_rest[to], there, w);
        };
        walk.each(|segment| match segment {
            Segment::Gather { from, to, n, aux, aux_step: 0 } => {
                let (all, there) = integers::total(&x[from..from + n], lacks);
                add(to, all, there, weight(aux));
            }
            Segment::Gather { from, to, n, aux, aux_step } => {
                for (i, x) in x[from..from + n].iter().enumerate().filter(|(_, x)| !lacks.one(**x)) {
                    add(to, x.wide(), 1.0, weight(aux + i * aux_step));
                }
            }
            Segment::Spread { from, to, n, aux, aux_step } => {
                for (i, x) in x[from..from + n].iter().enumerate().filter(|(_, x)| !lacks.one(**x)) {
                    add(to + i, x.wide(), 1.0, weight(aux + i * aux_step));
                }
            }
            Segment::Scatter { from, to, table, aux, aux_step } => {
                for (i, (&offset, &x)) in table.iter().zip(&x[from..]).enumerate().filter(|(_, (o, _))| **o != SKIP) {
                    if !lacks.one(x) {
                        add(to + offset, x.wide(), 1.0, weight(aux + i * aux_step));
                    }
                }
            }
        });
    }
}

impl Op for WeightedMean {
    fn id(&self) -> &'static str {
        "weighted mean"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.skipna, &self.frame, &self.weights).hash(&mut hasher);
        self.packing.iter().for_each(|affine| packed::hash(affine, hasher));
    }

    fn describe(&self) -> String {
        self.frame.describe()
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [x, w] = inputs else { return Err(Error::internal("a weighted mean has two inputs")) };
        if self.weights.len() != w.dims.len() {
            return Err(Error::internal("a weighted mean made for other dimensions"));
        }
        if !x.dtype.is_numeric() || w.dtype != DType::F64 {
            return Err(Error::invalid(format!("a weighted mean of {} with weights of {}", x.dtype, w.dtype)));
        }
        if self.weights.iter().zip(&w.shape).any(|(&d, &n)| x.shape.get(d) != Some(&n)) {
            return Err(Error::invalid(format!("weights of shape {:?} for values of shape {:?}", w.shape, x.shape)));
        }
        self.frame.infer(self.id(), x, DType::F64)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let Some(x) = inputs.first() else { return Vec::new() };
        let x = self.frame.needs(&out.0, &x.shape);
        let w = Region(self.weights.iter().filter_map(|&d| x.0.get(d).copied()).collect());
        vec![x, w]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        out.cells() as u64 * 8
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn packed(&self, decode: &Affine) -> Option<Arc<dyn Op>> {
        let passes = self.packing.is_none() && (self.skipna || decode.missing.is_empty());
        passes.then(|| Arc::new(Self { packing: Some(decode.clone()), ..self.clone() }) as Arc<dyn Op>)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for WeightedMean {
    fn state_bytes(&self, out: &Region) -> u64 {
        4 * out.cells() as u64 * 8
    }

    fn start(&self, out: &Region) -> State {
        State { planes: vec![vec![0.0; out.cells()]; 4] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        others: &[(&Region, &Block)],
    ) -> Result<()> {
        let [(region, weights)] = others else { return Err(Error::internal("a weighted mean has one set of weights")) };
        let Data::F64(w) = weights.data() else { return Err(Error::internal("weights that are not f64")) };
        let mut aux = Aux { strides: vec![0; part.0.len()], starts: vec![0; part.0.len()] };
        for ((&d, stride), span) in self.weights.iter().zip(strides(weights.shape())).zip(&region.0) {
            aux.strides[d] = stride;
            aux.starts[d] = span.start;
            if part.0[d].start < span.start || part.0[d].end() > span.end() {
                return Err(Error::internal("weights that do not cover the values"));
            }
        }
        if let Some(walk) = Walk::new(&self.frame.along, &self.frame.places(), part, out, Some(&aux)) {
            if let Some(affine) = &self.packing {
                integers!(block.data(), x => Self::add_stored(&walk, x, &Lacks::new(&affine.missing), w, state));
                return Ok(());
            }
            crate::with_data!(block.data(), v => self.add(&walk, v, w, state), _t => {
                return Err(Error::internal("a weighted mean of text"));
            });
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        for (a, b) in state.planes.chunks_exact_mut(2).zip(later.planes.chunks_exact(2)) {
            if let ([sum, rest], [sum2, rest2]) = (a, b) {
                merge_sums(sum, rest, sum2, rest2);
            }
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.frame.touches(&out.0, part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let [sum, rest, total, total_rest] = state.planes.as_slice() else {
            return Err(Error::internal("a state of another operation"));
        };
        let (scale, offset) = self.packing.as_ref().map_or((1.0, 0.0), |a| (a.scale, a.offset));
        let decode = |x: f64| if self.packing.is_some() { x * scale + offset } else { x };
        let mean = |i: usize| {
            let (sum, total) = (Twofold::new(sum[i], rest[i]).value(), Twofold::new(total[i], total_rest[i]).value());
            if total == 0.0 { f64::NAN } else { decode(sum / total) }
        };
        Block::new(out.shape(), Data::F64((0..sum.len()).map(mean).collect()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::WeightedMean;
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    /// `x.weighted(w).mean(dims)` of xarray.
    #[test]
    fn weighs_what_is_there() {
        let x = cube(
            &["t", "y", "x"],
            &[2, 2, 3],
            Data::F32(vec![1., 2., f32::NAN, 4., 5., 6., 7., 8., 9., 10., 11., 13.]),
        );
        let y = cube(&["y"], &[2], Data::F64(vec![1.0, 3.0]));
        let yx = cube(&["x", "y"], &[3, 2], Data::F64(vec![0.5, 1.0, 2.0, 0.25, f64::NAN, 1.0]));
        let mean = |w: &Arc<Node>, dims: &[&str]| {
            let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
            let op = WeightedMean::new(true, x.meta(), &dims, w.meta()).unwrap();
            everywhere(&Node::op(Arc::new(op), vec![Arc::clone(&x), Arc::clone(w)]).unwrap())
                .unwrap()
                .into_data()
                .to_f64()
        };
        assert_eq!(mean(&y, &["y", "x"]), [48.0 / 11.0, 126.0 / 12.0]);
        assert_eq!(mean(&y, &["y"]), [3.25, 4.25, 6.0, 9.25, 10.25, 12.0]);
        let first = (0.5 + 4.0 + 4.0 + 1.25 + 6.0) / 4.75;
        let second = (3.5 + 16.0 + 10.0 + 2.75 + 13.0) / 4.75;
        assert_eq!(mean(&yx, &["y", "x"]), [first, second]);
        let none = cube(&["y"], &[2], Data::F64(vec![0.0, 0.0]));
        assert!(mean(&none, &["y", "x", "t"])[0].is_nan());
    }
}
