//! Pages of fax: run lengths of white and black after ITU-T T.4 (modified Huffman, group 3) and T.6 (group 4), with the
//! code tables of the `fax` crate. White becomes 0 and black 1, whatever the page says that they look like.

use super::decode::Stored;
use crate::model::{Error, Result};
use fax::BitReader;
use fax::maps::{Mode, black, mode, white};
use std::convert::Infallible;

/// How rows of runs follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fax {
    /// Each row begins a byte (compression 2).
    Rows,
    /// Rows with marks between them (compression 3); whether a bit behind the mark says that one tells its changes
    /// against the row above.
    Group3 { two: bool },
    /// Every row tells its changes against the one above (compression 4).
    Group4,
}

impl Stored<'_> {
    /// Rows of bits, each of which begins a byte of `out`, zero so far.
    pub(super) fn fax(&self, how: Fax, raw: &[u8], out: &mut [u8]) -> Result<()> {
        if self.format.bits != 1 || self.together != 1 {
            return Err(Error::corrupt("fax: a pixel is one bit"));
        }
        let mut bits = Bits { raw, at: 0 };
        let mut above = Vec::new();
        let mut changes = Vec::new();
        for (number, row) in out.chunks_exact_mut(self.columns.div_ceil(8)).take(self.rows).enumerate() {
            changes.clear();
            let wrong = |what: &str| Error::corrupt(format!("fax: {what} in row {number}"));
            let line = match how {
                Fax::Rows => bits.runs(self.columns, &mut changes),
                Fax::Group4 => bits.against(self.columns, &above, &mut changes),
                Fax::Group3 { two } => {
                    let marked = bits.mark();
                    if !two || (marked && bits.take() == 1) {
                        bits.runs(self.columns, &mut changes)
                    } else {
                        bits.against(self.columns, &above, &mut changes)
                    }
                }
            };
            line.map_err(wrong)?;
            if how == Fax::Rows {
                bits.at = bits.at.next_multiple_of(8);
            }
            paint(&changes, self.columns, row);
            std::mem::swap(&mut above, &mut changes);
        }
        Ok(())
    }
}

/// Sets the bits between each change to black and the next one.
fn paint(changes: &[usize], columns: usize, row: &mut [u8]) {
    for pair in changes.chunks(2) {
        let from = pair.first().copied().unwrap_or(columns);
        let to = pair.get(1).copied().unwrap_or(columns);
        for x in from..to {
            if let Some(byte) = row.get_mut(x / 8) {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }
}

/// Notes a change of colour; two at one place are none.
fn change(changes: &mut Vec<usize>, at: usize) {
    if changes.last() == Some(&at) {
        changes.pop();
    } else {
        changes.push(at);
    }
}

/// A stream of bits, the most significant first; behind its end there are zeros, which are no code.
struct Bits<'a> {
    raw: &'a [u8],
    at: usize,
}

impl BitReader for Bits<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let byte = |k: usize| u32::from(self.raw.get(self.at / 8 + k).copied().unwrap_or_default());
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        let value = word << (8 + self.at % 8) >> 8 >> 24u32.checked_sub(u32::from(bits)).filter(|_| bits <= 16)?;
        u16::try_from(value).ok()
    }

    fn consume(&mut self, bits: u8) -> std::result::Result<(), Infallible> {
        self.at += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        u8::try_from(self.at.next_multiple_of(8) - self.at).unwrap_or_default()
    }
}

impl Bits<'_> {
    fn take(&mut self) -> u16 {
        let bit = self.peek(1).unwrap_or_default();
        self.at += 1;
        bit
    }

    /// Passes the mark between rows, if one stands here: a one behind eleven zeros or more.
    fn mark(&mut self) -> bool {
        let end = 8 * self.raw.len();
        let mut at = Self { raw: self.raw, at: self.at };
        while at.at < end {
            if at.take() == 1 {
                let found = at.at - self.at > 11;
                if found {
                    self.at = at.at;
                }
                return found;
            }
        }
        false
    }

    /// The length of a run: make-up codes of 64 and more, then one of less.
    fn run(&mut self, is_black: bool) -> std::result::Result<usize, &'static str> {
        let mut sum = 0;
        loop {
            let code = if is_black { black::decode(self) } else { white::decode(self) };
            let code = usize::from(code.ok_or("a code that there is not")?);
            sum += code;
            if code < 64 {
                return Ok(sum);
            }
            if self.at > 8 * self.raw.len() {
                return Err("the end of the data");
            }
        }
    }

    /// A row of runs, white first.
    fn runs(&mut self, columns: usize, changes: &mut Vec<usize>) -> std::result::Result<(), &'static str> {
        let mut at = 0;
        let mut is_black = false;
        while at < columns {
            at += self.run(is_black)?;
            if at > columns {
                return Err("a run beyond the edge");
            }
            change(changes, at);
            is_black = !is_black;
        }
        Ok(())
    }

    /// A row told against the changes of the one above.
    fn against(
        &mut self,
        columns: usize,
        above: &[usize],
        changes: &mut Vec<usize>,
    ) -> std::result::Result<(), &'static str> {
        // Before the first pixel there is a white one.
        let mut at: Option<usize> = None;
        let mut is_black = false;
        let mut next = 0usize;
        while at.is_none_or(|x| x < columns) {
            // The next change above to the other colour: those to black stand at even places. What was chosen may lie
            // before the one last used, but for a step to the left by no more than three pixels.
            next = next.saturating_sub(4) & !1 | usize::from(is_black);
            while above.get(next).is_some_and(|&x| at.is_some_and(|at| x <= at)) {
                next += 2;
            }
            let place = |k: usize| above.get(k).copied().unwrap_or(columns);
            let from = at.unwrap_or(0);
            match mode::decode(self).ok_or("a code that there is not")? {
                Mode::Pass => at = Some(place(next + 1)),
                Mode::Horizontal => {
                    let first = from + self.run(is_black)?;
                    let second = first + self.run(!is_black)?;
                    if second > columns {
                        return Err("a run beyond the edge");
                    }
                    change(changes, first);
                    change(changes, second);
                    at = Some(second);
                }
                Mode::Vertical(step) => {
                    let to = place(next).checked_add_signed(isize::from(step));
                    let to = to.filter(|&x| x >= from && x <= columns).ok_or("a change beyond the edge")?;
                    change(changes, to);
                    is_black = !is_black;
                    at = Some(to);
                }
                Mode::Extension => return Err("uncompressed pixels, which cannot be decoded,"),
                Mode::EOF => return Err("the end of the page"),
            }
        }
        Ok(())
    }
}
