//! Statistics of many cells: running totals, how parts of them merge, and the result. NaN is missing. Sums and what is made
//! of them are [`Twofold`], so that results do not depend on how the cells were cut.

use super::spread::{Spread, spread};
use super::twofold::{Twofold, add_to};
use super::walk::{SKIP, Segment, Walk};
pub(crate) use crate::model::plane;
use crate::model::{DType, fast};
use crate::plan::State;

/// A statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stat {
    /// Sum over number; NaN where nothing is there.
    Mean,
    /// Sum; NaN where fewer than `min_count` values are there, so 0 of nothing where that is 0.
    Sum {
        /// Fewest values that make a sum.
        min_count: usize,
    },
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Mean square distance from the mean, over `n - ddof`.
    Var {
        /// What is taken off the number of values.
        ddof: usize,
    },
    /// Root of the variance.
    Std {
        /// What is taken off the number of values.
        ddof: usize,
    },
    /// Number of values that are there.
    Count,
    /// The first that is there.
    First,
    /// The last that is there.
    Last,
    /// Product; NaN where fewer than `min_count` values are there, so 1 of nothing where that is 0.
    Prod {
        /// Fewest values that make a product.
        min_count: usize,
    },
    /// Whether one is not 0; what is missing is not 0, as in numpy.
    Any,
    /// Whether none is 0.
    All,
}

/// A value that can be added up.
pub(crate) trait Cell: Copy {
    /// As `f64`; 64-bit integers above 2^53 are rounded.
    fn wide(self) -> f64;

    /// What `wide` rounds off: the two together are the value.
    #[inline(always)]
    fn rest(self) -> f64 {
        0.0
    }
}

macro_rules! cells {
    ($($t:ty),*; $($long:ty, $half:ty);*) => {
        $(impl Cell for $t {
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
        })*
        $(impl Cell for $long {
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn rest(self) -> f64 {
                // Both halves are exact, so that their sum is rounded once, as the cast is.
                let (high, low) = (f64::from((self >> 32) as $half) * 4_294_967_296.0, (self & 0xffff_ffff) as f64);
                low - ((high + low) - high)
            }
        })*
    };
}
cells!(i8, i16, i32, u8, u16, u32, f32, f64; i64, i32; u64, u32);

impl Stat {
    /// The statistic as it applies to values of a type: integers are never missing, so no sum of them lacks values.
    pub(crate) fn of(self, input: &DType) -> Self {
        match self {
            Self::Sum { .. } if !input.is_float() => Self::Sum { min_count: 0 },
            Self::Prod { .. } if !input.is_float() => Self::Prod { min_count: 0 },
            other => other,
        }
    }

    /// The type of the result (numpy's rules).
    pub(crate) fn dtype(self, input: &DType) -> DType {
        let input = input.plain();
        match self {
            Self::Count => DType::I64,
            Self::Min | Self::Max | Self::First | Self::Last => input,
            Self::Mean | Self::Var { .. } | Self::Std { .. } if input.is_float() => input,
            Self::Mean | Self::Var { .. } | Self::Std { .. } => DType::F64,
            Self::Sum { .. } | Self::Prod { .. } if input.is_float() => input,
            Self::Sum { .. } | Self::Prod { .. }
                if matches!(input, DType::U8 | DType::U16 | DType::U32 | DType::U64) =>
            {
                DType::U64
            }
            Self::Sum { .. } | Self::Prod { .. } => DType::I64,
            Self::Any | Self::All => DType::Bool,
        }
    }

    /// The empty totals of so many cells. Without `skipna` extremes count what is missing.
    pub(crate) fn start(self, skipna: bool, cells: usize) -> State {
        let values: &[f64] = match self {
            Self::Count | Self::Any => &[0.0],
            Self::All => &[1.0],
            Self::Prod { min_count: 0 } => &[1.0, 0.0],
            Self::Prod { .. } => &[1.0, 0.0, 0.0],
            Self::Sum { min_count: 0 } => &[0.0; 2],
            Self::Mean | Self::Sum { .. } => &[0.0; 3],
            Self::Var { .. } | Self::Std { .. } => &[0.0; 5],
            Self::Min | Self::Max if !skipna => &[f64::NAN, 0.0],
            Self::Min | Self::Max | Self::First | Self::Last => &[f64::NAN],
        };
        State { planes: values.iter().map(|&v| vec![v; cells]).collect() }
    }

