//! The date after `since`, in the many ways files write it. Knows no calendar: 30 February passes here.

use super::cursor::{Cursor, Part};
use crate::model::calendar::DateTime;

/// A date as written, with its distance to UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReferenceDate {
    /// Date and time as they stand. The hour may be 24.
    pub(super) date: DateTime,
    /// Nanoseconds beyond the microsecond.
    pub(super) nanos: i64,
    /// Minutes by which the written time is ahead of UTC.
    pub(super) ahead_minutes: i32,
    /// What the text leaves open and was assumed.
    pub(super) assumed: Option<&'static str>,
    /// What stood behind and was not understood.
    pub(super) ignored: String,
}

impl ReferenceDate {
    /// Reads `1950-1-1`, `1950-01-01T00:00:00Z`, `1992-10-8 15:15:42.5 -6:00`, `1900-01-01 0:0:0.0 UTC`, `20010116`,
    /// `2000`, `15-Jan-2000`, `January 15, 2000`, `1/15/2000`. A missing month, day or time is the first. `None` where
    /// there is no year or a number has no place.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut c = Cursor(text.trim());
        let before = c.eat('-');
        c.eat('+');
        c.weekday();
        let mut date = DateTime::midnight(0, 1, 1);
        let mut nanos = if c.clock_follows(2, ':') { c.time(&mut date)? } else { 0 };
        let (parts, rest) = parts(&mut c, &mut date, &mut nanos)?;
        let (day, assumed) = ordered(&parts)?;
        (date.year, date.month, date.day) = (if before { -day.year } else { day.year }, day.month, day.day);
        if rest.is_empty() {
            let mut behind = c;
            // Of two numbers it is a zone: `2000-01-15-05:30`.
            let apart = behind.eat('-') || behind.eat(':');
            if apart && [':', '-'].iter().any(|&between| behind.clock_follows(3, between)) {
                c = behind;
            } else if !(c.eat('T') || c.eat('t') || c.eat('_')) {
                c.skip_space();
                if c.eat_word("at") {
                    c.skip_space();
                }
            }
            nanos += c.time(&mut date)?;
        } else {
            nanos += Cursor(rest).time(&mut date)?;
        }
        c.skip_space();
        let ahead_minutes = c.zone()?;
        Some(Self { date, nanos, ahead_minutes, assumed, ignored: c.0.trim().to_owned() })
    }
}

/// The parts of the date, at most three, and digits of the time that follow those of the date. In `Sat Jan 15 12:30:00 2000`
/// the time stands before the year.
fn parts<'a>(c: &mut Cursor<'a>, time: &mut DateTime, nanos: &mut i64) -> Option<(Vec<Part<'a>>, &'a str)> {
    let mut parts = Vec::with_capacity(3);
    while parts.len() < 3 {
        let before = *c;
        c.separator();
        if c.clock_follows(2, ':') {
            if !matches!(parts.as_slice(), [Part::Month(_), Part::Number(day)] if day.len() <= 2) {
                *c = before;
                break;
            }
            *nanos += c.time(time)?;
            c.skip_space();
            let _zone = c.eat_word("utc") || c.eat_word("gmt");
            continue;
        }
        match c.part() {
            Some(Part::Number(digits)) if parts.is_empty() && matches!(digits.len(), 8 | 12 | 14) => {
                let (date, time) = digits.split_at(8);
                let (year, rest) = date.split_at(4);
                let (month, day) = rest.split_at(2);
                return Some(([year, month, day].map(Part::Number).to_vec(), time));
            }
            Some(part) => parts.push(part),
            None => {
                *c = before;
                break;
            }
        }
    }
    Some((parts, ""))
}

