//! `GeoTIFF` (OGC 19-008): where the pixels lie, as coordinate variables and a grid mapping in the words of CF.

use super::super::file::RandomFile;
use super::ifd::{Directory, Layout};
use super::series::attribute;
use crate::model::{AttrValue, Attrs, Data};

/// What the tags say of a page's place on Earth.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Place {
    /// Values and attributes of `x`, one for each column.
    pub(super) x: Option<(Vec<f64>, Attrs)>,
    /// Values and attributes of `y`, one for each row.
    pub(super) y: Option<(Vec<f64>, Attrs)>,
    /// Attributes of the grid mapping variable.
    pub(super) mapping: Option<Attrs>,
    pub(super) warnings: Vec<String>,
}

/// Pixels along an axis whose places are held in memory.
const MOST_PLACES: usize = 1 << 24;

/// Ground control points that can tell of a grid: two of them always lie on one.
const FEWEST_POINTS: usize = 3;

/// Part of a pixel by which a control point may lie beside its place on a grid.
const BESIDE: f64 = 1e-6;

/// How a citation begins that holds a whole system, where no key can tell it.
const ESRI: &str = "ESRI PE String = ";

/// Projections given by their parameters: number of `ProjCoordTransGeoKey`, CF's name, and whether the origin keys are
/// those of a false origin.
const METHODS: &[(u64, &str)] = &[
    (1, "transverse_mercator"),
    (7, "mercator"),
    (8, "lambert_conformal_conic"),
    (9, "lambert_conformal_conic"),
    (10, "lambert_azimuthal_equal_area"),
    (11, "albers_conical_equal_area"),
    (12, "azimuthal_equidistant"),
    (14, "stereographic"),
    (15, "polar_stereographic"),
    (21, "orthographic"),
    (24, "sinusoidal"),
];

impl Place {
    /// Reads the place of a page of `height` × `width` pixels.
    pub(super) fn of(layout: Layout, file: &RandomFile, directory: &Directory, height: usize, width: usize) -> Self {
        let list = |tag: u16| layout.floats(file, directory, tag);
        let keys = Keys { keys: list(34735), doubles: list(34736), texts: layout.text(file, directory, 34737) };
        let mut place = Self::default();
        // Pixels are areas unless the file says points: a place names the corner of the first one.
        let half = if keys.number(1025) == Some(2.0) { 0.0 } else { 0.5 };
        let lines = match (list(33550).as_slice(), list(33922).as_slice(), list(34264).as_slice()) {
            ([sx, sy, ..], [i, j, _, x, y, ..], _) if *sx != 0.0 && *sy != 0.0 => Some(((*x, *i, *sx), (*y, *j, -*sy))),
            (_, _, [a, b, _, d, e, f, _, h, ..]) if *b == 0.0 && *e == 0.0 && *a != 0.0 && *f != 0.0 => {
                Some(((*d, 0.0, *a), (*h, 0.0, *f)))
            }
            (_, _, [_, ..]) => {
                place.warnings.push("the image is turned against its axes: pixels are numbered".to_owned());
                None
            }
            ([], points, []) if points.len() >= 6 * FEWEST_POINTS => {
                let points = points.as_chunks::<6>().0;
                let grid = grid(points);
                if grid.is_none() {
                    place.warnings.push(format!(
                        "the image is located by {} ground control points in {}, which are no grid: pixels are numbered",
                        points.len(),
                        keys.system()
                    ));
                }
                grid
            }
            _ => None,
        };
        let longest = width.max(height);
        if lines.is_some() && longest > MOST_PLACES {
            place.warnings.push(format!("the page is {longest} pixels long: they are numbered"));
        }
        let lines = lines.filter(|_| longest <= MOST_PLACES);
        let geographic =
            keys.number(1024).map_or(keys.number(2048).is_some() && keys.number(3072).is_none(), |n| n == 2.0);
        if let Some((x, y)) = lines {
            let along = |(start, from, step): (f64, f64, f64), n: usize| -> Vec<f64> {
                (0..n).map(|k| start + (k as f64 + half - from) * step).collect()
            };
            let unit = keys.unit();
            let describe = |axis: &str| {
                let (name, unit) = match (geographic, axis) {
                    (true, "X") => ("longitude", "degrees_east"),
                    (true, _) => ("latitude", "degrees_north"),
                    (false, "X") => ("projection_x_coordinate", unit),
                    (false, _) => ("projection_y_coordinate", unit),
                };
                attrs(&[("standard_name", name), ("units", unit), ("axis", axis)])
            };
            place.x = Some((along(x, width), describe("X")));
            place.y = Some((along(y, height), describe("Y")));
        }
        place.mapping = keys.mapping(geographic).filter(|_| place.x.is_some());
        place
    }
}

