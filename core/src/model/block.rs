//! Values in memory: a dense C-order array of one type.

use super::{DType, Error, Region, Result};
use serde_json::Value;
use std::ops::Range;

/// From here on, 2^53, not every integer is an `f64`.
pub const EXACT: f64 = 9_007_199_254_740_992.0;

/// A plane of values. Float planes mark missing values by NaN.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Signed integers.
    I8(Vec<i8>),
    /// 16-bit signed integers.
    I16(Vec<i16>),
    /// 32-bit signed integers.
    I32(Vec<i32>),
    /// 64-bit signed integers.
    I64(Vec<i64>),
    /// Unsigned integers, truth values.
    U8(Vec<u8>),
    /// 16-bit unsigned integers.
    U16(Vec<u16>),
    /// 32-bit unsigned integers.
    U32(Vec<u32>),
    /// 64-bit unsigned integers.
    U64(Vec<u64>),
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Text, and whatever is not a number, written out.
    Text(Vec<String>),
}

/// Runs `$body` with `$v` bound to the vector of whichever numeric plane it is, `$t` to text.
#[macro_export]
macro_rules! with_data {
    ($data:expr, $v:ident => $body:expr, $t:ident => $text:expr) => {
        match $data {
            $crate::model::Data::I8($v) => $body,
            $crate::model::Data::I16($v) => $body,
            $crate::model::Data::I32($v) => $body,
            $crate::model::Data::I64($v) => $body,
            $crate::model::Data::U8($v) => $body,
            $crate::model::Data::U16($v) => $body,
            $crate::model::Data::U32($v) => $body,
            $crate::model::Data::U64($v) => $body,
            $crate::model::Data::F32($v) => $body,
            $crate::model::Data::F64($v) => $body,
            $crate::model::Data::Text($t) => $text,
        }
    };
}

impl Data {
    /// `len` cells of zero (or empty text) of the plane that holds this type.
    #[must_use]
    pub fn zeros(dtype: &DType, len: usize) -> Self {
        match dtype {
            DType::I8 => Self::I8(vec![0; len]),
            DType::I16 => Self::I16(vec![0; len]),
            DType::I32 => Self::I32(vec![0; len]),
            DType::I64 => Self::I64(vec![0; len]),
            DType::U8 | DType::Bool => Self::U8(vec![0; len]),
            DType::U16 => Self::U16(vec![0; len]),
            DType::U32 => Self::U32(vec![0; len]),
            DType::U64 => Self::U64(vec![0; len]),
            DType::F16 | DType::F32 => Self::F32(vec![0.0; len]),
            DType::F64 => Self::F64(vec![0.0; len]),
            DType::Enum { base, .. } => Self::zeros(base, len),
            _ => Self::Text(vec![String::new(); len]),
        }
    }

    /// No cells yet, with room for `len` of the plane that holds this type.
    #[must_use]
    pub fn with_capacity(dtype: &DType, len: usize) -> Self {
        let mut empty = Self::zeros(dtype, 0);
        with_data!(&mut empty, v => v.reserve_exact(len), t => t.reserve_exact(len));
        empty
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        with_data!(self, v => v.len(), t => t.len())
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the plane.
    #[must_use]
    pub fn dtype(&self) -> DType {
        match self {
            Self::I8(_) => DType::I8,
            Self::I16(_) => DType::I16,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::U8(_) => DType::U8,
            Self::U16(_) => DType::U16,
            Self::U32(_) => DType::U32,
            Self::U64(_) => DType::U64,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
            Self::Text(_) => DType::String,
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        with_data!(self, v => std::mem::size_of_val(v.as_slice()), t => t.iter().map(|s| s.len() + 24).sum())
    }

    /// All cells as `f64`; text gives NaN. 64-bit integers above 2^53 are rounded.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_lossless,
        reason = "documented: rounded above 2^53; one cast serves all planes"
    )]
    #[expect(clippy::unnecessary_cast, reason = "the f64 plane goes through the same arm")]
    pub fn to_f64(&self) -> Vec<f64> {
        with_data!(self, v => v.iter().map(|&x| x as f64).collect(), t => vec![f64::NAN; t.len()])
    }

