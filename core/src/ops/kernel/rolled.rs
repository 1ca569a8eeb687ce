//! Sums, means and counts of a sliding window of numbers as they are stored: integers come and go exactly, and the result
//! is decoded.

use super::integers::{Lacks, Packed, ROWS, integers};
use super::packed;
use super::roll::Roll;
use super::stat::{Cell, Stat, plane};
use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};
use crate::plan::{Affine, ArrayMeta, Missing, Op};
use std::any::Any;
use std::hash::Hasher;
use std::ops::Range;

/// Columns that are worked on together: their sums and a row of them stay in the nearest cache.
const TILE: usize = 2048;
/// Fewer neighbours than these are not worth a tile.
const FEWEST: usize = 16;

/// A [`Roll`] of `scale · x + offset` over stored integers `x`, passing over those that stand for nothing.
#[derive(Debug, Clone)]
pub(crate) struct PackedRoll {
    roll: Roll,
    affine: Affine,
}

impl PackedRoll {
    /// The packed form of a window's statistic, where it has one.
    pub(super) fn new(roll: &Roll, affine: &Affine) -> Option<Self> {
        let plain = matches!(roll.stat, Stat::Mean | Stat::Sum { .. } | Stat::Count);
        let fits = u32::try_from(roll.window).is_ok_and(|n| n < ROWS);
        (plain && fits).then(|| Self { roll: roll.clone(), affine: affine.clone() })
    }

    /// The results, stored as they come.
    fn all<T: Packed, S: Copy>(
        &self,
        x: &[T],
        at: (Span, Span, usize),
        empty: S,
        store: impl Fn(f64) -> S + Copy,
    ) -> Vec<S> {
        let (have, want, inner) = at;
        let (held, wanted) = (have.len * inner, want.len * inner);
        if held == 0 || wanted == 0 {
            return Vec::new();
        }
        let mut result = vec![empty; x.len() / held * wanted];
        for (x, out) in x.chunks_exact(held).zip(result.chunks_exact_mut(wanted)) {
            if inner < FEWEST {
                (0..inner).for_each(|column| self.column(x, column, at, out, store));
            } else {
                (0..inner).step_by(TILE).for_each(|first| self.tile(x, first, at, out, store));
            }
        }
        result
    }

    /// Neighbouring columns from `first` on.
    fn tile<T: Packed, S>(
        &self,
        x: &[T],
        first: usize,
        (have, want, inner): (Span, Span, usize),
        out: &mut [S],
        store: impl Fn(f64) -> S + Copy,
    ) {
        let width = TILE.min(inner - first);
        let row = |p: usize| &x[(p - have.start) * inner + first..][..width];
        let mut tile = Tile::<T>::new(self.affine.missing.as_slice(), width, have);
        for (at, out) in (want.start..want.end()).zip(out.chunks_exact_mut(inner)) {
            tile.slide(self.roll.ends(at, have), row);
            self.put(&tile, &mut out[first..first + width], store);
        }
    }

    /// One column by itself.
    fn column<T: Packed, S>(
        &self,
        x: &[T],
        column: usize,
        (have, want, inner): (Span, Span, usize),
        out: &mut [S],
        store: impl Fn(f64) -> S + Copy,
    ) {
        let lacks = Lacks::new(&self.affine.missing);
        let (mut sum, mut gone) = (T::Sum::default(), 0);
        let mut held = Held::new(have);
        for (at, out) in (want.start..want.end()).zip(out[column..].iter_mut().step_by(inner)) {
            let (enter, leave) = held.slide(self.roll.ends(at, have));
            for x in enter.map(|p| x[(p - have.start) * inner + column]) {
                if lacks.one(x) { gone += 1 } else { sum += T::Sum::from(x) }
            }
            for x in leave.map(|p| x[(p - have.start) * inner + column]) {
                if lacks.one(x) { gone -= 1 } else { sum -= T::Sum::from(x) }
            }
            *out = store(self.value(sum.wide(), held.positions() - f64::from(gone)));
        }
    }

