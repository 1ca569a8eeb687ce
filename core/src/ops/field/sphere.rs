//! `gradient`, `divergence` and `vorticity`: derivatives of fields on the sphere.

use super::slopes::slopes;
use crate::model::{AttrValue, Attrs, Block, DType, Data, Error, Result};
use crate::ops::horizontal::{is_latitude, is_longitude};
use crate::ops::interpolate::{Missing, Separable, goes_around};
use crate::ops::{Family, OpSpec, ParamKind, ParamSpec, Params, python};
use crate::plan::{ArrayMeta, Axis, AxisValues, Binary, Dataset, Instr, MapOp, Node, Program, Role, Var};
use std::sync::Arc;

/// The radius of the earth in metres, that of `MetPy`'s and CDO's sphere.
const RADIUS: f64 = 6_371_229.0;

const U: ParamSpec = ParamSpec {
    name: "u",
    kind: ParamKind::Variables,
    default: Some("u"),
    required: false,
    doc: "the eastward component",
};
const V: ParamSpec = ParamSpec {
    name: "v",
    kind: ParamKind::Variables,
    default: Some("v"),
    required: false,
    doc: "the northward component",
};

pub(crate) static GRADIENT: OpSpec = OpSpec {
    name: "gradient",
    family: Family::Arithmetic,
    summary: "slopes of a field on the sphere",
    doc: "The change of a field eastwards and northwards, per metre on a sphere of 6371.229 km: the new variables NAME_x and \
          NAME_y. Slopes are between neighbours, of first order at the ends; a grid that goes around has none in \
          longitude. There is nothing at the poles, where east has no direction, and beside what is missing.",
    cdo: None,
    example: "gradient var=t2m",
    params: &[ParamSpec { name: "var", kind: ParamKind::Variables, default: None, required: true, doc: "the field" }],
    keys: None,
    apply: gradient,
    xarray: |ds, params| script(ds, params, Kind::Gradient),
};

pub(crate) static DIVERGENCE: OpSpec = OpSpec {
    name: "divergence",
    family: Family::Arithmetic,
    summary: "divergence of a wind or current",
    doc: "The horizontal divergence of a flow on a sphere of 6371.229 km, in its unit per metre: the new variable divergence. \
          Slopes are between neighbours, of first order at the ends; a grid that goes around has none in longitude. There \
          is nothing at the poles and beside what is missing.",
    cdo: Some("uv2dv"),
    example: "divergence u=u v=v",
    params: &[U, V],
    keys: None,
    apply: |ds, params| flow(ds, params, Kind::Divergence),
    xarray: |ds, params| script(ds, params, Kind::Divergence),
};

pub(crate) static VORTICITY: OpSpec = OpSpec {
    name: "vorticity",
    family: Family::Arithmetic,
    summary: "relative vorticity of a wind or current",
    doc: "The vertical component of the curl of a flow on a sphere of 6371.229 km, in its unit per metre, positive to the \
          left: the new variable vorticity. Slopes are between neighbours, of first order at the ends; a grid that goes \
          around has none in longitude. There is nothing at the poles and beside what is missing.",
    cdo: Some("uv2dv"),
    example: "vorticity u=u v=v",
    params: &[U, V],
    keys: None,
    apply: |ds, params| flow(ds, params, Kind::Vorticity),
    xarray: |ds, params| script(ds, params, Kind::Vorticity),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gradient,
    Divergence,
    Vorticity,
}

/// The dimensions of a field on the sphere.
struct Sphere<'a> {
    lat: &'a Axis,
    lon: &'a Axis,
    /// In radians.
    phi: Vec<f64>,
    lambda: Vec<f64>,
    closed: bool,
}

impl<'a> Sphere<'a> {
    fn of(ds: &'a Dataset, var: &Var) -> Result<Self> {
        let find = |is: fn(&Axis) -> bool| ds.axes.iter().find(|a| is(a) && var.node.meta().dim(&a.name).is_some());
        let (Some(lat), Some(lon)) = (find(is_latitude), find(is_longitude)) else {
            return Err(Error::invalid(format!("{} does not lie on latitudes and longitudes", var.name))
                .hint("a field on the sphere has a dimension of each"));
        };
        let radians = |axis: &Axis| match &axis.values {
            AxisValues::Number(x) => x.iter().map(|x| x.to_radians()).collect::<Vec<f64>>(),
            _ => Vec::new(),
        };
        let closed = matches!(&lon.values, AxisValues::Number(x) if goes_around(x) && x.len() > 2 && monotone(x));
        Ok(Self { lat, lon, phi: radians(lat), lambda: radians(lon), closed })
    }

