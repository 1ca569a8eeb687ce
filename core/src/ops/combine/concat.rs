//! `concat`: other data appended along a dimension.

use super::align::{align, missable};
use super::{FILE, JOIN, cast, common, dimensions_win, opened, recounted};
use crate::cf::TimeUnits;
use crate::model::{Block, DType, Data, Error, Result};
use crate::ops::kernel::{Index, Joined, Layout};
use crate::ops::params::number;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python, read};
use crate::plan::{Axis, AxisValues, Dataset, Instr, MapOp, Node, Program, Role, Var};
use std::sync::Arc;

pub(crate) static CONCAT: OpSpec = OpSpec {
    name: "concat",
    family: Family::Shape,
    summary: "other data appended along a dimension",
    doc: "Appends the variables of other data: along a dimension that both have, in the order given, or side by side \
          along a new one, which comes first and may get labels. Variables without the dimension must be equal in both. \
          What stands in one only is missing along the part of the other, or stays as it is without the dimension. \
          Other dimensions are joined by their labels. Types are those that hold both; what is missing stays missing, \
          and integers become floats where labels of one side have no values.",
    cdo: Some("cat, mergetime"),
    example: "concat file=later.nc dim=time",
    params: &[
        FILE,
        ParamSpec {
            name: "dim",
            kind: ParamKind::Name,
            default: None,
            required: true,
            doc: "a dimension of both, or the name of a new one",
        },
        ParamSpec {
            name: "labels",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "two labels of a new dimension, such as before,after",
        },
        JOIN,
    ],
    keys: None,
    apply,
    xarray,
};

const HINT: &str = "choose the variables that both have with select";

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let join = params.text("join").unwrap_or_else(|| "exact".to_owned());
    let other = params.data("file")?;
    let axis = axis(ds, &other.dataset, &dim, params)?;
    let new = ds.axis(&dim).is_none();
    let (mut out, mut other) = align(ds, &other.dataset, Some(&dim), &join)?;
    if new {
        // A coordinate of one value on either side has become the labels.
        out.vars.retain(|v| v.name != dim);
        other.vars.retain(|v| v.name != dim);
    }
    dimensions_win(&mut out, &mut other)?;
    let side =
        Side { dim: &dim, new, lengths: [out.axis(&dim), other.axis(&dim)].map(|a| a.map_or(1, |a| a.values.len())) };
    let extra: Vec<Var> = other.vars.iter().filter(|v| out.var(&v.name).is_none()).cloned().collect();
    for var in &mut out.vars {
        let Some(theirs) = other.var(&var.name) else {
            var.node = side.alone(var, true).map_err(|e| e.within(&var.name))?;
            continue;
        };
        let along = |v: &Var| v.node.meta().dim(&dim).is_some();
        if along(var) || along(theirs) || (new && var.role == Role::Data) {
            let theirs = recounted(var, theirs);
            var.node = theirs.and_then(|b| joined(&dim, &var.node, &b)).map_err(|e| e.within(&var.name))?;
        } else {
            var.node = common(var, theirs, HINT)?;
        }
    }
    for mut var in extra {
        var.node = side.alone(&var, false).map_err(|e| e.within(&var.name))?;
        out.vars.push(var);
    }
    for axis in other.axes.into_iter().filter(|a| a.name != dim) {
        if out.axis(&axis.name).is_none() {
            out.axes.push(axis);
        }
    }
    match out.axes.iter_mut().find(|a| a.name == dim) {
        Some(old) => *old = axis,
        None => out.axes.insert(0, axis),
    }
    Ok(out)
}

/// The dimension joined along, and how long it is on either side.
struct Side<'a> {
    dim: &'a str,
    new: bool,
    lengths: [usize; 2],
}

