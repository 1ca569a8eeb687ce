//! Statistics over a window that slides along one dimension.

use super::columns::{columns_as, width};
use super::rolled::PackedRoll;
use super::stat::Stat;
use crate::model::{Block, DType, Error, Region, Result, Span, fast};
use crate::plan::{Affine, ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A statistic of the `window` positions around each position of one dimension.
///
/// Positions past the ends are missing. Fewer than `min_periods` values make a missing result. Each window is the join
/// of the end of one block and the start of the next, blocks of `window` positions counted from 0 (van Herk 1992): three
/// operations a cell whatever the window, no drift, and the same bits for any part of the result. Spreads are worked out
/// window by window.
#[derive(Debug, Clone, Hash)]
pub(crate) struct Roll {
    pub(crate) stat: Stat,
    /// The dimension's number.
    pub(crate) dim: usize,
    pub(crate) window: usize,
    /// Positions of the window before the one it belongs to.
    pub(crate) before: usize,
    pub(crate) min_periods: usize,
    pub(crate) dtype: DType,
}

impl Roll {
    /// The input positions of the windows of `span`.
    fn halo(&self, span: Span, size: usize) -> Span {
        let start = span.start.saturating_sub(self.before);
        let end = (span.end() + self.window - 1 - self.before).min(size);
        Span::new(start, end.saturating_sub(start))
    }

    fn planes(&self) -> usize {
        if matches!(self.stat, Stat::Var { .. } | Stat::Std { .. }) { 3 } else { 2 }
    }
}

impl Op for Roll {
    fn id(&self) -> &'static str {
        match self.stat {
            Stat::Mean => "rolling mean",
            Stat::Sum { .. } => "rolling sum",
            Stat::Min => "rolling min",
            Stat::Max => "rolling max",
            Stat::Var { .. } => "rolling var",
            Stat::Std { .. } => "rolling std",
            Stat::Count => "rolling count",
            Stat::First => "rolling first",
            Stat::Last => "rolling last",
            Stat::Prod { .. } => "rolling prod",
            Stat::Any => "rolling any",
            Stat::All => "rolling all",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("window of {} along dimension {}, {} before", self.window, self.dim, self.before)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a window has one input")) };
        if self.dim >= input.dims.len() || self.window == 0 || self.before >= self.window {
            return Err(Error::internal(format!("a window of {} along dimension {}", self.window, self.dim)));
        }
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("a {} of values of type {}", self.id(), input.dtype)));
        }
        Ok(ArrayMeta { dtype: self.dtype.clone(), ..(*input).clone() })
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let mut region = out.clone();
        let size = inputs.first().and_then(|m| m.shape.get(self.dim)).copied().unwrap_or(0);
        if let Some(span) = region.0.get_mut(self.dim) {
            *span = self.halo(*span, size);
        }
        vec![region]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let along = out.0.get(self.dim).map_or(1, |s| s.len);
        let rows = along + self.window;
        ((self.planes() * 3 * width(rows) * rows + out.cells()) * 8) as u64
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a window has one input")) };
        let (Some(&have), Some(&want)) = (region.0.get(self.dim), out.0.get(self.dim)) else {
            return Err(Error::internal("a window along a dimension that is not there"));
        };
        let windows = |x, width| self.windows(x, have, want, width);
        Block::new(out.shape(), columns_as(&self.dtype, block, region, out, self.dim, windows)?)
    }

    fn packed(&self, decode: &Affine) -> Option<Arc<dyn Op>> {
        Some(Arc::new(PackedRoll::new(self, decode)?))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Rows of one value for each column of a tile.
type Rows = Vec<f64>;

impl Roll {
    /// The result for each wanted row.
    fn windows(&self, x: Rows, have: Span, want: Span, width: usize) -> Rows {
        let add = |a: f64, b: f64| a + b;
        let at = (have, want, width);
        // One look spares counting where nothing is missing.
        let full = !x.iter().fold(false, |any, x| any | x.is_nan());
        let there: Rows = match (full, self.stat) {
            (true, Stat::Var { .. } | Stat::Std { .. }) => vec![1.0; x.len()],
            (true, _) => Rows::new(),
            (false, _) => x.iter().map(|x| if x.is_nan() { 0.0 } else { 1.0 }).collect(),
        };
        let zeroed = |mut x: Rows| -> Rows {
            if !full {
                x.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = 0.0);
            }
            x
        };
        let mut number = if full && self.stat == Stat::Mean {
            Rows::new()
        } else if full {
            self.numbers(at)
        } else {
            self.slide(there.clone(), at, 0.0, add)
        };
        let blank = |value: f64, n: f64| if n < self.min_periods as f64 { f64::NAN } else { value };
        match self.stat {
            Stat::Count => number.iter_mut().for_each(|n| *n = blank(*n, *n)),
            Stat::Var { ddof } | Stat::Std { ddof } => {
                let root = matches!(self.stat, Stat::Std { .. });
                let squares = self.squares(&x, &there, have, want, width);
                for (n, m2) in number.iter_mut().zip(squares) {
                    let var = if *n > ddof as f64 { m2 / (*n - ddof as f64) } else { f64::NAN };
                    *n = blank(if root { var.sqrt() } else { var }, *n);
                }
            }
            Stat::Mean if full => return self.means(self.slide(x, at, 0.0, add), at),
            Stat::Mean => {
                let sum = self.slide(zeroed(x), at, 0.0, add);
                number.iter_mut().zip(sum).for_each(|(n, sum)| *n = blank(sum / *n, *n));
            }
            Stat::Sum { .. } => {
                let sum = self.slide(zeroed(x), at, 0.0, add);
                number.iter_mut().zip(sum).for_each(|(n, sum)| *n = blank(sum, *n));
            }
            Stat::Prod { .. } => {
                let product = self.slide(x, at, 1.0, |a, b| match (a.is_nan(), b.is_nan()) {
                    (true, _) => b,
                    (_, true) => a,
                    _ => a * b,
                });
                number.iter_mut().zip(product).for_each(|(n, product)| *n = blank(product, *n));
            }
            Stat::Any | Stat::All => {
                let truth: Rows = x.iter().map(|x| if *x == 0.0 { 0.0 } else { 1.0 }).collect();
                let join = if self.stat == Stat::Any { f64::max } else { f64::min };
                let found = self.slide(truth, at, f64::NAN, join);
                number.iter_mut().zip(found).for_each(|(n, found)| *n = blank(found, *n));
            }
            Stat::Min | Stat::Max | Stat::First | Stat::Last => {
                let best = match self.stat {
                    Stat::Min => self.slide(x, at, f64::NAN, f64::min),
                    Stat::Max => self.slide(x, at, f64::NAN, f64::max),
                    Stat::First => self.slide(x, at, f64::NAN, |a, b| if a.is_nan() { b } else { a }),
                    _ => self.slide(x, at, f64::NAN, |a, b| if b.is_nan() { a } else { b }),
                };
                number.iter_mut().zip(best).for_each(|(n, best)| *n = blank(best, *n));
            }
        }
        number
    }

    /// The number of positions in each window.
    #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 2^53")]
    fn numbers(&self, (have, want, width): (Span, Span, usize)) -> Rows {
        (want.start..want.end()).flat_map(|at| std::iter::repeat_n(self.number(at, have) as f64, width)).collect()
    }

    /// The number of positions in the window of one.
    fn number(&self, at: usize, have: Span) -> usize {
        let (first, last) = self.ends(at, have);
        last + 1 - first.unwrap_or(0)
    }

    /// Means out of sums where nothing is missing.
    #[expect(clippy::cast_precision_loss, reason = "a window is shorter than 2^53")]
    fn means(&self, mut sums: Rows, (have, want, width): (Span, Span, usize)) -> Rows {
        for (at, row) in (want.start..).zip(sums.chunks_exact_mut(width)) {
            let n = self.number(at, have);
            let by = n as f64;
            fast(
                #[inline(always)]
                || match n {
                    n if n < self.min_periods => row.fill(f64::NAN),
                    // The same to the last bit, and quicker.
                    n if n.is_power_of_two() => {
                        for x in &mut *row {
                            *x *= 1.0 / by;
                        }
                    }
                    _ => {
                        for x in &mut *row {
                            *x /= by;
                        }
                    }
                },
            );
        }
        sums
    }

    /// The total of each window: that from its start to the end of its first block joined with that from the start of
    /// its second block to its end.
    fn slide(&self, mut x: Rows, at: (Span, Span, usize), empty: f64, join: impl Fn(f64, f64) -> f64) -> Rows {
        fast(
            #[inline(always)]
            || self.slid(std::mem::take(&mut x), at, empty, &join),
        )
    }

    #[inline(always)]
    fn slid(
        &self,
        x: Rows,
        (have, want, width): (Span, Span, usize),
        empty: f64,
        join: impl Fn(f64, f64) -> f64,
    ) -> Rows {
        let mut starts = x.clone();
        let mut ends = x;
        for p in (1..have.len).filter(|p| !(have.start + p).is_multiple_of(self.window)) {
            let (before, row) = starts[(p - 1) * width..(p + 1) * width].split_at_mut(width);
            for (x, before) in row.iter_mut().zip(before) {
                *x = join(*before, *x);
            }
        }
        for p in (0..have.len.saturating_sub(1)).rev().filter(|p| !(have.start + p + 1).is_multiple_of(self.window)) {
            let (row, after) = ends[p * width..(p + 2) * width].split_at_mut(width);
            for (x, after) in row.iter_mut().zip(after) {
                *x = join(*x, *after);
            }
        }
        let mut out = vec![empty; want.len * width];
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            let (first, last) = self.ends(want.start + i, have);
            let start = &starts[(last - have.start) * width..][..width];
            match first {
                // A window that begins before position 0 lies in the first block, where its values are.
                None => row.copy_from_slice(start),
                Some(first) => {
                    let end = &ends[(first - have.start) * width..][..width];
                    if first / self.window == last / self.window {
                        row.copy_from_slice(end);
                    } else {
                        for ((x, end), start) in row.iter_mut().zip(end).zip(start) {
                            *x = join(*end, *start);
                        }
                    }
                }
            }
        }
        out
    }

    /// The first (none where it lies before position 0) and the last position of the window of a position.
    pub(super) fn ends(&self, at: usize, have: Span) -> (Option<usize>, usize) {
        (at.checked_sub(self.before), (at + self.window - 1 - self.before).min(have.end() - 1))
    }

    /// The sum of squared distances from the window's mean, in two passes over each window: exact to the last digits,
    /// whatever the values' distance from 0.
    fn squares(&self, x: &[f64], there: &[f64], have: Span, want: Span, width: usize) -> Rows {
        let mut out = vec![0.0; want.len * width];
        let (mut sum, mut n) = (vec![0.0; width], vec![0.0; width]);
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            let (first, last) = self.ends(want.start + i, have);
            let positions = first.unwrap_or(0) - have.start..=last - have.start;
            sum.fill(0.0);
            n.fill(0.0);
            for p in positions.clone() {
                for (c, (sum, n)) in sum.iter_mut().zip(&mut n).enumerate() {
                    let there = there[p * width + c];
                    *sum += if there > 0.0 { x[p * width + c] } else { 0.0 };
                    *n += there;
                }
            }
            for p in positions {
                for (c, m2) in row.iter_mut().enumerate() {
                    let distance = x[p * width + c] - sum[c] / n[c];
                    *m2 += if there[p * width + c] > 0.0 { distance * distance } else { 0.0 };
                }
            }
        }
        out
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Roll, Stat};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn roll(stat: Stat, window: usize, before: usize, min_periods: usize, dims: &[usize]) -> Vec<f64> {
        let x: Vec<f64> = (0..14).map(|i| if i == 5 { f64::NAN } else { f64::from(i * i % 11) }).collect();
        let node = cube(&["t", "c"], dims, Data::F64(x));
        let dim = usize::from(dims[1] == 14);
        let op = Roll { stat, dim, window, before, min_periods, dtype: DType::F64 };
        everywhere(&Node::op(Arc::new(op), vec![node]).unwrap()).unwrap().into_data().to_f64()
    }

    /// Every window worked out on its own.
    #[test]
    fn windows_hold_what_they_should() {
        let x: Vec<f64> = (0..14).map(|i| if i == 5 { f64::NAN } else { f64::from(i * i % 11) }).collect();
        for dims in [[14, 1], [1, 14]] {
            for (window, before, min_periods) in
                [(3, 2, 3), (4, 2, 4), (4, 2, 1), (1, 0, 1), (6, 5, 2), (20, 10, 1), (14, 13, 13)]
            {
                for stat in
                    [Stat::Mean, Stat::Sum { min_count: 0 }, Stat::Min, Stat::Max, Stat::Std { ddof: 0 }, Stat::Count]
                {
                    let got = roll(stat, window, before, min_periods, &dims);
                    for (i, &got) in got.iter().enumerate() {
                        let (lo, hi) = (i.saturating_sub(before), (i + window - before).min(14));
                        let there: Vec<f64> = x[lo..hi].iter().copied().filter(|v| !v.is_nan()).collect();
                        let n = there.len() as f64;
                        let sum: f64 = there.iter().sum();
                        let expected = match stat {
                            _ if there.len() < min_periods => f64::NAN,
                            Stat::Mean => sum / n,
                            Stat::Min => there.iter().copied().fold(f64::NAN, f64::min),
                            Stat::Max => there.iter().copied().fold(f64::NAN, f64::max),
                            Stat::Std { .. } => (there.iter().map(|v| (v - sum / n).powi(2)).sum::<f64>() / n).sqrt(),
                            Stat::Count => n,
                            _ => sum,
                        };
                        let same = (got.is_nan() && expected.is_nan()) || (got - expected).abs() < 1e-12;
                        assert!(same, "{stat:?} {window} {before} at {i}: {got} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn columns_beside_each_other_do_not_mix() {
        // Columns 0, 4, 5, 3, … and 1, 9, missing, 5, …
        let got = roll(Stat::Sum { min_count: 0 }, 2, 1, 2, &[7, 2]);
        assert_eq!(got[2..5], [4.0, 10.0, 9.0]);
        assert!(got[5].is_nan() && got[0].is_nan());
    }
}
