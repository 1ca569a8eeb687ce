//! `unstack`: one dimension as several, by coordinates along it.

use crate::model::calendar::Calendar;
use crate::model::{Block, Data, Error, Result};
use crate::ops::combine::blanked;
use crate::ops::kernel::Unstacked;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, coords, python, read};
use crate::plan::{Axis, AxisValues, Dataset, Node, Numbers, Var};
use std::sync::Arc;

pub(crate) static UNSTACK: OpSpec = OpSpec {
    name: "unstack",
    family: Family::Shape,
    summary: "one dimension as several, by coordinates along it",
    doc: "Puts the positions of a dimension where the values of coordinates along it say: each coordinate becomes a \
          dimension, with its values in ascending order, and these come last. Combinations that no position has are \
          missing, which makes integers floats; a combination that comes twice is an error. The opposite of stack.",
    cdo: None,
    example: "unstack dim=z levels=lat,lon",
    params: &[
        ParamSpec { name: "dim", kind: ParamKind::Dim, default: None, required: true, doc: "the dimension that goes" },
        ParamSpec {
            name: "levels",
            kind: ParamKind::Variables,
            default: None,
            required: true,
            doc: "coordinates along it whose values become the new dimensions",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// Most cells that the new dimensions may have together.
const MOST: usize = 1 << 24;

/// One coordinate: its values in order as labels, and the place of each position among them.
struct Level {
    axis: Axis,
    places: Vec<usize>,
}

fn level(var: &Var) -> Result<Level> {
    let missing = || Error::invalid(format!("{} has missing values, which belong nowhere", var.name));
    let mut attrs = var.attrs.clone();
    let (values, places) = match read::values(&var.node)? {
        Data::Text(words) => {
            let (labels, places) = sorted(&words, String::cmp);
            (AxisValues::Text(labels.into()), places)
        }
        // Instants that stood on an axis before.
        Data::I64(ticks) if attrs.text("units") == Some(coords::TICK_UNITS) => {
            let calendar = attrs.text("calendar").and_then(Calendar::from_name).unwrap_or(Calendar::Standard);
            if ticks.contains(&i64::MIN) {
                return Err(missing());
            }
            attrs.remove("units");
            let (labels, places) = sorted(&ticks, i64::cmp);
            (AxisValues::Time { ticks: labels.into(), calendar }, places)
        }
        numbers => {
            // The two zeros are one label.
            let dtype = numbers.dtype();
            let numbers: Vec<f64> = numbers.to_f64().into_iter().map(|x| x + 0.0).collect();
            if numbers.iter().any(|x| x.is_nan()) {
                return Err(missing());
            }
            let (labels, places) = sorted(&numbers, f64::total_cmp);
            (AxisValues::Number(Numbers::of(labels, &dtype)), places)
        }
    };
    Ok(Level { axis: Axis { name: var.name.clone(), values, attrs, bounds: None }, places })
}

fn sorted<T: Clone + PartialEq>(values: &[T], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> (Vec<T>, Vec<usize>) {
    let mut labels = values.to_vec();
    labels.sort_by(&order);
    labels.dedup();
    let place = |v: &T| labels.partition_point(|l| order(l, v).is_lt());
    let places = values.iter().map(place).collect();
    (labels, places)
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let names = params.names("levels").unwrap_or_default();
    let levels: Vec<Level> = names
        .iter()
        .map(|name| {
            let var = ds.need_var(name)?;
            if var.node.meta().dims != [dim.as_str()] {
                return Err(Error::invalid(format!("{name} does not lie along {dim} alone")));
            }
            level(var)
        })
        .collect::<Result<_>>()?;
    let to: Vec<(String, usize)> = levels.iter().map(|l| (l.axis.name.clone(), l.axis.values.len())).collect();
    if let Some(taken) = to.iter().enumerate().find(|(i, n)| ds.axis(&n.0).is_some() || to[..*i].contains(n)) {
        return Err(Error::invalid(format!("there is a dimension {} already", taken.1.0)));
    }
    let cells =
        to.iter().try_fold(1usize, |n, (_, len)| n.checked_mul(*len)).filter(|&n| n <= MOST).ok_or_else(|| {
            Error::unsupported(format!("the values of {} make more than {MOST} combinations", names.join(", ")))
        })?;
    let mut table = vec![Unstacked::NONE; cells];
    for position in 0..ds.need_axis(&dim)?.values.len() {
        let cell = levels.iter().zip(&to).fold(0, |at, (l, (_, n))| at * n + l.places[position]);
        if std::mem::replace(&mut table[cell], position) != Unstacked::NONE {
            let labels: Vec<_> =
                levels.iter().map(|l| format!("{} {}", l.axis.name, l.axis.values.label(l.places[position]))).collect();
            return Err(Error::invalid(format!("{} comes more than once along {dim}", labels.join(", ")))
                .hint("reduce them first, for example with groupby"));
        }
    }
    let gone: Vec<u8> = table.iter().map(|&at| u8::from(at == Unstacked::NONE)).collect();
    let shape = to.iter().map(|(_, n)| *n).collect();
    let mask = (gone.contains(&1)).then(|| Block::new(shape, Data::U8(gone))).transpose()?;
    let mask = mask.map(|m| Node::literal(names.clone(), m)).transpose()?;
    let table: Arc<[usize]> = table.into();
    let mut out = Dataset { axes: Vec::new(), vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.extend(ds.axes.iter().filter(|a| a.name != dim).cloned());
    out.axes.extend(levels.into_iter().map(|l| l.axis));
    for var in ds.vars.iter().filter(|v| !names.contains(&v.name)) {
        let Some(at) = var.node.meta().dim(&dim) else {
            out.vars.push(var.clone());
            continue;
        };
        let op = Unstacked::new(at, to.clone(), Arc::clone(&table));
        let node = Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?;
        let node = match &mask {
            None => node,
            Some(mask) => blanked(&node, mask).map_err(|e| e.within(&var.name))?,
        };
        out.vars.push(Var { node, ..var.clone() });
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dim = params.need_text("dim")?;
    let levels = params.names("levels").unwrap_or_default();
    // Labels of its own would be lost, and xarray asks that they are not there.
    let reset = ds
        .axis(&dim)
        .and_then(|a| coords::values(&a.values))
        .map_or_else(String::new, |_| format!(".drop_vars({})", python::quote(&dim)));
    let dim = python::quote(&dim);
    // One level makes no index that xarray could unstack.
    if let [level] = levels.as_slice() {
        let level = python::quote(level);
        return Ok(format!("ds = ds{reset}.swap_dims({{{dim}: {level}}}).sortby({level}).transpose(..., {level})"));
    }
    Ok(format!("ds = ds{reset}.set_index({{{dim}: {}}}).unstack({dim})", python::list(&levels)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{Attrs, DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{cube, dataset, values};
    use crate::plan::{Axis, AxisValues, Dataset, Role, Var};

    fn run(ds: &Dataset, text: &str) -> Dataset {
        Step::parse(text).unwrap().apply(ds).unwrap()
    }

    #[test]
    fn undoes_a_stack_with_labels_in_order() {
        let ds = dataset();
        let out = run(&run(&ds, "stack z=lat,lon"), "unstack dim=z levels=lat,lon");
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time", "lat", "lon"]);
        assert_eq!(out.need_axis("lat").unwrap().values, AxisValues::Number([0.0, 30.0, 60.0].into()));
        let turned = run(&ds, "isel lat=::-1");
        assert_eq!(values(&out, "mask"), values(&turned, "mask"));
        let out = run(&run(&ds, "stack z=time,lon"), "unstack z levels=lon,time");
        assert_eq!(out.axis("time").unwrap().values, ds.axis("time").unwrap().values);
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["lat", "lon", "time"]);
    }

    #[test]
    fn combinations_without_a_position_are_missing() {
        let some = run(&run(&dataset(), "stack z=lat,lon"), "isel z=0,5,7");
        let step = Step::parse("unstack dim=z levels=lat,lon").unwrap();
        let out = step.apply(&some).unwrap();
        let mask = out.need_var("mask").unwrap();
        assert_eq!((mask.node.meta().shape.as_slice(), &mask.node.meta().dtype), (&[2, 3][..], &DType::F32));
        let found = values(&out, "mask").to_f64();
        assert_eq!((found[1], found[2], found[3]), (2.0, 1.0, 0.0));
        assert!(found[0].is_nan() && found[4].is_nan() && found[5].is_nan());
        assert_eq!(step.xarray(&some).unwrap(), r#"ds = ds.set_index({"z": ["lat", "lon"]}).unstack("z")"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&some).unwrap_err().to_string();
        assert!(error("unstack dim=z levels=lat").contains("lat 30 comes more than once along z"));
        assert!(error("unstack dim=z levels=t").contains("t does not lie along z alone"));
    }

    #[test]
    fn both_zeros_are_one_label() {
        let var = |name: &str, values: [f64; 3], role| {
            let node = cube(&["z"], &[3], Data::F64(values.to_vec()));
            Var { name: name.to_owned(), node, attrs: Attrs::default(), role }
        };
        let ds = Dataset {
            axes: vec![Axis::index("z", 3)],
            vars: vec![
                var("a", [-0.0, 0.0, 1.0], Role::Coord),
                var("b", [0.0, 1.0, 0.0], Role::Coord),
                var("v", [10.0, 11.0, 12.0], Role::Data),
            ],
            attrs: Attrs::default(),
        };
        let out = run(&ds, "unstack dim=z levels=a,b");
        assert_eq!(values(&out, "v").to_f64()[..3], [10.0, 11.0, 12.0]);
        assert_eq!(out.need_axis("a").unwrap().values, AxisValues::Number([0.0, 1.0].into()));
    }
}
