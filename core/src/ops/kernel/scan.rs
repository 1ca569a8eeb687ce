//! Work along one dimension that keeps it: running totals, differences, shifts, filling of gaps, ranks.

use super::columns::{CELLS, columns};
use super::series::bounded;
use super::stat::plane;
use super::wrapping;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What is done along the dimension.
#[derive(Debug, Clone)]
pub(crate) enum Scan {
    /// Running sum; what is missing counts as 0, or makes all that follows missing.
    Sum { skipna: bool },
    /// Running product; what is missing counts as 1, or makes all that follows missing.
    Prod { skipna: bool },
    /// Differences of neighbours, `n` times over; there are `n` positions fewer.
    Diff { n: usize },
    /// Values `by` positions further on; where none comes from there is `fill`.
    Shift { by: isize, fill: f64 },
    /// The last value there is, from at most `limit` positions before.
    Forward { limit: Option<usize> },
    /// The next value there is, from at most `limit` positions behind.
    Backward { limit: Option<usize> },
    /// Straight lines over gaps between these ascending coordinates; of each gap the first `limit` positions.
    Bridge { at: Arc<[f64]>, limit: Option<usize> },
    /// Ranks from 1, equals sharing the mean of theirs; as a part of their number where `share`.
    Rank { share: bool },
}

/// A [`Scan`] along a dimension. Arithmetic is `f64`, that of 64-bit integers is exact; integers wrap, as in numpy.
#[derive(Debug, Clone)]
pub(crate) struct Scanned {
    pub(crate) scan: Scan,
    /// The dimension's number.
    pub(crate) dim: usize,
    pub(crate) dtype: DType,
}

impl Scanned {
    /// The input positions that `want` of the result needs, of `size`.
    fn reach(&self, want: Span, size: usize) -> Span {
        let (start, end) = match self.scan {
            Scan::Sum { .. } | Scan::Prod { .. } | Scan::Forward { limit: None } => (0, want.end()),
            Scan::Diff { n } => (want.start, want.end() + n),
            Scan::Shift { by, .. } => {
                let from = |at: usize| {
                    if at >= by.unsigned_abs() || by < 0 { at.saturating_add_signed(by.saturating_neg()) } else { 0 }
                };
                (from(want.start), from(want.end()))
            }
            Scan::Forward { limit: Some(n) } => (want.start.saturating_sub(n), want.end()),
            Scan::Backward { limit: Some(n) } => (want.start, want.end().saturating_add(n)),
            Scan::Backward { limit: None } => (want.start, size),
            Scan::Bridge { .. } | Scan::Rank { .. } => (0, size),
        };
        let start = start.min(size);
        Span::new(start, end.min(size).saturating_sub(start))
    }

    /// Whether results depend on positions however far.
    fn far(&self) -> bool {
        !matches!(
            self.scan,
            Scan::Diff { .. }
                | Scan::Shift { .. }
                | Scan::Forward { limit: Some(_) }
                | Scan::Backward { limit: Some(_) }
        )
    }

    fn fewer(&self) -> usize {
        if let Scan::Diff { n } = self.scan { n } else { 0 }
    }
}

