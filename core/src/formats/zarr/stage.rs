//! Codecs by the names that v2 and v3 metadata give them, as objects that work and as names people can read.
//! Knows no arrays.

use super::element::Element;
use crate::model::{Error, Result};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;
use zarrs::array::codec::BytesCodec;
use zarrs::array::{
    ArrayToArrayCodecTraits, ArrayToBytesCodecTraits, BytesRepresentation, BytesToBytesCodecTraits, Codec, CodecError,
    CodecOptions, Endianness,
};
use zarrs::metadata::v2::MetadataV2;
use zarrs::metadata::v3::MetadataV3;

/// The codecs of an array, sorted by what they work on, each list in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Stages {
    pub(super) arrays: Vec<Arc<dyn ArrayToArrayCodecTraits>>,
    /// What makes bytes of elements of a fixed size.
    pub(super) serializer: Option<Arc<dyn ArrayToBytesCodecTraits>>,
    pub(super) packing: Vec<Stage>,
    /// Whether differences are stored (numcodecs `delta`).
    pub(super) delta: bool,
    /// Whether text or bytes of any length are stored by numcodecs' `vlen-utf8` or `vlen-bytes`.
    pub(super) text: bool,
    /// Whether the serializer writes big-endian numbers.
    big: bool,
}

/// A codec that packs bytes.
#[derive(Debug)]
pub(super) enum Stage {
    /// zstd of this level. Not through zarrs, which allocates what the frame announces before it decodes.
    Zstd(i32),
    /// A codec of zarrs under its name.
    Other(String, Arc<dyn BytesToBytesCodecTraits>),
}

/// The most bytes to expect of text, whose length nobody states.
const TEXT_LIMIT_BYTES: u64 = 4 << 30;

impl Stage {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Zstd(_) => "zstd",
            Self::Other(name, _) => name,
        }
    }

    /// The size after packing bytes of this size.
    pub(super) fn packed_size(&self, size: &BytesRepresentation) -> BytesRepresentation {
        match self {
            // ZSTD_compressBound
            Self::Zstd(_) => size.size().map_or(BytesRepresentation::UnboundedSize, |n| {
                BytesRepresentation::BoundedSize(n.saturating_add((n >> 8) + 128))
            }),
            Self::Other(_, codec) => codec.encoded_representation(size),
        }
    }

    pub(super) fn pack<'a>(&self, bytes: Cow<'a, [u8]>, options: &CodecOptions) -> Result<Cow<'a, [u8]>, CodecError> {
        match self {
            Self::Zstd(level) => Ok(Cow::Owned(zstd::bulk::compress(&bytes, *level)?)),
            Self::Other(_, codec) => codec.encode(bytes, options),
        }
    }

    /// Undoes [`Self::pack`]; `size` is the size that must come out.
    pub(super) fn unpack<'a>(
        &self,
        bytes: Cow<'a, [u8]>,
        size: &BytesRepresentation,
        options: &CodecOptions,
    ) -> Result<Cow<'a, [u8]>, CodecError> {
        let limit = size.size().unwrap_or(TEXT_LIMIT_BYTES);
        match self {
            Self::Zstd(_) => match size.size().and_then(|n| usize::try_from(n).ok()) {
                Some(n) => Ok(Cow::Owned(zstd::bulk::decompress(&bytes, n)?)),
                None => Ok(Cow::Owned(zstd::decode_all(&*bytes)?)),
            },
            Self::Other(name, codec) => {
                if name == "blosc"
                    && let Some(announced) = bytes.get(4..8).and_then(|n| n.try_into().ok()).map(u32::from_le_bytes)
                    && u64::from(announced) > limit
                {
                    return Err(CodecError::from(format!("{announced} bytes announced, at most {limit} expected")));
                }
                codec.decode(bytes, size, options)
            }
        }
    }
}

impl Stages {
    /// The codecs of a v2 array: the order of its dimensions, its filters and its compressor.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the codec.
    pub(super) fn v2(
        reversed: Option<usize>,
        big: bool,
        dtype: &Value,
        filters: &[&Value],
        compressor: Option<&Value>,
    ) -> Result<Self> {
        let mut stages = Self { big, ..Self::default() };
        if let Some(rank) = reversed {
            let order = Value::from((0..rank).rev().collect::<Vec<_>>());
            let config = Map::from_iter([("order".to_owned(), order)]);
            stages.push_v3("transpose", Some(&config), true)?;
        }
        for codec in filters.iter().copied().chain(compressor) {
            stages.push_v2(codec, dtype)?;
        }
        if stages.delta && (filters.len() > 1 || reversed.is_some()) {
            return Err(Error::unsupported("the filter delta beside another, or on an array in Fortran order"));
        }
        stages.close();
        Ok(stages)
    }

