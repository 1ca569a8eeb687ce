//! What opening touches: metadata, whatever the number of chunks; and the forms in which hierarchies come.

use super::{contract, run_python, whole};
use crate::formats::zarr::open;
use crate::formats::zarr::store::TOUCHED;
use crate::model::{Data, Region, Source, Span};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const FILES: usize = 20_000;

/// Opens a store; says as well which keys were read, opened or listed (those with a slash at the end).
fn touched(path: &Path) -> (Arc<dyn Source>, Vec<String>) {
    TOUCHED.take();
    let source = open(path).unwrap();
    (source, TOUCHED.take())
}

#[test]
fn opening_touches_metadata_only() {
    let dir = tempfile::tempdir().unwrap();
    for version in [2, 3] {
        let root = dir.path().join(format!("v{version}.zarr"));
        fs::create_dir_all(root.join("t/c")).unwrap();
        let chunks = if version == 3 { "t/c" } else { "t" };
        for i in 0..FILES {
            fs::write(root.join(format!("{chunks}/{i}")), [7]).unwrap();
        }
        if version == 3 {
            fs::write(root.join("zarr.json"), r#"{"zarr_format": 3, "node_type": "group"}"#).unwrap();
            let meta = format!(
                r#"{{"zarr_format": 3, "node_type": "array", "shape": [{FILES}], "data_type": "uint8", "fill_value": 0,
                "chunk_grid": {{"name": "regular", "configuration": {{"chunk_shape": [1]}}}},
                "chunk_key_encoding": {{"name": "default"}}, "codecs": ["bytes"], "dimension_names": ["x"]}}"#
            );
            fs::write(root.join("t/zarr.json"), meta).unwrap();
        } else {
            fs::write(root.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
            let meta = format!(
                r#"{{"zarr_format": 2, "shape": [{FILES}], "chunks": [1], "dtype": "|u1", "compressor": null,
                "filters": null, "fill_value": 0, "order": "C"}}"#
            );
            fs::write(root.join("t/.zarray"), meta).unwrap();
        }
        let (source, keys) = touched(&root);
        let listed: Vec<&String> = keys.iter().filter(|key| key.ends_with('/')).collect();
        assert_eq!(listed, ["/"], "v{version}: the folder of an array is never listed");
        let is_metadata = |key: &&String| key.ends_with(".json") || key.contains(".z") || *key == "/";
        assert_eq!(keys.iter().find(|key| !is_metadata(key)), None, "v{version}: {keys:?}");
        assert!(keys.len() < 12, "v{version}: {keys:?}");
        // Reading touches the chunks of the region and nothing else.
        TOUCHED.take();
        let block = source.read("t", &Region(vec![Span::new(19_990, 3)])).unwrap();
        assert_eq!(block.data(), &Data::U8(vec![7; 3]));
        assert_eq!(TOUCHED.take().len(), 3);
    }
}

#[test]
fn groups_without_metadata_in_between_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let array = r#"{"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "<i2", "compressor": null,
        "filters": null, "fill_value": 3, "order": "C", "dimension_separator": "/"}"#;
    fs::create_dir_all(root.join("a/b/t")).unwrap();
    fs::write(root.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    fs::write(root.join("a/b/t/.zarray"), array).unwrap();
    let source = open(root).unwrap();
    assert_eq!(whole(&*source, "/a/b/t").data(), &Data::I16(vec![3, 3]));
    contract::check(&*source);
}

#[test]
fn what_must_be_understood_and_is_not_is_an_error_on_reading() {
    let dir = tempfile::tempdir().unwrap();
    let meta = |extra: &str| {
        format!(
            r#"{{"zarr_format": 3, "node_type": "array", "shape": [2], "data_type": "uint8", "fill_value": 0,
            "chunk_grid": {{"name": "regular", "configuration": {{"chunk_shape": [2]}}}},
            "chunk_key_encoding": {{"name": "default"}}, "codecs": ["bytes"], "dimension_names": ["x"]{extra}}}"#
        )
    };
    fs::create_dir_all(dir.path().join("c")).unwrap();
    fs::write(dir.path().join("c/0"), [1, 2]).unwrap();
    let read = |extra: &str| {
        fs::write(dir.path().join("zarr.json"), meta(extra)).unwrap();
        let source = open(dir.path()).unwrap();
        source.read(&source.info().root.variables[0].path, &Region::all(&[2])).map(|block| block.data().clone())
    };
    assert_eq!(read(r#", "note": {"must_understand": false}"#), Ok(Data::U8(vec![1, 2])));
    assert!(read(r#", "secret": {"key": 1}"#).unwrap_err().to_string().contains("secret"));
    assert!(
        read(r#", "storage_transformers": [{"name": "turned"}]"#).unwrap_err().to_string().contains("transformers")
    );
    assert_eq!(read(r#", "storage_transformers": []"#), Ok(Data::U8(vec![1, 2])));
}

/// Consolidated or not, in a folder or behind another separator: the same.
const WRITE: &str = r#"
import sys, numpy as np, zarr, xarray as xr
out = sys.argv[1]
a = np.arange(60.0).reshape(5, 12)
for version in (2, 3):
    for consolidated in (False, True):
        for separator in "./":
            name = f"{out}/v{version}_{consolidated}_{'dot' if separator == '.' else 'slash'}.zarr"
            root = zarr.create_group(name, zarr_format=version, attributes={"title": "t"})
            group = root.create_group("a").create_group("b", attributes={"n": 1})
            for g in (root, group):
                kw = {"dimension_names": ["y", "x"]} if version == 3 else {"attributes": {"_ARRAY_DIMENSIONS": ["y", "x"]}}
                kind = "v2" if version == 2 else "default"
                z = g.create_array(name="t", shape=a.shape, chunks=(2, 5), dtype="f8", chunk_key_encoding={"name": kind, "separator": separator}, **kw)
                z[...] = a
            if consolidated: zarr.consolidate_metadata(name)
"#;

#[test]
fn hierarchies_are_the_same_in_every_form() {
    let dir = tempfile::tempdir().unwrap();
    if run_python(WRITE, &[dir.path()]).is_none() {
        return;
    }
    let wanted = Data::F64((0..60).map(f64::from).collect());
    for version in [2, 3] {
        for form in ["False_dot", "False_slash", "True_dot", "True_slash"] {
            let (source, keys) = touched(&dir.path().join(format!("v{version}_{form}.zarr")));
            let root = &source.info().root;
            assert_eq!(root.attrs.text("title"), Some("t"));
            assert_eq!(root.group("/a/b").unwrap().attrs.number("n"), Some(1.0));
            for path in ["/t", "/a/b/t"] {
                assert_eq!(whole(&*source, path).data(), &wanted, "v{version} {form} {path}");
                assert_eq!(root.variable(path).unwrap().dims, ["y", "x"]);
            }
            // Consolidated metadata is one file, whatever the store holds.
            let least = if version == 3 { 1 } else { 2 };
            assert!(!form.starts_with("True") || keys.len() == least, "{keys:?}");
            assert!(!keys.iter().any(|key| key.ends_with("t/")), "{keys:?}");
        }
    }
}
