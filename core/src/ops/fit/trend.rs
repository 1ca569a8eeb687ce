//! `trend`: the slope of the straight line of least squares.

use super::{DIM, skipna_argument};
use crate::model::calendar::Calendar;
use crate::model::{AttrValue, Error, Result};
use crate::ops::kernel::{Fit, Terms};
use crate::ops::reduce::{SKIPNA, has_any, without};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, attrs, coords, python};
use crate::plan::{AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;

pub(crate) static TREND: OpSpec = OpSpec {
    name: "trend",
    family: Family::Reduce,
    summary: "slope of a straight line along a dimension",
    doc: "The slope of the straight line of least squares through each series, in double precision: for each unit of the \
          coordinate, or along dates for each day; per says otherwise. A year has 365.25 days, or as many as every year \
          of the calendar. Missing values are passed over; fewer than two give a missing slope. Variables without the \
          dimension go.",
    cdo: Some("trend, regres"),
    example: "trend dim=time per=decade",
    params: &[
        DIM,
        ParamSpec {
            name: "per",
            kind: ParamKind::Choice(&["unit", "step", "hour", "day", "year", "decade"]),
            default: Some("unit"),
            required: false,
            doc: "what the slope is for: a unit of the coordinate (a day along dates), a position, a length of time",
        },
        SKIPNA,
    ],
    keys: None,
    apply,
    xarray,
};

/// What a slope is measured against.
struct Measure {
    /// The coordinate of each position; `None` for the position itself.
    at: Option<Vec<f64>>,
    /// The coordinate's units in one of the measure.
    factor: f64,
    /// The measure as UDUNITS know it.
    units: String,
}

fn measure(ds: &Dataset, params: &Params, dim: &str) -> Result<Measure> {
    let axis = ds.need_axis(dim)?;
    let per = params.text("per").unwrap_or_else(|| "unit".to_owned());
    if per == "step" {
        return Ok(Measure { at: None, factor: 1.0, units: "1".to_owned() });
    }
    let at = Some(coords::numbers(axis)?);
    let AxisValues::Time { calendar, .. } = &axis.values else {
        if per == "unit" {
            let units = axis.attrs.text("units").unwrap_or("1").to_owned();
            return Ok(Measure { at, factor: 1.0, units });
        }
        return Err(Error::invalid(format!("a trend per {per}, but the labels of {dim} are not dates"))
            .hint("per=unit is for each unit of the coordinate, per=step for each position"));
    };
    let year = match calendar {
        Calendar::NoLeap => 365.0,
        Calendar::AllLeap => 366.0,
        Calendar::Day360 => 360.0,
        _ => 365.25,
    };
    let days = match per.as_str() {
        "hour" => 1.0 / 24.0,
        "year" => year,
        "decade" => 10.0 * year,
        _ => 1.0,
    };
    let units = match per.as_str() {
        "hour" | "year" => per,
        "decade" => "(10 year)".to_owned(),
        _ => "day".to_owned(),
    };
    // Dates count in nanoseconds.
    Ok(Measure { at, factor: days * 86_400e9, units })
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let dims = [params.need_text("dim")?];
    let [dim] = &dims;
    let skipna = params.flag("skipna")?.unwrap_or(true);
    let measure = measure(ds, params, dim)?;
    let at = match measure.at {
        Some(at) => at,
        None => (0..ds.need_axis(dim)?.values.len()).map(|i| i as f64).collect(),
    };
    let mut out = without(ds, &dims, |var| {
        let meta = var.node.meta();
        let Some(along) = meta.dim(dim) else { return Ok(var.clone()) };
        let fit = Fit::new(1, skipna, Terms::Slope(measure.factor), meta, along, &at);
        let node = Node::op(Arc::new(fit), vec![Arc::clone(&var.node)])?;
        let mut attrs = attrs::difference(&var.attrs);
        if let Some(units) = attrs.text("units").filter(|_| measure.units != "1") {
            let units = format!("{units} {}-1", measure.units);
            attrs.set("units", AttrValue::Text(units));
        }
        if let Some(name) = attrs.text("long_name").map(|n| format!("trend of {n}")) {
            attrs.set("long_name", AttrValue::Text(name));
        }
        Ok(Var { node, attrs, ..var.clone() })
    })?;
    out.vars.retain(|v| v.role == Role::Coord || ds.var(&v.name).is_some_and(|v| has_any(v, &dims)));
    Ok(out)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let dim = params.need_text("dim")?;
    let measure = measure(ds, params, &dim)?;
    let quoted = python::quote(&dim);
    let along = format!("[n for n in ds.data_vars if {quoted} in ds[n].dims]");
    let positions = match measure.at {
        Some(_) => String::new(),
        None => format!(".assign_coords({{{quoted}: np.arange(ds.sizes[{quoted}])}})"),
    };
    Ok(format!(
        "fit = ds{positions}.polyfit({quoted}, 1{})\n\
         ds = xr.Dataset({{n: fit[n + \"_polyfit_coefficients\"].sel(degree=1, drop=True) * {} for n in {along}}})",
        skipna_argument(params)?,
        python::number(measure.factor)
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};

    fn run(text: &str) -> (Vec<f64>, Option<String>) {
        let out = Step::parse(text).unwrap().apply(&dataset()).unwrap();
        (values(&out, "t").to_f64(), out.need_var("t").unwrap().attrs.text("units").map(str::to_owned))
    }

    #[test]
    fn slopes_for_each_unit_and_each_step() {
        let (t, units) = run("trend lat");
        assert!((t[4] + 2.0 / 30.0).abs() < 1e-13);
        assert_eq!(units.as_deref(), Some("K degrees_north-1"));
        let (t, units) = run("trend lon per=step");
        assert!((t[1] - 0.5).abs() < 1e-13);
        assert_eq!(units.as_deref(), Some("K"));
        let (day, units) = run("trend time");
        assert_eq!(units.as_deref(), Some("K day-1"));
        let (decade, units) = run("trend time per=decade");
        assert_eq!(units.as_deref(), Some("K (10 year)-1"));
        assert!((decade[3] / day[3] - 3650.0).abs() < 1e-9, "a noleap year has 365 days");
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = Step::parse("trend time per=step").unwrap().xarray(&ds).unwrap();
        assert!(line.contains("np.arange") && line.contains("polyfit(\"time\", 1)"), "{line}");
        let out = Step::parse("trend time").unwrap().apply(&ds).unwrap();
        assert!(out.var("mask").is_none() && out.var("area").is_some());
        let error = Step::parse("trend lat per=year").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("trend: a trend per year, but the labels of lat are not dates"), "{error}");
    }
}
