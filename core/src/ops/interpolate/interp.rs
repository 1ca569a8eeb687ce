//! `interp`: values between labels.

use super::separable::Missing;
use super::targets::Targets;
use super::weights::{Sorted, Weights};
use super::{Along, resample};
use crate::model::{DType, Error, Result};
use crate::ops::kernel::Pick;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, coords, python};
use crate::plan::{Axis, AxisValues, Dataset};
use std::sync::Arc;

pub(crate) static INTERP: OpSpec = OpSpec {
    name: "interp",
    family: Family::Select,
    summary: "values between labels",
    doc: "Values at other labels of one or more dimensions, on straight lines between the neighbours (linear in the \
          logarithm of the label with method=log, for pressure levels) or the nearest, the smaller label on a tie. Labels \
          may rise or fall. Beyond the first and the last label, and where a neighbour is missing, the result is missing; \
          at a label itself the value there stands alone. A single label takes the dimension away. Results are float64, \
          those of method=nearest keep a float type.",
    cdo: Some("intlevel, inttime, ml2pl"),
    example: "interp level=700 method=linear",
    params: &[ParamSpec {
        name: "method",
        kind: ParamKind::Choice(&["linear", "nearest", "log"]),
        default: Some("linear"),
        required: false,
        doc: "linear, log (linear in the logarithm of the label) or nearest",
    }],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Labels,
        required: true,
        single: false,
        doc: "700, 500,700, 30:60:2.5 (start:stop:step) or dates",
    }),
    apply,
    xarray,
};

/// How values between labels are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Linear,
    Nearest,
    Log,
}

fn method(params: &Params) -> Method {
    match params.text("method").as_deref() {
        Some("nearest") => Method::Nearest,
        Some("log") => Method::Log,
        _ => Method::Linear,
    }
}

/// Old and new labels as numbers between which lines can be drawn. Instants count from the first.
fn numbers(axis: &Axis, targets: &AxisValues) -> Result<(Vec<f64>, Vec<f64>)> {
    match (&axis.values, targets) {
        (AxisValues::Number(old), AxisValues::Number(new)) => Ok((old.to_vec(), new.to_vec())),
        (AxisValues::Index(n), AxisValues::Number(new)) => Ok(((0..*n).map(|i| i as f64).collect(), new.to_vec())),
        (AxisValues::Time { ticks: old, .. }, AxisValues::Time { ticks: new, .. }) => {
            let origin = old.iter().copied().filter(|t| *t != i64::MIN).min().unwrap_or(0);
            let since = |t: &i64| if *t == i64::MIN { f64::NAN } else { (*t - origin) as f64 };
            Ok((old.iter().map(since).collect(), new.iter().map(since).collect()))
        }
        _ => Err(Error::internal(format!("labels of {} of two kinds", axis.name))),
    }
}

