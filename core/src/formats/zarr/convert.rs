//! numcodecs' filters over the numbers of a chunk, undone: differences, scaled integers, narrower types, bits, labels.
//! Each works on flat bytes, whatever the shape. Knows no chunks.
//! Source: numcodecs' `delta.py`, `fixedscaleoffset.py`, `quantize.py`, `astype.py`, `packbits.py`, `categorize.py`.

use super::element::Element;
use super::names::ElementType;
use super::numbers::{Number, cast, running_sum, unscale};
use crate::model::{DType, Data, Error, Result};
use serde_json::Value;

/// A filter that turns numbers into other numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Convert {
    /// The first value, then differences.
    Delta { stored: Number, shown: Number },
    /// `(x - offset) * scale`, rounded.
    Scale { offset: f64, scale: f64, stored: Number, shown: Number },
    /// Another type.
    Cast { stored: Number, shown: Number },
    /// Truth values as bits, the first byte saying how many of the last one are padding.
    Bits,
    /// Labels as their number from 1 on, 0 for none of them.
    Labels { labels: Vec<String>, stored: Number, shown: Labelled },
}

/// What labels are shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labelled {
    /// numcodecs' layout of text of any length.
    Varying,
    /// So many bytes of four-byte characters.
    Utf32 { bytes: usize, big: bool },
}

impl Convert {
    /// The filter of a numcodecs configuration, `None` where it is none of these. `dtype` is the array's.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for a type that is no number.
    pub(super) fn new(id: &str, config: &Value, dtype: &Value) -> Result<Option<Self>> {
        let number = |key: &str, or: &Value| Number::new(config.get(key).filter(|v| !v.is_null()).unwrap_or(or));
        let both = || {
            let shown = number("dtype", dtype)?;
            let own = config.get("dtype").filter(|v| !v.is_null()).unwrap_or(dtype);
            number("astype", own).map(|stored| (stored, shown))
        };
        let factor = |key: &str| {
            let missing = || Error::corrupt(format!("the filter {id} has no valid {key}"));
            config.get(key).and_then(Value::as_f64).ok_or_else(missing)
        };
        Ok(Some(match id {
            "delta" => both().map(|(stored, shown)| Self::Delta { stored, shown })?,
            "fixedscaleoffset" => {
                let (stored, shown) = both()?;
                Self::Scale { offset: factor("offset")?, scale: factor("scale")?, stored, shown }
            }
            "quantize" => both().map(|(stored, shown)| Self::Cast { stored, shown })?,
            "astype" => Self::Cast { stored: number("encode_dtype", dtype)?, shown: number("decode_dtype", dtype)? },
            "packbits" => Self::Bits,
            "categorize" => {
                let missing = || Error::corrupt("the filter categorize has no valid labels");
                let labels = config.get("labels").and_then(Value::as_array).ok_or_else(missing)?;
                let labels = labels.iter().map(|l| l.as_str().map(str::to_owned)).collect::<Option<_>>();
                let shown = config.get("dtype").unwrap_or(dtype);
                let shown = match ElementType::v2(shown, std::slice::from_ref(config))?.element {
                    Element::Utf32 { bytes, big } => Labelled::Utf32 { bytes, big },
                    _ => Labelled::Varying,
                };
                Self::Labels { labels: labels.ok_or_else(missing)?, stored: number("astype", &"|u1".into())?, shown }
            }
            _ => return Ok(None),
        }))
    }

    /// Whether texts of any length come out, in numcodecs' layout.
    pub(super) fn gives_text(&self) -> bool {
        matches!(self, Self::Labels { shown: Labelled::Varying, .. })
    }

    /// Stored bytes for so many bytes shown, `None` where that depends on the values.
    pub(super) fn stored_len(&self, shown_len: usize) -> Option<usize> {
        let scaled = |stored: &Number, size: usize| (shown_len / size.max(1)).checked_mul(stored.size());
        match self {
            Self::Delta { stored, shown } | Self::Scale { stored, shown, .. } | Self::Cast { stored, shown } => {
                scaled(stored, shown.size())
            }
            Self::Bits => Some(shown_len.div_ceil(8) + 1),
            Self::Labels { stored, shown: Labelled::Utf32 { bytes, .. }, .. } => scaled(stored, *bytes),
            Self::Labels { shown: Labelled::Varying, .. } => None,
        }
    }