impl Op for Scanned {
    fn id(&self) -> &'static str {
        match self.scan {
            Scan::Sum { .. } => "cumsum",
            Scan::Prod { .. } => "cumprod",
            Scan::Diff { .. } => "diff",
            Scan::Shift { .. } => "shift",
            Scan::Forward { .. } => "ffill",
            Scan::Backward { .. } => "bfill",
            Scan::Bridge { .. } => "interpolate_na",
            Scan::Rank { .. } => "rank",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.dim, &self.dtype).hash(&mut hasher);
        match &self.scan {
            Scan::Sum { skipna } | Scan::Prod { skipna } => skipna.hash(&mut hasher),
            Scan::Diff { n } => n.hash(&mut hasher),
            Scan::Shift { by, fill } => (by, fill.to_bits()).hash(&mut hasher),
            Scan::Forward { limit } | Scan::Backward { limit } => limit.hash(&mut hasher),
            Scan::Bridge { at, limit } => {
                at.iter().for_each(|x| hasher.write_u64(x.to_bits()));
                limit.hash(&mut hasher);
            }
            Scan::Rank { share } => share.hash(&mut hasher),
        }
    }

    fn describe(&self) -> String {
        format!("along dimension {}", self.dim)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a scan has one input")) };
        let Some(&size) = input.shape.get(self.dim) else {
            return Err(Error::internal(format!("{} along dimension {}", self.id(), self.dim)));
        };
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("a {} of values of type {}", self.id(), input.dtype)));
        }
        let mut meta = ArrayMeta { dtype: self.dtype.clone(), ..(*input).clone() };
        meta.shape[self.dim] = size.saturating_sub(self.fewer());
        let chunk = meta.chunks[self.dim].clamp(1, meta.shape[self.dim].max(1));
        meta.chunks[self.dim] = 1;
        if self.far() {
            bounded(&mut meta.chunks, size);
        }
        meta.chunks[self.dim] = if self.far() { size.max(1) } else { chunk };
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let mut region = out.clone();
        let size = inputs.first().and_then(|m| m.shape.get(self.dim)).copied().unwrap_or(0);
        if let Some(span) = region.0.get_mut(self.dim) {
            *span = self.reach(*span, size);
        }
        vec![region]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let along = out.0.get(self.dim).map_or(1, |s| s.end());
        (3 * CELLS.max(16 * along) * 8 + out.cells() * 8) as u64
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a scan has one input")) };
        let (Some(&have), Some(&want)) = (region.0.get(self.dim), out.0.get(self.dim)) else {
            return Err(Error::internal("a scan along a dimension that is not there"));
        };
        if let Some(data) = wrapping::scanned(&self.scan, block.data(), &self.dtype, (region, out), self.dim) {
            return Block::new(out.shape(), data);
        }
        let mut result = columns(block, region, out, self.dim, |x, width| self.rows(x, have, want, width))?;
        match self.scan {
            Scan::Shift { fill, .. } if have.len == 0 => result.fill(fill),
            Scan::Diff { .. } => wrap(&mut result, &self.dtype),
            _ => {}
        }
        Block::new(out.shape(), plane(&self.dtype, result))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Scanned {
    /// The rows that are wanted, made of those that `have` holds.
    fn rows(&self, mut x: Vec<f64>, have: Span, want: Span, width: usize) -> Vec<f64> {
        match &self.scan {
            Scan::Sum { skipna } => run_on(&mut x, width, *skipna, 0.0, |a, b| a + b),
            Scan::Prod { skipna } => run_on(&mut x, width, *skipna, 1.0, |a, b| a * b),
            Scan::Diff { n } => {
                for _ in 0..*n {
                    for at in width..x.len() {
                        x[at - width] = x[at] - x[at - width];
                    }
                    x.truncate(x.len().saturating_sub(width));
                }
            }
            Scan::Shift { by, fill } => return shifted(&x, (have, want, width), *by, *fill),
            Scan::Forward { limit } => carry(&mut x, width, *limit, false),
            Scan::Backward { limit } => carry(&mut x, width, *limit, true),
            Scan::Bridge { at, limit } => (0..width).for_each(|c| bridge(&mut x, c, width, at, *limit)),
            Scan::Rank { share } => (0..width).for_each(|c| rank(&mut x, c, width, *share)),
        }
        let first = (want.start - have.start.min(want.start)) * width;
        x.drain(..first.min(x.len()));
        x.truncate(want.len * width);
        x
    }
}

/// Each row joined with the one before.
fn run_on(x: &mut [f64], width: usize, skipna: bool, empty: f64, join: impl Fn(f64, f64) -> f64) {
    if skipna {
        x.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = empty);
    }
    for at in width..x.len() {
        x[at] = join(x[at - width], x[at]);
    }
}

