//! Weighted sums over the neighbourhood of each cell.

use super::stat::{Cell, plane};
use super::view::strides;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// What stands beyond the ends of a dimension (`scipy.ndimage`'s modes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Beyond {
    /// Nothing: what is missing.
    Missing,
    /// The last value, on and on.
    Nearest,
    /// The other end: the dimension is a circle.
    Wrap,
    /// The values backwards, the last one twice.
    Reflect,
    /// The values backwards, the last one once.
    Mirror,
}

impl Beyond {
    /// The position among `n` whose value stands at `at`.
    fn position(self, at: isize, n: usize) -> Option<usize> {
        let size = isize::try_from(n).ok().filter(|n| *n > 0)?;
        let at = match self {
            Self::Missing => at,
            Self::Nearest => at.clamp(0, size - 1),
            Self::Wrap => at.rem_euclid(size),
            Self::Reflect => {
                let at = at.rem_euclid(2 * size);
                at.min(2 * size - 1 - at)
            }
            Self::Mirror if size == 1 => 0,
            Self::Mirror => {
                let at = at.rem_euclid(2 * size - 2);
                at.min(2 * size - 2 - at)
            }
        };
        usize::try_from(at).ok().filter(|at| *at < n)
    }
}

/// The convolution with a kernel along some dimensions, as `scipy.ndimage.convolve` gives it: the kernel is turned over
/// and centred, one of even length before its middle.
///
/// Arithmetic is `f64`. A missing value makes every result missing that it has a weight in; or, passed over, the rest
/// stands for it: the sum is that of what is there by its share of the weights. Weights of 0 look at nothing.
#[derive(Debug, Clone)]
pub(crate) struct Convolve {
    /// The kernel's dimensions by number, and its length along each.
    pub(crate) along: Vec<(usize, usize)>,
    /// In C order of these dimensions.
    pub(crate) weights: Vec<f64>,
    pub(crate) beyond: Beyond,
    pub(crate) skipna: bool,
    /// Lengths of the input.
    pub(crate) shape: Vec<usize>,
    pub(crate) dtype: DType,
}

impl Convolve {
    /// The kernel's length along a dimension of the array.
    fn length(&self, dim: usize) -> usize {
        self.along.iter().find(|(d, _)| *d == dim).map_or(1, |(_, n)| *n)
    }

    /// For each position of `want` and the kernel's reach around it, the position whose value stands there.
    fn positions(&self, dim: usize, want: Span) -> Vec<Option<usize>> {
        let (length, n) = (self.length(dim), self.shape.get(dim).copied().unwrap_or(0));
        let Ok(before) = isize::try_from((length - 1) / 2) else { return Vec::new() };
        let start = isize::try_from(want.start).unwrap_or(isize::MAX);
        (0..want.len + length - 1)
            .map(|i| self.beyond.position(start - before + isize::try_from(i).unwrap_or(0), n))
            .collect()
    }

    /// The offsets of the kernel's cells from the first in an array of these strides, with their weights: turned over.
    fn taps(&self, strides: &[usize]) -> Vec<(usize, f64)> {
        let lengths: Vec<usize> = self.along.iter().map(|(_, n)| *n).collect();
        let mut taps = Vec::with_capacity(self.weights.len());
        for (i, &weight) in self.weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            let (mut rest, mut offset) = (i, 0);
            for (&(dim, _), &length) in self.along.iter().zip(&lengths).rev() {
                offset += (length - 1 - rest % length) * strides.get(dim).copied().unwrap_or(0);
                rest /= length;
            }
            taps.push((offset, weight));
        }
        taps.sort_by_key(|(offset, _)| *offset);
        taps
    }
}

