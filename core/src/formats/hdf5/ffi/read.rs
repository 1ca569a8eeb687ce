//! Reading of values: into plain bytes, and of elements that hold pointers into the library's memory.

use super::{Result, readable, until_zero};
use crate::model::Region;
use hdf5::{Attribute, Dataset, Dataspace, Datatype, File, h5check};
use hdf5_sys::{h5a, h5d, h5i::hid_t, h5p, h5r, h5s, h5t};
use std::ffi::{CStr, c_char, c_void};

/// Reads a region of a dataset (`None` for all, and for scalars) as `memory`, which must fit `out` cell by cell.
pub(in super::super) fn read_dataset(
    dataset: &Dataset,
    memory: &Datatype,
    region: Option<&Region>,
    out: &mut [u8],
) -> Result<()> {
    let cells = match region {
        Some(region) => region.cells(),
        None => dataset.space()?.size(),
    };
    fits(cells, memory, out)?;
    let Some(region) = region.filter(|r| !r.0.is_empty()) else {
        call!(h5d::H5Dread(
            dataset.id(),
            memory.id(),
            h5s::H5S_ALL,
            h5s::H5S_ALL,
            h5p::H5P_DEFAULT,
            out.as_mut_ptr().cast()
        ))?;
        return Ok(());
    };
    let start: Vec<u64> = region.0.iter().map(|s| s.start as u64).collect();
    let count: Vec<u64> = region.0.iter().map(|s| s.len as u64).collect();
    let space = dataset.space()?;
    if space.ndim() != count.len() {
        return Err(hdf5::Error::Internal(format!("a selection of {} dimensions on {}", count.len(), space.ndim())));
    }
    call!(h5s::H5Sselect_hyperslab(
        space.id(),
        h5s::H5S_SELECT_SET,
        start.as_ptr(),
        std::ptr::null(),
        count.as_ptr(),
        std::ptr::null()
    ))?;
    let shape: Dataspace =
        owned!(h5s::H5Screate_simple(i32::try_from(count.len()).unwrap_or(0), count.as_ptr(), std::ptr::null()))?;
    call!(h5d::H5Dread(dataset.id(), memory.id(), shape.id(), space.id(), h5p::H5P_DEFAULT, out.as_mut_ptr().cast()))?;
    Ok(())
}

/// Reads all of an attribute as `memory`.
pub(in super::super) fn read_attribute(attribute: &Attribute, memory: &Datatype, out: &mut [u8]) -> Result<()> {
    fits(attribute.space()?.size(), memory, out)?;
    call!(h5a::H5Aread(attribute.id(), memory.id(), out.as_mut_ptr().cast()))?;
    Ok(())
}

fn fits(cells: usize, memory: &Datatype, out: &[u8]) -> Result<()> {
    if cells.checked_mul(memory.size()) == Some(out.len()) {
        return Ok(());
    }
    Err(hdf5::Error::Internal(format!("{cells} cells of {} bytes for a buffer of {}", memory.size(), out.len())))
}

/// Elements as the library holds them in memory, with what it allocated for their lists and strings.
pub(in super::super) struct Elements {
    memory: Datatype,
    count: usize,
    bytes: Vec<u8>,
}

impl Elements {
    /// Reads a region of a dataset.
    pub(in super::super) fn of_dataset(dataset: &Dataset, memory: Datatype, region: &Region) -> Result<Self> {
        let mut read = Self::zeroed(memory, region.cells())?;
        let end = read_dataset(dataset, &read.memory, Some(region), &mut read.bytes);
        read.after(end)
    }

    /// Reads an attribute.
    pub(in super::super) fn of_attribute(attribute: &Attribute, memory: Datatype) -> Result<Self> {
        let mut read = Self::zeroed(memory, attribute.space()?.size())?;
        let end = read_attribute(attribute, &read.memory, &mut read.bytes);
        read.after(end)
    }

    /// Makes elements of `count` of them as they stand on disk: `bytes` of `stored`, which holds no pointers.
    pub(in super::super) fn converted(
        stored: &Datatype,
        memory: Datatype,
        count: usize,
        mut bytes: Vec<u8>,
    ) -> Result<Self> {
        fits(count, stored, &bytes)?;
        // The library converts in place, and wants a second buffer for records.
        let mut made = Self::zeroed(memory, count)?;
        let longest = stored.size().max(made.memory.size()).saturating_mul(count);
        bytes
            .try_reserve_exact(longest.saturating_sub(bytes.len()))
            .map_err(|e| hdf5::Error::Internal(e.to_string()))?;
        bytes.resize(longest, 0);
        let (from, behind) = (bytes.as_mut_ptr().cast(), made.bytes.as_mut_ptr().cast());
        call!(h5t::H5Tconvert(stored.id(), made.memory.id(), count, from, behind, h5p::H5P_DEFAULT))?;
        bytes.truncate(made.bytes.len());
        made.bytes = bytes;
        Ok(made)
    }

    /// The one element that unwritten cells hold; `None` where that was left undefined.
    pub(in super::super) fn of_fill(creation: &super::Creation, memory: Datatype) -> Result<Option<Self>> {
        if !creation.has_fill()? {
            return Ok(None);
        }
        let mut read = Self::zeroed(memory, 1)?;
        let to = read.bytes.as_mut_ptr().cast();
        let end = call!(h5p::H5Pget_fill_value(creation.plist.id(), read.memory.id(), to));
        read.after(end.map(|_| ())).map(Some)
    }

