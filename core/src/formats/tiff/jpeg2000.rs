//! Strips and tiles that are JPEG 2000 images (ISO/IEC 15444-1), bare codestreams or inside JP2 boxes. What a codestream
//! says of its size is checked here before any of it is decoded.

use super::decode::{Stored, short};
use crate::model::{Error, Result};
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};
use std::fmt::Display;

/// Bits of a value that the decoder, which counts in single precision, gives exactly after its transforms.
const MOST_BITS: u8 = 20;
/// Bytes of bookkeeping for each value that an image may ask for.
const BESIDE: u64 = 4;
/// Bytes of bookkeeping that any image may ask for.
const FREE: u64 = 1 << 20;
/// More layers than this are refused by the decoder.
const MOST_LAYERS: u64 = 32;

fn wrong(e: &dyn Display) -> Error {
    Error::corrupt(format!("jpeg2000: {e}"))
}

fn unknown(what: &str) -> Error {
    Error::unsupported(format!("jpeg2000: {what} cannot be decoded"))
        .hint("write the file again with deflate, LZW or Zstandard")
}

impl Stored<'_> {
    /// One image, whose values may have fewer bits than those of the pixels.
    pub(super) fn jpeg2000(&self, raw: &[u8], out: &mut [u8]) -> Result<()> {
        let stream = codestream(raw)?;
        let size = Size::read(stream)?;
        self.fits("jpeg2000", size.width as usize, size.height as usize)?;
        if size.components.len() != self.together {
            return Err(wrong(&format!("{} values a pixel, not {}", size.components.len(), self.together)));
        }
        if size.height as usize > self.rows.saturating_mul(2).saturating_add(64) {
            return Err(wrong(&"it is larger than its block"));
        }
        let most = self.format.size() * 8;
        if self.format.dtype.is_float() || size.components.iter().any(|(bits, _)| usize::from(*bits) > most) {
            return Err(wrong(&format!("its values are no {}", self.format.dtype)));
        }
        size.check(stream)?;
        let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
        let image = Image::new(stream, &settings).map_err(|e| wrong(&e))?;
        let mut context = DecoderContext::default();
        let decoded = image.decode(&mut context).map_err(|e| wrong(&e))?;
        let pixels = self.rows * self.columns;
        let bytes = self.format.size();
        for (band, (component, &(bits, signed))) in decoded.components().iter().zip(&size.components).enumerate() {
            let Some(values) = component.samples().get(..pixels) else {
                return Err(short(component.samples().len() * bytes, pixels * bytes));
            };
            // Signed values come with half of their range added.
            let low = if signed { -(1i64 << (bits - 1)) } else { 0 };
            let high = (1i64 << bits) - 1;
            for (cell, value) in out.chunks_exact_mut(bytes).skip(band).step_by(self.together).zip(values) {
                let value = whole(*value).clamp(0, high) + low;
                self.put(value, cell);
            }
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "of 20 bits and a sign; saturates")]
fn whole(value: f32) -> i64 {
    value.round_ties_even() as i64
}

