//! `select`: some of the variables.

use crate::model::Result;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Dataset, Role, Var};

pub(crate) static SELECT: OpSpec = OpSpec {
    name: "select",
    family: Family::Select,
    summary: "some of the variables",
    doc: "Keeps the named variables in the order given, the coordinates that share their dimensions, the bounds of these, and nothing else.",
    cdo: Some("selname, selvar, delname"),
    example: "select variables=u,v",
    params: &[ParamSpec {
        name: "variables",
        kind: ParamKind::Variables,
        default: None,
        required: true,
        doc: "the variables to keep",
    }],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let names = params.names("variables").unwrap_or_default();
    let mut out = Dataset { axes: ds.axes.clone(), vars: Vec::new(), attrs: ds.attrs.clone() };
    for name in &names {
        let mut var = ds.need_var(name)?.clone();
        var.role = Role::Data;
        if out.var(name).is_none() {
            out.vars.push(var);
        }
    }
    let edges = bounds(ds, &names);
    let used = |dim: &String| out.vars.iter().any(|v| v.node.meta().dim(dim).is_some());
    let kept = |v: &&Var| v.node.meta().dims.iter().all(used) || edges.contains(&v.name.as_str());
    let coords: Vec<_> =
        ds.vars.iter().filter(|v| v.role == Role::Coord && !names.contains(&v.name)).filter(kept).cloned().collect();
    out.vars.extend(coords);
    Ok(out.pruned())
}

/// The variables that hold the bounds of the named variables' axes.
fn bounds<'a>(ds: &'a Dataset, names: &[String]) -> Vec<&'a str> {
    let used = |dim: &str| names.iter().filter_map(|n| ds.var(n)).any(|v| v.node.meta().dim(dim).is_some());
    let named = ds.axes.iter().filter(|a| used(&a.name)).filter_map(|a| a.attrs.text("bounds"));
    named.filter(|b| !names.iter().any(|n| n == b)).filter_map(|b| ds.var(b)).map(|v| v.name.as_str()).collect()
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let names = params.names("variables").unwrap_or_default();
    // xarray lets go of bounds, as their second dimension is no variable's.
    let edges = bounds(ds, &names);
    let more: Vec<_> = edges.iter().map(|b| (*b, format!("ds[{}]", python::quote(b)))).collect();
    let more = if more.is_empty() { String::new() } else { format!(".assign_coords({})", python::dict(&more)) };
    Ok(format!("ds = ds[{}]{more}", python::list(&names)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::dataset;

    #[test]
    fn keeps_variables_with_their_coordinates() {
        let ds = dataset();
        let step = Step::parse("select variables=mask").unwrap();
        let out = step.apply(&ds).unwrap();
        let names: Vec<_> = out.vars.iter().map(|v| v.name.as_str()).collect();
        assert_eq!(names, ["mask", "area"]);
        assert!(out.axis("time").is_none() && out.axis("lat").is_some());
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds[["mask"]]"#);
        let error = Step::parse("select nothing").unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error, "select: no variable nothing; there are: t, mask, area");
    }
}