    /// The library converts in place: what a failed read leaves may be bytes of the file where pointers belong. Nothing
    /// of it is given back.
    fn after(mut self, end: Result<()>) -> Result<Self> {
        if let Err(e) = end {
            self.count = 0;
            self.bytes.clear();
            return Err(e);
        }
        Ok(self)
    }

    fn zeroed(memory: Datatype, count: usize) -> Result<Self> {
        let len = count.checked_mul(memory.size());
        let mut bytes = Vec::new();
        let reserved = len.is_some_and(|n| bytes.try_reserve_exact(n).is_ok());
        let (Some(len), true) = (len, reserved) else {
            return Err(hdf5::Error::Internal(format!("no memory for {count} cells of {} bytes", memory.size())));
        };
        bytes.resize(len, 0);
        Ok(Self { memory, count, bytes })
    }

    /// Puts numbers into a plane that they fit.
    pub(in super::super) fn copy(&self, out: &mut [u8]) -> Result<()> {
        fits(self.count, &self.memory, out)?;
        out.copy_from_slice(&self.bytes);
        Ok(())
    }

    /// The elements in C order.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = Element<'_>> {
        self.bytes.chunks_exact(self.memory.size().max(1)).map(Element)
    }
}

impl Drop for Elements {
    fn drop(&mut self) {
        if self.count == 0 {
            return;
        }
        let count = [self.count as u64];
        let shape: Result<Dataspace> = owned!(h5s::H5Screate_simple(1, count.as_ptr(), std::ptr::null()));
        let bytes = self.bytes.as_mut_ptr().cast();
        let freed = shape.and_then(|s| call!(h5t::H5Treclaim(self.memory.id(), s.id(), h5p::H5P_DEFAULT, bytes)));
        if let Err(e) = freed {
            tracing::debug!("memory of {} elements was not given back: {e}", self.count);
        }
    }
}

/// One element, or a part of one, that the library read. Only made here, so what stands where the type has a pointer is
/// the library's.
#[derive(Clone, Copy)]
pub(in super::super) struct Element<'a>(&'a [u8]);

impl<'a> Element<'a> {
    /// The bytes themselves.
    pub(in super::super) fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The part at a field's offset; empty where the type reaches beyond the element.
    pub(in super::super) fn part(self, offset: usize, size: usize) -> Self {
        Self(offset.checked_add(size).and_then(|end| self.0.get(offset..end)).unwrap_or_default())
    }

    /// The text of a variable string. The element's type must be one.
    pub(in super::super) fn string(self) -> String {
        match pointer(self.0) {
            // SAFETY: the library put a pointer to zero-ended text here, which lives as long as the elements.
            Some(text) => readable(unsafe { CStr::from_ptr(text.cast::<c_char>()) }.to_bytes()),
            None => String::new(),
        }
    }

    /// The elements, of `size` bytes each, of a list. The element's type must be one.
    pub(in super::super) fn list(self, size: usize) -> impl Iterator<Item = Self> {
        let len = self.0.first_chunk().map_or(0, |n| usize::from_ne_bytes(*n));
        let first = self.0.get(size_of::<usize>()..).and_then(pointer);
        let bytes: &'a [u8] = match (first, len.checked_mul(size)) {
            // SAFETY: the library put `len` elements of this size behind the pointer; they live as long as the elements.
            (Some(first), Some(bytes)) => unsafe { std::slice::from_raw_parts(first.cast(), bytes) },
            _ => &[],
        };
        bytes.chunks_exact(size.max(1)).map(Self)
    }
}

fn pointer(bytes: &[u8]) -> Option<*const c_void> {
    let address = usize::from_ne_bytes(*bytes.first_chunk()?);
    (address != 0).then(|| std::ptr::with_exposed_provenance(address))
}

/// The path of what a reference points to; empty for a null reference or one that leads nowhere.
pub(in super::super) fn reference_name(file: &File, dtype: &Datatype, element: Element<'_>) -> String {
    let mut name = vec![0u8; 1024];
    let (target, len) = (name.as_mut_ptr().cast::<c_char>(), name.len() - 1);
    let equal = |id: hid_t| call!(h5t::H5Tequal(dtype.id(), id)).unwrap_or(0) > 0;
    let found = hdf5::sync::sync(|| {
        // References are copied to where their alignment is right.
        if equal(*h5t::H5T_STD_REF_OBJ) {
            let reference = element.0.first_chunk().map_or(0, |b| u64::from_ne_bytes(*b));
            call!(h5r::H5Rget_name(file.id(), h5r::H5R_OBJECT1, (&raw const reference).cast(), target, len))
        } else if equal(*h5t::H5T_STD_REF_DSETREG) {
            let mut reference = [0u64; 2];
            copy_into(bytemuck::cast_slice_mut(&mut reference), element.0);
            let region = h5r::H5R_DATASET_REGION1;
            call!(h5r::H5Rget_name(file.id(), region, reference.as_ptr().cast(), target, len))
        } else {
            let mut reference = [0u64; 8];
            copy_into(bytemuck::cast_slice_mut(&mut reference), element.0);
            call!(h5r::H5Rget_obj_name(reference.as_ptr().cast(), h5p::H5P_DEFAULT, target, len))
        }
    });
    if found.is_ok() { until_zero(&name) } else { String::new() }
}

fn copy_into(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
