//! `regrid`: the same fields on other latitudes and longitudes.

use super::cells::{around, edges};
use super::separable::Missing;
use super::targets::numbers;
use super::weights::{Sorted, Weights};
use super::{Along, resample, script};
use crate::model::{DType, Error, Result};
use crate::ops::horizontal::{is_latitude, is_longitude};
use crate::ops::kernel::Pick;
use crate::ops::params::number;
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, Value, python};
use crate::plan::{Axis, AxisValues, Dataset};
use std::sync::Arc;

pub(crate) static REGRID: OpSpec = OpSpec {
    name: "regrid",
    family: Family::Select,
    summary: "other latitudes and longitudes",
    doc: "Puts fields on a latitude-longitude grid onto another: grid=1.5 is the whole globe in cells of 1.5 degrees, \
          their centres half a cell from the south pole and from Greenwich; lat and lon give labels of one's own. \
          bilinear draws straight lines along both dimensions and nearest takes the nearest label, the smaller on a tie; \
          both are missing beyond the outermost latitudes, and bilinear where a neighbour is missing. conservative is the \
          mean over the parts of cells that lie in the new cell (first order; bounds, else halfway between labels); it \
          keeps integrals and passes over what is missing. Longitudes count in whole turns, and a grid that goes around \
          has no seam: wrap=false takes them as plain numbers, as xarray does, wrap=true closes a grid with a wider gap. \
          Floats keep their type, integers become float64.",
    cdo: Some("remapbil, remapnn, remapcon; remapbil,grid.nc"),
    example: "regrid grid=1.5 method=bilinear",
    params: &[
        ParamSpec {
            name: "grid",
            kind: ParamKind::Data,
            default: None,
            required: false,
            doc: "the size of the new cells in degrees, for the whole globe, or other data whose grid is taken",
        },
        ParamSpec {
            name: "method",
            kind: ParamKind::Choice(&["bilinear", "nearest", "conservative"]),
            default: Some("bilinear"),
            required: false,
            doc: "bilinear, nearest or conservative",
        },
        ParamSpec {
            name: "lat",
            kind: ParamKind::Labels,
            default: None,
            required: false,
            doc: "new latitudes: start:stop:step or a list",
        },
        ParamSpec {
            name: "lon",
            kind: ParamKind::Labels,
            default: None,
            required: false,
            doc: "new longitudes: start:stop:step or a list",
        },
        ParamSpec {
            name: "wrap",
            kind: ParamKind::Bool,
            default: None,
            required: false,
            doc: "whether the longitudes close around the globe; by default where the grid goes around",
        },
    ],
    keys: None,
    apply,
    xarray,
};

/// A whole turn.
pub(crate) const TURN: f64 = 360.0;

/// One dimension to be replaced.
pub(crate) struct Side<'a> {
    /// The dimension as it is.
    pub(crate) axis: &'a Axis,
    /// Its labels.
    pub(crate) old: &'a [f64],
    /// The new labels, and the Python expression of them.
    pub(crate) new: Vec<f64>,
    pub(crate) python: String,
    /// Whether it is a longitude that counts in whole turns.
    pub(crate) turns: bool,
    /// Whether there is something between its last and its first label.
    pub(crate) closed: bool,
}

/// Whether the new grid is that of other data.
fn of_other(params: &Params) -> bool {
    params.get("grid").is_some_and(|grid| number(grid).is_none())
}

/// New labels: those of the globe in cells of `grid` degrees, those of other data, or those that are given.
fn labels(params: &Params, key: &str, from: f64, range: f64) -> Result<Option<(Vec<f64>, String)>> {
    if let Some(value) = params.get(key) {
        return numbers(key, value).map(Some);
    }
    if of_other(params) {
        let other = params.data("grid")?;
        let is = if key == "lat" { is_latitude } else { is_longitude };
        let axis = other.dataset.axes.iter().find(|a| is(a)).ok_or_else(|| {
            Error::invalid(format!("the other data have no dimension with labels of {key}"))
                .hint("a grid is taken whose latitudes and longitudes are labels of two dimensions")
                .at(&other.identity.0)
        })?;
        let AxisValues::Number(labels) = &axis.values else { return Ok(None) };
        let python = format!("other[{}].values.astype(float)", python::quote(&axis.name));
        return Ok(Some((labels.to_vec(), python)));
    }
    let Some(step) = params.number("grid")? else { return Ok(None) };
    let cells = (range / step).round();
    if !(step > 0.0 && (1.0..1e6).contains(&cells) && (cells * step - range).abs() < 1e-6 * range) {
        return Err(Error::invalid(format!("{step} degrees do not divide the globe into whole cells"))
            .hint("for example: grid=0.25, grid=1 or grid=2.5"));
    }
    let range = format!("{}:{}:{step}", from + step / 2.0, from + range - step / 2.0);
    numbers(key, &Value::Text(range)).map(Some)
}

