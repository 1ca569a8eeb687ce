//! Codecs that pack the bytes of a chunk, each by itself: packing and unpacking. Knows no metadata and no arrays.

use super::super::codecs::{self, Filter};
use super::checksum::Checksum;
use super::convert::Convert;
use super::lzma::Raw;
use crate::model::{Error, ErrorKind, Result};
use base64::Engine as _;
use std::borrow::Cow;
use std::io::Read as _;
use std::sync::Arc;
use zarrs::array::{BytesRepresentation, BytesToBytesCodecTraits, CodecOptions};

/// A codec that packs bytes.
#[derive(Debug)]
pub(super) enum Stage {
    /// zstd of this level.
    Zstd(i32),
    /// Blosc, which zarrs packs. Its frames say themselves how to unpack them.
    Blosc(Arc<dyn BytesToBytesCodecTraits>),
    /// gzip, which zarrs packs.
    Gzip(Arc<dyn BytesToBytesCodecTraits>),
    /// One of HDF5's filters, only undone.
    Filter(&'static str, Filter),
    /// An LZ4 block behind its length in four little-endian bytes, only undone.
    Lz4,
    /// An xz, lzma or raw stream, only undone.
    Lzma(Option<Raw>),
    /// Text of base64, only undone.
    Base64,
    /// A sum in front or behind.
    Checksum(Checksum),
    /// Numbers turned into others, only undone.
    Convert(&'static str, Convert),
    /// What zarrs alone knows, under its name.
    Other(String, Arc<dyn BytesToBytesCodecTraits>),
}

/// The most bytes to expect of text, whose length nobody states.
const TEXT_LIMIT: usize = 4 << 30;

/// No threads of its own: whoever calls runs many chunks beside each other.
pub(super) fn alone() -> CodecOptions {
    CodecOptions::default().with_concurrent_target(1).with_chunk_concurrent_minimum(1)
}

impl Stage {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Zstd(_) => "zstd",
            Self::Blosc(_) => "blosc",
            Self::Gzip(_) => "gzip",
            Self::Filter(name, _) | Self::Convert(name, _) => name,
            Self::Lz4 => "lz4",
            Self::Lzma(_) => "lzma",
            Self::Base64 => "base64",
            Self::Checksum(sum) => sum.name(),
            Self::Other(name, _) => name,
        }
    }

