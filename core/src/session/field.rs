//! One picture's worth of values: the plane of a variable at fixed positions of its other dimensions, with its place.

use super::{HorizontalKind, Layout, Session, layout, time};
use crate::cf::mapping_refs;
use crate::engine::Run;
use crate::model::{AttrValue, Block, Data, Error, Region, Result, Span};
use crate::plan::{Axis, AxisValues, Dataset, Key, Node, NodeKind, Role, Var};
use std::sync::Arc;
use std::time::Instant;

/// A plane of values with its place.
#[derive(Debug, Clone)]
pub struct Field {
    /// Rows.
    pub ny: usize,
    /// Columns.
    pub nx: usize,
    /// The values row by row; NaN is missing.
    pub values: Arc<[f32]>,
    /// Where the cells lie.
    pub horizontal: Arc<Horizontal>,
    /// The variable's name.
    pub name: String,
    /// CF `long_name`; empty where there is none.
    pub long_name: String,
    /// CF `standard_name`; empty where there is none.
    pub standard_name: String,
    /// CF `units`; empty where there are none.
    pub units: String,
    /// The fixed positions as people read them: `time 2001-07-16T12:00:00, level 850 hPa`.
    pub title: String,
    /// Chunks read from the file for it.
    pub chunks_read: u64,
    /// Chunks that the whole variable has.
    pub chunks_total: u64,
    /// Time it took.
    pub nanos: u64,
}

/// Longitudes and latitudes of the corners of cells, cell by cell.
pub type Corners = (Arc<[f64]>, Arc<[f64]>);

/// Where the cells of a field lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Horizontal {
    /// Along longitude and latitude, in degrees.
    LonLat {
        /// Of each column.
        lon: Vec<f64>,
        /// Of each row.
        lat: Vec<f64>,
        /// Western and eastern edge of each column, where the file has them.
        lon_bounds: Option<Vec<[f64; 2]>>,
        /// Lower and upper edge of each row, where the file has them.
        lat_bounds: Option<Vec<[f64; 2]>>,
    },
    /// Along the coordinates of a projection: metres, or degrees of a rotated pole.
    Projected {
        /// Of each column.
        x: Vec<f64>,
        /// Of each row.
        y: Vec<f64>,
        /// What PROJ is told.
        crs: String,
    },
    /// Each cell by itself, in degrees, row by row.
    Curvilinear {
        /// Longitude of each cell; NaN where it has none.
        lon: Arc<[f64]>,
        /// Latitude of each cell.
        lat: Arc<[f64]>,
        /// Longitude and latitude of the four corners of each cell, going round, where the file has them.
        corners: Option<Corners>,
    },
    /// No place on Earth is known.
    Plain {
        /// Labels of the columns.
        x: Box<Axis>,
        /// Labels of the rows.
        y: Box<Axis>,
    },
}

/// Values along one dimension.
#[derive(Debug, Clone)]
pub struct Series {
    /// One for each position; NaN is missing.
    pub values: Vec<f64>,
    /// The labels.
    pub axis: Axis,
    /// CF `units`; empty where there are none.
    pub units: String,
    /// Name of the variable and the fixed positions.
    pub label: String,
}

impl Session {
    /// The plane of a variable that [`layout`] says to draw, at positions of its other dimensions (0 where not given).
    /// A line is a field of one row.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown variable or dimension,
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for text, a value without dimensions, a position outside, and
    /// whatever computing reports.
    pub fn field(&self, ds: &Dataset, name: &str, at: &[(String, usize)], run: &Run) -> Result<Field> {
        let lay = layout(ds, name)?;
        if lay.x.is_none() {
            return Err(Error::invalid(format!("{name} is a single value, no field")));
        }
        self.field_as(ds, name, &lay, at, run)
    }

