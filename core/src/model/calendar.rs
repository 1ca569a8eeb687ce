//! The six CF calendars: dates, and ticks (microseconds since 1970-01-01T00:00 counted in the calendar itself).
//! Knows no units and no attributes: `cf::time` reads those.

use std::fmt;

/// Microseconds of one day, in every calendar.
pub const DAY: i64 = 86_400_000_000;

/// A calendar of the CF conventions (section 4.4.1).
///
/// Years are astronomical in all of them: year 0 exists and comes before year 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Calendar {
    /// Julian up to 1582-10-04, Gregorian from 1582-10-15; the ten days between do not exist.
    Standard,
    /// Gregorian at all times.
    ProlepticGregorian,
    /// 365 days in every year.
    NoLeap,
    /// 366 days in every year.
    AllLeap,
    /// Twelve months of 30 days.
    Day360,
    /// A leap year every four years at all times.
    Julian,
}

/// A date and time without a calendar: whether it exists is for a [`Calendar`] to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DateTime {
    /// Astronomical year: 0 is the year before 1.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the length of the month.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Microseconds, 0 to 999 999.
    pub micro: u32,
}

impl DateTime {
    /// Midnight at the start of a day.
    #[must_use]
    pub fn midnight(year: i32, month: u8, day: u8) -> Self {
        Self { year, month, day, hour: 0, minute: 0, second: 0, micro: 0 }
    }
}

impl fmt::Display for DateTime {
    /// `2001-01-16T12:00:00`, with six more digits only where the second has a fraction; `-0044-03-15T00:00:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)?;
        write!(f, "T{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        if self.micro != 0 {
            write!(f, ".{:06}", self.micro)?;
        }
        Ok(())
    }
}

impl Calendar {
    /// All calendars.
    pub const ALL: [Self; 6] =
        [Self::Standard, Self::ProlepticGregorian, Self::NoLeap, Self::AllLeap, Self::Day360, Self::Julian];

