//! Times against cftime, and the writings that files were seen to hold.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "numbers within a known span")]

use super::{TimeUnits, ticks_of_text};
use crate::cf::testing::{meta, numbers as attr};
use crate::cf::{Packing, Policy};
use crate::model::calendar::{Calendar, DateTime};
use crate::model::{AttrValue, Attrs, DType, Data};

fn units(text: &str, calendar: Calendar) -> TimeUnits {
    TimeUnits::parse(text, calendar).unwrap()
}

fn show(text: &str, calendar: Calendar, value: f64) -> String {
    units(text, calendar).decode(value).map_or_else(|| "none".to_owned(), |t| calendar.date(t).to_string())
}

/// The generator of golden.py.
fn numbers(span: f64, seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    (0..600).map(move |i| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = ((state >> 11) as f64 / 9_007_199_254_740_992.0 * 2.0 - 1.0) * span;
        if i % 2 == 0 { value.trunc() } else { value }
    })
}

fn fnv(texts: &[String]) -> u64 {
    texts
        .iter()
        .flat_map(|t| t.bytes().chain(*b"\n"))
        .fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn agrees_with_cftime_on_thousands_of_numbers_in_all_calendars() {
    let table = include_str!("golden.txt");
    for (i, line) in table.lines().enumerate() {
        let fields: Vec<&str> = line.split('|').collect();
        let [calendar, text, span, hash, first, second] = fields[..] else { unreachable!("{line}") };
        let calendar = Calendar::from_name(calendar).unwrap();
        let units = units(text, calendar);
        let values: Vec<f64> = numbers(span.parse().unwrap(), i as u64 % 6).collect();
        let dates: Vec<String> = values.iter().map(|&v| calendar.date(units.decode(v).unwrap()).to_string()).collect();
        assert_eq!((dates[0].as_str(), dates[1].as_str()), (first, second), "{line}");
        assert_eq!(format!("{:016x}", fnv(&dates)), hash, "{line}");
    }
    assert_eq!(table.lines().count(), 36);
}

#[test]
fn decoding_undoes_encoding() {
    for calendar in Calendar::ALL {
        for (text, span) in [
            ("days since 1950-01-01", 9e14),
            ("hours since 1900-01-01 00:00:00 +02:00", 9e14),
            ("seconds since 1970-01-01", 5e15),
            ("microseconds since 1970-01-01", 4e15),
            ("nanoseconds since 1970-01-01", 4e12),
            ("common_years since 2000-01-01", 9e14),
            ("months since 1850-01-15", 9e14),
            ("years since 1850-03-01 12:00", 9e13),
        ] {
            let units = units(text, calendar);
            for ticks in numbers(span, 7) {
                let ticks = ticks as i64;
                let value = units.encode(ticks);
                assert_eq!(units.decode(value), Some(ticks), "{} {text} {value}", calendar.name());
            }
        }
    }
}

#[test]
fn whole_numbers_are_exact_beyond_floating_point() {
    let units = units("microseconds since 1970-01-01", Calendar::Standard);
    assert_eq!(units.decode_int(9_007_199_254_740_993), Some(9_007_199_254_740_993));
    assert_eq!(units.decode_int(i64::MIN), None);
    assert_eq!(units.decode_int(i64::MAX), Some(i64::MAX));
    assert_eq!((units.encode_int(i64::MAX), units.encode_int(i64::MIN)), (Some(i64::MAX), None));
    let nanos = self::units("nanoseconds since 1970-01-01", Calendar::Standard);
    assert_eq!(nanos.encode_int(1_700_000_000_123_457), Some(1_700_000_000_123_457_000));
    assert_eq!(self::units("seconds since 1970-01-01", Calendar::Standard).encode_int(1_500_000), None);
}

#[test]
fn numpys_no_time_is_none_in_every_unit() {
    for text in ["nanoseconds since 1970-01-01", "seconds since 1970-01-01", "days since 2000-01-01"] {
        let units = units(text, Calendar::Standard);
        assert_eq!((units.decode_int(i64::MIN), units.decode(-9_223_372_036_854_775_808.0)), (None, None), "{text}");
    }
}

/// xarray counts from the first instant it writes, to the nanosecond.
#[test]
fn a_reference_in_nanoseconds_is_kept_whole() {
    let nanos = units("nanoseconds since 2000-01-01 00:00:00.123456789", Calendar::Standard);
    let at = |n: i64| Calendar::Standard.date(nanos.decode_int(n).unwrap()).to_string();
    assert_eq!(at(31_622_399_876_543_211), "2001-01-01T00:00:00");
    let ticks = nanos.decode_int(31_622_399_876_543_211).unwrap();
    assert_eq!(nanos.encode(ticks), 31_622_399_876_543_211_i64 as f64);
    let plain = Packing::of(&meta("time", DType::I64, &["time"]), "netcdf4", Policy::Full);
    assert_eq!(nanos.between_ticks(&Data::I64(vec![31_622_399_876_543_211, 0]), &plain), 1);
}

#[test]
fn what_is_finer_than_a_tick_is_counted() {
    let plain = |dtype: DType| Packing::of(&meta("time", dtype, &["time"]), "netcdf4", Policy::Full);
    let nanos = units("nanoseconds since 1970-01-01", Calendar::Standard);
    let raw = Data::I64(vec![1_700_000_000_123_456_789, 1_700_000_000_123_456_000, 1]);
    assert_eq!(nanos.between_ticks(&raw, &plain(DType::I64)), 2);
    assert_eq!(nanos.decode_all(&raw, &plain(DType::I64)), [1_700_000_000_123_457, 1_700_000_000_123_456, 0]);
    let seconds = units("seconds since 1970-01-01", Calendar::Standard);
    // The third is as close to a tenth as numbers of its size are.
    let raw = Data::F64(vec![0.123_456_7, 0.1, 1_700_000_000.1, f64::NAN]);
    assert_eq!(seconds.between_ticks(&raw, &plain(DType::F64)), 1);
    let days = units("days since 1970-01-01", Calendar::Standard);
    assert_eq!(days.between_ticks(&Data::F64(vec![20_000.1, 1.0 / 3.0, 1.0 / 7.0]), &plain(DType::F64)), 1);
}

#[test]
fn blocks_are_decoded_with_their_masks() {
    let mut variable = meta("time", DType::I64, &["time"]);
    variable.attrs.set("_FillValue", attr(&DType::I64, &[-1.0]));
    let packing = Packing::of(&variable, "netcdf4", Policy::Full);
    let micros = units("microseconds since 1970-01-01", Calendar::NoLeap);
    let raw = Data::I64(vec![9_007_199_254_740_993, -1, 0]);
    assert_eq!(micros.decode_all(&raw, &packing), [9_007_199_254_740_993, i64::MIN, 0]);
    let plain = Packing::of(&meta("time", DType::F64, &["time"]), "zarr2", Policy::Full);
    let days = units("days since 1970-01-01", Calendar::Standard);
    assert_eq!(
        days.decode_all(&Data::F64(vec![1.5, f64::NAN, 9.97e36]), &plain),
        [129_600_000_000, i64::MIN, i64::MIN]
    );
    assert_eq!(days.decode_all(&Data::Text(vec!["x".to_owned()]), &plain), [i64::MIN]);
}

#[test]
fn texts_are_dates_too() {
    let noon = units("hours since 2005-08-28", Calendar::Standard).decode_int(12);
    for text in ["2005-08-28_12:00:00", "2005-08-28T12:00:00Z", "2005-08-28 12:00", "20050828T1200"] {
        assert_eq!(ticks_of_text(text, Calendar::Standard), noon, "{text}");
    }
    for text in ["", "soon", "2005-02-30", "2005-08-28 12:00 or later"] {
        assert_eq!(ticks_of_text(text, Calendar::Standard), None, "{text}");
    }
    assert!(ticks_of_text("2005-02-30", Calendar::Day360).is_some());
}

#[test]
fn what_is_no_instant_gives_none_and_never_overflows() {
    for calendar in Calendar::ALL {
        for text in [
            "days since 1950-01-01",
            "months since 1950-01-30",
            "years since 1-1-1",
            "ns since 1970-1-1",
            "day as %Y%m%d.%f",
            "year as %Y.%f",
        ] {
            let units = units(text, calendar);
            for value in [f64::NAN, f64::INFINITY, -f64::INFINITY, 9.969_209_968_386_869e36, -9.97e36, 1e20, f64::MAX] {
                assert_eq!(units.decode(value), None, "{text} {value}");
            }
            for value in [1e19, -1e19, 1e18, -1e18, 1e10, -1e10, -0.5, f64::MIN_POSITIVE] {
                // Some of them are instants, some are not: none may stop the program.
                if let Some(ticks) = units.decode(value) {
                    assert!(ticks != i64::MIN && units.encode(ticks).is_finite());
                }
            }
            for value in [i64::MIN, i64::MAX, i64::from(i32::MIN), i64::from(i32::MAX)] {
                assert!(units.decode_int(value).is_none_or(|t| t != i64::MIN));
            }
            assert!(units.encode(i64::MIN).is_finite() && units.encode(i64::MAX).is_finite());
        }
    }
}

#[test]
fn months_and_years_are_those_of_the_calendar() {
    assert_eq!(show("months since 2000-01-31", Calendar::Standard, 1.0), "2000-02-29T00:00:00");
    assert_eq!(show("months since 2000-01-01", Calendar::Standard, 0.5), "2000-01-16T12:00:00");
    assert_eq!(show("months since 2000-01-01", Calendar::Standard, -0.5), "1999-12-16T12:00:00");
    // As cftime, which knows months in this calendar alone.
    assert_eq!(show("months since 2000-01-01", Calendar::Day360, -400.0), "1966-09-01T00:00:00");
    assert_eq!(show("Months Since 2000-01-01", Calendar::Day360, 1.5), "2000-02-16T00:00:00");
    assert_eq!(show("years since 1990-03-01", Calendar::NoLeap, 10.0), "2000-03-01T00:00:00");
    assert!(units("months since 2000-01-01", Calendar::Standard).facts.iter().any(|f| f.value.contains("months")));
}

#[test]
fn thirtieth_of_february_is_shown() {
    assert_eq!(show("days since 2001-1-1", Calendar::Day360, 59.0), "2001-02-30T00:00:00");
}

#[test]
fn reads_units_and_calendar_from_attributes() {
    let attrs = |units: &str, calendar: Option<&str>| {
        let mut attrs = Attrs::default();
        attrs.set("units", AttrValue::Text(units.to_owned()));
        if let Some(c) = calendar {
            attrs.set("calendar", AttrValue::Text(c.to_owned()));
        }
        attrs
    };
    let first = |a: &Attrs| TimeUnits::of(a).unwrap().unwrap().facts.first().unwrap().to_string();
    assert_eq!(first(&attrs("days since 2000-1-1", Some("365_DAY"))), "calendar: noleap (from calendar)");
    assert_eq!(first(&attrs("days since 2000-1-1", None)), "calendar: standard (assumed)");
    assert!(first(&attrs("days since 2000-1-1", Some("martian"))).contains("martian"));
    for other in ["K", "days", "m s-1", "hours", "same as before", "degrees since"] {
        assert_eq!(TimeUnits::of(&attrs(other, None)), None, "{other}");
    }
    assert!(TimeUnits::of(&attrs("kelvins since 2000-1-1", None)).unwrap().is_err());
    let mut numeric = Attrs::default();
    numeric.set("units", AttrValue::Numbers(Data::F64(vec![1.0])));
    assert_eq!(TimeUnits::of(&numeric), None);
}

#[test]
fn an_impossible_reference_is_an_error_that_says_so() {
    for (text, calendar) in [
        ("days since 1582-10-10", Calendar::Standard),
        ("days since 2001-02-29", Calendar::NoLeap),
        ("days since 2001-13-01", Calendar::Standard),
        ("days since 999999999-01-01", Calendar::Standard),
        ("parsecs since 2001-01-01", Calendar::Standard),
        ("days since", Calendar::Standard),
        ("days", Calendar::Standard),
        ("", Calendar::Standard),
    ] {
        let error = TimeUnits::parse(text, calendar).unwrap_err().to_string();
        assert!(error.contains(&format!("{text:?}")), "{error}");
    }
    let ahead = units("days since 2000-01-01 00:00 +01:30", Calendar::Day360);
    assert_eq!(
        Calendar::Day360.date(ahead.decode_int(0).unwrap()),
        DateTime { hour: 22, minute: 30, ..DateTime::midnight(1999, 12, 30) }
    );
}

#[test]
fn damaged_units_are_read_or_refused() {
    let seeds = [
        "days since 1950-01-01 00:00:00",
        "Hours since 1-1-1 00:00:0.0",
        "months since 1582-10-15T12:30:00.5Z",
        "seconds since 2001-02-28 24:00 +05:30",
        "day as %Y%m%d.%f",
        "common_years since -4713-01-01 UTC",
    ];
    let all = ["standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian"];
    let calendars: Vec<Calendar> = all.iter().filter_map(|name| Calendar::from_name(name)).collect();
    assert_eq!(calendars.len(), all.len());
    crate::damage::feed_text(&seeds, 4000, |text| {
        for &calendar in &calendars {
            let Ok(units) = TimeUnits::parse(text, calendar) else { continue };
            for value in [0.0, -1.5, 1e6, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY] {
                let shown = units.decode(value).map(|ticks| calendar.date(ticks).to_string());
                assert!(shown.is_none_or(|s| !s.is_empty()), "{text} {value}");
            }
        }
    });
}
