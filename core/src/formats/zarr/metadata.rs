//! An array out of its metadata: `.zarray` with `.zattrs` (v2) or `zarr.json` (v3). Reads no files.
//! Sources: <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html>, <https://zarr-specs.readthedocs.io/en/latest/v3/core/>,
//! and xarray's conventions on top, <https://docs.xarray.dev/en/stable/internals/zarr-encoding-spec.html>.

use super::array::{Array, Keys};
use super::fill::Fill;
use super::json;
use super::names::ElementType;
use super::nczarr::{self, Kept};
use super::pipeline::Pipeline;
use super::shard::{Configuration, Sharding};
use super::stages::{Stages, readable, v3_parts};
use crate::model::{Attrs, Error, ErrorKind, Result};
use serde_json::{Map, Value};

/// An array with what the metadata says of it beyond its bytes.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) array: Array,
    /// Names of the dimensions; `None` for one without a name.
    pub(super) dims: Vec<Option<String>>,
    pub(super) filters: Vec<String>,
    pub(super) attrs: Attrs,
    /// What was assumed, one line each.
    pub(super) warnings: Vec<String>,
}

/// Where xarray keeps the names of the dimensions in v2.
pub(super) const DIMENSIONS: &str = "_ARRAY_DIMENSIONS";

impl Described {
    /// The array of a `.zarray` and the attributes beside it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) naming the entry that is missing or wrong,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the type or codec.
    pub(super) fn v2(path: &str, meta: &Map<String, Value>, attributes: &Map<String, Value>) -> Result<Self> {
        let kept = Kept::of(meta, attributes);
        let mut shape = lengths(meta, "shape")?;
        let mut chunks = whole_chunks(lengths(meta, "chunks")?, &shape)?;
        if kept.is_scalar() && shape == [1] && chunks == [1] {
            (shape, chunks) = (Vec::new(), Vec::new());
        }
        let mut codecs = meta.get("filters").and_then(Value::as_array).cloned().unwrap_or_default();
        let dtype = meta.get("dtype").ok_or_else(|| missing("dtype"))?;
        let kind = ElementType::v2(dtype, &codecs)?.bounded()?;
        codecs.extend(meta.get("compressor").filter(|c| !c.is_null()).cloned());
        let (fill, mut warnings) = fill(meta, &kind);
        let names = |codec: &Value| readable(codec.get("id")?.as_str()?, codec.as_object());
        let readable = codecs.iter().filter_map(names).collect();
        let reversed = meta.get("order").and_then(Value::as_str) == Some("F");
        let pipeline = Stages::v2(shape.len(), reversed, kind.big, dtype, &codecs)
            .and_then(|stages| Pipeline::new(kind.element.clone(), &fill.bytes, stages))
            .and_then(|pipeline| pipeline.stored_len(&chunks).map(|_| pipeline));
        let pipeline = refused(pipeline, &mut warnings, |e| Pipeline::refused(kind.element.clone(), e))?;
        let separator = match meta.get("dimension_separator").and_then(Value::as_str) {
            Some("/") => '/',
            _ => '.',
        };
        let dims = named_dims(attributes.get(DIMENSIONS), shape.len())
            .or_else(|| kept.dims().filter(|dims| dims.len() == shape.len()))
            .unwrap_or_else(|| vec![None; shape.len()]);
        let array = Array {
            path: path.to_owned(),
            shown: format!("/{path}"),
            shape,
            grid: chunks.clone(),
            chunks,
            keys: Keys { prefixed: false, separator },
            pipeline,
            sharding: None,
            fill,
        };
        Ok(Self { dims, filters: readable, attrs: attrs(attributes, &kind), array, warnings })
    }

