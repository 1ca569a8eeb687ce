//! Labels of dimensions, read when data are opened. One file's coordinate may be unreadable or make no sense: then
//! positions stand in its place, with a warning.

use super::{decode, time};
use crate::cf::{Fact, Packing, Policy, TimeUnits, bounds};
use crate::model::{AttrValue, Attrs, Block, Data, Error, Result, Source, VariableMeta};
use crate::plan::{Axis, AxisValues, Numbers};
use std::sync::Arc;

/// Longer coordinates are not held in memory: positions stand in their place.
const MOST_LABELS: usize = 50_000_000;

/// Where things are looked up and remarks collected while a group is opened.
pub(super) struct Scope<'a> {
    pub(super) source: &'a Arc<dyn Source>,
    /// Which attributes make values missing.
    pub(super) policy: Policy,
    /// Variables that can be seen, the group's own first, then those of its parents, nearest first.
    pub(super) visible: Vec<&'a VariableMeta>,
    pub(super) warnings: Vec<String>,
    pub(super) facts: Vec<(String, Vec<Fact>)>,
}

impl<'a> Scope<'a> {
    /// The nearest visible variable of this name.
    pub(super) fn find(&self, name: &str) -> Option<&'a VariableMeta> {
        match name.strip_prefix('/') {
            Some(_) => self.visible.iter().find(|v| v.path == name).copied(),
            None => self.visible.iter().find(|v| v.name == name).copied(),
        }
    }

    /// The coordinate variable of a dimension: of its name, along it alone, and as long.
    pub(super) fn coordinate(&self, dim: &str, size: usize) -> Option<&'a VariableMeta> {
        self.find(dim).filter(|v| v.dims == [dim] && v.shape == [size])
    }

    /// The axis of a dimension, with labels where there is a coordinate variable that can be read.
    pub(super) fn axis(&mut self, dim: &str, size: usize) -> Axis {
        let Some(var) = self.coordinate(dim, size) else {
            return self.written_times(dim, size).unwrap_or_else(|| Axis::index(dim, size));
        };
        match self.labels(var) {
            Ok((values, attrs, facts)) => {
                self.facts.push((var.path.clone(), facts));
                let bounds = self.bounds(var);
                Axis { name: dim.to_owned(), values, attrs, bounds }
            }
            Err(error) => {
                self.warnings.push(format!("{}: labels left aside, positions used: {error}", var.path));
                Axis::index(dim, size)
            }
        }
    }

    /// Instants of the dimension `Time` that are written as letters.
    fn written_times(&mut self, dim: &str, size: usize) -> Option<Axis> {
        if dim != "Time" || size == 0 || size > MOST_LABELS {
            return None;
        }
        let of_step = |v: &&&VariableMeta| time::is_written(v) && v.shape.first() == Some(&size);
        let var = self.visible.iter().find(of_step).copied()?;
        let (ticks, calendar) = match time::written(&**self.source, var) {
            Ok((ticks, calendar)) => (ticks.into(), calendar),
            Err(error) => {
                self.warnings.push(format!("{}: labels left aside, positions used: {error}", var.path));
                return None;
            }
        };
        self.facts.push((
            var.path.clone(),
            vec![Fact::assumed("labels of Time", format!("its dates, calendar {}", calendar.name()))],
        ));
        let attrs = Attrs(vec![("standard_name".to_owned(), AttrValue::Text("time".to_owned()))]);
        Some(Axis { name: dim.to_owned(), values: AxisValues::Time { ticks, calendar }, attrs, bounds: None })
    }

    fn labels(&mut self, var: &VariableMeta) -> Result<(AxisValues, Attrs, Vec<Fact>)> {
        if var.cells() > MOST_LABELS {
            return Err(Error::unsupported(format!("{} labels", var.cells())));
        }
        let decoded = decode::variable(self.source, var, self.policy)?;
        let mut facts = decoded.facts;
        let Some(units) = TimeUnits::of(&var.attrs).filter(|_| var.dtype.is_numeric()) else {
            let values = match decode::read_now(&decoded.node)?.into_data() {
                Data::Text(names) => AxisValues::Text(names.into()),
                numbers => AxisValues::Number(exact(numbers)?),
            };
            return Ok((values, decoded.attrs, facts));
        };
        let units = units?;
        let stored = decode::read_now(&decode::raw(self.source, var)?)?;
        let packing = Packing::of(var, self.source.format_of(&var.path), self.policy);
        facts.extend(units.facts.iter().cloned());
        let ticks = units.decode_all(stored.data(), &packing).into();
        let finer = units.between_ticks(stored.data(), &packing);
        if finer > 0 {
            let what = format!("to the nearest microsecond, which {finer} of {} are not", var.cells());
            // Numbers with a fraction seldom mean their last digits; whole ones do.
            if stored.data().dtype().is_integer() {
                self.warnings
                    .push(format!("{}: instants are held {what}; the numbers in the file are finer", var.path));
            }
            facts.push(Fact::assumed("time labels", what));
        }
        Ok((AxisValues::Time { ticks, calendar: units.calendar }, decoded.attrs, facts))
    }

    /// Lower and upper edges named by `bounds` (CF section 7.1), for numeric axes.
    fn bounds(&mut self, var: &VariableMeta) -> Option<Arc<[[f64; 2]]>> {
        let name = bounds(&var.attrs)?;
        if TimeUnits::of(&var.attrs).is_some() {
            return None;
        }
        let edges = self.find(name).filter(|b| b.shape == [var.cells(), 2] && b.dtype.is_numeric())?;
        let read = decode::variable(self.source, edges, self.policy).and_then(|d| decode::read_now(&d.node));
        match read.map(Block::into_data) {
            Ok(data) => Some(data.to_f64().as_chunks::<2>().0.into()),
            Err(error) => {
                self.warnings.push(format!("{}: bounds left aside: {error}", edges.path));
                None
            }
        }
    }
}

/// Labels as they stand in memory.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) where integers are too large to be told apart there.
fn exact(numbers: Data) -> Result<Numbers> {
    const MOST: u64 = 1 << 53;
    let large = match &numbers {
        Data::I64(v) => v.iter().any(|x| x.unsigned_abs() > MOST),
        Data::U64(v) => v.iter().any(|x| *x > MOST),
        _ => false,
    };
    if large {
        return Err(Error::unsupported("integers beyond 2^53"));
    }
    Ok(Numbers::of(numbers.to_f64(), &numbers.dtype()))
}

/// The instants of numbers; `i64::MIN` for those that are none. 64-bit integers are read without rounding.
pub(super) fn ticks(units: &TimeUnits, data: &Data) -> Vec<i64> {
    let missing = |t: Option<i64>| t.unwrap_or(i64::MIN);
    match data {
        Data::I64(v) => v.iter().map(|&x| missing(units.decode_int(x))).collect(),
        other => other.to_f64().into_iter().map(|x| missing(units.decode(x))).collect(),
    }
}
