//! The labels of one dimension in one file, comparable between files whatever units each counts time in.

use super::super::time;
use crate::cf::{Packing, Policy, TimeUnits};
use crate::model::calendar::Calendar;
use crate::model::{Data, Region, Result, Source, VariableMeta};
use std::cmp::Ordering;

/// Labels with the values as they stand in the file.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    pub(super) meaning: Meaning,
    pub(super) raw: Data,
}

/// What the labels mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Time(Vec<i64>, Calendar),
    Number(Vec<f64>),
    Text(Vec<String>),
}

impl Labels {
    /// Reads the labels of a coordinate variable.
    pub(super) fn read(source: &dyn Source, var: &VariableMeta) -> Result<Self> {
        if time::is_written(var) {
            let (ticks, calendar) = time::written(source, var)?;
            // Joined as any other variable is.
            return Ok(Self { raw: Data::I64(ticks.clone()), meaning: Meaning::Time(ticks, calendar) });
        }
        let raw = source.read(&var.path, &Region::all(&var.shape))?.into_data();
        let packing = Packing::of(var, source.info().format, Policy::Full);
        let units = TimeUnits::of(&var.attrs).filter(|_| var.dtype.is_numeric());
        let meaning = match (units, &raw) {
            (Some(units), _) => {
                let units = units?;
                Meaning::Time(units.decode_all(&raw, &packing), units.calendar)
            }
            (None, Data::Text(names)) => Meaning::Text(names.clone()),
            (None, numbers) => Meaning::Number(numbers.to_f64().into_iter().map(|x| packing.decode(x)).collect()),
        };
        Ok(Self { meaning, raw })
    }

    pub(super) fn len(&self) -> usize {
        self.raw.len()
    }
}

impl Meaning {
    /// The order of label `i` and label `j` of another file; `None` where one of them is missing or they are of
    /// different kinds.
    pub(super) fn order(&self, i: usize, other: &Self, j: usize) -> Option<Ordering> {
        match (self, other) {
            (Self::Time(a, _), Self::Time(b, _)) => {
                let (a, b) = (*a.get(i)?, *b.get(j)?);
                (a != i64::MIN && b != i64::MIN).then(|| a.cmp(&b))
            }
            (Self::Number(a), Self::Number(b)) => a.get(i)?.partial_cmp(b.get(j)?),
            (Self::Text(a), Self::Text(b)) => Some(a.get(i)?.cmp(b.get(j)?)),
            _ => None,
        }
    }

    /// How far label `j` of another file lies from label `i`, where that can be said.
    pub(super) fn distance(&self, i: usize, other: &Self, j: usize) -> Option<f64> {
        match (self, other) {
            (Self::Time(a, _), Self::Time(b, _)) => Some((*b.get(j)? as f64 - *a.get(i)? as f64).abs()),
            (Self::Number(a), Self::Number(b)) => Some((b.get(j)? - a.get(i)?).abs()),
            _ => None,
        }
    }

    /// A label for people.
    pub(super) fn show(&self, i: usize) -> String {
        match self {
            Self::Time(t, calendar) => t.get(i).map(|&t| calendar.date(t).to_string()),
            Self::Number(x) => x.get(i).map(f64::to_string),
            Self::Text(t) => t.get(i).cloned(),
        }
        .unwrap_or_default()
    }

    pub(super) fn calendar(&self) -> Option<Calendar> {
        if let Self::Time(_, calendar) = self { Some(*calendar) } else { None }
    }

    /// Whether the order rises (`Less`) or falls (`Greater`) all along; `None` for fewer than two labels, `Err` with the
    /// place where it breaks.
    pub(super) fn direction(&self, len: usize) -> Result<Option<Ordering>, usize> {
        let mut all = None;
        for i in 1..len {
            match self.order(i - 1, self, i) {
                Some(o) if o != Ordering::Equal && all.is_none_or(|a| a == o) => all = Some(o),
                _ => return Err(i),
            }
        }
        Ok(all)
    }
}
