//! `isel`: by position.

use crate::model::{Error, Result};
use crate::ops::kernel::Pick;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, Value, coords, python};
use crate::plan::Dataset;

pub(crate) static ISEL: OpSpec = OpSpec {
    name: "isel",
    family: Family::Select,
    summary: "part by position",
    doc: "Takes positions along dimensions, counted from 0; negative ones count from the end. A range start:stop:step is \
          half-open, as in Python, and may go past the end. A single position takes the dimension away. Values and types \
          stay as they are.",
    cdo: Some("seltimestep, sellevidx, selindexbox"),
    example: "isel time=0:10 lat=3",
    params: &[],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Positions,
        required: true,
        single: false,
        doc: "3, -1, 0:10, 0:100:4 or 0,5,7",
    }),
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let mut picks = Vec::new();
    for (dim, value) in params.iter() {
        let size = ds.need_axis(dim)?.values.len();
        picks.push((dim.to_owned(), pick(dim, value, size)?));
    }
    coords::take(ds, &picks)
}

fn pick(dim: &str, value: &Value, size: usize) -> Result<Pick> {
    if let Value::List(items) = value {
        let at: Vec<usize> = items.iter().map(|v| position(dim, &v.text(), size)).collect::<Result<_>>()?;
        return Ok(Pick::of(&at, size));
    }
    let text = value.text();
    let Some(parts) = slice(dim, &text)? else { return Ok(Pick::One(position(dim, &text, size)?)) };
    Ok(Pick::of(&positions(parts, size), size))
}

/// The parts of `start:stop:step`, `None` where the text is no range.
fn slice(dim: &str, text: &str) -> Result<Option<[Option<i64>; 3]>> {
    if !text.contains(':') {
        return Ok(None);
    }
    let wrong = || {
        Error::invalid(format!("{dim}={text} is no range of positions"))
            .hint("write start:stop or start:stop:step, each a whole number")
    };
    let mut parts = [None; 3];
    for (i, word) in text.split(':').enumerate() {
        let part = parts.get_mut(i).ok_or_else(wrong)?;
        if !word.trim().is_empty() {
            *part = Some(word.trim().parse::<i64>().ok().ok_or_else(wrong)?);
        }
    }
    if parts[2] == Some(0) {
        return Err(Error::invalid(format!("{dim}={text} has a step of 0")));
    }
    Ok(Some(parts))
}

/// What Python's `range(*slice.indices(size))` gives.
fn positions([start, stop, step]: [Option<i64>; 3], size: usize) -> Vec<usize> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let (lowest, highest) = if step > 0 { (0, size) } else { (-1, size - 1) };
    let bound = |at: Option<i64>, otherwise: i64| match at {
        None => otherwise,
        Some(at) if at < 0 => at.saturating_add(size).max(lowest),
        Some(at) => at.min(highest),
    };
    let (start, stop) = if step > 0 {
        (bound(start, lowest), bound(stop, highest))
    } else {
        (bound(start, highest), bound(stop, lowest))
    };
    let mut at = start;
    std::iter::from_fn(|| {
        let now = at;
        at = at.saturating_add(step);
        (if step > 0 { now < stop } else { now > stop }).then_some(now)
    })
    .filter_map(|at| usize::try_from(at).ok())
    .collect()
}

fn position(dim: &str, text: &str, size: usize) -> Result<usize> {
    let at: i64 = text.trim().parse().ok().ok_or_else(|| {
        Error::invalid(format!("{dim}={text} is no position")).hint("positions are whole numbers; sel takes labels")
    })?;
    let from_start = if at < 0 { at.saturating_add(i64::try_from(size).unwrap_or(i64::MAX)) } else { at };
    usize::try_from(from_start)
        .ok()
        .filter(|&at| at < size)
        .ok_or_else(|| Error::invalid(format!("position {at} of {dim} lies outside its size {size}")))
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let mut items = Vec::new();
    for (dim, value) in params.iter() {
        let code = match (value, slice(dim, &value.text())) {
            (Value::List(items), _) => format!("[{}]", items.iter().map(Value::text).collect::<Vec<_>>().join(", ")),
            (_, Ok(Some([start, stop, step]))) => {
                let part = |p: Option<i64>| p.map_or_else(|| "None".to_owned(), |n| n.to_string());
                let step = step.map_or_else(String::new, |n| format!(", {n}"));
                format!("slice({}, {}{step})", part(start), part(stop))
            }
            _ => value.text(),
        };
        items.push((dim, code));
    }
    Ok(format!("ds = ds.isel({})", python::by_dim(&items)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn positions_are_those_of_python() {
        let ds = dataset();
        let lat = |text: &str| {
            let out = Step::parse(&format!("isel lat={text}")).unwrap().apply(&ds).unwrap();
            out.axis("lat").map(|a| a.values.clone())
        };
        let number = |v: &[f64]| Some(crate::plan::AxisValues::Number(v.into()));
        assert_eq!(lat("0:2"), number(&[60.0, 30.0]));
        assert_eq!(lat("::-1"), number(&[0.0, 30.0, 60.0]));
        assert_eq!(lat("-2:"), number(&[30.0, 0.0]));
        assert_eq!(lat("1:99"), number(&[30.0, 0.0]));
        assert_eq!(lat("2:0:-1"), number(&[0.0, 30.0]));
        assert_eq!(lat("2,0"), number(&[0.0, 60.0]));
        assert_eq!(lat("2:1"), number(&[]));
        assert_eq!(lat("-1"), None);
    }

    #[test]
    fn a_single_position_leaves_its_label_behind() {
        let out = Step::parse("isel lat=-1 lon=0").unwrap().apply(&dataset()).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time"]);
        assert_eq!(values(&out, "lat"), Data::F64(vec![0.0]));
        assert!(out.axis("lat").is_none());
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("isel time=0:10 lat=-1 lon=0,2"), "ds = ds.isel(time=slice(0, 10), lat=-1, lon=[0, 2])");
        assert_eq!(line("isel time=::2"), "ds = ds.isel(time=slice(None, None, 2))");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("isel lat=3"), "isel: position 3 of lat lies outside its size 3");
        assert!(error("isel level=0").contains("no dimension level"), "{}", error("isel level=0"));
        assert!(error("isel lat=a").contains("no position"));
        assert!(error("isel lat=0:3:0").contains("step of 0"));
        assert!(error("isel").contains("at least one dimension"));
    }
}