    /// The plane that a given layout says to draw: a Hovmöller diagram of a variable that has a map, say. Its dimensions
    /// must be the variable's.
    ///
    /// # Errors
    /// As [`Session::field`].
    pub fn field_as(&self, ds: &Dataset, name: &str, lay: &Layout, at: &[(String, usize)], run: &Run) -> Result<Field> {
        let started = Instant::now();
        let before = run.progress.chunks_read();
        let var = numeric(ds, name)?;
        let plane: Vec<&str> = lay.y.as_deref().into_iter().chain(lay.x.as_deref()).collect();
        let block = self.plane(&var.node, &plane, at, run)?;
        let (ny, nx) = match block.shape() {
            [ny, nx] => (*ny, *nx),
            other => (1, other.iter().product()),
        };
        let horizontal = self.horizontal(ds, lay, at, run)?;
        let meta = var.node.meta();
        let text = |attr: &str| var.attrs.text(attr).unwrap_or_default().to_owned();
        Ok(Field {
            ny,
            nx,
            values: single(block.data()),
            horizontal,
            name: name.to_owned(),
            long_name: text("long_name"),
            standard_name: text("standard_name"),
            units: text("units"),
            title: self.place(ds, var, &plane, at, run)?,
            chunks_read: run.progress.chunks_read() - before,
            chunks_total: meta.shape.iter().zip(&meta.chunks).map(|(n, c)| n.div_ceil(*c) as u64).product(),
            nanos: u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX),
        })
    }

    /// All values along one dimension, at positions of the others (0 where not given).
    ///
    /// # Errors
    /// As [`Session::field`].
    pub fn series(&self, ds: &Dataset, name: &str, dim: &str, at: &[(String, usize)], run: &Run) -> Result<Series> {
        let var = numeric(ds, name)?;
        let block = self.plane(&var.node, &[dim], at, run)?;
        let place = self.place(ds, var, &[dim], at, run)?;
        Ok(Series {
            values: block.data().to_f64(),
            axis: ds.need_axis(dim)?.clone(),
            units: var.attrs.text("units").unwrap_or_default().to_owned(),
            label: if place.is_empty() { name.to_owned() } else { format!("{name}, {place}") },
        })
    }

    /// One value, at positions of all dimensions (0 where not given); NaN is missing.
    ///
    /// # Errors
    /// As [`Session::field`].
    pub fn value(&self, ds: &Dataset, name: &str, at: &[(String, usize)], run: &Run) -> Result<f64> {
        let var = numeric(ds, name)?;
        Ok(self.plane(&var.node, &[], at, run)?.data().f64(0))
    }

    /// The part of an array along `dims`, in their order, at positions of the rest.
    fn plane(&self, node: &Arc<Node>, dims: &[&str], at: &[(String, usize)], run: &Run) -> Result<Block> {
        let meta = node.meta();
        if let Some(unknown) = dims.iter().find(|d| meta.dim(d).is_none()) {
            return Err(Error::not_found(format!("no dimension {unknown}"))
                .hint(format!("there are: {}", meta.dims.join(", "))));
        }
        let mut region = Region::all(&meta.shape);
        for ((name, span), &size) in meta.dims.iter().zip(&mut region.0).zip(&meta.shape) {
            if !dims.contains(&name.as_str()) {
                let place = at.iter().find(|(d, _)| d == name).map_or(0, |(_, i)| *i);
                if place >= size {
                    return Err(Error::invalid(format!("position {place} of {name} lies outside its size {size}")));
                }
                *span = Span::new(place, 1);
            }
        }
        let block = self.engine().compute(node, &region, run)?;
        let shape: Vec<usize> = dims.iter().filter_map(|d| Some(meta.shape[meta.dim(d)?])).collect();
        let flipped = match dims {
            [y, x] => meta.dim(y) > meta.dim(x),
            _ => false,
        };
        match (flipped, shape.as_slice()) {
            (true, &[ny, nx]) => Block::new(shape.clone(), transposed(block.data(), ny, nx)),
            _ => Block::new(shape, block.data().clone()),
        }
    }

    /// The fixed positions as text: dimensions not drawn, and coordinates without dimensions that tell a time or level.
    fn place(&self, ds: &Dataset, var: &Var, drawn: &[&str], at: &[(String, usize)], run: &Run) -> Result<String> {
        let mut words = Vec::new();
        for dim in var.node.meta().dims.iter().filter(|d| !drawn.contains(&d.as_str())) {
            let place = at.iter().find(|(d, _)| d == dim).map_or(0, |(_, i)| *i);
            let axis = ds.need_axis(dim)?;
            let units = axis.attrs.text("units").filter(|_| matches!(axis.values, AxisValues::Number(_)));
            words.push(
                format!("{dim} {} {}", axis.values.label(place), units.unwrap_or_default()).trim_end().to_owned(),
            );
        }
        // A variable that names its coordinates has those alone, and the labels that selections left behind.
        let named: Option<Vec<&str>> = var.attrs.text("coordinates").map(|list| list.split_whitespace().collect());
        let own =
            |v: &&Var| named.as_ref().is_none_or(|list| list.contains(&v.name.as_str())) || !reads_source(&v.node);
        // What says where the cells lie is no place.
        let mappings = mapping_refs(var.attrs.text("grid_mapping").unwrap_or_default());
        let mapping = |v: &Var| {
            mappings.iter().any(|m| m.variable == v.name)
                || ["grid_mapping_name", "crs_wkt", "spatial_ref"].iter().any(|a| v.attrs.get(a).is_some())
        };
        let scalar = |v: &&Var| v.role == Role::Coord && v.node.meta().dims.is_empty() && !mapping(v);
        for coord in ds.vars.iter().filter(scalar).filter(own) {
            let one = self.engine().compute(&coord.node, &Region::default(), run)?;
            let date = time::labels(&coord.attrs, one.data()).and_then(|l| l.into_iter().next());
            let units = coord.attrs.text("units").filter(|_| date.is_none()).unwrap_or_default();
            let text = date.unwrap_or_else(|| match one.data() {
                Data::Text(t) => t.first().cloned().unwrap_or_default(),
                numbers => AxisValues::Number(numbers.to_f64().into()).label(0),
            });
            words.push(format!("{} {text} {units}", coord.name).trim_end().to_owned());
        }
        Ok(words.join(", "))
    }

    fn horizontal(&self, ds: &Dataset, lay: &Layout, at: &[(String, usize)], run: &Run) -> Result<Arc<Horizontal>> {
        let axis = |dim: &Option<String>| match dim {
            Some(dim) => ds.need_axis(dim).cloned(),
            None => Ok(Axis::index("", 1)),
        };
        let (x, y) = (axis(&lay.x)?, axis(&lay.y)?);
        let numbers = |axis: &Axis, unit: f64| match &axis.values {
            AxisValues::Number(v) => Some(v.iter().map(|n| n * unit).collect::<Vec<f64>>()),
            _ => None,
        };
        let edges = |axis: &Axis| axis.bounds.as_ref().map(|b| b.to_vec());
        let plain = |x: Axis, y: Axis| Horizontal::Plain { x: Box::new(x), y: Box::new(y) };
        Ok(match &lay.horizontal {
            HorizontalKind::LonLat => Arc::new(match (numbers(&x, 1.0), numbers(&y, 1.0)) {
                (Some(lon), Some(lat)) => Horizontal::LonLat { lon, lat, lon_bounds: edges(&x), lat_bounds: edges(&y) },
                _ => plain(x, y),
            }),
            HorizontalKind::Projected { crs, unit, rotated } => {
                Arc::new(match (numbers(&x, *unit), numbers(&y, *unit)) {
                    (Some(x), Some(y)) => {
                        let x = if *rotated { turned(x) } else { x };
                        Horizontal::Projected { x, y, crs: crs.clone() }
                    }
                    _ => plain(x, y),
                })
            }
            HorizontalKind::Curvilinear { lon, lat } => {
                let (lon, lat) = (ds.need_var(lon)?, ds.need_var(lat)?);
                // A place that changes with time (WRF) is that of the position shown.
                let fixed: Vec<(String, usize)> = at
                    .iter()
                    .filter(|(d, _)| [lon, lat].iter().any(|v| v.node.meta().dim(d).is_some()))
                    .cloned()
                    .collect();
                let key = (lon.node.key(), lat.node.key(), fixed);
                if let Some(found) = self.places.get(&key) {
                    return Ok(found);
                }
                let made = Arc::new(self.curvilinear(ds, [lon, lat], [&y.name, &x.name], &key.2, run)?);
                self.places.put(key, &made);
                made
            }
            HorizontalKind::Plain => Arc::new(plain(x, y)),
        })
    }

    fn curvilinear(
        &self,
        ds: &Dataset,
        [lon, lat]: [&Var; 2],
        [y, x]: [&str; 2],
        at: &[(String, usize)],
        run: &Run,
    ) -> Result<Horizontal> {
        let read =
            |var: &Var| -> Result<Arc<[f64]>> { Ok(self.plane(&var.node, &[y, x], at, run)?.data().to_f64().into()) };
        let corners = |var: &Var| -> Result<Option<Arc<[f64]>>> {
            let Some(edges) = var.attrs.get("bounds").and_then(AttrValue::text).and_then(|name| ds.var(name)) else {
                return Ok(None);
            };
            let (meta, own) = (edges.node.meta(), var.node.meta());
            let four = meta.dims.len() == 3 && meta.dims[..2] == [y.to_owned(), x.to_owned()] && meta.shape[2] == 4;
            if !four || own.dims != meta.dims[..2] || !meta.dtype.is_numeric() {
                return Ok(None);
            }
            Ok(Some(self.engine().compute(&edges.node, &Region::all(&meta.shape), run)?.data().to_f64().into()))
        };
        Ok(Horizontal::Curvilinear { lon: read(lon)?, lat: read(lat)?, corners: corners(lon)?.zip(corners(lat)?) })
    }
}

