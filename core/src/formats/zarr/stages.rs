//! Codecs by the names that v2 and v3 metadata give them, in order, and under names that people can read.
//! Knows no bytes.

use super::super::codecs::Filter;
use super::checksum::{Checksum, Kind};
use super::convert::Convert;
use super::element::Element;
use super::lzma::Raw;
use super::names::ElementType;
use super::objects::Objects;
use super::order::Order;
use super::record::Field;
use super::stage::Stage;
use crate::model::{Error, Result};
use serde_json::{Map, Value};
use std::sync::Arc;
use zarrs::array::codec::BytesCodec;
use zarrs::array::{ArrayToArrayCodecTraits, ArrayToBytesCodecTraits, Codec, Endianness};
use zarrs::metadata::v2::MetadataV2;
use zarrs::metadata::v3::MetadataV3;

/// The codecs of an array, sorted by what they work on, each list in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Stages {
    /// The order of the stored dimensions, where it is another than the array's.
    pub(super) order: Option<Order>,
    /// What zarrs alone knows to do with arrays.
    pub(super) arrays: Vec<Arc<dyn ArrayToArrayCodecTraits>>,
    /// How bytes are made of the elements.
    pub(super) serializer: Option<Serializer>,
    /// What packs the bytes.
    pub(super) packing: Vec<Stage>,
    rank: usize,
}

/// What makes bytes of elements.
#[derive(Debug)]
pub(super) enum Serializer {
    /// One after the other, their numbers in this order.
    Bytes { big: bool },
    /// numcodecs' layout of text and bytes of any length.
    Varying,
    /// Python objects as text.
    Objects(Objects),
    /// A codec that zarrs alone knows.
    Other(Arc<dyn ArrayToBytesCodecTraits>),
}

impl Stages {
    /// The codecs of a v2 array: the order of its dimensions, its filters and its compressor.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the codec.
    pub(super) fn v2(rank: usize, reversed: bool, big: bool, dtype: &Value, codecs: &[Value]) -> Result<Self> {
        let order = (reversed && rank > 1).then(|| Order::reversed(rank));
        let mut stages = Self { order, rank, ..Self::default() };
        for codec in codecs {
            stages.push_v2(codec, dtype)?;
        }
        stages.close(big)
    }

