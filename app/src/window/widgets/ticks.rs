//! Marks of an axis of a plot: dates in any calendar, numbers, names.

use egui_plot::{GridInput, GridMark};
use graticule_core::model::calendar::{Calendar, DAY, DateTime};
use graticule_core::plan::{Axis, AxisValues};

/// Where the positions of an axis lie on a plot: days since 1970 counted in the calendar, numbers, or 0, 1, 2 …
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
pub fn places(axis: &Axis) -> Vec<f64> {
    match &axis.values {
        AxisValues::Number(values) => values.to_vec(),
        AxisValues::Time { ticks, .. } => {
            ticks.iter().map(|&t| if t == i64::MIN { f64::NAN } else { t as f64 / DAY as f64 }).collect()
        }
        AxisValues::Index(_) | AxisValues::Text(_) => (0..axis.values.len()).map(|i| i as f64).collect(),
    }
}

/// A number in at most five figures.
#[must_use]
pub fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&size) {
        return format!("{value:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 8")]
    let decimals = (4.0 - size).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Marks for what of the axis is visible.
#[must_use]
pub fn marks(axis: &Axis, input: GridInput) -> Vec<GridMark> {
    match &axis.values {
        AxisValues::Time { calendar, .. } => dates(*calendar, input.bounds, input.base_step_size),
        _ => egui_plot::uniform_grid_spacer(|input| {
            let step = nice(input.base_step_size * 6.0);
            [step, step * 5.0, step * 50.0]
        })(input),
    }
}

/// The text at a mark.
#[must_use]
pub fn mark_label(axis: &Axis, mark: GridMark) -> String {
    match &axis.values {
        AxisValues::Time { calendar, .. } => {
            let date = calendar.date(ticks_of(mark.value));
            let (y, m, d) = (date.year, date.month, date.day);
            match mark.step_size {
                s if s >= 365.0 => format!("{y:04}"),
                s if s >= 28.0 && m == 1 => format!("{y:04}"),
                s if s >= 28.0 => format!("{y:04}-{m:02}"),
                s if s >= 1.0 => format!("{y:04}-{m:02}-{d:02}"),
                _ if date.hour == 0 && date.minute == 0 => format!("{m:02}-{d:02}"),
                _ => format!("{:02}:{:02}", date.hour, date.minute),
            }
        }
        AxisValues::Text(names) => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the position")]
            let index = mark.value.round().max(0.0) as usize;
            if mark.value.fract() == 0.0 { names.get(index).cloned().unwrap_or_default() } else { String::new() }
        }
        _ => short(mark.value),
    }
}

/// The smallest of 1, 2, 5 · 10ⁿ that is not below `raw`.
fn nice(raw: f64) -> f64 {
    let power = 10_f64.powf(raw.max(f64::MIN_POSITIVE).log10().floor());
    [1.0, 2.0, 5.0].into_iter().find(|m| m * power >= raw).unwrap_or(10.0) * power
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "saturates beyond what ticks can hold"
)]
fn ticks_of(days: f64) -> i64 {
    (days * DAY as f64).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "places on a screen")]
fn days_of(calendar: Calendar, date: &DateTime) -> Option<f64> {
    calendar.ticks(date).map(|t| t as f64 / DAY as f64)
}

/// Steps in months, then in days.
const MONTHS: [i32; 14] = [1200, 600, 240, 120, 60, 24, 12, 6, 3, 1, 0, 0, 0, 0];
const DAYS: [f64; 8] = [10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.125, 1.0 / 24.0];

/// Marks at round dates, at least about 90 points apart.
fn dates(calendar: Calendar, (low, high): (f64, f64), base_step: f64) -> Vec<GridMark> {
    // The plot's base step is what a few points are wide.
    let least = base_step * 10.0;
    let months = MONTHS.into_iter().filter(|m| *m > 0 && f64::from(*m) * 30.0 >= least).min();
    let days = DAYS.into_iter().filter(|d| *d >= least).fold(f64::NAN, f64::min);
    if days.is_finite() && days <= 10.0 {
        let first = (low / days).ceil();
        let count = ((high - low) / days).floor().clamp(0.0, 400.0);
        let mut out = Vec::new();
        let mut i = 0.0;
        while i <= count {
            out.push(GridMark { value: (first + i) * days, step_size: days });
            i += 1.0;
        }
        return out;
    }
    let Some(step) = months else { return Vec::new() };
    let start = calendar.date(ticks_of(low));
    let month = i32::from(start.month) - 1;
    let mut at = DateTime::midnight(start.year, 1, 1);
    at = calendar.add_months(&at, month.div_euclid(step) * step);
    if step >= 12 {
        let years = step / 12;
        at = DateTime::midnight(start.year.div_euclid(years) * years, 1, 1);
    }
    let mut out = Vec::new();
    while let Some(value) = days_of(calendar, &at).filter(|v| *v <= high && out.len() < 400) {
        if value >= low {
            out.push(GridMark { value, step_size: f64::from(step) * 30.42 });
        }
        at = calendar.add_months(&at, step);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{dates, mark_label, short};
    use graticule_core::model::Attrs;
    use graticule_core::model::calendar::Calendar;
    use graticule_core::plan::{Axis, AxisValues};

    fn labels(calendar: Calendar, low: f64, high: f64, base: f64) -> Vec<String> {
        let values = AxisValues::Time { ticks: [0].as_slice().into(), calendar };
        let axis = Axis { name: "time".into(), values, attrs: Attrs::default(), bounds: None };
        dates(calendar, (low, high), base).into_iter().map(|m| mark_label(&axis, m)).collect()
    }

    #[test]
    fn marks_stand_at_round_dates_of_the_calendar() {
        // Six years of 360 days from 1970: marks each year, whatever the calendar says of their length.
        assert_eq!(labels(Calendar::Day360, 0.0, 1500.0, 20.0), ["1970", "1971", "1972", "1973", "1974"]);
        assert_eq!(labels(Calendar::NoLeap, 365.0, 420.0, 2.0), ["1971", "1971-02"]);
        assert_eq!(labels(Calendar::Standard, 0.0, 1.0, 0.02), ["01-01", "06:00", "12:00", "18:00", "01-02"]);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.0, 291.4, 0.000_01, 1e9, -12.5].map(short), ["0", "291.4", "1.000e-5", "1.000e9", "-12.5"]);
    }
}