    /// The array of a `zarr.json`.
    ///
    /// # Errors
    /// As [`Self::v2`].
    pub(super) fn v3(path: &str, meta: &Map<String, Value>) -> Result<Self> {
        let shape = lengths(meta, "shape")?;
        let (grid_name, grid) = meta.get("chunk_grid").and_then(v3_parts).ok_or_else(|| missing("chunk_grid"))?;
        if grid_name != "regular" {
            return Err(Error::unsupported(format!("a chunk grid of kind {grid_name}")));
        }
        let grid = whole_chunks(lengths(grid.ok_or_else(|| missing("chunk_grid"))?, "chunk_shape")?, &shape)?;
        let dtype = meta.get("data_type").ok_or_else(|| missing("data_type"))?;
        let kind = ElementType::v3(dtype)?.bounded()?;
        let (fill, mut warnings) = fill(meta, &kind);
        let codecs = meta.get("codecs").and_then(Value::as_array).ok_or_else(|| missing("codecs"))?;
        let sharded = Configuration::find(codecs)?;
        let inner = sharded.as_ref().map_or(codecs.as_slice(), |s| s.codecs);
        let filters = inner.iter().filter_map(v3_parts).filter_map(|(name, config)| readable(name, config)).collect();
        let chunks = sharded.as_ref().map_or_else(|| grid.clone(), |s| s.chunks.clone());
        let packed = understood(meta).and_then(|()| {
            let pipeline = Pipeline::v3(kind.element.clone(), &fill.bytes, shape.len(), dtype, inner)?;
            pipeline.stored_len(&chunks)?;
            Ok((pipeline, sharded.map(|s| Sharding::new(&grid, &s)).transpose()?))
        });
        let (pipeline, sharding) =
            refused(packed, &mut warnings, |e| (Pipeline::refused(kind.element.clone(), e), None))?;
        let none = Map::new();
        let attributes = meta.get("attributes").and_then(Value::as_object).unwrap_or(&none);
        let dims = named_dims(meta.get("dimension_names"), shape.len())
            .or_else(|| named_dims(attributes.get(DIMENSIONS), shape.len()))
            .unwrap_or_else(|| vec![None; shape.len()]);
        let shown = format!("/{path}");
        let array =
            Array { path: path.to_owned(), shown, keys: keys_v3(meta)?, shape, grid, chunks, pipeline, sharding, fill };
        Ok(Self { dims, filters, attrs: attrs(attributes, &kind), array, warnings })
    }
}

/// What can be shown but not read, where a codec is not known: the reason is a warning now and an error on reading.
fn refused<T>(made: Result<T>, warnings: &mut Vec<String>, instead: impl FnOnce(Error) -> T) -> Result<T> {
    match made {
        Err(e) if e.kind() == ErrorKind::Unsupported => {
            warnings.push(format!("cannot be read: {e}"));
            Ok(instead(e))
        }
        other => other,
    }
}

/// Checks that nothing in a `zarr.json` changes the meaning of its chunks in a way that is not known here.
fn understood(meta: &Map<String, Value>) -> Result<()> {
    const KNOWN: [&str; 12] = [
        "zarr_format",
        "node_type",
        "shape",
        "data_type",
        "chunk_grid",
        "chunk_key_encoding",
        "fill_value",
        "codecs",
        "attributes",
        "dimension_names",
        "storage_transformers",
        "consolidated_metadata",
    ];
    if meta.get("storage_transformers").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        return Err(Error::unsupported("storage transformers are not understood"));
    }
    let needed = |value: &Value| value.get("must_understand") != Some(&Value::Bool(false));
    match meta.iter().find(|(key, value)| !KNOWN.contains(&key.as_str()) && needed(value)) {
        Some((key, _)) => Err(Error::unsupported(format!("the metadata says {key}, which is not understood"))),
        None => Ok(()),
    }
}

fn missing(key: &str) -> Error {
    Error::corrupt(format!("the metadata has no valid {key}"))
}

fn lengths(map: &Map<String, Value>, key: &str) -> Result<Vec<usize>> {
    let list = match map.get(key) {
        Some(Value::Array(list)) => list.as_slice(),
        // Of one dimension it may be a bare number.
        Some(one @ Value::Number(_)) => std::slice::from_ref(one),
        _ => return Err(missing(key)),
    };
    list.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect::<Option<_>>().ok_or_else(|| missing(key))
}

/// Checks chunk lengths; a dimension of no length may have chunks of none.
fn whole_chunks(chunks: Vec<usize>, shape: &[usize]) -> Result<Vec<usize>> {
    if chunks.len() != shape.len() {
        return Err(Error::corrupt(format!("chunks of {chunks:?} for an array of {shape:?}")));
    }
    let chunks: Vec<usize> = chunks.iter().zip(shape).map(|(&c, &n)| if n == 0 { c.max(1) } else { c }).collect();
    let cells = |lengths: &[usize]| lengths.iter().try_fold(1_usize, |n, &d| n.checked_mul(d));
    // No element of a fixed size that is in use exceeds 2^20 bytes.
    let countable = |lengths: &[usize]| cells(lengths).is_some_and(|n| n <= usize::MAX >> 21);
    if chunks.contains(&0) || !countable(&chunks) || cells(shape).is_none() {
        return Err(Error::corrupt(format!("impossible chunks of {chunks:?} for an array of {shape:?}")));
    }
    Ok(chunks)
}

