//! `fixtures/make_odder.py`: links into other files, unwritten texts, types within types. Expected is what h5py and
//! netCDF4 read.

use super::*;

fn open(name: &str) -> Arc<dyn Source> {
    crate::formats::open(&fixture(name)).unwrap()
}

#[test]
fn links_into_files_of_the_folder_are_followed() {
    let source = open("linked/main.h5");
    let root = &source.info().root;
    let mut shown: Vec<&str> = root.walk().flat_map(|g| &g.variables).map(|v| v.path.as_str()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["/one", "/own", "/roundabout/r", "/roundabout/t", "/roundabout/v", "/whole/back_to_own"]);
    assert_eq!(all(&*source, "/one"), Data::I32((0..6).collect()));
    assert_eq!(all(&*source, "/own"), Data::I64((0..3).collect()));
    assert_eq!(texts(&*source, "/roundabout/t"), ["p", "q"]);
    assert_eq!(texts(&*source, "/roundabout/r"), ["/g/v"]);
    assert_eq!(root.variable("/one").unwrap().tier, Tier::Direct);
    let told = |link: &str, word: &str| {
        let starts = format!("{link} ");
        let lines = || source.info().warnings.iter().filter(|w| w.starts_with(&starts));
        assert!(lines().count() == 1 && lines().all(|w| w.contains(word)), "{link}: {:?}", source.info().warnings);
    };
    told("/missing", "none.h5:/, which is not there");
    told("/no_object", "which is not there");
    told("/outside", "outside the folder of the file, and is not followed");
    for (again, first) in [("/roundabout/v", "/one"), ("/whole/back_to_own", "/own")] {
        assert_eq!(all(&*source, again), all(&*source, first));
    }
    told("/whole/g", "same object as /roundabout");
    told("/whole/back", "same object as /,");
}

#[test]
fn texts_beyond_what_was_written_are_the_fill() {
    let source = open("unwritten.nc");
    assert_eq!(texts(&*source, "/st"), ["x", "none", "none", "none"]);
    assert_eq!(texts(&*source, "/plain"), ["y", "", "", ""]);
    assert_eq!(texts(&*source, "/c"), ["a", "z", "z", "z"]);
    assert_eq!(texts(&*source, "/r"), ["{a: 7}", "{a: 0}", "{a: 0}", "{a: 0}"]);
}

#[test]
fn long_complex_numbers_are_read_as_doubles() {
    let source = open("odder.h5");
    assert_eq!(source.info().root.variable("/long").unwrap().dtype, DType::Complex(128));
    assert_eq!(texts(&*source, "/long"), ["1+2j", "-0.5-3j"]);
    let imag = source.read("/long.imag", &Region::all(&[2])).unwrap();
    assert_eq!(imag.into_data(), Data::F64(vec![2.0, -3.0]));
}

#[test]
fn numbers_of_records_in_records_have_names() {
    let source = open("odder.h5");
    let names: Vec<String> = source.fields("/records").into_iter().map(|m| format!("{} {}", m.name, m.dtype)).collect();
    assert_eq!(names, ["in.a int16", "in.b float64", "c.real float32", "c.imag float32", "n uint8"]);
    let read = |path: &str| source.read(path, &Region::all(&[2])).unwrap().into_data();
    assert_eq!(read("/records.in.a"), Data::I16(vec![1, -4]));
    assert_eq!(read("/records.in.b"), Data::F64(vec![0.5, 1.5]));
    assert_eq!(read("/records.c.imag"), Data::F32(vec![2.0, -4.0]));
}

#[test]
fn names_and_texts_are_as_h5py_gives_them() {
    let source = open("odder.h5");
    let names: Vec<&str> = source.info().root.attrs.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["alpha", "mid", "zeta"]);
    assert!(source.info().root.variable("/_nc4_non_coord_z").is_some());
    assert_eq!(texts(&*source, "/padded"), ["c\0d", "ab"]);
}
