//! Floats without loss (version 6): planes of their bytes, each coded alone, of steps from one value to the next.

use super::bits::{Bytes, Words};
use super::header::Kind;
use super::huffman::Codes;
use super::{Blob, wrong};
use crate::model::Result;

/// Steps of steps of bytes.
const MOST_LEVELS: u8 = 5;

impl Blob {
    /// All values, also of pixels that hold none.
    pub(super) fn floats(&mut self, input: &mut Bytes<'_>) -> Result<()> {
        let single = self.head.kind == Kind::F32;
        let bytes = self.head.kind.size();
        // Several values of a pixel are the columns of an image.
        let columns = if self.head.depth > 1 { self.head.depth } else { self.head.columns };
        let how = input.u8()?;
        let mut words = vec![0u64; self.values.len()];
        for _ in 0..bytes {
            let (plane, levels) = (u32::from(input.u8()?), input.u8()?);
            let len = usize::try_from(input.u32()?).unwrap_or(usize::MAX);
            if usize::try_from(plane).is_ok_and(|plane| plane >= bytes) || levels > MOST_LEVELS {
                return Err(wrong("a plane of bytes that there is not"));
            }
            let mut values = expand(input.take(len)?, words.len())?;
            for level in (1..=usize::from(levels)).rev() {
                let mut before = values.get(level - 1).copied().unwrap_or_default();
                for value in values.iter_mut().skip(level) {
                    *value = value.wrapping_add(before);
                    before = *value;
                }
            }
            words.iter_mut().zip(values).for_each(|(word, byte)| *word |= u64::from(byte) << (8 * plane));
        }
        // Mantissa and what stands above it are summed apart.
        let mantissa = if single { (1u64 << 23) - 1 } else { (1u64 << 52) - 1 };
        let whole = if single { u64::from(u32::MAX) } else { u64::MAX };
        let add = |a: u64, b: u64| {
            let top = (a & !mantissa).wrapping_add(b & !mantissa) & whole;
            a.wrapping_add(b) & mantissa | top
        };
        if how == 2 {
            for at in columns..words.len() {
                let above = words.get(at - columns).copied().unwrap_or_default();
                words.get_mut(at).into_iter().for_each(|word| *word = add(*word, above));
            }
        }
        match how {
            0 => {}
            1 | 2 => words.chunks_mut(columns).for_each(|row| {
                let mut before = 0;
                row.iter_mut().for_each(|word| {
                    *word = add(*word, before);
                    before = *word;
                });
            }),
            how => return Err(wrong(&format!("a predictor {how} that there is not"))),
        }
        for ((cell, word), valid) in self
            .values
            .iter_mut()
            .zip(words)
            .zip(self.mask.iter().flat_map(|valid| std::iter::repeat_n(*valid, self.head.depth)))
        {
            let value = if single {
                // The sign stands below the exponent.
                let word = u32::try_from(word).unwrap_or_default();
                f64::from(f32::from_bits(word & 0x7f_ffff | word >> 24 << 23 | (word >> 23 & 1) << 31))
            } else {
                f64::from_bits(word)
            };
            *cell = if valid { value } else { 0.0 };
        }
        Ok(())
    }
}

/// A plane of so many bytes: Huffman codes, one byte for all, as they stand, or runs.
fn expand(raw: &[u8], len: usize) -> Result<Vec<u8>> {
    let mut input = Bytes::new(raw);
    match input.u8()? {
        0 => {
            let codes = Codes::read(&mut input, 5)?;
            let mut words = Words::new(input.rest());
            let byte = |value: usize| u8::try_from(value).ok().ok_or_else(|| wrong("a value of more than a byte"));
            (0..len).map(|_| byte(codes.value(&mut words)?)).collect()
        }
        1 => Ok(vec![input.u8()?; len]),
        2 => input.take(len).map(<[u8]>::to_vec),
        3 => {
            let mut out = Vec::with_capacity(len);
            while out.len() < len {
                let head = usize::from(input.u8()?);
                if head < 128 {
                    out.extend(input.take(head + 1)?);
                } else {
                    out.extend(std::iter::repeat_n(input.u8()?, head - 126));
                }
            }
            out.truncate(len);
            Ok(out)
        }
        how => Err(wrong(&format!("a coding {how} of bytes that there is not"))),
    }
}
