//! Weighted sums of neighbours along one dimension after another: the array kernel of interpolation and regridding.

use super::weights::Weights;
use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};
use crate::ops::kernel::Cell;
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a missing value does to the results it has a share in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Missing {
    /// It makes them missing.
    Spreads,
    /// The rest stands for it: sums are divided by the weights of what is there. Nothing there makes a missing result.
    Renormalised,
}

/// Replaces dimensions by others, each position of which is a weighted sum of positions of the old one.
///
/// Arithmetic is `f64`, along the slowest dimension first. Only the positions that have a weight are read. A position
/// without weights is missing (NaN), so the result is a float.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Separable {
    name: &'static str,
    /// Dimensions by number, ascending.
    along: Vec<(usize, Arc<Weights>)>,
    missing: Missing,
    dtype: DType,
}

impl Separable {
    /// Weights along some dimensions of an array, giving values of `dtype`.
    pub(crate) fn new(
        name: &'static str,
        mut along: Vec<(usize, Arc<Weights>)>,
        missing: Missing,
        dtype: DType,
    ) -> Self {
        along.sort_by_key(|(d, _)| *d);
        Self { name, along, missing, dtype }
    }

    /// The span of input positions along dimension `d` that `span` of the result takes.
    fn source(&self, d: usize, span: Span) -> Span {
        self.along.iter().find(|(at, _)| *at == d).map_or(span, |(_, w)| w.hull(span))
    }

    /// The number of cells before the first replaced dimension, and the lengths of the input from there on.
    fn slabs(&self, out: &Region) -> (usize, Vec<usize>) {
        let first = self.along.first().map_or(0, |(d, _)| *d);
        let outer = out.0.iter().take(first).map(|s| s.len).product();
        (outer, out.0.iter().enumerate().skip(first).map(|(d, s)| self.source(d, *s).len).collect())
    }
}

impl Op for Separable {
    fn id(&self) -> &'static str {
        self.name
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        let along: Vec<_> = self.along.iter().map(|(d, w)| format!("dimension {d} to {}", w.len())).collect();
        format!("{} → {}", along.join(", "), self.dtype)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("an interpolation has one input")) };
        if !input.dtype.is_numeric() || !self.dtype.is_float() {
            return Err(Error::invalid(format!("a {} of values of type {}", self.name, input.dtype)));
        }
        let mut meta = ArrayMeta { dtype: self.dtype.clone(), ..(*input).clone() };
        for (d, weights) in &self.along {
            let (Some(size), Some(chunk)) = (meta.shape.get_mut(*d), meta.chunks.get_mut(*d)) else {
                return Err(Error::internal(format!("weights along dimension {d} of {}", input.dims.len())));
            };
            if weights.hull(Span::new(0, weights.len())).end() > *size {
                return Err(Error::internal(format!("weights beyond the {size} positions of dimension {d}")));
            }
            *chunk = (*chunk * weights.len() / (*size).max(1)).clamp(1, weights.len().max(1));
            *size = weights.len();
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        vec![Region(out.0.iter().enumerate().map(|(d, &s)| self.source(d, s)).collect())]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let (_, mut shape) = self.slabs(out);
        let first = self.along.first().map_or(0, |(d, _)| *d);
        let planes = if self.missing == Missing::Renormalised { 4 } else { 2 };
        // Where values may lack, the first plane is a copy of the input.
        let mut most: usize = if planes == 4 { shape.iter().product() } else { 0 };
        for (d, _) in &self.along {
            shape[d - first] = out.0.get(*d).map_or(0, |s| s.len);
            most = most.max(shape.iter().product());
        }
        (most * planes * 8) as u64
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("an interpolation has one input")) };
        if region.is_empty() || self.along.is_empty() {
            let cells = out.cells();
            return Block::new(
                out.shape(),
                match self.dtype {
                    DType::F64 => Data::F64(vec![f64::NAN; cells]),
                    _ => Data::F32(vec![f32::NAN; cells]),
                },
            );
        }
        let work = Work::new(self, out, region);
        let data = crate::with_data!(block.data(), v => match self.dtype {
            DType::F64 => Data::F64(work.run(v, |x| x)),
            #[expect(clippy::cast_possible_truncation, reason = "stored as the type asked for")]
            _ => Data::F32(work.run(v, |x| x as f32)),
        }, _t => return Err(Error::internal("an interpolation of text")));
        Block::new(out.shape(), data)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One dimension replaced in a slab of so many outer and inner cells.
