//! From a graph and a wanted region to stages: reductions that must be whole first, then tasks over the output.

use super::cost::{peak, work};
use super::whole::Whole;
use crate::model::{Error, ErrorKind, Region, Result, Span};
use crate::plan::{Key, Node, NodeKind};
use std::sync::Arc;

/// Decoded and computed bytes that a task should have: long enough to hide its overhead, short enough to cancel.
pub(super) const TASK_WORK: u64 = 16 << 20;
/// The same where somebody waits: chunk by chunk, small chunks gathered.
pub(super) const INTERACTIVE_WORK: u64 = 4 << 20;
/// A reduction whose few tasks would each stream more than this is made whole first, by all workers together.
const WIDE: u64 = 2 * TASK_WORK;
/// Fewer tasks than this may leave workers idle.
const FEW: usize = 16;
/// More tasks than this are no plan: even of large chunks they would read for weeks.
const MOST_TASKS: u64 = 4 << 20;
/// Tasks looked at to see whether they share a reduction.
const SAMPLES: usize = 48;

/// A reduction to be made whole before what depends on it can run.
#[derive(Debug, Clone)]
pub(super) struct Reduction {
    /// The reduction.
    pub(super) node: Arc<Node>,
    /// The part of its result that is needed.
    pub(super) region: Region,
    /// Its first input cut into parts, in C order.
    pub(super) parts: Vec<Region>,
    /// The worst bytes of one task, its running totals included.
    pub(super) task_bytes: u64,
}

/// How a request will run.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// In the order they must run.
    pub(super) reductions: Vec<Reduction>,
    /// The output's tasks.
    pub(super) tasks: Vec<Region>,
    /// The worst bytes of one output task.
    pub(super) task_bytes: u64,
    /// Bytes held from the first reduction to the end.
    pub(super) held: u64,
    /// What will be whole when the tasks run; empty blocks stand for values to come.
    whole: Vec<(Key, Region)>,
}

impl Plan {
    /// Plans `region` of `node` in tasks of about `target` bytes of work, aligned to `unit`, within `limit` bytes.
    ///
    /// # Errors
    /// [`Memory`](crate::model::ErrorKind::Memory) naming the step and the bytes it needs, where no splitting helps.
    pub(super) fn new(node: &Arc<Node>, region: &Region, unit: &[usize], target: u64, limit: u64) -> Result<Self> {
        let mut plan = Self::default();
        // Reductions first seen with tasks cut as if they were whole already; then the tasks are cut anew.
        let draft = cut(node, region, unit, target, u64::MAX, &plan.known())?;
        plan.visit(node, &draft, limit)?;
        let room = limit.saturating_sub(plan.held);
        plan.tasks = cut(node, region, unit, target, room, &plan.known())?;
        let known = plan.known();
        plan.task_bytes = plan.tasks.iter().map(|t| peak(node, t, &known)).max().unwrap_or(0);
        Ok(plan)
    }

    /// What the tasks may take as given, for costing.
    pub(super) fn known(&self) -> Whole {
        Whole::promised(&self.whole)
    }

    /// Finds the reductions below `node` that its tasks share, innermost first.
    fn visit(&mut self, node: &Arc<Node>, regions: &[Region], limit: u64) -> Result<()> {
        let NodeKind::Op(op) = node.kind() else { return Ok(()) };
        let Some(first) = regions.first() else { return Ok(()) };
        let known = self.known();
        if regions.iter().all(|r| known.holds(node, r)) {
            return Ok(());
        }
        let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
        if let Some(reduce) = op.reduce()
            && let Some(input) = node.inputs().first()
        {
            let step = (regions.len() / SAMPLES).max(1);
            let sampled: Vec<&Region> = regions.iter().step_by(step).collect();
            let needs: Vec<Region> = sampled.iter().map(|r| op.needs(r, &metas).swap_remove(0)).collect();
            let hull = needs.iter().skip(1).fold(needs[0].clone(), |a, b| a.hull(b));
            let asked: u64 = needs.iter().map(|n| work(input, n, &known)).sum();
            let once = work(input, &hull, &known).max(1);
            let shared = needs.len() > 1 && asked > once + once / 2;
            let wide = asked / (needs.len() as u64) > WIDE && regions.len() < FEW;
            if shared || wide {
                let region = regions.iter().skip(1).fold(first.clone(), |a, b| a.hull(b));
                let state = reduce.state_bytes(&region);
                let result = node.meta().bytes_of(&region);
                if result + 2 * state > limit / 2 {
                    return Err(too_large(node, result + 2 * state, limit));
                }
                let need = op.needs(&region, &metas).swap_remove(0);
                let room = (limit / 2).saturating_sub(2 * state).max(limit / 8);
                let draft = cut(input, &need, &input.meta().chunks, TASK_WORK, u64::MAX, &known)?;
                self.visit(input, &draft, limit)?;
                let known = self.known();
                let mut parts = cut(input, &need, &input.meta().chunks, TASK_WORK, room, &known)?;
                parts.retain(|p| reduce.touches(&region, p));
                let part_bytes = parts.iter().map(|p| peak(input, p, &known)).max().unwrap_or(0);
                self.held += result + state;
                self.whole.push((node.key(), region.clone()));
                self.reductions.push(Reduction {
                    node: Arc::clone(node),
                    region,
                    parts,
                    task_bytes: part_bytes + 2 * state,
                });
                return self.others(node, op.needs(first, &metas), limit);
            }
        }
        let mut below: Vec<Vec<Region>> = vec![Vec::new(); node.inputs().len()];
        for region in regions {
            for (list, need) in below.iter_mut().zip(op.needs(region, &metas)) {
                if !need.is_empty() {
                    list.push(need);
                }
            }
        }
        for (input, regions) in node.inputs().iter().zip(&below) {
            self.visit(input, regions, limit)?;
        }
        Ok(())
    }

