//! `merge`: variables of other data beside those that are here, joined by their coordinates.

use super::align::align;
use super::{FILE, JOIN, common, dimensions_win, opened};
use crate::model::{Error, Result};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Dataset, Role};

pub(crate) static MERGE: OpSpec = OpSpec {
    name: "merge",
    family: Family::Shape,
    summary: "variables of other data beside those here",
    doc: "Adds the variables of other data, so that expressions can use both: merge file=b.nc prefix=b_, then \
          expr 'd = t - b_t'. Labels are brought together along the dimensions that both have; what has no value at a \
          label is missing there, and integers become floats. A variable that stands in both with other values is an \
          error: prefix renames data variables, variables chooses some. A coordinate of one value goes where the other \
          data have a dimension of that name with labels.",
    cdo: Some("merge, sub, add"),
    example: "merge file=other.nc prefix=other_",
    params: &[
        FILE,
        ParamSpec {
            name: "variables",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "the variables of the other data to take; all where not given",
        },
        ParamSpec {
            name: "prefix",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "what is put before the names of the other data variables",
        },
        JOIN,
    ],
    keys: None,
    apply,
    xarray,
};

const HINT: &str = "prefix=other_ renames the variables of the other data, variables=… takes some of them";

/// The other data, those of its variables that are wanted, under their new names.
fn other(params: &Params) -> Result<Dataset> {
    let mut other = params.data("file")?.dataset.clone();
    if let Some(names) = params.names("variables") {
        for name in &names {
            other.need_var(name).map_err(|e| e.within("variables"))?;
        }
        other.vars.retain(|v| names.contains(&v.name) || v.role == Role::Coord);
        let used = |dim: &String| {
            let mut data = other.vars.iter().filter(|v| names.contains(&v.name));
            data.any(|v| v.node.meta().dim(dim).is_some())
        };
        let kept: Vec<bool> = other.vars.iter().map(|v| v.node.meta().dims.iter().all(used)).collect();
        let mut kept = kept.into_iter();
        other.vars.retain(|_| kept.next().unwrap_or(true));
        other = other.pruned();
    }
    if let Some(prefix) = params.text("prefix") {
        for var in other.vars.iter_mut().filter(|v| v.role == Role::Data) {
            var.name = format!("{prefix}{}", var.name);
        }
    }
    Ok(other)
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let join = params.text("join").unwrap_or_else(|| "exact".to_owned());
    let (mut out, mut other) = align(ds, &other(params)?, None, &join)?;
    dimensions_win(&mut out, &mut other)?;
    for axis in other.axes {
        if out.axis(&axis.name).is_none() {
            out.axes.push(axis);
        }
    }
    for var in other.vars {
        match out.vars.iter_mut().find(|v| v.name == var.name) {
            Some(own) if own.role == Role::Data && var.role == Role::Data && own.node.key() != var.node.key() => {
                return Err(Error::invalid(format!("{} stands in both", var.name)).hint(HINT));
            }
            Some(own) => {
                own.node = common(own, &var, HINT)?;
                if var.role == Role::Coord {
                    own.role = Role::Coord;
                }
            }
            None => out.vars.push(var),
        }
    }
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let mut lines = vec![opened(params.data("file")?)];
    if let Some(names) = params.names("variables") {
        lines.push(format!("other = other[{}]", python::list(&names)));
    }
    if let Some(prefix) = params.text("prefix") {
        lines.push(format!(
            "other = other.rename({{name: {} + name for name in other.data_vars}})",
            python::quote(&prefix)
        ));
    }
    let join = params.text("join").unwrap_or_else(|| "exact".to_owned());
    lines.push(format!(
        "ds = xr.merge([ds, other], join=\"{join}\", compat=\"no_conflicts\", combine_attrs=\"override\")"
    ));
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::DType;
    use crate::ops::Step;
    use crate::ops::testing::{beside, dataset, values};
    use crate::plan::{Axis, Role};

    #[test]
    fn variables_come_together_under_names_of_their_own() {
        let ds = dataset();
        let other = Step::parse("expr 't = t * 2'").unwrap().apply(&ds).unwrap();
        let step = beside("merge file=b.nc variables=t prefix=b_", &other);
        let out = step.apply(&ds).unwrap();
        assert_eq!(out.vars.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["t", "mask", "area", "b_t"]);
        let out = Step::parse("expr 'd = b_t - t'").unwrap().apply(&out).unwrap();
        assert_eq!(values(&out, "d").to_f64()[1..], values(&ds, "t").to_f64()[1..]);
        assert_eq!(
            step.xarray(&ds).unwrap(),
            "other = xr.open_dataset(\"b.nc\", decode_coords=\"all\")\nother = other[[\"t\"]]\n\
             other = other.rename({name: \"b_\" + name for name in other.data_vars})\n\
             ds = xr.merge([ds, other], join=\"exact\", compat=\"no_conflicts\", combine_attrs=\"override\")"
        );
    }

    #[test]
    fn labels_are_joined_and_conflicts_told() {
        let ds = dataset();
        let part = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap();
        let few = Step::parse("mean lat").unwrap().apply(&part("isel time=40:48")).unwrap();
        let out = beside("merge file=b.nc prefix=b_ join=left", &few).apply(&ds).unwrap();
        assert_eq!(out.need_var("b_t").unwrap().node.meta().shape, [48, 4]);
        assert!(values(&out, "b_t").to_f64()[..160].iter().all(|x| x.is_nan()));
        let out =
            beside("merge file=b.nc variables=mask prefix=b_ join=outer", &part("isel lon=1:4")).apply(&ds).unwrap();
        assert_eq!(out.need_var("b_mask").unwrap().node.meta().dtype, DType::F32);
        let outer = beside("merge file=b.nc prefix=b_ join=outer", &part("isel lat=1:3")).apply(&ds).unwrap();
        assert_eq!(values(&outer, "area").to_f64(), [2.0; 12], "what one side misses comes from the other");
        let error = |text: &str, change: &str| beside(text, &part(change)).apply(&ds).unwrap_err().to_string();
        assert!(error("merge file=b.nc", "expr 't = t + 1'").starts_with("merge: t stands in both; prefix=other_"));
        assert!(error("merge file=b.nc variables=u", "select t").contains("variables: no variable u"));
        assert!(error("merge file=b.nc prefix=b_", "isel lon=0:2").contains("the labels of lon differ"));
        assert!(beside("merge file=b.nc", &ds).apply(&ds).is_ok(), "the same file adds nothing");
    }

    /// What xarray 2026.9 does: the labelled dimension wins over a coordinate of one value, and over nothing else.
    #[test]
    fn a_dimension_wins_over_a_coordinate_of_one_value() {
        let ds = dataset();
        let part = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap();
        let one = Step::parse("rename t=first").unwrap().apply(&part("isel time=0")).unwrap();
        assert!(one.var("time").is_some_and(|v| v.node.meta().dims.is_empty()));
        for out in [beside("merge file=b.nc", &one).apply(&ds), beside("merge file=b.nc", &ds).apply(&one)] {
            let out = out.unwrap();
            assert_eq!(out.axis("time"), ds.axis("time"));
            assert!(out.var("time").is_none() && out.var("first").is_some() && out.var("t").is_some());
        }
        let mut data = one.clone();
        data.vars.iter_mut().filter(|v| v.name == "time").for_each(|v| v.role = Role::Data);
        let error = beside("merge file=b.nc", &data).apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("merge: time is a variable there and a dimension here; rename"), "{error}");
        let mut bare = ds.clone();
        bare.axes[0] = Axis::index("time", 48);
        let error = beside("merge file=b.nc", &bare).apply(&one).unwrap_err().to_string();
        assert!(error.starts_with("merge: time is a variable here and a dimension there"), "{error}");
    }
}
