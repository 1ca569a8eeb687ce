//! The grid that a slice lies on, from what the session says of its horizontal coordinates.

use graticule_core::plan::{Axis as Labels, AxisValues};
use graticule_core::session::Horizontal;
use graticule_render::geo::{Axis, Crs, Grid, Projection};

/// The grid of a slice of `ny` rows and `nx` columns.
///
/// # Errors
/// Where coordinates have no order or PROJ does not know the projection.
pub(super) fn grid(horizontal: &Horizontal, nx: usize, ny: usize) -> anyhow::Result<Grid> {
    let axis = |what: &str, centres: &[f64], bounds: &Option<Vec<[f64; 2]>>| match bounds {
        Some(bounds) => Axis::from_bounds(what, centres, bounds.as_flattened()),
        None => Axis::from_centres(what, centres),
    };
    Ok(match horizontal {
        Horizontal::LonLat { lon, lat, lon_bounds, lat_bounds } => {
            // Longitudes that jump by a turn are put in order by the first form.
            let bounded = (lon_bounds.is_some() || lat_bounds.is_some()).then(|| {
                let x = axis("longitude", lon, lon_bounds)?;
                Grid::rectilinear(x, axis("latitude", lat, lat_bounds)?, Crs::Geographic)
            });
            match bounded {
                Some(Ok(grid)) => grid,
                _ => Grid::geographic(lon, lat)?,
            }
        }
        Horizontal::Projected { x, y, crs } => {
            let (x, y) = (Axis::from_centres("x", x)?, Axis::from_centres("y", y)?);
            Grid::rectilinear(x, y, Crs::Projected(Projection::parse(crs)?))?
        }
        Horizontal::Curvilinear { lon, lat, corners } => match corners {
            Some((lon, lat)) => Grid::curvilinear_corners(nx, ny, lon, lat)?,
            None => Grid::curvilinear(nx, ny, lon, lat)?,
        },
        Horizontal::Plain { x, y } => Grid::plain(plain(x)?, plain(y)?),
    })
}

/// Numbers where the labels are numbers in order, else positions.
fn plain(labels: &Labels) -> anyhow::Result<Axis> {
    if let AxisValues::Number(values) = &labels.values
        && let Ok(axis) = Axis::from_centres(&labels.name, values)
    {
        return Ok(axis);
    }
    #[expect(clippy::cast_precision_loss, reason = "positions far below 2^53")]
    let positions: Vec<f64> = (0..labels.values.len()).map(|i| i as f64).collect();
    Ok(Axis::from_centres(&labels.name, &positions)?)
}
