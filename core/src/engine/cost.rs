//! What a part of a graph costs: the bytes it holds at its worst moment, and the bytes it must decode.

use super::plan::INTERACTIVE_WORK;
use super::reduce;
use super::seams::parts;
use super::whole::Whole;
use crate::model::{Region, Source, Span};
use crate::plan::{ArrayMeta, Node, NodeKind, Op};
use std::sync::Arc;

/// The chunk-aligned region around `region`.
pub(super) fn chunk_hull(meta: &ArrayMeta, region: &Region) -> Region {
    Region(
        region
            .0
            .iter()
            .zip(&meta.chunks)
            .zip(&meta.shape)
            .map(|((s, &c), &n)| {
                let start = s.start / c * c;
                Span::new(start, (s.end().div_ceil(c) * c).min(n).saturating_sub(start))
            })
            .collect(),
    )
}

/// Number of chunks that `region` touches.
pub(super) fn chunks_touched(meta: &ArrayMeta, region: &Region) -> u64 {
    if region.is_empty() {
        return 0;
    }
    region.0.iter().zip(&meta.chunks).map(|(s, &c)| (s.end().div_ceil(c) - s.start / c) as u64).product()
}

/// Bytes of one chunk, decoded.
fn chunk_bytes(meta: &ArrayMeta) -> u64 {
    let cells = meta.chunks.iter().zip(&meta.shape).fold(1u64, |n, (&c, &s)| n.saturating_mul(c.min(s.max(1)) as u64));
    cells.saturating_mul(meta.dtype.size().max(1) as u64)
}

/// Whether a source variable is read in one piece however small the part: chunked, and decoded as a whole.
fn is_chunked(meta: &ArrayMeta) -> bool {
    meta.chunks.iter().zip(&meta.shape).any(|(&c, &n)| c < n)
}

/// Bytes that a source decodes for `region`: whole chunks, unless it makes its values on the spot.
fn decoded((source, path): (&Arc<dyn Source>, &str), meta: &ArrayMeta, region: &Region) -> u64 {
    meta.bytes_of(&if is_chunked(meta) && source.decodes_chunks(path) {
        chunk_hull(meta, region)
    } else {
        region.clone()
    })
}

/// The most bytes held at one moment while evaluating `region` of `node`, its result included.
pub(super) fn peak(node: &Arc<Node>, region: &Region, whole: &Whole) -> u64 {
    let out = node.meta().bytes_of(region);
    if region.is_empty() || whole.holds(node, region) {
        return out;
    }
    match node.kind() {
        NodeKind::Literal(_) => out,
        // One chunk at a time beside the result: compressed (at most about its own size) and decoded.
        NodeKind::Source { .. } => {
            if is_chunked(node.meta()) {
                out + 2 * chunk_bytes(node.meta())
            } else {
                out * 2
            }
        }
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let needs = op.needs(region, &metas);
            if let Some(reduce) = op.reduce() {
                return reduce::peak_streamed(node, reduce, region, &needs, whole);
            }
            let (mut held, mut worst) = (0, 0);
            for (input, need) in node.inputs().iter().zip(&needs) {
                worst = worst.max(held + peak(input, need, whole));
                held += input.meta().bytes_of(need);
            }
            worst.max(held + out + op.scratch_bytes(region))
        }
    }
}

/// Bytes to decode and to make on the way to `region` of `node`: a measure of time.
pub(super) fn work(node: &Arc<Node>, region: &Region, whole: &Whole) -> u64 {
    if region.is_empty() || whole.holds(node, region) {
        return 0;
    }
    let out = node.meta().bytes_of(region);
    match node.kind() {
        NodeKind::Literal(_) => 0,
        NodeKind::Source { source, path } => decoded((source, path), node.meta(), region),
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let needs = op.needs(region, &metas);
            let inputs = node.inputs().iter().zip(&needs).fold(0u64, |n, (i, r)| n.saturating_add(work(i, r, whole)));
            // What is there already costs no more than being looked at.
            let held = node.inputs().iter().zip(&needs).filter(|(i, r)| whole.holds(i, r));
            let taken = held.map(|(i, r)| i.meta().bytes_of(r)).fold(0, u64::saturating_add);
            out.max(taken).saturating_add(inputs)
        }
    }
}

/// What `region` of an operation takes of an input of which it needs `need`. A reduction goes from part to part, and where
/// its input picks positions (every tenth), what lies between the parts is never read.
fn taken(op: &dyn Op, input: &Arc<Node>, region: &Region, need: &Region, whole: &Whole) -> Vec<Region> {
    let parts = op.reduce().filter(|_| picks(input, need)).map(|reduce| {
        let parts = parts(input, need, INTERACTIVE_WORK, u64::MAX, whole).unwrap_or_else(|_| vec![need.clone()]);
        parts.into_iter().filter(|part| reduce.touches(region, part)).collect()
    });
    parts.unwrap_or_else(|| vec![need.clone()])
}

