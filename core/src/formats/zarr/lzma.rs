//! xz, lzma and raw streams as Python's `lzma` module writes them. Knows no Zarr.

use super::stage::at_most;
use crate::model::{Error, Result};
use lzma_rust2::filter::delta::DeltaReader;
use serde_json::Value;
use std::io::Read;

/// How a stream without a header was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    /// LZMA2, else LZMA1 with these: literal context bits, literal position bits, position bits.
    lzma1: Option<[u32; 3]>,
    dictionary: u32,
    /// Distances of the delta filters, in the order of writing.
    deltas: Vec<usize>,
}

impl Raw {
    /// From the settings of numcodecs' codec; `None` where the stream has a header that says everything.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where they say too little,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming a filter.
    pub(super) fn of(codec: &Value) -> Result<Option<Self>> {
        /// `lzma.FORMAT_RAW`.
        const RAW: u64 = 3;
        if codec.get("format").and_then(Value::as_u64) != Some(RAW) {
            return Ok(None);
        }
        let filters = codec.get("filters").and_then(Value::as_array).and_then(|list| list.split_last());
        let (last, before) = filters.ok_or_else(|| Error::corrupt("lzma: a raw stream without filters"))?;
        let number = |filter: &Value, key: &str| filter.get(key).and_then(Value::as_u64);
        let or = |key: &str, otherwise: u32| number(last, key).and_then(|n| u32::try_from(n).ok()).unwrap_or(otherwise);
        // The ids and defaults of liblzma; the highest bit of a preset asks for more effort only.
        let preset = or("preset", 6) & 0x1f;
        let dictionary =
            or("dict_size", [18, 20, 21, 22, 22, 23, 23, 24, 25].get(preset as usize).map_or(1 << 26, |n| 1 << n));
        let lzma1 = match number(last, "id") {
            Some(0x21) => None,
            Some(0x4000_0000_0000_0001) => Some([or("lc", 3), or("lp", 0), or("pb", 2)]),
            other => return Err(unknown(other)),
        };
        let delta = |filter: &Value| match number(filter, "id") {
            Some(3) => Ok(number(filter, "dist").and_then(|n| usize::try_from(n).ok()).unwrap_or(1).clamp(1, 256)),
            other => Err(unknown(other)),
        };
        Ok(Some(Self { lzma1, dictionary, deltas: before.iter().map(delta).collect::<Result<_>>()? }))
    }

    fn undo(&self, bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
        // No more is looked back than there is.
        let most = u32::try_from(limit).unwrap_or(u32::MAX).clamp(1 << 12, 1 << 30);
        let dictionary = self.dictionary.clamp(1 << 12, most);
        let mut stream: Box<dyn Read + '_> = match self.lzma1 {
            None => Box::new(lzma_rust2::Lzma2Reader::new(bytes, dictionary, None)),
            Some([lc, lp, pb]) => Box::new(
                lzma_rust2::LzmaReader::new(bytes, u64::MAX, lc, lp, pb, dictionary, None)
                    .map_err(|e| Error::corrupt(format!("lzma: {e}")))?,
            ),
        };
        for &distance in self.deltas.iter().rev() {
            stream = Box::new(DeltaReader::new(stream, distance));
        }
        at_most(stream, limit)
    }
}

fn unknown(id: Option<u64>) -> Error {
    let id = id.map_or("without an id".to_owned(), |id| format!("{id:#x}"));
    Error::unsupported(format!("lzma: the filter {id}")).hint("write the array again with delta and LZMA2 filters only")
}

/// What a stream holds, at most `limit` bytes.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the stream is damaged or holds more.
pub(super) fn undo(raw: Option<&Raw>, bytes: &[u8], limit: usize) -> Result<Vec<u8>> {
    if let Some(raw) = raw {
        return raw.undo(bytes, limit);
    }
    // Dictionaries of the highest preset take 64 MiB; larger ones are of use for longer streams only.
    let kib = u32::try_from(limit / 1024).unwrap_or(u32::MAX).saturating_add(128 << 10);
    if bytes.starts_with(b"\xfd7zXZ\0") {
        return at_most(lzma_rust2::XzReader::new_mem_limit(bytes, true, kib), limit);
    }
    let reader = lzma_rust2::LzmaReader::new_mem_limit(bytes, kib, None);
    at_most(reader.map_err(|e| Error::corrupt(e.to_string()))?, limit)
}
