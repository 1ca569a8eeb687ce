//! LZF, h5py's own filter: runs of literal bytes, and copies of what was written before (Marc Lehmann's liblzf).

use crate::model::{Error, Result};

/// Expands `bytes` to exactly the length of `out`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where a copy reaches before the start, or the length is another.
pub(super) fn undo(bytes: &[u8], out: &mut [u8]) -> Result<()> {
    let wrong = || Error::corrupt("lzf: the stream is damaged");
    let mut input = bytes.iter();
    let mut next = || input.next().copied();
    let mut at = 0;
    while let Some(control) = next() {
        let control = usize::from(control);
        if control < 32 {
            for _ in 0..=control {
                *out.get_mut(at).ok_or_else(wrong)? = next().ok_or_else(wrong)?;
                at += 1;
            }
            continue;
        }
        let mut len = control >> 5;
        if len == 7 {
            len += usize::from(next().ok_or_else(wrong)?);
        }
        let back = ((control & 31) << 8) + usize::from(next().ok_or_else(wrong)?) + 1;
        let from = at.checked_sub(back).ok_or_else(wrong)?;
        // Source and target may overlap: a run is written as a copy of itself.
        for i in 0..len + 2 {
            let byte = out.get(from + i).copied().ok_or_else(wrong)?;
            *out.get_mut(at).ok_or_else(wrong)? = byte;
            at += 1;
        }
    }
    if at == out.len() { Ok(()) } else { Err(super::wrong_length(at, out.len())) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::undo;

    #[test]
    fn literals_and_overlapping_copies() {
        let mut out = [0; 20];
        // "ab", then 18 bytes from two back.
        undo(&[1, b'a', b'b', 7 << 5, 9, 1], &mut out).unwrap();
        assert_eq!(&out, b"abababababababababab");
    }

    #[test]
    fn damage_is_an_error() {
        assert!(undo(&[1, b'a'], &mut [0; 2]).is_err());
        assert!(undo(&[0, b'a', 32, 1], &mut [0; 4]).is_err());
        assert!(undo(&[0, b'a'], &mut [0; 2]).is_err());
        assert!(undo(&[2, b'a', b'b', b'c'], &mut [0; 2]).is_err());
        assert!(undo(&[255], &mut [0; 2]).is_err());
    }
}
