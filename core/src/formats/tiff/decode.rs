//! Undoing compression, predictor and bit packing of one strip or tile (TIFF 6.0, sections 9 to 14, and the tag numbers
//! that Adobe and libtiff registered since).

use super::super::codecs::{self, Filter};
use super::compression::Compression;
use super::page::Format;
use crate::events::{Kind, record};
use crate::model::{DType, Error, Result};
use std::io::Read as _;
use std::time::Instant;

/// Memory for a dictionary of the highest preset.
const LZMA_KIB: u32 = 128 << 10;

/// A strip or tile as it stands in the file.
pub(super) struct Stored<'a> {
    pub(super) format: &'a Format,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Values side by side in a pixel.
    pub(super) together: usize,
}

impl Stored<'_> {
    /// Decodes into `out`: rows × columns × values, in the file's byte order where that is a whole number of bytes.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt), [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the
    /// compression.
    pub(super) fn decode(&self, raw: &[u8], out: &mut [u8]) -> Result<()> {
        let turned: Vec<u8>;
        let raw = if self.format.low_first && !self.format.compression.is_image() {
            turned = raw.iter().map(|byte| byte.reverse_bits()).collect();
            &turned
        } else {
            raw
        };
        let bits = self.format.bits;
        let values = self.columns * self.together;
        let row = (values * bits).div_ceil(8);
        // An image of its own gives whole values, however few bits they have.
        if bits == self.format.size() * 8 || self.format.compression == Compression::Jpeg2000 {
            self.expand(raw, out)?;
        } else {
            let mut packed = vec![0; row * self.rows];
            self.expand(raw, &mut packed)?;
            let started = Instant::now();
            for (packed, out) in packed.chunks_exact(row).zip(out.chunks_exact_mut(values * self.format.size())) {
                unpack(bits, packed, self.format.size(), out, self.format.layout.big_endian);
            }
            record(Kind::Decode, started, packed.len() as u64, out.len() as u64);
        }
        let complex = matches!(self.format.dtype, DType::Complex(_));
        match self.format.predictor {
            0 | 1 => Ok(()),
            2 if bits.is_multiple_of(8) && bits != 24 && !complex => {
                let row = values * self.format.size();
                out.chunks_exact_mut(row)
                    .for_each(|row| add(row, self.format.size(), self.together, self.format.layout.big_endian));
                Ok(())
            }
            3 if bits.is_multiple_of(8) && !complex => {
                let row = values * self.format.size();
                let mut spare = vec![0; row];
                out.chunks_exact_mut(row).for_each(|row| float(row, &mut spare, self.format.size(), self.together));
                Ok(())
            }
            other => Err(Error::unsupported(format!("predictor {other} on values of {bits} bits"))),
        }
    }

    /// Puts the lowest bytes of a whole number into a cell, in the order of decoded values.
    pub(super) fn put(&self, value: i64, cell: &mut [u8]) {
        let big_endian = self.format.big_endian();
        let bytes = if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let from = if big_endian { bytes.len() - cell.len() } else { 0 };
        cell.copy_from_slice(bytes.get(from..from + cell.len()).unwrap_or_default());
    }

    /// Undoes the compression into a buffer of the exact length.
    fn expand(&self, raw: &[u8], out: &mut [u8]) -> Result<()> {
        let started = Instant::now();
        match &self.format.compression {
            Compression::None => {
                let Some(raw) = raw.get(..out.len()) else { return Err(short(raw.len(), out.len())) };
                out.copy_from_slice(raw);
                return Ok(());
            }
            Compression::Deflate => return codecs::decode(&[Filter::Deflate], 0, raw, out),
            Compression::Zstd => return codecs::decode(&[Filter::Zstd], 0, raw, out),
            Compression::PackBits => packbits(raw, out)?,
            Compression::Lzw => {
                let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                let mut at = (0, 0);
                while at.1 < out.len() {
                    let (from, to) = (raw.get(at.0..).unwrap_or_default(), out.get_mut(at.1..).unwrap_or_default());
                    let step = decoder.decode_bytes(from, to);
                    at = (at.0 + step.consumed_in, at.1 + step.consumed_out);
                    let status = step.status.map_err(|e| Error::corrupt(format!("lzw: {e}")))?;
                    if !matches!(status, weezl::LzwStatus::Ok) || step.consumed_in + step.consumed_out == 0 {
                        break;
                    }
                }
                if at.1 < out.len() {
                    return Err(short(at.1, out.len()));
                }
            }
            Compression::Lzma => {
                let mut stream = lzma_rust2::XzReader::new_mem_limit(raw, true, LZMA_KIB);
                stream.read_exact(out).map_err(|e| Error::corrupt(format!("lzma: {e}")))?;
            }
            Compression::Jpeg(tables) => self.jpeg(tables, raw, out)?,
            Compression::Png => self.png(raw, out)?,
            Compression::WebP => self.webp(raw, out)?,
            Compression::Jpeg2000 => self.jpeg2000(raw, out)?,
            Compression::Lerc(beside) => self.lerc(*beside, raw, out)?,
            Compression::Fax(how) => self.fax(*how, raw, out)?,
            other => return other.known(),
        }
        record(Kind::Decompress, started, raw.len() as u64, out.len() as u64);
        Ok(())
    }
}

