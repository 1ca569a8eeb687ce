//! Floats of fewer bits than the model knows, read as `f32`, which holds each of their values exactly.
//! Source: <https://github.com/jax-ml/ml_dtypes>, whose names `zarr-extensions` takes over.

/// A small float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Narrow {
    /// Bits of the exponent and of the fraction; one more is the sign, unless there is no fraction.
    exponent: u32,
    fraction: u32,
    bias: i32,
    special: Special,
}

/// Which patterns are no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// As IEEE 754: the largest exponent holds infinities and NaN.
    Ieee,
    /// All bits set but the sign are NaN; there is no infinity.
    AllOnes,
    /// Negative zero is NaN; there is no infinity.
    NegativeZero,
    /// Every pattern is a number.
    None,
}

impl Narrow {
    /// The type of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (exponent, fraction, bias, special) = match name {
            "bfloat16" => (8, 7, 127, Special::Ieee),
            "float8_e3m4" => (3, 4, 3, Special::Ieee),
            "float8_e4m3" => (4, 3, 7, Special::Ieee),
            "float8_e4m3fn" => (4, 3, 7, Special::AllOnes),
            "float8_e4m3b11fnuz" => (4, 3, 11, Special::NegativeZero),
            "float8_e4m3fnuz" => (4, 3, 8, Special::NegativeZero),
            "float8_e5m2" => (5, 2, 15, Special::Ieee),
            "float8_e5m2fnuz" => (5, 2, 16, Special::NegativeZero),
            "float8_e8m0fnu" => (8, 0, 127, Special::AllOnes),
            "float6_e2m3fn" => (2, 3, 1, Special::None),
            "float6_e3m2fn" => (3, 2, 3, Special::None),
            "float4_e2m1fn" => (2, 1, 1, Special::None),
            _ => return None,
        };
        Some(Self { exponent, fraction, bias, special })
    }

    /// Bytes of one.
    pub(super) fn size(self) -> usize {
        if self.exponent + self.fraction > 8 { 2 } else { 1 }
    }

    /// The value of a pattern of bits.
    pub(super) fn value(self, bits: u16) -> f32 {
        let (fraction_bits, exponent_bits) = (self.fraction, self.exponent);
        let fraction = u32::from(bits) & ((1 << fraction_bits) - 1);
        let exponent = u32::from(bits) >> fraction_bits & ((1 << exponent_bits) - 1);
        let negative = fraction_bits > 0 && u32::from(bits) >> (fraction_bits + exponent_bits) & 1 == 1;
        let (last_exponent, last_fraction) = ((1 << exponent_bits) - 1, (1 << fraction_bits) - 1);
        let sign = if negative { -1.0 } else { 1.0 };
        match self.special {
            Special::Ieee if exponent == last_exponent && fraction == 0 => return sign * f32::INFINITY,
            Special::Ieee if exponent == last_exponent => return f32::NAN,
            Special::AllOnes if exponent == last_exponent && fraction == last_fraction => return f32::NAN,
            Special::NegativeZero if negative && exponent == 0 && fraction == 0 => return f32::NAN,
            _ => {}
        }
        let scale = i32::try_from(fraction_bits).unwrap_or_default();
        let power = i32::try_from(exponent).unwrap_or_default() - self.bias;
        // Without a fraction there is neither sign nor zero.
        let magnitude = if exponent == 0 && fraction_bits > 0 {
            f64::from(fraction) * 2_f64.powi(1 - self.bias - scale)
        } else {
            f64::from((1 << fraction_bits) | fraction) * 2_f64.powi(power - scale)
        };
        #[expect(clippy::cast_possible_truncation, reason = "every value is one of f32")]
        let magnitude = magnitude as f32;
        sign * magnitude
    }

    /// The values of elements one after the other in native byte order.
    pub(super) fn values(self, bytes: &[u8]) -> Vec<f32> {
        if self.size() == 2 {
            bytes.as_chunks::<2>().0.iter().map(|two| self.value(u16::from_ne_bytes(*two))).collect()
        } else {
            bytes.iter().map(|&one| self.value(u16::from(one))).collect()
        }
    }

    /// The native bytes of the pattern nearest to a value.
    pub(super) fn bytes(self, value: f32) -> Vec<u8> {
        let distance = |bits: &u16| {
            let one = self.value(*bits);
            if one.to_bits() == value.to_bits() || (one.is_nan() && value.is_nan()) {
                return -1.0;
            }
            let apart = (f64::from(one) - f64::from(value)).abs();
            if apart.is_nan() { f64::INFINITY } else { apart }
        };
        let bits = 1 + self.exponent + self.fraction - u32::from(self.fraction == 0);
        let nearest = (0..=u16::MAX >> (16 - bits)).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0);
        if self.size() == 2 { nearest.to_ne_bytes().to_vec() } else { nearest.to_le_bytes()[..1].to_vec() }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Narrow;

    /// Values as `ml_dtypes` gives them.
    #[test]
    fn patterns_have_the_values_of_ml_dtypes() {
        for (name, bits, value) in [
            ("bfloat16", 0x3fc0, 1.5),
            ("bfloat16", 0x0001, 9.183_5e-41),
            ("bfloat16", 0xff80, f32::NEG_INFINITY),
            ("float8_e4m3fn", 0x7e, 448.0),
            ("float8_e4m3fn", 0x01, 0.001_953_125),
            ("float8_e4m3", 0x78, f32::INFINITY),
            ("float8_e5m2", 0x7b, 57344.0),
            ("float8_e5m2fnuz", 0xff, -57344.0),
            ("float8_e4m3fnuz", 0x7f, 240.0),
            ("float8_e4m3b11fnuz", 0x7f, 30.0),
            ("float8_e3m4", 0x6f, 15.5),
            ("float8_e8m0fnu", 0x00, 5.877_472e-39),
            ("float8_e8m0fnu", 0x80, 2.0),
            ("float6_e2m3fn", 0x1f, 7.5),
            ("float6_e3m2fn", 0x3f, -28.0),
            ("float4_e2m1fn", 0x07, 6.0),
        ] {
            let narrow = Narrow::named(name).unwrap();
            assert_eq!(narrow.value(bits).to_bits(), f32::to_bits(value), "{name} {bits:#x}: {}", narrow.value(bits));
            let bytes = narrow.bytes(value);
            assert_eq!(narrow.values(&bytes), [value], "{name}");
        }
        for (name, bits) in [("float8_e4m3fn", 0xff), ("float8_e5m2fnuz", 0x80), ("float8_e8m0fnu", 0xff)] {
            let narrow = Narrow::named(name).unwrap();
            assert!(narrow.value(bits).is_nan() && narrow.values(&narrow.bytes(f32::NAN))[0].is_nan(), "{name}");
        }
        assert!(Narrow::named("float9").is_none());
    }
}
