//! `transpose`: dimensions in another order.

use crate::model::{Error, Result};
use crate::ops::kernel::Index;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Dataset, Node};
use std::sync::Arc;

pub(crate) static TRANSPOSE: OpSpec = OpSpec {
    name: "transpose",
    family: Family::Shape,
    summary: "dimensions in another order",
    doc: "Puts the dimensions of every variable into this order; ... stands for those not named, in each variable's own \
          order. Values stay as they are.",
    cdo: None,
    example: "transpose dims=lat,lon,time",
    params: &[ParamSpec {
        name: "dims",
        kind: ParamKind::Dims,
        default: None,
        required: true,
        doc: "the dimensions, slowest first; ... for the rest",
    }],
    keys: None,
    apply,
    xarray,
};

/// All dimensions in the wanted order.
fn order(ds: &Dataset, params: &Params) -> Result<Vec<String>> {
    let given = params.names("dims").unwrap_or_default();
    let mut order: Vec<String> = Vec::new();
    for name in &given {
        let rest = ds.axes.iter().map(|a| &a.name).filter(|d| name == "..." && !given.contains(d));
        let named = given.iter().filter(|d| *d == name && name != "...");
        for dim in rest.chain(named.take(1)) {
            if order.contains(dim) {
                return Err(Error::invalid(format!("{dim} is given twice")));
            }
            order.push(dim.clone());
        }
    }
    match ds.axes.iter().find(|a| !order.contains(&a.name)) {
        Some(axis) => Err(Error::invalid(format!("the order does not say where {} goes", axis.name))
            .hint("write ... for all dimensions not named")),
        None => Ok(order),
    }
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let order = order(ds, params)?;
    let given = params.names("dims").unwrap_or_default();
    let mut out = ds.clone();
    for var in &mut out.vars {
        let meta = var.node.meta();
        // The rest stand in each variable's own order.
        let rest = || meta.dims.iter().filter(|d| !given.contains(d));
        let places: Vec<usize> = given
            .iter()
            .flat_map(|d| if d == "..." { rest().collect() } else { vec![d] })
            .filter_map(|d| meta.dim(d))
            .collect();
        if !places.is_sorted() {
            var.node = Node::op(Arc::new(Index::transpose(meta, &places)), vec![Arc::clone(&var.node)])?;
        }
    }
    out.axes.sort_by_key(|a| order.iter().position(|d| *d == a.name));
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let names = params.names("dims").unwrap_or_default();
    let words: Vec<_> = names.iter().map(|d| if d == "..." { d.clone() } else { python::quote(d) }).collect();
    Ok(format!("ds = ds.transpose({})", words.join(", ")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::Var;

    #[test]
    fn dimensions_change_places() {
        let ds = dataset();
        let step = Step::parse("transpose dims=lon,...").unwrap();
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.need_var("t").unwrap().node.meta().dims, ["lon", "time", "lat"]);
        assert_eq!(values(&out, "mask"), Data::I16(vec![0, 1, 2, 1, 2, 0, 2, 0, 1, 0, 1, 2]));
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.transpose("lon", ...)"#);
        // What has another order than the dataset keeps it.
        let turned = Step::parse("transpose dims=lon,lat,time").unwrap().apply(&ds).unwrap();
        let mut mixed = ds.clone();
        mixed
            .vars
            .extend(turned.vars.into_iter().filter(|v| v.name == "t").map(|v| Var { name: "turned".into(), ..v }));
        let out = Step::parse("transpose dims=time,...").unwrap().apply(&mixed).unwrap();
        assert_eq!(out.need_var("turned").unwrap().node.meta().dims, ["time", "lon", "lat"]);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("transpose lon").contains("where time goes"));
        assert_eq!(error("transpose lon,lon,..."), "transpose: lon is given twice");
    }
}
