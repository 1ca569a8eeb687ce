//! What the window's map and a figure on paper have in common: the grid that a field lies on, the projection that suits
//! it. Knows no widget and no file.

use anyhow::Result;
use graticule_core::plan::{Axis as Labels, AxisValues};
use graticule_core::session::Horizontal;
use graticule_render::RenderError;
use graticule_render::geo::{Axis, Crs, Grid, GridKind, Projection};

/// The grid of a field of `ny` rows and `nx` columns. Coordinates without order give way to positions.
///
/// # Errors
/// Where PROJ does not know the projection of the data, or the field is empty.
pub fn grid(horizontal: &Horizontal, nx: usize, ny: usize) -> Result<Grid> {
    Ok(match (on_globe(horizontal, nx, ny), horizontal) {
        (Some(Ok(grid)), _) => grid,
        (Some(Err(error)), _) if !matches!(error, RenderError::Grid { .. }) => return Err(error.into()),
        (_, Horizontal::Plain { x, y }) => Grid::plain(plain(x)?, plain(y)?),
        _ => Grid::image(nx, ny)?,
    })
}

/// Whether a step along one of these is as long as one along the other: rows and columns of an image, or lengths in the
/// same unit.
#[must_use]
pub fn is_square(x: &Labels, y: &Labels) -> bool {
    let unit = |axis: &Labels| axis.attrs.text("units").map(str::to_owned);
    match (&x.values, &y.values) {
        (AxisValues::Index(_), AxisValues::Index(_)) => true,
        // Without units x and y are those of an image.
        (AxisValues::Number(_), AxisValues::Number(_)) => {
            unit(x) == unit(y) && (unit(x).is_some() || x.name == "x" && y.name == "y")
        }
        _ => false,
    }
}

/// The grid, where the coordinates are places on Earth; `None` where no such place is known.
///
/// # Errors
/// [`RenderError::Grid`] for coordinates without an order (a list of places, say), others where PROJ does not know the
/// projection.
pub fn on_globe(horizontal: &Horizontal, nx: usize, ny: usize) -> Option<Result<Grid, RenderError>> {
    Some(match horizontal {
        Horizontal::LonLat { lon, lat, lon_bounds, lat_bounds } => {
            let bounded = bounded(lon, lat, lon_bounds.as_deref(), lat_bounds.as_deref());
            // Longitudes that jump by a turn are put in order by this form.
            bounded.map_or_else(|| Grid::geographic(lon, lat), Ok)
        }
        Horizontal::Projected { x, y, crs } => projected(x, y, crs),
        Horizontal::Curvilinear { lon, lat, corners } => match corners {
            Some((lon, lat)) => Grid::curvilinear_corners(nx, ny, lon, lat),
            None => Grid::curvilinear(nx, ny, lon, lat),
        },
        Horizontal::Plain { .. } => return None,
    })
}

fn bounded(lon: &[f64], lat: &[f64], lon_bounds: Option<&[[f64; 2]]>, lat_bounds: Option<&[[f64; 2]]>) -> Option<Grid> {
    let axis = |what: &str, centres: &[f64], bounds: Option<&[[f64; 2]]>| match bounds {
        Some(bounds) => Axis::from_bounds(what, centres, bounds.as_flattened()),
        None => Axis::from_centres(what, centres),
    };
    if lon_bounds.is_none() && lat_bounds.is_none() {
        return None;
    }
    let (x, y) = (axis("longitude", lon, lon_bounds).ok()?, axis("latitude", lat, lat_bounds).ok()?);
    Grid::rectilinear(x, y, Crs::Geographic).ok()
}

fn projected(x: &[f64], y: &[f64], crs: &str) -> Result<Grid, RenderError> {
    let projection = Projection::parse(crs)?;
    Grid::rectilinear(Axis::from_centres("x", x)?, Axis::from_centres("y", y)?, Crs::Projected(projection))
}

