//! Values in blocks of a few pixels each: raw, all one, or as steps from the least one.

use super::bits::Bytes;
use super::header::Kind;
use super::{Blob, wrong};
use crate::model::Result;
use std::ops::Range;

impl Blob {
    /// All blocks, row after row; of each those of every value of a pixel.
    pub(super) fn tiles(&mut self, input: &mut Bytes<'_>) -> Result<()> {
        let (rows, columns, block) = (self.head.rows, self.head.columns, self.head.block);
        for top in (0..rows).step_by(block) {
            for left in (0..columns).step_by(block) {
                for band in 0..self.head.depth {
                    let down = top..top.saturating_add(block).min(rows);
                    let across = left..left.saturating_add(block).min(columns);
                    self.tile(input, &down, &across, band)?;
                }
            }
        }
        Ok(())
    }

    fn tile(&mut self, input: &mut Bytes<'_>, down: &Range<usize>, across: &Range<usize>, band: usize) -> Result<()> {
        let (version, kind) = (self.head.version, self.head.kind);
        let head = input.u8()?;
        // Some bits tell the column again. From version 5 on one of them says that steps are from the value before.
        let (told, steps) = if version >= 5 { (14, head & 4 != 0) } else { (15, false) };
        if (usize::from(head >> 2) ^ (across.start >> 3)) & told != 0 {
            return Err(wrong("a block stands where another should"));
        }
        if steps && band == 0 {
            return Err(wrong("steps from a value that there is not"));
        }
        let depth = self.head.depth;
        let columns = self.head.columns;
        let pixels = (down.len()).saturating_mul(across.len());
        let most = if version >= 4 && depth > 1 { self.most.get(band).copied() } else { None };
        let most = most.unwrap_or(self.head.high);
        let mut next: Box<dyn FnMut(f64) -> Result<f64>> = match head & 3 {
            0 if steps => return Err(wrong("steps that are raw")),
            0 => Box::new(|_| input.value(kind)),
            2 => Box::new(move |before| Ok(if steps { before } else { 0.0 })),
            how => {
                let stored = offset(if steps && !kind.is_float() { Kind::I32 } else { kind }, head >> 6);
                let offset = input.value(stored.ok_or_else(|| wrong("a type of values that there is not"))?)?;
                let from = move |before: f64| if steps { before } else { 0.0 };
                if how == 3 {
                    Box::new(move |before| Ok(kind.hold(if steps { (offset + before).min(most) } else { offset })))
                } else {
                    let mut list = input.stuffed(pixels, version)?.into_iter();
                    let scale = 2.0 * self.head.error;
                    Box::new(move |before| {
                        let step = list.next().ok_or_else(|| wrong("a block of too few values"))?;
                        // In this order, so that the bits of floats are those of the library.
                        Ok(kind.hold((offset + f64::from(step) * scale + from(before)).min(most)))
                    })
                }
            }
        };
        for y in down.clone() {
            for x in across.clone() {
                let pixel = y * columns + x;
                if !self.mask.get(pixel).copied().unwrap_or_default() {
                    continue;
                }
                let at = pixel * depth + band;
                let before = at.checked_sub(1).and_then(|i| self.values.get(i)).copied().unwrap_or_default();
                let value = next(before)?;
                if let Some(cell) = self.values.get_mut(at) {
                    *cell = value;
                }
            }
        }
        Ok(())
    }
}

/// The type of a block's offset, which may be smaller than that of its values.
fn offset(kind: Kind, code: u8) -> Option<Kind> {
    let at = Kind::ALL.iter().position(|&k| k == kind)?;
    let code = usize::from(code);
    let at = match kind {
        _ if code == 0 => at,
        Kind::I16 | Kind::I32 => at.checked_sub(code)?,
        Kind::U16 | Kind::U32 => at.checked_sub(2 * code)?,
        Kind::F32 => return [Kind::I16, Kind::U8].get(code - 1).copied(),
        Kind::F64 => (at + 1).checked_sub(2 * code)?,
        Kind::I8 | Kind::U8 => at,
    };
    Kind::ALL.get(at).copied()
}
