//! `histogram`: how many values lie between edges.

use super::{DIM, dims, has_any, without};
use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::kernel::{Edges, Frame, Histogram};
use crate::ops::params::{count, number, wrong};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Var};
use std::sync::Arc;

pub(crate) static HISTOGRAM: OpSpec = OpSpec {
    name: "histogram",
    family: Family::Reduce,
    summary: "number of values in each bin",
    doc: "Counts the values between edges over dimensions, as numpy.histogram does: a bin holds its lower edge, the last \
          one its upper edge too. Missing values and those outside are not counted. The bins are a new last dimension, \
          bin, labelled by their middles; counts are 64-bit integers. Variables without the dimensions stay as they are.",
    cdo: Some("histcount, histfreq"),
    example: "histogram bins=20 range=0,40 dim=lat,lon",
    params: &[
        ParamSpec {
            name: "bins",
            kind: ParamKind::Text,
            default: None,
            required: true,
            doc: "the number of bins within range, or their edges, ascending: 0,1,5,10",
        },
        DIM,
        ParamSpec {
            name: "range",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "the lowest and the highest edge, needed with a number of bins: 0,40",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// The bins' dimension.
const NAME: &str = "bin";
/// Most bins that a number may ask for.
const MOST: usize = 1 << 20;

/// The edges, and the Python expression of the same.
fn edges(params: &Params) -> Result<(Edges, String)> {
    let value = params.get("bins").ok_or_else(|| Error::invalid("bins is missing"))?;
    let numbers = |key: &str| -> Result<Option<Vec<f64>>> {
        let Some(value) = params.get(key) else { return Ok(None) };
        let all = value.items().into_iter().map(number).collect::<Option<Vec<f64>>>();
        all.map(Some).ok_or_else(|| wrong(key, "ascending numbers", value).hint("bins=20 range=0,40, or bins=0,1,5,10"))
    };
    let range = numbers("range")?;
    if let crate::ops::Value::List(_) = value {
        if range.is_some() {
            return Err(Error::invalid("range beside edges").hint("bins=0,1,5,10 says where the bins end"));
        }
        let at = numbers("bins")?.unwrap_or_default();
        let words: Vec<String> = at.iter().map(|&x| python::number(x)).collect();
        let edges = Edges::new(at).ok_or_else(|| wrong("bins", "ascending numbers", value))?;
        return Ok((edges, format!("np.array([{}])", words.join(", "))));
    }
    let n = count(value)
        .filter(|n| (1..=MOST).contains(n))
        .ok_or_else(|| wrong("bins", &format!("a number from 1 to {MOST}, or edges"), value))?;
    let (low, high) = match range.as_deref() {
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => (*low, *high),
        Some(_) => return Err(Error::invalid("range must be a lower and a higher number").hint("range=0,40")),
        None => {
            return Err(Error::invalid(format!("bins={n} needs a range"))
                .hint("range=0,40 gives the lowest and the highest edge; nothing is read to find them"));
        }
    };
    // As numpy.linspace has them.
    let step = (high - low) / n as f64;
    let at = (0..=n).map(|i| if i == n { high } else { low + i as f64 * step }).collect();
    let edges = Edges::new(at)
        .ok_or_else(|| Error::invalid(format!("{n} bins cannot be told apart between {low:e} and {high:e}")))?;
    Ok((edges, format!("np.linspace({}, {}, {})", python::number(low), python::number(high), n + 1)))
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (edges, _) = edges(params)?;
    let dims = dims(ds, params)?;
    let mut out = without(ds, &dims, |var| {
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let frame = Frame::over(var.node.meta(), &dims);
        let op = Histogram { edges: edges.clone(), frame, name: NAME.to_owned() };
        let node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        Ok(Var { node, attrs: attrs::pure(&var.attrs), ..var.clone() })
    })?;
    if out.axis(NAME).is_some() {
        return Err(Error::invalid(format!("there is a dimension {NAME} already")).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != NAME);
    let middles = edges.values().windows(2).map(|w| (w[0] + w[1]) / 2.0).collect();
    let bounds = edges.values().windows(2).map(|w| [w[0], w[1]]).collect();
    let mut attrs = Attrs::default();
    let units: Vec<&str> = ds.data().filter(|v| has_any(v, &dims)).filter_map(|v| v.attrs.text("units")).collect();
    if let Some(first) = units.first().filter(|u| units.iter().all(|v| v == *u)) {
        attrs.set("units", AttrValue::Text((*first).to_owned()));
    }
    attrs.set("long_name", AttrValue::Text("middle of the bin".to_owned()));
    out.axes.push(Axis { name: NAME.to_owned(), values: AxisValues::Number(middles), attrs, bounds: Some(bounds) });
    Ok(out.pruned())
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let (_, edges) = edges(params)?;
    let dims = python::list(&dims(ds, params)?);
    let lines = [
        format!("edges = {edges}"),
        "def histogram(v):".to_owned(),
        format!("    dims = [d for d in v.dims if d in {dims}]"),
        "    if not dims:".to_owned(),
        "        return v".to_owned(),
        "    count = lambda x: np.histogram(x[~np.isnan(x)], edges)[0]".to_owned(),
        format!(
            "    return xr.apply_ufunc(count, v, input_core_dims=[dims], output_core_dims=[[\"{NAME}\"]], vectorize=True)"
        ),
        format!("ds = ds.map(histogram).assign_coords({NAME}=(edges[1:] + edges[:-1]) / 2)"),
    ];
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn bins_are_the_last_dimension() {
        let ds = dataset();
        let out = Step::parse("histogram bins=3 range=0,150 dim=time").unwrap().apply(&ds).unwrap();
        let t = out.need_var("t").unwrap();
        assert_eq!((t.node.meta().dims.join(" "), t.attrs.text("units")), ("lat lon bin".to_owned(), Some("1")));
        assert_eq!(out.need_axis("bin").unwrap().values, AxisValues::Number([25.0, 75.0, 125.0].into()));
        assert_eq!(out.need_axis("bin").unwrap().bounds.as_deref(), Some(&[[0., 50.], [50., 100.], [100., 150.]][..]));
        // Four years of the months 10 to 40, 50 to 90 and 100 to 120, of which one December is missing.
        let Data::I64(t) = values(&out, "t") else { unreachable!("counts are integers") };
        assert_eq!((&t[..3], &t[3..6]), (&[16, 20, 11][..], &[16, 20, 12][..]));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("histogram 0,1,2").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![4, 8]));
        assert_eq!(out.axes.len(), 1);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("histogram bins=4 range=0,1 dim=lat").unwrap().xarray(&ds).unwrap();
        assert!(line.starts_with("edges = np.linspace(0.0, 1.0, 5)\ndef histogram(v):"), "{line}");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("histogram bins=4").starts_with("histogram: bins=4 needs a range"));
        assert!(error("histogram bins=0 range=0,1").contains("bins must be a number from 1"));
        assert!(error("histogram bins=4 range=1,0").contains("a lower and a higher number"));
        assert!(error("histogram bins=3,2,1").contains("bins must be ascending numbers"));
        assert!(error("histogram bins=0,1 range=0,1").contains("range beside edges"));
    }
}
