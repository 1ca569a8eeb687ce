//! Statistics of many cells: running totals in `f64`, how parts of them merge, and the result. NaN is missing.

use super::walk::{SKIP, Segment, Walk};
use crate::model::{DType, Data, fast};
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
}

macro_rules! cells {
    ($($t:ty),*) => {
        $(impl Cell for $t {
            #[inline(always)]
            fn wide(self) -> f64 {
                self as f64
            }
        })*
    };
}
cells!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

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
            Self::Sum { min_count: 0 } | Self::Count | Self::Any => &[0.0],
            Self::Prod { min_count: 0 } | Self::All => &[1.0],
            Self::Prod { .. } => &[1.0, 0.0],
            Self::Mean | Self::Sum { .. } => &[0.0; 2],
            Self::Var { .. } | Self::Std { .. } => &[0.0; 3],
            Self::Min | Self::Max if !skipna => &[f64::NAN, 0.0],
            Self::Min | Self::Max | Self::First | Self::Last => &[f64::NAN],
        };
        State { planes: values.iter().map(|&v| vec![v; cells]).collect() }
    }

    /// Planes of totals beside those of the state while a part is added.
    pub(crate) fn scratch_planes(self) -> u64 {
        if matches!(self, Self::Var { .. } | Self::Std { .. }) { 3 } else { 0 }
    }

    /// Planes of totals.
    pub(crate) fn planes(self, skipna: bool) -> u64 {
        self.start(skipna, 0).planes.len() as u64
    }

    /// Adds the cells of a walk. With `skipna` missing values are passed over, else they make the result missing.
    pub(crate) fn update<T: Cell>(self, skipna: bool, state: &mut State, walk: &Walk, x: &[T]) {
        match (self, state.planes.as_mut_slice()) {
            (Self::Mean | Self::Sum { .. }, [sum, count]) => walk.each(|segment| {
                add(&segment, x, sum, skipna);
                number(&segment, x, count, skipna);
            }),
            (Self::Sum { .. }, [sum]) => walk.each(|segment| add(&segment, x, sum, skipna)),
            (Self::Prod { .. }, [product, rest @ ..]) => walk.each(|segment| {
                let times = |a: f64, b: f64| a * b;
                let step = |a: f64, x: f64| if skipna && x.is_nan() { a } else { a * x };
                fold(&segment, x, product, 1.0, step, times);
                rest.iter_mut().for_each(|count| number(&segment, x, count, skipna));
            }),
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
            (Self::Mean | Self::Sum { .. } | Self::Count, a, b) => {
                for (a, b) in a.iter_mut().zip(b) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Min | Self::Max, [a, missing @ ..], [b, later @ ..]) => {
                each(a, b, if self == Self::Min { f64::min } else { f64::max });
                for (a, b) in missing.iter_mut().zip(later) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Prod { .. }, [a, numbers @ ..], [b, later @ ..]) => {
                each(a, b, |a, b| a * b);
                for (a, b) in numbers.iter_mut().zip(later) {
                    each(a, b, |a, b| a + b);
                }
            }
            (Self::Any, [a], [b]) => each(a, b, f64::max),
            (Self::All, [a], [b]) => each(a, b, f64::min),
            (Self::First, [a], [b]) => each(a, b, |a, b| if a.is_nan() { b } else { a }),
            (Self::Last, [a], [b]) => each(a, b, |a, b| if b.is_nan() { a } else { b }),
            (Self::Var { .. } | Self::Std { .. }, [n, mean, m2], [n2, mean2, m22]) => {
                for (i, ((n, mean), m2)) in n.iter_mut().zip(mean).zip(m2).enumerate() {
                    (*n, *mean, *m2) = chan((*n, *mean, *m2), (n2[i], mean2[i], m22[i]));
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
        let third = planes.next().unwrap_or_default();
        match self {
            Self::Mean => each(&mut first, &second, |sum, n| sum / n),
            Self::Sum { min_count } | Self::Prod { min_count } if min_count > 0 => {
                let fewest = min_count as f64;
                each(&mut first, &second, |sum, n| if n < fewest { f64::NAN } else { sum });
            }
            Self::Var { ddof } | Self::Std { ddof } => {
                let ddof = ddof as f64;
                let root = matches!(self, Self::Std { .. });
                each(&mut first, &third, |n, m2| {
                    let var = if n > ddof { m2 / (n - ddof) } else { f64::NAN };
                    if root { var.sqrt() } else { var }
                });
            }
            Self::Min | Self::Max => each(&mut first, &second, |x, missing| if missing > 0.0 { f64::NAN } else { x }),
            _ => {}
        }
        first
    }
}

fn each(a: &mut [f64], b: &[f64], f: impl Fn(f64, f64) -> f64) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = f(*a, b);
    }
}

