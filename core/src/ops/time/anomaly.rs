//! `anomaly`: the difference from the mean year.

use super::DIM;
use super::climatology::{BY, part};
use super::labels::by_part;
use crate::model::{AttrValue, Attrs, Block, DType, Data, Error, Result};
use crate::ops::kernel::{Fold, Index, Pick, Stat};
use crate::ops::reduce::SKIPNA;
use crate::ops::{Family, OpSpec, Params, python};
use crate::plan::{AxisValues, Binary, Dataset, Instr, MapOp, Node, Program, Role, Var};
use std::sync::Arc;

pub(crate) static ANOMALY: OpSpec = OpSpec {
    name: "anomaly",
    family: Family::Time,
    summary: "difference from the mean year",
    doc: "Takes from each value the mean of all years for its month, season or day of the year. Missing values stay \
          missing and are passed over in the mean, which is kept in double precision. Floats keep their type, integers \
          become double precision. The group of each position is added as a coordinate. Variables without dates stay as \
          they are.",
    cdo: Some("ymonsub, yseassub, ydaysub"),
    example: "anomaly by=month",
    params: &[BY, SKIPNA, DIM],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let by = by_part(ds, &part(params), params.text("dim").as_deref())?;
    if ds.axis(&by.name).is_some() {
        return Err(Error::invalid(format!("there is a dimension {} already", by.name)).hint("rename it first"));
    }
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let members: Vec<usize> = by.groups.labels().iter().filter_map(|&l| usize::try_from(l).ok()).collect();
    let mut out = ds.clone();
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let meta = var.node.meta();
        if meta.dim(&by.dim).is_none() || !meta.dtype.is_numeric() {
            continue;
        }
        let fold = Fold::grouped(Stat::Mean, skipna, meta, &[(&by.dim, &by.groups)]).stored_as(DType::F64);
        let mean = Node::op(Arc::new(fold), vec![Arc::clone(&var.node)])?;
        let picks = meta
            .dims
            .iter()
            .map(|d| if *d == by.dim { Pick::of(&members, by.groups.count()) } else { Pick::All })
            .collect();
        let spread = Node::op(Arc::new(Index::new(mean.meta(), picks)), vec![mean])?;
        let steps = vec![Instr::Load(0), Instr::Load(1), Instr::Binary(Binary::Sub, 0, 1)];
        let dtype = if meta.dtype.is_float() { meta.dtype.clone() } else { DType::F64 };
        let difference = MapOp::new(Program { steps }, dtype, &[meta, spread.meta()]);
        var.node = Node::op(Arc::new(difference), vec![Arc::clone(&var.node), spread])?;
        var.attrs = renamed(&var.attrs);
    }
    out.vars.retain(|v| v.name != by.name);
    out.vars.push(members_of(&by.dim, &by.name, &by.values.take(&members))?);
    Ok(out)
}

/// The group of each position as a coordinate, as xarray adds it.
fn members_of(dim: &str, name: &str, values: &AxisValues) -> Result<Var> {
    let data = match values {
        AxisValues::Text(words) => Data::Text(words.to_vec()),
        AxisValues::Number(v) => {
            let whole = |x: &f64| format!("{x}").parse::<i64>().unwrap_or(0);
            Data::I64(v.iter().map(whole).collect())
        }
        other => return Err(Error::internal(format!("groups labelled by {other:?}"))),
    };
    let node = Node::literal(vec![dim.to_owned()], Block::new(vec![data.len()], data)?)?;
    Ok(Var { name: name.to_owned(), node, attrs: Attrs::default(), role: Role::Coord })
}

/// An anomaly is another quantity: its standard name no longer holds, its long name says what it is.
fn renamed(attrs: &Attrs) -> Attrs {
    let mut attrs = attrs.clone();
    attrs.remove("standard_name");
    if let Some(name) = attrs.text("long_name").map(|n| format!("{n} anomaly")) {
        attrs.set("long_name", AttrValue::Text(name));
    }
    attrs
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let by = by_part(ds, &part(params), params.text("dim").as_deref())?;
    let skipna = if params.flag("skipna")? == Some(false) { "skipna=False" } else { "" };
    let difference = format!("groups - groups.mean({skipna})");
    if ds.data().all(|v| v.node.meta().dim(&by.dim).is_some()) {
        return Ok(format!("groups = ds.{}\nds = {difference}", by.python));
    }
    let dim = python::quote(&by.dim);
    Ok(format!(
        "static = ds.drop_dims({dim}).data_vars\ngroups = ds.drop_vars(list(static)).{}\n\
         ds = ({difference}).assign(static)",
        by.python
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn a_regular_year_has_no_anomaly() {
        let ds = dataset();
        let out = Step::parse("anomaly by=month").unwrap().apply(&ds).unwrap();
        let Data::F32(t) = values(&out, "t") else { unreachable!("the type stays") };
        assert!(t[0].is_nan() && t[1..].iter().all(|&x| x == 0.0));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let Data::I64(months) = values(&out, "month") else { unreachable!("months are integers") };
        assert_eq!(months[..3], [12, 1, 2]);
        assert_eq!(out.axes, ds.axes);
    }

    /// The mean of December, January and February is 50, of June, July and August 70.
    #[test]
    fn seasons_leave_the_months_apart() {
        let out = Step::parse("anomaly by=season").unwrap().apply(&dataset()).unwrap();
        let t = values(&out, "t").to_f64();
        assert_eq!([t[13], t[25], t[6 * 12 + 1], t[8 * 12 + 1]], [-40.0, -30.0, -10.0, 10.0]);
        let Data::Text(names) = values(&out, "season") else { unreachable!("seasons are names") };
        assert_eq!(names[..4], ["DJF", "DJF", "DJF", "MAM"]);
    }

    #[test]
    fn python() {
        let ds = dataset();
        let some = Step::parse("select t").unwrap().apply(&ds).unwrap();
        let line = Step::parse("anomaly by=month").unwrap().xarray(&some).unwrap();
        assert_eq!(line, "groups = ds.groupby(\"time.month\")\nds = groups - groups.mean()");
        assert!(
            Step::parse("anomaly")
                .unwrap()
                .xarray(&ds)
                .unwrap()
                .ends_with("ds = (groups - groups.mean()).assign(static)")
        );
    }
}
