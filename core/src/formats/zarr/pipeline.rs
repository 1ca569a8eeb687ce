//! From the stored bytes of one chunk to its values and back: the codecs of an array, in order.
//! Knows no files and no chunk grid.

use super::element::Element;
use super::stage::{Stage, Stages};
use crate::model::{Data, Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::num::NonZeroU64;
use zarrs::array::{
    ArrayBytes, ArrayToBytesCodecTraits as _, BytesRepresentation, CodecChain, CodecOptions, DataType, FillValue,
};
use zarrs::metadata::v3::MetadataV3;

/// The codecs of an array.
#[derive(Debug)]
pub(super) struct Pipeline {
    element: Element,
    /// What lays out elements of a fixed size; `None` for text and bytes of any length.
    layout: Option<Layout>,
    /// What packs the bytes, in the order of writing.
    packing: Vec<Stage>,
    delta: bool,
}

/// The codecs up to the one that makes bytes, with the types they need.
#[derive(Debug)]
struct Layout {
    chain: CodecChain,
    data_type: DataType,
    fill: FillValue,
}

/// No threads of its own: whoever calls runs many chunks beside each other.
fn options() -> CodecOptions {
    CodecOptions::default().with_concurrent_target(1).with_chunk_concurrent_minimum(1)
}

impl Pipeline {
    /// The pipeline of these codecs. `fill` is the fill value in native bytes.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where a codec does not fit the elements.
    pub(super) fn new(element: Element, fill: &[u8], stages: Stages) -> Result<Self> {
        let Stages { arrays, serializer, packing, delta, text, .. } = stages;
        let layout = match (element.zarrs_name(), serializer) {
            (Some(name), Some(serializer)) => {
                let data_type = DataType::from_metadata(&MetadataV3::new(name.into_owned()))
                    .map_err(|e| Error::unsupported(format!("elements of type {}: {e}", element.dtype())))?;
                let chain = CodecChain::new(arrays, serializer, Vec::new());
                Some(Layout { chain, data_type, fill: FillValue::new(fill.to_vec()) })
            }
            (None, None) if text && arrays.is_empty() && !delta => None,
            _ => return Err(Error::unsupported(format!("the codecs do not fit elements of type {}", element.dtype()))),
        };
        Ok(Self { element, layout, packing, delta })
    }

    /// The pipeline of a v3 codec list.
    ///
    /// # Errors
    /// As [`Stages::v3`] and [`Self::new`].
    pub(super) fn v3(element: Element, fill: &[u8], codecs: &[Value]) -> Result<Self> {
        let stages = Stages::v3(codecs)?;
        Self::new(stages.ordered(element), fill, stages)
    }

    /// The elements it yields.
    pub(super) fn element(&self) -> &Element {
        &self.element
    }

    /// Bytes of a stored chunk of this shape where that does not depend on its values.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where a codec does not take such a chunk.
    pub(super) fn stored_len(&self, shape: &[usize]) -> Result<Option<u64>> {
        let sizes = self.sizes(shape).map_err(|e| Error::unsupported(e.to_string()))?;
        Ok(match sizes.last() {
            Some(BytesRepresentation::FixedSize(n)) => Some(*n),
            _ => None,
        })
    }

    /// What each packing stage gets, then what comes out of the last.
    fn sizes(&self, shape: &[usize]) -> std::result::Result<Vec<BytesRepresentation>, zarrs::array::CodecError> {
        let mut sizes = vec![match &self.layout {
            Some(l) => l.chain.encoded_representation(&lengths(shape), &l.data_type, &l.fill)?,
            None => BytesRepresentation::UnboundedSize,
        }];
        for stage in &self.packing {
            sizes.extend(sizes.last().map(|size| stage.packed_size(size)));
        }
        Ok(sizes)
    }

    /// The values of a stored chunk of this shape.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) saying which codec failed or which length is wrong.
    pub(super) fn decode(&self, stored: Vec<u8>, shape: &[usize]) -> Result<Data> {
        let sizes = self.sizes(shape).map_err(|e| Error::corrupt(e.to_string()))?;
        let mut bytes = Cow::Owned(stored);
        for (stage, size) in self.packing.iter().zip(&sizes).rev() {
            bytes = stage
                .unpack(bytes, size, &options())
                .map_err(|e| Error::corrupt(format!("{} fails: {e}", stage.name())))?;
        }
        let cells: usize = shape.iter().product();
        let Some(layout) = &self.layout else { return self.split_varying(&bytes, cells) };
        let decoded = layout
            .chain
            .decode(bytes, &lengths(shape), &layout.data_type, &layout.fill, &options())
            .and_then(|decoded| Ok(decoded.into_fixed()?))
            .map_err(|e| Error::corrupt(e.to_string()))?;
        let mut data = self.element.values(&decoded);
        if data.len() != cells {
            return Err(Error::corrupt(format!("{} values instead of {cells}", data.len())));
        }
        if self.delta {
            running_sum(&mut data);
        }
        Ok(data)
    }

    /// numcodecs' layout of text and bytes: the count, then each length and its bytes, lengths as little-endian `u32`.
    fn split_varying(&self, bytes: &[u8], cells: usize) -> Result<Data> {
        let mut rest = bytes;
        let length = |rest: &mut &[u8]| -> Option<usize> {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            *rest = tail;
            usize::try_from(u32::from_le_bytes(*head)).ok()
        };
        let torn = || Error::corrupt("the lengths of the texts do not add up to the bytes");
        let count = length(&mut rest).ok_or_else(torn)?;
        if count != cells {
            return Err(Error::corrupt(format!("{count} texts instead of {cells}")));
        }
        let mut texts = Vec::with_capacity(count.min(bytes.len()));
        for _ in 0..count {
            let len = length(&mut rest).ok_or_else(torn)?;
            let (one, tail) = rest.split_at_checked(len).ok_or_else(torn)?;
            rest = tail;
            texts.push(self.element.varying(one));
        }
        Ok(Data::Text(texts))
    }

    /// The bytes to store for a chunk of this shape.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the values are of another type or number,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for elements that are only read.
    pub(super) fn encode(&self, data: &Data, shape: &[usize]) -> Result<Vec<u8>> {
        let mut bytes = match (&self.layout, data) {
            (None, Data::Text(texts)) => Cow::Owned(join_varying(texts)?),
            (Some(l), data) if data.dtype() != crate::model::DType::String => l
                .chain
                .encode(
                    ArrayBytes::new_flen(self.element.bytes(data)?),
                    &lengths(shape),
                    &l.data_type,
                    &l.fill,
                    &options(),
                )
                .map_err(|e| Error::internal(e.to_string()))?,
            _ => {
                let message = format!("cannot write elements of type {}", self.element.dtype());
                return Err(Error::unsupported(message));
            }
        };
        for stage in &self.packing {
            bytes =
                stage.pack(bytes, &options()).map_err(|e| Error::internal(format!("{} fails: {e}", stage.name())))?;
        }
        Ok(bytes.into_owned())
    }
}

/// A chunk shape as zarrs wants it; no length of a chunk is 0.
fn lengths(shape: &[usize]) -> Vec<NonZeroU64> {
    shape.iter().map(|&n| u64::try_from(n).ok().and_then(NonZeroU64::new).unwrap_or(NonZeroU64::MIN)).collect()
}

/// Undoes numcodecs' `delta`, which keeps the first value and then the differences.
fn running_sum(data: &mut Data) {
    macro_rules! sum {
        ($values:expr, $add:expr) => {{
            let mut last = None;
            for value in $values.iter_mut() {
                if let Some(last) = last {
                    *value = $add(last, *value);
                }
                last = Some(*value);
            }
        }};
    }
    match data {
        Data::I8(v) => sum!(v, i8::wrapping_add),
        Data::I16(v) => sum!(v, i16::wrapping_add),
        Data::I32(v) => sum!(v, i32::wrapping_add),
        Data::I64(v) => sum!(v, i64::wrapping_add),
        Data::U8(v) => sum!(v, u8::wrapping_add),
        Data::U16(v) => sum!(v, u16::wrapping_add),
        Data::U32(v) => sum!(v, u32::wrapping_add),
        Data::U64(v) => sum!(v, u64::wrapping_add),
        Data::F32(v) => sum!(v, |a: f32, b: f32| a + b),
        Data::F64(v) => sum!(v, |a: f64, b: f64| a + b),
        Data::Text(_) => {}
    }
}

fn join_varying(texts: &[String]) -> Result<Vec<u8>> {
    let length = |n: usize| {
        u32::try_from(n)
            .map_err(|_too_long| Error::unsupported("more than 4 GiB of text in one chunk"))
            .map(u32::to_le_bytes)
    };
    let mut bytes = length(texts.len())?.to_vec();
    for text in texts {
        bytes.extend(length(text.len())?);
        bytes.extend(text.as_bytes());
    }
    Ok(bytes)
}
