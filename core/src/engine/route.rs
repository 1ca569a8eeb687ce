//! How an array reaches the chunks of its target: straight, gathered in memory, or by way of a file. Chooses what is
//! predicted to cost least; runs nothing.
//!
//! Where the target is chunked across the grain of the source (maps into series), a task for each chunk of the target
//! would read all of the source each time. Then either tiles of the target, as large as memory allows, are brought
//! together from parts of the source, or each part is computed once and laid down in a file (rechunker's intermediate
//! store, <https://rechunker.readthedocs.io/en/latest/algorithm.html>).

use super::cost::{peak, seconds};
use super::plan::{Plan, Room, Stage, TASK_WORK, cut, inner, mib};
use super::whole::Whole;
use super::{Engine, spill, write};
use crate::model::{ErrorKind, Region, Result};
use crate::plan::{Node, NodeKind};
use std::sync::Arc;

/// Bytes that one worker takes out of a block across its grain in a second.
const TAKE_RATE: f64 = 0.6e9;
/// Bytes that one worker sorts into a tile in a second.
const GATHER_RATE: f64 = 1.2e9;
/// Bytes that one worker lays down in a file and takes up again in a second.
const SPILL_RATE: f64 = 0.45e9;
/// Tasks looked at for an estimate.
const SAMPLES: usize = 256;

/// A plan and the way its values take.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    /// Reductions to be made first, and the tasks: of the target where the way is direct, else of the source.
    pub(super) plan: Plan,
    pub(super) route: Route,
    /// What is predicted, for one worker.
    pub(super) seconds: f64,
}

/// The way from the source to the target's chunks.
#[derive(Debug, Clone)]
pub(super) enum Route {
    /// Each task computes whole chunks of the target and writes them.
    Direct,
    /// One tile of the target after the other is brought together in memory.
    Gathered(Vec<Tile>),
    /// All parts are computed once and laid down in a file, from which the chunks are put together.
    Spilled,
}

/// Chunks of the target that are brought together at one time.
#[derive(Debug, Clone)]
pub(super) struct Tile {
    pub(super) region: Region,
    /// What is computed for it, in C order.
    pub(super) parts: Vec<Region>,
    /// Bytes of the worst part.
    pub(super) part_bytes: u64,
}

impl Routed {
    /// Bytes held for the whole time beside running tasks, at the worst tile.
    pub(super) fn held(&self, node: &Node) -> u64 {
        self.plan.held
            + match &self.route {
                Route::Gathered(tiles) => tiles.iter().map(|t| node.meta().bytes_of(&t.region)).max().unwrap_or(0),
                Route::Direct | Route::Spilled => 0,
            }
    }

    /// The worst bytes of any task.
    pub(super) fn largest_task(&self, node: &Node, unit: &[usize]) -> u64 {
        let writing = write::writing_bytes(node, unit);
        let last = match &self.route {
            Route::Direct => self.plan.task_bytes + write::largest(node, &self.plan),
            Route::Gathered(tiles) => tiles.iter().map(|t| t.part_bytes).fold(writing, u64::max),
            Route::Spilled => spill::laying_bytes(node, &self.plan).max(writing),
        };
        self.plan.largest_task().max(last)
    }

    /// The ways in a few words, for people; empty where it is direct.
    pub(super) fn describe(&self, node: &Node) -> String {
        let bytes = |region: &Region| node.meta().bytes_of(region);
        match &self.route {
            Route::Direct => String::new(),
            Route::Gathered(tiles) => {
                let largest = tiles.iter().map(|t| bytes(&t.region)).max().unwrap_or(0);
                let parts: usize = tiles.iter().map(|t| t.parts.len()).sum();
                format!("gathered in memory, {} tiles of {} from {parts} parts", tiles.len(), mib(largest))
            }
            Route::Spilled => {
                let all: u64 = self.plan.tasks.iter().map(bytes).sum();
                format!("laid down in a temporary file of {}, from {} parts", mib(all), self.plan.tasks.len())
            }
        }
    }
}

