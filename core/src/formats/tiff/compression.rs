//! What compresses strips and tiles: the numbers in tag 259 that TIFF 6.0 names, and those that Adobe and libtiff
//! registered since.

use super::super::file::RandomFile;
use super::fax::Fax;
use super::ifd::{Directory, Layout};
use crate::model::{Error, Result};
use std::sync::Arc;

/// What compresses strips and tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    /// A stream of xz.
    Lzma,
    /// Baseline JPEG, with the tables that all strips share.
    Jpeg(Arc<Vec<u8>>),
    Png,
    WebP,
    Jpeg2000,
    Fax(Fax),
    /// Esri's, and the number of what compresses its blobs further.
    Lerc(u64),
    /// Not known here: its number.
    Other(u64),
}

impl Compression {
    /// The most bytes that a stored byte can become, where bits become bytes too.
    pub(super) fn most(&self) -> u64 {
        match self {
            Self::None => 8,
            // Two bytes give 128 of them.
            Self::PackBits => 8 * 64,
            // The longest match of 258 bytes in two bits.
            Self::Deflate | Self::Png => 8 * 1032,
            // Nine bits stand for 4096 bytes at most.
            Self::Lzw => 8 * 4096,
            Self::Zstd | Self::Lzma | Self::Jpeg(_) | Self::WebP | Self::Other(_) => 1 << 17,
            // A tile of one value is a few bytes, whatever its size; a row like the one above is a bit.
            Self::Jpeg2000 | Self::Lerc(_) | Self::Fax(_) => 1 << 20,
        }
    }

    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for what is not known here.
    pub(super) fn known(&self) -> Result<()> {
        let Self::Other(_) = self else { return Ok(()) };
        let name = self.name().unwrap_or_default();
        Err(Error::unsupported(format!("pixels compressed by {name} cannot be decoded"))
            .hint("write the file again with deflate, LZW or Zstandard"))
    }

    /// Whether a block is an image of a format of its own, whose bits have their order.
    pub(super) fn is_image(&self) -> bool {
        matches!(self, Self::Jpeg(_) | Self::Png | Self::WebP | Self::Jpeg2000 | Self::Lerc(_))
    }

    /// From the number in tag 259.
    pub(super) fn of(number: u64, directory: &Directory, layout: Layout, file: &RandomFile) -> Self {
        match number {
            0 | 1 => Self::None,
            5 => Self::Lzw,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            50000 => Self::Zstd,
            34925 => Self::Lzma,
            34933 => Self::Png,
            50001 => Self::WebP,
            // The last three are those of Aperio and of microscopes.
            34712 | 33003..=33005 => Self::Jpeg2000,
            2 => Self::Fax(Fax::Rows),
            3 => {
                let options = layout.one(file, directory, 292).unwrap_or_default();
                Self::Fax(Fax::Group3 { two: options & 1 == 1 })
            }
            4 => Self::Fax(Fax::Group4),
            34887 => {
                let parameters = directory.get(&50674).and_then(|e| layout.unsigned(file, *e, 1, 1).ok());
                Self::Lerc(parameters.and_then(|p| p.first().copied()).unwrap_or_default())
            }
            7 => {
                let tables = directory.get(&347).and_then(|e| layout.raw(file, *e).ok()).unwrap_or_default();
                Self::Jpeg(Arc::new(tables))
            }
            other => Self::Other(other),
        }
    }

    /// The name shown to people, `None` for no compression.
    pub(super) fn name(&self) -> Option<String> {
        Some(match self {
            Self::None => return None,
            Self::Lzw => "lzw".into(),
            Self::Deflate => "deflate".into(),
            Self::PackBits => "packbits".into(),
            Self::Zstd => "zstd".into(),
            Self::Lzma => "lzma".into(),
            Self::Jpeg(_) => "jpeg".into(),
            Self::Png => "png".into(),
            Self::WebP => "webp".into(),
            Self::Jpeg2000 => "jpeg2000".into(),
            Self::Lerc(1) => "lerc+deflate".into(),
            Self::Lerc(2) => "lerc+zstd".into(),
            Self::Lerc(_) => "lerc".into(),
            Self::Fax(Fax::Rows) => "fax:2".into(),
            Self::Fax(Fax::Group3 { .. }) => "fax:3".into(),
            Self::Fax(Fax::Group4) => "fax:4".into(),
            Self::Other(n) => match n {
                34934 | 22610 => "jpegxr".into(),
                50002 => "jpegxl".into(),
                n => format!("tiff:{n}"),
            },
        })
    }
}
