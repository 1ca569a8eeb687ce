//! The array kernel of distance matrices: one tile of pairs of rows at a time.

use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// How far two rows lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Metric {
    /// The root of the sum of squared differences.
    Euclidean,
    /// The sum of squared differences.
    SqEuclidean,
    /// The sum of absolute differences.
    CityBlock,
}

/// The distances from each row of the first input to each row of the second, as `f64`.
///
/// Differences are added up one feature after another in `f64`, so the result does not depend on the partition, and near
/// rows lose no digits (as they do by way of a product of matrices). A missing value makes all distances of its row
/// missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Pairs {
    pub(crate) metric: Metric,
    /// Names of the result's dimensions.
    pub(crate) dims: [String; 2],
}

/// Cells along each side of a chunk of the result.
const CHUNK: usize = 512;
/// Rows and columns of the result worked on at once: their totals stay in registers.
const ROWS: usize = 4;
const COLUMNS: usize = 16;

impl Op for Pairs {
    fn id(&self) -> &'static str {
        match self.metric {
            Metric::Euclidean => "cdist euclidean",
            Metric::SqEuclidean => "cdist sqeuclidean",
            Metric::CityBlock => "cdist cityblock",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [x, y] = inputs else { return Err(Error::internal("distances have two inputs")) };
        let ([n, k], [m, l]) = (x.shape.as_slice(), y.shape.as_slice()) else {
            return Err(Error::invalid(format!(
                "distances between rows need two tables, not arrays of {} and {} dimensions",
                x.shape.len(),
                y.shape.len()
            )));
        };
        if k != l {
            return Err(Error::invalid(format!("rows of {k} features here and of {l} there"))
                .hint("both tables need the same features along their second dimension"));
        }
        if let Some(t) = [&x.dtype, &y.dtype].into_iter().find(|t| !t.is_numeric()) {
            return Err(Error::invalid(format!("distances between values of type {t}")));
        }
        Ok(ArrayMeta {
            dims: self.dims.to_vec(),
            shape: vec![*n, *m],
            dtype: DType::F64,
            chunks: vec![CHUNK.min(*n).max(1), CHUNK.min(*m).max(1)],
        })
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let features = inputs.first().and_then(|m| m.shape.get(1)).copied().unwrap_or(0);
        out.0.iter().map(|&rows| Region(vec![rows, Span::new(0, features)])).collect()
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(x_region, x), (_, y)] = inputs else { return Err(Error::internal("distances have two inputs")) };
        let ([rows, columns], [_, features]) = (out.0.as_slice(), x_region.0.as_slice()) else {
            return Err(Error::internal("distances between rows of tables"));
        };
        let (n, m, k) = (rows.len, columns.len, features.len);
        let (x, y) = (x.data().to_f64(), panels(&y.data().to_f64(), k));
        let mut to = vec![0.0; n * m];
        if n * m * k > 0 {
            let tile = Tile { x: &x, panels: &y, features: k, columns: m };
            fast(
                #[inline(always)]
                || match self.metric {
                    Metric::CityBlock => tile.run(&mut to, |d| d.abs()),
                    Metric::Euclidean | Metric::SqEuclidean => tile.run(&mut to, |d| d * d),
                },
            );
            if self.metric == Metric::Euclidean {
                to.iter_mut().for_each(|d| *d = d.sqrt());
            }
        }
        Block::new(vec![n, m], Data::F64(to))
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        // The rows as `f64`; few features are cheap, many are read in the same measure.
        out.0.iter().map(|s| s.len as u64 * 64 * 8).sum()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Rows of `k` features turned into panels of [`COLUMNS`] rows, feature by feature, the last filled up with zeros.
fn panels(y: &[f64], k: usize) -> Vec<f64> {
    let rows = y.len() / k.max(1);
    let mut out = vec![0.0; rows.next_multiple_of(COLUMNS) * k];
    for (j, row) in y.chunks_exact(k.max(1)).enumerate() {
        let panel = &mut out[j / COLUMNS * COLUMNS * k..];
        row.iter().zip(panel[j % COLUMNS..].iter_mut().step_by(COLUMNS)).for_each(|(v, to)| *to = *v);
    }
    out
}

/// Rows against panels of rows.
struct Tile<'a> {
    x: &'a [f64],
    panels: &'a [f64],
    features: usize,
    columns: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn run(&self, to: &mut [f64], term: impl Fn(f64) -> f64 + Copy) {
        let (k, m) = (self.features, self.columns);
        for (x, to) in self.x.chunks(ROWS * k).zip(to.chunks_mut(ROWS * m)) {
            for (p, panel) in self.panels.chunks_exact(COLUMNS * k).enumerate() {
                let first = p * COLUMNS;
                let last = m.min(first + COLUMNS);
                if x.len() == ROWS * k {
                    let sums = sums::<ROWS>(x, panel, k, term);
                    for (to, sums) in to.chunks_exact_mut(m).zip(&sums) {
                        to[first..last].copy_from_slice(&sums[..last - first]);
                    }
                } else {
                    for (to, x) in to.chunks_exact_mut(m).zip(x.chunks_exact(k)) {
                        let [sums] = sums::<1>(x, panel, k, term);
                        to[first..last].copy_from_slice(&sums[..last - first]);
                    }
                }
            }
        }
    }
}

