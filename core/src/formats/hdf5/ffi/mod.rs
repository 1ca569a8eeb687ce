//! The only unsafe code of the formats: calls of the HDF5 library that its safe wrapper lacks or makes lossy.
//!
//! Each function takes the library's lock, checks the status and gives owned values; no identifier leaks. Knows nothing
//! of variables or dimensions.
#![expect(unsafe_code, reason = "calls into the HDF5 C library")]

use hdf5::{Dataset, Datatype, File, Group, Location, PropertyList, h5check};
use hdf5_sys::{h5d, h5f, h5g, h5i, h5o, h5p, h5r, h5t, h5z};
use std::ffi::{CStr, CString, c_char, c_uint, c_ulong};
use std::mem::MaybeUninit;
use std::path::Path;

pub(super) use hdf5_sys::h5t::{H5T_class_t as Class, H5T_str_t as Padding};

/// The library's own result.
pub(super) type Result<T> = hdf5::Result<T>;

/// What tells one object from another, however many links lead to it: the open file, and its place there.
pub(super) type Key = (c_ulong, [u8; 16]);

/// Runs `$call` under the library's lock and gives its value, or the library's account of the failure.
macro_rules! call {
    ($call:expr) => {
        // SAFETY: the lock is held; identifiers come from live wrapper objects and pointers from live buffers of the
        // sizes passed, as each use shows.
        hdf5::sync::sync(|| h5check(unsafe { $call }))
    };
}

/// Takes ownership of the identifier that `$call` makes.
macro_rules! owned {
    ($call:expr) => {
        hdf5::sync::sync(|| {
            // SAFETY: as for `call!`; the identifier is new, so nobody else closes it.
            let id = h5check(unsafe { $call })?;
            // SAFETY: the identifier was just made and is owned by nobody else.
            unsafe { hdf5::from_id(id) }
        })
    };
}

mod names;
mod read;

pub(super) use names::{attribute_name, external_target, field_names, link_name, link_target, readable, tag};
use names::{member_name, until_zero};
pub(super) use read::{Element, Elements, read_attribute, read_dataset, reference_name};

/// What kind of object a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Group,
    Dataset,
    Other,
}

/// How often a torn piece of structure is read again where somebody writes. The library waits twice as long each time,
/// from a nanosecond on: with this many a tenth of a second in all, with its own hundred for ever.
const READ_ATTEMPTS: c_uint = 26;

/// Opens a file for reading without asking for a lock, `following` a writer that has it open (SWMR) where asked.
pub(super) fn open(path: &Path, following: bool) -> Result<File> {
    let name = CString::new(path.as_os_str().as_encoded_bytes())
        .map_err(|e| hdf5::Error::Internal(format!("{} is no path: {e}", path.display())))?;
    let access: PropertyList = owned!(h5p::H5Pcreate(*h5p::H5P_CLS_FILE_ACCESS))?;
    call!(h5p::H5Pset_file_locking(access.id(), 0, 1))?;
    if following {
        call!(h5p::H5Pset_metadata_read_attempts(access.id(), READ_ATTEMPTS))?;
    }
    let flags = if following { h5f::H5F_ACC_RDONLY | h5f::H5F_ACC_SWMR_READ } else { h5f::H5F_ACC_RDONLY };
    owned!(h5f::H5Fopen(name.as_ptr(), flags, access.id()))
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|e| hdf5::Error::Internal(format!("{text:?} is no name: {e}")))
}

/// The object behind a link of a group.
pub(super) fn object(group: &Group, name: &CStr) -> Result<(Key, ObjectKind)> {
    let mut info = MaybeUninit::<h5o::H5O_info2_t>::zeroed();
    let to = info.as_mut_ptr();
    call!(h5o::H5Oget_info_by_name3(group.id(), name.as_ptr(), to, h5o::H5O_INFO_BASIC, h5p::H5P_DEFAULT))?;
    // SAFETY: the call succeeded, so it filled the structure.
    let info = unsafe { info.assume_init() };
    Ok((key(&info), kind(info.type_)))
}

/// A dataset of a file by its place.
pub(super) fn dataset_at(file: &File, (_, place): Key) -> Result<Dataset> {
    owned!(h5o::H5Oopen_by_token(file.id(), token(place)))
}

/// A group of a file by its place.
pub(super) fn group_at(file: &File, (_, place): Key) -> Result<Group> {
    owned!(h5o::H5Oopen_by_token(file.id(), token(place)))
}

