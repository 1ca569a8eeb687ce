//! One task: the value of a region of a node, computed by its worker from the sources up.

use super::cache::ChunkKey;
use super::cost::{chunk_hull, chunks_touched};
use super::whole::{Whole, part_of};
use super::{Inner, Lane, Run, reduce};
use crate::events::{self, Kind, Stamp};
use crate::model::{Block, Error, Region, Result, Source, Span};
use crate::plan::{Node, NodeKind};
use std::sync::Arc;

/// Chunks read between two looks at the token that cancels.
const CHUNKS_AT_ONCE: u64 = 32;

/// Cells of a strip: 1 MiB of doubles, so that it stays in a core's own cache.
const STRIP: usize = 1 << 17;

/// What a task may use.
pub(super) struct Context {
    pub(super) inner: Arc<Inner>,
    pub(super) run: Run,
    pub(super) whole: Whole,
}

impl Context {
    /// The values of `region` of `node`.
    pub(super) fn eval(&self, node: &Arc<Node>, region: &Region) -> Result<Arc<Block>> {
        self.run.cancel.check()?;
        if region.is_empty() {
            return Ok(Arc::new(Block::zeros(&node.meta().dtype, region.shape())));
        }
        if let Some((held, block)) = self.whole.get(node, region) {
            return part_of(block, held, region);
        }
        match node.kind() {
            NodeKind::Literal(block) => part_of(block, &Region::all(block.shape()), region),
            NodeKind::Source { source, path } => self.read(source, path, node, region),
            NodeKind::Op(op) => {
                let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
                let needs = op.needs(region, &metas);
                if let Some(reduce) = op.reduce() {
                    return reduce::streamed(self, node, reduce, region, &needs).map(Arc::new);
                }
                let blocks: Vec<Arc<Block>> =
                    node.inputs().iter().zip(&needs).map(|(n, r)| self.eval(n, r)).collect::<Result<_>>()?;
                let started = Stamp::now();
                let inputs: Vec<(&Region, &Block)> = needs.iter().zip(&blocks).map(|(r, b)| (r, &**b)).collect();
                let go_on = || self.run.cancel.check();
                let out = op.compute_asking(region, &inputs, &go_on).map_err(|e| e.within(op.id()))?;
                if out.shape() != region.shape() {
                    return Err(Error::internal(format!(
                        "{} gave {:?} for {:?}",
                        op.id(),
                        out.shape(),
                        region.shape()
                    )));
                }
                let bytes_in = blocks.iter().map(|b| b.bytes() as u64).sum();
                events::record_step(Kind::Compute, op.id(), &started, bytes_in, out.bytes() as u64);
                Ok(Arc::new(out))
            }
        }
    }

    /// The values of `region` of `node`, given on as they come: what is made cell by cell strip after strip, so that it is
    /// used while it is still in cache.
    pub(super) fn stream(
        &self,
        node: &Arc<Node>,
        region: &Region,
        take: &mut dyn FnMut(&Region, &Block) -> Result<()>,
    ) -> Result<()> {
        let op = match node.kind() {
            NodeKind::Op(op) if op.takes_more() && self.whole.get(node, region).is_none() => op,
            _ => return take(region, &*self.eval(node, region)?),
        };
        let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
        let needs = op.needs(region, &metas);
        let blocks: Vec<Arc<Block>> =
            node.inputs().iter().zip(&needs).map(|(n, r)| self.eval(n, r)).collect::<Result<_>>()?;
        let inputs: Vec<(&Region, &Block)> = needs.iter().zip(&blocks).map(|(r, b)| (r, &**b)).collect();
        let step = strip(region);
        for strip in region.chunks(&step, &node.meta().shape).filter_map(|s| s.intersect(region)) {
            self.run.cancel.check()?;
            let started = Stamp::now();
            let out = op.compute(&strip, &inputs).map_err(|e| e.within(op.id()))?;
            events::record_step(Kind::Compute, op.id(), &started, out.bytes() as u64, out.bytes() as u64);
            take(&strip, &out)?;
        }
        Ok(())
    }

