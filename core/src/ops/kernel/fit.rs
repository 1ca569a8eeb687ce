//! Least-squares polynomials along one dimension, streamed part by part.

use super::frame::Frame;
use super::stat::Cell;
use super::walk::{Aux, SKIP, Segment, Walk};
use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What of a fit is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Terms {
    /// The coefficients of the coordinate's powers, the highest first, along a first dimension `degree`.
    Powers,
    /// The coefficients of the Legendre polynomials of the centred coordinate (see [`Fit::centred`]), the constant first,
    /// along a first dimension `degree`.
    Legendre,
    /// The coefficient of the coordinate itself, times a factor.
    Slope(f64),
}

/// The polynomial of least squares through the values along one dimension, in double precision.
///
/// The coordinate is centred and scaled to -1 to 1 first, and the normal equations are those of Legendre polynomials,
/// which are near orthogonal there; so sums may stream by without losing digits. Sums over all positions are known
/// beforehand; of each cell only those over its values, and over its missing positions, are kept. Fewer values than
/// coefficients, or, without `skipna`, a missing one, give NaN.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    frame: Frame,
    dim: usize,
    skipna: bool,
    terms: Terms,
    /// For each degree the Legendre polynomial at each position.
    basis: Arc<[Vec<f64>]>,
    /// The middle of the coordinate and half its extent.
    middle: f64,
    half: f64,
}

impl Fit {
    /// The fit of degree `deg` along dimension `dim`, whose positions stand at these finite coordinates.
    pub(crate) fn new(deg: usize, skipna: bool, terms: Terms, meta: &ArrayMeta, dim: usize, at: &[f64]) -> Self {
        let name: Vec<String> = meta.dims.get(dim).cloned().into_iter().collect();
        let (middle, half) = Self::centred(at);
        let u: Vec<f64> = at.iter().map(|x| (x - middle) / half).collect();
        let basis = (0..=deg).map(|k| u.iter().map(|&u| legendre(k, u)).collect()).collect();
        Self { frame: Frame::over(meta, &name), dim, skipna, terms, basis, middle, half }
    }

    /// The middle of coordinates and half their extent, 1 where they have none.
    pub(crate) fn centred(at: &[f64]) -> (f64, f64) {
        let (low, high) = at.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        let half = (high - low) / 2.0;
        if half > 0.0 { (low + half, half) } else { (if low.is_finite() { low } else { 0.0 }, 1.0) }
    }

    /// Number of coefficients.
    fn order(&self) -> usize {
        self.basis.len()
    }

