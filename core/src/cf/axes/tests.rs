//! The conventions people have, each as the header of a small file.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::{Axes, Horizontal};
use crate::cf::testing::group;
use crate::model::Group;

fn axes(root: &Group, name: &str) -> Axes {
    Axes::of(root.variable(name).unwrap(), root)
}

/// The dimensions as `t z y x`, `-` where there is none.
fn dims(axes: &Axes) -> String {
    let show = |a: &Option<super::AxisRef>| a.as_ref().map_or_else(|| "-".to_owned(), |a| a.name.clone());
    [&axes.t, &axes.z, &axes.y, &axes.x].map(show).join(" ")
}

fn horizontal(axes: &Axes) -> String {
    match &axes.horizontal {
        Horizontal::Rectilinear { lat, lon } => format!("rectilinear {lat} {lon}"),
        Horizontal::Curvilinear { lat, lon } => format!("curvilinear {lat} {lon}"),
        Horizontal::Projected { x, y, crs } => format!("projected {y} {x} {}", crs.name),
        Horizontal::RotatedPole { lat, lon, crs } => {
            format!("rotated {lat} {lon} {}", crs.proj.clone().unwrap_or_default())
        }
        Horizontal::Unstructured { x, y, geographic } => format!("unstructured {y} {x} {geographic}"),
        Horizontal::Index => "index".to_owned(),
    }
}

fn facts(axes: &Axes) -> Vec<String> {
    axes.facts.iter().map(ToString::to_string).collect()
}

#[test]
fn a_regular_grid_by_attributes() {
    let root = group(&[
        "ta(time,plev,lat,lon)",
        "time(time) units=days since 2000-1-1;x=",
        "plev(plev) units=Pa",
        "lat(lat) units=degrees_north",
        "lon(lon) axis=X units=degrees_east",
    ]);
    let axes = axes(&root, "ta");
    assert_eq!(dims(&axes), "time plev lat lon");
    assert_eq!(horizontal(&axes), "rectilinear /lat /lon");
    assert_eq!(
        facts(&axes),
        [
            "x axis: dimension lon (from axis)",
            "y axis: dimension lat (from units)",
            "z axis: dimension plev (from units)",
            "time axis: dimension time (from units)",
            "vertical direction: plev grows downwards (from units)",
        ]
    );
    assert_eq!(axes.dim('Y'), Some(2));
}

#[test]
fn the_order_of_dimensions_does_not_matter() {
    let root = group(&["v(time,ts,lon,lat)", "lat(lat)", "lon(lon)", "time(time)", "ts(ts)"]);
    let axes = axes(&root, "v");
    assert_eq!(dims(&axes), "time - lat lon");
    assert_eq!((axes.dim('X'), axes.dim('Y')), (Some(2), Some(3)));
}

#[test]
fn nemo_finds_its_positions_and_its_times() {
    let root = group(&[
        "nav_lat(y,x) standard_name=latitude;units=degrees_north;bounds=bounds_lat",
        "nav_lon(y,x) standard_name=longitude;units=degrees_east;bounds=bounds_lon",
        "bounds_lon(y,x,nvertex)",
        "bounds_lat(y,x,nvertex)",
        "time_centered(time_counter) standard_name=time;units=seconds since 1900-01-01;bounds=time_centered_bounds",
        "time_centered_bounds(time_counter,axis_nbounds)",
        "time_counter(time_counter) axis=T",
        "tos(time_counter,y,x) coordinates=time_centered nav_lat nav_lon;x=",
    ]);
    let axes = axes(&root, "tos");
    assert_eq!(dims(&axes), "time_counter - y x");
    assert_eq!(horizontal(&axes), "curvilinear /nav_lat /nav_lon");
    assert_eq!(axes.t.clone().unwrap().coordinate.as_deref(), Some("/time_centered"));
    assert!(facts(&axes).contains(&"time labels: /time_centered (from coordinates)".to_owned()), "{:?}", facts(&axes));
}