impl Op for Convolve {
    fn id(&self) -> &'static str {
        "convolve"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (&self.along, self.beyond, self.skipna, &self.dtype).hash(&mut hasher);
        self.weights.iter().for_each(|w| w.to_bits().hash(&mut hasher));
    }

    fn describe(&self) -> String {
        let along: Vec<String> = self.along.iter().map(|(d, n)| format!("{n} along dimension {d}")).collect();
        format!("kernel of {}", along.join(", "))
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a convolution has one input")) };
        let cells = self.along.iter().fold(1usize, |n, (_, length)| n.saturating_mul(*length));
        let fits = self.shape == input.shape && self.along.iter().all(|(d, _)| *d < input.dims.len());
        if !fits || cells == 0 || cells != self.weights.len() {
            return Err(Error::internal(format!("{} weights along {:?}", self.weights.len(), self.along)));
        }
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("a convolution of values of type {}", input.dtype)));
        }
        Ok(ArrayMeta { dtype: self.dtype.clone(), ..(*input).clone() })
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        let spans = out.0.iter().enumerate().map(|(dim, want)| {
            let there = self.positions(dim, *want).into_iter().flatten();
            there.map(|at| Span::new(at, 1)).reduce(Span::hull).unwrap_or(Span::new(0, 0))
        });
        vec![Region(spans.collect())]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let wide: usize = out.0.iter().enumerate().map(|(dim, s)| s.len + self.length(dim) - 1).product();
        (wide + 2 * out.cells()) as u64 * 8
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a convolution has one input")) };
        let mut result = vec![f64::NAN; out.cells()];
        if !region.is_empty() && !result.is_empty() {
            let origin = strides(block.shape());
            let place = |dim: usize, at: usize| (at - region.0[dim].start) * origin[dim];
            let places: Vec<Vec<Option<usize>>> = (out.0.iter().enumerate())
                .map(|(d, want)| self.positions(d, *want).into_iter().map(|at| at.map(|at| place(d, at))).collect())
                .collect();
            let wide = crate::with_data!(block.data(), v => {
                let mut wide = Vec::with_capacity(places.iter().map(Vec::len).product());
                extend(v, &places, Some(0), &mut wide);
                wide
            }, _t => return Err(Error::internal("a convolution of text")));
            self.sum(&wide, &places.iter().map(Vec::len).collect::<Vec<_>>(), &out.shape(), &mut result);
        }
        Block::new(out.shape(), plane(&self.dtype, result))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The values at these offsets along each dimension, NaN where there is none.
fn extend<T: Cell>(x: &[T], places: &[Vec<Option<usize>>], base: Option<usize>, to: &mut Vec<f64>) {
    let value = |at: Option<usize>| at.and_then(|at| x.get(at)).map_or(f64::NAN, |x| x.wide());
    let sum = |at: &Option<usize>| Some(base? + (*at)?);
    match places.split_first() {
        None => to.push(value(base)),
        Some((last, [])) => to.extend(last.iter().map(|at| value(sum(at)))),
        Some((first, rest)) => first.iter().for_each(|at| extend(x, rest, sum(at), to)),
    }
}