    /// The result for a sum of so many integers.
    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 2^53")]
    fn value(&self, sum: f64, n: f64) -> f64 {
        let Affine { scale, offset, .. } = self.affine;
        match self.roll.stat {
            _ if n < self.roll.min_periods as f64 => f64::NAN,
            Stat::Mean => sum / n * scale + offset,
            Stat::Count => n,
            _ => sum * scale + n * offset,
        }
    }

    /// The results of one position.
    #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 2^53")]
    fn put<T: Packed, S>(&self, tile: &Tile<'_, T>, out: &mut [S], store: impl Fn(f64) -> S + Copy) {
        let n = tile.held.positions();
        if tile.holes > 0 {
            for ((o, sum), gone) in out.iter_mut().zip(&tile.sum).zip(&tile.gone) {
                *o = store(self.value(sum.wide(), n - f64::from(*gone)));
            }
            return;
        }
        let Affine { scale, offset, .. } = self.affine;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of positions")]
        let power = n as usize;
        fast(
            #[inline(always)]
            || {
                let cells = out.iter_mut().zip(&tile.sum);
                if self.roll.stat == Stat::Mean && n >= self.roll.min_periods as f64 && power.is_power_of_two() {
                    // The same to the last bit as the quotient, and quicker.
                    cells.for_each(|(o, sum)| *o = store(sum.wide() * (1.0 / n) * scale + offset));
                } else {
                    cells.for_each(|(o, sum)| *o = store(self.value(sum.wide(), n)));
                }
            },
        );
    }
}

/// The positions whose numbers are in the sums.
struct Held {
    from: usize,
    to: usize,
}

impl Held {
    fn new(have: Span) -> Self {
        Self { from: have.start, to: have.start }
    }

    /// Moves on to these ends: the positions that enter, and those that leave.
    fn slide(&mut self, (first, last): (Option<usize>, usize)) -> (Range<usize>, Range<usize>) {
        let first = first.unwrap_or(0).max(self.from);
        if self.from == self.to {
            // Nothing in it yet.
            (self.from, self.to) = (first, first);
        }
        let moves = (self.to..last + 1, self.from..first);
        (self.from, self.to) = (first, last + 1);
        moves
    }

    #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 2^53")]
    fn positions(&self) -> f64 {
        (self.to - self.from) as f64
    }
}

/// Sums of some neighbouring columns over the window.
struct Tile<'a, T: Packed> {
    lacks: Lacks<'a>,
    sum: Vec<T::Sum>,
    /// How many of the window's numbers stand for nothing.
    gone: Vec<u32>,
    /// Which rows hold such numbers, and how many rows of the window do.
    with_holes: Vec<bool>,
    holes: usize,
    have: Span,
    held: Held,
}

impl<'a, T: Packed> Tile<'a, T> {
    fn new(missing: &'a [Missing], width: usize, have: Span) -> Self {
        let (sum, gone, with_holes) = (vec![T::Sum::default(); width], vec![0; width], vec![false; have.len]);
        Self { lacks: Lacks::new(missing), sum, gone, with_holes, holes: 0, have, held: Held::new(have) }
    }

    /// Moves the window on to these ends.
    fn slide<'x>(&mut self, ends: (Option<usize>, usize), row: impl Fn(usize) -> &'x [T])
    where
        T: 'x,
    {
        let (enter, leave) = self.held.slide(ends);
        for p in enter {
            let row = row(p);
            let holes = self.lacks.any(row);
            self.with_holes[p - self.have.start] = holes;
            self.holes += usize::from(holes);
            let (sum, gone, lacks) = (&mut self.sum, &mut self.gone, &self.lacks);
            if holes {
                for ((sum, gone), &x) in sum.iter_mut().zip(gone).zip(row) {
                    if lacks.one(x) { *gone += 1 } else { *sum += T::Sum::from(x) }
                }
            } else {
                fast(
                    #[inline(always)]
                    || sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum += T::Sum::from(x)),
                );
            }
        }
        for p in leave {
            let row = row(p);
            let (sum, gone, lacks) = (&mut self.sum, &mut self.gone, &self.lacks);
            if self.with_holes[p - self.have.start] {
                self.holes -= 1;
                for ((sum, gone), &x) in sum.iter_mut().zip(gone).zip(row) {
                    if lacks.one(x) { *gone -= 1 } else { *sum -= T::Sum::from(x) }
                }
            } else {
                fast(
                    #[inline(always)]
                    || sum.iter_mut().zip(row).for_each(|(sum, &x)| *sum -= T::Sum::from(x)),
                );
            }
        }
    }
}

