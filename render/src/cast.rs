//! Owns the narrowing conversions between number types, each saying what happens at the ends.
//! Knows nothing of maps.

/// `f64` to `f32`, rounded to nearest; too large becomes infinite.
#[expect(clippy::cast_possible_truncation, reason = "rounding is the purpose")]
pub(crate) const fn f32_of(v: f64) -> f32 {
    v as f32
}

/// Floor as an `i64`; saturates, NaN becomes 0.
#[expect(clippy::cast_possible_truncation, reason = "saturating is the purpose")]
pub(crate) fn floor_i64(v: f64) -> i64 {
    v.floor() as i64
}

/// The cell `floor(v)` when it lies in `0..n`; `None` otherwise and for NaN.
pub(crate) fn cell_of(v: f64, n: usize) -> Option<usize> {
    if v.is_nan() {
        return None;
    }
    usize::try_from(floor_i64(v)).ok().filter(|i| *i < n)
}

/// Non-negative `f64` rounded to the nearest `u32`; saturates, NaN becomes 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating is the purpose")]
pub(crate) fn round_u32(v: f64) -> u32 {
    v.round() as u32
}

/// Non-negative `f64` rounded up to a count; saturates, NaN becomes 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating is the purpose")]
pub(crate) fn ceil_usize(v: f64) -> usize {
    v.ceil() as usize
}

/// A count as `f64`; exact below 2⁵³.
pub(crate) const fn f64_of(n: usize) -> f64 {
    n as f64
}

/// A count as `u32`; saturates.
pub(crate) fn u32_of(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