    /// Planes of sums over missing positions: one for each two polynomials.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let order = self.order();
        (0..order).flat_map(move |i| (i..order).map(move |j| (i, j)))
    }

    /// The coefficients that are wanted, and the spans of the other dimensions.
    fn split<'a>(&self, out: &'a Region) -> (Span, &'a [Span]) {
        match (self.terms, out.0.split_first()) {
            (Terms::Powers | Terms::Legendre, Some((lead, rest))) => (*lead, rest),
            _ => (Span::new(0, 1), &out.0),
        }
    }

    fn cells(&self, out: &Region) -> usize {
        self.split(out).1.iter().map(|s| s.len).product()
    }

    /// Adds the cells of a walk.
    fn add<T: Cell>(&self, walk: &Walk, x: &[T], state: &mut State) {
        let order = self.order();
        let Some((sums, missing)) = state.planes.split_at_mut_checked(order) else { return };
        let pairs: Vec<(usize, usize)> = self.pairs().collect();
        let at = |k: usize, position: usize| self.basis[k].get(position).copied().unwrap_or(0.0);
        let mut lacks = |to: usize, position: usize| {
            for (plane, &(i, j)) in missing.iter_mut().zip(&pairs) {
                plane[to] += at(i, position) * at(j, position);
            }
        };
        walk.each(|segment| match segment {
            // One position of many cells.
            Segment::Spread { from, to, n, aux, aux_step: 0 } => {
                let x = &x[from..from + n];
                for (k, plane) in sums.iter_mut().enumerate() {
                    let p = at(k, aux);
                    fast(
                        #[inline(always)]
                        || {
                            for (sum, &x) in plane[to..to + n].iter_mut().zip(x) {
                                *sum += p * there(x.wide());
                            }
                        },
                    );
                }
                let any = fast(
                    #[inline(always)]
                    || x.iter().fold(false, |any, x| any | x.wide().is_nan()),
                );
                if any {
                    x.iter().enumerate().filter(|(_, x)| x.wide().is_nan()).for_each(|(i, _)| lacks(to + i, aux));
                }
            }
            // Neighbouring positions of one cell.
            Segment::Gather { from, to, n, aux, aux_step: 1 } => {
                let x = &x[from..from + n];
                for (plane, basis) in sums.iter_mut().zip(self.basis.iter()) {
                    // One after the other, as where cells lie side by side: the same bits for any part of the result.
                    let positions = basis.get(aux..).unwrap_or(&[]);
                    plane[to] = x.iter().zip(positions).fold(plane[to], |sum, (&x, &p)| sum + p * there(x.wide()));
                }
                x.iter().enumerate().filter(|(_, x)| x.wide().is_nan()).for_each(|(i, _)| lacks(to, aux + i));
            }
            Segment::Spread { from, to, n, aux, aux_step } => {
                (0..n).for_each(|i| one(sums, &mut lacks, &at, x[from + i], to + i, aux + i * aux_step));
            }
            Segment::Gather { from, to, n, aux, aux_step } => {
                (0..n).for_each(|i| one(sums, &mut lacks, &at, x[from + i], to, aux + i * aux_step));
            }
            Segment::Scatter { from, to, table, aux, aux_step } => {
                for (i, &offset) in table.iter().enumerate().filter(|(_, o)| **o != SKIP) {
                    one(sums, &mut lacks, &at, x[from + i], to + offset, aux + i * aux_step);
                }
            }
        });
    }

    /// The rows that make the wanted terms of the coefficients of Legendre polynomials.
    fn rows(&self) -> Vec<Vec<f64>> {
        let order = self.order();
        let powers = || powers(order, self.middle, self.half);
        match self.terms {
            Terms::Legendre => {
                (0..order).map(|i| (0..order).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect()
            }
            Terms::Powers => powers().into_iter().rev().collect(),
            Terms::Slope(factor) => {
                powers().into_iter().skip(1).take(1).map(|row| row.iter().map(|x| x * factor).collect()).collect()
            }
        }
    }
}

/// Adds one cell at one position.
fn one<T: Cell>(
    sums: &mut [Vec<f64>],
    lacks: &mut impl FnMut(usize, usize),
    at: &impl Fn(usize, usize) -> f64,
    x: T,
    to: usize,
    position: usize,
) {
    let x = x.wide();
    if x.is_nan() {
        return lacks(to, position);
    }
    for (k, plane) in sums.iter_mut().enumerate() {
        plane[to] += at(k, position) * x;
    }
}

fn there(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

/// The Legendre polynomial of degree `k` (Bonnet's recursion).
pub(crate) fn legendre(k: usize, u: f64) -> f64 {
    let (mut before, mut now) = (1.0, u);
    if k == 0 {
        return before;
    }
    for i in 1..k {
        let i = i as f64;
        (before, now) = (now, ((2.0 * i + 1.0) * u * now - i * before) / (i + 1.0));
    }
    now
}

/// For each power of `x` from 0: what each Legendre polynomial of `(x - middle) / half` has of it.
fn powers(order: usize, middle: f64, half: f64) -> Vec<Vec<f64>> {
    // Polynomials in x, the constant first, by the same recursion.
    let times_u = |p: &[f64]| -> Vec<f64> {
        let mut out = vec![0.0; order];
        for (j, &c) in p.iter().enumerate() {
            out[j] -= c * middle / half;
            if let Some(next) = out.get_mut(j + 1) {
                *next += c / half;
            }
        }
        out
    };
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(order);
    for k in 0..order {
        let next = match k {
            0 => (0..order).map(|j| if j == 0 { 1.0 } else { 0.0 }).collect(),
            1 => times_u(&basis[0]),
            _ => {
                let i = k as f64 - 1.0;
                let up = times_u(&basis[k - 1]);
                up.iter().zip(&basis[k - 2]).map(|(a, b)| ((2.0 * i + 1.0) * a - i * b) / (i + 1.0)).collect()
            }
        };
        basis.push(next);
    }
    (0..order).map(|j| basis.iter().map(|p: &Vec<f64>| p[j]).collect()).collect()
}

/// Solves `gram · x = right` in place by Cholesky's method; false where `gram` is not positive definite to rounding.
fn solve(gram: &mut [f64], right: &mut [f64]) -> bool {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| gram[i * n + k] * gram[j * n + k]).sum();
            let rest = gram[i * n + j] - sum;
            if i == j {
                if rest.is_nan() || rest <= 1e-13 * gram[i * n + i].abs() {
                    return false;
                }
                gram[i * n + i] = rest.sqrt();
            } else {
                gram[i * n + j] = rest / gram[j * n + j];
            }
        }
    }
    for i in 0..n {
        let sum: f64 = (0..i).map(|k| gram[i * n + k] * right[k]).sum();
        right[i] = (right[i] - sum) / gram[i * n + i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| gram[k * n + i] * right[k]).sum();
        right[i] = (right[i] - sum) / gram[i * n + i];
    }
    true
}

