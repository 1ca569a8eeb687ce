//! Chunks and shards of what is written: those asked for, else those of the source within sensible sizes.

use super::{ExportFormat, ExportOptions};
use crate::model::{ArraySpec, DType, Error, Result};
use crate::plan::ArrayMeta;
use crate::session::encode::Encoded;

/// Chunks of more bytes are cut, where nobody asked for them.
const LARGEST_CHUNK: u64 = 16 << 20;
/// The same where the chunks of the source are kept.
const LARGEST_KEPT: u64 = 64 << 20;
/// Chunks of fewer bytes are joined along the slowest dimensions.
const SMALLEST_CHUNK: u64 = 256 << 10;

/// How an array is stored.
pub(super) fn array_spec(array: &Encoded, options: &ExportOptions) -> Result<ArraySpec> {
    let meta = array.node.meta();
    let chunks = if array.labels { whole(&meta.shape) } else { chunks(meta, &options.chunks, array.as_stored) };
    let sharded = !array.labels && options.shards.iter().any(|(d, _)| meta.dim(d).is_some());
    if sharded && options.format != ExportFormat::Zarr3 {
        return Err(Error::invalid("shards need Zarr version 3").hint("leave --shards out or write Zarr 3"));
    }
    let shards = sharded.then(|| shards(meta, &chunks, &options.shards)).transpose()?;
    Ok(ArraySpec {
        name: array.name.clone(),
        dims: meta.dims.clone(),
        shape: meta.shape.clone(),
        dtype: meta.dtype.plain(),
        chunks,
        shards,
        attrs: array.attrs.clone(),
    })
}

fn whole(shape: &[usize]) -> Vec<usize> {
    shape.iter().map(|&n| n.max(1)).collect()
}

/// The lengths asked for; else those of the source: as they are where they are `kept`, else halved or doubled along the
/// slowest dimensions to a sensible size.
fn chunks(meta: &ArrayMeta, wanted: &[(String, usize)], kept: bool) -> Vec<usize> {
    let asked = |dim: &str| wanted.iter().find(|(d, _)| d == dim).map(|&(_, n)| n);
    let mut chunks: Vec<usize> = meta
        .dims
        .iter()
        .zip(meta.shape.iter().zip(&meta.chunks))
        .map(|(dim, (&n, &c))| asked(dim).unwrap_or(c).clamp(1, n.max(1)))
        .collect();
    let cell = bytes_of_cell(&meta.dtype);
    let bytes = |chunks: &[usize]| chunks.iter().fold(cell, |b, &c| b.saturating_mul(c as u64));
    if kept && bytes(&chunks) <= LARGEST_KEPT {
        return chunks;
    }
    for d in (0..chunks.len()).filter(|&d| asked(&meta.dims[d]).is_none()) {
        while chunks[d] > 1 && bytes(&chunks) > LARGEST_CHUNK {
            chunks[d] = chunks[d].div_ceil(2);
        }
    }
    for d in (0..chunks.len()).rev().filter(|&d| asked(&meta.dims[d]).is_none()) {
        while chunks[d] < meta.shape[d] && bytes(&chunks) < SMALLEST_CHUNK {
            chunks[d] = (chunks[d] * 2).min(meta.shape[d]);
        }
    }
    chunks
}

fn bytes_of_cell(dtype: &DType) -> u64 {
    match dtype.size() {
        0 => 32,
        n => n as u64,
    }
}

fn shards(meta: &ArrayMeta, chunks: &[usize], wanted: &[(String, usize)]) -> Result<Vec<usize>> {
    let one = |(dim, &chunk): (&String, &usize)| match wanted.iter().find(|(d, _)| d == dim) {
        None => Ok(chunk),
        Some(&(_, n)) if n % chunk == 0 => Ok(n),
        Some((_, n)) => Err(Error::invalid(format!("shards of {n} along {dim} do not hold whole chunks of {chunk}"))
            .hint(format!("choose a multiple of {chunk}, or other --chunks"))),
    };
    meta.dims.iter().zip(chunks).map(one).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{chunks, shards};
    use crate::model::DType;
    use crate::plan::ArrayMeta;

    fn meta(shape: &[usize], chunks: &[usize]) -> ArrayMeta {
        let dims = ["time", "lat", "lon"][..shape.len()].iter().map(|&d| d.to_owned()).collect();
        ArrayMeta { dims, shape: shape.to_vec(), dtype: DType::F32, chunks: chunks.to_vec() }
    }

    #[test]
    fn chunks_follow_the_source_within_sensible_sizes() {
        assert_eq!(chunks(&meta(&[1460, 361, 720], &[24, 361, 720]), &[], false), [12, 361, 720]);
        assert_eq!(chunks(&meta(&[1460, 361, 720], &[1460, 361, 720]), &[("time".into(), 1)], false), [1, 361, 720]);
        assert_eq!(chunks(&meta(&[1000, 100, 100], &[1, 100, 100]), &[], false), [8, 100, 100]);
        assert_eq!(chunks(&meta(&[5, 4], &[5, 4]), &[("time".into(), 99)], false), [5, 4]);
        assert_eq!(chunks(&meta(&[1000, 100, 100], &[1, 100, 100]), &[], true), [1, 100, 100]);
        assert_eq!(chunks(&meta(&[0, 4], &[1, 4]), &[], false), [1, 4]);
        assert!(chunks(&meta(&[], &[]), &[], false).is_empty());
    }

    #[test]
    fn shards_hold_whole_chunks() {
        let m = meta(&[100, 10], &[10, 10]);
        assert_eq!(shards(&m, &[10, 10], &[("time".into(), 50)]).unwrap(), [50, 10]);
        assert!(shards(&m, &[10, 10], &[("time".into(), 15)]).unwrap_err().to_string().contains("multiple of 10"));
    }
}
