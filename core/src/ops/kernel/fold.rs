//! Reductions: statistics over whole dimensions or over groups along them, streamed part by part.

use super::frame::Frame;
use super::long;
use super::packed::PackedFold;
use super::stat::{Stat, plane};
use super::walk::{Along, Groups, Walk};
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{Affine, ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A statistic over some dimensions of an array.
///
/// Totals are `f64` (sums twofold) whatever the input; sums, extremes, first and last of 64-bit integers and products of all
/// integers are exact and wrap, as in numpy. A group without positions gives what an empty statistic gives, except that its sum,
/// product and count are missing, as in xarray; then integer results become floats.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    stat: Stat,
    /// Whether missing values are passed over rather than make the result missing.
    skipna: bool,
    frame: Frame,
    /// The result's type.
    dtype: DType,
    /// Whether the input has integers that `f64` rounds.
    long: bool,
}

impl Fold {
    /// The statistic over the named dimensions; those the array lacks do not matter.
    pub(crate) fn over(stat: Stat, skipna: bool, meta: &ArrayMeta, dims: &[String]) -> Self {
        Self::new(stat, skipna, meta, Frame::over(meta, dims))
    }

    /// The statistic over groups along the named dimensions.
    pub(crate) fn grouped(stat: Stat, skipna: bool, meta: &ArrayMeta, groups: &[(&str, &Groups)]) -> Self {
        let mut fold = Self::new(stat, skipna, meta, Frame::grouped(meta, groups));
        if fold.frame.has_empty_group() && !fold.dtype.is_float() {
            // numpy's float that integers of that size take where some are missing.
            fold.dtype = if fold.dtype.size() <= 2 { DType::F32 } else { DType::F64 };
        }
        fold
    }

    fn new(stat: Stat, skipna: bool, meta: &ArrayMeta, frame: Frame) -> Self {
        let long = long::takes(stat, &meta.dtype);
        Self { stat: stat.of(&meta.dtype), skipna, frame, dtype: stat.dtype(&meta.dtype), long }
    }

    /// With the dimensions of the result changed.
    #[must_use]
    pub(crate) fn framed(mut self, change: impl FnOnce(Frame) -> Frame) -> Self {
        self.frame = change(self.frame);
        self
    }

    /// With the result in a type of the caller's choice.
    #[must_use]
    pub(crate) fn stored_as(mut self, dtype: DType) -> Self {
        self.dtype = dtype;
        self
    }

    /// The statistic.
    pub(super) fn stat(&self) -> Stat {
        self.stat
    }

    /// Whether missing values are passed over.
    pub(super) fn skips(&self) -> bool {
        self.skipna
    }

    /// The result's type.
    pub(super) fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// The same cells under another statistic.
    pub(super) fn with(&self, stat: Stat) -> Self {
        Self { stat, ..self.clone() }
    }

    /// The walk over a part of the input; `None` where nothing of it contributes.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) for a block of another shape.
    pub(super) fn walk(&self, part: &Region, block: &Block, out: &Region) -> Result<Option<Walk>> {
        let Frame { along, out: dims } = &self.frame;
        if block.shape() != part.shape() || part.0.len() != along.len() || out.0.len() != dims.len() {
            return Err(Error::internal(format!("a block of {:?} for {part:?}", block.shape())));
        }
        Ok(Walk::new(along, &self.frame.places(), part, out, None))
    }

    /// Sum, product and count of a group without positions are missing.
    pub(super) fn blank(&self, values: &mut [f64], out: &Region) {
        if !self.frame.has_empty_group() || !matches!(self.stat, Stat::Sum { .. } | Stat::Prod { .. } | Stat::Count) {
            return;
        }
        let mut stride: usize = out.cells();
        for ((d, _), span) in self.frame.out.iter().zip(&out.0) {
            stride /= span.len.max(1);
            if let Along::Group(groups) = &self.frame.along[*d] {
                for (i, group) in (span.start..span.end()).enumerate() {
                    if groups.hull(Span::new(group, 1)).len == 0 {
                        let rows = values.chunks_mut(stride.max(1)).skip(i).step_by(span.len.max(1));
                        rows.for_each(|row| row.fill(f64::NAN));
                    }
                }
            }
        }
    }
}