impl Side<'_> {
    /// A variable that stands on one side only, here or there: missing along the other side's part.
    fn alone(&self, var: &Var, here: bool) -> Result<Arc<Node>> {
        let meta = var.node.meta();
        let at = meta.dim(self.dim);
        if at.is_none() && !(self.new && var.role == Role::Data) {
            return Ok(Arc::clone(&var.node));
        }
        if var.role == Role::Coord {
            let there = if here { "here" } else { "there" };
            return Err(Error::invalid(format!("it is a coordinate along {} only {there}", self.dim)).hint(HINT));
        }
        let dtype = missable(&meta.dtype)?;
        let mut shape = meta.shape.clone();
        if let Some(at) = at {
            shape[at] = self.lengths[usize::from(here)];
        }
        let nothing = nothing(&meta.dims, &shape, &meta.chunks, &dtype)?;
        let own = cast(&var.node, &dtype)?;
        if here { joined(self.dim, &own, &nothing) } else { joined(self.dim, &nothing, &own) }
    }
}

/// An array of missing values that takes no memory.
fn nothing(dims: &[String], shape: &[usize], chunks: &[usize], dtype: &DType) -> Result<Arc<Node>> {
    let line =
        |(dim, &n): (&String, &usize)| Node::literal(vec![dim.clone()], Block::new(vec![n], Data::U8(vec![0; n]))?);
    let lines: Vec<Arc<Node>> = dims.iter().zip(shape).map(line).collect::<Result<_>>()?;
    let metas: Vec<_> = lines.iter().map(|n| n.meta()).collect();
    let op = MapOp::new(Program { steps: vec![Instr::Const(f64::NAN)] }, dtype.clone(), &metas);
    let map = Node::op(Arc::new(op), lines.clone())?;
    Node::op(Arc::new(Layout(chunks.to_vec())), vec![map])
}

/// Both arrays in one type and order, joined.
fn joined(dim: &str, a: &Arc<Node>, b: &Arc<Node>) -> Result<Arc<Node>> {
    let (own, other) = (a.meta(), b.meta());
    let order: Option<Vec<usize>> = own.dims.iter().map(|d| other.dim(d)).collect();
    let Some(order) = order.filter(|o| o.len() == other.dims.len()) else {
        return Err(Error::invalid(format!(
            "its dimensions are ({}) here and ({}) there",
            own.dims.join(", "),
            other.dims.join(", ")
        )));
    };
    let b = if order.is_sorted() {
        Arc::clone(b)
    } else {
        Node::op(Arc::new(Index::transpose(other, &order)), vec![Arc::clone(b)])?
    };
    let dtype = match (own.dtype.plain(), other.dtype.plain()) {
        (x, y) if x == y => x,
        (x, y) if x.is_numeric() && y.is_numeric() => x.promote(&y),
        (x, y) => return Err(Error::invalid(format!("it is {x} here and {y} there"))),
    };
    let (a, b) = (cast(a, &dtype)?, cast(&b, &dtype)?);
    let op = Joined::new(dim, &[a.meta(), b.meta()]);
    Node::op(Arc::new(op), vec![a, b])
}

