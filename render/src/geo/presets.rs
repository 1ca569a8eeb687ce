//! Owns the list of projections offered by name: one line of PROJ string each.
//! To add a projection, add a line; there is no code per projection.

/// A projection offered by name.
///
/// `proj` may hold `{lon_0}` and `{lat_0}`; they are replaced by the wanted centre. A preset
/// without `{lon_0}` has a fixed centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Stable id for files, recipes and the command line.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// PROJ string with `{lon_0}` and `{lat_0}` to fill in.
    pub proj: &'static str,
    /// Family, for grouping in a menu.
    pub family: Family,
    /// Central latitude when none is asked for.
    pub lat_0: f64,
}

/// How projections are grouped in menus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The whole world at once.
    World,
    /// The globe as seen from space: dragging turns it.
    Globe,
    /// Around a pole.
    Polar,
    /// A region around a centre.
    Regional,
}

impl Preset {
    /// True when the central longitude can be chosen.
    #[must_use]
    pub fn takes_lon_0(&self) -> bool {
        self.proj.contains("{lon_0}")
    }

    /// True when the central latitude can be chosen.
    #[must_use]
    pub fn takes_lat_0(&self) -> bool {
        self.proj.contains("{lat_0}")
    }
}

const fn p(id: &'static str, name: &'static str, family: Family, lat_0: f64, proj: &'static str) -> Preset {
    Preset { id, name, proj, family, lat_0 }
}

/// Every preset, in the order of menus. World maps and globes are drawn on the sphere of
/// radius 6 371 km with latitudes taken as they stand, as climate models do; the regional
/// ones that surveyors use are drawn on WGS 84.
#[rustfmt::skip]
pub const PRESETS: &[Preset] = &[
    p("platecarree", "Plate Carrée", Family::World, 0.0, "+proj=eqc +lon_0={lon_0} +R=6371000"),
    p("robinson", "Robinson", Family::World, 0.0, "+proj=robin +lon_0={lon_0} +R=6371000"),
    p("equalearth", "Equal Earth", Family::World, 0.0, "+proj=eqearth +lon_0={lon_0} +R=6371000"),
    p("mollweide", "Mollweide", Family::World, 0.0, "+proj=moll +lon_0={lon_0} +R=6371000"),
    p("naturalearth", "Natural Earth", Family::World, 0.0, "+proj=natearth +lon_0={lon_0} +R=6371000"),
    p("winkeltripel", "Winkel tripel", Family::World, 0.0, "+proj=wintri +lon_0={lon_0} +R=6371000"),
    p("eckert4", "Eckert IV", Family::World, 0.0, "+proj=eck4 +lon_0={lon_0} +R=6371000"),
    p("hammer", "Hammer", Family::World, 0.0, "+proj=hammer +lon_0={lon_0} +R=6371000"),
    p("sinusoidal", "Sinusoidal", Family::World, 0.0, "+proj=sinu +lon_0={lon_0} +R=6371000"),
    p("goode", "Goode homolosine", Family::World, 0.0, "+proj=igh +lon_0={lon_0} +R=6371000"),
    p("mercator", "Mercator", Family::World, 0.0, "+proj=merc +lon_0={lon_0} +R=6371000"),
    p("miller", "Miller", Family::World, 0.0, "+proj=mill +lon_0={lon_0} +R=6371000"),
    p("orthographic", "Globe", Family::Globe, 20.0, "+proj=ortho +lon_0={lon_0} +lat_0={lat_0} +R=6371000"),
    p("perspective", "Near-sided perspective", Family::Globe, 20.0, "+proj=nsper +h=6371000 +lon_0={lon_0} +lat_0={lat_0} +R=6371000"),
    p("geostationary", "Geostationary", Family::Globe, 0.0, "+proj=geos +h=35785831 +lon_0={lon_0} +R=6371000"),
    p("northpolar", "North polar stereographic", Family::Polar, 90.0, "+proj=stere +lat_0=90 +lon_0={lon_0} +R=6371000"),
    p("southpolar", "South polar stereographic", Family::Polar, -90.0, "+proj=stere +lat_0=-90 +lon_0={lon_0} +R=6371000"),
    p("laea", "Lambert azimuthal equal-area", Family::Regional, 45.0, "+proj=laea +lon_0={lon_0} +lat_0={lat_0} +R=6371000"),
    p("aeqd", "Azimuthal equidistant", Family::Regional, 45.0, "+proj=aeqd +lon_0={lon_0} +lat_0={lat_0} +R=6371000"),
    p("lambert", "Lambert conformal", Family::Regional, 45.0, "+proj=lcc +lat_1=33 +lat_2=60 +lat_0={lat_0} +lon_0={lon_0} +ellps=WGS84"),
    p("albers", "Albers equal-area", Family::Regional, 45.0, "+proj=aea +lat_1=29.5 +lat_2=60 +lat_0={lat_0} +lon_0={lon_0} +ellps=WGS84"),
    p("transversemercator", "Transverse Mercator", Family::Regional, 0.0, "+proj=tmerc +lat_0={lat_0} +lon_0={lon_0} +ellps=WGS84"),
];

/// The preset called `id`; spaces, hyphens, underscores and case do not matter, and a few
/// common other names are known (`plate_carree`, `globe`, `pc`).
#[must_use]
pub fn preset(id: &str) -> Option<&'static Preset> {
    let plain: String = id.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let known = match plain.as_str() {
        "pc" | "eqc" | "equirectangular" | "platecarrée" | "geographic" => "platecarree",
        "globe" | "ortho" => "orthographic",
        "robin" => "robinson",
        "moll" => "mollweide",
        "merc" => "mercator",
        "npstere" | "northpolarstereographic" | "northpolarstereo" => "northpolar",
        "spstere" | "southpolarstereographic" | "southpolarstereo" => "southpolar",
        "goodehomolosine" | "homolosine" | "interruptedgoodehomolosine" => "goode",
        "lambertconformal" | "lambertconformalconic" | "lcc" => "lambert",
        "albersequalarea" | "aea" => "albers",
        "lambertazimuthalequalarea" => "laea",
        "azimuthalequidistant" => "aeqd",
        "tmerc" => "transversemercator",
        "nearsidedperspective" | "nsper" => "perspective",
        "geos" => "geostationary",
        other => other,
    };
    PRESETS.iter().find(|p| p.id == known)
}
