//! Numbers to instants and back: CF section 4.4, `days since 1950-01-01` and its kin, in every calendar.
//! Knows no masks and no packing.

mod cursor;
mod digits;
mod reference_date;

use super::{Fact, Packing};
use crate::model::calendar::{Calendar, DateTime};
use crate::model::{Attrs, DType, Data, Error, Result};
use digits::Digits;
use reference_date::ReferenceDate;

/// What the numbers of a time variable count.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeUnits {
    /// The calendar the instants belong to.
    pub calendar: Calendar,
    /// What was read and what was assumed.
    pub facts: Vec<Fact>,
    counting: Counting,
}

#[derive(Debug, Clone, PartialEq)]
enum Counting {
    /// Steps of `nanos` nanoseconds from `epoch` (ticks) and so many nanoseconds `beyond` it.
    Steps { nanos: i64, epoch: i64, beyond: i64 },
    /// Steps of so many calendar months from a date.
    Months { per_step: i32, from: DateTime },
    /// The digits of the number are a date.
    Digits(Digits),
}

const SECOND: i64 = 1_000_000_000;

/// What numpy writes for no time, the least integer of 64 bits.
const NO_TIME: f64 = -9_223_372_036_854_775_808.0;

impl TimeUnits {
    /// Whether a `units` text counts time from a date (or writes dates as digits).
    #[must_use]
    pub fn is_time(units: &str) -> bool {
        let words: Vec<String> = units.split_whitespace().take(3).map(str::to_ascii_lowercase).collect();
        match words.as_slice() {
            [_, since, _] if since == "since" => true,
            [unit, word, _] if word == "as" => Digits::of(unit).is_some(),
            _ => false,
        }
    }

    /// The time units of a variable with these attributes; `None` where `units` is not of time.
    ///
    /// A missing or unknown `calendar` is taken as `standard`, which the facts then say.
    ///
    /// # Errors
    /// As [`TimeUnits::parse`].
    pub fn of(attrs: &Attrs) -> Option<Result<Self>> {
        let units = attrs.text("units").filter(|u| Self::is_time(u))?;
        let named = attrs.text("calendar");
        let known = named.and_then(Calendar::from_name);
        let fact = match (known, named) {
            (Some(c), _) => Fact::read("calendar", c.name(), "calendar"),
            (None, Some(other)) => Fact::assumed("calendar", format!("standard, as {other:?} is unknown")),
            (None, None) => Fact::assumed("calendar", "standard"),
        };
        Some(Self::parse(units, known.unwrap_or(Calendar::Standard)).map(|mut parsed| {
            parsed.facts.insert(0, fact);
            parsed
        }))
    }

