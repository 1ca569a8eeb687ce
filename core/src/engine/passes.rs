//! Which order statistics are made by passes over their input: those whose series no task can hold, and those whose tasks
//! would decode the same chunks over and over.

use super::cost::work;
use super::plan::{Plan, Room, Stage, TASK_WORK};
use super::whole::Whole;
use super::{Engine, Inner};
use crate::model::{Region, Result};
use crate::plan::{Key, Node, NodeKind, optimize};
use std::collections::HashMap;
use std::sync::Arc;

/// Bits of a key that a pass settles: the more, the fewer passes and the more they hold.
const DIGITS: [u32; 3] = [16, 8, 4];
/// Parts looked at to estimate the work of all.
const SAMPLES: usize = 48;

impl Engine {
    /// The cheapest graph found of the same values, for this engine's memory and threads.
    ///
    /// # Errors
    /// What rebuilding a node finds wrong.
    pub(super) fn prepared(&self, node: &Arc<Node>) -> Result<Arc<Node>> {
        fitted(&optimize(node)?, &self.inner, &mut HashMap::new())
    }
}

/// The graph with passes where they are the better way.
fn fitted(node: &Arc<Node>, engine: &Inner, done: &mut HashMap<Key, Arc<Node>>) -> Result<Arc<Node>> {
    if let Some(found) = done.get(&node.key()) {
        return Ok(Arc::clone(found));
    }
    let NodeKind::Op(op) = node.kind() else { return Ok(Arc::clone(node)) };
    let inputs: Vec<_> = node.inputs().iter().map(|i| fitted(i, engine, done)).collect::<Result<_>>()?;
    let same = inputs.iter().zip(node.inputs()).all(|(a, b)| Arc::ptr_eq(a, b));
    let mut best = if same { Arc::clone(node) } else { Node::op(Arc::clone(op), inputs.clone())? };
    let mut least: Option<u64> = None;
    for digit in DIGITS {
        let Some(passes) = op.passes(&inputs, digit)? else { break };
        let before = *least.get_or_insert_with(|| cost(&best, engine, 2));
        // Little work is not worth the totals of passes.
        if before <= TASK_WORK {
            break;
        }
        // Where there is another way, passes leave most of the memory to what else the chain holds.
        let after = cost(&passes, engine, if before == u64::MAX { 2 } else { 4 });
        if after < before {
            (best, least) = (passes, Some(after));
        }
    }
    done.insert(node.key(), Arc::clone(&best));
    Ok(best)
}

/// Bytes that the busiest worker decodes and computes for all of a node, estimated; the most there is where it does not
/// fit into this part of the memory.
fn cost(node: &Arc<Node>, engine: &Inner, part: u64) -> u64 {
    let all = Region::all(&node.meta().shape);
    let room = Room::of(engine.budget.limit() / part);
    let Ok(plan) = Plan::new(node, &all, &node.meta().chunks, TASK_WORK, room) else { return u64::MAX };
    let stage = |(i, stage): (usize, &Stage)| {
        stage.input().map_or(0, |input| share(input, &stage.parts, &plan.known_to(i), engine.options.threads))
    };
    let stages: u64 = plan.stages.iter().enumerate().map(stage).sum();
    stages + share(node, &plan.tasks, &plan.known(), engine.options.threads)
}

/// The work of one worker of all that share these parts.
fn share(node: &Arc<Node>, parts: &[Region], whole: &Whole, threads: usize) -> u64 {
    let every = (parts.len() / SAMPLES).max(1);
    let sampled: Vec<u64> = parts.iter().step_by(every).map(|part| work(node, part, whole)).collect();
    let (sum, n) = (sampled.iter().sum::<u64>(), sampled.len().max(1) as u64);
    sum / n * parts.len() as u64 / threads.clamp(1, parts.len().max(1)) as u64
}
