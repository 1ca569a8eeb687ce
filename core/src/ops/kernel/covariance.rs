//! Covariance and correlation of two variables, streamed part by part.

use super::frame::Frame;
use super::pair::Pair;
use super::stat::{Cell, plane};
use super::twofold::{Twofold, add_to};
use super::walk::Walk;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The covariance, or the correlation, of the two halves of a [`Pair`] over some dimensions.
///
/// Where either value is missing neither counts. The covariance of too few values for its `ddof`, and the correlation
/// with what does not vary, are NaN.
#[derive(Debug, Clone)]
pub(crate) struct Covariance {
    /// What is taken off the number of values of a covariance; `None` for a correlation.
    ddof: Option<usize>,
    /// Of the dimensions but the first.
    frame: Frame,
    dtype: DType,
}

impl Covariance {
    /// Over the named dimensions of a pair; a correlation without `ddof`.
    pub(crate) fn new(ddof: Option<usize>, pair: &ArrayMeta, dims: &[String]) -> Self {
        let rest = ArrayMeta {
            dims: pair.dims.iter().skip(1).cloned().collect(),
            shape: pair.shape.iter().skip(1).copied().collect(),
            dtype: pair.dtype.clone(),
            chunks: pair.chunks.iter().skip(1).copied().collect(),
        };
        // A covariance is double precision in xarray, a correlation has the values' own.
        let dtype = if ddof.is_some() { DType::F64 } else { pair.dtype.clone() };
        Self { ddof, frame: Frame::over(&rest, dims), dtype }
    }

    /// Number, means, sum of products of distances from them, and of squares for a correlation; all but the first twofold.
    fn planes(&self) -> usize {
        if self.ddof.is_some() { 7 } else { 11 }
    }

    fn add<T: Cell>(&self, walk: &Walk, x: &[T], y: &[T], state: &mut State) {
        let cells = state.planes.first().map_or(0, Vec::len);
        let mut part = State { planes: vec![vec![0.0; cells]; self.planes()] };
        let [n, mx, mx_rest, my, my_rest, xy, xy_rest, squares @ ..] = part.planes.as_mut_slice() else { return };
        walk.cells(|from, to| {
            let (x, y) = (x[from].wide(), y[from].wide());
            if !x.is_nan() && !y.is_nan() {
                n[to] += 1.0;
                add_to(&mut mx[to], &mut mx_rest[to], x);
                add_to(&mut my[to], &mut my_rest[to], y);
            }
        });
        for (hi, lo) in [(&mut *mx, &mut *mx_rest), (&mut *my, &mut *my_rest)] {
            for ((hi, lo), n) in hi.iter_mut().zip(lo).zip(n.iter()).filter(|(_, n)| **n > 0.0) {
                let mean = Twofold::new(*hi, *lo).over(*n);
                (*hi, *lo) = (mean.hi, mean.lo);
            }
        }
        walk.cells(|from, to| {
            let (x, y) = (x[from].wide(), y[from].wide());
            if x.is_nan() || y.is_nan() {
                return;
            }
            let x = Twofold::new(x, 0.0).minus(Twofold::new(mx[to], mx_rest[to]));
            let y = Twofold::new(y, 0.0).minus(Twofold::new(my[to], my_rest[to]));
            put(xy, xy_rest, to, x.times(y));
            if let [xx, xx_rest, yy, yy_rest] = squares {
                put(xx, xx_rest, to, x.times(x));
                put(yy, yy_rest, to, y.times(y));
            }
        });
        self.merge(state, &part);
    }
}

/// Adds to a sum that stands in two planes.
fn put(hi: &mut [f64], lo: &mut [f64], at: usize, x: Twofold) {
    let both = Twofold::new(hi[at], lo[at]).plus(x);
    (hi[at], lo[at]) = (both.hi, both.lo);
}

