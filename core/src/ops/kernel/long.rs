//! Sums, extremes, first and last of 64-bit integers, and products of any: two floats hold each of them exactly, where one
//! would round it.

use super::stat::{Cell, Stat};
use super::twofold::{Twofold, add_to};
use super::walk::{SKIP, Segment, Walk};
use crate::model::{DType, Data, Error, Result, fast};
use crate::plan::State;

/// Whether totals of the statistic of such values are integers that `f64` may round.
pub(super) fn takes(stat: Stat, input: &DType) -> bool {
    match stat {
        Stat::Prod { .. } => input.is_integer(),
        Stat::Sum { .. } | Stat::Min | Stat::Max | Stat::First | Stat::Last => {
            matches!(input.plain(), DType::I64 | DType::U64)
        }
        _ => false,
    }
}

/// The empty totals of so many cells: 0, 1, or NaN for none yet, and the rest.
pub(super) fn start(stat: Stat, cells: usize) -> State {
    let empty = match stat {
        Stat::Sum { .. } => 0.0,
        Stat::Prod { .. } => 1.0,
        _ => f64::NAN,
    };
    State { planes: vec![vec![empty; cells], vec![0.0; cells]] }
}

/// Adds the cells of a walk.
///
/// # Errors
/// [`Internal`](crate::model::ErrorKind::Internal) for values of another type.
pub(super) fn update(stat: Stat, state: &mut State, walk: &Walk, x: &Data) -> Result<()> {
    let [value, rest] = state.planes.as_mut_slice() else { return Err(Error::internal("totals of another statistic")) };
    macro_rules! each {
        ($($plane:ident),*) => {
            match x {
                $(Data::$plane(x) => walk.each(|s| add(stat, &s, x, value, rest)),)*
                other => return Err(Error::internal(format!("{} for integers", other.dtype()))),
            }
        };
    }
    each!(I8, I16, I32, I64, U8, U16, U32, U64);
    Ok(())
}

/// Adds the totals of later cells.
pub(super) fn merge(stat: Stat, state: &mut State, later: &State) {
    let ([value, rest], [more, rest2]) = (state.planes.as_mut_slice(), later.planes.as_slice()) else { return };
    for ((value, rest), (more, rest2)) in value.iter_mut().zip(rest).zip(more.iter().zip(rest2)) {
        // NaN stands for no cells at all.
        if !more.is_nan() {
            join(stat, value, rest, *more, *rest2);
        }
    }
}

/// The totals as integers of 64 bits, wrapping; 0 for none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numpy's integers wrap")]
pub(super) fn integers(dtype: &DType, state: &State) -> Data {
    let [value, rest] = state.planes.as_slice() else { return Data::zeros(dtype, 0) };
    let all = value.iter().zip(rest).map(|(&hi, &lo)| Twofold::new(hi, lo).to_integer());
    if matches!(dtype, DType::U64) {
        Data::U64(all.map(|x| x as u64).collect())
    } else {
        Data::I64(all.map(|x| x as i64).collect())
    }
}

/// The totals, rounded; NaN for none.
pub(super) fn floats(state: &State) -> Vec<f64> {
    let [value, rest] = state.planes.as_slice() else { return Vec::new() };
    value.iter().zip(rest).map(|(hi, lo)| hi + lo).collect()
}

/// One more integer for a total.
#[inline(always)]
fn join(stat: Stat, value: &mut f64, rest: &mut f64, x: f64, lo: f64) {
    // Rounding keeps the order, so that the rests decide only between equals.
    let takes_its_place = match stat {
        Stat::Sum { .. } => {
            add_to(value, rest, x);
            *rest += lo;
            return;
        }
        Stat::Prod { .. } => {
            let both = product(Twofold::new(*value, *rest).to_integer(), Twofold::new(x, lo).to_integer());
            (*value, *rest) = (both.hi, both.lo);
            return;
        }
        Stat::Min => x < *value || (x == *value && lo < *rest) || value.is_nan(),
        Stat::Max => x > *value || (x == *value && lo > *rest) || value.is_nan(),
        Stat::First => value.is_nan(),
        _ => true,
    };
    if takes_its_place {
        (*value, *rest) = (x, lo);
    }
}

