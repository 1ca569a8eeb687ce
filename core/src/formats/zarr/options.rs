//! What a person chooses when writing a Zarr store.

use crate::model::{Error, Result};
use serde_json::{Value, json};
use std::fmt;
use std::str::FromStr;

/// Format version and codec of a store to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ZarrOptions {
    /// The version of the format.
    pub version: ZarrVersion,
    /// How chunks are compressed.
    pub codec: Codec,
}

/// A version of the Zarr format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZarrVersion {
    /// The older one, which every reader knows; no shards.
    V2,
    /// The current one.
    #[default]
    V3,
}

/// How chunks are compressed. Written and parsed as `zstd:3`, `blosc:lz4:5`, `blosc:zstd:3`, `gzip:5`, `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Not at all.
    None,
    /// Zstandard.
    Zstd {
        /// 1 (fast) to 22 (small).
        level: u8,
    },
    /// Blosc with LZ4 inside and bytes shuffled: fast, and small for smooth fields.
    BloscLz4 {
        /// 0 (none) to 9.
        level: u8,
    },
    /// Blosc with Zstandard inside and bytes shuffled: smaller and slower.
    BloscZstd {
        /// 0 (none) to 9.
        level: u8,
    },
    /// Deflate, for readers that know nothing else.
    Gzip {
        /// 0 (none) to 9.
        level: u8,
    },
}

impl Default for Codec {
    /// What zarr-python 2 and xarray chose for many years.
    fn default() -> Self {
        Self::BloscLz4 { level: 5 }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Zstd { level } => write!(f, "zstd:{level}"),
            Self::BloscLz4 { level } => write!(f, "blosc:lz4:{level}"),
            Self::BloscZstd { level } => write!(f, "blosc:zstd:{level}"),
            Self::Gzip { level } => write!(f, "gzip:{level}"),
        }
    }
}

impl FromStr for Codec {
    type Err = Error;

    /// Levels may be left out: zstd 3, blosc 5, gzip 5.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(format!("there is no codec \"{text}\""))
                .hint("choose none, zstd:3, blosc:lz4:5, blosc:zstd:5 or gzip:5")
        };
        let (name, level) = match text.rsplit_once(':').map(|(name, level)| (name, level.parse::<u8>())) {
            Some((name, Ok(level))) => (name, Some(level)),
            _ => (text, None),
        };
        let level = |default: u8, allowed: std::ops::RangeInclusive<u8>| {
            Some(level.unwrap_or(default)).filter(|l| allowed.contains(l)).ok_or_else(wrong)
        };
        Ok(match name {
            "none" => Self::None,
            "zstd" => Self::Zstd { level: level(3, 1..=22)? },
            "blosc" | "blosc:lz4" => Self::BloscLz4 { level: level(5, 0..=9)? },
            "blosc:zstd" => Self::BloscZstd { level: level(5, 0..=9)? },
            "gzip" => Self::Gzip { level: level(5, 0..=9)? },
            _ => return Err(wrong()),
        })
    }
}

impl Codec {
    /// The codec as v3 metadata, for elements of so many bytes; `None` for elements of any length.
    pub(super) fn v3(self, element_bytes: Option<usize>) -> Option<Value> {
        // As zarr-python: bits are shuffled where bytes cannot be.
        let shuffle = match element_bytes {
            None => "noshuffle",
            Some(1) => "bitshuffle",
            Some(_) => "shuffle",
        };
        let blosc = |cname: &str, level: u8| {
            let typesize = element_bytes.unwrap_or(1);
            json!({"name": "blosc", "configuration":
                {"typesize": typesize, "cname": cname, "clevel": level, "shuffle": shuffle, "blocksize": 0}})
        };
        match self {
            Self::None => None,
            Self::Zstd { level } => Some(json!({"name": "zstd", "configuration": {"level": level, "checksum": false}})),
            Self::BloscLz4 { level } => Some(blosc("lz4", level)),
            Self::BloscZstd { level } => Some(blosc("zstd", level)),
            Self::Gzip { level } => Some(json!({"name": "gzip", "configuration": {"level": level}})),
        }
    }

    /// The codec as v2 metadata; null for none.
    pub(super) fn v2(self, element_bytes: Option<usize>) -> Value {
        let shuffle = match element_bytes {
            None => 0,
            Some(1) => 2,
            Some(_) => 1,
        };
        let blosc = |cname: &str, level: u8| json!({"id": "blosc", "cname": cname, "clevel": level, "shuffle": shuffle, "blocksize": 0});
        match self {
            Self::None => Value::Null,
            Self::Zstd { level } => json!({"id": "zstd", "level": level}),
            Self::BloscLz4 { level } => blosc("lz4", level),
            Self::BloscZstd { level } => blosc("zstd", level),
            Self::Gzip { level } => json!({"id": "gzip", "level": level}),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Codec;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in ["none", "zstd:3", "zstd:19", "blosc:lz4:9", "blosc:zstd:1", "gzip:5"] {
            assert_eq!(text.parse::<Codec>().unwrap().to_string(), text);
        }
        assert_eq!("blosc:lz4".parse::<Codec>().unwrap(), Codec::default());
        assert_eq!("zstd".parse::<Codec>().unwrap(), Codec::Zstd { level: 3 });
        for wrong in ["", "lz4", "zstd:0", "zstd:23", "gzip:10", "blosc:lz4:x", "blosc:snappy:5"] {
            assert!(wrong.parse::<Codec>().is_err(), "{wrong}");
        }
    }
}
