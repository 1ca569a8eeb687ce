//! The metadata of a store to write, as xarray and zarr-python write it. Writes no files.
//!
//! One difference: numbers in attributes that are not finite become the words `"NaN"`, `"Infinity"`, `"-Infinity"`,
//! where Python writes bare words that strict readers refuse.

use super::array::Array;
use super::metadata::{DIMENSIONS, Described};
use super::options::{ZarrOptions, ZarrVersion};
use super::pipeline::Pipeline;
use crate::model::{ArraySpec, AttrValue, Attrs, DType, Data, Error, Result};
use base64::Engine as _;
use serde_json::{Map, Value, json};

/// An array to write: the means to write its chunks, and its metadata.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) array: Array,
    /// Contents of `zarr.json`, or of `.zarray` and `.zattrs`, by file name.
    pub(super) files: Vec<(&'static str, Value)>,
}

/// The attributes of a group or array as JSON.
pub(super) fn attrs_json(attrs: &Attrs) -> Map<String, Value> {
    attrs.iter().map(|(name, value)| (name.to_owned(), attr_json(value))).collect()
}

/// The metadata files of a group.
pub(super) fn group_files(attrs: &Attrs, version: ZarrVersion) -> Vec<(&'static str, Value)> {
    match version {
        ZarrVersion::V3 => {
            vec![("zarr.json", json!({"attributes": attrs_json(attrs), "zarr_format": 3, "node_type": "group"}))]
        }
        ZarrVersion::V2 => {
            vec![(".zgroup", json!({"zarr_format": 2})), (".zattrs", Value::Object(attrs_json(attrs)))]
        }
    }
}

impl Written {
    /// The array for a specification.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for chunks or a fill value that do not fit.
    pub(super) fn new(spec: &ArraySpec, options: ZarrOptions) -> Result<Self> {
        let stored = stored_type(&spec.dtype);
        let mut attrs = spec.attrs.clone();
        let fill = attrs.remove("_FillValue").or_else(|| stored.is_float().then(nan));
        // A missing value of NaN says what the fill value says, in a form that JSON does not have.
        if stored.is_float() && attrs.number("missing_value").is_some_and(f64::is_nan) {
            attrs.remove("missing_value");
        }
        let built = match options.version {
            ZarrVersion::V3 => v3(spec, &stored, attrs_json(&attrs), fill.as_ref(), options),
            ZarrVersion::V2 => v2(spec, &stored, attrs_json(&attrs), fill.as_ref(), options),
        };
        built.map_err(|e| Error::invalid(e.to_string()).within(format_args!("cannot write {}", spec.name)))
    }
}

fn v3(
    spec: &ArraySpec,
    stored: &DType,
    mut attrs: Map<String, Value>,
    fill: Option<&AttrValue>,
    options: ZarrOptions,
) -> Result<Written> {
    let fill = fill.filter(|f| fits(f, stored));
    // xarray refuses a whole store for the fill value of a text.
    if let Some(fill) = fill.filter(|_| *stored != DType::String) {
        attrs.insert("_FillValue".to_owned(), fill_attr(fill, stored));
    }
    let serializer = match stored {
        DType::String => json!({"name": "vlen-utf8", "configuration": {}}),
        dtype if element_bytes(dtype) == Some(1) => json!({"name": "bytes"}),
        _ => json!({"name": "bytes", "configuration": {"endian": "little"}}),
    };
    let mut codecs = vec![serializer];
    codecs.extend(options.codec.v3(element_bytes(stored)));
    let mut grid = &spec.chunks;
    if let Some(shards) = &spec.shards {
        grid = shards;
        codecs = vec![json!({"name": "sharding_indexed", "configuration": {
            "chunk_shape": spec.chunks,
            "codecs": codecs,
            "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            "index_location": "end",
        }})];
    }
    let fill = match (stored, fill) {
        (DType::Bool, _) => json!(false),
        (DType::String, _) => json!(""),
        (DType::Complex(_), _) => json!([0.0, 0.0]),
        (dtype, _) if dtype.is_float() => json!("NaN"),
        // A chunk that was never written is missing then.
        (_, Some(fill)) => attr_json(fill),
        (_, None) => json!(0),
    };
    let meta = json!({
        "shape": spec.shape,
        "data_type": stored.to_string(),
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": grid}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill,
        "codecs": codecs,
        "attributes": attrs,
        "dimension_names": spec.dims,
        "zarr_format": 3,
        "node_type": "array",
        "storage_transformers": [],
    });
    let object = meta.as_object().ok_or_else(|| Error::internal("array metadata is no object"))?;
    let array = Described::v3(&spec.name, object)?.array;
    Ok(Written { array, files: vec![("zarr.json", meta)] })
}

