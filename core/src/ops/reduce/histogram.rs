//! `histogram`: how many values lie between edges.

use super::{DIM, dims, has_any, without};
use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::kernel::{Bins, Edges, Even, Extent, Frame, Histogram, even};
use crate::ops::params::{count, number, wrong};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static HISTOGRAM: OpSpec = OpSpec {
    name: "histogram",
    family: Family::Reduce,
    summary: "number of values in each bin",
    doc: "Counts the values between edges over dimensions, as numpy.histogram does: a bin holds its lower edge, the last \
          one its upper edge too. Missing values and those outside are not counted. The bins are a new last dimension, \
          bin, labelled by their middles; counts are 64-bit integers. Variables without the dimensions stay as they are. \
          Without a range the bins lie between the least and the greatest of all values that are counted, found in a pass \
          before; their middles are then the variable bin, known when it has run.",
    cdo: Some("histcount, histfreq"),
    example: "histogram bins=20 range=0,40 dim=lat,lon",
    params: &[
        ParamSpec {
            name: "bins",
            kind: ParamKind::Text,
            default: None,
            required: true,
            doc: "the number of bins, or their edges, ascending: 0,1,5,10",
        },
        DIM,
        ParamSpec {
            name: "range",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "the lowest and the highest edge, 0,40; those of the values where not given",
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

/// The bins, and the Python expression of their edges where it is known.
fn bins(params: &Params) -> Result<(Bins, String)> {
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
        return Ok((Bins::Known(edges), format!("np.array([{}])", words.join(", "))));
    }
    let n = count(value)
        .filter(|n| (1..=MOST).contains(n))
        .ok_or_else(|| wrong("bins", &format!("a number from 1 to {MOST}, or edges"), value))?;
    let (low, high) = match range.as_deref() {
        Some([low, high]) if low < high && low.is_finite() && high.is_finite() => (*low, *high),
        Some(_) => return Err(Error::invalid("range must be a lower and a higher number").hint("range=0,40")),
        None => return Ok((Bins::Found(n), format!("np.histogram_bin_edges(found, {n})"))),
    };
    let edges = Edges::new(even(n, low, high))
        .ok_or_else(|| Error::invalid(format!("{n} bins cannot be told apart between {low:e} and {high:e}")))?;
    Ok((Bins::Known(edges), format!("np.linspace({}, {}, {})", python::number(low), python::number(high), n + 1)))
}

/// Whether values of a variable are counted.
fn counted(var: &Var, dims: &[String]) -> bool {
    has_any(var, dims) && var.node.meta().dtype.is_numeric()
}

/// Bins between the least and the greatest of all that is counted.
fn found(ds: &Dataset, dims: &[String], bins: usize, middles: bool) -> Result<Arc<Node>> {
    let values = ds.data().filter(|v| counted(v, dims));
    let extents: Vec<_> =
        values.map(|v| Node::op(Arc::new(Extent), vec![Arc::clone(&v.node)])).collect::<Result<_>>()?;
    if extents.is_empty() {
        return Err(Error::invalid(format!("no variable has numbers along {}", dims.join(", "))));
    }
    Node::op(Arc::new(Even { bins, middles, name: NAME.to_owned() }), extents)
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (bins, _) = bins(params)?;
    let dims = dims(ds, params)?;
    let edges = match bins {
        Bins::Known(_) => None,
        Bins::Found(n) => Some(found(ds, &dims, n, false)?),
    };
    let mut out = without(ds, &dims, |var| {
        if !has_any(var, &dims) {
            return Ok(var.clone());
        }
        let frame = Frame::over(var.node.meta(), &dims);
        let op = Histogram { bins: bins.clone(), frame, name: NAME.to_owned() };
        let inputs = [&var.node].into_iter().chain(&edges).map(Arc::clone).collect();
        let node = Node::op(Arc::new(op), inputs)?;
        Ok(Var { node, attrs: attrs::pure(&var.attrs), ..var.clone() })
    })?;
    if out.axis(NAME).is_some() {
        return Err(Error::invalid(format!("there is a dimension {NAME} already")).hint("rename it first"));
    }
    out.vars.retain(|v| v.name != NAME);
    let mut attrs = Attrs::default();
    let units: Vec<&str> = ds.data().filter(|v| has_any(v, &dims)).filter_map(|v| v.attrs.text("units")).collect();
    if let Some(first) = units.first().filter(|u| units.iter().all(|v| v == *u)) {
        attrs.set("units", AttrValue::Text((*first).to_owned()));
    }
    attrs.set("long_name", AttrValue::Text("middle of the bin".to_owned()));
    match bins {
        Bins::Known(edges) => {
            let middles = edges.values().windows(2).map(|w| (w[0] + w[1]) / 2.0).collect();
            let bounds = edges.values().windows(2).map(|w| [w[0], w[1]]).collect();
            let (name, values) = (NAME.to_owned(), AxisValues::Number(middles));
            out.axes.push(Axis { name, values, attrs, bounds: Some(bounds) });
        }
        Bins::Found(n) => {
            out.axes.push(Axis::index(NAME, n));
            out.vars.push(Var { name: NAME.to_owned(), node: found(ds, &dims, n, true)?, attrs, role: Role::Coord });
        }
    }
    Ok(out.pruned())
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let (bins, edges) = bins(params)?;
    let dims = dims(ds, params)?;
    let mut lines = Vec::new();
    if let Bins::Found(_) = bins {
        let names: Vec<String> = ds.data().filter(|v| counted(v, &dims)).map(|v| v.name.clone()).collect();
        lines.push(format!(
            "found = [float(x) for name in {} for x in (ds[name].min(), ds[name].max()) if x == x]",
            python::list(&names)
        ));
    }
    let dims = python::list(&dims);
    lines.extend([
        format!("edges = {edges}"),
        "def histogram(v):".to_owned(),
        format!("    dims = [d for d in v.dims if d in {dims}]"),
        "    if not dims:".to_owned(),
        "        return v".to_owned(),
        "    count = lambda x: np.histogram(x[~np.isnan(x)], edges)[0]".to_owned(),
        format!(
            "    return xr.apply_ufunc(count, v.compute(), input_core_dims=[dims], output_core_dims=[[\"{NAME}\"]], vectorize=True)"
        ),
        format!("ds = ds.map(histogram).assign_coords({NAME}=(edges[1:] + edges[:-1]) / 2)"),
    ]);
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
        // From 0 of the mask to 125.5, the last cell of December: numpy.histogram of both with 5 bins.
        let out = Step::parse("histogram 5").unwrap().apply(&ds).unwrap();
        assert_eq!(
            values(&out, "bin").to_f64(),
            [12.55, 37.650000000000006, 62.75000000000001, 87.85000000000001, 112.95]
        );
        assert_eq!(values(&out, "mask"), Data::I64(vec![12, 0, 0, 0, 0]));
        let Data::I64(t) = values(&out, "t") else { unreachable!("counts are integers") };
        assert_eq!(t, [92, 104, 136, 104, 139]);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("histogram bins=4 range=0,1 dim=lat").unwrap().xarray(&ds).unwrap();
        assert!(line.starts_with("edges = np.linspace(0.0, 1.0, 5)\ndef histogram(v):"), "{line}");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        let line = Step::parse("histogram bins=4 dim=time").unwrap().xarray(&ds).unwrap();
        assert!(line.starts_with("found = [float(x) for name in [\"t\"] for"), "{line}");
        assert!(error("histogram bins=0 range=0,1").contains("bins must be a number from 1"));
        assert!(error("histogram bins=4 range=1,0").contains("a lower and a higher number"));
        assert!(error("histogram bins=3,2,1").contains("bins must be ascending numbers"));
        assert!(error("histogram bins=0,1 range=0,1").contains("range beside edges"));
    }
}
