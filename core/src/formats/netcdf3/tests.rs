//! Files built byte by byte: layouts that writers rarely make, and headers that lie.

use super::super::contract;
use super::*;
use crate::model::{Dim, ErrorKind, Span};
use std::io::Write;
use tempfile::NamedTempFile;

/// Builds classic files: CDF-1 with four-byte counts.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn magic(version: u8) -> Self {
        Self(vec![b'C', b'D', b'F', version])
    }

    fn int(mut self, n: u32) -> Self {
        self.0.extend(n.to_be_bytes());
        self
    }

    fn name(mut self, name: &str) -> Self {
        self = self.int(u32::try_from(name.len()).unwrap());
        self.0.extend(name.as_bytes());
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    fn file(&self) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&self.0).unwrap();
        file
    }
}

/// A record dimension `t` of `records`, and short variables of one dimension over it, data to follow.
fn records(records: u32, variables: &[&str]) -> Bytes {
    let count = u32::try_from(variables.len()).unwrap();
    let mut bytes = Bytes::magic(1).int(records).int(10).int(1).name("t").int(0).int(0).int(0).int(11).int(count);
    // One variable takes 4 + 4 (name) + 4 + 4 (dimensions) + 8 (no attributes) + 4 + 4 + 4 bytes.
    let begin = u32::try_from(bytes.0.len()).unwrap() + count * 36;
    for (i, name) in (0..).zip(variables) {
        bytes = bytes.name(name).int(1).int(0).int(0).int(0).int(3).int(4).int(begin + 4 * i);
    }
    assert_eq!(bytes.0.len(), begin as usize);
    bytes
}

fn all(source: &dyn Source, path: &str) -> Data {
    let shape = source.info().root.variable(path).unwrap().shape.clone();
    source.read(path, &Region::all(&shape)).unwrap().into_data()
}

#[test]
fn a_lone_record_variable_has_no_padding_and_several_have() {
    let file = records(3, &["a"]).raw(&[0, 1, 0, 2, 0, 3]).file();
    let source = open(file.path()).unwrap();
    assert_eq!(all(&*source, "/a"), Data::I16(vec![1, 2, 3]));
    contract::check(&*source);

    let file = records(2, &["a", "b"]).raw(&[0, 1, 9, 9, 0, 2, 9, 9, 0, 3, 9, 9, 0, 4, 9, 9]).file();
    let source = open(file.path()).unwrap();
    assert_eq!(all(&*source, "a"), Data::I16(vec![1, 3]));
    assert_eq!(all(&*source, "b"), Data::I16(vec![2, 4]));
    assert_eq!(source.info().root.dims, vec![Dim { name: "t".into(), size: 2, unlimited: true }]);
    contract::check(&*source);
}

#[test]
fn records_that_were_never_counted_are_counted_by_the_file() {
    let file = records(u32::MAX, &["a"]).raw(&[0, 1, 0, 2, 0, 3, 0]).file();
    let source = open(file.path()).unwrap();
    assert_eq!(all(&*source, "/a"), Data::I16(vec![1, 2, 3]));
    assert_eq!(source.info().warnings.len(), 1);
}