/// The wanted rows, each `width` long, `by` positions further on than where `x` has them.
pub(super) fn shifted<T: Copy>(x: &[T], (have, want, width): (Span, Span, usize), by: isize, fill: T) -> Vec<T> {
    let mut out = vec![fill; want.len * width];
    for (i, row) in out.chunks_exact_mut(width).enumerate() {
        let from = (want.start + i).checked_add_signed(by.saturating_neg()).and_then(|p| p.checked_sub(have.start));
        if let Some(source) = from.filter(|p| *p < have.len).and_then(|p| x.get(p * width..(p + 1) * width)) {
            row.copy_from_slice(source);
        }
    }
    out
}

/// What is missing takes the value of the row before, or behind, over at most `limit` rows.
fn carry(x: &mut [f64], width: usize, limit: Option<usize>, backwards: bool) {
    let rows = x.len() / width.max(1);
    let mut since = vec![0; width];
    for i in 1..rows {
        let (at, before) = if backwards { (rows - 1 - i, rows - i) } else { (i, i - 1) };
        for (column, since) in since.iter_mut().enumerate() {
            if !x[at * width + column].is_nan() {
                *since = 0;
            } else if limit.is_none_or(|limit| *since < limit) {
                x[at * width + column] = x[before * width + column];
                *since += 1;
            }
        }
    }
}

/// Straight lines over the gaps of one column; before the first value and behind the last it stays missing.
fn bridge(x: &mut [f64], column: usize, width: usize, at: &[f64], limit: Option<usize>) {
    let mut left: Option<usize> = None;
    for p in 0..at.len() {
        let right = x[p * width + column];
        if right.is_nan() {
            continue;
        }
        if let Some(from) = left {
            let start = x[from * width + column];
            let slope = (right - start) / (at[p] - at[from]);
            for q in (from + 1..p).take(limit.unwrap_or(usize::MAX)) {
                x[q * width + column] = slope * (at[q] - at[from]) + start;
            }
        }
        left = Some(p);
    }
}

/// Ranks within one column.
fn rank(x: &mut [f64], column: usize, width: usize, share: bool) {
    let mut order: Vec<usize> = (column..x.len()).step_by(width).filter(|&i| !x[i].is_nan()).collect();
    order.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
    let of = if share { order.len() as f64 } else { 1.0 };
    let mut first = 0;
    while first < order.len() {
        let value = x[order[first]];
        let equal = order[first..].iter().take_while(|&&i| x[i] == value).count();
        // The mean of the ranks first + 1 to first + equal.
        let mean = (2 * first + equal + 1) as f64 / 2.0;
        order[first..first + equal].iter().for_each(|&i| x[i] = mean / of);
        first += equal;
    }
}

