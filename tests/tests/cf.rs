//! CF decoding over real files: axes, times, types and means as xarray 2026.9 gives them (the README beside the files).
//!
//! The files are looked for in a folder `shared/data` upwards from here; without it there is nothing to test.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say what they skip")]

use graticule_core::cf::{Axes, Horizontal, Named, Packing, Part, Policy, TimeUnits};
use graticule_core::formats;
use graticule_core::model::{Region, Source, VariableMeta};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn data() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join("shared/data")).find(|p| p.is_dir());
    if found.is_none() {
        eprintln!("skipped: no folder shared/data above {}", env!("CARGO_MANIFEST_DIR"));
    }
    found
}

/// A decoded variable of a file: what is expected of it.
struct Case {
    file: &'static str,
    variable: &'static str,
    /// Dimensions that run as `t z y x`, `-` for none.
    dims: &'static str,
    horizontal: &'static str,
    /// First and last time, empty where there are none.
    times: [&'static str; 2],
    /// The type that xarray decodes to.
    dtype: &'static str,
    mean: f64,
    count: usize,
}

#[expect(clippy::too_many_arguments, reason = "a row of the table below")]
const fn case(
    file: &'static str,
    variable: &'static str,
    dims: &'static str,
    horizontal: &'static str,
    times: [&'static str; 2],
    dtype: &'static str,
    mean: f64,
    count: usize,
) -> Case {
    Case { file, variable, dims, horizontal, times, dtype, mean, count }
}

const OSTIA_TIMES: [&str; 2] = ["2006-04-16T00:00:00", "2010-09-16T00:00:00"];
const OSTIA_MEAN: f64 = 300.808_438_158_795;
const OSTIA_GRID: &str = "rectilinear /latitude /longitude";

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("air_temperature_subset.nc", "air", "time - lat lon", "rectilinear /lat /lon",
        ["2014-10-01T00:00:00", "2014-10-31T18:00:00"], "float64", 270.519_001_536_098_3, 28_644),
    case("ostia_monthly.nc", "surface_temperature", "time - latitude longitude", OSTIA_GRID, OSTIA_TIMES, "float32", OSTIA_MEAN, 308_934),
    case("ostia_v2_plain.zarr", "surface_temperature", "time - latitude longitude", OSTIA_GRID, OSTIA_TIMES, "float32", OSTIA_MEAN, 308_934),
    case("ostia_v3_sharded.zarr", "surface_temperature", "time - latitude longitude", OSTIA_GRID, OSTIA_TIMES, "float32", OSTIA_MEAN, 308_934),
    case("eraint_uvz.nc", "u", "- level latitude longitude", "rectilinear /latitude /longitude", ["", ""], "float64", 6.941_047_864_317_107, 694_080),
    case("eraint_uvz.nc", "z", "- level latitude longitude", "rectilinear /latitude /longitude", ["", ""], "float64", 61_179.390_464_444_776, 694_080),
    case("tos_O1_2001-2002.nc", "tos", "time - lat lon", "rectilinear /lat /lon",
        ["2001-01-16T00:00:00", "2002-12-16T00:00:00"], "float32", 286.697_354_447_274_5, 506_160),
    case("tasmax_CanESM2_365day.nc", "tasmax", "time - lat lon", "rectilinear /lat /lon",
        ["2095-01-01T00:00:00", "2095-12-31T00:00:00"], "float32", 293.117_821_131_658_96, 472_310),
    case("nemo_1m_grid-T.nc", "tos", "time_counter - y x", "curvilinear /nav_lat /nav_lon",
        ["2015-01-16T00:00:00", "2015-01-16T00:00:00"], "float32", 14.127_443_995_869_55, 65_183),
    case("roms_wcofs_subset.nc", "u_sur", "ocean_time - eta_u xi_u", "curvilinear /lat_u /lon_u",
        ["2024-10-17T01:00:00", "2024-10-17T04:00:00"], "float64", 0.070_139_468_382_182_16, 0),
    case("roms_wcofs_subset.nc", "mask_rho", "- - eta_rho xi_rho", "curvilinear /lat_rho /lon_rho", ["", ""], "float64", f64::NAN, 0),
    case("rotated_pole.nc", "air_pressure_at_sea_level", "- - grid_latitude grid_longitude",
        "rotated /grid_latitude /grid_longitude +proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=37.5 +lon_0=-2.5 +R=6371229 +no_defs",
        ["", ""], "float32", 101_467.625, 792),
    case("lambert_conformal_lcc_km.nc", "prcp", "time - y x",
        "projected /y /x 1000 +proj=lcc +lat_1=25 +lat_2=60 +lat_0=42.5 +lon_0=-100 +a=6378137 +rf=298.257223563 +units=m +no_defs",
        ["1980-07-01T12:00:00", "1980-07-01T12:00:00"], "float32", 0.0, 352_211),
    case("lambert_conformal_innsbruck.nc", "tas", "time - y x",
        "projected /y /x 1 +proj=lcc +lat_1=49 +lat_2=46 +lat_0=47.5 +lon_0=13.33 +x_0=400000 +y_0=400000 +ellps=WGS84 +units=m +no_defs",
        ["2010-01-16T12:00:00", "2010-12-16T12:00:00"], "float64", 2.919_054_160_976_473_5, 38_160),
    case("ugrid_mesh_C4.nc", "synthetic", "- - - -", "unstructured /example_C4_face_y /example_C4_face_x true", ["", ""], "float32", 7.5, 96),
    case("ugrid_elevation_nl.nc", "elevation", "- - - -", "unstructured /mesh2d_face_y /mesh2d_face_x false", ["", ""], "float32", 7.612_356_132_509_332, 5248),
    case("groups_sentinel6.nc", "data_01/altitude", "time - - -", "unstructured /data_01/latitude /data_01/longitude true",
        ["2021-04-03T00:40:57", "2021-04-03T00:50:56"], "float64", 1_353_653.148_768_333_3, 600),
    case("groups_sentinel6.nc", "data_01/ku/iono_cor_gim", "time - - -", "", ["2021-04-03T00:40:57", "2021-04-03T00:50:56"], "float64", -0.010_177, 600),
    case("user_types_groups.nc", "obs/level2/t2m", "time - - -", "index",
        ["2000-02-28T00:00:00", "2001-02-28T00:00:00"], "float64", 280.666_666_666_666_7, 15),
    case("cdf5_types.nc", "rec", "time - - x", "index", ["1999-12-30T12:00:00", "2000-01-02T00:00:00"], "float32", 20.25, 42),
    case("basin_mask.nc", "basin", "- Z Y X", "rectilinear /Y /X", ["", ""], "float32", 6.222_565_694_479_551_5, 1_155_196),
    case("atlantic_profiles.nc", "theta", "- depth lat lon", "rectilinear /lat /lon", ["", ""], "float32", 286.328_595_168_008_06, 1887),
    case("olci_cube_v2_consolidated.zarr", "conc_chl", "time - lat lon", "rectilinear /lat /lon",
        ["2017-01-16T10:09:21.834256", "2017-01-30T10:46:33.836892"], "float64", 7.826_957_064_872_983, 72_387),
    case("trajectory_v2.zarr", "temperature", "- z - -", "unstructured /lat /lon true", ["", ""], "float32", 9.969_209_968_386_869e36, 30),
];

fn shown(axes: &Axes) -> (String, String) {
    let dims = [&axes.t, &axes.z, &axes.y, &axes.x].map(|a| a.as_ref().map_or("-", |a| a.name.as_str())).join(" ");
    let horizontal = match &axes.horizontal {
        Horizontal::Rectilinear { lat, lon } => format!("rectilinear {lat} {lon}"),
        Horizontal::Curvilinear { lat, lon } => format!("curvilinear {lat} {lon}"),
        Horizontal::Projected { x, y, crs } => {
            format!("projected {y} {x} {} {}", crs.unit, crs.definition().unwrap_or("-"))
        }
        Horizontal::RotatedPole { lat, lon, crs } => format!("rotated {lat} {lon} {}", crs.definition().unwrap_or("-")),
        Horizontal::Unstructured { x, y, geographic } => format!("unstructured {y} {x} {geographic}"),
        Horizontal::Index => "index".to_owned(),
    };
    (dims, horizontal)
}

/// First and last instant along the time axis, empty where there is none.
fn times(source: &Arc<dyn Source>, axes: &Axes) -> [String; 2] {
    let info = source.info();
    let Some(labels) = axes.t.as_ref().and_then(|t| t.coordinate.as_deref()).and_then(|c| info.root.variable(c)) else {
        return [String::new(), String::new()];
    };
    let units = TimeUnits::of(&labels.attrs).unwrap().unwrap();
    let raw = source.read(&labels.path, &Region::all(&labels.shape)).unwrap();
    let packing = Packing::of(labels, info.format, Policy::Xarray);
    let ticks = units.decode_all(raw.data(), &packing);
    [ticks.first(), ticks.last()].map(|t| units.calendar.date(*t.unwrap()).to_string())
}

fn mean(source: &Arc<dyn Source>, meta: &VariableMeta, packing: &Packing) -> (f64, usize) {
    let raw = source.read(&meta.path, &Region::all(&meta.shape)).unwrap();
    let decoded = (0..raw.data().len()).map(|i| packing.decode(raw.data().f64(i))).filter(|x| !x.is_nan());
    let (sum, count) = decoded.fold((0.0, 0_usize), |(s, n), x| (s + x, n + 1));
    (sum / count as f64, count)
}

#[test]
fn real_files_decode_as_xarray_decodes_them() {
    let Some(folder) = data() else { return };
    for c in CASES {
        let source = formats::open(&folder.join(c.file)).unwrap();
        let info = source.info();
        let meta = info.root.variable(c.variable).unwrap();
        let at = format!("{} {}", c.file, c.variable);
        let axes = Axes::of(meta, &info.root);
        let (dims, horizontal) = shown(&axes);
        assert_eq!(dims, c.dims, "{at}: {:?}", axes.facts);
        if !c.horizontal.is_empty() {
            assert_eq!(horizontal, c.horizontal, "{at}");
        }
        assert_eq!(times(&source, &axes), c.times, "{at}");
        let packing = Packing::of(meta, info.format, Policy::Xarray);
        assert_eq!(packing.decoded.to_string(), c.dtype, "{at}");
        let (mean, count) = mean(&source, meta, &packing);
        // The expected means are of values rounded to the decoded type; single precision is summed in double here.
        let near = if c.dtype == "float32" { 1e-7 } else { 1e-11 };
        assert!(c.mean.is_nan() || (mean - c.mean).abs() <= c.mean.abs() * near, "{at}: mean {mean}, not {}", c.mean);
        assert!(c.count == 0 || count == c.count, "{at}: {count} values, not {}", c.count);
    }
}

/// Nothing in any file may stop the rules: every variable of every sample goes through all of them.
#[test]
fn every_variable_of_every_sample_passes_through_every_rule() {
    let Some(folder) = data() else { return };
    let mut variables = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let Ok(source) = formats::open(&entry.unwrap().path()) else { continue };
        let info = source.info();
        let named = Named::of(&info.root);
        for group in info.root.walk() {
            let labels = |v: &&graticule_core::model::VariableMeta| v.dims == [v.name.clone()];
            assert!(group.variables.iter().filter(labels).all(|v| named.part(v) == Part::Coordinate));
            for meta in &group.variables {
                let axes = Axes::of(meta, &info.root);
                let mut used: Vec<usize> = "XYZT".chars().filter_map(|c| axes.dim(c)).collect();
                used.sort_unstable();
                used.dedup();
                assert_eq!(
                    used.len(),
                    "XYZT".chars().filter(|&c| axes.dim(c).is_some()).count(),
                    "{}: {axes:?}",
                    meta.path
                );
                assert!(used.iter().all(|&d| d < meta.dims.len()), "{}", meta.path);
                for policy in [Policy::Full, Policy::Xarray] {
                    let packing = Packing::of(meta, info.format, policy);
                    let to_float = !packing.masks.is_empty() || packing.scale.is_some() || packing.offset.is_some();
                    assert!(!to_float || packing.decoded.is_float(), "{}: {packing:?}", meta.path);
                }
                if let Some(units) = TimeUnits::of(&meta.attrs) {
                    units.unwrap();
                }
                variables += 1;
            }
        }
    }
    assert!(variables > 300, "{variables}");
}

/// The list of data variables in the README is what xarray leaves after taking coordinates out.
#[test]
fn data_and_coordinates_are_told_apart_as_xarray_does() {
    let Some(folder) = data() else { return };
    let source = formats::open(&folder.join("roms_wcofs_subset.nc")).unwrap();
    let root = &source.info().root;
    let named = Named::of(root);
    let mut names: Vec<&str> =
        root.variables.iter().filter(|v| named.part(v) == Part::Data).map(|v| v.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["angle", "lat_psi", "lon_psi", "mask_rho", "mask_u", "mask_v", "u_sur", "v_sur"]);
}