/// The object that an object reference (eight bytes of a file) points to.
pub(super) fn referenced(file: &File, reference: u64) -> Result<Key> {
    let found: hdf5::Object =
        owned!(h5r::H5Rdereference2(file.id(), h5p::H5P_DEFAULT, h5r::H5R_OBJECT1, (&raw const reference).cast()))?;
    let mut info = MaybeUninit::<h5o::H5O_info2_t>::zeroed();
    let to = info.as_mut_ptr();
    call!(h5o::H5Oget_info3(found.id(), to, h5o::H5O_INFO_BASIC))?;
    // SAFETY: the call succeeded, so it filled the structure.
    let info = unsafe { info.assume_init() };
    Ok(key(&info))
}

fn key(info: &h5o::H5O_info2_t) -> Key {
    // SAFETY: the token is a plain array of 16 bytes (`H5O_MAX_TOKEN_SIZE`), checked by the sizes of both types.
    (info.fileno, unsafe { std::mem::transmute::<h5o::H5O_token_t, [u8; 16]>(info.token) })
}

fn token(place: [u8; 16]) -> h5o::H5O_token_t {
    // SAFETY: as in `key`.
    unsafe { std::mem::transmute::<[u8; 16], h5o::H5O_token_t>(place) }
}

fn kind(kind: h5o::H5O_type_t) -> ObjectKind {
    match kind {
        h5o::H5O_type_t::H5O_TYPE_GROUP => ObjectKind::Group,
        h5o::H5O_type_t::H5O_TYPE_DATASET => ObjectKind::Dataset,
        _ => ObjectKind::Other,
    }
}

/// The class of a type.
pub(super) fn class(dtype: &Datatype) -> Class {
    // SAFETY: as for `call!`; the identifier is a live type's.
    hdf5::sync::sync(|| unsafe { h5t::H5Tget_class(dtype.id()) })
}

/// Whether integers have a sign.
pub(super) fn signed(dtype: &Datatype) -> bool {
    // SAFETY: as for `class`.
    hdf5::sync::sync(|| unsafe { h5t::H5Tget_sign(dtype.id()) }) == h5t::H5T_sign_t::H5T_SGN_2
}

/// Whether strings are stored elsewhere, with a pointer in the element.
pub(super) fn is_variable_string(dtype: &Datatype) -> bool {
    call!(h5t::H5Tis_variable_str(dtype.id())).unwrap_or(0) > 0
}

/// What stands behind the text of fixed strings.
pub(super) fn padding(dtype: &Datatype) -> Padding {
    // SAFETY: as for `class`.
    hdf5::sync::sync(|| unsafe { h5t::H5Tget_strpad(dtype.id()) })
}

/// Whether an integer uses all its bits.
pub(super) fn is_full_integer(dtype: &Datatype) -> bool {
    // SAFETY: as for `class`.
    let (bits, offset) =
        hdf5::sync::sync(|| unsafe { (h5t::H5Tget_precision(dtype.id()), h5t::H5Tget_offset(dtype.id())) });
    bits == dtype.size() * 8 && offset == 0
}

/// Whether a float is IEEE half, single or double precision.
pub(super) fn is_ieee(dtype: &Datatype) -> bool {
    let [mut sign, mut exponent, mut exponent_bits, mut mantissa, mut mantissa_bits] = [0usize; 5];
    let found = call!(h5t::H5Tget_fields(
        dtype.id(),
        &raw mut sign,
        &raw mut exponent,
        &raw mut exponent_bits,
        &raw mut mantissa,
        &raw mut mantissa_bits
    ));
    // SAFETY: as for `class`.
    let bias = hdf5::sync::sync(|| unsafe { h5t::H5Tget_ebias(dtype.id()) });
    let fields = (dtype.size(), sign, exponent, exponent_bits, mantissa, mantissa_bits, bias);
    let ieee = [(2, 15, 10, 5, 0, 10, 15), (4, 31, 23, 8, 0, 23, 127), (8, 63, 52, 11, 0, 52, 1023)];
    found.is_ok() && ieee.contains(&fields) && is_full_integer(dtype)
}

/// The type of which an enumeration, list, array or complex number consists.
pub(super) fn base(dtype: &Datatype) -> Result<Datatype> {
    owned!(h5t::H5Tget_super(dtype.id()))
}

/// The type as this machine holds it in memory.
pub(super) fn native(dtype: &Datatype) -> Result<Datatype> {
    owned!(h5t::H5Tget_native_type(dtype.id(), h5t::H5T_direction_t::H5T_DIR_ASCEND))
}

