//! Grid mappings to something PROJ understands: CF section 5.6 and appendix F, with `crs_wkt` as the fallback.
//! Transforms no coordinate itself.

mod ellipsoid;
mod methods;

use super::Fact;
use super::number::{self, Number};
use crate::model::Attrs;
use methods::Parameters;

/// A coordinate reference system of a horizontal grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Crs {
    /// `grid_mapping_name`, empty where only a WKT or a code is given.
    pub name: String,
    /// A PROJ string (without `+type=crs`) or an authority code such as `EPSG:3413`.
    pub proj: Option<String>,
    /// The WKT as it stands in the file.
    pub wkt: Option<String>,
    /// PROJ's coordinate is the file's coordinate times this: to metres for projections, to degrees for
    /// `latitude_longitude` and `rotated_latitude_longitude`.
    pub unit: f64,
    /// What was read and what was assumed.
    pub facts: Vec<Fact>,
}

impl Crs {
    /// The system that the attributes of a grid mapping variable describe.
    ///
    /// `axis_units` are the `units` of the projection coordinates: CF gives false easting and northing in them too.
    /// Parameters that are missing are defaulted and the facts say so. `None` where nothing describes a system.
    #[must_use]
    pub fn of(attrs: &Attrs, axis_units: Option<&str>) -> Option<Self> {
        let text = |names: &[&'static str]| {
            names
                .iter()
                .find_map(|n| attrs.text(n).map(str::trim).filter(|t| !t.is_empty()).map(|t| (t.to_owned(), *n)))
        };
        let name = attrs.text("grid_mapping_name").unwrap_or_default().trim().to_ascii_lowercase();
        let mut facts = Vec::new();
        if !name.is_empty() {
            facts.push(Fact::read("map projection", name.clone(), "grid_mapping_name"));
        }
        let wkt = text(&["crs_wkt", "spatial_ref", "esri_pe_string", "proj:wkt2"]);
        let ready = text(&["proj4", "proj4text", "proj4_params", "proj4string"]).or_else(|| epsg(attrs));
        let mut parameters = Parameters::new(attrs, length_unit(axis_units));
        let made = parameters.proj(&name);
        let height = parameters.height();
        let unknown = made.is_none() && !name.is_empty();
        let proj = match (made, ready) {
            (Some(made), _) => {
                facts.append(&mut parameters.facts);
                Some(made)
            }
            (None, Some((ready, from))) if wkt.is_none() => {
                facts.push(Fact::read("map projection", ready.clone(), from));
                Some(ready)
            }
            _ => None,
        };
        if unknown && proj.is_none() {
            let instead = if wkt.is_some() { "the WKT is used" } else { "the map cannot be placed" };
            facts.push(Fact::assumed("map projection", format!("{name} is unknown or incomplete; {instead}")));
        }
        if let (None, Some((_, from))) = (&proj, &wkt) {
            facts.push(Fact::read("map projection", "well-known text", *from));
        }
        if proj.is_none() && wkt.is_none() && name.is_empty() {
            return None;
        }
        let geographic = ["latitude_longitude", "rotated_latitude_longitude"].contains(&name.as_str());
        let unit = unit(axis_units, geographic, height, &mut facts);
        Some(Self { name, proj, wkt: wkt.map(|(t, _)| t), unit, facts })
    }

    /// What to hand to PROJ: the PROJ string or code, else the WKT.
    #[must_use]
    pub fn definition(&self) -> Option<&str> {
        self.proj.as_deref().or(self.wkt.as_deref())
    }

    /// Whether its coordinates are true longitude and latitude.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        self.name == "latitude_longitude"
    }

    /// Whether its coordinates are longitude and latitude of a rotated pole.
    #[must_use]
    pub fn is_rotated(&self) -> bool {
        self.name == "rotated_latitude_longitude"
    }
}

/// One entry of a `grid_mapping` attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingRef {
    /// The grid mapping variable.
    pub variable: String,
    /// The coordinate variables it goes with; empty in the simple form, which goes with all.
    pub coordinates: Vec<String>,
}

/// Reads a `grid_mapping` attribute: `crs`, or the extended form `crsOSGB: x y crsWGS84: lat lon`.
#[must_use]
pub fn mapping_refs(attribute: &str) -> Vec<MappingRef> {
    let mut refs: Vec<MappingRef> = Vec::new();
    for word in attribute.split_whitespace() {
        match (word.strip_suffix(':'), refs.last_mut()) {
            (Some(variable), _) => refs.push(MappingRef { variable: variable.to_owned(), coordinates: Vec::new() }),
            (None, Some(last)) => last.coordinates.push(word.to_owned()),
            (None, None) => refs.push(MappingRef { variable: word.to_owned(), coordinates: Vec::new() }),
        }
    }
    refs
}

