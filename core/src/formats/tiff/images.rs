//! Strips and tiles that are images of formats of their own: JPEG, PNG, WebP.

use super::decode::{Stored, short};
use crate::model::{Error, Result};
use std::fmt::Display;
use std::io::Cursor;

fn wrong(format: &str, e: &dyn Display) -> Error {
    Error::corrupt(format!("{format}: {e}"))
}

impl Stored<'_> {
    /// One JPEG image: the shared tables, without their end marker, stand before its own segments.
    pub(super) fn jpeg(&self, tables: &[u8], raw: &[u8], out: &mut [u8]) -> Result<()> {
        if self.format.bits != 8 {
            return Err(Error::unsupported(format!("pixels of {} bits in JPEG cannot be decoded", self.format.bits))
                .hint("write the file again with deflate, LZW or Zstandard"));
        }
        let wrong = |e: &dyn Display| wrong("jpeg", e);
        let mut stream = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables).to_vec();
        stream.extend(if stream.is_empty() { raw } else { raw.strip_prefix(&[0xff, 0xd8]).unwrap_or(raw) });
        let wanted = match self.together {
            1 => zune_jpeg::zune_core::colorspace::ColorSpace::Luma,
            3 => zune_jpeg::zune_core::colorspace::ColorSpace::RGB,
            n => return Err(Error::unsupported(format!("JPEG of {n} values a pixel"))),
        };
        let options = zune_jpeg::zune_core::options::DecoderOptions::default().jpeg_set_out_colorspace(wanted);
        let cursor = zune_jpeg::zune_core::bytestream::ZCursor::new(stream);
        let mut decoder = zune_jpeg::JpegDecoder::new_with_options(cursor, options);
        decoder.decode_headers().map_err(|e| wrong(&e))?;
        let (width, height) = decoder.dimensions().ok_or_else(|| wrong(&"no size"))?;
        self.fits("jpeg", width, height)?;
        let pixels = decoder.decode().map_err(|e| wrong(&e))?;
        let Some(pixels) = pixels.get(..out.len()) else { return Err(short(pixels.len(), out.len())) };
        out.copy_from_slice(pixels);
        Ok(())
    }

    /// One PNG image; its words have the most significant byte first.
    pub(super) fn png(&self, raw: &[u8], out: &mut [u8]) -> Result<()> {
        let wrong = |e: &dyn Display| wrong("png", e);
        let mut reader = png::Decoder::new(Cursor::new(raw)).read_info().map_err(|e| wrong(&e))?;
        let (color, depth) = reader.output_color_type();
        let (samples, bits) = (color.samples(), usize::from(depth as u8));
        if (samples, bits) != (self.together, self.format.bits) || bits < 8 {
            return Err(wrong(&format!(
                "{samples} values of {bits} bits a pixel, not {} of {}",
                self.together, self.format.bits
            )));
        }
        let (width, height) = reader.info().size();
        self.fits("png", width as usize, height as usize)?;
        let mut pixels = room("png", reader.output_buffer_size(), out.len())?;
        reader.next_frame(&mut pixels).map_err(|e| wrong(&e))?;
        let Some(pixels) = pixels.get(..out.len()) else { return Err(short(pixels.len(), out.len())) };
        out.copy_from_slice(pixels);
        if bits == 16 && !self.format.layout.big_endian {
            out.chunks_exact_mut(2).for_each(|word| word.swap(0, 1));
        }
        Ok(())
    }

    /// One WebP image, which drops the opacity of pixels that are all opaque.
    pub(super) fn webp(&self, raw: &[u8], out: &mut [u8]) -> Result<()> {
        let wrong = |e: &dyn Display| wrong("webp", e);
        let mut decoder = image_webp::WebPDecoder::new(Cursor::new(raw)).map_err(|e| wrong(&e))?;
        let (width, height) = decoder.dimensions();
        self.fits("webp", width as usize, height as usize)?;
        let held = if decoder.has_alpha() { 4 } else { 3 };
        if self.format.bits != 8 || !(held == self.together || (held, self.together) == (3, 4)) {
            return Err(wrong(&format!("{held} values of 8 bits a pixel, not {}", self.together)));
        }
        let mut pixels = room("webp", decoder.output_buffer_size(), out.len())?;
        decoder.read_image(&mut pixels).map_err(|e| wrong(&e))?;
        let (wanted, had) = (out.chunks_exact_mut(self.together), pixels.chunks_exact(held));
        if had.len() < wanted.len() {
            return Err(short(pixels.len(), out.len()));
        }
        for (wanted, had) in wanted.zip(had) {
            let opaque = had.iter().copied().chain(std::iter::once(u8::MAX));
            wanted.iter_mut().zip(opaque).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }

    /// An image is as wide as its block, and has at least its rows.
    pub(super) fn fits(&self, format: &str, width: usize, height: usize) -> Result<()> {
        if width == self.columns && height >= self.rows {
            return Ok(());
        }
        let (columns, rows) = (self.columns, self.rows);
        Err(wrong(format, &format!("an image of {width} × {height} in a block of {columns} × {rows}")))
    }
}

/// Room for an image of so many bytes, of which `wanted` are; a last strip may hold rows that the page has not.
fn room(format: &str, len: Option<usize>, wanted: usize) -> Result<Vec<u8>> {
    let len = len.filter(|&n| n <= wanted.saturating_mul(2).saturating_add(MORE));
    Ok(vec![0; len.ok_or_else(|| wrong(format, &"it is larger than its block"))?])
}

/// Bytes by which an image may be larger than what is wanted of it.
const MORE: usize = 1 << 20;
