//! Statistics and times of real files.

use super::{select, values};
use graticule_tests::shared_data;
use serde_json::json;

/// The only looseness: means and sums of the facts were added up in another order.
const SUMS: f64 = 1e-12;

/// File, variable, flags, facts. Facts without a mask of xarray's rules stand for all values; where the product also
/// masks what lies outside `valid_range`, `--raw` gives them.
#[rustfmt::skip]
const STATISTICS: &[[&str; 4]] = &[
    ["air_temperature_subset.nc", "air", "", "mean 270.5190015360983 min 241.6 max 297.5 sum 7748746.279999999 count 28644 first 258.2 last 277.89"],
    ["air_temperature_subset.nc", "air", "--sel lat=50,lon=300", "mean 280.7158064516129"],
    ["ostia_monthly.nc", "surface_temperature", "", "mean 300.808438158795 min 289.15234375 max 304.3504333496094 sum 92929954.03414917 count 308934"],
    ["ostia_monthly.nc", "surface_temperature", "--isel time=0", "mean 301.41268844084397"],
    ["ostia_monthly.nc", "surface_temperature", "--isel time=-1", "mean 299.7220114334712"],
    ["eraint_uvz.nc", "z", "", "mean 61179.390464444776 min 10303.25 max 123347.75 count 694080"],
    ["eraint_uvz.nc", "u", "", "mean 6.941047864317107 min -24.5625 max 78.5 count 694080"],
    ["eraint_uvz.nc", "v", "", "mean 0.029896937927582183 min -17.125 max 14.1875 count 694080"],
    ["eraint_uvz.nc", "u", "--sel month=1,level=200", "mean 14.619226218652381"],
    ["eraint_uvz.nc", "latitude", "", "first 90 last -90"],
    ["tos_O1_2001-2002.nc", "tos", "", "mean 286.6973544472745 min 271.1708679199219 max 305.5037536621094 sum 145114732.92703247 count 506160"],
    ["tos_O1_2001-2002.nc", "lon", "", "first 1 last 359"],
    ["tos_O1_2001-2002.nc", "lat", "", "first -79.5 last 89.5"],
    ["tasmax_CanESM2_365day.nc", "tasmax", "", "mean 293.11782113165896 min 267.6003723144531 max 317.6835632324219 sum 138442478.09869385 count 472310"],
    ["nemo_1m_grid-T.nc", "tos", "", "mean 14.12744399586955 min -2.058408260345459 max 34.45330810546875 sum 920869.1819827649 count 65183"],
    ["nemo_1m_grid-T.nc", "time_counter", "--raw", "first 0 last 0"],
    ["nemo_1m_grid-T.nc", "nav_lat", "", "min -85.63117218017578 max 89.74176788330078 count 118800"],
    ["roms_wcofs_subset.nc", "lat_psi", "", "mean 44.804447223590394 min 43.5512778741526 max 46.0422840444638 sum 108068.32670330003 count 2412"],
    ["rotated_pole.nc", "air_pressure_at_sea_level", "", "mean 101467.625 min 98439 max 102954 sum 80362359 count 792"],
    ["lambert_conformal_lcc_km.nc", "prcp", "", "mean 0 min 0 max 0 sum 0 count 352211"],
    ["lambert_conformal_lcc_km.nc", "x", "", "first -778.25 last -160.25"],
    ["ugrid_mesh_C4.nc", "synthetic", "", "mean 7.5 min 0 max 15 sum 720 count 96"],
    ["ugrid_mesh_C4.nc", "example_C4_face_nodes", "", "min 1 max 98 sum 18948 count 384"],
    ["ugrid_elevation_nl.nc", "elevation", "", "mean 7.612356132509332 min -60.65999984741211 max 252.72999572753906 sum 39949.64498340897 count 5248"],
    ["ugrid_elevation_nl.nc", "mesh2d_face_nodes", "", "min 0 max 2789 sum 22600667 count 15744"],
    ["atlantic_profiles.nc", "theta", "", "mean 286.32859516800806 min 274.3505554199219 max 300.5613708496094 sum 540302.0590820312 count 1887"],
    ["atlantic_profiles.nc", "salinity", "", "mean 35.35419162089192 min 34.50880432128906 max 36.91976547241211 sum 66713.35958862305 count 1887"],
    ["basin_mask.nc", "basin", "--raw", "min -100 max 58 sum -91132117 count 2138400"],
    ["basin_mask.nc", "basin", "", "mean 6.2225656944795515 min 1 max 58 count 1155196"],
    ["groups_sentinel6.nc", "data_01/latitude", "", "mean 62.86867412333333 min 55.176348 max 66.14424199999999 sum 37721.204474 count 600"],
    ["groups_sentinel6.nc", "data_01/ku/atm_cor_sig0", "", "mean 0.14968333333333333 min 0.11 max 0.23 sum 89.81 count 600"],
    ["groups_sentinel6.nc", "data_01/ku/iono_cor_gim", "", "mean -0.010177 min -0.0126 max -0.008400000000000001 sum -6.1062 count 600"],
    ["lambert_conformal_innsbruck.nc", "tas", "", "mean 2.9190541609764735 min -15.2306469332787 max 21.7629059822329 sum 111391.10678286223 count 38160"],
    ["lambert_conformal_innsbruck.nc", "lat", "", "min 46.9948997497559 max 47.5388603210449 count 3600"],
    ["lambert_conformal_innsbruck.nc", "time", "--raw", "first 15 last 349"],
    ["nexus_p45-1168.nxs", "entry/solstice_scan/keys/uniqueKeys", "", "sum 325 min 1 max 25"],
    ["nexus_p45-1168.nxs", "entry/instrument/stagey/value", "", "sum 12.500000000000002 min 0.09999999999999998 max 0.9000000000000002"],
    ["user_types_groups.nc", "obs/level2/t2m", "", "mean 280.6666666666667 min 249.99999999999997 max 310 sum 4210 count 15"],
    // `valid_range` of 0 to 100.
    ["nc3_64bit_offset.nc", "bb", "--raw", "min -4 max 3 sum -4 count 9"],
    ["nc3_64bit_offset.nc", "ce", "", "min 1 max 104 sum 4958 count 105"],
    ["cdf5_types.nc", "d", "", "mean 0.09373235688911136 min -2.1044660100855603 max 2.6925531473868567 sum 3.2806324911188973 count 35"],
    ["cdf5_types.nc", "rec", "", "mean 20.25 min 10 max 30.5 sum 850.5 count 42"],
    ["hdf5_image_palette.h5", "All data", "", "sum 76615963"],
    ["hdf5_image_palette.h5", "Land data", "", "sum 13160566"],
    ["hdf5_image_palette.h5", "Rainbow pallete", "", "sum 94649"],
    ["hdf5_image_palette.h5", "Sea data", "", "sum 40541661"],
    ["olci_cube_v2_consolidated.zarr", "c2rcc_flags", "", "mean 2147486565.049861 min 2147483648 max 2147532813 sum 157548204358318 count 73364"],
    ["olci_cube_v2_consolidated.zarr", "conc_chl", "", "mean 7.826957064872983 min 5.685755604645237e-05 max 22.328826904296875 sum 566569.9410549606 count 72387"],
    ["olci_cube_v2_consolidated.zarr", "conc_tsm", "", "mean 33.8924012630963 min 0.01581338793039322 max 166.04310607910156 sum 2453369.250231752 count 72387"],
    ["trajectory_v2.zarr", "temperature", "", "mean 9.969209968386869e+36 min 9.969209968386869e+36 max 9.969209968386869e+36 sum 2.9907629905160607e+38 count 30"],
    ["ostia_v2_plain.zarr", "surface_temperature", "", "mean 300.808438158795 min 289.15234375 max 304.3504333496094 sum 92929954.03414917 count 308934"],
    ["ostia_v3_sharded.zarr", "surface_temperature", "", "mean 300.808438158795 min 289.15234375 max 304.3504333496094 sum 92929954.03414917 count 308934"],
    ["ome_v0.4.zarr", "0", "", "sum 2025.010959982872 count 4096"],
    ["ome_v0.4.zarr", "1", "", "sum 250.71486896276474 count 512"],
    ["ome_v0.4.zarr", "labels/nuclei/0", "", "max 2"],
    ["ome_v0.5.zarr", "0", "", "sum 2049.505322635174 count 4096"],
    ["ome_v0.5.zarr", "1", "", "sum 264.7615476846695 count 512"],
    ["ome_v0.5.zarr", "labels/nuclei/0", "", "max 2"],
];