/// A place on the axis, the pixel that lies there, and the length of a pixel.
type Line = (f64, f64, f64);

/// Both axes, where control points (column, row, depth, x, y, height) lie on a grid along them.
fn grid(points: &[[f64; 6]]) -> Option<(Line, Line)> {
    let line = |pixel: usize, place: usize| {
        let pairs = || points.iter().filter_map(move |p| Some((*p.get(pixel)?, *p.get(place)?)));
        let first = pairs().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let last = pairs().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let step = (last.1 - first.1) / (last.0 - first.0);
        let on = |(at, value): (f64, f64)| (first.1 + (at - first.0) * step - value).abs() <= (BESIDE * step).abs();
        (step.is_finite() && step != 0.0 && pairs().all(on)).then_some((first.1, first.0, step))
    };
    Some((line(0, 3)?, line(1, 4)?))
}

fn attrs(list: &[(&str, &str)]) -> Attrs {
    Attrs(list.iter().map(|(name, text)| ((*name).to_owned(), AttrValue::Text((*text).to_owned()))).collect())
}

/// The geographic keys: four numbers each, of which one tells where the value stands.
struct Keys {
    keys: Vec<f64>,
    doubles: Vec<f64>,
    texts: Option<String>,
}

impl Keys {
    fn find(&self, key: u16) -> Option<[f64; 4]> {
        self.keys.chunks_exact(4).skip(1).find_map(|k| <[f64; 4]>::try_from(k).ok().filter(|k| k[0] == f64::from(key)))
    }

    fn number(&self, key: u16) -> Option<f64> {
        let [_, stands, _, value] = self.find(key)?;
        match stands {
            0.0 => Some(value),
            34736.0 => self.doubles.get(index(value)).copied(),
            _ => None,
        }
    }

    fn text(&self, key: u16) -> Option<String> {
        let [_, _, count, from] = self.find(key).filter(|k| k[1] == 34737.0)?;
        let text = self.texts.as_ref()?.get(index(from)..index(from) + index(count))?;
        Some(text.trim_end_matches(['|', '\0']).trim().to_owned()).filter(|t| !t.is_empty())
    }

    /// What people call the system: its code or name.
    fn system(&self) -> String {
        let mut codes = [3072, 2048].into_iter().filter_map(|k| self.number(k)).filter(|n| *n > 0.0 && *n < 32767.0);
        let code = codes.next().map(|code| format!("EPSG:{code}"));
        code.or_else(|| self.name()).unwrap_or_else(|| "a system that is not told".to_owned())
    }

    fn citation(&self) -> Option<String> {
        [3073, 1026, 2049].into_iter().find_map(|key| self.text(key))
    }

    /// The citation, or the name in the well-known text that it holds.
    fn name(&self) -> Option<String> {
        match self.esri() {
            Some(wkt) => wkt.split('"').nth(1).map(str::to_owned),
            None => self.citation(),
        }
    }

    /// Esri's well-known text, which some writers put into a citation.
    fn esri(&self) -> Option<String> {
        let text = [3073, 1026, 2049].into_iter().find_map(|k| self.text(k).filter(|text| text.contains(ESRI)))?;
        let (_, wkt) = text.split_once(ESRI)?;
        let wkt = wkt.split('|').next().unwrap_or_default().trim();
        let whole = wkt.matches('[').count() == wkt.matches(']').count();
        let kind = ["PROJCS[", "GEOGCS["].into_iter().any(|kind| wkt.starts_with(kind));
        (whole && kind).then(|| wkt.to_owned())
    }

