//! Taking positions along dimensions: one, a range, a list; dropping, reordering and renaming dimensions on the way.

use super::view::{gather, strides};
use crate::model::{Block, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Lookup, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Which positions of one dimension are taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Pick {
    /// All of them.
    All,
    /// One; the dimension goes.
    One(usize),
    /// `len` positions from `start`, each `step` further; a negative step goes backwards.
    Range { start: usize, step: isize, len: usize },
    /// These, in this order.
    List(Arc<[usize]>),
}

impl Pick {
    /// The shortest form of a list of positions.
    pub(crate) fn of(positions: &[usize], size: usize) -> Self {
        let step = |a: usize, b: usize| isize::try_from(b).unwrap_or(0) - isize::try_from(a).unwrap_or(0);
        let first = match positions {
            [] => return Self::Range { start: 0, step: 1, len: 0 },
            [one] => return Self::Range { start: *one, step: 1, len: 1 },
            [a, b, ..] => step(*a, *b),
        };
        if first != 0 && positions.windows(2).all(|w| step(w[0], w[1]) == first) {
            let (start, len) = (positions[0], positions.len());
            return if first == 1 && len == size { Self::All } else { Self::Range { start, step: first, len } };
        }
        Self::List(positions.into())
    }

    /// Number of positions taken from a dimension of this size; `None` where the dimension goes.
    fn len(&self, size: usize) -> Option<usize> {
        match self {
            Self::All => Some(size),
            Self::One(_) => None,
            Self::Range { len, .. } => Some(*len),
            Self::List(list) => Some(list.len()),
        }
    }

    /// The position taken at `i`.
    fn at(&self, i: usize) -> usize {
        match self {
            Self::All => i,
            Self::One(at) => *at,
            Self::Range { start, step, .. } => {
                start.saturating_add_signed(step.saturating_mul(i.try_into().unwrap_or(isize::MAX)))
            }
            Self::List(list) => list.get(i).copied().unwrap_or(usize::MAX),
        }
    }

    /// All positions taken from a dimension of this size, in order.
    pub(crate) fn positions(&self, size: usize) -> Vec<usize> {
        (0..self.len(size).unwrap_or(1)).map(|i| self.at(i)).collect()
    }

    /// The smallest span of the input that holds what `span` of the output takes.
    fn hull(&self, span: Span) -> Span {
        if span.len == 0 && !matches!(self, Self::One(_)) {
            return Span::new(0, 0);
        }
        let (lo, hi) = match self {
            Self::All => return span,
            Self::One(at) => (*at, *at),
            Self::Range { .. } => {
                let (a, b) = (self.at(span.start), self.at(span.end() - 1));
                (a.min(b), a.max(b))
            }
            Self::List(list) => {
                let part = list.get(span.start..span.end()).unwrap_or(&[]);
                (part.iter().copied().min().unwrap_or(0), part.iter().copied().max().unwrap_or(0))
            }
        };
        Span::new(lo, hi - lo + 1)
    }
}

/// Positions taken from each dimension of the input, put into an order, with names.
///
/// Missing values and types pass unchanged; results are bit-equal to the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// One for each dimension of the input.
    picks: Vec<Pick>,
    /// For each dimension of the result: which of the input's it is, and its name.
    out: Vec<(usize, String)>,
}

impl Index {
    /// Takes `picks` of an array with these dimensions, keeping their order and names.
    pub(crate) fn new(meta: &ArrayMeta, picks: Vec<Pick>) -> Self {
        let out = meta
            .dims
            .iter()
            .enumerate()
            .filter(|(d, _)| !matches!(picks.get(*d), Some(Pick::One(_))))
            .map(|(d, name)| (d, name.clone()))
            .collect();
        Self { picks, out }
    }

    /// The whole array with its dimensions in another order.
    pub(crate) fn transpose(meta: &ArrayMeta, order: &[usize]) -> Self {
        let out = order.iter().filter_map(|&d| Some((d, meta.dims.get(d)?.clone()))).collect();
        Self { picks: vec![Pick::All; meta.dims.len()], out }
    }

