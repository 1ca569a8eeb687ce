//! The projections of CF appendix F, one arm each, as PROJ strings.

use super::decimal;
use crate::cf::{Fact, number};
use crate::model::Attrs;

/// The parameters of a grid mapping while its PROJ string is made.
pub(super) struct Parameters<'a> {
    attrs: &'a Attrs,
    /// Metres of one unit of false easting and northing.
    metres: f64,
    /// What was defaulted.
    pub(super) facts: Vec<Fact>,
}

impl<'a> Parameters<'a> {
    pub(super) fn new(attrs: &'a Attrs, metres: f64) -> Self {
        Self { attrs, metres, facts: Vec::new() }
    }

    /// The PROJ string of a `grid_mapping_name`; `None` for one that is unknown.
    pub(super) fn proj(&mut self, name: &str) -> Option<String> {
        let lat_0 = "latitude_of_projection_origin";
        let lon_0 = "longitude_of_projection_origin";
        let mut p = match name {
            "latitude_longitude" => "+proj=longlat".to_owned(),
            "rotated_latitude_longitude" => self.rotated(),
            "lambert_conformal_conic" => self.conic("lcc"),
            "albers_conical_equal_area" => self.conic("aea"),
            "lambert_azimuthal_equal_area" => self.centred("laea", lat_0, lon_0),
            "azimuthal_equidistant" => self.centred("aeqd", lat_0, lon_0),
            "orthographic" => self.centred("ortho", lat_0, lon_0),
            "stereographic" => self.centred("stere", lat_0, lon_0) + &self.factor(),
            "polar_stereographic" => self.polar(),
            "lambert_cylindrical_equal_area" => {
                let meridian = self.either("longitude_of_central_meridian", lon_0, 0.0);
                format!("+proj=cea +lon_0={meridian}{}", self.parallel_or_factor())
            }
            "mercator" => {
                let meridian = self.either(lon_0, "longitude_of_central_meridian", 0.0);
                format!("+proj=merc +lon_0={meridian}{}", self.parallel_or_factor())
            }
            "transverse_mercator" => {
                let (lat, lon) = (self.or(lat_0, 0.0), self.either("longitude_of_central_meridian", lon_0, 0.0));
                format!("+proj=tmerc +lat_0={lat} +lon_0={lon}{}", self.factor())
            }
            "oblique_mercator" => {
                let (lat, lon) = (self.or(lat_0, 0.0), self.or(lon_0, 0.0));
                let azimuth = self.or("azimuth_of_central_line", 0.0);
                // CF names no rectified grid angle; PROJ's own default (the azimuth) is what iris and cartopy take.
                format!("+proj=omerc +lat_0={lat} +lonc={lon} +alpha={azimuth}{}", self.factor())
            }
            "sinusoidal" => {
                let meridian = self.either(lon_0, "longitude_of_central_meridian", 0.0);
                format!("+proj=sinu +lon_0={meridian}")
            }
            "geostationary" => self.geostationary()?,
            "vertical_perspective" => {
                let height = self.height()?;
                format!("{} +h={height}", self.centred("nsper", lat_0, lon_0))
            }
            _ => return None,
        };
        let in_degrees = name.ends_with("latitude_longitude");
        if !in_degrees {
            for (name, key) in [("false_easting", "x_0"), ("false_northing", "y_0")] {
                if let Some(shift) = self.number(name).filter(|&s| s != 0.0) {
                    p += &format!(" +{key}={}", shift * self.metres);
                }
            }
        }
        p += &self.ellipsoid();
        p += if in_degrees { " +no_defs" } else { " +units=m +no_defs" };
        Some(p)
    }

