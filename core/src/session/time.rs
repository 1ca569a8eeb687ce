//! Instants where values are read for people: axes, scalar coordinates, variables whose values are times.

use super::coords::ticks;
use super::stats::TimeSpan;
use crate::cf::TimeUnits;
use crate::model::calendar::Calendar;
use crate::model::{Attrs, Data};
use crate::plan::{AxisValues, Dataset, Var};

/// The instant of a tick as people read it.
pub(super) fn label(calendar: Calendar, tick: i64) -> String {
    if tick == i64::MIN { "missing".to_owned() } else { calendar.date(tick).to_string() }
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
