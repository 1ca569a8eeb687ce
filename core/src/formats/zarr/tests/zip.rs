//! Stores in zip files: as Python packs them, and damaged ones.

use super::{contract, run_python, whole};
use crate::formats::zarr::{detect, open};
use crate::model::{Data, ErrorKind, Region, Source};
use std::fs;
use std::path::Path;

const GROUP: &str = r#"{"zarr_format": 3, "node_type": "group", "attributes": {"title": "t"}}"#;
const ARRAY: &str = r#"{"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "uint8", "fill_value": 9,
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
    "chunk_key_encoding": {"name": "default"}, "codecs": ["bytes"], "dimension_names": ["x"]}"#;

/// An archive of these entries, deflated where so said.
fn archive(entries: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes, deflate) in entries {
        let mut packed = bytes.to_vec();
        if *deflate {
            let mut tool = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
            packed.resize(tool.deflate_compress_bound(bytes.len()), 0);
            let len = tool.deflate_compress(bytes, &mut packed).unwrap();
            packed.truncate(len);
        }
        let u16 = |n: usize| u16::try_from(n).unwrap().to_le_bytes();
        let u32 = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
        let mut about = vec![20, 0, 0, 0, if *deflate { 8 } else { 0 }, 0, 0, 0, 0, 0];
        about.extend(libdeflater::crc32(bytes).to_le_bytes());
        about.extend([u32(packed.len()), u32(bytes.len())].concat());
        about.extend([u16(name.len()), u16(0)].concat());
        directory
            .extend([b"PK\x01\x02\x14\x00".as_slice(), &about, &[0; 10], &u32(out.len()), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04".as_slice(), &about, name.as_bytes(), &packed].concat());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let [size, at] = [directory.len(), out.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    out.extend([directory.as_slice(), b"PK\x05\x06\0\0\0\0", &count, &count, &size, &at, &[0, 0]].concat());
    out
}

fn plain() -> Vec<u8> {
    archive(&[
        ("zarr.json", GROUP.as_bytes(), false),
        ("a/", b"", false),
        ("a/zarr.json", ARRAY.as_bytes(), true),
        ("a/c/0", &[1, 2], true),
        ("a/c/1", &[3, 4], false),
    ])
}

fn read(path: &Path, bytes: &[u8]) -> Data {
    fs::write(path, bytes).unwrap();
    whole(&*open(path).unwrap(), "a").data().clone()
}

#[test]
fn an_archive_reads_as_the_folder_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.zip");
    assert_eq!(read(&path, &plain()), Data::U8(vec![1, 2, 3, 4]));
    assert!(detect(&path));
    let source = crate::formats::open(&path).unwrap();
    assert_eq!((source.info().format, source.info().root.attrs.text("title")), ("zarr3", Some("t")));
    contract::check(&*source);

    // Bytes in front (as of a self-extracting archive) are not counted by its offsets.
    let shifted = [b"PK\x03\x04 anything".as_slice(), &plain()].concat();
    assert_eq!(read(&path, &shifted), Data::U8(vec![1, 2, 3, 4]));
    // The store in a folder of the archive; a chunk that is not there; an entry written again.
    let inside = archive(&[
        ("x.zarr/notes.txt", b"", false),
        ("x.zarr/a/c/0", &[7, 7], false),
        ("x.zarr/a/c/0", &[5, 6], false),
        ("x.zarr/a/zarr.json", ARRAY.as_bytes(), false),
        ("x.zarr/zarr.json", GROUP.as_bytes(), false),
    ]);
    assert_eq!(read(&path, &inside), Data::U8(vec![5, 6, 9, 9]));
}

#[test]
fn damaged_archives_are_one_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.zip");
    let good = plain();
    for cut in 0..good.len() {
        fs::write(&path, &good[..cut]).unwrap();
        let error = open(&path).err().unwrap();
        assert!(!error.to_string().contains('\n') && error.to_string().contains("x.zip"), "{error}");
    }
    // Any one byte wrong: an error, or something else's values, but never a panic nor memory without end.
    for at in 0..good.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            fs::write(&path, &bad).unwrap();
            if let Ok(source) = open(&path) {
                for variable in &source.info().root.variables {
                    let read = source.read(&variable.path, &Region::all(&variable.shape));
                    let text = read.err().map(|e| e.to_string()).unwrap_or_default();
                    assert!(!text.contains('\n'), "{text}");
                }
            }
        }
    }
    let at = good.windows(2).position(|w| w == [3, 4] && w != b"PK").unwrap();
    let chunk = good.windows(7).position(|w| w == b"a/c/1\x03\x04").unwrap() + 5;
    assert!(at <= chunk);
    let mut bad = good.clone();
    bad[chunk] = 8;
    fs::write(&path, &bad).unwrap();
    let error = open(&path).unwrap().read("a", &Region::all(&[4])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("a/c/1"), "{error}");

    fs::write(&path, archive(&[("readme.txt", b"no store", false)])).unwrap();
    assert!(!detect(&path));
    assert_eq!(open(&path).err().unwrap().kind(), ErrorKind::NotFound);
}