#[test]
fn statistics_are_those_of_xarray() {
    let Some(folder) = shared_data() else { return };
    for [file, name, flags, facts] in STATISTICS {
        let stats = select("stats", &folder, file, name, flags);
        let words: Vec<&str> = facts.split(' ').collect();
        for pair in words.chunks_exact(2) {
            let (key, wanted) = (pair[0], pair[1].parse::<f64>().unwrap());
            let found = stats[key].as_f64().unwrap_or_else(|| panic!("{file} {name}: no {key} in {stats}"));
            let slack = if ["mean", "sum"].contains(&key) { wanted.abs() * SUMS } else { 0.0 };
            assert!((found - wanted).abs() <= slack, "{file} {name} {flags}: {key} is {found}, not {wanted}");
        }
    }
}

/// File, variable, calendar, first and last instant.
#[rustfmt::skip]
const TIMES: &[[&str; 5]] = &[
    ["air_temperature_subset.nc", "air", "standard", "2014-10-01T00:00:00", "2014-10-31T18:00:00"],
    ["ostia_monthly.nc", "surface_temperature", "standard", "2006-04-16T00:00:00", "2010-09-16T00:00:00"],
    ["tos_O1_2001-2002.nc", "tos", "360_day", "2001-01-16T00:00:00", "2002-12-16T00:00:00"],
    ["tasmax_CanESM2_365day.nc", "tasmax", "noleap", "2095-01-01T00:00:00", "2095-12-31T00:00:00"],
    ["roms_wcofs_subset.nc", "ocean_time", "proleptic_gregorian", "2024-10-17T01:00:00", "2024-10-17T04:00:00"],
    ["rotated_pole.nc", "time", "standard", "2006-06-15T00:00:00", "2006-06-15T00:00:00"],
    ["lambert_conformal_lcc_km.nc", "prcp", "standard", "1980-07-01T12:00:00", "1980-07-01T12:00:00"],
    ["atlantic_profiles.nc", "time", "standard", "1984-12-01T00:00:00", "1984-12-01T00:00:00"],
    ["groups_sentinel6.nc", "data_01/time", "standard", "2021-04-03T00:40:57", "2021-04-03T00:50:56"],
    ["user_types_groups.nc", "obs/level2/t2m", "noleap", "2000-02-28T00:00:00", "2001-02-28T00:00:00"],
    ["cdf5_types.nc", "rec", "proleptic_gregorian", "1999-12-30T12:00:00", "2000-01-02T00:00:00"],
    ["olci_cube_v2_consolidated.zarr", "conc_chl", "standard", "2017-01-16T10:09:21.834256", "2017-01-30T10:46:33.836892"],
    ["ostia_v2_plain.zarr", "surface_temperature", "standard", "2006-04-16T00:00:00", "2010-09-16T00:00:00"],
    ["ostia_v3_sharded.zarr", "surface_temperature", "standard", "2006-04-16T00:00:00", "2010-09-16T00:00:00"],
    // Default fills that nothing marks as such: no instant, and no crash.
    ["trajectory_v2.zarr", "time", "standard", "missing", "missing"],
];

#[test]
fn times_are_decoded_in_their_calendars() {
    let Some(folder) = shared_data() else { return };
    for [file, name, calendar, first, last] in TIMES {
        let time = &select("stats", &folder, file, name, "")["time"];
        assert_eq!(time, &json!({"calendar": calendar, "first": first, "last": last}), "{file} {name}");
    }
    let noleap = values(&folder, "user_types_groups.nc", "obs/time", "--isel time=0:3");
    assert_eq!(noleap, json!(["2000-02-28T00:00:00", "2000-03-01T00:00:00", "2000-03-02T00:00:00"]));
}
