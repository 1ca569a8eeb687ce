//! Szip (HDF5's filter 4): the adaptive entropy coding of CCSDS 121.0-B-3 as `libaec` takes it up for HDF5. Lines of
//! samples, each coded in blocks by itself; words of 32 and 64 bits as planes of bytes.

use super::{shuffle, wrong_length};
use crate::model::{Error, Result};

/// A run of so many zero blocks says "to the end of the segment" (CCSDS 121.0-B-3, 3.4.3).
const TO_THE_END: usize = 5;
/// Blocks of a segment.
const SEGMENT: usize = 64;

/// How the samples of a chunk were coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Coding {
    /// Whether samples are differences to the one before.
    predicted: bool,
    big_endian: bool,
    /// Samples of a block.
    block: usize,
    /// Bits of a word.
    bits: u32,
    /// Samples of a line.
    line: usize,
}

impl Coding {
    /// From the filter's parameters: options, samples of a block, bits of a sample, samples of a line.
    pub(crate) fn of(parameters: &[u32]) -> Option<Self> {
        let [options, block, bits, line, ..] = *parameters else { return None };
        let (block, line) = (usize::try_from(block).ok()?, usize::try_from(line).ok()?);
        let fits = matches!(bits, 1..=16 | 32 | 64) && (1..=64).contains(&block) && (1..=1 << 16).contains(&line);
        fits.then_some(Self { predicted: options & 32 != 0, big_endian: options & 16 != 0, block, bits, line })
    }
}

/// Undoes the filter; the chunk begins with its length.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where it ends early or is of another length.
pub(super) fn undo(coding: Coding, bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let short = || Error::corrupt("szip: the chunk ends early");
    let (length, stream) = bytes.split_first_chunk::<4>().ok_or_else(short)?;
    if usize::try_from(u32::from_le_bytes(*length)) != Ok(out.len()) {
        return Err(wrong_length(u32::from_le_bytes(*length) as usize, out.len()));
    }
    let word = usize::try_from(coding.bits).unwrap_or(0).div_ceil(8);
    if word <= 2 {
        return samples(coding, stream, out).ok_or_else(short);
    }
    let mut planes = vec![0; out.len()];
    samples(Coding { bits: 8, ..coding }, stream, &mut planes).ok_or_else(short)?;
    shuffle::undo(word, &planes, out);
    Ok(())
}

/// Decodes line after line; `None` where the stream ends early.
fn samples(coding: Coding, stream: &[u8], out: &mut [u8]) -> Option<()> {
    let mut bits = Bits { left: stream, held: 0, count: 0 };
    let size = if coding.bits > 8 { 2 } else { 1 };
    let blocks = coding.line.div_ceil(coding.block);
    let mut line = Vec::with_capacity(blocks * coding.block);
    for out in out.chunks_mut(coding.line * size) {
        line.clear();
        while line.len() < out.len().div_ceil(size) {
            block(coding, &mut bits, blocks, &mut line)?;
        }
        if coding.predicted {
            integrate(coding.bits, &mut line);
        }
        for (to, x) in out.chunks_mut(size).zip(&line) {
            let bytes = x.to_le_bytes();
            match to {
                [one] => *one = bytes[0],
                [first, second] if coding.big_endian => (*first, *second) = (bytes[1], bytes[0]),
                [first, second] => (*first, *second) = (bytes[0], bytes[1]),
                _ => {}
            }
        }
    }
    Some(())
}

