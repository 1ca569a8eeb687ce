//! Owns the camera: which part of the map plane fills which pixels, and how it moves.
//! Knows nothing of data values or colours.

use super::grid::{Crs, Grid, GridKind};
use super::projection::{Projection, SPHERE_RADIUS_M};
use crate::RenderError;

/// Which part of the plane of a projection fills a rectangle of pixels.
///
/// Pixels are device pixels from the top left corner; pixel `(0, 0)` spans `0.0..1.0`. Moving
/// never changes a view in place: each move gives a new one, so that a job can keep its own.
#[derive(Debug, Clone, PartialEq)]
pub struct MapView {
    /// The projection.
    pub projection: Projection,
    /// Point of the plane in the middle of the rectangle, projected units.
    pub centre: [f64; 2],
    /// Projected units per pixel along x and y. y is positive where it grows upwards and
    /// negative where it grows downwards (images, depth). Maps have both equal.
    pub units_per_px: [f64; 2],
    /// Width and height in pixels.
    pub size_px: [f64; 2],
}

/// Room left around a fitted map, as a share of the rectangle.
const FIT_MARGIN: f64 = 0.02;

impl MapView {
    /// The projection's home view: the whole world, hemisphere or region.
    #[must_use]
    pub fn fit_home(projection: &Projection, size_px: [f64; 2]) -> Self {
        Self::fit_bounds(projection, projection.home_bounds(), size_px)
    }

    /// The smallest view that shows every cell of `grid`; the home view when the grid goes
    /// round the globe or lies outside the projection. Plain grids fill the rectangle.
    #[must_use]
    pub fn fit_grid(projection: &Projection, grid: &Grid, size_px: [f64; 2]) -> Self {
        if let GridKind::Plain { x, y } = grid.kind() {
            let ([west, east], [south, north]) = (x.span(), y.span());
            return Self::fill_plane([west, south, east, north], size_px);
        }
        Self::fit_bounds(projection, grid_bounds(projection, grid), size_px)
    }

    /// The view that shows the box `[west, south, east, north]` in degrees; a box that crosses
    /// the date line has `east < west`.
    ///
    /// # Errors
    /// [`RenderError::Layout`] when no part of the box can be projected.
    pub fn fit_box(projection: &Projection, bounds: [f64; 4], size_px: [f64; 2]) -> Result<Self, RenderError> {
        Ok(Self::fit_bounds(projection, box_bounds(projection, bounds)?, size_px))
    }

