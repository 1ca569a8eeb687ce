//! Counts of values between edges, streamed part by part.

use super::frame::Frame;
use super::stat::{Cell, plane};
use super::walk::Walk;
use crate::model::{Block, DType, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Edges of bins, ascending, at least two. A bin holds its lower edge, the last one its upper edge too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edges {
    at: Arc<[f64]>,
    /// Bins in one unit, where all are about equally wide: a guess that spares a search.
    density: Option<f64>,
}

impl Edges {
    /// `None` where these do not ascend or are fewer than two.
    pub(crate) fn new(at: Vec<f64>) -> Option<Self> {
        let ascending = at.windows(2).all(|w| w[0] < w[1]) && at.iter().all(|x| x.is_finite());
        let (&first, &last) = (at.first()?, at.last()?);
        let bins = at.len() - 1;
        let width = (last - first) / bins as f64;
        let even = at.windows(2).all(|w| (w[1] - w[0] - width).abs() <= 1e-6 * width);
        (ascending && bins > 0).then(|| Self { at: at.into(), density: even.then_some(1.0 / width) })
    }

    /// Number of bins.
    pub(crate) fn bins(&self) -> usize {
        self.at.len() - 1
    }

    /// The edges.
    pub(crate) fn values(&self) -> &[f64] {
        &self.at
    }

    /// The bin of a value; `None` outside of all, and for what is missing.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a guess, put right by the edges")]
    fn bin(&self, x: f64) -> Option<usize> {
        let last = self.at.len() - 1;
        // Written so that NaN is outside.
        if !(x >= self.at[0] && x <= self.at[last]) {
            return None;
        }
        let below = match self.density {
            Some(density) => {
                let mut guess = (((x - self.at[0]) * density) as usize).min(last - 1);
                while x < self.at[guess] {
                    guess -= 1;
                }
                while guess + 1 < last && x >= self.at[guess + 1] {
                    guess += 1;
                }
                guess
            }
            None => self.at.partition_point(|e| *e <= x) - 1,
        };
        Some(below.min(last - 1))
    }
}

/// Where the edges of bins come from.
#[derive(Debug, Clone)]
pub(crate) enum Bins {
    /// They are known.
    Known(Edges),
    /// So many bins, whose edges are a second input.
    Found(usize),
}

impl Bins {
    fn len(&self) -> usize {
        match self {
            Self::Known(edges) => edges.bins(),
            Self::Found(bins) => *bins,
        }
    }
}

/// The number of values in each bin, over some dimensions, as 64-bit integers along a new last dimension.
///
/// What is missing or outside all bins is not counted.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    pub(crate) bins: Bins,
    pub(crate) frame: Frame,
    /// The name of the bins' dimension.
    pub(crate) name: String,
}

impl Histogram {
    /// The wanted bins and the spans of the other dimensions.
    fn split(out: &Region) -> (Span, Region) {
        match out.0.split_last() {
            Some((bins, rest)) => (*bins, Region(rest.to_vec())),
            None => (Span::new(0, 0), Region(Vec::new())),
        }
    }

    fn count<T: Cell>(edges: &Edges, walk: &Walk, x: &[T], bins: Span, counts: &mut [f64]) {
        walk.cells(|from, to| {
            let bin = edges.bin(x[from].wide()).and_then(|bin| bin.checked_sub(bins.start));
            if let Some(bin) = bin.filter(|bin| *bin < bins.len) {
                counts[to * bins.len + bin] += 1.0;
            }
        });
    }
}

