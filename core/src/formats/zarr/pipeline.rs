//! From the stored bytes of one chunk to its values and back: the codecs of an array, in order.
//! Knows no files and no chunk grid.

use super::super::plain::{Plain, bytes_mut};
use super::element::Element;
use super::objects::Objects;
use super::order::Order;
use super::stage::{Stage, alone};
use super::stages::{Serializer, Stages};
use super::varying;
use crate::model::{DType, Data, Error, Result};
use serde_json::Value;
use std::borrow::Cow;
use std::num::NonZeroU64;
use std::ops::Range;
use zarrs::array::{ArrayBytes, ArrayToBytesCodecTraits as _, BytesRepresentation, CodecChain, DataType, FillValue};
use zarrs::metadata::v3::MetadataV3;

/// The codecs of an array.
#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    element: Element,
    layout: Layout,
    /// The order of the stored dimensions, where it is another.
    order: Option<Order>,
    /// What packs the bytes, in the order of writing.
    packing: std::sync::Arc<[Stage]>,
}

/// How elements make bytes.
#[derive(Debug, Clone)]
enum Layout {
    /// Numbers one after the other.
    Numbers { plain: Plain, big: bool },
    /// Other elements of a fixed size one after the other, of which units of so many bytes are to be turned around.
    Fixed { turned: usize },
    /// Text and bytes of any length.
    Varying,
    /// Python objects as text.
    Objects(Objects),
    /// As only zarrs knows.
    Zarrs(Box<Zarrs>),
    /// As nobody here knows: every attempt is this error.
    Refused(Error),
}

/// zarrs' codecs up to the one that makes bytes, with the types they need.
#[derive(Debug, Clone)]
struct Zarrs {
    chain: CodecChain,
    data_type: DataType,
    fill: FillValue,
}

impl Pipeline {
    /// The pipeline of these codecs. `fill` is the fill value in native bytes.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where a codec does not fit the elements.
    pub(super) fn new(element: Element, fill: &[u8], stages: Stages) -> Result<Self> {
        let Stages { order, arrays, serializer, packing, .. } = stages;
        let misfit = || Error::unsupported(format!("the codecs do not fit elements of type {}", element.dtype()));
        let serializer = serializer.ok_or_else(misfit)?;
        let layout = match (&serializer, element.size(), arrays.is_empty()) {
            (Serializer::Varying, None, true) => Layout::Varying,
            (Serializer::Objects(objects), _, true) => Layout::Objects(*objects),
            (Serializer::Bytes { big }, Some(_), true) => match element.plain(*big) {
                Some(plain) => Layout::Numbers { plain, big: *big },
                None => {
                    let turn = *big != cfg!(target_endian = "big");
                    Layout::Fixed { turned: if turn { element.unit() } else { 1 } }
                }
            },
            (Serializer::Bytes { .. } | Serializer::Other(_), Some(_), _) => {
                let name = element.zarrs_name().ok_or_else(misfit)?;
                let data_type = DataType::from_metadata(&MetadataV3::new(name.into_owned()))
                    .map_err(|e| Error::unsupported(format!("elements of type {}: {e}", element.dtype())))?;
                let chain = CodecChain::new(arrays, serializer.codec().ok_or_else(misfit)?, Vec::new());
                Layout::Zarrs(Box::new(Zarrs { chain, data_type, fill: FillValue::new(fill.to_vec()) }))
            }
            _ => return Err(misfit()),
        };
        // Lists within lists are in the order of the array whatever that of its bytes (Python reads them wrong in Fortran order).
        let order = order.filter(|_| !matches!(layout, Layout::Objects(_)));
        Ok(Self { element, layout, order, packing: packing.into() })
    }

    /// The pipeline of a v3 codec list for arrays of this type and so many dimensions.
    ///
    /// # Errors
    /// As [`Stages::v3`] and [`Self::new`].
    pub(super) fn v3(element: Element, fill: &[u8], rank: usize, data_type: &Value, codecs: &[Value]) -> Result<Self> {
        let stages = Stages::v3(rank, data_type, codecs)?;
        Self::new(stages.ordered(element), fill, stages)
    }

    /// A pipeline whose chunks cannot be read: the array is shown, and reading it says why it cannot be.
    pub(super) fn refused(element: Element, reason: Error) -> Self {
        Self { element, layout: Layout::Refused(reason), order: None, packing: Vec::new().into() }
    }

    /// Whether chunks can be read.
    pub(super) fn known(&self) -> Result<()> {
        if let Layout::Refused(reason) = &self.layout { Err(reason.clone()) } else { Ok(()) }
    }

    /// The elements it yields.
    pub(super) fn element(&self) -> &Element {
        &self.element
    }

    /// The same chunks, of which something else is made in the end: elements of the same size.
    pub(super) fn yielding(&self, element: Element) -> Self {
        Self { element, ..self.clone() }
    }

    /// Bytes of a stored chunk of this shape where that does not depend on its values.
    ///
    /// # Errors
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where a codec does not take such a chunk.
    pub(super) fn stored_len(&self, shape: &[usize]) -> Result<Option<usize>> {
        let mut len = self.laid_out(shape).map_err(|e| Error::unsupported(e.to_string()))?;
        for stage in self.packing.iter() {
            len = len.and_then(|n| stage.packed_len(n));
        }
        Ok(len)
    }

