//! `groupby`: a statistic within each group.

use super::labels::{Labelling, TOGETHER, by_part, by_values, into_bins};
use super::parts::PARTS;
use super::{DIM, Q, REDUCE, call, grouped, lines};
use crate::model::{Attrs, Error, Result};
use crate::ops::reduce::{DDOF, MIN_COUNT, SKIPNA};
use crate::ops::shape::stacked;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params};
use crate::plan::{Axis, Dataset};

pub(crate) static GROUPBY: OpSpec = OpSpec {
    name: "groupby",
    family: Family::Time,
    summary: "a statistic for each month, season, hour …",
    doc: "Sorts positions into groups by a part of their date or by the values of a coordinate, and reduces each group. \
          Groups come in ascending order, seasons in alphabetical order (DJF, JJA, MAM, SON), descending labels of a \
          dimension as they stand. Positions without a label \
          belong to no group. With bins, values between two edges are one group, labelled by its middle. A variable of \
          several dimensions, such as a map of basins, groups their positions together. Variables without the dimension \
          stay as they are.",
    cdo: Some("ymonmean, yseasmean, ydaymean, yhourmean, yearmean, ymonstd, ymonmax"),
    example: "groupby by=month reduce=mean",
    params: &[
        ParamSpec {
            name: "by",
            kind: ParamKind::By(PARTS),
            default: None,
            required: true,
            doc: "month, season, year, dayofyear, weekday, hour … of the date, or a variable",
        },
        ParamSpec {
            name: "bins",
            kind: ParamKind::Text,
            default: None,
            required: false,
            doc: "edges, ascending: 0,10,20 makes the bins (0, 10] and (10, 20] of the values of by",
        },
        ParamSpec {
            name: "right",
            kind: ParamKind::Bool,
            default: Some("true"),
            required: false,
            doc: "whether a bin holds its upper edge, else its lower",
        },
        REDUCE,
        Q,
        SKIPNA,
        DDOF,
        MIN_COUNT,
        DIM,
    ],
    keys: None,
    apply,
    xarray,
};

fn labelling(ds: &Dataset, params: &Params) -> Result<Labelling> {
    let found = by_label(ds, params)?;
    match params.get("bins") {
        None => Ok(found),
        Some(bins) => into_bins(found, bins, params.flag("right")?.unwrap_or(true)),
    }
}

