//! The facts that the README of the sample data states.

use super::{close, contract, summary, whole};
use crate::formats::zarr::open;
use crate::model::{AttrValue, DType, Data, Region, Span};

#[test]
fn ostia_equals_the_file_it_was_made_from() {
    let Some(data) = contract::samples() else { return };
    let file = netcdf::open(data.join("ostia_monthly.nc")).unwrap();
    let wanted: Vec<f32> = file.variable("surface_temperature").unwrap().get_values(..).unwrap();
    for (store, format, chunks, shards, filters) in [
        ("ostia_v2_plain.zarr", "zarr2", vec![12, 9, 100], None, vec!["blosc:lz4:5:shuffle"]),
        ("ostia_v3_sharded.zarr", "zarr3", vec![6, 9, 54], Some(vec![18, 18, 216]), vec!["blosc:zstd:5:shuffle"]),
    ] {
        let source = open(&data.join(store)).unwrap();
        let info = source.info();
        assert_eq!(info.format, format);
        assert_eq!(info.warnings, Vec::<String>::new());
        let meta = info.root.variable("/surface_temperature").unwrap();
        assert_eq!(meta.dims, ["time", "latitude", "longitude"]);
        assert_eq!((meta.chunks.clone(), meta.shards.clone()), (Some(chunks), shards));
        assert_eq!(meta.filters, filters);
        assert_eq!(meta.dtype, DType::F32);
        assert_eq!(meta.attrs.text("units"), Some("K"));
        assert!(meta.attrs.get("_ARRAY_DIMENSIONS").is_none());
        let fill = if format == "zarr2" { meta.fill_value.as_ref() } else { meta.attrs.get("_FillValue") };
        assert!(matches!(fill, Some(AttrValue::Numbers(Data::F32(v))) if v.len() == 1 && v[0].is_nan()));

        let block = whole(&*source, "/surface_temperature");
        let values = if let Data::F32(values) = block.data() { values.as_slice() } else { &[] };
        assert_eq!(values.len(), wanted.len());
        // The file marks land by 1e20, the stores by NaN.
        let same = |(a, b): (&f32, &f32)| if *b == 1e20 { a.is_nan() } else { a.to_bits() == b.to_bits() };
        assert!(values.iter().zip(&wanted).all(same));
        let (count, sum, lo, hi) = summary(&block);
        assert_eq!(count, 308_934);
        close(sum, 92_929_954.034_149_17);
        close(lo, 289.152_343_75);
        close(hi, 304.350_433_349_609_4);

        // A region across chunks and shards is the same part of the whole.
        let region = Region(vec![Span::new(5, 30), Span::new(3, 12), Span::new(90, 200)]);
        let part = source.read("surface_temperature", &region).unwrap();
        let same = block.slice(&region).unwrap();
        assert_eq!(format!("{:?}", part.data()), format!("{:?}", same.data()));
        assert_eq!(meta.attrs.text("standard_name"), Some("surface_temperature"));
    }
}

#[test]
fn the_consolidated_cube_and_the_trajectory() {
    let Some(data) = contract::samples() else { return };
    let cube = open(&data.join("olci_cube_v2_consolidated.zarr")).unwrap();
    let sizes: Vec<_> = cube.info().root.dims.iter().map(|d| (d.name.as_str(), d.size)).collect();
    for dim in [("time", 5), ("lat", 250), ("lon", 500)] {
        assert!(sizes.contains(&dim), "{sizes:?}");
    }
    // Its flags are NaN where missing, so raw values are what the README counts.
    let (count, sum, lo, hi) = summary(&whole(&*cube, "c2rcc_flags"));
    assert_eq!((count, lo, hi), (73_364, 2_147_483_648.0, 2_147_532_813.0));
    close(sum, 157_548_204_358_318.0);
    let (count, sum, ..) = summary(&whole(&*cube, "/conc_chl"));
    assert_eq!(count, 72_387);
    close(sum, 566_569.941_054_960_6);

    let trajectory = open(&data.join("trajectory_v2.zarr")).unwrap();
    let temperature = whole(&*trajectory, "temperature");
    assert_eq!(temperature.shape(), [2, 3, 5]);
    close(summary(&temperature).1, 2.990_762_990_516_060_7e38);
}

