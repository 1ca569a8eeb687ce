//! Arrays streamed into a sink, each task on whole chunks of the target.

use super::plan::{Plan, TASK_WORK};
use super::{Engine, Run};
use crate::events::{self, Kind};
use crate::model::{Error, Region, Result, Sink};
use crate::plan::{Node, optimize};
use std::sync::Arc;
use std::time::Instant;

impl Engine {
    /// Computes arrays and writes them, one after the other, each in tasks aligned to `chunks` (of the target: its
    /// shards where it has any). No two tasks share a chunk. The caller finishes the sink, or drops it.
    ///
    /// # Errors
    /// As [`Engine::compute`], and what the sink reports.
    pub fn write(&self, arrays: &[(String, Arc<Node>, Vec<usize>)], sink: &Arc<dyn Sink>, run: &Run) -> Result<()> {
        for (name, node, chunks) in arrays {
            let node = optimize(node)?;
            let region = Region::all(&node.meta().shape);
            let limit = self.inner.budget.limit();
            let plan = Plan::new(&node, &region, chunks, TASK_WORK, limit / 2)
                .map_err(|e| e.within(format!("writing {name}")))?;
            if plan.tasks.iter().any(|t| !aligned(t, chunks, &node.meta().shape)) {
                return Err(Error::new(
                    crate::model::ErrorKind::Memory,
                    format!("chunks {chunks:?} of {name} do not fit the memory budget"),
                )
                .hint("choose smaller chunks or give more --memory"));
            }
            let _held = self.inner.budget.take(plan.held, &run.cancel)?;
            let cx = self.context(&plan, run)?;
            let (tasks, name, sink, cx) = (plan.tasks.clone(), name.clone(), Arc::clone(sink), cx);
            // The sink encodes a copy of the block: as much again as the block itself.
            let bytes = plan.task_bytes + plan.tasks.iter().map(|t| node.meta().bytes_of(t)).max().unwrap_or(0);
            let task = move |i: usize| {
                let block = cx.eval(&node, &tasks[i])?;
                let started = Instant::now();
                sink.write(&name, &tasks[i], &block)?;
                cx.run.progress.add_bytes_written(block.bytes() as u64);
                events::record(Kind::Write, started, block.bytes() as u64, 0);
                Ok(())
            };
            self.inner.pool.run(run, plan.tasks.len(), bytes.min(limit), Arc::new(task))?;
        }
        Ok(())
    }
}

/// Whether a region begins and ends on the edges of chunks, or of the array.
fn aligned(region: &Region, chunks: &[usize], shape: &[usize]) -> bool {
    region.0.iter().zip(chunks).zip(shape).all(|((s, &c), &n)| {
        let c = c.max(1);
        s.start.is_multiple_of(c) && (s.end().is_multiple_of(c) || s.end() == n)
    })
}
