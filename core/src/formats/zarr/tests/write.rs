//! What is written is read back, whatever the type, version, codec and chunks; and a failure leaves nothing behind.

use super::{contract, run_python, whole};
use crate::formats::zarr::{Codec, ZarrOptions, ZarrSink, ZarrVersion, open};
use crate::model::{ArraySpec, AttrValue, Attrs, Block, DType, Data, DatasetSpec, ErrorKind, Region, Sink, Span};
use std::fs;
use std::path::{Path, PathBuf};

const SHAPE: [usize; 2] = [7, 10];

/// Values of a type with its extremes and what is not finite; the last rows are all zero, so that chunks are left out.
fn values(dtype: &DType, cells: usize) -> Data {
    let live = cells * 3 / 4;
    macro_rules! integers {
        ($plane:ident, $type:ty) => {
            Data::$plane(
                (0..cells)
                    .map(|i| match i {
                        0 => <$type>::MIN,
                        1 => <$type>::MAX,
                        i if i < live => <$type>::try_from(i % 100).unwrap(),
                        _ => 0,
                    })
                    .collect(),
            )
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let float = |i: usize| match i {
        0 => f64::NAN,
        1 => f64::NEG_INFINITY,
        2 => -0.0,
        i if i < live => i as f64 * 0.25,
        _ => f64::NAN,
    };
    match dtype {
        DType::Complex(64) => Data::Text((0..cells).map(|i| format!("{}{:+}j", float(i), i % 3)).collect()),
        DType::Complex(_) => Data::Text((0..cells).map(|i| format!("{}{:+}j", i % 5, float(i))).collect()),
        DType::Bool => Data::U8((0..cells).map(|i| u8::from(i < live && i % 3 == 0)).collect()),
        DType::I8 => integers!(I8, i8),
        DType::I16 => integers!(I16, i16),
        DType::I32 => integers!(I32, i32),
        DType::I64 => integers!(I64, i64),
        DType::U8 => integers!(U8, u8),
        DType::U16 => integers!(U16, u16),
        DType::U32 => integers!(U32, u32),
        DType::U64 => integers!(U64, u64),
        #[expect(clippy::cast_possible_truncation, reason = "quarters are exact")]
        DType::F16 | DType::F32 => Data::F32((0..cells).map(|i| float(i) as f32).collect()),
        DType::F64 => Data::F64((0..cells).map(float).collect()),
        _ => Data::Text((0..cells).map(|i| if i < live { "é深".repeat(i % 4) } else { String::new() }).collect()),
    }
}

fn types() -> Vec<DType> {
    use DType::*;
    vec![Bool, I8, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64, String, Complex(64), Complex(128)]
}

fn spec(name: &str, dtype: &DType, chunks: [usize; 2], shards: Option<[usize; 2]>) -> ArraySpec {
    ArraySpec {
        name: name.to_owned(),
        dims: vec!["y".to_owned(), "x".to_owned()],
        shape: SHAPE.to_vec(),
        dtype: dtype.clone(),
        chunks: chunks.to_vec(),
        shards: shards.map(|s| s.to_vec()),
        attrs: Attrs(vec![("units".to_owned(), AttrValue::Text("K".to_owned()))]),
    }
}

/// Writes a block as the engine does: whole cells of the grid, from several threads at once.
fn write_in_parts(sink: &dyn Sink, name: &str, block: &Block, grid: &[usize]) {
    let all = Region::all(block.shape());
    let cells: Vec<Region> = all.chunks(grid, block.shape()).collect();
    std::thread::scope(|scope| {
        for part in cells.chunks(cells.len().div_ceil(3)) {
            scope.spawn(move || {
                for cell in part {
                    sink.write_part(name, cell, block, cell).unwrap();
                }
            });
        }
    });
}

#[test]
fn every_type_comes_back() {
    let codecs = ["none", "zstd:3", "blosc:lz4:5", "blosc:zstd:5", "gzip:5"].map(|c| c.parse::<Codec>().unwrap());
    for version in [ZarrVersion::V2, ZarrVersion::V3] {
        for codec in codecs {
            for shards in [None, Some([4, 8])] {
                if shards.is_some() && version == ZarrVersion::V2 {
                    continue;
                }
                let dir = tempfile::tempdir().unwrap();
                let target = dir.path().join("out.zarr");
                let arrays = types().iter().map(|t| spec(&t.to_string(), t, [2, 4], shards)).collect();
                let dataset = DatasetSpec { arrays, ..DatasetSpec::default() };
                let sink = ZarrSink::create(&target, dataset, ZarrOptions { version, codec }).unwrap();
                for dtype in types() {
                    let block = Block::new(SHAPE.to_vec(), values(&dtype, 70)).unwrap();
                    write_in_parts(&*sink, &dtype.to_string(), &block, &shards.unwrap_or([2, 4]));
                }
                assert!(sink.bytes_written() > 1000);
                assert!(!target.exists());
                sink.finish().unwrap();
                let source = open(&target).unwrap();
                assert_eq!(source.info().warnings, Vec::<String>::new());
                contract::check(&*source);
                for dtype in types() {
                    let path = format!("/{dtype}");
                    let meta = source.info().root.variable(&path).unwrap();
                    assert_eq!((&meta.dtype, meta.chunks.as_deref()), (&dtype, Some([2, 4].as_slice())));
                    assert_eq!(meta.shards, shards.map(|s| s.to_vec()));
                    assert_eq!((meta.dims.join(" "), meta.attrs.text("units")), ("y x".to_owned(), Some("K")));
                    let wanted = Block::new(SHAPE.to_vec(), values(&dtype, 70)).unwrap();
                    contract::assert_same(&whole(&*source, &path), &wanted, &format!("{version:?} {codec} {dtype}"));
                }
                // Chunks that hold nothing but fill take no file.
                let last = if version == ZarrVersion::V3 { "float32/c/3/2" } else { "float32/3.2" };
                assert!(!target.join(last).exists());
            }
        }
    }
}

#[test]
fn coordinates_are_one_chunk_and_scalars_and_empty_arrays_are_fine() {
    for version in [ZarrVersion::V2, ZarrVersion::V3] {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("out.zarr");
        let array = |name: &str, dims: &[&str], shape: &[usize], chunks: &[usize]| ArraySpec {
            name: name.to_owned(),
            dims: dims.iter().map(|&d| d.to_owned()).collect(),
            shape: shape.to_vec(),
            dtype: DType::I32,
            chunks: chunks.to_vec(),
            shards: None,
            attrs: Attrs::default(),
        };
        let arrays = vec![
            array("time", &["time"], &[5], &[2]),
            array("scalar", &[], &[], &[]),
            array("none", &["nothing", "time"], &[0, 5], &[1, 2]),
            array("unwritten", &["time"], &[5], &[2]),
        ];
        let options = ZarrOptions { version, ..ZarrOptions::default() };
        let sink = ZarrSink::create(&target, DatasetSpec { arrays, ..DatasetSpec::default() }, options).unwrap();
        for (start, len) in [(0, 2), (2, 3)] {
            let values = Data::I32((start..start + len).map(|i| i32::try_from(i).unwrap()).collect());
            let region = Region(vec![Span::new(start, len)]);
            sink.write("time", &region, &Block::new(vec![len], values).unwrap()).unwrap();
        }
        sink.write("scalar", &Region::default(), &Block::new(vec![], Data::I32(vec![42])).unwrap()).unwrap();
        sink.finish().unwrap();
        let source = open(&target).unwrap();
        contract::check(&*source);
        assert_eq!(source.info().root.variable("time").unwrap().chunks, Some(vec![5]));
        assert_eq!(whole(&*source, "time").data(), &Data::I32(vec![0, 1, 2, 3, 4]));
        assert_eq!(whole(&*source, "scalar").data(), &Data::I32(vec![42]));
        assert_eq!(whole(&*source, "none").shape(), [0, 5]);
        assert_eq!(whole(&*source, "unwritten").data(), &Data::I32(vec![0; 5]));
    }
}

/// What zarr-python 3.1 and xarray 2026 fail on.
#[test]
fn groups_and_texts_are_written_for_other_readers() {
    for version in [ZarrVersion::V2, ZarrVersion::V3] {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("groups.zarr");
        let groups = ["a", "a/b", "c", "c/d"].map(|path| (path.to_owned(), Attrs::default())).to_vec();
        let text = AttrValue::Text("none".to_owned());
        let arrays = ["a/v", "a/b/v", "c/d/v"].map(|name| ArraySpec {
            attrs: Attrs(vec![("_FillValue".to_owned(), text.clone())]),
            ..spec(name, &DType::String, SHAPE, None)
        });
        let spec = DatasetSpec { attrs: Attrs::default(), groups, arrays: arrays.to_vec() };
        let options = ZarrOptions { version, ..ZarrOptions::default() };
        ZarrSink::create(&target, spec, options).unwrap().finish().unwrap();
        if version == ZarrVersion::V3 {
            let root = fs::read(target.join("zarr.json")).unwrap();
            let root: serde_json::Value = serde_json::from_slice(&root).unwrap();
            let members = root["consolidated_metadata"]["metadata"].as_object().unwrap();
            assert_eq!(members.keys().collect::<Vec<_>>(), ["a", "c", "a/b", "a/v", "c/d", "a/b/v", "c/d/v"]);
            assert!(members["a/v"]["attributes"].get("_FillValue").is_none());
        }
        let script = "import sys, xarray; print(len(list(xarray.open_datatree(sys.argv[1], engine='zarr').subtree)))";
        let Some(printed) = run_python(script, &[&target]) else { return };
        assert_eq!(printed.trim(), "5");
    }
}

#[test]
fn impossible_specifications_and_regions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.zarr");
    let refuse = |arrays: Vec<ArraySpec>, version: ZarrVersion, word: &str| {
        let options = ZarrOptions { version, ..ZarrOptions::default() };
        let error = ZarrSink::create(&target, DatasetSpec { arrays, ..DatasetSpec::default() }, options).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    };
    let good = spec("t", &DType::F32, [2, 4], None);
    refuse(vec![spec("../t", &DType::F32, [2, 4], None)], ZarrVersion::V3, "name");
    refuse(vec![good.clone(), good.clone()], ZarrVersion::V3, "two arrays");
    refuse(vec![ArraySpec { chunks: vec![2], ..good.clone() }], ZarrVersion::V3, "chunks");
    refuse(vec![ArraySpec { chunks: vec![2, 0], ..good.clone() }], ZarrVersion::V2, "chunks");
    refuse(vec![spec("t", &DType::F32, [2, 4], Some([3, 4]))], ZarrVersion::V3, "whole chunks");
    refuse(vec![spec("t", &DType::F32, [2, 4], Some([4, 4]))], ZarrVersion::V2, "no shards");
    let longer = ArraySpec { shape: vec![7, 11], name: "u".to_owned(), ..good.clone() };
    refuse(vec![good.clone(), longer], ZarrVersion::V3, "dimension x");

    let dataset = DatasetSpec { arrays: vec![good], ..DatasetSpec::default() };
    let sink = ZarrSink::create(&target, dataset, ZarrOptions::default()).unwrap();
    let block = |shape: [usize; 2]| Block::zeros(&DType::F32, shape.to_vec());
    let at = |y: usize, x: usize, shape: [usize; 2]| Region(vec![Span::new(y, shape[0]), Span::new(x, shape[1])]);
    assert!(sink.write("t", &at(1, 0, [2, 4]), &block([2, 4])).is_err(), "not aligned");
    assert!(sink.write("t", &at(0, 0, [2, 4]), &block([2, 3])).is_err(), "another shape");
    assert!(sink.write("t", &at(6, 8, [2, 4]), &block([2, 4])).is_err(), "outside");
    assert!(sink.write("u", &at(0, 0, [2, 4]), &block([2, 4])).is_err(), "unknown");
    assert!(sink.write("t", &at(0, 0, [2, 4]), &Block::zeros(&DType::I32, vec![2, 4])).is_err(), "another type");
    sink.write("t", &at(6, 8, [1, 2]), &block([1, 2])).unwrap();
    drop(sink);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "dropped before the end, nothing is left");
}

