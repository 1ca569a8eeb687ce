//! The reduction behind [`Stats`](super::Stats): count, extremes, mean, spread and sum in one pass over an array.
//! Knows no file and no variable.

use crate::model::{Block, DType, Data, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::Hasher;

/// Places in the result and in the state's single plane.
const COUNT: usize = 0;
const MEAN: usize = 1;
const M2: usize = 2;
const SUM: usize = 3;
const SUM_LOW: usize = 4;
const MIN_HIGH: usize = 5;
const MIN_LOW: usize = 6;
const MAX_HIGH: usize = 7;
const MAX_LOW: usize = 8;
const LEN: usize = 9;

/// Reduces a numeric array to the nine numbers of [`Moments`]; NaN cells are passed over.
#[derive(Debug, Clone, Copy)]
pub(super) struct MomentsOp;

/// What [`MomentsOp`] gives. With a count of 0 the extremes, mean and spread are NaN and the sum is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    /// Sum of squared differences from the mean.
    pub(super) m2: f64,
    pub(super) sum: f64,
    pub(super) min: Extreme,
    pub(super) max: Extreme,
}

/// A value in two parts, so that 64-bit integers stay exact: `high · 2³² + low` for integers, `high` for floats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extreme {
    pub(super) high: f64,
    pub(super) low: f64,
}

impl Extreme {
    const NONE: Self = Self { high: f64::NAN, low: 0.0 };

    fn below(self, other: Self) -> bool {
        other.high.is_nan() || self.high < other.high || (self.high <= other.high && self.low < other.low)
    }

    fn above(self, other: Self) -> bool {
        other.high.is_nan() || self.high > other.high || (self.high >= other.high && self.low > other.low)
    }

    /// The whole number, for integer types.
    #[expect(clippy::cast_possible_truncation, reason = "both parts were made from an integer of at most 64 bits")]
    pub(super) fn integer(self) -> i128 {
        (self.high as i128) * (1 << 32) + self.low as i128
    }
}

impl Moments {
    /// From the values of a computed [`MomentsOp`].
    pub(super) fn read(block: &Block) -> Self {
        let at = |i| block.data().f64(i);
        Self {
            count: at(COUNT),
            mean: at(MEAN),
            m2: at(M2),
            sum: at(SUM) + at(SUM_LOW),
            min: Extreme { high: at(MIN_HIGH), low: at(MIN_LOW) },
            max: Extreme { high: at(MAX_HIGH), low: at(MAX_LOW) },
        }
    }
}

impl Op for MomentsOp {
    fn id(&self) -> &'static str {
        "statistics"
    }

    fn key(&self, _hasher: &mut dyn Hasher) {}

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        match inputs {
            [one] if one.dtype.is_numeric() => {
                Ok(ArrayMeta { dims: vec!["statistic".into()], shape: vec![LEN], dtype: DType::F64, chunks: vec![LEN] })
            }
            [one] => Err(Error::invalid(format!("statistics of values of type {}", one.dtype))),
            _ => Err(Error::internal(format!("statistics of {} arrays", inputs.len()))),
        }
    }

    fn needs(&self, _out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|m| Region::all(&m.shape)).collect()
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let mut state = self.start(out);
        for (region, block) in inputs {
            self.update(&mut state, out, region, block, &[])?;
        }
        self.finish(state, out)
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for MomentsOp {
    fn state_bytes(&self, _out: &Region) -> u64 {
        (LEN * 8) as u64
    }

    fn start(&self, _out: &Region) -> State {
        let mut plane = vec![0.0; LEN];
        plane[MIN_HIGH] = f64::NAN;
        plane[MAX_HIGH] = f64::NAN;
        State { planes: vec![plane] }
    }

    fn update(
        &self,
        state: &mut State,
        _out: &Region,
        _part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        if let Some(plane) = state.planes.first_mut() {
            merge(plane, &part(block.data()));
        }
        Ok(())
    }

    fn each_cell(&self) -> bool {
        false
    }

    fn merge(&self, state: &mut State, later: &State) {
        if let (Some(plane), Some(later)) = (state.planes.first_mut(), later.planes.first()) {
            merge(plane, later);
        }
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let mut plane = state.planes.into_iter().next().unwrap_or_default();
        if plane.first() == Some(&0.0) {
            plane[MEAN] = f64::NAN;
            plane[M2] = f64::NAN;
        }
        let whole = Block::new(vec![LEN], Data::F64(plane))?;
        let span = out.0.first().copied().unwrap_or(Span::new(0, LEN));
        whole.slice(&Region(vec![span]))
    }
}

