//! From a graph and a wanted region to stages: reductions that must be whole first, then tasks over the output.

use super::cost::{peak, work};
use super::reduce;
use super::seams::parts;
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
/// Tasks looked at to see whether they share a node.
const SAMPLES: usize = 48;
/// A source that tasks would decode more often than this is decoded once and held.
const OFTEN: u64 = 2;
/// A result so many times smaller than the work behind it is worth holding.
const CONDENSED: u64 = 8;

/// A node to be made whole before what depends on it can run.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// The node.
    pub(super) node: Arc<Node>,
    /// The part of it that is needed.
    pub(super) region: Region,
    /// Streamed: its first input cut into parts, in C order, summed into running totals. Else the region itself cut.
    pub(super) parts: Vec<Region>,
    /// Whether its first input streams by.
    pub(super) streamed: bool,
    /// The worst bytes of one task, its running totals included.
    pub(super) task_bytes: u64,
}

/// What a plan may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    limit: u64,
    workers: u64,
    passing: bool,
}

impl Room {
    /// So many bytes, all of them for one task at a time.
    pub(super) fn of(limit: u64) -> Self {
        Self { limit, workers: 1, passing: false }
    }

    /// Of which so many workers have a task each.
    pub(super) fn shared(self, workers: u64) -> Self {
        Self { workers, ..self }
    }

    /// Sources must pass by: where the tasks can follow them, holding one whole spares nothing.
    pub(super) fn passing(self, passing: bool) -> Self {
        Self { passing, ..self }
    }
}

impl Stage {
    /// What its parts are parts of.
    pub(super) fn input(&self) -> Option<&Arc<Node>> {
        if self.streamed { self.node.inputs().first() } else { Some(&self.node) }
    }
}

/// How a request will run.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// In the order they must run.
    pub(super) stages: Vec<Stage>,
    /// The output's tasks.
    pub(super) tasks: Vec<Region>,
    /// The worst bytes of one output task.
    pub(super) task_bytes: u64,
    /// Bytes held from the first reduction to the end.
    pub(super) held: u64,
    /// What will be whole when the tasks run; empty blocks stand for values to come.
    whole: Vec<(Key, Region)>,
    /// Whether sources must pass by.
    passing: bool,
}

impl Plan {
    /// Plans `region` of `node` in tasks of about `target` bytes of work, aligned to `unit`, within `room`.
    ///
    /// # Errors
    /// [`Memory`](crate::model::ErrorKind::Memory) naming the step and the bytes it needs, where no splitting helps.
    pub(super) fn new(node: &Arc<Node>, region: &Region, unit: &[usize], target: u64, room: Room) -> Result<Self> {
        // All that is held stands beside each task, of early stages too, or that task would wait for ever. With less to
        // plan with, less is held and tasks are smaller.
        let mut limit = room.limit;
        loop {
            let plan = Self::within(node, region, unit, target, room, limit)?;
            let together = plan.held.saturating_add(plan.largest_task());
            if together <= room.limit {
                return Ok(plan);
            }
            limit = limit / 4 * 3;
            if limit < room.limit / 8 {
                return Err(too_large(node, together, room.limit));
            }
        }
    }

    /// A plan whose stages are made with no more than `limit`.
    fn within(node: &Arc<Node>, region: &Region, unit: &[usize], target: u64, room: Room, limit: u64) -> Result<Self> {
        let mut plan = Self { passing: room.passing, ..Self::default() };
        // Shared nodes first seen with tasks cut as if they were whole already; then the tasks are cut anew.
        let draft = cut(node, region, unit, target, u64::MAX, &plan.known())?;
        plan.visit(node, &draft, limit)?;
        let each = room.limit.saturating_sub(plan.held) / room.workers.max(1);
        plan.tasks = cut(node, region, unit, target, each, &plan.known())?;
        let known = plan.known();
        plan.task_bytes = plan.tasks.iter().map(|t| peak(node, t, &known)).max().unwrap_or(0);
        Ok(plan)
    }

    /// The worst bytes of any task, those of stages included.
    pub(super) fn largest_task(&self) -> u64 {
        self.stages.iter().map(|s| s.task_bytes).fold(self.task_bytes, u64::max)
    }

    /// What the tasks may take as given, for costing.
    pub(super) fn known(&self) -> Whole {
        Whole::promised(&self.whole)
    }

    /// What stage `i` may take as given.
    pub(super) fn known_to(&self, i: usize) -> Whole {
        Whole::promised(self.whole.get(..i).unwrap_or(&self.whole))
    }

