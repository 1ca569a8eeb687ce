//! The structure as text, in the manner of `ncdump -h`, with what matters for reading added as remarks.

use super::layout::{Beside, Layouts, points};
use super::{HorizontalKind, Layout, Opened, time};
use crate::cf::Measure;
use crate::model::{AttrValue, Attrs, Data, Group, VariableMeta};
use crate::plan::Dataset;
use std::borrow::Cow;
use std::fmt::{self, Write};

/// The text of `graticule info`: groups, dimensions, variables with their attributes; as remarks the chunks, filters and
/// reading tier of each variable, the decoded range of time axes, how decoding read what the file leaves open, warnings.
#[must_use]
pub fn dump(opened: &Opened) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    write_all(&mut out, opened).unwrap_or_default();
    out
}

fn write_all(out: &mut String, opened: &Opened) -> fmt::Result {
    let info = opened.info();
    writeln!(out, "{} {} {{", info.format, shown(&info.path))?;
    group(out, opened, &info.root, 0)?;
    writeln!(out, "}}")?;
    for warning in &info.warnings {
        writeln!(out, "// warning: {}", shown(warning))?;
    }
    Ok(())
}

fn group(out: &mut String, opened: &Opened, it: &Group, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    if !it.dims.is_empty() {
        writeln!(out, "{pad}dimensions:")?;
    }
    for dim in &it.dims {
        let unlimited = if dim.unlimited { " // unlimited" } else { "" };
        writeln!(out, "{pad}\t{} = {} ;{unlimited}", shown(&dim.name), dim.size)?;
    }
    if !it.variables.is_empty() {
        writeln!(out, "{pad}variables:")?;
    }
    for var in &it.variables {
        variable(out, opened, var, &pad)?;
    }
    notes(out, opened, it, &pad)?;
    if !it.attrs.0.is_empty() {
        let whose = if depth == 0 { "global" } else { "group" };
        writeln!(out, "\n{pad}// {whose} attributes:")?;
        attributes(out, "", &it.attrs, &pad)?;
    }
    for child in &it.groups {
        writeln!(out, "\n{pad}group: {} {{", shown(&child.name))?;
        group(out, opened, child, depth + 1)?;
        writeln!(out, "{pad}}} // group {}", shown(&child.path))?;
    }
    Ok(())
}

fn variable(out: &mut String, opened: &Opened, var: &VariableMeta, pad: &str) -> fmt::Result {
    let dims = if var.dims.is_empty() { String::new() } else { format!("({})", shown(&var.dims.join(", "))) };
    let by = |shape: &[usize]| shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    let mut how = Vec::new();
    if !var.shape.is_empty() {
        how.push(by(&var.shape));
    }
    if let Some(chunks) = &var.chunks {
        how.push(format!("chunks {}", by(chunks)));
    }
    if let Some(shards) = &var.shards {
        how.push(format!("shards {}", by(shards)));
    }
    how.extend(var.filters.iter().cloned());
    how.extend(packed(opened, var));
    how.push(var.tier.name().to_owned());
    let name = shown(&var.name);
    writeln!(out, "{pad}\t{} {name}{dims} ; // {}", var.dtype, how.join(", "))?;
    attributes(out, &name, &var.attrs, pad)
}

/// How much smaller the filters made it: `4.2:1`.
fn packed(opened: &Opened, var: &VariableMeta) -> Option<String> {
    let stored = opened.source().stored_bytes(&var.path)?;
    // Texts and records have no size of an element that is known here.
    if stored == 0 || var.filters.is_empty() || var.dtype.size() == 0 {
        return None;
    }
    let whole = var.cells().saturating_mul(var.dtype.size());
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let ratio = whole as f64 / stored as f64;
    Some(format!("{ratio:.1}:1"))
}

fn attributes(out: &mut String, of: &str, attrs: &Attrs, pad: &str) -> fmt::Result {
    attrs.iter().try_for_each(|(name, value)| writeln!(out, "{pad}\t\t{of}:{} = {} ;", shown(name), cdl(value)))
}

/// A name on one line: what would break it, or reach the terminal as a command, stands as an escape.
fn shown(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(name.chars().map(escaped).collect())
}