/// Two sets of (number, mean, sum of squared distances) as one (Chan, Golub and `LeVeque` 1979).
pub(super) fn chan(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64, f64) {
    if b.0 == 0.0 {
        return a;
    }
    if a.0 == 0.0 {
        return b;
    }
    let n = a.0 + b.0;
    let delta = b.1 - a.1;
    (n, a.1 + delta * b.0 / n, a.2 + b.2 + delta * delta * a.0 * b.0 / n)
}

/// Lanes of a sum along the input, so that additions need not wait for each other. Part of the result's definition.
const LANES: usize = 8;

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

fn add<T: Cell>(segment: &Segment<'_>, x: &[T], sum: &mut [f64], skipna: bool) {
    let plus = |a: f64, b: f64| a + b;
    if skipna {
        fold(segment, x, sum, 0.0, |a, x| a + if x.is_nan() { 0.0 } else { x }, plus);
    } else {
        fold(segment, x, sum, 0.0, plus, plus);
    }
}

fn number<T: Cell>(segment: &Segment<'_>, x: &[T], count: &mut [f64], skipna: bool) {
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

/// Number, mean and sum of squared distances of the walk's cells, in two passes over them, merged into the planes.
fn spread<T: Cell>(skipna: bool, planes: &mut [Vec<f64>], walk: &Walk, x: &[T]) {
    let [n, mean, m2] = planes else { return };
    let zeros = || vec![0.0; n.len()];
    let (mut part_n, mut part_mean, mut part_m2) = (zeros(), zeros(), zeros());
    walk.each(|segment| {
        add(&segment, x, &mut part_mean, skipna);
        number(&segment, x, &mut part_n, skipna);
    });
    each(&mut part_mean, &part_n, |sum, n| sum / n);
    let square = |x: f64, mean: f64| if skipna && x.is_nan() { 0.0 } else { (x - mean) * (x - mean) };
    walk.each(|segment| match segment {
        Segment::Spread { from, to, n, .. } => {
            for ((t, &mean), &x) in part_m2[to..to + n].iter_mut().zip(&part_mean[to..to + n]).zip(&x[from..from + n]) {
                *t += square(x.wide(), mean);
            }
        }
        Segment::Gather { from, to, n, .. } => {
            let mean = part_mean[to];
            part_m2[to] += run(&x[from..from + n], 0.0, |a, x| a + square(x, mean), |a, b| a + b);
        }
        Segment::Scatter { from, to, table, .. } => {
            for (&offset, &x) in table.iter().zip(&x[from..]) {
                if offset != SKIP {
                    part_m2[to + offset] += square(x.wide(), part_mean[to + offset]);
                }
            }
        }
    });
    for (i, ((n, mean), m2)) in n.iter_mut().zip(mean).zip(m2).enumerate() {
        (*n, *mean, *m2) = chan((*n, *mean, *m2), (part_n[i], part_mean[i], part_m2[i]));
    }
}

/// Results as the plane of a type; numbers are cut off towards zero and held within the type's range, NaN becomes 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "documented: saturating")]
pub(crate) fn plane(dtype: &DType, values: Vec<f64>) -> Data {
    match Data::zeros(dtype, 0) {
        Data::I8(_) => Data::I8(values.iter().map(|&x| x as i8).collect()),
        Data::I16(_) => Data::I16(values.iter().map(|&x| x as i16).collect()),
        Data::I32(_) => Data::I32(values.iter().map(|&x| x as i32).collect()),
        Data::I64(_) => Data::I64(values.iter().map(|&x| x as i64).collect()),
        Data::U8(_) => Data::U8(values.iter().map(|&x| x as u8).collect()),
        Data::U16(_) => Data::U16(values.iter().map(|&x| x as u16).collect()),
        Data::U32(_) => Data::U32(values.iter().map(|&x| x as u32).collect()),
        Data::U64(_) => Data::U64(values.iter().map(|&x| x as u64).collect()),
        Data::F32(_) => Data::F32(values.iter().map(|&x| x as f32).collect()),
        Data::F64(_) | Data::Text(_) => Data::F64(values),
    }
}
