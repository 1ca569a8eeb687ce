//! Instants where values are read for people: axes, scalar coordinates, variables whose values are times.

use super::coords::ticks;
use super::stats::TimeSpan;
use crate::cf::{TimeUnits, WRITTEN_TIMES, bounds, ticks_of_text};
use crate::model::calendar::Calendar;
use crate::model::{Attrs, DType, Data, Error, Region, Result, Source, VariableMeta};
use crate::plan::{AxisValues, Dataset, Var};

/// The instant of a tick as people read it.
pub(super) fn label(calendar: Calendar, tick: i64) -> String {
    if tick == i64::MIN { "missing".to_owned() } else { calendar.date(tick).to_string() }
}

/// Whether a variable holds instants of the dimension `Time` as letters, as those of WRF and MPAS do.
pub(super) fn is_written(var: &VariableMeta) -> bool {
    let rank = match var.dtype {
        DType::Char => 2,
        DType::String => 1,
        _ => return false,
    };
    WRITTEN_TIMES.contains(&var.name.as_str())
        && var.dims.len() == rank
        && var.dims.first().is_some_and(|d| d == "Time")
}

/// The instants of such a variable, in ticks of the calendar: MPAS names one, that of WRF is the standard one. Fails where
/// not all are dates.
pub(super) fn written(source: &dyn Source, var: &VariableMeta) -> Result<(Vec<i64>, Calendar)> {
    let calendar = match source.info().root.attrs.text("config_calendar_type") {
        Some("gregorian_noleap" | "noleap") => Calendar::NoLeap,
        Some("360day") => Calendar::Day360,
        _ => Calendar::Standard,
    };
    let steps = var.shape.first().copied().unwrap_or(0);
    let Data::Text(letters) = source.read(&var.path, &Region::all(&var.shape))?.into_data() else {
        return Err(Error::invalid("no letters"));
    };
    let width = letters.len().checked_div(steps).unwrap_or(1).max(1);
    let tick = |letters: &[String]| ticks_of_text(&letters.concat(), calendar);
    let ticks = letters.chunks(width).map(tick).collect::<Option<_>>();
    ticks.map(|ticks| (ticks, calendar)).ok_or_else(|| Error::invalid("not all are dates"))
}

/// Gives bounds the units and calendar of the times that name them, each where they have none (CF section 7.1).
pub(super) fn inherit<'a>(attrs: &mut Attrs, var: &VariableMeta, mut seen: impl Iterator<Item = &'a VariableMeta>) {
    if attrs.get("units").is_some() && (TimeUnits::of(attrs).is_none() || attrs.get("calendar").is_some()) {
        return;
    }
    let names = |v: &&VariableMeta| {
        bounds(&v.attrs).is_some_and(|b| b == var.name || b == var.path) && TimeUnits::of(&v.attrs).is_some()
    };
    let Some(times) = seen.find(names) else { return };
    for name in ["units", "calendar"] {
        if let (None, Some(value)) = (attrs.get(name), times.attrs.get(name)) {
            attrs.set(name, value.clone());
        }
    }
}

/// Values as dates, where the attributes say that they are times.
pub(super) fn labels(attrs: &Attrs, data: &Data) -> Option<Vec<String>> {
    let units = TimeUnits::of(attrs)?.ok()?;
    Some(ticks(&units, data).into_iter().map(|t| label(units.calendar, t)).collect())
}

/// First and last instant: of the variable's own values where they are times, else along its time axis.
pub(super) fn span(dataset: &Dataset, var: &Var, first: &Option<Data>, last: &Option<Data>) -> Option<TimeSpan> {
    if let (Some(Ok(units)), Some(first), Some(last)) = (TimeUnits::of(&var.attrs), first, last) {
        let end = |data: &Data| labels(&var.attrs, data).and_then(|l| l.into_iter().next()).unwrap_or_default();
        return Some(TimeSpan { calendar: units.calendar.name(), first: end(first), last: end(last) });
    }
    let dims = &var.node.meta().dims;
    dims.iter().filter_map(|d| dataset.axis(d)).find_map(|axis| axis_span(&axis.values))
}

/// First and last instant of a time axis.
pub(super) fn axis_span(values: &AxisValues) -> Option<TimeSpan> {
    let AxisValues::Time { ticks, calendar } = values else { return None };
    let (first, last) = (*ticks.first()?, *ticks.last()?);
    Some(TimeSpan { calendar: calendar.name(), first: label(*calendar, first), last: label(*calendar, last) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::engine::{EngineOptions, Run};
    use crate::session::{Session, selection};
    use std::fs;
    use std::path::Path;

    /// An array of one uncompressed chunk.
    fn array(root: &Path, name: &str, shape: &str, dtype: &str, dims: &str, attrs: &str, bytes: &[u8]) {
        let folder = root.join(name);
        fs::create_dir(&folder).unwrap();
        let meta = format!(
            r#"{{"zarr_format": 2, "shape": {shape}, "chunks": {shape}, "dtype": "{dtype}", "compressor": null,
            "filters": null, "fill_value": null, "order": "C"}}"#
        );
        fs::write(folder.join(".zarray"), meta).unwrap();
        fs::write(folder.join(".zattrs"), format!(r#"{{"_ARRAY_DIMENSIONS": {dims}{attrs}}}"#)).unwrap();
        let key = if shape.contains(',') { "0.0" } else { "0" };
        fs::write(folder.join(key), bytes).unwrap();
    }

    #[test]
    fn bounds_are_dates_as_the_times_that_name_them() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        let of = r#", "units": "days since 2000-01-01", "calendar": "noleap", "bounds": "time_bnds""#;
        array(dir.path(), "time", "[2]", "|i1", r#"["time"]"#, of, &[0, 59]);
        array(dir.path(), "time_bnds", "[2, 2]", "|i1", r#"["time", "nv"]"#, "", &[0, 1, 59, 60]);
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        let (dataset, name) = opened.alone("time_bnds", false).unwrap();
        let dates = session.values(&dataset, &name, true, 9, &Run::background()).unwrap().dates.unwrap();
        let days: Vec<&str> = dates.iter().map(|d| d.get(..10).unwrap()).collect();
        assert_eq!(days, ["2000-01-01", "2000-01-02", "2000-03-01", "2000-03-02"]);
    }

    #[test]
    fn the_dates_of_mpas_are_of_its_calendar() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        fs::write(dir.path().join(".zattrs"), r#"{"config_calendar_type": "gregorian_noleap"}"#).unwrap();
        array(dir.path(), "xtime", "[1]", "|S24", r#"["Time"]"#, "", b"0004-02-28_12:00:00     ");
        array(dir.path(), "ssh", "[1]", "|i1", r#"["Time"]"#, "", &[3]);
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        let (dataset, _) = opened.alone("ssh", false).unwrap();
        let span = super::axis_span(&dataset.axis("Time").unwrap().values).unwrap();
        assert_eq!((span.calendar, span.first.as_str()), ("noleap", "0004-02-28T12:00:00"));
    }

    #[test]
    fn the_dates_of_wrf_label_its_time() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        array(dir.path(), "Times", "[2]", "|S19", r#"["Time"]"#, "", b"2005-08-28_00:00:002005-08-28_01:00:00");
        array(dir.path(), "T2", "[2]", "|i1", r#"["Time"]"#, "", &[3, 4]);
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        let (dataset, name) = opened.alone("T2", false).unwrap();
        let one = selection("sel", "Time=2005-08-28T01:00").unwrap().apply(&dataset).unwrap();
        assert_eq!(session.values(&one, &name, true, 9, &Run::background()).unwrap().block.data().f64(0), 4.0);
    }
}
