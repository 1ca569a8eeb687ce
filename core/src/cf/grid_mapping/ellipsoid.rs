//! The figure of the Earth in a grid mapping, as PROJ parameters.

use super::methods::Parameters;

/// `reference_ellipsoid_name` (as in EPSG) and PROJ's name for it.
const ELLIPSOIDS: &[(&str, &str)] = &[
    ("airy 1830", "airy"),
    ("airy modified 1849", "mod_airy"),
    ("australian national spheroid", "aust_SA"),
    ("bessel 1841", "bessel"),
    ("clarke 1866", "clrk66"),
    ("clarke 1880 (igr)", "clrk80ign"),
    ("clarke 1880 (rgs)", "clrk80"),
    ("everest 1830 (1937 adjustment)", "evrst30"),
    ("grs 1967", "GRS67"),
    ("grs 1980", "GRS80"),
    ("grs80", "GRS80"),
    ("helmert 1906", "helmert"),
    ("international 1924", "intl"),
    ("krassowsky 1940", "krass"),
    ("wgs 72", "WGS72"),
    ("wgs 84", "WGS84"),
    ("wgs84", "WGS84"),
];

impl Parameters<'_> {
    /// ` +R=6371229`, ` +a=6378137 +rf=298.257223563`, ` +ellps=bessel` …, then ` +pm=` and ` +towgs84=` where given.
    pub(super) fn ellipsoid(&mut self) -> String {
        let mut text = self.figure();
        if let Some(pm) = self.number("longitude_of_prime_meridian").filter(|&pm| pm != 0.0) {
            text += &format!(" +pm={pm}");
        }
        let shift = self.numbers("towgs84");
        if shift.len() == 3 || shift.len() == 7 {
            let list: Vec<String> = shift.iter().map(f64::to_string).collect();
            text += &format!(" +towgs84={}", list.join(","));
        }
        text
    }

    fn figure(&mut self) -> String {
        let positive = |n: Option<f64>| n.filter(|&x| x > 0.0);
        if let Some(r) = positive(self.number("earth_radius")) {
            return format!(" +R={r}");
        }
        let major = positive(self.number("semi_major_axis"));
        let minor = positive(self.number("semi_minor_axis"));
        let flattening = self.number("inverse_flattening");
        match (major, minor, flattening) {
            (Some(a), _, Some(rf)) if rf > 1.0 => format!(" +a={a} +rf={rf}"),
            // An inverse flattening of 0 is how files write a sphere.
            (Some(a), None, Some(_)) => format!(" +R={a}"),
            (Some(a), Some(b), _) if a == b => format!(" +R={a}"),
            (Some(a), Some(b), _) => format!(" +a={a} +b={b}"),
            (Some(a), None, None) => {
                self.assume("Earth", format!("a sphere of {a} m, as no flattening is given"));
                format!(" +R={a}")
            }
            (None, Some(b), Some(rf)) if rf > 1.0 => format!(" +b={b} +rf={rf}"),
            _ => self.named_figure(),
        }
    }

    fn named_figure(&mut self) -> String {
        let named = self.text("reference_ellipsoid_name").map(str::to_ascii_lowercase);
        let known = named.as_deref().and_then(|n| ELLIPSOIDS.iter().find(|(name, _)| *name == n));
        if let Some((_, proj)) = known {
            return format!(" +ellps={proj}");
        }
        self.assume("Earth", named.map_or_else(|| "WGS 84".to_owned(), |n| format!("WGS 84, as {n:?} is unknown")));
        " +ellps=WGS84".to_owned()
    }
}
