//! Owns projections: from a preset, PROJ string or code to points on the map plane and back.
//! PROJ does the mathematics; this file owns units, domains and the cache of PROJ objects.
//! Knows nothing of pixels, grids or colours.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use proj::Proj;

use super::domain::Domain;
use super::presets::{PRESETS, Preset, preset};
use super::proj_log::listening;
use crate::RenderError;

/// Radius of the sphere that presets are drawn on, in metres.
pub const SPHERE_RADIUS_M: f64 = 6_371_000.0;

/// How many PROJ objects one thread keeps. A globe that the mouse turns makes a new one per
/// frame, so the cache must have an end.
const KEPT_PER_THREAD: usize = 32;

thread_local! {
    static KEPT: RefCell<HashMap<Arc<str>, Rc<Proj>>> = RefCell::new(HashMap::new());
}

/// A map projection: geographic degrees to a plane and back.
///
/// Cheap to clone, `Send` and `Sync`: it holds text and numbers, never a PROJ object. Points
/// are `[longitude, latitude]` in degrees and `[x, y]` in projected units (metres, unless the
/// definition says otherwise; degrees where the result is angular). Two projections are equal
/// when their definitions are.
#[derive(Clone)]
pub struct Projection {
    inner: Arc<Inner>,
}

struct Inner {
    definition: Arc<str>,
    form: Form,
    preset: Option<&'static Preset>,
    centre: [f64; 2],
    domain: Domain,
    /// Largest round-trip error, in projected units, that still counts as inside.
    tolerance: f64,
    /// Bounds of the home region in projected units: west, south, east, north.
    home: [f64; 4],
}

/// How the definition is handed to PROJ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// No projection: the plane is the data's own axes.
    Plane,
    /// A PROJ string giving lengths.
    Lengths,
    /// A PROJ string giving angles (`longlat`, `ob_tran` of `longlat`), turned into degrees.
    Angles,
    /// A code or other text that PROJ knows as a coordinate reference system.
    Code,
}

impl Projection {
    /// The preset called `id` (see [`PRESETS`]) with its centre at `lon_0`, `lat_0` degrees.
    /// `lat_0` is ignored by presets that do not take it.
    ///
    /// # Errors
    /// [`RenderError::UnknownPreset`] when there is none of that name;
    /// [`RenderError::Projection`] when PROJ refuses the centre.
    pub fn from_preset(id: &str, lon_0: f64, lat_0: f64) -> Result<Self, RenderError> {
        let Some(preset) = preset(id) else {
            let known = PRESETS.iter().map(|p| p.id).collect::<Vec<_>>().join(", ");
            return Err(RenderError::UnknownPreset { id: id.to_owned(), known });
        };
        let lat_0 = if preset.takes_lat_0() { lat_0.clamp(-90.0, 90.0) } else { preset.lat_0 };
        let definition =
            preset.proj.replace("{lon_0}", &plain_number(wrap_180(lon_0))).replace("{lat_0}", &plain_number(lat_0));
        Self::build(&definition, Some(preset), Some([wrap_180(lon_0), lat_0]))
    }

    /// A preset id, a PROJ string (`+proj=…`) or a code (`EPSG:3035`, `ESRI:54030`, WKT).
    ///
    /// # Errors
    /// [`RenderError::Projection`] with PROJ's reason.
    pub fn parse(text: &str) -> Result<Self, RenderError> {
        let text = text.trim();
        if let Some(known) = preset(text) {
            return Self::from_preset(known.id, 0.0, known.lat_0);
        }
        match text.to_ascii_uppercase().as_str() {
            "" => Err(refused(text, "it is empty; give a preset, '+proj=…' or 'EPSG:…'")),
            "EPSG:4326" | "OGC:CRS84" | "WGS84" => Self::build("+proj=longlat +datum=WGS84", None, None),
            _ => Self::build(text, None, None),
        }
    }

    /// The plane itself, for images and sections: x and y are the grid's own axes.
    #[must_use]
    pub fn plane() -> Self {
        Self {
            inner: Arc::new(Inner {
                definition: Arc::from("plane"),
                form: Form::Plane,
                preset: None,
                centre: [0.0, 0.0],
                domain: Domain::Everything,
                tolerance: f64::INFINITY,
                home: [0.0, 0.0, 1.0, 1.0],
            }),
        }
    }

