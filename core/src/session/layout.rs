//! How a variable lies on the screen: which dimensions run along x and y, which have a slider, where its cells are.
//! Works on any dataset, whatever chain of operations made it. Reads no value.

use crate::cf::{self, AxisRef, Crs};
use crate::model::{AttrValue, Attrs, DType, Dim, Group, Result, Tier, VariableMeta};
use crate::plan::{Axis, AxisValues, Dataset, Role, Var};

/// The arrangement of one variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The dimension along x; `None` for a value without dimensions.
    pub x: Option<String>,
    /// The dimension along y; `None` for a line.
    pub y: Option<String>,
    /// The dimensions left, slowest first: each has a slider.
    pub others: Vec<String>,
    /// Where the cells lie.
    pub horizontal: HorizontalKind,
}

/// Where cells lie, without the values.
#[derive(Debug, Clone, PartialEq)]
pub enum HorizontalKind {
    /// True longitude along x and latitude along y.
    LonLat,
    /// Coordinates of a map projection or of a rotated pole along x and y.
    Projected {
        /// What PROJ is told.
        crs: String,
        /// PROJ's coordinate is the axis' number times this.
        unit: f64,
        /// Whether they are longitude and latitude of a rotated pole, in degrees.
        rotated: bool,
    },
    /// Each cell has its own longitude and latitude.
    Curvilinear {
        /// The variable of longitudes.
        lon: String,
        /// The variable of latitudes.
        lat: String,
    },
    /// No place on Earth is known.
    Plain,
}

/// How a variable of a dataset lies. With one dimension there is only x; with none neither.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown variable.
pub fn layout(ds: &Dataset, var: &str) -> Result<Layout> {
    let var = ds.need_var(var)?;
    let beside = Beside::of(ds);
    Ok(Layout::of(var, &Layouts::of(&beside).axes(var)))
}

/// What stands beside the variables of a dataset and may tell of them, as if it were one group of a file.
pub(super) struct Beside {
    root: Group,
    /// The variable that describes the projection, where there is one.
    mapping: Option<String>,
}

/// The axes of variables of one dataset: what stands beside them is looked through once for all.
pub(super) struct Layouts<'a> {
    beside: &'a Beside,
    named: cf::Named<'a>,
}

impl<'a> Layouts<'a> {
    pub(super) fn of(beside: &'a Beside) -> Self {
        Self { beside, named: cf::Named::of(&beside.root) }
    }

    /// The axes of a variable.
    pub(super) fn axes(&self, var: &Var) -> cf::Axes {
        let mut own = of_var(var);
        if let (None, Some(mapping)) = (own.attrs.text("grid_mapping"), &self.beside.mapping) {
            own.attrs.set("grid_mapping", AttrValue::Text(mapping.clone()));
        }
        self.named.axes(&own)
    }
}

impl Layout {
    /// How a variable with these axes lies.
    pub(super) fn of(var: &Var, axes: &cf::Axes) -> Self {
        let dims = &var.node.meta().dims;
        let name = |axis: &Option<AxisRef>| axis.as_ref().map(|a| a.name.clone());
        let (mut x, mut y) = (name(&axes.x), name(&axes.y));
        let horizontal = match (&x, &y) {
            (Some(_), Some(_)) => place(&axes.horizontal),
            _ => HorizontalKind::Plain,
        };
        if x.is_none() || y.is_none() {
            (x, y) = plane(dims, [x, y, name(&axes.z), name(&axes.t)]);
        }
        let drawn = |d: &String| x.as_ref() == Some(d) || y.as_ref() == Some(d);
        let others = dims.iter().filter(|d| !drawn(d)).cloned().collect();
        Self { x, y, others, horizontal }
    }
}

/// How a person is told of the points that a variable with these axes lives on, where each has a position of its own and
/// no grid is known: stations, columns of an unstructured grid.
pub(super) fn points(beside: &Beside, axes: &cf::Axes) -> Option<String> {
    let cf::Horizontal::Unstructured { x, y, geographic: true } = &axes.horizontal else { return None };
    let [lon, lat] = [x, y].map(|path| path.trim_start_matches('/'));
    let at = beside.root.variable(y)?;
    let unit = at.attrs.text("units").map(|u| u.trim().to_ascii_lowercase());
    // MPAS names no unit.
    let radians = match unit.as_deref() {
        Some(unit) => unit.starts_with("rad"),
        None => lat.ends_with("Cell") || lat.ends_with("Edge") || lat.ends_with("Vertex"),
    };
    let unit = if radians { " in radians (π is 180°)" } else { "" };
    Some(format!("{}, unstructured, each cell at its {lat}, {lon}{unit}", at.dims.join(" × ")))
}

