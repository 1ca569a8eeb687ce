//! Labels to interpolate to, as people write them: `700`, `500,850`, `-89.25:89.25:1.5`, dates.

use crate::model::calendar::Calendar;
use crate::model::{Error, Result};
use crate::ops::dates::PartialDate;
use crate::ops::params::{number, wrong};
use crate::ops::{Value, python};
use crate::plan::{Axis, AxisValues};

/// Most labels that a range may have: more are a slip of the pen.
const MOST: usize = 10_000_000;

/// Wanted labels of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Targets {
    /// The labels.
    pub(crate) values: AxisValues,
    /// Whether a single label was given, so that the dimension goes.
    pub(crate) scalar: bool,
    /// The Python expression of the labels.
    pub(crate) python: String,
}

impl Targets {
    /// Reads labels for `axis`: dates where it holds dates, else numbers.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for what is no label of such an axis.
    pub(crate) fn read(axis: &Axis, value: &Value) -> Result<Self> {
        let scalar = !matches!(value, Value::List(_)) && (is_dates(axis) || !value.text().contains(':'));
        match &axis.values {
            AxisValues::Time { calendar, .. } => dates(axis, *calendar, value, scalar),
            AxisValues::Text(_) => {
                Err(Error::invalid(format!("{} holds names, between which there is nothing", axis.name))
                    .hint("sel takes names"))
            }
            AxisValues::Number(_) | AxisValues::Index(_) => {
                let (values, python) = numbers(&axis.name, value)?;
                Ok(Self { values: AxisValues::Number(values.into()), scalar, python })
            }
        }
    }
}

fn is_dates(axis: &Axis) -> bool {
    matches!(axis.values, AxisValues::Time { .. })
}

/// Numbers, and ranges `start:stop:step` that hold both ends where the step meets them; with the Python expression.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for what is neither.
pub(crate) fn numbers(key: &str, value: &Value) -> Result<(Vec<f64>, String)> {
    let (mut all, mut words) = (Vec::new(), Vec::new());
    let finite = |x: f64| Some(x).filter(|x| x.is_finite());
    for item in value.items() {
        let text = item.text();
        if let Some(x) = number(item).and_then(finite) {
            all.push(x);
            words.push(python::number(x));
            continue;
        }
        let ends: Vec<f64> = text.split(':').map_while(|t| t.trim().parse().ok().and_then(finite)).collect();
        let (first, last, step) = match ends.as_slice() {
            [a, b, step] if text.matches(':').count() == 2 => (*a, *b, *step),
            _ => return Err(wrong(key, "numbers or start:stop:step", value)),
        };
        let steps = ((last - first) / step + 1e-9).floor();
        if !(steps >= 0.0 && steps < MOST as f64) {
            return Err(Error::invalid(format!("{key}={text} does not run from {first} to {last} in steps of {step}")));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
        let n = steps as usize + 1;
        all.extend((0..n).map(|i| first + step * i as f64));
        words.push(format!("{} + {} * np.arange({n})", python::number(first), python::number(step)));
    }
    if all.is_empty() {
        return Err(Error::invalid(format!("{key} names no label")));
    }
    let python = match (value, words.as_slice()) {
        (Value::List(_), _) if words.len() == all.len() => format!("[{}]", words.join(", ")),
        (Value::List(_), _) => format!("np.r_[{}]", words.join(", ")),
        (_, words) => words.concat(),
    };
    Ok((all, python))
}

fn dates(axis: &Axis, calendar: Calendar, value: &Value, scalar: bool) -> Result<Targets> {
    let mut ticks = Vec::new();
    let mut words = Vec::new();
    for item in value.items() {
        let text = item.text();
        let date = PartialDate::parse(&text).ok_or_else(|| {
            Error::invalid(format!("{text} is no date for {}", axis.name)).hint("dates are written 2001-07-16T12:00")
        })?;
        ticks.push(date.span(calendar)?.0);
        words.push(python::quote(&date.start.to_string()));
    }
    if ticks.is_empty() {
        return Err(Error::invalid(format!("{} names no date", axis.name)));
    }
    let python = if scalar { words.concat() } else { format!("np.array([{}])", words.join(", ")) };
    Ok(Targets { values: AxisValues::Time { ticks: ticks.into(), calendar }, scalar, python })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Targets, numbers};
    use crate::ops::Value;
    use crate::ops::testing::dataset;
    use crate::plan::AxisValues;

    #[test]
    fn lists_and_ranges_of_numbers() {
        let read = |text: &str| numbers("lat", &Value::parse(text)).map_err(|e| e.to_string());
        assert_eq!(read("700").unwrap(), (vec![700.0], "700.0".to_owned()));
        assert_eq!(read("500,850").unwrap(), (vec![500.0, 850.0], "[500.0, 850.0]".to_owned()));
        let (values, python) = read("-89.25:89.25:1.5").unwrap();
        assert_eq!((values.len(), values[119]), (120, 89.25));
        assert_eq!(python, "-89.25 + 1.5 * np.arange(120)");
        assert_eq!(read("10:0:-5").unwrap().0, [10.0, 5.0, 0.0]);
        assert_eq!(read("0:1:0.1").unwrap().0.len(), 11);
        assert_eq!(read("1,4:6:1").unwrap().1, "np.r_[1.0, 4.0 + 1.0 * np.arange(3)]");
        assert_eq!(read("a").unwrap_err(), "lat must be numbers or start:stop:step, not a");
        assert_eq!(read("0:10:-1").unwrap_err(), "lat=0:10:-1 does not run from 0 to 10 in steps of -1");
        assert!(read("0:10").is_err() && read("0:1:0").is_err() && read("nan").is_err() && read("0:1:2:3").is_err());
    }

    #[test]
    fn dates_follow_the_calendar_of_the_axis() {
        let ds = dataset();
        let time = ds.axis("time").unwrap();
        let got = Targets::read(time, &Value::parse("2000-01-20,2001-07-16T12:00")).unwrap();
        assert!(!got.scalar && matches!(got.values, AxisValues::Time { .. }));
        assert_eq!(got.values.label(1), "2001-07-16T12:00:00");
        assert_eq!(got.python, r#"np.array(["2000-01-20T00:00:00", "2001-07-16T12:00:00"])"#);
        let error = Targets::read(time, &Value::parse("noon")).unwrap_err().to_string();
        assert!(error.starts_with("noon is no date for time"), "{error}");
    }
}
