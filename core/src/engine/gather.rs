//! Tiles of the target brought together in memory: all workers fill a tile, then all write its chunks.

use super::Run;
use super::budget::Permit;
use super::eval::Context;
use super::route::Tile;
use super::write::{Target, put, writing_bytes};
use crate::events::{self, Kind, Stamp};
use crate::model::{Block, DType, Region, Result};
use parking_lot::Mutex;
use std::sync::Arc;

/// Chunks of the target that wait to be whole.
struct Shelf {
    units: Vec<Region>,
    blocks: Vec<Mutex<Block>>,
}

impl Shelf {
    fn new(units: Vec<Region>, dtype: &DType) -> Self {
        let blocks = units.iter().map(|u| Mutex::new(Block::zeros(dtype, u.shape()))).collect();
        Self { units, blocks }
    }

    /// Sorts a part into the chunks that it touches. `from` is where to begin, so that workers meet seldom.
    fn take(&self, part: &Region, block: &Block, from: usize) -> Result<()> {
        let count = self.units.len().max(1);
        for i in (0..self.units.len()).map(|i| (i + from) % count) {
            let (unit, slot) = (&self.units[i], &self.blocks[i]);
            if let Some(common) = unit.intersect(part) {
                slot.lock().paste(&common.relative_to(unit), block, &common.relative_to(part))?;
            }
        }
        Ok(())
    }
}

/// Writes one tile after the other, each in memory that the request holds already.
pub(super) fn run(cx: &Arc<Context>, target: &Arc<Target>, tiles: Vec<Tile>, run: &Run) -> Result<()> {
    let pool = &cx.inner.pool;
    let meta = target.node.meta();
    for tile in tiles {
        let units: Vec<Region> = target.missing(tile.region.chunks(&target.unit, &meta.shape)).collect();
        if units.is_empty() {
            continue;
        }
        let shelf = Arc::new(Shelf::new(units, &meta.dtype));
        let parts: Vec<Region> =
            tile.parts.into_iter().filter(|p| shelf.units.iter().any(|u| u.intersect(p).is_some())).collect();
        let stride = shelf.units.len() / parts.len().max(1);
        let (task_cx, task_target, task_shelf) = (Arc::clone(cx), Arc::clone(target), Arc::clone(&shelf));
        let count = parts.len();
        let fill = move |i: usize, _: &mut Permit| {
            let part = &parts[i];
            let block = task_cx.eval(&task_target.node, part)?;
            let started = Stamp::now();
            task_shelf.take(part, &block, i * stride)?;
            events::record_step(Kind::Unshuffle, "gather", &started, block.bytes() as u64, block.bytes() as u64);
            Ok(())
        };
        pool.run(run, count, tile.part_bytes, Arc::new(fill))?;
        let (task_target, task_run) = (Arc::clone(target), run.clone());
        let count = shelf.units.len();
        let write = move |i: usize, _: &mut Permit| {
            let block = std::mem::replace(&mut *shelf.blocks[i].lock(), Block::zeros(&DType::U8, vec![0]));
            put(&task_target, &shelf.units[i], &block, &task_run)
        };
        pool.run(run, count, writing_bytes(&target.node, &target.unit), Arc::new(write))?;
    }
    Ok(())
}
