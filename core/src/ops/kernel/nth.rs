//! Order statistics of one series of keys: by counting, by selection, or by sorting. All give the same.

use crate::model::fast;

/// Quantiles of one series from which sorting it is cheaper.
const MANY: usize = 12;
/// Series of these lengths are counted through: their keys stay in the second-level cache, and a pass over them is a few
/// vector instructions where selection moves each key about twice.
const COUNTED: std::ops::RangeInclusive<usize> = 64..=1 << 16;

/// A whole number to be ordered.
pub(super) trait Key: Ord + Copy + Default {
    /// The smallest there can be.
    const LEAST: Self;
    /// The largest.
    const MOST: Self;

    /// A key from `low` on and below `high`, which is more, so far on the way from one to the other.
    fn between(low: Self, high: Self, share: f64) -> Self;
}

macro_rules! keys {
    ($($t:ty),*) => {
        $(impl Key for $t {
            const LEAST: Self = Self::MIN;
            const MOST: Self = Self::MAX;

            #[expect(clippy::cast_possible_truncation, reason = "held between the two")]
            fn between(low: Self, high: Self, share: f64) -> Self {
                let step = (low.abs_diff(high) as f64 * share) as i128;
                let last = i128::from(high) - 1;
                let at = i128::from(low).saturating_add(step).clamp(i128::from(low), last);
                Self::try_from(at).unwrap_or(low)
            }
        })*
    };
}
keys!(i8, i16, i32, i64, u8, u16, u32, u64);

/// Where the quantile `q` of `n` values stands: the place of the value below it in their order, from 0, and its distance
/// from there to the next.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position below the number of values")]
pub(super) fn place(q: f64, n: usize) -> (usize, f64) {
    let last = n.saturating_sub(1);
    let at = q * last as f64;
    ((at.floor() as usize).min(last), at - at.floor())
}

/// numpy's interpolation: from the nearer of the two.
pub(super) fn between(a: f64, b: f64, share: f64) -> f64 {
    if share < 0.5 { a + (b - a) * share } else { b - (b - a) * (1.0 - share) }
}

/// Quantiles, ascending, of the `n` smallest keys; all others are the largest that there can be.
pub(super) fn select<K: Key>(
    keys: &mut [K],
    n: usize,
    wanted: &[(f64, usize)],
    value: impl Fn(K) -> f64,
    mut put: impl FnMut(usize, f64),
) {
    let sorted = wanted.len() > MANY;
    let mut counted = None;
    if sorted {
        keys.sort_unstable();
    } else if COUNTED.contains(&keys.len()) {
        counted = Some(Counted::new(keys, n));
    }
    let mut done = 0;
    for &(q, i) in wanted {
        let (low, share) = place(q, n);
        let (a, next) = if sorted {
            (keys[low], keys.get(low + 1).copied())
        } else if let Some(counted) = &mut counted {
            counted.next(keys, low, share > 0.0)
        } else {
            let (_, key, above) = keys[done..].select_nth_unstable(low - done);
            done = low;
            (*key, if share > 0.0 { above.iter().min().copied() } else { None })
        };
        let a = value(a);
        let b = next.filter(|_| share > 0.0).map_or(a, &value);
        put(i, between(a, b, share));
    }
}

/// Keys among which places are found by counting those that are not above a guess: guesses draw nearer from both sides,
/// and each ends on a key that there is.
struct Counted<K> {
    /// No key below it stands at a place that is still asked for; about so many are below it.
    low: K,
    below: usize,
    /// The largest key that counts.
    high: K,
    n: usize,
}

impl<K: Key> Counted<K> {
    /// The `n` smallest keys, where all others are the largest that there can be.
    fn new(keys: &[K], n: usize) -> Self {
        let all = n == keys.len();
        let (low, high) = fast(
            #[inline(always)]
            || {
                let (mut low, mut high) = (K::MOST, K::LEAST);
                for &key in keys {
                    low = if key < low { key } else { low };
                    let counts = if all || key < K::MOST { key } else { K::LEAST };
                    high = if counts > high { counts } else { high };
                }
                (low, high)
            },
        );
        Self { low, below: 0, high, n }
    }

