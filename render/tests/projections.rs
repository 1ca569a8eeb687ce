//! Projections against values computed by PROJ 9.5.1 through pyproj 3.7, and every preset
//! through one set of laws.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_render::geo::{CoastLines, PRESETS, outline};
use graticule_render::scene::{MapView, Projection};

/// `pyproj.Proj(definition)(lon, lat)` with `lon_0` 15 and `lat_0` 40; metres. For Winkel
/// tripel with its standard parallel, acos 2/π, written out: pyproj takes 0 for it.
#[rustfmt::skip]
const GOLDEN: &[(&str, [[f64; 4]; 3])] = &[
    ("platecarree", [[30.0, 50.0, 1667923.9, 5559746.332], [-20.0, 10.0, -3891822.433, 1111949.266], [60.0, -35.0, 5003771.699, -3891822.433]]),
    ("robinson", [[30.0, 50.0, 1228570.631, 5320935.043], [-20.0, 10.0, -3287795.984, 1068322.392], [60.0, -35.0, 4003365.192, -3739128.307]]),
    ("equalearth", [[30.0, 50.0, 1185340.743, 5998552.835], [-20.0, 10.0, -3328627.45, 1287212.383], [60.0, -35.0, 3933597.149, -4366268.752]]),
    ("mollweide", [[30.0, 50.0, 1139673.081, 5866899.666], [-20.0, 10.0, -3470924.947, 1232660.479], [60.0, -35.0, 3980689.829, -4218496.882]]),
    ("naturalearth", [[30.0, 50.0, 1272480.909, 5600151.285], [-20.0, 10.0, -3372913.656, 1120493.799], [60.0, -35.0, 4100868.445, -3934870.538]]),
    ("winkeltripel", [[30.0, 50.0, 1141189.746, 5565885.393], [-20.0, 10.0, -3164670.322, 1120616.087], [60.0, -35.0, 3769400.58, -3937253.165]]),
    ("eckert4", [[30.0, 50.0, 1194734.473, 6064688.546], [-20.0, 10.0, -3266607.418, 1312706.331], [60.0, -35.0, 3911477.638, -4433606.14]]),
    ("hammer", [[30.0, 50.0, 1181558.318, 5394037.574], [-20.0, 10.0, -3832052.428, 1123513.806], [60.0, -35.0, 4261827.704, -3898998.013]]),
    ("sinusoidal", [[30.0, 50.0, 1072120.817, 5559746.332], [-20.0, 10.0, -3832696.905, 1111949.266], [60.0, -35.0, 4098849.816, -3891822.433]]),
    ("goode", [[30.0, 50.0, 2196174.719, 5530488.393], [-20.0, 10.0, -3782017.881, 1111949.266], [60.0, -35.0, 4501037.32, -3891822.433]]),
    ("mercator", [[30.0, 50.0, 1667923.9, 6439062.595], [-20.0, 10.0, -3891822.433, 1117637.961], [60.0, -35.0, 5003771.699, -4159221.849]]),
    ("miller", [[30.0, 50.0, 1667923.9, 6075621.742], [-20.0, 10.0, -3891822.433, 1115579.98], [60.0, -35.0, 5003771.699, -4056672.821]]),
    ("orthographic", [[30.0, 50.0, 1059915.718, 1196007.477], [-20.0, 10.0, -3598739.124, -2456142.984], [60.0, -35.0, 3690261.367, -5171376.384]]),
    ("perspective", [[30.0, 50.0, 1027079.471, 1158955.101], [-20.0, 10.0, -2832743.987, -1933350.552], [60.0, -35.0, f64::INFINITY, f64::INFINITY]]),
    ("geostationary", [[30.0, 50.0, 992645.892, 4545528.672], [-20.0, 10.0, -3468119.894, 1064176.068], [60.0, -35.0, 3422612.505, -3374020.027]]),
    ("northpolar", [[30.0, 50.0, 1200327.344, -4479682.632], [-20.0, 10.0, -6132568.844, -8758215.971], [60.0, -25.0, f64::NAN, f64::NAN]]),
    ("southpolar", [[30.0, -50.0, 1200327.344, 4479682.632], [-120.0, -75.0, -1186183.027, -1186183.027], [160.0, -35.0, 3804569.99, -5433489.048]]),
    ("laea", [[30.0, 50.0, 1068490.164, 1205682.871], [-20.0, 10.0, -3869844.041, -2641172.357], [60.0, -35.0, 5033412.6, -7053611.78]]),
    ("aeqd", [[30.0, 50.0, 1071357.518, 1208918.39], [-20.0, 10.0, -3962823.151, -2704630.69], [60.0, -35.0, 5535121.593, -7756685.568]]),
    ("lambert", [[30.0, 50.0, 1040568.57, 1182591.516], [-20.0, 10.0, -4342602.782, -2506843.168], [60.0, -35.0, 9980034.182, -8849075.6]]),
    ("albers", [[30.0, 50.0, 1033866.487, 1242021.711], [-20.0, 10.0, -4128759.834, -2377006.243], [60.0, -35.0, 7081611.82, -4993574.89]]),
    ("transversemercator", [[30.0, 50.0, 1073181.255, 1220069.725], [-20.0, 10.0, -4083984.302, -3084021.165], [60.0, 5.0, f64::NAN, f64::NAN]]),
];

