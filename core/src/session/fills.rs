//! Fill values of 64-bit integers, compared as integers: `f64`, in which programs compute, takes their neighbours for them.

use crate::cf::{Packing, Test};
use crate::model::{AttrValue, Block, DType, Data, Error, Region, Result, VariableMeta};
use crate::plan::{ArrayMeta, Op};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// 64-bit integers as floats, missing where they equal one of these.
#[derive(Debug)]
pub(super) struct Filled {
    fills: Vec<i128>,
}

impl Filled {
    /// For a variable that is masked by such values alone, one of them beyond 2^53; else `None`.
    pub(super) fn of(var: &VariableMeta, packing: &Packing) -> Option<Self> {
        let plain = packing.scale.is_none() && packing.offset.is_none() && packing.reinterpret.is_none();
        let equal = packing.masks.iter().all(|mask| matches!(mask.test, Test::Equal(_)));
        if !matches!(packing.packed, DType::I64 | DType::U64) || !plain || !equal || packing.masks.is_empty() {
            return None;
        }
        let of_file = |name: &str| if name == "fill_value" { var.fill_value.as_ref() } else { var.attrs.get(name) };
        let mut fills = Vec::new();
        for mask in &packing.masks {
            match of_file(mask.from)? {
                AttrValue::Numbers(data @ (Data::I64(_) | Data::U64(_))) => {
                    fills.extend((0..data.len()).filter_map(|i| data.whole(i)));
                }
                _ => return None,
            }
        }
        fills.iter().any(|fill| fill.unsigned_abs() > 1 << 53).then_some(Self { fills })
    }
}

impl Op for Filled {
    fn id(&self) -> &'static str {
        "map"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        ("fills", &self.fills).hash(&mut hasher);
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        match inputs {
            [one] if matches!(one.dtype, DType::I64 | DType::U64) => {
                Ok(ArrayMeta { dtype: DType::F64, ..(*one).clone() })
            }
            _ => Err(Error::internal("fill values of integers of 64 bits alone")),
        }
    }

    fn needs(&self, out: &Region, _inputs: &[&ArrayMeta]) -> Vec<Region> {
        vec![out.clone()]
    }

    #[expect(clippy::cast_precision_loss, reason = "as xarray decodes integers with a fill value")]
    fn compute(&self, _out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let [(_, block)] = inputs else { return Err(Error::internal("one array is filled at a time")) };
        let missing = |x: i128| self.fills.contains(&x);
        let values = match block.data() {
            Data::I64(v) => v.iter().map(|&x| if missing(x.into()) { f64::NAN } else { x as f64 }).collect(),
            Data::U64(v) => v.iter().map(|&x| if missing(x.into()) { f64::NAN } else { x as f64 }).collect(),
            _ => return Err(Error::internal("fill values of integers of 64 bits alone")),
        };
        Block::new(block.shape().to_vec(), Data::F64(values))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
