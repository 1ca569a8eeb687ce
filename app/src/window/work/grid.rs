//! The grid that a slice lies on, from what the session says of its horizontal coordinates.

use crate::window::state::{Image, ImageAxis};
use graticule_core::plan::{Axis as Labels, AxisValues};
use graticule_core::session::Horizontal;
use graticule_render::RenderError;
use graticule_render::geo::{Axis, Crs, Grid, Projection};

/// The grid of a slice of `ny` rows and `nx` columns with these labels across and down. Coordinates without an order (a
/// list of places, say) are no grid on Earth: such a slice is an image.
///
/// # Errors
/// Where PROJ does not know the projection, or a dimension is empty.
pub(super) fn grid(
    horizontal: &Horizontal,
    [nx, ny]: [usize; 2],
    [x, y]: [&Labels; 2],
) -> anyhow::Result<(Grid, Option<Image>)> {
    match on_globe(horizontal, nx, ny) {
        Some(Ok(grid)) => Ok((grid, None)),
        Some(Err(error)) if !matches!(error, RenderError::Grid { .. }) => Err(error.into()),
        Some(Err(_)) | None => image(x, y),
    }
}

/// The grid, where the coordinates are places on Earth.
fn on_globe(horizontal: &Horizontal, nx: usize, ny: usize) -> Option<Result<Grid, RenderError>> {
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
    let (x, y) = (Axis::from_centres("x", x)?, Axis::from_centres("y", y)?);
    Grid::rectilinear(x, y, Crs::Projected(Projection::parse(crs)?))
}

fn image(x: &Labels, y: &Labels) -> anyhow::Result<(Grid, Option<Image>)> {
    let ((across, x), (down, y)) = (image_axis(x)?, image_axis(y)?);
    let attrs = &y.labels.attrs;
    let pressure = ["Pa", "hPa", "mbar", "mb", "millibar", "millibars"];
    let y_down = attrs.text("positive") == Some("down")
        || attrs.text("units").is_some_and(|u| pressure.contains(&u))
        || matches!(y.labels.values, AxisValues::Index(_));
    Ok((Grid::plain(across, down), Some(Image { x, y, y_down })))
}

/// Numbers where the labels are numbers in order, else positions.
fn image_axis(labels: &Labels) -> anyhow::Result<(Axis, ImageAxis)> {
    if let AxisValues::Number(values) = &labels.values
        && let Ok(axis) = Axis::from_centres(&labels.name, values)
    {
        return Ok((axis, ImageAxis { labels: labels.clone(), by_position: false }));
    }
    #[expect(clippy::cast_precision_loss, reason = "positions far below 2^53")]
    let positions: Vec<f64> = (0..labels.values.len()).map(|i| i as f64).collect();
    Ok((Axis::from_centres(&labels.name, &positions)?, ImageAxis { labels: labels.clone(), by_position: true }))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::grid;
    use graticule_core::plan::Axis as Labels;
    use graticule_core::session::Horizontal;

    fn lonlat(lon: &[f64]) -> Horizontal {
        Horizontal::LonLat { lon: lon.to_vec(), lat: vec![-1.0, 1.0], lon_bounds: None, lat_bounds: None }
    }

    #[test]
    fn longitudes_without_an_order_make_an_image() {
        let labels = [&Labels::index("lon", 3), &Labels::index("lat", 2)];
        let (on_globe, image) = grid(&lonlat(&[170.0, 180.0, -170.0]), [3, 2], labels).unwrap();
        assert!(on_globe.is_on_globe() && image.is_none());
        let (plain, image) = grid(&lonlat(&[10.0, -34.5, -29.5]), [3, 2], labels).unwrap();
        assert!(!plain.is_on_globe());
        assert!(image.unwrap().x.by_position);
    }
}
