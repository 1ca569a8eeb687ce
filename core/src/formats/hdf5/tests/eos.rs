//! HDF-EOS 5 (`fixtures/make_eos.py`): names of dimensions, coordinates of grids.

use super::*;

fn numbers(source: &dyn Source, path: &str) -> Vec<f64> {
    all(source, path).to_f64()
}

#[test]
fn fields_have_the_dimensions_that_the_text_names() {
    let source = crate::formats::open(&fixture("eos.h5")).unwrap();
    let dims = |path: &str| source.info().root.variable(path).unwrap().dims.join(" ");
    assert_eq!(dims("/HDFEOS/GRIDS/OMI Column Amount O3/Data Fields/ColumnAmountO3"), "YDim XDim");
    assert_eq!(dims("/HDFEOS/GRIDS/VNP_Grid/Data Fields/NDVI"), "Band YDim XDim");
    assert_eq!(dims("/HDFEOS/SWATHS/HIRDLS/Data Fields/Temperature"), "nTimes nXtrack nLevels");
    assert_eq!(dims("/HDFEOS/SWATHS/HIRDLS/Geolocation Fields/Latitude"), "nTimes nXtrack");
    assert!(dims("/HDFEOS/GRIDS/VNP_Grid/Data Fields/not told").starts_with("phony_dim_"));
    assert_eq!(source.info().warnings, Vec::<String>::new());
    contract::check(&*source);
}

#[test]
fn grids_have_coordinates() {
    let source = crate::formats::open(&fixture("eos.h5")).unwrap();
    let o3 = "/HDFEOS/GRIDS/OMI Column Amount O3";
    let (x, y) = (numbers(&*source, &format!("{o3}/XDim")), numbers(&*source, &format!("{o3}/YDim")));
    assert_eq!((x.len(), x[0], x[35]), (36, -175.0, 175.0));
    // The first row is the southernmost, as the grid's origin says.
    assert_eq!((y.len(), y[0], y[17]), (18, -85.0, 85.0));
    assert_eq!(numbers(&*source, "/HDFEOS/GRIDS/Corners/XDim"), [-10.0, -5.0, 0.0, 5.0]);
    assert_eq!(numbers(&*source, "/HDFEOS/GRIDS/Corners/YDim"), [5.0, 0.0]);
    let x = numbers(&*source, "/HDFEOS/GRIDS/VNP_Grid/XDim");
    assert!((x[0] + 20_015_109.354 * 5.0 / 6.0).abs() < 1e-6, "{x:?}");
    let crs = source.info().root.variable("/HDFEOS/GRIDS/VNP_Grid/crs").unwrap();
    assert_eq!(crs.attrs.text("grid_mapping_name"), Some("sinusoidal"));
    let ndvi = source.info().root.variable("/HDFEOS/GRIDS/VNP_Grid/Data Fields/NDVI").unwrap();
    assert_eq!(ndvi.attrs.text("grid_mapping"), Some("crs"));
}