/// This machine's integer (of `size` bytes) or float.
pub(super) fn native_number(float: bool, signed: bool, size: usize) -> Result<Datatype> {
    hdf5::sync::sync(|| {
        let id = match (float, signed, size) {
            (true, _, 4) => *h5t::H5T_NATIVE_FLOAT,
            (true, _, _) => *h5t::H5T_NATIVE_DOUBLE,
            (_, true, 1) => *h5t::H5T_NATIVE_INT8,
            (_, true, 2) => *h5t::H5T_NATIVE_INT16,
            (_, true, 4) => *h5t::H5T_NATIVE_INT32,
            (_, true, _) => *h5t::H5T_NATIVE_INT64,
            (_, _, 1) => *h5t::H5T_NATIVE_UINT8,
            (_, _, 2) => *h5t::H5T_NATIVE_UINT16,
            (_, _, 4) => *h5t::H5T_NATIVE_UINT32,
            _ => *h5t::H5T_NATIVE_UINT64,
        };
        owned!(h5t::H5Tcopy(id))
    })
}

/// A record of these fields, each where any type may stand.
pub(super) fn record_of(fields: &[(CString, Datatype)]) -> Result<Datatype> {
    let aligned = |size: usize| size.next_multiple_of(align_of::<u64>());
    let size = fields.iter().map(|(_, field)| aligned(field.size())).sum();
    let record: Datatype = owned!(h5t::H5Tcreate(Class::H5T_COMPOUND, size))?;
    let mut offset = 0;
    for (name, field) in fields {
        call!(h5t::H5Tinsert(record.id(), name.as_ptr(), offset, field.id()))?;
        offset += aligned(field.size());
    }
    Ok(record)
}

/// The fields of a record: name, offset, type.
pub(super) fn fields(dtype: &Datatype) -> Result<Vec<(String, usize, Datatype)>> {
    (0..members(dtype)?)
        .map(|i| {
            let field: Datatype = owned!(h5t::H5Tget_member_type(dtype.id(), i))?;
            // SAFETY: as for `class`; `i` is below the number of members.
            let offset = hdf5::sync::sync(|| unsafe { h5t::H5Tget_member_offset(dtype.id(), i) });
            Ok((member_name(dtype, i), offset, field))
        })
        .collect()
}

/// The members of an enumeration: name, and value in the type's own bytes.
pub(super) fn enumerators(dtype: &Datatype) -> Result<Vec<(String, Vec<u8>)>> {
    (0..members(dtype)?)
        .map(|i| {
            let mut value = vec![0u8; dtype.size()];
            call!(h5t::H5Tget_member_value(dtype.id(), i, value.as_mut_ptr().cast()))?;
            Ok((member_name(dtype, i), value))
        })
        .collect()
}

fn members(dtype: &Datatype) -> Result<c_uint> {
    let count = call!(h5t::H5Tget_nmembers(dtype.id()))?;
    Ok(c_uint::try_from(count).unwrap_or(0))
}

/// The type of an array of these lengths.
pub(super) fn array_of(base: &Datatype, lengths: &[usize]) -> Result<Datatype> {
    let dims: Vec<u64> = lengths.iter().map(|&n| n as u64).collect();
    owned!(h5t::H5Tarray_create2(base.id(), c_uint::try_from(dims.len()).unwrap_or(c_uint::MAX), dims.as_ptr()))
}

/// The type of a list.
pub(super) fn list_of(base: &Datatype) -> Result<Datatype> {
    owned!(h5t::H5Tvlen_create(base.id()))
}

/// The lengths of an array type.
pub(super) fn array_lengths(dtype: &Datatype) -> Result<Vec<usize>> {
    let rank = call!(h5t::H5Tget_array_ndims(dtype.id()))?;
    let mut lengths = vec![0u64; usize::try_from(rank).unwrap_or(0)];
    call!(h5t::H5Tget_array_dims2(dtype.id(), lengths.as_mut_ptr()))?;
    Ok(lengths.into_iter().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).collect())
}

/// A filter of a dataset: its number, its parameters.
pub(super) struct RawFilter {
    pub(super) id: i32,
    pub(super) parameters: Vec<u32>,
}

/// How a dataset was created.
pub(super) struct Creation {
    pub(super) layout: h5d::H5D_layout_t,
    pub(super) chunk: Option<Vec<usize>>,
    pub(super) filters: Vec<RawFilter>,
    /// Bytes stand in other files.
    pub(super) external: bool,
    /// Chunks cut by the edge are not filtered.
    pub(super) edges_unfiltered: bool,
    pub(super) plist: PropertyList,
}