    /// Planes of totals beside those of the state while a part is added.
    pub(crate) fn scratch_planes(self) -> u64 {
        if matches!(self, Self::Var { .. } | Self::Std { .. }) { 5 } else { 0 }
    }

    /// Planes of totals.
    pub(crate) fn planes(self, skipna: bool) -> u64 {
        self.start(skipna, 0).planes.len() as u64
    }

    /// Adds the cells of a walk. With `skipna` missing values are passed over, else they make the result missing.
    pub(crate) fn update<T: Cell>(self, skipna: bool, state: &mut State, walk: &Walk, x: &[T]) {
        match (self, state.planes.as_mut_slice()) {
            (Self::Mean | Self::Sum { .. }, [sum, rest, count @ ..]) => walk.each(|segment| {
                add(&segment, x, sum, rest, skipna);
                count.iter_mut().for_each(|count| number(&segment, x, count, skipna));
            }),
            (Self::Prod { .. }, [product, rest, count @ ..]) => {
                walk.cells(|from, to| {
                    let x = x[from].wide();
                    if !(skipna && x.is_nan()) {
                        let both = Twofold::new(product[to], rest[to]).times(Twofold::new(x, 0.0));
                        (product[to], rest[to]) = (both.hi, both.lo);
                    }
                });
                walk.each(|segment| count.iter_mut().for_each(|count| number(&segment, x, count, skipna)));
            }
            (Self::Any, [any]) => {
                walk.each(|s| fold(&s, x, any, 0.0, |a, x| if x == 0.0 { a } else { 1.0 }, f64::max));
            }
            (Self::All, [all]) => {
                walk.each(|s| fold(&s, x, all, 1.0, |a, x| if x == 0.0 { 0.0 } else { a }, f64::min));
            }
            (Self::Count, [count]) => walk.each(|segment| number(&segment, x, count, true)),
            (Self::Min, [m]) => walk.each(|s| fold(&s, x, m, f64::NAN, f64::min, f64::min)),
            (Self::Max, [m]) => walk.each(|s| fold(&s, x, m, f64::NAN, f64::max, f64::max)),
            (Self::Min, [m, missing]) => walk.each(|s| {
                fold(&s, x, m, f64::NAN, f64::min, f64::min);
                absent(&s, x, missing);
            }),
            (Self::Max, [m, missing]) => walk.each(|s| {
                fold(&s, x, m, f64::NAN, f64::max, f64::max);
                absent(&s, x, missing);
            }),
            (Self::First, [v]) => walk.each(|s| first(&s, x, v)),
            (Self::Last, [v]) => walk.each(|s| last(&s, x, v)),
            (Self::Var { .. } | Self::Std { .. }, planes) => spread(skipna, planes, walk, x),
            _ => {}
        }
    }

    /// Adds the totals of later cells.
    pub(crate) fn merge(self, state: &mut State, later: &State) {
        match (self, state.planes.as_mut_slice(), later.planes.as_slice()) {
            (Self::Mean | Self::Sum { .. }, [sum, rest, count @ ..], [sum2, rest2, count2 @ ..]) => {
                merge_sums(sum, rest, sum2, rest2);
                for (a, b) in count.iter_mut().zip(count2) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Count, [a], [b]) => each(a, b, |a, b| a + b),
            (Self::Min | Self::Max, [a, missing @ ..], [b, later @ ..]) => {
                each(a, b, if self == Self::Min { f64::min } else { f64::max });
                for (a, b) in missing.iter_mut().zip(later) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Prod { .. }, [a, rest, numbers @ ..], [b, rest2, later @ ..]) => {
                for (i, (a, rest)) in a.iter_mut().zip(rest).enumerate() {
                    let both = Twofold::new(*a, *rest).times(Twofold::new(b[i], rest2[i]));
                    (*a, *rest) = (both.hi, both.lo);
                }
                for (a, b) in numbers.iter_mut().zip(later) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Any, [a], [b]) => each(a, b, f64::max),
            (Self::All, [a], [b]) => each(a, b, f64::min),
            (Self::First, [a], [b]) => each(a, b, |a, b| if a.is_nan() { b } else { a }),
            (Self::Last, [a], [b]) => each(a, b, |a, b| if b.is_nan() { a } else { b }),
            (Self::Var { .. } | Self::Std { .. }, a, b) => {
                for i in 0..a.first().map_or(0, Vec::len) {
                    Spread::of(a, i).with(Spread::of(b, i)).put(a, i);
                }
            }
            _ => {}
        }
    }

