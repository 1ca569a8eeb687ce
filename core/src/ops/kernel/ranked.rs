//! Integers that compare as the values they stand for do: what order statistics select and sort by.

use super::nth::Key;

/// A value with an integer that compares as it does. What is missing has the largest of all.
pub(super) trait Ranked: Copy {
    /// The integer, signed where the value is.
    type Key: Key;
    /// The key of what is missing, where anything can be.
    const MISSING: Option<Self::Key>;

    fn key(self) -> Self::Key;

    fn value(key: Self::Key) -> f64;

    /// The key counted from the smallest there can be.
    fn radix(self) -> u64;

    /// The value of a key counted from the smallest; NaN for one of more bits than there are.
    fn of_radix(radix: u64) -> f64;
}

macro_rules! floats {
    ($($t:ty, $signed:ty, $unsigned:ty);*) => {
        $(impl Ranked for $t {
            type Key = $signed;
            const MISSING: Option<$signed> = Some(<$signed>::MAX);

            #[inline(always)]
            fn key(self) -> $signed {
                let bits = self.to_bits().cast_signed();
                if self.is_nan() { <$signed>::MAX } else { bits ^ ((bits >> (<$signed>::BITS - 1)) & <$signed>::MAX) }
            }

            fn value(key: $signed) -> f64 {
                let bits = key ^ ((key >> (<$signed>::BITS - 1)) & <$signed>::MAX);
                f64::from(Self::from_bits(bits.cast_unsigned()))
            }

            #[inline(always)]
            fn radix(self) -> u64 {
                u64::from((self.key() ^ <$signed>::MIN).cast_unsigned())
            }

            fn of_radix(radix: u64) -> f64 {
                <$unsigned>::try_from(radix).map_or(f64::NAN, |key| Self::value(key.cast_signed() ^ <$signed>::MIN))
            }
        })*
    };
}
floats!(f32, i32, u32; f64, i64, u64);

macro_rules! integers {
    ($($t:ty, $unsigned:ty, $up:expr, $down:expr);*) => {
        $(impl Ranked for $t {
            type Key = Self;
            const MISSING: Option<Self> = None;

            #[inline(always)]
            fn key(self) -> Self {
                self
            }

            fn value(key: Self) -> f64 {
                key as f64
            }

            #[inline(always)]
            fn radix(self) -> u64 {
                u64::from($up(self))
            }

            fn of_radix(radix: u64) -> f64 {
                <$unsigned>::try_from(radix).map_or(f64::NAN, |key| Self::value($down(key)))
            }
        })*
    };
}
integers!(
    i8, u8, |x: i8| (x ^ i8::MIN).cast_unsigned(), |x: u8| x.cast_signed() ^ i8::MIN;
    i16, u16, |x: i16| (x ^ i16::MIN).cast_unsigned(), |x: u16| x.cast_signed() ^ i16::MIN;
    i32, u32, |x: i32| (x ^ i32::MIN).cast_unsigned(), |x: u32| x.cast_signed() ^ i32::MIN;
    i64, u64, |x: i64| (x ^ i64::MIN).cast_unsigned(), |x: u64| x.cast_signed() ^ i64::MIN;
    u8, u8, |x: u8| x, |x: u8| x;
    u16, u16, |x: u16| x, |x: u16| x;
    u32, u32, |x: u32| x, |x: u32| x;
    u64, u64, |x: u64| x, |x: u64| x
);

#[cfg(test)]
mod tests {
    use super::Ranked;

    fn ordered<T: Ranked + Into<f64>>(values: &[T]) {
        assert!(values.windows(2).all(|w| w[0].radix() < w[1].radix() && w[0].key() < w[1].key()));
        for &x in values {
            let back = T::of_radix(x.radix());
            assert!(back.to_bits() == x.into().to_bits() && T::value(x.key()).to_bits() == back.to_bits());
        }
    }

    #[test]
    fn keys_compare_as_values_do_and_give_them_back() {
        ordered(&[f64::NEG_INFINITY, -1.5, -1e-300, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY]);
        ordered(&[f32::NEG_INFINITY, f32::MIN, -1.0, -0.0, 0.0, f32::MIN_POSITIVE, 3.0, f32::MAX]);
        ordered(&[i8::MIN, -1, 0, 1, i8::MAX]);
        ordered(&[i16::MIN, -1, 0, 1, i16::MAX]);
        ordered(&[i32::MIN, -1, 0, 1, i32::MAX]);
        ordered(&[0, 1, u8::MAX]);
        ordered(&[0, 1, u32::MAX]);
        assert!(f32::NAN.radix() > f32::INFINITY.radix() && Some(f64::NAN.key()) == f64::MISSING);
        assert!(i64::of_radix(i64::MIN.radix()) == i64::MIN as f64 && u16::of_radix(1 << 20).is_nan());
    }
}