    /// The same with these names for the dimensions of the result.
    #[must_use]
    pub(crate) fn named(mut self, names: Vec<String>) -> Self {
        for ((_, name), new) in self.out.iter_mut().zip(names) {
            *name = new;
        }
        self
    }

    /// Whether it changes neither values nor order.
    fn is_identity(&self) -> bool {
        self.picks.iter().all(|p| *p == Pick::All) && self.out.iter().enumerate().all(|(i, (d, _))| i == *d)
    }
}

impl Op for Index {
    fn id(&self) -> &'static str {
        "index"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.picks.hash(&mut hasher);
        self.out.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        let words = self.picks.iter().enumerate().map(|(d, pick)| match pick {
            Pick::All => ":".to_owned(),
            Pick::One(at) => at.to_string(),
            Pick::Range { start, step: 1, len } => format!("{start}:{}", start + len),
            Pick::Range { start, step, len } => {
                format!("{start}…{} by {step}", self.picks[d].at(len.saturating_sub(1)))
            }
            Pick::List(list) => format!("{} positions", list.len()),
        });
        let picks = words.collect::<Vec<_>>().join(", ");
        let names: Vec<_> = self.out.iter().map(|(_, name)| name.as_str()).collect();
        format!("[{picks}] → ({})", names.join(", "))
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a selection has one input")) };
        if self.picks.len() != input.dims.len() {
            return Err(Error::internal(format!("{} selections on {} dimensions", self.picks.len(), input.dims.len())));
        }
        for ((pick, &size), dim) in self.picks.iter().zip(&input.shape).zip(&input.dims) {
            let past = match pick {
                Pick::All => None,
                Pick::One(at) => Some(*at),
                Pick::Range { len: 0, .. } => None,
                Pick::Range { len, .. } => Some(pick.at(0).max(pick.at(len - 1))),
                Pick::List(list) => list.iter().copied().max(),
            };
            if let Some(at) = past.filter(|&at| at >= size) {
                return Err(Error::invalid(format!("position {at} of {dim} lies outside its size {size}")));
            }
        }
        let mut meta =
            ArrayMeta { dims: Vec::new(), shape: Vec::new(), dtype: input.dtype.clone(), chunks: Vec::new() };
        for (d, name) in &self.out {
            let (pick, size, chunk) = (&self.picks[*d], input.shape[*d], input.chunks[*d]);
            let len = pick.len(size).unwrap_or(1);
            let chunk = match pick {
                Pick::Range { step, .. } => chunk / step.unsigned_abs().max(1),
                _ => chunk,
            };
            meta.dims.push(name.clone());
            meta.shape.push(len);
            meta.chunks.push(chunk.clamp(1, len.max(1)));
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        let mut spans: Vec<Span> = self.picks.iter().map(|p| p.hull(Span::new(0, 1))).collect();
        for ((d, _), span) in self.out.iter().zip(&out.0) {
            spans[*d] = self.picks[*d].hull(*span);
        }
        vec![Region(spans)]
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a selection has one input")) };
        if self.is_identity() {
            return Ok((*block).clone());
        }
        let strides = strides(block.shape());
        let offsets: Vec<Vec<usize>> = self
            .out
            .iter()
            .zip(&out.0)
            .map(|((d, _), span)| {
                let origin = region.0[*d].start;
                (span.start..span.end()).map(|i| self.picks[*d].at(i).saturating_sub(origin) * strides[*d]).collect()
            })
            .collect();
        gather(block.data(), &offsets)
    }