fn fill(meta: &Map<String, Value>, kind: &ElementType) -> (Fill, Vec<String>) {
    let stated = meta.get("fill_value").unwrap_or(&Value::Null);
    match Fill::new(stated, &kind.element) {
        Ok(fill) => (fill, Vec::new()),
        Err(e) => {
            let zero = Fill { bytes: vec![0; kind.element.size().unwrap_or(0)], stated: None };
            (zero, vec![format!("{e}; cells never written read as zero")])
        }
    }
}

fn keys_v3(meta: &Map<String, Value>) -> Result<Keys> {
    let Some((name, config)) = meta.get("chunk_key_encoding").and_then(v3_parts) else {
        return Err(missing("chunk_key_encoding"));
    };
    let (prefixed, default) = match name {
        "default" => (true, '/'),
        "v2" => (false, '.'),
        other => return Err(Error::unsupported(format!("chunk keys of kind {other}"))),
    };
    let separator = match config.and_then(|c| c.get("separator")).and_then(Value::as_str) {
        Some(".") => '.',
        Some("/") => '/',
        _ => default,
    };
    Ok(Keys { prefixed, separator })
}

/// Names of as many dimensions as there are.
fn named_dims(list: Option<&Value>, rank: usize) -> Option<Vec<Option<String>>> {
    let list = list?.as_array().filter(|list| list.len() == rank)?;
    Some(list.iter().map(|v| v.as_str().filter(|n| !n.is_empty()).map(str::to_owned)).collect())
}

/// The attributes as CF wants them: without bookkeeping, fill values as numbers, numpy's times with units.
fn attrs(map: &Map<String, Value>, kind: &ElementType) -> Attrs {
    let mut attrs = json::attrs(map);
    attrs.remove(DIMENSIONS);
    nczarr::tidy(&mut attrs);
    let dtype = kind.element.dtype();
    for name in ["_FillValue", "missing_value"] {
        if let Some(value) = attrs.get(name).cloned() {
            attrs.set(name, json::fill_attr(value, &dtype));
        }
    }
    if let Some(time) = &kind.time {
        time.say(&mut attrs);
    }
    attrs
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Described;
    use crate::model::Data;
    use serde_json::{Map, Value, json};

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn lengths_of_one_dimension_may_be_bare_numbers() {
        let meta = map(&json!({"zarr_format": 2, "shape": 5, "chunks": 2, "dtype": "|i1", "compressor": null,
            "filters": null, "fill_value": 0, "order": "C"}));
        let array = Described::v2("v", &meta, &Map::new()).unwrap().array;
        assert_eq!((array.shape, array.chunks), (vec![5], vec![2]));
        let wrong = map(&json!({"zarr_format": 2, "shape": [5, 5], "chunks": 2, "dtype": "|i1", "fill_value": 0}));
        assert!(Described::v2("v", &wrong, &Map::new()).is_err());
    }

    #[test]
    fn objects_of_python_are_read_as_text_but_never_run() {
        let described = |id: &str| {
            let meta = map(&json!({"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "|O", "compressor": null,
                "filters": [{"id": id}], "fill_value": null, "order": "C"}));
            Described::v2("v", &meta, &Map::new()).unwrap()
        };
        let read = |id: &str, bytes: &[u8]| described(id).array.pipeline.decode(bytes, &[2]);
        let wanted = Data::Text(vec!["a".into(), "1.5".into()]);
        assert_eq!(read("json2", br#"["a",1.5,"|O",[2]]"#).unwrap(), wanted);
        assert_eq!(described("json2").filters, ["json2"]);
        let pickled = described("pickle").warnings.join(" ");
        assert!(pickled.contains("pickle") && pickled.contains("vlen-utf8"), "{pickled}");
        assert!(read("pickle", b"").unwrap_err().to_string().contains("running code"));
    }

    #[test]
    fn only_nczarr_writes_dimensions_as_paths() {
        let names = |dims: &[Option<String>]| dims.iter().map(|d| d.clone().unwrap()).collect::<Vec<_>>();
        let three = map(&json!({"zarr_format": 3, "node_type": "array", "shape": [2, 3], "data_type": "int8",
            "fill_value": 0, "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2, 3]}},
            "chunk_key_encoding": {"name": "default"}, "codecs": ["bytes"], "dimension_names": ["a/t", "b/t"]}));
        assert_eq!(names(&Described::v3("v", &three).unwrap().dims), ["a/t", "b/t"]);
        let two = map(&json!({"zarr_format": 2, "shape": [2, 3], "chunks": [2, 3], "dtype": "|i1", "compressor": null,
            "filters": null, "fill_value": 0, "order": "C"}));
        let said = map(&json!({"_nczarr_array": {"dimrefs": ["/g/t", "/x"]}}));
        assert_eq!(names(&Described::v2("v", &two, &said).unwrap().dims), ["t", "x"]);
    }
}