    /// The results, one for each cell.
    pub(crate) fn finish(self, state: State) -> Vec<f64> {
        let mut planes = state.planes.into_iter();
        let mut first = planes.next().unwrap_or_default();
        let second = planes.next().unwrap_or_default();
        match self {
            Self::Mean | Self::Sum { .. } | Self::Prod { .. } => {
                each(&mut first, &second, |hi, lo| Twofold::new(hi, lo).value());
                let counts = planes.next().unwrap_or_default();
                match self {
                    Self::Mean => each(&mut first, &counts, |sum, n| sum / n),
                    Self::Sum { min_count } | Self::Prod { min_count } if min_count > 0 => {
                        let fewest = min_count as f64;
                        each(&mut first, &counts, |sum, n| if n < fewest { f64::NAN } else { sum });
                    }
                    _ => {}
                }
            }
            Self::Var { ddof } | Self::Std { ddof } => {
                let [hi, lo] = [planes.nth(1), planes.next()].map(Option::unwrap_or_default);
                for (n, (hi, lo)) in first.iter_mut().zip(hi.iter().zip(&lo)) {
                    *n = self.of_squares(*n, Twofold::new(*hi, *lo).value(), ddof);
                }
            }
            Self::Min | Self::Max => each(&mut first, &second, |x, missing| if missing > 0.0 { f64::NAN } else { x }),
            _ => {}
        }
        first
    }
}

impl Stat {
    /// The variance, or its root, of `n` values with this sum of squared distances from their mean.
    pub(super) fn of_squares(self, n: f64, squares: f64, ddof: usize) -> f64 {
        let ddof = ddof as f64;
        // What rounding leaves below 0 is 0; NaN stays.
        let var = if n > ddof { squares.max(0.0) + squares * 0.0 } else { return f64::NAN };
        let var = var / (n - ddof);
        if matches!(self, Self::Std { .. }) { var.sqrt() } else { var }
    }
}

fn each(a: &mut [f64], b: &[f64], f: impl Fn(f64, f64) -> f64) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
}

/// Adds sums to others.
pub(super) fn merge_sums(sum: &mut [f64], rest: &mut [f64], sum2: &[f64], rest2: &[f64]) {
    for ((sum, rest), (sum2, rest2)) in sum.iter_mut().zip(rest).zip(sum2.iter().zip(rest2)) {
        add_to(sum, rest, *sum2);
        *rest += rest2;
    }
}

/// Lanes of a sum along the input, so that additions need not wait for each other. Part of the result's definition.
pub(super) const LANES: usize = 8;

/// Folds cells into one: `step` takes a total and a cell, `join` two totals.
#[inline(always)]
fn run<T: Cell>(x: &[T], start: f64, step: impl Fn(f64, f64) -> f64, join: impl Fn(f64, f64) -> f64) -> f64 {
    let mut lanes = [start; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for (lane, &x) in lanes.iter_mut().zip(block) {
            *lane = step(*lane, x.wide());
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, x.wide());
    }
    let used = lanes.get(..x.len().clamp(1, LANES)).unwrap_or(&lanes);
    used.iter().copied().reduce(join).unwrap_or(start)
}

