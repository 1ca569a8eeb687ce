//! `fixtures/make_stranger.py`: numpy's times, floats that no processor has, datasets without a dataspace, names that are no
//! UTF-8. Expected is what h5py reads.

use super::*;

fn open() -> Arc<dyn Source> {
    crate::formats::open(&fixture("stranger.h5")).unwrap()
}

#[test]
fn times_of_numpy_are_integers_with_units() {
    let source = open();
    let root = &source.info().root;
    let values = Data::I64(vec![86400, -1, i64::MIN]);
    for (name, units, tier) in [
        ("s", "seconds since 1970-01-01 00:00:00", Tier::Direct),
        ("big", "microseconds since 1970-01-01 00:00:00", Tier::Direct),
        ("chunks", "microseconds since 1970-01-01 00:00:00", Tier::Direct),
        ("months", "months since 1970-01-01 00:00:00", Tier::Direct),
        ("span", "hours", Tier::Direct),
        ("steps", "seconds", Tier::Direct),
    ] {
        let path = format!("/times/{name}");
        let meta = root.variable(&path).unwrap();
        assert_eq!(
            (meta.dtype.clone(), meta.attrs.text("units"), meta.tier),
            (DType::I64, Some(units), tier),
            "{name}"
        );
        let nat = AttrValue::Numbers(Data::I64(vec![i64::MIN]));
        assert_eq!(meta.attrs.get("_FillValue"), Some(&nat), "{name}");
        assert_eq!(all(&*source, &path), values, "{name}");
    }
    assert_eq!(root.variable("/times/steps").unwrap().attrs.number("scale_factor"), Some(25.0));
    assert_eq!(source.notices(), Vec::<String>::new(), "both tiers agree");
    let by_library = crate::formats::hdf5::open(&fixture("stranger.h5"), &Options { direct: false }).unwrap();
    assert_eq!(all(&*by_library, "/times/chunks"), values);
    assert_eq!(texts(&*source, "/times/records"), ["{t: 1970-01-01T00:01:00, x: 0.5}"]);
    let attrs = &root.groups.iter().find(|g| g.name == "times").unwrap().attrs;
    assert_eq!(attrs.text("when"), Some("2020-01-02T03:04:05"));
}

#[test]
fn floats_of_every_width_are_numbers() {
    let source = open();
    let read = |path: &str| {
        let shape = source.info().root.variable(path).map(|v| v.shape.clone()).unwrap_or(vec![2]);
        source.read(path, &Region::all(&shape)).unwrap().into_data()
    };
    assert_eq!(read("/floats/bfloat16"), Data::F32(vec![1.0, -2.5, 3.004_055_3e38]));
    assert_eq!(read("/floats/big_bias"), Data::F64(vec![1.0, -2.5, 999_999_995_904.0]));
    assert_eq!(read("/floats/eight"), Data::F32(vec![1.0, -2.5, 224.0]));
    assert_eq!(read("/floats/long"), Data::F64(vec![1.0, -2.5, 3e38]));
    assert_eq!(read("/floats/records.v"), Data::F64(vec![2.5, -0.5]));
    assert_eq!(read("/floats/records.c.imag"), Data::F64(vec![-6.0, 1.0]));
    assert_eq!(read("/floats/records.h"), Data::F32(vec![0.5, 2.0]));
    assert_eq!(read("/floats/records.in.u"), Data::F64(vec![7.25, 8.0]));
    assert_eq!(read("/floats/records.n"), Data::I16(vec![1, -1]));
    let pairs = source.read("/floats/records.w", &Region::all(&[2, 2])).unwrap().into_data();
    assert_eq!(pairs, Data::F64(vec![3.0, -4.0, 0.0, 1.0]));
    let first = "{n: 1, v: 2.5, w: [3, -4], c: 5-6j, h: 0.5, in: {u: 7.25}}";
    assert_eq!(texts(&*source, "/floats/records")[0], first);
    assert_eq!(texts(&*source, "/floats/lists"), ["[1.5, 2]"]);
    let floats = source.info().root.groups.iter().find(|g| g.name == "floats").unwrap();
    assert_eq!(floats.attrs.number("long"), Some(1.25));
}

#[test]
fn a_field_without_meaning_leaves_the_others() {
    let source = open();
    assert_eq!(texts(&*source, "/times/clocks"), ["{t: 01000000, x: 0.5}", "{t: 00010000, x: 1.5}"]);
    let x = source.read("/times/clocks.x", &Region::all(&[2])).unwrap().into_data();
    assert_eq!(x, Data::F64(vec![0.5, 1.5]));
    assert_eq!(texts(&*source, "/times/clock"), ["01000000", "00010000"]);
}

/// Elements of three bytes are not the four that a number takes here, though all of their bits count.
#[test]
fn integers_of_odd_widths_are_left_to_the_library() {
    let source = open();
    for (path, values) in
        [("/integers/i24", Data::I32(vec![1, -2, 8_388_607])), ("/integers/u40", Data::U64(vec![1, (1 << 40) - 1]))]
    {
        assert_eq!(source.info().root.variable(path).unwrap().tier, Tier::Library, "{path}");
        assert_eq!(all(&*source, path), values, "{path}");
    }
    assert_eq!(source.notices(), Vec::<String>::new());
}

#[test]
fn what_has_no_dataspace_has_no_cells_and_names_no_dimension_of_others() {
    let source = open();
    let root = &source.info().root;
    assert_eq!(source.info().warnings, Vec::<String>::new());
    let empty = root.groups.iter().find(|g| g.name == "empty").unwrap();
    for name in ["numbers", "texts"] {
        let meta = root.variable(&format!("/empty/{name}")).unwrap();
        assert_eq!((meta.dims.join(" "), meta.shape.clone()), ("null_dataspace".to_owned(), vec![0]));
        assert_eq!(all(&*source, &meta.path).len(), 0);
    }
    assert!(empty.dims.iter().all(|d| d.size == 3), "{:?}", empty.dims);
    assert_eq!(empty.attrs.get("numbers"), Some(&AttrValue::Numbers(Data::I32(vec![]))));
}

#[test]
fn names_in_latin_1_are_read() {
    let source = open();
    let path = "/grün/température";
    assert_eq!(all(&*source, path), Data::I32(vec![1, 2]));
    let attrs = &source.info().root.variable(path).unwrap().attrs;
    assert_eq!((attrs.number("naïve"), attrs.number("plain"), attrs.iter().count()), (Some(5.0), Some(6.0), 2));
    let high = source.read("/grün/records.höhe", &Region::all(&[2])).unwrap().into_data();
    assert_eq!(high, Data::I32(vec![7, -8]));
    let wanted = ["{höhe: 7, code: ab, x: 0.5}", "{höhe: -8, code: wxyz, x: 1.5}"];
    assert_eq!(texts(&*source, "/grün/records"), wanted);
    assert_eq!(source.info().root.group("/grün").unwrap().attrs.text("units"), Some("°C"));
}

#[test]
fn links_stand_where_they_were_made() {
    let source = open();
    let ordered = source.info().root.groups.iter().find(|g| g.name == "ordered").unwrap();
    let names: Vec<&str> = ordered.variables.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["b", "link", "a"]);
}

#[cfg(unix)]
#[test]
fn a_path_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.h5"));
    std::fs::copy(fixture("stranger.h5"), &path).unwrap();
    let source = crate::formats::open(&path).unwrap();
    assert_eq!(all(&*source, "/empty/three"), Data::I64(vec![0, 1, 2]));
}