    /// The derivative of a node along latitude or longitude, per radian.
    fn slope(&self, node: &Arc<Node>, east: bool) -> Result<Arc<Node>> {
        let (axis, labels) = if east { (self.lon, &self.lambda) } else { (self.lat, &self.phi) };
        let turn = (east && self.closed).then_some(std::f64::consts::TAU);
        let weights = slopes(&axis.name, labels, 1, turn)?;
        let Some(dim) = node.meta().dim(&axis.name) else {
            return Err(Error::invalid(format!("a field without {}", axis.name)));
        };
        let op = Separable::new("slope", vec![(dim, Arc::new(weights))], Missing::Spreads, DType::F64);
        Node::op(Arc::new(op), vec![Arc::clone(node)])
    }

    /// The distance of a radian of longitude in metres, NaN at the poles, along the latitude.
    fn width(&self) -> Result<Arc<Node>> {
        let pole = |x: &f64| (x.abs() - std::f64::consts::FRAC_PI_2).abs() < 1e-9;
        let widths = self.phi.iter().map(|x| if pole(x) { f64::NAN } else { RADIUS * x.cos() }).collect::<Vec<_>>();
        Node::literal(vec![self.lat.name.clone()], Block::new(vec![widths.len()], Data::F64(widths))?)
    }

    /// The cosine of the latitude.
    fn cosine(&self) -> Result<Arc<Node>> {
        let cosines: Vec<f64> = self.phi.iter().map(|x| x.cos()).collect();
        Node::literal(vec![self.lat.name.clone()], Block::new(vec![cosines.len()], Data::F64(cosines))?)
    }
}

fn monotone(x: &[f64]) -> bool {
    x.windows(2).all(|w| w[0] < w[1]) || x.windows(2).all(|w| w[0] > w[1])
}

/// A program over nodes.
fn map(inputs: Vec<Arc<Node>>, dtype: DType, steps: &[Instr]) -> Result<Arc<Node>> {
    let mut all: Vec<Instr> = (0..inputs.len()).map(Instr::Load).collect();
    all.extend_from_slice(steps);
    let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| n.meta()).collect();
    let op = MapOp::new(Program { steps: all }, dtype, &metas);
    Node::op(Arc::new(op), inputs)
}

fn float(var: &Var) -> DType {
    let plain = var.node.meta().dtype.plain();
    if plain.is_float() { plain } else { DType::F64 }
}

fn put(ds: &mut Dataset, name: String, node: Arc<Node>, long_name: String, units: Option<&str>) -> Result<()> {
    if ds.axis(&name).is_some() {
        return Err(Error::invalid(format!("{name} is a dimension")));
    }
    let mut attrs = Attrs::default();
    attrs.set("long_name", AttrValue::Text(long_name));
    if let Some(units) = units {
        let units = match units.trim() {
            "1" | "" => "m-1".to_owned(),
            "m s-1" | "m/s" | "m s**-1" => "s-1".to_owned(),
            other => format!("{other} m-1"),
        };
        attrs.set("units", AttrValue::Text(units));
    }
    let var = Var { name: name.clone(), node, attrs, role: Role::Data };
    match ds.vars.iter_mut().find(|v| v.name == name) {
        Some(old) => *old = var,
        None => ds.vars.push(var),
    }
    Ok(())
}

fn named<'a>(ds: &'a Dataset, params: &Params, key: &str) -> Result<&'a Var> {
    let name = params.text(key).unwrap_or_else(|| key.to_owned());
    ds.need_var(name.trim_start_matches('/'))
}

fn gradient(ds: &Dataset, params: &Params) -> Result<Dataset> {
    let var = named(ds, params, "var")?;
    let sphere = Sphere::of(ds, var)?;
    let mut out = ds.clone();
    let units = var.attrs.text("units");
    let east =
        map(vec![sphere.slope(&var.node, true)?, sphere.width()?], float(var), &[Instr::Binary(Binary::Div, 0, 1)])?;
    put(&mut out, format!("{}_x", var.name), east, format!("eastward slope of {}", var.name), units)?;
    let north = map(
        vec![sphere.slope(&var.node, false)?],
        float(var),
        &[Instr::Const(RADIUS), Instr::Binary(Binary::Div, 0, 1)],
    )?;
    put(&mut out, format!("{}_y", var.name), north, format!("northward slope of {}", var.name), units)?;
    Ok(out)
}

