//! `diff`: differences of neighbours.

use super::{DIM, scanned};
use crate::model::{DType, Error, Result};
use crate::ops::kernel::{Pick, Scan};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, coords, python};
use crate::plan::{Dataset, Role};

pub(crate) static DIFF: OpSpec = OpSpec {
    name: "diff",
    family: Family::Window,
    summary: "differences of neighbours along a dimension",
    doc: "Each value less the one before, n times over; the dimension becomes n positions shorter and keeps the labels of \
          the later (upper) or the earlier (lower) neighbours; of several differences lower is said of the first alone, as \
          in xarray. A difference with a missing value is missing. The type \
          stays; integers wrap, as in numpy.",
    cdo: Some("deltat"),
    example: "diff dim=time",
    params: &[
        DIM,
        ParamSpec {
            name: "n",
            kind: ParamKind::Integer,
            default: Some("1"),
            required: false,
            doc: "how often differences are taken",
        },
        ParamSpec {
            name: "label",
            kind: ParamKind::Choice(&["upper", "lower"]),
            default: Some("upper"),
            required: false,
            doc: "whose labels stay: those of the later or of the earlier neighbours",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let n = params.count("n")?.unwrap_or(1);
    let size = ds.need_axis(&dim)?.values.len();
    if n >= size {
        let (what, leave) = if n == 1 { ("difference", "leaves") } else { ("differences", "leave") };
        return Err(Error::invalid(format!("{n} {what} along {dim}, of size {size}, {leave} nothing"))
            .hint("n must be smaller than the size"));
    }
    // The first difference has the labels it is asked for, those after it the upper ones.
    let start = if params.text("label").as_deref() == Some("lower") { n.saturating_sub(1) } else { n };
    let mut out = coords::take(ds, &[(dim.clone(), Pick::Range { start, step: 1, len: size - n })])?;
    out.vars.retain(|v| v.role == Role::Coord || v.node.meta().dtype.is_numeric() || v.node.meta().dim(&dim).is_none());
    for var in out.vars.iter_mut().filter(|v| v.role == Role::Data) {
        let whole = ds.need_var(&var.name)?;
        if let Some(at) = whole.node.meta().dim(&dim) {
            // Truth has no differences: it counts as 0 and 1.
            let dtype = match whole.node.meta().dtype.plain() {
                DType::Bool => DType::I32,
                other => other,
            };
            var.node = scanned(whole, Scan::Diff { n }, at, dtype)?;
            var.attrs = attrs::difference(&var.attrs);
        }
    }
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let (dim, n) = (python::quote(&params.need_text("dim")?), params.count("n")?.unwrap_or(1));
    let n = if n == 1 { String::new() } else { format!(", {n}") };
    let lower = if params.text("label").as_deref() == Some("lower") { ", label=\"lower\"" } else { "" };
    Ok(format!("ds = ds.diff({dim}{n}{lower})"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn neighbours_and_their_labels() {
        let ds = dataset();
        let out = Step::parse("diff lon").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I16(vec![1, 1, -2, 1, -2, 1, -2, 1, 1]));
        assert_eq!(out.need_axis("lon").unwrap().values.label(0), "90");
        assert_eq!(values(&out, "area").len(), 9);
        let out = Step::parse("diff time n=2 label=lower").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_axis("time").unwrap().values.len(), 46);
        assert_eq!(out.need_axis("time").unwrap().values.label(0), "2000-01-16T00:00:00");
        let t = values(&out, "t").to_f64();
        assert!(t[0].is_nan() && t[1] == 120.0 && t[12] == 0.0);
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("diff dim=time"), r#"ds = ds.diff("time")"#);
        assert_eq!(line("diff time n=2"), r#"ds = ds.diff("time", 2)"#);
        assert_eq!(line("diff time n=2 label=lower"), r#"ds = ds.diff("time", 2, label="lower")"#);
        let error = Step::parse("diff lat n=3").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("diff: 3 differences along lat, of size 3, leave nothing"), "{error}");
    }
}