    /// Values as they stand on disk. Where somebody is looking, chunks only partly wanted now are kept for the next look.
    fn read(&self, source: &Arc<dyn Source>, path: &str, node: &Arc<Node>, region: &Region) -> Result<Arc<Block>> {
        let meta = node.meta();
        let one = meta.bytes_of(&Region(meta.chunks.iter().map(|&c| Span::new(0, c)).collect()));
        let partial = chunk_hull(meta, region) != *region;
        let touched = chunks_touched(meta, region);
        if self.run.lane == Lane::Background
            || !partial
            || !self.inner.chunks.takes(one)
            || !is_stored_in_chunks(source, path)
        {
            return self.read_through(source, path, node, region, touched).map(Arc::new);
        }
        let mut out = Block::zeros(&meta.dtype, region.shape());
        for chunk in region.chunks(&meta.chunks, &meta.shape) {
            self.run.cancel.check()?;
            let Some(common) = chunk.intersect(region) else { continue };
            let block = self.chunk(source, path, &chunk)?;
            out.paste(&common.relative_to(region), &block, &common.relative_to(&chunk))?;
        }
        Ok(Arc::new(out))
    }

    /// Reads a region straight from the source, a few chunks at a time, so that a wish to stop is soon heard.
    fn read_through(
        &self,
        source: &Arc<dyn Source>,
        path: &str,
        node: &Node,
        region: &Region,
        touched: u64,
    ) -> Result<Block> {
        let meta = node.meta();
        let read = |part: &Region, touched: u64| {
            let block = source.read(path, part).map_err(|e| e.at(&source.info().path))?;
            self.run.progress.add_chunks_read(touched);
            self.run.progress.add_bytes_read(block.bytes() as u64);
            Ok(block)
        };
        let Some((&first, &chunk)) = region.0.first().zip(meta.chunks.first()).filter(|_| touched > CHUNKS_AT_ONCE)
        else {
            return read(region, touched);
        };
        let rows = (first.end().div_ceil(chunk) - first.start / chunk) as u64;
        let slab = usize::try_from(CHUNKS_AT_ONCE * rows / touched).unwrap_or(1).max(1) * chunk;
        let mut out = Block::zeros(&meta.dtype, region.shape());
        let mut start = first.start;
        while start < first.end() {
            self.run.cancel.check()?;
            let end = ((start / chunk * chunk) + slab).min(first.end());
            let mut part = region.clone();
            part.0[0] = Span::new(start, end - start);
            let block = read(&part, chunks_touched(meta, &part))?;
            out.paste(&part.relative_to(region), &block, &Region::all(block.shape()))?;
            start = end;
        }
        Ok(out)
    }

    fn chunk(&self, source: &Arc<dyn Source>, path: &str, chunk: &Region) -> Result<Arc<Block>> {
        let key: ChunkKey = (source.info().identity.clone(), path.to_owned(), chunk.clone());
        if let Some(found) = self.inner.chunks.get(&key) {
            self.run.progress.add_chunks_cached(1);
            return Ok(found);
        }
        let block = Arc::new(source.read(path, chunk).map_err(|e| e.at(&source.info().path))?);
        self.run.progress.add_chunks_read(1);
        self.run.progress.add_bytes_read(block.bytes() as u64);
        self.inner.chunks.put(key, Arc::clone(&block));
        Ok(block)
    }
}

/// Lengths of a strip: short along the second dimension and those behind it, then along the first and at last along the
/// fastest, so that sums along the first stay with few totals.
fn strip(region: &Region) -> Vec<usize> {
    let mut step = region.shape();
    let last = step.len().saturating_sub(1);
    for d in (1..last).chain([0, last]) {
        let cells: usize = step.iter().product();
        if let Some(len) = step.get_mut(d).filter(|_| cells > STRIP) {
            *len = (*len * STRIP / cells).max(1);
        }
    }
    step
}

/// Data stored in one piece are read by the range alone; caching the whole would read too much.
fn is_stored_in_chunks(source: &Arc<dyn Source>, path: &str) -> bool {
    source.info().root.variable(path).is_some_and(|v| v.chunks.is_some())
}
