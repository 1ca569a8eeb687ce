//! Stores that are broken in one place: one clear line, and the rest still opens.

use super::{contract, whole};
use crate::formats::zarr::{detect, open};
use crate::model::{Data, ErrorKind, Region, Span};
use std::fs;
use std::path::Path;

const GROUP: &str = r#"{"zarr_format": 3, "node_type": "group", "attributes": {"title": "t"}}"#;

/// A 4 × 4 array of `i32` in chunks of 2 × 2 with these codecs.
fn array(codecs: &str) -> String {
    format!(
        r#"{{"zarr_format": 3, "node_type": "array", "shape": [4, 4], "data_type": "int32", "fill_value": -1,
        "chunk_grid": {{"name": "regular", "configuration": {{"chunk_shape": [2, 2]}}}},
        "chunk_key_encoding": {{"name": "default"}}, "codecs": {codecs}, "dimension_names": ["y", "x"]}}"#
    )
}

fn write(root: &Path, key: &str, content: impl AsRef<[u8]>) {
    let path = root.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn missing_chunks_are_fill_and_broken_ones_one_error() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, "zarr.json", GROUP);
    write(
        root,
        "t/zarr.json",
        array(r#"[{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]"#),
    );
    let source = open(root).unwrap();
    assert_eq!(whole(&*source, "t").data(), &Data::I32(vec![-1; 16]));

    write(root, "t/c/0/1", [0; 20]);
    let error = source.read("t", &Region::all(&[4, 4])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let text = error.to_string();
    assert!(text.contains("/t") && text.contains("chunk (0, 1)") && text.contains("crc32c"), "{text}");
    assert!(!text.contains('\n') && text.ends_with("c/0/1]"), "{text}");
    // Only the chunks that a region needs are touched.
    source.read("t", &Region(vec![Span::new(2, 2), Span::new(0, 4)])).unwrap();

    write(
        root,
        "t/zarr.json",
        array(r#"["bytes"]"#).replace("\"bytes\"", r#"{"name": "bytes", "configuration": {"endian": "big"}}"#),
    );
    write(root, "t/c/0/1", [0, 0, 0, 5].repeat(3));
    let source = open(root).unwrap();
    assert_eq!(source.read("t", &Region::all(&[4, 4])).unwrap_err().kind(), ErrorKind::Corrupt);
    write(root, "t/c/0/1", [0, 0, 0, 5].repeat(4));
    let corner = source.read("t", &Region(vec![Span::new(0, 2), Span::new(1, 2)])).unwrap();
    assert_eq!(corner.data(), &Data::I32(vec![-1, 5, -1, 5]));

    let outside = source.read("t", &Region::all(&[5, 4])).unwrap_err();
    assert_eq!(outside.kind(), ErrorKind::Invalid);
    assert_eq!(source.read("u", &Region::all(&[4, 4])).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn one_broken_array_is_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    write(root, "zarr.json", GROUP);
    write(root, "good/zarr.json", array(r#"["bytes"]"#).replace("int32", "uint8").replace("-1", "1"));
    write(root, "torn/zarr.json", "{");
    write(root, "odd/zarr.json", array(r#"[{"name": "bytes"}, {"name": "mystery"}]"#));
    write(root, "flat/zarr.json", array("[]").replace("[2, 2]", "[2, 0]"));
    write(root, "huge/zarr.json", array("[]").replace("[2, 2]", "[9223372036854775807, 9223372036854775807]"));
    write(root, "notes/readme.txt", "no metadata here");
    // The folder of an array is never listed, for it may hold millions of chunks.
    write(root, "good/within/zarr.json", array(r#"["bytes"]"#).replace("int32", "uint8").replace("-1", "1"));
    let source = open(root).unwrap();
    let names: Vec<_> = source.info().root.variables.iter().map(|v| v.name.as_str()).collect();
    // What has a codec that nobody knows is shown, and says so when it is read.
    assert_eq!(names, ["good", "odd"]);
    let error = source.read("odd", &Region::all(&[4, 4])).map(|block| block.data().clone());
    assert_eq!(error, Ok(Data::I32(vec![-1; 16])), "no chunk was written");
    write(root, "odd/c/0/0", [0; 16]);
    let error = source.read("odd", &Region::all(&[4, 4])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("/odd") && error.to_string().contains("mystery"), "{error}");
    let warnings = &source.info().warnings;
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    for (name, reason) in [("/torn", "JSON"), ("/odd", "mystery"), ("/flat", "chunks"), ("/huge", "chunks")] {
        assert!(warnings.iter().any(|w| w.starts_with(name) && w.contains(reason)), "{name}: {warnings:?}");
    }
    assert_eq!(source.info().root.attrs.text("title"), Some("t"));
}

#[test]
fn broken_roots_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    assert!(!detect(root));
    assert_eq!(open(root).err().unwrap().kind(), ErrorKind::NotFound);
    write(root, "zarr.json", "{\"zarr_format\": 3,");
    assert!(detect(root) && detect(&root.join("zarr.json")));
    let error = open(root).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("zarr.json") && error.to_string().contains("line 1"), "{error}");
    write(root, "zarr.json", r#"{"zarr_format": 4, "node_type": "group"}"#);
    assert_eq!(open(root).err().unwrap().kind(), ErrorKind::Corrupt);
    fs::remove_file(root.join("zarr.json")).unwrap();

    // Broken consolidated metadata: the folders still tell.
    write(root, ".zmetadata", "{}");
    write(root, ".zgroup", r#"{"zarr_format": 2}"#);
    write(
        root,
        "a/.zarray",
        r#"{"zarr_format": 2, "shape": [], "chunks": [], "dtype": ">f4", "compressor": null, "filters": null, "fill_value": 2.5, "order": "C"}"#,
    );
    let source = open(root).unwrap();
    assert_eq!(source.info().warnings.len(), 1);
    assert_eq!(whole(&*source, "a").data(), &Data::F32(vec![2.5]));
    write(root, "a/0", 7.0_f32.to_be_bytes());
    assert_eq!(whole(&*source, "a").data(), &Data::F32(vec![7.0]));
    // An array is a store, too; and nothing outside the store is ever read.
    let array = open(&root.join("a")).unwrap();
    assert_eq!(whole(&*array, "/a").data(), &Data::F32(vec![7.0]));
    contract::check(&*array);
    write(root, ".zmetadata", r#"{"metadata": {".zgroup": {"zarr_format": 2}, "../b/.zarray": {"shape": []}}}"#);
    assert!(open(root).unwrap().info().warnings[0].contains("outside"));
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast()), &mut packed)
        .unwrap();
    packed
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut tool = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
    let mut packed = vec![0; tool.zlib_compress_bound(bytes.len())];
    let len = tool.zlib_compress(bytes, &mut packed).unwrap();
    packed.truncate(len);
    packed
}

/// Bytes turned over, cut off and added: an error or values, never a panic, and never more memory than a chunk takes.
#[test]
fn damaged_chunks_never_panic() {
    let stores = [
        r#"[{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 3, "checksum": false}}]"#,
        r#"[{"name": "bytes"}, {"name": "gzip", "configuration": {"level": 5}}]"#,
        r#"[{"name": "bytes"}, {"name": "blosc", "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 1, "blocksize": 0}}]"#,
        r#"[{"name": "bytes"}, {"name": "numcodecs.bz2", "configuration": {"level": 1}}]"#,
        r#"[{"name": "bytes"}, {"name": "numcodecs.zlib", "configuration": {"level": 1}}]"#,
        r#"[{"name": "sharding_indexed", "configuration": {"chunk_shape": [1, 1], "codecs": ["bytes"], "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}], "index_location": "start"}}]"#,
        r#"[{"name": "vlen-utf8"}]"#,
    ];
    for codecs in stores {
        let text = codecs.contains("vlen");
        let dir = tempfile::tempdir().unwrap();
        let (kind, fill) = if text { ("string", "\"\"") } else { ("uint8", "0") };
        write(dir.path(), "zarr.json", array(codecs).replace("int32", kind).replace("-1", fill));
        let source = crate::formats::zarr::source::ZarrSource::open(dir.path()).unwrap();
        let name = source.info.root.variables[0].path.clone();
        let array = source.arrays.values().next().unwrap();
        let cell = Region(vec![Span::new(0, 2), Span::new(0, 2)]);
        let values = if text {
            Data::Text(["a", "", "ccc", "d"].map(str::to_owned).to_vec())
        } else {
            Data::U8(vec![1, 2, 3, 4])
        };
        let block = crate::model::Block::new(vec![2, 2], values).unwrap();
        let good = match codecs {
            _ if codecs.contains("bz2") => bz2(&[1, 2, 3, 4]),
            _ if codecs.contains("zlib") => zlib(&[1, 2, 3, 4]),
            _ => array.packed(&cell, &block, &Region::all(&[2, 2])).unwrap().unwrap(),
        };
        let mut failures = 0;
        let mut check = |bytes: &[u8]| {
            write(dir.path(), "c/0/0", bytes);
            // Opened anew, so that no shard index is remembered.
            let source = open(dir.path()).unwrap();
            match source.read(&name, &cell) {
                Ok(block) => assert_eq!(block.data().len(), 4),
                Err(e) => {
                    assert_eq!(e.kind(), ErrorKind::Corrupt, "{codecs}: {e}");
                    failures += 1;
                }
            }
        };
        check(&good);
        for at in 0..good.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bad = good.clone();
                bad[at] ^= flip;
                check(&bad);
            }
            check(&good[..at]);
        }
        check(&[good.as_slice(), &[0; 3]].concat());
        assert!(failures > good.len() / 2, "{codecs}: only {failures} of {} damages were seen", good.len());
    }
}
