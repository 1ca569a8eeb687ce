//! Groups, dimensions, types and chunks of real files.

use super::{group, groups, info, variable};
use graticule_tests::shared_data;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// File, format, group, dimensions.
#[rustfmt::skip]
const DIMENSIONS: &[[&str; 4]] = &[
    ["air_temperature_subset.nc", "netcdf4", "/", "time=124 lat=11 lon=21"],
    ["ostia_monthly.nc", "netcdf4", "/", "time=54 latitude=18 longitude=432 bnds=2"],
    ["eraint_uvz.nc", "netcdf3", "/", "month=2 level=3 latitude=241 longitude=480"],
    ["tos_O1_2001-2002.nc", "netcdf3", "/", "lon=180 bnds=2 lat=170 time=24"],
    ["tasmax_CanESM2_365day.nc", "netcdf4", "/", "time=365 ts=3 lon=36 lat=36"],
    ["nemo_1m_grid-T.nc", "netcdf4", "/", "y=330 x=360 nvertex=4 time_counter=1 axis_nbounds=2"],
    ["roms_wcofs_subset.nc", "netcdf4", "/", "eta_rho=68 xi_rho=37 eta_psi=67 xi_psi=36 eta_u=68 xi_u=36 eta_v=67 xi_v=37 ocean_time=4"],
    ["rotated_pole.nc", "netcdf4", "/", "grid_latitude=22 grid_longitude=36"],
    ["lambert_conformal_lcc_km.nc", "netcdf4", "/", "time=1 y=569 x=619"],
    ["ugrid_mesh_C4.nc", "netcdf3", "/", "nexample_C4_face=96 Four=4 nexample_C4_edge=192 Two=2 nexample_C4_node=98"],
    ["ugrid_elevation_nl.nc", "netcdf4", "/", "mesh2d_nFaces=5248 nmax_face=3 mesh2d_nNodes=2790"],
    ["atlantic_profiles.nc", "netcdf4", "/", "depth=40 lat=6 lon=8"],
    ["basin_mask.nc", "netcdf4", "/", "Z=33 Y=180 X=360"],
    ["groups_sentinel6.nc", "netcdf4", "/", ""],
    ["groups_sentinel6.nc", "netcdf4", "/data_01", "time=600"],
    ["groups_sentinel6.nc", "netcdf4", "/data_01/ku", ""],
    ["lambert_conformal_innsbruck.nc", "netcdf3", "/", "time=12 y=60 x=60 bnds=2"],
    // xarray names only the dimensions that some variable has; i1, mm, nn, pp and qq are defined and not used.
    ["nc3_64bit_offset.nc", "netcdf3", "/", "ii=4 kk=3 jj=3 rec=5 i2=3 i3=7 ll=3 d0=2 d1=3 d2=5 d3=6 d4=4 d5=31 w=7 x=5 y=6 z=4 i1=5 mm=1 nn=1 pp=7 qq=10"],
    ["cdf5_types.nc", "netcdf3", "/", "y=5 x=7 time=6"],
    ["olci_cube_v2_consolidated.zarr", "zarr2", "/", "time=5 lat=250 lon=500"],
    ["trajectory_v2.zarr", "zarr2", "/", "trajectory=2 obs=3 z=5"],
    ["ostia_v2_plain.zarr", "zarr2", "/", "time=54 latitude=18 longitude=432"],
    ["ostia_v3_sharded.zarr", "zarr3", "/", "time=54 latitude=18 longitude=432"],
];

#[test]
fn formats_and_dimensions_are_as_written() {
    let Some(folder) = shared_data() else { return };
    for [file, format, path, dims] in DIMENSIONS {
        let info = info(&folder, file);
        assert_eq!(info["format"], *format, "{file}");
        let found = group(&info, path)["dimensions"].as_object().unwrap();
        let found: BTreeMap<&str, u64> = found.iter().map(|(n, d)| (n.as_str(), d["size"].as_u64().unwrap())).collect();
        let wanted = dims.split_whitespace().map(|d| d.split_once('=').unwrap());
        let wanted: BTreeMap<&str, u64> = wanted.map(|(n, size)| (n, size.parse().unwrap())).collect();
        assert_eq!(found, wanted, "{file} {path}");
    }
}