/// The projection that suits a grid: its own; Robinson for the world; for a region Plate Carrée about its middle, or an
/// equal-area map where its cells lie freely.
///
/// # Errors
/// None in practice; passes on what PROJ reports.
pub fn fitting(grid: &Grid) -> Result<Projection> {
    Ok(match grid.kind() {
        GridKind::Plain { .. } => Projection::plane(),
        GridKind::Rectilinear { crs: Crs::Projected(own), .. } => own.clone(),
        GridKind::Rectilinear { x, .. } => {
            let [west, east] = x.span();
            if east - west > WORLD_DEG {
                Projection::from_preset("robinson", 0.0, 0.0)?
            } else {
                Projection::from_preset("platecarree", f64::midpoint(west, east), 0.0)?
            }
        }
        GridKind::Curvilinear { corner_lon, corner_lat, .. } => about_middle(corner_lon, corner_lat)?,
        _ => Projection::from_preset("robinson", 0.0, 0.0)?,
    })
}

/// Data that reach farther round than this are global.
const WORLD_DEG: f64 = 300.0;

/// Numbers where the labels are numbers in order, else positions.
fn plain(labels: &Labels) -> Result<Axis> {
    let numbers = match &labels.values {
        AxisValues::Number(values) => Axis::from_centres(&labels.name, values).ok(),
        _ => None,
    };
    let positions = || (0..labels.values.len()).map(|i| i as f64).collect::<Vec<f64>>();
    numbers.map_or_else(|| Ok(Axis::from_centres(&labels.name, &positions())?), Ok)
}

/// By the spread of the places on the sphere.
fn about_middle(lon: &[f64], lat: &[f64]) -> Result<Projection> {
    let mut sum = [0.0; 3];
    let mut n = 0.0;
    let step = (lon.len() / 10_000).max(1);
    for (lon, lat) in lon.iter().zip(lat).step_by(step).filter(|(a, b)| a.is_finite() && b.is_finite()) {
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        for (s, v) in sum.iter_mut().zip([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]) {
            *s += v;
        }
        n += 1.0;
    }
    let length = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
    // The mean of unit vectors is short where they point everywhere.
    if n == 0.0 || length / n < 0.8 {
        return Ok(Projection::from_preset("robinson", 0.0, 0.0)?);
    }
    let [x, y, z] = sum;
    Ok(Projection::from_preset("laea", y.atan2(x).to_degrees(), (z / length).asin().to_degrees())?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{fitting, grid};
    use graticule_core::session::Horizontal;

    fn lonlat(lon: &[f64]) -> Horizontal {
        Horizontal::LonLat { lon: lon.to_vec(), lat: vec![50.0, 40.0], lon_bounds: None, lat_bounds: None }
    }

    #[test]
    fn the_world_and_regions_get_what_suits_them() {
        let world: Vec<f64> = (0..36).map(|i| f64::from(i) * 10.0).collect();
        let of = |h: &Horizontal, nx| fitting(&grid(h, nx, 2).unwrap()).unwrap().definition().to_owned();
        assert!(of(&lonlat(&world), 36).contains("robin"));
        assert!(of(&lonlat(&[0.0, 5.0, 10.0]), 3).contains("eqc"));
        assert!(of(&lonlat(&[355.0, 0.0, 5.0]), 3).contains("eqc"));
        let curved = Horizontal::Curvilinear {
            lon: [10.0, 11.0, 10.0, 11.0].into(),
            lat: [50.0, 50.0, 49.0, 49.0].into(),
            corners: None,
        };
        assert!(of(&curved, 2).contains("laea"));
        let own = Horizontal::Projected { x: vec![0.0, 1e4], y: vec![0.0, 1e4], crs: "+proj=sinu +R=6371000".into() };
        assert!(of(&own, 2).contains("sinu"));
    }

    #[test]
    fn coordinates_without_order_become_an_image() {
        let odd =
            Horizontal::LonLat { lon: vec![0.0, 5.0], lat: vec![1.0, f64::NAN], lon_bounds: None, lat_bounds: None };
        assert!(fitting(&grid(&odd, 2, 2).unwrap()).unwrap().is_plane());
        assert!(grid(&lonlat(&[]), 0, 2).is_err());
    }
}
