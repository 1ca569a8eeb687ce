//! The parts of a date that groups go by: those of xarray's `.dt`, by its names.

use crate::model::calendar::{Calendar, DAY, DateTime};
use crate::model::{Error, Result};
use crate::ops::python;

/// The parts of a date that `by=` takes.
pub(super) const PARTS: &[&str] = &[
    "month",
    "season",
    "quarter",
    "dayofyear",
    "week",
    "weekofyear",
    "dayofweek",
    "weekday",
    "day",
    "daysinmonth",
    "hour",
    "minute",
    "second",
    "year",
];

/// The seasons in alphabetical order, as xarray has them.
const SEASONS: [&str; 4] = ["DJF", "JJA", "MAM", "SON"];

/// The name of a season by its number.
pub(super) fn season(number: i64) -> String {
    usize::try_from(number).ok().and_then(|n| SEASONS.get(n)).copied().unwrap_or("").to_owned()
}

/// A part of the date at an instant, as a number.
pub(super) fn part(name: &str, tick: i64, calendar: Calendar) -> i64 {
    let date = calendar.date(tick);
    match name {
        "month" => i64::from(date.month),
        "season" => match date.month {
            12 | 1 | 2 => 0,
            6..=8 => 1,
            3..=5 => 2,
            _ => 3,
        },
        "quarter" => (i64::from(date.month) - 1) / 3 + 1,
        "dayofyear" => i64::from(calendar.day_of_year(&date)),
        "week" | "weekofyear" => week(tick, calendar),
        "dayofweek" | "weekday" => weekday(tick, calendar),
        "day" => i64::from(date.day),
        "daysinmonth" => i64::from(calendar.days_in_month(date.year, date.month)),
        "hour" => i64::from(date.hour),
        "minute" => i64::from(date.minute),
        "second" => i64::from(date.second),
        _ => i64::from(date.year),
    }
}

/// The day of the week, Monday being 0. Calendars that are not the world's count on as cftime does.
fn weekday(tick: i64, calendar: Calendar) -> i64 {
    let first = match calendar {
        Calendar::Standard | Calendar::ProlepticGregorian | Calendar::NoLeap => 3,
        Calendar::Julian | Calendar::Day360 => 2,
        Calendar::AllLeap => 6,
    };
    (tick.div_euclid(DAY) + first).rem_euclid(7)
}

/// The number of the ISO week: that of its Thursday among those of the year.
fn week(tick: i64, calendar: Calendar) -> i64 {
    let thursday = calendar.date(tick.saturating_add((3 - weekday(tick, calendar)) * DAY));
    (i64::from(calendar.day_of_year(&DateTime { hour: 0, ..thursday })) - 1) / 7 + 1
}

/// xarray's call that groups by a part: `groupby("time.month")`.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for weeks in a calendar that has none.
pub(super) fn grouping(name: &str, dim: &str, calendar: Calendar) -> Result<String> {
    let world = matches!(calendar, Calendar::Standard | Calendar::ProlepticGregorian);
    match name {
        "week" | "weekofyear" if !world => {
            Err(Error::invalid(format!("the {} calendar has no weeks", calendar.name())).hint("by=dayofyear has days"))
        }
        // cftime has no quarters.
        "quarter" if !world => {
            let quarters = format!("(ds[{}].dt.month - 1) // 3 + 1", python::quote(dim));
            Ok(format!("groupby(({quarters}).rename(\"quarter\"))"))
        }
        _ => Ok(format!("groupby({})", python::quote(&format!("{dim}.{name}")))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{grouping, part};
    use crate::model::calendar::Calendar;
    use crate::ops::dates::PartialDate;

    /// Values of pandas and cftime.
    #[test]
    fn weeks_and_their_days() {
        let of = |date: &str, name: &str, calendar: Calendar| {
            part(name, PartialDate::parse(date).unwrap().span(calendar).unwrap().0, calendar)
        };
        let standard = [("2000-01-01", 5, 52), ("2000-01-03", 0, 1), ("2009-12-31", 3, 53), ("2018-12-31", 0, 1)];
        for (date, day, week) in standard {
            assert_eq!(of(date, "weekday", Calendar::Standard), day, "{date}");
            assert_eq!(of(date, "dayofweek", Calendar::Standard), day, "{date}");
            assert_eq!(of(date, "week", Calendar::Standard), week, "{date}");
        }
        let days = [(Calendar::NoLeap, 3), (Calendar::Day360, 2), (Calendar::AllLeap, 3), (Calendar::Julian, 3)];
        for (calendar, day) in days {
            assert_eq!(of("2001-03-02", "weekday", calendar), day, "{}", calendar.name());
        }
        assert_eq!(of("2001-02-02", "daysinmonth", Calendar::Day360), 30);
        assert_eq!(of("2001-06-02", "quarter", Calendar::NoLeap), 2);
        assert!(grouping("week", "time", Calendar::NoLeap).unwrap_err().to_string().contains("no weeks"));
        assert!(grouping("quarter", "time", Calendar::NoLeap).unwrap().contains("dt.month"));
    }
}