/// `EPSG:…` from the attributes that carry a code.
fn epsg(attrs: &Attrs) -> Option<(String, &'static str)> {
    ["epsg_code", "EPSG_code", "proj:code", "epsg", "spatial_epsg"].into_iter().find_map(|name| {
        let value = attrs.get(name)?;
        let code = match value.text().map(str::trim) {
            Some(text) if text.contains(':') => text.to_ascii_uppercase(),
            Some(text) => format!("EPSG:{}", text.parse::<u32>().ok()?),
            None => format!("EPSG:{}", value.number().filter(|n| n.fract() == 0.0 && *n > 0.0)?),
        };
        Some((code, name))
    })
}

/// Metres of a unit of length; 1 where it is none.
fn length_unit(units: Option<&str>) -> f64 {
    length(units.unwrap_or_default()).unwrap_or(1.0)
}

fn length(units: &str) -> Option<f64> {
    Some(match units.trim().to_ascii_lowercase().as_str() {
        "m" | "metre" | "metres" | "meter" | "meters" => 1.0,
        "km" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => 1000.0,
        "100 km" => 100_000.0,
        "1000 m" => 1000.0,
        "cm" | "centimeter" | "centimeters" | "centimetre" | "centimetres" => 0.01,
        "ft" | "foot" | "feet" | "international_foot" => 0.3048,
        "us_survey_foot" | "us-ft" | "us_survey_feet" => 1200.0 / 3937.0,
        _ => return None,
    })
}

/// Radians of a unit of angle.
fn angle(units: &str) -> Option<f64> {
    let units = units.trim().to_ascii_lowercase();
    Some(match units.as_str() {
        "rad" | "radian" | "radians" => 1.0,
        "mrad" | "milliradian" | "milliradians" => 1e-3,
        "urad" | "µrad" | "microradian" | "microradians" => 1e-6,
        u if u.starts_with("degree") || u == "deg" => 1f64.to_radians(),
        _ => return None,
    })
}

/// What one unit of the coordinates is to PROJ. `height` is that of a geostationary satellite.
fn unit(units: Option<&str>, geographic: bool, height: Option<f64>, facts: &mut Vec<Fact>) -> f64 {
    let text = units.unwrap_or_default().trim();
    let unit = match (geographic, height) {
        (true, _) => angle(text).map(f64::to_degrees).map(|d| if (d - 1.0).abs() < 1e-12 { 1.0 } else { d }),
        (false, Some(h)) => angle(text).map(|a| a * h).or_else(|| length(text)),
        (false, None) => length(text),
    };
    let fallback = match (geographic, height) {
        (true, _) => (1.0, "degrees"),
        (false, Some(h)) => (h, "radians"),
        (false, None) => (1.0, "metres"),
    };
    match unit {
        Some(unit) => {
            if unit != 1.0 {
                facts.push(Fact::read("coordinate unit", format!("{text}, times {unit}"), "units"));
            }
            unit
        }
        None => {
            let given = if text.is_empty() { String::new() } else { format!(", as {text:?} is unknown here") };
            facts.push(Fact::assumed("coordinate unit", format!("{}{given}", fallback.1)));
            fallback.0
        }
    }
}

