//! Lengths of time and the bins they cut dates into: `6h`, `1D`, `MS`, `ME`, `QS-DEC`, `YS`, `W`.

use crate::model::calendar::{Calendar, DAY, DateTime};
use crate::model::{Error, Result};

/// Most bins that are made.
const MOST: i64 = 20_000_000;

/// A length of time, with where its label stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frequency {
    /// So many microseconds from the midnight before the first date; labelled by the start.
    Ticks(i64),
    /// `count` times `months` months; one begins with month `anchor` (from 0). Labelled by the first or the last day.
    Months { count: i64, months: i64, anchor: i64, end: bool },
    /// `count` weeks; one ends on this day (0 is Sunday). Labelled by it.
    Weeks { count: i64, last: i64 },
}

/// Dates sorted into bins that follow each other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bins {
    /// The bin of each date.
    pub(super) of: Vec<u32>,
    /// The label of each bin, bins without dates among them.
    pub(super) labels: Vec<i64>,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Frequency {
    /// Reads pandas' names: a count, a unit, an anchor.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) naming those there are.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(format!("{text} is no length of time")).hint(
                "write for example 6h, 1D, MS, ME, QS-DEC, YS or W (h, min, s; S labels by the start, E by the end)",
            )
        };
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let count: i64 =
            if digits == 0 { 1 } else { text[..digits].parse().ok().filter(|&n| n > 0).ok_or_else(wrong)? };
        let (unit, anchor) = text[digits..].split_once('-').map_or((&text[digits..], None), |(u, a)| (u, Some(a)));
        let month = |otherwise: usize| -> Result<i64> {
            let at = match anchor {
                None => otherwise,
                Some(a) => MONTHS.iter().position(|m| m.eq_ignore_ascii_case(a)).ok_or_else(wrong)?,
            };
            i64::try_from(at).ok().ok_or_else(wrong)
        };
        let ticks = |unit: i64| match anchor {
            None => count.checked_mul(unit).map(Self::Ticks).ok_or_else(wrong),
            Some(_) => Err(wrong()),
        };
        match unit {
            "D" | "d" => ticks(DAY),
            "h" | "H" => ticks(DAY / 24),
            "min" | "T" => ticks(60_000_000),
            "s" | "S" => ticks(1_000_000),
            "MS" if anchor.is_none() => Ok(Self::Months { count, months: 1, anchor: 0, end: false }),
            "ME" if anchor.is_none() => Ok(Self::Months { count, months: 1, anchor: 0, end: true }),
            "QS" => Ok(Self::Months { count, months: 3, anchor: month(0)?, end: false }),
            "QE" => Ok(Self::Months { count, months: 3, anchor: month(11)? + 1, end: true }),
            "YS" => Ok(Self::Months { count, months: 12, anchor: month(0)?, end: false }),
            "YE" => Ok(Self::Months { count, months: 12, anchor: month(11)? + 1, end: true }),
            "W" => {
                let last = anchor.map_or(Some(0), |a| DAYS.iter().position(|d| d.eq_ignore_ascii_case(a)));
                Ok(Self::Weeks { count, last: last.and_then(|d| i64::try_from(d).ok()).ok_or_else(wrong)? })
            }
            _ => Err(wrong()),
        }
    }

    /// pandas' name of it.
    pub(super) fn name(self) -> String {
        let month = |at: i64| MONTHS.get(usize::try_from(at.rem_euclid(12)).unwrap_or(0)).copied().unwrap_or("JAN");
        match self {
            Self::Ticks(n) => {
                let units = [(DAY, "D"), (DAY / 24, "h"), (60_000_000, "min"), (1_000_000, "s")];
                let found = units.iter().find(|(unit, _)| n % unit == 0);
                found.map_or_else(|| format!("{n}us"), |(unit, name)| format!("{}{name}", n / unit))
            }
            Self::Months { count, months, anchor, end } => {
                let count = if count == 1 { String::new() } else { count.to_string() };
                let letter = if end { "E" } else { "S" };
                match months {
                    1 => format!("{count}M{letter}"),
                    3 => format!("{count}Q{letter}-{}", month(if end { anchor - 1 } else { anchor })),
                    _ => format!("{count}Y{letter}-{}", month(if end { anchor - 1 } else { anchor })),
                }
            }
            Self::Weeks { count, last } => {
                let count = if count == 1 { String::new() } else { count.to_string() };
                format!("{count}W-{}", DAYS.get(usize::try_from(last).unwrap_or(0)).copied().unwrap_or("SUN"))
            }
        }
    }

    /// Sorts ascending dates into bins.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for dates out of order or bins without number.
    pub(super) fn bins(self, ticks: &[i64], calendar: Calendar) -> Result<Bins> {
        let Some(&first) = ticks.first() else { return Ok(Bins { of: Vec::new(), labels: Vec::new() }) };
        if !ticks.is_sorted() {
            return Err(unordered(ticks));
        }
        if matches!(self, Self::Weeks { .. }) && !matches!(calendar, Calendar::Standard | Calendar::ProlepticGregorian)
        {
            return Err(Error::invalid(format!("the {} calendar has no weeks", calendar.name()))
                .hint("7D makes bins of seven days"));
        }
        let origin = first - first.rem_euclid(DAY);
        let start = self.place(first, origin, calendar);
        let per_bin = match self {
            Self::Months { count, .. } | Self::Weeks { count, .. } => count,
            Self::Ticks(_) => 1,
        };
        // Several periods labelled by their end: the first bin ends with the first date's period.
        let early = if matches!(self, Self::Months { end: false, .. } | Self::Ticks(_)) { 0 } else { per_bin - 1 };
        let bin = |t: i64| (self.place(t, origin, calendar) - start + early) / per_bin;
        let count = ticks.last().map_or(0, |&t| bin(t)) + 1;
        if count > MOST {
            return Err(
                Error::invalid(format!("{count} bins of {}", self.name())).hint("choose a longer length of time")
            );
        }
        let of = ticks.iter().filter_map(|&t| u32::try_from(bin(t)).ok()).collect();
        let labels = (0..count)
            .map(|i| self.label(start + i * per_bin, origin, calendar))
            .collect::<Option<Vec<i64>>>()
            .ok_or_else(|| Error::invalid(format!("labels of {} beyond the calendar", self.name())))?;
        Ok(Bins { of, labels })
    }

    /// The number of the period that an instant lies in.
    fn place(self, tick: i64, origin: i64, calendar: Calendar) -> i64 {
        match self {
            Self::Ticks(n) => (tick - origin).div_euclid(n),
            Self::Months { months, anchor, .. } => {
                let date = calendar.date(tick);
                (i64::from(date.year) * 12 + i64::from(date.month) - 1 - anchor).div_euclid(months)
            }
            // 1970-01-01 was a Thursday.
            Self::Weeks { last, .. } => (tick.div_euclid(DAY) + 4 - last - 1).div_euclid(7),
        }
    }

    /// The label of a period.
    fn label(self, place: i64, origin: i64, calendar: Calendar) -> Option<i64> {
        match self {
            Self::Ticks(n) => place.checked_mul(n)?.checked_add(origin),
            Self::Months { months, anchor, end, .. } => {
                let month = if end { place * months + anchor + months - 1 } else { place * months + anchor };
                let year = i32::try_from(month.div_euclid(12)).ok()?;
                let of_year = u8::try_from(month.rem_euclid(12)).ok()? + 1;
                let day = if end { calendar.days_in_month(year, of_year) } else { 1 };
                calendar.ticks(&DateTime::midnight(year, of_year, day))
            }
            Self::Weeks { last, .. } => (place * 7 + 7 + last - 4).checked_mul(DAY),
        }
    }
}

