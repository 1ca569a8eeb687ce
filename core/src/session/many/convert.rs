//! Values of one file turned into what the joined variable holds.

use crate::cf::{Packing, TimeUnits};
use crate::model::{Block, DType, Data, Result};

/// What happens to the values of one file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Convert {
    /// They pass as they stand.
    Keep,
    /// Another type, the same numbers.
    Cast,
    /// Mask, scale and offset applied, missing as NaN.
    Decode(Box<Packing>),
    /// Instants counted in other units.
    Recount { packing: Box<Packing>, from: Box<TimeUnits>, to: Box<TimeUnits> },
}

impl Convert {
    /// The block as the joined variable of type `dtype` holds it.
    pub(super) fn apply(&self, block: Block, dtype: &DType) -> Result<Block> {
        let shape = block.shape().to_vec();
        let data = match self {
            Self::Keep => return Ok(block),
            Self::Cast => match block.data() {
                data if data.dtype() == Data::zeros(dtype, 0).dtype() => return Ok(block),
                data => whole(data, dtype).unwrap_or_else(|| floats(data.to_f64(), dtype)),
            },
            Self::Decode(packing) => {
                floats(block.data().to_f64().into_iter().map(|x| packing.decode(x)).collect(), dtype)
            }
            Self::Recount { packing, from, to } => {
                let ticks = from.decode_all(block.data(), packing);
                let one = |t: i64| if t == i64::MIN { f64::NAN } else { to.encode(t) };
                floats(ticks.into_iter().map(one).collect(), dtype)
            }
        };
        Block::new(shape, data)
    }
}

/// Integers of a wider type without a way through floating point.
fn whole(from: &Data, dtype: &DType) -> Option<Data> {
    let each = || (0..from.len()).map(|i| from.json(i));
    Some(match Data::zeros(dtype, 0) {
        Data::I64(_) => Data::I64(each().map(|x| x.as_i64()).collect::<Option<_>>()?),
        Data::U64(_) => Data::U64(each().map(|x| x.as_u64()).collect::<Option<_>>()?),
        Data::I32(_) => Data::I32(each().map(|x| i32::try_from(x.as_i64()?).ok()).collect::<Option<_>>()?),
        Data::U32(_) => Data::U32(each().map(|x| u32::try_from(x.as_u64()?).ok()).collect::<Option<_>>()?),
        Data::I16(_) => Data::I16(each().map(|x| i16::try_from(x.as_i64()?).ok()).collect::<Option<_>>()?),
        Data::U16(_) => Data::U16(each().map(|x| u16::try_from(x.as_u64()?).ok()).collect::<Option<_>>()?),
        _ => return None,
    })
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to single precision where that is the type")]
fn floats(values: Vec<f64>, dtype: &DType) -> Data {
    if matches!(dtype, DType::F32 | DType::F16) {
        Data::F32(values.into_iter().map(|x| x as f32).collect())
    } else {
        Data::F64(values)
    }
}

/// A cell that stands for missing: the number, else NaN, else empty text.
pub(in crate::session) fn filled(dtype: &DType, cells: usize, value: Option<f64>) -> Data {
    let zeros = Data::zeros(dtype, cells);
    let value = value.unwrap_or(f64::NAN);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fill value of the type itself")]
    match zeros {
        Data::I8(_) => Data::I8(vec![value as i8; cells]),
        Data::I16(_) => Data::I16(vec![value as i16; cells]),
        Data::I32(_) => Data::I32(vec![value as i32; cells]),
        Data::I64(_) => Data::I64(vec![value as i64; cells]),
        Data::U8(_) => Data::U8(vec![value as u8; cells]),
        Data::U16(_) => Data::U16(vec![value as u16; cells]),
        Data::U32(_) => Data::U32(vec![value as u32; cells]),
        Data::U64(_) => Data::U64(vec![value as u64; cells]),
        Data::F32(_) => Data::F32(vec![value as f32; cells]),
        Data::F64(_) => Data::F64(vec![value; cells]),
        text @ Data::Text(_) => text,
    }
}
