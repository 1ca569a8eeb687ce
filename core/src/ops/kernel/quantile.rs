//! Quantiles: order statistics of whole series, found by selection on keys that compare as integers.

use super::frame::Frame;
use super::integers::integers;
use super::nth::select;
use super::order::{Decoded, Order, Plain};
use super::packed;
use super::series::{Places, Series, bounded};
use super::sift::Sift;
use super::stat::{Stat, plane};
use super::walk::Groups;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{Affine, ArrayMeta, Node, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Keys that a task holds at one time: they stay in the second-level cache while their series are gathered.
const TILE: usize = 1 << 16;
/// The side of squares that are turned over: a cache line of single precision.
const SIDE: usize = 32;
/// Rows of a square taken at one time: fewer and wider writes.
const FOUR: usize = 4;

/// Quantiles of the series that go into each cell, linear between neighbours (Hyndman and Fan's method 7, numpy's and
/// xarray's).
///
/// A series of nothing gives NaN, and so does one with a missing value where they are not passed over. Of integers of 64
/// bits the value is rounded to `f64`.
#[derive(Debug, Clone)]
pub(crate) struct Quantile {
    /// Each from 0 to 1.
    pub(super) q: Vec<f64>,
    /// The name of the quantiles' own dimension, the first of the result; without it there is one quantile.
    pub(super) lead: Option<String>,
    pub(super) skipna: bool,
    pub(super) frame: Frame,
    pub(super) dtype: DType,
    /// Cells of the longest series.
    longest: usize,
    /// How the values of the input are decoded first, where they are still packed.
    pub(super) affine: Option<Affine>,
}

impl Quantile {
    /// The median in the type that a mean has.
    pub(crate) fn median(skipna: bool, meta: &ArrayMeta, frame: Frame) -> Self {
        let longest = frame.longest(&meta.shape);
        Self { q: vec![0.5], lead: None, skipna, frame, dtype: Stat::Mean.dtype(&meta.dtype), longest, affine: None }
    }

    /// The median of groups along the named dimensions.
    pub(crate) fn grouped(skipna: bool, meta: &ArrayMeta, groups: &[(&str, &Groups)]) -> Self {
        Self::median(skipna, meta, Frame::grouped(meta, groups))
    }

    /// Quantiles in double precision; several need a dimension of their own.
    pub(crate) fn new(q: Vec<f64>, lead: Option<String>, skipna: bool, meta: &ArrayMeta, frame: Frame) -> Self {
        let longest = frame.longest(&meta.shape);
        Self { q, lead, skipna, frame, dtype: DType::F64, longest, affine: None }
    }

    /// With the dimensions of the result changed.
    #[must_use]
    pub(crate) fn framed(mut self, change: impl FnOnce(Frame) -> Frame) -> Self {
        self.frame = change(self.frame);
        self
    }

    /// The quantiles that are wanted, and the spans of the other dimensions.
    pub(super) fn split<'a>(&self, out: &'a Region) -> (Span, &'a [Span]) {
        match (&self.lead, out.0.split_first()) {
            (Some(_), Some((lead, rest))) => (*lead, rest),
            _ => (Span::new(0, 1), &out.0),
        }
    }
}