/// Appends a block, or a run of zero blocks, to a line of so many blocks.
fn block(coding: Coding, bits: &mut Bits<'_>, blocks: usize, line: &mut Vec<u32>) -> Option<()> {
    let id_bits = if coding.bits > 8 { 4 } else { 3 };
    let id = bits.take(id_bits)?;
    let first = coding.predicted && line.is_empty();
    let end = line.len() + coding.block;
    if id == (1 << id_bits) - 1 {
        while line.len() < end {
            line.push(bits.take(coding.bits)?);
        }
        return Some(());
    }
    let pairs = if id == 0 { bits.take(1)? == 1 } else { false };
    if first {
        line.push(bits.take(coding.bits)?);
    }
    match id {
        0 if pairs => {
            while line.len() < end {
                let (one, other) = pair(bits.unary()?);
                if line.len().is_multiple_of(2) {
                    line.push(one);
                }
                line.push(other);
            }
        }
        0 => {
            let at = (end - coding.block) / coding.block;
            let run = match usize::try_from(bits.unary()?).ok()? + 1 {
                TO_THE_END => (blocks - at).min(SEGMENT - at % SEGMENT),
                n if n > TO_THE_END => n - 1,
                n => n,
            };
            line.resize(end + (run.min(blocks - at).max(1) - 1) * coding.block, 0);
        }
        _ => {
            let (from, low) = (line.len(), id - 1);
            while line.len() < end {
                line.push(bits.unary()?.checked_shl(low)?);
            }
            for x in line.iter_mut().skip(from) {
                *x = x.wrapping_add(bits.take(low)?);
            }
        }
    }
    Some(())
}

/// Two numbers of which the code tells the sum and the second.
fn pair(code: u32) -> (u32, u32) {
    let (mut sum, mut first) = (0, 0);
    // Codes of one sum stand together, in the order of the second number.
    while first + sum < code {
        sum += 1;
        first += sum;
    }
    let second = code - first;
    (sum - second, second)
}

/// Differences, folded so that small ones are small numbers, back to samples (CCSDS 121.0-B-3, 4.3).
fn integrate(bits: u32, line: &mut [u32]) {
    let most = (1u32 << bits) - 1;
    let middle = most / 2 + 1;
    let Some((first, rest)) = line.split_first_mut() else { return };
    let mut before = *first;
    for x in rest {
        let difference = *x;
        let mask = if before & middle == 0 { 0 } else { most };
        before = if difference.div_ceil(2) <= mask ^ before {
            let half = difference >> 1;
            before.wrapping_add(if difference & 1 == 1 { !half } else { half })
        } else {
            mask ^ difference
        } & most;
        *x = before;
    }
}

/// Bits, the highest of a byte first.
struct Bits<'a> {
    left: &'a [u8],
    /// The next bits, at the top.
    held: u64,
    count: u32,
}

impl Bits<'_> {
    fn fill(&mut self) {
        while self.count <= 56
            && let Some((&byte, left)) = self.left.split_first()
        {
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.left = left;
        }
    }

    /// A number of up to 32 bits.
    fn take(&mut self, n: u32) -> Option<u32> {
        if n == 0 {
            return Some(0);
        }
        self.fill();
        self.count = self.count.checked_sub(n)?;
        let taken = u32::try_from(self.held >> (64 - n)).ok();
        self.held <<= n;
        taken
    }

    /// The number of zeros before the next one.
    fn unary(&mut self) -> Option<u32> {
        let mut zeros = 0u32;
        loop {
            self.fill();
            let more = self.held.leading_zeros();
            if more < self.count {
                // In two steps: all 64 bits may go.
                self.held = self.held << more << 1;
                self.count -= more + 1;
                return zeros.checked_add(more);
            }
            if self.count == 0 {
                return None;
            }
            zeros = zeros.checked_add(self.count)?;
            (self.held, self.count) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_along_their_sums() {
        let codes: Vec<_> = (0..6).map(pair).collect();
        assert_eq!(codes, [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]);
    }

    #[test]
    fn torn_chunks_are_errors() {
        let coding = Coding::of(&[32 | 128, 8, 16, 16]).unwrap_or_else(|| unreachable!("honest parameters"));
        let mut out = [0; 32];
        for bytes in [&[][..], &[32, 0, 0, 0], &[31, 0, 0, 0, 1], &[32, 0, 0, 0, 0x10, 0, 0, 0, 0, 0]] {
            assert!(undo(coding, bytes, &mut out).is_err(), "{bytes:?}");
        }
        let mut state = 1u32;
        for _ in 0..20_000 {
            let mut bytes = vec![32, 0, 0, 0];
            bytes.extend((0..24).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_le_bytes()[3]
            }));
            // Whatever it is, it ends.
            drop(undo(coding, &bytes, &mut out));
        }
    }
}
