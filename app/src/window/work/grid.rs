//! The grid that a slice lies on, from what the session says of its horizontal coordinates.

use crate::figure::on_globe;
use crate::window::state::{Image, ImageAxis};
use graticule_core::plan::{Axis as Labels, AxisValues};
use graticule_core::session::Horizontal;
use graticule_render::RenderError;
use graticule_render::geo::{Axis, Grid};

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