impl Op for Histogram {
    fn id(&self) -> &'static str {
        "histogram"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (&self.frame, &self.name, self.bins.len()).hash(&mut hasher);
        if let Bins::Known(edges) = &self.bins {
            edges.at.iter().for_each(|x| x.to_bits().hash(&mut hasher));
        }
    }

    fn describe(&self) -> String {
        format!("{} bins {}", self.bins.len(), self.frame.describe())
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let input = match (&self.bins, inputs) {
            (Bins::Known(_), [input]) => *input,
            (Bins::Found(bins), [input, edges]) if edges.shape == [bins + 1] => *input,
            _ => return Err(Error::internal("a histogram of other inputs than values and edges")),
        };
        let mut meta = self.frame.infer(self.id(), input, DType::I64)?;
        meta.dims.push(self.name.clone());
        meta.shape.push(self.bins.len());
        meta.chunks.push(self.bins.len());
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let (_, rest) = Self::split(out);
        let values = inputs.iter().take(1).map(|input| self.frame.needs(&rest.0, &input.shape));
        values.chain(inputs.iter().skip(1).map(|edges| Region::all(&edges.shape))).collect()
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Histogram {
    fn state_bytes(&self, out: &Region) -> u64 {
        out.cells() as u64 * 8
    }

    fn start(&self, out: &Region) -> State {
        State { planes: vec![vec![0.0; out.cells()]] }
    }

    fn update(
        &self,
        state: &mut State,
        out: &Region,
        part: &Region,
        block: &Block,
        others: &[(&Region, &Block)],
    ) -> Result<()> {
        let (bins, rest) = Self::split(out);
        let found = match (&self.bins, others) {
            (Bins::Known(edges), _) => edges.clone(),
            (Bins::Found(_), [(_, at)]) => Edges::new(at.data().to_f64()).ok_or_else(|| {
                Error::invalid(format!("the values lie too near each other for {} bins", self.bins.len()))
                    .hint("ask for fewer bins, or give a range")
            })?,
            (Bins::Found(_), _) => return Err(Error::internal("a histogram without edges")),
        };
        let walk = Walk::new(&self.frame.along, &self.frame.places(), part, &rest, None);
        if let (Some(walk), Some(counts)) = (walk, state.planes.first_mut()) {
            crate::with_data!(block.data(), v => Self::count(&found, &walk, v, bins, counts), _t => {
                return Err(Error::internal("a histogram of text"));
            });
        }
        Ok(())
    }

    fn merge(&self, state: &mut State, later: &State) {
        for (a, b) in state.planes.iter_mut().zip(&later.planes) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
    }

    fn touches(&self, out: &Region, part: &Region) -> bool {
        self.frame.touches(&Self::split(out).1.0, part)
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let counts = state.planes.into_iter().next().unwrap_or_default();
        Block::new(out.shape(), plane(&DType::I64, counts))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::Frame;
    use super::{Bins, Edges, Histogram};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    #[test]
    fn a_bin_holds_its_lower_edge_and_the_last_both() {
        let even = Edges::new(vec![0.0, 0.1, 0.2, 0.3]).unwrap();
        let wide = Edges::new(vec![-1.0, 0.0, 10.0]).unwrap();
        assert!(even.density.is_some() && wide.density.is_none());
        assert_eq!([0.0, 0.1, 0.2, 0.3].map(|x| even.bin(x)), [Some(0), Some(1), Some(2), Some(2)]);
        assert_eq!([-1.0, -0.5, 0.0, 10.0].map(|x| wide.bin(x)), [Some(0), Some(0), Some(1), Some(1)]);
        assert_eq!([-1e-9, 0.31, f64::NAN, f64::INFINITY].map(|x| even.bin(x)), [None; 4]);
        // An edge itself, however it was rounded.
        let many = Edges::new((0..=1000).map(|i| f64::from(i) * 0.001 - 0.7).collect()).unwrap();
        assert!(many.values()[..1000].iter().enumerate().all(|(i, x)| many.bin(*x) == Some(i)));
        assert!(Edges::new(vec![1.0]).is_none() && Edges::new(vec![1.0, 1.0]).is_none());
        assert!(Edges::new(vec![]).is_none() && Edges::new(vec![0.0, f64::NAN]).is_none());
    }

    /// Values from `numpy.histogram`.
    #[test]
    fn counts_over_any_dimensions() {
        let nan = f32::NAN;
        let x = vec![0.0, 1.0, 2.0, nan, 3.0, 4.0, -1.0, 2.5, 0.5, 4.0, 9.0, 1.0];
        let node = cube(&["y", "x"], &[3, 4], Data::F32(x));
        let run = |dims: &[&str]| {
            let dims: Vec<String> = dims.iter().map(|&d| d.to_owned()).collect();
            let edges = Edges::new(vec![0.0, 1.0, 2.0, 4.0]).unwrap();
            let op =
                Histogram { bins: Bins::Known(edges), frame: Frame::over(node.meta(), &dims), name: "bin".to_owned() };
            everywhere(&Node::op(Arc::new(op), vec![Arc::clone(&node)]).unwrap()).unwrap().into_data()
        };
        assert_eq!(run(&["y", "x"]), Data::I64(vec![2, 2, 5]));
        assert_eq!(run(&["x"]), Data::I64(vec![1, 1, 1, 0, 0, 3, 1, 1, 1]));
        assert_eq!(run(&["y"]), Data::I64(vec![2, 0, 1, 0, 1, 2, 0, 0, 1, 0, 1, 1]));
    }
}
