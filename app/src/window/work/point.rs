//! What lies at a point of the map: the cell, its value, its place.

use super::interactive;
use crate::window::state::{Place, Point};
use graticule_core::engine::Cancel;
use graticule_core::ops::{Params, Step, Value};
use graticule_core::session::{Opened, Session};
use graticule_render::geo::{GridKind, MapView, cell_from_pixel};
use graticule_render::scene::{Field, number_label};
use std::sync::Arc;

/// What a slice shows as it stands in the file, to say why a cell is missing.
#[derive(Clone)]
pub struct Stored {
    /// The source.
    pub opened: Arc<Opened>,
    /// The variable's path in it.
    pub path: String,
    /// Positions along the dimensions that are not drawn.
    pub at: Vec<(String, usize)>,
    /// The dimensions of rows and columns.
    pub plane: [String; 2],
}

/// Where to look.
#[derive(Clone)]
pub struct PointWish {
    /// The view.
    pub view: MapView,
    /// The slice.
    pub field: Arc<Field>,
    /// The pixel, from the top left of the view.
    pub px: [f64; 2],
    /// What the slice was read from, where no step stands between.
    pub stored: Option<Stored>,
}

/// What lies there; `None` outside the map or the grid.
#[must_use]
pub fn point(session: &Session, wish: &PointWish, cancel: &Cancel) -> Option<Point> {
    let grid = &wish.field.grid;
    let cell = cell_from_pixel(&wish.view, grid, wish.px)?;
    let lonlat = if grid.is_on_globe() { wish.view.lonlat_from_pixel(wish.px) } else { None };
    let label = match (lonlat, grid.kind()) {
        (Some(lonlat), _) => place_label(lonlat),
        (None, GridKind::Plain { x, y }) => {
            let at = |axis: &graticule_render::geo::Axis, i: usize| axis.centres().get(i).copied().unwrap_or(f64::NAN);
            let [x_value, y_value] = [at(x, cell[1]), at(y, cell[0])];
            format!("x {} y {}", number_label(x_value, x.mean_width()), number_label(y_value, y.mean_width()))
        }
        _ => format!("row {} column {}", cell[0], cell[1]),
    };
    let value = wish.field.value(cell[0], cell[1])?;
    let value = match (value.is_nan(), wish.field.units.as_str()) {
        (true, _) => match wish.stored.as_ref().and_then(|stored| why(session, stored, cell, cancel)) {
            Some(why) => format!("missing, {why}"),
            None => "missing".to_owned(),
        },
        (false, "" | "1") => format!("{value}"),
        (false, units) => format!("{value} {units}"),
    };
    Some(Point { px: wish.px, place: Place { cell, label, lonlat }, value })
}

/// Why a cell is missing; `None` where the file does not say, or cannot be asked.
fn why(session: &Session, stored: &Stored, cell: [usize; 2], cancel: &Cancel) -> Option<String> {
    let mut params = Params::default();
    let plane = stored.plane.iter().cloned().zip(cell);
    for (dim, at) in stored.at.iter().cloned().chain(plane) {
        params.set(&dim, Value::Integer(i64::try_from(at).ok()?));
    }
    let steps = [Step::new("isel", params)];
    let found = session.why_missing(&stored.opened, &stored.path, &steps, 1, &interactive(cancel));
    found.ok()?.cells.into_iter().next().map(|cell| cell.why)
}

/// `12.0°E 45.0°N`.
fn place_label([lon, lat]: [f64; 2]) -> String {
    let east = if lon < 0.0 { "W" } else { "E" };
    let north = if lat < 0.0 { "S" } else { "N" };
    format!("{:.1}°{east} {:.1}°{north}", lon.abs(), lat.abs())
}

#[cfg(test)]
mod tests {
    use super::place_label;

    #[test]
    fn places_read_as_people_write_them() {
        assert_eq!(place_label([12.04, 45.0]), "12.0°E 45.0°N");
        assert_eq!(place_label([-0.26, -33.3]), "0.3°W 33.3°S");
    }
}
