//! Statistics over a window that slides along one dimension.

use super::stat::{Cell, Stat, plane};
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// A statistic of the `window` positions around each position of one dimension.
///
/// Positions past the ends are missing. Fewer than `min_periods` values make a missing result. Each window is the join
/// of the end of one block and the start of the next, blocks of `window` positions counted from 0 (van Herk 1992): three
/// operations a cell whatever the window, no drift, and the same bits for any part of the result.
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
        let along = out.0.get(self.dim).map_or(1, |s| s.len.max(1));
        let row = (out.cells() / along * (along + self.window)) as u64;
        (2 * self.planes() as u64 * row + out.cells() as u64) * 8
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a window has one input")) };
        let (Some(&have), Some(&want)) = (region.0.get(self.dim), out.0.get(self.dim)) else {
            return Err(Error::internal("a window along a dimension that is not there"));
        };
        let inner: usize = out.0[self.dim + 1..].iter().map(|s| s.len).product();
        let mut result = vec![f64::NAN; out.cells()];
        let (rows, wanted) = (have.len * inner, want.len * inner);
        if wanted > 0 && rows > 0 {
            crate::with_data!(block.data(), v => {
                for (x, y) in v.chunks_exact(rows).zip(result.chunks_exact_mut(wanted)) {
                    self.slab(x, have, y, want, inner);
                }
            }, _t => return Err(Error::internal("a window over text")));
        }
        Block::new(out.shape(), plane(&self.dtype, result))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Totals of some cells: number, and what the statistic needs beside it.
type Total = (f64, f64, f64);

const NOTHING: Total = (0.0, f64::NAN, 0.0);

impl Roll {
    /// One slab of `inner` neighbouring columns.
    fn slab<T: Cell>(&self, x: &[T], have: Span, y: &mut [f64], want: Span, inner: usize) {
        // ends[p]: positions from p to the end of its block; starts[p]: from the start of its block to p.
        let mut starts = vec![NOTHING; have.len * inner];
        let mut ends = vec![NOTHING; have.len * inner];
        for p in 0..have.len {
            let fresh = p == 0 || (have.start + p).is_multiple_of(self.window);
            for c in 0..inner {
                let before = if fresh { NOTHING } else { starts[(p - 1) * inner + c] };
                starts[p * inner + c] = self.join(before, single(x[p * inner + c].wide()));
            }
        }
        for p in (0..have.len).rev() {
            let fresh = p + 1 == have.len || (have.start + p + 1).is_multiple_of(self.window);
            for c in 0..inner {
                let after = if fresh { NOTHING } else { ends[(p + 1) * inner + c] };
                ends[p * inner + c] = self.join(single(x[p * inner + c].wide()), after);
            }
        }
        for (i, row) in y.chunks_exact_mut(inner).enumerate() {
            let at = want.start + i;
            let last = (at + self.window - 1 - self.before).min(have.end() - 1);
            // A window that begins before position 0 lies in the first block, where its values are.
            let first = at.checked_sub(self.before);
            let one_block = first.is_some_and(|f| f / self.window == last / self.window);
            for (c, value) in row.iter_mut().enumerate() {
                let end = first.map_or(NOTHING, |f| ends[(f - have.start) * inner + c]);
                let start = starts[(last - have.start) * inner + c];
                *value = self.finish(if one_block { end } else { self.join(end, start) });
            }
        }
    }

    #[inline(always)]
    fn join(&self, a: Total, b: Total) -> Total {
        if a.0 == 0.0 {
            return b;
        }
        if b.0 == 0.0 {
            return a;
        }
        let n = a.0 + b.0;
        match self.stat {
            Stat::Min => (n, a.1.min(b.1), 0.0),
            Stat::Max => (n, a.1.max(b.1), 0.0),
            Stat::Var { .. } | Stat::Std { .. } => {
                let delta = b.1 - a.1;
                (n, a.1 + delta * b.0 / n, a.2 + b.2 + delta * delta * a.0 * b.0 / n)
            }
            Stat::First => (n, a.1, 0.0),
            Stat::Last => (n, b.1, 0.0),
            Stat::Mean | Stat::Sum { .. } | Stat::Count => (n, a.1 + b.1, 0.0),
        }
    }

    fn finish(&self, (n, value, m2): Total) -> f64 {
        if n < self.min_periods as f64 {
            return f64::NAN;
        }
        match self.stat {
            Stat::Mean => value / n,
            Stat::Count => n,
            Stat::Var { ddof } | Stat::Std { ddof } => {
                let var = if n > ddof as f64 { m2 / (n - ddof as f64) } else { f64::NAN };
                if matches!(self.stat, Stat::Std { .. }) { var.sqrt() } else { var }
            }
            Stat::Sum { .. } | Stat::Min | Stat::Max | Stat::First | Stat::Last => value,
        }
    }
}

fn single(x: f64) -> Total {
    if x.is_nan() { NOTHING } else { (1.0, x, 0.0) }
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