fn by_label(ds: &Dataset, params: &Params) -> Result<Labelling> {
    let by = params.need_text("by")?;
    // A coordinate that is there goes before a part of the date of the same name only where no dates are.
    if PARTS.contains(&by.as_str())
        && (by_part(ds, &by, params.text("dim").as_deref()).is_ok() || ds.var(&by).is_none())
    {
        return by_part(ds, &by, params.text("dim").as_deref());
    }
    by_values(ds, &by)
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let by = labelling(ds, params)?;
    // The first of each position alone is what stands there.
    let alone = by.name == by.dim && by.groups.labels().iter().enumerate().all(|(i, &l)| usize::try_from(l) == Ok(i));
    if alone && matches!(params.text("reduce").as_deref(), Some("first" | "last")) {
        return Ok(ds.clone());
    }
    let attrs = ds.axis(&by.name).map_or_else(Attrs::default, |a| a.attrs.clone());
    let attrs = ds.var(&by.name).filter(|_| !by.stacked.is_empty()).map_or(attrs, |v| v.attrs.clone());
    let axis = Axis { name: by.name, values: by.values, attrs, bounds: by.bounds };
    if !by.stacked.is_empty() {
        if matches!(params.text("reduce").as_deref(), Some("first" | "last")) {
            return Err(Error::invalid(format!("positions of {} have no order", by.stacked.join(" and ")))
                .hint("first and last need groups along one dimension"));
        }
        // The groups' own values are their labels now.
        let mut ds = stacked(ds, &by.stacked, TOGETHER)?;
        ds.vars.retain(|v| v.name != axis.name);
        return grouped(&ds, &by.dim, &by.stacked, &by.groups, params, axis);
    }
    grouped(ds, &by.dim, std::slice::from_ref(&by.dim), &by.groups, params, axis)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let by = labelling(ds, params)?;
    let dims = if by.stacked.is_empty() { vec![by.dim] } else { by.stacked };
    Ok(lines(ds, &dims, &format!("{}.{}", by.python, call(params)?)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{Attrs, Data};
    use crate::ops::Step;
    use crate::ops::testing::{cube, dataset, values};
    use crate::plan::{AxisValues, Role, Var};

    #[test]
    fn months_and_seasons_come_in_xarrays_order() {
        let ds = dataset();
        let out = Step::parse("groupby by=month").unwrap().apply(&ds).unwrap();
        let t = out.need_var("t").unwrap();
        assert_eq!((t.node.meta().dims[0].as_str(), t.node.meta().shape.as_slice()), ("month", [12, 3, 4].as_slice()));
        let Data::F32(t) = values(&out, "t") else { unreachable!("the type stays") };
        assert_eq!(t[..4], [10.0, 10.5, 11.0, 11.5]);
        assert_eq!(t[132], 120.0, "the one that is missing is passed over");
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
        let out = Step::parse("groupby by=season reduce=max").unwrap().apply(&ds).unwrap();
        let names = ["DJF", "JJA", "MAM", "SON"].map(str::to_owned);
        assert_eq!(out.need_axis("season").unwrap().values, AxisValues::Text(names.into()));
        assert_eq!(
            values(&out, "t").to_f64().iter().step_by(12).copied().collect::<Vec<_>>(),
            [120.0, 80.0, 50.0, 110.0]
        );
        let out = Step::parse("groupby by=year reduce=count").unwrap().apply(&ds).unwrap();
        assert_eq!(
            values(&out, "t").to_f64().iter().step_by(12).copied().collect::<Vec<_>>(),
            [0.0, 12.0, 12.0, 12.0, 11.0]
        );
    }

    #[test]
    fn any_coordinate_of_one_dimension_makes_groups() {
        let mut ds = dataset();
        let node = cube(&["lat"], &[3], Data::F32(vec![2.0, f32::NAN, 2.0]));
        ds.vars.push(Var { name: "belt".to_owned(), node, attrs: Attrs::default(), role: Role::Coord });
        let out = Step::parse("groupby by=belt reduce=sum").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![2, 1, 3, 2]));
        assert_eq!(out.need_axis("belt").unwrap().values, AxisValues::Number([2.0].into()));
        let out = Step::parse("groupby by=lat reduce=first").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_axis("lat").unwrap().values, AxisValues::Number([60.0, 30.0, 0.0].into()));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"), "each position is a group of its own");
        let out = Step::parse("groupby by=lat reduce=max").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_axis("lat").unwrap().values, AxisValues::Number([60.0, 30.0, 0.0].into()));
        assert_eq!(values(&out, "mask"), values(&ds, "mask"));
    }

    #[test]
    fn medians_and_bins() {
        let ds = dataset();
        let out = Step::parse("groupby by=season reduce=median").unwrap().apply(&ds).unwrap();
        let t = out.need_var("t").unwrap();
        assert_eq!(t.node.meta().dims[0], "season");
        assert_eq!(
            values(&out, "t").to_f64().iter().skip(1).step_by(12).copied().collect::<Vec<_>>(),
            [20.5, 70.5, 40.5, 100.5]
        );
        let out = Step::parse("groupby by=lat bins=0,30,90 reduce=sum").unwrap().apply(&ds).unwrap();
        let axis = out.need_axis("lat_bins").unwrap();
        assert_eq!(axis.values, AxisValues::Number([15.0, 60.0].into()));
        assert_eq!(axis.bounds.as_deref(), Some(&[[0.0, 30.0], [30.0, 90.0]][..]));
        assert_eq!(values(&out, "mask"), Data::I64(vec![1, 2, 0, 1, 0, 1, 2, 0]));
        let out = Step::parse("groupby by=lat bins=0,30,90 right=false reduce=sum").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "mask"), Data::I64(vec![2, 0, 1, 2, 1, 3, 2, 1]));
        let out = Step::parse("groupby by=month bins=0,6,12 reduce=prod").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_axis("month_bins").unwrap().values.len(), 2);
        let line = Step::parse("groupby by=lat bins=0,30,90 right=false").unwrap().xarray(&ds).unwrap();
        assert_eq!(line, r#"ds = ds.groupby_bins("lat", [0.0, 30.0, 90.0], right=False, labels=[15.0, 60.0]).mean()"#);
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("groupby by=lat bins=3,1").contains("bins must be ascending numbers"));
        assert!(
            error("groupby by=season bins=0,1").contains("season are names"),
            "{}",
            error("groupby by=season bins=0,1")
        );
    }

    #[test]
    fn a_map_groups_the_positions_of_both_its_dimensions() {
        let ds = dataset();
        let step = Step::parse("groupby by=mask reduce=max").unwrap();
        let out = step.apply(&ds).unwrap();
        let t = out.need_var("t").unwrap();
        assert_eq!((t.node.meta().dims.join(" "), t.node.meta().shape.clone()), ("mask time".to_owned(), vec![3, 48]));
        assert_eq!(out.need_axis("mask").unwrap().values, AxisValues::Number([0.0, 1.0, 2.0].into()));
        assert!(out.var("mask").is_none() && out.axis("lat").is_none() && out.var("area").is_none());
        let t = values(&out, "t").to_f64();
        assert_eq!((t[0], t[48], t[96]), (124.5, 125.0, 125.5));
        assert_eq!(step.xarray(&ds).unwrap(), r#"ds = ds.groupby("mask").max()"#);
        let out = Step::parse("groupby by=mask bins=-1,0,2 reduce=count").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "t").to_f64()[..2], [3.0, 4.0], "the first is missing");
        let error = Step::parse("groupby by=mask reduce=first").unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error.contains("positions of lat and lon have no order"), "{error}");
    }

    #[test]
    fn quantiles_of_groups() {
        let ds = dataset();
        let out = Step::parse("groupby by=season reduce=quantile q=0,0.5,1").unwrap().apply(&ds).unwrap();
        let meta = out.need_var("t").unwrap().node.meta();
        assert_eq!(
            (meta.dims.join(" "), meta.shape.as_slice()),
            ("season quantile lat lon".to_owned(), &[4, 3, 3, 4][..])
        );
        assert_eq!(out.axes[1].values, AxisValues::Number([0.0, 0.5, 1.0].into()));
        // The second cell of each plane: 10, 20 and 120 in winter, 60, 70 and 80 in summer.
        let t = values(&out, "t").to_f64();
        assert_eq!([t[1], t[13], t[25], t[37], t[49], t[61]], [10.5, 20.5, 120.5, 60.5, 70.5, 80.5]);
        let out = Step::parse("climatology reduce=quantile q=0.5").unwrap().apply(&ds).unwrap();
        assert_eq!(values(&out, "quantile"), Data::F64(vec![0.5]));
        assert_eq!(out.need_var("t").unwrap().node.meta().dims[0], "month");
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        let some = line("groupby by=month reduce=quantile q=0.1,0.9 skipna=false");
        assert!(some.contains("quantile([0.1, 0.9], skipna=False)"), "{some}");
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("groupby by=month reduce=quantile").starts_with("groupby: q is missing"));
        assert!(error("groupby by=month q=0.5").starts_with("groupby: q means nothing to reduce=mean"));
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let some = Step::parse("select t").unwrap().apply(&ds).unwrap();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&some).unwrap();
        assert_eq!(line("groupby by=month"), r#"ds = ds.groupby("time.month").mean()"#);
        assert_eq!(line("groupby by=season reduce=std ddof=1"), r#"ds = ds.groupby("time.season").std(ddof=1)"#);
        assert!(Step::parse("groupby month").unwrap().xarray(&ds).unwrap().contains("static"));
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("groupby by=mont"), "groupby: nothing called mont to group by; did you mean month?");
        assert!(error("groupby by=month reduce=mode").contains("one of mean, sum"));
        assert_eq!(error("groupby by=month dim=lat"), "groupby: the labels of lat are not dates");
    }
}
