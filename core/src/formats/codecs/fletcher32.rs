//! The checksum at the end of a chunk, as HDF5 computes it (`H5_checksum_fletcher32`).

use crate::model::{Error, Result};

/// The bytes before the checksum, once it is right.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where there is no checksum or another one.
pub(super) fn verified(bytes: &[u8]) -> Result<&[u8]> {
    let Some((data, stored)) = bytes.split_last_chunk::<4>() else {
        return Err(Error::corrupt(format!("a chunk of {} bytes has no checksum", bytes.len())));
    };
    let (stored, computed) = (u32::from_le_bytes(*stored), sum(data));
    // Releases before 1.6.3 stored the bytes of both halves swapped on little-endian machines.
    let old = (computed & 0x00ff_00ff) << 8 | (computed & 0xff00_ff00) >> 8;
    if stored == computed || stored == old {
        return Ok(data);
    }
    Err(Error::corrupt(format!("the checksum of a chunk is {stored:#010x}, but its bytes give {computed:#010x}")))
}

/// Two sums modulo 65535 over big-endian 16-bit words; an odd last byte counts as a high byte. LERC in
/// TIFF has the same.
pub(in super::super) fn sum(bytes: &[u8]) -> u32 {
    let (mut low, mut high) = (0u32, 0u32);
    let fold = |x: u32| (x & 0xffff) + (x >> 16);
    // 360 words keep both sums below 2^32.
    for block in bytes.chunks(720) {
        let (words, odd) = block.as_chunks::<2>();
        for &word in words {
            low += u32::from(u16::from_be_bytes(word));
            high += low;
        }
        if let [last] = odd {
            low += u32::from(*last) << 8;
            high += low;
        }
        low = fold(low);
        high = fold(high);
    }
    fold(high) << 16 | fold(low)
}

#[cfg(test)]
mod tests {
    use super::sum;

    /// Values that h5py wrote behind these bytes.
    #[test]
    fn sums_as_hdf5_does() {
        let counted: Vec<u8> = (0..1500u16).flat_map(u16::to_le_bytes).take(2999).collect();
        assert_eq!(sum(&[1, 2, 3, 4, 5, 6, 7]), 0x1e20_100c);
        assert_eq!(sum(&counted), 0x2d2d_ab22);
        assert_eq!(sum(&[255; 2048]), 0xffff_ffff);
        assert_eq!(sum(&[0; 10]), 0);
    }
}
