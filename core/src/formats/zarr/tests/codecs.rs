//! Every codec that zarr-python and numcodecs write, on its own and beside others.

use super::python::check;
use super::{contract, run_python};
use crate::formats::zarr::open;
use serde_json::Value;

#[test]
fn reads_every_codec_of_numcodecs() {
    let dir = tempfile::tempdir().unwrap();
    let Some(printed) = run_python(include_str!("python/codecs.py"), &[dir.path()]) else { return };
    let wanted: Value = serde_json::from_str(&printed).unwrap();
    for version in ["2", "3"] {
        let source = open(&dir.path().join(format!("v{version}.zarr"))).unwrap();
        check(&*source, wanted[version].as_object().unwrap());
        contract::check(&*source);
        // One bit turned anywhere is never a panic, nor an error of more than one line.
        for variable in &source.info().root.variables {
            let folder = dir.path().join(format!("v{version}.zarr")).join(&variable.name);
            if let Some(chunk) = walk(&folder).first() {
                let good = std::fs::read(chunk).unwrap();
                for at in (0..good.len()).step_by(1 + good.len() / 3) {
                    let mut bad = good.clone();
                    bad[at] ^= 0x11;
                    std::fs::write(chunk, &bad).unwrap();
                    let region = crate::model::Region::all(&variable.shape);
                    let error = source.read(&variable.path, &region).err().map(|e| e.to_string()).unwrap_or_default();
                    assert!(!error.contains('\n'), "{error}");
                }
                std::fs::write(chunk, &good).unwrap();
            }
        }
    }
}

/// The chunks in a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        let name = entry.file_name().unwrap().to_string_lossy().into_owned();
        if entry.is_dir() {
            found.extend(walk(&entry));
        } else if !name.starts_with(".z") && name != "zarr.json" {
            found.push(entry);
        }
    }
    found.sort();
    found
}
