//! What is written opens in xarray with equal values and the same metadata as xarray's own.

use super::run_python;
use crate::formats::zarr::{ZarrOptions, ZarrSink, ZarrVersion};
use crate::model::{ArraySpec, AttrValue, Attrs, Block, DType, Data, DatasetSpec, Region};

const CHECK: &str = r#"
import sys, json, numpy as np, xarray as xr, cftime, zarr
for version, path in zip((2, 3), sys.argv[1:]):
    ds = xr.open_zarr(path, consolidated=True)
    assert ds.attrs == {"title": "a test", "levels": [1, 2, 3]}, ds.attrs
    assert list(ds.sizes.items()) == [("time", 3), ("lat", 4), ("lon", 5)] or dict(ds.sizes) == {"time": 3, "lat": 4, "lon": 5}, ds.sizes
    assert set(ds.coords) == {"time", "lat", "lon"}, ds.coords
    assert ds.lat.dtype == "f8" and ds.lat.values.tolist() == [-30.0, -10.0, 10.0, 30.0]
    times = ds.time.values.tolist()
    assert times == [cftime.DatetimeNoLeap(2000, 2, 28), cftime.DatetimeNoLeap(2000, 3, 1), cftime.DatetimeNoLeap(2000, 3, 2)], times
    t = ds.t.values
    assert ds.t.dtype == "f4" and np.isnan(t[0, 0, 0]) and t[2, 3, 4] == 59.5, t
    assert np.array_equal(np.delete(t.ravel(), 0), (np.arange(60) + 0.5).astype("f4")[1:])
    assert ds.t.attrs == {"units": "K", "cell_methods": "time: mean"}, ds.t.attrs
    p = ds.p.values
    assert ds.p.encoding["_FillValue"] == -32767 and ds.p.encoding["scale_factor"] == np.float64(np.float32(0.01)), ds.p.encoding
    assert np.isnan(p[0, 0]) and np.allclose(p.ravel()[1:], np.arange(1, 20) * 0.01 + 250, rtol=1e-6), p
    assert ds.name.values.tolist() == ["Kapstadt", "", "深圳", "d"], ds.name.values
    assert ds.flag.dtype == bool and ds.flag.values.tolist() == [True, False, True, False, True], ds.flag
    assert ds.n.dtype == "i8" and ds.n.values.tolist() == [0, 1, 2, 2**62], ds.n
    assert float(ds.crs) == 7 and ds.crs.dims == (), ds.crs
    raw = zarr.open_group(path, mode="r", use_consolidated=False)
    assert raw["lon"].chunks == (5,) and raw["t"].chunks == (1, 4, 3), raw["t"].chunks
    assert sorted(raw.array_keys()) == sorted(ds.variables)
    # The same dataset written by xarray reads the same.
    twin = path + ".twin"
    ds.drop_encoding().to_zarr(twin, zarr_format=version, consolidated=True)
    xr.testing.assert_identical(ds.load(), xr.open_zarr(twin, consolidated=True).load())
    if version == 3:
        ours, theirs = (json.load(open(f"{p}/zarr.json"))["consolidated_metadata"]["metadata"] for p in (path, twin))
        assert list(ours["t"]) == list(theirs["t"]), (list(ours["t"]), list(theirs["t"]))
        for name in set(ours) - {"p"}: # unpacked in the twin
            for key in ("shape", "data_type", "dimension_names", "node_type", "chunk_key_encoding"):
                assert ours[name].get(key) == theirs[name].get(key) or not ours[name][key], (name, key)
            assert ours[name]["attributes"].get("_FillValue") == theirs[name]["attributes"].get("_FillValue"), name
        assert raw["t"].shards == (3, 4, 6), raw["t"].shards
print("equal")
"#;

fn array(name: &str, dims: &[&str], shape: &[usize], dtype: DType, attrs: &[(&str, AttrValue)]) -> ArraySpec {
    ArraySpec {
        name: name.to_owned(),
        dims: dims.iter().map(|&d| d.to_owned()).collect(),
        shape: shape.to_vec(),
        dtype,
        chunks: shape.to_vec(),
        shards: None,
        attrs: Attrs(attrs.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect()),
    }
}

