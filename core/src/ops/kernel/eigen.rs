//! The leading eigenvectors of a symmetric matrix and their part of the whole, and rows brought to one measure.

use crate::model::{Block, DType, Data, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use nalgebra::{DMatrix, SymmetricEigen};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The dimension of eigenvectors.
pub(crate) const MODE: &str = "mode";

/// What is told of the leading eigenvectors, the largest eigenvalue first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Leading {
    /// Their cells, of length 1 together, along these dimensions.
    Vectors(Vec<(String, usize)>),
    /// Their eigenvalues as parts of the sum of all.
    Parts,
}

/// The leading eigenvectors of a symmetric matrix without negative eigenvalues, in `f64`. Where all of it is 0, or
/// something missing, parts are NaN.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    pub(crate) told: Leading,
    /// How many.
    pub(crate) count: usize,
}

impl Op for Eigen {
    fn id(&self) -> &'static str {
        match self.told {
            Leading::Vectors(_) => "eigenvectors",
            Leading::Parts => "eigenvalues",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (&self.told, self.count).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("the leading {}", self.count)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("eigenvectors have one input")) };
        let [rows, columns] = input.shape.as_slice() else { return Err(Error::internal("eigenvectors of no matrix")) };
        let mut meta = ArrayMeta {
            dims: vec![MODE.to_owned()],
            shape: vec![self.count],
            dtype: DType::F64,
            chunks: vec![self.count.max(1)],
        };
        let mut cells = *rows;
        if let Leading::Vectors(dims) = &self.told {
            cells = dims.iter().map(|(_, n)| n).product();
            for (name, n) in dims {
                meta.dims.push(name.clone());
                meta.shape.push(*n);
                meta.chunks.push((*n).max(1));
            }
        }
        if rows != columns || cells != *rows || self.count > *rows {
            return Err(Error::internal(format!("{} eigenvectors of {cells} cells of {:?}", self.count, input.shape)));
        }
        Ok(meta)
    }

    fn needs(&self, _out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| Region::all(&input.shape)).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        let rows: u64 = match &self.told {
            Leading::Vectors(dims) => dims.iter().map(|(_, n)| *n as u64).product(),
            Leading::Parts => 0,
        };
        // The matrix again, its vectors, the work between; the leading ones.
        rows * (3 * rows + self.count as u64) * 8 + out.cells() as u64 * 8
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(_, block)] = inputs else { return Err(Error::internal("eigenvectors have one input")) };
        let rows = block.shape().first().copied().unwrap_or(0);
        let matrix = DMatrix::from_row_slice(rows, rows, &block.data().to_f64());
        let usable = matrix.iter().all(|x| x.is_finite());
        match &self.told {
            Leading::Parts => {
                let total = matrix.trace();
                let mut parts = vec![f64::NAN; self.count];
                if usable && total > 0.0 {
                    let mut values: Vec<f64> = matrix.symmetric_eigenvalues().iter().copied().collect();
                    values.sort_by(|a, b| b.total_cmp(a));
                    parts.iter_mut().zip(values).for_each(|(part, value)| *part = value.max(0.0) / total);
                }
                Block::new(vec![self.count], Data::F64(parts))?.slice(out)
            }
            Leading::Vectors(dims) => {
                let mut vectors = vec![f64::NAN; self.count * rows];
                let found = if usable { SymmetricEigen::try_new(matrix, f64::EPSILON, 0) } else { None };
                if let Some(found) = found {
                    let mut order: Vec<usize> = (0..rows).collect();
                    order.sort_by(|&a, &b| found.eigenvalues[b].total_cmp(&found.eigenvalues[a]));
                    for (to, &mode) in vectors.chunks_exact_mut(rows.max(1)).zip(&order) {
                        to.iter_mut().zip(found.eigenvectors.column(mode).iter()).for_each(|(to, x)| *to = *x);
                    }
                }
                let shape = std::iter::once(self.count).chain(dims.iter().map(|(_, n)| *n)).collect();
                Block::new(shape, Data::F64(vectors))?.slice(out)
            }
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Rows brought to a mean square of 1, turned so that the value furthest from 0 (the first of equals) is above it.
#[derive(Debug, Clone)]
pub(crate) struct Measured;

impl Op for Measured {
    fn id(&self) -> &'static str {
        "components"
    }

    fn key(&self, _hasher: &mut dyn Hasher) {}

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("rows have one input")) };
        if input.dims.len() != 2 {
            return Err(Error::internal(format!("rows of {} dimensions", input.dims.len())));
        }
        Ok(ArrayMeta {
            dtype: DType::F64,
            chunks: input.shape.iter().map(|n| (*n).max(1)).collect(),
            ..(*input).clone()
        })
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let length = inputs.first().and_then(|m| m.shape.get(1)).copied().unwrap_or(0);
        vec![Region(out.0.iter().take(1).copied().chain([Span::new(0, length)]).collect())]
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let ([(_, block)], [_, wanted]) = (inputs, out.0.as_slice()) else {
            return Err(Error::internal("rows have one input"));
        };
        let length = block.shape().get(1).copied().unwrap_or(0).max(1);
        let mut result = Vec::with_capacity(out.cells());
        for row in block.data().to_f64().chunks_exact(length) {
            let square = row.iter().map(|x| x * x).sum::<f64>() / length as f64;
            let furthest = row.iter().copied().fold(0.0, |a: f64, x| if x.abs() > a.abs() { x } else { a });
            let by = 1.0_f64.copysign(furthest) / square.sqrt();
            result.extend(row.iter().skip(wanted.start).take(wanted.len).map(|x| x * by));
        }
        Block::new(out.shape(), Data::F64(result))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Eigen, Leading, Measured};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere};
    use crate::plan::{Node, Op};
    use std::sync::Arc;

    fn run(op: impl Op + 'static, shape: [usize; 2], x: &[f64]) -> Vec<f64> {
        let node = cube(&["row", "column"], &shape, Data::F64(x.to_vec()));
        everywhere(&Node::op(Arc::new(op), vec![node]).unwrap()).unwrap().into_data().to_f64()
    }

    #[test]
    fn the_largest_eigenvalue_comes_first() {
        // Eigenvalues 1, 4 and 10, the last along (1, 0, 1).
        let x = [5.5, 0.0, 4.5, 0.0, 4.0, 0.0, 4.5, 0.0, 5.5];
        let parts = run(Eigen { told: Leading::Parts, count: 2 }, [3, 3], &x);
        assert!((parts[0] - 10.0 / 15.0).abs() < 1e-14 && (parts[1] - 4.0 / 15.0).abs() < 1e-14, "{parts:?}");
        let dims = vec![("y".to_owned(), 1), ("x".to_owned(), 3)];
        let vectors = run(Eigen { told: Leading::Vectors(dims), count: 2 }, [3, 3], &x);
        let root = 0.5_f64.sqrt();
        assert!(vectors.iter().zip([root, 0.0, root, 0.0, 1.0, 0.0]).all(|(a, b)| (a.abs() - b).abs() < 1e-14));
        assert!((vectors[0] * vectors[2] - 0.5).abs() < 1e-14);
        let nothing = run(Eigen { told: Leading::Parts, count: 1 }, [3, 3], &[0.0; 9]);
        assert!(nothing[0].is_nan());
        let missing = run(Eigen { told: Leading::Parts, count: 1 }, [1, 1], &[f64::NAN]);
        assert!(missing[0].is_nan());
    }

    #[test]
    fn rows_of_mean_square_one_point_up() {
        let got = run(Measured, [2, 4], &[3.0, -3.0, -3.0, 3.0, 1.0, -7.0, 5.0, 5.0]);
        let expected = [1.0, -1.0, -1.0, 1.0, -0.2, 1.4, -1.0, -1.0];
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{got:?}");
    }
}
