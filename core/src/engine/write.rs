//! Arrays streamed into a sink, each task on whole chunks of the target.

use super::budget::Permit;
use super::eval::Context;
use super::plan::{Plan, Room, TASK_WORK, mib};
use super::route::{Route, partitions};
use super::{Engine, Run, gather, spill};
use crate::model::{Block, Error, ErrorKind, Region, Result, Sink, Span};
use crate::plan::Node;
use std::sync::Arc;

/// An array on its way into a sink.
pub(super) struct Target {
    pub(super) name: String,
    pub(super) node: Arc<Node>,
    /// Lengths of what is written at one time: a chunk, or a shard.
    pub(super) unit: Vec<usize>,
    sink: Arc<dyn Sink>,
}

impl Target {
    /// Those regions that the sink does not hold already.
    pub(super) fn missing<'a>(
        &'a self,
        regions: impl Iterator<Item = Region> + 'a,
    ) -> impl Iterator<Item = Region> + 'a {
        regions.filter(|r| !self.sink.holds(&self.name, r))
    }
}

/// Writes a block of whole chunks.
pub(super) fn put(target: &Target, region: &Region, block: &Block, run: &Run) -> Result<()> {
    // One chunk after the other: a wish to stop need not wait for all of them to be encoded.
    for cell in region.chunks(&target.unit, &target.node.meta().shape) {
        run.cancel.check()?;
        target.sink.write_part(&target.name, &cell, block, &cell.relative_to(region))?;
    }
    run.progress.add_bytes_written(block.bytes() as u64);
    Ok(())
}

/// Bytes held while one chunk of the target is written: itself, a copy to encode, and what comes of that.
pub(super) fn writing_bytes(node: &Node, unit: &[usize]) -> u64 {
    let shape = &node.meta().shape;
    3 * node.meta().bytes_of(&Region(unit.iter().zip(shape).map(|(&c, &n)| Span::new(0, c.min(n))).collect()))
}

impl Engine {
    /// Computes arrays and writes them, one after the other, each in tasks aligned to `chunks` (of the target: its
    /// shards where it has any). No two tasks share a chunk. What the sink holds already is passed over. The caller
    /// finishes the sink, or drops it.
    ///
    /// # Errors
    /// As [`Engine::compute`], and what the sink reports.
    pub fn write(&self, arrays: &[(String, Arc<Node>, Vec<usize>)], sink: &Arc<dyn Sink>, run: &Run) -> Result<()> {
        for (name, given, unit) in arrays {
            let node = self.prepared(given)?;
            let scratch = sink.scratch();
            let again = |e: &Self| e.route(&e.prepared(given)?, unit, scratch.is_some()).map(drop);
            let routed = self.advised(self.route(&node, unit, scratch.is_some()), again);
            let routed = routed.map_err(|e| e.within(format!("writing {name}")))?;
            tracing::debug!("{name}: {}", routed.describe(&node));
            let target = Arc::new(Target { name: name.clone(), node, unit: unit.clone(), sink: Arc::clone(sink) });
            if target
                .missing(Region::all(&target.node.meta().shape).chunks(unit, &target.node.meta().shape))
                .next()
                .is_none()
            {
                continue;
            }
            let (held, task) = (routed.held(&target.node), routed.largest_task(&target.node, unit));
            let plan = routed.plan;
            let _held = self.inner.budget.hold(held, task, &run.cancel)?;
            let cx = self.context(&target.node, &plan, run)?;
            match (routed.route, scratch) {
                (Route::Direct, _) => self.straight(&cx, &target, plan, run)?,
                (Route::Gathered(tiles), _) => gather::run(&cx, &target, tiles, run)?,
                (Route::Spilled, scratch) => {
                    let scratch = scratch.ok_or_else(|| Error::internal("there is no place to lay aside"))?;
                    spill::run(&cx, &target, &plan, &scratch, run)?;
                }
            }
        }
        Ok(())
    }

    /// Each task computes whole chunks and writes them.
    fn straight(&self, cx: &Arc<Context>, target: &Arc<Target>, plan: Plan, run: &Run) -> Result<()> {
        // The sink encodes a copy of the block: as much again as the block itself.
        let bytes = (plan.task_bytes + largest(&target.node, &plan)).min(self.inner.budget.limit());
        let tasks: Vec<Region> = target.missing(plan.tasks.into_iter()).collect();
        let (cx, target, run_of_task, count) = (Arc::clone(cx), Arc::clone(target), run.clone(), tasks.len());
        let task = move |i: usize, _: &mut Permit| {
            let block = cx.eval(&target.node, &tasks[i])?;
            put(&target, &tasks[i], &block, &run_of_task)
        };
        self.inner.pool.run(run, count, bytes, Arc::new(task))
    }

    /// A plan whose tasks are whole chunks: small enough that all workers run at once, or where a chunk is too large for
    /// that, as large as the budget lets one be.
    pub(super) fn plan_chunks(&self, node: &Arc<Node>, region: &Region, chunks: &[usize]) -> Result<Plan> {
        let limit = self.inner.budget.limit();
        for workers in [self.threads() as u64 + 1, 1] {
            let room = Room::of(limit).shared(workers).passing(partitions(node).len() > 1);
            let plan = match Plan::new(node, region, chunks, TASK_WORK, room) {
                Err(error) if error.kind() == ErrorKind::Memory && workers > 1 => continue,
                other => other?,
            };
            let fits = plan.held + plan.task_bytes + largest(node, &plan) <= limit;
            if fits && plan.tasks.iter().all(|t| aligned(t, chunks, &node.meta().shape)) {
                return Ok(plan);
            }
        }
        Err(Error::new(ErrorKind::Memory, format!("chunks {chunks:?} do not fit the memory budget of {}", mib(limit)))
            .hint("choose smaller chunks or give more --memory"))
    }
}

/// Bytes of the largest block that a task gives.
pub(super) fn largest(node: &Node, plan: &Plan) -> u64 {
    plan.tasks.iter().map(|t| node.meta().bytes_of(t)).max().unwrap_or(0)
}

/// Whether a region begins and ends on the edges of chunks, or of the array.
fn aligned(region: &Region, chunks: &[usize], shape: &[usize]) -> bool {
    region.0.iter().zip(chunks).zip(shape).all(|((s, &c), &n)| {
        let c = c.max(1);
        s.start.is_multiple_of(c) && (s.end().is_multiple_of(c) || s.end() == n)
    })
}
