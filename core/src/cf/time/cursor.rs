//! A text of date and time read from left to right: numbers, months by name, the time of day, the zone.

use crate::model::calendar::DateTime;

/// The text not yet read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a str);

/// One part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Number(&'a str),
    Month(u8),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Whether a word is a name or short for it: `Jan`, `sept`.
fn names(word: &str, name: &str) -> bool {
    word.len() >= 3 && name.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

impl<'a> Cursor<'a> {
    pub(super) fn eat(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// Eats a word that no letter follows.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let Some((head, rest)) = self.0.split_at_checked(word.len()) else { return false };
        let found = head.eq_ignore_ascii_case(word) && !rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if found {
            self.0 = rest;
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }

    /// The digits that come next, perhaps none.
    pub(super) fn digits(&mut self) -> &'a str {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits
    }

    fn number(&mut self) -> Option<u8> {
        self.digits().parse().ok()
    }

    fn letters(&mut self) -> &'a str {
        let end = self.0.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.0.len());
        let (letters, rest) = self.0.split_at(end);
        self.0 = rest;
        letters
    }

    /// What stands between the parts of a date.
    pub(super) fn separator(&mut self) {
        let dash = self.eat('-') || self.eat('/') || self.eat('_');
        if !dash {
            self.eat('.');
            self.skip_space();
        }
    }

    /// Passes over the day of the week.
    pub(super) fn weekday(&mut self) {
        let mut after = *self;
        let word = after.letters();
        if WEEKDAYS.iter().any(|day| names(word, day)) {
            after.separator();
            *self = after;
        }
    }

    /// A number, without the `st` or `th` behind it, or the name of a month.
    pub(super) fn part(&mut self) -> Option<Part<'a>> {
        let digits = self.digits();
        if digits.is_empty() {
            let word = self.letters();
            let month = (1..).zip(MONTHS).find(|(_, name)| names(word, name));
            return month.map(|(number, _)| Part::Month(number));
        }
        let _ordinal = ["st", "nd", "rd", "th"].iter().any(|end| self.eat_word(end));
        Some(Part::Number(digits))
    }

    /// Whether a time of day with as many numbers comes next, such as `12:30` of two.
    pub(super) fn clock_follows(mut self, numbers: usize, between: char) -> bool {
        (1..=numbers).all(|n| (1..=2).contains(&self.digits().len()) && (n == numbers || self.eat(between)))
    }

    /// `12`, `12:30`, `12:30:15.25`, `12h30m`, `12-30-15`, `1230`, `123015`, `3:30 PM`, or nothing. Gives the nanoseconds
    /// beyond the microsecond.
    pub(super) fn time(&mut self, date: &mut DateTime) -> Option<i64> {
        let dashes = self.clock_follows(3, '-');
        let first = self.digits();
        let mut last = 3600_i64;
        match first.len() {
            0 => return Some(0),
            4 | 6 => {
                date.hour = first.get(..2)?.parse().ok()?;
                date.minute = first.get(2..4)?.parse().ok()?;
                date.second = first.get(4..).filter(|s| !s.is_empty()).map_or(Some(0), |s| s.parse().ok())?;
                last = if first.len() == 4 { 60 } else { 1 };
            }
            _ => {
                date.hour = first.parse().ok()?;
                if self.eat(':') || self.eat('h') || dashes && self.eat('-') {
                    date.minute = self.number()?;
                    last = 60;
                    if self.eat(':') || dashes && self.eat('-') {
                        date.second = self.number()?;
                        last = 1;
                    }
                    self.eat_word("m");
                }
            }
        }
        let mut beyond = 0;
        let decimal = |rest: &str| rest.starts_with(['.', ',']) && !rest.starts_with(", ");
        if decimal(self.0) {
            self.0 = self.0.get(1..)?;
            let fraction: i64 =
                self.digits().chars().chain("000000000".chars()).take(9).collect::<String>().parse().ok()?;
            // Of an hour, a minute or a second.
            let micros = fraction * last / 1000;
            beyond = fraction * last % 1000;
            let seconds = micros / 1_000_000;
            date.minute = date.minute.checked_add(u8::try_from(seconds / 60).ok()?)?;
            date.second = date.second.checked_add(u8::try_from(seconds % 60).ok()?)?;
            date.micro = u32::try_from(micros % 1_000_000).ok()?;
        }
        self.half_of_day(date)?;
        (date.hour <= 24 && date.minute < 60 && date.second < 60).then_some(beyond)
    }

    /// `AM` or `PM`.
    fn half_of_day(&mut self, date: &mut DateTime) -> Option<()> {
        let mut after = *self;
        after.skip_space();
        let morning = after.eat_word("am") || after.eat_word("a.m.");
        if !morning && !after.eat_word("pm") && !after.eat_word("p.m.") {
            return Some(());
        }
        *self = after;
        (date.hour <= 12).then(|| date.hour = date.hour % 12 + if morning { 0 } else { 12 })
    }

    /// `Z`, `UTC`, `GMT`, `+01:30`, `-0530`, `-6`, or nothing.
    pub(super) fn zone(&mut self) -> Option<i32> {
        if !["utc", "gmt", "z", "(utc)", "(gmt)"].iter().any(|word| self.eat_word(word)) {
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