/// Folds each cell of a segment into its place in `total`.
#[inline(always)]
fn fold<T: Cell>(
    segment: &Segment<'_>,
    x: &[T],
    total: &mut [f64],
    start: f64,
    step: impl Fn(f64, f64) -> f64,
    join: impl Fn(f64, f64) -> f64,
) {
    fast(
        #[inline(always)]
        || match *segment {
            Segment::Spread { from, to, n, .. } => {
                for (t, &x) in total[to..to + n].iter_mut().zip(&x[from..from + n]) {
                    *t = step(*t, x.wide());
                }
            }
            Segment::Gather { from, to, n, .. } => {
                total[to] = join(total[to], run(&x[from..from + n], start, &step, &join));
            }
            Segment::Scatter { from, to, table, .. } => {
                for (&offset, &x) in table.iter().zip(&x[from..]) {
                    if offset != SKIP {
                        total[to + offset] = step(total[to + offset], x.wide());
                    }
                }
            }
        },
    );
}

/// Adds each cell of a segment to its place in the sums.
pub(super) fn add<T: Cell>(segment: &Segment<'_>, x: &[T], sum: &mut [f64], rest: &mut [f64], skipna: bool) {
    let there = |x: f64| if skipna && x.is_nan() { 0.0 } else { x };
    fast(
        #[inline(always)]
        || match *segment {
            Segment::Spread { from, to, n, .. } => {
                let places = sum[to..to + n].iter_mut().zip(&mut rest[to..to + n]);
                places.zip(&x[from..from + n]).for_each(|((s, r), x)| add_to(s, r, there(x.wide())));
            }
            Segment::Gather { from, to, n, .. } => {
                let (mut sums, mut rests) = ([0.0; LANES], [0.0; LANES]);
                let (blocks, left) = x[from..from + n].as_chunks::<LANES>();
                for block in blocks {
                    for (i, x) in block.iter().enumerate() {
                        add_to(&mut sums[i], &mut rests[i], there(x.wide()));
                    }
                }
                for (i, x) in left.iter().enumerate() {
                    add_to(&mut sums[i], &mut rests[i], there(x.wide()));
                }
                for (lane, more) in sums.iter().zip(&rests) {
                    add_to(&mut sum[to], &mut rest[to], *lane);
                    rest[to] += more;
                }
            }
            Segment::Scatter { from, to, table, .. } => {
                for (&offset, x) in table.iter().zip(&x[from..]) {
                    if offset != SKIP {
                        add_to(&mut sum[to + offset], &mut rest[to + offset], there(x.wide()));
                    }
                }
            }
        },
    );
}

pub(super) fn number<T: Cell>(segment: &Segment<'_>, x: &[T], count: &mut [f64], skipna: bool) {
    let one = |x: f64| if skipna && x.is_nan() { 0.0 } else { 1.0 };
    fold(segment, x, count, 0.0, |a, x| a + one(x), |a, b| a + b);
}

fn absent<T: Cell>(segment: &Segment<'_>, x: &[T], missing: &mut [f64]) {
    fold(segment, x, missing, 0.0, |a, x| a + if x.is_nan() { 1.0 } else { 0.0 }, |a, b| a + b);
}

fn first<T: Cell>(segment: &Segment<'_>, x: &[T], value: &mut [f64]) {
    if let Segment::Gather { from, to, n, .. } = *segment {
        if value[to].is_nan() {
            value[to] = x[from..from + n].iter().map(|x| x.wide()).find(|x| !x.is_nan()).unwrap_or(f64::NAN);
        }
        return;
    }
    fold(segment, x, value, f64::NAN, |a, x| if a.is_nan() { x } else { a }, |a, _| a);
}

fn last<T: Cell>(segment: &Segment<'_>, x: &[T], value: &mut [f64]) {
    if let Segment::Gather { from, to, n, .. } = *segment {
        let found = x[from..from + n].iter().rev().map(|x| x.wide()).find(|x| !x.is_nan());
        value[to] = found.unwrap_or(value[to]);
        return;
    }
    fold(segment, x, value, f64::NAN, |a, x| if x.is_nan() { a } else { x }, |a, _| a);
}