/// (∂a/∂λ ± ∂(b cos φ)/∂φ) / (R cos φ): `a` is u and `b` is v for the divergence, the other way and minus for the
/// vorticity.
fn flow(ds: &Dataset, params: &Params, kind: Kind) -> Result<Dataset> {
    let (u, v) = (named(ds, params, "u")?, named(ds, params, "v")?);
    let sphere = Sphere::of(ds, u)?;
    let (east, north, join, name) = match kind {
        Kind::Vorticity => (v, u, Binary::Sub, "vorticity"),
        _ => (u, v, Binary::Add, "divergence"),
    };
    let narrowed =
        map(vec![Arc::clone(&north.node), sphere.cosine()?], DType::F64, &[Instr::Binary(Binary::Mul, 0, 1)])?;
    let (east, north) = (sphere.slope(&east.node, true)?, sphere.slope(&narrowed, false)?);
    // The dimensions come as u has them.
    let (inputs, first, second) = match kind {
        Kind::Vorticity => (vec![north, east, sphere.width()?], 1, 0),
        _ => (vec![east, north, sphere.width()?], 0, 1),
    };
    let steps = [Instr::Binary(join, first, second), Instr::Binary(Binary::Div, 3, 2)];
    let dtype = float(u).promote(&float(v));
    let mut out = ds.clone();
    let units = u.attrs.text("units").filter(|units| v.attrs.text("units") == Some(units));
    put(&mut out, name.to_owned(), map(inputs, dtype, &steps)?, format!("{name} of {} and {}", u.name, v.name), units)?;
    Ok(out)
}

