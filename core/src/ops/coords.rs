//! Labels of dimensions as coordinate variables, and the work common to steps: the same positions taken everywhere.

use super::kernel::{Index, Pick};
use crate::model::{AttrValue, Attrs, Block, Data, Error, Result};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;

/// Units in which instants stand outside an axis.
pub(crate) const TICK_UNITS: &str = "microseconds since 1970-01-01";

/// Labels as values with the attributes that say how to read them; `None` for plain positions. A missing instant is
/// `i64::MIN`.
pub(crate) fn values(values: &AxisValues) -> Option<(Data, Attrs)> {
    let mut attrs = Attrs::default();
    let data = match values {
        AxisValues::Index(_) => return None,
        AxisValues::Number(v) => v.to_data(),
        AxisValues::Text(v) => Data::Text(v.to_vec()),
        AxisValues::Time { ticks, calendar } => {
            attrs.set("units", AttrValue::Text(TICK_UNITS.to_owned()));
            attrs.set("calendar", AttrValue::Text(calendar.name().to_owned()));
            Data::I64(ticks.to_vec())
        }
    };
    Some((data, attrs))
}

/// Labels as numbers to calculate with: positions where there are none, instants as nanoseconds since 1970, xarray's.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for names and for labels of which some are missing.
pub(crate) fn numbers(axis: &Axis) -> Result<Vec<f64>> {
    let (dim, missing) = (&axis.name, |what: &str| Error::invalid(format!("{} has missing {what}", axis.name)));
    match &axis.values {
        AxisValues::Index(n) => Ok((0..*n).map(|i| i as f64).collect()),
        AxisValues::Number(v) if v.iter().any(|x| !x.is_finite()) => Err(missing("labels")),
        AxisValues::Number(v) => Ok(v.to_vec()),
        AxisValues::Time { ticks, .. } if ticks.contains(&i64::MIN) => Err(missing("dates")),
        // One rounding, from the exact number of nanoseconds.
        AxisValues::Time { ticks, .. } => Ok(ticks.iter().map(|&t| (i128::from(t) * 1000) as f64).collect()),
        AxisValues::Text(_) => Err(Error::invalid(format!("the labels of {dim} are names"))),
    }
}

/// The coordinate variable of an axis, along its dimension; `None` for plain positions.
///
/// # Errors
/// None in practice; passes on what building the node finds wrong.
pub(crate) fn variable(axis: &Axis) -> Result<Option<Var>> {
    let Some((data, own)) = values(&axis.values) else { return Ok(None) };
    let node = Node::literal(vec![axis.name.clone()], Block::new(vec![data.len()], data)?)?;
    let mut attrs = axis.attrs.clone();
    for (name, value) in own.iter() {
        attrs.set(name, value.clone());
    }
    attrs.remove("bounds");
    Ok(Some(Var { name: axis.name.clone(), node, attrs, role: Role::Coord }))
}

/// Takes positions along dimensions from every variable and axis. A dimension of which one position is taken goes, and
/// its label stays as a coordinate without dimensions, as in xarray.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for a position outside.
pub(crate) fn take(ds: &Dataset, picks: &[(String, Pick)]) -> Result<Dataset> {
    let pick_of = |dim: &str| picks.iter().find(|(d, _)| d == dim).map(|(_, p)| p);
    let mut out = Dataset { axes: Vec::new(), vars: Vec::new(), attrs: ds.attrs.clone() };
    for axis in &ds.axes {
        match pick_of(&axis.name) {
            None | Some(Pick::All) => out.axes.push(axis.clone()),
            Some(Pick::One(at)) => {
                if let Some(var) = variable(&axis.take(&[*at]))? {
                    let node = Arc::new(Index::new(var.node.meta(), vec![Pick::One(0)]));
                    out.vars.push(Var { node: Node::op(node, vec![var.node])?, ..var });
                }
            }
            Some(pick) => out.axes.push(axis.take(&pick.positions(axis.values.len()))),
        }
    }
    for var in &ds.vars {
        let dims = &var.node.meta().dims;
        let node = if dims.iter().any(|d| pick_of(d).is_some_and(|p| *p != Pick::All)) {
            let picks = dims.iter().map(|d| pick_of(d).cloned().unwrap_or(Pick::All)).collect();
            Node::op(Arc::new(Index::new(var.node.meta(), picks)), vec![Arc::clone(&var.node)])?
        } else {
            Arc::clone(&var.node)
        };
        out.vars.push(Var { node, ..var.clone() });
    }
    Ok(out)
}
