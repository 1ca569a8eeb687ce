//! `sel`: by label.

use super::labels::{How, find};
use crate::model::Result;
use crate::ops::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec, Params, coords, python};
use crate::plan::Dataset;

pub(crate) static SEL: OpSpec = OpSpec {
    name: "sel",
    family: Family::Select,
    summary: "part by label",
    doc: "Takes labels along dimensions. A range is closed at both ends and may be written in either order; on a longitude \
          it goes eastwards and may cross the seam, and a whole turn more or less makes no difference. A date may leave \
          out its smaller parts and then means all instants within it. ~ or method=nearest takes the nearest label, the \
          larger one on a tie. A single label takes the dimension away. Values and types stay as they are.",
    cdo: Some("seldate, selyear, selmonth, sellevel, sellonlatbox"),
    example: "sel lat=30:60 lon=350:20 time=2001-07",
    params: &[ParamSpec {
        name: "method",
        kind: ParamKind::Choice(&["nearest"]),
        default: None,
        required: false,
        doc: "nearest takes the nearest of each single label",
    }],
    keys: Some(&KeySpec {
        target: KeyTarget::Dims,
        kind: ParamKind::Labels,
        required: true,
        single: false,
        doc: "850, 30:60, ~51.4, 2001-07 or 500,850",
    }),
    apply,
    xarray,
};

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let near = params.get("method").is_some();
    let mut picks = Vec::new();
    for (dim, value) in SEL.free_keys(params) {
        picks.push((dim.to_owned(), find(ds.need_axis(dim)?, value, near)?.pick));
    }
    coords::take(ds, &picks)
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let near = params.get("method").is_some();
    let (mut sel, mut nearest, mut isel, mut notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (dim, value) in SEL.free_keys(params) {
        match find(ds.need_axis(dim)?, value, near)?.how {
            How::Sel(code) => sel.push((dim, code)),
            How::Nearest(code) => nearest.push((dim, code)),
            How::Isel(code) => {
                isel.push((dim, code));
                notes.push(format!("{dim}={value}"));
            }
        }
    }
    let mut line = String::from("ds = ds");
    if !sel.is_empty() {
        line.push_str(&format!(".sel({})", python::by_dim(&sel)));
    }
    if !nearest.is_empty() {
        line.push_str(&format!(".sel({}, method=\"nearest\")", python::by_dim(&nearest)));
    }
    if !isel.is_empty() {
        line.push_str(&format!(".isel({})  # {}", python::by_dim(&isel), notes.join(" ")));
    }
    Ok(line)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::Data;
    use crate::model::calendar::{Calendar, DateTime};
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::{AxisValues, Dataset};

    fn run(ds: &Dataset, text: &str) -> Dataset {
        Step::parse(&format!("sel {text}")).unwrap().apply(ds).unwrap()
    }

    fn line(ds: &Dataset, text: &str) -> String {
        Step::parse(&format!("sel {text}")).unwrap().xarray(ds).unwrap()
    }

    fn labels(ds: &Dataset, text: &str, dim: &str) -> Vec<f64> {
        match run(ds, text).need_axis(dim).unwrap().values.clone() {
            AxisValues::Number(v) => v.to_vec(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn ranges_are_closed_and_know_descending_axes() {
        let ds = dataset();
        assert_eq!(labels(&ds, "lat=30:60", "lat"), [60.0, 30.0]);
        assert_eq!(labels(&ds, "lat=60:30", "lat"), [60.0, 30.0]);
        assert_eq!(labels(&ds, "lat=:30", "lat"), [30.0, 0.0]);
        assert_eq!(line(&ds, "lat=30:60"), "ds = ds.sel(lat=slice(60.0, 30.0))");
        assert_eq!(line(&ds, "lat=30:"), "ds = ds.sel(lat=slice(None, 30.0))");
    }

    #[test]
    fn a_longitude_goes_around() {
        let ds = dataset();
        assert_eq!(labels(&ds, "lon=270:90", "lon"), [270.0, 0.0, 90.0]);
        assert_eq!(labels(&ds, "lon=-90:90", "lon"), [270.0, 0.0, 90.0]);
        assert_eq!(labels(&ds, "lon=-180:179", "lon"), [180.0, 270.0, 0.0, 90.0]);
        assert_eq!(labels(&ds, "lon=0:360", "lon"), [0.0, 90.0, 180.0, 270.0]);
        assert_eq!(labels(&ds, "lon=100:200", "lon"), [180.0]);
        assert_eq!(values(&run(&ds, "lon=-90"), "lon"), Data::F64(vec![270.0]));
        assert_eq!(values(&run(&ds, "lon=~-40"), "lon"), Data::F64(vec![0.0]));
        assert_eq!(values(&run(&ds, "lon=~350"), "lon"), Data::F64(vec![0.0]));
        assert_eq!(values(&run(&ds, "lon=270:90"), "mask"), Data::I16(vec![0, 0, 1, 1, 1, 2, 2, 2, 0]));
        assert_eq!(line(&ds, "lon=270:90"), "ds = ds.isel(lon=[3, 0, 1])  # lon=270:90");
        assert_eq!(line(&ds, "lon=-90"), "ds = ds.sel(lon=270.0)");
        let mut west = ds.clone();
        west.axes[2].values = AxisValues::Number([-180.0, -90.0, 0.0, 90.0].into());
        assert_eq!(labels(&west, "lon=170:-80", "lon"), [-180.0, -90.0]);
        assert_eq!(labels(&west, "lon=350:20", "lon"), [0.0]);
        assert_eq!(labels(&west, "lon=80:-170", "lon"), [90.0, -180.0]);
    }

    /// Ties as pandas breaks them: 45 between 60 and 30 is 60.
    #[test]
    fn nearest_takes_the_larger_of_two() {
        let ds = dataset();
        assert_eq!(values(&run(&ds, "lat=~45"), "lat"), Data::F64(vec![60.0]));
        assert_eq!(values(&run(&ds, "lat=14 method=nearest"), "lat"), Data::F64(vec![0.0]));
        assert_eq!(
            line(&ds, "lat=~45 lon=0:90"),
            "ds = ds.sel(lon=slice(0.0, 90.0)).sel(lat=45.0, method=\"nearest\")"
        );
    }

    #[test]
    fn dates_may_leave_out_their_smaller_parts() {
        let ds = dataset();
        let months = |text: &str| run(&ds, text).axis("time").map_or(0, |a| a.values.len());
        assert_eq!(months("time=2001"), 12);
        assert_eq!(months("time=2001-07"), 1);
        assert_eq!(months("time=2000-11:2001-02"), 4);
        assert_eq!(months("time=:1999"), 1);
        assert_eq!(months("time=2001-07-16T00:00:2001-08-16T00:00"), 2);
        assert_eq!(months("time=2001-07-16"), 1, "cftime keeps the dimension");
        assert_eq!(months("time=~2001-07-20"), 0);
        assert_eq!(line(&ds, "time=2000-11:2001-02"), r#"ds = ds.sel(time=slice("2000-11", "2001-02"))"#);
        assert_eq!(line(&ds, "time=2001-07"), r#"ds = ds.sel(time="2001-07")"#);
        let mut standard = ds.clone();
        let ticks: Vec<i64> =
            (1..=3).map(|m| Calendar::Standard.ticks(&DateTime::midnight(2001, m, 16)).unwrap()).collect();
        standard.axes[0].values = AxisValues::Time { ticks: ticks.into(), calendar: Calendar::Standard };
        standard.vars.clear();
        assert!(run(&standard, "time=2001-02-16").axis("time").is_none(), "pandas takes one instant");
        assert_eq!(run(&standard, "time=2001-02").need_axis("time").unwrap().values.len(), 1);
    }

    #[test]
    fn lists_names_and_errors() {
        let ds = dataset();
        assert_eq!(labels(&ds, "lat=0,60", "lat"), [0.0, 60.0]);
        assert_eq!(line(&ds, "lat=0,60"), "ds = ds.isel(lat=[2, 0])  # lat=0,60");
        let error = |text: &str| Step::parse(&format!("sel {text}")).unwrap().apply(&ds).unwrap_err().to_string();
        assert_eq!(error("lat=45"), "sel: nothing in lat is labelled 45; it runs from 60 to 0; ~ takes the nearest");
        assert!(error("lat=70:80").contains("nothing in lat is labelled 70:80"));
        assert!(error("lat=north").contains("no label of lat"));
        assert!(error("time=2010").contains("it runs from 1999-12-16T00:00:00 to 2003-11-16T00:00:00"));
        assert!(error("time=2001-02-29").contains("no date of the noleap calendar"));
        assert!(error("time=july").contains("july is no date"));
        assert!(error("time=2002:2001").contains("runs backwards"));
        assert!(error("level=850").contains("no dimension level"));
    }
}