    /// Finds the nodes from `node` down that its tasks share, innermost first.
    fn visit(&mut self, node: &Arc<Node>, regions: &[Region], limit: u64) -> Result<()> {
        let known = self.known();
        if regions.is_empty() || regions.iter().all(|r| known.holds(node, r)) || self.hold(node, regions, limit)? {
            return Ok(());
        }
        let NodeKind::Op(op) = node.kind() else { return Ok(()) };
        let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
        if let Some(reduce) = op.reduce()
            && let Some(input) = node.inputs().first()
        {
            let needs: Vec<Region> = sample(regions).map(|r| op.needs(r, &metas).swap_remove(0)).collect();
            let asked: u64 = needs.iter().map(|n| work(input, n, &known)).sum();
            let once = work(input, &hull(&needs), &known).max(1);
            let shared = needs.len() > 1 && asked > once + once / 2;
            let wide = asked / (needs.len() as u64) > WIDE && regions.len() < FEW;
            if shared || wide {
                let region = hull(regions);
                let held = node.meta().bytes_of(&region) + reduce.state_bytes(&region);
                let needs = op.needs(&region, &metas);
                let need = needs.first().cloned().unwrap_or_default();
                let draft = parts(input, &need, TASK_WORK, u64::MAX, &known)?;
                // A task holds the totals that it touches, and a copy while they are merged.
                let totals = 2 * reduce::totals_bytes(reduce, &region, &draft);
                if held + totals > limit / 4 * 3 {
                    return Err(too_large(node, held + totals, limit));
                }
                self.visit(input, &draft, limit)?;
                // What is looked up beside the stream must be there before it.
                self.others(node, needs, limit)?;
                let known = self.known();
                let room = limit.saturating_sub(self.held + held + totals).max(limit / 8);
                let mut parts = parts(input, &need, TASK_WORK, room, &known)?;
                parts.retain(|p| reduce.touches(&region, p));
                let part_bytes = parts.iter().map(|p| peak(input, p, &known)).max().unwrap_or(0);
                let totals = 2 * reduce::totals_bytes(reduce, &region, &parts);
                self.held += held;
                self.whole.push((node.key(), region.clone()));
                self.stages.push(Stage {
                    node: Arc::clone(node),
                    region,
                    parts,
                    streamed: true,
                    task_bytes: part_bytes + totals,
                });
                return Ok(());
            }
        }
        self.below(node, regions, limit)
    }

    /// Visits the inputs of a node with what these regions of it need of them.
    fn below(&mut self, node: &Arc<Node>, regions: &[Region], limit: u64) -> Result<()> {
        let NodeKind::Op(op) = node.kind() else { return Ok(()) };
        let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
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

    /// Plans to hold a node whole, where it fits: a source whose chunks lie across the tasks, so that each would decode
    /// them again; a small result of much work that several tasks need, or that few tasks would make while other workers
    /// wait.
    fn hold(&mut self, node: &Arc<Node>, regions: &[Region], limit: u64) -> Result<bool> {
        let source = match node.kind() {
            NodeKind::Op(op) if op.at_once() => return self.hold_all(node, limit),
            NodeKind::Op(op) if op.reduce().is_none() => false,
            NodeKind::Source { .. } if !self.passing => true,
            NodeKind::Op(_) | NodeKind::Source { .. } | NodeKind::Literal(_) => return Ok(false),
        };
        let known = self.known();
        let sampled: Vec<Region> = sample(regions).cloned().collect();
        let asked: u64 = sampled.iter().map(|r| work(node, r, &known)).sum();
        let (region, once) = (hull(regions), work(node, &hull(&sampled), &known).max(1));
        let bytes = node.meta().bytes_of(&region);
        let condensed = bytes.saturating_mul(CONDENSED) <= once;
        let again = asked > once.saturating_mul(OFTEN) && (source || condensed);
        let few = !source && condensed && regions.len() < FEW && asked / sampled.len() as u64 > WIDE;
        if !(again || few) || self.held + bytes > limit / 2 {
            return Ok(false);
        }
        let draft = parts(node, &region, TASK_WORK, u64::MAX, &known)?;
        if !again && draft.len() < 2 * regions.len() {
            return Ok(false);
        }
        self.below(node, &draft, limit)?;
        let known = self.known();
        let room = limit.saturating_sub(self.held + bytes);
        let parts = parts(node, &region, TASK_WORK, room, &known)?;
        let task_bytes = parts.iter().map(|p| peak(node, p, &known)).max().unwrap_or(0);
        self.held += bytes;
        self.whole.push((node.key(), region.clone()));
        self.stages.push(Stage { node: Arc::clone(node), region, parts, streamed: false, task_bytes });
        Ok(true)
    }

    /// Plans to make all of a node once, where it fits.
    fn hold_all(&mut self, node: &Arc<Node>, limit: u64) -> Result<bool> {
        let region = Region::all(&node.meta().shape);
        let bytes = node.meta().bytes_of(&region);
        if self.held + bytes > limit / 2 {
            return Ok(false);
        }
        let parts = vec![region.clone()];
        self.below(node, &parts, limit)?;
        let task_bytes = peak(node, &region, &self.known());
        self.held += bytes;
        self.whole.push((node.key(), region.clone()));
        self.stages.push(Stage { node: Arc::clone(node), region, parts, streamed: false, task_bytes });
        Ok(true)
    }

    fn others(&mut self, node: &Arc<Node>, needs: Vec<Region>, limit: u64) -> Result<()> {
        for (input, need) in node.inputs().iter().zip(needs).skip(1) {
            self.visit(input, &[need], limit)?;
        }
        Ok(())
    }
}

/// Some of the regions, evenly spread.
fn sample(regions: &[Region]) -> impl Iterator<Item = &Region> {
    regions.iter().step_by((regions.len() / SAMPLES).max(1))
}

/// The smallest region that holds all of these.
fn hull(regions: &[Region]) -> Region {
    regions.iter().cloned().reduce(|a, b| a.hull(&b)).unwrap_or_default()
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
            let share = per_cell(after, &candidate) / per_cell(before, &narrow).max(f64::MIN_POSITIVE);
            // Where tasks would decode the same again and again they grow as far as memory goes, unless this is a draft.
            let spares = (after / 4 <= target && share < 0.85) || (room < u64::MAX && share < 0.6);
            // Nor is it where neighbours lie far apart in the source: what stands between them would be read too.
            let wasteful = per_cell(after, &candidate) > 1.25 * per_cell(before, &narrow);
            if (after > target && !spares) || wasteful || peak(node, &candidate, whole) > room {
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
    Error::new(ErrorKind::Memory, format!("{} needs {} at once and {} are left", name(node), mib(bytes), mib(room)))
        .hint("give more --memory, select less, or rechunk first")
}
