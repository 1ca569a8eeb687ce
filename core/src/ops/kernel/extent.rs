//! The least and the greatest value of arrays, and bins of one width between them.

use super::stat::Cell;
use crate::model::{Block, DType, Data, Error, Region, Result};
use crate::plan::{ArrayMeta, Op, Reduce, State};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// The least and the greatest value of an array, as two numbers in `f64`; NaN where all are missing.
#[derive(Debug, Clone)]
pub(crate) struct Extent;

impl Op for Extent {
    fn id(&self) -> &'static str {
        "extent"
    }

    fn key(&self, _hasher: &mut dyn Hasher) {}

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("an extent has one input")) };
        if !input.dtype.is_numeric() {
            return Err(Error::invalid(format!("the least and the greatest of values of type {}", input.dtype)));
        }
        Ok(ArrayMeta { dims: vec!["extent".to_owned()], shape: vec![2], dtype: DType::F64, chunks: vec![2] })
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

fn wider([low, high]: [f64; 2], [least, greatest]: [f64; 2]) -> [f64; 2] {
    [low.min(least), high.max(greatest)]
}

/// What is missing is neither below nor above.
fn extent<T: Cell>(x: &[T]) -> [f64; 2] {
    let mut all = [f64::INFINITY, f64::NEG_INFINITY];
    for x in x {
        let x = x.wide();
        all = [if x < all[0] { x } else { all[0] }, if x > all[1] { x } else { all[1] }];
    }
    all
}

fn pair(state: &State) -> [f64; 2] {
    state.planes.first().and_then(|p| p.as_slice().try_into().ok()).unwrap_or([f64::INFINITY, f64::NEG_INFINITY])
}

impl Reduce for Extent {
    fn state_bytes(&self, _out: &Region) -> u64 {
        16
    }

    fn start(&self, _out: &Region) -> State {
        State { planes: vec![vec![f64::INFINITY, f64::NEG_INFINITY]] }
    }

    fn update(
        &self,
        state: &mut State,
        _out: &Region,
        _part: &Region,
        block: &Block,
        _others: &[(&Region, &Block)],
    ) -> Result<()> {
        let here = crate::with_data!(block.data(), x => extent(x), _t => {
            return Err(Error::internal("the extent of text"));
        });
        state.planes = vec![wider(pair(state), here).to_vec()];
        Ok(())
    }

    fn each_cell(&self) -> bool {
        false
    }

    fn merge(&self, state: &mut State, later: &State) {
        state.planes = vec![wider(pair(state), pair(later)).to_vec()];
    }

    fn finish(&self, state: State, out: &Region) -> Result<Block> {
        let [low, high] = pair(&state);
        let found = if low > high { [f64::NAN; 2] } else { [low, high] };
        Block::new(vec![2], Data::F64(found.to_vec()))?.slice(out)
    }
}

/// The edges of bins of one width from the least to the greatest of all inputs, each an [`Extent`], or the bins' middles.
/// As `numpy.histogram` has them: from 0 to 1 where there is no value, half a unit to either side where there is one only.
#[derive(Debug, Clone)]
pub(crate) struct Even {
    /// Number of bins, at least 1.
    pub(crate) bins: usize,
    /// Whether their middles are wanted.
    pub(crate) middles: bool,
    /// The name of the bins' dimension.
    pub(crate) name: String,
}

impl Even {
    fn len(&self) -> usize {
        if self.middles { self.bins } else { self.bins + 1 }
    }
}

/// The edges of so many bins from one number to another, as `numpy.linspace` has them.
pub(crate) fn even(bins: usize, low: f64, high: f64) -> Vec<f64> {
    let step = (high - low) / bins as f64;
    (0..=bins).map(|i| if i == bins { high } else { low + i as f64 * step }).collect()
}

impl Op for Even {
    fn id(&self) -> &'static str {
        "bins"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        (self.bins, self.middles, &self.name).hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{} of one width", self.bins)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        if inputs.is_empty() || inputs.iter().any(|i| i.shape != [2]) {
            return Err(Error::internal("bins between no numbers"));
        }
        let name = if self.middles { self.name.clone() } else { format!("{}_edge", self.name) };
        Ok(ArrayMeta { dims: vec![name], shape: vec![self.len()], dtype: DType::F64, chunks: vec![self.len().max(1)] })
    }

    fn needs(&self, _out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        inputs.iter().map(|input| Region::all(&input.shape)).collect()
    }

    fn scratch_bytes(&self, _out: &Region) -> u64 {
        (self.bins as u64 + 1) * 16
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let mut all = [f64::INFINITY, f64::NEG_INFINITY];
        for (_, block) in inputs {
            if let [low, high] = block.data().to_f64()[..] {
                all = wider(all, [low, high]);
            }
        }
        let [low, high] = match all {
            [low, high] if low > high => [0.0, 1.0],
            [low, high] if low.is_infinite() || high.is_infinite() => {
                return Err(Error::invalid(format!("values reach from {low} to {high}, between which no bins lie"))
                    .hint("give a range, such as range=0,40"));
            }
            [low, high] if low >= high => [low - 0.5, high + 0.5],
            found => found,
        };
        let mut at = even(self.bins, low, high);
        if self.middles {
            at = at.windows(2).map(|w| (w[0] + w[1]) / 2.0).collect();
        }
        Block::new(vec![self.len()], Data::F64(at))?.slice(out)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Even, Extent};
    use crate::model::Data;
    use crate::ops::testing::{cube, everywhere, whole};
    use crate::plan::Node;
    use std::sync::Arc;

    fn edges(parts: &[&[f32]], middles: bool) -> Result<Vec<f64>, String> {
        let extents = parts.iter().map(|x| {
            let node = cube(&["x"], &[x.len()], Data::F32(x.to_vec()));
            let extent = Node::op(Arc::new(Extent), vec![node]).unwrap();
            everywhere(&extent).unwrap();
            extent
        });
        let op = Even { bins: 4, middles, name: "bin".to_owned() };
        let node = Node::op(Arc::new(op), extents.collect()).unwrap();
        whole(&node).map(|b| b.into_data().to_f64()).map_err(|e| e.to_string())
    }

    /// Values from `numpy.histogram_bin_edges`.
    #[test]
    fn bins_lie_between_the_least_and_the_greatest() {
        let nan = f32::NAN;
        assert_eq!(edges(&[&[3.0, nan, -1.0, 2.0, 0.5]], false).unwrap(), [-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(edges(&[&[nan, 3.0], &[nan, nan], &[7.0, 4.0]], false).unwrap(), [3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(edges(&[&[3.0, 7.0]], true).unwrap(), [3.5, 4.5, 5.5, 6.5]);
        assert_eq!(edges(&[&[5.0, 5.0, nan]], false).unwrap(), [4.5, 4.75, 5.0, 5.25, 5.5]);
        assert_eq!(edges(&[&[nan, nan]], false).unwrap(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert!(edges(&[&[5.0, f32::INFINITY]], false).unwrap_err().contains("values reach from 5 to inf"));
    }
}
