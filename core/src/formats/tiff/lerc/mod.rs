//! Strips and tiles in LERC, Esri's "limited error raster compression" (Lerc2, versions 2 to 6, of github.com/Esri/lerc,
//! Apache-2.0), as libtiff puts them into TIFF: one blob for all values of a pixel or one for each, with the places that
//! hold nothing in a mask.

mod bits;
mod floats;
mod header;
mod huffman;
mod tiles;

use super::decode::Stored;
use crate::model::{Error, Result};
use bits::Bytes;
use header::{Header, Kind};
use std::borrow::Cow;

/// Rows by which a last strip may be stored with more than twice those that the page has.
const MORE: usize = 64;

fn wrong(what: &str) -> Error {
    Error::corrupt(format!("lerc: {what}"))
}

/// Bytes of a header and of what stands in a blob but for values.
const LONGEST_HEADER: usize = 1 << 10;

/// A blob as it is decoded.
struct Blob {
    head: Header,
    /// Whether each pixel holds values.
    mask: Vec<bool>,
    /// The least and greatest of each value of a pixel, from version 4 on.
    most: Vec<f64>,
    /// Value beside value, pixel after pixel; zero where there is none.
    values: Vec<f64>,
}

impl Blob {
    /// The next blob, whose header passes a check; a mask that is not stored is the one before.
    fn read(raw: &[u8], before: Option<Vec<bool>>, check: impl Fn(&Header) -> Result<()>) -> Result<Self> {
        let mut input = Bytes::new(raw);
        let head = Header::read(&mut input)?;
        check(&head)?;
        let cells = head.cells();
        let values = cells.checked_mul(head.depth).ok_or_else(|| wrong("it is larger than its block"))?;
        let mut input = Bytes::new(raw.get(input.at()..head.bytes).unwrap_or_default());
        let stored = usize::try_from(input.u32()?).unwrap_or(usize::MAX);
        let mask = if head.valid == cells || head.valid == 0 {
            input.take(stored)?;
            vec![head.valid > 0; cells]
        } else if stored == 0 {
            before.filter(|mask| mask.len() == cells).ok_or_else(|| wrong("its mask is missing"))?
        } else {
            unroll(input.take(stored)?, cells)?
        };
        let held = mask.iter().filter(|&&valid| valid).count();
        if held != head.valid {
            return Err(wrong(&format!("{held} pixels hold values, not {}", head.valid)));
        }
        let mut blob = Self { mask, most: vec![head.high; head.depth], values: vec![0.0; values], head };
        blob.fill(&mut input)?;
        Ok(blob)
    }

    fn fill(&mut self, input: &mut Bytes<'_>) -> Result<()> {
        let Header { version, depth, kind, error, low, high, valid, .. } = self.head;
        if valid == 0 {
            return Ok(());
        }
        if low == high {
            self.constant(&vec![low; depth]);
            return Ok(());
        }
        if version >= 4 {
            let list = |input: &mut Bytes<'_>| (0..depth).map(|_| input.value(kind)).collect::<Result<Vec<f64>>>();
            let least = list(input)?;
            self.most = list(input)?;
            if least == self.most {
                self.constant(&least);
                return Ok(());
            }
        }
        if input.u8()? != 0 {
            return self.each(|| input.value(kind));
        }
        let eight = kind.size() == 1 && error == 0.5;
        let exact = version >= 6 && kind.is_float() && error == 0.0;
        if eight || exact {
            match input.u8()? {
                0 => {}
                how @ 1..=2 if eight && (how == 1 || version >= 4) => return self.huffman(how == 1, input),
                3 if exact => return self.floats(input),
                how => return Err(wrong(&format!("a coding {how} that there is not"))),
            }
        }
        self.tiles(input)
    }

    /// All pixels the same.
    fn constant(&mut self, pixel: &[f64]) {
        for (cell, valid) in self.values.chunks_exact_mut(pixel.len()).zip(&self.mask) {
            if *valid {
                cell.copy_from_slice(pixel);
            }
        }
    }

    /// Every value in turn, of the pixels that hold some.
    fn each(&mut self, mut next: impl FnMut() -> Result<f64>) -> Result<()> {
        for (cell, valid) in self.values.chunks_exact_mut(self.head.depth).zip(&self.mask) {
            for value in cell.iter_mut().filter(|_| *valid) {
                *value = next()?;
            }
        }
        Ok(())
    }
}

