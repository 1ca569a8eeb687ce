//! Bitshuffle (HDF5's filter 32008): the bits of elements sorted by their place in the element, block by block, each
//! block then compressed or not (K. Masui and others, Astronomy and Computing 12, 2015).

use super::{Bytes, Packed, lz4};
use crate::model::{Error, Result};

/// Bytes of a block where the writer leaves it open.
const BLOCK_BYTES: usize = 8192;
/// Elements of a block are a multiple of this, and at least [`SHORTEST`].
const MULTIPLE: usize = 8;
const SHORTEST: usize = 128;

/// Undoes it for elements of `size` bytes in blocks of `block` elements (0: the usual number). A compressed chunk says
/// its length (8 bytes, big endian) and that of a block in bytes (4 bytes) first, and each block its stored length.
/// Elements at the end that fill no multiple of eight stand as they are.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where lengths contradict each other or a block is damaged.
pub(super) fn undo(size: usize, block: usize, packed: Packed, bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let mut bytes = Bytes::new(bytes, "bitshuffle");
    let mut block = if block == 0 { (BLOCK_BYTES / size / MULTIPLE * MULTIPLE).max(SHORTEST) } else { block };
    if packed != Packed::Not {
        let whole = bytes.u64()?;
        if whole != out.len() as u64 {
            return Err(Error::corrupt(format!("bitshuffle: the chunk says {whole} bytes, not {}", out.len())));
        }
        block = bytes.u32()? / size;
    }
    if block == 0 || !block.is_multiple_of(MULTIPLE) {
        return Err(Error::corrupt(format!("bitshuffle: blocks of {block} elements")));
    }
    let whole_bytes = out.len() / size / MULTIPLE * MULTIPLE * size;
    let (sorted, rest) = out.split_at_mut(whole_bytes);
    let mut spare = Vec::new();
    for part in sorted.chunks_mut(block.saturating_mul(size)) {
        match packed {
            Packed::Not => gather(size, bytes.take(part.len())?, part),
            Packed::Lz4 | Packed::Zstd => {
                let stored = bytes.u32()?;
                let stored = bytes.take(stored)?;
                spare.resize(part.len(), 0);
                if packed == Packed::Lz4 {
                    lz4::expand(stored, &mut spare)?
                } else {
                    super::expand(stored, &mut spare)?
                }
                gather(size, &spare, part);
            }
        }
    }
    let left = bytes.take(rest.len())?;
    rest.copy_from_slice(left);
    Ok(())
}

/// Puts the bits of a block back together. Row `8·byte + bit` holds that bit of every element.
fn gather(size: usize, from: &[u8], to: &mut [u8]) {
    let row = to.len() / size / 8;
    if row == 0 {
        return;
    }
    for (byte, rows) in from.chunks_exact(8 * row).enumerate() {
        for group in 0..row {
            let bits = (0..8).map(|bit| rows.get(bit * row + group).copied().unwrap_or_default());
            let mut eight = [0; 8];
            eight.iter_mut().zip(bits).for_each(|(to, bits)| *to = bits);
            let turned = transpose(u64::from_le_bytes(eight)).to_le_bytes();
            let elements = to.iter_mut().skip(group * 8 * size + byte).step_by(size);
            elements.zip(turned).for_each(|(to, byte)| *to = byte);
        }
    }
}

/// The 8 × 8 bits of a word, one byte a row, turned over the diagonal (Hacker's Delight, 7-3).
fn transpose(mut x: u64) -> u64 {
    for (shift, mask) in [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)] {
        let swapped = (x ^ (x >> shift)) & mask;
        x ^= swapped ^ (swapped << shift);
    }
    x
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    /// Sorts bits one by one, as the paper says it.
    fn scattered(size: usize, values: &[u8]) -> Vec<u8> {
        let count = values.len() / size;
        let mut out = vec![0; values.len()];
        for (i, element) in values.chunks(size).enumerate() {
            for (j, byte) in element.iter().enumerate() {
                for k in 0..8 {
                    out[(8 * j + k) * (count / 8) + i / 8] |= (byte >> k & 1) << (i % 8);
                }
            }
        }
        out
    }

    #[test]
    fn every_bit_returns_to_its_place() {
        for size in [1, 2, 3, 4, 8] {
            let values: Vec<u8> = (0..size * 211).map(|i| u8::try_from(i * i % 253).unwrap()).collect();
            // One block of 136, one of 72, three elements left.
            let mut stored = scattered(size, &values[..136 * size]);
            stored.extend(scattered(size, &values[136 * size..208 * size]));
            stored.extend(&values[208 * size..]);
            let mut out = vec![0; values.len()];
            undo(size, 136, Packed::Not, &stored, &mut out).unwrap();
            assert_eq!(out, values, "{size} bytes");
            assert!(undo(size, 136, Packed::Not, &stored[1..], &mut out).is_err());
        }
        assert!(undo(4, 0, Packed::Lz4, &[0; 12], &mut [0; 64]).is_err());
        assert!(undo(4, 0, Packed::Zstd, &[], &mut [0; 64]).is_err());
    }
}