/// A small dataset with all that CF knows: packed values, a calendar, texts, flags, a scalar.
fn dataset(shards: bool) -> (DatasetSpec, Vec<(&'static str, Data)>) {
    let text = |t: &str| AttrValue::Text(t.to_owned());
    let mut t = array(
        "t",
        &["time", "lat", "lon"],
        &[3, 4, 5],
        DType::F32,
        &[
            ("units", text("K")),
            ("cell_methods", text("time: mean")),
            ("missing_value", AttrValue::Numbers(Data::F32(vec![f32::NAN]))),
        ],
    );
    t.chunks = vec![1, 4, 3];
    t.shards = shards.then(|| vec![3, 4, 6]);
    let packing = [
        ("_FillValue", AttrValue::Numbers(Data::I16(vec![-32767]))),
        ("scale_factor", AttrValue::Numbers(Data::F32(vec![0.01]))),
        ("add_offset", AttrValue::Numbers(Data::F32(vec![250.0]))),
    ];
    let noleap = [("units", text("days since 2000-01-01")), ("calendar", text("noleap"))];
    let arrays = vec![
        t,
        array("p", &["lat", "lon"], &[4, 5], DType::I16, &packing),
        array("name", &["lat"], &[4], DType::String, &[]),
        array("flag", &["lon"], &[5], DType::Bool, &[]),
        array("n", &["lat"], &[4], DType::I64, &[]),
        array("crs", &[], &[], DType::I32, &[]),
        array("time", &["time"], &[3], DType::I64, &noleap),
        array("lat", &["lat"], &[4], DType::F64, &[("units", text("degrees_north"))]),
        array("lon", &["lon"], &[5], DType::F64, &[("units", text("degrees_east"))]),
    ];
    let mut field: Vec<f32> = (0..60_u8).map(|i| f32::from(i) + 0.5).collect();
    field[0] = f32::NAN;
    let values = vec![
        ("t", Data::F32(field)),
        ("p", Data::I16((0..20).map(|i| if i == 0 { -32767 } else { i }).collect())),
        ("name", Data::Text(["Kapstadt", "", "深圳", "d"].map(str::to_owned).to_vec())),
        ("flag", Data::U8(vec![1, 0, 1, 0, 1])),
        ("n", Data::I64(vec![0, 1, 2, 1 << 62])),
        ("crs", Data::I32(vec![7])),
        ("time", Data::I64(vec![58, 59, 60])),
        ("lat", Data::F64(vec![-30.0, -10.0, 10.0, 30.0])),
        ("lon", Data::F64(vec![0.0, 1.0, 2.0, 3.0, 4.0])),
    ];
    let attrs = Attrs(vec![
        ("title".to_owned(), text("a test")),
        ("levels".to_owned(), AttrValue::Numbers(Data::I16(vec![1, 2, 3]))),
    ]);
    (DatasetSpec { attrs, arrays, ..DatasetSpec::default() }, values)
}

#[test]
fn xarray_opens_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let targets = [ZarrVersion::V2, ZarrVersion::V3].map(|version| {
        let target = dir.path().join(format!("{version:?}.zarr"));
        let (spec, values) = dataset(version == ZarrVersion::V3);
        let shapes: Vec<_> = spec.arrays.iter().map(|a| (a.name.clone(), a.shape.clone())).collect();
        let sink = ZarrSink::create(&target, spec, ZarrOptions { version, ..ZarrOptions::default() }).unwrap();
        for (name, data) in values {
            let shape = shapes.iter().find(|(n, _)| n == name).unwrap().1.clone();
            sink.write(name, &Region::all(&shape), &Block::new(shape, data).unwrap()).unwrap();
        }
        sink.finish().unwrap();
        target
    });
    let Some(printed) = run_python(CHECK, &[&targets[0], &targets[1]]) else { return };
    assert_eq!(printed.trim(), "equal");
}
