//! Streamed reductions: inside one task, or shared out over all workers with the totals merged in plan order.

use super::budget::Permit;
use super::cost::peak;
use super::eval::Context;
use super::plan::{INTERACTIVE_WORK, Stage, grain, inner};
use super::seams::parts;
use super::whole::Whole;
use crate::events::{self, Kind, Stamp};
use crate::model::{Block, Error, Region, Result, Span};
use crate::plan::{Node, NodeKind, Op, Reduce, State};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A result of fewer positions along its slowest dimension is summed as a whole, and one of more: looking would cost more.
const FEW: usize = 4;
const MANY: usize = 1024;

/// Totals are merged from at most this many groups of parts. Fixed, so that the tree of sums is the plan's alone.
const GROUPS: usize = 64;

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
    for part in parts(input, need, INTERACTIVE_WORK, u64::MAX, &cx.whole)? {
        if reduce.touches(region, &part) {
            cx.stream(input, &part, &mut |part, block| {
                let started = Stamp::now();
                reduce.update(&mut state, region, part, block, &others)?;
                events::record_step(Kind::Reduce, name(node), &started, block.bytes() as u64, 0);
                Ok(())
            })?;
        }
    }
    reduce.finish(state, region)
}

/// Totals that arrive in any order and are merged in theirs. What is early keeps the bytes of its task that it takes: the
/// group that it waits for was taken before it, so that it never waits for memory.
#[derive(Default)]
struct Merge {
    next: usize,
    total: Option<State>,
    early: BTreeMap<usize, (Span, State, Permit)>,
}

impl Merge {
    /// Takes the totals of group `index`, which are those of `span` along the slowest dimension of `region`.
    fn take(&mut self, index: usize, early: (Span, State, Permit), reduce: &dyn Reduce, region: &Region) -> Result<()> {
        self.early.insert(index, early);
        while let Some((span, state, _held)) = self.early.remove(&self.next) {
            self.next += 1;
            let whole = span == slowest(region);
            match &mut self.total {
                None if whole => self.total = Some(state),
                Some(total) if whole => reduce.merge(total, &state),
                total => {
                    let total = total.get_or_insert_with(|| reduce.start(region));
                    let row = region.cells() / slowest(region).len.max(1);
                    let first = (span.start - slowest(region).start) * row;
                    let held = total.slab(first..first + span.len * row);
                    let mut held = held.ok_or_else(|| Error::internal("totals of another length"))?;
                    reduce.merge(&mut held, &state);
                    total.set_slab(first, &held);
                }
            }
        }
        Ok(())
    }
}

/// The slowest dimension's span; one position where there is none.
fn slowest(region: &Region) -> Span {
    region.0.first().copied().unwrap_or(Span::new(0, 1))
}

/// The part of a result along its slowest dimension to which these parts contribute, where they do to few positions: a
/// month's data to one of twelve.
fn touched(reduce: &dyn Reduce, region: &Region, parts: &[Region]) -> Region {
    let all = slowest(region);
    if all.len < FEW || all.len > MANY || !reduce.each_cell() {
        return region.clone();
    }
    let slab = |span: Span| {
        let mut slab = region.clone();
        slab.0.iter_mut().take(1).for_each(|slowest| *slowest = span);
        slab
    };
    let touches = |at: &usize| parts.iter().any(|part| reduce.touches(&slab(Span::new(*at, 1)), part));
    let first = (all.start..all.end()).find(touches);
    let last = (all.start..all.end()).rev().find(touches);
    match (first, last) {
        (Some(first), Some(last)) if 2 * (last + 1 - first) <= all.len => slab(Span::new(first, last + 1 - first)),
        _ => region.clone(),
    }
}

/// Parts that one task takes in, one after the other.
fn groups(parts: &[Region]) -> impl ExactSizeIterator<Item = &[Region]> {
    parts.chunks(parts.len().div_ceil(GROUPS).max(1))
}

/// Bytes of the totals that a task holds at most.
pub(super) fn totals_bytes(reduce: &dyn Reduce, region: &Region, parts: &[Region]) -> u64 {
    groups(parts).map(|group| reduce.state_bytes(&touched(reduce, region, group))).max().unwrap_or(0)
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
    let groups: Vec<Vec<Region>> = groups(&planned.parts).map(<[Region]>::to_vec).collect();
    let (total, region) = (groups.len(), planned.region.clone());
    let task = {
        let (cx, op, merge, region) = (Arc::clone(cx), Arc::clone(&op), Arc::clone(&merge), region.clone());
        move |i: usize, held: &mut Permit| -> Result<()> {
            let reduce = streaming(&*op)?;
            let slab = touched(reduce, &region, &groups[i]);
            let others: Vec<(&Region, &Block)> = others.iter().map(|(r, b)| (r, &**b)).collect();
            let mut state = reduce.start(&slab);
            for part in &groups[i] {
                cx.stream(&input, part, &mut |part, block| {
                    let started = Stamp::now();
                    reduce.update(&mut state, &slab, part, block, &others)?;
                    events::record_step(Kind::Reduce, op.id(), &started, block.bytes() as u64, 0);
                    Ok(())
                })?;
            }
            let started = Stamp::now();
            let early = (slowest(&slab), state, held.split(reduce.state_bytes(&slab)));
            merge.lock().take(i, early, reduce, &region).map_err(|e| e.within(op.id()))?;
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Merge;
    use crate::engine::budget::Budget;
    use crate::model::{Block, Data, Region, Result, Span};
    use crate::plan::{Reduce, State};
    use std::sync::Arc;

    /// Sums of one number.
    struct Sum;

    impl Reduce for Sum {
        fn state_bytes(&self, _out: &Region) -> u64 {
            8
        }

        fn start(&self, _out: &Region) -> State {
            State { planes: vec![vec![0.0]] }
        }

        fn update(&self, _: &mut State, _: &Region, _: &Region, _: &Block, _: &[(&Region, &Block)]) -> Result<()> {
            Ok(())
        }

        fn merge(&self, state: &mut State, later: &State) {
            state.planes[0][0] = state.planes[0][0] * 10.0 + later.planes[0][0];
        }

        fn finish(&self, state: State, _out: &Region) -> Result<Block> {
            Block::new(vec![1], Data::F64(state.planes[0].clone()))
        }
    }

    #[test]
    fn totals_that_wait_for_a_slow_group_are_counted() {
        let (budget, region) = (Arc::new(Budget::new(1000)), Region::all(&[1]));
        let mut merge = Merge::default();
        let mut arrive = |group: u32| {
            let mut task = budget.try_take(100).unwrap();
            let state = State { planes: vec![vec![f64::from(group)]] };
            let early = (Span::new(0, 1), state, task.split(8));
            merge.take(usize::try_from(group).unwrap(), early, &Sum, &region).unwrap();
            drop(task);
            (budget.used(), merge.total.as_ref().map(|t| t.planes[0][0]))
        };
        assert_eq!(arrive(2), (8, None));
        assert_eq!(arrive(4), (16, None));
        assert_eq!(arrive(1), (24, None));
        assert_eq!(arrive(0), (8, Some(12.0)));
        assert_eq!(arrive(3), (0, Some(1234.0)));
    }
}
