//! The value of a region, brought together in memory.

use super::budget::Permit;
use super::eval::Context;
use super::plan::{INTERACTIVE_WORK, Plan, Room, Stage, TASK_WORK};
use super::whole::Whole;
use super::{Engine, Lane, Run, reduce};
use crate::model::{Block, Region, Result};
use crate::plan::{Node, NodeKind};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

impl Engine {
    /// The values of `region` of `node`, computed on the workers while the caller waits. Never call it from a thread
    /// that draws. Results that somebody looks at are kept for the next look.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for a region outside the array,
    /// [`Memory`](crate::model::ErrorKind::Memory) where it cannot be done within the budget,
    /// [`Cancelled`](crate::model::ErrorKind::Cancelled), and whatever sources and operations report.
    pub fn compute(&self, node: &Arc<Node>, region: &Region, run: &Run) -> Result<Arc<Block>> {
        region.check(&node.meta().shape)?;
        let given = node;
        let node = self.prepared(given)?;
        let key = (node.key(), region.clone());
        if let Some(found) = self.inner.results.get(&key) {
            return Ok(found);
        }
        let target = if run.lane == Lane::Interactive { INTERACTIVE_WORK } else { TASK_WORK };
        let out_bytes = node.meta().bytes_of(region);
        let planned = |engine: &Self, node: &Arc<Node>| {
            let room = Room::of(engine.inner.budget.limit().saturating_sub(out_bytes));
            Plan::new(node, region, &node.meta().chunks, target, room)
        };
        let plan = self.advised(planned(self, &node), |e| planned(e, &e.prepared(given)?).map(drop))?;
        let _held = self.inner.budget.hold(plan.held + out_bytes, plan.largest_task(), &run.cancel)?;
        let cx = self.context(&node, &plan, run)?;
        let block = if plan.tasks.len() == 1 {
            let (slot, task_cx, task_node, all) =
                (Arc::new(Mutex::new(None)), Arc::clone(&cx), Arc::clone(&node), region.clone());
            let result = Arc::clone(&slot);
            let task = move |_, _: &mut Permit| task_cx.eval(&task_node, &all).map(|b| *result.lock() = Some(b));
            self.inner.pool.run(run, 1, plan.task_bytes, Arc::new(task))?;
            slot.lock().take().unwrap_or_else(|| Arc::new(Block::zeros(&node.meta().dtype, region.shape())))
        } else {
            Arc::new(together(&cx, &node, region, plan.tasks, plan.task_bytes)?)
        };
        if run.lane == Lane::Interactive {
            self.inner.results.put(key, Arc::clone(&block));
        }
        Ok(block)
    }

    /// Makes the stages of a node's plan whole, in order, and gives what its tasks may use. What was kept of an earlier
    /// request is not made again, nor what it alone is made from.
    pub(super) fn context(&self, node: &Arc<Node>, plan: &Plan, run: &Run) -> Result<Arc<Context>> {
        let mut whole = Whole::default();
        let keys: Vec<_> = plan.stages.iter().map(|s| (s.node.key(), s.region.clone())).collect();
        let mut kept: Vec<_> = keys.iter().map(|key| self.inner.results.get(key)).collect();
        let wanted = wanted(node, plan, &kept);
        for (i, (planned, key)) in plan.stages.iter().zip(keys).enumerate().filter(|(i, _)| wanted[*i]) {
            let block = match kept[i].take() {
                Some(found) => found,
                None => {
                    let cx =
                        Arc::new(Context { inner: Arc::clone(&self.inner), run: run.clone(), whole: whole.clone() });
                    let block = if planned.streamed {
                        reduce::run(&cx, planned)?
                    } else {
                        let Stage { node, region, parts, task_bytes, .. } = planned;
                        together(&cx, node, region, parts.clone(), *task_bytes)?
                    };
                    let block = Arc::new(block);
                    // Values as they stand on disk have a cache of their own.
                    if matches!(planned.node.kind(), NodeKind::Op(_)) {
                        self.inner.results.put(key, Arc::clone(&block));
                    }
                    block
                }
            };
            whole.put(&planned.node, planned.region.clone(), block);
        }
        Ok(Arc::new(Context { inner: Arc::clone(&self.inner), run: run.clone(), whole }))
    }
}

/// Which stages the node is made from, where these are kept.
fn wanted(node: &Arc<Node>, plan: &Plan, kept: &[Option<Arc<Block>>]) -> Vec<bool> {
    let mut wanted = vec![false; plan.stages.len()];
    let (mut seen, mut rest) = (HashSet::new(), vec![node]);
    while let Some(node) = rest.pop() {
        if !seen.insert(node.key()) {
            continue;
        }
        let mut all_kept = false;
        for (i, _) in plan.stages.iter().enumerate().filter(|(_, s)| s.node.key() == node.key()) {
            (wanted[i], all_kept) = (true, kept[i].is_some());
        }
        if !all_kept {
            rest.extend(node.inputs());
        }
    }
    wanted
}

/// `region` of a node, computed in parts by all workers and put together in memory.
fn together(
    cx: &Arc<Context>,
    node: &Arc<Node>,
    region: &Region,
    parts: Vec<Region>,
    task_bytes: u64,
) -> Result<Block> {
    let out = Arc::new(Mutex::new(Block::zeros(&node.meta().dtype, region.shape())));
    let (total, task_cx, task_node) = (parts.len(), Arc::clone(cx), Arc::clone(node));
    let (result, all) = (Arc::clone(&out), region.clone());
    let task = move |i: usize, _: &mut Permit| {
        let block = task_cx.eval(&task_node, &parts[i])?;
        result.lock().paste(&parts[i].relative_to(&all), &block, &Region::all(block.shape()))
    };
    cx.inner.pool.run(&cx.run, total, task_bytes, Arc::new(task))?;
    let mut out = out.lock();
    Ok(std::mem::replace(&mut *out, Block::zeros(&node.meta().dtype, vec![0])))
}