impl Engine {
    /// The cheapest way to write all of `node` in whole `unit`s. `spills` says whether there is a place for a file.
    ///
    /// # Errors
    /// [`Memory`](ErrorKind::Memory) where no way fits the budget.
    pub(super) fn route(&self, node: &Arc<Node>, unit: &[usize], spills: bool) -> Result<Routed> {
        let region = Region::all(&node.meta().shape);
        let direct = self.plan_chunks(node, &region, unit).map(|plan| {
            let last = tasks(node, &plan.tasks, &plan.known()) + taking(&plan);
            let seconds = reductions(&plan, self.threads()) + last * idle(plan.tasks.len(), self.threads());
            Routed { plan, route: Route::Direct, seconds }
        });
        let other = self.parted(node, unit)?.and_then(|(plan, room)| self.across(node, unit, plan, room, spills));
        match (direct, other) {
            (Ok(direct), Some(other)) if other.seconds < direct.seconds => Ok(other),
            (Err(error), Some(other)) if error.kind() == ErrorKind::Memory => Ok(other),
            (direct, _) => direct,
        }
    }

    /// Tasks in the order of the source, and the bytes that each may take: an eighth of the budget, more only where a
    /// chunk of the source needs it. `None` where no way but the direct one is to be had.
    fn parted(&self, node: &Arc<Node>, unit: &[usize]) -> Result<Option<(Plan, u64)>> {
        let region = Region::all(&node.meta().shape);
        let limit = self.inner.budget.limit();
        let partitions = partitions(node);
        for share in [8, 4, 2] {
            let room = Room::of(limit).shared(share).passing(true);
            let mut best: Option<(f64, Plan)> = None;
            for partition in partitions.iter().filter(|p| *p != unit) {
                let plan = match Plan::new(node, &region, partition, TASK_WORK, room) {
                    Err(error) if error.kind() == ErrorKind::Memory => continue,
                    other => other?,
                };
                let seconds = total(node, &plan, self.threads());
                if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
                    best = Some((seconds, plan));
                }
            }
            if let Some((_, plan)) = best {
                return Ok(Some((plan, limit / share)));
            }
        }
        Ok(None)
    }

    /// The cheaper of gathering and spilling.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn across(&self, node: &Arc<Node>, unit: &[usize], plan: Plan, room: u64, spills: bool) -> Option<Routed> {
        let limit = self.inner.budget.limit();
        let region = Region::all(&node.meta().shape);
        let bytes = node.meta().bytes_of(&region) as f64;
        let written = write::writing_bytes(node, unit);
        let known = plan.known();
        let before = reductions(&plan, self.threads());
        let spilled = || {
            let most = written.max(spill::laying_bytes(node, &plan));
            let fits = plan.held + most <= limit && node.meta().dtype.plain().is_numeric();
            fits.then(|| before + tasks(node, &plan.tasks, &known) + bytes / SPILL_RATE)
        };
        let gathered = || {
            // What tiles leave is for the parts and for writing.
            let rest = (limit / 8 * 3).max(room / 4 * 5);
            let step = tile(node, unit, (limit - rest).checked_sub(plan.held)?, &known)?;
            let partitions = partitions(node);
            let tiles: Option<Vec<Tile>> = region
                .chunks(&step, &node.meta().shape)
                .map(|tile| gather_tile(node, tile, &partitions, room, &known))
                .collect();
            let tiles = tiles?;
            let seconds: f64 = tiles.iter().map(|t| tasks(node, &t.parts, &known)).sum();
            (written <= rest).then_some((tiles, before + seconds + bytes / GATHER_RATE))
        };
        let routed = match (gathered(), spills.then(spilled).flatten()) {
            (Some((tiles, seconds)), spilled) if spilled.is_none_or(|s| seconds <= s) => {
                Routed { plan, route: Route::Gathered(tiles), seconds }
            }
            (_, spilled) => Routed { plan, route: Route::Spilled, seconds: spilled? },
        };
        Some(routed)
    }
}

/// A tile with the cheapest parts that fill it; `None` where none fits.
fn gather_tile(node: &Arc<Node>, region: Region, partitions: &[Vec<usize>], room: u64, known: &Whole) -> Option<Tile> {
    let mut best: Option<(f64, Vec<Region>)> = None;
    for partition in partitions {
        let Ok(parts) = cut(node, &region, partition, TASK_WORK, room, known) else { continue };
        let seconds = tasks(node, &parts, known);
        if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
            best = Some((seconds, parts));
        }
    }
    let (_, parts) = best?;
    let part_bytes = parts.iter().map(|p| peak(node, p, known)).max().unwrap_or(0);
    Some(Tile { region, parts, part_bytes })
}

