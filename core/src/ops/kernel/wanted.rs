//! Wanted places in the order of a cell's values, as the passes of a selection know them: ever more of their keys.

use super::nth::place;

/// Numbers for each wanted place.
pub(super) const EACH: usize = 3;

/// A wanted place in the order of a cell's values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// The bits of its key that are known.
    pub(super) start: u64,
    /// Its place among the values whose keys begin so.
    place: f64,
}

impl Wanted {
    /// Place `t` of a cell, out of what a pass found.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "halves of 32 bits, written by a pass")]
    pub(super) fn read(known: &[f64], cells: usize, cell: usize, t: usize) -> Self {
        let field = |i: usize| known.get((1 + EACH * t + i) * cells + cell).copied().unwrap_or(0.0);
        Self { start: ((field(0) as u64) << 32) | field(1) as u64, place: field(2) }
    }

    pub(super) fn fields(self) -> [f64; EACH] {
        [(self.start >> 32) as f64, (self.start & u64::from(u32::MAX)) as f64, self.place]
    }

    /// The same place with one digit more of its key, found among counts by that digit.
    pub(super) fn sifted(self, counts: &[f64], digit: u32) -> Self {
        let mut place = self.place;
        for (bucket, &n) in counts.iter().enumerate() {
            if place < n {
                return Self { start: self.start.checked_shl(digit).unwrap_or(0) | bucket as u64, place };
            }
            place -= n;
        }
        Self { start: self.start.checked_shl(digit).unwrap_or(0), place: 0.0 }
    }
}

/// The values of a cell, a whole number below 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn whole(n: f64) -> usize {
    n as usize
}

/// How far a quantile of `n` values lies between its two places.
pub(super) fn share(q: f64, n: f64) -> f64 {
    place(q, whole(n)).1
}

/// Place `t` before anything is known: of the value below a quantile, or above it.
pub(super) fn first(q: &[f64], n: f64, t: usize) -> Wanted {
    let (low, share) = place(q.get(t / 2).copied().unwrap_or(0.0), whole(n));
    let above = t % 2 == 1 && share > 0.0;
    Wanted { start: 0, place: (low + usize::from(above)) as f64 }
}