    /// The codecs of a v3 array of this type and so many dimensions.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the codec,
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) for one without a name.
    pub(super) fn v3(rank: usize, data_type: &Value, codecs: &[Value]) -> Result<Self> {
        let mut stages = Self { rank, ..Self::default() };
        for codec in codecs {
            let (name, config) = v3_parts(codec).ok_or_else(|| Error::corrupt(format!("codec {codec} has no name")))?;
            let needed = codec.get("must_understand") != Some(&Value::Bool(false));
            match stages.push_v3(name, config, data_type) {
                Err(e) if needed => return Err(e),
                _ => {}
            }
        }
        stages.close(false)
    }

    /// The element with the byte order of the serializer, where that is not the layout's to turn around.
    pub(super) fn ordered(&self, element: Element) -> Element {
        match (element, &self.serializer) {
            (Element::Utf32 { bytes, .. }, Some(Serializer::Bytes { big: true })) => {
                Element::Utf32 { bytes, big: true }
            }
            (Element::Record { bytes, mut fields }, Some(Serializer::Bytes { big: true })) => {
                fields.iter_mut().for_each(Field::turn);
                Element::Record { bytes, fields }
            }
            (other, _) => other,
        }
    }

    /// v2 does not name how bytes are made of numbers. Filters over numbers need those in bytes.
    fn close(mut self, big: bool) -> Result<Self> {
        let serializer = self.serializer.take().unwrap_or(Serializer::Bytes { big });
        let converts = self.packing.iter().any(|stage| matches!(stage, Stage::Convert(..)));
        if converts && (!self.arrays.is_empty() || matches!(serializer, Serializer::Other(_))) {
            return Err(Error::unsupported("filters of numcodecs together with codecs that it does not know"));
        }
        self.serializer = Some(serializer);
        Ok(self)
    }

    fn push_v3(&mut self, name: &str, config: Option<&Map<String, Value>>, data_type: &Value) -> Result<()> {
        if let Some(id) = name.strip_prefix("numcodecs.") {
            let mut codec = config.cloned().unwrap_or_default();
            codec.insert("id".to_owned(), id.into());
            if id == "gzip" {
                // Those who write it leave the level out where it is the usual one.
                codec.entry("level").or_insert_with(|| 1.into());
            }
            return self.push_v2(&Value::Object(codec), data_type);
        }
        let setting = |key: &str| config.and_then(|c| c.get(key));
        match name {
            "bytes" | "endian" => {
                let big = setting("endian").and_then(Value::as_str) == Some("big");
                self.serialize(name, Serializer::Bytes { big })?;
            }
            "vlen-utf8" | "vlen-bytes" => self.serialize(name, Serializer::Varying)?,
            "transpose" if self.arrays.is_empty() && self.serializer.is_none() => {
                if self.packing.iter().any(|stage| matches!(stage, Stage::Convert("delta", _))) {
                    return Err(Error::unsupported("the filter delta before another order of dimensions"));
                }
                let next = Order::new(setting("order"), self.rank)?;
                self.order = Some(self.order.take().map_or_else(|| next.clone(), |order| order.then(&next)));
            }
            "zstd" => self.packing.push(Stage::Zstd(level(setting("level")))),
            "crc32c" => self.packing.push(Stage::Checksum(Checksum::new(Kind::Crc32c, false))),
            _ => {
                let metadata = config.map_or_else(
                    || MetadataV3::new(name),
                    |config| MetadataV3::new_with_configuration(name, config.clone()),
                );
                let codec = Codec::from_metadata(&metadata).map_err(|e| unsupported(name, e))?;
                self.push(name, codec)?;
            }
        }
        Ok(())
    }

    fn push_v2(&mut self, codec: &Value, dtype: &Value) -> Result<()> {
        let id = codec
            .get("id")
            .and_then(Value::as_str)
            .ok_or_else(|| Error::corrupt(format!("codec {codec} has no id")))?;
        let number = |key: &str| codec.get(key).and_then(Value::as_u64);
        let at_start = |default: &str| codec.get("location").and_then(Value::as_str).unwrap_or(default) == "start";
        if let Some(objects) = Objects::of(id) {
            return self.serialize(id, Serializer::Objects(objects));
        }
        let stage = match id {
            "vlen-utf8" | "vlen-bytes" | "vlen-array" => return self.serialize(id, Serializer::Varying),
            "pickle" => {
                let why =
                    "objects written by pickle cannot be read without running code from the file, which is never done";
                return Err(Error::unsupported(why).hint("write the array anew with the codec vlen-utf8 or json2"));
            }
            // Lossy when written, nothing to undo.
            "bitround" => return Ok(()),
            "zstd" => Stage::Zstd(level(codec.get("level"))),
            "zlib" => Stage::Filter("zlib", Filter::Deflate),
            "bz2" => Stage::Filter("bz2", Filter::Bzip2),
            "lz4" => Stage::Lz4,
            "lzma" => Stage::Lzma(Raw::of(codec)?),
            "base64" => Stage::Base64,
            "shuffle" => {
                let size = match number("elementsize").and_then(|n| usize::try_from(n).ok()) {
                    // netCDF leaves it to the type.
                    Some(0) => ElementType::v2(dtype, &[])?.element.size().unwrap_or(1),
                    size => size.unwrap_or(4),
                };
                Stage::Filter("shuffle", Filter::Shuffle(size))
            }
            "fletcher32" => Stage::Filter("fletcher32", Filter::Fletcher32),
            "crc32" => Stage::Checksum(Checksum::new(Kind::Crc32, at_start("start"))),
            "adler32" => Stage::Checksum(Checksum::new(Kind::Adler32, at_start("start"))),
            "crc32c" => Stage::Checksum(Checksum::new(Kind::Crc32c, at_start("end"))),
            "jenkins_lookup3" => {
                let initial = number("initval").and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
                let prefix = codec.get("prefix").and_then(Value::as_array).into_iter().flatten();
                let prefix = prefix.filter_map(|v| u8::try_from(v.as_u64()?).ok()).collect();
                Stage::Checksum(Checksum::new(Kind::Lookup3 { initial, prefix }, false))
            }
            // Its blocks say themselves how they are packed; the settings matter for writing only.
            "blosc" => {
                let config = serde_json::json!({"cname": "lz4", "clevel": 5, "shuffle": "noshuffle", "blocksize": 0});
                return self.push_v3("blosc", config.as_object(), dtype);
            }
            _ => match Convert::new(id, codec, dtype)? {
                Some(convert) => {
                    let name = ["delta", "fixedscaleoffset", "quantize", "astype", "packbits", "categorize"];
                    let name = name.into_iter().find(|n| *n == id).unwrap_or("filter");
                    if convert.gives_text() {
                        self.serialize(id, Serializer::Varying)?;
                    }
                    Stage::Convert(name, convert)
                }
                None => {
                    let metadata: MetadataV2 = serde_json::from_value(codec.clone())
                        .map_err(|e| Error::corrupt(format!("codec {codec}: {e}")))?;
                    let codec = Codec::from_metadata(&metadata).map_err(|e| unsupported(id, e))?;
                    return self.push(id, codec);
                }
            },
        };
        self.packing.push(stage);
        Ok(())
    }

    fn push(&mut self, name: &str, codec: Codec) -> Result<()> {
        match codec {
            Codec::ArrayToArray(codec) => self.arrays.push(codec),
            Codec::ArrayToBytes(codec) => self.serialize(name, Serializer::Other(codec))?,
            Codec::BytesToBytes(codec) => self.packing.push(match name {
                "blosc" => Stage::Blosc(codec),
                "gzip" => Stage::Gzip(codec),
                _ => Stage::Other(name.to_owned(), codec),
            }),
        }
        Ok(())
    }

    fn serialize(&mut self, name: &str, serializer: Serializer) -> Result<()> {
        if self.serializer.replace(serializer).is_some() {
            return Err(Error::unsupported(format!("{name} is the second codec that makes bytes")));
        }
        Ok(())
    }
}

impl Serializer {
    /// The codec of zarrs, `None` where it has none.
    pub(super) fn codec(self) -> Option<Arc<dyn ArrayToBytesCodecTraits>> {
        match self {
            Self::Bytes { big } => {
                let order = if big { Endianness::Big } else { Endianness::Little };
                Some(Arc::new(BytesCodec::new(Some(order))))
            }
            Self::Varying | Self::Objects(_) => None,
            Self::Other(codec) => Some(codec),
        }
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
    if matches!(name, "bytes" | "endian" | "vlen-utf8" | "vlen-bytes" | "vlen-array" | "sharding_indexed") {
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