/// Remarks on the group's dataset: time ranges, and what decoding assumed.
fn notes(out: &mut String, opened: &Opened, it: &Group, pad: &str) -> fmt::Result {
    let Some(data) = opened.groups().iter().find(|g| g.path == it.path) else { return Ok(()) };
    let mut lines = Vec::new();
    for axis in &data.dataset.axes {
        if let Some(span) = time::axis_span(&axis.values) {
            let n = axis.values.len();
            let steps = if n == 1 { "1 step".to_owned() } else { format!("{n} steps") };
            lines.push(format!("{}: {} to {}, {steps}, calendar {}", axis.name, span.first, span.last, span.calendar));
        }
    }
    lines.extend(grids(&data.dataset));
    for (path, decoding) in &data.decodings {
        let name = path.rsplit('/').next().unwrap_or(path);
        // That unwritten cells are missing goes without saying.
        let assumed = decoding.facts.iter().filter(|f| f.from.is_none() && f.what != "missing");
        lines.extend(assumed.map(|f| format!("{name}: {f}")));
    }
    if !lines.is_empty() {
        writeln!(out, "\n{pad}// as read:")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "{pad}//\t{}", shown(line)))
}

/// Where on Earth the cells lie: one line for each kind of grid, with the variables on it.
fn grids(ds: &Dataset) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    let placed = ds.vars.iter().any(|v| Measure::told(&v.name, &v.attrs).is_some_and(|(m, _)| m == Measure::Longitude));
    let beside = Beside::of(ds);
    let layouts = Layouts::of(&beside);
    for var in ds.data() {
        let axes = layouts.axes(var);
        let lay = Layout::of(var, &axes);
        let kind = match (&lay.horizontal, &lay.y, &lay.x) {
            (HorizontalKind::LonLat, Some(y), Some(x)) => format!("{y} × {x}, latitude and longitude"),
            (HorizontalKind::Projected { crs, .. }, Some(y), Some(x)) => format!("{y} × {x}, {crs}"),
            (HorizontalKind::Curvilinear { lon, lat }, Some(y), Some(x)) => {
                format!("{y} × {x}, each cell at its {lat}, {lon}")
            }
            _ => match placed.then(|| points(&beside, &axes)).flatten() {
                Some(kind) => kind,
                None => continue,
            },
        };
        match found.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, names)) => names.push(&var.name),
            None => found.push((kind, vec![&var.name])),
        }
    }
    found.into_iter().map(|(kind, names)| format!("{}: grid {kind}", names.join(", "))).collect()
}

/// An attribute's value in CDL, with the suffixes that tell the types of numbers apart.
fn cdl(value: &AttrValue) -> String {
    let quote = |t: &str| {
        let escaped = t.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
        format!("\"{}\"", shown(&escaped))
    };
    match value {
        AttrValue::Text(t) => quote(t),
        AttrValue::Texts(list) => list.iter().map(|t| quote(t)).collect::<Vec<_>>().join(", "),
        AttrValue::Json(json) => json.to_string(),
        AttrValue::Numbers(data) => {
            let suffix = match data {
                Data::I8(_) => "b",
                Data::U8(_) => "UB",
                Data::I16(_) => "s",
                Data::U16(_) => "US",
                Data::U32(_) => "U",
                Data::I64(_) => "L",
                Data::U64(_) => "UL",
                Data::F32(_) => "f",
                _ => "",
            };
            let one = |i| match data.json(i) {
                serde_json::Value::String(special) => format!("{special}{suffix}"),
                number => format!("{number}{suffix}"),
            };
            (0..data.len()).map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{cdl, shown};
    use crate::model::{AttrValue, Data};

    #[test]
    fn types_of_attributes_show() {
        assert_eq!(cdl(&AttrValue::Text("a \"b\"\nc".into())), r#""a \"b\"\nc""#);
        assert_eq!(cdl(&AttrValue::Text("red \u{1b}[31m".into())), r#""red \u{1b}[31m""#);
        assert_eq!(shown("a\nb ä"), r"a\nb ä");
        assert_eq!(cdl(&AttrValue::Numbers(Data::F32(vec![0.1, f32::NAN]))), "0.1f, NaNf");
        assert_eq!(cdl(&AttrValue::Numbers(Data::I16(vec![-3]))), "-3s");
        assert_eq!(cdl(&AttrValue::Numbers(Data::F64(vec![2.0]))), "2.0");
    }
}