#[test]
fn a_file_cut_in_its_last_record_shows_its_structure_and_refuses_what_is_not_there() {
    let file = records(3, &["a", "b"]).raw(&[0, 1, 9, 9, 0, 2, 9, 9, 0, 3, 9]).file();
    let source = open(file.path()).unwrap();
    assert_eq!(source.info().root.variables.len(), 2);
    assert_eq!(source.info().root.variables[0].shape, [3]);
    let error = source.read("/b", &Region::all(&[3])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let text = error.to_string();
    assert!(
        text.contains("/b") && text.contains("cut short") && text.contains(&*file.path().to_string_lossy()),
        "{text}"
    );
    assert_eq!(source.read("/b", &Region(vec![Span::new(0, 1)])).unwrap().data(), &Data::I16(vec![2]));
    assert_eq!(source.read("/a", &Region(vec![Span::new(0, 2)])).unwrap().data(), &Data::I16(vec![1, 3]));
}

#[test]
fn lying_headers_are_errors_and_take_no_memory() {
    let empty = |b: Bytes| b.int(0).int(0);
    let hostile = [
        ("nothing behind the magic", Bytes::magic(1)),
        ("four billion dimensions", Bytes::magic(1).int(0).int(10).int(u32::MAX - 1)),
        ("a name of a gigabyte", Bytes::magic(1).int(0).int(10).int(1).int(1 << 30)),
        ("a list with the wrong tag", Bytes::magic(1).int(0).int(99).int(1)),
        ("2^63 attributes", Bytes::magic(5).raw(&[0; 8]).raw(&[0; 12]).int(12).int(0x8000_0000).int(0)),
        ("an attribute of 2^40 numbers", {
            let b = Bytes::magic(5).raw(&[0; 8]).raw(&[0; 12]).int(12).int(0).int(1).int(0).int(1).raw(b"a\0\0\0");
            b.int(6).int(1 << 8).int(0)
        }),
        (
            "type 99",
            empty(empty(Bytes::magic(1).int(0))).int(11).int(1).name("v").int(0).int(0).int(0).int(99).int(0).int(0),
        ),
        (
            "dimension 5 of none",
            empty(empty(Bytes::magic(1).int(0)))
                .int(11)
                .int(1)
                .name("v")
                .int(1)
                .int(5)
                .int(0)
                .int(0)
                .int(3)
                .int(4)
                .int(0),
        ),
        (
            "a variable of a billion dimensions",
            empty(empty(Bytes::magic(1).int(0))).int(11).int(1).name("v").int(1 << 30).raw(&[0; 20]),
        ),
    ];
    for (what, bytes) in hostile {
        let error = open(bytes.file().path()).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{what}: {error}");
        assert!(!error.to_string().contains('\n'), "{what}: {error}");
    }
}

#[test]
fn a_variable_larger_than_any_file_opens_and_refuses_to_be_read() {
    let big = (1 << 31) - 1;
    let header = Bytes::magic(2).int(0).int(10).int(3).name("x").int(big).name("y").int(big).name("z").int(big);
    let header = header.int(0).int(0).int(11).int(1).name("v").int(3).int(0).int(1).int(2).int(0).int(0).int(6);
    let file = header.int(u32::MAX).int(0).int(200).file();
    let source = open(file.path()).unwrap();
    let shape = &source.info().root.variables[0].shape;
    for region in [Region::all(shape), Region(vec![Span::new(0, 1), Span::new(0, 1), Span::new(0, big as usize)])] {
        let error = source.read("v", &region).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::Memory), "{error}");
    }
}

#[test]
fn every_cut_of_a_sample_file_is_an_error_or_reads_what_is_left() {
    let Some(path) = contract::sample("cdf5_types.nc") else { return };
    let bytes = std::fs::read(path).unwrap();
    for len in (0..bytes.len()).step_by(37) {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&bytes[..len]).unwrap();
        let Ok(source) = super::super::open(file.path()) else { continue };
        for variable in &source.info().root.variables {
            let read = source.read(&variable.path, &Region::all(&variable.shape));
            assert!(read.is_ok() || read.is_err_and(|e| e.kind() == ErrorKind::Corrupt), "{} at {len}", variable.path);
        }
    }
}

#[test]
fn attributes_keep_their_types() {
    let Some(path) = contract::sample("cdf5_types.nc") else { return };
    let source = open(&path).unwrap();
    let rec = &source.info().root.variable("/rec").unwrap().attrs;
    let names: Vec<_> = rec.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["scale_factor", "add_offset"]);
    let ul = source.info().root.variable("/ul").unwrap();
    assert_eq!(rec.get("scale_factor"), Some(&AttrValue::Numbers(Data::F32(vec![0.5]))));
    assert_eq!(ul.attrs.text("note"), Some("extremes in first and last cell"));
    assert_eq!(ul.fill_value, Some(AttrValue::Numbers(Data::U64(vec![18_446_744_073_709_551_614]))));
}

/// Headers of every kind, damaged: refused, or what they say of the file can be asked for.
#[test]
fn damaged_headers_are_read_or_refused() {
    let wide = Bytes::magic(5).raw(&[0; 8]).int(0).raw(&[0; 8]).int(0).raw(&[0; 8]).int(0).raw(&[0; 8]);
    let plain = records(2, &["a", "b"]).raw(&[0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.nc");
    crate::damage::feed(&[&plain.0, &wide.0], 2000, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        let Ok(source) = open(&path) else { return };
        for variable in &source.info().root.variables {
            let first = Region(variable.shape.iter().map(|&n| Span::new(0, n.min(3))).collect());
            drop(source.read(&variable.path, &first));
        }
    });
}
