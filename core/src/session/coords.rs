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
                numbers => AxisValues::Number(exact(&numbers)?),
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
fn exact(numbers: &Data) -> Result<Numbers> {
    if !matches!(numbers, Data::I64(_) | Data::U64(_)) {
        return Ok(Numbers::of(numbers.to_f64(), &numbers.dtype()));
    }
    Numbers::of_integers(numbers)
        .ok_or_else(|| Error::unsupported("integers beyond 2^53, some of which no double tells apart"))
}

/// The instants of numbers; `i64::MIN` for those that are none. 64-bit integers are read without rounding.
pub(super) fn ticks(units: &TimeUnits, data: &Data) -> Vec<i64> {
    let missing = |t: Option<i64>| t.unwrap_or(i64::MIN);
    match data {
        Data::I64(v) => v.iter().map(|&x| missing(units.decode_int(x))).collect(),
        other => other.to_f64().into_iter().map(|x| missing(units.decode(x))).collect(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::engine::{EngineOptions, Run};
    use crate::session::{Session, selection};
    use std::path::Path;

    fn array(root: &Path, name: &str, dtype: &str, bytes: &[u8]) {
        let folder = root.join(name);
        std::fs::create_dir(&folder).unwrap();
        let meta = format!(
            r#"{{"zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "{dtype}", "compressor": null,
            "filters": null, "fill_value": null, "order": "C"}}"#
        );
        std::fs::write(folder.join(".zarray"), meta).unwrap();
        std::fs::write(folder.join(".zattrs"), r#"{"_ARRAY_DIMENSIONS": ["cell"]}"#).unwrap();
        std::fs::write(folder.join("0"), bytes).unwrap();
    }

    /// Instants that differ by nanoseconds have one label: asking for it gives all of them, and opening says so.
    #[test]
    fn nanoseconds_are_told_where_labels_cannot_hold_them() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        let bytes = |v: [i64; 3]| v.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
        array(dir.path(), "cell", "<M8[ns]", &bytes([1_700_000_000_000_000_001, 1_700_000_000_000_000_002, i64::MIN]));
        array(dir.path(), "v", "|i1", &[1, 2, 3]);
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        assert!(opened.info().warnings.iter().any(|w| w.contains("2 of 3")), "{:?}", opened.info().warnings);
        let (dataset, name) = opened.alone("v", false).unwrap();
        let both = selection("sel", "cell=2023-11-14T22:13:20").unwrap().apply(&dataset).unwrap();
        let values = session.values(&both, &name, true, 9, &Run::background()).unwrap();
        assert_eq!(values.block.data().to_f64(), [1.0, 2.0]);
    }

    /// Numbers of cells as H3 gives them: a double stands for each, but is none of them.
    #[test]
    fn cells_are_selected_by_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        let cells: [u64; 3] = [617_700_169_958_293_503, 617_700_169_961_177_087, 617_700_169_960_914_943];
        array(dir.path(), "cell", "<u8", &cells.iter().flat_map(|c| c.to_le_bytes()).collect::<Vec<_>>());
        array(dir.path(), "v", "|i1", &[1, 2, 3]);
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        assert_eq!(opened.info().warnings, Vec::<String>::new());
        let (dataset, name) = opened.alone("v", false).unwrap();
        let one = selection("sel", "cell=617700169961177087").unwrap();
        let value = session.values(&one.apply(&dataset).unwrap(), &name, true, 9, &Run::background()).unwrap();
        assert_eq!(value.block.data().f64(0), 2.0);
        assert_eq!(one.xarray(&dataset).unwrap(), "ds = ds.sel(cell=617700169961177087)");
        // The same double, but another cell.
        let none = selection("sel", "cell=617700169961177088").unwrap().apply(&dataset);
        assert!(none.is_err());
        let all = session.values(&dataset, &name, true, 9, &Run::background()).unwrap();
        assert!(all.to_json().to_string().contains("617700169958293503"));
    }
}
