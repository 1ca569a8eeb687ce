//! Why cells are missing: what is stored in each, and the rule that masks it.

use super::{Opened, Session};
use crate::cf::{Mask, Packing, Test};
use crate::engine::Run;
use crate::model::{DType, Error, Result};
use crate::ops::Step;
use serde_json::{Map, Value, json};
use std::io::Write;

/// The missing cells of a selection.
#[derive(Debug, Clone, PartialEq)]
pub struct Reasons {
    /// The variable's name.
    pub variable: String,
    /// Dimension names, slowest first.
    pub dims: Vec<String>,
    /// One for each missing cell, in C order.
    pub cells: Vec<Reason>,
}

/// One missing cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Its label (its position where there is none) along each dimension.
    pub at: Vec<String>,
    /// The value as it stands on disk.
    pub stored: Value,
    /// The rule: `equals _FillValue -999`, `below valid_min 0`, `stored NaN`.
    pub why: String,
}

impl Session {
    /// Says of each missing cell of a variable, after steps that select, why it is missing.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where the values are no numbers; else as [`Session::values`].
    pub fn why_missing(
        &self,
        opened: &Opened,
        path: &str,
        steps: &[Step],
        most_cells: usize,
        run: &Run,
    ) -> Result<Reasons> {
        let meta = opened.variable(path)?;
        if !meta.dtype.is_numeric() {
            let what = format!("{}: values of type {} are never masked", meta.path, meta.dtype);
            return Err(Error::invalid(what).at(&opened.info().path));
        }
        let packing = Packing::of(meta, opened.source().format_of(&meta.path), opened.policy());
        let (mut dataset, name) = opened.alone(path, true)?;
        for step in steps {
            dataset = step.apply(&dataset)?;
        }
        let values = self.values(&dataset, &name, false, most_cells, run)?;
        let mut cells = Vec::new();
        for i in 0..values.block.data().len() {
            let raw = values.block.data().f64(i);
            let rule = packing.why_missing(raw).map(|mask| words(mask, &meta.dtype));
            let Some(why) = rule.or_else(|| raw.is_nan().then(|| "stored NaN".to_owned())) else { continue };
            cells.push(Reason { at: values.labels_at(i), stored: values.block.data().json(i), why });
        }
        Ok(Reasons { variable: name, dims: values.dims, cells })
    }
}

/// A rule in words, its limit with the digits of the type on disk. What no attribute names is what the format puts where
/// nothing was written.
fn words(mask: &Mask, stored: &DType) -> String {
    let short = |v: f64, text: String, exponent: String| if v.abs() >= 1e15 { exponent } else { text };
    #[expect(clippy::cast_possible_truncation, reason = "the type on disk has no more digits")]
    let number = |v: f64| match stored {
        DType::F32 | DType::F16 => short(v, (v as f32).to_string(), format!("{:e}", v as f32)),
        _ => short(v, v.to_string(), format!("{v:e}")),
    };
    match (mask.test, mask.from) {
        (Test::Equal(v), "default fill") => {
            format!("equals the default fill of netCDF {}, as cells do that were never written", number(v))
        }
        (Test::Equal(v), "fill_value") => {
            format!("equals fill_value {}, as cells do that were never written", number(v))
        }
        (Test::Equal(v), from) => format!("equals {from} {}", number(v)),
        (Test::Below(v), from) => format!("below {from} {}", number(v)),
        (Test::Above(v), from) => format!("above {from} {}", number(v)),
    }
}

impl Reasons {
    /// `{"variable", "dims", "missing": [{"at": {dim: label}, "stored", "why"}]}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let one = |cell: &Reason| {
            let at: Map<String, Value> =
                self.dims.iter().cloned().zip(cell.at.iter().map(|l| Value::from(l.as_str()))).collect();
            json!({"at": at, "stored": cell.stored, "why": cell.why})
        };
        json!({"variable": self.variable, "dims": self.dims, "missing": self.cells.iter().map(one).collect::<Vec<_>>()})
    }

    /// One row for each missing cell: its labels, what is stored, why.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write_table(&self, out: &mut dyn Write, separator: char) -> std::io::Result<()> {
        let field = |text: &str| super::values::quoted(text, separator);
        let mut row = |at: &[String], stored: &str, why: &str| {
            for label in at {
                write!(out, "{}{separator}", field(label))?;
            }
            writeln!(out, "{}{separator}{}", field(stored), field(why))
        };
        row(&self.dims, "stored", "why")?;
        self.cells.iter().try_for_each(|cell| {
            let stored = cell.stored.as_str().map_or_else(|| cell.stored.to_string(), str::to_owned);
            row(&cell.at, &stored, &cell.why)
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::engine::{EngineOptions, Run};
    use crate::session::{Session, selection};
    use std::fs;

    #[test]
    fn each_missing_cell_names_its_rule() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
        fs::create_dir(dir.path().join("v")).unwrap();
        let meta = r#"{"zarr_format": 2, "shape": [5], "chunks": [5], "dtype": "<f4", "compressor": null,
            "filters": null, "fill_value": -999.0, "order": "C"}"#;
        fs::write(dir.path().join("v/.zarray"), meta).unwrap();
        let attrs = r#"{"_ARRAY_DIMENSIONS": ["x"], "valid_min": 0, "missing_value": 7}"#;
        fs::write(dir.path().join("v/.zattrs"), attrs).unwrap();
        let values = [-999.0_f32, -1.0, 5.0, f32::NAN, 7.0].map(f32::to_le_bytes).concat();
        fs::write(dir.path().join("v/0"), values).unwrap();
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(&dir.path().to_string_lossy()).unwrap();
        let why = |steps: &[_]| session.why_missing(&opened, "v", steps, 9, &Run::background()).unwrap();
        let mut table = Vec::new();
        why(&[]).write_table(&mut table, ',').unwrap();
        let lines = [
            "x,stored,why",
            "0,-999.0,\"equals fill_value -999, as cells do that were never written\"",
            "1,-1.0,below valid_min 0",
            "3,NaN,stored NaN",
            "4,7.0,equals missing_value 7",
        ];
        assert_eq!(String::from_utf8(table).unwrap().lines().collect::<Vec<_>>(), lines);
        let part = why(&[selection("isel", "x=1:3").unwrap()]);
        assert_eq!(part.to_json()["missing"][0]["stored"], -1.0);
        assert_eq!(part.cells.len(), 1);
    }
}
