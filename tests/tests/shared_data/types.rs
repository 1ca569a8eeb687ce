//! Attributes and single values of real files: grid mappings, meshes, packing, and types beyond plain numbers.

use super::{info, select, values, variable};
use graticule_tests::shared_data;
use serde_json::{Value, json};

/// Attributes of one variable, which must hold everything wanted.
#[track_caller]
fn has(info: &Value, name: &str, wanted: &Value) {
    let found = &variable(info, name)["attributes"];
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&found[key], value, "{name}: {key}");
    }
}

#[test]
fn grid_mappings_are_told_whole() {
    let Some(folder) = shared_data() else { return };
    let rotated = json!({
        "grid_mapping_name": "rotated_latitude_longitude", "longitude_of_prime_meridian": 0.0,
        "semi_major_axis": 6371229.0, "semi_minor_axis": 6371229.0, "grid_north_pole_latitude": 37.5,
        "grid_north_pole_longitude": 177.5, "north_pole_grid_longitude": 0.0,
    });
    has(&info(&folder, "rotated_pole.nc"), "rotated_latitude_longitude", &rotated);

    let lcc = info(&folder, "lambert_conformal_lcc_km.nc");
    let mapping = json!({
        "latitude_of_projection_origin": 42.5, "false_easting": 0.0, "false_northing": 0.0,
        "standard_parallel": [25.0, 60.0], "semi_major_axis": 6378137.0, "inverse_flattening": 298.257223563,
        "grid_mapping_name": "lambert_conformal_conic", "longitude_of_central_meridian": -100.0,
        "_CoordinateTransformType": "Projection", "_CoordinateAxisTypes": "GeoX GeoY",
    });
    has(&lcc, "lambert_conformal_conic", &mapping);
    has(&lcc, "x", &json!({"units": "km"}));

    let innsbruck = info(&folder, "lambert_conformal_innsbruck.nc");
    let mapping = json!({
        "grid_mapping_name": "lambert_conformal_conic", "standard_parallel": [49.0, 46.0],
        "latitude_of_projection_origin": 47.5, "false_easting": 400000.0, "false_northing": 400000.0,
        // Single precision in the file: 13.329999923706055 in full, 13.33 in the digits that tell it from its neighbours.
        "longitude_of_central_meridian": 13.33,
    });
    has(&innsbruck, "lambert_conformal_conic", &mapping);
    has(&innsbruck, "time", &json!({"units": "days since 2010-01-01 12:00:00"}));
}

#[test]
fn meshes_packing_and_calendars_keep_their_attributes() {
    let Some(folder) = shared_data() else { return };
    let mesh = json!({
        "cf_role": "mesh_topology", "long_name": "Topology data of 2D mesh", "topology_dimension": 2,
        "node_dimension": "mesh2d_nNodes", "node_coordinates": "mesh2d_node_x mesh2d_node_y",
        "edge_dimension": "mesh2d_nEdges", "edge_node_connectivity": "mesh2d_edge_nodes",
        "face_dimension": "mesh2d_nFaces", "face_node_connectivity": "mesh2d_face_nodes",
        "max_face_nodes_dimension": "mesh2d_nMax_face_nodes", "face_coordinates": "mesh2d_face_x mesh2d_face_y",
        "face-coordinates": "mesh2d_face_x mesh2d_face_y",
    });
    has(&info(&folder, "ugrid_elevation_nl.nc"), "mesh2d", &mesh);
    has(&info(&folder, "air_temperature_subset.nc"), "air", &json!({"scale_factor": 0.01}));
    has(&info(&folder, "ostia_monthly.nc"), "time", &json!({"calendar": "gregorian", "bounds": "time_bnds"}));
    has(&info(&folder, "ostia_monthly.nc"), "surface_temperature", &json!({"cell_methods": "month: year: mean"}));
    let days = json!({"units": "days since 1950-01-01 00:00:00", "calendar": "365_day"});
    has(&info(&folder, "tasmax_CanESM2_365day.nc"), "time", &days);
    let tos = info(&folder, "tos_O1_2001-2002.nc");
    has(&tos, "tos", &json!({"_FillValue": 1e20, "missing_value": 1e20}));
    assert_eq!(tos["root"]["dimensions"]["time"]["unlimited"], true);
    let eraint = info(&folder, "eraint_uvz.nc");
    for name in ["u", "v", "z"] {
        assert!(variable(&eraint, name)["attributes"]["scale_factor"].as_f64().unwrap() < 0.0, "{name}");
    }
    assert_eq!(values(&folder, "eraint_uvz.nc", "level", ""), json!([200, 500, 850]));
    let image = json!({"CLASS": "IMAGE", "PALETTE": "/Rainbow pallete"});
    has(&info(&folder, "hdf5_image_palette.h5"), "All data", &image);
}