/// Which places were read: longitude, latitude, and positions of dimensions they depend on beside y and x.
type PlaceKey = (Key, Key, Vec<(String, usize)>);

/// The latest places of curvilinear grids: a new time step must not copy two million coordinates.
#[derive(Debug, Default)]
pub(super) struct Places(parking_lot::Mutex<Vec<(PlaceKey, Arc<Horizontal>)>>);

impl Places {
    const MOST: usize = 4;

    fn get(&self, key: &PlaceKey) -> Option<Arc<Horizontal>> {
        self.0.lock().iter().find(|(k, _)| k == key).map(|(_, h)| Arc::clone(h))
    }

    fn put(&self, key: PlaceKey, made: &Arc<Horizontal>) {
        let mut held = self.0.lock();
        if held.len() == Self::MOST {
            held.remove(0);
        }
        held.push((key, Arc::clone(made)));
    }
}

fn numeric<'a>(ds: &'a Dataset, name: &str) -> Result<&'a Var> {
    let var = ds.need_var(name)?;
    if var.node.meta().dtype.is_numeric() {
        Ok(var)
    } else {
        Err(Error::invalid(format!("{name} holds {}, no numbers", var.node.meta().dtype)))
    }
}

/// Longitudes that files count from 313 to 390, say, in whole turns to where PROJ has them: about zero.
fn turned(mut lon: Vec<f64>) -> Vec<f64> {
    let (Some(first), Some(last)) = (lon.first(), lon.last()) else { return lon };
    let turns = (f64::midpoint(*first, *last) / 360.0).round() * 360.0;
    lon.iter_mut().for_each(|x| *x -= turns);
    lon
}

/// Whether the values come from a file; labels of a selection were in memory.
fn reads_source(node: &Node) -> bool {
    matches!(node.kind(), NodeKind::Source { .. }) || node.inputs().iter().any(|n| reads_source(n))
}

#[expect(clippy::cast_possible_truncation, reason = "pictures are drawn from single precision")]
fn single(data: &Data) -> Arc<[f32]> {
    match data {
        Data::F32(v) => v.as_slice().into(),
        other => other.to_f64().into_iter().map(|x| x as f32).collect(),
    }
}

/// Columns of `ny` values, `nx` of them, as rows.
fn transposed(data: &Data, ny: usize, nx: usize) -> Data {
    let mut out = Vec::with_capacity(ny * nx);
    for y in 0..ny {
        out.extend((0..nx).map(|x| data.f64(x * ny + y)));
    }
    Data::F64(out)
}