/// Year, month and day, and what was assumed of their order. Which century a year of two digits is in is not guessed.
fn ordered(parts: &[Part<'_>]) -> Option<(DateTime, Option<&'static str>)> {
    use Part::{Month, Number};
    let of = |year: &str, month: &str, day: &str| {
        // Three digits would be the day of a year.
        let short = month.len() <= 2 && day.len() <= 2;
        short.then_some(DateTime::midnight(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
    };
    let named = |year: &str, month: u8, day: &str| of(year, &month.to_string(), day);
    let year = |digits: &str| digits.len() >= 3;
    let mut assumed = None;
    let date = match *parts {
        [Number(a)]
            if a.len() == 6 && a.get(4..).and_then(|m| m.parse().ok()).is_some_and(|m: u8| (1..=12).contains(&m)) =>
        {
            assumed = Some("six digits are a year and a month");
            let (year, month) = a.split_at(4);
            of(year, month, "1")?
        }
        [Number(a)] => of(a, "1", "1")?,
        [Number(a), Number(b)] if a.len() <= 2 && b.len() == 4 => of(b, a, "1")?,
        [Number(a), Number(b)] => of(a, b, "1")?,
        [Number(a), Number(b), Number(c)] if a.len() <= 2 && c.len() == 4 => {
            let day_first = a.parse::<u8>().ok()? > 12;
            if !day_first && a != b && b.parse::<u8>().ok()? <= 12 {
                assumed = Some("the month stands before the day");
            }
            if day_first { of(c, b, a)? } else { of(c, a, b)? }
        }
        [Number(a), Number(b), Number(c)] => of(a, b, c)?,
        [Number(a), Month(m)] | [Month(m), Number(a)] if year(a) => named(a, m, "1")?,
        [Number(a), Month(m), Number(b)] | [Month(m), Number(a), Number(b)] => match (year(a), year(b)) {
            (true, false) => named(a, m, b)?,
            (false, true) => named(b, m, a)?,
            _ => return None,
        },
        _ => return None,
    };
    Some((date, assumed))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::ReferenceDate;

    fn read(text: &str) -> String {
        let r = ReferenceDate::parse(text).unwrap();
        format!("{} {} {}", r.date, r.ahead_minutes, r.ignored).trim_end().to_owned()
    }

    #[test]
    fn reads_what_files_write() {
        for (text, expected) in [
            ("1950-01-01 00:00:00", "1950-01-01T00:00:00 0"),
            ("1950-1-1", "1950-01-01T00:00:00 0"),
            ("2001-1-1 6:5:4", "2001-01-01T06:05:04 0"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00 0"),
            ("1970-01-01t12:00z", "1970-01-01T12:00:00 0"),
            ("1900-01-01 00:00:0.0", "1900-01-01T00:00:00 0"),
            ("1900-01-01 00:00:00 UTC", "1900-01-01T00:00:00 0"),
            ("1900-01-01 00:00:00 utc", "1900-01-01T00:00:00 0"),
            ("1900-01-01 00:00:00 GMT", "1900-01-01T00:00:00 0"),
            ("1900-01-01 00 UTC", "1900-01-01T00:00:00 0"),
            ("1992-10-8 15:15:42.5 -6:00", "1992-10-08T15:15:42.500000 -360"),
            ("1950-01-01 00:00 +01:30", "1950-01-01T00:00:00 90"),
            ("1950-01-01 00:00:00-0530", "1950-01-01T00:00:00 -330"),
            ("1950-01-01 00:00:00 -5", "1950-01-01T00:00:00 -300"),
            ("1950-01-01 00:00:00 UTC+1", "1950-01-01T00:00:00 60"),
            ("2000-01-01 12:30:15.123456789", "2000-01-01T12:30:15.123456 0"),
            ("2005-08-28_12:00:00", "2005-08-28T12:00:00 0"),
            ("20010116", "2001-01-16T00:00:00 0"),
            ("20010116T123000Z", "2001-01-16T12:30:00 0"),
            ("2001/01/16 1230", "2001-01-16T12:30:00 0"),
            ("1", "0001-01-01T00:00:00 0"),
            ("0000-01-01", "0000-01-01T00:00:00 0"),
            ("-4712-01-01 12:00", "-4712-01-01T12:00:00 0"),
            ("2000-02", "2000-02-01T00:00:00 0"),
            ("1950-01-01 24:00", "1950-01-01T24:00:00 0"),
            ("1950-01-01 00:00:00 local time", "1950-01-01T00:00:00 0 local time"),
            ("15-Jan-2000", "2000-01-15T00:00:00 0"),
            ("15-JAN-2000 06:00:00 +01:00", "2000-01-15T06:00:00 60"),
            ("15/Jan/2000:12:30:00 +0100", "2000-01-15T12:30:00 60"),
            ("2000-01-15 0:30 AM", "2000-01-15T00:30:00 0"),
            ("15Jan2000", "2000-01-15T00:00:00 0"),
            ("15 January 2000 12:30", "2000-01-15T12:30:00 0"),
            ("15th Jan 2000", "2000-01-15T00:00:00 0"),
            ("Jan 1, 2000", "2000-01-01T00:00:00 0"),
            ("Jan. 1st, 2000 3 pm", "2000-01-01T15:00:00 0"),
            ("Sept 1, 1800", "1800-09-01T00:00:00 0"),
            ("2000-Jan-15", "2000-01-15T00:00:00 0"),
            ("2000 Jan", "2000-01-01T00:00:00 0"),
            ("January 2000 06:00", "2000-01-01T06:00:00 0"),
            ("Sat Jan 15 12:30:00 2000", "2000-01-15T12:30:00 0"),
            ("Sat Jan 15 12:30:00 UTC 2000", "2000-01-15T12:30:00 0"),
            ("Saturday, 15 Jan 2000 06:00:00 GMT", "2000-01-15T06:00:00 0"),
            ("12:30 2000-01-15", "2000-01-15T12:30:00 0"),
            ("1/2/2000", "2000-01-02T00:00:00 0"),
            ("13/02/2000", "2000-02-13T00:00:00 0"),
            ("31.12.1999 06:00", "1999-12-31T06:00:00 0"),
            ("2000.01.15", "2000-01-15T00:00:00 0"),
            ("2000_01_15", "2000-01-15T00:00:00 0"),
            ("2000 01 15", "2000-01-15T00:00:00 0"),
            ("2000-01 12:00", "2000-01-01T12:00:00 0"),
            ("200001", "2000-01-01T00:00:00 0"),
            ("200001151230", "2000-01-15T12:30:00 0"),
            ("20000115123015", "2000-01-15T12:30:15 0"),
            ("2000-01-15, 12:00", "2000-01-15T12:00:00 0"),
            ("2000-01-15 at 12", "2000-01-15T12:00:00 0"),
            ("2000-01-15 12h30m", "2000-01-15T12:30:00 0"),
            ("2000-01-15-12-30-15", "2000-01-15T12:30:15 0"),
            ("2000-01-15-12:30:15", "2000-01-15T12:30:15 0"),
            ("2000-01-15 12:30:15,5", "2000-01-15T12:30:15.500000 0"),
            ("2000-01-15 12:30.5", "2000-01-15T12:30:30 0"),
            ("2000-01-15 03:30:00 PM", "2000-01-15T15:30:00 0"),
            ("2000-01-15 12:30 a.m.", "2000-01-15T00:30:00 0"),
            ("2000-01-15 00:00:00 (UTC)", "2000-01-15T00:00:00 0"),
            ("1970-1-1T0:0:0.5", "1970-01-01T00:00:00.500000 0"),
            ("2000-01-15 00:00:00 EST", "2000-01-15T00:00:00 0 EST"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn says_what_order_it_assumed() {
        let assumed = |text: &str| ReferenceDate::parse(text).unwrap().assumed.is_some();
        assert!(assumed("1/2/2000") && assumed("200001"));
        assert!(!assumed("2/2/2000") && !assumed("13/2/2000") && !assumed("2000-1-2") && !assumed("2-Jan-2000"));
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "yesterday",
            "-",
            "1950-",
            "1950-01-",
            "1950-999-01",
            "99999999999-01-01",
            "1950-01-01 25:00",
            "1950-01-01 12:61",
            "1950-01-01 12:",
            "1950-01-01 +",
            "1950-01-01 00:00 +99999999999",
            "2001é",
            "Jan",
            "January 1",
            "15-Jan-00",
            "1970-001",
            "1-Jan-1",
            "15-Foo-2000",
            "15-Mai-2000",
            "2000-01-15 13:30 pm",
        ] {
            let read = ReferenceDate::parse(text);
            assert!(read.as_ref().is_none_or(|r| !r.ignored.is_empty()), "{text}: {read:?}");
        }
    }
}