/// The error of dates that do not ascend, as xarray has it too.
fn unordered(ticks: &[i64]) -> Error {
    if ticks.is_sorted_by(|a, b| a >= b) {
        return Error::invalid("the dates descend").hint("isel with ::-1 along them turns them round");
    }
    Error::invalid("the dates are not in ascending order").hint("groupby takes them in any order")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Frequency;
    use crate::model::calendar::Calendar;
    use crate::ops::dates::PartialDate;

    fn ticks(calendar: Calendar, dates: &[&str]) -> Vec<i64> {
        dates.iter().map(|d| PartialDate::parse(d).unwrap().span(calendar).unwrap().0).collect()
    }

    /// First label, second, last, and how many, from `xarray.DataArray.resample(time=…)` of xarray 2026.9.
    #[test]
    fn labels_are_those_of_xarray() {
        let calendar = Calendar::Standard;
        let times = ticks(calendar, &["2000-01-05", "2000-01-20", "2000-04-02", "2000-04-03T06"]);
        let cases = [
            ("1D", "2000-01-05", "2000-01-06", "2000-04-03", 90),
            ("MS", "2000-01-01", "2000-02-01", "2000-04-01", 4),
            ("ME", "2000-01-31", "2000-02-29", "2000-04-30", 4),
            ("QS-DEC", "1999-12-01", "2000-03-01", "2000-03-01", 2),
            ("QS", "2000-01-01", "2000-04-01", "2000-04-01", 2),
            ("QE", "2000-03-31", "2000-06-30", "2000-06-30", 2),
            ("QE-NOV", "2000-02-29", "2000-05-31", "2000-05-31", 2),
            ("YS", "2000-01-01", "2000-01-01", "2000-01-01", 1),
            ("YE", "2000-12-31", "2000-12-31", "2000-12-31", 1),
            ("YS-JUL", "1999-07-01", "1999-07-01", "1999-07-01", 1),
            ("6h", "2000-01-05", "2000-01-05T06", "2000-04-03T06", 358),
            ("7h", "2000-01-05", "2000-01-05T07", "2000-04-03T06", 307),
            ("36h", "2000-01-05", "2000-01-06T12", "2000-04-02T12", 60),
            ("10min", "2000-01-05", "2000-01-05T00:10", "2000-04-03T06", 12853),
            ("5D", "2000-01-05", "2000-01-10", "2000-03-30", 18),
            ("W", "2000-01-09", "2000-01-16", "2000-04-09", 14),
            ("W-MON", "2000-01-10", "2000-01-17", "2000-04-03", 13),
            ("2MS", "2000-01-01", "2000-03-01", "2000-03-01", 2),
            ("2QS", "2000-01-01", "2000-01-01", "2000-01-01", 1),
            ("2ME", "2000-01-31", "2000-03-31", "2000-05-31", 3),
            ("2QE", "2000-03-31", "2000-09-30", "2000-09-30", 2),
            ("2YE", "2000-12-31", "2000-12-31", "2000-12-31", 1),
            ("2W", "2000-01-09", "2000-01-23", "2000-04-16", 8),
        ];
        for (name, first, second, last, count) in cases {
            let bins = Frequency::parse(name).unwrap().bins(&times, calendar).unwrap();
            let expected = ticks(calendar, &[first, second, last]);
            let got = [bins.labels[0], bins.labels[1.min(count - 1)], bins.labels[count - 1]];
            assert_eq!((bins.labels.len(), got.as_slice()), (count, expected.as_slice()), "{name}");
        }
    }

    #[test]
    fn the_360_day_calendar_ends_its_months_on_the_30th() {
        let times = ticks(Calendar::Day360, &["2000-01-05", "2001-03-12"]);
        let label = |name: &str| {
            let bins = Frequency::parse(name).unwrap().bins(&times, Calendar::Day360).unwrap();
            (Calendar::Day360.date(bins.labels[0]).to_string()[..10].to_owned(), bins.labels.len())
        };
        assert_eq!(label("ME"), ("2000-01-30".to_owned(), 15));
        assert_eq!(label("QE-NOV"), ("2000-02-30".to_owned(), 6));
        assert_eq!(label("YE"), ("2000-12-30".to_owned(), 2));
        assert!(Frequency::parse("W").unwrap().bins(&times, Calendar::Day360).is_err());
    }

    #[test]
    fn names_and_mistakes() {
        for name in ["6h", "1D", "MS", "ME", "QS-DEC", "QE-NOV", "YS-JUL", "2MS", "W-MON", "90s", "45min"] {
            assert_eq!(Frequency::parse(name).unwrap().name(), name);
        }
        assert_eq!(Frequency::parse("YE").unwrap().name(), "YE-DEC");
        for text in ["", "D1", "0D", "M", "Q", "1X", "D-MON", "YS-FOO", "99999999999999D", "3"] {
            assert!(Frequency::parse(text).is_err(), "{text}");
        }
        assert_eq!(Frequency::parse("2ME").unwrap().name(), "2ME");
        assert_eq!(Frequency::parse("3W-WED").unwrap().name(), "3W-WED");
        let backwards = ticks(Calendar::Standard, &["2001", "2000"]);
        let error = Frequency::parse("1D").unwrap().bins(&backwards, Calendar::Standard).unwrap_err().to_string();
        assert!(error.contains("the dates descend; isel with ::-1"), "{error}");
        let long = ticks(Calendar::Standard, &["0001", "9999"]);
        assert!(
            Frequency::parse("1s").unwrap().bins(&long, Calendar::Standard).unwrap_err().to_string().contains("longer")
        );
    }
}