fn v2(
    spec: &ArraySpec,
    stored: &DType,
    mut attrs: Map<String, Value>,
    fill: Option<&AttrValue>,
    options: ZarrOptions,
) -> Result<Written> {
    if spec.shards.is_some() {
        return Err(Error::invalid("Zarr v2 has no shards").hint("write version 3 or leave the shards out"));
    }
    attrs.insert(DIMENSIONS.to_owned(), json!(spec.dims));
    let is_text = *stored == DType::String;
    let meta = json!({
        "shape": spec.shape,
        "chunks": spec.chunks,
        "dtype": v2_name(stored),
        "fill_value": fill.filter(|f| fits(f, stored)).map_or(Value::Null, attr_json),
        "order": "C",
        "filters": if is_text { json!([{"id": "vlen-utf8"}]) } else { Value::Null },
        "dimension_separator": ".",
        "compressor": options.codec.v2(element_bytes(stored)),
        "zarr_format": 2,
    });
    let object = meta.as_object().ok_or_else(|| Error::internal("array metadata is no object"))?;
    let mut array = Described::v2(&spec.name, object, &attrs)?.array;
    // The v2 form says too little of how blosc is to pack; the v3 form says it all.
    let serializer =
        if is_text { json!("vlen-utf8") } else { json!({"name": "bytes", "configuration": {"endian": "little"}}) };
    let codecs: Vec<Value> = [serializer].into_iter().chain(options.codec.v3(element_bytes(stored))).collect();
    array.pipeline = Pipeline::v3(
        array.pipeline.element().clone(),
        &array.fill.bytes,
        spec.shape.len(),
        &stored.to_string().into(),
        &codecs,
    )?;
    Ok(Written { array, files: vec![(".zarray", meta), (".zattrs", Value::Object(attrs))] })
}

/// What is written for a type: names of integers are left to attributes, whatever is no number is text.
fn stored_type(dtype: &DType) -> DType {
    match dtype.plain() {
        plain if plain.is_numeric() || matches!(plain, DType::Complex(_)) => plain,
        _ => DType::String,
    }
}

fn element_bytes(stored: &DType) -> Option<usize> {
    match stored {
        DType::String => None,
        DType::F16 => Some(2),
        other => Some(other.size()),
    }
}

fn v2_name(stored: &DType) -> &'static str {
    match stored {
        DType::Bool => "|b1",
        DType::I8 => "|i1",
        DType::U8 => "|u1",
        DType::I16 => "<i2",
        DType::U16 => "<u2",
        DType::I32 => "<i4",
        DType::U32 => "<u4",
        DType::I64 => "<i8",
        DType::U64 => "<u8",
        DType::F16 => "<f2",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::Complex(64) => "<c8",
        DType::Complex(_) => "<c16",
        _ => "|O",
    }
}

/// Whether values of a type could have this fill value: some files say NaN of integers, which readers of Zarr refuse
/// there, and of complex numbers it stands as text here.
fn fits(fill: &AttrValue, stored: &DType) -> bool {
    match stored {
        DType::Complex(_) => false,
        dtype if dtype.is_integer() => fill.number().is_some_and(|x| x.fract() == 0.0),
        _ => true,
    }
}

fn nan() -> AttrValue {
    AttrValue::Numbers(Data::F64(vec![f64::NAN]))
}

/// A `_FillValue` attribute as xarray encodes it for v3: base64 of a little-endian double for floats.
fn fill_attr(fill: &AttrValue, stored: &DType) -> Value {
    match fill.number() {
        Some(x) if stored.is_float() => Value::from(base64::engine::general_purpose::STANDARD.encode(x.to_le_bytes())),
        _ => attr_json(fill),
    }
}

/// Singles are widened exactly, as numpy's are by `item()`.
fn attr_json(value: &AttrValue) -> Value {
    match value {
        AttrValue::Numbers(Data::F32(v)) => {
            AttrValue::Numbers(Data::F64(v.iter().copied().map(f64::from).collect())).to_json()
        }
        other => other.to_json(),
    }
}
