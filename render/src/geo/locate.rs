//! Owns the way from a place to a cell of a grid. Knows nothing of values or pictures.

use super::axis::Axis;
use super::grid::{Crs, Grid, GridKind};
use super::projection::{Transformer, wrap_180};
use super::view::MapView;
use crate::RenderError;
use crate::cast::{cell_of, f64_of};

/// From a coordinate to a place counted in columns, going round where the axis is an angle.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    axis: Axis,
    /// Columns in a full turn; `None` where the axis is no angle. Columns in
    /// `axis.len()..period` are the part of the circle that the grid leaves out.
    period: Option<f64>,
    low: f64,
    high: f64,
    rising: bool,
}

impl Columns {
    fn new(axis: &Axis, angular: bool) -> Self {
        let [low, high] = axis.span();
        let rising = axis.edges().first() == Some(&low);
        let n = f64_of(axis.len());
        let gap = (360.0 - (high - low)) / axis.mean_width();
        let period = angular.then(|| {
            if gap >= 0.0 {
                n + gap
            } else {
                // A duplicate column: a turn ends inside the grid.
                let turn = axis.position(low + 360.0);
                if rising { turn } else { n - turn }
            }
        });
        Self { axis: axis.clone(), period, low, high, rising }
    }

    fn position(&self, v: f64) -> f64 {
        if self.period.is_none() {
            return self.axis.position(v);
        }
        let v = self.low + (v - self.low).rem_euclid(360.0);
        if v <= self.high {
            return self.axis.position(v);
        }
        let beyond = (v - self.high) / self.axis.mean_width();
        if self.rising { f64_of(self.axis.len()) + beyond } else { -beyond }
    }

    /// The column at a place, going round.
    fn column(&self, place: f64) -> Option<usize> {
        let place = self.period.map_or(place, |p| place - (place / p).floor() * p);
        cell_of(place, self.axis.len())
    }
}

/// From pixels of a view to places on a rectilinear or plain grid, on one thread.
pub(crate) struct Locator<'a> {
    view: &'a MapView,
    columns: Columns,
    rows: Axis,
    route: Route,
}

enum Route {
    /// The plane is the grid's own.
    Direct,
    /// The plane is the grid's own, counted in degrees.
    DirectAngles,
    /// Plane → degrees → axes in degrees.
    Geographic(Transformer),
    /// Plane → degrees → plane of the grid.
    Projected(Transformer, Transformer),
}

impl<'a> Locator<'a> {
    /// `None` for curvilinear grids, which have no axes.
    pub(crate) fn new(view: &'a MapView, grid: &Grid) -> Result<Option<Self>, RenderError> {
        let (x, y, crs) = match grid.kind() {
            GridKind::Curvilinear { .. } => return Ok(None),
            GridKind::Plain { x, y } => (x, y, None),
            GridKind::Rectilinear { x, y, crs } => (x, y, Some(crs)),
        };
        let route = match crs {
            None => Route::Direct,
            Some(Crs::Geographic) => Route::Geographic(view.projection.transformer()?),
            Some(Crs::Projected(own)) if *own == view.projection && own.is_angular() => Route::DirectAngles,
            Some(Crs::Projected(own)) if *own == view.projection => Route::Direct,
            Some(Crs::Projected(own)) => Route::Projected(view.projection.transformer()?, own.transformer()?),
        };
        let columns = Columns::new(x, is_angular(crs));
        Ok(Some(Self { view, columns, rows: y.clone(), route }))
    }

    /// Columns in a full turn, where the grid's x is an angle.
    pub(crate) fn period(&self) -> Option<f64> {
        self.columns.period
    }

    /// Place under a pixel position, counted in columns and rows (cell `i` spans `i..i + 1`;
    /// beyond the grid the count goes on); `None` outside the projection.
    pub(crate) fn place(&self, px: [f64; 2]) -> Option<[f64; 2]> {
        let xy = self.view.xy_from_pixel(px);
        let [x, y] = match &self.route {
            Route::Direct => xy,
            Route::DirectAngles if xy[0].abs() <= 180.0 && xy[1].abs() <= 90.0 => xy,
            Route::DirectAngles => return None,
            Route::Geographic(from) => from.lonlat_from_xy(xy)?,
            Route::Projected(from, to) => to.xy_from_lonlat(from.lonlat_from_xy(xy)?)?,
        };
        Some([self.columns.position(x), self.rows.position(y)])
    }

