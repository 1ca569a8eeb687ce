//! Running totals, differences, shifts and filling of 64-bit integers: exact, and wrapping, as numpy has them.

use super::scan::{Scan, shifted};
use crate::model::{DType, Data, Region, Span};

/// `out` of a scan along dimension `dim` of 64-bit integers that fill `region`; `None` for values of another type and for
/// scans that do not give integers.
pub(super) fn scanned(
    scan: &Scan,
    x: &Data,
    dtype: &DType,
    (region, out): (&Region, &Region),
    dim: usize,
) -> Option<Data> {
    let (&have, &want) = (region.0.get(dim)?, out.0.get(dim)?);
    if matches!(scan, Scan::Rank { .. }) {
        return None;
    }
    let slab = Slab { have, want, width: out.0.iter().skip(dim + 1).map(|s| s.len).product() };
    match (x, dtype) {
        // Two's complement: addition, subtraction and multiplication are the same with and without a sign.
        (Data::I64(x), DType::I64) => {
            let all = slab.all(scan, bytemuck::cast_slice(x), out.cells());
            Some(Data::I64(bytemuck::cast_vec(all)))
        }
        (Data::U64(x), DType::U64) => Some(Data::U64(slab.all(scan, x, out.cells()))),
        // Totals of smaller ones have 64 bits.
        (x, DType::I64 | DType::U64)
            if x.dtype().is_integer() && matches!(scan, Scan::Sum { .. } | Scan::Prod { .. }) =>
        {
            let all = slab.all(scan, &wide(x), out.cells());
            Some(if *dtype == DType::U64 { Data::U64(all) } else { Data::I64(bytemuck::cast_vec(all)) })
        }
        _ => None,
    }
}

/// Integers as ones of 64 bits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two's complement")]
fn wide(x: &Data) -> Vec<u64> {
    (0..x.len()).map(|i| x.whole(i).unwrap_or(0) as u64).collect()
}

/// The positions there are and those that are wanted, each so many cells wide.
struct Slab {
    have: Span,
    want: Span,
    width: usize,
}

impl Slab {
    fn all(&self, scan: &Scan, x: &[u64], cells: usize) -> Vec<u64> {
        let size = self.have.len * self.width;
        if size == 0 {
            return vec![filling(scan); cells];
        }
        let mut all = Vec::with_capacity(cells);
        x.chunks_exact(size).for_each(|x| self.one(scan, x, &mut all));
        all
    }

    fn one(&self, scan: &Scan, x: &[u64], all: &mut Vec<u64>) {
        let (have, want, width) = (self.have, self.want, self.width);
        if let Scan::Shift { by, .. } = scan {
            all.extend(shifted(x, (have, want, width), *by, filling(scan)));
            return;
        }
        let mut x = x.to_vec();
        match scan {
            Scan::Sum { .. } => run_on(&mut x, width, u64::wrapping_add),
            Scan::Prod { .. } => run_on(&mut x, width, u64::wrapping_mul),
            Scan::Diff { n } => {
                for _ in 0..*n {
                    for at in width..x.len() {
                        x[at - width] = x[at].wrapping_sub(x[at - width]);
                    }
                    x.truncate(x.len().saturating_sub(width));
                }
            }
            // No integer is missing: there is nothing to fill.
            _ => {}
        }
        let first = (want.start - have.start.min(want.start)) * width;
        all.extend(x.iter().skip(first).take(want.len * width));
    }
}

/// Each row joined with the one before.
fn run_on(x: &mut [u64], width: usize, join: impl Fn(u64, u64) -> u64) {
    for at in width..x.len() {
        x[at] = join(x[at - width], x[at]);
    }
}

/// What stands where nothing comes from.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within the range")]
fn filling(scan: &Scan) -> u64 {
    match scan {
        Scan::Shift { fill, .. } if *fill < 0.0 => (*fill as i64) as u64,
        Scan::Shift { fill, .. } => *fill as u64,
        _ => 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::{Scan, Scanned};
    use crate::model::{DType, Data};
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    const FAR: i64 = (1 << 60) + 1;

    fn run(scan: Scan, data: Data, dim: usize) -> Data {
        let node = cube(&["y", "x"], &[2, 3], data);
        let op = Scanned { scan, dim, dtype: node.meta().dtype.clone() };
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(&node)]).unwrap()).unwrap().into_data()
    }

    /// Values from numpy's `cumsum`, `cumprod` and `diff` of int64 and uint64.
    #[test]
    fn integers_beyond_2_to_53_stay_what_they_are() {
        let x = || Data::I64(vec![FAR, FAR + 2, FAR + 5, 7, -FAR, i64::MAX]);
        let sum = run(Scan::Sum { skipna: true }, x(), 1);
        assert_eq!(sum, Data::I64(vec![FAR, 2 * FAR + 2, 3 * FAR + 7, 7, 7 - FAR, (7 - FAR).wrapping_add(i64::MAX)]));
        assert_eq!(run(Scan::Diff { n: 1 }, x(), 0), Data::I64(vec![7 - FAR, -2 * FAR - 2, i64::MAX - FAR - 5]));
        assert_eq!(run(Scan::Diff { n: 2 }, x(), 1), Data::I64(vec![1, i64::MAX.wrapping_add(2 * FAR + 7)]));
        let shift = run(Scan::Shift { by: 1, fill: -1.0 }, x(), 1);
        assert_eq!(shift, Data::I64(vec![-1, FAR, FAR + 2, -1, 7, -FAR]));
        assert_eq!(run(Scan::Shift { by: 9, fill: 3.0 }, x(), 1), Data::I64(vec![3; 6]));
        for scan in [Scan::Forward { limit: None }, Scan::Backward { limit: Some(1) }] {
            assert_eq!(run(scan, x(), 0), x());
        }
        let x = || Data::U64(vec![u64::MAX, 3, 5, 2, 1, u64::MAX - 1]);
        assert_eq!(run(Scan::Diff { n: 1 }, x(), 1), Data::U64(vec![4, 2, u64::MAX, u64::MAX - 2]));
        assert_eq!(
            run(Scan::Prod { skipna: true }, x(), 0),
            Data::U64(vec![u64::MAX, 3, 5, u64::MAX - 1, 3, u64::MAX - 9])
        );
        let node = cube(&["x"], &[5], Data::I16(vec![-30_000; 5]));
        let op = Scanned { scan: Scan::Prod { skipna: true }, dim: 0, dtype: DType::I64 };
        let got = everywhere(&Node::op(Arc::new(op), vec![node]).unwrap()).unwrap().into_data();
        let powers = (1..=5).scan(1_i64, |at, _| {
            *at = at.wrapping_mul(-30_000);
            Some(*at)
        });
        assert_eq!(got, Data::I64(powers.collect()));
    }
}