/// The dimension with the labels of both.
fn axis(ds: &Dataset, other: &Dataset, dim: &str, params: &Params) -> Result<Axis> {
    let labels = params.get("labels");
    let Some(own) = ds.axis(dim) else {
        if let (Some(own), Some(theirs), None) = (single(ds, dim), single(other, dim), labels) {
            return labelled_by(own, theirs);
        }
        if let Some(taken) = ds.var(dim).or_else(|| other.var(dim)) {
            return Err(Error::invalid(format!("{} is a variable and no dimension", taken.name)));
        }
        if other.axis(dim).is_some() {
            return Err(Error::invalid(format!("{dim} is a dimension only of the other data")));
        }
        let mut axis = Axis::index(dim, 2);
        if let Some(labels) = labels {
            axis.values = named(labels)?;
        }
        return Ok(axis);
    };
    if labels.is_some() {
        return Err(Error::invalid(format!("labels are for a new dimension, and {dim} is there")));
    }
    let theirs = other.axis(dim).ok_or_else(|| Error::invalid(format!("the other data have no dimension {dim}")))?;
    let values = match (&own.values, &theirs.values) {
        (AxisValues::Index(n), AxisValues::Index(m)) => AxisValues::Index(n + m),
        (AxisValues::Number(a), AxisValues::Number(b)) => AxisValues::Number(a.like([&a[..], &b[..]].concat())),
        (AxisValues::Text(a), AxisValues::Text(b)) => AxisValues::Text([&a[..], &b[..]].concat().into()),
        (AxisValues::Time { ticks: a, calendar: c }, AxisValues::Time { ticks: b, calendar: d }) if c == d => {
            AxisValues::Time { ticks: [&a[..], &b[..]].concat().into(), calendar: *c }
        }
        (AxisValues::Time { calendar: c, .. }, AxisValues::Time { calendar: d, .. }) => {
            return Err(Error::invalid(format!(
                "the dates of {dim} are of the {} and the {} calendar",
                c.name(),
                d.name()
            )));
        }
        _ => return Err(Error::invalid(format!("the labels of {dim} are of another kind in the other data"))),
    };
    let bounds = own.bounds.as_deref().zip(theirs.bounds.as_deref()).map(|(a, b)| [a, b].concat().into());
    Ok(Axis { values, bounds, ..own.clone() })
}

/// A coordinate of one value.
fn single<'a>(ds: &'a Dataset, name: &str) -> Option<&'a Var> {
    ds.var(name).filter(|v| v.role == Role::Coord && v.node.meta().dims.is_empty())
}

/// A new dimension labelled by a coordinate that has one value on either side, as xarray makes it.
fn labelled_by(own: &Var, theirs: &Var) -> Result<Axis> {
    let name = &own.name;
    let theirs = recounted(own, theirs).map_err(|e| e.within(name))?;
    let read = |node: &Arc<Node>| read::values(node).map_err(|e| e.within(name));
    let values = match (read(&own.node)?, read(&theirs)?) {
        (Data::Text(a), Data::Text(b)) => AxisValues::Text([a, b].concat().into()),
        (a, b) if own.node.meta().dtype.is_numeric() && theirs.meta().dtype.is_numeric() => {
            let numbers = [a.to_f64(), b.to_f64()].concat();
            match TimeUnits::of(&own.attrs).transpose().map_err(|e| e.within(name))? {
                Some(units) => AxisValues::Time {
                    ticks: numbers.iter().map(|&x| units.decode(x).unwrap_or(i64::MIN)).collect(),
                    calendar: units.calendar,
                },
                None => AxisValues::Number(numbers.into()),
            }
        }
        _ => return Err(Error::invalid(format!("the values of {name} are of another kind in the other data"))),
    };
    Ok(Axis { name: name.clone(), values, attrs: own.attrs.clone(), bounds: None })
}

