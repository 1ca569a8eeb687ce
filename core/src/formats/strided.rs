//! Hyper-rectangles of arrays whose dimensions lie at fixed byte distances: copying between buffers, and reading them
//! from a file in as few, as small reads as pay. Knows no format.

use super::file::RandomFile;
use crate::model::{Error, ErrorKind, Region, Result};
use std::cell::RefCell;

/// A span up to this size is read in one go even if little of it is wanted: a seek costs about as much.
const CHEAP_SPAN: u64 = 256 << 10;
/// The largest span read at once where part of it is not wanted.
const LARGEST_SPAN: u64 = 16 << 20;
/// Spans above [`CHEAP_SPAN`] must be wanted for at least one part in this many.
const WORTHWHILE: u64 = 8;

/// Byte distances between neighbours along each dimension of a dense C-order array; saturating.
pub(crate) fn c_strides(shape: &[usize], size: usize) -> Vec<usize> {
    let mut strides = vec![size; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d].saturating_mul(shape[d]);
    }
    strides
}

/// Copies a rectangle of `shape` cells of `size` bytes. Both buffers start at the rectangle's first cell.
///
/// # Errors
/// [`Internal`](ErrorKind::Internal) where a buffer is too short for its strides.
pub(crate) fn copy(
    shape: &[usize],
    size: usize,
    (to, to_strides): (&mut [u8], &[usize]),
    (from, from_strides): (&[u8], &[usize]),
) -> Result<()> {
    // The innermost dimensions that are dense on both sides form one run.
    let mut run = size;
    let mut outer = shape.len();
    while outer > 0 && to_strides[outer - 1] == run && from_strides[outer - 1] == run {
        outer -= 1;
        run *= shape[outer];
    }
    if shape.contains(&0) {
        return Ok(());
    }
    let mut at = vec![0usize; outer];
    let (mut t, mut f) = (0, 0);
    loop {
        match (to.get_mut(t..t + run), from.get(f..f + run)) {
            (Some(to), Some(from)) => to.copy_from_slice(from),
            _ => return Err(Error::internal("a copy reaches outside its buffer")),
        }
        let Some(d) = (0..outer).rev().find(|&d| at[d] + 1 < shape[d]) else { return Ok(()) };
        for e in d + 1..outer {
            t -= at[e] * to_strides[e];
            f -= at[e] * from_strides[e];
            at[e] = 0;
        }
        at[d] += 1;
        t += to_strides[d];
        f += from_strides[d];
    }
}

/// Fills `out`, dense in C order, with `region` of an array whose cell (0, …) is at byte `begin` of the file.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) where the file ends before, [`Io`](ErrorKind::Io) where the system refuses.
pub(crate) fn read(
    file: &RandomFile,
    begin: u64,
    strides: &[usize],
    size: usize,
    region: &Region,
    out: &mut [u8],
) -> Result<()> {
    if region.is_empty() {
        return Ok(());
    }
    let at = offset(begin, strides, region.0.iter().map(|s| s.start))?;
    let shape = region.shape();
    let last = offset(at, strides, shape.iter().map(|&n| n - 1))?;
    // One check for all: nothing is read of what is not there as a whole.
    file.check(at, last.saturating_sub(at).saturating_add(size as u64))?;
    read_box(file, at, strides, size, &shape, out)
}

/// The position of a cell.
fn offset(begin: u64, strides: &[usize], index: impl Iterator<Item = usize>) -> Result<u64> {
    let mut at = Some(begin);
    for (&stride, i) in strides.iter().zip(index) {
        at = (stride as u64).checked_mul(i as u64).and_then(|o| at?.checked_add(o));
    }
    at.ok_or_else(|| Error::corrupt("a position lies beyond any possible file"))
}

fn read_box(file: &RandomFile, at: u64, strides: &[usize], size: usize, shape: &[usize], out: &mut [u8]) -> Result<()> {
    let span = offset(size as u64, strides, shape.iter().map(|&n| n - 1))?;
    let wanted = out.len() as u64;
    if span == wanted {
        return file.read_at(at, out);
    }
    if span <= CHEAP_SPAN || (span <= LARGEST_SPAN && span / WORTHWHILE <= wanted) {
        let to_strides = c_strides(shape, size);
        return with_scratch(span, |scratch| {
            file.read_at(at, scratch)?;
            copy(shape, size, (out, &to_strides), (scratch, strides))
        });
    }
    // Too much between: halve the slowest dimension of more than one position, down to single positions.
    let Some(d) = shape.iter().position(|&n| n > 1) else { return file.read_at(at, out) };
    let half = shape[d] / 2;
    let (mut low, mut high) = (shape.to_vec(), shape.to_vec());
    low[d] = half;
    high[d] = shape[d] - half;
    let cut = out.len() / shape[d] * half;
    let (first, second) = out.split_at_mut(cut);
    read_box(file, at, strides, size, &low, first)?;
    let next = offset(at, &strides[d..=d], std::iter::once(half))?;
    read_box(file, next, strides, size, &high, second)
}

/// Lends a buffer of the thread, so that a read of many parts allocates once.
fn with_scratch<T>(len: u64, work: impl FnOnce(&mut [u8]) -> Result<T>) -> Result<T> {
    thread_local!(static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    let len = usize::try_from(len).map_err(|e| Error::new(ErrorKind::Memory, e.to_string()))?;
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < len {
            scratch.resize(len, 0);
        }
        work(scratch.get_mut(..len).unwrap_or_default())
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::model::Span;
    use std::io::Write;

    /// An array of 5 × 7 × 9 two-byte cells holding their own number, with gaps between the slices of dimension 0.
    fn sample(gap: usize) -> (tempfile::NamedTempFile, Vec<usize>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"head").unwrap();
        for i in 0..5u16 {
            for j in 0..63u16 {
                file.write_all(&(i * 63 + j).to_le_bytes()).unwrap();
            }
            file.write_all(&vec![0xee; gap]).unwrap();
        }
        (file, vec![126 + gap, 18, 2])
    }

    #[test]
    fn any_region_of_any_spacing_is_read_right() {
        for gap in [0, 6, 300_000] {
            let (file, strides) = sample(gap);
            let file = RandomFile::open(file.path()).unwrap();
            for (i, j, k) in
                [((0, 5), (0, 7), (0, 9)), ((1, 3), (2, 4), (0, 9)), ((4, 1), (6, 1), (8, 1)), ((0, 5), (3, 1), (2, 5))]
            {
                let region = Region(vec![Span::new(i.0, i.1), Span::new(j.0, j.1), Span::new(k.0, k.1)]);
                let mut out = vec![0; region.cells() * 2];
                read(&file, 4, &strides, 2, &region, &mut out).unwrap();
                let wanted: Vec<u8> = (i.0..i.0 + i.1)
                    .flat_map(|a| (j.0..j.0 + j.1).flat_map(move |b| (k.0..k.0 + k.1).map(move |c| a * 63 + b * 9 + c)))
                    .flat_map(|n| u16::try_from(n).unwrap().to_le_bytes())
                    .collect();
                assert_eq!(out, wanted, "gap {gap}, region {region:?}");
            }
        }
    }

    #[test]
    fn a_short_file_is_an_error_before_anything_is_read() {
        let (file, strides) = sample(0);
        file.as_file().set_len(100).unwrap();
        let file = RandomFile::open(file.path()).unwrap();
        let mut out = vec![0; 630];
        let error = read(&file, 4, &strides, 2, &Region::all(&[5, 7, 9]), &mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("cut short"), "{error}");
    }
}