impl Op for Covariance {
    fn id(&self) -> &'static str {
        if self.ddof.is_some() { "cov" } else { "corr" }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.ddof, &self.frame, &self.dtype).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        self.frame.describe()
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a covariance has one input")) };
        if input.dims.first().is_none_or(|d| d != Pair::DIM) {
            return Err(Error::internal("a covariance of what is no pair"));
        }
        let rest = ArrayMeta {
            dims: input.dims[1..].to_vec(),
            shape: input.shape[1..].to_vec(),
            dtype: input.dtype.clone(),
            chunks: input.chunks[1..].to_vec(),
        };
        self.frame.infer(self.id(), &rest, self.dtype.clone())
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let need = |input: &&ArrayMeta| {
            let mut region = self.frame.needs(&out.0, input.shape.get(1..).unwrap_or(&[]));
            region.0.insert(0, Span::new(0, 2));
            region
        };
        inputs.iter().map(need).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        2 * self.state_bytes(out)
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Covariance {
    fn state_bytes(&self, out: &Region) -> u64 {
        (self.planes() * out.cells() * 8) as u64
    }

    fn start(&self, out: &Region) -> State {
        State { planes: vec![vec![0.0; out.cells()]; self.planes()] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        let Some((pair, spans)) = part.0.split_first() else {
            return Err(Error::internal("a pair without dimensions"));
        };
        if *pair != Span::new(0, 2) || block.shape() != part.shape() {
            return Err(Error::internal(format!("a block of {:?} for {part:?}: half a pair", block.shape())));
        }
        let rest = Region(spans.to_vec());
        if let Some(walk) = Walk::new(&self.frame.along, &self.frame.places(), &rest, out, None) {
            crate::with_data!(block.data(), v => {
                let (x, y) = v.split_at(v.len() / 2);
                self.add(&walk, x, y, state);
            }, _t => return Err(Error::internal("a covariance of text")));
        }
        Ok(())
    }

    /// Two sets of means and sums about them as one (Chan, Golub and `LeVeque` 1979).
    fn merge(&self, state: &mut State, later: &State) {
        let (
            [n, mx, mx_rest, my, my_rest, xy, xy_rest, squares @ ..],
            [n2, mx2, mx2_rest, my2, my2_rest, xy2, xy2_rest, squares2 @ ..],
        ) = (state.planes.as_mut_slice(), later.planes.as_slice())
        else {
            return;
        };
        for i in (0..n.len()).filter(|&i| n2[i] > 0.0) {
            let both = n[i] + n2[i];
            let of = |hi: &[f64], lo: &[f64]| Twofold::new(hi[i], lo[i]);
            let (dx, dy) = (of(mx2, mx2_rest).minus(of(mx, mx_rest)), of(my2, my2_rest).minus(of(my, my_rest)));
            let share = |x: Twofold| x.times(Twofold::new(n2[i], 0.0)).over(both);
            let between = |a: Twofold, b: Twofold| share(a.times(b).times(Twofold::new(n[i], 0.0)));
            put(xy, xy_rest, i, of(xy2, xy2_rest).plus(between(dx, dy)));
            if let ([xx, xx_rest, yy, yy_rest], [xx2, xx2_rest, yy2, yy2_rest]) = (&mut *squares, squares2) {
                put(xx, xx_rest, i, of(xx2, xx2_rest).plus(between(dx, dx)));
                put(yy, yy_rest, i, of(yy2, yy2_rest).plus(between(dy, dy)));
            }
            put(mx, mx_rest, i, share(dx));
            put(my, my_rest, i, share(dy));
            n[i] = both;
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        part.0.split_first().is_some_and(|(_, rest)| self.frame.touches(&out.0, &Region(rest.to_vec())))
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let [n, _, _, _, _, products, _, squares @ ..] = state.planes.as_slice() else {
            return Err(Error::internal("a state of another operation"));
        };
        let values = match (self.ddof, squares) {
            (None, [xx, _, yy, _]) => {
                products.iter().zip(xx.iter().zip(yy)).map(|(xy, (xx, yy))| xy / (xx.sqrt() * yy.sqrt())).collect()
            }
            (ddof, _) => {
                let ddof = ddof.unwrap_or(0) as f64;
                products.iter().zip(n).map(|(xy, &n)| if n > ddof { xy / (n - ddof) } else { f64::NAN }).collect()
            }
        };
        Block::new(out.shape(), plane(&self.dtype, values))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Covariance, Pair};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn run(ddof: Option<usize>, a: &Arc<Node>, b: &Arc<Node>, dims: &[&str]) -> Vec<f64> {
        let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
        let pair = Node::op(Arc::new(Pair::new(a.meta(), b.meta())), vec![Arc::clone(a), Arc::clone(b)]).unwrap();
        let op = Covariance::new(ddof, pair.meta(), &dims);
        op_values(&Node::op(Arc::new(op), vec![pair]).unwrap())
    }

    /// In one piece and in pieces; a pair is not cut in two, so parts are not streamed one pair at a time here.
    fn op_values(node: &Arc<Node>) -> Vec<f64> {
        everywhere(node).unwrap().into_data().to_f64()
    }

    /// Values from `xr.cov` and `xr.corr`.
    #[test]
    fn pairs_that_lack_one_do_not_count() {
        let nan = f64::NAN;
        let a = cube(&["t", "x"], &[4, 2], Data::F64(vec![1., 2., 2., nan, 4., 6., 7., 7.]));
        let b = cube(&["t"], &[4], Data::F64(vec![2., 9., 3., 5.]));
        let cov = run(Some(1), &a, &b, &["t"]);
        assert!((cov[0] - 0.5 / 3.0).abs() < 1e-14 && (cov[1] - 3.5).abs() < 1e-14, "{cov:?}");
        let corr = run(None, &a, &b, &["t"]);
        assert!((corr[1] - 3.5 / (7.0_f64 * 7.0 / 3.0).sqrt()).abs() < 1e-14, "{corr:?}");
        let one = run(None, &a, &a, &["t", "x"]);
        assert!((one[0] - 1.0).abs() < 1e-15);
        let none = cube(&["t"], &[4], Data::F64(vec![nan, 1., nan, nan]));
        assert!(run(Some(1), &b, &none, &["t"])[0].is_nan() && run(None, &b, &none, &["t"])[0].is_nan());
    }
}
