//! A plan as plain data and as text, before anything runs.

use super::Engine;
use super::cost::{self, Reading};
use super::plan::{Plan, Room, TASK_WORK, mib};
use super::route::{self, Route};
use super::spill::laying_bytes;
use super::write::{largest, writing_bytes};
use crate::model::{Region, Result};
use crate::plan::{Node, NodeKind};
use std::fmt;
use std::sync::Arc;

/// Bytes that one worker packs and writes in a second.
const WRITE_RATE: f64 = 0.7e9;
/// Seconds to start and to open.
const START: f64 = 0.04;

/// One stage of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainStage {
    /// What it makes: `mean dim=time`, `map 5 steps → float32`.
    pub name: String,
    /// Dimensions and shape of its result.
    pub result: Vec<(String, usize)>,
    /// Number of tasks.
    pub tasks: usize,
    /// Chunks read from sources.
    pub chunks: u64,
    /// Decoded bytes of those chunks.
    pub decoded_bytes: u64,
    /// Decoded bytes that are wanted of them.
    pub wanted_bytes: u64,
    /// Bytes in the files.
    pub stored_bytes: u64,
    /// Bytes of the worst task.
    pub task_bytes: u64,
    /// How the result reaches the chunks it is written in, where that is not straight: `gathered in memory, …`.
    pub way: String,
}

/// A plan before it runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explain {
    /// The graph, a line each, indented by depth.
    pub graph: Vec<String>,
    /// Stages in the order they run.
    pub stages: Vec<ExplainStage>,
    /// The most bytes held at one time.
    pub peak_bytes: u64,
    /// Seconds on this machine, estimated.
    pub seconds: f64,
}

impl Explain {
    /// Chunks read in all.
    #[must_use]
    pub fn chunks(&self) -> u64 {
        self.stages.iter().map(|s| s.chunks).sum()
    }

    /// Bytes read from files in all.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        self.stages.iter().map(|s| s.stored_bytes).sum()
    }

    /// Decoded bytes over wanted bytes: 1 where the chunking suits the request.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people")]
    pub fn amplification(&self) -> f64 {
        let (decoded, wanted) = self.stages.iter().fold((0, 0), |(d, w), s| (d + s.decoded_bytes, w + s.wanted_bytes));
        if wanted == 0 { 1.0 } else { decoded as f64 / wanted as f64 }
    }
}

impl Engine {
    /// How the values of all `nodes` would be computed.
    ///
    /// # Errors
    /// [`Memory`](crate::model::ErrorKind::Memory) where the plan does not fit the budget.
    pub fn explain(&self, nodes: &[Arc<Node>]) -> Result<Explain> {
        let mut out = Draft::default();
        for node in nodes {
            let node = self.prepared(node)?;
            let region = Region::all(&node.meta().shape);
            let limit = self.inner.budget.limit() / 2;
            let plan = Plan::new(&node, &region, &node.meta().chunks, TASK_WORK, Room::of(limit))?;
            out.add(self.threads(), &node, &plan, plan.tasks.iter(), plan.task_bytes, plan.held, String::new());
        }
        Ok(self.finished(out))
    }

    /// How arrays would be computed and written by [`Engine::write`], with a place for a temporary file.
    ///
    /// # Errors
    /// As [`Engine::explain`].
    pub fn explain_written(&self, arrays: &[(String, Arc<Node>, Vec<usize>)]) -> Result<Explain> {
        let mut out = Draft::default();
        for (name, given, unit) in arrays {
            let node = self.prepared(given)?;
            let again = |e: &Self| e.route(&e.prepared(given)?, unit, true).map(drop);
            let routed = self.advised(self.route(&node, unit, true), again);
            let routed = routed.map_err(|e| e.within(format!("writing {name}")))?;
            let (plan, held, way) = (&routed.plan, routed.held(&node), routed.describe(&node));
            #[expect(clippy::cast_precision_loss, reason = "an estimate")]
            {
                out.seconds += node.meta().bytes_of(&Region::all(&node.meta().shape)) as f64 / WRITE_RATE;
            }
            match &routed.route {
                Route::Gathered(tiles) => {
                    let bytes = tiles.iter().map(|t| t.part_bytes).max().unwrap_or(0);
                    let parts = tiles.iter().flat_map(|t| &t.parts);
                    out.add(self.threads(), &node, plan, parts, bytes.max(writing_bytes(&node, unit)), held, way);
                }
                Route::Spilled => {
                    let bytes = laying_bytes(&node, plan).max(writing_bytes(&node, unit));
                    out.add(self.threads(), &node, plan, plan.tasks.iter(), bytes, held, way);
                }
                Route::Direct => {
                    let bytes = plan.task_bytes + largest(&node, plan);
                    out.add(self.threads(), &node, plan, plan.tasks.iter(), bytes, held, way);
                }
            }
        }
        Ok(self.finished(out))
    }

