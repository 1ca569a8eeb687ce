//! Which way a vertical coordinate grows: CF section 4.3. Computes no height.

use super::Fact;
use crate::model::VariableMeta;

/// Whether growing numbers of a vertical coordinate mean higher up; `None` where nothing tells.
///
/// By `positive`, then by what the quantity is: pressure and depth grow downwards, height upwards.
#[must_use]
pub fn points_up(coordinate: &VariableMeta) -> Option<bool> {
    direction(coordinate).map(|(up, _)| up)
}

/// The same as a line of the decode card.
pub(super) fn direction_fact(coordinate: &VariableMeta) -> Option<Fact> {
    let (up, from) = direction(coordinate)?;
    let value = format!("{} grows {}", coordinate.name, if up { "upwards" } else { "downwards" });
    Some(if from == "name" {
        Fact::assumed("vertical direction", value)
    } else {
        Fact::read("vertical direction", value, from)
    })
}

fn direction(coordinate: &VariableMeta) -> Option<(bool, &'static str)> {
    let text = |name| coordinate.attrs.text(name).unwrap_or_default().trim().to_ascii_lowercase();
    match text("positive").as_str() {
        "up" => return Some((true, "positive")),
        "down" => return Some((false, "positive")),
        _ => {}
    }
    if let Some(up) = by_quantity(&text("standard_name")) {
        return Some((up, "standard_name"));
    }
    let pressure = ["pa", "hpa", "mb", "mbar", "millibar", "millibars", "bar", "dbar", "decibar", "decibars"];
    if pressure.contains(&text("units").as_str()) {
        return Some((false, "units"));
    }
    by_quantity(&coordinate.name.to_ascii_lowercase()).map(|up| (up, "name"))
}

fn by_quantity(name: &str) -> Option<bool> {
    let begins = |list: &[&str]| list.iter().any(|p| name.starts_with(p));
    if begins(&[
        "depth",
        "air_pressure",
        "sea_water_pressure",
        "atmosphere_sigma",
        "atmosphere_hybrid_sigma",
        "plev",
        "pressure",
        "isobaric",
    ]) {
        return Some(false);
    }
    // CF's ocean sigma and s coordinates run from -1 at the floor to 0 at the surface.
    begins(&["height", "altitude", "geopotential_height", "atmosphere_hybrid_height", "ocean_s", "s_rho", "s_w"])
        .then_some(true)
}

#[cfg(test)]
mod tests {
    use super::{direction_fact, points_up};
    use crate::cf::testing::variable;

    #[test]
    fn positive_comes_before_the_quantity() {
        for (line, expected) in [
            ("depth(depth) positive=up", Some(true)),
            ("lev(lev) positive=Down", Some(false)),
            ("lev(lev) standard_name=air_pressure", Some(false)),
            ("lev(lev) standard_name=height", Some(true)),
            ("level(level) units=millibars", Some(false)),
            ("deptht(deptht) units=m", Some(false)),
            ("s_rho(s_rho) standard_name=ocean_s_coordinate_g2", Some(true)),
            ("Z(Z) units=m", None),
            ("lev(lev) units=1", None),
        ] {
            assert_eq!(points_up(&variable(line)), expected, "{line}");
        }
    }

    #[test]
    fn says_where_it_comes_from() {
        let show = |line| direction_fact(&variable(line)).map(|f| f.to_string());
        assert_eq!(show("p(p) units=hPa").as_deref(), Some("vertical direction: p grows downwards (from units)"));
        assert_eq!(show("height(a)").as_deref(), Some("vertical direction: height grows upwards (assumed)"));
        assert_eq!(show("q(q)"), None);
    }
}