/// The plane of one part, its mean and spread in two passes.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    reason = "statistics are f64 by contract; one cast serves all types"
)]
fn part(data: &Data) -> Vec<f64> {
    let mut plane = vec![0.0; LEN];
    let (min, max) = extremes(data);
    crate::with_data!(data, v => {
        let (mut count, mut sum, mut low) = (0usize, 0.0, 0.0);
        for &x in v {
            let x = x as f64;
            if !x.is_nan() {
                count += 1;
                add(&mut sum, &mut low, x);
            }
        }
        let mean = (sum + low) / count as f64;
        let m2: f64 = v.iter().map(|&x| x as f64).filter(|x| !x.is_nan()).map(|x| (x - mean) * (x - mean)).sum();
        plane[COUNT] = count as f64;
        plane[MEAN] = if count == 0 { 0.0 } else { mean };
        plane[M2] = m2;
        plane[SUM] = sum;
        plane[SUM_LOW] = low;
    }, _t => ());
    plane[MIN_HIGH] = min.high;
    plane[MIN_LOW] = min.low;
    plane[MAX_HIGH] = max.high;
    plane[MAX_LOW] = max.low;
    plane
}

/// Smallest and largest value, exact for every type.
#[expect(clippy::cast_precision_loss, reason = "each half of 64 bits is exact in f64")]
fn extremes(data: &Data) -> (Extreme, Extreme) {
    let whole = |x: i128| Extreme { high: x.div_euclid(1 << 32) as f64, low: x.rem_euclid(1 << 32) as f64 };
    macro_rules! range {
        ($v:ident, $make:expr) => {
            match ($v.iter().min(), $v.iter().max()) {
                (Some(&a), Some(&b)) => ($make(a), $make(b)),
                _ => (Extreme::NONE, Extreme::NONE),
            }
        };
    }
    match data {
        Data::I8(v) => range!(v, |x| whole(i128::from(x))),
        Data::I16(v) => range!(v, |x| whole(i128::from(x))),
        Data::I32(v) => range!(v, |x| whole(i128::from(x))),
        Data::I64(v) => range!(v, |x| whole(i128::from(x))),
        Data::U8(v) => range!(v, |x| whole(i128::from(x))),
        Data::U16(v) => range!(v, |x| whole(i128::from(x))),
        Data::U32(v) => range!(v, |x| whole(i128::from(x))),
        Data::U64(v) => range!(v, |x| whole(i128::from(x))),
        Data::F32(v) => float_extremes(v.iter().map(|&x| f64::from(x))),
        Data::F64(v) => float_extremes(v.iter().copied()),
        Data::Text(_) => (Extreme::NONE, Extreme::NONE),
    }
}

/// `f64::min` and `max` pass over NaN, so the result is NaN only where all cells are.
fn float_extremes(values: impl Iterator<Item = f64>) -> (Extreme, Extreme) {
    let (a, b) = values.fold((f64::NAN, f64::NAN), |(a, b), x| (a.min(x), b.max(x)));
    (Extreme { high: a, low: 0.0 }, Extreme { high: b, low: 0.0 })
}

/// Adds one number to a sum kept with its rounding error (Neumaier 1974), so that the order hardly matters.
fn add(sum: &mut f64, low: &mut f64, x: f64) {
    let total = *sum + x;
    if total.is_finite() {
        *low += if sum.abs() >= x.abs() { (*sum - total) + x } else { (x - total) + *sum };
    }
    *sum = total;
}

