//! `climatology`: the mean year.

use super::labels::by_part;
use super::parts::PARTS;
use super::{DIM, Q, REDUCE, call, grouped, lines};
use crate::model::{Attrs, Result};
use crate::ops::reduce::{DDOF, SKIPNA};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params};
use crate::plan::{Axis, Dataset};

/// The part of the date that a climatology goes by.
pub(super) const BY: ParamSpec = ParamSpec {
    name: "by",
    kind: ParamKind::Choice(PARTS),
    default: Some("month"),
    required: false,
    doc: "the part of the date, by xarray's name: month, season, dayofyear, hour …",
};

pub(crate) static CLIMATOLOGY: OpSpec = OpSpec {
    name: "climatology",
    family: Family::Time,
    summary: "the mean year: a mean for each month, season or day",
    doc: "The mean, or another statistic, of all years for each month, season or day of the year. Missing values are \
          passed over. Variables without dates stay as they are.",
    cdo: Some("ymonmean, yseasmean, ydaymean, ymonavg"),
    example: "climatology by=month",
    params: &[BY, REDUCE, Q, SKIPNA, DDOF, DIM],
    keys: None,
    apply,
    xarray,
};

/// The part that a step names, a month where it names none.
pub(super) fn part(params: &Params) -> String {
    params.text("by").unwrap_or_else(|| "month".to_owned())
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let by = by_part(ds, &part(params), params.text("dim").as_deref())?;
    let axis = Axis { name: by.name, values: by.values, attrs: Attrs::default(), bounds: None };
    grouped(ds, &by.dim, std::slice::from_ref(&by.dim), &by.groups, params, axis)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let by = by_part(ds, &part(params), params.text("dim").as_deref())?;
    Ok(lines(ds, &[by.dim], &format!("{}.{}", by.python, call(params)?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    #[test]
    fn the_mean_year_by_month_unless_said_otherwise() {
        let ds = dataset();
        let run = |text: &str| values(&Step::parse(text).unwrap().apply(&ds).unwrap(), "t");
        assert_eq!(run("climatology"), run("groupby by=month"));
        assert_eq!(run("climatology by=dayofyear reduce=min"), run("groupby by=dayofyear reduce=min"));
        let some = Step::parse("select t").unwrap().apply(&ds).unwrap();
        let line = Step::parse("climatology by=season").unwrap().xarray(&some).unwrap();
        assert_eq!(line, r#"ds = ds.groupby("time.season").mean()"#);
        let error = Step::parse("climatology by=moon").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("climatology: by must be one of month, season, quarter"), "{error}");
    }
}