    /// The unit of projected coordinates, as UDUNITS writes it.
    fn unit(&self) -> &'static str {
        match self.number(3076) {
            Some(9002.0) => "foot",
            Some(9003.0) => "US_survey_foot",
            Some(9036.0) => "km",
            _ => "m",
        }
    }

    fn mapping(&self, geographic: bool) -> Option<Attrs> {
        let code = self.number(if geographic { 2048 } else { 3072 }).filter(|&n| n > 0.0 && n < 32767.0);
        let mut out = Attrs::default();
        if let Some(name) = self.name() {
            out.set("long_name", AttrValue::Text(name));
        }
        if let Some(code) = code {
            out.set("epsg_code", AttrValue::Text(format!("EPSG:{code}")));
            return Some(out);
        }
        if let Some(wkt) = self.esri() {
            out.set("crs_wkt", AttrValue::Text(wkt));
            if !geographic {
                return Some(out);
            }
        }
        if geographic {
            out.set("grid_mapping_name", AttrValue::Text("latitude_longitude".to_owned()));
            self.figure(&mut out);
            return Some(out);
        }
        let method = self.number(3075)?;
        let (_, name) = METHODS.iter().find(|(number, _)| *number as f64 == method)?;
        out.set("grid_mapping_name", AttrValue::Text((*name).to_owned()));
        let mut put = |cf: &str, keys: &[u16]| {
            if let Some(value) = keys.iter().find_map(|&k| self.number(k)) {
                out.set(cf, AttrValue::Numbers(Data::F64(vec![value])));
            }
        };
        match *name {
            "lambert_conformal_conic" | "albers_conical_equal_area" => {
                put("longitude_of_central_meridian", &[3084, 3080, 3088]);
                put("latitude_of_projection_origin", &[3085, 3081, 3089]);
            }
            "polar_stereographic" => {
                put("straight_vertical_longitude_from_pole", &[3095, 3080]);
                put("standard_parallel", &[3081, 3078]);
                let north = self.number(3081).is_none_or(|lat| lat >= 0.0);
                out.set(
                    "latitude_of_projection_origin",
                    AttrValue::Numbers(Data::F64(vec![if north { 90.0 } else { -90.0 }])),
                );
            }
            "transverse_mercator" => {
                put("longitude_of_central_meridian", &[3080, 3084, 3088]);
                put("latitude_of_projection_origin", &[3081, 3085, 3089]);
                put("scale_factor_at_central_meridian", &[3092, 3093]);
            }
            _ => {
                put("longitude_of_projection_origin", &[3080, 3088, 3084]);
                put("latitude_of_projection_origin", &[3081, 3089, 3085]);
                put("scale_factor_at_projection_origin", &[3092, 3093]);
            }
        }
        let parallels: Vec<f64> = [3078, 3079].into_iter().filter_map(|k| self.number(k)).collect();
        if !parallels.is_empty() && *name != "polar_stereographic" {
            out.set("standard_parallel", AttrValue::Numbers(Data::F64(parallels)));
        }
        for (cf, keys) in [("false_easting", [3082, 3086, 3090]), ("false_northing", [3083, 3087, 3091])] {
            if let Some(value) = keys.into_iter().find_map(|k| self.number(k)) {
                out.set(cf, AttrValue::Numbers(Data::F64(vec![value])));
            }
        }
        self.figure(&mut out);
        Some(out)
    }

    /// The ellipsoid, where its axes are given.
    fn figure(&self, out: &mut Attrs) {
        for (key, cf) in [(2057, "semi_major_axis"), (2058, "semi_minor_axis"), (2059, "inverse_flattening")] {
            if let Some(value) = self.number(key) {
                out.set(cf, AttrValue::Numbers(Data::F64(vec![value])));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "read from 16 bits; saturates")]
fn index(value: f64) -> usize {
    value as usize
}

/// Fill value (as text: 64-bit integers are more than a float holds), scale and offset as GDAL writes them.
pub(super) fn packing(
    layout: Layout,
    file: &RandomFile,
    directory: &Directory,
) -> (Option<String>, Option<f64>, Option<f64>) {
    let fill = layout.text(file, directory, 42113).map(|t| t.trim().to_owned());
    let metadata = layout.text(file, directory, 42112).unwrap_or_default();
    let item = |role: &str| {
        metadata.split("<Item").skip(1).find_map(|item| {
            let (tag, rest) = item.split_once('>')?;
            (attribute(tag, "role") == Some(role)).then(|| rest.split_once('<')?.0.trim().parse::<f64>().ok())?
        })
    };
    (fill, item("scale"), item("offset"))
}