fn along(axis: &Axis, targets: &Targets, method: Method) -> Result<Along> {
    let (mut old, mut new) = numbers(axis, &targets.values)?;
    if method == Method::Log {
        if matches!(axis.values, AxisValues::Time { .. }) || old.iter().chain(&new).any(|x| *x <= 0.0) {
            return Err(Error::invalid(format!("{} has labels without a logarithm", axis.name))
                .hint("method=log is for numbers above 0, such as pressures"));
        }
        old.iter_mut().chain(&mut new).for_each(|x| *x = x.ln());
    }
    let sorted = Sorted::new(old.iter().copied(), None);
    let weights = match method {
        Method::Nearest => Weights::nearest(&sorted, &new),
        Method::Linear | Method::Log => Weights::linear(&sorted, &new),
    };
    let nearest: Vec<usize> = new.iter().map(|&x| sorted.position(x).unwrap_or(0)).collect();
    let mut attrs = axis.attrs.clone();
    attrs.remove("bounds");
    let axis = Axis { name: axis.name.clone(), values: targets.values.clone(), attrs, bounds: None };
    Ok(Along { axis, weights: Arc::new(weights), nearest: Pick::List(nearest.into()) })
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let method = method(params);
    let (mut all, mut scalars) = (Vec::new(), Vec::new());
    for (dim, value) in INTERP.free_keys(params) {
        let axis = ds.need_axis(dim)?;
        let targets = Targets::read(axis, value)?;
        if targets.scalar {
            scalars.push((dim.to_owned(), Pick::One(0)));
        }
        all.push(along(axis, &targets, method)?);
    }
    let dtype = |t: &DType| if method == Method::Nearest && t.is_float() { t.clone() } else { DType::F64 };
    coords::take(&resample(ds, "interp", &all, Missing::Spreads, dtype)?, &scalars)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let method = method(params);
    let mut items = Vec::new();
    for (dim, value) in INTERP.free_keys(params) {
        items.push((dim, Targets::read(ds.need_axis(dim)?, value)?.python));
    }
    Ok(match method {
        Method::Linear => format!("ds = ds.interp({})", python::by_dim(&items)),
        Method::Nearest => format!("ds = ds.interp({}, method=\"nearest\")", python::by_dim(&items)),
        Method::Log => {
            let log = |text: &str| format!("np.log({text})");
            let old: Vec<_> = items.iter().map(|(d, _)| (*d, log(&format!("ds[{}]", python::quote(d))))).collect();
            let new: Vec<_> = items.iter().map(|(d, t)| (*d, log(t))).collect();
            format!(
                "ds = ds.assign_coords({}).interp({}).assign_coords({})",
                python::by_dim(&old),
                python::by_dim(&new),
                python::by_dim(&items)
            )
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn lines_between_neighbours_of_any_dimension() {
        let ds = dataset();
        let out = Step::parse("interp lat=45,0,-1 lon=22.5:67.5:45").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_axis("lat").unwrap().values, AxisValues::Number([45.0, 0.0, -1.0].into()));
        assert_eq!(out.need_var("mask").unwrap().node.meta().dtype, DType::F64);
        // Rows 0 1 2 0, 1 2 0 1, 2 0 1 2 from north to south.
        let mask = values(&out, "mask").to_f64();
        assert_eq!(mask[..4], [0.75, 1.25, 1.5, 0.5]);
        assert!(mask[4].is_nan() && mask[5].is_nan());
        let t = values(&out, "t").to_f64();
        assert!(t[0].is_nan(), "a missing neighbour");
        assert_eq!(t[6], 10.0 + 0.5 * 2.25);
    }

    #[test]
    fn a_single_label_takes_the_dimension_away() {
        let ds = dataset();
        let out = Step::parse("interp time=2000-01-01 lat=30").unwrap().apply(&ds).unwrap();
        assert!(out.axis("time").is_none() && out.axis("lat").is_none());
        assert_eq!(values(&out, "lat"), Data::F64(vec![30.0]));
        // Halfway but half a day between the middle of December and of January.
        let share = 16.0 / 31.0;
        assert!((values(&out, "t").to_f64()[0] - (122.0 + share * (12.0 - 122.0))).abs() < 1e-12);
        let out = Step::parse("interp lat=44 lon=100 method=nearest").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::F64(vec![2.0]));
        assert_eq!(out.need_var("t").unwrap().node.meta().dtype, DType::F32);
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        assert_eq!(line("interp lat=45 lon=10,20"), "ds = ds.interp(lat=45.0, lon=[10.0, 20.0])");
        assert_eq!(
            line("interp lon=10 method=log"),
            "ds = ds.assign_coords(lon=np.log(ds[\"lon\"])).interp(lon=np.log(10.0)).assign_coords(lon=10.0)"
        );
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("interp lat=10 method=log").starts_with("interp: lat has labels without a logarithm"));
        assert!(error("interp lat=a").starts_with("interp: lat must be numbers or start:stop:step"));
        assert!(error("interp height=3").contains("no dimension height"));
        assert!(error("interp method=linear").contains("at least one dimension"));
    }
}
