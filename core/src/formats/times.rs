//! numpy's times, 64-bit integers that count units: what their attributes would say had CF been followed.

use crate::model::calendar::{Calendar, DateTime};
use crate::model::{AttrValue, Attrs, Data};

/// What a numpy time counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeUnit {
    /// A CF unit: `nanoseconds`.
    unit: &'static str,
    /// Units in one step.
    step: i64,
    /// A point in time since 1970, or a length of time.
    since_epoch: bool,
}

impl TimeUnit {
    /// numpy's `[ns]`, `[10s]`; a year is twelve months, so that calendars stay exact. `None` for what is no unit.
    pub(super) fn of(bracketed: &str, since_epoch: bool) -> Option<Self> {
        let inner = bracketed.strip_prefix('[')?.strip_suffix(']')?;
        let digits = inner.find(|c: char| !c.is_ascii_digit())?;
        let (step, code) = inner.split_at_checked(digits)?;
        let step: i64 = if step.is_empty() { 1 } else { step.parse().ok()? };
        let (unit, per_step) = match code {
            "Y" => ("months", 12),
            "M" => ("months", 1),
            "W" => ("days", 7),
            "D" => ("days", 1),
            "h" => ("hours", 1),
            "m" => ("minutes", 1),
            "s" => ("seconds", 1),
            "ms" => ("milliseconds", 1),
            "us" | "μs" => ("microseconds", 1),
            "ns" => ("nanoseconds", 1),
            "ps" => ("picoseconds", 1),
            "fs" => ("femtoseconds", 1),
            "as" => ("attoseconds", 1),
            _ => return None,
        };
        Some(Self { unit, step: step.checked_mul(per_step)?, since_epoch })
    }

    /// The type in numpy's words, `<M8[ns]`: whether the most significant byte comes first, and what is counted.
    pub(super) fn of_type(name: &str) -> Option<(bool, Self)> {
        let (order, kind) = name.split_at_checked(1).filter(|(order, _)| matches!(*order, "<" | ">"))?;
        let (kind, unit) = kind.split_at_checked(2).filter(|(kind, _)| matches!(*kind, "M8" | "m8"))?;
        Some((order == ">", Self::of(unit, kind == "M8")?))
    }

    /// Adds what xarray would have written had it encoded the times itself; nothing to attributes that name units.
    pub(super) fn say(&self, attrs: &mut Attrs) {
        if attrs.get("units").is_some() {
            return;
        }
        if self.since_epoch {
            attrs.set("units", AttrValue::Text(self.since()));
            attrs.set("calendar", AttrValue::Text("proleptic_gregorian".to_owned()));
        } else {
            attrs.set("units", AttrValue::Text(self.unit.to_owned()));
        }
        if self.step != 1 {
            attrs.set("scale_factor", AttrValue::Numbers(Data::I64(vec![self.step])));
        }
        attrs.set("_FillValue", AttrValue::Numbers(Data::I64(vec![i64::MIN])));
    }

    fn since(&self) -> String {
        format!("{} since 1970-01-01 00:00:00", self.unit)
    }

    /// One value by itself: `2020-01-02T03:04:05`, `1 nanoseconds since 1970-01-01 00:00:00`, `-3 seconds`, `NaT`.
    pub(super) fn text(&self, value: i64) -> String {
        if value == i64::MIN {
            return "NaT".to_owned();
        }
        let count = i128::from(value) * i128::from(self.step);
        if !self.since_epoch {
            return format!("{count} {}", self.unit);
        }
        self.date(count).map_or_else(|| format!("{count} {}", self.since()), |date| date.to_string())
    }

    /// The date of so many units; `None` where it is no whole number of microseconds.
    fn date(&self, count: i128) -> Option<DateTime> {
        let calendar = Calendar::ProlepticGregorian;
        let nanos = match self.unit {
            "months" => {
                return Some(calendar.add_months(&DateTime::midnight(1970, 1, 1), i32::try_from(count).ok()?));
            }
            "days" => 86_400_000_000_000,
            "hours" => 3_600_000_000_000,
            "minutes" => 60_000_000_000,
            "seconds" => 1_000_000_000,
            "milliseconds" => 1_000_000,
            "microseconds" => 1000,
            "nanoseconds" => 1,
            _ => return None,
        };
        let nanos = count.checked_mul(nanos).filter(|n| n % 1000 == 0)?;
        Some(calendar.date(i64::try_from(nanos / 1000).ok()?))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::TimeUnit;

    #[test]
    fn times_alone_are_dates_and_lengths() {
        let text = |name: &str, value| TimeUnit::of_type(name).unwrap().1.text(value);
        assert_eq!(text("<M8[D]", -1), "1969-12-31T00:00:00");
        assert_eq!(text("<M8[Y]", 50), "2020-01-01T00:00:00");
        assert_eq!(text("<M8[25s]", 2), "1970-01-01T00:00:50");
        assert_eq!(text(">M8[ns]", 1_500_000_000), "1970-01-01T00:00:01.500000");
        assert_eq!(text("<M8[ns]", 1), "1 nanoseconds since 1970-01-01 00:00:00");
        assert_eq!(text("<m8[s]", -3), "-3 seconds");
        assert_eq!(text("<m8[W]", i64::MIN), "NaT");
        for odd in ["<M8", "<M8[x]", "M8[s]", "<i8", ""] {
            assert_eq!(TimeUnit::of_type(odd), None, "{odd}");
        }
    }
}
