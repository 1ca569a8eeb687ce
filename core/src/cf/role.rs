//! What a coordinate variable measures: CF chapter 4, and the names that files without attributes use.
//! Looks at one variable alone; `axes` puts several together.

use super::TimeUnits;
use crate::model::{Attrs, VariableMeta};
use std::cell::RefCell;
use std::collections::HashMap;

/// What a coordinate measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Degrees east.
    Longitude,
    /// Degrees north.
    Latitude,
    /// Longitude of a rotated pole.
    RotatedLongitude,
    /// Latitude of a rotated pole.
    RotatedLatitude,
    /// Abscissa of a map projection, a length or a scan angle.
    ProjectionX,
    /// Ordinate of a map projection.
    ProjectionY,
    /// Something along the first horizontal direction, no more is known.
    X,
    /// Something along the second horizontal direction.
    Y,
    /// Height, depth, pressure, level.
    Vertical,
    /// Time.
    Time,
}

impl Measure {
    /// The letter of CF's `axis` attribute.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Longitude | Self::RotatedLongitude | Self::ProjectionX | Self::X => 'X',
            Self::Latitude | Self::RotatedLatitude | Self::ProjectionY | Self::Y => 'Y',
            Self::Vertical => 'Z',
            Self::Time => 'T',
        }
    }

    /// Whether it is true longitude or latitude.
    #[must_use]
    pub fn is_geographic(self) -> bool {
        matches!(self, Self::Longitude | Self::Latitude)
    }

    /// What a variable measures and where it says so, in CF's order: `axis`, `standard_name`, `units`, `positive`, and
    /// last its name. `axis` settles the direction; the others say which quantity runs along it.
    #[must_use]
    pub fn of(variable: &VariableMeta) -> Option<(Self, String)> {
        Self::told(&variable.name, &variable.attrs)
    }

    /// As [`Self::of`], of a variable with this name and these attributes.
    #[must_use]
    pub fn told(name: &str, attrs: &Attrs) -> Option<(Self, String)> {
        let axis = attrs.text("axis").and_then(by_axis);
        // Each is asked only where those before say nothing: all variables of a file are asked for each of them.
        let by: [(&dyn Fn() -> Option<Self>, &str); 4] = [
            (&|| attrs.text("standard_name").and_then(by_standard_name), "standard_name"),
            (&|| Self::of_units(attrs.text("units")?), "units"),
            (&|| by_positive(attrs), "positive"),
            (&|| Self::of_name(name), "name"),
        ];
        let mut found = by.iter().filter_map(|(measure, from)| Some((measure()?, (*from).to_owned())));
        match axis {
            None => found.next(),
            Some(axis) => Some(found.find(|(m, _)| m.letter() == axis.letter()).map_or(axis, |(m, _)| m))
                .map(|m| (m, "axis".to_owned())),
        }
    }

    /// What is measured in these units, as far as they tell.
    fn of_units(units: &str) -> Option<Self> {
        UNITS.with_borrow_mut(|known| remembered(known, units, by_units))
    }

    /// What a variable or dimension of this name most likely measures.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        NAMED.with_borrow_mut(|known| remembered(known, name, Self::read_name))
    }

    fn read_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let exact = |m: Self| NAMES.iter().any(|(measure, names)| *measure == m && names.contains(&lower.as_str()));
        let begins =
            |m: Self| PREFIXES.iter().any(|(measure, p)| *measure == m && p.iter().any(|p| lower.starts_with(p)));
        let ends = |m: Self| SUFFIXES.iter().any(|(measure, p)| *measure == m && p.iter().any(|p| lower.ends_with(p)));
        let all = || NAMES.iter().map(|(m, _)| *m);
        all().find(|&m| exact(m)).or_else(|| all().find(|&m| begins(m))).or_else(|| all().find(|&m| ends(m)))
    }
}

type Known = HashMap<String, Option<Measure>>;

/// Names and units are asked for again with each variable of a file.
const MOST_KNOWN: usize = 1 << 14;

thread_local! {
    static NAMED: RefCell<Known> = RefCell::new(HashMap::new());
    static UNITS: RefCell<Known> = RefCell::new(HashMap::new());
}

fn remembered(known: &mut Known, text: &str, find: impl Fn(&str) -> Option<Measure>) -> Option<Measure> {
    if let Some(found) = known.get(text) {
        return *found;
    }
    if known.len() >= MOST_KNOWN {
        known.clear();
    }
    let found = find(text);
    known.insert(text.to_owned(), found);
    found
}

fn by_axis(axis: &str) -> Option<Measure> {
    Some(match axis.trim() {
        "X" | "x" => Measure::X,
        "Y" | "y" => Measure::Y,
        "Z" | "z" => Measure::Vertical,
        "T" | "t" => Measure::Time,
        _ => return None,
    })
}

