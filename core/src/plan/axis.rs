//! Labels along dimensions, held in memory and decoded.

use crate::model::Attrs;
use crate::model::calendar::{Calendar, DateTime};
use std::sync::Arc;

/// The labels of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    /// No coordinate variable: positions count from 0.
    Index(usize),
    /// Numbers: latitude, level, distance.
    Number(Arc<[f64]>),
    /// Instants, as microseconds since 1970-01-01 counted in the calendar. `i64::MIN` marks a missing instant.
    Time {
        /// One tick for each position.
        ticks: Arc<[i64]>,
        /// The calendar they are counted in.
        calendar: Calendar,
    },
    /// Names.
    Text(Arc<[String]>),
}

impl AxisValues {
    /// Number of positions.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Index(n) => *n,
            Self::Number(v) => v.len(),
            Self::Time { ticks, .. } => ticks.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there is no position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Labels at the given positions; positions past the end are left out.
    #[must_use]
    pub fn take(&self, positions: &[usize]) -> Self {
        match self {
            Self::Index(_) => Self::Index(positions.len()),
            Self::Number(v) => Self::Number(positions.iter().filter_map(|&i| v.get(i).copied()).collect()),
            Self::Time { ticks, calendar } => Self::Time {
                ticks: positions.iter().filter_map(|&i| ticks.get(i).copied()).collect(),
                calendar: *calendar,
            },
            Self::Text(v) => Self::Text(positions.iter().filter_map(|&i| v.get(i).cloned()).collect()),
        }
    }

    /// The date at a position, for time labels.
    #[must_use]
    pub fn date(&self, i: usize) -> Option<DateTime> {
        match self {
            Self::Time { ticks, calendar } => ticks.get(i).filter(|&&t| t != i64::MIN).map(|&t| calendar.date(t)),
            _ => None,
        }
    }

    /// The label at a position as people read it: the date, the number in its shortest form, the name, the position.
    #[must_use]
    pub fn label(&self, i: usize) -> String {
        match self {
            Self::Index(_) => i.to_string(),
            Self::Number(v) => v.get(i).map_or_else(String::new, |&x| shortest(x)),
            Self::Time { .. } => self.date(i).map_or_else(|| "missing".to_owned(), |d| d.to_string()),
            Self::Text(v) => v.get(i).cloned().unwrap_or_default(),
        }
    }
}

/// A number in its shortest form: a number that stood in the file in single precision as that reads, `0.1` and not
/// `0.10000000149011612`.
#[expect(clippy::cast_possible_truncation, reason = "the rounded number is used only where it is the same")]
fn shortest(x: f64) -> String {
    let single = x as f32;
    if f64::from(single).to_bits() == x.to_bits() { single.to_string() } else { x.to_string() }
}

/// One dimension of a dataset with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The dimension's name, and that of its coordinate variable.
    pub name: String,
    /// The labels.
    pub values: AxisValues,
    /// Attributes of the coordinate variable: `units`, `standard_name`, `bounds` …
    pub attrs: Attrs,
    /// Lower and upper edge of each cell, where bounds are known and numeric (time bounds: ticks as f64 are not kept).
    pub bounds: Option<Arc<[[f64; 2]]>>,
}

impl Axis {
    /// An axis without labels.
    #[must_use]
    pub fn index(name: impl Into<String>, size: usize) -> Self {
        Self { name: name.into(), values: AxisValues::Index(size), attrs: Attrs::default(), bounds: None }
    }

    /// The same axis at the given positions.
    #[must_use]
    pub fn take(&self, positions: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            values: self.values.take(positions),
            attrs: self.attrs.clone(),
            bounds: self.bounds.as_ref().map(|b| positions.iter().filter_map(|&i| b.get(i).copied()).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AxisValues;

    #[test]
    fn numbers_are_labelled_as_people_write_them() {
        let axis =
            AxisValues::Number([f64::from(0.1_f32), 0.1, 850.0, f64::from(83.333_33_f32), 1.0 / 3.0].as_slice().into());
        let labels: Vec<String> = (0..axis.len()).map(|i| axis.label(i)).collect();
        assert_eq!(labels, ["0.1", "0.1", "850", "83.33333", "0.3333333333333333"]);
    }
}