/// A mask out of runs of its bytes: a count of two bytes, above zero of bytes as they stand, below of one repeated.
fn unroll(raw: &[u8], cells: usize) -> Result<Vec<bool>> {
    let mut input = Bytes::new(raw);
    let bytes = cells.div_ceil(8);
    let mut packed: Vec<u8> = Vec::with_capacity(bytes);
    while packed.len() < bytes {
        let count = input.u16()?.cast_signed();
        if count == i16::MIN {
            break;
        }
        let n = usize::from(count.unsigned_abs());
        if n > bytes - packed.len() {
            return Err(wrong("a mask longer than its pixels"));
        }
        if count > 0 {
            packed.extend(input.take(n)?);
        } else {
            packed.extend(std::iter::repeat_n(input.u8()?, n));
        }
    }
    if packed.len() < bytes {
        return Err(wrong("a mask shorter than its pixels"));
    }
    let bit = |i: usize| packed.get(i / 8).is_some_and(|byte| byte & (0x80 >> (i % 8)) != 0);
    Ok((0..cells).map(bit).collect())
}

impl Stored<'_> {
    /// One blob for the values of a pixel, or one after the other for each of them. `beside`: what compresses the blobs
    /// further, from tag 50674.
    pub(super) fn lerc(&self, beside: u64, raw: &[u8], out: &mut [u8]) -> Result<()> {
        // Blobs of noise are hardly longer than their values, with a header and a mask for each.
        let most = out.len().saturating_mul(2).saturating_add(self.together.saturating_mul(LONGEST_HEADER));
        let raw = inflate(beside, raw, most)?;
        let mut rest = raw.as_ref();
        let mut mask = None;
        let mut done = 0;
        while done < self.together {
            let opacity = |head: &Header| head.depth + 1 == self.together && head.kind == Kind::U8;
            let blob = Blob::read(rest, mask, |head| {
                if head.kind.dtype() != self.format.dtype {
                    return Err(wrong(&format!("values of type {:?}", head.kind)));
                }
                self.fits("lerc", head.columns, head.rows)?;
                if head.rows > self.rows.saturating_mul(2).saturating_add(MORE) {
                    return Err(wrong("it is larger than its block"));
                }
                // libtiff leaves out opacity that is all or nothing: it is the mask.
                if !(head.depth == self.together || head.depth == 1 || opacity(head))
                    || head.depth + done > self.together
                {
                    return Err(wrong(&format!("{} values a pixel, not {}", head.depth, self.together)));
                }
                Ok(())
            })?;
            let head = &blob.head;
            let opacity = done == 0 && opacity(head);
            self.place(&blob, done, opacity, out);
            done += head.depth + usize::from(opacity);
            rest = rest.get(head.bytes..).unwrap_or_default();
            mask = Some(blob.mask);
        }
        Ok(())
    }

    /// Puts the values of a blob beside those of others, from the value `first` of each pixel on.
    fn place(&self, blob: &Blob, first: usize, opacity: bool, out: &mut [u8]) {
        let size = self.format.size();
        let depth = blob.head.depth;
        let pixels = out.chunks_exact_mut(size * self.together);
        for ((pixel, values), valid) in pixels.zip(blob.values.chunks_exact(depth)).zip(&blob.mask) {
            let mut cells = pixel.chunks_exact_mut(size).skip(first);
            for (cell, &value) in cells.by_ref().take(depth).zip(values) {
                let value = if *valid || !blob.head.kind.is_float() { value } else { f64::NAN };
                // libtiff codes the bytes of the file as if they were little-endian numbers, whatever their order.
                cell.copy_from_slice(word(blob.head.kind, value).to_le_bytes().get(..size).unwrap_or_default());
            }
            if let Some(cell) = cells.next().filter(|_| opacity) {
                cell.fill(if *valid { 255 } else { 0 });
            }
        }
    }
}

/// The bits of a value, as a whole number.
#[expect(clippy::cast_possible_truncation, reason = "a value that its type holds")]
fn word(kind: Kind, value: f64) -> i64 {
    match kind {
        Kind::F64 => value.to_bits().cast_signed(),
        Kind::F32 => i64::from((value as f32).to_bits()),
        _ => value as i64,
    }
}

/// Undoes what compresses blobs further, to no more than so many bytes.
fn inflate(beside: u64, raw: &[u8], most: usize) -> Result<Cow<'_, [u8]>> {
    match beside {
        0 => Ok(Cow::Borrowed(raw)),
        1 => {
            let mut out = vec![0; most];
            let found = libdeflater::Decompressor::new().zlib_decompress(raw, &mut out);
            out.truncate(found.map_err(|e| wrong(&format!("deflate: {e}")))?);
            Ok(Cow::Owned(out))
        }
        2 => {
            let found = zstd::bulk::decompress(raw, most);
            Ok(Cow::Owned(found.map_err(|e| wrong(&format!("zstd: {e}")))?))
        }
        other => Err(Error::unsupported(format!("lerc: blobs compressed in way {other} cannot be decoded"))),
    }
}
