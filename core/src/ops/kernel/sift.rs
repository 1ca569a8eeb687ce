//! Quantiles of series longer than memory, by passes over them: each counts the values by the next bits of their keys, so
//! that after the last the value at every wanted place is known to the bit.

use super::integers::integers;
use super::nth::between;
use super::order::{Decoded, Order, Plain, decoded, turned};
use super::quantile::Quantile;
use super::ranked::Ranked;
use super::series::bounded;
use super::stat::plane;
use super::walk::Walk;
use super::wanted::{EACH, Wanted, first, share};
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Node, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One pass of a selection by the digits of keys (a most significant digit radix select).
///
/// The first input is that of the quantile, the second what the pass before found. Each pass but the last gives, along a
/// first dimension of its own, the number of values of a cell and then for each wanted place three numbers: the upper
/// and the lower 32 bits of the part of the key that is known, and the place among the values that share it. The last
/// gives what the [`Quantile`] gives, to the bit.
#[derive(Debug, Clone)]
pub(crate) struct Sift {
    quantile: Quantile,
    /// Of the values.
    input: DType,
    /// Bits of a key.
    bits: u32,
    /// Bits that each pass settles.
    digit: u32,
    /// Which pass, from 0.
    pass: u32,
}

/// The dimension along which a pass tells what it found.
const FOUND: &str = "found";

impl Sift {
    /// The passes that give a quantile of `input`, each of `digit` bits.
    pub(super) fn chain(quantile: &Quantile, input: &Arc<Node>, digit: u32) -> Result<Arc<Node>> {
        let dtype = input.meta().dtype.plain();
        let bits = match dtype {
            DType::I8 | DType::U8 | DType::Bool => 8,
            DType::I16 | DType::U16 => 16,
            DType::I32 | DType::U32 | DType::F32 => 32,
            _ => 64,
        };
        let digit = digit.clamp(1, bits);
        let mut found: Option<Arc<Node>> = None;
        for pass in 0..bits.div_ceil(digit) {
            let sift = Self { quantile: quantile.clone(), input: dtype.clone(), bits, digit, pass };
            let inputs = std::iter::once(Arc::clone(input)).chain(found.take()).collect();
            found = Some(Node::op(Arc::new(sift), inputs)?);
        }
        found.ok_or_else(|| Error::internal("a selection without a pass"))
    }

    fn is_last(&self) -> bool {
        (self.pass + 1) * self.digit >= self.bits
    }

    /// Bits of the key below those that this pass settles.
    fn below(&self) -> u32 {
        self.bits.saturating_sub((self.pass + 1) * self.digit)
    }

    /// Two places for each quantile: that of the value below it and that above.
    fn places(&self) -> usize {
        2 * self.quantile.q.len()
    }

    /// Length of the first dimension of what a pass found.
    fn fields(&self) -> usize {
        1 + EACH * self.places()
    }

    /// Beginnings of keys that may lead to a wanted place, for each cell.
    fn slots(&self) -> usize {
        if self.pass == 0 { 1 } else { self.places() }
    }

    /// The spans of the dimensions that are not this operation's own.
    fn rest<'a>(&self, out: &'a Region) -> &'a [Span] {
        if self.is_last() { self.quantile.split(out).1 } else { out.0.get(1..).unwrap_or(&[]) }
    }

    /// Adds the cells of a walk to the counts.
    fn count<T: Copy, O: Order<T>>(
        &self,
        walk: &Walk,
        (x, order): (&[T], &O),
        starts: &[u64],
        counts: &mut [f64],
        missing: &mut [f64],
    ) {
        let (slots, digit, below) = (self.slots(), self.digit, self.below());
        let mask = (1u64 << digit) - 1;
        walk.cells(|from, to| {
            let Some(radix) = order.radix(x[from]) else {
                if let Some(n) = missing.get_mut(to) {
                    *n += 1.0;
                }
                return;
            };
            let key = radix >> below;
            let start = key.checked_shr(digit).unwrap_or(0);
            if let Some(slot) = slot(&starts[to * slots..(to + 1) * slots], start) {
                let bucket = usize::try_from(key & mask).unwrap_or(usize::MAX);
                counts[((to * slots + slot) << digit) + bucket] += 1.0;
            }
        });
    }

    /// The value of a key.
    fn value(&self, key: u64) -> f64 {
        match &self.quantile.affine {
            Some(affine) => decoded(affine, of_key(&self.input, turned(affine, key, self.bits as usize))),
            None => of_key(&self.input, key),
        }
    }

    /// What is known of the keys before this pass, for each cell in ascending order.
    fn starts(&self, known: &[f64], cells: usize) -> Vec<u64> {
        if self.pass == 0 {
            return vec![0; cells];
        }
        let mut starts = Vec::with_capacity(cells * self.places());
        for cell in 0..cells {
            let first = starts.len();
            starts.extend((0..self.places()).map(|t| Wanted::read(known, cells, cell, t).start));
            starts[first..].sort_unstable();
        }
        starts
    }
}