impl Convolve {
    /// The sums of an array of shape `wide`, which holds the kernel's reach beside the result's `shape`.
    fn sum(&self, x: &[f64], wide: &[usize], shape: &[usize], result: &mut [f64]) {
        let steps = strides(wide);
        let taps = self.taps(&steps);
        let total: f64 = taps.iter().map(|(_, w)| w).sum();
        let (row, outer) = shape.split_last().map_or((1, &[][..]), |(n, outer)| (*n, outer));
        let mut there = vec![0.0; if self.skipna { row } else { 0 }];
        for (i, to) in result.chunks_exact_mut(row).enumerate() {
            let (mut rest, mut base) = (i, 0);
            for (n, step) in outer.iter().zip(&steps).rev() {
                base += rest % n * step;
                rest /= n;
            }
            to.fill(0.0);
            there.fill(0.0);
            for &(offset, weight) in &taps {
                let x = &x[base + offset..][..row];
                if self.skipna {
                    for ((to, there), x) in to.iter_mut().zip(&mut there).zip(x) {
                        let weight = if x.is_nan() { 0.0 } else { weight };
                        *to += if x.is_nan() { 0.0 } else { weight * x };
                        *there += weight;
                    }
                } else {
                    to.iter_mut().zip(x).for_each(|(to, x)| *to += weight * x);
                }
            }
            for (to, there) in to.iter_mut().zip(&there) {
                *to = if *there > 0.0 { *to / there * total } else { f64::NAN };
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Beyond, Convolve};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    const ALL: [Beyond; 5] = [Beyond::Missing, Beyond::Nearest, Beyond::Wrap, Beyond::Reflect, Beyond::Mirror];

    fn run(node: &Arc<Node>, along: &[(usize, usize)], weights: &[f64], beyond: Beyond, skipna: bool) -> Vec<f64> {
        let shape = node.meta().shape.clone();
        let (along, weights) = (along.to_vec(), weights.to_vec());
        let op = Convolve { along, weights, beyond, skipna, shape, dtype: DType::F64 };
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(node)]).unwrap()).unwrap().into_data().to_f64()
    }

    /// Values from `scipy.ndimage.convolve1d`.
    #[test]
    fn a_kernel_is_turned_over_and_centred() {
        let node = cube(&["x"], &[8], Data::I16(vec![2, 8, 0, 4, 1, 9, 9, 0]));
        let two = run(&node, &[(0, 2)], &[1.0, 3.0], Beyond::Reflect, false);
        assert_eq!(two, [14.0, 24.0, 4.0, 13.0, 12.0, 36.0, 27.0, 0.0]);
        let ends = ALL.map(|beyond| {
            let all = run(&node, &[(0, 3)], &[1.0, 10.0, 100.0], beyond, false);
            assert_eq!(all[1..7], [280.0, 804.0, 41.0, 419.0, 199.0, 990.0]);
            (all[0], all[7])
        });
        assert!(ends[0].0.is_nan() && ends[0].1.is_nan());
        assert_eq!(ends[1..], [(228.0, 900.0), (28.0, 902.0), (228.0, 900.0), (828.0, 909.0)]);
    }

    #[test]
    fn missing_values_spread_or_are_passed_over() {
        let nan = f64::NAN;
        let node = cube(&["y", "x"], &[2, 5], Data::F64(vec![1., 2., nan, 4., 5., nan, nan, nan, nan, 1.]));
        let spread = run(&node, &[(1, 3)], &[1.0, 1.0, 1.0], Beyond::Nearest, false);
        assert!(spread[1..4].iter().all(|x| x.is_nan()) && spread[0] == 4.0 && spread[4] == 14.0);
        let over = run(&node, &[(1, 3)], &[1.0, 2.0, 1.0], Beyond::Missing, true);
        let expected = [16.0 / 3.0, 20.0 / 3.0, 12.0, 52.0 / 3.0, 56.0 / 3.0];
        assert!(over.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{over:?}");
        assert!(over[5..8].iter().all(|x| x.is_nan()) && (over[8], over[9]) == (4.0, 4.0));
    }

    /// Values from `scipy.ndimage.convolve`.
    #[test]
    fn kernels_of_two_dimensions_look_at_nothing_where_they_are_0() {
        let nan = f64::NAN;
        let node = cube(&["y", "t", "x"], &[3, 1, 3], Data::F64(vec![nan, 1., 2., 3., 4., 5., 6., 7., 8.]));
        let cross = [0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let got = run(&node, &[(0, 3), (2, 3)], &cross, Beyond::Wrap, false);
        assert!(got[6].is_nan() && got[2].is_nan());
        assert_eq!([got[0], got[1], got[3], got[4]], [5.0, 8.0, 14.0, 17.0]);
        let one = run(&node, &[(0, 1)], &[2.0], Beyond::Missing, false);
        assert!(one[0].is_nan() && one[1..] == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0]);
    }

    /// A kernel longer than the array meets every value more than once.
    #[test]
    fn long_kernels_go_round_more_than_once() {
        let node = cube(&["x"], &[2], Data::F32(vec![1.0, 10.0]));
        let weights = [1.0; 9];
        assert_eq!(run(&node, &[(0, 9)], &weights, Beyond::Wrap, false), [45.0, 54.0]);
        assert_eq!(run(&node, &[(0, 9)], &weights, Beyond::Mirror, false), [45.0, 54.0]);
        assert_eq!(run(&node, &[(0, 9)], &weights, Beyond::Nearest, false), [45.0, 54.0]);
        assert_eq!(run(&node, &[(0, 9)], &weights, Beyond::Missing, true), [49.5, 49.5]);
    }
}