#[test]
fn every_type_is_read() {
    let Some(folder) = shared_data() else { return };
    let all = |name: &str| values(&folder, "alldatatypes.nc", name, "")[0].take();
    assert_eq!(all("int64_var"), json!([i64::MIN, i64::MIN + 1]));
    assert_eq!(all("uint64_var"), json!([18_446_744_073_709_551_613_u64, 18_446_744_073_709_551_612_u64]));
    assert_eq!(all("double_var"), json!([1.25125, 2.25125]));
    assert_eq!(all("byte_unsigned_true_var"), json!([128, 129]));
    assert_eq!(all("string_var"), json!(["abcd", "ef"]));
    assert_eq!(all("complex64_var"), json!(["1.25+2.5j", "2.25+3.5j"]));
    let raw = values(&folder, "alldatatypes.nc", "byte_unsigned_true_var", "--raw");
    assert_eq!(raw, json!([[-128, -127]]));

    let user = |name: &str, flags: &str| values(&folder, "user_types_groups.nc", name, flags);
    assert_eq!(user("cloud", "--raw"), json!([0, 2, 1, 255]));
    assert_eq!(user("cloud", ""), json!([0.0, 2.0, 1.0, "NaN"]), "255 is the fill value");
    assert_eq!(user("obs/name", ""), json!(["Cape Town", "London", "Reykjavík", "深圳"]));
    let stations = user("obs/stations", "");
    for (id, station) in (1..=4).zip(stations.as_array().unwrap()) {
        assert!(station.as_str().unwrap().contains(&format!("id: {id},")), "{station}");
    }
    assert_eq!(user("obs/level2/ragged", ""), json!(["[0]", "[0, 10]", "[0, 10, 20]", "[0, 10, 20, 30]"]));

    let extreme = |name: &str, isel: &str| values(&folder, "cdf5_types.nc", name, isel);
    assert_eq!(extreme("ul", "--isel y=-1,x=-1"), json!(u64::MAX));
    assert_eq!(extreme("l", "--isel y=0,x=0"), json!(i64::MIN));
    assert_eq!(extreme("l", "--isel y=-1,x=-1"), json!(i64::MAX));
    for (name, bound, value) in [("ul", "max", json!(u64::MAX)), ("l", "min", json!(i64::MIN))] {
        assert_eq!(select("stats", &folder, "cdf5_types.nc", name, "")[bound], value, "{name}");
    }
}

#[test]
fn converted_stores_equal_their_file() {
    let Some(folder) = shared_data() else { return };
    for name in ["surface_temperature", "time", "latitude", "longitude"] {
        let file = select("values", &folder, "ostia_monthly.nc", name, "");
        for store in ["ostia_v2_plain.zarr", "ostia_v3_sharded.zarr"] {
            let converted = select("values", &folder, store, name, "");
            for part in ["dims", "shape", "values"] {
                assert_eq!(converted[part], file[part], "{store} {name}: {part}");
            }
        }
    }
}
