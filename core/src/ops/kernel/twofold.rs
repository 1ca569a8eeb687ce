//! Sums carried in two numbers, the second holding what the first rounds off (Dekker 1971; Ogita, Rump and Oishi 2005).
//! Their error is that of a number of 106 bits, so that the order of addition, and with it how the input was cut, does not
//! show in the result.

/// A number as the unevaluated sum of two, `lo` less than half the last place of `hi`, or nearly so.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Twofold {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

/// The sum of two numbers and what it rounds off (Knuth).
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The product of two numbers and what it rounds off.
#[inline(always)]
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// Adds a number to a sum that stands in two places.
#[inline(always)]
pub(super) fn add_to(hi: &mut f64, lo: &mut f64, x: f64) {
    let (sum, rest) = two_sum(*hi, x);
    *hi = sum;
    *lo += rest;
}

/// Adds a product of two numbers.
#[inline(always)]
pub(super) fn add_product(hi: &mut f64, lo: &mut f64, x: f64, y: f64) {
    let (product, rest) = two_product(x, y);
    add_to(hi, lo, product);
    *lo += rest;
}

impl Twofold {
    #[inline(always)]
    pub(super) fn new(hi: f64, lo: f64) -> Self {
        Self { hi, lo }
    }

    /// With the rest less than the last place.
    #[inline(always)]
    fn tidy(self) -> Self {
        let (hi, lo) = two_sum(self.hi, self.lo);
        Self { hi, lo }
    }

    /// An integer; exact up to 106 bits.
    #[expect(clippy::cast_possible_truncation, reason = "a rounded integer is in the range of integers")]
    pub(super) fn integer(x: i128) -> Self {
        let hi = x as f64;
        Self { hi, lo: (x - hi as i128) as f64 }
    }

    /// The integer that [`Self::integer`] took.
    #[expect(clippy::cast_possible_truncation, reason = "both are integers in the range")]
    pub(super) fn to_integer(self) -> i128 {
        self.hi as i128 + self.lo as i128
    }

    #[inline(always)]
    pub(super) fn plus(self, other: Self) -> Self {
        let (hi, rest) = two_sum(self.hi, other.hi);
        Self { hi, lo: self.lo + other.lo + rest }.tidy()
    }

    #[inline(always)]
    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(Self { hi: -other.hi, lo: -other.lo })
    }

    #[inline(always)]
    pub(super) fn times(self, other: Self) -> Self {
        let (hi, rest) = two_product(self.hi, other.hi);
        Self { hi, lo: rest + (self.hi * other.lo + self.lo * other.hi) }.tidy()
    }

    /// Over a number.
    #[inline(always)]
    pub(super) fn over(self, n: f64) -> Self {
        let first = (self.hi + self.lo) / n;
        let (product, rest) = two_product(first, n);
        let left = (self.hi - product) - rest + self.lo;
        Self { hi: first, lo: left / n }.tidy()
    }

    /// The nearest number. Infinity and NaN have no rest.
    #[inline(always)]
    pub(super) fn value(self) -> f64 {
        if self.hi.is_finite() { self.hi + self.lo } else { self.hi }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rounded_off_is_kept() {
        let mut sum = Twofold::default();
        for x in [1e16, 1.0, -1e16, 0.1, 1e-20] {
            add_to(&mut sum.hi, &mut sum.lo, x);
        }
        assert_eq!(sum.value().to_bits(), 1.1_f64.to_bits());
        let third = Twofold::new(1.0, 0.0).over(3.0);
        assert_eq!(third.times(Twofold::new(3.0, 0.0)).value().to_bits(), 1.0_f64.to_bits());
        assert!((third.lo.abs() > 1e-18) && third.lo.abs() < 1e-16);
        let square = Twofold::new(1.0 / 3.0, 0.0).times(Twofold::new(1.0 / 3.0, 0.0));
        assert_eq!(two_product(1.0 / 3.0, 1.0 / 3.0), (square.hi, square.lo));
        for x in [0, -1, i128::from(i64::MAX), 1 << 100, (1 << 100) + 12345] {
            assert_eq!(Twofold::integer(x).to_integer(), x);
        }
        let mut infinite = Twofold::new(f64::INFINITY, 0.0);
        add_to(&mut infinite.hi, &mut infinite.lo, 1.0);
        assert_eq!(infinite.value().to_bits(), f64::INFINITY.to_bits());
    }
}
