//! Projections of the General Cartographic Transformation Package, which HDF-EOS names grids by, as CF grid mappings
//! (HDF-EOS 5 Interface, appendix on `ProjParam`; CF appendix F).

use super::odl::Node;
use crate::model::{AttrValue, Attrs, Data};

/// Axes of ellipsoids by GCTP's code, as far as grids use them: code, semi-major, semi-minor (equal: a sphere).
const ELLIPSOIDS: [(i64, f64, f64); 5] = [
    (0, 6_378_206.4, 6_356_583.8),
    (8, 6_378_137.0, 6_356_752.314_140),
    (12, 6_378_137.0, 6_356_752.314_245),
    (19, 6_370_997.0, 6_370_997.0),
    (20, 6_371_228.0, 6_371_228.0),
];

/// The attributes of a grid mapping variable for the projection of a grid; `None` for those CF has no name for.
pub(super) fn mapping(grid: &Node) -> Option<Attrs> {
    let params = grid.numbers("ProjParams");
    let param = |i: usize| params.get(i).copied().unwrap_or(0.0);
    let angle = |i: usize| degrees(param(i));
    let projection = grid.text("Projection")?;
    let (name, more) = match projection.strip_prefix("HE5_GCTP_").or(projection.strip_prefix("GCTP_"))? {
        "SNSOID" => ("sinusoidal", vec![("longitude_of_projection_origin", angle(4))]),
        "LAMAZ" => (
            "lambert_azimuthal_equal_area",
            vec![("longitude_of_projection_origin", angle(4)), ("latitude_of_projection_origin", angle(5))],
        ),
        "PS" => (
            "polar_stereographic",
            vec![
                ("straight_vertical_longitude_from_pole", angle(4)),
                ("standard_parallel", angle(5)),
                ("latitude_of_projection_origin", 90f64.copysign(angle(5))),
            ],
        ),
        "CEA" | "BCEA" => (
            "lambert_cylindrical_equal_area",
            vec![("longitude_of_central_meridian", angle(4)), ("standard_parallel", angle(5))],
        ),
        "MERCAT" => ("mercator", vec![("longitude_of_projection_origin", angle(4)), ("standard_parallel", angle(5))]),
        "TM" => (
            "transverse_mercator",
            vec![
                ("scale_factor_at_central_meridian", param(2)),
                ("longitude_of_central_meridian", angle(4)),
                ("latitude_of_projection_origin", angle(5)),
            ],
        ),
        "UTM" => return utm(grid),
        _ => return None,
    };
    let mut attrs = named(name);
    let code = grid.numbers("SphereCode").first().copied().unwrap_or(-1.0);
    let by_code = || ELLIPSOIDS.iter().find(|(n, ..)| *n as f64 == code).map(|&(_, a, b)| (a, b));
    if let Some(axes) = if param(0) > 0.0 { Some((param(0), param(1))) } else { by_code() } {
        ellipsoid(&mut attrs, axes);
    }
    for (key, value) in more.into_iter().chain([("false_easting", param(6)), ("false_northing", param(7))]) {
        attrs.set(key, number(value));
    }
    Some(attrs)
}

/// Zones are counted from 180° W, six degrees each; those of the south are negative.
fn utm(grid: &Node) -> Option<Attrs> {
    let zone = grid.numbers("ZoneCode").first().copied().filter(|z| (1.0..=60.0).contains(&z.abs()))?;
    let mut attrs = named("transverse_mercator");
    ellipsoid(&mut attrs, (6_378_137.0, 6_356_752.314_245));
    for (key, value) in [
        ("scale_factor_at_central_meridian", 0.9996),
        ("longitude_of_central_meridian", zone.abs() * 6.0 - 183.0),
        ("latitude_of_projection_origin", 0.0),
        ("false_easting", 500_000.0),
        ("false_northing", if zone < 0.0 { 10_000_000.0 } else { 0.0 }),
    ] {
        attrs.set(key, number(value));
    }
    Some(attrs)
}

fn named(name: &str) -> Attrs {
    Attrs(vec![("grid_mapping_name".to_owned(), AttrValue::Text(name.to_owned()))])
}

fn number(value: f64) -> AttrValue {
    AttrValue::Numbers(Data::F64(vec![value]))
}

fn ellipsoid(attrs: &mut Attrs, (major, minor): (f64, f64)) {
    // A second number below one is the square of the eccentricity.
    let minor = if minor > 0.0 && minor < 1.0 { major * (1.0 - minor).sqrt() } else { minor };
    if minor <= 0.0 || minor == major {
        attrs.set("earth_radius", number(major));
    } else {
        attrs.set("semi_major_axis", number(major));
        attrs.set("semi_minor_axis", number(minor));
    }
}

/// `DDDMMMSSS.SS` as degrees; what is small enough for an angle is one (some writers do not pack).
pub(super) fn degrees(packed: f64) -> f64 {
    if packed.abs() <= 360.0 {
        return packed;
    }
    let whole = packed.abs();
    let (degrees, rest) = ((whole / 1e6).trunc(), whole % 1e6);
    ((degrees + (rest / 1e3).trunc() / 60.0) + rest % 1e3 / 3600.0).copysign(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_unpacked() {
        for (packed, angle) in
            [(-180_000_000.0, -180.0), (89_030_000.0, 89.5), (-45_015_036.0, -45.26), (-179.5, -179.5), (0.0, 0.0)]
        {
            assert!((degrees(packed) - angle).abs() < 1e-12, "{packed}");
        }
    }
}