    fn lookup(&self) -> Option<Lookup> {
        let in_order = self.out.len() == self.picks.len() && self.out.iter().enumerate().all(|(i, (d, _))| i == *d);
        let table = |pick: &Pick| match pick {
            Pick::All => Some(None),
            Pick::List(list) => Some(Some(Arc::clone(list))),
            Pick::One(_) | Pick::Range { .. } => None,
        };
        let tables = self.picks.iter().map(table).collect::<Option<_>>().filter(|_| in_order)?;
        Some(Lookup { dims: self.out.iter().map(|(_, name)| name.clone()).collect(), tables })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Index, Pick};
    use crate::model::{Block, DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    #[test]
    fn positions_take_their_shortest_form() {
        assert_eq!(Pick::of(&[0, 1, 2], 3), Pick::All);
        assert_eq!(Pick::of(&[2, 1, 0], 3), Pick::Range { start: 2, step: -1, len: 3 });
        assert_eq!(Pick::of(&[1, 3], 9), Pick::Range { start: 1, step: 2, len: 2 });
        assert_eq!(Pick::of(&[5, 0, 1], 9), Pick::List([5, 0, 1].into()));
        assert_eq!(Pick::of(&[4, 4], 9), Pick::List([4, 4].into()));
        assert_eq!(Pick::of(&[], 9), Pick::Range { start: 0, step: 1, len: 0 });
    }

    /// `numpy.arange(2 * 3 * 4).reshape(2, 3, 4)[:, 1, [3, 0]]` and the like.
    #[test]
    fn takes_what_numpy_takes_in_any_part() {
        let node = cube(&["t", "y", "x"], &[2, 3, 4], Data::I16((0..24).collect()));
        let take = |picks| Node::op(Arc::new(Index::new(node.meta(), picks)), vec![Arc::clone(&node)]).unwrap();
        let list = take(vec![Pick::All, Pick::One(1), Pick::List([3, 0].into())]);
        assert_eq!(everywhere(&list).unwrap(), Block::new(vec![2, 2], Data::I16(vec![7, 4, 19, 16])).unwrap());
        let back = take(vec![
            Pick::One(1),
            Pick::Range { start: 2, step: -2, len: 2 },
            Pick::Range { start: 1, step: 1, len: 2 },
        ]);
        assert_eq!(everywhere(&back).unwrap(), Block::new(vec![2, 2], Data::I16(vec![21, 22, 13, 14])).unwrap());
        let none = take(vec![Pick::All, Pick::Range { start: 0, step: 1, len: 0 }, Pick::All]);
        assert_eq!(everywhere(&none).unwrap().shape(), [2, 0, 4]);
        let turned = Node::op(Arc::new(Index::transpose(node.meta(), &[2, 0, 1])), vec![Arc::clone(&node)]).unwrap();
        assert_eq!(turned.meta().dims, ["x", "t", "y"]);
        let first: Vec<i16> = vec![0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21];
        assert_eq!(
            everywhere(&turned).unwrap().slice(&crate::model::Region::all(&[2, 2, 3])).unwrap().into_data(),
            Data::I16(first)
        );
    }

    #[test]
    fn a_position_outside_is_an_error_and_not_a_panic() {
        let node = cube(&["x"], &[4], Data::F32(vec![0.0; 4]));
        let error = Node::op(Arc::new(Index::new(node.meta(), vec![Pick::One(4)])), vec![node]).unwrap_err();
        assert_eq!(error.to_string(), "position 4 of x lies outside its size 4");
    }

    /// A group's value taken from each member: read from an array of its own, or looked up by the arithmetic itself.
    #[test]
    fn looked_up_groups_give_what_spread_ones_give() {
        use crate::ops::testing::whole;
        use crate::plan::{Binary, Instr, MapOp, Program, optimize};
        let x = cube(&["t", "y"], &[7, 3], Data::F64((0..21).map(f64::from).collect()));
        let groups = cube(&["month", "y"], &[2, 3], Data::F64(vec![0.5, 1.5, 2.5, 100.0, 200.0, 300.0]));
        let picks = vec![Pick::List([1, 0, 0, 1, 1, 0, 1].into()), Pick::All];
        let index = Index::new(groups.meta(), picks).named(vec!["t".into(), "y".into()]);
        let spread = Node::op(Arc::new(index), vec![groups]).unwrap();
        let mut p = Program::default();
        let (a, b) = (p.push(Instr::Load(0)), p.push(Instr::Load(1)));
        let last = p.push(Instr::Binary(Binary::Sub, a, b));
        p.finish(last);
        let map = MapOp::new(p, DType::F64, &[x.meta(), spread.meta()]);
        let node = Node::op(Arc::new(map), vec![x, spread]).unwrap();
        let fused = optimize(&node).unwrap();
        assert_eq!(fused.inputs()[1].meta().shape, [2, 3]);
        assert_eq!(whole(&node).unwrap(), everywhere(&fused).unwrap());
    }
}