fn by_standard_name(name: &str) -> Option<Measure> {
    Some(match name.split_whitespace().next()? {
        "longitude" => Measure::Longitude,
        "latitude" => Measure::Latitude,
        "grid_longitude" => Measure::RotatedLongitude,
        "grid_latitude" => Measure::RotatedLatitude,
        "projection_x_coordinate" | "projection_x_angular_coordinate" => Measure::ProjectionX,
        "projection_y_coordinate" | "projection_y_angular_coordinate" => Measure::ProjectionY,
        "time" => Measure::Time,
        "height"
        | "altitude"
        | "depth"
        | "air_pressure"
        | "sea_water_pressure"
        | "model_level_number"
        | "height_above_mean_sea_level"
        | "height_above_geopotential_datum"
        | "height_above_reference_ellipsoid"
        | "depth_below_geoid"
        | "geopotential_height"
        | "air_potential_temperature"
        | "sea_water_potential_density" => Measure::Vertical,
        // The parametric vertical coordinates of appendix D.
        n if n.starts_with("atmosphere_") && n.contains("_coordinate") => Measure::Vertical,
        n if n.starts_with("ocean_") && n.contains("_coordinate") => Measure::Vertical,
        _ => return None,
    })
}

/// `degrees_north`, `degree_N`, `degreesE` …; time since a date; pressure.
fn by_units(units: &str) -> Option<Measure> {
    let units = units.trim();
    if TimeUnits::is_time(units) {
        return Some(Measure::Time);
    }
    let lower = units.to_ascii_lowercase().replace([' ', '-'], "_");
    if let Some(rest) = lower.strip_prefix("degrees").or_else(|| lower.strip_prefix("degree")) {
        return match rest.trim_start_matches('_') {
            "north" | "n" => Some(Measure::Latitude),
            "east" | "e" => Some(Measure::Longitude),
            _ => None,
        };
    }
    let vertical = [
        "pa",
        "hpa",
        "mb",
        "mbar",
        "millibar",
        "millibars",
        "bar",
        "dbar",
        "decibar",
        "decibars",
        "atm",
        "level",
        "layer",
        "sigma_level",
        "hybrid_level",
        "model_level",
    ];
    vertical.contains(&lower.as_str()).then_some(Measure::Vertical)
}

fn by_positive(attrs: &Attrs) -> Option<Measure> {
    let positive = attrs.text("positive")?.trim();
    ["up", "down"].iter().any(|d| positive.eq_ignore_ascii_case(d)).then_some(Measure::Vertical)
}

/// Names in lower case, as NEMO, ROMS, WRF, MOM, POP, CESM, MPAS, ICON, GRIB converters and people write them.
const NAMES: &[(Measure, &[&str])] = &[
    (
        Measure::Latitude,
        &[
            "lat",
            "lats",
            "latitude",
            "latitudes",
            "nav_lat",
            "xlat",
            "clat",
            "tlat",
            "ulat",
            "gphit",
            "gphiu",
            "gphiv",
            "gphif",
            "latcell",
            "latvertex",
            "latedge",
            "gridlat_0",
            "nlat_deg",
        ],
    ),
    (
        Measure::Longitude,
        &[
            "lon",
            "lons",
            "long",
            "longitude",
            "longitudes",
            "nav_lon",
            "xlong",
            "clon",
            "tlong",
            "tlon",
            "ulong",
            "ulon",
            "glamt",
            "glamu",
            "glamv",
            "glamf",
            "loncell",
            "lonvertex",
            "lonedge",
            "gridlon_0",
        ],
    ),
    (Measure::RotatedLatitude, &["rlat", "grid_latitude"]),
    (Measure::RotatedLongitude, &["rlon", "grid_longitude"]),
    (Measure::ProjectionY, &["projection_y_coordinate", "northing", "northings"]),
    (Measure::ProjectionX, &["projection_x_coordinate", "easting", "eastings"]),
    (Measure::Y, &["y", "yc", "yt", "yu", "j", "nj", "nlat", "south_north", "row", "rows", "ny"]),
    (Measure::X, &["x", "xc", "xt", "xu", "i", "ni", "nlon", "west_east", "col", "cols", "column", "columns", "nx"]),
    (Measure::Time, &["time", "times", "t", "xtime", "time_counter", "ocean_time", "valid_time", "time_centered"]),
    (
        Measure::Vertical,
        &[
            "z",
            "lev",
            "level",
            "levels",
            "plev",
            "depth",
            "depths",
            "height",
            "altitude",
            "alt",
            "layer",
            "pressure",
            "isobaric",
            "sigma",
            "hybrid",
            "s_rho",
            "s_w",
            "nav_lev",
            "deptht",
            "depthu",
            "depthv",
            "depthw",
            "bottom_top",
            "zlev",
            "olevel",
            "nz",
        ],
    ),
];