impl Op for Fit {
    fn id(&self) -> &'static str {
        if matches!(self.terms, Terms::Slope(_)) { "trend" } else { "polyfit" }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (&self.frame, self.dim, self.skipna, self.order()).hash(&mut hasher);
        let (terms, factor) = match self.terms {
            Terms::Powers => (0u8, 0.0f64),
            Terms::Legendre => (1, 0.0),
            Terms::Slope(factor) => (2, factor),
        };
        (terms, factor.to_bits(), self.middle.to_bits(), self.half.to_bits()).hash(&mut hasher);
        self.basis.iter().skip(1).take(1).flatten().for_each(|u| hasher.write_u64(u.to_bits()));
    }

    fn describe(&self) -> String {
        format!("of degree {} {}", self.order() - 1, self.frame.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a fit has one input")) };
        let positions = self.basis.first().map_or(0, Vec::len);
        if input.shape.get(self.dim) != Some(&positions) {
            return Err(Error::internal(format!("{positions} coordinates for {:?}", input.shape)));
        }
        let mut meta = self.frame.infer(self.id(), input, DType::F64)?;
        if !matches!(self.terms, Terms::Slope(_)) {
            meta.dims.insert(0, "degree".to_owned());
            meta.shape.insert(0, self.order());
            meta.chunks.insert(0, self.order());
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| self.frame.needs(self.split(out).1, &input.shape)).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        self.state_bytes(out)
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Fit {
    fn state_bytes(&self, out: &Region) -> u64 {
        ((self.order() + self.pairs().count()) * self.cells(out) * 8) as u64
    }

    fn start(&self, out: &Region) -> State {
        State { planes: vec![vec![0.0; self.cells(out)]; self.order() + self.pairs().count()] }
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
        let spans = Region(self.split(out).1.to_vec());
        if let Some(walk) = Walk::new(&self.frame.along, &self.frame.places(), part, &spans, Some(&positions)) {
            crate::with_data!(block.data(), v => self.add(&walk, v, state), _t => {
                return Err(Error::internal("a fit of text"));
            });
        }
        Ok(())
    }

    fn each_cell(&self) -> bool {
        false
    }

    fn merge(&self, state: &mut State, later: &State) {
        for (a, b) in state.planes.iter_mut().zip(&later.planes) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.frame.touches(self.split(out).1, part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let (order, cells) = (self.order(), self.cells(out));
        let (lead, _) = self.split(out);
        let rows: Vec<Vec<f64>> = self.rows().into_iter().skip(lead.start).take(lead.len).collect();
        // The sums of products over all positions, of which each cell lacks those that are missing.
        let all: Vec<f64> =
            self.pairs().map(|(i, j)| self.basis[i].iter().zip(&self.basis[j]).map(|(a, b)| a * b).sum()).collect();
        let pairs: Vec<(usize, usize)> = self.pairs().collect();
        let Some((sums, missing)) = state.planes.split_at_checked(order) else {
            return Err(Error::internal("a state of another operation"));
        };
        let mut result = vec![f64::NAN; out.cells()];
        let (mut gram, mut right) = (vec![0.0; order * order], vec![0.0; order]);
        for cell in 0..cells {
            for (((i, j), all), lacking) in pairs.iter().zip(&all).zip(missing) {
                gram[j * order + i] = all - lacking[cell];
                gram[i * order + j] = all - lacking[cell];
            }
            let number = gram[0];
            if (!self.skipna && missing[0][cell] > 0.0) || number < order as f64 - 0.5 {
                continue;
            }
            right.iter_mut().zip(sums).for_each(|(r, sum)| *r = sum[cell]);
            if solve(&mut gram, &mut right) {
                for (i, row) in rows.iter().enumerate() {
                    result[i * cells + cell] = row.iter().zip(&right).map(|(a, b)| a * b).sum();
                }
            }
        }
        Block::new(out.shape(), Data::F64(result))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Fit, Terms};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn run(deg: usize, skipna: bool, terms: Terms, node: &Arc<Node>, dim: usize, at: &[f64]) -> Vec<f64> {
        let op = Fit::new(deg, skipna, terms, node.meta(), dim, at);
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(node)]).unwrap()).unwrap().into_data().to_f64()
    }

    fn close(got: &[f64], expected: &[f64]) {
        let near = |(a, b): (&f64, &f64)| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-11 * b.abs().max(1.0);
        assert!(got.len() == expected.len() && got.iter().zip(expected).all(near), "{got:?} {expected:?}");
    }

    /// Values along a known parabola, along both dimensions, one of each missing.
    #[test]
    fn polynomials_are_found_again() {
        let at = [0.0, 1.0, 2.5, 4.0, 7.0, 7.5];
        let p = |x: f64, a: f64| a * x * x - 3.0 * x + 100.0;
        let mut y: Vec<f64> = at.iter().flat_map(|&x| [p(x, 0.5), p(x, 2.0)]).collect();
        y[4] = f64::NAN;
        let down = cube(&["t", "c"], &[6, 2], Data::F64(y.clone()));
        let expected = [0.5, 2.0, -3.0, -3.0, 100.0, 100.0];
        close(&run(2, true, Terms::Powers, &down, 0, &at), &expected);
        let across: Vec<f64> = [0, 1].into_iter().flat_map(|c| y.iter().skip(c).step_by(2).copied()).collect();
        let across = cube(&["c", "t"], &[2, 6], Data::F64(across));
        close(&run(2, true, Terms::Powers, &across, 1, &at), &expected);
        let nan = f64::NAN;
        close(&run(2, false, Terms::Powers, &down, 0, &at), &[nan, 2.0, nan, -3.0, nan, 100.0]);
    }

    /// `numpy.polyfit([10., 20, 30, 40], [1, 3, 2, 5], 1)` is `[0.11, 0]`.
    #[test]
    fn slopes_and_too_few_values() {
        let (nan, at) = (f64::NAN, [10.0, 20.0, 30.0, 40.0]);
        let y = cube(&["t", "c"], &[4, 3], Data::F64(vec![1., nan, nan, 3., nan, 4., 2., 5., 6., 5., nan, nan]));
        close(&run(1, true, Terms::Slope(10.0), &y, 0, &at), &[1.1, nan, 2.0]);
        close(&run(0, true, Terms::Legendre, &y, 0, &at), &[2.75, 5.0, 5.0]);
        close(&run(3, true, Terms::Powers, &y, 0, &at)[1..3], &[nan, nan]);
    }

    /// A straight line through dates in nanoseconds, far from where they count from.
    #[test]
    fn coordinates_far_from_zero_keep_their_digits() {
        let at: Vec<f64> = (0..200).map(|i| 1.5e18 + f64::from(i) * 8.64e13).collect();
        let y = (0..200).map(|i| 2.8 + 0.01 * f64::from(i)).collect();
        let node = cube(&["t"], &[200], Data::F64(y));
        close(&run(1, true, Terms::Slope(8.64e13), &node, 0, &at), &[0.01]);
        close(&run(1, true, Terms::Legendre, &node, 0, &at), &[3.795, 0.995]);
    }
}