    /// The key at a place, which is none before those asked for so far, and, where `more` is wanted, the one behind it.
    fn next(&mut self, keys: &[K], at: usize, more: bool) -> (K, Option<K>) {
        let (mut low, mut below, mut high, mut upto) = (self.low, self.below, self.high, self.n);
        let mut turn = 0;
        while low < high {
            // Halves, now and then, where keys stand in clumps.
            let far = (at - below) as f64 + 0.5;
            let share = if turn % 3 == 2 { 0.5 } else { far / (upto - below) as f64 };
            let guess = Guess::count(keys, K::between(low, high, share));
            if guess.count > at {
                (high, upto) = (guess.below, guess.count);
            } else {
                (low, below) = (guess.above, guess.count);
            }
            turn += 1;
        }
        (self.low, self.below) = (high, below);
        let next = if !more || upto > at + 1 { high } else { Guess::count(keys, high).above };
        (high, more.then_some(next))
    }
}

/// How many keys are not above a guess, the largest of these and the smallest of the others.
struct Guess<K> {
    count: usize,
    below: K,
    above: K,
}

impl<K: Key> Guess<K> {
    fn count(keys: &[K], guess: K) -> Self {
        fast(
            #[inline(always)]
            || {
                let (mut count, mut below, mut above) = (0u32, K::LEAST, K::MOST);
                for &key in keys {
                    let within = key <= guess;
                    count += u32::from(within);
                    let (lower, higher) = if within { (key, K::MOST) } else { (K::LEAST, key) };
                    below = if lower > below { lower } else { below };
                    above = if higher < above { higher } else { above };
                }
                Self { count: count as usize, below, above }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTED, Key, place, select};

    /// What sorting gives, for series that are counted through and others.
    fn check<K: Key + std::fmt::Debug>(keys: &[K], n: usize) {
        let mut sorted = keys.to_vec();
        sorted.sort_unstable();
        let q = [0.0, 0.01, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9, 0.999, 1.0];
        let wanted: Vec<(f64, usize)> = q.iter().copied().enumerate().map(|(i, q)| (q, i)).collect();
        for wanted in [&wanted[..], &wanted[4..5], &wanted[7..9]] {
            let mut got = Vec::new();
            let at = |key: K| sorted.iter().position(|k| *k == key).unwrap_or(usize::MAX) as f64;
            select(&mut keys.to_vec(), n, wanted, at, |_, value| got.push(value));
            for (&(q, _), got) in wanted.iter().zip(got) {
                let (low, share) = place(q, n);
                let next = sorted[low + usize::from(share > 0.0)];
                let want = super::between(at(sorted[low]), at(next), share);
                assert!((got - want).abs() < 1e-9, "{q} of {n} of {}: {got} {want}", keys.len());
            }
        }
    }

    #[test]
    fn counting_finds_what_sorting_finds() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for len in [1, 2, 63, *COUNTED.start(), 65, 100, 777, 1460] {
            for kind in 0..6 {
                let keys: Vec<i32> = (0..len)
                    .map(|i| {
                        let x = i32::try_from(random()).unwrap_or(0);
                        match kind {
                            0 => x,
                            1 => x % 7,
                            // Nearly all the same.
                            2 => i32::from(x % 50 == 0) * x,
                            // In both directions to the ends.
                            3 => {
                                if x % 2 == 0 {
                                    i32::MIN + x % 3
                                } else {
                                    i32::MAX - 1 - x % 3
                                }
                            }
                            4 => 5,
                            _ => i32::try_from(i).unwrap_or(0),
                        }
                    })
                    .collect();
                check(&keys, len);
                check(&keys.iter().map(|&x| i64::from(x) << 31).collect::<Vec<_>>(), len);
                check(&keys.iter().map(|&x| x.cast_unsigned() >> 24).collect::<Vec<_>>(), len);
                // The largest of all are missing.
                let lacking = len / 3;
                let mut some = keys.clone();
                some[..lacking].fill(i32::MAX);
                check(&some, len - lacking);
            }
        }
        assert_eq!(i8::between(-128, 127, 1.0), 126);
        assert_eq!(u64::between(0, u64::MAX, 0.0), 0);
        assert_eq!(i64::between(i64::MIN, i64::MAX, 2.0), i64::MAX - 1);
    }
}