impl Creation {
    /// Reads the creation properties of a dataset of `rank` dimensions.
    pub(super) fn of(dataset: &Dataset, rank: usize) -> Result<Self> {
        let plist: PropertyList = owned!(h5d::H5Dget_create_plist(dataset.id()))?;
        // SAFETY: as for `class`.
        let layout = hdf5::sync::sync(|| unsafe { h5p::H5Pget_layout(plist.id()) });
        let chunk = if layout == h5d::H5D_layout_t::H5D_CHUNKED {
            let mut lengths = vec![0u64; rank];
            call!(h5p::H5Pget_chunk(plist.id(), i32::try_from(rank).unwrap_or(0), lengths.as_mut_ptr()))?;
            Some(lengths.into_iter().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).collect())
        } else {
            None
        };
        let mut opts: c_uint = 0;
        if chunk.is_some() {
            call!(h5p::H5Pget_chunk_opts(plist.id(), &raw mut opts))?;
        }
        Ok(Self {
            layout,
            chunk,
            filters: filters(&plist)?,
            external: call!(h5p::H5Pget_external_count(plist.id()))? > 0,
            edges_unfiltered: opts & h5d::H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS != 0,
            plist,
        })
    }

    /// What an unwritten cell holds, in the bytes of `dtype`; `None` where that was left undefined.
    pub(super) fn fill(&self, dtype: &Datatype) -> Result<Option<Vec<u8>>> {
        if !self.has_fill()? {
            return Ok(None);
        }
        let mut value = vec![0u8; dtype.size()];
        call!(h5p::H5Pget_fill_value(self.plist.id(), dtype.id(), value.as_mut_ptr().cast()))?;
        Ok(Some(value))
    }

    /// Whether unwritten cells hold something defined.
    pub(super) fn has_fill(&self) -> Result<bool> {
        let mut defined = h5d::H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED;
        let mut time = h5d::H5D_fill_time_t::H5D_FILL_TIME_IFSET;
        call!(h5p::H5Pfill_value_defined(self.plist.id(), &raw mut defined))?;
        call!(h5p::H5Pget_fill_time(self.plist.id(), &raw mut time))?;
        let undefined = defined == h5d::H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED
            || time == h5d::H5D_fill_time_t::H5D_FILL_TIME_NEVER;
        Ok(!undefined)
    }
}

fn filters(plist: &PropertyList) -> Result<Vec<RawFilter>> {
    let count = call!(h5p::H5Pget_nfilters(plist.id()))?;
    (0..c_uint::try_from(count).unwrap_or(0))
        .map(|i| {
            let (mut flags, mut config) = (0, 0);
            let mut parameters = vec![0; 64];
            let mut used = parameters.len();
            let mut name = [0 as c_char; 1];
            let id = call!(h5p::H5Pget_filter2(
                plist.id(),
                i,
                &raw mut flags,
                &raw mut used,
                parameters.as_mut_ptr(),
                name.len(),
                name.as_mut_ptr(),
                &raw mut config
            ))?;
            parameters.truncate(used);
            Ok(RawFilter { id, parameters })
        })
        .collect()
}

/// Whether a group or dataset keeps the order in which its attributes were made.
pub(super) fn tracks_attributes(object: &Location) -> bool {
    let plist: Result<PropertyList> = hdf5::sync::sync(|| {
        // SAFETY: as for `class`.
        match unsafe { h5i::H5Iget_type(object.id()) } {
            h5i::H5I_type_t::H5I_DATASET => owned!(h5d::H5Dget_create_plist(object.id())),
            _ => owned!(h5g::H5Gget_create_plist(object.id())),
        }
    });
    let mut flags: c_uint = 0;
    let asked = plist.and_then(|p| call!(h5p::H5Pget_attr_creation_order(p.id(), &raw mut flags)));
    asked.is_ok() && flags & h5p::H5P_CRT_ORDER_TRACKED != 0
}

/// Bytes that a dataset takes in its file, 0 where the library cannot tell.
pub(super) fn stored_bytes(dataset: &Dataset) -> u64 {
    // SAFETY: as for `class`.
    hdf5::sync::sync(|| unsafe { h5d::H5Dget_storage_size(dataset.id()) })
}

/// Whether the library can undo a filter.
pub(super) fn filter_available(id: i32) -> bool {
    call!(h5z::H5Zfilter_avail(id)).unwrap_or(0) > 0
}