#[test]
fn images_have_their_axes_and_places() {
    let Some(data) = contract::samples() else { return };
    for (store, sums) in [
        ("ome_v0.4.zarr", [2_025.010_959_982_872, 250.714_868_962_764_74]),
        ("ome_v0.5.zarr", [2_049.505_322_635_174, 264.761_547_684_669_5]),
    ] {
        let source = open(&data.join(store)).unwrap();
        let root = &source.info().root;
        assert_eq!(source.info().warnings, Vec::<String>::new());
        let level = root.variable("/0").unwrap();
        assert_eq!(level.shape, [1, 2, 8, 16, 16]);
        assert_eq!(level.chunks, Some(vec![1, 1, 8, 16, 16]));
        assert_eq!(level.dims, ["t", "c", "z", "y", "x"]);
        let half = root.variable("/1").unwrap();
        assert_eq!(half.dims, ["t", "c", "z_4", "y_8", "x_8"]);
        close(summary(&whole(&*source, "0")).1, sums[0]);
        close(summary(&whole(&*source, "1")).1, sums[1]);
        let places = |path: &str| whole(&*source, path).data().to_f64();
        assert_eq!(places("/x"), (0..16).map(|i| f64::from(i) * 0.5).collect::<Vec<_>>());
        assert_eq!(places("/x_8"), (0..8).map(f64::from).collect::<Vec<_>>());
        assert_eq!(root.variable("/z").unwrap().attrs.text("units"), Some("micrometer"));
        let channels = ["DAPI", "GFP"].map(str::to_owned).to_vec();
        assert_eq!(whole(&*source, "/c").data(), &Data::Text(channels.clone()));
        assert_eq!(level.attrs.get("channel_names"), Some(&AttrValue::Texts(channels)));
        assert!(summary(&whole(&*source, "/labels/nuclei/0")).3 >= 2.0);
        let nuclei = root.variable("/labels/nuclei/0").unwrap();
        assert_eq!((nuclei.shape.as_slice(), nuclei.dims.join(" ")), ([8, 16, 16].as_slice(), "z y x".to_owned()));
        assert_eq!(places("/labels/nuclei/y").len(), 16);
    }
}

#[test]
fn every_sample_store_keeps_the_contract() {
    let Some(data) = contract::samples() else { return };
    let stores =
        ["olci_cube_v2_consolidated", "trajectory_v2", "ostia_v2_plain", "ostia_v3_sharded", "ome_v0.4", "ome_v0.5"];
    for store in stores {
        let source = crate::formats::open(&data.join(format!("{store}.zarr"))).unwrap();
        contract::check(&*source);
        for group in source.info().root.walk() {
            // One name has one length within a group, whatever the levels of a pyramid call their dimensions.
            for (name, size) in group.variables.iter().flat_map(|v| v.dims.iter().zip(&v.shape)) {
                assert!(group.dims.iter().any(|d| d.name == *name && d.size == *size), "{store}: {name} {size}");
            }
        }
    }
}

/// `shared/data/README.md`: read as Zarr, references give exactly the values of the files they point to.
#[test]
fn references_give_the_bits_of_their_files() {
    for (references, file) in [
        ("air_temperature_subset.kerchunk.json", "air_temperature_subset.nc"),
        ("tos_O1.kerchunk.json", "tos_O1_2001-2002.nc"),
    ] {
        let (Some(references), Some(file)) = (contract::sample(references), contract::sample(file)) else { return };
        let (by_reference, direct) = (crate::formats::open(&references).unwrap(), crate::formats::open(&file).unwrap());
        assert_eq!(by_reference.info().format, "zarr2");
        contract::check(&*by_reference);
        let variables = &direct.info().root.variables;
        assert_eq!(by_reference.info().root.variables.len(), variables.len());
        for variable in variables {
            let whole = Region::all(&variable.shape);
            let [a, b] = [&by_reference, &direct].map(|s| s.read(&variable.path, &whole).unwrap());
            contract::assert_same(&a, &b, &variable.path);
        }
    }
}