impl Op for Fold {
    fn id(&self) -> &'static str {
        match self.stat {
            Stat::Mean => "mean",
            Stat::Sum { .. } => "sum",
            Stat::Min => "min",
            Stat::Max => "max",
            Stat::Var { .. } => "var",
            Stat::Std { .. } => "std",
            Stat::Count => "count",
            Stat::First => "first",
            Stat::Last => "last",
            Stat::Prod { .. } => "prod",
            Stat::Any => "any",
            Stat::All => "all",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.stat, self.skipna, &self.frame, &self.dtype).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        self.frame.describe()
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a reduction has one input")) };
        self.frame.infer(self.id(), input, self.dtype.clone())
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| self.frame.needs(&out.0, &input.shape)).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        (self.stat.scratch_planes() + 1) * out.cells() as u64 * 8
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn packed(&self, decode: &Affine) -> Option<Arc<dyn Op>> {
        Some(Arc::new(PackedFold::new(self, decode)?))
    }

    fn largest(&self) -> Option<Arc<dyn Op>> {
        let skips = self.stat == Stat::Max && self.skipna && self.dtype.is_float();
        skips.then(|| Arc::new(self.clone().stored_as(DType::F64)) as Arc<dyn Op>)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Fold {
    fn state_bytes(&self, out: &Region) -> u64 {
        let planes = if self.long { 2 } else { self.stat.planes(self.skipna) };
        planes * out.cells() as u64 * 8
    }

    fn start(&self, out: &Region) -> State {
        if self.long { long::start(self.stat, out.cells()) } else { self.stat.start(self.skipna, out.cells()) }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        if let Some(walk) = self.walk(part, block, out)? {
            if self.long {
                return long::update(self.stat, state, &walk, block.data());
            }
            crate::with_data!(block.data(), v => self.stat.update(self.skipna, state, &walk, v), _t => {
                return Err(Error::internal("a statistic of text"));
            });
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        if self.long { long::merge(self.stat, state, later) } else { self.stat.merge(state, later) }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.frame.touches(&out.0, part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        if self.long && !self.dtype.is_float() {
            return Block::new(out.shape(), long::integers(&self.dtype, &state));
        }
        let mut values = if self.long { long::floats(&state) } else { self.stat.finish(state) };
        self.blank(&mut values, out);
        Block::new(out.shape(), plane(&self.dtype, values))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Fold, Groups, Stat};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::{Instr, MapOp, Node, NodeKind, Program, Unary, optimize};
    use std::sync::Arc;

    const NAN: f64 = f64::NAN;

    /// `numpy.random.default_rng(0).integers(0, 100, (3, 4, 5)) / 8` with three cells missing.
    fn sample() -> Arc<Node> {
        let mut x: Vec<f64> = [
            85, 63, 51, 26, 30, 4, 7, 1, 17, 81, 64, 91, 50, 60, 97, 72, 63, 54, 55, 93, 27, 81, 67, 0, 39, 85, 55, 3,
            76, 72, 84, 17, 8, 86, 2, 54, 8, 29, 48, 42, 40, 3, 0, 12, 0, 67, 52, 64, 25, 61, 77, 78, 91, 59, 64, 50,
            4, 87, 6, 93,
        ]
        .iter()
        .map(|&i: &i32| f64::from(i) / 8.0)
        .collect();
        for i in [0, 20, 33, 40] {
            x[i] = NAN;
        }
        cube(&["t", "y", "x"], &[3, 4, 5], Data::F64(x))
    }

    fn over(stat: Stat, skipna: bool, node: &Arc<Node>, dims: &[&str]) -> Data {
        let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
        let fold = Fold::over(stat, skipna, node.meta(), &dims);
        everywhere(&Node::op(Arc::new(fold), vec![Arc::clone(node)]).unwrap()).unwrap().into_data()
    }

    fn close(data: &Data, expected: &[f64]) {
        let got = data.to_f64();
        assert_eq!(got.len(), expected.len());
        for (g, e) in got.iter().zip(expected) {
            assert!((g.is_nan() && e.is_nan()) || (g - e).abs() <= 1e-12 * e.abs().max(1.0), "{got:?} {expected:?}");
        }
    }

    #[test]
    fn statistics_are_those_of_xarray() {
        let x = sample();
        close(&over(Stat::Mean, true, &x, &["t", "y", "x"]), &[MEAN_ALL]);
        close(&over(Stat::Mean, true, &x, &["t", "x"]), &MEAN_TX);
        close(&over(Stat::Std { ddof: 0 }, true, &x, &["y"]), &STD_Y);
        close(&over(Stat::Var { ddof: 1 }, true, &x, &["t"]), &VAR_T);
        close(&over(Stat::Sum { min_count: 0 }, false, &x, &["y", "x"]), &SUM_YX);
        close(&over(Stat::Min, false, &x, &["t", "y"]), &MIN_TY);
        close(&over(Stat::Max, true, &x, &["x"]), &MAX_X);
        close(&over(Stat::Count, true, &x, &["t", "y"]), &COUNT_TY);
        close(&over(Stat::First, true, &x, &["t"]), &FIRST_T);
        close(&over(Stat::Last, true, &x, &["x"]), &LAST_X);
    }

    const MEAN_ALL: f64 = 5.897321428571429;
    const MEAN_TX: [f64; 4] = [3.875, 5.583333333333333, 7.517857142857143, 6.316666666666666];
    const STD_Y: [f64; 15] = [
        3.793268892247014,
        3.8140365755980894,
        2.748579178412003,
        2.2955459590258696,
        3.347544575879461,
        1.7979540841992847,
        3.675696150051035,
        3.1503658021728205,
        3.92286743197994,
        3.104149188988828,
        1.3931877914417075,
        4.012066760100086,
        4.552214433657536,
        2.565546968971724,
        4.23203925430755,
    ];
    const VAR_T: [f64; 20] = [
        NAN,
        26.0625,
        19.130208333333336,
        2.6458333333333335,
        6.515625,
        28.265625,
        11.296875,
        20.036458333333332,
        16.005208333333332,
        1.5677083333333335,
        1.609375,
        24.390625,
        26.911458333333332,
        0.0078125,
        36.348958333333336,
        2.1458333333333335,
        16.984375,
        13.223958333333332,
        10.973958333333332,
        13.546875,
    ];
    const SUM_YX: [f64; 3] = [NAN, NAN, NAN];
    const MIN_TY: [f64; 5] = [NAN, 0.375, 0.0, NAN, 0.0];
    const MAX_X: [f64; 12] = [7.875, 10.125, 12.125, 11.625, 10.125, 10.625, 10.5, 6.75, 1.5, 8.375, 11.375, 11.625];
    const COUNT_TY: [f64; 5] = [9.0, 12.0, 12.0, 11.0, 12.0];
    const FIRST_T: [f64; 20] = [
        NAN, 7.875, 6.375, 3.25, 3.75, 0.5, 0.875, 0.125, 2.125, 10.125, 8.0, 11.375, 6.25, 7.5, 12.125, 9.0, 7.875,
        6.75, 6.875, 11.625,
    ];
    const LAST_X: [f64; 12] = [3.75, 10.125, 12.125, 11.625, 4.875, 9.0, 0.25, 5.25, 0.0, 7.625, 8.0, 11.625];
    const MEAN_GTY: [f64; 12] = [
        9.083333333333334,
        4.5625,
        7.583333333333333,
        6.3125,
        6.583333333333333,
        5.40625,
        6.541666666666667,
        6.270833333333333,
        2.9,
        5.625,
        4.708333333333333,
        7.0,
    ];

    #[test]
    fn nothing_at_all_gives_what_xarray_gives() {
        let none = cube(&["x"], &[3], Data::F32(vec![f32::NAN; 3]));
        assert_eq!(over(Stat::Sum { min_count: 0 }, true, &none, &["x"]), Data::F32(vec![0.0]));
        close(&over(Stat::Sum { min_count: 1 }, true, &none, &["x"]), &[NAN]);
        for stat in [Stat::Mean, Stat::Min, Stat::Max, Stat::Std { ddof: 0 }, Stat::First] {
            close(&over(stat, true, &none, &["x"]), &[NAN]);
        }
        let one = cube(&["x"], &[1], Data::F64(vec![2.0]));
        close(&over(Stat::Var { ddof: 1 }, true, &one, &["x"]), &[NAN]);
        close(&over(Stat::Var { ddof: 0 }, true, &one, &["x"]), &[0.0]);
        let empty = cube(&["y", "x"], &[2, 0], Data::F64(Vec::new()));
        close(&over(Stat::Sum { min_count: 0 }, true, &empty, &["x"]), &[0.0, 0.0]);
    }

    #[test]
    fn types_follow_numpy() {
        let ints = cube(&["x"], &[3], Data::I16(vec![1, 2, 4]));
        assert_eq!(over(Stat::Mean, true, &ints, &["x"]), Data::F64(vec![7.0 / 3.0]));
        assert_eq!(over(Stat::Sum { min_count: 0 }, true, &ints, &["x"]), Data::I64(vec![7]));
        assert_eq!(over(Stat::Max, true, &ints, &["x"]), Data::I16(vec![4]));
        assert_eq!(over(Stat::Count, true, &ints, &["x"]), Data::I64(vec![3]));
        assert_eq!(Stat::Sum { min_count: 0 }.dtype(&DType::U8), DType::U64);
        assert_eq!(Stat::Std { ddof: 0 }.dtype(&DType::F32), DType::F32);
    }

    #[test]
    fn groups_need_only_their_part_and_may_be_empty() {
        let x = cube(&["x"], &[6], Data::I32(vec![1, 2, 3, 4, 5, 6]));
        let groups = Groups::new(vec![0, 0, 0, 2, 2, Groups::NONE], 3);
        let of = |stat| {
            let fold = Fold::grouped(stat, true, x.meta(), &[("x", &groups)]);
            everywhere(&Node::op(Arc::new(fold), vec![Arc::clone(&x)]).unwrap()).unwrap().into_data()
        };
        close(&of(Stat::Mean), &[2.0, NAN, 4.5]);
        close(&of(Stat::Sum { min_count: 0 }), &[6.0, NAN, 9.0]);
        close(&of(Stat::Count), &[3.0, NAN, 2.0]);
        assert_eq!(of(Stat::Max).dtype(), DType::F64);
        assert_eq!(groups.hull(crate::model::Span::new(2, 1)), crate::model::Span::new(3, 2));
        assert_eq!(groups.hull(crate::model::Span::new(1, 1)).len, 0);
    }

    /// One group along each of two dimensions, the innermost among them, and the group's dimension put first.
    #[test]
    fn groups_along_two_dimensions() {
        let x = sample();
        let (ys, xs) = (Groups::new(vec![0, 1, 0, 1], 2), Groups::new(vec![0, 0, 1, 1, 1], 2));
        let fold = Fold::grouped(Stat::Mean, true, x.meta(), &[("y", &ys), ("x", &xs)]);
        let fold = fold.framed(|f| f.renamed("x", "g").first("g"));
        let node = Node::op(Arc::new(fold), vec![x]).unwrap();
        assert_eq!(node.meta().dims, ["g", "t", "y"]);
        close(everywhere(&node).unwrap().data(), &MEAN_GTY);
    }

    /// The largest root is the root of the largest, bit by bit, with missing values and roots of what is below 0.
    #[test]
    fn roots_are_taken_of_the_largest_alone() {
        let x: Vec<f64> = (0..24).map(|i| if i % 5 == 3 { f64::NAN } else { f64::from(i * 37 % 50 - 9) }).collect();
        let x = cube(&["t", "x"], &[6, 4], Data::F64(x));
        let program = |f| Program { steps: vec![Instr::Load(0), Instr::Unary(f, 0)] };
        let largest = |f| {
            let map = MapOp::new(program(f), DType::F32, &[x.meta()]);
            let map = Node::op(Arc::new(map), vec![Arc::clone(&x)]).unwrap();
            let fold = Fold::over(Stat::Max, true, map.meta(), &["t".to_owned()]);
            Node::op(Arc::new(fold), vec![map]).unwrap()
        };
        let plain = largest(Unary::Sqrt);
        let quick = optimize(&plain).unwrap();
        let is_map = |node: &Node| matches!(node.kind(), NodeKind::Op(op) if op.as_any().is::<MapOp>());
        assert!(is_map(&quick) && quick.inputs()[0].inputs()[0].key() == x.key());
        assert!(!is_map(&optimize(&largest(Unary::Neg)).unwrap()));
        assert_eq!(format!("{:?}", everywhere(&quick).unwrap()), format!("{:?}", everywhere(&plain).unwrap()));
    }
}
