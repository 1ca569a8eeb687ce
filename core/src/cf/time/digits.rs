//! `day as %Y%m%d.%f` and its shorter kin, as CDO writes them: the digits of the number are the date.

use super::round;
use crate::model::calendar::{Calendar, DAY, DateTime};

/// Which digits the number has; the fraction is that of a day, a month or a year.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Digits {
    /// `%Y%m%d.%f`
    Day,
    /// `%Y%m.%f`
    Month,
    /// `%Y.%f`
    Year,
}

impl Digits {
    /// By the first word of the units, in lower case.
    pub(super) fn of(unit: &str) -> Option<Self> {
        Some(match unit.trim_end_matches('s') {
            "day" => Self::Day,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// The instant of the number `count + part` (0 ≤ part < 1), to the second: eight digits before the point leave a
    /// third of a millisecond behind it. `None` where the digits are no date of the calendar.
    pub(super) fn decode(self, calendar: Calendar, count: i128, part: f64) -> Option<i128> {
        // −10116.75 comes as −10117 and 0.25, but the digits to read are those of 10116.75.
        let (sign, count, part) = match (count < 0, part > 0.0) {
            (false, _) => (1, count, part),
            (true, true) => (-1, -(count + 1), 1.0 - part),
            (true, false) => (-1, -count, 0.0),
        };
        let (year, month, day) = match self {
            Self::Day => (count / 10_000, count / 100 % 100, count % 100),
            Self::Month => (count / 100, count % 100, 1),
            Self::Year => (count, 1, 1),
        };
        let year = i32::try_from(sign * year).ok()?;
        let date = DateTime::midnight(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let start = calendar.ticks(&date)?;
        let length = self.length(calendar, &date, start)?;
        Some(i128::from(start) + round(part * length as f64 / 1e6) * 1_000_000)
    }

    /// The number of an instant.
    pub(super) fn encode(self, calendar: Calendar, ticks: i64) -> f64 {
        let date = calendar.date(ticks);
        let (month, day) = match self {
            Self::Day => (date.month, date.day),
            Self::Month => (date.month, 1),
            Self::Year => (1, 1),
        };
        let year = i64::from(date.year.unsigned_abs());
        let number = match self {
            Self::Day => year * 10_000 + i64::from(month) * 100 + i64::from(day),
            Self::Month => year * 100 + i64::from(month),
            Self::Year => year,
        };
        let first = DateTime::midnight(date.year, month, day);
        let part = calendar
            .ticks(&first)
            .and_then(|start| Some((ticks - start) as f64 / self.length(calendar, &first, start)? as f64));
        let value = number as f64 + part.unwrap_or(0.0);
        if date.year < 0 { -value } else { value }
    }

    /// Ticks of the day, month or year that begins at `first`, which is `start`.
    fn length(self, calendar: Calendar, first: &DateTime, start: i64) -> Option<i64> {
        let months = match self {
            Self::Day => return Some(DAY),
            Self::Month => 1,
            Self::Year => 12,
        };
        calendar.ticks(&calendar.add_months(first, months))?.checked_sub(start)
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;
    use crate::cf::TimeUnits;
    use crate::model::calendar::{Calendar, DAY};

    fn show(units: &str, calendar: Calendar, value: f64) -> String {
        let ticks = TimeUnits::parse(units, calendar).ok().and_then(|u| u.decode(value));
        ticks.map_or_else(|| "none".to_owned(), |t| calendar.date(t).to_string())
    }

    #[test]
    fn the_digits_are_the_date() {
        assert_eq!(show("day as %Y%m%d.%f", Calendar::Standard, 20_010_116.5), "2001-01-16T12:00:00");
        assert_eq!(show("day as %Y%m%d.%f", Calendar::Day360, 20_010_230.25), "2001-02-30T06:00:00");
        assert_eq!(show("month as %Y%m.%f", Calendar::Standard, 200_104.5), "2001-04-16T00:00:00");
        assert_eq!(show("year as %Y.%f", Calendar::NoLeap, 2001.0), "2001-01-01T00:00:00");
        assert_eq!(show("day as %Y%m%d.%f", Calendar::Standard, 20_010_230.0), "none");
        assert_eq!(show("day as %Y%m%d.%f", Calendar::Standard, 0.0), "none");
        assert_eq!(show("day as %Y%m%d.%f", Calendar::ProlepticGregorian, -441_231.75), "-0044-12-31T18:00:00");
    }

    #[test]
    fn decoding_undoes_encoding_to_the_second() {
        for calendar in Calendar::ALL {
            for digits in [Digits::Day, Digits::Month, Digits::Year] {
                for i in -40_000..40_000_i64 {
                    let ticks = i * DAY + i.rem_euclid(86_400) * 1_000_000;
                    let value = digits.encode(calendar, ticks);
                    #[expect(clippy::cast_possible_truncation, reason = "a date of eight digits")]
                    let back = digits.decode(calendar, value.floor() as i128, value - value.floor());
                    assert_eq!(back, Some(i128::from(ticks)), "{} {digits:?} {value}", calendar.name());
                }
            }
        }
    }
}
