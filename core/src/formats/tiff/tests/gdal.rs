//! Files of GDAL and Pillow (`fixtures/make_fixtures.py`) against what GDAL reads from them, which stands beside each.

use super::super::super::contract::{self, assert_same};
use super::super::open;
use super::write;
use crate::model::{Data, ErrorKind, Region, Source};
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats/tiff/fixtures")
}

fn image(source: &dyn Source, name: &str) -> crate::model::Block {
    let shape = &source.info().root.variable("image").unwrap().shape;
    source.read("image", &Region::all(shape)).map_err(|e| format!("{name}: {e}")).unwrap()
}

/// The number of files whose names begin so, all of which hold what GDAL reads from them.
fn same(kind: &str) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(name) = name.strip_suffix(".tif").filter(|n| n.starts_with(kind) && !n.ends_with(".read")) else {
            continue;
        };
        let source = open(&fixtures().join(format!("{name}.tif"))).unwrap();
        contract::check(&*source);
        assert_eq!(source.info().warnings, Vec::<String>::new(), "{name}");
        let wanted = open(&fixtures().join(format!("{name}.read.tif"))).unwrap();
        assert_same(&image(&*source, name), &image(&*wanted, name), name);
        count += 1;
    }
    count
}

/// A file cut and turned at many of its bytes.
fn damaged(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(fixtures().join(name)).unwrap();
    for at in (8..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x81;
        for bytes in [bytes.as_slice(), &whole[..at]] {
            let Ok(source) = open(&write(folder.path(), "damaged.tif", bytes)) else { continue };
            for meta in source.info().root.variables.iter().filter(|v| v.cells() < 20_000) {
                drop(source.read(&meta.path, &Region::all(&meta.shape)));
            }
        }
    }
}

#[test]
fn pages_of_fax_hold_what_gdal_reads() {
    assert_eq!(same("fax"), 12);
    damaged("fax_group3_two.tif");
    damaged("fax_rle.tif");
    damaged("fax_group4.tif");
    // An end before the last row is told.
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(fixtures().join("fax_group4_low_first.tif")).unwrap();
    let count = bytes.windows(4).position(|w| w == [0x17, 1, 4, 0]).unwrap() + 8;
    let mut cut = bytes;
    cut[count] /= 2;
    let source = open(&write(folder.path(), "cut.tif", &cut)).unwrap();
    let error = source.read("image", &Region::all(&[43, 61])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("in row"), "{error}");
}

#[test]
fn lerc_holds_what_gdal_reads() {
    assert_eq!(same("lerc"), 35);
    for name in ["lerc_uint8", "lerc_int16_lossy", "lerc_float32_nan", "lerc_uint8_deflate", "lerc_opacity"] {
        damaged(&format!("{name}.tif"));
    }
}

#[test]
fn control_points_on_a_grid_are_coordinates_and_others_are_told() {
    let of = |name: &str| open(&fixtures().join(format!("place_{name}.tif"))).unwrap();
    let source = of("grid");
    contract::check(&*source);
    assert_eq!(source.info().warnings, Vec::<String>::new());
    let labels = |name: &str, n: usize| source.read(name, &Region::all(&[n])).unwrap().into_data();
    assert_eq!(labels("x", 8), Data::F64((0..8).map(|k| 1010.0 + 20.0 * f64::from(k)).collect()));
    assert_eq!(labels("y", 6), Data::F64((0..6).map(|k| 485.0 - 30.0 * f64::from(k)).collect()));
    assert_eq!(source.info().root.variable("spatial_ref").unwrap().attrs.text("epsg_code"), Some("EPSG:32633"));
    let source = of("bent");
    assert!(source.info().root.variable("x").is_none());
    let told = "the image is located by 5 ground control points in EPSG:32633, which are no grid: pixels are numbered";
    assert_eq!(source.info().warnings, [told]);
}

#[test]
fn a_system_that_no_key_can_tell_is_taken_from_the_citation() {
    let source = open(&fixtures().join("place_esri.tif")).unwrap();
    assert_eq!(source.info().warnings, Vec::<String>::new());
    let attrs = &source.info().root.variable("spatial_ref").unwrap().attrs;
    assert_eq!(attrs.text("long_name"), Some("Odd"));
    let wkt = attrs.text("crs_wkt").unwrap();
    assert!(wkt.starts_with("PROJCS[\"Odd\",GEOGCS[") && wkt.ends_with("UNIT[\"Meter\",1.0]]"), "{wkt}");
    assert!(attrs.get("grid_mapping_name").is_none());
}
