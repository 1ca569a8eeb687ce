//! Owns the region of the globe that a projection can show: what is inside, its boundary, and
//! the part shown first. Knows nothing of PROJ's mathematics: it reads the definition only.

use proj::Proj;

use super::projection::{SPHERE_RADIUS_M, parameter, wrap_180};
use crate::cast::f64_of;

/// Distance kept from the exact seam, degrees: on it PROJ may answer with either side.
const SEAM_INSET_DEG: f64 = 1e-7;

/// Latitude at which a square Mercator world ends.
const MERCATOR_END_DEG: f64 = 85.051_128_779_806_6;

/// The region of the globe that a projection can show.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Domain {
    /// No limit known: images, codes. The round trip decides. Home is a box in degrees.
    Anything { home: [f64; 4] },
    /// No geography at all.
    Everything,
    /// All longitudes, latitudes `south..=north`, cut opposite `lon_0`; interrupted along the
    /// meridians (relative to `lon_0`) of `north_cuts` and `south_cuts`.
    World { lon_0: f64, south: f64, north: f64, north_cuts: &'static [f64], south_cuts: &'static [f64], home: [f64; 4] },
    /// The cap of `radius` degrees about a centre; `home` is the radius shown first.
    Cap { lon_0: f64, lat_0: f64, radius: f64, home: f64 },
}

const GOODE_NORTH: &[f64] = &[-40.0];
const GOODE_SOUTH: &[f64] = &[-100.0, -20.0, 80.0];

impl Domain {
    /// Reads the definition; for codes asks PROJ for the area of use.
    pub(crate) fn of(definition: &str, pj: &Proj) -> Self {
        let number = |key: &str| parameter(definition, key).and_then(|v| v.parse::<f64>().ok());
        let lon_0 = match (number("lon_0"), number("zone")) {
            (Some(lon), _) => wrap_180(lon),
            (None, Some(zone)) => zone * 6.0 - 183.0,
            (None, None) => 0.0,
        };
        let lat_0 = number("lat_0").unwrap_or(0.0);
        let radius_m = number("R").or_else(|| number("a")).unwrap_or(SPHERE_RADIUS_M);
        let height = number("h").unwrap_or(35_785_831.0);
        let horizon = (radius_m / (radius_m + height)).acos().to_degrees();
        let cap = |lat_0: f64, radius: f64, home: f64| Self::Cap { lon_0, lat_0, radius, home };
        let world = |south: f64, north: f64, home: [f64; 4]| Self::World {
            lon_0,
            south,
            north,
            north_cuts: &[],
            south_cuts: &[],
            home,
        };
        let all = [-180.0, -90.0, 180.0, 90.0];
        match parameter(definition, "proj") {
            None => {
                let area = pj.area_of_use().ok().and_then(|(area, _)| area);
                let home = area.map_or(all, |a| [a.west, a.south, a.east, a.north]);
                Self::Anything { home }
            }
            Some("ob_tran" | "pipeline") => Self::Anything { home: all },
            Some("ortho") => cap(lat_0, 89.999, 89.999),
            Some("nsper" | "tpers") => cap(lat_0, horizon - 1e-3, horizon - 1e-3),
            Some("geos") => cap(0.0, horizon - 1e-3, horizon - 1e-3),
            Some("stere" | "sterea" | "ups") => cap(lat_0, 120.0, 60.0),
            Some("laea") => cap(lat_0, 179.0, 90.0),
            Some("aeqd") => cap(lat_0, 179.99, 179.99),
            Some("gnom") => cap(lat_0, 75.0, 60.0),
            Some("lcc" | "aea" | "eqdc") => {
                let northern = number("lat_1").unwrap_or(45.0)
                    + number("lat_2").or_else(|| number("lat_1")).unwrap_or(45.0)
                    >= 0.0;
                let box_ = [-65.0, (lat_0 - 35.0).max(-85.0), 65.0, (lat_0 + 35.0).min(85.0)];
                if northern { world(-55.0, 90.0, box_) } else { world(-90.0, 55.0, box_) }
            }
            Some("tmerc" | "utm" | "etmerc") => cap(
                lat_0.clamp(-45.0, 45.0),
                80.0,
                if parameter(definition, "proj") == Some("utm") { 20.0 } else { 50.0 },
            ),
            Some("merc" | "webmerc") => {
                world(-MERCATOR_END_DEG, MERCATOR_END_DEG, [-180.0, -MERCATOR_END_DEG, 180.0, MERCATOR_END_DEG])
            }
            Some("igh") => Self::World {
                lon_0,
                south: -90.0,
                north: 90.0,
                north_cuts: GOODE_NORTH,
                south_cuts: GOODE_SOUTH,
                home: all,
            },
            Some(_) => world(-90.0, 90.0, all),
        }
    }

    /// Central longitude and latitude, degrees.
    pub(crate) fn centre(&self) -> [f64; 2] {
        match self {
            Self::Everything => [0.0, 0.0],
            Self::Anything { home } => [(home[0] + home[2]) / 2.0, (home[1] + home[3]) / 2.0],
            Self::World { lon_0, home, .. } => [*lon_0, (home[1] + home[3]) / 2.0],
            Self::Cap { lon_0, lat_0, .. } => [*lon_0, *lat_0],
        }
    }

    /// True when the point (degrees) belongs to the region.
    pub(crate) fn contains(&self, lonlat: [f64; 2]) -> bool {
        match self {
            Self::Everything => true,
            Self::Anything { .. } => lonlat[1].abs() <= 90.0,
            Self::World { south, north, .. } => (*south..=*north).contains(&lonlat[1]),
            Self::Cap { lon_0, lat_0, radius, .. } => {
                lonlat[1].abs() <= 90.0 && angular_distance_deg([*lon_0, *lat_0], lonlat) <= *radius
            }
        }
    }