/// Beginnings of names that models number or stagger: `lat_rho`, `xi_u`, `south_north_stag`.
const PREFIXES: &[(Measure, &[&str])] = &[
    (Measure::Latitude, &["lat_", "latitude_", "nav_lat_", "xlat_", "geolat"]),
    (Measure::Longitude, &["lon_", "longitude_", "nav_lon_", "xlong_", "geolon"]),
    (Measure::Y, &["eta_", "south_north_", "y_", "yt_", "yu_"]),
    (Measure::X, &["xi_", "west_east_", "x_", "xt_", "xu_"]),
    (Measure::Time, &["time_", "ocean_time_"]),
    (
        Measure::Vertical,
        &["bottom_top_", "s_rho_", "depth_", "lev_", "plev_", "isobaric", "model_level", "z_", "height_"],
    ),
];

/// Ends of names, as UGRID writers have them: `mesh2d_face_x`.
const SUFFIXES: &[(Measure, &[&str])] =
    &[(Measure::Y, &["_node_y", "_face_y", "_edge_y"]), (Measure::X, &["_node_x", "_face_x", "_edge_x"])];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Measure;
    use crate::cf::testing::variable;

    fn of(text: &str) -> Option<(Measure, String)> {
        Measure::of(&variable(text))
    }

    fn measure(text: &str) -> Option<Measure> {
        of(text).map(|(m, _)| m)
    }

    #[test]
    fn attributes_come_before_names() {
        let found = |text: &str| of(text).unwrap();
        assert_eq!(found("a(a) axis=X standard_name=longitude"), (Measure::Longitude, "axis".to_owned()));
        assert_eq!(found("a(a) axis=Y units=m"), (Measure::Y, "axis".to_owned()));
        assert_eq!(found("lat(a) axis=X"), (Measure::X, "axis".to_owned()));
        assert_eq!(found("x(a) standard_name=latitude"), (Measure::Latitude, "standard_name".to_owned()));
        assert_eq!(found("x(a) units=degrees_north"), (Measure::Latitude, "units".to_owned()));
        assert_eq!(found("foo(a) positive=down"), (Measure::Vertical, "positive".to_owned()));
        assert_eq!(found("nav_lat(y,x)"), (Measure::Latitude, "name".to_owned()));
        assert_eq!(of("temperature(a) units=K"), None);
    }

    #[test]
    fn every_spelling_of_degrees() {
        for units in [
            "degrees_north",
            "degree_north",
            "degree_N",
            "degrees_N",
            "degreeN",
            "degreesN",
            "degrees_north ",
            "Degrees_North",
        ] {
            assert_eq!(measure(&format!("a(a) units={units}")), Some(Measure::Latitude), "{units}");
        }
        for units in ["degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"] {
            assert_eq!(measure(&format!("a(a) units={units}")), Some(Measure::Longitude), "{units}");
        }
        for units in ["degrees", "degrees_C", "degree_Celsius", "degree_true", "degC"] {
            assert_eq!(measure(&format!("a(a) units={units}")), None, "{units}");
        }
    }

    #[test]
    fn rotated_and_projected_coordinates_are_not_taken_for_true_ones() {
        assert_eq!(measure("rlat(rlat) axis=Y units=degrees"), Some(Measure::RotatedLatitude));
        assert_eq!(measure("g(g) standard_name=grid_longitude units=degrees"), Some(Measure::RotatedLongitude));
        assert_eq!(measure("x(x) standard_name=projection_x_coordinate units=km"), Some(Measure::ProjectionX));
        assert_eq!(measure("x(x) axis=X standard_name=projection_x_angular_coordinate"), Some(Measure::ProjectionX));
        // ROMS invents standard names; the units are right.
        assert_eq!(
            measure("lat_psi(e,x) standard_name=grid_latitude_at_cell_corners units=degree_north"),
            Some(Measure::Latitude)
        );
    }

    #[test]
    fn vertical_and_time() {
        for text in [
            "a(a) units=millibars",
            "a(a) units=hPa",
            "lev(lev)",
            "s_rho(s_rho)",
            "bottom_top_stag(a)",
            "a(a) standard_name=ocean_s_coordinate_g2",
            "a(a) standard_name=depth",
            "a(a) axis=Z",
        ] {
            assert_eq!(measure(text), Some(Measure::Vertical), "{text}");
        }
        for text in [
            "time(time)",
            "a(a) units=days_since_2000-1-1".replace('_', " ").as_str(),
            "ocean_time(ocean_time)",
            "a(a) axis=T",
        ] {
            assert_eq!(measure(text), Some(Measure::Time), "{text}");
        }
        assert_eq!(measure("tas(time) units=K"), None);
    }

    #[test]
    fn names_of_dimensions() {
        for (name, expected) in [
            ("xi_rho", Measure::X),
            ("eta_v", Measure::Y),
            ("west_east_stag", Measure::X),
            ("south_north", Measure::Y),
            ("XLAT_U", Measure::Latitude),
            ("XLONG", Measure::Longitude),
            ("time_counter", Measure::Time),
            ("mesh2d_face_x", Measure::X),
            ("rlon", Measure::RotatedLongitude),
        ] {
            assert_eq!(Measure::of_name(name), Some(expected), "{name}");
        }
        for name in ["station", "bnds", "ensemble", "late", "timer", "yonder", "", "temperature"] {
            assert_eq!(Measure::of_name(name), None, "{name}");
        }
    }
}
