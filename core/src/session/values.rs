//! The numbers of a region with their labels: as nested JSON and as a table.

use super::{Session, time};
use crate::engine::Run;
use crate::model::{Block, Data, EXACT, Error, Region, Result};
use crate::plan::{AxisValues, Dataset, Role};
use serde_json::{Map, Value, json};
use std::io::Write;
use std::sync::Arc;

/// The values of one array with the labels of its dimensions.
#[derive(Debug, Clone)]
pub struct Values {
    /// The variable's name.
    pub variable: String,
    /// Dimension names, slowest first.
    pub dims: Vec<String>,
    /// The labels of each dimension.
    pub axes: Vec<AxisValues>,
    /// Coordinates without dimensions that a selection left behind, as JSON.
    pub scalars: Vec<(String, Value)>,
    /// The values.
    pub block: Arc<Block>,
    /// The values as dates, where they are times and not asked for raw.
    pub dates: Option<Vec<String>>,
}

impl Session {
    /// All values of one variable of a dataset. `dates`: values that are times are given as dates.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown variable, [`Invalid`](crate::model::ErrorKind::Invalid)
    /// where there are more cells than `most_cells`, and whatever computing reports.
    pub fn values(&self, ds: &Dataset, name: &str, dates: bool, most_cells: usize, run: &Run) -> Result<Values> {
        let var = ds.need_var(name)?;
        let meta = var.node.meta();
        if meta.cells() > most_cells {
            return Err(Error::invalid(format!("{name} has {} cells here, more than {most_cells}", meta.cells())));
        }
        let block = self.engine().compute(&var.node, &Region::all(&meta.shape), run)?;
        let axes = meta.dims.iter().map(|d| ds.need_axis(d).map(|a| a.values.clone())).collect::<Result<_>>()?;
        let mut scalars = Vec::new();
        for coord in ds.vars.iter().filter(|v| v.role == Role::Coord && v.node.meta().dims.is_empty()) {
            let one = self.engine().compute(&coord.node, &Region::default(), run)?;
            let date = time::labels(&coord.attrs, one.data()).and_then(|l| l.into_iter().next());
            scalars.push((coord.name.clone(), date.map_or_else(|| one.data().json(0), Value::from)));
        }
        let dates = if dates { time::labels(&var.attrs, block.data()) } else { None };
        Ok(Values { variable: name.to_owned(), dims: meta.dims.clone(), axes, scalars, block, dates })
    }
}

impl Values {
    /// `{"variable", "dims", "shape", "coords": {dim: [labels]}, "values": nested lists}`. Dimensions without labels have
    /// none in `coords`; a coordinate without dimensions is a single value there. A value without dimensions is no list.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut coords = Map::new();
        for (dim, axis) in self.dims.iter().zip(&self.axes) {
            if !matches!(axis, AxisValues::Index(_)) {
                coords.insert(dim.clone(), (0..axis.len()).map(|i| axis_json(axis, i)).collect());
            }
        }
        coords.extend(self.scalars.iter().cloned());
        let mut at = 0;
        let values = self.nested(self.block.shape(), &mut at);
        json!({"variable": self.variable, "dims": self.dims, "shape": self.block.shape(), "coords": coords, "values": values})
    }

    /// One cell as JSON.
    #[must_use]
    pub fn cell(&self, i: usize) -> Value {
        match &self.dates {
            Some(dates) => dates.get(i).map_or(Value::Null, |d| Value::from(d.as_str())),
            None => self.block.data().json(i),
        }
    }

    fn nested(&self, shape: &[usize], at: &mut usize) -> Value {
        match shape.split_first() {
            None => {
                *at += 1;
                self.cell(*at - 1)
            }
            Some((&n, inner)) => Value::Array((0..n).map(|_| self.nested(inner, at)).collect()),
        }
    }

    /// One row for each cell: its labels (positions where there are none), then its value; missing values are empty.
    /// Fields are separated by `separator` and, for commas, quoted as RFC 4180 says.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write_table(&self, out: &mut dyn Write, separator: char) -> std::io::Result<()> {
        let field = |text: String| quoted(&text, separator);
        for dim in &self.dims {
            write!(out, "{}{separator}", field(dim.clone()))?;
        }
        writeln!(out, "{}", field(self.variable.clone()))?;
        let mut place = vec![0; self.dims.len()];
        for i in 0..self.block.data().len() {
            for (axis, &p) in self.axes.iter().zip(&place) {
                write!(out, "{}{separator}", field(axis.label(p)))?;
            }
            let text = match self.cell(i) {
                Value::String(s) if self.block.data().f64(i).is_nan() && s == "NaN" => String::new(),
                Value::String(s) => s,
                other => other.to_string(),
            };
            writeln!(out, "{}", field(text))?;
            for (p, axis) in place.iter_mut().zip(&self.axes).rev() {
                *p += 1;
                if *p < axis.len() {
                    break;
                }
                *p = 0;
            }
        }
        Ok(())
    }

    /// The labels of a cell, counted in C order.
    pub(super) fn labels_at(&self, cell: usize) -> Vec<String> {
        let mut rest = cell;
        let label = |axis: &AxisValues| {
            let n = axis.len().max(1);
            let label = axis.label(rest % n);
            rest /= n;
            label
        };
        let mut labels: Vec<String> = self.axes.iter().rev().map(label).collect();
        labels.reverse();
        labels
    }
}

/// A field of a table; for commas quoted as RFC 4180 says.
pub(super) fn quoted(text: &str, separator: char) -> String {
    let special = separator == ',' && text.contains(['"', ',', '\n', '\r']);
    if special { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// A label as JSON: a number, a date, a name.
fn axis_json(axis: &AxisValues, i: usize) -> Value {
    match axis {
        AxisValues::Number(v) => match v.get(i) {
            // Integers that no float tells from their neighbours.
            Some(&x) if x.abs() >= EXACT => v.like(vec![x]).to_data().json(0),
            Some(&x) => Data::F64(vec![x]).json(0),
            None => Value::Null,
        },
        AxisValues::Index(_) => Value::from(i),
        _ => Value::from(axis.label(i)),
    }
}