fn named(labels: &crate::ops::Value) -> Result<AxisValues> {
    let items = labels.items();
    if items.len() != 2 {
        return Err(Error::invalid(format!("labels must be two, not {}", items.len())));
    }
    Ok(match items.iter().map(|v| number(v)).collect::<Option<Vec<f64>>>() {
        Some(numbers) => AxisValues::Number(numbers.into()),
        None => AxisValues::Text(items.iter().map(|v| v.text()).collect()),
    })
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dim = params.need_text("dim")?;
    let other = params.data("file")?;
    let new = ds.axis(&dim).is_none();
    let which = if new { "all" } else { "minimal" };
    let join = params.text("join").unwrap_or_else(|| "exact".to_owned());
    let mut lines = vec![
        opened(other),
        format!(
            "ds = xr.concat([ds, other], {}, data_vars=\"{which}\", coords=\"minimal\", compat=\"no_conflicts\", join=\"{join}\", combine_attrs=\"override\")",
            python::quote(&dim)
        ),
    ];
    if let Some(labels) = params.get("labels") {
        let words = match named(labels)? {
            AxisValues::Number(v) => {
                format!("[{}]", v.iter().map(|&x| python::number(x)).collect::<Vec<_>>().join(", "))
            }
            AxisValues::Text(v) => python::list(&v),
            AxisValues::Index(_) | AxisValues::Time { .. } => String::new(),
        };
        lines.push(format!("ds = ds.assign_coords({})", python::by_dim(&[(dim, words)])));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{AttrValue, Attrs, DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{beside, cube, dataset, values};
    use crate::plan::{Axis, AxisValues, Dataset, Role, Var};

    #[test]
    fn appends_along_a_dimension_of_both() {
        let ds = dataset();
        let part = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap();
        let step = beside("concat file=b.nc dim=time", &part("isel time=10:48"));
        let out = step.apply(&part("isel time=0:10")).unwrap();
        assert_eq!(out.axis("time"), ds.axis("time"));
        assert_eq!(values(&out, "t").to_f64()[1..], values(&ds, "t").to_f64()[1..]);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let line = step.xarray(&ds).unwrap();
        assert!(line.starts_with("other = xr.open_dataset(\"b.nc\", decode_coords=\"all\")\nds = xr.concat([ds, other], \"time\", data_vars=\"minimal\""), "{line}");
        let turned = part("transpose dims=lon,lat,time");
        let out = beside("concat file=b.nc dim=lat", &turned).apply(&part("astype float64")).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().dtype, DType::F64);
        assert_eq!(values(&out, "mask").to_f64()[12..], values(&ds, "mask").to_f64()[..]);
    }

    #[test]
    fn a_new_dimension_comes_first() {
        let ds = Step::parse("select mask").unwrap().apply(&dataset()).unwrap();
        let other = Step::parse("expr 'mask = mask * 10'").unwrap().apply(&ds).unwrap();
        let step = beside("concat file=b.nc dim=run labels=a,b", &other);
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.need_var("mask").unwrap().node.meta().dims, ["run", "lat", "lon"]);
        assert_eq!(out.need_axis("run").unwrap().values, AxisValues::Text(["a".to_owned(), "b".to_owned()].into()));
        let Data::I16(mask) = values(&out, "mask") else { unreachable!("the type stays") };
        assert_eq!((mask[2], mask[14]), (2, 20));
        assert!(step.xarray(&ds).unwrap().ends_with(r#"ds = ds.assign_coords(run=["a", "b"])"#));
        let narrow = Step::parse("isel lon=0:3").unwrap().apply(&other).unwrap();
        let out = beside("concat file=b.nc dim=run join=outer", &narrow).apply(&ds).unwrap();
        assert_eq!(out.need_var("mask").unwrap().node.meta().dtype, DType::F32);
    }

    /// A scalar coordinate of dates, and dates along time.
    fn dated(units: &str, at: f64, along: [f64; 2]) -> Dataset {
        let mut attrs = Attrs::default();
        attrs.set("units", AttrValue::Text(units.to_owned()));
        let var = |name: &str, dims: &[&str], values: Vec<f64>, role| {
            let shape: Vec<usize> = dims.iter().map(|_| values.len()).collect();
            Var { name: name.to_owned(), node: cube(dims, &shape, Data::F64(values)), attrs: attrs.clone(), role }
        };
        let axis = Axis { values: AxisValues::Number([1.0, 2.0].into()), ..Axis::index("n", 2) };
        let vars = vec![var("time", &[], vec![at], Role::Coord), var("reference", &["n"], along.to_vec(), Role::Data)];
        Dataset { axes: vec![axis], vars, attrs: Attrs::default() }
    }

    #[test]
    fn dates_of_other_units_are_counted_anew() {
        let ds = dated("days since 2000-01-01", 1.0, [0.0, 1.0]);
        let other = dated("hours since 2000-01-11", 12.0, [0.0, 6.0]);
        let out = beside("concat file=b.nc dim=time", &other).apply(&ds).unwrap();
        assert_eq!(values(&out, "reference").to_f64(), [0.0, 1.0, 10.0, 10.25]);
        let AxisValues::Time { ticks, .. } = &out.need_axis("time").unwrap().values else { unreachable!("dates") };
        assert_eq!(ticks[1] - ticks[0], 9 * 86_400_000_000 + 43_200_000_000);
        assert!(out.var("time").is_none());
        let months = dated("months since 2000-01-01", 0.0, [0.0, 1.0]);
        let error = beside("concat file=b.nc dim=time", &months).apply(&ds).unwrap_err().to_string();
        assert!(error.contains("\"months since 2000-01-01\" in the standard calendar there"), "{error}");
    }

    /// As xarray 2026.9 with `data_vars="minimal"`, and `"all"` along a new dimension.
    #[test]
    fn what_one_side_has_alone_is_missing_along_the_other() {
        let ds = dataset();
        let first = Step::parse("expr 'i = t > 0'").unwrap().apply(&ds).unwrap();
        let second = Step::parse("expr 'm = mask + mask' j='t * 0 + mask'").unwrap().apply(&ds).unwrap();
        let second = Step::parse("isel time=0:2").unwrap().apply(&second).unwrap();
        let out = beside("concat file=b.nc dim=time", &second).apply(&first).unwrap();
        let names: Vec<&str> = out.vars.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["t", "mask", "area", "i", "m", "j"]);
        let (i, j) = (values(&out, "i").to_f64(), values(&out, "j").to_f64());
        assert_eq!((i.len(), j.len()), (600, 600));
        assert!(i.iter().enumerate().all(|(at, x)| x.is_nan() == (at >= 576)) && i[1] == 1.0);
        assert!(j.iter().enumerate().all(|(at, x)| x.is_nan() == (at <= 576)) && j[577] == 1.0);
        assert_eq!(out.need_var("i").unwrap().node.meta().dtype, DType::F64);
        let Data::I16(m) = values(&out, "m") else { unreachable!("without the dimension it stays as it is") };
        assert_eq!(m[..3], [0, 2, 4]);

        let some = Step::parse("select mask").unwrap().apply(&ds).unwrap();
        let other = Step::parse("expr 'k = lat * 2'").unwrap().apply(&some).unwrap();
        let out = beside("concat file=b.nc dim=run", &other).apply(&some).unwrap();
        let k = out.need_var("k").unwrap();
        assert_eq!(k.node.meta().dims, ["run", "lat"]);
        assert!(values(&out, "k").to_f64()[..3].iter().all(|x| x.is_nan()));
        assert_eq!(values(&out, "k").to_f64()[3..], [120.0, 60.0, 0.0]);

        let mut part = ds.clone();
        part.vars.retain(|v| v.name != "area");
        assert!(beside("concat file=b.nc dim=time", &part).apply(&ds).is_ok(), "area has no time");
        let error = beside("concat file=b.nc dim=lat", &part).apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("concat: area: it is a coordinate along lat only here; choose"), "{error}");
    }

    #[test]
    fn mistakes_are_named() {
        let ds = dataset();
        let error = |text: &str, change: &str| {
            let other = Step::parse(change).unwrap().apply(&ds).unwrap();
            beside(text, &other).apply(&ds).unwrap_err().to_string()
        };
        assert!(error("concat file=b.nc dim=time", "isel lon=0:2").contains("the labels of lon differ: 2 only here"));
        assert!(error("concat file=b.nc dim=time", "expr 'mask = mask + 1'").contains("the values of mask differ"));
        assert!(error("concat file=b.nc dim=area", "select t,mask").contains("area is a variable"));
        assert!(
            error("concat file=b.nc dim=time labels=1,2", "select t,mask").contains("labels are for a new dimension")
        );
        assert!(error("concat file=b.nc dim=run labels=1", "fillna 0").contains("labels must be two, not 1"));
        let lost = Step::parse("concat file=b.nc dim=time").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(lost, "concat: file: no data b.nc have been opened");
    }
}
