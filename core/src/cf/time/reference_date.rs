//! The date after `since`, in the many ways files write it. Knows no calendar: 30 February passes here.

use crate::model::calendar::DateTime;

/// A date as written, with its distance to UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReferenceDate {
    /// Date and time as they stand. The hour may be 24.
    pub(super) date: DateTime,
    /// Minutes by which the written time is ahead of UTC.
    pub(super) ahead_minutes: i32,
    /// What stood behind and was not understood.
    pub(super) ignored: String,
}

impl ReferenceDate {
    /// Reads `1950-1-1`, `1950-01-01T00:00:00Z`, `1992-10-8 15:15:42.5 -6:00`, `1900-01-01 0:0:0.0 UTC`, `20010116`,
    /// `2000`. A missing month, day or time is the first. `None` where there is no year or a number has no place.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut c = Cursor(text.trim());
        let year_sign = if c.eat('-') { -1 } else { 1 };
        c.eat('+');
        let year = c.digits();
        let (mut year, mut month, mut day) = if year.len() == 8 {
            (year.get(..4)?.parse::<i32>().ok()?, year.get(4..6)?.parse().ok()?, year.get(6..)?.parse().ok()?)
        } else {
            (year.parse::<i32>().ok()?, 1, 1)
        };
        year *= year_sign;
        if c.eat('-') || c.eat('/') {
            month = c.number()?;
            if c.eat('-') || c.eat('/') {
                day = c.number()?;
            }
        }
        let mut date = DateTime::midnight(year, month, day);
        if !(c.eat('T') || c.eat('t') || c.eat('_')) {
            c.skip_space();
        }
        c.time(&mut date)?;
        c.skip_space();
        let ahead_minutes = c.zone()?;
        Some(Self { date, ahead_minutes, ignored: c.0.trim().to_owned() })
    }
}

/// The text not yet read.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn eat(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.0.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        if found {
            self.0 = self.0.get(word.len()..).unwrap_or_default();
        }
        found
    }

    fn skip_space(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// The digits that come next, perhaps none.
    fn digits(&mut self) -> &'a str {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    fn number(&mut self) -> Option<u8> {
        self.digits().parse().ok()
    }

    /// `12`, `12:30`, `12:30:15.25`, `1230`, `123015`, or nothing.
    fn time(&mut self, date: &mut DateTime) -> Option<()> {
        let first = self.digits();
        match first.len() {
            0 => return Some(()),
            4 | 6 => {
                date.hour = first.get(..2)?.parse().ok()?;
                date.minute = first.get(2..4)?.parse().ok()?;
                date.second = first.get(4..).filter(|s| !s.is_empty()).map_or(Some(0), |s| s.parse().ok())?;
            }
            _ => {
                date.hour = first.parse().ok()?;
                if self.eat(':') {
                    date.minute = self.number()?;
                    if self.eat(':') {
                        date.second = self.number()?;
                    }
                }
            }
        }
        if self.eat('.') {
            let fraction: String = self.digits().chars().chain("000000".chars()).take(6).collect();
            date.micro = fraction.parse().ok()?;
        }
        (date.hour <= 24 && date.minute < 60 && date.second < 60).then_some(())
    }

    /// `Z`, `UTC`, `GMT`, `+01:30`, `-0530`, `-6`, or nothing.
    fn zone(&mut self) -> Option<i32> {
        if !self.eat_word("utc") && !self.eat_word("gmt") && !self.eat_word("z") {
            self.skip_space();
        }
        let sign = if self.eat('-') {
            -1
        } else if self.eat('+') {
            1
        } else {
            return Some(0);
        };
        let first = self.digits();
        let (hours, minutes) = match first.len() {
            1 | 2 if self.eat(':') => (first, self.digits()),
            3 | 4 => first.split_at(first.len() - 2),
            _ => (first, "0"),
        };
        Some(sign * (hours.parse::<i32>().ok()?.checked_mul(60)? + minutes.parse::<i32>().ok()?))
    }
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
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
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
        ] {
            let read = ReferenceDate::parse(text);
            assert!(read.as_ref().is_none_or(|r| !r.ignored.is_empty()), "{text}: {read:?}");
        }
    }
}