#[test]
fn roms_matches_staggered_points_by_dimensions() {
    let roms = [
        "lat_rho(eta_rho,xi_rho) standard_name=grid_latitude_at_cell_center;units=degree_north",
        "lon_rho(eta_rho,xi_rho) units=degree_east",
        "lat_u(eta_u,xi_u) units=degree_north",
        "lon_u(eta_u,xi_u) units=degree_east",
        "ocean_time(ocean_time) units=seconds since 2016-01-01;x=",
        "s_rho(s_rho) standard_name=ocean_s_coordinate_g2",
        "u(ocean_time,s_rho,eta_u,xi_u) coordinates=lon_u lat_u s_rho ocean_time;location=edge1",
        "zeta(ocean_time,eta_rho,xi_rho) units=m",
    ];
    let root = group(&roms);
    assert_eq!(horizontal(&axes(&root, "u")), "curvilinear /lat_u /lon_u");
    assert_eq!(dims(&axes(&root, "u")), "ocean_time s_rho eta_u xi_u");
    // Without the attribute, the dimensions find the same.
    let bare = axes(&root, "zeta");
    assert_eq!(horizontal(&bare), "curvilinear /lat_rho /lon_rho");
    assert!(facts(&bare).iter().any(|f| f.starts_with("positions: ") && f.ends_with("(assumed)")));
}

#[test]
fn wrf_has_time_in_its_positions() {
    let root = group(&[
        "Times(Time,DateStrLen)",
        "XLAT(Time,south_north,west_east) units=degree_north",
        "XLONG(Time,south_north,west_east) units=degree_east",
        "XLAT_U(Time,south_north,west_east_stag) units=degree_north",
        "XLONG_U(Time,south_north,west_east_stag) units=degree_east",
        "T2(Time,south_north,west_east) coordinates=XLONG XLAT XTIME;units=K",
        "U(Time,bottom_top,south_north,west_east_stag) units=m s-1;x=",
    ]);
    let t2 = axes(&root, "T2");
    assert_eq!(dims(&t2), "Time - south_north west_east");
    assert_eq!(horizontal(&t2), "curvilinear /XLAT /XLONG");
    assert_eq!(t2.t.unwrap().coordinate.as_deref(), Some("/Times"));
    let u = axes(&root, "U");
    assert_eq!(dims(&u), "Time bottom_top south_north west_east_stag");
    assert_eq!(horizontal(&u), "curvilinear /XLAT_U /XLONG_U");
}

#[test]
fn projections_come_before_two_dimensional_positions() {
    let lcc = "crs() grid_mapping_name=lambert_conformal_conic;standard_parallel=25;latitude_of_projection_origin=25;\
               longitude_of_central_meridian=-95;earth_radius=6371229";
    let root = group(&[
        lcc,
        "x(x) standard_name=projection_x_coordinate;units=km",
        "y(y) standard_name=projection_y_coordinate;units=km",
        "lat(y,x) units=degrees_north",
        "lon(y,x) units=degrees_east",
        "tas(y,x) grid_mapping=crs;coordinates=lat lon",
        "pr(y,x) grid_mapping=nowhere;coordinates=lat lon",
    ]);
    let tas = axes(&root, "tas");
    assert_eq!(horizontal(&tas), "projected /y /x lambert_conformal_conic");
    let Horizontal::Projected { crs, .. } = &tas.horizontal else { unreachable!("just seen") };
    assert_eq!(crs.unit, 1000.0);
    let pr = axes(&root, "pr");
    assert_eq!(horizontal(&pr), "curvilinear /lat /lon");
    assert!(facts(&pr).iter().any(|f| f.contains("nowhere")));
}

#[test]
fn a_rotated_pole_and_the_extended_grid_mapping() {
    let root = group(&[
        "rp() grid_mapping_name=rotated_latitude_longitude;grid_north_pole_latitude=37.5;grid_north_pole_longitude=177.5;\
         earth_radius=6371229",
        "wgs() grid_mapping_name=latitude_longitude;earth_radius=6371229",
        "rlat(rlat) units=degrees",
        "rlon(rlon) units=degrees",
        "psl(rlat,rlon) grid_mapping=wgs: lat lon rp: rlat rlon",
    ]);
    assert_eq!(
        horizontal(&axes(&root, "psl")),
        "rotated /rlat /rlon +proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=37.5 +lon_0=-2.5 +R=6371229 +no_defs"
    );
}

