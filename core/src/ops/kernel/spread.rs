//! Number, mean and sum of squared distances from it: how they are taken from cells, and how two sets become one.

use super::stat::{Cell, LANES, add, number};
use super::twofold::{Twofold, add_product, add_to, two_sum};
use super::walk::{SKIP, Segment, Walk};
use crate::model::fast;

/// Number, mean, and sum of squared distances from it.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    n: f64,
    mean: Twofold,
    squares: Twofold,
}

impl Spread {
    pub(super) fn of(planes: &[Vec<f64>], i: usize) -> Self {
        let at = |plane: usize| planes.get(plane).and_then(|p| p.get(i)).copied().unwrap_or(0.0);
        Self { n: at(0), mean: Twofold::new(at(1), at(2)), squares: Twofold::new(at(3), at(4)) }
    }

    pub(super) fn put(self, planes: &mut [Vec<f64>], i: usize) {
        let values = [self.n, self.mean.hi, self.mean.lo, self.squares.hi, self.squares.lo];
        for (plane, value) in planes.iter_mut().zip(values) {
            if let Some(cell) = plane.get_mut(i) {
                *cell = value;
            }
        }
    }

    /// Two sets as one (Chan, Golub and `LeVeque` 1979).
    pub(super) fn with(self, other: Self) -> Self {
        if other.n == 0.0 {
            return self;
        }
        if self.n == 0.0 {
            return other;
        }
        let n = self.n + other.n;
        let apart = other.mean.minus(self.mean);
        let share = |x: Twofold, part: f64| x.times(Twofold::new(part, 0.0)).over(n);
        Self {
            n,
            mean: self.mean.plus(share(apart, other.n)),
            squares: self
                .squares
                .plus(other.squares)
                .plus(share(apart.times(apart).times(Twofold::new(self.n, 0.0)), other.n)),
        }
    }
}

/// Number, mean and sum of squared distances of the walk's cells, in two passes over them, merged into the planes.
pub(super) fn spread<T: Cell>(skipna: bool, planes: &mut [Vec<f64>], walk: &Walk, x: &[T]) {
    let cells = planes.first().map_or(0, Vec::len);
    let mut part: [Vec<f64>; 5] = std::array::from_fn(|_| vec![0.0; cells]);
    let [n, mean, mean_rest, squares, squares_rest] = &mut part;
    walk.each(|segment| {
        add(&segment, x, mean, mean_rest, skipna);
        number(&segment, x, n, skipna);
    });
    for ((hi, lo), n) in mean.iter_mut().zip(mean_rest.iter_mut()).zip(n.iter()) {
        // Infinity has no rest.
        let whole = if hi.is_finite() { Twofold::new(*hi, *lo).over(*n) } else { Twofold::new(*hi / n, 0.0) };
        (*hi, *lo) = (whole.hi, whole.lo);
    }
    let (mean, mean_rest) = (&*mean, &*mean_rest);
    walk.each(|segment| {
        fast(
            #[inline(always)]
            || match segment {
                Segment::Spread { from, to, n, .. } => {
                    let places = squares[to..to + n].iter_mut().zip(&mut squares_rest[to..to + n]);
                    let means = mean[to..to + n].iter().zip(&mean_rest[to..to + n]);
                    for ((place, mean), x) in places.zip(means).zip(&x[from..from + n]) {
                        square(skipna, x.wide(), (*mean.0, *mean.1), place);
                    }
                }
                Segment::Gather { from, to, n, .. } => {
                    let mean = (mean[to], mean_rest[to]);
                    let (mut hi, mut lo) = ([0.0; LANES], [0.0; LANES]);
                    for block in x[from..from + n].chunks(LANES) {
                        for (i, x) in block.iter().enumerate() {
                            square(skipna, x.wide(), mean, (&mut hi[i], &mut lo[i]));
                        }
                    }
                    for (hi, lo) in hi.iter().zip(&lo) {
                        add_to(&mut squares[to], &mut squares_rest[to], *hi);
                        squares_rest[to] += lo;
                    }
                }
                Segment::Scatter { from, to, table, .. } => {
                    for (&offset, x) in table.iter().zip(&x[from..]).filter(|(o, _)| **o != SKIP) {
                        let at = to + offset;
                        let place = (&mut squares[at], &mut squares_rest[at]);
                        square(skipna, x.wide(), (mean[at], mean_rest[at]), place);
                    }
                }
            },
        );
    });
    for i in 0..cells {
        Spread::of(planes, i).with(Spread::of(&part, i)).put(planes, i);
    }
}

/// Adds the squared distance from a mean.
#[inline(always)]
fn square(skipna: bool, x: f64, mean: (f64, f64), (hi, lo): (&mut f64, &mut f64)) {
    if skipna && x.is_nan() {
        return;
    }
    let (apart, rest) = two_sum(x, -mean.0);
    add_product(hi, lo, apart, apart);
    *lo += 2.0 * apart * (rest - mean.1);
}