#[test]
fn presets_are_where_proj_puts_them() {
    assert_eq!(GOLDEN.len(), PRESETS.len());
    for (id, points) in GOLDEN {
        let projection = Projection::from_preset(id, 15.0, 40.0).unwrap();
        for [lon, lat, x, y] in points {
            let found = projection.xy_from_lonlat([*lon, *lat]);
            if x.is_infinite() {
                assert_eq!(found, None, "{id} {lon} {lat} lies behind the globe");
            } else if !x.is_nan() {
                let [fx, fy] = found.unwrap();
                assert!((fx - x).hypot(fy - y) < 0.01, "{id} {lon} {lat}: {fx} {fy} is not {x} {y}");
            }
        }
    }
}

#[test]
fn codes_and_strings_are_understood() {
    // EPSG registry: the natural origin of ETRS89-LAEA.
    let europe = Projection::parse("EPSG:3035").unwrap();
    let [x, y] = europe.xy_from_lonlat([10.0, 52.0]).unwrap();
    assert!((x - 4_321_000.0).hypot(y - 3_210_000.0) < 0.01);
    let [lon, lat] = europe.lonlat_from_xy([4_321_000.0, 3_210_000.0]).unwrap();
    assert!((lon - 10.0).hypot(lat - 52.0) < 1e-8);
    // pyproj.Proj('+proj=utm +zone=33')(12, 55)
    let utm = Projection::parse("+proj=utm +zone=33 +type=crs").unwrap();
    let [x, y] = utm.xy_from_lonlat([12.0, 55.0]).unwrap();
    assert!((x - 308_124.368).hypot(y - 6_098_907.825) < 0.01, "{x} {y}");
    for (text, part) in [
        ("+proj=nonsense", "Unknown projection"),
        ("+proj=lcc", "lat_1"),
        ("", "empty"),
        ("EPSG:999999", "999999"),
        ("hello", "hello"),
    ] {
        let refused = Projection::parse(text).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    assert!(Projection::from_preset("flat", 0.0, 0.0).unwrap_err().to_string().contains("robinson"));
}

#[test]
fn rotated_pole_is_in_degrees() {
    // cartopy.crs.RotatedPole(177.5, 37.5).transform_point(-0.1, 51.5, PlateCarree(sphere))
    let turned =
        Projection::parse("+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=37.5 +lon_0=357.5 +R=6371229").unwrap();
    assert!(turned.is_angular());
    let [x, y] = turned.xy_from_lonlat([-0.1, 51.5]).unwrap();
    assert!((x - 1.493_983_909).hypot(y + 0.975_175_123) < 1e-8, "{x} {y}");
    let [lon, lat] = turned.lonlat_from_xy([x, y]).unwrap();
    assert!((lon + 0.1).hypot(lat - 51.5) < 1e-9);
}

#[test]
fn every_preset_keeps_the_laws() {
    for preset in PRESETS {
        for lon_0 in [0.0, 180.0, -170.0, 73.5] {
            let projection = Projection::from_preset(preset.id, lon_0, preset.lat_0).unwrap();
            let at = format!("{} at {lon_0}", preset.id);
            let size = [640.0, 360.0];
            let view = MapView::fit_home(&projection, size);
            let to = projection.transformer().unwrap();
            let mut inside = 0;
            for k in 0..64 * 36 {
                let px = [f64::from(k % 64) * 10.0 + 5.0, f64::from(k / 64) * 10.0 + 5.0];
                let Some(lonlat) = to.lonlat_from_xy(view.xy_from_pixel(px)) else { continue };
                inside += 1;
                let back = view.pixel_from_xy(to.xy_from_lonlat(lonlat).unwrap());
                assert!((back[0] - px[0]).hypot(back[1] - px[1]) < 0.01, "{at}: {px:?} comes back as {back:?}");
                assert!(
                    (-180.0..=180.0).contains(&lonlat[0]) && (-90.0..=90.0).contains(&lonlat[1]),
                    "{at}: {lonlat:?}"
                );
            }
            assert!(inside > 300, "{at}: only {inside} of 2304 samples show the globe");
            let edge = outline(&projection).unwrap();
            assert!(edge.points() > 100, "{at}: its edge has {} points", edge.points());
        }
    }
}

#[test]
fn no_coast_runs_across_a_map() {
    for preset in PRESETS {
        for lon_0 in [0.0, 100.0, 180.0, -99.0] {
            let projection = Projection::from_preset(preset.id, lon_0, preset.lat_0).unwrap();
            let [west, _, east, _] = projection.home_bounds();
            let width = east - west;
            let view = MapView::fit_home(&projection, [1000.0, 1000.0]);
            let lines = CoastLines::CoarseCoast.projected(&projection, width * 1e-3, 0.02).unwrap();
            assert!(lines.len() > 20, "{}: {} lines", preset.id, lines.len());
            for step in lines.iter().flat_map(|l| l.windows(2)) {
                let inside = step.iter().all(|p| view.pixel_from_xy(*p).iter().all(|v| (0.0..=1000.0).contains(v)));
                let length = (step[1][0] - step[0][0]).hypot(step[1][1] - step[0][1]);
                assert!(!inside || length < 0.2 * width, "{} at {lon_0}: a step of {length}", preset.id);
            }
        }
    }
}
