//! What an operation on arrays must say of itself so that the engine can plan and run it.

use super::{Affine, Lookup, Node};
use crate::model::{Block, DType, Error, Region, Result};
use std::any::Any;
use std::fmt::Debug;
use std::hash::Hasher;
use std::sync::Arc;

/// Everything known of a lazy array before it is computed.
///
/// Invariant: `dims`, `shape` and `chunks` have one length; no chunk length is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayMeta {
    /// Dimension names, slowest first, unique.
    pub dims: Vec<String>,
    /// Lengths.
    pub shape: Vec<usize>,
    /// Type of the values.
    pub dtype: DType,
    /// The partition that costs least to read: source chunks carried through the operations.
    pub chunks: Vec<usize>,
}

impl ArrayMeta {
    /// Position of a dimension.
    #[must_use]
    pub fn dim(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|d| d == name)
    }

    /// Number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.shape.iter().fold(1, |n, &d| n.saturating_mul(d))
    }

    /// Bytes of a region of it in memory.
    #[must_use]
    pub fn bytes_of(&self, region: &Region) -> u64 {
        region.cells() as u64 * self.dtype.size().max(1) as u64
    }
}

/// An operation on whole lazy arrays: pure, deterministic, chunk by chunk.
///
/// `compute` sees exactly the regions that `needs` asked for. Missing values are NaN in float planes.
pub trait Op: Send + Sync + Debug {
    /// Short name for plans and profiles: `map`, `isel`, `mean`, `rolling mean`.
    fn id(&self) -> &'static str;

    /// Feeds everything that distinguishes this operation from others of its id. Equal keys mean equal results.
    fn key(&self, hasher: &mut dyn Hasher);

    /// The parameters in a few words, for `explain`.
    fn describe(&self) -> String {
        String::new()
    }

    /// Shape and type of the result.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where the inputs do not fit the operation.
    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta>;

    /// For a wanted region of the result, the region of each input that it depends on (an empty region: not needed).
    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region>;

    /// Bytes used beside inputs and output while computing `out`.
    fn scratch_bytes(&self, out: &Region) -> u64 {
        let _ = out;
        0
    }

    /// How many times as long as arithmetic it takes for as many bytes.
    fn effort(&self) -> f64 {
        1.0
    }

    /// Whether [`Op::compute`] also takes blocks of more than `needs` gave. Then its result can be made strip after strip
    /// out of the same blocks.
    fn takes_more(&self) -> bool {
        false
    }

    /// Whether any part of the result costs as much as all of it, and all is small: then it is made once, as a whole.
    fn at_once(&self) -> bool {
        false
    }

    /// Computes `out` from the blocks of the regions that `needs` gave, in input order.
    ///
    /// A reduction (see [`Op::reduce`]) need not say how: its first input is then one part of its own stream.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where values make the operation impossible.
    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let (Some(reduce), Some(((part, block), others))) = (self.reduce(), inputs.split_first()) else {
            return Err(Error::internal(format!("{} without inputs, or without a way to compute it", self.id())));
        };
        let mut state = reduce.start(out);
        reduce.update(&mut state, out, part, block, others)?;
        reduce.finish(state, out)
    }

    /// [`Op::compute`] for what takes seconds within one block: `go_on` is asked now and then, and its error is the result.
    ///
    /// # Errors
    /// As [`Op::compute`], and what `go_on` says.
    fn compute_asking(
        &self,
        out: &Region,
        inputs: &[(&Region, &Block)],
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Block> {
        go_on()?;
        self.compute(out, inputs)
    }

    /// The streaming form, for operations whose first input need not be in memory as a whole.
    fn reduce(&self) -> Option<&dyn Reduce> {
        None
    }

    /// The operation that gives this one's result from a first input that is still packed, where decoding commutes with
    /// it. Shape and type of the result are the same.
    fn packed(&self, decode: &Affine) -> Option<Arc<dyn Op>> {
        let _ = decode;
        None
    }

    /// The same choice among values of `f64`, where the result is the largest of its first input that is not missing.
    /// Increasing functions can then be applied to what is chosen.
    fn largest(&self) -> Option<Arc<dyn Op>> {
        None
    }

    /// What it takes from its only input, where that is positions along dimensions that keep their order.
    fn lookup(&self) -> Option<Lookup> {
        None
    }

    /// The same values by passes over the first input, each of which settles `digit` bits of the keys that values are
    /// sorted by and holds little; for what would not fit. `None` where there is no such way.
    ///
    /// # Errors
    /// What building the nodes finds wrong.
    fn passes(&self, inputs: &[Arc<Node>], digit: u32) -> Result<Option<Arc<Node>>> {
        let _ = (inputs, digit);
        Ok(None)
    }

    /// For the optimizer to look at the concrete operation.
    fn as_any(&self) -> &dyn Any;
}

/// Running totals of a streamed reduction. Planes are of the reduction's own making: sums, counts, extremes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Accumulator planes, each in C order over the output region.
    pub planes: Vec<Vec<f64>>,
}

impl State {
    /// The totals of some of the region's slowest positions, as a state of their own; `None` where the planes are not one
    /// value for each cell of the region.
    #[must_use]
    pub fn slab(&self, cells: std::ops::Range<usize>) -> Option<Self> {
        let planes = self.planes.iter().map(|p| p.get(cells.clone()).map(<[f64]>::to_vec)).collect::<Option<_>>()?;
        Some(Self { planes })
    }

    /// Puts totals back that [`State::slab`] gave, from cell `first` on.
    pub fn set_slab(&mut self, first: usize, slab: &Self) {
        for (plane, part) in self.planes.iter_mut().zip(&slab.planes) {
            if let Some(to) = plane.get_mut(first..first + part.len()) {
                to.copy_from_slice(part);
            }
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.planes.iter().map(|p| p.len() as u64 * 8).sum()
    }
}

/// The streaming form of an operation: its first input passes by in parts, in an order fixed by the plan.
///
/// Determinism: for one partition of the input, `update` on each part in C order and `merge` in part order gives the
/// same bits whatever the number of threads.
pub trait Reduce: Send + Sync {
    /// Bytes of the state for an output region.
    fn state_bytes(&self, out: &Region) -> u64;

    /// The empty state for an output region.
    fn start(&self, out: &Region) -> State;

    /// Adds one part of the first input (`part` of it lies in `block`) to the state of `out`. `others` are the remaining
    /// inputs with the whole regions that `needs` asked for. Cells of the part that do not contribute are passed over.
    ///
    /// # Errors
    /// As [`Op::compute`].
    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        others: &[(&Region, &Block)],
    ) -> Result<()>;

    /// Adds a state made of later parts.
    fn merge(&self, state: &mut State, later: &State);

    /// Whether each plane of a state is one number for each cell of its region, so that the totals of some positions can
    /// be put in their place among those of all.
    fn each_cell(&self) -> bool {
        true
    }

    /// Whether any cell of `part` contributes to `out`; parts that do not are never read.
    fn touches(&self, out: &Region, part: &Region) -> bool {
        let _ = (out, part);
        true
    }

    /// The result.
    ///
    /// # Errors
    /// As [`Op::compute`].
    fn finish(&self, state: State, out: &Region) -> Result<Block>;
}