    /// The calendar of a CF `calendar` attribute, in any case; `None` for a name CF does not know.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "standard" | "gregorian" => Self::Standard,
            "proleptic_gregorian" => Self::ProlepticGregorian,
            "noleap" | "365_day" => Self::NoLeap,
            "all_leap" | "366_day" => Self::AllLeap,
            "360_day" => Self::Day360,
            "julian" => Self::Julian,
            _ => return None,
        })
    }

    /// The CF name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::ProlepticGregorian => "proleptic_gregorian",
            Self::NoLeap => "noleap",
            Self::AllLeap => "all_leap",
            Self::Day360 => "360_day",
            Self::Julian => "julian",
        }
    }

    /// Whether the year has a 29 February that other years lack; never in `noleap` and `360_day`, always in `all_leap`.
    #[must_use]
    pub fn is_leap(self, year: i32) -> bool {
        let gregorian = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        match self {
            Self::Standard if year > 1582 => gregorian,
            Self::Standard | Self::Julian => year % 4 == 0,
            Self::ProlepticGregorian => gregorian,
            Self::NoLeap | Self::Day360 => false,
            Self::AllLeap => true,
        }
    }

    /// The number of the month's last day (so 31 for October 1582 of the standard calendar, which has 21 days);
    /// 0 for a month outside 1 to 12.
    #[must_use]
    pub fn days_in_month(self, year: i32, month: u8) -> u8 {
        match month {
            1..=12 if self == Self::Day360 => 30,
            2 if self.is_leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        }
    }

    /// The number of days of the year: 355 in 1582 of the standard calendar.
    #[must_use]
    pub fn days_in_year(self, year: i32) -> u16 {
        match self {
            Self::Day360 => 360,
            Self::Standard if year == 1582 => 355,
            _ => 365 + u16::from(self.is_leap(year)),
        }
    }

    /// Microseconds from 1970-01-01T00:00 to `date`, counted in this calendar.
    ///
    /// `None` where the date does not exist in this calendar, or lies beyond the 292 000 years that 64 bits hold.
    #[must_use]
    pub fn ticks(self, date: &DateTime) -> Option<i64> {
        let exists = date.day >= 1
            && date.day <= self.days_in_month(date.year, date.month)
            && !self.in_gap(date)
            && date.hour < 24
            && date.minute < 60
            && date.second < 60
            && date.micro < 1_000_000;
        if !exists {
            return None;
        }
        let days = self.year_start(i64::from(date.year)) + i64::from(self.day_of_year(date)) - 1;
        let seconds = (i64::from(date.hour) * 60 + i64::from(date.minute)) * 60 + i64::from(date.second);
        // In 128 bits: the first day that 64 bits hold begins before their smallest number.
        let ticks = i128::from(days) * i128::from(DAY) + i128::from(seconds * 1_000_000 + i64::from(date.micro));
        i64::try_from(ticks).ok()
    }

    /// The date at `ticks`; every number has one.
    #[must_use]
    pub fn date(self, ticks: i64) -> DateTime {
        let (days, of_day) = (ticks.div_euclid(DAY), ticks.rem_euclid(DAY));
        let year = self.year_of(days);
        let mut day = days - self.year_start(year) + 1;
        let year = narrow::<i32>(year);
        if self == Self::Standard && year == 1582 && day > GAP_DAY_OF_YEAR {
            day += GAP_DAYS;
        }
        let mut month = 1;
        while day > i64::from(self.days_in_month(year, month)) && month < 12 {
            day -= i64::from(self.days_in_month(year, month));
            month += 1;
        }
        let second = of_day / 1_000_000;
        DateTime {
            year,
            month,
            day: narrow(day),
            hour: narrow(second / 3600),
            minute: narrow(second / 60 % 60),
            second: narrow(second % 60),
            micro: narrow(of_day % 1_000_000),
        }
    }

    /// The day of the year from 1. The date must exist in this calendar.
    #[must_use]
    pub fn day_of_year(self, date: &DateTime) -> u16 {
        let before: u16 = (1..date.month).map(|m| u16::from(self.days_in_month(date.year, m))).sum();
        let day = before + u16::from(date.day);
        let after_gap = self == Self::Standard && date.year == 1582 && (date.month, date.day) >= (10, 15);
        if after_gap { day - 10 } else { day }
    }

    /// The same day and time `months` later (or earlier), the day clamped to the month's length and, in October 1582 of
    /// the standard calendar, moved out of the gap to the 15th.
    #[must_use]
    pub fn add_months(self, date: &DateTime, months: i32) -> DateTime {
        let count = i64::from(date.year) * 12 + i64::from(date.month) - 1 + i64::from(months);
        let year = narrow::<i32>(count.div_euclid(12));
        let month = narrow::<u8>(count.rem_euclid(12)) + 1;
        let day = date.day.min(self.days_in_month(year, month));
        let moved = DateTime { year, month, day, ..*date };
        if self.in_gap(&moved) { DateTime { day: 15, ..moved } } else { moved }
    }

    /// Whether the date is one of the ten that Pope Gregory's reform left out.
    fn in_gap(self, date: &DateTime) -> bool {
        self == Self::Standard && date.year == 1582 && date.month == 10 && (5..=14).contains(&date.day)
    }

    /// Days from 1970-01-01 to 1 January of `year`.
    fn year_start(self, year: i64) -> i64 {
        let plain = 365 * (year - 1970);
        match self {
            Self::Standard if year <= 1582 => Self::Julian.year_start(year) + JULIAN_LAG,
            Self::Standard => Self::ProlepticGregorian.year_start(year),
            Self::ProlepticGregorian => {
                let leaps = |y: i64| (y - 1).div_euclid(4) - (y - 1).div_euclid(100) + (y - 1).div_euclid(400);
                plain + leaps(year) - leaps(1970)
            }
            Self::Julian => plain + (year - 1).div_euclid(4) - 1969 / 4,
            Self::NoLeap => plain,
            Self::AllLeap => 366 * (year - 1970),
            Self::Day360 => 360 * (year - 1970),
        }
    }

    /// The year that holds day `days` from 1970-01-01.
    fn year_of(self, days: i64) -> i64 {
        let days_in_400_years = match self {
            Self::Standard | Self::ProlepticGregorian => 146_097,
            Self::Julian => 146_100,
            Self::NoLeap => 146_000,
            Self::AllLeap => 146_400,
            Self::Day360 => 144_000,
        };
        // The mean length of a year lands within a year or two (a few more far back in the standard calendar).
        let mut year = 1970 + (days * 400).div_euclid(days_in_400_years);
        while self.year_start(year) > days {
            year -= 1;
        }
        while self.year_start(year + 1) <= days {
            year += 1;
        }
        year
    }
}

/// Days by which 1 January 1970 of the Julian calendar comes after that of the Gregorian one.
const JULIAN_LAG: i64 = 13;
/// Day of the year of 1582-10-04, the last one before the gap.
const GAP_DAY_OF_YEAR: i64 = 277;
/// Dates left out by the reform.
const GAP_DAYS: i64 = 10;