    /// The view that shows `[west, south, east, north]` of the plane, with a little room.
    #[must_use]
    pub fn fit_bounds(projection: &Projection, b: [f64; 4], size_px: [f64; 2]) -> Self {
        let room = 1.0 - 2.0 * FIT_MARGIN;
        let wide = (b[2] - b[0]) / (size_px[0] * room).max(1.0);
        let high = (b[3] - b[1]) / (size_px[1] * room).max(1.0);
        let scale = wide.max(high).max(f64::MIN_POSITIVE);
        Self {
            projection: projection.clone(),
            centre: [f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3])],
            units_per_px: [scale, scale],
            size_px,
        }
    }

    /// The plane itself with `[west, south, east, north]` stretched over the rectangle.
    #[must_use]
    pub fn fill_plane([west, south, east, north]: [f64; 4], size_px: [f64; 2]) -> Self {
        Self {
            projection: Projection::plane(),
            centre: [f64::midpoint(west, east), f64::midpoint(south, north)],
            units_per_px: [(east - west) / size_px[0].max(1.0), (north - south) / size_px[1].max(1.0)],
            size_px,
        }
    }

    /// Metres of the ground per pixel, roughly: as if the home view were as wide as its part
    /// of the equator.
    #[must_use]
    pub fn metres_per_px(&self) -> f64 {
        let [west, _, east, _] = self.projection.home_bounds();
        let unit = if self.projection.is_angular() || east - west <= 720.0 { 111_195.0 } else { 1.0 };
        self.units_per_px[0].abs() * unit
    }

    /// Moves the map by pixels, as a drag does.
    #[must_use]
    pub fn panned(&self, dx_px: f64, dy_px: f64) -> Self {
        let [x, y] = self.centre;
        let [sx, sy] = self.units_per_px;
        Self { centre: [x - dx_px * sx, y + dy_px * sy], ..self.clone() }
    }

    /// Magnifies by `factor` (2 shows half as much) keeping the point under `about_px` still.
    #[must_use]
    pub fn zoomed(&self, factor: f64, about_px: [f64; 2]) -> Self {
        if !(factor.is_finite() && factor > 0.0) {
            return self.clone();
        }
        let at = self.xy_from_pixel(about_px);
        let units_per_px = [self.units_per_px[0] / factor, self.units_per_px[1] / factor];
        let centre = [at[0] + (self.centre[0] - at[0]) / factor, at[1] + (self.centre[1] - at[1]) / factor];
        Self { centre, units_per_px, ..self.clone() }
    }

    /// The same place in a rectangle of another size: what was fully visible stays so.
    #[must_use]
    pub fn resized(&self, size_px: [f64; 2]) -> Self {
        let ratio = |i: usize| self.size_px[i] / size_px[i].max(1.0);
        let units_per_px = if self.projection.is_plane() {
            [self.units_per_px[0] * ratio(0), self.units_per_px[1] * ratio(1)]
        } else {
            let r = ratio(0).max(ratio(1));
            [self.units_per_px[0] * r, self.units_per_px[1] * r]
        };
        Self { units_per_px, size_px, ..self.clone() }
    }

    /// The same view on screens with another pixel density: everything `ratio` times larger.
    #[must_use]
    pub fn scaled(&self, ratio: f64) -> Self {
        Self {
            units_per_px: self.units_per_px.map(|u| u / ratio),
            size_px: self.size_px.map(|s| s * ratio),
            ..self.clone()
        }
    }

    /// True when a drag should turn the globe ([`Self::turned`]) instead of moving the map.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.projection.preset().is_some_and(|p| p.takes_lat_0() && p.family == super::presets::Family::Globe)
    }

    /// Turns the globe by a drag in pixels: what was under the mouse stays near it. On a map
    /// that does not turn it changes the central longitude (and latitude where it has one).
    ///
    /// # Errors
    /// [`RenderError::Projection`] when PROJ refuses the new centre.
    pub fn turned(&self, dx_px: f64, dy_px: f64) -> Result<Self, RenderError> {
        let [lon_0, lat_0] = self.projection.centre();
        let degrees_per_px = (self.units_per_px[0] / SPHERE_RADIUS_M).to_degrees().min(0.5);
        let lat = (lat_0 + dy_px * degrees_per_px).clamp(-90.0, 90.0);
        // Meridians crowd towards the poles, so the same drag turns further there.
        let lon = lon_0 - dx_px * degrees_per_px / lat_0.to_radians().cos().max(0.2);
        Ok(Self { projection: self.projection.with_centre(lon, lat)?, ..self.clone() })
    }

    /// Bounds of the rectangle on the plane: `[west, south, east, north]`, projected units;
    /// south is the bottom edge even where y grows downwards.
    #[must_use]
    pub fn bounds(&self) -> [f64; 4] {
        let [west, north] = self.xy_from_pixel([0.0, 0.0]);
        let [east, south] = self.xy_from_pixel(self.size_px);
        [west, south, east, north]
    }

    /// Point of the plane under a pixel position.
    #[must_use]
    pub fn xy_from_pixel(&self, px: [f64; 2]) -> [f64; 2] {
        [
            self.centre[0] + (px[0] - self.size_px[0] / 2.0) * self.units_per_px[0],
            self.centre[1] - (px[1] - self.size_px[1] / 2.0) * self.units_per_px[1],
        ]
    }

    /// Pixel position of a point of the plane.
    #[must_use]
    pub fn pixel_from_xy(&self, xy: [f64; 2]) -> [f64; 2] {
        [
            (xy[0] - self.centre[0]) / self.units_per_px[0] + self.size_px[0] / 2.0,
            (self.centre[1] - xy[1]) / self.units_per_px[1] + self.size_px[1] / 2.0,
        ]
    }

    /// Longitude and latitude under a pixel position, degrees (x and y themselves on a plain
    /// grid); `None` outside the map.
    #[must_use]
    pub fn lonlat_from_pixel(&self, px: [f64; 2]) -> Option<[f64; 2]> {
        self.projection.lonlat_from_xy(self.xy_from_pixel(px))
    }

    /// Pixel position of a place; `None` where the projection does not show it. The position
    /// may lie outside the rectangle.
    #[must_use]
    pub fn pixel_from_lonlat(&self, lonlat: [f64; 2]) -> Option<[f64; 2]> {
        Some(self.pixel_from_xy(self.projection.xy_from_lonlat(lonlat)?))
    }
}