/// The first place of `start` among the ascending beginnings of a cell's keys.
#[inline(always)]
fn slot(starts: &[u64], start: u64) -> Option<usize> {
    let at = if starts.len() < 8 {
        starts.iter().take_while(|s| **s < start).count()
    } else {
        starts.partition_point(|s| *s < start)
    };
    (starts.get(at) == Some(&start)).then_some(at)
}

impl Op for Sift {
    fn id(&self) -> &'static str {
        self.quantile.id()
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.quantile.key(hasher);
        ("sift", &self.input, self.digit, self.pass).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        let passes = self.bits.div_ceil(self.digit);
        format!("{}, pass {} of {passes} by {} bits", self.quantile.describe(), self.pass + 1, self.digit)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let Some(input) = inputs.first().filter(|_| inputs.len() == 1 + usize::from(self.pass > 0)) else {
            return Err(Error::internal(format!("pass {} of a quantile with {} inputs", self.pass, inputs.len())));
        };
        let mut meta = if self.is_last() {
            self.quantile.infer(&[input])?
        } else {
            let mut meta = self.quantile.frame.infer(self.id(), input, DType::F64)?;
            meta.dims.insert(0, FOUND.to_owned());
            meta.shape.insert(0, self.fields());
            meta.chunks.insert(0, self.fields());
            meta
        };
        let own = meta.dims.len() - self.quantile.frame.out.len();
        bounded(&mut meta.chunks[own..], self.slots() << self.digit);
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let Some(input) = inputs.first() else { return Vec::new() };
        let rest = self.rest(out);
        let mut needs = vec![self.quantile.frame.needs(rest, &input.shape)];
        if self.pass > 0 {
            needs.push(Region(std::iter::once(Span::new(0, self.fields())).chain(rest.iter().copied()).collect()));
        }
        needs
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Sift {
    fn state_bytes(&self, out: &Region) -> u64 {
        let cells: u64 = self.rest(out).iter().map(|s| s.len as u64).product();
        // The counts, what is known, and the beginnings of keys made of it.
        cells.saturating_mul(((self.slots() as u64) << self.digit) + (self.fields() + self.slots()) as u64) * 8
    }

    /// Counts by cell, beginning and digit; what is known before the pass, or, before there is anything, the number of
    /// missing values.
    fn start(&self, out: &Region) -> State {
        let cells: usize = self.rest(out).iter().map(|s| s.len).product();
        let known = if self.pass == 0 { vec![0.0; cells] } else { Vec::new() };
        State { planes: vec![vec![0.0; (cells * self.slots()) << self.digit], known] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        others: &[(&Region, &Block)],
    ) -> Result<()> {
        let rest = Region(self.rest(out).to_vec());
        let [counts, known] = state.planes.as_mut_slice() else {
            return Err(Error::internal("a state of another operation"));
        };
        if self.pass > 0 && known.is_empty() {
            let Some((_, found)) = others.first() else { return Err(Error::internal("a pass without the one before")) };
            *known = found.data().to_f64();
        }
        let starts = self.starts(known, rest.cells());
        let (mut none, missing) = (Vec::new(), self.pass == 0);
        if let Some(walk) = Walk::new(&self.quantile.frame.along, &self.quantile.frame.places(), part, &rest, None) {
            let missing = if missing { known } else { &mut none };
            match &self.quantile.affine {
                Some(affine) => integers!(block.data(), v => {
                    self.count(&walk, (v, &Decoded::new(affine)), &starts, counts, missing);
                }),
                None => {
                    crate::with_data!(block.data(), v => self.count(&walk, (v, &Plain), &starts, counts, missing), _t => {
                        return Err(Error::internal("a quantile of text"));
                    })
                }
            }
        }
        Ok(())
    }

    fn each_cell(&self) -> bool {
        false
    }

    fn merge(&self, state: &mut State, later: &State) {
        let ([counts, known], [more, later]) = (state.planes.as_mut_slice(), later.planes.as_slice()) else { return };
        counts.iter_mut().zip(more).for_each(|(a, b)| *a += b);
        if self.pass == 0 {
            known.iter_mut().zip(later).for_each(|(a, b)| *a += b);
        } else if known.is_empty() {
            known.clone_from(later);
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.quantile.frame.touches(self.rest(out), part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let [counts, known] = state.planes.as_slice() else {
            return Err(Error::internal("a state of another operation"));
        };
        let cells: usize = self.rest(out).iter().map(|s| s.len).product();
        let starts = self.starts(known, cells);
        let (slots, size) = (self.slots(), 1usize << self.digit);
        let lead =
            if self.is_last() { self.quantile.split(out).0 } else { out.0.first().copied().unwrap_or(Span::new(0, 0)) };
        let mut result = vec![f64::NAN; lead.len * cells];
        let mut fields = vec![0.0; self.fields()];
        for cell in 0..cells {
            let starts = &starts[cell * slots..(cell + 1) * slots];
            let counts = &counts[cell * slots * size..(cell + 1) * slots * size];
            let n = match self.pass {
                // One missing value makes the result missing, so that nothing is wanted.
                0 if !self.quantile.skipna && known.get(cell).is_some_and(|n| *n > 0.0) => 0.0,
                0 => counts.iter().sum(),
                _ => known.get(cell).copied().unwrap_or(0.0),
            };
            let wanted = |t: usize| {
                let before =
                    if self.pass == 0 { first(&self.quantile.q, n, t) } else { Wanted::read(known, cells, cell, t) };
                let at = slot(starts, before.start).unwrap_or(0);
                before.sifted(&counts[at * size..(at + 1) * size], self.digit)
            };
            if self.is_last() {
                let values = self.quantile.q.iter().enumerate().skip(lead.start).take(lead.len);
                for (i, (t, &q)) in values.enumerate().filter(|_| n > 0.0) {
                    let value = |t: usize| self.value(wanted(t).start);
                    result[i * cells + cell] = between(value(2 * t), value(2 * t + 1), share(q, n));
                }
            } else {
                fields[0] = n;
                (0..self.places()).for_each(|t| fields[1 + EACH * t..][..EACH].copy_from_slice(&wanted(t).fields()));
                let part = fields.iter().skip(lead.start).take(lead.len);
                part.enumerate().for_each(|(i, x)| result[i * cells + cell] = *x);
            }
        }
        let dtype = if self.is_last() { &self.quantile.dtype } else { &DType::F64 };
        Block::new(out.shape(), plane(dtype, result))
    }
}

/// The value of a key.
fn of_key(dtype: &DType, key: u64) -> f64 {
    match dtype {
        DType::I8 => i8::of_radix(key),
        DType::I16 => i16::of_radix(key),
        DType::I32 => i32::of_radix(key),
        DType::I64 => i64::of_radix(key),
        DType::U8 | DType::Bool => u8::of_radix(key),
        DType::U16 => u16::of_radix(key),
        DType::U32 => u32::of_radix(key),
        DType::U64 => u64::of_radix(key),
        DType::F32 => f32::of_radix(key),
        _ => f64::of_radix(key),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::{Frame, Groups};
    use super::Quantile;
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere, whole};
    use crate::plan::{Node, Op};
    use std::sync::Arc;

    /// The passes give what selection in memory gives, to the bit, for every width of digit.
    fn same(op: &Quantile, node: &Arc<Node>) {
        let expected = whole(&Node::op(Arc::new(op.clone()), vec![Arc::clone(node)]).unwrap()).unwrap();
        for digit in [16, 8, 4] {
            let passes = op.passes(&[Arc::clone(node)], digit).unwrap().unwrap();
            let got = if digit == 8 { everywhere(&passes) } else { whole(&passes) }.unwrap();
            assert_eq!((expected.shape(), expected.data().dtype()), (got.shape(), got.data().dtype()));
            for (a, b) in expected.data().to_f64().iter().zip(got.data().to_f64()) {
                assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{digit} bits: {b} is not {a}");
            }
        }
    }

    fn mixed(i: u32) -> u32 {
        i.wrapping_mul(2_654_435_761).rotate_left(13) ^ i
    }

    fn samples() -> Vec<Data> {
        let n = 3 * 4 * 5;
        let float = |i: u32| if i % 11 == 3 { f64::NAN } else { f64::from(mixed(i).cast_signed()) / 3e7 };
        let narrow = |i: u32| i16::try_from(i32::from(mixed(i).to_le_bytes()[0]) - 128).unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
        let single = (0..n).map(|i| float(i) as f32).collect();
        vec![
            Data::F32(single),
            Data::F64((0..n).map(float).collect()),
            Data::I16((0..n).map(narrow).collect()),
            Data::U8((0..n).map(|i| mixed(i).to_le_bytes()[1]).collect()),
            Data::I64((0..n).map(|i| i64::from(mixed(i)) - (1 << 31)).collect()),
        ]
    }

    #[test]
    fn passes_give_the_bits_of_selection_in_memory() {
        for data in samples() {
            let node = cube(&["t", "y", "x"], &[3, 4, 5], data);
            for dims in [&["t"][..], &["t", "x"], &["t", "y", "x"]] {
                let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
                let frame = || Frame::over(node.meta(), &dims);
                for skipna in [true, false] {
                    let q = vec![0.9, 0.0, 0.25, 1.0, 0.5];
                    same(&Quantile::new(q, Some("q".into()), skipna, node.meta(), frame()), &node);
                    same(&Quantile::median(skipna, node.meta(), frame()), &node);
                }
            }
        }
    }

    #[test]
    fn groups_and_series_of_nothing() {
        let node = cube(&["y", "x"], &[2, 6], Data::F32((0..12u8).map(|i| f32::from(i * 7 % 12)).collect()));
        let groups = Groups::new(vec![0, 2, 0, 0, 2, Groups::NONE], 3);
        let op = Quantile::grouped(true, node.meta(), &[("x", &groups)]);
        same(&op.framed(|f| f.renamed("x", "g").first("g")), &node);
        let none = cube(&["x"], &[3], Data::F64(vec![f64::NAN; 3]));
        same(&Quantile::median(true, none.meta(), Frame::over(none.meta(), &["x".to_owned()])), &none);
    }
}
