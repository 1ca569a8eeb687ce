//! Statistics of numbers as they are stored: integers added up as integers, the result decoded.

use super::fold::Fold;
use super::integers::{Lacks, Packed, extremes, integers, squares, sums};
use super::stat::{Stat, merge_sums, plane};
use super::twofold::Twofold;
use super::walk::Walk;
use crate::model::{Block, Region, Result};
use crate::plan::{Affine, ArrayMeta, Missing, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// A statistic of `scale · x + offset` over stored integers `x`, passing over those that stand for nothing.
///
/// Sums are exact as long as they stay below 2^53, so that they do not depend on any order.
#[derive(Debug, Clone)]
pub(crate) struct PackedFold {
    fold: Fold,
    affine: Affine,
}

impl PackedFold {
    /// The packed form of a statistic of decoded values, where it has one.
    pub(crate) fn new(fold: &Fold, affine: &Affine) -> Option<Self> {
        let plain = matches!(
            fold.stat(),
            Stat::Mean | Stat::Sum { .. } | Stat::Var { .. } | Stat::Std { .. } | Stat::Count | Stat::Min | Stat::Max
        );
        // What is missing must be passed over, unless nothing can be.
        let passes = fold.skips() || affine.missing.is_empty();
        (plain && passes).then(|| Self { fold: fold.clone(), affine: affine.clone() })
    }

    /// Planes of the totals: sum and number; number, sum and squares (both twofold); extreme; number.
    fn planes(&self) -> usize {
        match self.fold.stat() {
            Stat::Mean | Stat::Sum { .. } => 2,
            Stat::Var { .. } | Stat::Std { .. } => 5,
            _ => 1,
        }
    }

    fn add<T: Packed>(&self, walk: &Walk, x: &[T], planes: &mut [Vec<f64>]) {
        let lacks = Lacks::new(&self.affine.missing);
        match (self.fold.stat(), planes) {
            (Stat::Mean | Stat::Sum { .. }, [sum, number]) => sums(walk, x, &lacks, sum, number),
            (Stat::Count, [number]) => {
                let mut sum = vec![0.0; number.len()];
                sums(walk, x, &lacks, &mut sum, number);
            }
            (Stat::Var { .. } | Stat::Std { .. }, planes) => squares(walk, x, &lacks, planes),
            (Stat::Min, [least]) => extremes(walk, x, &lacks, least, f64::min),
            (Stat::Max, [most]) => extremes(walk, x, &lacks, most, f64::max),
            _ => {}
        }
    }

    /// Whether the smallest integer gives the largest value.
    fn turned(&self) -> bool {
        self.affine.scale < 0.0
    }

    /// The statistic of the stored numbers that gives this one of the decoded ones.
    fn stored(&self) -> Stat {
        match self.fold.stat() {
            Stat::Min if self.turned() => Stat::Max,
            Stat::Max if self.turned() => Stat::Min,
            other => other,
        }
    }
}

impl Op for PackedFold {
    fn id(&self) -> &'static str {
        self.fold.id()
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.fold.key(hasher);
        hash(&self.affine, &mut hasher);
    }

    fn describe(&self) -> String {
        format!("{}, on the stored integers", self.fold.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        self.fold.infer(inputs)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        self.fold.needs(out, inputs)
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        self.fold.scratch_bytes(out)
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for PackedFold {
    fn state_bytes(&self, out: &Region) -> u64 {
        (self.planes() * out.cells() * 8) as u64
    }

    fn start(&self, out: &Region) -> State {
        let empty = if matches!(self.fold.stat(), Stat::Min | Stat::Max) { f64::NAN } else { 0.0 };
        State { planes: vec![vec![empty; out.cells()]; self.planes()] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        let this = Self { fold: self.fold.with(self.stored()), affine: self.affine.clone() };
        if let Some(walk) = self.fold.walk(part, block, out)? {
            integers!(block.data(), x => this.add(&walk, x, &mut state.planes));
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        match (self.fold.stat(), state.planes.as_mut_slice(), later.planes.as_slice()) {
            (Stat::Mean | Stat::Sum { .. } | Stat::Count, a, b) => {
                a.iter_mut().zip(b).for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, b)| *a += b));
            }
            (Stat::Var { .. } | Stat::Std { .. }, [n, sum, rest, square, rest2], [m, sum2, rest3, square2, rest4]) => {
                n.iter_mut().zip(m).for_each(|(n, m)| *n += m);
                merge_sums(sum, rest, sum2, rest3);
                merge_sums(square, rest2, square2, rest4);
            }
            _ => self.stored().merge(state, later),
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        Reduce::touches(&self.fold, out, part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let Affine { scale, offset, .. } = self.affine;
        let mut values = match (self.fold.stat(), state.planes.as_slice()) {
            (Stat::Sum { min_count }, [sum, number]) => {
                let total =
                    |(&sum, &n): (&f64, &f64)| if n < min_count as f64 { f64::NAN } else { sum * scale + n * offset };
                sum.iter().zip(number).map(total).collect()
            }
            (Stat::Mean, [sum, number]) => sum.iter().zip(number).map(|(sum, n)| sum / n * scale + offset).collect(),
            (stat @ (Stat::Var { ddof } | Stat::Std { ddof }), [n, sum, rest, square, rest2]) => {
                let factor = if matches!(stat, Stat::Var { .. }) { scale * scale } else { scale.abs() };
                let one = |i: usize| {
                    let distances = distances(n[i], Twofold::new(sum[i], rest[i]), Twofold::new(square[i], rest2[i]));
                    stat.of_squares(n[i], distances, ddof) * factor
                };
                (0..n.len()).map(one).collect()
            }
            (stat, _) => {
                let decode: &dyn Fn(f64) -> f64 = match stat {
                    Stat::Count => &|x| x,
                    _ => &|x| x * scale + offset,
                };
                stat.finish(state).into_iter().map(decode).collect::<Vec<f64>>()
            }
        };
        self.fold.blank(&mut values, out);
        Block::new(out.shape(), plane(self.fold.dtype(), values))
    }
}

/// The sum of squared distances from the mean, of a number of integers with this sum and this sum of squares.
fn distances(n: f64, sum: Twofold, squares: Twofold) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "a number of cells")]
    let (count, whole) = (n as i128, sum.to_integer());
    let exact = || squares.to_integer().checked_mul(count)?.checked_sub(whole.checked_mul(whole)?);
    match exact() {
        Some(times) => times as f64 / n,
        None => squares.minus(sum.times(sum).over(n)).value(),
    }
}

/// Feeds a decoding to a hasher.
pub(super) fn hash(affine: &Affine, mut hasher: &mut dyn Hasher) {
    (affine.scale.to_bits(), affine.offset.to_bits(), &affine.decoded).hash(&mut hasher);
    for missing in &affine.missing {
        let (kind, value) = match missing {
            Missing::Equal(v) => (0, v),
            Missing::Below(v) => (1, v),
            Missing::Above(v) => (2, v),
        };
        (kind, value.to_bits()).hash(&mut hasher);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::{Frame, Groups, Quantile, WeightedMean};
    use super::*;
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere, whole};
    use crate::plan::{Binary, Instr, MapOp, Node, NodeKind, Program, optimize};
    use std::sync::Arc;

    /// Pseudo-random 16-bit numbers, some of them `fill`.
    fn stored(n: usize, fill: i16) -> Data {
        let mut state = 7u32;
        let next = |state: &mut u32| {
            *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, _, low, high] = state.to_le_bytes();
            i16::from_le_bytes([low, high])
        };
        Data::I16((0..n).map(|_| next(&mut state)).map(|x| if x % 11 == 0 { fill } else { x }).collect())
    }

    /// `x · 0.5 − 3` of `t, y, x`, where `fill` and everything above 30 000 is missing. Halves are exact in `f64`.
    fn decoded(scale: f64) -> Arc<Node> {
        let node = cube(&["t", "y", "x"], &[5, 4, 3000], stored(60_000, -9));
        let mut p = Program::default();
        let x = p.push(Instr::Load(0));
        let (a, b) = (p.push(Instr::Const(scale)), p.push(Instr::Const(-3.0)));
        let scaled = p.push(Instr::Binary(Binary::Mul, x, a));
        let value = p.push(Instr::Binary(Binary::Add, scaled, b));
        let (fill, most) = (p.push(Instr::Const(-9.0)), p.push(Instr::Const(30_000.0)));
        let (same, above) = (p.push(Instr::Binary(Binary::Eq, x, fill)), p.push(Instr::Binary(Binary::Gt, x, most)));
        let missing = p.push(Instr::Binary(Binary::Or, same, above));
        let nan = p.push(Instr::Const(f64::NAN));
        let last = p.push(Instr::Select(missing, nan, value));
        p.finish(last);
        Node::op(Arc::new(MapOp::new(p, DType::F64, &[node.meta()])), vec![node]).unwrap()
    }

    /// The optimized node runs on the integers and gives what the decoded values give.
    fn same(op: Arc<dyn Op>, inputs: Vec<Arc<Node>>) {
        let node = Node::op(op, inputs).unwrap();
        let fast = optimize(&node).unwrap();
        let cells = node.meta().cells();
        let stored = &fast.inputs()[0];
        assert!(!stored.meta().dtype.is_float(), "{fast:?} does not run on integers");
        let (slow, fast) = (whole(&node).unwrap(), if cells < 500 { everywhere(&fast) } else { whole(&fast) }.unwrap());
        assert_eq!((slow.shape(), slow.data().dtype()), (fast.shape(), fast.data().dtype()));
        for (a, b) in slow.data().to_f64().iter().zip(fast.data().to_f64()) {
            assert!((a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * a.abs().max(1.0), "{a} is not {b}");
        }
    }

    #[test]
    fn statistics_of_stored_integers_are_those_of_decoded_values() {
        for scale in [0.5, -0.25] {
            let x = decoded(scale);
            for stat in [
                Stat::Mean,
                Stat::Sum { min_count: 0 },
                Stat::Sum { min_count: 4 },
                Stat::Min,
                Stat::Max,
                Stat::Var { ddof: 1 },
                Stat::Std { ddof: 0 },
                Stat::Count,
            ] {
                for dims in [&["t"][..], &["y", "x"], &["t", "x"], &["t", "y", "x"]] {
                    let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
                    same(Arc::new(Fold::over(stat, true, x.meta(), &dims)), vec![Arc::clone(&x)]);
                }
                let groups = Groups::new(vec![1, 0, 1, Groups::NONE, 0], 3);
                same(Arc::new(Fold::grouped(stat, true, x.meta(), &[("t", &groups)])), vec![Arc::clone(&x)]);
            }
        }
    }

    #[test]
    fn weights_apply_to_stored_integers_too() {
        let x = decoded(0.5);
        let y = cube(&["y"], &[4], Data::F64(vec![1.0, 3.0, f64::NAN, 0.5]));
        let yx = cube(&["y", "x"], &[4, 3000], Data::F64((0..12_000).map(|i| f64::from(i % 7)).collect()));
        for weights in [y, yx] {
            for dims in [&["y", "x"][..], &["y"], &["t", "y"]] {
                let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
                let op = WeightedMean::new(true, x.meta(), &dims, weights.meta()).unwrap();
                same(Arc::new(op), vec![Arc::clone(&x), Arc::clone(&weights)]);
            }
        }
    }

    /// To the bit, at single precision and at double, whichever way the order goes; in memory and in passes.
    #[test]
    fn quantiles_of_stored_integers_are_those_of_decoded_values() {
        for (scale, dtype) in [(0.5, DType::F64), (-0.013, DType::F32), (0.013, DType::F32)] {
            let x = decoded(scale);
            let x = match dtype {
                DType::F32 => {
                    let map = MapOp::new(Program { steps: vec![Instr::Load(0)] }, DType::F32, &[x.meta()]);
                    Node::op(Arc::new(map), vec![x]).unwrap()
                }
                _ => x,
            };
            for (dims, skipna) in [(&["t"][..], true), (&["t"], false), (&["y", "x"], true), (&["t", "y", "x"], true)] {
                let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
                let frame = Frame::over(x.meta(), &dims);
                let op = Quantile::new(vec![0.9, 0.0, 0.25, 1.0], Some("q".into()), skipna, x.meta(), frame);
                let node = Node::op(Arc::new(op), vec![Arc::clone(&x)]).unwrap();
                let fast = optimize(&node).unwrap();
                assert_eq!(fast.inputs()[0].meta().dtype, DType::I16);
                let NodeKind::Op(op) = fast.kind() else { unreachable!("a quantile") };
                let passes = op.passes(fast.inputs(), 8).unwrap().unwrap();
                let bits = |node: &Arc<Node>| {
                    whole(node).unwrap().data().to_f64().iter().map(|x| x.to_bits()).collect::<Vec<_>>()
                };
                let slow = bits(&node);
                assert_eq!(slow, bits(&fast), "{scale} {dims:?}");
                assert_eq!(slow, bits(&passes), "{scale} {dims:?} in passes");
            }
        }
    }

    #[test]
    fn what_must_not_be_passed_over_stays_decoded() {
        let x = decoded(0.5);
        let fold = Fold::over(Stat::Mean, false, x.meta(), &["t".to_owned()]);
        let node = optimize(&Node::op(Arc::new(fold), vec![x]).unwrap()).unwrap();
        assert!(node.inputs()[0].meta().dtype.is_float());
    }
}
