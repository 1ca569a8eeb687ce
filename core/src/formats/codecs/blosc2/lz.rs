//! `BloscLZ`, the codec that Blosc made of `FastLZ`: literals, and matches up to 8 KiB back, or 64 KiB further.

use super::damaged;
use crate::model::Result;

/// The farthest that two bytes reach.
const NEAR: usize = 8191;

/// Expands to exactly the length of `out`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the stream is damaged.
pub(super) fn expand(stream: &[u8], out: &mut [u8]) -> Result<()> {
    let made = run(stream, out);
    if made == Some(out.len()) { Ok(()) } else { Err(damaged("a damaged stream of BloscLZ")) }
}

/// Bytes made; `None` where the stream ends early or reaches outside.
fn run(stream: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut bytes = stream.iter();
    let mut made = 0;
    // The first three bits are a mark.
    let mut next = bytes.next().map(|first| *first & 31);
    while let Some(control) = next {
        if control < 32 {
            let len = usize::from(control) + 1;
            let (literal, rest) = bytes.as_slice().split_at_checked(len)?;
            out.get_mut(made..)?.get_mut(..len)?.copy_from_slice(literal);
            bytes = rest.iter();
            made += len;
        } else {
            let mut len = usize::from(control >> 5) + 2;
            let mut back = usize::from(control & 31) << 8;
            if control >> 5 == 7 {
                loop {
                    let more = *bytes.next()?;
                    len += usize::from(more);
                    if more != 255 {
                        break;
                    }
                }
            }
            let low = *bytes.next()?;
            if low == 255 && back == 31 << 8 {
                back = NEAR + (usize::from(*bytes.next()?) << 8 | usize::from(*bytes.next()?));
            } else {
                back += usize::from(low);
            }
            repeat(out, made, back + 1, len)?;
            made += len;
        }
        next = bytes.next().copied();
    }
    Some(made)
}

/// Copies `len` bytes from `back` before `at`, which may reach into what is being made.
fn repeat(out: &mut [u8], at: usize, back: usize, len: usize) -> Option<()> {
    let from = at.checked_sub(back)?;
    if at + len > out.len() {
        return None;
    }
    if back >= len {
        out.copy_within(from..from + len, at);
    } else {
        for i in 0..len {
            *out.get_mut(at + i)? = *out.get(from + i)?;
        }
    }
    Some(())
}