    /// The boundary of the region as one ring in degrees (closed, about half a degree apart),
    /// longitudes running on past ±180 where `lon_0` asks for it. `None` where there is none.
    pub(crate) fn boundary(&self) -> Option<Vec<[f64; 2]>> {
        match self {
            Self::Everything | Self::Anything { .. } => None,
            Self::World { lon_0, south, north, north_cuts, south_cuts, .. } => {
                let e = SEAM_INSET_DEG;
                let mut ring = Vec::new();
                let (west, east) = (lon_0 - 180.0 + e, lon_0 + 180.0 - e);
                run(&mut ring, [west, *south], [west, *north]);
                let mut from = west;
                for cut in *north_cuts {
                    run(&mut ring, [from, *north], [lon_0 + cut - e, *north]);
                    run(&mut ring, [lon_0 + cut - e, *north], [lon_0 + cut - e, e]);
                    run(&mut ring, [lon_0 + cut + e, e], [lon_0 + cut + e, *north]);
                    from = lon_0 + cut + e;
                }
                run(&mut ring, [from, *north], [east, *north]);
                run(&mut ring, [east, *north], [east, *south]);
                let mut from = east;
                for cut in south_cuts.iter().rev() {
                    run(&mut ring, [from, *south], [lon_0 + cut + e, *south]);
                    run(&mut ring, [lon_0 + cut + e, *south], [lon_0 + cut + e, -e]);
                    run(&mut ring, [lon_0 + cut - e, -e], [lon_0 + cut - e, *south]);
                    from = lon_0 + cut - e;
                }
                run(&mut ring, [from, *south], [west, *south]);
                Some(ring)
            }
            Self::Cap { lon_0, lat_0, radius, .. } => {
                let n = 720_u32;
                // A breath inside, so that rounding never puts a boundary point outside.
                let radius = radius - 1e-9;
                let mut ring: Vec<[f64; 2]> = Vec::new();
                for i in 0..=n {
                    let [lon, lat] = destination([*lon_0, *lat_0], radius, 360.0 * f64::from(i % n) / f64::from(n));
                    // Neighbours run on past ±180 instead of jumping.
                    let near = ring.last().map_or(lon, |before| before[0] + wrap_180(lon - before[0]));
                    ring.push([near, lat]);
                }
                Some(ring)
            }
        }
    }

    /// Bounds in projected units of the part shown first, by sampling; `None` when no sample
    /// can be projected.
    pub(crate) fn home_bounds(&self, forward: impl Fn([f64; 2]) -> Option<[f64; 2]>) -> Option<[f64; 4]> {
        const N: u32 = 72;
        let mut bounds: Option<[f64; 4]> = None;
        for j in 0..=N {
            for i in 0..=N {
                let (u, v) = (f64::from(i) / f64::from(N), f64::from(j) / f64::from(N));
                let e = SEAM_INSET_DEG;
                let point = match self {
                    Self::Everything => [u, v],
                    Self::Anything { home } => {
                        let east = if home[2] < home[0] { home[2] + 360.0 } else { home[2] };
                        [home[0] + e + (east - home[0] - 2.0 * e) * u, home[1] + (home[3] - home[1]) * v]
                    }
                    Self::World { lon_0, home, .. } => {
                        [lon_0 + home[0] + e + (home[2] - home[0] - 2.0 * e) * u, home[1] + (home[3] - home[1]) * v]
                    }
                    Self::Cap { lon_0, lat_0, home, .. } => destination([*lon_0, *lat_0], home * v, 360.0 * u),
                };
                if let Some([x, y]) = forward(point) {
                    bounds =
                        Some(bounds.map_or([x, y, x, y], |b| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)]));
                }
            }
        }
        bounds.filter(|b| b[2] > b[0] && b[3] > b[1])
    }
}

/// Appends a line from `a` to `b`, both ends included, in steps of about half a degree.
fn run(ring: &mut Vec<[f64; 2]>, a: [f64; 2], b: [f64; 2]) {
    let steps = crate::cast::ceil_usize((b[0] - a[0]).abs().max((b[1] - a[1]).abs()) * 2.0).max(1);
    ring.extend((0..=steps).map(|i| {
        let t = f64_of(i) / f64_of(steps);
        [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
    }));
}

/// Great-circle distance in degrees (haversine: exact for small angles too).
pub(crate) fn angular_distance_deg(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (la, lb) = (a[1].to_radians(), b[1].to_radians());
    let h = ((lb - la) / 2.0).sin().powi(2) + la.cos() * lb.cos() * ((b[0] - a[0]).to_radians() / 2.0).sin().powi(2);
    2.0 * h.sqrt().min(1.0).asin().to_degrees()
}

/// The point `distance` degrees from `start` along `azimuth` degrees from north; at a pole the
/// azimuth counts from the meridian of `start`.
fn destination(start: [f64; 2], distance: f64, azimuth: f64) -> [f64; 2] {
    let (lon, lat) = (start[0].to_radians(), start[1].to_radians());
    let (d, a) = (distance.to_radians(), azimuth.to_radians());
    let here = [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()];
    let east = [-lon.sin(), lon.cos(), 0.0];
    let north = [-lat.sin() * lon.cos(), -lat.sin() * lon.sin(), lat.cos()];
    let v: [f64; 3] = std::array::from_fn(|k| d.cos() * here[k] + d.sin() * (a.cos() * north[k] + a.sin() * east[k]));
    [v[1].atan2(v[0]).to_degrees(), v[2].atan2(v[0].hypot(v[1])).to_degrees()]
}
