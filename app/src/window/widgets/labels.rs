//! Labels of positions as people read them: dates without what is the same everywhere.

use graticule_core::plan::{Axis, AxisValues};

/// The label of a position: `2001-07-16`, `2014-10-01 06:00`, `850`.
#[must_use]
pub fn position_label(axis: &Axis, at: usize) -> String {
    match &axis.values {
        AxisValues::Time { .. } => {
            let Some(date) = axis.values.date(at) else { return "missing".to_owned() };
            let text = date.to_string();
            let (day, time) = text.split_once('T').unwrap_or((&text, ""));
            // The first positions tell whether the hour matters, so that labels of one axis have one form.
            let midnight = (0..axis.values.len().min(8)).chain([at]).all(|i| {
                axis.values.date(i).is_none_or(|d| d.hour == 0 && d.minute == 0 && d.second == 0 && d.micro == 0)
            });
            // Parts of a second tell people nothing that the position does not.
            let time = time.split_once('.').map_or(time, |(whole, _)| whole);
            if midnight { day.to_owned() } else { format!("{day} {}", time.strip_suffix(":00").unwrap_or(time)) }
        }
        values => values.label(at),
    }
}

/// The label with the units of the axis: `850 hPa`.
#[must_use]
pub fn position_with_units(axis: &Axis, at: usize) -> String {
    let label = position_label(axis, at);
    match (&axis.values, axis.attrs.text("units")) {
        (AxisValues::Number(_), Some(units)) if units != "1" => format!("{label} {units}"),
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use super::{position_label, position_with_units};
    use graticule_core::model::calendar::{Calendar, DAY};
    use graticule_core::model::{AttrValue, Attrs};
    use graticule_core::plan::{Axis, AxisValues};

    #[test]
    fn labels_say_no_more_than_differs() {
        let time = |ticks: &[i64]| Axis {
            name: "time".into(),
            values: AxisValues::Time { ticks: ticks.into(), calendar: Calendar::Day360 },
            attrs: Attrs::default(),
            bounds: None,
        };
        assert_eq!(position_label(&time(&[0, DAY]), 1), "1970-01-02");
        assert_eq!(position_label(&time(&[0, DAY / 4]), 0), "1970-01-01 00:00");
        let mut attrs = Attrs::default();
        attrs.set("units", AttrValue::Text("hPa".into()));
        let level =
            Axis { name: "level".into(), values: AxisValues::Number([850.0].as_slice().into()), attrs, bounds: None };
        assert_eq!(position_with_units(&level, 0), "850 hPa");
    }
}