/// The first number of an attribute, in the shortest decimal form that its type tells apart: 13.33 stays 13.33 in `f32`.
fn decimal(number: Number) -> f64 {
    if number.kind != number::Kind::Single {
        return number.value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was single in the file")]
    let single = number.value as f32;
    single.to_string().parse().unwrap_or(number.value)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Crs, MappingRef, mapping_refs};
    use crate::cf::testing::numbers;
    use crate::model::{AttrValue, Attrs, DType};

    /// `name=1,2;other=text` as attributes.
    fn attrs(text: &str) -> Attrs {
        let mut attrs = Attrs::default();
        for (name, value) in text.split(';').filter_map(|a| a.split_once('=')) {
            let values: Result<Vec<f64>, _> = value.split(',').map(str::parse).collect();
            let value = values.map_or_else(|_| AttrValue::Text(value.to_owned()), |v| numbers(&DType::F64, &v));
            attrs.set(name, value);
        }
        attrs
    }

    fn crs(text: &str, units: Option<&str>) -> Crs {
        Crs::of(&attrs(text), units).unwrap()
    }

    /// golden.py has compared the strings of the table with pyproj's reading of the same attributes.
    #[test]
    fn every_grid_mapping_gives_its_proj_string() {
        let table = include_str!("golden.txt");
        for line in table.lines() {
            let (given, wanted) = line.split_once('|').unwrap();
            assert_eq!(crs(given, None).definition(), Some(wanted), "{given}");
        }
        assert!(table.lines().count() > 30);
    }

    #[test]
    fn coordinates_come_to_proj_in_its_units() {
        let lcc = "grid_mapping_name=lambert_conformal_conic;standard_parallel=25,60;latitude_of_projection_origin=42.5;\
                   longitude_of_central_meridian=-100;false_easting=2;earth_radius=6370000";
        assert_eq!(crs(lcc, Some("km")).unit, 1000.0);
        assert!(crs(lcc, Some("km")).proj.unwrap().contains("+x_0=2000 "), "false easting is in the same unit");
        assert_eq!(crs(lcc, Some("meters")).unit, 1.0);
        assert!(crs(lcc, None).facts.iter().any(|f| f.what == "coordinate unit" && f.from.is_none()));
        let geos = "grid_mapping_name=geostationary;perspective_point_height=35785831;sweep_angle_axis=x;\
                    longitude_of_projection_origin=-75;earth_radius=6370000";
        assert_eq!(crs(geos, Some("rad")).unit, 35_785_831.0);
        assert_eq!(crs(geos, Some("microradian")).unit, 35.785_831);
        assert_eq!(crs(geos, Some("m")).unit, 1.0);
        let rotated = "grid_mapping_name=rotated_latitude_longitude;grid_north_pole_latitude=37.5;\
                       grid_north_pole_longitude=177.5;earth_radius=6371229";
        assert_eq!(crs(rotated, Some("degrees")).unit, 1.0);
        assert_eq!(crs(rotated, Some("radians")).unit, 1f64.to_degrees());
        assert!(crs(rotated, None).is_rotated());
    }

    #[test]
    fn what_is_missing_is_defaulted_and_said() {
        let bare = crs("grid_mapping_name=lambert_conformal_conic", Some("m"));
        assert_eq!(bare.definition(), Some("+proj=lcc +lat_1=45 +lat_0=45 +lon_0=0 +ellps=WGS84 +units=m +no_defs"));
        assert_eq!(bare.facts.iter().filter(|f| f.from.is_none()).count(), 4, "{:?}", bare.facts);
        let full = crs(
            "grid_mapping_name=latitude_longitude;earth_radius=6371229;longitude_of_prime_meridian=0",
            Some("degrees_east"),
        );
        assert!(full.facts.iter().all(|f| f.from.is_some()), "{:?}", full.facts);
    }

    #[test]
    fn well_known_text_and_codes_are_the_fallback() {
        let wkt = crs("grid_mapping_name=martian;crs_wkt=PROJCRS[x]", None);
        assert_eq!((wkt.proj.as_deref(), wkt.definition()), (None, Some("PROJCRS[x]")));
        assert!(wkt.facts.iter().any(|f| f.value.contains("martian is unknown")));
        assert_eq!(crs("spatial_ref=GEOGCS[x]", None).definition(), Some("GEOGCS[x]"));
        assert_eq!(crs("epsg_code=3413", None).definition(), Some("EPSG:3413"));
        assert_eq!(crs("proj:code=epsg:3031", None).definition(), Some("EPSG:3031"));
        assert_eq!(crs("proj4text=+proj=laea", None).definition(), Some("+proj=laea"));
        // A geostationary view without a height cannot be placed.
        assert_eq!(crs("grid_mapping_name=geostationary", None).definition(), None);
        assert_eq!(Crs::of(&Attrs::default(), None), None);
        assert_eq!(Crs::of(&attrs("units=m"), None), None);
    }

    #[test]
    fn both_forms_of_the_attribute_are_read() {
        let entry = |variable: &str, coordinates: &[&str]| MappingRef {
            variable: variable.to_owned(),
            coordinates: coordinates.iter().map(|c| (*c).to_owned()).collect(),
        };
        assert_eq!(mapping_refs("crs"), [entry("crs", &[])]);
        assert_eq!(
            mapping_refs("crsOSGB: x y crsWGS84: lat lon"),
            [entry("crsOSGB", &["x", "y"]), entry("crsWGS84", &["lat", "lon"])]
        );
        assert_eq!(mapping_refs(" "), []);
    }

    #[test]
    fn single_precision_parameters_keep_their_decimals() {
        let mut attrs = attrs("grid_mapping_name=sinusoidal;earth_radius=6371000");
        attrs.set("longitude_of_projection_origin", numbers(&DType::F32, &[13.33]));
        let crs = Crs::of(&attrs, Some("m")).unwrap();
        assert_eq!(crs.definition(), Some("+proj=sinu +lon_0=13.33 +R=6371000 +units=m +no_defs"));
    }
}
