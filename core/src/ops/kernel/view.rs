//! Strided walks over dense arrays: the one place where loops over many dimensions are made into loops over runs.

use crate::model::{Block, Data, Error, Result};

/// Row-major strides of a shape, in cells.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut out = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        out[d - 1] = out[d] * shape[d];
    }
    out
}

/// Fills a new array from positions in another: the cell at `(i, j, …)` is the origin's cell at
/// `offsets[0][i] + offsets[1][j] + …`.
///
/// # Errors
/// [`Internal`](crate::model::ErrorKind::Internal) where an offset lies outside the origin.
pub(crate) fn gather(from: &Data, offsets: &[Vec<usize>]) -> Result<Block> {
    let shape: Vec<usize> = offsets.iter().map(Vec::len).collect();
    let cells: usize = shape.iter().product();
    if cells == 0 {
        return Ok(Block::zeros(&from.dtype(), shape));
    }
    let furthest: usize = offsets.iter().filter_map(|o| o.iter().max()).sum();
    if furthest >= from.len() {
        return Err(Error::internal(format!("position {furthest} of an array of {} cells", from.len())));
    }
    let (outer, inner) = runs(offsets);
    macro_rules! planes {
        ($($plane:ident),*) => {
            match from {
                $(Data::$plane(v) => Data::$plane(pick(v, outer, &inner, cells)),)*
            }
        };
    }
    let data = planes!(I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, Text);
    Block::new(shape, data)
}

/// The innermost loop of a gather.
enum Inner<'a> {
    /// So many cells next to each other.
    Run(usize),
    /// Cells at these offsets.
    Scattered(&'a [usize]),
}

/// Splits offsets into outer dimensions and the longest innermost loop that runs over neighbouring cells.
fn runs(offsets: &[Vec<usize>]) -> (&[Vec<usize>], Inner<'_>) {
    let steps_by = |o: &[usize], step: usize| o.first() == Some(&0) && o.windows(2).all(|w| w[1] == w[0] + step);
    let mut run = 1;
    let mut outer = offsets;
    while let Some((last, rest)) = outer.split_last() {
        if !steps_by(last, run) {
            break;
        }
        run *= last.len();
        outer = rest;
    }
    match outer.split_last() {
        Some((last, rest)) if run == 1 => (rest, Inner::Scattered(last)),
        _ => (outer, Inner::Run(run)),
    }
}

fn pick<T: Clone>(from: &[T], outer: &[Vec<usize>], inner: &Inner<'_>, cells: usize) -> Vec<T> {
    let mut to = Vec::with_capacity(cells);
    odometer(outer, |base| match inner {
        Inner::Run(n) => to.extend_from_slice(&from[base..base + n]),
        Inner::Scattered(offsets) => to.extend(offsets.iter().map(|o| from[base + o].clone())),
    });
    to
}

/// Calls `visit` with the sum of one offset of each dimension, the last dimension fastest.
fn odometer(dims: &[Vec<usize>], mut visit: impl FnMut(usize)) {
    let mut at = vec![0; dims.len()];
    loop {
        visit(at.iter().zip(dims).map(|(&i, o)| o[i]).sum());
        let Some(d) = (0..at.len()).rev().find(|&d| at[d] + 1 < dims[d].len()) else { return };
        at[d] += 1;
        at[d + 1..].fill(0);
    }
}
