//! Streamed reductions: inside one task, or shared out over all workers with the totals merged in plan order.

use super::cost::peak;
use super::eval::Context;
use super::plan::{INTERACTIVE_WORK, Stage, cut, grain, inner};
use super::whole::Whole;
use crate::events::{self, Kind, Stamp};
use crate::model::{Block, Error, Region, Result};
use crate::plan::{Node, NodeKind, Op, Reduce, State};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Totals are merged from at most this many groups of parts. Fixed, so that the tree of sums is the plan's alone.
const GROUPS: usize = 64;

/// The parts in which one task streams `need` of a reduction's first input.
fn parts(input: &Arc<Node>, need: &Region, whole: &Whole) -> Result<Vec<Region>> {
    cut(input, need, &input.meta().chunks, INTERACTIVE_WORK, u64::MAX, whole)
}

/// The worst bytes of a reduction streamed inside one task.
pub(super) fn peak_streamed(
    node: &Arc<Node>,
    reduce: &dyn Reduce,
    region: &Region,
    needs: &[Region],
    whole: &Whole,
) -> u64 {
    let (mut fixed, mut worst) = (0, 0);
    for (other, need) in node.inputs().iter().zip(needs).skip(1) {
        worst = worst.max(fixed + peak(other, need, whole));
        fixed += other.meta().bytes_of(need);
    }
    let part = match (node.inputs().first(), needs.first()) {
        (Some(input), Some(need)) if !need.is_empty() => {
            let step = grain(input, need, &input.meta().chunks, INTERACTIVE_WORK, u64::MAX, whole);
            step.map_or(0, |step| peak(input, &inner(need, &step), whole))
        }
        _ => 0,
    };
    worst.max(fixed + part + 2 * reduce.state_bytes(region) + node.meta().bytes_of(region))
}

/// A reduction inside one task, part after part.
pub(super) fn streamed(
    cx: &Context,
    node: &Arc<Node>,
    reduce: &dyn Reduce,
    region: &Region,
    needs: &[Region],
) -> Result<Block> {
    let (Some(input), Some(need)) = (node.inputs().first(), needs.first()) else {
        return Err(Error::internal("a reduction without input"));
    };
    let others: Vec<Arc<Block>> =
        node.inputs().iter().zip(needs).skip(1).map(|(n, r)| cx.eval(n, r)).collect::<Result<_>>()?;
    let others: Vec<(&Region, &Block)> = needs.iter().skip(1).zip(&others).map(|(r, b)| (r, &**b)).collect();
    let mut state = reduce.start(region);
    for part in parts(input, need, &cx.whole)? {
        if reduce.touches(region, &part) {
            let block = cx.eval(input, &part)?;
            let started = Stamp::now();
            reduce.update(&mut state, region, &part, &block, &others)?;
            events::record_step(Kind::Reduce, name(node), &started, block.bytes() as u64, 0);
        }
    }
    reduce.finish(state, region)
}

/// Totals that arrive in any order and are merged in theirs.
#[derive(Default)]
struct Merge {
    next: usize,
    total: Option<State>,
    early: BTreeMap<usize, State>,
}

impl Merge {
    fn take(&mut self, index: usize, state: State, reduce: &dyn Reduce) {
        self.early.insert(index, state);
        while let Some(state) = self.early.remove(&self.next) {
            match &mut self.total {
                None => self.total = Some(state),
                Some(total) => reduce.merge(total, &state),
            }
            self.next += 1;
        }
    }
}

/// Makes a planned reduction whole, with all workers.
pub(super) fn run(cx: &Arc<Context>, planned: &Stage) -> Result<Block> {
    let node = Arc::clone(&planned.node);
    let op = reduction(&node)?;
    let Some(input) = node.inputs().first().map(Arc::clone) else {
        return Err(Error::internal("a reduction without input"));
    };
    let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
    let needs = op.needs(&planned.region, &metas);
    let others: Vec<(Region, Arc<Block>)> =
        node.inputs().iter().zip(needs).skip(1).map(|(n, r)| cx.eval(n, &r).map(|b| (r, b))).collect::<Result<_>>()?;
    let merge = Arc::new(Mutex::new(Merge::default()));
    let per_group = planned.parts.len().div_ceil(GROUPS).max(1);
    let groups: Vec<Vec<Region>> = planned.parts.chunks(per_group).map(<[Region]>::to_vec).collect();
    let (total, region) = (groups.len(), planned.region.clone());
    let task = {
        let (cx, op, merge, region) = (Arc::clone(cx), Arc::clone(&op), Arc::clone(&merge), region.clone());
        move |i: usize| -> Result<()> {
            let reduce = streaming(&*op)?;
            let others: Vec<(&Region, &Block)> = others.iter().map(|(r, b)| (r, &**b)).collect();
            let mut state = reduce.start(&region);
            for part in &groups[i] {
                let block = cx.eval(&input, part)?;
                let started = Stamp::now();
                reduce.update(&mut state, &region, part, &block, &others)?;
                events::record_step(Kind::Reduce, op.id(), &started, block.bytes() as u64, 0);
            }
            let started = Stamp::now();
            merge.lock().take(i, state, reduce);
            events::record_step(Kind::Reduce, op.id(), &started, 0, 0);
            Ok(())
        }
    };
    cx.inner.pool.run(&cx.run, total, planned.task_bytes, Arc::new(task))?;
    let reduce = streaming(&*op)?;
    let state = merge.lock().total.take().unwrap_or_else(|| reduce.start(&region));
    reduce.finish(state, &region).map_err(|e| e.within(op.id()))
}

fn name(node: &Node) -> &'static str {
    match node.kind() {
        NodeKind::Op(op) => op.id(),
        _ => "",
    }
}

fn reduction(node: &Arc<Node>) -> Result<Arc<dyn Op>> {
    match node.kind() {
        NodeKind::Op(op) => Ok(Arc::clone(op)),
        _ => Err(Error::internal("a planned reduction is none")),
    }
}

fn streaming(op: &dyn Op) -> Result<&dyn Reduce> {
    op.reduce().ok_or_else(|| Error::internal(format!("{} is no reduction", op.id())))
}