impl Op for PackedRoll {
    fn id(&self) -> &'static str {
        self.roll.id()
    }

    fn key(&self, hasher: &mut dyn Hasher) {
        self.roll.key(hasher);
        packed::hash(&self.affine, hasher);
    }

    fn describe(&self) -> String {
        format!("{}, on the stored integers", self.roll.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        self.roll.infer(inputs)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        self.roll.needs(out, inputs)
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        self.roll.scratch_bytes(out)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the rounding asked for")]
    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a window has one input")) };
        let (Some(&have), Some(&want)) = (region.0.get(self.roll.dim), out.0.get(self.roll.dim)) else {
            return Err(Error::internal("a window along a dimension that is not there"));
        };
        let inner = out.0.iter().skip(self.roll.dim + 1).map(|s| s.len).product();
        let at = (have, want, inner);
        let data = match &self.roll.dtype {
            DType::F32 => Data::F32(integers!(block.data(), x => self.all(x, at, f32::NAN, |x| x as f32))),
            dtype => plane(dtype, integers!(block.data(), x => self.all(x, at, f64::NAN, |x| x))),
        };
        Block::new(out.shape(), data)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{PackedRoll, Roll, Stat};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::{Affine, Missing, Node, Op};
    use std::sync::Arc;

    /// The same as the window's statistic of the decoded values, with and without missing ones, wherever the dimension.
    #[test]
    fn stored_and_decoded_agree() {
        let affine =
            |missing: &[Missing]| Affine { scale: 0.25, offset: -3.0, missing: missing.to_vec(), decoded: DType::F64 };
        let x: Vec<i16> = (0..9 * 40).map(|i| i * 37 % 101 - 50).collect();
        for (dims, dim) in [([9, 40], 0), ([40, 9], 1), ([9, 40], 1), ([360, 1], 0)] {
            for missing in [&[][..], &[Missing::Equal(7.0)], &[Missing::Below(-40.0), Missing::Above(45.0)]] {
                let gone = |x: f64| missing.iter().any(|m| m.holds(x));
                let stored = cube(&["t", "c"], &dims, Data::I16(x.clone()));
                let decode = |&x: &i16| if gone(x.into()) { f64::NAN } else { f64::from(x) * 0.25 - 3.0 };
                let decoded = cube(&["t", "c"], &dims, Data::F64(x.iter().map(decode).collect()));
                for (window, before, min_periods) in [(3, 2, 3), (4, 2, 1), (8, 7, 5), (1, 0, 1), (20, 10, 4)] {
                    for stat in [Stat::Mean, Stat::Sum { min_count: 0 }, Stat::Count] {
                        // In pieces of any size it is the same to the last bit.
                        let roll = Roll { stat, dim, window, before, min_periods, dtype: DType::F64 };
                        let packed = roll.packed(&affine(missing)).unwrap();
                        assert!(packed.as_any().is::<PackedRoll>());
                        let got = everywhere(&Node::op(packed, vec![Arc::clone(&stored)]).unwrap()).unwrap();
                        let plain = everywhere(&Node::op(Arc::new(roll), vec![Arc::clone(&decoded)]).unwrap()).unwrap();
                        let pairs = got.data().to_f64().into_iter().zip(plain.data().to_f64());
                        for (i, (a, b)) in pairs.enumerate() {
                            let same = (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-12;
                            assert!(same, "{stat:?} {window} {before} {missing:?} at {i}: {a} {b}");
                        }
                    }
                }
            }
        }
    }
}