fn place(horizontal: &cf::Horizontal) -> HorizontalKind {
    let named = |path: &str| path.trim_start_matches('/').to_owned();
    let projected = |crs: &Crs| match crs.definition() {
        Some(definition) => {
            HorizontalKind::Projected { crs: definition.to_owned(), unit: crs.unit, rotated: crs.is_rotated() }
        }
        None => HorizontalKind::Plain,
    };
    match horizontal {
        cf::Horizontal::Rectilinear { .. } => HorizontalKind::LonLat,
        cf::Horizontal::Curvilinear { lat, lon } => HorizontalKind::Curvilinear { lon: named(lon), lat: named(lat) },
        cf::Horizontal::Projected { crs, .. } | cf::Horizontal::RotatedPole { crs, .. } => projected(crs),
        cf::Horizontal::Unstructured { .. } | cf::Horizontal::Index => HorizontalKind::Plain,
    }
}

/// What to draw where there is no map: sections (height upwards), Hovmöller diagrams (time to the right, but upwards
/// against longitude), images of the last two dimensions, lines.
fn plane(dims: &[String], [x, y, z, t]: [Option<String>; 4]) -> (Option<String>, Option<String>) {
    match (x, y, z, t) {
        (Some(x), None, Some(up), _) | (Some(x), None, None, Some(up)) => (Some(x), Some(up)),
        (None, Some(y), Some(up), _) => (Some(y), Some(up)),
        (None, Some(up), None, Some(t)) | (None, None, Some(up), Some(t)) => (Some(t), Some(up)),
        _ => match dims {
            [] => (None, None),
            [only] => (Some(only.clone()), None),
            [.., y, x] => (Some(x.clone()), Some(y.clone())),
        },
    }
}

impl Beside {
    pub(super) fn of(ds: &Dataset) -> Self {
        let coords: Vec<&Var> = ds.vars.iter().filter(|v| v.role == Role::Coord).collect();
        let labelled = ds.axes.iter().filter(|a| !matches!(a.values, AxisValues::Index(_)));
        let mut variables: Vec<VariableMeta> = labelled
            .map(|axis| {
                let mut attrs = axis.attrs.clone();
                if matches!(axis.values, AxisValues::Time { .. })
                    && !attrs.text("units").is_some_and(cf::TimeUnits::is_time)
                {
                    attrs.set("units", AttrValue::Text("microseconds since 1970-01-01".to_owned()));
                }
                let dtype = if matches!(axis.values, AxisValues::Text(_)) { DType::String } else { DType::F64 };
                meta(&axis.name, dtype, std::slice::from_ref(&axis.name), &[axis.values.len()], attrs)
            })
            .collect();
        // Data that measure no place and no time tell nothing of others.
        let tells = |v: &&Var| {
            v.role == Role::Coord || cf::bounds(&v.attrs).is_some() || cf::Measure::told(&v.name, &v.attrs).is_some()
        };
        variables.extend(ds.vars.iter().filter(tells).map(of_var));
        let mapping = coords.iter().find(|v| v.attrs.get("grid_mapping_name").is_some()).map(|v| v.name.clone());
        let mut attrs = ds.attrs.clone();
        let names: Vec<&str> = coords.iter().map(|v| v.name.as_str()).collect();
        attrs.set("coordinates", AttrValue::Text(names.join(" ")));
        let dim = |a: &Axis| Dim { name: a.name.clone(), size: a.values.len(), unlimited: false };
        let dims = ds.axes.iter().map(dim).collect();
        let root = Group { name: "/".into(), path: "/".into(), attrs, dims, variables, groups: Vec::new() };
        Self { root, mapping }
    }
}

fn of_var(var: &Var) -> VariableMeta {
    let node = var.node.meta();
    meta(&var.name, node.dtype.clone(), &node.dims, &node.shape, var.attrs.clone())
}

