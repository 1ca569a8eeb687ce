//! `resample`: a statistic for each day, month, quarter, year.

use super::frequency::{Bins, Frequency};
use super::labels::dates;
use super::{Q, REDUCE, call, grouped, lines};
use crate::model::{Error, Result};
use crate::ops::kernel::Groups;
use crate::ops::reduce::{DDOF, MIN_COUNT, SKIPNA};
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, Params, python};
use crate::plan::{Axis, AxisValues, Dataset};

pub(crate) static RESAMPLE: OpSpec = OpSpec {
    name: "resample",
    family: Family::Time,
    summary: "a statistic for each day, month, quarter, year",
    doc: "Cuts the dates into bins of one length and reduces each: h, min, s and D count from the midnight before the \
          first date; MS, QS and YS are labelled by the first day, ME, QE and YE by the last, W by its Sunday; QS-DEC \
          starts its quarters in December. Bins without dates are kept and missing, and then integers become floats. \
          Works in every calendar; weeks need a calendar that has them. Variables without the dimension stay as they are.",
    cdo: Some("daymean, monmean, seasmean, yearmean, hourmean, daymax, monsum, yearmin"),
    example: "resample time=1D reduce=max",
    params: &[REDUCE, Q, SKIPNA, DDOF, MIN_COUNT],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Frequency,
        required: true,
        single: true,
        doc: "6h, 1D, MS, ME, QS-DEC, YS …",
    }),
    apply,
    xarray,
};

fn key(params: &Params) -> Result<(&str, Frequency)> {
    let (dim, value) = RESAMPLE.free_keys(params).next().ok_or_else(|| Error::invalid("a dimension is needed"))?;
    Ok((dim, Frequency::parse(&value.text())?))
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let (dim, frequency) = key(params)?;
    let (_, ticks, calendar) = dates(ds, Some(dim))?;
    let Bins { of, labels } = frequency.bins(ticks, calendar).map_err(|e| e.within(dim))?;
    let mut axis = Axis {
        name: dim.to_owned(),
        attrs: ds.need_axis(dim)?.attrs.clone(),
        values: AxisValues::Time { ticks: labels.into(), calendar },
        bounds: None,
    };
    axis.attrs.remove("bounds");
    grouped(ds, dim, &[dim.to_owned()], &Groups::new(of, axis.values.len()), params, axis)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let (dim, frequency) = key(params)?;
    let keyword = python::by_dim(&[(dim, python::quote(&frequency.name()))]);
    Ok(lines(ds, &[dim], &format!("resample({keyword}).{}", call(params)?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::Dataset;

    fn starts(ds: &Dataset) -> Vec<String> {
        let axis = ds.need_axis("time").unwrap();
        (0..axis.values.len()).map(|i| axis.values.label(i)[..10].to_owned()).collect()
    }

    #[test]
    fn seasons_of_a_noleap_calendar() {
        let ds = dataset();
        let out = Step::parse("resample time=QS-DEC").unwrap().apply(&ds).unwrap();
        assert_eq!(starts(&out)[..3], ["1999-12-01", "2000-03-01", "2000-06-01"]);
        let Data::F32(t) = values(&out, "t") else { unreachable!("the type stays") };
        assert_eq!([t[0], t[1], t[13]], [15.0, 50.5, 40.5], "the missing December is passed over");
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("resample time=YS reduce=last").unwrap().apply(&ds).unwrap();
        assert_eq!(
            values(&out, "t").to_f64().iter().skip(1).step_by(12).copied().collect::<Vec<_>>(),
            [120.5, 120.5, 120.5, 120.5, 110.5]
        );
    }

    #[test]
    fn empty_bins_are_kept_and_missing() {
        let out = Step::parse("resample time=10D reduce=count").unwrap().apply(&dataset()).unwrap();
        let t = values(&out, "t").to_f64();
        assert_eq!([t[1], t[12 * 3 + 1]], [1.0, 1.0]);
        assert!(t[13].is_nan() && t[25].is_nan());
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let some = Step::parse("select t").unwrap().apply(&ds).unwrap();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&some).unwrap();
        assert_eq!(line("resample time=1D reduce=max"), r#"ds = ds.resample(time="1D").max()"#);
        assert_eq!(
            line("resample time=YS reduce=sum min_count=3"),
            r#"ds = ds.resample(time="YS-JAN").sum(min_count=3)"#
        );
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("resample time=monthly").contains("monthly is no length of time"));
        assert_eq!(error("resample lat=1D"), "resample: the labels of lat are not dates");
        assert!(error("resample reduce=max").contains("exactly one dimension"));
        assert!(error("resample time=W").contains("no weeks"));
    }
}
