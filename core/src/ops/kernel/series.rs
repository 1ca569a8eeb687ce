//! Where whole series lie in a block: for each cell of a result, the cells of the input that go into it.

use super::frame::Frame;
use super::view::strides;
use super::walk::Along;
use crate::model::{Region, Span};

/// Cells that a chunk of series has at most, all its series together.
const CHUNK: usize = 1 << 22;

/// The cells of one series, as offsets: `outer` one after the other, `n` cells from each, `step` apart.
pub(super) struct Series {
    pub(super) outer: Vec<usize>,
    pub(super) n: usize,
    pub(super) step: usize,
}

impl Series {
    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        self.outer.len() * self.n
    }

    /// The offset of each cell, in C order.
    pub(super) fn offsets(&self) -> impl Iterator<Item = usize> {
        self.outer.iter().flat_map(move |&o| (0..self.n).map(move |i| o + i * self.step))
    }

    /// All positions of a further, inner dimension.
    fn cross(&mut self, n: usize, step: usize) {
        if n == 1 {
            return;
        }
        if self.n == 1 {
            (self.n, self.step) = (n, step);
        } else if self.step == n * step {
            (self.n, self.step) = (self.n * n, step);
        } else {
            self.outer = self.offsets().collect();
            (self.n, self.step) = (n, step);
        }
    }
}

/// Where the series of a region of a result lie.
pub(super) struct Places {
    /// For each kept cell, in the input's order: its offset in the input and in the result.
    pub(super) cells: Vec<(usize, usize)>,
    /// For each group: the cells of its series from a kept cell's offset on, and its own offset in the result.
    pub(super) groups: Vec<(Series, usize)>,
}

impl Places {
    /// The places of `out`, spans of the result, in a block of `region` of the input.
    pub(super) fn new(frame: &Frame, region: &Region, out: &[Span]) -> Self {
        let from = strides(&region.shape());
        let to = strides(&out.iter().map(|s| s.len).collect::<Vec<_>>());
        let mut cells = vec![(0, 0)];
        let mut groups = vec![(Series { outer: vec![0], n: 1, step: 0 }, 0)];
        for (d, ((along, place), span)) in frame.along.iter().zip(frame.places()).zip(&region.0).enumerate() {
            match (along, place.and_then(|p| Some((out.get(p)?, to.get(p)?)))) {
                (Along::Keep, Some((_, &to))) => {
                    let each = |&(a, b): &(usize, usize)| {
                        let from = from[d];
                        (0..span.len).map(move |i| (a + i * from, b + i * to))
                    };
                    cells = cells.iter().flat_map(each).collect();
                }
                (Along::Group(g), Some((wanted, &to))) => {
                    let labels = g.labels().get(span.start..span.end()).unwrap_or(&[]);
                    let mut members = vec![Vec::new(); wanted.len];
                    for (i, &label) in labels.iter().enumerate() {
                        if let Some(list) = (label as usize).checked_sub(wanted.start).and_then(|l| members.get_mut(l))
                        {
                            list.push(i * from[d]);
                        }
                    }
                    groups = groups.iter().flat_map(|(series, at)| spread(series, *at, &members, to)).collect();
                }
                _ => groups.iter_mut().for_each(|(series, _)| series.cross(span.len, from[d])),
            }
        }
        Self { cells, groups }
    }
}

/// A series cut into groups along an inner dimension.
fn spread<'a>(
    series: &'a Series,
    at: usize,
    members: &'a [Vec<usize>],
    to: usize,
) -> impl Iterator<Item = (Series, usize)> + 'a {
    members.iter().enumerate().map(move |(i, list)| {
        let outer = series.offsets().flat_map(|o| list.iter().map(move |l| o + l)).collect();
        (Series { outer, n: 1, step: 0 }, at + i * to)
    })
}

/// Makes chunks of cells with series of `length` behind each small enough to be one task, the slowest dimension first.
pub(super) fn bounded(chunks: &mut [usize], length: usize) {
    let cells = |chunks: &[usize]| chunks.iter().fold(length.max(1), |n, &c| n.saturating_mul(c));
    while cells(chunks) > CHUNK {
        let Some(chunk) = chunks.iter_mut().find(|c| **c > 1) else { return };
        *chunk = chunk.div_ceil(2);
    }
}
