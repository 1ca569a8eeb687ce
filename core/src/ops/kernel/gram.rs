//! What the rows of a matrix have in common: the sums of their products, streamed part by part.

use super::stat::Cell;
use crate::model::{Block, DType, Data, Error, ErrorKind, Region, Result, Span};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use nalgebra::DMatrix;
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The sum of products of each pair of rows (the Gram matrix), where the leading dimensions of the input make the rows
/// and the others their columns. Parts of the input must hold all rows. What is missing counts as 0.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// Leading dimensions that make the rows.
    leading: usize,
    /// Number of rows.
    rows: usize,
}

/// Columns multiplied at once.
const SLICE: usize = 256;
/// The names of the result's dimensions.
const DIMS: [&str; 2] = ["row", "column"];

impl Gram {
    /// Of an array whose first `leading` dimensions make the rows.
    pub(crate) fn new(meta: &ArrayMeta, leading: usize) -> Self {
        Self { leading, rows: meta.shape.iter().take(leading).fold(1, |n, &s| n.saturating_mul(s)) }
    }

    /// Adds the products of some rows with others over the columns of a part.
    fn add<T: Cell>(&self, x: &[T], rows: Span, columns: Span, sums: &mut [f64]) {
        let n = x.len() / self.rows.max(1);
        let there = |x: &T| Some(x.wide()).filter(|x| !x.is_nan()).unwrap_or(0.0);
        for start in (0..n).step_by(SLICE) {
            let width = SLICE.min(n - start);
            let mut slice = Vec::with_capacity(width * self.rows);
            x.chunks_exact(n).for_each(|row| slice.extend(row[start..start + width].iter().map(there)));
            // Rows stand as columns here, which nalgebra keeps together in memory: its strided views are not sound.
            let slice = DMatrix::from_vec(width, self.rows, slice);
            let products = slice.columns(rows.start, rows.len).transpose() * slice.columns(columns.start, columns.len);
            for (i, sums) in sums.chunks_exact_mut(columns.len.max(1)).enumerate() {
                sums.iter_mut().enumerate().for_each(|(j, sum)| *sum += products[(i, j)]);
            }
        }
    }
}

impl Op for Gram {
    fn id(&self) -> &'static str {
        "covariance"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.leading, self.rows).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("of {} rows", self.rows)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("products of rows have one input")) };
        if Self::new(input, self.leading).rows != self.rows || self.leading > input.dims.len() {
            return Err(Error::internal(format!("products of {} rows of {:?}", self.rows, input.shape)));
        }
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("products of values of type {}", input.dtype)));
        }
        Ok(ArrayMeta {
            dims: DIMS.map(str::to_owned).to_vec(),
            shape: vec![self.rows; 2],
            dtype: DType::F64,
            chunks: vec![self.rows.max(1); 2],
        })
    }

    fn needs(&self, _out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| Region::all(&input.shape)).collect()
    }

    fn reduce(&self) -> Option<&dyn Reduce> {
        Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Reduce for Gram {
    fn state_bytes(&self, out: &Region) -> u64 {
        // The sums and a slice of the rows, of which there is a second one each while a part is added.
        (out.cells() + self.rows * SLICE) as u64 * 8
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
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        let here: usize = part.0.iter().take(self.leading).map(|s| s.len).product();
        if here != self.rows {
            return Err(Error::new(ErrorKind::Memory, format!("{} rows at once and {here} fit", self.rows))
                .hint("give more --memory, or select less"));
        }
        let ([rows, columns], Some(sums)) = (out.0.as_slice(), state.planes.first_mut()) else {
            return Err(Error::internal("a state of another operation"));
        };
        crate::with_data!(block.data(), x => self.add(x, *rows, *columns, sums), _t => {
            return Err(Error::internal("products of text"));
        });
        Ok(())
    }

    fn each_cell(&self) -> bool {
        false
    }

    fn merge(&self, state: &mut State, later: &State) {
        for (a, b) in state.planes.iter_mut().zip(&later.planes) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        Block::new(out.shape(), Data::F64(state.planes.into_iter().next().unwrap_or_default()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Gram;
    use crate::model::{Data, ErrorKind, Region, Span};
    use crate::ops::testing::{cube, whole};
    use crate::plan::{Node, Reduce};
    use std::sync::Arc;

    #[test]
    fn products_of_rows_in_parts() {
        let value = |i: u32| if i == 5 { f64::NAN } else { f64::from(i.wrapping_mul(7919) % 17) - 8.0 };
        let x: Vec<f64> = (0..8 * 3 * 4).map(value).collect();
        let node = cube(&["t", "y", "x"], &[8, 3, 4], Data::F64(x.clone()));
        let gram = Gram::new(node.meta(), 1);
        let got = whole(&Node::op(Arc::new(gram.clone()), vec![Arc::clone(&node)]).unwrap()).unwrap();
        let there = |i: usize| if x[i].is_nan() { 0.0 } else { x[i] };
        let expected: Vec<f64> =
            (0..64).map(|at| (0..12).map(|k| there(at / 8 * 12 + k) * there(at % 8 * 12 + k)).sum()).collect();
        assert_eq!(got.data().to_f64(), expected);

        // Two parts along the columns, merged; some of the result.
        let out = Region(vec![Span::new(2, 6), Span::new(0, 7)]);
        let block = whole(&node).unwrap();
        let mut total = gram.start(&out);
        for (start, len) in [(0, 3), (3, 1)] {
            let part = Region(vec![Span::new(0, 8), Span::new(0, 3), Span::new(start, len)]);
            let mut state = gram.start(&out);
            gram.update(&mut state, &out, &part, &block.slice(&part).unwrap(), &[]).unwrap();
            gram.merge(&mut total, &state);
        }
        let some = gram.finish(total, &out).unwrap().data().to_f64();
        assert_eq!(some, (2..8).flat_map(|r| expected[r * 8..r * 8 + 7].to_vec()).collect::<Vec<_>>());

        let half = Region(vec![Span::new(0, 4), Span::new(0, 3), Span::new(0, 4)]);
        let error = gram.update(&mut gram.start(&out), &out, &half, &block.slice(&half).unwrap(), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
    }
}
