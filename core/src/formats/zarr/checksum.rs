//! Sums in front of or behind the bytes of a chunk: CRC-32, CRC-32C, Adler-32, and Jenkins' lookup3 as HDF5 has it.

use crate::model::{Error, Result};

/// A sum, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum {
    kind: Kind,
    at_start: bool,
}

/// How the sum is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Crc32,
    Crc32c,
    Adler32,
    /// Its first value, and bytes to put in front.
    Lookup3 {
        initial: u32,
        prefix: Vec<u8>,
    },
}

impl Checksum {
    /// A sum in front of (`at_start`) or behind the bytes.
    pub(super) fn new(kind: Kind, at_start: bool) -> Self {
        Self { kind, at_start }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Crc32 => "crc32",
            Kind::Crc32c => "crc32c",
            Kind::Adler32 => "adler32",
            Kind::Lookup3 { .. } => "jenkins_lookup3",
        }
    }

    fn of(&self, bytes: &[u8]) -> u32 {
        match &self.kind {
            Kind::Crc32 => libdeflater::crc32(bytes),
            Kind::Crc32c => crc32c::crc32c(bytes),
            Kind::Adler32 => libdeflater::adler32(bytes),
            Kind::Lookup3 { initial, prefix } if prefix.is_empty() => lookup3(bytes, *initial),
            Kind::Lookup3 { initial, prefix } => lookup3(&[prefix, bytes].concat(), *initial),
        }
    }

    /// The bytes with their sum.
    pub(super) fn added(&self, bytes: &[u8]) -> Vec<u8> {
        let sum = self.of(bytes).to_le_bytes();
        if self.at_start { [&sum, bytes].concat() } else { [bytes, &sum].concat() }
    }

    /// As [`Self::verified`], of bytes that nobody else needs.
    ///
    /// # Errors
    /// As [`Self::verified`].
    pub(super) fn taken_off(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        let len = self.verified(&bytes)?.len();
        if self.at_start {
            bytes.drain(..4);
        }
        bytes.truncate(len);
        Ok(bytes)
    }

    /// The bytes without their sum, once it is right.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where there is none or another.
    pub(super) fn verified<'a>(&self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let parts = if self.at_start {
            bytes.split_first_chunk::<4>()
        } else {
            bytes.split_last_chunk::<4>().map(|(content, sum)| (sum, content))
        };
        let Some((sum, content)) = parts else {
            return Err(Error::corrupt(format!("{} bytes hold no sum", bytes.len())));
        };
        let (stated, found) = (u32::from_le_bytes(*sum), self.of(content));
        if stated == found {
            return Ok(content);
        }
        Err(Error::corrupt(format!("the stored sum is {stated:#010x}, but the bytes give {found:#010x}")))
    }
}

/// Bob Jenkins' `hashlittle` (lookup3.c, 2006), as HDF5 takes it over metadata.
fn lookup3(bytes: &[u8], initial: u32) -> u32 {
    let len = u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or_default();
    let start = 0xdead_beef_u32.wrapping_add(len).wrapping_add(initial);
    let (mut a, mut b, mut c) = (start, start, start);
    let mut rest = bytes;
    let word = |bytes: &[u8], at: usize| {
        (0..4).fold(0_u32, |word, i| word | u32::from(bytes.get(at + i).copied().unwrap_or(0)) << (8 * i))
    };
    while rest.len() > 12 {
        a = a.wrapping_add(word(rest, 0));
        b = b.wrapping_add(word(rest, 4));
        c = c.wrapping_add(word(rest, 8));
        for (turn_a, turn_b, turn_c) in [(4, 6, 8), (16, 19, 4)] {
            a = a.wrapping_sub(c) ^ c.rotate_left(turn_a);
            c = c.wrapping_add(b);
            b = b.wrapping_sub(a) ^ a.rotate_left(turn_b);
            a = a.wrapping_add(c);
            c = c.wrapping_sub(b) ^ b.rotate_left(turn_c);
            b = b.wrapping_add(a);
        }
        rest = rest.get(12..).unwrap_or_default();
    }
    if rest.is_empty() {
        return c;
    }
    a = a.wrapping_add(word(rest, 0));
    b = b.wrapping_add(word(rest, 4));
    c = c.wrapping_add(word(rest, 8));
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Checksum, Kind, lookup3};

    /// What numcodecs gives.
    #[test]
    fn sums_are_those_of_numcodecs() {
        let counted: Vec<u8> = (0..40).collect();
        for (len, plain, seeded) in [
            (0, 0xdead_beef, 0xdead_bef6),
            (1, 0x8ba9_414b, 0x58c1_84bf),
            (11, 0x2ca6_817a, 0x858c_edba),
            (12, 0x5e4a_a593, 0x72fb_afd0),
            (13, 0xbc9d_6816, 0x6243_a3f2),
            (24, 0x9c0a_dd53, 0x6bc1_7c66),
            (25, 0x3a88_2244, 0xbfa5_98f8),
            (40, 0x1c9f_a888, 0x6280_137e),
        ] {
            assert_eq!((lookup3(&counted[..len], 0), lookup3(&counted[..len], 7)), (plain, seeded), "{len}");
        }
        let lookup = Kind::Lookup3 { initial: 0, prefix: vec![0, 1, 2] };
        assert_eq!(Checksum::new(lookup, false).of(&counted[3..13]), 0xbc9d_6816);
        let of = |kind| Checksum::new(kind, false).of(b"abcdefg");
        assert_eq!([of(Kind::Crc32), of(Kind::Adler32), of(Kind::Crc32c)], [0x312a_6aa6, 0x0adb_02bd, 0xe627_f441]);
    }

    #[test]
    fn damage_is_seen_on_either_side() {
        for at_start in [false, true] {
            let sum = Checksum::new(Kind::Crc32, at_start);
            let mut bytes = sum.added(b"abc");
            assert_eq!(sum.verified(&bytes).unwrap(), b"abc");
            bytes[3] ^= 1;
            assert!(sum.verified(&bytes).is_err() && sum.verified(&bytes[..3]).is_err());
        }
    }
}