/// The product of integers of 64 bits, wrapping.
#[expect(clippy::cast_possible_truncation, reason = "numpy's integers wrap")]
fn product(a: i128, b: i128) -> Twofold {
    Twofold::integer(i128::from((a as i64).wrapping_mul(b as i64)))
}

fn add<T: Cell + Ord + Into<i128>>(stat: Stat, segment: &Segment<'_>, x: &[T], value: &mut [f64], rest: &mut [f64]) {
    let spread = |x: &[T], value: &mut [f64], rest: &mut [f64]| {
        for ((value, rest), x) in value.iter_mut().zip(rest).zip(x) {
            join(stat, value, rest, x.wide(), x.rest());
        }
    };
    match *segment {
        Segment::Spread { from, to, n, .. } if matches!(stat, Stat::Sum { .. }) => {
            let (value, rest) = (&mut value[to..to + n], &mut rest[to..to + n]);
            fast(
                #[inline(always)]
                || {
                    for ((value, rest), x) in value.iter_mut().zip(rest.iter_mut()).zip(&x[from..from + n]) {
                        add_to(value, rest, x.wide());
                        *rest += x.rest();
                    }
                },
            );
        }
        Segment::Spread { from, to, n, .. } => {
            spread(&x[from..from + n], &mut value[to..to + n], &mut rest[to..to + n]);
        }
        Segment::Gather { from, to, n, .. } => {
            let x = &x[from..from + n];
            let one = match stat {
                Stat::Sum { .. } => {
                    let sum: i128 = x.iter().map(|&x| x.into()).sum();
                    let both = Twofold::new(value[to], rest[to]).plus(Twofold::integer(sum));
                    (value[to], rest[to]) = (both.hi, both.lo);
                    return;
                }
                Stat::Prod { .. } => {
                    return x.iter().for_each(|x| join(stat, &mut value[to], &mut rest[to], x.wide(), x.rest()));
                }
                Stat::Min => x.iter().min(),
                Stat::Max => x.iter().max(),
                Stat::First => x.first(),
                _ => x.last(),
            };
            spread(one.map_or(&[], std::slice::from_ref), &mut value[to..=to], &mut rest[to..=to]);
        }
        Segment::Scatter { from, to, table, .. } => {
            for (&offset, x) in table.iter().zip(&x[from..]) {
                if offset != SKIP {
                    join(stat, &mut value[to + offset], &mut rest[to + offset], x.wide(), x.rest());
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::{Fold, Groups, Stat};
    use crate::model::Data;
    use crate::ops::kernel::stat::Cell;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    const FAR: i64 = 1 << 60;

    #[test]
    fn two_floats_hold_every_integer() {
        #[expect(clippy::cast_possible_truncation, reason = "integers by construction")]
        let whole = |wide: f64, rest: f64| wide as i128 + rest as i128;
        for x in [0, 1, -1, i64::MAX, i64::MIN, FAR + 1, -FAR - 3, (1 << 53) + 1] {
            assert_eq!(whole(x.wide(), x.rest()), i128::from(x), "{x}");
        }
        for x in [u64::MAX, u64::MAX - 1, (1 << 63) + 1, 1 << 53] {
            assert_eq!(whole(x.wide(), x.rest()), i128::from(x), "{x}");
        }
    }

    /// Integers next to each other far beyond 2^53, of which `f64` holds one in 128.
    #[test]
    fn integers_beyond_2_to_53_are_exact() {
        let x: Vec<i64> = (0..12).map(|i| FAR + (i * 7) % 12).collect();
        let node = cube(&["y", "x"], &[3, 4], Data::I64(x.clone()));
        let over = |stat, dim: &str| {
            let fold = Fold::over(stat, true, node.meta(), &[dim.to_owned()]);
            let folded = Node::op(Arc::new(fold), vec![Arc::clone(&node)]).unwrap();
            everywhere(&folded).unwrap().into_data()
        };
        let rows = |f: fn(&[i64]) -> i64| Data::I64(x.chunks(4).map(f).collect());
        let columns = |f: fn(&[i64]) -> i64| {
            Data::I64((0..4).map(|c| f(&x.iter().skip(c).step_by(4).copied().collect::<Vec<_>>())).collect())
        };
        let max = |v: &[i64]| v.iter().copied().max().unwrap();
        let min = |v: &[i64]| v.iter().copied().min().unwrap();
        let sum = |v: &[i64]| v.iter().fold(0_i64, |a, &b| a.wrapping_add(b));
        assert_eq!((over(Stat::Max, "x"), over(Stat::Max, "y")), (rows(max), columns(max)));
        assert_eq!((over(Stat::Min, "x"), over(Stat::Min, "y")), (rows(min), columns(min)));
        let total = Stat::Sum { min_count: 0 };
        assert_eq!((over(total, "x"), over(total, "y")), (rows(sum), columns(sum)));
        assert_eq!((over(Stat::First, "x"), over(Stat::Last, "y")), (rows(|v| v[0]), columns(|v| v[2])));
    }

    /// Values of numpy's `prod`.
    #[test]
    fn products_of_integers_wrap() {
        let prod = |data: Data| {
            let node = cube(&["y", "x"], &[2, 3], data);
            ["x", "y"].map(|dim| {
                let fold = Fold::over(Stat::Prod { min_count: 0 }, true, node.meta(), &[dim.to_owned()]);
                everywhere(&Node::op(Arc::new(fold), vec![Arc::clone(&node)]).unwrap()).unwrap().into_data()
            })
        };
        let along_x =
            |v: [i64; 6]| [v[0].wrapping_mul(v[1]).wrapping_mul(v[2]), v[3].wrapping_mul(v[4]).wrapping_mul(v[5])];
        let v = [30_001, -30_003, 29_999, 32_767, 32_765, -32_763].map(i64::from);
        let got = prod(Data::I16(v.map(|x| i16::try_from(x).unwrap()).into()));
        assert_eq!(got, [Data::I64(along_x(v).into()), Data::I64((0..3).map(|i| v[i] * v[i + 3]).collect())]);
        let v = [FAR + 1, 3, 5, FAR, FAR + 7, -9];
        let got = prod(Data::I64(v.into()));
        let down = (0..3).map(|i| v[i].wrapping_mul(v[i + 3])).collect();
        assert_eq!(got, [Data::I64(along_x(v).into()), Data::I64(down)]);
        let [got, _] = prod(Data::U64(vec![u64::MAX, u64::MAX, 7, 1 << 63, 1, 1]));
        assert_eq!(got, Data::U64(vec![7, 1 << 63]));
    }

    #[test]
    fn unsigned_ones_wrap_and_groups_may_be_empty() {
        let node = cube(&["x"], &[4], Data::U64(vec![u64::MAX, 3, u64::MAX - 1, 5]));
        let grouped = |labels: Vec<u32>| {
            let groups = Groups::new(labels, 2);
            let of = |stat| {
                let fold = Fold::grouped(stat, true, node.meta(), &[("x", &groups)]);
                everywhere(&Node::op(Arc::new(fold), vec![Arc::clone(&node)]).unwrap()).unwrap().into_data()
            };
            (of(Stat::Sum { min_count: 0 }), of(Stat::Max), of(Stat::Min))
        };
        let (sum, max, min) = grouped(vec![0, 1, 0, 1]);
        assert_eq!(sum, Data::U64(vec![u64::MAX - 2, 8]));
        assert_eq!((max, min), (Data::U64(vec![u64::MAX, 5]), Data::U64(vec![u64::MAX - 1, 3])));
        let (_, max, _) = grouped(vec![0, 0, 0, Groups::NONE]);
        assert!(max.f64(0) == 18_446_744_073_709_551_615.0 && max.f64(1).is_nan());
    }
}