    /// The bytes that were converted to these.
    ///
    /// # Errors
    /// [`Memory`](crate::model::ErrorKind::Memory) where there is none for them;
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the padding of bits makes no sense.
    pub(super) fn undo(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Delta { stored, shown } => {
                let mut data = cast(&stored.read(bytes)?, &shown.dtype);
                running_sum(&mut data, &shown.dtype);
                shown.write(&data)
            }
            Self::Scale { offset, scale, stored, shown } => {
                shown.write(&cast(&unscale(&stored.read(bytes)?, &stored.dtype, *scale, *offset), &shown.dtype))
            }
            Self::Cast { stored, shown } => shown.write(&cast(&stored.read(bytes)?, &shown.dtype)),
            Self::Bits => {
                let (&padding, packed) = bytes.split_first().ok_or_else(|| Error::corrupt("packbits: no bytes"))?;
                let bits = (packed.len() * 8)
                    .checked_sub(usize::from(padding))
                    .filter(|_| padding < 8)
                    .ok_or_else(|| Error::corrupt(format!("packbits: {padding} bits of padding")))?;
                let truths = packed.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
                Ok(truths.take(bits).collect())
            }
            Self::Labels { labels, stored, shown } => {
                let codes = cast(&stored.read(bytes)?, &DType::I64);
                let Data::I64(codes) = codes else { return Err(Error::internal("labels of no integer")) };
                let label = |code: &i64| usize::try_from(code - 1).ok().and_then(|i| labels.get(i));
                labelled(codes.iter().map(|code| label(code).map(String::as_str).unwrap_or_default()), *shown)
            }
        }
    }
}

/// Texts in the layout of the array.
fn labelled<'a>(texts: impl ExactSizeIterator<Item = &'a str>, shown: Labelled) -> Result<Vec<u8>> {
    match shown {
        Labelled::Varying => super::varying::join(texts),
        Labelled::Utf32 { bytes: size, big } => {
            let order = if big { u32::to_be_bytes } else { u32::to_le_bytes };
            let mut bytes = Vec::with_capacity(texts.len().saturating_mul(size));
            for text in texts {
                let end = bytes.len() + size;
                bytes.extend(text.chars().flat_map(|c| order(u32::from(c))));
                bytes.resize(end, 0);
            }
            Ok(bytes)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Convert;
    use serde_json::{Value, json};

    fn undo(config: Value, bytes: &[u8]) -> Vec<u8> {
        let id = config["id"].as_str().unwrap();
        let filter = Convert::new(id, &config, &Value::Null).unwrap().unwrap();
        let shown = filter.undo(bytes).unwrap();
        assert!(filter.stored_len(shown.len()).is_none_or(|n| n == bytes.len()), "{config}");
        shown
    }

    /// The examples of numcodecs' own documentation.
    #[test]
    fn filters_undo_what_numcodecs_did() {
        let delta = json!({"id": "delta", "dtype": "<i2", "astype": "|i1"});
        assert_eq!(undo(delta, &[100, 2, 2]), [100, 0, 102, 0, 104, 0]);
        let scale = json!({"id": "fixedscaleoffset", "offset": 1000, "scale": 10, "dtype": ">f8", "astype": "|u1"});
        let wanted: Vec<u8> = [1000.0, 1000.1, 1001.0_f64].iter().flat_map(|x| x.to_be_bytes()).collect();
        assert_eq!(undo(scale, &[0, 1, 10]), wanted);
        let narrow = json!({"id": "astype", "encode_dtype": ">i2", "decode_dtype": "<f4"});
        assert_eq!(undo(narrow, &[0xff, 0xfe, 0, 3]), [(-2.0_f32).to_le_bytes(), 3.0_f32.to_le_bytes()].concat());
        assert_eq!(undo(json!({"id": "packbits"}), &[4, 0x90]), [1, 0, 0, 1]);
        let labels = json!({"id": "categorize", "labels": ["male", "fé"], "dtype": "<U2", "astype": "|u1"});
        assert_eq!(undo(labels, &[2, 0]), [b'f', 0, 0, 0, 0xe9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let labels = json!({"id": "categorize", "labels": ["m", "f"], "dtype": "|O", "astype": "|u1"});
        assert_eq!(undo(labels, &[2, 7]), b"\x02\0\0\0\x01\0\0\0f\0\0\0\0");
    }

    #[test]
    fn what_cannot_be_undone_is_an_error() {
        let new = |config: Value| Convert::new(config["id"].as_str().unwrap(), &config, &json!("<i4"));
        assert!(new(json!({"id": "delta", "dtype": "|S4"})).is_err());
        assert!(new(json!({"id": "fixedscaleoffset", "dtype": "<f4"})).is_err());
        assert!(new(json!({"id": "categorize", "dtype": "|O"})).is_err());
        assert!(new(json!({"id": "unheard-of"})).unwrap().is_none());
        assert!(Convert::Bits.undo(&[9, 1]).is_err() && Convert::Bits.undo(&[]).is_err());
    }
}