/// Puts something in the way of chunk (1, 2), writes, and gives the error; nothing may be left behind.
fn write_against(obstacle: impl Fn(&Path)) -> crate::model::Error {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.zarr");
    let dataset = DatasetSpec { arrays: vec![spec("t", &DType::F32, [2, 4], None)], ..DatasetSpec::default() };
    let sink = ZarrSink::create(&target, dataset, ZarrOptions::default()).unwrap();
    let place = fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    fs::create_dir_all(place.join("out.zarr/t/c/1")).unwrap();
    obstacle(&place.join("out.zarr/t/c/1/2"));
    let block = Block::new(SHAPE.to_vec(), values(&DType::F32, 70)).unwrap();
    let error = sink.write("t", &Region::all(&SHAPE), &block).unwrap_err();
    drop(sink);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    error
}

#[test]
fn a_failed_write_names_the_chunk_and_leaves_nothing() {
    let error = write_against(|chunk| fs::create_dir(chunk).unwrap());
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("cannot write t") && error.to_string().contains("t/c/1/2"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_says_so_and_leaves_nothing() {
    let error = write_against(|chunk| std::os::unix::fs::symlink("/dev/full", chunk).unwrap());
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("free some space"), "{error}");
}

/// Tells the copy of this test program that it is to be killed in the middle of a write.
const VICTIM: &str = "GRATICULE_TEST_KILLED_WRITER";

#[test]
fn a_killed_writer_leaves_no_torn_store() {
    if let Some(target) = std::env::var_os(VICTIM).map(PathBuf::from) {
        let dataset = DatasetSpec { arrays: vec![spec("t", &DType::F32, [2, 4], None)], ..DatasetSpec::default() };
        let sink = ZarrSink::create(&target, dataset, ZarrOptions::default()).unwrap();
        let block = Block::new(vec![2, 10], values(&DType::F32, 20)).unwrap();
        sink.write("t", &Region(vec![Span::new(0, 2), Span::new(0, 10)]), &block).unwrap();
        std::process::abort();
    }
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("out.zarr");
    let name = "formats::zarr::tests::write::a_killed_writer_leaves_no_torn_store";
    let victim = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(VICTIM, &target)
        .output()
        .unwrap();
    assert!(!victim.status.success());
    let names = |folder: &Path| -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    };
    let left = names(dir.path());
    assert!(left.len() == 1 && left[0].starts_with(".out.zarr.graticule-tmp-"), "{left:?}");
    // The next writer clears that away and succeeds.
    let dataset = DatasetSpec { arrays: vec![spec("t", &DType::F32, [2, 4], None)], ..DatasetSpec::default() };
    ZarrSink::create(&target, dataset, ZarrOptions::default()).unwrap().finish().unwrap();
    assert_eq!(names(dir.path()), ["out.zarr"]);
}
