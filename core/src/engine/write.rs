//! Arrays streamed into a sink, each task on whole chunks of the target.

use super::plan::{Plan, TASK_WORK, mib};
use super::{Engine, Run};
use crate::events::{self, Kind};
use crate::model::{Error, ErrorKind, Region, Result, Sink};
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
            let plan = self.plan_chunks(&node, &region, chunks).map_err(|e| e.within(format!("writing {name}")))?;
            let _held = self.inner.budget.take(plan.held, &run.cancel)?;
            let cx = self.context(&plan, run)?;
            let (tasks, name, sink, cx) = (plan.tasks.clone(), name.clone(), Arc::clone(sink), cx);
            // The sink encodes a copy of the block: as much again as the block itself.
            let bytes = plan.task_bytes + largest(&node, &plan);
            let task = move |i: usize| {
                let block = cx.eval(&node, &tasks[i])?;
                let started = Instant::now();
                sink.write(&name, &tasks[i], &block)?;
                cx.run.progress.add_bytes_written(block.bytes() as u64);
                events::record(Kind::Write, started, block.bytes() as u64, 0);
                Ok(())
            };
            self.inner.pool.run(run, plan.tasks.len(), bytes.min(self.inner.budget.limit()), Arc::new(task))?;
        }
        Ok(())
    }

    /// A plan whose tasks are whole chunks: small enough that all workers run at once, or where a chunk is too large for
    /// that, as large as the budget lets one be.
    fn plan_chunks(&self, node: &Arc<Node>, region: &Region, chunks: &[usize]) -> Result<Plan> {
        let limit = self.inner.budget.limit();
        for workers in [self.threads() as u64 + 1, 1] {
            let plan = match Plan::new(node, region, chunks, TASK_WORK, limit, workers) {
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
fn largest(node: &Node, plan: &Plan) -> u64 {
    plan.tasks.iter().map(|t| node.meta().bytes_of(t)).max().unwrap_or(0)
}

/// Whether a region begins and ends on the edges of chunks, or of the array.
fn aligned(region: &Region, chunks: &[usize], shape: &[usize]) -> bool {
    region.0.iter().zip(chunks).zip(shape).all(|((s, &c), &n)| {
        let c = c.max(1);
        s.start.is_multiple_of(c) && (s.end().is_multiple_of(c) || s.end() == n)
    })
}