/// Merges by counts, means and squares (Chan, Golub and `LeVeque` 1979).
fn merge(into: &mut [f64], later: &[f64]) {
    let (na, nb) = (into[COUNT], later[COUNT]);
    if nb == 0.0 {
        return;
    }
    let n = na + nb;
    let delta = later[MEAN] - into[MEAN];
    into[MEAN] = if na == 0.0 { later[MEAN] } else { into[MEAN] + delta * (nb / n) };
    into[M2] += later[M2] + if na == 0.0 { 0.0 } else { delta * delta * (na * nb / n) };
    into[COUNT] = n;
    let (mut sum, mut low) = (into[SUM], into[SUM_LOW] + later[SUM_LOW]);
    add(&mut sum, &mut low, later[SUM]);
    into[SUM] = sum;
    into[SUM_LOW] = low;
    let get = |p: &[f64], at: usize| Extreme { high: p[at], low: p[at + 1] };
    if get(later, MIN_HIGH).below(get(into, MIN_HIGH)) {
        into[MIN_HIGH] = later[MIN_HIGH];
        into[MIN_LOW] = later[MIN_LOW];
    }
    if get(later, MAX_HIGH).above(get(into, MAX_HIGH)) {
        into[MAX_HIGH] = later[MAX_HIGH];
        into[MAX_LOW] = later[MAX_LOW];
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{LEN, Moments, MomentsOp};
    use crate::model::{Block, Data, Region};
    use crate::plan::Reduce;

    fn over(parts: &[Data]) -> Moments {
        let out = Region::all(&[LEN]);
        let mut state = MomentsOp.start(&out);
        for data in parts {
            let block = Block::new(vec![data.len()], data.clone()).unwrap();
            let mut one = MomentsOp.start(&out);
            MomentsOp.update(&mut one, &out, &Region::all(&[data.len()]), &block, &[]).unwrap();
            MomentsOp.merge(&mut state, &one);
        }
        Moments::read(&MomentsOp.finish(state, &out).unwrap())
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let values: Vec<f64> = (0..1000).map(|i| 1e6 + f64::from(i * 37 % 211)).collect();
        let whole = over(&[Data::F64(values.clone())]);
        let parts = over(&[
            Data::F64(values[..1].to_vec()),
            Data::F64(vec![f64::NAN; 3]),
            Data::F64(values[1..700].to_vec()),
            Data::F64(values[700..].to_vec()),
        ]);
        assert_eq!((whole.count, whole.min, whole.max), (parts.count, parts.min, parts.max));
        assert!((whole.mean - parts.mean).abs() < 1e-9);
        assert!((whole.m2 - parts.m2).abs() < 1e-9 * whole.m2);
        assert!((whole.sum - values.iter().sum::<f64>()).abs() < 1e-3);
        assert_eq!(whole.sum.to_bits(), parts.sum.to_bits());
    }

    #[test]
    fn extremes_of_64_bit_integers_are_exact() {
        let m = over(&[Data::I64(vec![5, i64::MIN + 1]), Data::I64(vec![i64::MIN, i64::MAX])]);
        assert_eq!((m.min.integer(), m.max.integer()), (i128::from(i64::MIN), i128::from(i64::MAX)));
        let m = over(&[Data::U64(vec![u64::MAX - 2]), Data::U64(vec![u64::MAX - 1])]);
        assert_eq!((m.min.integer(), m.max.integer()), (i128::from(u64::MAX - 2), i128::from(u64::MAX - 1)));
    }

    #[test]
    fn nothing_but_missing_gives_nan_and_a_sum_of_zero() {
        let m = over(&[Data::F32(vec![f32::NAN; 4])]);
        assert!(m.count == 0.0 && m.sum == 0.0);
        assert!(m.mean.is_nan() && m.m2.is_nan() && m.min.high.is_nan() && m.max.high.is_nan());
        let m = over(&[Data::F32(vec![f32::NAN, -2.5, f32::INFINITY])]);
        assert_eq!((m.count, m.min.high, m.max.high), (2.0, -2.5, f64::INFINITY));
        assert_eq!(m.sum, f64::INFINITY);
    }
}