    fn build(definition: &str, preset: Option<&'static Preset>, centre: Option<[f64; 2]>) -> Result<Self, RenderError> {
        let form = form_of(definition);
        let definition: Arc<str> = Arc::from(definition);
        // Made here once so that a bad text is refused at once, on the caller's thread.
        let pj = make(&definition, form)?;
        let domain = Domain::of(&definition, &pj);
        let mut inner = Inner {
            definition,
            form,
            preset,
            centre: centre.unwrap_or_else(|| domain.centre()),
            domain,
            tolerance: f64::INFINITY,
            home: [0.0, 0.0, 0.0, 0.0],
        };
        let bounds = inner.domain.home_bounds(|lonlat| forward(&pj, inner.form, lonlat));
        let Some(bounds) = bounds else {
            return Err(refused(&inner.definition, "no point of its region can be projected"));
        };
        inner.tolerance = 1e-6 * (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]);
        inner.home = bounds;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The text handed to PROJ; the identity of this projection, fit for cache keys.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.inner.definition
    }

    /// The preset this came from, if any.
    #[must_use]
    pub fn preset(&self) -> Option<&'static Preset> {
        self.inner.preset
    }

    /// Name for people: the preset's, else the definition.
    #[must_use]
    pub fn name(&self) -> &str {
        self.inner.preset.map_or(&self.inner.definition, |p| p.name)
    }

    /// Central longitude and latitude, degrees.
    #[must_use]
    pub fn centre(&self) -> [f64; 2] {
        self.inner.centre
    }

    /// The same preset about another centre; a projection that is no preset stays as it is.
    ///
    /// # Errors
    /// [`RenderError::Projection`] when PROJ refuses the centre.
    pub fn with_centre(&self, lon_0: f64, lat_0: f64) -> Result<Self, RenderError> {
        match self.inner.preset {
            Some(preset) => Self::from_preset(preset.id, lon_0, lat_0),
            None => Ok(self.clone()),
        }
    }

    /// True for the plane of [`Projection::plane`]: no geography.
    #[must_use]
    pub fn is_plane(&self) -> bool {
        self.inner.form == Form::Plane
    }

    /// True when the plane is counted in degrees that go round (`longlat`, rotated pole).
    #[must_use]
    pub fn is_angular(&self) -> bool {
        self.inner.form == Form::Angles
    }

    /// True when the projected world is a disc about the centre.
    #[must_use]
    pub fn is_disc(&self) -> bool {
        matches!(self.inner.domain, Domain::Cap { .. })
    }

    /// Bounds of the home view in projected units: `[west, south, east, north]`.
    #[must_use]
    pub fn home_bounds(&self) -> [f64; 4] {
        self.inner.home
    }

    /// The region of the globe this projection shows.
    pub(crate) fn domain(&self) -> &Domain {
        &self.inner.domain
    }

    /// A worker for many points on this thread. Not `Send`: each thread asks for its own.
    ///
    /// # Errors
    /// [`RenderError::Projection`] when PROJ refuses the definition on this thread.
    pub fn transformer(&self) -> Result<Transformer, RenderError> {
        let pj = match self.inner.form {
            Form::Plane => None,
            form => Some(kept(&self.inner.definition, form)?),
        };
        Ok(Transformer { pj, inner: Arc::clone(&self.inner) })
    }

    /// Projects one point; `None` outside the domain. For many points use [`Self::transformer`].
    #[must_use]
    pub fn xy_from_lonlat(&self, lonlat: [f64; 2]) -> Option<[f64; 2]> {
        self.transformer().ok()?.xy_from_lonlat(lonlat)
    }

    /// The point of the globe under a point of the plane; `None` outside the domain.
    #[must_use]
    pub fn lonlat_from_xy(&self, xy: [f64; 2]) -> Option<[f64; 2]> {
        self.transformer().ok()?.lonlat_from_xy(xy)
    }
}

impl PartialEq for Projection {
    fn eq(&self, other: &Self) -> bool {
        self.inner.definition == other.inner.definition
    }
}

impl Eq for Projection {}

impl fmt::Debug for Projection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Projection").field(&self.inner.definition).finish()
    }
}

/// Projects points on one thread.
pub struct Transformer {
    pj: Option<Rc<Proj>>,
    inner: Arc<Inner>,
}

impl fmt::Debug for Transformer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transformer").field(&self.inner.definition).finish()
    }
}

impl Transformer {
    /// Degrees to projected units; `None` outside the domain.
    #[must_use]
    pub fn xy_from_lonlat(&self, lonlat: [f64; 2]) -> Option<[f64; 2]> {
        let Some(pj) = &self.pj else {
            return Some(lonlat);
        };
        if !self.inner.domain.contains(lonlat) {
            return None;
        }
        forward(pj, self.inner.form, lonlat)
    }