/// The codestream itself: the first `jp2c` of the boxes, if there are boxes.
fn codestream(raw: &[u8]) -> Result<&[u8]> {
    if raw.starts_with(&[0xff, 0x4f]) {
        return Ok(raw);
    }
    let mut rest = raw;
    while let Some((head, after)) = rest.split_at_checked(8) {
        let short = number(head.get(..4));
        let (len, inner) = match (short, head.get(4..)) {
            // The last box lasts to the end.
            (0, Some(b"jp2c")) => return Ok(after),
            (1, _) => (number(after.get(..8)), 16),
            (len, _) => (len, 8),
        };
        let len = usize::try_from(len).ok().filter(|&n| n >= inner && n <= rest.len());
        let Some(len) = len else { break };
        if head.ends_with(b"jp2c") {
            return Ok(rest.get(inner..len).unwrap_or_default());
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    Err(wrong(&"it holds no codestream"))
}

/// A number of any length, the most significant byte first; 0 where the bytes are missing.
fn number(bytes: Option<&[u8]>) -> u64 {
    bytes.unwrap_or_default().iter().fold(0, |n, b| n << 8 | u64::from(*b))
}

/// The marker segment SIZ (A.5.1).
struct Size {
    width: u32,
    height: u32,
    /// Bits, and whether there is a sign.
    components: Vec<(u8, bool)>,
}

impl Size {
    fn read(stream: &[u8]) -> Result<Self> {
        if !stream.starts_with(&[0xff, 0x4f, 0xff, 0x51]) {
            return Err(wrong(&"the codestream does not start with its size"));
        }
        let at = |from: usize, len: usize| number(stream.get(from..from + len));
        let count = usize::try_from(at(40, 2)).unwrap_or_default();
        let Some(parts) = stream.get(42..42 + 3 * count).filter(|_| count > 0) else {
            return Err(wrong(&"the codestream ends in its size"));
        };
        let mut components = Vec::with_capacity(count);
        for part in parts.as_chunks::<3>().0 {
            let [depth, across, down] = *part;
            if (across, down) != (1, 1) {
                return Err(unknown("an image with subsampled components"));
            }
            components.push(((depth & 0x7f) + 1, depth & 0x80 != 0));
        }
        let span = |end: usize, start: usize| at(end, 4).saturating_sub(at(start, 4));
        let side = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
        let size = Self { width: side(span(8, 16)), height: side(span(12, 20)), components };
        // Each tile has a header of 14 bytes.
        let (across, down) = (at(24, 4).max(1), at(28, 4).max(1));
        let tiles = span(8, 32).div_ceil(across).saturating_mul(span(12, 36).div_ceil(down));
        if tiles.saturating_mul(14) > stream.len() as u64 {
            return Err(wrong(&format!("{tiles} tiles in {} bytes", stream.len())));
        }
        Ok(size)
    }

    /// Whether decoding takes no more memory than images of this size should.
    fn check(&self, stream: &[u8]) -> Result<()> {
        if let Some((bits, _)) = self.components.iter().find(|(bits, _)| *bits > MOST_BITS) {
            return Err(unknown(&format!("an image with values of {bits} bits")));
        }
        let pixels = u64::from(self.width) * u64::from(self.height);
        let values = pixels.saturating_mul(self.components.len() as u64);
        let most = values.saturating_mul(BESIDE).saturating_add(FREE);
        // Where the part of a tile ends whose header is read.
        let mut end = stream.len();
        let mut at = 2;
        while let Some(marker) = stream.get(at..at + 2) {
            let part = stream.get(at + 4..).unwrap_or_default();
            let after = at + 2 + usize::try_from(number(stream.get(at + 2..at + 4))).unwrap_or_default().max(2);
            // Coding styles, of all components and of one.
            let one = if self.components.len() < 257 { 1 } else { 2 };
            let style = match marker {
                [0xff, 0x52] => Some((0, 5, number(part.get(2..4)))),
                [0xff, 0x53] => Some((one, one + 1, MOST_LAYERS)),
                _ => None,
            };
            if let Some((flags, from, layers)) = style {
                let flags = part.get(flags).copied().unwrap_or_default();
                if self.cost(part.get(from..).unwrap_or_default(), flags, layers) > most {
                    return Err(unknown("an image of such small blocks"));
                }
            }
            at = match marker {
                [0xff, 0x90] => {
                    let len = usize::try_from(number(part.get(2..6))).unwrap_or_default();
                    end = if len == 0 { stream.len() } else { at.saturating_add(len) };
                    after
                }
                [0xff, 0x93] => end.max(at + 2),
                [0xff, 0xd9] => break,
                [0xff, 0x30..=0x3f] => at + 2,
                _ => after,
            };
        }
        Ok(())
    }

    /// Bytes of bookkeeping for the precincts and code blocks that a coding style makes of the image (A.6.1).
    fn cost(&self, style: &[u8], flags: u8, layers: u64) -> u64 {
        let [levels, wide, high, _, _, precincts @ ..] = style else { return 0 };
        let exponent = |code: u8| u32::from(code & 0xf) + 2;
        let mut sum = 0u64;
        for level in 0..=*levels {
            let shift = u32::from(levels - level).min(63);
            let (mut across, mut down) = (15, 15);
            if let (1, Some(code)) = (flags & 1, precincts.get(usize::from(level))) {
                (across, down) = (u32::from(code & 0xf), u32::from(code >> 4));
            }
            // Those of the higher levels lie in bands of half their size.
            let half = u32::from(level > 0);
            let (width, height) =
                (u64::from(self.width).div_ceil(1 << shift), u64::from(self.height).div_ceil(1 << shift));
            let count =
                |across: u32, down: u32| (width.div_ceil(1 << across)).saturating_mul(height.div_ceil(1 << down));
            let within = |block: u8, precinct: u32| exponent(block).min(precinct.saturating_sub(half));
            let blocks = count(within(*wide, across), within(*high, down));
            let each = layers.min(MOST_LAYERS).saturating_mul(24).saturating_add(160);
            sum =
                sum.saturating_add(blocks.saturating_mul(each)).saturating_add(count(across, down).saturating_mul(768));
        }
        sum.saturating_mul(self.components.len() as u64)
    }
}
