//! Statistics of a variable, streamed through the engine, and their stable JSON form.

use super::moments::{Moments, MomentsOp};
use super::{Opened, Session, time};
use crate::engine::Run;
use crate::model::{Block, DType, Data, Region, Result, Span};
use crate::ops::Step;
use crate::plan::Node;
use serde_json::{Value, json};
use std::sync::Arc;

/// Numbers about one variable, or a part of it. Missing values are passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Path from the root.
    pub variable: String,
    /// The type on disk.
    pub dtype: DType,
    /// The type of the values looked at.
    pub decoded_dtype: DType,
    /// Lengths of the part looked at.
    pub shape: Vec<usize>,
    /// Cells that are not missing.
    pub count: u64,
    /// Cells that are missing.
    pub missing: u64,
    /// What only numbers have.
    pub numbers: Option<Numbers>,
    /// The first cell in C order, as JSON; null where there is no cell.
    pub first: Value,
    /// The last cell.
    pub last: Value,
    /// First and last instant along the variable's time axis, or of its own values where they are instants.
    pub time: Option<TimeSpan>,
}

/// Statistics of numbers. NaN where there is no value, but a sum of 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// Smallest, as JSON: exact for 64-bit integers.
    pub min: Value,
    /// Largest.
    pub max: Value,
    /// Mean in `f64`.
    pub mean: f64,
    /// Standard deviation in `f64`, ddof 0.
    pub std: f64,
    /// Sum in `f64`.
    pub sum: f64,
}

/// Two instants of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSpan {
    /// CF name of the calendar.
    pub calendar: &'static str,
    /// The first, ISO 8601; `missing` where it is.
    pub first: String,
    /// The last.
    pub last: String,
}

impl Session {
    /// Statistics of a variable after selections. `raw`: as stored, without mask and scale.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown variable, [`Invalid`](crate::model::ErrorKind::Invalid)
    /// for an impossible selection, and whatever reading reports.
    pub fn stats(&self, opened: &Opened, path: &str, selection: &[Step], raw: bool, run: &Run) -> Result<Stats> {
        let meta = opened.variable(path)?;
        let (mut dataset, name) = opened.alone(path, raw)?;
        for step in selection {
            dataset = step.apply(&dataset)?;
        }
        let var = dataset.need_var(&name)?;
        let shape = var.node.meta().shape.clone();
        let cells = shape.iter().map(|&n| n as u64).product::<u64>();
        let (count, numbers) = if var.node.meta().dtype.is_numeric() {
            let node = Node::op(Arc::new(MomentsOp), vec![Arc::clone(&var.node)])?;
            let computed = self.engine().compute(&node, &Region::all(&node.meta().shape), run);
            let block = computed.map_err(|e| e.at(&opened.info().path))?;
            let moments = Moments::read(&block);
            (whole(moments.count), Some(Numbers::of(&moments, &var.node.meta().dtype)))
        } else {
            (cells, None)
        };
        let (first, last) = self.ends(&var.node, run)?;
        Ok(Stats {
            variable: meta.path.clone(),
            dtype: meta.dtype.clone(),
            decoded_dtype: var.node.meta().dtype.clone(),
            shape,
            count,
            missing: cells - count,
            numbers,
            time: time::span(&dataset, var, &first, &last),
            first: first.map_or(Value::Null, |d| cell(&d)),
            last: last.map_or(Value::Null, |d| cell(&d)),
        })
    }

    /// The first and the last cell.
    fn ends(&self, node: &Arc<Node>, run: &Run) -> Result<(Option<Data>, Option<Data>)> {
        let shape = &node.meta().shape;
        if shape.contains(&0) {
            return Ok((None, None));
        }
        let at = |pick: fn(usize) -> usize| Region(shape.iter().map(|&n| Span::new(pick(n), 1)).collect());
        let one = |region: &Region| -> Result<Option<Data>> {
            Ok(Some(Block::clone(&*self.engine().compute(node, region, run)?).into_data()))
        };
        Ok((one(&at(|_| 0))?, one(&at(|n| n - 1))?))
    }
}

impl Numbers {
    fn of(m: &Moments, dtype: &DType) -> Self {
        let extreme = |e: super::moments::Extreme| {
            if dtype.is_float() || m.count == 0.0 {
                return float(e.high);
            }
            let n = e.integer();
            i64::try_from(n).map(Value::from).or_else(|_| u64::try_from(n).map(Value::from)).unwrap_or(Value::Null)
        };
        Self { min: extreme(m.min), max: extreme(m.max), mean: m.mean, std: (m.m2 / m.count).sqrt(), sum: m.sum }
    }
}

impl Stats {
    /// The stable form of `graticule stats --json`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut out = json!({
            "variable": self.variable, "dtype": self.dtype.to_string(), "decoded_dtype": self.decoded_dtype.to_string(),
            "shape": self.shape, "count": self.count, "missing": self.missing,
        });
        if let (Some(map), Some(n)) = (out.as_object_mut(), &self.numbers) {
            map.insert("min".into(), n.min.clone());
            map.insert("max".into(), n.max.clone());
            map.insert("mean".into(), float(n.mean));
            map.insert("std".into(), float(n.std));
            map.insert("sum".into(), float(n.sum));
        }
        if let Some(map) = out.as_object_mut() {
            map.insert("first".into(), self.first.clone());
            map.insert("last".into(), self.last.clone());
            let time = self.time.as_ref();
            let time = time.map(|t| json!({"calendar": t.calendar, "first": t.first, "last": t.last}));
            map.insert("time".into(), time.unwrap_or(Value::Null));
        }
        out
    }
}

/// One cell as JSON; single precision as the `f64` it stands for, as statistics are `f64` throughout.
fn cell(data: &Data) -> Value {
    match data {
        Data::F32(_) => float(data.f64(0)),
        other => other.json(0),
    }
}

fn float(x: f64) -> Value {
    Data::F64(vec![x]).json(0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count: whole and not negative")]
fn whole(count: f64) -> u64 {
    count as u64
}