fn meta(name: &str, dtype: DType, dims: &[String], shape: &[usize], attrs: Attrs) -> VariableMeta {
    VariableMeta {
        name: name.to_owned(),
        path: format!("/{name}"),
        dtype,
        dims: dims.to_vec(),
        shape: shape.to_vec(),
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: None,
        tier: Tier::Library,
        attrs,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Beside, HorizontalKind, Layout, Layouts, layout, points};
    use crate::model::{AttrValue, Attrs, Block, DType};
    use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};

    fn axis(name: &str, units: &str) -> Axis {
        let attrs = Attrs(vec![("units".into(), AttrValue::Text(units.into()))]);
        Axis { name: name.into(), values: AxisValues::Number(vec![1.0, 2.0].into()), attrs, bounds: None }
    }

    fn var(name: &str, dims: &[&str], role: Role, attrs: &[(&str, &str)]) -> Var {
        let block = Block::zeros(&DType::F32, vec![2; dims.len()]);
        let node = Node::literal(dims.iter().map(|&d| d.to_owned()).collect(), block).unwrap();
        let attrs = attrs.iter().map(|(n, v)| ((*n).to_owned(), AttrValue::Text((*v).to_owned()))).collect();
        Var { name: name.into(), node, attrs: Attrs(attrs), role }
    }

    fn of(dims: &[&str], more: Vec<Var>) -> Layout {
        let axes = vec![
            axis("time", "days since 2000-01-01"),
            axis("plev", "hPa"),
            axis("lat", "degrees_north"),
            axis("lon", "degrees_east"),
            axis("x", "m"),
            axis("y", "m"),
        ];
        let mut ds = Dataset { axes, ..Dataset::default() };
        ds.vars.push(var("v", dims, Role::Data, &[]));
        ds.vars.extend(more);
        layout(&ds, "v").unwrap()
    }

    fn plane(dims: &[&str]) -> (String, String, usize) {
        let l = of(dims, Vec::new());
        (l.x.unwrap_or_default(), l.y.unwrap_or_default(), l.others.len())
    }

    #[test]
    fn maps_sections_and_hovmoellers_are_told_apart() {
        let names = |x: &str, y: &str, n| (x.to_owned(), y.to_owned(), n);
        assert_eq!(plane(&["time", "plev", "lat", "lon"]), names("lon", "lat", 2));
        assert_eq!(plane(&["lon", "lat"]), names("lon", "lat", 0));
        assert_eq!(plane(&["time", "lat"]), names("time", "lat", 0));
        assert_eq!(plane(&["time", "lon"]), names("lon", "time", 0));
        assert_eq!(plane(&["plev", "lat"]), names("lat", "plev", 0));
        assert_eq!(plane(&["time", "plev"]), names("time", "plev", 0));
        assert_eq!(plane(&["time"]), names("time", "", 0));
        assert_eq!(plane(&[]), names("", "", 0));
        assert_eq!(of(&["lat", "lon"], Vec::new()).horizontal, HorizontalKind::LonLat);
        assert_eq!(of(&["time", "lat"], Vec::new()).horizontal, HorizontalKind::Plain);
    }

    #[test]
    fn points_of_unstructured_grids_are_told_with_their_unit() {
        let said = |lon: Var, lat: Var| {
            let mut ds = Dataset::default();
            ds.axes.push(Axis::index("cell", 2));
            ds.vars.extend([var("v", &["cell"], Role::Data, &[]), lon, lat]);
            let beside = Beside::of(&ds);
            points(&beside, &Layouts::of(&beside).axes(ds.need_var("v").unwrap())).unwrap_or_default()
        };
        let coord = |name: &str, attrs: &[(&str, &str)]| var(name, &["cell"], Role::Coord, attrs);
        let icon = |name: &str, of: &str| coord(name, &[("standard_name", of), ("units", "radian")]);
        let radians = "cell, unstructured, each cell at its clat, clon in radians (π is 180°)";
        assert_eq!(said(icon("clon", "longitude"), icon("clat", "latitude")), radians);
        assert_eq!(
            said(coord("lonCell", &[]), coord("latCell", &[])),
            radians.replace("clat, clon", "latCell, lonCell")
        );
        let degrees = said(coord("lon", &[("units", "degrees_east")]), coord("lat", &[("units", "degrees_north")]));
        assert_eq!(degrees, "cell, unstructured, each cell at its lat, lon");
        assert_eq!(said(coord("a", &[]), coord("b", &[])), "");
    }

    #[test]
    fn coordinates_and_mapping_are_found_though_the_variable_lost_its_attributes() {
        let lon = var("nav_lon", &["y", "x"], Role::Coord, &[("units", "degrees_east")]);
        let lat = var("nav_lat", &["y", "x"], Role::Coord, &[("units", "degrees_north")]);
        let found = of(&["time", "y", "x"], vec![lon, lat]);
        assert_eq!(found.horizontal, HorizontalKind::Curvilinear { lon: "nav_lon".into(), lat: "nav_lat".into() });
        let crs = var("crs", &[], Role::Coord, &[("grid_mapping_name", "sinusoidal")]);
        assert!(
            matches!(of(&["y", "x"], vec![crs]).horizontal, HorizontalKind::Projected { crs, .. } if crs.contains("sinu"))
        );
    }
}
