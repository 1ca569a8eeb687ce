//! Owns meridians and parallels: which ones a view needs, and their lines on the plane.
//! Knows nothing of colours or where labels stand.

use super::paths::Paths;
use super::projection::{Transformer, wrap_180};
use super::resample::Resampler;
use super::view::MapView;
use crate::RenderError;
use crate::cast::{ceil_usize, f64_of};

/// A meridian or parallel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line {
    /// Constant longitude, degrees in −180…180.
    Meridian(f64),
    /// Constant latitude, degrees.
    Parallel(f64),
}

impl Line {
    /// As it is written on the map: `30°E`, `0°`, `45.5°S`.
    #[must_use]
    pub fn label(self) -> String {
        let (value, positive, negative) = match self {
            Self::Meridian(lon) => (lon, "E", "W"),
            Self::Parallel(lat) => (lat, "N", "S"),
        };
        let number = format!("{:.4}", value.abs());
        let number = number.trim_end_matches('0').trim_end_matches('.');
        match value {
            v if v == 0.0 || matches!(self, Self::Meridian(_)) && v.abs() == 180.0 => format!("{number}°"),
            v if v > 0.0 => format!("{number}°{positive}"),
            _ => format!("{number}°{negative}"),
        }
    }
}

/// The lines a view needs, each with its course on the plane.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graticule {
    /// Lines and their courses; a course may be in several pieces.
    pub lines: Vec<(Line, Paths)>,
    /// Distance between neighbours, degrees.
    pub step: f64,
    /// True where all meridians meet in a point at the poles.
    pub pole_is_point: bool,
}

/// Distances between lines that read well, degrees.
const STEPS: [f64; 17] =
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0];

/// Distance between lines that is looked for, in points.
const APART_PT: f64 = 64.0;

impl Graticule {
    /// Lines at the round step that puts them about 64 points apart.
    ///
    /// # Errors
    /// [`RenderError::Projection`] when PROJ refuses the projection on this thread.
    pub fn of(view: &MapView, pixel_ratio: f64) -> Result<Self, RenderError> {
        let to = view.projection.transformer()?;
        let Some(seen) = Seen::of(view, &to) else {
            return Ok(Self::default());
        };
        let wanted = seen.degrees_per_px * APART_PT * pixel_ratio;
        let step = STEPS.into_iter().find(|s| *s >= wanted).unwrap_or(90.0);
        let tolerance = 0.2 * view.units_per_px[0].abs();
        let finest = (seen.degrees_per_px * 0.5).clamp(1e-6, 0.1);
        let courses = |points: Vec<[f64; 2]>| {
            let mut resampler = Resampler::new(&to, tolerance, finest);
            resampler.add(points);
            resampler.done()
        };
        let mut lines = Vec::new();
        for k in multiples(seen.south, seen.north, step) {
            if k.abs() < 90.0 {
                let points = run(seen.west, seen.east).map(|lon| [lon, k]).collect();
                lines.push((Line::Parallel(k), courses(points)));
            }
        }
        let top = 90.0 - step.min(15.0);
        for k in multiples(seen.west, seen.east, step) {
            if k >= seen.west + 360.0 - 1e-9 {
                continue;
            }
            // Where the pole is a point, most meridians stop short of it.
            let quarter = (k / 90.0).fract() == 0.0;
            let end = if seen.pole_is_point && !quarter { top } else { 90.0 };
            let points = run(seen.south.max(-end), seen.north.min(end)).map(|lat| [k, lat]).collect();
            lines.push((Line::Meridian(wrap_180(k)), courses(points)));
        }
        lines.retain(|(_, paths)| !paths.is_empty());
        Ok(Self { lines, step, pole_is_point: seen.pole_is_point })
    }
}

/// What part of the globe a view shows, in degrees.
struct Seen {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
    degrees_per_px: f64,
    pole_is_point: bool,
}

impl Seen {
    fn of(view: &MapView, to: &Transformer) -> Option<Self> {
        const N: u32 = 40;
        let [lon_0, _] = view.projection.centre();
        let mut spots = Vec::new();
        for k in 0..(N + 1) * (N + 1) {
            let share = [k % (N + 1), k / (N + 1)].map(|v| f64::from(v) / f64::from(N));
            let px = [0, 1].map(|i| share[i] * view.size_px[i]);
            if let Some(lonlat) = to.lonlat_from_xy(view.xy_from_pixel(px)) {
                spots.push((px, lonlat));
            }
        }
        // Longitudes are compared near the middle of the view, so that a view across the date
        // line is one piece.
        let middle = spots.get(spots.len() / 2)?.1[0];
        let near = |lon: f64| middle + wrap_180(lon - middle);
        let fold = |values: &mut dyn Iterator<Item = f64>| {
            values.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], v| [l.min(v), h.max(v)])
        };
        let [south, north] = fold(&mut spots.iter().map(|(_, p)| p[1]));
        let [west, east] = fold(&mut spots.iter().map(|(_, p)| near(p[0])));
        // One sample's distance more on each side: the view's edge lies between samples.
        let grow = |low: f64, high: f64| (high - low) / f64::from(N) * 2.0 + 1e-3;
        let (more_lon, more_lat) = (grow(west, east), grow(south, north));
        let pole = |lat: f64| {
            let shown = view.pixel_from_lonlat([lon_0, lat]);
            shown.is_some_and(|p| (0..2).all(|k| (-2.0..view.size_px[k] + 2.0).contains(&p[k])))
        };
        let round = east - west > 300.0 || pole(89.999) || pole(-89.999);
        let [west, east] = if round { [lon_0 - 180.0, lon_0 + 180.0] } else { [west - more_lon, east + more_lon] };
        let degrees_per_px = match view.projection.is_angular() {
            true => view.units_per_px[0],
            false => scale_by_neighbours(view, to).unwrap_or(360.0 / view.size_px[0].max(1.0)),
        };
        let [home_west, _, home_east, _] = view.projection.home_bounds();
        let meet = |lat: f64| match [-90.0, 90.0].map(|d| to.xy_from_lonlat([lon_0 + d, lat])) {
            [Some(a), Some(b)] => (a[0] - b[0]).hypot(a[1] - b[1]) < 0.05 * (home_east - home_west),
            _ => false,
        };
        Some(Self {
            west,
            east,
            south: (south - more_lat).max(-90.0),
            north: (north + more_lat).min(90.0),
            degrees_per_px,
            pole_is_point: meet(89.99) || meet(-89.99),
        })
    }
}

/// Degrees of latitude per pixel in the middle of the view.
fn scale_by_neighbours(view: &MapView, to: &Transformer) -> Option<f64> {
    let centre = [view.size_px[0] / 2.0, view.size_px[1] / 2.0];
    let at = |dy: f64| to.lonlat_from_xy(view.xy_from_pixel([centre[0], centre[1] + dy]));
    let (a, b) = (at(-4.0)?, at(4.0)?);
    let d = super::domain::angular_distance_deg(a, b) / 8.0;
    (d > 0.0).then_some(d)
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-9).ceil();
    let count = ceil_usize(((high - low) / step + 2.0).clamp(0.0, 2000.0));
    (0..count).map(move |i| (first + f64_of(i)) * step).take_while(move |v| *v <= high + 1e-9)
}

/// Points from `low` to `high`, at most 2° apart.
fn run(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let n = ceil_usize(((high - low) / 2.0).clamp(8.0, 360.0));
    (0..=n).map(move |i| low + (high - low) * f64_of(i) / f64_of(n))
}
