//! `cdist`: the distances between all rows of two tables.

use super::pairs::{Metric, Pairs};
use crate::model::{AttrValue, Attrs, Error, Result};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{Axis, Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static CDIST: OpSpec = OpSpec {
    name: "cdist",
    family: Family::Arithmetic,
    summary: "distances between all pairs of rows",
    doc: "The matrix of distances from each row of one table to each row of another: variables of two dimensions, rows by \
          features, with as many features each. euclidean, sqeuclidean (its square) or cityblock (the sum of absolute \
          differences). The result is the variable distance, float64, along the rows of both; where both go along the \
          same dimension, the second is named after it with _2. A missing value makes the distances of its row missing. \
          The matrix is made in tiles: a sum or a mean after it never holds all of it.",
    cdo: None,
    example: "cdist x=a y=b metric=euclidean",
    params: &[
        ParamSpec {
            name: "x",
            kind: ParamKind::Variables,
            default: None,
            required: true,
            doc: "the table whose rows make the rows of the matrix",
        },
        ParamSpec {
            name: "y",
            kind: ParamKind::Variables,
            default: None,
            required: true,
            doc: "the table whose rows make the columns of the matrix",
        },
        ParamSpec {
            name: "metric",
            kind: ParamKind::Choice(&["euclidean", "sqeuclidean", "cityblock"]),
            default: Some("euclidean"),
            required: false,
            doc: "euclidean, sqeuclidean or cityblock",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn metric(params: &Params) -> (Metric, String) {
    let word = params.text("metric").unwrap_or_else(|| "euclidean".to_owned());
    let metric = match word.as_str() {
        "sqeuclidean" => Metric::SqEuclidean,
        "cityblock" => Metric::CityBlock,
        _ => Metric::Euclidean,
    };
    (metric, word)
}

fn table<'a>(ds: &'a Dataset, params: &Params, key: &str) -> Result<(&'a Var, &'a str)> {
    let name = params.need_text(key)?;
    let var = ds.need_var(name.trim_start_matches('/'))?;
    match var.node.meta().dims.as_slice() {
        [rows, _] => Ok((var, rows.as_str())),
        dims => Err(Error::invalid(format!("{} is no table: it has {} dimensions", var.name, dims.len()))
            .hint("distances are between rows of two dimensions, rows by features")),
    }
}

/// Names of the result's dimensions.
fn dims(rows: &str, columns: &str) -> [String; 2] {
    let second = if rows == columns { format!("{columns}_2") } else { columns.to_owned() };
    [rows.to_owned(), second]
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (metric, word) = metric(params);
    let ((x, rows), (y, columns)) = (table(ds, params, "x")?, table(ds, params, "y")?);
    let dims = dims(rows, columns);
    let mut attrs = Attrs::default();
    attrs.set("long_name", AttrValue::Text(format!("{word} distance from {} to {}", x.name, y.name)));
    match (x.attrs.text("units"), y.attrs.text("units")) {
        (Some(a), Some(b)) if a == b && metric != Metric::SqEuclidean => {
            attrs.set("units", AttrValue::Text(a.to_owned()));
        }
        _ => {}
    }
    let axes = vec![ds.need_axis(rows)?.clone(), Axis { name: dims[1].clone(), ..ds.need_axis(columns)?.clone() }];
    let node = Node::op(Arc::new(Pairs { metric, dims }), vec![Arc::clone(&x.node), Arc::clone(&y.node)])?;
    let var = Var { name: "distance".to_owned(), node, attrs, role: Role::Data };
    Ok(Dataset { axes, vars: vec![var], attrs: ds.attrs.clone() })
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let ((x, rows), (y, columns)) = (table(ds, params, "x")?, table(ds, params, "y")?);
    let [a, b] = dims(rows, columns).map(|d| python::quote(&d));
    let name = |v: &Var| python::quote(&v.name);
    let coords: Vec<String> = [(&a, rows), (&b, columns)]
        .into_iter()
        .filter(|(_, d)| ds.axis(d).is_some_and(|axis| !matches!(axis.values, crate::plan::AxisValues::Index(_))))
        .map(|(new, old)| format!("{new}: ds[{}].values", python::quote(old)))
        .collect();
    Ok(format!(
        "from scipy.spatial.distance import cdist\nds = xr.Dataset({{\"distance\": (({a}, {b}), cdist(ds[{}].values, \
         ds[{}].values, {}))}}, coords={{{}}})",
        name(x),
        name(y),
        python::quote(&metric(params).1),
        coords.join(", ")
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn rows_of_one_table_against_those_of_another() {
        let ds = dataset();
        let out = Step::parse("cdist x=/mask y=area metric=cityblock").unwrap().apply(&ds).unwrap();
        assert_eq!(out.vars.len(), 1);
        assert_eq!(out.vars[0].node.meta().dims, ["lat", "lat_2"]);
        assert_eq!(out.axis("lat_2").unwrap().values, ds.axis("lat").unwrap().values);
        // 0 1 2 0, 1 2 0 1 and 2 0 1 2, each against 2 2 2 2.
        assert_eq!(values(&out, "distance").to_f64(), [5.0, 5.0, 5.0, 4.0, 4.0, 4.0, 3.0, 3.0, 3.0]);
        let out = Step::parse("cdist x=mask y=mask").unwrap().apply(&ds).unwrap();
        let d = values(&out, "distance").to_f64();
        assert_eq!((d[0], d[1], d[3]), (0.0, 7f64.sqrt(), 7f64.sqrt()));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("cdist x=mask y=area").unwrap().xarray(&ds).unwrap();
        assert!(line.ends_with(
            r#"ds = xr.Dataset({"distance": (("lat", "lat_2"), cdist(ds["mask"].values, ds["area"].values, "euclidean"))}, coords={"lat": ds["lat"].values, "lat_2": ds["lat"].values})"#
        ), "{line}");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("cdist x=t y=mask").starts_with("cdist: t is no table: it has 3 dimensions"));
        assert!(error("cdist x=mask").contains("y is missing"));
        assert!(error("cdist x=mask y=nothing").contains("no variable nothing"));
    }
}