/// Whether labels go around the globe: the gap between the last and the first is no wider than the others.
pub(crate) fn goes_around(old: &[f64]) -> bool {
    let Some((lo, hi)) = Sorted::new(old.iter().copied(), None).ends() else { return false };
    let step = (hi - lo) / (old.len().max(2) - 1) as f64;
    step > 0.0 && (hi - lo + step > TURN - 0.02 * step)
}

/// The dimensions to be replaced.
pub(crate) fn sides<'a>(ds: &'a Dataset, params: &Params) -> Result<Vec<Side<'a>>> {
    let wrap = params.flag("wrap")?;
    let (lat, lon) = (labels(params, "lat", -90.0, 180.0)?, labels(params, "lon", 0.0, TURN)?);
    if lat.is_none() && lon.is_none() {
        return Err(Error::invalid("no new grid is given").hint(format!("for example: {}", REGRID.example)));
    }
    let mut out = Vec::new();
    for axis in &ds.axes {
        let AxisValues::Number(old) = &axis.values else { continue };
        let (new, turns) = match (&lat, &lon) {
            (Some(lat), _) if is_latitude(axis) => (lat, false),
            (_, Some(lon)) if is_longitude(axis) => (lon, wrap != Some(false)),
            _ => continue,
        };
        let closed = turns && (wrap == Some(true) || goes_around(old));
        out.push(Side { axis, old, new: new.0.clone(), python: new.1.clone(), turns, closed });
    }
    let found = |is: fn(&Axis) -> bool| out.iter().any(|s| is(s.axis));
    if (lat.is_some() && !found(is_latitude)) || (lon.is_some() && !found(is_longitude)) {
        return Err(Error::invalid("there is no dimension of latitudes and none of longitudes to replace")
            .hint("regrid needs a grid whose latitudes and longitudes are labels of two dimensions"));
    }
    Ok(out)
}

/// The method.
pub(crate) fn method(params: &Params) -> String {
    params.text("method").unwrap_or_else(|| "bilinear".to_owned())
}

impl Side<'_> {
    /// The label within the turn that begins with the smallest old one.
    fn within(&self, x: f64, start: f64) -> f64 {
        if self.turns { start + (x - start).rem_euclid(TURN) } else { x }
    }

    fn weights(&self, method: &str) -> Result<Weights> {
        if method == "conservative" {
            let (old, new) = (edges(self.axis)?, around(&self.axis.name, &self.new)?);
            if is_longitude(self.axis) {
                return Ok(Weights::overlap(&old, &new, self.turns.then_some(TURN)));
            }
            // Areas between parallels go with the sine of the latitude.
            let sine = |x: f64| x.clamp(-90.0, 90.0).to_radians().sin();
            let sines = |cells: &[[f64; 2]]| cells.iter().map(|e| e.map(sine)).collect::<Vec<_>>();
            return Ok(Weights::overlap(&sines(&old), &sines(&new), None));
        }
        let start = self.start();
        let sorted = Sorted::new(self.old.iter().map(|&x| self.within(x, start)), self.closed.then_some(TURN));
        let targets: Vec<f64> = self.new.iter().map(|&x| self.within(x, start)).collect();
        Ok(if method == "nearest" { Weights::nearest(&sorted, &targets) } else { Weights::linear(&sorted, &targets) })
    }

    /// The smallest old label.
    pub(crate) fn start(&self) -> f64 {
        Sorted::new(self.old.iter().copied(), None).ends().map_or(0.0, |e| e.0)
    }

    /// Whether xarray finds all new labels between old ones without being told of turns.
    pub(crate) fn plain(&self) -> bool {
        let ends = Sorted::new(self.old.iter().copied(), None).ends();
        !self.turns || ends.is_some_and(|(lo, hi)| self.new.iter().all(|x| (lo..=hi).contains(x)))
    }

    fn along(&self, method: &str) -> Result<Along> {
        let start = self.start();
        let sorted = Sorted::new(self.old.iter().map(|&x| self.within(x, start)), self.closed.then_some(TURN));
        let nearest: Vec<usize> =
            self.new.iter().map(|&x| sorted.position(self.within(x, start)).unwrap_or(0)).collect();
        let mut attrs = self.axis.attrs.clone();
        attrs.remove("bounds");
        let values = AxisValues::Number(self.new.as_slice().into());
        Ok(Along {
            axis: Axis { name: self.axis.name.clone(), values, attrs, bounds: None },
            weights: Arc::new(self.weights(method)?),
            nearest: Pick::List(nearest.into()),
        })
    }
}