struct Pass {
    outer: usize,
    inner: usize,
    /// Length of the input's dimension.
    from: usize,
    /// For each position of the result, the positions within the slab with their weights.
    rows: Vec<Vec<(usize, f64)>>,
    /// The same where no row has more than two entries: a second weight of 0 where there is one, NaN for the first where
    /// there is none.
    pairs: Option<Vec<Pair>>,
}

/// Two positions with their weights.
#[derive(Clone, Copy)]
struct Pair {
    at: [usize; 2],
    by: [f64; 2],
}

impl Pass {
    fn new(outer: usize, inner: usize, from: usize, rows: Vec<Vec<(usize, f64)>>) -> Self {
        let pair = |row: &Vec<(usize, f64)>| match row.as_slice() {
            [] => Some(Pair { at: [0, 0], by: [f64::NAN, 0.0] }),
            [(a, v)] => Some(Pair { at: [*a, *a], by: [*v, 0.0] }),
            [(a, v), (b, w)] if *w != 0.0 => Some(Pair { at: [*a, *b], by: [*v, *w] }),
            _ => None,
        };
        let pairs = if inner == 1 { rows.iter().map(pair).collect() } else { None };
        Self { outer, inner, from, rows, pairs }
    }

    /// Fills `to` with the weighted sums of `x`.
    fn run<T: Cell>(&self, x: &[T], to: &mut Vec<f64>) {
        to.clear();
        to.resize(self.outer * self.rows.len() * self.inner, f64::NAN);
        fast(
            #[inline(always)]
            || {
                let parts = x.chunks_exact(self.from * self.inner);
                for (x, to) in parts.zip(to.chunks_exact_mut(self.rows.len() * self.inner)) {
                    match &self.pairs {
                        Some(pairs) => {
                            for (y, Pair { at, by }) in to.iter_mut().zip(pairs) {
                                let (a, b) = (x[at[0]].wide() * by[0], x[at[1]].wide() * by[1]);
                                *y = if by[1] == 0.0 { a } else { a + b };
                            }
                        }
                        None => self.part(x, to),
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn part<T: Cell>(&self, x: &[T], to: &mut [f64]) {
        let n = self.inner;
        for (to, row) in to.chunks_exact_mut(n).zip(&self.rows) {
            let cells = |at: usize| &x[at * n..(at + 1) * n];
            match row.as_slice() {
                [] => {}
                [(a, v)] => to.iter_mut().zip(cells(*a)).for_each(|(y, a)| *y = a.wide() * v),
                [(a, v), (b, w), rest @ ..] => {
                    for ((y, a), b) in to.iter_mut().zip(cells(*a)).zip(cells(*b)) {
                        *y = a.wide() * v + b.wide() * w;
                    }
                    for (c, w) in rest {
                        to.iter_mut().zip(cells(*c)).for_each(|(y, c)| *y += c.wide() * w);
                    }
                }
            }
        }
    }
}

/// The passes over one slab after another.
struct Work {
    passes: Vec<Pass>,
    /// Cells of a slab of the input, and of the result.
    from: usize,
    to: usize,
    slabs: usize,
    missing: Missing,
}

impl Work {
    fn new(op: &Separable, out: &Region, region: &Region) -> Self {
        let (slabs, mut shape) = op.slabs(out);
        let first = out.0.len() - shape.len();
        let from = shape.iter().product();
        let mut passes = Vec::new();
        for (d, weights) in &op.along {
            let (at, span, origin) = (d - first, out.0[*d], region.0[*d].start);
            let row = |i: usize| {
                let (at, by) = weights.row(i);
                at.iter().map(|a| a - origin).zip(by.iter().copied()).collect()
            };
            let (before, after) = (shape[..at].iter().product(), shape[at + 1..].iter().product());
            passes.push(Pass::new(before, after, shape[at], (span.start..span.end()).map(row).collect()));
            shape[at] = span.len;
        }
        Self { passes, from, to: shape.iter().product(), slabs, missing: op.missing }
    }

    fn run<T: Cell, U: Copy>(&self, x: &[T], store: impl Fn(f64) -> U) -> Vec<U> {
        let mut result = Vec::with_capacity(self.slabs * self.to);
        let mut sums = Planes::default();
        // The weights where all values are there, made when they are first wanted.
        let mut whole: Option<Vec<f64>> = None;
        let mut there = Planes::default();
        for x in x.chunks_exact(self.from.max(1)).take(self.slabs) {
            match self.missing {
                Missing::Spreads => result.extend(self.sums(x, &mut sums).iter().map(|&y| store(y))),
                Missing::Renormalised => {
                    let lacks = x.iter().any(|x| x.wide().is_nan());
                    let weights = if lacks {
                        let mask: Vec<f64> = x.iter().map(|x| if x.wide().is_nan() { 0.0 } else { 1.0 }).collect();
                        self.sums(&mask, &mut there)
                    } else {
                        whole.get_or_insert_with(|| self.sums(&vec![1.0; self.from], &mut there).to_vec())
                    };
                    let zeroed: Vec<f64>;
                    let values = if lacks {
                        zeroed = x.iter().map(|x| x.wide()).map(|x| if x.is_nan() { 0.0 } else { x }).collect();
                        self.sums(&zeroed, &mut sums)
                    } else {
                        self.sums(x, &mut sums)
                    };
                    let share = |(y, w): (&f64, &f64)| store(if *w > 0.0 { y / w } else { f64::NAN });
                    result.extend(values.iter().zip(weights).map(share));
                }
            }
        }
        result
    }

    /// The weighted sums of one slab.
    fn sums<'a, T: Cell>(&self, x: &[T], planes: &'a mut Planes) -> &'a [f64] {
        let Some((first, rest)) = self.passes.split_first() else { return &[] };
        first.run(x, &mut planes.now);
        for pass in rest {
            pass.run(&planes.now, &mut planes.next);
            std::mem::swap(&mut planes.now, &mut planes.next);
        }
        &planes.now
    }
}

/// Intermediate sums, used again from slab to slab.
#[derive(Default)]
struct Planes {
    now: Vec<f64>,
    next: Vec<f64>,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Missing, Separable, Weights};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn run(missing: Missing, along: &[(usize, &Weights)], dims: &[usize], data: Data) -> Data {
        let node = cube(&["t", "y", "x", "c"][..dims.len()], dims, data);
        let along = along.iter().map(|(d, w)| (*d, Arc::new((*w).clone()))).collect();
        let op = Separable::new("interp", along, missing, DType::F64);
        everywhere(&Node::op(Arc::new(op), vec![node]).unwrap()).unwrap().into_data()
    }

    /// Against sums over all pairs of positions.
    #[test]
    fn any_dimensions_are_replaced_one_after_another() {
        let a = Weights::new([vec![(0, 0.25), (2, 0.75)], vec![(1, 1.0)], vec![(2, 0.5), (1, 0.25), (0, 0.25)]]);
        let b = Weights::new([vec![(3, 0.5), (0, 0.5)], vec![(1, 1.0)]]);
        let x: Vec<f64> = (0..2 * 3 * 4 * 2).map(|i| f64::from(i * i % 17)).collect();
        let got = run(Missing::Spreads, &[(2, &b), (1, &a)], &[2, 3, 4, 2], Data::F64(x.clone())).to_f64();
        let mut expected = Vec::new();
        for t in 0..2 {
            for j in 0..3 {
                for i in 0..2 {
                    for c in 0..2 {
                        let (ja, jw) = a.row(j);
                        let (ia, iw) = b.row(i);
                        let mut sum = 0.0;
                        for (y, v) in ja.iter().zip(jw) {
                            for (x_, w) in ia.iter().zip(iw) {
                                sum += v * w * x[((t * 3 + y) * 4 + x_) * 2 + c];
                            }
                        }
                        expected.push(sum);
                    }
                }
            }
        }
        assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?} {expected:?}");
    }

    #[test]
    fn missing_values_spread_or_are_made_up_for() {
        let w = Weights::new([vec![(0, 1.0)], vec![(0, 0.5), (1, 0.5)], vec![], vec![(1, 3.0), (2, 1.0)]]);
        let x = Data::F32(vec![4.0, f32::NAN, 8.0]);
        let bits = |d: Data| d.to_f64().iter().map(|x| if x.is_nan() { -1.0 } else { *x }).collect::<Vec<_>>();
        assert_eq!(bits(run(Missing::Spreads, &[(0, &w)], &[3], x.clone())), [4.0, -1.0, -1.0, -1.0]);
        assert_eq!(bits(run(Missing::Renormalised, &[(0, &w)], &[3], x)), [4.0, 4.0, -1.0, 8.0]);
        let whole = Data::I16(vec![4, 6, 8]);
        assert_eq!(bits(run(Missing::Renormalised, &[(0, &w)], &[3], whole)), [4.0, 5.0, -1.0, 6.5]);
    }

    #[test]
    fn nothing_to_take_is_missing() {
        let w = Weights::new([vec![], vec![]]);
        assert!(run(Missing::Spreads, &[(1, &w)], &[2, 3], Data::I8(vec![1; 6])).to_f64().iter().all(|x| x.is_nan()));
    }
}
