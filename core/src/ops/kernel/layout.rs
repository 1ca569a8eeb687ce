//! The same values in another partition: the hint by which results are chunked.

use crate::model::{Block, Error, Region, Result};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// Passes values on and names the chunks in which they are best computed and written.
#[derive(Debug, Clone)]
pub(crate) struct Layout(pub(crate) Vec<usize>);

impl Op for Layout {
    fn id(&self) -> &'static str {
        "chunk"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.0.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{:?}", self.0)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        let [input] = inputs else { return Err(Error::internal("a layout has one input")) };
        if self.0.len() != input.dims.len() {
            return Err(Error::internal(format!("{} chunk lengths for {} dimensions", self.0.len(), input.dims.len())));
        }
        let chunks = self.0.iter().zip(&input.shape).map(|(&c, &n)| c.clamp(1, n.max(1))).collect();
        Ok(ArrayMeta { chunks, ..(*input).clone() })
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        vec![out.clone()]
    }

    fn compute(&self, _out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(_, block)] = inputs else { return Err(Error::internal("a layout has one input")) };
        Ok((*block).clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