/// A number known to fit, narrowed without a cast; 0 where it would not.
fn narrow<T: TryFrom<i64> + Default>(x: i64) -> T {
    T::try_from(x).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Calendar, DAY, DateTime};

    #[test]
    fn every_day_around_every_turn_goes_there_and_back_and_follows_the_one_before() {
        for calendar in Calendar::ALL {
            for start in [-800_000, -719_600, -141_800, -100, 10_900, 40_000, 2_900_000_i64] {
                let mut last: Option<DateTime> = None;
                for day in start..start + 1500 {
                    let ticks = day * DAY + 12 * 3_600_000_000 + 1;
                    let date = calendar.date(ticks);
                    assert_eq!(calendar.ticks(&date), Some(ticks), "{} {date}", calendar.name());
                    if let Some(last) = last {
                        assert!(last < date, "{} {last} {date}", calendar.name());
                        if last.year == date.year {
                            assert_eq!(calendar.day_of_year(&last) + 1, calendar.day_of_year(&date));
                        } else {
                            assert_eq!(calendar.day_of_year(&last), calendar.days_in_year(last.year));
                            assert_eq!((date.month, date.day), (1, 1));
                        }
                    }
                    last = Some(date);
                }
            }
        }
    }

    #[test]
    fn the_reform_leaves_out_ten_days() {
        let before = Calendar::Standard.ticks(&DateTime::midnight(1582, 10, 4)).unwrap();
        assert_eq!(Calendar::Standard.date(before + DAY), DateTime::midnight(1582, 10, 15));
        assert_eq!(Calendar::Standard.ticks(&DateTime::midnight(1582, 10, 10)), None);
        assert!(Calendar::ProlepticGregorian.ticks(&DateTime::midnight(1582, 10, 10)).is_some());
        let july = DateTime::midnight(1582, 7, 10);
        assert_eq!(Calendar::Standard.add_months(&july, 3), DateTime::midnight(1582, 10, 15));
    }

    #[test]
    fn dates_that_do_not_exist_have_no_ticks() {
        let ticks = |c: Calendar, y, m, d| c.ticks(&DateTime::midnight(y, m, d));
        assert_eq!(ticks(Calendar::NoLeap, 2000, 2, 29), None);
        assert!(ticks(Calendar::AllLeap, 2001, 2, 29).is_some());
        assert!(ticks(Calendar::Day360, 2001, 2, 30).is_some());
        assert_eq!(ticks(Calendar::Day360, 2001, 1, 31), None);
        assert!(ticks(Calendar::Julian, 1900, 2, 29).is_some());
        assert_eq!(ticks(Calendar::Standard, 1900, 2, 29), None);
        assert_eq!(ticks(Calendar::Standard, 2001, 13, 1), None);
        assert_eq!(ticks(Calendar::Standard, 2001, 0, 1), None);
        assert_eq!(ticks(Calendar::Standard, 2001, 1, 0), None);
        assert_eq!(Calendar::Standard.ticks(&DateTime { hour: 24, ..DateTime::midnight(2001, 1, 1) }), None);
        assert_eq!(ticks(Calendar::Standard, i32::MAX, 1, 1), None);
        assert_eq!(ticks(Calendar::Standard, i32::MIN, 1, 1), None);
    }

    #[test]
    fn the_ends_of_sixty_four_bits_are_dates() {
        for calendar in Calendar::ALL {
            for ticks in [i64::MIN, i64::MAX, 0, -1] {
                assert_eq!(calendar.ticks(&calendar.date(ticks)), Some(ticks), "{}", calendar.name());
            }
        }
    }

    #[test]
    fn months_are_added_with_the_day_clamped() {
        let end = DateTime::midnight(2000, 1, 31);
        assert_eq!(Calendar::Standard.add_months(&end, 1), DateTime::midnight(2000, 2, 29));
        assert_eq!(Calendar::NoLeap.add_months(&end, 1), DateTime::midnight(2000, 2, 28));
        assert_eq!(Calendar::Standard.add_months(&end, -2), DateTime::midnight(1999, 11, 30));
        assert_eq!(Calendar::Day360.add_months(&DateTime::midnight(2000, 2, 30), 12), DateTime::midnight(2001, 2, 30));
    }

    #[test]
    fn names_are_those_of_cf_in_any_case() {
        for calendar in Calendar::ALL {
            assert_eq!(Calendar::from_name(&calendar.name().to_uppercase()), Some(calendar));
        }
        assert_eq!(Calendar::from_name("Gregorian"), Some(Calendar::Standard));
        assert_eq!(Calendar::from_name("365_day"), Some(Calendar::NoLeap));
        assert_eq!(Calendar::from_name("none"), None);
    }

    #[test]
    fn dates_are_written_as_iso_8601() {
        let noon = DateTime { hour: 12, ..DateTime::midnight(2001, 1, 16) };
        assert_eq!(noon.to_string(), "2001-01-16T12:00:00");
        assert_eq!(DateTime { micro: 500_000, ..noon }.to_string(), "2001-01-16T12:00:00.500000");
        assert_eq!(DateTime::midnight(-44, 3, 15).to_string(), "-0044-03-15T00:00:00");
        assert_eq!(DateTime::midnight(850, 1, 1).to_string(), "0850-01-01T00:00:00");
    }
}
