//! `rename`: variables and dimensions under other names.

use crate::model::{Error, Result};
use crate::ops::kernel::{Index, Pick};
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, Value, python};
use crate::plan::{Dataset, Node};
use std::sync::Arc;

pub(crate) static RENAME: OpSpec = OpSpec {
    name: "rename",
    family: Family::Shape,
    summary: "other names for variables and dimensions",
    doc: "Gives variables, coordinates or dimensions other names, each as old=new. Values stay as they are.",
    cdo: Some("chname, setname"),
    example: "rename t2m=temperature",
    params: &[],
    keys: Some(&KeySpec {
        target: KeyTarget::Names,
        kind: ParamKind::Name,
        required: true,
        single: false,
        doc: "the new name",
    }),
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let new = |old: &str| params.text(old);
    let mut out = ds.clone();
    for axis in &mut out.axes {
        axis.name = new(&axis.name).unwrap_or_else(|| axis.name.clone());
    }
    for var in &mut out.vars {
        let meta = var.node.meta();
        if meta.dims.iter().any(|d| new(d).is_some()) {
            let all = Index::new(meta, vec![Pick::All; meta.dims.len()]);
            let names = meta.dims.iter().map(|d| new(d).unwrap_or_else(|| d.clone())).collect();
            var.node = Node::op(Arc::new(all.named(names)), vec![Arc::clone(&var.node)])?;
        }
        var.name = new(&var.name).unwrap_or_else(|| var.name.clone());
    }
    let names: Vec<&str> =
        out.axes.iter().map(|a| a.name.as_str()).chain(out.vars.iter().map(|v| v.name.as_str())).collect();
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        Some((_, name)) => Err(Error::invalid(format!("the name {name} is taken"))),
        None => Ok(out),
    }
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let items: Vec<_> = params.iter().map(|(old, new): (_, &Value)| (old, python::quote(&new.text()))).collect();
    Ok(format!("ds = ds.rename({})", python::dict(&items)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn names_change_and_values_do_not() {
        let ds = dataset();
        let step = Step::parse("rename t=temperature lat=y").unwrap();
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.need_var("temperature").unwrap().node.meta().dims, ["time", "y", "lon"]);
        assert_eq!(out.need_axis("y").unwrap().values, ds.need_axis("lat").unwrap().values);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.rename({"t": "temperature", "lat": "y"})"#);
        let swapped = Step::parse("rename lat=lon lon=lat").unwrap().apply(&ds).unwrap();
        assert_eq!(swapped.need_var("mask").unwrap().node.meta().dims, ["lon", "lat"]);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("rename t=mask"), "rename: the name mask is taken");
        assert_eq!(error("rename u=v"), "rename: no variable u; there are: t, mask, area");
    }
}
