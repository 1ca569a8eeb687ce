//! Chunks behind every registered filter; numbers within records.

use super::*;

/// `fixtures/make_filters.py`: chunks cut by the edge, and chunks that a filter could not make smaller.
#[test]
fn every_registered_filter_is_undone() {
    let source = crate::formats::open(&fixture("filters.h5")).unwrap();
    assert_eq!(source.info().warnings, Vec::<String>::new());
    let cells: Vec<i16> = (0..520i32).map(|i| i16::try_from(i * i % 1009 - 300).unwrap()).collect();
    let floats: Vec<f64> = cells.iter().copied().map(f64::from).collect();
    let noise = all(&*source, "/noise");
    let mut kinds = 0;
    for group in source.info().root.groups.iter().filter(|g| g.name != "random") {
        let path = &group.path;
        assert_eq!(all(&*source, &format!("{path}/i2")), Data::I16(cells.clone()), "{path}");
        assert_eq!(all(&*source, &format!("{path}/f8")), Data::F64(floats.clone()), "{path}");
        assert_eq!(all(&*source, &format!("/random{path}")), noise, "{path}");
        kinds += 1;
    }
    assert_eq!(kinds, 13);
    assert_eq!(source.notices(), Vec::<String>::new());
}

/// `fixtures/make_szip.py`: every kind of block, words of every size, lines that are no whole number of blocks.
#[test]
fn szip_is_undone() {
    let source = crate::formats::open(&fixture("szip.h5")).unwrap();
    let mut compared = 0;
    for group in source.info().root.walk().filter(|g| !g.variables.is_empty()) {
        let plain = all(&*source, &format!("{}/plain", group.path));
        for variable in group.variables.iter().filter(|v| v.name != "plain") {
            assert_eq!(all(&*source, &variable.path), plain, "{}", variable.path);
            compared += 1;
        }
    }
    assert_eq!(compared, 72);
}

/// `fixtures/make_blosc2.py`: every codec and filter of Blosc 2, tiles, runs, several chunks in a frame.
#[test]
fn blosc2_is_undone() {
    let source = crate::formats::open(&fixture("blosc2.h5")).unwrap();
    let packed = source.info().root.groups.iter().find(|g| g.name == "packed").unwrap();
    for variable in &packed.variables {
        let name = variable.name.split('.').next().unwrap();
        let whole = |path: &str| source.read(path, &Region::all(&variable.shape)).unwrap_or_else(|e| panic!("{e}"));
        contract::assert_same(&whole(&variable.path), &whole(&format!("/plain/{name}")), &variable.name);
    }
    assert_eq!(packed.variables.len(), 79);
}

/// `fixtures/make_filters.py`: one clear line for each, and the rest of the file reads.
#[test]
fn what_nobody_here_undoes_is_named() {
    let source = crate::formats::open(&fixture("unknown.h5")).unwrap();
    let names = ["sperr", "sz", "sz3", "zfp"];
    for name in names {
        let error = source.read(&format!("/{name}"), &Region::all(&[20, 26])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(source.readable(&format!("/{name}")).unwrap_err().to_string(), error.to_string());
        let said = error.to_string();
        assert!(said.contains(&format!("filter {name}")) && said.contains(&format!("variable /{name}")), "{said}");
    }
    assert!(source.readable("/plain").is_ok() && source.readable("/szip").is_ok());
    // These once were among them.
    assert_eq!(all(&*source, "/blosc2").to_f64(), all(&*source, "/plain").to_f64());
    assert_eq!(all(&*source, "/szip").to_f64(), all(&*source, "/plain").to_f64());
    assert_eq!(source.info().root.variables.len(), names.len() + 3);
    let first = source.read("/plain", &Region(vec![Span::new(0, 1), Span::new(0, 3)])).unwrap();
    assert_eq!(first.into_data().to_f64(), [-300.0, -299.0, -296.0]);
}

#[test]
fn numbers_within_records_and_complex_numbers_are_read_by_name() {
    let source = odd();
    let named =
        |path: &str| source.fields(path).into_iter().map(|m| format!("{} {}", m.name, m.dtype)).collect::<Vec<_>>();
    assert_eq!(named("/texts/complex"), ["real float32", "imag float32"]);
    assert_eq!(named("/texts/records"), ["id int32", "xy float32", "on bool"]);
    assert_eq!(named("/numbers/big"), Vec::<String>::new());
    let read = |path: &str, n| source.read(path, &Region(vec![Span::new(0, n)])).map(Block::into_data);
    assert_eq!(read("/texts/complex.imag", 2).unwrap(), Data::F32(vec![-2.0, 0.0]));
    assert_eq!(read("/texts/complex.real", 1).unwrap(), Data::F32(vec![1.0]));
    assert_eq!(read("/texts/records.id", 1).unwrap(), Data::I32(vec![5]));
    assert_eq!(read("/texts/records.on", 1).unwrap(), Data::U8(vec![1]));
    let second = Region(vec![Span::new(0, 1), Span::new(1, 1)]);
    assert_eq!(source.read("/texts/records.xy", &second).map(Block::into_data).unwrap(), Data::F32(vec![1.5]));
    for nowhere in ["/texts/records.name", "/texts/records.", "/numbers/big.x", "/no.thing"] {
        assert!(read(nowhere, 1).is_err_and(|e| e.kind() == ErrorKind::NotFound && e.to_string().contains(nowhere)));
    }
}