const WRITE: &str = r#"
import sys, zipfile, numpy as np, zarr, os
out = sys.argv[1]
def fill(root, version):
    rng = np.random.default_rng(1)
    dims = lambda d: {"dimension_names": d} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": d}}
    a = root.create_array(name="a", shape=(30, 40), chunks=(7, 11), dtype="f4", fill_value=np.nan, **dims(["y", "x"]))
    a[:20] = rng.normal(size=(20, 40))
    g = root.create_group("deep", attributes={"level": 1})
    extra = {"shards": (20, 20)} if version == 3 else {}
    b = g.create_array(name="b", shape=(60, 60), chunks=(10, 10), dtype="i4", fill_value=-1, **extra, **dims(["y", "x"]))
    b[10:50, 10:60] = rng.integers(0, 99, (40, 50))
    root.create_array(name="s", shape=(3,), dtype=str, **dims(["n"]))[:] = np.array(["a", "", "ccc"], dtype=object)
    root.attrs["title"] = f"version {version}"
for version in (2, 3):
    fill(zarr.create_group(f"{out}/v{version}.zarr", zarr_format=version), version)
    for name, compression in [("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2)]:
        store = zarr.storage.ZipStore(f"{out}/v{version}_{name}.zip", mode="w", compression=compression)
        root = zarr.create_group(store, zarr_format=version)
        fill(root, version)
        store.close()
    with zipfile.ZipFile(f"{out}/v{version}_folder.zip", "w") as z:
        for base, _, files in sorted(os.walk(f"{out}/v{version}.zarr")):
            for f in sorted(files):
                path = os.path.join(base, f)
                info = zipfile.ZipInfo.from_file(path, os.path.relpath(path, out))
                with open(path, "rb") as i, z.open(info, "w", force_zip64=True) as o: o.write(i.read())
zipfile.ZIP64_LIMIT = 1000
zipfile.ZIP_FILECOUNT_LIMIT = 10
for version in (2, 3):
    store = zarr.storage.ZipStore(f"{out}/v{version}_wide.zip", mode="w")
    fill(zarr.create_group(store, zarr_format=version), version)
    store.close()
"#;

#[test]
fn archives_of_zarr_python_equal_their_folders() {
    let dir = tempfile::tempdir().unwrap();
    if run_python(WRITE, &[dir.path()]).is_none() {
        return;
    }
    for version in [2, 3] {
        let folder = open(&dir.path().join(format!("v{version}.zarr"))).unwrap();
        for name in ["stored", "deflated", "bzip2", "folder", "wide"] {
            let packed = crate::formats::open(&dir.path().join(format!("v{version}_{name}.zip"))).unwrap();
            same(&*packed, &*folder, name);
            contract::check(&*packed);
        }
    }
}

/// The same groups, attributes and values.
fn same(a: &dyn Source, b: &dyn Source, what: &str) {
    let names = |s: &dyn Source| -> Vec<String> {
        let groups = s.info().root.walk();
        groups.flat_map(|g| g.variables.iter().map(|v| format!("{} {:?}", v.path, v.dims))).collect()
    };
    let (mut left, mut right) = (names(a), names(b));
    left.sort();
    right.sort();
    assert_eq!(left, right, "{what}");
    assert_eq!(a.info().root.attrs, b.info().root.attrs, "{what}");
    for variable in b.info().root.walk().flat_map(|g| &g.variables) {
        contract::assert_same(&whole(a, &variable.path), &whole(b, &variable.path), what);
    }
}