fn script(ds: &Dataset, params: &Params, kind: Kind) -> Result<String> {
    let first = named(ds, params, if kind == Kind::Gradient { "var" } else { "u" })?;
    let sphere = Sphere::of(ds, first)?;
    let (lat, lon) = (python::quote(&sphere.lat.name), python::quote(&sphere.lon.name));
    let mut lines = vec![
        format!("phi = np.deg2rad(ds[{lat}].astype(float))"),
        format!("width = (np.cos(phi) * {RADIUS:?}).where(abs(abs(phi) - np.pi / 2) > 1e-9)"),
        "def north(x):".to_owned(),
        format!("    return x.assign_coords({{{lat}: phi}}).differentiate({lat}).assign_coords({{{lat}: ds[{lat}]}})"),
        "def east(x):".to_owned(),
        format!("    axis, lon = x.get_axis_num({lon}), np.deg2rad(ds[{lon}].values.astype(float))"),
    ];
    lines.push(if sphere.closed {
        "    turn = np.copysign(2 * np.pi, lon[1] - lon[0])\n    \
             wide = np.concatenate([x.values.take([-1], axis), x.values, x.values.take([0], axis)], axis)\n    \
             lon = np.r_[lon[-1] - turn, lon, lon[0] + turn]\n    \
             return x.copy(data=np.gradient(wide, lon, axis=axis).take(range(1, lon.size - 1), axis))"
            .to_owned()
    } else {
        "    return x.copy(data=np.gradient(x.values, lon, axis=axis))".to_owned()
    });
    let get = |v: &Var| format!("ds[{}]", python::quote(&v.name));
    let dtype = |d: DType| python::quote(&d.to_string());
    match kind {
        Kind::Gradient => {
            let x = get(first);
            let cast = format!(".transpose(*{x}.dims).astype({})", dtype(float(first)));
            let name = |end: &str| python::quote(&format!("{}_{end}", first.name));
            lines.push(format!(
                "ds = ds.assign({{{}: (east({x}) / width){cast}, {}: (north({x}) / {RADIUS:?}){cast}}})",
                name("x"),
                name("y")
            ));
        }
        Kind::Divergence | Kind::Vorticity => {
            let v = named(ds, params, "v")?;
            let dtype = dtype(float(first).promote(&float(v)));
            let cast = format!(".transpose(*{}.dims, ...).astype({dtype})", get(first));
            let (a, sign, b, name) = match kind {
                Kind::Vorticity => (get(v), "-", get(first), "vorticity"),
                _ => (get(first), "+", get(v), "divergence"),
            };
            lines.push(format!("ds = ds.assign({name}=((east({a}) {sign} north({b} * np.cos(phi))) / width){cast})"));
        }
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::RADIUS;
    use crate::model::{DType, Data};
    use crate::ops::Step;
    use crate::ops::testing::{cube, dataset, values};
    use crate::plan::{AxisValues, Dataset};

    /// `t` is 12 cells of 30° by latitudes from -60 to 60, `u` the wind of a solid body, `v` none.
    fn globe() -> Dataset {
        let mut ds = dataset();
        let lat: Vec<f64> = (-60..=60).step_by(5).map(f64::from).collect();
        let lon: Vec<f64> = (0..360).step_by(5).map(f64::from).collect();
        let shape = [lat.len(), lon.len()];
        let field = |f: &dyn Fn(f64, f64) -> f64| {
            let values = lat.iter().flat_map(|p| lon.iter().map(|l| f(p.to_radians(), l.to_radians())));
            cube(&["lat", "lon"], &shape, Data::F64(values.collect()))
        };
        ds.vars[0].node = field(&|p, l| p.cos() * l.sin());
        ds.vars[1].node = field(&|p, _| 10.0 * p.cos());
        ds.vars[2].node = field(&|_, _| 0.0);
        ds.axes.remove(0);
        ds.axes[0].values = AxisValues::Number(lat.into());
        ds.axes[1].values = AxisValues::Number(lon.into());
        for (var, name) in ds.vars.iter_mut().zip(["t", "u", "v"]) {
            name.clone_into(&mut var.name);
        }
        ds
    }

    fn whole(ds: &Dataset, name: &str) -> Vec<f64> {
        crate::ops::read::values(&ds.need_var(name).unwrap().node).unwrap().to_f64()
    }

    /// Against the derivatives worked out by hand, within the error of differences over five degrees.
    #[test]
    fn derivatives_of_known_fields() {
        let ds = globe();
        let out = Step::parse("gradient var=t").unwrap().apply(&ds).unwrap();
        let (x, y) = (whole(&out, "t_x"), whole(&out, "t_y"));
        let at = |i: usize, j: usize| i * 72 + j;
        // 30°N 0°E and 45°E: cos λ / R, and −sin φ sin λ / R.
        assert!((x[at(18, 0)] * RADIUS - 1.0).abs() < 2e-3, "no seam: {}", x[at(18, 0)] * RADIUS);
        assert!((y[at(18, 9)] * RADIUS + 0.5 * 45f64.to_radians().sin()).abs() < 2e-3);
        let out = Step::parse("vorticity").unwrap().apply(&ds).unwrap();
        let curl = whole(&out, "vorticity");
        // 2 Ω sin φ for a body that turns by Ω = 10 m/s / R.
        assert!((curl[at(18, 3)] * RADIUS - 10.0).abs() < 6e-2, "{}", curl[at(18, 3)] * RADIUS);
        let out = Step::parse("divergence").unwrap().apply(&ds).unwrap();
        assert!(whole(&out, "divergence").iter().all(|d| d.abs() < 1e-18));
    }

    #[test]
    fn poles_types_and_errors() {
        let ds = dataset();
        let out = Step::parse("gradient t").unwrap().apply(&ds).unwrap();
        assert_eq!(out.need_var("t_x").unwrap().node.meta().dtype, DType::F32);
        assert_eq!(out.need_var("t_x").unwrap().node.meta().dims, ["time", "lat", "lon"]);
        assert_eq!(out.need_var("t_y").unwrap().attrs.text("units"), Some("K m-1"));
        assert!(values(&out, "t_y").to_f64()[12..].iter().all(|x| x.is_finite()));
        let mut pole = ds.clone();
        pole.axes[1].values = AxisValues::Number([90.0, 30.0, 0.0].into());
        let out = Step::parse("gradient t").unwrap().apply(&pole).unwrap();
        let x = values(&out, "t_x").to_f64();
        assert!(x[12..16].iter().all(|x| x.is_nan()) && x[16..24].iter().all(|x| x.is_finite()));
        let error = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap_err().to_string();
        assert!(error("divergence").contains("no variable u"));
        let flat = Step::parse("isel lat=0").unwrap().apply(&ds).unwrap();
        let error = Step::parse("gradient t").unwrap().apply(&flat).unwrap_err().to_string();
        assert!(error.contains("t does not lie on latitudes and longitudes"), "{error}");
    }
}