/// The sums of the terms of `R` rows against the rows of a panel.
#[inline(always)]
fn sums<const R: usize>(x: &[f64], panel: &[f64], k: usize, term: impl Fn(f64) -> f64) -> [[f64; COLUMNS]; R] {
    let mut sums = [[0.0; COLUMNS]; R];
    let rows: [&[f64]; R] = std::array::from_fn(|r| &x[r * k..(r + 1) * k]);
    for (f, y) in panel.as_chunks::<COLUMNS>().0.iter().enumerate() {
        for r in 0..R {
            let x = rows[r][f];
            for c in 0..COLUMNS {
                sums[r][c] += term(x - y[c]);
            }
        }
    }
    sums
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Metric, Pairs};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::Node;
    use std::sync::Arc;

    #[test]
    fn all_pairs_whatever_the_tile() {
        for (n, m, k) in [(1, 1, 1), (4, 16, 3), (7, 19, 5), (9, 35, 2)] {
            let value = |seed: usize, i: usize| (i * 7919 + seed).wrapping_mul(2_654_435_761) % 1000;
            let x: Vec<f64> = (0..n * k).map(|i| value(1, i) as f64 / 100.0).collect();
            let y: Vec<f32> = (0..m * k).map(|i| value(2, i) as f32 / 100.0).collect();
            for metric in [Metric::Euclidean, Metric::SqEuclidean, Metric::CityBlock] {
                let op = Pairs { metric, dims: ["a".to_owned(), "b".to_owned()] };
                let inputs = vec![
                    cube(&["a", "k"], &[n, k], Data::F64(x.clone())),
                    cube(&["b", "k"], &[m, k], Data::F32(y.clone())),
                ];
                let got = everywhere(&Node::op(Arc::new(op), inputs).unwrap()).unwrap().into_data().to_f64();
                for (at, got) in got.iter().enumerate() {
                    let (a, b) = (&x[at / m * k..][..k], &y[at % m * k..][..k]);
                    let differences = a.iter().zip(b).map(|(a, b)| a - f64::from(*b));
                    let expected: f64 = match metric {
                        Metric::CityBlock => differences.map(f64::abs).sum(),
                        Metric::SqEuclidean => differences.map(|d| d * d).sum(),
                        Metric::Euclidean => differences.map(|d| d * d).sum::<f64>().sqrt(),
                    };
                    assert_eq!(got.to_bits(), expected.to_bits(), "{metric:?} {n} {m} {k} at {at}");
                }
            }
        }
    }
}
