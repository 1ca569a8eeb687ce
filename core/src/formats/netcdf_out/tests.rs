//! Files are read back by the library and by xarray, and are not there before they are whole.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests fail by panicking and say why they skip")]

use super::NetcdfSink;
use crate::model::{ArraySpec, AttrValue, Attrs, Block, DType, Data, DatasetSpec, ErrorKind, Region, Span};
use std::fs;

const CHECK: &str = r#"
import sys, numpy as np, xarray as xr, cftime, netCDF4
ds = xr.open_dataset(sys.argv[1], engine="netcdf4")
assert ds.attrs["title"] == "ä test" and ds.attrs["levels"].tolist() == [1, 2, 3] and ds.attrs["names"] == ["a", "b"], ds.attrs
assert ds.attrs["tree"] == '{"a":1}', ds.attrs
assert dict(ds.sizes) == {"time": 3, "x": 5}, ds.sizes
assert ds.time.values.tolist() == [cftime.DatetimeNoLeap(2000, 2, 28), cftime.DatetimeNoLeap(2000, 3, 1), cftime.DatetimeNoLeap(2000, 3, 2)]
t = ds.t.values
assert t.dtype == "f4" and np.isnan(t[0, 0]) and t.ravel()[1:].tolist() == [i + 0.5 for i in range(1, 15)], t
assert ds.t.encoding["chunksizes"] == (2, 5) and ds.t.encoding["complevel"] == 4 and ds.t.encoding["shuffle"]
p = ds.p.values
assert np.isnan(p[0]) and np.allclose(p[1:], [250.01, 250.02, 250.03, 250.04]), p
assert ds.p.encoding["dtype"] == "int16" and ds.p.encoding["_FillValue"] == -32767
assert ds.flag.dtype == bool and ds.flag.values.tolist() == [True, False, True, False, True]
assert ds.name.values.tolist() == [["Kapstadt", "", "深圳", "d", "e"]] * 3, ds.name
assert int(ds.crs) == 7 and ds.u.values.tolist() == [0, 1, 2, 3, 2**64 - 1]
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

fn text(t: &str) -> AttrValue {
    AttrValue::Text(t.to_owned())
}

#[test]
fn xarray_opens_what_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.nc");
    let mut t =
        array("t", &["time", "x"], &[3, 5], DType::F32, &[("units", text("K")), ("DIMENSION_LIST", text("no"))]);
    t.chunks = vec![2, 5];
    let arrays = vec![
        t,
        array(
            "p",
            &["x"],
            &[5],
            DType::I16,
            &[
                ("_FillValue", AttrValue::Numbers(Data::I64(vec![-32767]))),
                ("scale_factor", AttrValue::Numbers(Data::F64(vec![0.01]))),
                ("add_offset", AttrValue::Numbers(Data::F64(vec![250.0]))),
            ],
        ),
        array("flag", &["x"], &[5], DType::Bool, &[]),
        array("name", &["time", "x"], &[3, 5], DType::String, &[]),
        array("crs", &[], &[], DType::I32, &[]),
        array("u", &["x"], &[5], DType::U64, &[]),
        array(
            "time",
            &["time"],
            &[3],
            DType::I64,
            &[("units", text("days since 2000-01-01")), ("calendar", text("noleap"))],
        ),
    ];
    let attrs = Attrs(vec![
        ("title".to_owned(), text("ä test")),
        ("levels".to_owned(), AttrValue::Numbers(Data::I16(vec![1, 2, 3]))),
        ("names".to_owned(), AttrValue::Texts(vec!["a".to_owned(), "b".to_owned()])),
        ("tree".to_owned(), AttrValue::Json(serde_json::json!({"a": 1}))),
    ]);
    let sink = NetcdfSink::create(&target, DatasetSpec { attrs, arrays, ..DatasetSpec::default() }, 4).unwrap();
    let mut field: Vec<f32> = (0..15_u8).map(|i| f32::from(i) + 0.5).collect();
    field[0] = f32::NAN;
    let field = Block::new(vec![3, 5], Data::F32(field)).unwrap();
    // Two parts at once: the calls follow each other.
    std::thread::scope(|scope| {
        for (start, len) in [(0, 2), (2, 1)] {
            let (sink, field) = (&sink, &field);
            scope.spawn(move || {
                let region = Region(vec![Span::new(start, len), Span::new(0, 5)]);
                sink.write("t", &region, &field.slice(&region).unwrap()).unwrap();
            });
        }
    });
    let words = ["Kapstadt", "", "深圳", "d", "e"].repeat(3).into_iter().map(str::to_owned).collect();
    for (name, shape, data) in [
        ("p", vec![5], Data::I16(vec![-32767, 1, 2, 3, 4])),
        ("flag", vec![5], Data::U8(vec![1, 0, 1, 0, 1])),
        ("name", vec![3, 5], Data::Text(words)),
        ("crs", vec![], Data::I32(vec![7])),
        ("u", vec![5], Data::U64(vec![0, 1, 2, 3, u64::MAX])),
        ("time", vec![3], Data::I64(vec![58, 59, 60])),
    ] {
        sink.write(name, &Region::all(&shape), &Block::new(shape.clone(), data).unwrap()).unwrap();
    }
    assert!(!target.exists());
    assert!(sink.bytes_written() > 0);
    sink.finish().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let file = netcdf::open(&target).unwrap();
    assert_eq!(file.variable("u").unwrap().get_values::<u64, _>(..).unwrap(), [0, 1, 2, 3, u64::MAX]);
    drop(file);

    let Some(python) = std::env::var_os("GRATICULE_PYTHON") else {
        eprintln!("skipped: GRATICULE_PYTHON names no Python with xarray and netCDF4");
        return;
    };
    let done = std::process::Command::new(python).args(["-W", "ignore", "-c", CHECK]).arg(&target).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "equal", "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn refusals_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.nc");
    let spec = |arrays: Vec<ArraySpec>| DatasetSpec { arrays, ..DatasetSpec::default() };
    let good = array("t", &["x"], &[5], DType::I8, &[]);
    let misfit = array("t", &["x"], &[5], DType::I8, &[("_FillValue", AttrValue::Numbers(Data::I16(vec![300])))]);
    let longer = array("u", &["x"], &[6], DType::I8, &[]);
    for (arrays, word) in [
        (vec![misfit], "_FillValue"),
        (vec![good.clone(), longer], "dimension x"),
        (vec![good.clone(), good.clone()], "cannot write t"),
        (vec![array("a\0b", &["x"], &[5], DType::I8, &[])], "zero"),
        (vec![array("a", &["x"], &[5], DType::I8, &[("\0", text(""))])], "zero"),
        (vec![array("a/b", &["x"], &[5], DType::I8, &[])], "a/b"),
    ] {
        let error = NetcdfSink::create(&target, spec(arrays), 1).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
    let sink = NetcdfSink::create(&target, spec(vec![good]), 0).unwrap();
    let block = Block::zeros(&DType::I8, vec![5]);
    assert!(sink.write("u", &Region::all(&[5]), &block).is_err());
    assert!(sink.write("t", &Region::all(&[6]), &Block::zeros(&DType::I8, vec![6])).is_err());
    assert!(sink.write("t", &Region::all(&[5]), &Block::zeros(&DType::F32, vec![5])).is_err());
    sink.write("t", &Region::all(&[5]), &block).unwrap();
    drop(sink);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    fs::write(&target, "mine").unwrap();
    let error = NetcdfSink::create(&target, spec(Vec::new()), 0).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Exists);
    assert_eq!(fs::read(&target).unwrap(), b"mine");
}
