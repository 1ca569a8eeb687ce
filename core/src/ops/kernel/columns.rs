//! Work along one dimension: neighbouring columns of a block brought together as rows of `f64`, worked on in cache, and
//! put back.

use super::stat::{Cell, plane};
use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};

/// Cells of the rows that are worked on together.
pub(super) const CELLS: usize = 1 << 16;

/// Neighbouring columns: the outer position, the first inner position, how many.
struct Run {
    outer: usize,
    inner: usize,
    len: usize,
}

/// The columns `first..end` as runs of neighbours in memory.
fn runs(first: usize, end: usize, inner: usize) -> Vec<Run> {
    let mut out = Vec::new();
    let mut at = first;
    while at < end {
        let len = (inner - at % inner).min(end - at);
        out.push(Run { outer: at / inner, inner: at % inner, len });
        at += len;
    }
    out
}

/// Columns worked on together where each has so many positions: whole cache lines at least.
pub(super) fn width(positions: usize) -> usize {
    (CELLS / positions.max(1)).clamp(16, 128)
}

/// `out` of a result made column by column along dimension `dim` of a block that holds `region`. `work` gets a row of
/// neighbouring columns for each position of the region and the row's length, and gives a row for each of `out`'s. What
/// has no position in the region, or none in `out`, stays NaN.
///
/// # Errors
/// [`Internal`](crate::model::ErrorKind::Internal) for a dimension that is not there, for text and for rows too few.
pub(super) fn columns(
    block: &Block,
    region: &Region,
    out: &Region,
    dim: usize,
    work: impl FnMut(Vec<f64>, usize) -> Vec<f64>,
) -> Result<Vec<f64>> {
    each(block, region, out, dim, (f64::NAN, |x| x), work)
}

/// As [`columns`], as the plane of a type: single precision is stored as it comes, without a detour by memory.
///
/// # Errors
/// As [`columns`].
#[expect(clippy::cast_possible_truncation, reason = "the rounding asked for")]
pub(super) fn columns_as(
    dtype: &DType,
    block: &Block,
    region: &Region,
    out: &Region,
    dim: usize,
    work: impl FnMut(Vec<f64>, usize) -> Vec<f64>,
) -> Result<Data> {
    if *dtype == DType::F32 {
        return Ok(Data::F32(each(block, region, out, dim, (f32::NAN, |x| x as f32), work)?));
    }
    Ok(plane(dtype, columns(block, region, out, dim, work)?))
}

fn each<T: Copy>(
    block: &Block,
    region: &Region,
    out: &Region,
    dim: usize,
    (empty, store): (T, impl Fn(f64) -> T + Copy),
    mut work: impl FnMut(Vec<f64>, usize) -> Vec<f64>,
) -> Result<Vec<T>> {
    let (Some(&have), Some(&want)) = (region.0.get(dim), out.0.get(dim)) else {
        return Err(Error::internal("work along a dimension that is not there"));
    };
    let inner: usize = out.0[dim + 1..].iter().map(|s| s.len).product();
    let outer: usize = out.0[..dim].iter().map(|s| s.len).product();
    let mut result = vec![empty; out.cells()];
    let columns = outer * inner;
    if want.len == 0 || have.len == 0 {
        return Ok(result);
    }
    let width = width(have.len);
    for first in (0..columns).step_by(width) {
        let runs = runs(first, columns.min(first + width), inner);
        let rows = crate::with_data!(block.data(), v => collect(v, have, inner, &runs), _t => {
            return Err(Error::internal("work along a dimension of text"));
        });
        let width = rows.len() / have.len;
        let rows = work(rows, width);
        if rows.len() != want.len * width {
            return Err(Error::internal(format!("{} cells for {} rows of {width}", rows.len(), want.len)));
        }
        put(&rows, &mut result, store, want, inner, &runs);
    }
    Ok(result)
}

/// The rows of some columns.
fn collect<T: Cell>(x: &[T], have: Span, inner: usize, runs: &[Run]) -> Vec<f64> {
    let width: usize = runs.iter().map(|r| r.len).sum();
    let mut rows = vec![0.0; have.len * width];
    let mut column = 0;
    fast(
        #[inline(always)]
        || {
            for run in runs {
                for p in 0..have.len {
                    let from = (run.outer * have.len + p) * inner + run.inner;
                    for (row, x) in rows[p * width + column..][..run.len].iter_mut().zip(&x[from..from + run.len]) {
                        *row = x.wide();
                    }
                }
                column += run.len;
            }
        },
    );
    rows
}

/// Puts rows back where their columns lie.
fn put<T>(rows: &[f64], result: &mut [T], store: impl Fn(f64) -> T, want: Span, inner: usize, runs: &[Run]) {
    let width: usize = runs.iter().map(|r| r.len).sum();
    let mut column = 0;
    fast(
        #[inline(always)]
        || {
            for run in runs {
                for i in 0..want.len {
                    let to = (run.outer * want.len + i) * inner + run.inner;
                    let row = &rows[i * width + column..][..run.len];
                    for (to, &x) in result[to..to + run.len].iter_mut().zip(row) {
                        *to = store(x);
                    }
                }
                column += run.len;
            }
        },
    );
}