    /// Projected units to degrees, longitude in −180…180; `None` outside the domain.
    ///
    /// Inverse formulas give answers outside the map too (the far side of a pseudocylindrical
    /// map, say), so a point counts only when it comes back to where it started.
    #[must_use]
    pub fn lonlat_from_xy(&self, xy: [f64; 2]) -> Option<[f64; 2]> {
        let Some(pj) = &self.pj else {
            return Some(xy);
        };
        let lonlat = inverse(pj, self.inner.form, xy)?;
        if !self.inner.domain.contains(lonlat) {
            return None;
        }
        let back = forward(pj, self.inner.form, lonlat)?;
        let error = (back[0] - xy[0]).abs().max((back[1] - xy[1]).abs());
        (error <= self.inner.tolerance).then_some(lonlat)
    }
}

/// Longitude brought into −180…180, keeping 180 itself.
#[must_use]
pub fn wrap_180(lon: f64) -> f64 {
    if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 }
}

/// The value of `+key=value` in a PROJ string.
pub(crate) fn parameter<'a>(definition: &'a str, key: &str) -> Option<&'a str> {
    definition.split_whitespace().find_map(|word| word.trim_start_matches('+').strip_prefix(key)?.strip_prefix('='))
}

fn form_of(definition: &str) -> Form {
    const ANGULAR: [&str; 4] = ["longlat", "latlong", "lonlat", "latlon"];
    match (parameter(definition, "proj"), parameter(definition, "o_proj")) {
        (Some("ob_tran"), Some(o)) if ANGULAR.contains(&o) => Form::Angles,
        (Some(p), _) if ANGULAR.contains(&p) => Form::Angles,
        (Some(_), _) => Form::Lengths,
        (None, _) => Form::Code,
    }
}

fn make(definition: &str, form: Form) -> Result<Proj, RenderError> {
    let (made, said) = listening(|| match form {
        Form::Code => Proj::new_known_crs("OGC:CRS84", definition, None),
        _ => Proj::new(&operation_text(definition)),
    });
    made.map_err(|e| refused(definition, &said.unwrap_or_else(|| e.to_string())))
}

/// `+type=crs` makes PROJ build a description instead of an operation, so it is left out.
fn operation_text(definition: &str) -> String {
    definition.split_whitespace().filter(|w| w.trim_start_matches('+') != "type=crs").collect::<Vec<_>>().join(" ")
}

fn kept(definition: &Arc<str>, form: Form) -> Result<Rc<Proj>, RenderError> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(pj) = kept.get(definition) {
            return Ok(Rc::clone(pj));
        }
        let pj = Rc::new(make(definition, form)?);
        if kept.len() >= KEPT_PER_THREAD {
            kept.clear();
        }
        kept.insert(Arc::clone(definition), Rc::clone(&pj));
        Ok(pj)
    })
}

fn forward(pj: &Proj, form: Form, lonlat: [f64; 2]) -> Option<[f64; 2]> {
    let given = match form {
        Form::Code => (lonlat[0], lonlat[1]),
        _ => (lonlat[0].to_radians(), lonlat[1].to_radians()),
    };
    let (x, y) = pj.project(given, false).ok()?;
    let xy = if form == Form::Angles { [x.to_degrees(), y.to_degrees()] } else { [x, y] };
    (xy[0].is_finite() && xy[1].is_finite()).then_some(xy)
}

fn inverse(pj: &Proj, form: Form, xy: [f64; 2]) -> Option<[f64; 2]> {
    let given = if form == Form::Angles { (xy[0].to_radians(), xy[1].to_radians()) } else { (xy[0], xy[1]) };
    let (lon, lat) = pj.project(given, true).ok()?;
    let lonlat = match form {
        Form::Code => [lon, lat],
        _ => [lon.to_degrees(), lat.to_degrees()],
    };
    (lonlat[0].is_finite() && lonlat[1].is_finite()).then(|| [wrap_180(lonlat[0]), lonlat[1]])
}

fn refused(definition: &str, reason: &str) -> RenderError {
    let reason = reason.strip_prefix("The underlying PROJ call failed: ").unwrap_or(reason);
    RenderError::Projection { definition: definition.to_owned(), reason: reason.to_owned() }
}

fn plain_number(v: f64) -> String {
    // PROJ reads no exponents in every parameter; six decimals are a tenth of a metre.
    let text = format!("{v:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