    /// Reads `days since 1950-01-01 00:00:00` and its kin: any case, short and long unit names, months and years of the
    /// calendar, every form of date that files were seen to hold; `day as %Y%m%d.%f`.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for an unknown unit, an unreadable date, or a date that does not
    /// exist in the calendar.
    pub fn parse(units: &str, calendar: Calendar) -> Result<Self> {
        let fail = |why: String| Error::invalid(format!("time units {units:?} cannot be read: {why}"));
        let (unit, rest) = units.trim().split_once(char::is_whitespace).unwrap_or((units.trim(), ""));
        let (word, rest) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let unit = unit.to_ascii_lowercase();
        let mut facts = Vec::new();
        if word.eq_ignore_ascii_case("as") {
            let digits = Digits::of(&unit).ok_or_else(|| fail(format!("{unit:?} has no form as digits")))?;
            facts.push(Fact::read("time", "dates written as digits", "units"));
            return Ok(Self { calendar, facts, counting: Counting::Digits(digits) });
        }
        if !word.eq_ignore_ascii_case("since") {
            return Err(fail("there is no \"since\"".to_owned()));
        }
        let mut reference = ReferenceDate::parse(rest).ok_or_else(|| fail(format!("{:?} is no date", rest.trim())))?;
        // The calendars of history have no year 0: -4713 is the 4713th before 1. Here it is the number -4712.
        if reference.date.year < 0 && matches!(calendar, Calendar::Standard | Calendar::Julian) {
            reference.date.year += 1;
        }
        let epoch = epoch(&reference, calendar)
            .ok_or_else(|| fail(format!("{} does not exist in calendar {}", reference.date, calendar.name())))?;
        if reference.ahead_minutes != 0 {
            facts.push(Fact::read("time zone", format!("UTC{:+} min, shown in UTC", reference.ahead_minutes), "units"));
        }
        if let Some(assumed) = reference.assumed {
            facts.push(Fact::assumed("reference date", assumed));
        }
        if !reference.ignored.is_empty() {
            facts.push(Fact::assumed("time units", format!("{:?} left aside", reference.ignored)));
        }
        if reference.date.year == 0 && matches!(calendar, Calendar::Standard | Calendar::Julian) {
            facts.push(Fact::assumed("reference year", "0, the year before 1, though the calendar has none"));
        }
        let counting = match step(&unit) {
            Some(Step::Nanos(nanos)) => Counting::Steps { nanos, epoch, beyond: reference.nanos },
            Some(Step::Months(per_step)) => {
                let named = if per_step == 1 { "months" } else { "years" };
                facts.push(Fact::read(
                    "time step",
                    format!("calendar {named}, a fraction by the length of its own"),
                    "units",
                ));
                Counting::Months { per_step, from: calendar.date(epoch) }
            }
            None => return Err(fail(format!("{unit:?} is no unit of time"))),
        };
        facts.push(Fact::read("time from", calendar.date(epoch).to_string(), "units"));
        Ok(Self { calendar, facts, counting })
    }

    /// The instant of a number, in ticks (microseconds) of the calendar, rounded to the microsecond (dates written as
    /// digits: to the second, which is what their precision allows).
    ///
    /// `None` for NaN, infinities, numpy's `NaT`, fill values such as 9.97e36, digits that are no date, and
    /// whatever 64 bits cannot hold.
    #[must_use]
    pub fn decode(&self, value: f64) -> Option<i64> {
        // No unit is shorter than a nanosecond: beyond this the instant cannot be held.
        if !value.is_finite() || value.abs() > 1e19 || value == NO_TIME {
            return None;
        }
        let whole = value.floor();
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 1e19 in absolute value")]
        let count = whole as i128;
        self.at(count, value - whole)
    }

    /// The instant of a whole number, without any rounding through floating point; `None` as for [`TimeUnits::decode`].
    #[must_use]
    pub fn decode_int(&self, value: i64) -> Option<i64> {
        if value == i64::MIN { None } else { self.at(i128::from(value), 0.0) }
    }

    /// The instants of a whole block as it stands on disk, `i64::MIN` where missing. Integers that are neither scaled
    /// nor of the other sign are decoded without any rounding.
    #[must_use]
    pub fn decode_all(&self, raw: &Data, packing: &Packing) -> Vec<i64> {
        let plain = packing.scale.is_none() && packing.offset.is_none() && packing.reinterpret.is_none();
        let whole = raw.dtype().is_integer() && plain;
        let one = |i: usize| {
            let x = raw.f64(i);
            match whole.then(|| raw.json(i).as_i64()) {
                Some(Some(n)) if packing.why_missing(x).is_none() => self.decode_int(n),
                Some(_) => None,
                None => self.decode(packing.decode(x)),
            }
        };
        (0..raw.len()).map(|i| one(i).unwrap_or(i64::MIN)).collect()
    }