    /// `perspective_point_height`, where it is a height.
    pub(super) fn height(&self) -> Option<f64> {
        self.number("perspective_point_height").filter(|&h| h > 0.0)
    }

    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let all = self.attrs.get(name).map(number::numbers).unwrap_or_default();
        all.into_iter().map(decimal).filter(|x| x.is_finite()).collect()
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.numbers(name).first().copied()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.attrs.text(name).map(str::trim).filter(|t| !t.is_empty())
    }

    pub(super) fn assume(&mut self, what: &'static str, value: String) {
        self.facts.push(Fact::assumed(what, value));
    }

    fn or(&mut self, name: &str, default: f64) -> f64 {
        self.number(name).unwrap_or_else(|| {
            self.assume("projection parameter", format!("{name} {default}"));
            default
        })
    }

    /// The first of two names that is given: writers mix them up.
    fn either(&mut self, name: &str, alias: &str, default: f64) -> f64 {
        match self.number(name).or_else(|| self.number(alias)) {
            Some(x) => x,
            None => self.or(name, default),
        }
    }

    fn centred(&mut self, proj: &str, lat: &str, lon: &str) -> String {
        let (lat, lon) = (self.or(lat, 0.0), self.either(lon, "longitude_of_central_meridian", 0.0));
        format!("+proj={proj} +lat_0={lat} +lon_0={lon}")
    }

    fn factor(&self) -> String {
        let k = self
            .number("scale_factor_at_projection_origin")
            .or_else(|| self.number("scale_factor_at_central_meridian"))
            .filter(|&k| k > 0.0 && k != 1.0);
        k.map(|k| format!(" +k_0={k}")).unwrap_or_default()
    }

    fn parallel_or_factor(&self) -> String {
        match self.number("standard_parallel") {
            Some(parallel) if parallel != 0.0 => format!(" +lat_ts={parallel}"),
            Some(_) => String::new(),
            None => self.factor(),
        }
    }

    fn conic(&mut self, proj: &str) -> String {
        let meridian = self.either("longitude_of_central_meridian", "longitude_of_projection_origin", 0.0);
        let parallels = self.numbers("standard_parallel");
        let origin = self.number("latitude_of_projection_origin");
        let (first, second) = match (parallels.as_slice(), origin) {
            ([first, second, ..], _) => (*first, Some(*second)),
            ([one], _) => (*one, None),
            ([], Some(origin)) => {
                self.assume("projection parameter", format!("standard_parallel {origin}, the latitude of the origin"));
                (origin, None)
            }
            ([], None) => (self.or("standard_parallel", 45.0), None),
        };
        let origin = origin.unwrap_or_else(|| {
            self.assume(
                "projection parameter",
                format!("latitude_of_projection_origin {first}, the standard parallel"),
            );
            first
        });
        let second = second.map(|s| format!(" +lat_2={s}")).unwrap_or_default();
        let factor = if proj == "lcc" && second.is_empty() { self.factor() } else { String::new() };
        format!("+proj={proj} +lat_1={first}{second} +lat_0={origin} +lon_0={meridian}{factor}")
    }

    fn polar(&mut self) -> String {
        let meridian = match self.number("straight_vertical_longitude_from_pole") {
            Some(lon) => lon,
            None => self.either("longitude_of_projection_origin", "longitude_of_central_meridian", 0.0),
        };
        let parallel = self.number("standard_parallel");
        let pole = match (self.number("latitude_of_projection_origin"), parallel) {
            (Some(lat), _) => 90f64.copysign(lat),
            (None, Some(parallel)) => {
                let pole = 90f64.copysign(parallel);
                self.assume("projection parameter", format!("latitude_of_projection_origin {pole}, as the parallel"));
                pole
            }
            (None, None) => self.or("latitude_of_projection_origin", 90.0),
        };
        let scale = parallel.map_or_else(|| self.factor(), |p| format!(" +lat_ts={p}"));
        format!("+proj=stere +lat_0={pole} +lon_0={meridian}{scale}")
    }

    fn rotated(&mut self) -> String {
        let lat = self.or("grid_north_pole_latitude", 90.0);
        let lon = self.or("grid_north_pole_longitude", 180.0);
        let turn = self.number("north_pole_grid_longitude").unwrap_or(0.0);
        // PROJ counts lon_0 from the meridian opposite to the new pole.
        let lon_0 = (lon + 180.0 + 180.0).rem_euclid(360.0) - 180.0;
        format!("+proj=ob_tran +o_proj=longlat +o_lon_p={turn} +o_lat_p={lat} +lon_0={lon_0}")
    }

    fn geostationary(&mut self) -> Option<String> {
        let height = self.height()?;
        let lon = self.either("longitude_of_projection_origin", "longitude_of_central_meridian", 0.0);
        let named = |name: &str| self.text(name).map(str::to_ascii_lowercase);
        let sweep = match (named("sweep_angle_axis").as_deref(), named("fixed_angle_axis").as_deref()) {
            (Some("x"), _) | (None, Some("y")) => "x",
            (Some("y"), _) | (None, Some("x")) => "y",
            _ => {
                self.assume("projection parameter", "sweep_angle_axis y, as on Meteosat".to_owned());
                "y"
            }
        };
        Some(format!("+proj=geos +h={height} +lon_0={lon} +sweep={sweep}"))
    }
}