/// Whether `region` of a node, seen through what works cell by cell, is picked out of a larger one.
fn picks(node: &Node, region: &Region) -> bool {
    let NodeKind::Op(op) = node.kind() else { return false };
    let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
    let needs = op.needs(region, &metas);
    let larger = |need: &Region| need.cells() / 2 >= region.cells().max(1);
    let below = || node.inputs().iter().zip(&needs).any(|(input, need)| picks(input, need));
    op.reduce().is_none() && (needs.iter().any(larger) || (op.takes_more() && below()))
}

/// Bytes that one worker reads and decodes in a second, by the filters of a variable. Measured on one core of 2020.
fn decode_rate(filters: &[String]) -> f64 {
    let rate = |filter: &String| {
        let has = |word: &str| filter.contains(word);
        match () {
            () if has("bz2") || has("bzip2") || has("lzma") || has("xz") => 0.04e9,
            () if has("blosc") && (has("zstd") || has("zlib")) => 0.6e9,
            () if has("blosc") || has("lz4") => 1.5e9,
            () if has("zstd") => 0.8e9,
            () if has("deflate") || has("gzip") || has("zlib") => 0.6e9,
            () => 4.0e9,
        }
    };
    filters.iter().map(rate).fold(4.0e9, f64::min)
}

/// Bytes that one worker computes in a second, of the inputs or of the result, whichever are more.
const COMPUTE_RATE: f64 = 1.5e9;

/// Seconds that one worker needs for `region` of `node`, estimated.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn seconds(node: &Arc<Node>, region: &Region, whole: &Whole) -> f64 {
    if region.is_empty() || whole.holds(node, region) {
        return 0.0;
    }
    match node.kind() {
        NodeKind::Literal(_) => 0.0,
        NodeKind::Source { source, path } => {
            let meta = node.meta();
            let decoded = decoded((source, path), meta, region);
            let filters = source.info().root.variable(path).map(|v| v.filters.as_slice()).unwrap_or_default();
            decoded as f64 / decode_rate(filters)
        }
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let needs = op.needs(region, &metas);
            let of = |(i, r)| taken(&**op, i, region, r, whole).iter().map(|r| seconds(i, r, whole)).sum::<f64>();
            let inputs: f64 = node.inputs().iter().zip(&needs).map(of).sum();
            let read = metas.iter().zip(&needs).map(|(meta, need)| meta.bytes_of(need)).sum();
            inputs + op.effort() * node.meta().bytes_of(region).max(read) as f64 / COMPUTE_RATE
        }
    }
}

/// Seconds that one worker needs to take in parts of a reduction's input.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn reducing(op: &dyn Op, input: &ArrayMeta, parts: &[Region]) -> f64 {
    op.effort() * parts.iter().map(|p| input.bytes_of(p)).sum::<u64>() as f64 / (2.0 * COMPUTE_RATE)
}

/// What is read from sources for `region` of `node`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Reading {
    /// Chunks touched.
    pub(super) chunks: u64,
    /// Decoded bytes of those chunks.
    pub(super) decoded: u64,
    /// Decoded bytes that are wanted of them.
    pub(super) wanted: u64,
    /// Bytes in the files, where the source knows.
    pub(super) stored: f64,
}

impl Reading {
    fn add(&mut self, other: Self) {
        self.chunks += other.chunks;
        self.decoded += other.decoded;
        self.wanted += other.wanted;
        self.stored += other.stored;
    }

    /// The reading that `region` of `node` causes, each source counted as often as the graph asks it.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn of(node: &Arc<Node>, region: &Region, whole: &Whole) -> Self {
        let mut sum = Self::default();
        if region.is_empty() || whole.holds(node, region) {
            return sum;
        }
        match node.kind() {
            NodeKind::Literal(_) => {}
            NodeKind::Source { source, path } => {
                let meta = node.meta();
                let wanted = meta.bytes_of(region);
                let decoded = decoded((source, path), meta, region);
                let all = meta.bytes_of(&Region::all(&meta.shape)).max(1);
                let stored = source.stored_bytes(path).unwrap_or(all) as f64 * (decoded as f64 / all as f64);
                sum.add(Self { chunks: chunks_touched(meta, region), decoded, wanted, stored });
            }
            NodeKind::Op(op) => {
                let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
                for (input, need) in node.inputs().iter().zip(op.needs(region, &metas)) {
                    for part in taken(&**op, input, region, &need, whole) {
                        sum.add(Self::of(input, &part, whole));
                    }
                }
            }
        }
        sum
    }
}
