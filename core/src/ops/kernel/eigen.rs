//! The leading eigenvectors of a symmetric matrix and their part of the whole, and rows brought to one measure.

use super::symmetric::leading;
use crate::model::{Block, DType, Data, Error, Region, Result, Span};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The dimension of eigenvectors.
pub(crate) const MODE: &str = "mode";

/// The leading eigenvectors of a symmetric matrix without negative eigenvalues, the largest first, in `f64`: for each its
/// eigenvalue as a part of the sum of all, then its cells, of length 1 together. [`Leading`] tells either. Where all of
/// the matrix is 0, parts are NaN; where something is missing, all are.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    /// How many.
    count: usize,
    /// Rows of the matrix.
    rows: usize,
}

impl Eigen {
    /// Of a matrix of so many rows.
    pub(crate) fn new(count: usize, rows: usize) -> Self {
        Self { count, rows }
    }
}

impl Op for Eigen {
    fn id(&self) -> &'static str {
        "eigenvectors"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.count, self.rows).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("the leading {}", self.count)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("eigenvectors have one input")) };
        if input.shape != [self.rows; 2] || self.count > self.rows {
            return Err(Error::internal(format!("{} eigenvectors of {:?}", self.count, input.shape)));
        }
        let shape = vec![self.count, self.rows + 1];
        let chunks = vec![self.count.max(1), self.rows + 1];
        Ok(ArrayMeta { dims: vec![MODE.to_owned(), "row".to_owned()], shape, dtype: DType::F64, chunks })
    }

    fn needs(&self, _out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| Region::all(&input.shape)).collect()
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        // The matrix again; the vectors, and some as long for the work between.
        let rows = self.rows as u64;
        rows * (rows + 2 * self.count as u64 + 16) * 8 + out.cells() as u64 * 8
    }

    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn effort(&self) -> f64 {
        1.0 + self.rows as f64 / 20.0
    }

    fn at_once(&self) -> bool {
        true
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        self.compute_asking(out, inputs, &|| Ok(()))
    }

    fn compute_asking(
        &self,
        out: &Region,
        inputs: &[(&Region, &Block)],
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Block> {
        let [(_, block)] = inputs else { return Err(Error::internal("eigenvectors have one input")) };
        let matrix = block.data().to_f64();
        let total: f64 = matrix.iter().step_by(self.rows + 1).sum();
        let mut found = vec![f64::NAN; self.count * (self.rows + 1)];
        if matrix.iter().all(|x| x.is_finite()) {
            let vectors = leading(matrix, self.rows, self.count, go_on)?;
            for (to, (value, vector)) in found.chunks_exact_mut(self.rows + 1).zip(vectors) {
                to[0] = if total > 0.0 { value.max(0.0) / total } else { f64::NAN };
                to[1..].copy_from_slice(&vector);
            }
        }
        Block::new(vec![self.count, self.rows + 1], Data::F64(found))?.slice(out)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What is told of the eigenvectors that [`Eigen`] gives.
#[derive(Debug, Clone)]
pub(crate) enum Leading {
    /// Their cells along these dimensions.
    Vectors(Vec<(String, usize)>),
    /// Their eigenvalues as parts of the sum of all.
    Parts,
}

impl Op for Leading {
    fn id(&self) -> &'static str {
        match self {
            Self::Vectors(_) => "cells of eigenvectors",
            Self::Parts => "eigenvalues",
        }
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        if let Self::Vectors(dims) = self {
            dims.hash(&mut hasher);
        }
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("eigenvectors have one input")) };
        let mut meta = ArrayMeta {
            dims: input.dims.iter().take(1).cloned().collect(),
            shape: input.shape.iter().take(1).copied().collect(),
            dtype: DType::F64,
            chunks: input.chunks.iter().take(1).copied().collect(),
        };
        if let Self::Vectors(dims) = self {
            if input.shape.get(1) != Some(&(1 + dims.iter().map(|(_, n)| n).product::<usize>())) {
                return Err(Error::internal(format!("eigenvectors of {:?} along {dims:?}", input.shape)));
            }
            for (name, n) in dims {
                meta.dims.push(name.clone());
                meta.shape.push(*n);
                meta.chunks.push((*n).max(1));
            }
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let length = inputs.first().and_then(|m| m.shape.get(1)).copied().unwrap_or(0);
        let row = match self {
            Self::Vectors(_) => Span::new(1, length.saturating_sub(1)),
            Self::Parts => Span::new(0, 1),
        };
        vec![Region(out.0.iter().take(1).copied().chain([row]).collect())]
    }

    fn scratch_bytes(&self, out: &Region) -> u64 {
        match self {
            Self::Vectors(dims) => {
                let cells: usize = dims.iter().map(|(_, n)| n).product();
                (cells * out.0.first().map_or(0, |s| s.len) * 8) as u64
            }
            Self::Parts => 0,
        }
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let ([(_, block)], Some((modes, rest))) = (inputs, out.0.split_first()) else {
            return Err(Error::internal("eigenvectors have one input"));
        };
        let mut shape = vec![modes.len];
        if let Self::Vectors(dims) = self {
            shape.extend(dims.iter().map(|(_, n)| *n));
        }
        let here = Region(std::iter::once(Span::new(0, modes.len)).chain(rest.iter().copied()).collect());
        Block::new(shape, block.data().clone())?.slice(&here)
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
        let told = |leading: Leading, count: usize, rows: usize, x: &[f64]| {
            let node = cube(&["row", "column"], &[rows, rows], Data::F64(x.to_vec()));
            let eigen = Node::op(Arc::new(Eigen::new(count, rows)), vec![node]).unwrap();
            everywhere(&Node::op(Arc::new(leading), vec![eigen]).unwrap()).unwrap().into_data().to_f64()
        };
        // Eigenvalues 1, 4 and 10, the last along (1, 0, 1).
        let x = [5.5, 0.0, 4.5, 0.0, 4.0, 0.0, 4.5, 0.0, 5.5];
        let parts = told(Leading::Parts, 2, 3, &x);
        assert!((parts[0] - 10.0 / 15.0).abs() < 1e-14 && (parts[1] - 4.0 / 15.0).abs() < 1e-14, "{parts:?}");
        let dims = vec![("y".to_owned(), 1), ("x".to_owned(), 3)];
        let vectors = told(Leading::Vectors(dims), 2, 3, &x);
        let root = 0.5_f64.sqrt();
        assert!(vectors.iter().zip([root, 0.0, root, 0.0, 1.0, 0.0]).all(|(a, b)| (a.abs() - b).abs() < 1e-14));
        assert!((vectors[0] * vectors[2] - 0.5).abs() < 1e-14);
        assert!(told(Leading::Parts, 1, 3, &[0.0; 9])[0].is_nan());
        assert!(told(Leading::Parts, 1, 1, &[f64::NAN])[0].is_nan());
        assert_eq!(told(Leading::Parts, 1, 1, &[3.0]), [1.0]);
    }

    #[test]
    fn rows_of_mean_square_one_point_up() {
        let got = run(Measured, [2, 4], &[3.0, -3.0, -3.0, 3.0, 1.0, -7.0, 5.0, 5.0]);
        let expected = [1.0, -1.0, -1.0, 1.0, -0.2, 1.4, -1.0, -1.0];
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{got:?}");
    }
}