    /// How many values of a block as it stands on disk lie between two microseconds, so that [`TimeUnits::decode_all`]
    /// gives the nearest one. What the precision of the numbers themselves leaves open is not counted.
    #[must_use]
    pub fn between_ticks(&self, raw: &Data, packing: &Packing) -> usize {
        let Counting::Steps { nanos, beyond, .. } = self.counting else { return 0 };
        let plain = packing.scale.is_none() && packing.offset.is_none() && packing.reinterpret.is_none();
        if raw.dtype().is_integer() && plain {
            let finer = |n: i64| (i128::from(n) * i128::from(nanos) + i128::from(beyond)) % 1000 != 0;
            let one =
                |i: &usize| raw.json(*i).as_i64().is_some_and(finer) && packing.why_missing(raw.f64(*i)).is_none();
            return if nanos % 1000 == 0 && beyond == 0 { 0 } else { (0..raw.len()).filter(one).count() };
        }
        let precision = if packing.decoded == DType::F32 { f64::from(f32::EPSILON) } else { f64::EPSILON };
        let one = |i: &usize| {
            let total = packing.decode(raw.f64(*i)) * nanos as f64 + beyond as f64;
            let beside = (total - (total / 1000.0).round() * 1000.0).abs();
            beside > 1.0 + 2.0 * total.abs() * precision
        };
        (0..raw.len()).filter(one).count()
    }

    /// The number of an instant: what [`TimeUnits::decode`] turns back into it, as far as `f64` can tell them apart.
    #[must_use]
    pub fn encode(&self, ticks: i64) -> f64 {
        match &self.counting {
            Counting::Steps { nanos, epoch, beyond } => {
                let nanos = i128::from(*nanos);
                let delta = (i128::from(ticks) - i128::from(*epoch)) * 1000 - i128::from(*beyond);
                delta.div_euclid(nanos) as f64 + delta.rem_euclid(nanos) as f64 / nanos as f64
            }
            Counting::Months { per_step, from } => {
                let date = self.calendar.date(ticks);
                let months =
                    (i64::from(date.year) - i64::from(from.year)) * 12 + i64::from(date.month) - i64::from(from.month);
                let mut steps = i128::from(months.div_euclid(i64::from(*per_step)));
                // Later in the month (or year) than the reference: the step is not complete yet.
                if self.step_start(*per_step, from, steps).is_some_and(|start| start > ticks) {
                    steps -= 1;
                }
                let ends = self.step_start(*per_step, from, steps).zip(self.step_start(*per_step, from, steps + 1));
                let part = ends.map_or(0.0, |(a, b)| (ticks - a) as f64 / (b - a).max(1) as f64);
                steps as f64 + part
            }
            Counting::Digits(digits) => digits.encode(self.calendar, ticks),
        }
    }

    /// The whole number of an instant, without any rounding; `None` where there is none.
    #[must_use]
    pub fn encode_int(&self, ticks: i64) -> Option<i64> {
        let Counting::Steps { nanos, epoch, beyond } = self.counting else { return None };
        let delta = (i128::from(ticks) - i128::from(epoch)) * 1000 - i128::from(beyond);
        let whole = delta % i128::from(nanos) == 0;
        if whole && ticks != i64::MIN { i64::try_from(delta / i128::from(nanos)).ok() } else { None }
    }

    /// What a number that counts so is multiplied by, and what is added then, to count as `to` does; `None` where that is
    /// not enough: other calendars, months, digits.
    #[must_use]
    pub fn factors(&self, to: &Self) -> Option<(f64, f64)> {
        match (&self.counting, &to.counting) {
            _ if self.calendar != to.calendar => None,
            (Counting::Steps { nanos, epoch, beyond }, Counting::Steps { nanos: step, epoch: start, beyond: more }) => {
                let between = (i128::from(*epoch) - i128::from(*start)) * 1000 + i128::from(beyond - more);
                Some((*nanos as f64 / *step as f64, between as f64 / *step as f64))
            }
            (from, to) => (from == to).then_some((1.0, 0.0)),
        }
    }

