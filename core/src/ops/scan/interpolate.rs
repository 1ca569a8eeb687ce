//! `interpolate_na`: straight lines over gaps.

use super::{DIM, LIMIT, along, with_missing};
use crate::model::{DType, Error, Result};
use crate::ops::kernel::Scan;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, coords, python};
use crate::plan::{Dataset, Var};
use std::sync::Arc;

pub(crate) static INTERPOLATE_NA: OpSpec = OpSpec {
    name: "interpolate_na",
    family: Family::Window,
    summary: "straight lines over gaps along a dimension",
    doc: "A missing value is interpolated linearly between the last value before it and the next behind it, by their \
          coordinates, which must ascend, or by their positions. Of a longer gap only the first limit positions are \
          filled. Before the first value and behind the last it stays missing. The type stays, but \
          integers become floats where there is a limit, as in xarray.",
    cdo: Some("setmisstonn, fillmiss, timfillmiss"),
    example: "interpolate_na dim=time",
    params: &[
        DIM,
        LIMIT,
        ParamSpec {
            name: "use_coordinate",
            kind: ParamKind::Bool,
            default: Some("true"),
            required: false,
            doc: "whether distances are those of the coordinates; else positions count",
        },
    ],
    keys: None,
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dim = params.need_text("dim")?;
    let limit = params.count("limit")?;
    if limit == Some(0) {
        return Err(Error::invalid("limit must be at least 1"));
    }
    let at: Arc<[f64]> = if params.flag("use_coordinate")?.unwrap_or(true) {
        coords::numbers(ds.need_axis(&dim)?)?.into()
    } else {
        (0..ds.need_axis(&dim)?.values.len()).map(|i| i as f64).collect()
    };
    if at.windows(2).any(|w| w[0] >= w[1]) {
        return Err(Error::invalid(format!("the labels of {dim} do not ascend"))
            .hint(format!("isel {dim}=::-1 turns them round, use_coordinate=false goes by positions")));
    }
    // With a limit xarray puts missing values back, which makes integers floats.
    let dtype = |d: &DType| if limit.is_some() { with_missing(d) } else { d.plain() };
    let mut out = along(ds, &dim, |meta| (Scan::Bridge { at: Arc::clone(&at), limit }, dtype(&meta.dtype)))?;
    for var in &mut out.vars {
        let whole = |v: &&Var| limit.is_none() && !v.node.meta().dtype.is_float();
        if let Some(before) = ds.var(&var.name).filter(whole) {
            var.node = Arc::clone(&before.node);
        }
    }
    Ok(out)
}

fn xarray(_ds: &Dataset, params: &Params) -> Result<String> {
    let mut text = python::quote(&params.need_text("dim")?);
    if let Some(n) = params.count("limit")? {
        text.push_str(&format!(", limit={n}"));
    }
    if params.flag("use_coordinate")? == Some(false) {
        text.push_str(", use_coordinate=False");
    }
    Ok(format!("ds = ds.interpolate_na({text})"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn lines_over_gaps() {
        let ds = Step::parse("where 'lon != 90 and lon != 180'").unwrap().apply(&dataset()).unwrap();
        let out = Step::parse("interpolate_na lon").unwrap().apply(&ds).unwrap();
        let t = values(&out, "t").to_f64();
        assert!(t[..3].iter().all(|x| x.is_nan()), "no value before the gap");
        assert_eq!(t[4..8], [122.0, 122.5, 123.0, 123.5]);
        let out = Step::parse("interpolate_na lon limit=1 use_coordinate=false").unwrap().apply(&ds).unwrap();
        let t = values(&out, "t").to_f64();
        assert!(t[5] == 122.5 && t[6].is_nan());
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("interpolate_na time limit=2").unwrap().xarray(&ds).unwrap();
        assert_eq!(line, r#"ds = ds.interpolate_na("time", limit=2)"#);
        let error = Step::parse("interpolate_na lat").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.contains("do not ascend") && error.contains("isel lat=::-1"), "{error}");
    }
}