/// Numbers beyond a narrow integer come back at its other end.
fn wrap(x: &mut [f64], dtype: &DType) {
    let bits = dtype.size() * 8;
    if !dtype.is_integer() || bits > 32 {
        return;
    }
    let whole = 2f64.powi(i32::try_from(bits).unwrap_or(32));
    let low = if matches!(dtype.plain(), DType::I8 | DType::I16 | DType::I32) { whole / 2.0 } else { 0.0 };
    x.iter_mut().for_each(|x| *x = (*x + low).rem_euclid(whole) - low);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Scan, Scanned};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    const NAN: f64 = f64::NAN;

    fn run(scan: Scan, node: &Arc<Node>, dim: usize) -> Data {
        let op = Scanned { scan, dim, dtype: node.meta().dtype.clone() };
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(node)]).unwrap()).unwrap().into_data()
    }

    fn same(data: &Data, expected: &[f64]) {
        let got = data.to_f64();
        let equal = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        assert!(got.len() == expected.len() && got.iter().zip(expected).all(equal), "{got:?} {expected:?}");
    }

    fn row() -> Arc<Node> {
        cube(&["x"], &[8], Data::F64(vec![NAN, 3., NAN, NAN, NAN, 7., 7., NAN]))
    }

    #[test]
    fn totals_run_on_along_any_dimension() {
        let x = cube(&["y", "x"], &[2, 3], Data::F64(vec![1., NAN, 3., 4., 5., NAN]));
        same(&run(Scan::Sum { skipna: true }, &x, 0), &[1., 0., 3., 5., 5., 3.]);
        same(&run(Scan::Sum { skipna: true }, &x, 1), &[1., 1., 4., 4., 9., 9.]);
        same(&run(Scan::Sum { skipna: false }, &x, 1), &[1., NAN, NAN, 4., 9., NAN]);
        same(&run(Scan::Prod { skipna: true }, &x, 0), &[1., 1., 3., 4., 5., 3.]);
    }

    #[test]
    fn differences_and_shifts() {
        let x = cube(&["x"], &[5], Data::I16(vec![1, 4, 9, 16, 25]));
        assert_eq!(run(Scan::Diff { n: 1 }, &x, 0), Data::I16(vec![3, 5, 7, 9]));
        assert_eq!(run(Scan::Diff { n: 2 }, &x, 0), Data::I16(vec![2, 2, 2]));
        assert_eq!(run(Scan::Diff { n: 7 }, &x, 0), Data::I16(Vec::new()));
        let far = cube(&["x"], &[2], Data::I8(vec![-100, 100]));
        assert_eq!(run(Scan::Diff { n: 1 }, &far, 0), Data::I8(vec![-56]));
        same(&run(Scan::Shift { by: 2, fill: -1.0 }, &x, 0), &[-1., -1., 1., 4., 9.]);
        same(&run(Scan::Shift { by: -1, fill: 0.0 }, &x, 0), &[4., 9., 16., 25., 0.]);
        same(&run(Scan::Shift { by: 9, fill: 5.0 }, &x, 0), &[5.; 5]);
        same(&run(Scan::Shift { by: -5, fill: 5.0 }, &x, 0), &[5.; 5]);
    }

    /// Values from xarray's `ffill`, `bfill`, `interpolate_na` and `rank`.
    #[test]
    fn gaps_are_filled() {
        let x = row();
        same(&run(Scan::Forward { limit: None }, &x, 0), &[NAN, 3., 3., 3., 3., 7., 7., 7.]);
        same(&run(Scan::Forward { limit: Some(2) }, &x, 0), &[NAN, 3., 3., 3., NAN, 7., 7., 7.]);
        same(&run(Scan::Backward { limit: None }, &x, 0), &[3., 3., 7., 7., 7., 7., 7., NAN]);
        same(&run(Scan::Backward { limit: Some(1) }, &x, 0), &[3., 3., NAN, NAN, 7., 7., 7., NAN]);
        let at: Arc<[f64]> = [0., 1., 2., 3., 7., 9., 10., 11.].into();
        let bridge = |limit| run(Scan::Bridge { at: Arc::clone(&at), limit }, &x, 0);
        same(&bridge(None), &[NAN, 3., 3.5, 4., 6., 7., 7., NAN]);
        same(&bridge(Some(1)), &[NAN, 3., 3.5, NAN, NAN, 7., 7., NAN]);
    }

    #[test]
    fn equals_share_their_rank() {
        let x = cube(&["y", "x"], &[2, 4], Data::F64(vec![5., 1., 5., NAN, 2., NAN, 8., 0.]));
        same(&run(Scan::Rank { share: false }, &x, 1), &[2.5, 1., 2.5, NAN, 2., NAN, 3., 1.]);
        same(&run(Scan::Rank { share: true }, &x, 0), &[1., 1., 0.5, NAN, 0.5, NAN, 1., 1.]);
        let op = Scanned { scan: Scan::Rank { share: true }, dim: 0, dtype: DType::F64 };
        assert!(op.far());
    }
}