    /// The codecs of a v3 array.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the codec,
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) for one without a name.
    pub(super) fn v3(codecs: &[Value]) -> Result<Self> {
        let mut stages = Self::default();
        for codec in codecs {
            let (name, config) = v3_parts(codec).ok_or_else(|| Error::corrupt(format!("codec {codec} has no name")))?;
            let needed = codec.get("must_understand") != Some(&Value::Bool(false));
            stages.push_v3(name, config, needed)?;
        }
        stages.close();
        Ok(stages)
    }

    /// The element with the byte order of the serializer, where that is not zarrs' to turn around.
    pub(super) fn ordered(&self, element: Element) -> Element {
        match element {
            Element::Utf32 { bytes, .. } if self.big => Element::Utf32 { bytes, big: true },
            other => other,
        }
    }

    /// Numbers need a serializer; v2 does not name it.
    fn close(&mut self) {
        if self.serializer.is_none() && !self.text {
            let order = if self.big { Endianness::Big } else { Endianness::Little };
            self.serializer = Some(Arc::new(BytesCodec::new(Some(order))));
        }
    }

    fn push_v3(&mut self, name: &str, config: Option<&Map<String, Value>>, needed: bool) -> Result<()> {
        if let Some(id) = name.strip_prefix("numcodecs.") {
            let mut codec = config.cloned().unwrap_or_default();
            codec.insert("id".to_owned(), id.into());
            return self.push_v2(&Value::Object(codec), &Value::Null);
        }
        let setting = |key: &str| config.and_then(|c| c.get(key));
        match name {
            "vlen-utf8" | "vlen-bytes" => self.text = true,
            "zstd" => self.packing.push(Stage::Zstd(level(setting("level")))),
            _ => {
                self.big |= name == "bytes" && setting("endian").and_then(Value::as_str) == Some("big");
                let metadata = config.map_or_else(
                    || MetadataV3::new(name),
                    |config| MetadataV3::new_with_configuration(name, config.clone()),
                );
                match Codec::from_metadata(&metadata) {
                    Ok(codec) => self.push(name, codec)?,
                    Err(_skipped) if !needed => {}
                    Err(e) => return Err(unsupported(name, e)),
                }
            }
        }
        Ok(())
    }

    fn push_v2(&mut self, codec: &Value, dtype: &Value) -> Result<()> {
        let id = codec
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| Error::corrupt(format!("codec {codec} has no id")))?;
        // What the stored numbers were turned into, where a filter says so.
        let converts = || {
            let declared = codec.get("dtype").unwrap_or(dtype);
            codec.get("astype").is_some_and(|astype| astype != declared) || (dtype.is_string() && declared != dtype)
        };
        match id {
            "vlen-utf8" | "vlen-bytes" => self.text = true,
            "zstd" => self.packing.push(Stage::Zstd(level(codec.get("level")))),
            // Lossy when written, nothing to undo.
            "bitround" => {}
            "quantize" if !converts() => {}
            "delta" if !converts() && !self.delta => self.delta = true,
            // Its blocks say themselves how they are packed; the settings matter for writing only.
            "blosc" => {
                let config = serde_json::json!({"cname": "lz4", "clevel": 5, "shuffle": "noshuffle", "blocksize": 0});
                self.push_v3("blosc", config.as_object(), true)?;
            }
            _ => {
                let metadata: MetadataV2 =
                    serde_json::from_value(codec.clone()).map_err(|e| Error::corrupt(format!("codec {codec}: {e}")))?;
                let codec = Codec::from_metadata(&metadata).map_err(|e| unsupported(id, e))?;
                self.push(id, codec)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, name: &str, codec: Codec) -> Result<()> {
        match codec {
            Codec::ArrayToArray(codec) => self.arrays.push(codec),
            Codec::ArrayToBytes(codec) => {
                if self.serializer.replace(codec).is_some() {
                    return Err(Error::unsupported(format!("{name} is the second codec that makes bytes")));
                }
            }
            Codec::BytesToBytes(codec) => self.packing.push(Stage::Other(name.to_owned(), codec)),
        }
        Ok(())
    }
}

fn unsupported(name: &str, reason: impl std::fmt::Display) -> Error {
    Error::unsupported(format!("codec {name} is not available: {reason}"))
}

/// numcodecs takes 0 and a missing level for the default, as zstd does.
fn level(value: Option<&Value>) -> i32 {
    value.and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).unwrap_or(0)
}

/// Name and configuration of a v3 codec, which may be a bare name.
pub(super) fn v3_parts(codec: &Value) -> Option<(&str, Option<&Map<String, Value>>)> {
    match codec {
        Value::String(name) => Some((name, None)),
        other => Some((other.get("name")?.as_str()?, other.get("configuration").and_then(Value::as_object))),
    }
}

/// The name people read: `blosc:lz4:5:shuffle`, `zstd:3`, `gzip:5`, `crc32c`; `None` for what only lays elements out.
pub(super) fn readable(name: &str, config: Option<&Map<String, Value>>) -> Option<String> {
    let name = name.strip_prefix("numcodecs.").unwrap_or(name);
    if matches!(name, "bytes" | "endian" | "vlen-utf8" | "vlen-bytes" | "sharding_indexed") {
        return None;
    }
    let word = |key: &str| match config?.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let shuffle = || match word("shuffle")?.as_str() {
        "0" => Some("noshuffle".to_owned()),
        "1" => Some("shuffle".to_owned()),
        "2" => Some("bitshuffle".to_owned()),
        "-1" => Some("autoshuffle".to_owned()),
        other => Some(other.to_owned()),
    };
    let settings = if name == "blosc" {
        [word("cname"), word("clevel"), shuffle()]
    } else {
        [word("level"), word("elementsize"), None]
    };
    Some([name.to_owned()].into_iter().chain(settings.into_iter().flatten()).collect::<Vec<_>>().join(":"))
}