/// Bounds of points given by two shares in 0–1, sampled over the square.
fn sampled_bounds(projection: &Projection, at: impl Fn([f64; 2]) -> Option<[f64; 2]>) -> Option<[f64; 4]> {
    const N: u32 = 48;
    let to = projection.transformer().ok()?;
    let mut bounds: Option<[f64; 4]> = None;
    for k in 0..(N + 1) * (N + 1) {
        let t = [f64::from(k % (N + 1)) / f64::from(N), f64::from(k / (N + 1)) / f64::from(N)];
        if let Some([x, y]) = at(t).and_then(|p| to.xy_from_lonlat(p)) {
            bounds = Some(bounds.map_or([x, y, x, y], |b| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]));
        }
    }
    bounds.filter(|b| b[2] > b[0] && b[3] > b[1])
}

/// Bounds on the plane of a box in degrees.
pub(crate) fn box_bounds(
    projection: &Projection,
    [west, south, east, north]: [f64; 4],
) -> Result<[f64; 4], RenderError> {
    let end = if east <= west { east + 360.0 } else { east };
    let at = |t: [f64; 2]| Some([west + (end - west) * t[0], south + (north - south) * t[1]]);
    sampled_bounds(projection, at).ok_or_else(|| {
        let name = projection.name();
        let reason = format!("the box {west}…{east}°, {south}…{north}° lies outside the projection {name}");
        RenderError::Layout { reason }
    })
}

/// Bounds on the plane of every cell; home bounds where the grid goes round the globe or
/// cannot be projected.
pub(crate) fn grid_bounds(projection: &Projection, grid: &Grid) -> [f64; 4] {
    partial_bounds(projection, grid).unwrap_or_else(|| projection.home_bounds())
}

fn partial_bounds(projection: &Projection, grid: &Grid) -> Option<[f64; 4]> {
    match grid.kind() {
        GridKind::Plain { .. } => None,
        GridKind::Rectilinear { x, y, crs } => {
            let ([west, east], [south, north]) = (x.span(), y.span());
            if *crs == Crs::Geographic && east - west >= 359.0 && north - south > 90.0 {
                return None;
            }
            let inset = |low: f64, high: f64, t: f64| low + (high - low) * (1e-9 + t * (1.0 - 2e-9));
            let place = |t: [f64; 2]| [inset(west, east, t[0]), inset(south, north, t[1])];
            match crs {
                Crs::Geographic => sampled_bounds(projection, |t| Some(place(t))),
                Crs::Projected(own) if own == projection => {
                    // Angles are shown in −180…180, where coasts lie.
                    let turn = if own.is_angular() { 360.0 * (f64::midpoint(west, east) / 360.0).round() } else { 0.0 };
                    Some([west - turn, south, east - turn, north])
                }
                Crs::Projected(own) => {
                    let from = own.transformer().ok()?;
                    sampled_bounds(projection, |t| from.lonlat_from_xy(place(t)))
                }
            }
        }
        GridKind::Curvilinear { corner_lon, corner_lat, .. } => {
            let n = corner_lon.len();
            let step = (n / 20_000).max(1);
            let to = projection.transformer().ok()?;
            let [west, _, east, _] = projection.home_bounds();
            let points = (0..n).step_by(step).filter_map(|k| to.xy_from_lonlat([corner_lon[k], corner_lat[k]]));
            let b = points.fold(None, |b: Option<[f64; 4]>, [x, y]| {
                Some(b.map_or([x, y, x, y], |b| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]))
            })?;
            // A grid that fills the map is shown at home.
            (b[2] - b[0] < 0.9 * (east - west) && b[2] > b[0] && b[3] > b[1]).then_some(b)
        }
    }
}
