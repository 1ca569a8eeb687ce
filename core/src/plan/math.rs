//! Elementary functions without branches, so that loops over them become vector instructions. Rounding is the same on
//! every machine: no fused multiply-add is used. The approximations are those of fdlibm (Sun Microsystems, 1993), within
//! one unit of the last place.

use std::f64::consts::{FRAC_2_PI, LOG2_E};

/// Arguments of sine, cosine and tangent up to here are reduced exactly; larger ones are for the library.
pub(super) const LARGEST_ANGLE: f64 = 1e6;
/// Magnitudes whose squares neither overflow nor lose digits.
pub(super) const SQUARABLE: std::ops::Range<f64> = 1e-140..1e140;

/// Adding this rounds to an integer, which then stands in the low bits.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// π/2 in three parts; a product of one of the first two with an integer below 2²⁰ is exact.
const HALF_PI: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_7e-21];
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

const SIN: [f64; 6] = [
    -1.666_666_666_666_663_2e-1,
    8.333_333_333_322_49e-3,
    -1.984_126_982_985_795e-4,
    2.755_731_370_707_006_8e-6,
    -2.505_076_025_340_686_3e-8,
    1.589_690_995_211_55e-10,
];
const COS: [f64; 6] = [
    4.166_666_666_666_66e-2,
    -1.388_888_888_887_411e-3,
    2.480_158_728_947_673e-5,
    -2.755_731_435_139_066_3e-7,
    2.087_572_321_298_175e-9,
    -1.135_964_755_778_819_5e-11,
];
const EXP: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];
const LN: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// The distance from the nearest multiple of π/2 with its rounding error, and that multiple's number.
#[inline(always)]
fn reduced(x: f64) -> (f64, f64, u64) {
    let shifted = x * FRAC_2_PI + ROUND;
    let n = shifted - ROUND;
    let near = x - n * HALF_PI[0];
    let step = n * HALF_PI[1];
    let rest = near - step;
    let error = n * HALF_PI[2] - ((near - rest) - step);
    let y = rest - error;
    (y, (rest - y) - error, shifted.to_bits())
}

/// Sine and cosine of `x + e`, |x| ≤ π/4.
#[inline(always)]
fn both(x: f64, e: f64) -> (f64, f64) {
    let z = x * x;
    let w = z * z;
    let r = SIN[1] + z * (SIN[2] + z * SIN[3]) + z * w * (SIN[4] + z * SIN[5]);
    let v = z * x;
    let sine = x - ((z * (0.5 * e - v * r) - e) - v * SIN[0]);
    let r = z * (COS[0] + z * (COS[1] + z * COS[2])) + w * w * (COS[3] + z * (COS[4] + z * COS[5]));
    let half = 0.5 * z;
    let w = 1.0 - half;
    (sine, w + (((1.0 - w) - half) + (z * r - x * e)))
}

/// `x` with its sign turned where the second bit of `n` is set.
#[inline(always)]
fn turned(x: f64, n: u64) -> f64 {
    f64::from_bits(x.to_bits() ^ ((n & 2) << 62))
}

/// The sine, for |x| below [`LARGEST_ANGLE`].
#[inline(always)]
pub(super) fn sin(x: f64) -> f64 {
    let (y, e, n) = reduced(x);
    let (s, c) = both(y, e);
    turned(if n & 1 == 0 { s } else { c }, n)
}

/// The cosine, for |x| below [`LARGEST_ANGLE`].
#[inline(always)]
pub(super) fn cos(x: f64) -> f64 {
    let (y, e, n) = reduced(x);
    let (s, c) = both(y, e);
    turned(if n & 1 == 0 { c } else { s }, n.wrapping_add(n & 1))
}

/// The tangent, for |x| below [`LARGEST_ANGLE`].
#[inline(always)]
pub(super) fn tan(x: f64) -> f64 {
    let (y, e, n) = reduced(x);
    let (s, c) = both(y, e);
    if n & 1 == 0 { s / c } else { -c / s }
}