    /// Bytes before packing where that does not depend on the values.
    fn laid_out(&self, shape: &[usize]) -> Result<Option<usize>> {
        let too_large = || Error::corrupt(format!("chunks of {shape:?} are too large"));
        match (&self.layout, self.element.size()) {
            (Layout::Zarrs(zarrs), _) => {
                let known = zarrs.chain.encoded_representation(
                    &lengths(&self.stored_shape(shape)),
                    &zarrs.data_type,
                    &zarrs.fill,
                );
                Ok(match known.map_err(|e| Error::unsupported(e.to_string()))? {
                    BytesRepresentation::FixedSize(n) => usize::try_from(n).ok(),
                    _ => None,
                })
            }
            (Layout::Objects(_), _) | (_, None) => Ok(None),
            (_, Some(size)) => {
                let len = shape.iter().try_fold(size, |n, &d| n.checked_mul(d));
                len.map(Some).ok_or_else(too_large)
            }
        }
    }

    fn stored_shape(&self, shape: &[usize]) -> Vec<usize> {
        self.order.as_ref().map_or_else(|| shape.to_vec(), |order| order.stored(shape))
    }

    /// The values of a stored chunk of this shape.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) saying which codec failed or which length is wrong,
    /// [`Memory`](crate::model::ErrorKind::Memory) where the values do not fit.
    pub(super) fn decode(&self, stored: &[u8], shape: &[usize]) -> Result<Data> {
        let cells: usize = shape.iter().product();
        // What comes out of each stage, the last first.
        let mut sizes = vec![self.laid_out(shape)?];
        for stage in self.packing.iter() {
            sizes.push(sizes.last().copied().flatten().and_then(|n| stage.packed_len(n)));
        }
        let mut bytes = Cow::Borrowed(stored);
        let mut left = self.packing.iter().zip(sizes).rev();
        let last = match self.layout {
            // The last one to be undone writes the values where they belong.
            Layout::Numbers { .. } if !self.packing.is_empty() => 1,
            _ => 0,
        };
        for (stage, len) in left.by_ref().take(self.packing.len() - last) {
            bytes = stage.unpack(bytes, len).map_err(|e| e.within(format_args!("{} fails", stage.name())))?;
        }
        let mut data = match &self.layout {
            Layout::Numbers { plain, .. } => {
                let mut plane = plain.plane(cells)?;
                let out = bytes_mut(&mut plane);
                match left.next() {
                    Some((stage, _)) => {
                        stage.unpack_into(&bytes, out).map_err(|e| e.within(format_args!("{} fails", stage.name())))?
                    }
                    None if bytes.len() == out.len() => out.copy_from_slice(&bytes),
                    None => return Err(wrong_length(bytes.len(), out.len())),
                }
                plain.finish(plane)
            }
            Layout::Fixed { turned } => {
                let wanted = cells * self.element.size().unwrap_or(0);
                if bytes.len() != wanted {
                    return Err(wrong_length(bytes.len(), wanted));
                }
                if *turned > 1 {
                    bytes.to_mut().chunks_exact_mut(*turned).for_each(<[u8]>::reverse);
                }
                self.element.values(&bytes)
            }
            Layout::Varying => varying::split(&self.element, &bytes, cells)?,
            Layout::Objects(objects) => objects.split(&bytes, shape, &self.element)?,
            Layout::Refused(reason) => return Err(reason.clone()),
            Layout::Zarrs(zarrs) => {
                let decoded = zarrs
                    .chain
                    .decode(bytes, &lengths(&self.stored_shape(shape)), &zarrs.data_type, &zarrs.fill, &alone())
                    .and_then(|decoded| Ok(decoded.into_fixed()?))
                    .map_err(|e| Error::corrupt(e.to_string()))?;
                self.element.values(&decoded)
            }
        };
        if data.len() != cells {
            return Err(Error::corrupt(format!("{} values instead of {cells}", data.len())));
        }
        if let Some(order) = &self.order {
            order.undo(&mut data, shape);
        }
        Ok(data)
    }

    /// The bytes to store for a chunk of this shape.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where the values are of another type or number,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) for elements and codecs that are only read.
    pub(super) fn encode(&self, data: &Data, cells: Range<usize>, shape: &[usize]) -> Result<Vec<u8>> {
        let refused = |what: &str| Error::unsupported(format!("cannot write {what} of type {}", self.element.dtype()));
        if self.order.is_some() {
            return Err(refused("dimensions in another order for elements"));
        }
        let mut bytes = match (&self.layout, data) {
            (Layout::Varying, Data::Text(texts)) => {
                Cow::Owned(varying::join(texts.get(cells).unwrap_or_default().iter().map(String::as_str))?)
            }
            (Layout::Fixed { turned: 1 }, data) => self.element.bytes(data, cells)?,
            (_, data) if data.dtype() == DType::String => return Err(refused("elements")),
            (Layout::Numbers { big, .. }, data) if *big == cfg!(target_endian = "big") => {
                self.element.bytes(data, cells)?
            }
            (Layout::Zarrs(zarrs), data) => zarrs
                .chain
                .encode(
                    ArrayBytes::new_flen(self.element.bytes(data, cells)?),
                    &lengths(shape),
                    &zarrs.data_type,
                    &zarrs.fill,
                    &alone(),
                )
                .map_err(|e| Error::internal(e.to_string()))?,
            _ => return Err(refused("elements")),
        };
        for stage in self.packing.iter() {
            bytes = stage.pack(bytes)?;
        }
        Ok(bytes.into_owned())
    }
}

fn wrong_length(found: usize, wanted: usize) -> Error {
    Error::corrupt(format!("{found} bytes instead of {wanted}"))
}

/// A chunk shape as zarrs wants it; no length of a chunk is 0.
fn lengths(shape: &[usize]) -> Vec<NonZeroU64> {
    shape.iter().map(|&n| u64::try_from(n).ok().and_then(NonZeroU64::new).unwrap_or(NonZeroU64::MIN)).collect()
}