impl Op for Quantile {
    fn id(&self) -> &'static str {
        if self.lead.is_none() && self.q == [0.5] { "median" } else { "quantile" }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        let q: Vec<u64> = self.q.iter().map(|q| q.to_bits()).collect();
        (q, &self.lead, self.skipna, &self.frame, &self.dtype).hash(&mut hasher);
        if let Some(affine) = &self.affine {
            packed::hash(affine, hasher);
        }
    }

    fn describe(&self) -> String {
        let stored = if self.affine.is_some() { ", on the stored integers" } else { "" };
        format!("{}{stored}", self.frame.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a quantile has one input")) };
        let mut meta = self.frame.infer(self.id(), input, self.dtype.clone())?;
        bounded(&mut meta.chunks, self.longest);
        if let Some(name) = &self.lead {
            meta.dims.insert(0, name.clone());
            meta.shape.insert(0, self.q.len());
            meta.chunks.insert(0, self.q.len().max(1));
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| self.frame.needs(self.split(out).1, &input.shape)).collect()
    }

    fn effort(&self) -> f64 {
        3.0
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let cells: usize = self.split(out).1.iter().map(|s| s.len).product();
        let gathered = TILE.max(self.longest * SIDE.min(cells)) + self.longest;
        (gathered * 8 + cells * 16 + out.cells() * 8) as u64
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(region, block)] = inputs else { return Err(Error::internal("a quantile has one input")) };
        let (lead, spans) = self.split(out);
        let places = Places::new(&self.frame, region, spans);
        let mut wanted: Vec<(f64, usize)> =
            self.q.iter().skip(lead.start).take(lead.len).copied().enumerate().map(|(i, q)| (q, i)).collect();
        wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut result = vec![f64::NAN; out.cells()];
        match &self.affine {
            Some(affine) => integers!(block.data(), v => {
                fill(v, &Decoded::new(affine), &places, self.skipna, &wanted, &mut result);
            }),
            None => {
                crate::with_data!(block.data(), v => fill(v, &Plain, &places, self.skipna, &wanted, &mut result), _t => {
                    return Err(Error::internal("a quantile of text"));
                })
            }
        }
        Block::new(out.shape(), plane(&self.dtype, result))
    }

    fn packed(&self, decode: &Affine) -> Option<Arc<dyn Op>> {
        let known = matches!(decode.decoded, DType::F32 | DType::F64) && self.affine.is_none();
        known.then(|| Arc::new(Self { affine: Some(decode.clone()), ..self.clone() }) as Arc<dyn Op>)
    }

    fn passes(&self, inputs: &[Arc<Node>], digit: u32) -> Result<Option<Arc<Node>>> {
        let [input] = inputs else { return Err(Error::internal("a quantile has one input")) };
        Sift::chain(self, input, digit).map(Some)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The wanted quantiles, ascending, of all series. Quantile `i` of the step's own order goes `i` planes further.
fn fill<T: Copy, O: Order<T>>(
    x: &[T],
    order: &O,
    places: &Places,
    skipna: bool,
    wanted: &[(f64, usize)],
    result: &mut [f64],
) {
    let plane = result.len() / wanted.len().max(1);
    for (series, group) in &places.groups {
        let n = series.len();
        if n == 0 {
            continue;
        }
        let Some(&any) = x.first() else { continue };
        let width = (TILE / n / SIDE * SIDE).clamp(SIDE, 256);
        let mut values = vec![any; width.min(places.cells.len()) * n];
        let mut keys = vec![O::Key::default(); n];
        for tile in places.cells.chunks(width) {
            gather(x, tile, series, &mut values);
            for (values, (_, to)) in values.chunks_exact(n).zip(tile) {
                let missing = order.keys(values, &mut keys);
                let there = n - missing;
                if there > 0 && (skipna || missing == 0) {
                    select(
                        &mut keys,
                        there,
                        wanted,
                        |key| order.value(key),
                        |i, value| {
                            if let Some(cell) = result.get_mut(i * plane + group + to) {
                                *cell = value;
                            }
                        },
                    );
                }
            }
        }
    }
}

/// The values of a tile's series, one series after the other.
fn gather<T: Copy>(x: &[T], tile: &[(usize, usize)], series: &Series, values: &mut [T]) {
    let n = series.len();
    let (Some(&(first, _)), Some(&any)) = (tile.first(), x.first()) else { return };
    let neighbours = tile.len() > 1 && tile.windows(2).all(|w| w[1].0 == w[0].0 + 1);
    if neighbours && series.step != 1 {
        // Across the input: squares of it are turned over, so that whole cache lines are read and written.
        let offsets: Vec<usize> = series.offsets().collect();
        let mut square = [[[any; FOUR]; SIDE / FOUR]; SIDE];
        for (at, offsets) in offsets.chunks(SIDE).enumerate() {
            for column in (0..tile.len()).step_by(SIDE) {
                let width = SIDE.min(tile.len() - column);
                for (i, four) in offsets.chunks(FOUR).enumerate() {
                    let row = |k: usize| &x[first + column + four[k.min(four.len() - 1)]..][..width];
                    let rows = row(0).iter().zip(row(1)).zip(row(2).iter().zip(row(3)));
                    for (line, ((a, b), (c, d))) in square.iter_mut().zip(rows) {
                        line[i] = [*a, *b, *c, *d];
                    }
                }
                for (j, line) in square[..width].iter().enumerate() {
                    let to = &mut values[(column + j) * n + at * SIDE..];
                    match to.first_chunk_mut::<SIDE>().filter(|_| offsets.len() == SIDE) {
                        // Of a length that is known it is a few instructions.
                        Some(to) => to.copy_from_slice(line.as_flattened()),
                        None => to[..offsets.len()].copy_from_slice(&line.as_flattened()[..offsets.len()]),
                    }
                }
            }
        }
    } else {
        for (values, (from, _)) in values.chunks_exact_mut(n).zip(tile) {
            for (value, offset) in values.iter_mut().zip(series.offsets()) {
                *value = x[from + offset];
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Frame, Quantile};
    use crate::model::{DType, Data};
    use crate::ops::kernel::Groups;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    fn run(op: Quantile, node: &Arc<Node>) -> Data {
        everywhere(&Node::op(Arc::new(op), vec![Arc::clone(node)]).unwrap()).unwrap().into_data()
    }

    /// Eighths from -2 to 5 in no order, some missing.
    fn sample() -> Arc<Node> {
        let x = (0..3 * 4 * 5u8).map(|i| {
            let mixed = u32::from(i).wrapping_mul(2_654_435_761) >> 26;
            if i % 11 == 3 { f32::NAN } else { f32::from(u8::try_from(mixed).unwrap()) / 8.0 - 2.0 }
        });
        cube(&["t", "y", "x"], &[3, 4, 5], Data::F32(x.collect()))
    }

    /// What sorting gives.
    fn expected(mut x: Vec<f64>, q: f64) -> f64 {
        x.retain(|x| !x.is_nan());
        x.sort_by(f64::total_cmp);
        let at = q * (x.len() as f64 - 1.0);
        let low = at.floor();
        let i: usize = format!("{low}").parse().unwrap();
        x[i] + (x.get(i + 1).copied().unwrap_or(x[i]) - x[i]) * (at - low)
    }

    #[test]
    fn any_dimensions_in_any_place() {
        let node = sample();
        let all = crate::ops::read::values(&node).unwrap().to_f64();
        let q = vec![0.9, 0.0, 0.25, 1.0];
        for dims in [&["t"][..], &["x"], &["y"], &["t", "x"], &["t", "y"], &["y", "x"], &["t", "y", "x"]] {
            let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
            let op =
                Quantile::new(q.clone(), Some("quantile".into()), true, node.meta(), Frame::over(node.meta(), &dims));
            let got = run(op, &node).to_f64();
            let cells = got.len() / 4;
            let mut series = vec![Vec::new(); cells];
            for (i, x) in all.iter().enumerate() {
                let at = [i / 20, i / 5 % 4, i % 5];
                let mut cell = 0;
                for (d, (name, n)) in [("t", 3), ("y", 4), ("x", 5)].into_iter().enumerate() {
                    if !dims.iter().any(|d| d == name) {
                        cell = cell * n + at[d];
                    }
                }
                series[cell].push(*x);
            }
            for (j, &q) in q.iter().enumerate() {
                for (cell, x) in series.iter().enumerate() {
                    let (got, want) = (got[j * cells + cell], expected(x.clone(), q));
                    assert!((got - want).abs() < 1e-12, "{dims:?} {q} {cell}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn medians_keep_floats_and_pass_over_what_is_missing() {
        let nan = f32::NAN;
        let node = cube(&["y", "x"], &[3, 4], Data::F32(vec![3., 1., nan, nan, -0.5, nan, 8., nan, 2., 4., nan, 7.5]));
        let (y, x) = (["y".to_owned()], ["x".to_owned()]);
        let median =
            |skipna, dims: &[String]| run(Quantile::median(skipna, node.meta(), Frame::over(node.meta(), dims)), &node);
        assert_eq!(median(true, &y), Data::F32(vec![2.0, 2.5, 8.0, 7.5]));
        assert_eq!(median(true, &x), Data::F32(vec![2.0, 3.75, 4.0]));
        let Data::F32(got) = median(false, &y) else { unreachable!("floats stay") };
        assert!(got[0] == 2.0 && got[1..].iter().all(|x| x.is_nan()));
        let none = cube(&["x"], &[2], Data::F64(vec![f64::NAN; 2]));
        let got = run(Quantile::median(true, none.meta(), Frame::over(none.meta(), &x)), &none);
        assert!(got.to_f64()[0].is_nan());
        let whole = cube(&["x"], &[4], Data::I16(vec![5, -3, 2, 4]));
        assert_eq!(
            run(Quantile::median(true, whole.meta(), Frame::over(whole.meta(), &x)), &whole),
            Data::F64(vec![3.0])
        );
    }

    #[test]
    fn groups_have_medians_of_their_own() {
        let node = cube(&["y", "x"], &[2, 6], Data::I32(vec![9, 1, 2, 5, 8, 3, 10, 20, 30, 40, 50, 60]));
        let groups = Groups::new(vec![0, 2, 0, 0, 2, Groups::NONE], 3);
        let op = Quantile::grouped(true, node.meta(), &[("x", &groups)]);
        let got = run(op.framed(|f| f.renamed("x", "g").first("g")), &node).to_f64();
        assert_eq!(got[..2], [5.0, 30.0]);
        assert!(got[2].is_nan() && got[3].is_nan());
        assert_eq!(got[4..], [4.5, 35.0]);
    }

    #[test]
    fn many_quantiles_are_those_of_the_sorted_series() {
        let node = sample();
        let all = crate::ops::read::values(&node).unwrap().to_f64();
        let q: Vec<f64> = (0..=20).rev().map(|i| f64::from(i) / 20.0).collect();
        let dims = ["t", "y", "x"].map(str::to_owned);
        let op = Quantile::new(q.clone(), Some("q".into()), true, node.meta(), Frame::over(node.meta(), &dims));
        for (got, q) in run(op, &node).to_f64().iter().zip(q) {
            assert!((got - expected(all.clone(), q)).abs() < 1e-12);
        }
        assert_eq!(
            Quantile::new(vec![0.5], None, true, node.meta(), Frame::over(node.meta(), &dims)).dtype,
            DType::F64
        );
    }
}
