//! Kerchunk references of every form, and those that lead nowhere.

use crate::formats::open;
use crate::model::{Data, ErrorKind, Region, Source};
use std::sync::Arc;

/// A store of one array of four bytes in two chunks, the references as given.
fn store(refs: &str, more: &str) -> (tempfile::TempDir, crate::model::Result<Arc<dyn Source>>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("some data.bin"), [9, 9, 1, 2, 3, 4]).unwrap();
    let array = r#"{"zarr_format":2,"shape":[4],"chunks":[2],"dtype":"|u1","compressor":null,"filters":null,"order":"C","fill_value":7}"#;
    let text = format!(
        r#"{{{more} "refs": {{".zgroup": {{"zarr_format":2}}, "a/.zgroup": {{"zarr_format":2}}, "a/b/.zarray": {array:?}, {refs}}}}}"#
    );
    let path = folder.path().join("refs.json");
    std::fs::write(&path, text).unwrap();
    (folder, open(&path))
}

fn values(source: &Arc<dyn Source>) -> crate::model::Result<Data> {
    source.read("/a/b", &Region::all(&[4])).map(crate::model::Block::into_data)
}

#[test]
fn parts_whole_files_inline_bytes_and_holes() {
    let read = |refs: &str, more: &str| values(&store(refs, more).1.unwrap()).unwrap();
    let part = r#""a/b/0": ["some data.bin", 2, 2], "a/b/1": ["file://some data.bin", 4, 2]"#;
    assert_eq!(read(part, ""), Data::U8(vec![1, 2, 3, 4]));
    assert_eq!(read(r#""a/b/1": "base64:BQY=""#, r#""version": 1,"#), Data::U8(vec![7, 7, 5, 6]));
    assert_eq!(read(r#""a/b/0": "AB""#, ""), Data::U8(vec![65, 66, 7, 7]));
    let templates = r#""version": 1, "templates": {"u": "some data"},"#;
    assert_eq!(read(r#""a/b/0": ["{{u}}.bin", 2, 2]"#, templates), Data::U8(vec![1, 2, 7, 7]));
}

#[test]
fn what_leads_nowhere_is_told_when_it_is_read() {
    for (refs, kind, word) in [
        (r#""a/b/0": ["some data.bin", 5, 2]"#, ErrorKind::Corrupt, "some data.bin"),
        (r#""a/b/0": ["gone.bin", 0, 2]"#, ErrorKind::NotFound, "gone.bin"),
        (r#""a/b/0": ["https://example.org/x.nc", 0, 2]"#, ErrorKind::Unsupported, "https://example.org/x.nc"),
        (
            r#""a/b/0": ["some data.bin", 18446744073709551615, 18446744073709551615]"#,
            ErrorKind::Corrupt,
            "some data.bin",
        ),
    ] {
        let (_folder, source) = store(refs, "");
        let error = values(&source.unwrap()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word) && error.to_string().contains("/a/b"), "{error}");
    }
    for bad in [r#""a/b/0": [1, 2]"#, r#""a/b/0": ["x", 2]"#, r#""a/b/0": 3"#, r#""a/b/0": "base64:*""#] {
        let error = store(bad, "").1.map(|_| ()).unwrap_err();
        assert!(error.kind() == ErrorKind::Corrupt && error.to_string().contains("a/b/0"), "{error}");
    }
    let generated = store(r#""a/b/0": "AB""#, r#""gen": [{"key": "x"}],"#).1.map(|_| ()).unwrap_err();
    assert_eq!(generated.kind(), ErrorKind::Unsupported);
}

/// Damaged references are refused, or lead to values or an error.
#[test]
fn damaged_references_are_read_or_refused() {
    let (folder, _) = store(
        r#""a/b/0": ["{{u}}.bin", 2, 2], "a/b/1": "base64:BQY=""#,
        r#""version": 1, "templates": {"u": "some data"},"#,
    );
    let path = folder.path().join("refs.json");
    let whole = std::fs::read(&path).unwrap();
    crate::damage::feed(&[&whole], 2000, |bytes| {
        std::fs::write(&path, bytes).unwrap();
        let Ok(source) = open(&path) else { return };
        for variable in source.info().root.walk().flat_map(|g| &g.variables) {
            let first = variable.shape.iter().map(|&n| crate::model::Span::new(0, n.min(4))).collect();
            drop(source.read(&variable.path, &Region(first)));
        }
    });
}
