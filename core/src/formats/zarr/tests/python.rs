//! Reads what zarr-python writes: every type, both versions, many codecs.

use super::{contract, run_python, whole};
use crate::formats::zarr::open;
use crate::model::Source;
use serde_json::Value;

/// Writes one group per version; prints the values of every array in the text forms of the model.
const WRITE: &str = include_str!("python/basics.py");

/// Whether a value is what Python printed.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        // The model prints an f32 by its shortest form, Python as a double.
        (Some(x), Some(y)) if a.is_f64() || b.is_f64() => x == y || (x - y).abs() <= f64::from(f32::EPSILON) * y.abs(),
        _ => a == b,
    }
}

/// Checks that every variable is there with its values, and no other.
pub(super) fn check(source: &dyn Source, wanted: &serde_json::Map<String, Value>) {
    assert_eq!(
        source.info().warnings.iter().filter(|w| w.contains("left out") || w.contains("cannot")).count(),
        0,
        "{:?}",
        source.info().warnings
    );
    for (path, values) in wanted {
        let block = whole(source, path);
        let got: Vec<Value> = (0..block.data().len()).map(|i| block.data().json(i)).collect();
        let values = values.as_array().unwrap();
        assert_eq!(got.len(), values.len(), "{path}");
        for (i, (a, b)) in got.iter().zip(values).enumerate() {
            assert!(same(a, b), "{} {path}[{i}]: {a} is not {b}", source.info().format);
        }
    }
    let variables: usize = source.info().root.walk().map(|g| g.variables.len()).sum();
    assert_eq!(variables, wanted.len());
}

#[test]
fn reads_what_zarr_python_writes() {
    let dir = tempfile::tempdir().unwrap();
    let Some(printed) = run_python(WRITE, &[dir.path()]) else { return };
    let wanted: Value = serde_json::from_str(&printed).unwrap();
    for version in ["2", "3"] {
        let store = dir.path().join(format!("v{version}.zarr"));
        let wanted = wanted[version].as_object().unwrap();
        let consolidated = open(&store).unwrap();
        check(&*consolidated, wanted);
        contract::check(&*consolidated);
        let root = &consolidated.info().root;
        let times = root.variable("times").unwrap();
        assert_eq!(times.attrs.text("units"), Some("seconds since 1970-01-01 00:00:00"));
        assert_eq!(root.variable("/deep/deeper/inside").unwrap().dims, ["y", "x"]);
        if version == "2" {
            assert_eq!(root.variable("codec_delta").unwrap().filters, ["delta", "zlib:1"]);
            assert_eq!(root.variable("codec_blosc_zlib_bit").unwrap().filters, ["blosc:zlib:3:bitshuffle"]);
            assert_eq!(root.variable("partial").unwrap().dims, ["phony_dim_0", "phony_dim_1"]);
            std::fs::remove_file(store.join(".zmetadata")).unwrap();
        } else {
            assert_eq!(root.variable("codec_crc").unwrap().filters, ["zstd:1", "crc32c"]);
            let sharded = root.variable("sharded").unwrap();
            assert_eq!((sharded.chunks.clone(), sharded.shards.clone()), (Some(vec![3, 4]), Some(vec![6, 8])));
            let text = std::fs::read_to_string(store.join("zarr.json")).unwrap();
            let mut json: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
            json.remove("consolidated_metadata").unwrap();
            std::fs::write(store.join("zarr.json"), serde_json::to_string(&json).unwrap()).unwrap();
        }
        // The same by listing folders.
        check(&*open(&store).unwrap(), wanted);
    }
}