/// File, variable, type, dimensions with lengths, chunks, shards.
#[rustfmt::skip]
const ARRAYS: &[[&str; 6]] = &[
    ["air_temperature_subset.nc", "air", "int16", "time=124 lat=11 lon=21", "null", "null"],
    ["tasmax_CanESM2_365day.nc", "time_vectors", "float64", "time=365 ts=3 lon=36 lat=36", "[183,1,18,18]", "null"],
    ["roms_wcofs_subset.nc", "angle", "float64", "eta_rho=68 xi_rho=37", "null", "null"],
    ["roms_wcofs_subset.nc", "lon_psi", "float64", "eta_psi=67 xi_psi=36", "null", "null"],
    ["roms_wcofs_subset.nc", "mask_rho", "float64", "eta_rho=68 xi_rho=37", "null", "null"],
    ["roms_wcofs_subset.nc", "mask_u", "float64", "eta_u=68 xi_u=36", "null", "null"],
    ["roms_wcofs_subset.nc", "mask_v", "float64", "eta_v=67 xi_v=37", "null", "null"],
    ["roms_wcofs_subset.nc", "u_sur", "float64", "ocean_time=4 eta_u=68 xi_u=36", "[1,68,36]", "null"],
    ["roms_wcofs_subset.nc", "v_sur", "float64", "ocean_time=4 eta_v=67 xi_v=37", "[1,67,37]", "null"],
    ["basin_mask.nc", "basin", "int8", "Z=33 Y=180 X=360", "[33,180,360]", "null"],
    ["alldatatypes.nc", "complex_int16_var", "compound", "Y=1 X=2", "null", "null"],
    ["alldatatypes.nc", "complex64_var", "complex64", "Y=1 X=2", "null", "null"],
    ["alldatatypes.nc", "complex128_var", "complex128", "Y=1 X=2", "null", "null"],
    ["alldatatypes.nc", "ubyte_t2_z2_y2_x2_var", "uint8", "T2=2 Z2=5 Y2=3 X2=4", "null", "null"],
    ["user_types_groups.nc", "cloud", "enum:uint8", "station=4", "null", "null"],
    ["user_types_groups.nc", "obs/stations", "compound", "station=4", "null", "null"],
    ["user_types_groups.nc", "obs/level2/ragged", "vlen:int32", "station=4", "null", "null"],
    ["nexus_p45-1168.nxs", "entry/solstice_scan/keys/uniqueKeys", "int32", "phony_dim_10=5 phony_dim_11=5", "[1,8]", "null"],
    ["nexus_p45-1168.nxs", "entry/instrument/stagex/value", "float64", "phony_dim_0=5 phony_dim_1=5", "[64,64]", "null"],
    ["nexus_p45-1168.nxs", "entry/instrument/stagey/value_set", "float64", "phony_dim_2=5", "[4096]", "null"],
    ["hdf5_image_palette.h5", "All data", "uint8", "phony_dim_0=721 phony_dim_1=841", "null", "null"],
    ["hdf5_image_palette.h5", "Rainbow pallete", "uint8", "phony_dim_2=256 phony_dim_3=3", "null", "null"],
    ["ostia_v2_plain.zarr", "surface_temperature", "float32", "time=54 latitude=18 longitude=432", "[12,9,100]", "null"],
    ["ostia_v3_sharded.zarr", "surface_temperature", "float32", "time=54 latitude=18 longitude=432", "[6,9,54]", "[18,18,216]"],
    ["ome_v0.4.zarr", "labels/nuclei/0", "uint32", "z=8 y=16 x=16", "[8,16,16]", "null"],
];

/// File, variable, filters from the values to the disk.
const FILTERS: &[(&str, &str, &[&str])] = &[
    ("user_types_groups.nc", "obs/level2/t2m", &["fletcher32", "shuffle", "deflate:4"]),
    ("basin_mask.nc", "basin", &["shuffle", "deflate:5"]),
    ("ostia_v2_plain.zarr", "surface_temperature", &["blosc:lz4:5:shuffle"]),
    ("ostia_v3_sharded.zarr", "surface_temperature", &["blosc:zstd:5:shuffle"]),
];

#[test]
fn variables_have_their_types_shapes_and_chunks() {
    let Some(folder) = shared_data() else { return };
    for [file, name, dtype, dims, chunks, shards] in ARRAYS {
        let info = info(&folder, file);
        let found = variable(&info, name);
        let (names, shape): (Vec<&str>, Vec<u64>) =
            dims.split(' ').map(|d| d.split_once('=').unwrap()).map(|(n, s)| (n, s.parse::<u64>().unwrap())).unzip();
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let wanted = json!([dtype, names, shape, parse(chunks), parse(shards)]);
        let keys = ["dtype", "dimensions", "shape", "chunks", "shards"];
        assert_eq!(Value::from(keys.map(|k| found[k].clone()).to_vec()), wanted, "{file} {name}");
    }
    for (file, name, filters) in FILTERS {
        assert_eq!(variable(&info(&folder, file), name)["filters"], json!(filters), "{file} {name}");
    }
    for file in ["ome_v0.4.zarr", "ome_v0.5.zarr"] {
        let info = info(&folder, file);
        let shape = |name| &variable(&info, name)["shape"];
        assert_eq!((shape("0"), shape("1")), (&json!([1, 2, 8, 16, 16]), &json!([1, 2, 4, 8, 8])), "{file}");
        assert_eq!(variable(&info, "0")["chunks"], json!([1, 1, 8, 16, 16]), "{file}");
        assert_eq!(shape("labels/nuclei/0"), &json!([8, 16, 16]), "{file}");
    }
}

/// File, then groups with how many variables each has.
#[rustfmt::skip]
const COUNTS: &[(&str, &[(&str, usize)])] = &[
    ("groups_sentinel6.nc", &[("/", 0), ("/data_01", 84), ("/data_01/ku", 27)]),
    ("alldatatypes.nc", &[("/", 27), ("/group", 1)]),
    ("nc3_64bit_offset.nc", &[("/", 28)]),
    ("cdf5_types.nc", &[("/", 13)]),
];

#[test]
fn groups_hold_as_many_variables_as_written() {
    let Some(folder) = shared_data() else { return };
    for (file, wanted) in COUNTS {
        let info = info(&folder, file);
        let found: Vec<(&str, usize)> = groups(&info["root"])
            .iter()
            .map(|g| (g["path"].as_str().unwrap(), g["variables"].as_array().unwrap().len()))
            .collect();
        assert_eq!(&found, wanted, "{file}");
    }
    let nexus = info(&folder, "nexus_p45-1168.nxs");
    let groups = groups(&nexus["root"]);
    let datasets: usize = groups.iter().map(|g| g["variables"].as_array().unwrap().len()).sum();
    // The root group is not counted among the eleven; eight datasets stand under a second name.
    assert_eq!((groups.len() - 1, datasets), (11, 27));
}