#[test]
fn meshes_and_points() {
    let root = group(&[
        "mesh() cf_role=mesh_topology;face_coordinates=face_x face_y;node_coordinates=node_x node_y",
        "node_x(node) units=degrees_east",
        "node_y(node) units=degrees_north",
        "face_x(face) units=degrees_east",
        "face_y(face) units=degrees_north",
        "h(time,face) mesh=mesh;location=face",
        "time(time)",
        "depth_m(face) coordinates=m_face_x m_face_y;x=",
        "m_face_x(face) units=m",
        "m_face_y(face) units=m",
        "sst(obs) coordinates=longitude latitude",
        "longitude(obs) standard_name=longitude",
        "latitude(obs) standard_name=latitude",
    ]);
    let h = axes(&root, "h");
    assert_eq!(horizontal(&h), "unstructured /face_y /face_x true");
    assert_eq!(dims(&h), "time - - -");
    assert_eq!(horizontal(&axes(&root, "depth_m")), "unstructured /m_face_y /m_face_x false");
    assert_eq!(horizontal(&axes(&root, "sst")), "unstructured /latitude /longitude true");
}

#[test]
fn a_feature_type_says_that_two_dimensions_are_points() {
    let lines = ["t(a,b,z) coordinates=lat lon z;x=", "lat(a,b) axis=Y", "lon(a,b) axis=X", "z(z) standard_name=depth"];
    let mut root = group(&lines);
    root.attrs.set("featureType", crate::model::AttrValue::Text("trajectoryProfile".to_owned()));
    let axes = axes(&root, "t");
    assert_eq!(horizontal(&axes), "unstructured /lat /lon true");
    assert_eq!(dims(&axes), "- z - -");
    for (mark, expected) in [("id(a) cf_role=trajectory_id", "unstructured"), ("id(a) long_name=id", "curvilinear")] {
        let mut marked = lines.to_vec();
        marked.push(mark);
        let root = group(&marked);
        assert!(horizontal(&super::Axes::of(root.variable("t").unwrap(), &root)).starts_with(expected), "{mark}");
    }
}

#[test]
fn nothing_known_falls_back_to_the_last_two_dimensions() {
    let root = group(&["image(page,a,b)", "line(n)", "scalar()", "square(Y,Y,X)"]);
    let image = axes(&root, "image");
    assert_eq!(dims(&image), "- - a b");
    assert_eq!(horizontal(&image), "index");
    assert_eq!(facts(&image), ["x axis: dimension b (assumed)", "y axis: dimension a (assumed)"]);
    assert_eq!(dims(&axes(&root, "line")), "- - - -");
    assert_eq!(dims(&axes(&root, "scalar")), "- - - -");
    let square = axes(&root, "square");
    assert_eq!((square.dim('Y'), square.dim('X')), (Some(1), Some(2)));
}

#[test]
fn scalar_coordinates_are_kept() {
    let root = group(&[
        "psl(lat,lon) coordinates=time height;x=",
        "time() units=hours since 1970-1-1;x=",
        "height()",
        "lat(lat)",
        "lon(lon)",
    ]);
    assert_eq!(axes(&root, "psl").scalars, ["/time", "/height"]);
}

#[test]
fn clearer_words_win_and_no_dimension_runs_two_ways() {
    let root = group(&[
        "v(lat,lon,y)",
        "lat(lat) units=degrees_north",
        "lon(lon) units=degrees_east",
        "bt(time,pixel) coordinates=slat slon;x=",
        "time(time) units=seconds since 2000-1-1;x=",
        "slat(time,pixel) units=degrees_north",
        "slon(time,pixel) units=degrees_east",
    ]);
    assert_eq!(dims(&axes(&root, "v")), "- - lat lon");
    let swath = axes(&root, "bt");
    assert_eq!(dims(&swath), "- - time pixel");
    assert_eq!(horizontal(&swath), "curvilinear /slat /slon");
}
