//! Marks at round dates along a time axis, in any calendar.

use graticule_core::model::calendar::{Calendar, DAY, DateTime};
use graticule_render::scene::Tick;

/// Steps in months, from a century down.
const MONTHS: [i32; 10] = [1200, 600, 240, 120, 60, 24, 12, 6, 3, 1];
/// Steps in microseconds, from ten days down.
const SHORT: [i64; 11] = {
    let hour = DAY / 24;
    let minute = hour / 60;
    [10 * DAY, 5 * DAY, 2 * DAY, DAY, 12 * hour, 6 * hour, 3 * hour, hour, 30 * minute, 10 * minute, minute]
};

/// Round dates from `low` to `high` (ticks of the calendar), at most about `most`; the value of a mark is `place` of its
/// tick.
pub(crate) fn dates(calendar: Calendar, [low, high]: [i64; 2], most: usize, place: impl Fn(i64) -> f64) -> Vec<Tick> {
    let span = high.saturating_sub(low).max(1);
    let room = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let fits = |step: i64| span / step.max(1) < room;
    let shortest = SHORT.into_iter().rev().find(|s| fits(*s));
    let mut out = Vec::new();
    let mut mark = |tick: i64, label: String| out.push(Tick { value: place(tick), label });
    if let Some(step) = shortest {
        let mut at = low.div_euclid(step) * step;
        while at <= high {
            if at >= low {
                let date = calendar.date(at);
                let day = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
                let midnight = at.rem_euclid(DAY) == 0;
                mark(at, if step >= DAY || midnight { day } else { format!("{:02}:{:02}", date.hour, date.minute) });
            }
            at = at.saturating_add(step);
        }
        return out;
    }
    let month_fits = |months: &i32| fits(i64::from(*months) * 30 * DAY);
    let known = MONTHS.into_iter().rev().find(month_fits);
    // Beyond centuries: a thousand years, ten thousand …
    let longer = || (1..6).map(|n| MONTHS[0] * 10_i32.pow(n)).find(month_fits);
    let step = known.or_else(longer).unwrap_or(i32::MAX / 2);
    let start = calendar.date(low);
    let mut date = DateTime::midnight(start.year.div_euclid((step / 12).max(1)) * (step / 12).max(1), 1, 1);
    while let Some(tick) = calendar.ticks(&date).filter(|t| *t <= high) {
        if tick >= low {
            let year = format!("{:04}", date.year);
            mark(tick, if step % 12 == 0 || date.month == 1 { year } else { format!("{year}-{:02}", date.month) });
        }
        date = calendar.add_months(&date, step);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::dates;
    use graticule_core::model::calendar::{Calendar, DAY};

    fn labels(days: i64, most: usize) -> Vec<String> {
        dates(Calendar::Day360, [0, days * DAY], most, |t| t as f64).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn marks_stand_at_round_dates() {
        assert_eq!(labels(720, 8), ["1970", "1970-07", "1971", "1971-07", "1972"]);
        assert_eq!(labels(100, 5), ["1970", "1970-02", "1970-03", "1970-04"]);
        assert_eq!(labels(3, 4), ["1970-01-01", "1970-01-02", "1970-01-03", "1970-01-04"]);
        assert_eq!(labels(1, 5), ["1970-01-01", "06:00", "12:00", "18:00", "1970-01-02"]);
        assert_eq!(labels(36_000, 6), ["1980", "2000", "2020", "2040", "2060"]);
        assert_eq!(
            labels(3_600_000, 11),
            ["2000", "3000", "4000", "5000", "6000", "7000", "8000", "9000", "10000", "11000"]
        );
        assert_eq!(labels(0, 5), ["1970-01-01"]);
    }
}
