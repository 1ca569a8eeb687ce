//! `eof`: the patterns that explain most of how a field varies.

use crate::model::{AttrValue, Attrs, Block, DType, Data, Error, Result};
use crate::ops::horizontal::areas;
use crate::ops::kernel::{Contract, Eigen, Fold, Gram, Index, Layout, Leading, MODE, Measured, Stat};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, python, read};
use crate::plan::{Axis, AxisValues, Binary, Dataset, Instr, MapOp, Node, Numbers, Program, Role, Var};
use std::sync::Arc;

pub(crate) static EOF: OpSpec = OpSpec {
    name: "eof",
    family: Family::Reduce,
    summary: "leading patterns of variability (empirical orthogonal functions)",
    doc: "The n patterns that explain most of the variance of a field along a dimension, for each variable: NAME_pc, the \
          principal components, of mean 0 and variance 1; NAME_eof, the patterns, in the variable's units: the regression \
          of its anomalies on a component, so that the sum of their products gives the field again; NAME_fraction, the \
          part of the variance that each explains. Cells are weighted by their areas where a latitude and a longitude are \
          known. Cells with a missing value are left out and missing in the patterns. The value of a component furthest \
          from 0 is above it. Found from the covariance of the smaller side, time or space. Variables of that dimension \
          alone, or without it, go.",
    cdo: Some("eof, eof3d, eofcoeff"),
    example: "eof dim=time n=4",
    params: &[
        ParamSpec {
            name: "dim",
            kind: ParamKind::Dim,
            default: None,
            required: true,
            doc: "the dimension along which fields vary, time",
        },
        ParamSpec {
            name: "n",
            kind: ParamKind::Integer,
            default: Some("3"),
            required: false,
            doc: "number of patterns",
        },
        ParamSpec {
            name: "weights",
            kind: ParamKind::Choice(&["area", "none"]),
            default: None,
            required: false,
            doc: "area or none; area where a latitude and a longitude are known and nothing else is said",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// Most positions of the smaller side: its matrix is taken apart at once, in time that grows with the cube.
const MOST: usize = 10_000;
/// Cells of a part whose rows are all dates.
const PART: usize = 1 << 17;

/// The variables that are taken apart.
fn fields<'a>(ds: &'a Dataset, dim: &'a str) -> impl Iterator<Item = &'a Var> {
    ds.data().filter(move |v| {
        let meta = v.node.meta();
        meta.dtype.is_numeric() && meta.dim(dim).is_some() && meta.dims.len() > 1
    })
}

/// The roots of the areas of a variable's cells, with the Python expression of the areas.
fn weights(ds: &Dataset, params: &Params, var: &Var) -> Result<Option<(Arc<Node>, String)>> {
    let choice = params.text("weights");
    if choice.as_deref() == Some("none") {
        return Ok(None);
    }
    let Some(areas) = areas(ds, &var.node.meta().dims)? else {
        return match choice {
            None => Ok(None),
            Some(_) => Err(Error::invalid(format!("the areas of the cells of {} are not known", var.name))
                .hint("they follow from a latitude and a longitude; weights=none does without")),
        };
    };
    let meta = areas.node.meta();
    let roots = read::values(&areas.node)?.to_f64().into_iter().map(|a| a.max(0.0).sqrt()).collect();
    let node = Node::literal(meta.dims.clone(), Block::new(meta.shape.clone(), Data::F64(roots))?)?;
    Ok(Some((node, areas.python)))
}

/// A variable less its mean along the dimension, each cell times its weight.
fn anomalies(node: &Arc<Node>, dim: &str, weight: Option<&Arc<Node>>) -> Result<Arc<Node>> {
    let meta = node.meta();
    let mean = Fold::over(Stat::Mean, false, meta, &[dim.to_owned()]).stored_as(DType::F64);
    let mut inputs = vec![Arc::clone(node), Node::op(Arc::new(mean), vec![Arc::clone(node)])?];
    let mut steps = vec![Instr::Load(0), Instr::Load(1), Instr::Binary(Binary::Sub, 0, 1)];
    if let Some(weight) = weight {
        inputs.push(Arc::clone(weight));
        steps.extend([Instr::Load(2), Instr::Binary(Binary::Mul, 2, 3)]);
    }
    let metas: Vec<_> = inputs.iter().map(|n| n.meta()).collect();
    let map = MapOp::new(Program { steps }, DType::F64, &metas);
    Node::op(Arc::new(map), inputs)
}

/// The matrix of products of the smaller side, time or space, of anomalies along the first dimension; with the other
/// side's positions in parts that hold all of the smaller.
fn products(field: &Arc<Node>, by_time: bool) -> Result<Arc<Node>> {
    let meta = field.meta();
    let rest = meta.dims.len() - 1;
    let (turned, leading) = if by_time {
        (Arc::clone(field), 1)
    } else {
        let order: Vec<usize> = (1..=rest).chain([0]).collect();
        (Node::op(Arc::new(Index::transpose(meta, &order)), vec![Arc::clone(field)])?, rest)
    };
    let meta = turned.meta();
    let rows = meta.shape.iter().take(leading).product::<usize>().max(1);
    let mut chunks = meta.shape.clone();
    let mut cells = rows;
    for (chunk, &own) in chunks.iter_mut().zip(&meta.chunks).skip(leading).rev() {
        *chunk = own.min((PART / cells).max(1)).max(1);
        cells = cells.saturating_mul(*chunk);
    }
    let turned = Node::op(Arc::new(Layout(chunks)), vec![turned])?;
    Node::op(Arc::new(Gram::new(turned.meta(), leading)), vec![turned])
}

/// Principal components, patterns and parts of the variance of one variable.
fn taken_apart(var: &Var, dim: &str, n: usize, weight: Option<&Arc<Node>>) -> Result<[Arc<Node>; 3]> {
    let meta = var.node.meta();
    let along = meta.dim(dim).ok_or_else(|| Error::internal(format!("{} has no {dim}", var.name)))?;
    let order: Vec<usize> = [along].into_iter().chain((0..meta.dims.len()).filter(|&d| d != along)).collect();
    let first = if along == 0 {
        Arc::clone(&var.node)
    } else {
        Node::op(Arc::new(Index::transpose(meta, &order)), vec![Arc::clone(&var.node)])?
    };
    let shape = &first.meta().shape;
    let (times, cells) = (shape[0], shape[1..].iter().fold(1usize, |n, &s| n.saturating_mul(s)));
    let small = times.min(cells);
    if n == 0 || n > small {
        return Err(Error::invalid(format!("{n} patterns of {}, which has {small} at most", var.name)));
    }
    if small > MOST {
        return Err(Error::unsupported(format!("{}: a covariance of {small} positions", var.name))
            .hint(format!("at most {MOST} make sense: coarsen, regrid or resample first")));
    }
    let field = anomalies(&first, dim, weight)?;
    let by_time = times <= cells;
    let products = products(&field, by_time)?;
    let dims: Vec<(String, usize)> =
        field.meta().dims.iter().cloned().zip(field.meta().shape.iter().copied()).collect();
    let side = if by_time { &dims[..1] } else { &dims[1..] };
    let found = Node::op(Arc::new(Eigen::new(n, small)), vec![products])?;
    let vectors = Node::op(Arc::new(Leading::Vectors(side.to_vec())), vec![Arc::clone(&found)])?;
    let raw = if by_time {
        vectors
    } else {
        let project = Contract::new(field.meta(), vectors.meta(), 1.0, true);
        Node::op(Arc::new(project), vec![field, vectors])?
    };
    let components = Node::op(Arc::new(Measured), vec![raw])?;
    let plain = anomalies(&first, dim, None)?;
    let regress = Contract::new(plain.meta(), components.meta(), 1.0 / times as f64, false);
    let patterns = Node::op(Arc::new(regress), vec![plain, Arc::clone(&components)])?;
    let parts = Node::op(Arc::new(Leading::Parts), vec![found])?;
    Ok([components, patterns, parts])
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let n = params.count("n")?.unwrap_or(3);
    if ds.axis(MODE).is_some() {
        return Err(Error::invalid(format!("there is a dimension {MODE} already")).hint("rename it first"));
    }
    let axis = Axis {
        name: MODE.to_owned(),
        values: AxisValues::Number(Numbers::of((1..=n).map(|i| i as f64).collect::<Vec<f64>>(), &DType::I64)),
        attrs: Attrs::default(),
        bounds: None,
    };
    let mut out = Dataset { axes: vec![axis], vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.extend(ds.axes.iter().cloned());
    for var in fields(ds, &dim) {
        let weight = weights(ds, params, var)?;
        let [components, patterns, parts] = taken_apart(var, &dim, n, weight.as_ref().map(|(node, _)| node))?;
        let named = |what: &str, long: &str, node, attrs: &Attrs| {
            let mut attrs = attrs.clone();
            attrs.remove("standard_name");
            let of = attrs.text("long_name").unwrap_or(&var.name).to_owned();
            attrs.set("long_name", AttrValue::Text(format!("{long} of {of}")));
            Var { name: format!("{}_{what}", var.name), node, attrs, role: Role::Data }
        };
        let pure = attrs::pure(&var.attrs);
        out.vars.push(named("pc", "principal components", components, &pure));
        out.vars.push(named("eof", "patterns", patterns, &attrs::difference(&var.attrs)));
        out.vars.push(named("fraction", "part of the variance", parts, &pure));
    }
    if out.vars.is_empty() {
        return Err(Error::invalid(format!("no variable has {dim} and another dimension")));
    }
    Ok(out.pruned())
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dim = python::quote(&params.need_text("dim")?);
    let n = params.count("n")?.unwrap_or(3);
    let mut lines = vec![
        "out = {}".to_owned(),
        "def eof(v, weights=1.0):".to_owned(),
        format!("    a = (v.astype(float) - v.astype(float).mean({dim}, skipna=False)).transpose({dim}, ...)"),
        "    x = (a * weights**0.5).transpose(*a.dims).values.reshape(a.shape[0], -1)".to_owned(),
        "    u, s, _ = np.linalg.svd(np.nan_to_num(x), full_matrices=False)".to_owned(),
        format!("    pc = u.T[:{n}] * len(a) ** 0.5"),
        "    pc = pc * np.sign(np.take_along_axis(pc, abs(pc).argmax(1)[:, None], 1))".to_owned(),
        format!(
            "    pc = xr.DataArray(pc, dims=[\"{MODE}\", {dim}], coords={{{dim}: v[{dim}]}} if {dim} in v.coords else None)"
        ),
        format!("    pattern = xr.dot(a, pc, dim={dim}).transpose(\"{MODE}\", ...) / len(a)"),
        format!("    return pc, pattern, xr.DataArray(s[:{n}] ** 2 / (s**2).sum(), dims=[\"{MODE}\"])"),
    ];
    let dim = params.need_text("dim")?;
    for var in fields(ds, &dim) {
        let name = |what: &str| python::quote(&format!("{}_{what}", var.name));
        let weights = weights(ds, params, var)?.map_or_else(String::new, |(_, python)| format!(", {python}"));
        lines.push(format!(
            "out[{}], out[{}], out[{}] = eof(ds[{}]{weights})",
            name("pc"),
            name("eof"),
            name("fraction"),
            python::quote(&var.name)
        ));
    }
    lines.push(format!("ds = xr.Dataset(out).assign_coords({MODE}=np.arange(1, {}))", n + 1));
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{cube, dataset, whole};

    /// A pattern for each of two waves that have nothing in common: they come back as they went in.
    #[test]
    fn patterns_come_back_from_their_sum() {
        for (wide, weights) in [(false, "none"), (true, "none"), (true, "area")] {
            let mut ds = dataset();
            let wave = |t: usize, per: f64| (t as f64 * std::f64::consts::TAU / 48.0 * per).cos();
            // Space is the smaller side of 48 months and 12 cells; of 8 months and 12 cells time is.
            let times = if wide { 8 } else { 48 };
            let pattern =
                |k: usize| ([3.0, -2.0, 1.0, 0.5][k % 4] * (1.0 + (k / 4) as f64), [1.0, 1.0, -1.0, 0.0][k % 4]);
            let step = 48 / times;
            let field = (0..times * 12).map(|i| {
                let ((a, b), t) = (pattern(i % 12), i / 12 * step);
                if i == 5 { f64::NAN } else { 280.0 + a * wave(t, 1.0) + 0.5 * b * wave(t, 2.0) }
            });
            let node = cube(&["time", "lat", "lon"], &[times, 3, 4], Data::F64(field.collect()));
            ds.axes[0] = ds.axes[0].take(&(0..times).map(|i| i * step).collect::<Vec<_>>());
            ds.vars.retain(|v| v.name == "t");
            ds.vars[0].node = node;
            let out = Step::parse(&format!("eof dim=time n=2 weights={weights}")).unwrap().apply(&ds).unwrap();
            // In one piece: parts of a covariance hold all rows.
            let values = |name: &str| whole(&out.need_var(name).unwrap().node).unwrap().into_data().to_f64();
            let [pc, eof, fraction] = ["t_pc", "t_eof", "t_fraction"].map(values);
            assert_eq!(out.need_var("t_eof").unwrap().node.meta().dims, ["mode", "lat", "lon"]);
            assert!((fraction[0] + fraction[1] - 1.0).abs() < 1e-12 && fraction[0] > 0.9, "{fraction:?}");
            let square: f64 = pc[..times].iter().map(|x| x * x).sum();
            assert!((square / times as f64 - 1.0).abs() < 1e-12);
            assert!(eof[5].is_nan() && eof[17].is_nan(), "a cell with a missing value is left out");
            for i in (0..times * 12).filter(|i| i % 12 != 5) {
                let (t, k) = (i / 12, i % 12);
                let (a, b) = pattern(k);
                let expected = a * wave(t * step, 1.0) + 0.5 * b * wave(t * step, 2.0);
                let got = pc[t] * eof[k] + pc[times + t] * eof[12 + k];
                assert!((got - expected).abs() < 1e-11, "{wide} {weights} {i}: {got} {expected}");
            }
        }
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("eof time").unwrap().xarray(&ds).unwrap();
        assert!(line.contains(r#"= eof(ds["t"], np.cos(np.deg2rad(ds["lat"].astype(float))))"#), "{line}");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("eof dim=time n=13"), "eof: 13 patterns of t, which has 12 at most");
        assert!(error("eof dim=time n=0").contains("0 patterns of t"));
        let out = Step::parse("eof lat n=2").unwrap().apply(&ds).unwrap();
        assert!(out.var("mask_eof").is_some() && out.axis("time").is_some());
        let some = Step::parse("mean dim=lat,lon").unwrap().apply(&ds).unwrap();
        let error = Step::parse("eof time").unwrap().apply(&some).unwrap_err().to_string();
        assert_eq!(error, "eof: no variable has time and another dimension");
    }
}