    fn finished(&self, draft: Draft) -> Explain {
        let mut out = draft.explain;
        out.peak_bytes = out.peak_bytes.min(self.inner.options.memory_bytes);
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        {
            out.seconds = START + draft.seconds / self.threads() as f64;
        }
        out
    }
}

/// An explanation being put together, and the seconds that one worker would need for all.
#[derive(Default)]
struct Draft {
    explain: Explain,
    seconds: f64,
}

impl Draft {
    #[expect(clippy::too_many_arguments, reason = "the parts of one plan")]
    fn add<'a>(
        &mut self,
        threads: usize,
        node: &Arc<Node>,
        plan: &Plan,
        tasks: impl Iterator<Item = &'a Region> + Clone,
        task_bytes: u64,
        held: u64,
        way: String,
    ) {
        let (out, known, threads) = (&mut self.explain, plan.known(), threads as u64);
        draw(node, 0, &mut out.graph);
        for (i, r) in plan.stages.iter().enumerate() {
            let (Some(input), before) = (r.input(), plan.known_to(i)) else { continue };
            let reading = r.parts.iter().map(|p| Reading::of(input, p, &before)).fold(Reading::default(), sum);
            self.seconds += route::tasks(input, &r.parts, &before);
            if let (NodeKind::Op(op), true) = (r.node.kind(), r.streamed) {
                self.seconds += cost::reducing(&**op, input.meta(), &r.parts);
            }
            out.stages.push(stage(&r.node, &r.region, r.parts.len(), reading, r.task_bytes, String::new()));
            out.peak_bytes = out.peak_bytes.max(plan.held + r.task_bytes * threads.min(r.parts.len() as u64));
        }
        let count = tasks.clone().count();
        let reading = tasks.clone().map(|t| Reading::of(node, t, &known)).fold(Reading::default(), sum);
        self.seconds += route::tasks(node, &tasks.cloned().collect::<Vec<_>>(), &known);
        out.stages.push(stage(node, &Region::all(&node.meta().shape), count, reading, task_bytes, way));
        out.peak_bytes = out.peak_bytes.max(held + task_bytes * threads.min(count as u64));
    }
}

fn sum(a: Reading, b: Reading) -> Reading {
    Reading {
        chunks: a.chunks + b.chunks,
        decoded: a.decoded + b.decoded,
        wanted: a.wanted + b.wanted,
        stored: a.stored + b.stored,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate, never negative")]
fn stage(
    node: &Arc<Node>,
    region: &Region,
    tasks: usize,
    reading: Reading,
    task_bytes: u64,
    way: String,
) -> ExplainStage {
    ExplainStage {
        name: name(node),
        result: node.meta().dims.iter().cloned().zip(region.shape()).collect(),
        tasks,
        chunks: reading.chunks,
        decoded_bytes: reading.decoded,
        wanted_bytes: reading.wanted,
        stored_bytes: reading.stored as u64,
        task_bytes,
        way,
    }
}

fn name(node: &Node) -> String {
    match node.kind() {
        NodeKind::Source { path, .. } => format!("source {path}"),
        NodeKind::Literal(_) => "values in memory".to_owned(),
        NodeKind::Op(op) => format!("{} {}", op.id(), op.describe()).trim_end().to_owned(),
    }
}

fn draw(node: &Arc<Node>, depth: usize, lines: &mut Vec<String>) {
    let meta = node.meta();
    let dims: Vec<String> = meta.dims.iter().zip(&meta.shape).map(|(d, n)| format!("{d}={n}")).collect();
    lines.push(format!("{}{}  ({}) {}", "  ".repeat(depth), name(node), dims.join(", "), meta.dtype));
    for input in node.inputs() {
        draw(input, depth + 1, lines);
    }
}

impl fmt::Display for Explain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "plan")?;
        for line in &self.graph {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "stages")?;
        for (i, s) in self.stages.iter().enumerate() {
            let dims: Vec<String> = s.result.iter().map(|(d, n)| format!("{d}={n}")).collect();
            writeln!(f, "  {}. {}  ({})", i + 1, s.name, dims.join(", "))?;
            writeln!(
                f,
                "     {} tasks, {} chunks, {} read, {} decoded, {} wanted, {} per task",
                s.tasks,
                s.chunks,
                mib(s.stored_bytes),
                mib(s.decoded_bytes),
                mib(s.wanted_bytes),
                mib(s.task_bytes)
            )?;
            if !s.way.is_empty() {
                writeln!(f, "     {}", s.way)?;
            }
        }
        writeln!(f, "read           {}", mib(self.stored_bytes()))?;
        writeln!(f, "chunks         {}", self.chunks())?;
        writeln!(f, "amplification  {:.2}", self.amplification())?;
        writeln!(f, "peak memory    {}", mib(self.peak_bytes))?;
        write!(f, "estimate       {:.2} s", self.seconds)
    }
}