    fn cell(&self, place: [f64; 2]) -> Option<[usize; 2]> {
        Some([cell_of(place[1], self.rows.len())?, self.columns.column(place[0])?])
    }
}

fn is_angular(crs: Option<&Crs>) -> bool {
    match crs {
        None => false,
        Some(Crs::Geographic) => true,
        Some(Crs::Projected(own)) => own.is_angular(),
    }
}

/// The cell under a pixel position as `[row, column]`: exact, for every kind of grid. `None`
/// outside the map or the grid.
#[must_use]
pub fn cell_from_pixel(view: &MapView, grid: &Grid, px: [f64; 2]) -> Option<[usize; 2]> {
    match Locator::new(view, grid).ok()? {
        Some(locator) => locator.cell(locator.place(px)?),
        None => cell_from_lonlat(grid, view.lonlat_from_pixel(px)?),
    }
}

/// The cell at a place in degrees (or at x and y on a plain grid) as `[row, column]`.
#[must_use]
pub fn cell_from_lonlat(grid: &Grid, lonlat: [f64; 2]) -> Option<[usize; 2]> {
    let (x, y, crs, at) = match grid.kind() {
        GridKind::Curvilinear { nx, corner_lon, corner_lat, .. } => {
            return search(*nx, corner_lon, corner_lat, lonlat);
        }
        GridKind::Plain { x, y } => (x, y, None, lonlat),
        GridKind::Rectilinear { x, y, crs } => {
            let at = match crs {
                Crs::Geographic => lonlat,
                Crs::Projected(own) => own.xy_from_lonlat(lonlat)?,
            };
            (x, y, Some(crs), at)
        }
    };
    let columns = Columns::new(x, is_angular(crs));
    Some([cell_of(y.position(at[1]), y.len())?, columns.column(columns.position(at[0]))?])
}

/// Tries every cell near the latitude: a click can wait the millisecond this takes.
fn search(nx: usize, lon: &[f64], lat: &[f64], [at_lon, at_lat]: [f64; 2]) -> Option<[usize; 2]> {
    let lons = lon.as_chunks::<4>().0;
    let lats = lat.as_chunks::<4>().0;
    let near_pole = at_lat.abs() > 88.0;
    // Near a pole longitudes are of no use: compare on the plane that touches it.
    let flat = |lon: f64, lat: f64| -> [f64; 2] {
        if near_pole {
            let r = 90.0 - lat.abs();
            [r * lon.to_radians().cos(), r * lon.to_radians().sin()]
        } else {
            [wrap_180(lon - at_lon), lat]
        }
    };
    let target = flat(at_lon, at_lat);
    let k = lons.iter().zip(lats).position(|(lon, lat)| {
        let (low, high) = lat.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
        if !near_pole && !(low..=high).contains(&at_lat) || near_pole && high.abs().max(low.abs()) < 80.0 {
            return false;
        }
        if lat.iter().any(|v| v.is_nan() || v.signum() != at_lat.signum() && near_pole) {
            return false;
        }
        let corners: [[f64; 2]; 4] = std::array::from_fn(|c| flat(lon[c], lat[c]));
        let wide = corners.iter().any(|c| (c[0] - corners[0][0]).abs() > 180.0);
        !wide && inside(&corners, target)
    })?;
    Some([k / nx, k % nx])
}

/// Even–odd rule.
fn inside(corners: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let n = corners.len();
    (0..n).fold(false, |odd, i| {
        let ([x0, y0], [x1, y1]) = (corners[i], corners[(i + 1) % n]);
        let crosses = (y0 > y) != (y1 > y) && x < x0 + (x1 - x0) * (y - y0) / (y1 - y0);
        odd != crosses
    })
}
