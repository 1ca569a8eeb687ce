//! `stack`: several dimensions as one.

use crate::model::{Error, Result};
use crate::ops::kernel::Stacked;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, coords, python};
use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static STACK: OpSpec = OpSpec {
    name: "stack",
    family: Family::Shape,
    summary: "several dimensions as one",
    doc: "Lays dimensions out as one new dimension, the last of them fastest, which comes last. The labels of the old \
          dimensions stay as coordinates along it; the new one has none (xarray with create_index=False). Variables \
          with only some of the dimensions are repeated along the others. Values and types stay as they are.",
    cdo: None,
    example: "stack z=lat,lon",
    params: &[],
    keys: Some(&KeySpec {
        target: KeyTarget::NewDims,
        kind: ParamKind::Dims,
        required: true,
        single: true,
        doc: "the dimensions that become this new one",
    }),
    apply,
    xarray,
};

fn wanted(params: &Params) -> Result<(&str, Vec<String>)> {
    let found = params.iter().next().map(|(name, _)| (name, params.names(name).unwrap_or_default()));
    found.ok_or_else(|| Error::invalid("exactly one new dimension is needed").hint(STACK.example))
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (name, dims) = wanted(params)?;
    if let Some(twice) = dims.iter().enumerate().find(|(i, d)| dims[..*i].contains(d)) {
        return Err(Error::invalid(format!("{} is given twice", twice.1)));
    }
    stacked(ds, &dims, name)
}

/// The dataset with these dimensions laid out as one new one.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where the new name is taken or the positions are too many to count,
/// [`NotFound`](crate::model::ErrorKind::NotFound) for a dimension that is not there.
pub(crate) fn stacked(ds: &Dataset, dims: &[String], name: &str) -> Result<Dataset> {
    if ds.axis(name).is_some() || ds.var(name).is_some() {
        return Err(Error::invalid(format!("the name {name} is taken")));
    }
    let old: Vec<&Axis> = dims.iter().map(|d| ds.need_axis(d)).collect::<Result<_>>()?;
    let sizes: Vec<(String, usize)> = old.iter().map(|a| (a.name.clone(), a.values.len())).collect();
    let size = sizes.iter().try_fold(1usize, |n, (_, len)| n.checked_mul(*len));
    let size = size.ok_or_else(|| Error::invalid(format!("{} have too many positions together", dims.join(", "))))?;
    let stack = |var: &Var| -> Result<Var> {
        let op = Stacked::new(var.node.meta(), &sizes, name);
        Ok(Var { node: Node::op(Arc::new(op), vec![Arc::clone(&var.node)])?, ..var.clone() })
    };
    let mut out = Dataset { axes: Vec::new(), vars: Vec::new(), attrs: ds.attrs.clone() };
    out.axes.extend(ds.axes.iter().filter(|a| !dims.contains(&a.name)).cloned());
    out.axes.push(Axis { values: AxisValues::Index(size), ..Axis::index(name, size) });
    let edges: Vec<&str> = old.iter().filter_map(|a| a.attrs.text("bounds")).collect();
    for axis in old {
        if let Some(labels) = coords::variable(axis)? {
            out.vars.push(stack(&labels)?);
        }
    }
    for var in &ds.vars {
        let along = var.node.meta().dims.iter().any(|d| dims.contains(d));
        // Edges of cells mean nothing without the cells' order.
        if var.role == Role::Coord && edges.contains(&var.name.as_str()) {
            continue;
        }
        out.vars.push(if along { stack(var)? } else { var.clone() });
    }
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let (name, dims) = wanted(params)?;
    let edges: Vec<&str> = dims
        .iter()
        .filter_map(|d| ds.axis(d)?.attrs.text("bounds"))
        .filter(|b| ds.var(b).is_some_and(|v| v.role == Role::Coord))
        .collect();
    let dropped = if edges.is_empty() { String::new() } else { format!(".drop_vars({})", python::list(&edges)) };
    let dims = format!("{}: {}", python::quote(name), python::list(&dims));
    Ok(format!("ds = ds{dropped}.stack({{{dims}}}, create_index=False)"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::{AxisValues, Role};

    #[test]
    fn dimensions_become_one_and_their_labels_coordinates() {
        let ds = dataset();
        let step = Step::parse("stack z=lat,lon").unwrap();
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["time", "z"]);
        assert_eq!(out.need_axis("z").unwrap().values, AxisValues::Index(12));
        assert!(out.axis("lat").is_none());
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        assert_eq!(values(&out, "t").to_f64()[1..], values(&ds, "t").to_f64()[1..]);
        let lat = out.need_var("lat").unwrap();
        assert_eq!((lat.role, lat.node.meta().dims.clone()), (Role::Coord, vec!["z".to_owned()]));
        assert_eq!(values(&out, "lat").to_f64()[3..5], [60.0, 30.0]);
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.stack({"z": ["lat", "lon"]}, create_index=False)"#);
        let out = Step::parse("stack n=lon,time").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().shape, [3, 192]);
        assert_eq!(out.need_var("mask").unwrap().node.meta().shape, [3, 192], "repeated along what it lacks");
        let Data::I16(mask) = values(&out, "mask") else { unreachable!("the type stays") };
        assert_eq!((mask[0], mask[47], mask[48]), (0, 0, 1));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| Step::parse(text).unwrap().apply(&dataset()).unwrap_err().to_string();
        assert_eq!(error("stack lat=lat,lon"), "stack: the name lat is taken");
        assert!(error("stack z=lat,level").starts_with("stack: no dimension level"));
        assert_eq!(error("stack z=lat,lat"), "stack: lat is given twice");
    }
}