pub(super) fn short(found: usize, wanted: usize) -> Error {
    Error::corrupt(format!("it decodes to {found} bytes, not {wanted}"))
}

/// Runs of bytes (TIFF 6.0, section 9).
fn packbits(mut raw: &[u8], out: &mut [u8]) -> Result<()> {
    let wanted = out.len();
    let mut at = 0;
    while at < wanted {
        let Some((&head, rest)) = raw.split_first() else { return Err(short(at, wanted)) };
        raw = rest;
        let n = usize::from(head);
        let (run, used): (&mut dyn Iterator<Item = u8>, usize) = match head {
            0..=127 => (&mut raw.iter().copied().take(n + 1), n + 1),
            128 => continue,
            _ => (&mut std::iter::repeat_n(raw.first().copied().ok_or_else(|| short(at, wanted))?, 257 - n), 1),
        };
        for byte in run {
            match out.get_mut(at) {
                Some(cell) => *cell = byte,
                None => break,
            }
            at += 1;
        }
        raw = raw.get(used..).ok_or_else(|| short(at, wanted))?;
    }
    Ok(())
}

/// Values of any number of bits, most significant first, into whole ones of the machine's order; those of whole bytes
/// follow the file's order.
fn unpack(bits: usize, packed: &[u8], size: usize, out: &mut [u8], big_endian: bool) {
    let mut at = 0;
    for cell in out.chunks_exact_mut(size) {
        let mut value = 0u64;
        if bits.is_multiple_of(8) {
            let bytes = packed.get(at / 8..(at + bits) / 8).unwrap_or_default();
            let add = |n: u64, b: &u8| n << 8 | u64::from(*b);
            value = if big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) };
        } else {
            for bit in at..at + bits {
                let byte = packed.get(bit / 8).copied().unwrap_or_default();
                value = value << 1 | u64::from(byte >> (7 - bit % 8) & 1);
            }
        }
        at += bits;
        let bytes = value.to_ne_bytes();
        let from = if cfg!(target_endian = "big") { 8 - size } else { 0 };
        cell.copy_from_slice(bytes.get(from..from + size).unwrap_or_default());
    }
}

/// Horizontal differencing (TIFF 6.0, section 14): each value holds the step from the one before it in its sample.
fn add(row: &mut [u8], size: usize, together: usize, big_endian: bool) {
    macro_rules! sum {
        ($t:ty, $n:literal) => {{
            for i in together..row.len() / $n {
                let read = |row: &[u8], i: usize| {
                    let bytes: [u8; $n] = row.get(i * $n..).and_then(|r| r.first_chunk()).copied().unwrap_or_default();
                    if big_endian { <$t>::from_be_bytes(bytes) } else { <$t>::from_le_bytes(bytes) }
                };
                let value = read(row, i).wrapping_add(read(row, i - together));
                let bytes = if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
                if let Some(cell) = row.get_mut(i * $n..(i + 1) * $n) {
                    cell.copy_from_slice(&bytes);
                }
            }
        }};
    }
    match size {
        1 => sum!(u8, 1),
        2 => sum!(u16, 2),
        4 => sum!(u32, 4),
        _ => sum!(u64, 8),
    }
}

/// The floating-point predictor (Adobe TIFF technical note 3): bytes differenced, and sorted by significance. Leaves
/// values in the machine's order.
fn float(row: &mut [u8], spare: &mut [u8], size: usize, together: usize) {
    for i in together..row.len() {
        let before = row.get(i - together).copied().unwrap_or_default();
        if let Some(byte) = row.get_mut(i) {
            *byte = byte.wrapping_add(before);
        }
    }
    spare.copy_from_slice(row);
    let values = row.len() / size;
    for (i, cell) in row.chunks_exact_mut(size).enumerate() {
        for (k, byte) in cell.iter_mut().enumerate() {
            // Plane 0 holds the most significant bytes.
            let plane = if cfg!(target_endian = "big") { k } else { size - 1 - k };
            *byte = spare.get(plane * values + i).copied().unwrap_or_default();
        }
    }
}