fn apply(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let method = method(params);
    let along: Vec<Along> = sides(ds, params)?.iter().map(|s| s.along(&method)).collect::<Result<_>>()?;
    let missing = if method == "conservative" { Missing::Renormalised } else { Missing::Spreads };
    let name = match method.as_str() {
        "conservative" => "regrid conservative",
        "nearest" => "regrid nearest",
        _ => "regrid bilinear",
    };
    resample(ds, name, &along, missing, |t: &DType| if t.is_float() { t.clone() } else { DType::F64 })
}

fn xarray(ds: &Dataset, params: &Params) -> Result<String> {
    let sides = sides(ds, params)?;
    let lines = match method(params).as_str() {
        "conservative" => script::conservative(ds, &sides)?,
        other => script::pointwise(ds, &sides, other),
    };
    Ok(if of_other(params) { format!("other = {}\n{lines}", params.data("grid")?.python()) } else { lines })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{beside, dataset, values};
    use crate::plan::{AxisValues, Dataset};

    fn run(ds: &Dataset, text: &str) -> Dataset {
        Step::parse(&format!("regrid {text}")).unwrap().apply(ds).unwrap()
    }

    #[test]
    fn a_whole_globe_in_cells_of_so_many_degrees() {
        let out = run(&dataset(), "grid=45");
        let AxisValues::Number(lat) = out.need_axis("lat").unwrap().values.clone() else { unreachable!() };
        let AxisValues::Number(lon) = out.need_axis("lon").unwrap().values.clone() else { unreachable!() };
        assert_eq!(*lat, [-67.5, -22.5, 22.5, 67.5]);
        assert_eq!((lon.len(), lon[0], lon[7]), (8, 22.5, 337.5));
        assert_eq!(out.need_var("t").unwrap().node.meta().dtype, DType::F32);
        assert_eq!(out.need_var("mask").unwrap().node.meta().shape, [4, 8]);
        // Rows of `mask`: 1 2 0 1 at 30° and 2 0 1 2 at the equator; the last longitude lies across the seam.
        let mask = values(&out, "mask").to_f64();
        assert!(mask[..16].iter().chain(&mask[24..]).all(|x| x.is_nan()), "beyond the outermost latitudes");
        assert_eq!((mask[16], mask[23]), (0.25 * 1.5 + 0.75 * 1.25, 1.25));
    }

    #[test]
    fn longitudes_count_in_whole_turns_unless_told_not_to() {
        let ds = dataset();
        let at = |text: &str| values(&run(&ds, text), "mask").to_f64();
        assert_eq!(at("lat=60 lon=-45,315,675"), [0.0; 3]);
        assert_eq!(at("lat=60 lon=-90 method=nearest"), [0.0]);
        assert!(at("lat=60 lon=-45,315 wrap=false").iter().all(|x| x.is_nan()));
        let part = Step::parse("isel lon=0:2").unwrap().apply(&ds).unwrap();
        let at = |text: &str| values(&run(&part, text), "mask").to_f64();
        assert_eq!(at("lat=60 lon=-315"), [0.5]);
        assert!(at("lat=60 lon=180")[0].is_nan());
        assert_eq!(at("lat=60 lon=225 wrap=true"), [0.5]);
    }

    /// The integral over the sphere stays, whatever the cells; what is missing has no share in it.
    #[test]
    fn conservative_keeps_integrals() {
        let mut ds = dataset();
        let whole = [[90.0, 45.0], [45.0, -15.0], [-15.0, -90.0]];
        ds.axes[1].bounds = Some(whole.into());
        let sine = |x: f64| x.to_radians().sin();
        let mask: Vec<f64> = (0..12).map(|i| f64::from(i % 3)).collect();
        let before: f64 = (0..12).map(|i| mask[i] * 90.0 * (sine(whole[i / 4][0]) - sine(whole[i / 4][1]))).sum();
        for text in ["grid=20 method=conservative", "grid=1.5 method=conservative"] {
            let out = run(&ds, text);
            let AxisValues::Number(lat) = out.need_axis("lat").unwrap().values.clone() else { unreachable!() };
            let half = 90.0 / lat.len() as f64;
            let n = lat.len() * 2;
            let got = values_whole(&out, "mask");
            let after: f64 =
                (0..got.len()).map(|i| got[i] * 2.0 * half * (sine(lat[i / n] + half) - sine(lat[i / n] - half))).sum();
            assert!((after - before).abs() < 1e-10 * before, "{text}: {after} {before}");
        }
        let t = values(&run(&ds, "lat=0,60 lon=0,180 method=conservative"), "t");
        let Data::F32(t) = t else { unreachable!("the type stays") };
        assert!(t[..4].iter().all(|x| x.is_finite()), "a missing cell has no share: {t:?}");
    }

    /// In one piece, as the many cells take long in small ones.
    fn values_whole(ds: &Dataset, name: &str) -> Vec<f64> {
        crate::ops::read::values(&ds.need_var(name).unwrap().node).unwrap().to_f64()
    }

    #[test]
    fn the_grid_of_other_data_is_taken() {
        let ds = dataset();
        let other = run(&ds, "lat=10,40 lon=100:130:15");
        let step = beside("regrid grid=b.nc", &other);
        let out = step.apply(&ds).unwrap();
        let same = run(&ds, "lat=10,40 lon=100:130:15");
        assert_eq!(out.axes, same.axes);
        assert_eq!(values(&out, "mask"), values(&same, "mask"));
        let line = step.xarray(&ds).unwrap();
        assert!(line.starts_with("other = xr.open_dataset(\"b.nc\""), "{line}");
        assert!(line.contains("lat=other[\"lat\"].values.astype(float)"), "{line}");
        let flat = Step::parse("mean lat").unwrap().apply(&ds).unwrap();
        let error = beside("regrid grid=b.nc", &flat).apply(&ds).unwrap_err().to_string();
        assert!(error.starts_with("regrid: the other data have no dimension with labels of lat"), "{error}");
    }

    #[test]
    fn python_and_errors() {
        let ds = dataset();
        let line = |text: &str| Step::parse(text).unwrap().xarray(&ds).unwrap();
        let lines = line("regrid lat=0:60:20 lon=10,20");
        assert_eq!(
            lines,
            "ds = ds.interp(lat=0.0 + 20.0 * np.arange(4), lon=[10.0, 20.0])\nds = ds.assign({\"t\": ds[\"t\"].astype(float).astype(\"float32\")})"
        );
        assert!(line("regrid grid=45").contains("xr.concat"));
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("regrid grid=7").starts_with("regrid: 7 degrees do not divide the globe"));
        assert!(error("regrid method=nearest").starts_with("regrid: no new grid is given"));
        assert!(error("regrid grid=0").contains("do not divide"));
        assert!(error("regrid lat=5 lon=1,2 method=conservative").contains("the cells of lat have no edges"));
        let bare = Step::parse("isel lat=0").unwrap().apply(&ds).unwrap();
        let error = Step::parse("regrid grid=1").unwrap().apply(&bare).unwrap_err().to_string();
        assert!(error.contains("no dimension of latitudes"), "{error}");
    }
}
