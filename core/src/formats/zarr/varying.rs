//! numcodecs' layout of text, bytes and lists of any length: the count, then each length and its bytes, lengths as
//! little-endian `u32`. Knows no codecs.

use super::element::Element;
use crate::model::{Data, Error, Result};

/// The texts of a chunk of so many cells.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where count or lengths contradict the bytes.
pub(super) fn split(element: &Element, bytes: &[u8], cells: usize) -> Result<Data> {
    let mut rest = bytes;
    let length = |rest: &mut &[u8]| -> Option<usize> {
        let (head, tail) = rest.split_first_chunk::<4>()?;
        *rest = tail;
        usize::try_from(u32::from_le_bytes(*head)).ok()
    };
    let torn = || Error::corrupt("the lengths of the texts do not add up to the bytes");
    let count = length(&mut rest).ok_or_else(torn)?;
    if count != cells {
        return Err(Error::corrupt(format!("{count} texts instead of {cells}")));
    }
    let mut texts = Vec::with_capacity(count.min(bytes.len()));
    for _ in 0..count {
        let len = length(&mut rest).ok_or_else(torn)?;
        let (one, tail) = rest.split_at_checked(len).ok_or_else(torn)?;
        rest = tail;
        texts.push(element.varying(one));
    }
    Ok(Data::Text(texts))
}

/// The bytes of these texts.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) above what a `u32` counts.
pub(super) fn join<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> Result<Vec<u8>> {
    let length = |n: usize| {
        u32::try_from(n)
            .map_err(|_too_long| Error::unsupported("more than 4 GiB of text in one chunk"))
            .map(u32::to_le_bytes)
    };
    let mut bytes = length(texts.len())?.to_vec();
    for text in texts {
        bytes.extend(length(text.len())?);
        bytes.extend(text.as_bytes());
    }
    Ok(bytes)
}