    /// The instant `count` whole steps and a part of the next one (0 ≤ part < 1) from the reference.
    fn at(&self, count: i128, part: f64) -> Option<i64> {
        let ticks = match &self.counting {
            Counting::Steps { nanos, epoch, beyond } => {
                let nanos = count.checked_mul(i128::from(*nanos))? + round(part * *nanos as f64) + i128::from(*beyond);
                i128::from(*epoch) + (nanos + 500).div_euclid(1000)
            }
            Counting::Months { per_step, from } => {
                let start = self.step_start(*per_step, from, count)?;
                let length =
                    if part > 0.0 { self.step_start(*per_step, from, count + 1)?.checked_sub(start)? } else { 0 };
                i128::from(start) + round(part * length as f64)
            }
            Counting::Digits(digits) => digits.decode(self.calendar, count, part)?,
        };
        // The smallest number stands for a missing instant throughout.
        i64::try_from(ticks).ok().filter(|&t| t != i64::MIN)
    }

    /// The start of the step `count` steps of months after `from`.
    fn step_start(&self, per_step: i32, from: &DateTime, count: i128) -> Option<i64> {
        let months = i32::try_from(count.checked_mul(i128::from(per_step))?).ok()?;
        self.calendar.ticks(&self.calendar.add_months(from, months))
    }
}

/// The instant that a text names: ISO 8601 and the forms of reference dates, WRF's `2005-08-28_12:00:00` among them.
///
/// `None` where it is no date, does not exist in the calendar, or has something behind it.
#[must_use]
pub fn ticks_of_text(text: &str, calendar: Calendar) -> Option<i64> {
    let date = ReferenceDate::parse(text.trim_end_matches('\0')).filter(|d| d.ignored.is_empty())?;
    epoch(&date, calendar)
}

enum Step {
    Nanos(i64),
    Months(i32),
}

/// The length of a unit, by its names in UDUNITS-2 and in files.
fn step(unit: &str) -> Option<Step> {
    Some(match unit {
        "months" | "month" | "mon" | "mons" => Step::Months(1),
        "years" | "year" | "yr" | "yrs" | "calendar_years" | "calendar_year" => Step::Months(12),
        "common_years" | "common_year" => Step::Nanos(365 * 86_400 * SECOND),
        "weeks" | "week" | "wk" => Step::Nanos(7 * 86_400 * SECOND),
        "days" | "day" | "d" => Step::Nanos(86_400 * SECOND),
        "hours" | "hour" | "hrs" | "hr" | "h" => Step::Nanos(3600 * SECOND),
        "minutes" | "minute" | "mins" | "min" => Step::Nanos(60 * SECOND),
        "seconds" | "second" | "secs" | "sec" | "s" => Step::Nanos(SECOND),
        "milliseconds" | "millisecond" | "millisecs" | "millisec" | "msecs" | "msec" | "ms" => Step::Nanos(1_000_000),
        "microseconds" | "microsecond" | "microsecs" | "microsec" | "usecs" | "usec" | "us" | "µs" => {
            Step::Nanos(1000)
        }
        "nanoseconds" | "nanosecond" | "nanosecs" | "nanosec" | "nsecs" | "nsec" | "ns" => Step::Nanos(1),
        _ => return None,
    })
}

/// Ticks of the reference in UTC; `None` where the date does not exist.
fn epoch(reference: &ReferenceDate, calendar: Calendar) -> Option<i64> {
    let day = DateTime::midnight(reference.date.year, reference.date.month, reference.date.day);
    let d = &reference.date;
    let minutes = i64::from(d.hour) * 60 + i64::from(d.minute) - i64::from(reference.ahead_minutes);
    let micros = (minutes * 60 + i64::from(d.second)) * 1_000_000 + i64::from(d.micro);
    calendar.ticks(&day)?.checked_add(micros)
}

/// The nearest whole number of a product that is far below 2^127.
#[expect(clippy::cast_possible_truncation, reason = "parts of one step, some 1e18 at most; a cast saturates anyway")]
fn round(x: f64) -> i128 {
    x.round() as i128
}

#[cfg(test)]
mod tests;
