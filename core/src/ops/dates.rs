//! Dates as people write them: `2001`, `2001-07`, `2001-07-16T12:30`. Each names a span of time in a calendar.

use crate::model::calendar::{Calendar, DAY, DateTime};
use crate::model::{Error, Result};

/// The smallest part of a date that is given or differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resolution {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Micro,
}

/// A date of which the smaller parts may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartialDate {
    /// Its first instant.
    pub(crate) start: DateTime,
    /// The smallest part given.
    pub(crate) resolution: Resolution,
}

impl PartialDate {
    /// Reads `YYYY[-MM[-DD[Thh[:mm[:ss[.f]]]]]]`, a blank for the T, a sign before the year; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('Z');
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (date, time) = match rest.split_once(['T', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (rest, None),
        };
        let mut start = DateTime::midnight(0, 1, 1);
        let mut resolution = Resolution::Year;
        let mut parts = date.split('-');
        let year = parts.next().filter(|y| (1..=6).contains(&y.len()) && y.bytes().all(|b| b.is_ascii_digit()))?;
        start.year = sign * year.parse::<i32>().ok()?;
        if let Some(month) = parts.next() {
            (start.month, resolution) = (two(month)?, Resolution::Month);
        }
        if let Some(day) = parts.next() {
            (start.day, resolution) = (two(day)?, Resolution::Day);
        }
        if parts.next().is_some() || (time.is_some() && resolution != Resolution::Day) {
            return None;
        }
        if let Some(time) = time {
            let mut parts = time.split(':');
            (start.hour, resolution) = (two(parts.next()?)?, Resolution::Hour);
            if let Some(minute) = parts.next() {
                (start.minute, resolution) = (two(minute)?, Resolution::Minute);
            }
            if let Some(second) = parts.next() {
                let (whole, fraction) = second.split_once('.').map_or((second, None), |(w, f)| (w, Some(f)));
                (start.second, resolution) = (two(whole)?, Resolution::Second);
                if let Some(fraction) =
                    fraction.filter(|f| (1..=9).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()))
                {
                    (start.micro, resolution) = (format!("{fraction:0<6}").get(..6)?.parse().ok()?, Resolution::Micro);
                } else if fraction.is_some() {
                    return None;
                }
            }
            if parts.next().is_some() {
                return None;
            }
        }
        Some(Self { start, resolution })
    }

    /// Its first and last instant in a calendar.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where the calendar has no such date.
    pub(crate) fn span(&self, calendar: Calendar) -> Result<(i64, i64)> {
        let none = || Error::invalid(format!("{} is no date of the {} calendar", self.start, calendar.name()));
        let first = calendar.ticks(&self.start).ok_or_else(none)?;
        let next = match self.resolution {
            Resolution::Year => {
                calendar.ticks(&DateTime::midnight(self.start.year.saturating_add(1), 1, 1)).ok_or_else(none)?
            }
            Resolution::Month => {
                let next = calendar.add_months(&self.start, 1);
                calendar.ticks(&DateTime { day: 1, ..next }).ok_or_else(none)?
            }
            Resolution::Day => first.saturating_add(DAY),
            Resolution::Hour => first.saturating_add(DAY / 24),
            Resolution::Minute => first.saturating_add(60_000_000),
            Resolution::Second => first.saturating_add(1_000_000),
            Resolution::Micro => first.saturating_add(1),
        };
        Ok((first, next - 1))
    }
}

/// The smallest part that differs from nothing in any of these dates, a day at most.
pub(crate) fn resolution(calendar: Calendar, ticks: &[i64]) -> Resolution {
    ticks
        .iter()
        .filter(|t| **t != i64::MIN)
        .map(|&t| match t.rem_euclid(DAY) {
            0 => Resolution::Day,
            _ => match calendar.date(t) {
                DateTime { micro: 1.., .. } => Resolution::Micro,
                DateTime { second: 1.., .. } => Resolution::Second,
                DateTime { minute: 1.., .. } => Resolution::Minute,
                _ => Resolution::Hour,
            },
        })
        .max()
        .unwrap_or(Resolution::Day)
}

/// A number of two digits.
fn two(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{PartialDate, Resolution};
    use crate::model::calendar::{Calendar, DAY};

    #[test]
    fn spans_follow_the_calendar() {
        let days = |text: &str, calendar: Calendar| {
            let (a, b) = PartialDate::parse(text).unwrap().span(calendar).unwrap();
            (b - a + 1) as f64 / DAY as f64
        };
        assert_eq!(days("2000", Calendar::Standard), 366.0);
        assert_eq!(days("2000", Calendar::Day360), 360.0);
        assert_eq!(days("2000-02", Calendar::NoLeap), 28.0);
        assert_eq!(days("1582-10", Calendar::Standard), 21.0);
        assert_eq!(days("2000-02-30", Calendar::Day360), 1.0);
        assert_eq!(days("2001-07-16T12", Calendar::Standard), 1.0 / 24.0);
        assert_eq!(days("-0044-03-15", Calendar::Julian), 1.0);
        let error = PartialDate::parse("2000-02-30").unwrap().span(Calendar::Standard).unwrap_err();
        assert!(error.to_string().contains("no date of the standard calendar"));
    }

    #[test]
    fn only_dates_are_dates() {
        let parse = |text: &str| PartialDate::parse(text).map(|d| (d.start.to_string(), d.resolution));
        assert_eq!(
            parse("2001-07-16 12:30:05.25Z").unwrap(),
            ("2001-07-16T12:30:05.250000".to_owned(), Resolution::Micro)
        );
        for text in
            ["", "2001-7", "2001-07-16T", "2001-07T12", "abc", "2001-07-16T12:3", "30:60", "2001-07-16-01", "1e3"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
