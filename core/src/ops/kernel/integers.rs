//! Loops over stored integers: exact sums, squares and extremes of what stands for something.

use super::nth::Key;
use super::stat::Cell;
use super::twofold::{Twofold, add_to};
use super::walk::{SKIP, Segment, Walk};
use crate::model::fast;
use crate::plan::Missing;

/// Cells of a segment whose sums are held as small integers.
const SEGMENT: usize = 2048;
/// Rows that may be added up as 32-bit integers of 16 bits each before they could overflow.
pub(super) const ROWS: u32 = 1 << 15;

/// Runs `$body` with `$x` bound to the integers of a plane of at most 32 bits.
macro_rules! integers {
    ($data:expr, $x:ident => $body:expr) => {
        match $data {
            $crate::model::Data::I8($x) => $body,
            $crate::model::Data::I16($x) => $body,
            $crate::model::Data::I32($x) => $body,
            $crate::model::Data::U8($x) => $body,
            $crate::model::Data::U16($x) => $body,
            $crate::model::Data::U32($x) => $body,
            _ => return Err($crate::model::Error::internal("packed numbers that are no small integers")),
        }
    };
}
pub(super) use integers;

/// An integer of at most 32 bits.
pub(super) trait Packed: Cell + PartialEq + PartialOrd + Into<i64> + TryFrom<i64> {
    /// Holds the sum of [`ROWS`] of them.
    type Sum: Cell + Default + std::ops::AddAssign + std::ops::SubAssign + From<Self>;
    /// Holds all of them with either sign, and more.
    type Wide: Key + std::ops::Neg<Output = Self::Wide> + From<Self> + Into<i64>;
    /// The largest of the wide ones.
    const MOST: Self::Wide;
}

macro_rules! packed {
    ($($t:ty => $sum:ty, $wide:ty);*) => {
        $(impl Packed for $t {
            type Sum = $sum;
            type Wide = $wide;
            const MOST: $wide = <$wide>::MAX;
        })*
    };
}
packed!(i8 => i32, i32; i16 => i32, i32; u8 => u32, i32; u16 => u32, i32; i32 => i64, i64; u32 => i64, i64);

/// The stored integer that a number is, where it is one of its type.
pub(super) fn stored<T: Packed>(x: f64) -> Option<T> {
    #[expect(clippy::cast_possible_truncation, reason = "kept only where it is the same")]
    let whole = x as i64;
    T::try_from(whole).ok().filter(|y| y.wide() == x)
}

/// The test of what stands for nothing: mostly one number.
pub(super) struct Lacks<'a>(&'a [Missing]);

impl<'a> Lacks<'a> {
    pub(super) fn new(missing: &'a [Missing]) -> Self {
        Self(missing)
    }

    /// Whether any of the numbers stands for nothing. One pass without branches for the usual single fill value.
    pub(super) fn any<T: Packed>(&self, x: &[T]) -> bool {
        match self.0 {
            [] => false,
            [Missing::Equal(v)] => stored::<T>(*v).is_some_and(|v| {
                fast(
                    #[inline(always)]
                    || x.iter().fold(false, |any, &x| any | (x == v)),
                )
            }),
            _ => x.iter().any(|&x| self.one(x)),
        }
    }

    pub(super) fn one<T: Packed>(&self, x: T) -> bool {
        self.0.iter().any(|m| m.holds(x.wide()))
    }
}

/// Adds sums and numbers of a walk's cells. Neighbours are held as small integers while rows pass over them.
pub(super) fn sums<T: Packed>(walk: &Walk, x: &[T], lacks: &Lacks<'_>, sum: &mut [f64], number: &mut [f64]) {
    let mut held = [T::Sum::default(); SEGMENT];
    let (mut at, mut len, mut rows) = (0, 0, 0u32);
    walk.each(|segment| match segment {
        Segment::Spread { from, to, n, .. } if n <= SEGMENT => {
            if (to, n) != (at, len) || rows == ROWS {
                flush::<T>(&mut held, rows, (&mut sum[at..at + len], &mut number[at..at + len]));
                (at, len, rows) = (to, n, 0);
            }
            let row = &x[from..from + n];
            if lacks.any(row) {
                for ((&x, sum), number) in row.iter().zip(&mut sum[to..to + n]).zip(&mut number[to..to + n]) {
                    let there = if lacks.one(x) { 0.0 } else { 1.0 };
                    *sum += x.wide() * there;
                    *number += there;
                }
            } else {
                rows += 1;
                fast(
                    #[inline(always)]
                    || {
                        for (sum, &x) in held.iter_mut().zip(row) {
                            *sum += T::Sum::from(x);
                        }
                    },
                );
            }
        }
        Segment::Gather { from, to, n, .. } => {
            let (all, there) = total(&x[from..from + n], lacks);
            sum[to] += all;
            number[to] += there;
        }
        Segment::Spread { from, to, n, .. } => {
            for i in 0..n {
                let (all, there) = total(&x[from + i..=from + i], lacks);
                sum[to + i] += all;
                number[to + i] += there;
            }
        }
        Segment::Scatter { from, to, table, .. } => {
            for (&offset, &x) in table.iter().zip(&x[from..]) {
                if offset != SKIP && !lacks.one(x) {
                    sum[to + offset] += x.wide();
                    number[to + offset] += 1.0;
                }
            }
        }
    });
    flush::<T>(&mut held, rows, (&mut sum[at..at + len], &mut number[at..at + len]));
}

