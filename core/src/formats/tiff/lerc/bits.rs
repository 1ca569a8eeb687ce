//! The bytes of a blob, and numbers of few bits among them.

use super::header::Kind;
use super::wrong;
use crate::model::Result;

/// A reader that never passes the end.
pub(super) struct Bytes<'a> {
    raw: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self { raw, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.raw.get(self.at..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let found = self.rest().get(..n).ok_or_else(|| wrong("the blob ends too early"))?;
        self.at += n;
        Ok(found)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.first_chunk().copied().unwrap_or([0; N]))
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// One value of a type.
    pub(super) fn value(&mut self, kind: Kind) -> Result<f64> {
        Ok(match kind {
            Kind::I8 => f64::from(self.u8()?.cast_signed()),
            Kind::U8 => f64::from(self.u8()?),
            Kind::I16 => f64::from(self.u16()?.cast_signed()),
            Kind::U16 => f64::from(self.u16()?),
            Kind::I32 => f64::from(self.u32()?.cast_signed()),
            Kind::U32 => f64::from(self.u32()?),
            Kind::F32 => f64::from(f32::from_bits(self.u32()?)),
            Kind::F64 => self.f64()?,
        })
    }

    /// A list of no more than `most` whole numbers of few bits ("bit stuffed"), with a table of the values that there
    /// are where that is shorter.
    pub(super) fn stuffed(&mut self, most: usize, version: u32) -> Result<Vec<u32>> {
        let head = self.u8()?;
        let count = match head >> 6 {
            0 => self.u32()?,
            1 => u32::from(self.u16()?),
            2 => u32::from(self.u8()?),
            _ => return Err(wrong("a list without a length")),
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count > most {
            return Err(wrong(&format!("a list of {count} values for {most} pixels")));
        }
        let bits = u32::from(head & 31);
        if head & 32 == 0 {
            return self.packed(count, bits, version);
        }
        let entries = usize::from(self.u8()?).checked_sub(1).filter(|&n| n > 0 && bits > 0);
        let entries = entries.ok_or_else(|| wrong("a table without values"))?;
        let mut table = vec![0];
        table.extend(self.packed(entries, bits, version)?);
        let places = self.packed(count, usize::BITS - entries.leading_zeros(), version)?;
        let of = |place: u32| table.get(usize::try_from(place).unwrap_or(usize::MAX)).copied();
        places.into_iter().map(|place| of(place).ok_or_else(|| wrong("a value that is not in its table"))).collect()
    }

    /// Numbers of as many bits each: from the lowest bit of each byte on, but up to version 2 from the highest of each
    /// word of four bytes on.
    fn packed(&mut self, count: usize, bits: u32, version: u32) -> Result<Vec<u32>> {
        if bits == 0 {
            return Ok(vec![0; count]);
        }
        let wide = usize::try_from(bits).unwrap_or_default();
        let raw = self.take((count * wide).div_ceil(8))?;
        if version < 3 {
            let mut words = Words::new(raw);
            // The last word is stored without its lowest bytes, as if they came first.
            let missing = raw.len().next_multiple_of(4) - raw.len();
            let mut moved = raw.to_vec();
            let tail = raw.len() - raw.len() % 4;
            moved.splice(tail..tail, std::iter::repeat_n(0, missing));
            words.raw = &moved;
            return (0..count).map(|_| words.take(bits)).collect();
        }
        let mask = u32::MAX >> (32 - bits);
        let mut held = 0u64;
        let mut have = 0;
        let mut bytes = raw.iter();
        let mut out = Vec::with_capacity(count);
        for _ in 0..count {
            while have < bits {
                held |= u64::from(bytes.next().copied().unwrap_or_default()) << have;
                have += 8;
            }
            out.push(low(held) & mask);
            held >>= bits;
            have -= bits;
        }
        Ok(out)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn low(word: u64) -> u32 {
    word as u32
}

/// Bits of words of four bytes, the highest bit of each word first.
pub(super) struct Words<'a> {
    raw: &'a [u8],
    /// Bits that were taken.
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self { raw, at: 0 }
    }

    /// Words of which bits were taken, in bytes.
    pub(super) fn used(&self) -> usize {
        self.at.div_ceil(32) * 4
    }

    fn word(&self, i: usize) -> Option<u32> {
        self.raw.get(4 * i..)?.first_chunk().copied().map(u32::from_le_bytes)
    }

    /// The next `bits`, 1 to 32 of them.
    pub(super) fn take(&mut self, bits: u32) -> Result<u32> {
        let (i, from) = (self.at / 32, self.at % 32);
        let first = self.word(i).ok_or_else(|| wrong("the bits end too early"))?;
        let both = u64::from(first) << 32 | u64::from(self.word(i + 1).unwrap_or_default());
        let wide = usize::try_from(bits).unwrap_or_default();
        if from + wide > 32 && self.word(i + 1).is_none() {
            return Err(wrong("the bits end too early"));
        }
        self.at += wide;
        Ok(low(both << from >> (64 - bits)))
    }
}