/// eˣ.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    // Beyond these the result is infinite, or nearer to 0 than to any other number.
    let at = if x > 710.0 { 710.0 } else { x };
    let at = if at < -746.0 { -746.0 } else { at };
    let shifted = at * LOG2_E + ROUND;
    let n = shifted - ROUND;
    let (hi, lo) = (at - n * LN_2[0], n * LN_2[1]);
    let r = hi - lo;
    let t = r * r;
    let c = r - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
    let y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
    // The power of two in two factors, as one alone may be out of range.
    let n = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let half = (n.wrapping_add(4096) >> 1).wrapping_sub(2048);
    let power = |n: u64| f64::from_bits(n.wrapping_add(1023) << 52);
    let y = y * power(half) * power(n.wrapping_sub(half));
    if x.is_nan() { x } else { y }
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    const SPLIT: u64 = 0x3fe6_a09e_0000_0000; // √½, rounded
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const EXPONENT: u64 = 0x4330_0000_0000_0000; // 2⁵²: an integer in the low bits
    let tiny = x < f64::MIN_POSITIVE;
    let at = if tiny { x * 18_014_398_509_481_984.0 } else { x };
    let bits = at.to_bits().wrapping_add(ONE - SPLIT);
    let bias = if tiny { 1077.0 } else { 1023.0 };
    let k = f64::from_bits((bits >> 52) | EXPONENT) - (4_503_599_627_370_496.0 + bias);
    let f = f64::from_bits((bits & 0x000f_ffff_ffff_ffff).wrapping_add(SPLIT)) - 1.0;
    let half = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (LN[1] + w * (LN[3] + w * LN[5]));
    let odd = z * (LN[0] + w * (LN[2] + w * (LN[4] + w * LN[6])));
    let y = s * (half + (even + odd)) + k * LN_2[1] - half + f + k * LN_2[0];
    let y = if x < 0.0 { f64::NAN } else { y };
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    if x < f64::INFINITY { y } else { x }
}

/// √(x² + y²), where the larger is in [`SQUARABLE`].
#[inline(always)]
pub(super) fn hypot(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use super::{cos, exp, hypot, ln, sin, tan};

    /// The numbers between two floats.
    fn apart(a: f64, b: f64) -> u64 {
        let order = |x: f64| {
            let bits = x.to_bits().cast_signed();
            if bits < 0 { i64::MIN - bits } else { bits }
        };
        if a.is_nan() && b.is_nan() { 0 } else { order(a).abs_diff(order(b)) }
    }

    /// A million values spread over the range, by size where `sizes`, each compared with the library.
    fn worst(range: (f64, f64), sizes: bool, ours: fn(f64) -> f64, theirs: fn(f64) -> f64) -> u64 {
        let mut state = 42_u64;
        let mut worst = 0;
        for _ in 0..1_000_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let u = (state >> 11) as f64 / 9_007_199_254_740_992.0;
            let x = range.0 + u * (range.1 - range.0);
            let x = if sizes { 10f64.powf(x) } else { x };
            worst = worst.max(apart(ours(x), theirs(x)));
        }
        worst
    }

    #[test]
    fn within_two_units_of_the_library() {
        assert!(worst((-10.0, 10.0), false, sin, f64::sin) <= 1);
        assert!(worst((-1e6, 1e6), false, sin, f64::sin) <= 1);
        assert!(worst((-300.0, 0.0), true, sin, f64::sin) <= 1);
        assert!(worst((-10.0, 10.0), false, cos, f64::cos) <= 1);
        assert!(worst((-1e6, 1e6), false, cos, f64::cos) <= 1);
        assert!(worst((-10.0, 10.0), false, tan, f64::tan) <= 2);
        assert!(worst((-1e6, 1e6), false, tan, f64::tan) <= 2);
        assert!(worst((-750.0, 712.0), false, exp, f64::exp) <= 1);
        assert!(worst((-1.0, 1.0), false, exp, f64::exp) <= 1);
        assert!(worst((-320.0, 308.0), true, ln, f64::ln) <= 1);
        assert!(worst((0.5, 2.0), false, ln, f64::ln) <= 1);
        assert!(worst((-100.0, 100.0), true, |x| hypot(x, 3.0), |x| x.hypot(3.0)) <= 1);
    }

    #[test]
    fn near_multiples_of_half_a_turn() {
        for n in 0..600_000 {
            let x = f64::from(n) * std::f64::consts::FRAC_PI_2;
            assert!(apart(sin(x), x.sin()) <= 1 && apart(cos(x), x.cos()) <= 1, "{n}");
            assert!(apart(tan(x), x.tan()) <= 2, "{n}");
        }
    }

    #[test]
    fn ends_and_holes() {
        let (inf, nan) = (f64::INFINITY, f64::NAN);
        for x in [0.0, -0.0, inf, -inf, nan, f64::MIN_POSITIVE, 5e-324, 1.0, -1.0, f64::MAX] {
            for (ours, theirs) in [(exp(x), x.exp()), (ln(x), x.ln())] {
                assert!(apart(ours, theirs) <= 1, "{x}: {ours} {theirs}");
            }
        }
        for x in [0.0, -0.0, inf, nan] {
            for (ours, theirs) in [(sin(x), x.sin()), (cos(x), x.cos()), (tan(x), x.tan())] {
                assert!(
                    ours.to_bits() == theirs.to_bits() || (ours.is_nan() && theirs.is_nan()),
                    "{x}: {ours} {theirs}"
                );
            }
        }
        assert_eq!((exp(709.8), exp(-745.2), exp(-745.0)), (inf, 0.0, 5e-324));
    }
}
