//! Owns round numbers for axes and colour bars, and how they are written.
//! Knows nothing of where they are drawn.

use super::wording::raised;
use crate::cast::{f64_of, floor_i64};

/// A mark on an axis or colour bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value.
    pub value: f64,
    /// As it is written.
    pub label: String,
}

/// At most about `most` round values (steps of 1, 2, 2.5 or 5 times a power of ten) in
/// `low..=high`, ends included where they are round. Empty when the range is.
#[must_use]
pub fn nice_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    if !(low.is_finite() && high.is_finite()) || high < low {
        return Vec::new();
    }
    if low == high {
        return vec![Tick { value: low, label: value_label(low) }];
    }
    let step = nice_step((high - low) / f64_of(most.max(1)));
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = floor_i64(last - first).clamp(0, 1000);
    (0..=count)
        .map(|i| (first + i as f64) * step)
        .map(|value| if value.abs() < step * 1e-9 { 0.0 } else { value })
        .map(|value| Tick { value, label: number_label(value, step) })
        .collect()
}

/// Round values on a logarithmic range of positive numbers: powers of ten, with 2 and 5 (or
/// 3) between where there is room.
#[must_use]
pub fn nice_log_ticks(low: f64, high: f64, most: usize) -> Vec<Tick> {
    if !(low > 0.0 && high.is_finite()) || high <= low {
        return Vec::new();
    }
    let decades = (high / low).log10();
    let (mantissas, stride): (&[f64], i64) = if decades * 3.0 <= f64_of(most) {
        (&[1.0, 2.0, 5.0], 1)
    } else if decades * 2.0 <= f64_of(most) {
        (&[1.0, 3.0], 1)
    } else {
        (&[1.0], floor_i64((decades / f64_of(most.max(1))).ceil()).max(1))
    };
    let first = floor_i64(low.log10());
    let last = floor_i64(high.log10());
    let found: Vec<f64> = (first..=last)
        .filter(|p| p.rem_euclid(stride) == 0)
        .flat_map(|p| mantissas.iter().map(move |m| m * 10_f64.powi(i32::try_from(p).unwrap_or(0))))
        .filter(|v| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9))
        .collect();
    if found.len() < 2 {
        return nice_ticks(low, high, most);
    }
    found.into_iter().map(|value| Tick { value, label: number_label(value, value) }).collect()
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `raw`.
#[must_use]
pub fn nice_step(raw: f64) -> f64 {
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(raw.log10().floor());
    let m = raw / power;
    let round = [1.0, 2.0, 2.5, 5.0].into_iter().find(|r| m <= *r * (1.0 + 1e-9)).unwrap_or(10.0);
    round * power
}

/// `value` written with as many decimals as steps of `step` need; very large and very small
/// numbers as powers of ten (`1.5×10⁻⁵`); a true minus sign.
#[must_use]
pub fn number_label(value: f64, step: f64) -> String {
    let size = value.abs().max(step.abs());
    if value == 0.0 && !(1e-4..1e6).contains(&size) {
        return "0".to_owned();
    }
    if size != 0.0 && !(1e-4..1e6).contains(&size) && value != 0.0 {
        return scientific(value, step);
    }
    let decimals = (0..=9_i32).find(|d| {
        let scaled = step.abs() * 10_f64.powi(*d);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1e-300) && scaled.round() >= 1.0
    });
    let decimals = usize::try_from(decimals.unwrap_or(6)).unwrap_or(6);
    signed(&format!("{value:.decimals$}"))
}

/// A value as a person reads it at the cursor: about six significant digits.
#[must_use]
pub fn value_label(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "missing".to_owned() } else { signed(&value.to_string()) };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e7).contains(&value.abs()) {
        return scientific(value, value.abs() * 1e-4);
    }
    let whole = floor_i64(value.abs().log10()).max(-4);
    let decimals = usize::try_from((5 - whole).clamp(0, 9)).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    signed(text)
}

fn scientific(value: f64, step: f64) -> String {
    let power = floor_i64(value.abs().log10());
    let scale = 10_f64.powi(i32::try_from(power).unwrap_or(0));
    let digits = floor_i64((value.abs() / step.abs().max(f64::MIN_POSITIVE)).log10().ceil()).clamp(0, 4);
    let mantissa = format!("{:.*}", usize::try_from(digits).unwrap_or(0), value / scale);
    let mantissa =
        if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { &mantissa };
    let raised = raised(&power.to_string());
    match mantissa {
        "1" => format!("10{raised}"),
        "-1" => format!("\u{2212}10{raised}"),
        _ => format!("{}×10{raised}", signed(mantissa)),
    }
}

/// A true minus sign in place of the hyphen, and no minus zero.
fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(labels(&nice_ticks(251.3, 308.9, 6)), ["260", "270", "280", "290", "300"]);
        assert_eq!(labels(&nice_ticks(-1.0, 1.0, 5)), ["\u{2212}1.0", "\u{2212}0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(&nice_ticks(0.0, 0.003, 4)), ["0.000", "0.001", "0.002", "0.003"]);
        assert_eq!(labels(&nice_ticks(0.0, 2.5e-6, 5)), ["0", "5×10⁻⁷", "10⁻⁶", "1.5×10⁻⁶", "2×10⁻⁶", "2.5×10⁻⁶"]);
        assert_eq!(labels(&nice_ticks(98_000.0, 103_000.0, 3)), ["98000", "100000", "102000"]);
        assert!(nice_ticks(f64::NAN, 1.0, 5).is_empty());
        assert!(nice_ticks(2.0, 1.0, 5).is_empty());
        assert_eq!(labels(&nice_ticks(7.0, 7.0, 5)), ["7"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(&nice_log_ticks(0.01, 1000.0, 6)), ["0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(&nice_log_ticks(1.0, 20.0, 8)), ["1", "2", "5", "10", "20"]);
        assert!(nice_log_ticks(-1.0, 10.0, 5).is_empty());
    }

    #[test]
    fn values_read_well_at_the_cursor() {
        let pairs = [
            (291.437_219, "291.437"),
            (-0.5, "\u{2212}0.5"),
            (0.0, "0"),
            (101_325.0, "101325"),
            (1.234_567e-7, "1.2346×10⁻⁷"),
            (-3.0e9, "\u{2212}3×10⁹"),
            (f64::NAN, "missing"),
        ];
        for (value, wanted) in pairs {
            assert_eq!(value_label(value), wanted);
        }
    }
}