    /// One cell as `f64`; NaN for text or past the end.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_lossless,
        reason = "documented: rounded above 2^53; one cast serves all planes"
    )]
    #[expect(clippy::unnecessary_cast, reason = "the f64 plane goes through the same arm")]
    pub fn f64(&self, i: usize) -> f64 {
        with_data!(self, v => v.get(i).map_or(f64::NAN, |&x| x as f64), _t => f64::NAN)
    }

    /// One cell as an integer; `None` for floats, text or past the end.
    #[must_use]
    pub fn whole(&self, i: usize) -> Option<i128> {
        match self {
            Self::I8(v) => v.get(i).map(|&x| x.into()),
            Self::I16(v) => v.get(i).map(|&x| x.into()),
            Self::I32(v) => v.get(i).map(|&x| x.into()),
            Self::I64(v) => v.get(i).map(|&x| x.into()),
            Self::U8(v) => v.get(i).map(|&x| x.into()),
            Self::U16(v) => v.get(i).map(|&x| x.into()),
            Self::U32(v) => v.get(i).map(|&x| x.into()),
            Self::U64(v) => v.get(i).map(|&x| x.into()),
            Self::F32(_) | Self::F64(_) | Self::Text(_) => None,
        }
    }

    /// One cell as JSON, exact for every type; NaN and infinities as strings, null past the end.
    #[must_use]
    pub fn json(&self, i: usize) -> Value {
        match self {
            Self::F32(v) => v.get(i).map_or(Value::Null, |&x| shortest(x)),
            Self::F64(v) => v.get(i).map_or(Value::Null, |&x| float(x)),
            Self::I8(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::I16(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::I32(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::I64(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::U8(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::U16(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::U32(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::U64(v) => v.get(i).map_or(Value::Null, |&x| Value::from(x)),
            Self::Text(t) => t.get(i).map_or(Value::Null, |s| Value::from(s.as_str())),
        }
    }
}

fn float(x: f64) -> Value {
    serde_json::Number::from_f64(x).map_or_else(
        || {
            Value::from(if x.is_nan() {
                "NaN"
            } else if x > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            })
        },
        Value::Number,
    )
}

/// The shortest decimal that reads back as the same `f32`, so that 0.1f32 is 0.1 and not 0.10000000149.
fn shortest(x: f32) -> Value {
    if x.is_finite() { x.to_string().parse().map_or(Value::Null, float) } else { float(f64::from(x)) }
}

/// A dense array in C order.
///
/// Invariant: `data.len()` is the product of `shape`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    shape: Vec<usize>,
    data: Data,
}

impl Block {
    /// A block of this shape.
    ///
    /// # Errors
    /// [`Internal`](super::ErrorKind::Internal) where the number of values is not the product of the shape.
    pub fn new(shape: Vec<usize>, data: Data) -> Result<Self> {
        let cells: usize = shape.iter().product();
        if cells == data.len() {
            Ok(Self { shape, data })
        } else {
            Err(Error::internal(format!("{} values for a block of shape {shape:?}", data.len())))
        }
    }

    /// Zeros of this shape.
    #[must_use]
    pub fn zeros(dtype: &DType, shape: Vec<usize>) -> Self {
        let data = Data::zeros(dtype, shape.iter().product());
        Self { shape, data }
    }

    /// Lengths, slowest first.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values.
    #[must_use]
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The values, to fill.
    pub fn data_mut(&mut self) -> &mut Data {
        &mut self.data
    }

    /// The values, taken out.
    #[must_use]
    pub fn into_data(self) -> Data {
        self.data
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.data.bytes()
    }

    /// A copy of a part; `region` is relative to this block.
    ///
    /// # Errors
    /// [`Invalid`](super::ErrorKind::Invalid) where the region lies outside.
    pub fn slice(&self, region: &Region) -> Result<Self> {
        region.check(&self.shape)?;
        let shape = region.shape();
        let mut data = Data::with_capacity(&self.data.dtype(), region.cells());
        if !region.is_empty() {
            // In C order one run of the part follows the other.
            let runs = Runs::new(&shape, &Region::all(&shape), &self.shape, region);
            macro_rules! copy {
                ($($plane:ident),*) => {
                    match (&mut data, &self.data) {
                        $((Data::$plane(to), Data::$plane(from)) => runs.each(|_, f, n| to.extend_from_slice(&from[f..f + n])),)*
                        (to, from) => return Err(Error::internal(format!("copy of {} onto {}", from.dtype(), to.dtype()))),
                    }
                };
            }
            copy!(I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, Text);
        }
        Self::new(shape, data)
    }

    /// Where the cells of a part lie if they lie one after the other; `region` is relative to this block.
    ///
    /// # Errors
    /// [`Invalid`](super::ErrorKind::Invalid) where the region lies outside.
    pub(crate) fn run(&self, region: &Region) -> Result<Option<Range<usize>>> {
        region.check(&self.shape)?;
        let shape = region.shape();
        let runs = Runs::new(&shape, &Region::all(&shape), &self.shape, region);
        Ok(runs.outer.iter().all(|&(n, ..)| n == 1).then(|| runs.from..runs.from + runs.run))
    }

    /// Copies `from[from_region]` to `self[to_region]`; both regions have one shape, both blocks one plane type.
    ///
    /// # Errors
    /// [`Internal`](super::ErrorKind::Internal) where shapes or types differ.
    pub fn paste(&mut self, to_region: &Region, from: &Self, from_region: &Region) -> Result<()> {
        to_region.check(&self.shape)?;
        from_region.check(&from.shape)?;
        if to_region.shape() != from_region.shape() {
            return Err(Error::internal(format!("copy of {:?} onto {:?}", from_region.shape(), to_region.shape())));
        }
        if to_region.is_empty() {
            return Ok(());
        }
        let runs = Runs::new(&self.shape, to_region, &from.shape, from_region);
        macro_rules! copy {
            ($($plane:ident),*) => {
                match (&mut self.data, &from.data) {
                    $((Data::$plane(to), Data::$plane(from)) => runs.each(|t, f, n| to[t..t + n].clone_from_slice(&from[f..f + n])),)*
                    (to, from) => return Err(Error::internal(format!("copy of {} onto {}", from.dtype(), to.dtype()))),
                }
            };
        }
        copy!(I8, I16, I32, I64, U8, U16, U32, U64, F32, F64, Text);
        Ok(())
    }
}

/// The contiguous runs of a copy between two C-order arrays.
struct Runs {
    /// Outer counts with the strides of target and origin, slowest first.
    outer: Vec<(usize, usize, usize)>,
    to: usize,
    from: usize,
    run: usize,
}

impl Runs {
    fn new(to_shape: &[usize], to: &Region, from_shape: &[usize], from: &Region) -> Self {
        let (mut to_stride, mut from_stride) = (1, 1);
        let (mut to_at, mut from_at) = (0, 0);
        let mut run = 1;
        let mut merging = true;
        let mut outer = Vec::new();
        for d in (0..to.0.len()).rev() {
            let n = to.0[d].len;
            to_at += to.0[d].start * to_stride;
            from_at += from.0[d].start * from_stride;
            if merging {
                run *= n;
            } else {
                outer.push((n, to_stride, from_stride));
            }
            merging = merging && n == to_shape[d] && n == from_shape[d];
            to_stride *= to_shape[d];
            from_stride *= from_shape[d];
        }
        outer.reverse();
        Self { outer, to: to_at, from: from_at, run }
    }

    fn each(&self, mut copy: impl FnMut(usize, usize, usize)) {
        let mut at = vec![0; self.outer.len()];
        loop {
            let (mut t, mut f) = (self.to, self.from);
            for (i, &(_, ts, fs)) in at.iter().zip(&self.outer) {
                t += i * ts;
                f += i * fs;
            }
            copy(t, f, self.run);
            let Some(d) = (0..at.len()).rev().find(|&d| at[d] + 1 < self.outer[d].0) else { return };
            at[d] += 1;
            at[d + 1..].fill(0);
        }
    }
}

/// Results as the plane of a type; numbers are cut off towards zero and held within the type's range, NaN becomes 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "documented: saturating")]
pub(crate) fn plane(dtype: &DType, values: Vec<f64>) -> Data {
    match Data::zeros(dtype, 0) {
        Data::I8(_) => Data::I8(values.iter().map(|&x| x as i8).collect()),
        Data::I16(_) => Data::I16(values.iter().map(|&x| x as i16).collect()),
        Data::I32(_) => Data::I32(values.iter().map(|&x| x as i32).collect()),
        Data::I64(_) => Data::I64(values.iter().map(|&x| x as i64).collect()),
        Data::U8(_) => Data::U8(values.iter().map(|&x| x as u8).collect()),
        Data::U16(_) => Data::U16(values.iter().map(|&x| x as u16).collect()),
        Data::U32(_) => Data::U32(values.iter().map(|&x| x as u32).collect()),
        Data::U64(_) => Data::U64(values.iter().map(|&x| x as u64).collect()),
        Data::F32(_) => Data::F32(values.iter().map(|&x| x as f32).collect()),
        Data::F64(_) | Data::Text(_) => Data::F64(values),
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Data};
    use crate::model::{Region, Span};

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    fn slices_and_pastes_any_rectangle() {
        let block = Block::new(vec![2, 3, 4], Data::I32((0..24).collect())).unwrap();
        let region = Region(vec![Span::new(1, 1), Span::new(1, 2), Span::new(2, 2)]);
        let part = block.slice(&region).unwrap();
        assert_eq!(part.data(), &Data::I32(vec![18, 19, 22, 23]));
        let mut back = Block::zeros(&crate::model::DType::I32, vec![2, 3, 4]);
        back.paste(&region, &part, &Region::all(&[1, 2, 2])).unwrap();
        assert_eq!(back.slice(&region).unwrap(), part);
        assert_eq!(block.slice(&Region::all(&[2, 3, 4])).unwrap(), block);
        assert!(block.slice(&Region(vec![Span::new(0, 3), Span::new(0, 3), Span::new(0, 4)])).is_err());
    }
}