/// Moves what is held into the totals.
fn flush<T: Packed>(held: &mut [T::Sum; SEGMENT], rows: u32, (sum, number): (&mut [f64], &mut [f64])) {
    if rows == 0 {
        return;
    }
    for ((held, sum), number) in held.iter_mut().zip(sum).zip(number) {
        *sum += held.wide();
        *number += f64::from(rows);
        *held = T::Sum::default();
    }
}

/// Sum and number of neighbours.
pub(super) fn total<T: Packed>(x: &[T], lacks: &Lacks<'_>) -> (f64, f64) {
    let (mut sum, mut number) = (0.0, 0.0);
    for block in x.chunks(SEGMENT) {
        if lacks.any(block) {
            let there = || block.iter().filter(|&&x| !lacks.one(x));
            sum += there().map(|x| x.wide()).sum::<f64>();
            number += there().count() as f64;
        } else {
            let mut held = T::Sum::default();
            fast(
                #[inline(always)]
                || {
                    for &x in block {
                        held += T::Sum::from(x);
                    }
                },
            );
            sum += held.wide();
            number += block.len() as f64;
        }
    }
    (sum, number)
}

/// Number, sum and sum of squares, each exact: the sums as [`Twofold`].
pub(super) fn squares<T: Packed>(walk: &Walk, x: &[T], lacks: &Lacks<'_>, planes: &mut [Vec<f64>]) {
    let [n, sum, sum_rest, square, square_rest] = planes else { return };
    let mut part = vec![(0i64, 0i64, 0i128); n.len()];
    let add = |(n, sum, square): &mut (i64, i64, i128), x: T| {
        let x: i64 = x.into();
        *n += 1;
        *sum += x;
        *square += i128::from(x * x);
    };
    let mut held = vec![(0i64, 0i64); SEGMENT];
    let (mut at, mut len, mut rows) = (0, 0, 0u32);
    let flush = |held: &mut [(i64, i64)], rows: u32, part: &mut [(i64, i64, i128)]| {
        for (held, part) in held.iter_mut().zip(part) {
            part.0 += i64::from(rows);
            part.1 += held.0;
            part.2 += i128::from(held.1);
            *held = (0, 0);
        }
    };
    walk.each(|segment| match segment {
        Segment::Spread { from, to, n, .. } if n <= SEGMENT => {
            // Squares of 32 bits: two of them fill 64.
            let most = if size_of::<T>() > 2 { 2 } else { ROWS };
            if (to, n) != (at, len) || rows == most {
                flush(&mut held, rows, &mut part[at..at + len]);
                (at, len, rows) = (to, n, 0);
            }
            let row = &x[from..from + n];
            if lacks.any(row) {
                row.iter().zip(&mut part[to..to + n]).filter(|(x, _)| !lacks.one(**x)).for_each(|(&x, p)| add(p, x));
            } else {
                rows += 1;
                fast(
                    #[inline(always)]
                    || {
                        for (held, &x) in held.iter_mut().zip(row) {
                            let x: i64 = x.into();
                            held.0 += x;
                            held.1 = held.1.wrapping_add(x * x);
                        }
                    },
                );
            }
        }
        Segment::Gather { from, to, n, .. } | Segment::Spread { from, to, n, .. } => {
            let step = usize::from(matches!(segment, Segment::Spread { .. }));
            for (i, &x) in x[from..from + n].iter().enumerate().filter(|(_, x)| !lacks.one(**x)) {
                add(&mut part[to + i * step], x);
            }
        }
        Segment::Scatter { from, to, table, .. } => {
            for (&offset, &x) in table.iter().zip(&x[from..]) {
                if offset != SKIP && !lacks.one(x) {
                    add(&mut part[to + offset], x);
                }
            }
        }
    });
    flush(&mut held, rows, &mut part[at..at + len]);
    for (i, (count, total, squares)) in part.into_iter().enumerate() {
        n[i] += count as f64;
        for (hi, lo, more) in
            [(&mut sum[i], &mut sum_rest[i], i128::from(total)), (&mut square[i], &mut square_rest[i], squares)]
        {
            // Nearly all fit a float.
            match i64::try_from(more) {
                Ok(few) if few.unsigned_abs() < 1 << 53 => add_to(hi, lo, few as f64),
                _ => {
                    let both = Twofold::new(*hi, *lo).plus(Twofold::integer(more));
                    (*hi, *lo) = (both.hi, both.lo);
                }
            }
        }
    }
}

/// The extreme of what is there; NaN in `best` stands for none yet.
pub(super) fn extremes<T: Packed>(
    walk: &Walk,
    x: &[T],
    lacks: &Lacks<'_>,
    best: &mut [f64],
    better: impl Fn(f64, f64) -> f64,
) {
    walk.each(|segment| match segment {
        Segment::Spread { from, to, n, .. } => {
            let row = &x[from..from + n];
            let best = &mut best[to..to + n];
            if lacks.any(row) {
                row.iter().zip(best).filter(|(x, _)| !lacks.one(**x)).for_each(|(x, b)| *b = better(*b, x.wide()));
            } else {
                row.iter().zip(best).for_each(|(x, b)| *b = better(*b, x.wide()));
            }
        }
        Segment::Gather { from, to, n, .. } => {
            let there = x[from..from + n].iter().filter(|x| !lacks.one(**x));
            best[to] = there.fold(best[to], |b, x| better(b, x.wide()));
        }
        Segment::Scatter { from, to, table, .. } => {
            for (&offset, &x) in table.iter().zip(&x[from..]) {
                if offset != SKIP && !lacks.one(x) {
                    best[to + offset] = better(best[to + offset], x.wide());
                }
            }
        }
    });
}