    /// The size after packing bytes of this size, `None` where it depends on them.
    pub(super) fn packed_len(&self, len: usize) -> Option<usize> {
        match self {
            Self::Filter(_, Filter::Shuffle(_)) => Some(len),
            Self::Filter(_, Filter::Fletcher32) | Self::Checksum(_) => len.checked_add(4),
            Self::Base64 => len.div_ceil(3).checked_mul(4),
            Self::Convert(_, convert) => convert.stored_len(len),
            Self::Other(_, codec) => match codec.encoded_representation(&BytesRepresentation::FixedSize(len as u64)) {
                BytesRepresentation::FixedSize(n) => usize::try_from(n).ok(),
                _ => None,
            },
            _ => None,
        }
    }

    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for what is only undone; [`Internal`](ErrorKind::Internal) from the
    /// codec's library.
    pub(super) fn pack<'a>(&self, bytes: Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>> {
        let failed = |e: &dyn std::fmt::Display| Error::internal(format!("{} fails: {e}", self.name()));
        match self {
            Self::Zstd(level) => zstd::bulk::compress(&bytes, *level).map(Cow::Owned).map_err(|e| failed(&e)),
            Self::Blosc(codec) | Self::Gzip(codec) | Self::Other(_, codec) => {
                codec.encode(bytes, &alone()).map_err(|e| failed(&e))
            }
            Self::Checksum(sum) => Ok(Cow::Owned(sum.added(&bytes))),
            _ => Err(Error::unsupported(format!("the codec {} is only read", self.name()))),
        }
    }

    /// Undoes [`Self::pack`] into a buffer of exactly the right length.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where the bytes are damaged or of another length.
    pub(super) fn unpack_into(&self, bytes: &[u8], out: &mut [u8]) -> Result<()> {
        let mut filter = |filter| codecs::decode(&[filter], 0, bytes, out);
        match self {
            Self::Zstd(_) => filter(Filter::Zstd),
            Self::Blosc(_) => filter(Filter::Blosc),
            Self::Filter(_, one) => filter(*one),
            Self::Lz4 => {
                let (len, block) = lz4_block(bytes)?;
                match lz4_flex::block::decompress_into(block, out) {
                    Ok(n) if n == out.len() && n == len => Ok(()),
                    Ok(n) => Err(wrong_length(n, out.len())),
                    Err(e) => Err(Error::corrupt(e.to_string())),
                }
            }
            Self::Gzip(_) => match libdeflater::Decompressor::new().gzip_decompress(bytes, out) {
                Ok(n) if n == out.len() => Ok(()),
                Ok(n) => Err(wrong_length(n, out.len())),
                Err(e) => Err(Error::corrupt(e.to_string())),
            },
            _ => {
                let unpacked = match self {
                    Self::Checksum(sum) => Cow::Borrowed(sum.verified(bytes)?),
                    _ => self.unpack(Cow::Borrowed(bytes), Some(out.len()))?,
                };
                if unpacked.len() != out.len() {
                    return Err(wrong_length(unpacked.len(), out.len()));
                }
                out.copy_from_slice(&unpacked);
                Ok(())
            }
        }
    }

    /// Undoes [`Self::pack`]; `len` is the length that must come out, where it is known.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) where the bytes are damaged, [`Memory`](ErrorKind::Memory) where there is none.
    pub(super) fn unpack<'a>(&self, bytes: Cow<'a, [u8]>, len: Option<usize>) -> Result<Cow<'a, [u8]>> {
        let limit = len.unwrap_or(TEXT_LIMIT);
        let exactly = |len: usize| {
            if len > limit {
                return Err(Error::corrupt(format!("{len} bytes announced, at most {limit} expected")));
            }
            let mut out = zeros(len)?;
            self.unpack_into(&bytes, &mut out)?;
            Ok(out)
        };
        match (self, len) {
            (Self::Checksum(sum), _) => {
                return match bytes {
                    Cow::Borrowed(bytes) => sum.verified(bytes).map(Cow::Borrowed),
                    Cow::Owned(bytes) => sum.taken_off(bytes).map(Cow::Owned),
                };
            }
            (Self::Convert(_, convert), _) => convert.undo(&bytes),
            (Self::Base64, _) => base64::engine::general_purpose::STANDARD.decode(bytes).map_err(|e| broken(&e)),
            (Self::Lzma(raw), _) => super::lzma::undo(raw.as_ref(), &bytes, limit),
            (Self::Other(_, codec), _) => {
                let size = match len {
                    Some(n) => BytesRepresentation::FixedSize(n as u64),
                    None => BytesRepresentation::UnboundedSize,
                };
                return codec.decode(bytes, &size, &alone()).map_err(|e| broken(&e));
            }
            (_, Some(len)) => exactly(len),
            (Self::Lz4, None) => exactly(lz4_block(&bytes)?.0),
            (Self::Blosc(_), None) => {
                let announced = bytes.get(4..8).and_then(|n| n.try_into().ok()).map(u32::from_le_bytes);
                let announced = announced.and_then(|n| usize::try_from(n).ok());
                exactly(announced.ok_or_else(|| Error::corrupt("the frame is cut short"))?)
            }
            (Self::Filter(_, Filter::Shuffle(_)), None) => exactly(bytes.len()),
            (Self::Filter(_, Filter::Fletcher32), None) => exactly(bytes.len().saturating_sub(4)),
            (Self::Zstd(_), None) => at_most(zstd::Decoder::new(&*bytes).map_err(|e| broken(&e))?, limit),
            (Self::Filter(_, Filter::Bzip2), None) => at_most(bzip2::read::BzDecoder::new(&*bytes), limit),
            (Self::Gzip(_) | Self::Filter(..), None) => self.inflate(&bytes),
        }
        .map(Cow::Owned)
    }

    /// A deflate stream whose length is not known: with more room until it fits.
    fn inflate(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let mut room = bytes.len().saturating_mul(4).max(1 << 12);
        loop {
            let mut out = zeros(room)?;
            let mut tool = libdeflater::Decompressor::new();
            let done = match self {
                Self::Gzip(_) => tool.gzip_decompress(bytes, &mut out),
                _ => tool.zlib_decompress(bytes, &mut out),
            };
            match done {
                Ok(n) => {
                    out.truncate(n);
                    return Ok(out);
                }
                Err(libdeflater::DecompressionError::InsufficientSpace) if room < TEXT_LIMIT => room *= 2,
                Err(e) => return Err(Error::corrupt(e.to_string())),
            }
        }
    }
}

/// The length and the block of numcodecs' LZ4.
fn lz4_block(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let torn = || Error::corrupt("the block is cut short");
    let (len, block) = bytes.split_first_chunk::<4>().ok_or_else(torn)?;
    // LZ4 makes at most 255 bytes of one.
    let len = usize::try_from(u32::from_le_bytes(*len)).ok().filter(|n| n / 256 <= block.len());
    Ok((len.ok_or_else(torn)?, block))
}

/// What a stream holds, where that is not more than `limit` bytes.
///
/// # Errors
/// [`Corrupt`](ErrorKind::Corrupt) where it is more, or the stream is damaged.
pub(super) fn at_most(packed: impl std::io::Read, limit: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    packed.take((limit as u64).saturating_add(1)).read_to_end(&mut out).map_err(|e| broken(&e))?;
    if out.len() > limit { Err(Error::corrupt(format!("more than {limit} bytes come out"))) } else { Ok(out) }
}

fn broken(reason: &dyn std::fmt::Display) -> Error {
    Error::corrupt(reason.to_string())
}

fn wrong_length(found: usize, wanted: usize) -> Error {
    Error::corrupt(format!("{found} bytes come out, not {wanted}"))
}

/// A buffer to fill.
fn zeros(len: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(len)
        .map_err(|e| Error::new(ErrorKind::Memory, format!("no memory for a chunk of {len} bytes: {e}")))?;
    buffer.resize(len, 0);
    Ok(buffer)
}
