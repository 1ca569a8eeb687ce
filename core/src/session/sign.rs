//! Integers of 64 bits read with the other sign, bit for bit: `f64`, in which programs compute, would round them.

use crate::model::{Block, DType, Data, Error, Region, Result};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::Hasher;

/// `I64` as `U64` and the reverse.
#[derive(Debug)]
pub(super) struct Resign;

impl Op for Resign {
    fn id(&self) -> &'static str {
        "sign"
    }

    fn key(&self, _hasher: &mut dyn Hasher) {}

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        match inputs {
            [one] if one.dtype == DType::I64 => Ok(ArrayMeta { dtype: DType::U64, ..(*one).clone() }),
            [one] if one.dtype == DType::U64 => Ok(ArrayMeta { dtype: DType::I64, ..(*one).clone() }),
            _ => Err(Error::internal("only integers of 64 bits change their sign bit for bit")),
        }
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        vec![out.clone()]
    }

    fn compute(&self, _out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(_, block)] = inputs else { return Err(Error::internal("the sign of one array changes at a time")) };
        let data = match block.data() {
            Data::I64(v) => Data::U64(v.iter().map(|x| x.cast_unsigned()).collect()),
            Data::U64(v) => Data::I64(v.iter().map(|x| x.cast_signed()).collect()),
            _ => return Err(Error::internal("only integers of 64 bits change their sign bit for bit")),
        };
        Block::new(block.shape().to_vec(), data)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
