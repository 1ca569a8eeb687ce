//! Names in a file, which need not be UTF-8: as a person reads them, and as the library knows them.

use super::{Result, c_string, h5check};
use hdf5::{Attribute, Datatype, Group};
use hdf5_sys::{h5, h5a, h5l, h5p, h5t};
use std::ffi::{CStr, CString, c_char, c_uint};

/// What the wrapper puts where bytes of a name are no UTF-8.
const UNREADABLE: char = char::REPLACEMENT_CHARACTER;

/// Text in UTF-8, or in what was written before it: Latin-1, where every byte is a character.
pub(in super::super) fn readable(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|&b| char::from(b)).collect(), str::to_owned)
}

/// The name of a link as a person reads it, and as the library knows it: of the one at `position` among the names, of which
/// the wrapper gave `name`.
pub(in super::super) fn link_name(group: &Group, name: &str, position: usize) -> Result<(String, CString)> {
    if !name.contains(UNREADABLE) {
        return Ok((name.to_owned(), c_string(name)?));
    }
    let (by, order) = (h5::H5_index_t::H5_INDEX_NAME, h5::H5_iter_order_t::H5_ITER_INC);
    let raw = named(|to, len| {
        call!(h5l::H5Lget_name_by_idx(group.id(), c".".as_ptr(), by, order, position as u64, to, len, h5p::H5P_DEFAULT))
    })?;
    Ok((readable(raw.to_bytes()), raw))
}

/// The name of an attribute as a person reads it.
pub(in super::super) fn attribute_name(attribute: &Attribute) -> Result<String> {
    let raw = named(|to, len| call!(h5a::H5Aget_name(attribute.id(), len, to)))?;
    Ok(readable(raw.to_bytes()))
}

/// A name that the library writes into a buffer of a length, giving that which it needs.
fn named(write: impl Fn(*mut c_char, usize) -> Result<isize>) -> Result<CString> {
    let len = usize::try_from(write(std::ptr::null_mut(), 0)?).unwrap_or(0);
    let mut name = vec![0u8; len.saturating_add(1)];
    write(name.as_mut_ptr().cast(), name.len())?;
    name.truncate(len);
    CString::new(name).map_err(|e| hdf5::Error::Internal(e.to_string()))
}

/// Where a soft link leads.
pub(in super::super) fn link_target(group: &Group, name: &CStr) -> Result<String> {
    Ok(until_zero(&link_value(group, name)?))
}

/// Where an external link leads: file and path.
pub(in super::super) fn external_target(group: &Group, name: &CStr) -> Result<(String, String)> {
    // Packed: a byte of version and flags, then file and path with a zero behind each (HDF5 format, "External Link").
    let value = link_value(group, name)?;
    let mut parts = value.get(1..).unwrap_or_default().split(|&b| b == 0);
    let mut part = || parts.next().map(readable).unwrap_or_default();
    Ok((part(), part()))
}

fn link_value(group: &Group, name: &CStr) -> Result<Vec<u8>> {
    let mut value = vec![0u8; 4096];
    call!(h5l::H5Lget_val(group.id(), name.as_ptr(), value.as_mut_ptr().cast(), value.len() - 1, h5p::H5P_DEFAULT))?;
    Ok(value)
}

pub(super) fn until_zero(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    readable(bytes.get(..end).unwrap_or_default())
}

/// What the writer calls bytes without meaning to the library.
pub(in super::super) fn tag(opaque: &Datatype) -> String {
    // SAFETY: as for `class`; the text is the library's to be given back.
    readable(hdf5::sync::sync(|| unsafe { taken(h5t::H5Tget_tag(opaque.id())) }).to_bytes())
}

/// The names of the members of a record, as the library knows them.
pub(in super::super) fn field_names(record: &Datatype) -> Result<Vec<CString>> {
    Ok((0..super::members(record)?).map(|i| raw_member_name(record, i)).collect())
}

/// The name of a member of a record or an enumeration.
pub(super) fn member_name(dtype: &Datatype, i: c_uint) -> String {
    readable(raw_member_name(dtype, i).to_bytes())
}

fn raw_member_name(dtype: &Datatype, i: c_uint) -> CString {
    // SAFETY: as for `class`; the text is the library's to be given back.
    hdf5::sync::sync(|| unsafe { taken(h5t::H5Tget_member_name(dtype.id(), i)) })
}

/// Copies a text and gives it back to the library; empty for none.
///
/// # Safety
/// The text is zero-ended and was allocated by the library for its caller, whose lock is held.
unsafe fn taken(text: *mut c_char) -> CString {
    if text.is_null() {
        return CString::default();
    }
    // SAFETY: as this function's.
    unsafe {
        let copy = CStr::from_ptr(text).to_owned();
        h5::H5free_memory(text.cast());
        copy
    }
}