    fn others(&mut self, node: &Arc<Node>, needs: Vec<Region>, limit: u64) -> Result<()> {
        for (input, need) in node.inputs().iter().zip(needs).skip(1) {
            self.visit(input, &[need], limit)?;
        }
        Ok(())
    }
}

/// Cuts `region` into tasks of [`grain`] size, in C order.
pub(super) fn cut(
    node: &Arc<Node>,
    region: &Region,
    unit: &[usize],
    target: u64,
    room: u64,
    whole: &Whole,
) -> Result<Vec<Region>> {
    if region.is_empty() {
        return Ok(Vec::new());
    }
    let step = grain(node, region, unit, target, room, whole)?;
    let count =
        region.0.iter().zip(&step).fold(1u64, |n, (s, &len)| n.saturating_mul(s.len.div_ceil(len.max(1)) as u64));
    if count > MOST_TASKS {
        return Err(Error::invalid(format!("{} has {} cells, more than can be read", name(node), cells(region)))
            .hint("select less, with --isel or --sel"));
    }
    Ok(region.chunks(&step, &node.meta().shape).filter_map(|c| c.intersect(region)).collect())
}

/// The lengths of a task: whole units, gathered until `target` bytes of work, split where one needs more than `room`.
pub(super) fn grain(
    node: &Arc<Node>,
    region: &Region,
    unit: &[usize],
    target: u64,
    room: u64,
    whole: &Whole,
) -> Result<Vec<usize>> {
    let shape = &node.meta().shape;
    let mut step: Vec<usize> = unit.iter().zip(shape).map(|(&c, &n)| c.clamp(1, n.max(1))).collect();
    // Gather units, fastest dimension first, so that tasks lie in the order of the file.
    for d in (0..step.len()).rev() {
        let full = region.0[d].end().div_ceil(step[d]) * step[d];
        while step[d] < full {
            let mut wider = step.clone();
            wider[d] = (wider[d] * 2).min(full);
            let (narrow, candidate) = (inner(region, &step), inner(region, &wider));
            let (before, after) = (work(node, &narrow, whole), work(node, &candidate, whole));
            // A larger task is worth it beyond the target where it spares reading chunks twice.
            let spares = after / 4 <= target && per_cell(after, &candidate) < 0.85 * per_cell(before, &narrow);
            if (after > target && !spares) || peak(node, &candidate, whole) > room {
                break;
            }
            step = wider;
        }
        if step[d] < full {
            break;
        }
    }
    // Split what does not fit, along its longest dimension.
    while peak(node, &inner(region, &step), whole) > room {
        let Some(d) = (0..step.len()).filter(|&d| step[d] > 1).max_by_key(|&d| step[d].min(region.0[d].len)) else {
            return Err(too_large(node, peak(node, &inner(region, &step), whole), room));
        };
        step[d] = step[d].min(region.0[d].len.max(2)).div_ceil(2);
    }
    Ok(step)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn per_cell(work: u64, region: &Region) -> f64 {
    work as f64 / region.cells().max(1) as f64
}

/// A task of this grid that is not cut short at the region's beginning, where there is one.
pub(super) fn inner(region: &Region, step: &[usize]) -> Region {
    Region(
        region
            .0
            .iter()
            .zip(step)
            .map(|(s, &n)| {
                let aligned = s.start.next_multiple_of(n);
                let start = if aligned < s.end() { aligned } else { s.start };
                Span::new(start, n.min(s.end() - start))
            })
            .collect(),
    )
}

/// The bytes a region has, for messages.
pub(super) fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// What a node is called in messages.
fn name(node: &Node) -> String {
    match node.kind() {
        NodeKind::Op(op) => op.id().to_owned(),
        NodeKind::Source { path, .. } => path.clone(),
        NodeKind::Literal(_) => "values in memory".to_owned(),
    }
}

fn cells(region: &Region) -> String {
    let cells = region.0.iter().try_fold(1u64, |n, s| n.checked_mul(s.len as u64));
    cells.map_or_else(|| "over 2^64".to_owned(), |n| n.to_string())
}

fn too_large(node: &Arc<Node>, bytes: u64, room: u64) -> Error {
    // Tasks get five eighths of the budget, and a shared reduction at most half of that.
    Error::new(ErrorKind::Memory, format!("{} needs {} at once and {} are left", name(node), mib(bytes), mib(room)))
        .hint(format!("give --memory {}MiB, select less, or rechunk first", (bytes * 4).div_ceil(1 << 20)))
}