/// The partitions in which a node may be computed: its own, and those of sources of its shape.
pub(super) fn partitions(node: &Arc<Node>) -> Vec<Vec<usize>> {
    let own = node.meta();
    let mut found = vec![own.chunks.clone()];
    let mut stack = vec![node];
    while let Some(at) = stack.pop() {
        let meta = at.meta();
        if matches!(at.kind(), NodeKind::Source { .. }) && meta.shape == own.shape && !found.contains(&meta.chunks) {
            found.push(meta.chunks.clone());
        }
        stack.extend(at.inputs());
    }
    found
}

/// Lengths of the tile of whole units within `room` bytes that reads least; `None` where not even one unit fits.
fn tile(node: &Arc<Node>, unit: &[usize], room: u64, known: &Whole) -> Option<Vec<usize>> {
    let meta = node.meta();
    let all = Region::all(&meta.shape);
    let bytes = |step: &[usize]| meta.bytes_of(&inner(&all, step));
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let per_cell = |step: &[usize]| {
        let region = inner(&all, step);
        seconds(node, &region, known) / region.cells().max(1) as f64
    };
    let mut step: Vec<usize> = unit.iter().zip(&meta.shape).map(|(&c, &n)| c.clamp(1, n.max(1))).collect();
    if bytes(&step) > room {
        return None;
    }
    let units = step.clone();
    let mut cost = per_cell(&step);
    // Double along the dimension that spares most, as long as that spares anything.
    loop {
        let wider = (0..step.len()).filter(|&d| step[d] < meta.shape[d]).map(|d| {
            let mut wider = step.clone();
            wider[d] = (wider[d] * 2).min(meta.shape[d].next_multiple_of(units[d]));
            (per_cell(&wider), wider)
        });
        let best = wider.filter(|(_, wider)| bytes(wider) <= room).min_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((less, wider)) if less < 0.99 * cost => (cost, step) = (less, wider),
            _ => break,
        }
    }
    // Then as far as room goes, in tiles of even size.
    for d in 0..step.len() {
        let count = meta.shape[d].div_ceil(units[d]).max(1);
        let with = |k: usize| {
            let mut longer = step.clone();
            longer[d] = k * units[d];
            longer
        };
        let (mut fits, mut beyond) = (step[d] / units[d], count + 1);
        while fits + 1 < beyond {
            let middle = fits.midpoint(beyond);
            if bytes(&with(middle)) <= room { fits = middle } else { beyond = middle }
        }
        let even = with(count.div_ceil(count.div_ceil(fits.max(1))));
        let less = per_cell(&even);
        if less < 0.99 * cost {
            (cost, step) = (less, even);
        }
    }
    Some(step)
}

/// Seconds of all that a plan does before the target is written.
fn total(node: &Arc<Node>, plan: &Plan, threads: usize) -> f64 {
    reductions(plan, threads) + tasks(node, &plan.tasks, &plan.known())
}

/// Seconds to take chunks out of what is held whole, across its grain.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn taking(plan: &Plan) -> f64 {
    let held = plan.stages.iter().filter(|s| !s.streamed).map(|s| s.node.meta().bytes_of(&s.region));
    held.sum::<u64>() as f64 / TAKE_RATE
}

/// Seconds of the stages.
fn reductions(plan: &Plan, threads: usize) -> f64 {
    let each = |(i, stage): (usize, &Stage)| {
        let seconds = tasks(stage.input()?, &stage.parts, &plan.known_to(i));
        Some(seconds * idle(stage.parts.len(), threads))
    };
    plan.stages.iter().enumerate().filter_map(each).sum()
}

/// How many times longer it takes with so many tasks: workers without one wait for those that have one.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn idle(tasks: usize, threads: usize) -> f64 {
    threads as f64 / tasks.clamp(1, threads.max(1)) as f64
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn tasks(node: &Arc<Node>, regions: &[Region], known: &Whole) -> f64 {
    let step = regions.len().div_ceil(SAMPLES).max(1);
    let sampled = regions.len().div_ceil(step).max(1);
    let seconds: f64 = regions.iter().step_by(step).map(|r| seconds(node, r, known)).sum();
    seconds * regions.len() as f64 / sampled as f64
}
