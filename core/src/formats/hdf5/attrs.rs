//! Attributes of HDF5 objects of every type; what netCDF and HDF5 keep there for themselves is left out.

use super::super::plain::{bytes_mut, zeros};
use super::ffi::{self, Elements};
use super::types::Type;
use crate::model::{AttrValue, Attrs, Data};
use hdf5::{Attribute, File, IndexType, IterationOrder, Location};

/// Attributes that describe dimensions and types to the netCDF and HDF5 libraries, not data to people.
const BOOKKEEPING: [&str; 6] =
    ["DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties", "_nc3_strict"];
/// So too on dimension scales only: elsewhere (images, `NeXus`) they are the author's.
const OF_SCALES: [&str; 2] = ["CLASS", "NAME"];

/// The attributes of an object, without bookkeeping; one that cannot be read leaves a line in `warnings`.
pub(super) fn of(file: &File, object: &Location, path: &str, is_scale: bool, warnings: &mut Vec<String>) -> Attrs {
    let mut attrs = Attrs::default();
    // In the order of creation where that was kept, else by name: the order of storage tells nothing.
    let order = if ffi::tracks_attributes(object) { IndexType::CreationOrder } else { IndexType::Name };
    let names = object
        .attr_names_by(order, IterationOrder::Increasing)
        .or_else(|_| object.attr_names_by(IndexType::Name, IterationOrder::Increasing));
    let names = names.unwrap_or_else(|e| {
        warnings.push(format!("the attributes of {path} cannot be read: {e}"));
        Vec::new()
    });
    for (position, name) in (0..).zip(names) {
        if BOOKKEEPING.contains(&name.as_str()) || is_scale && OF_SCALES.contains(&name.as_str()) {
            continue;
        }
        // A name that is no UTF-8 leads to nothing.
        let by_place = |_| object.attr_by_index(order, IterationOrder::Increasing, position);
        let read = object.attr(&name).or_else(by_place).and_then(|a| Ok((ffi::attribute_name(&a)?, value(file, &a)?)));
        match read {
            Ok((name, value)) => attrs.set(name, value),
            Err(e) => warnings.push(format!("attribute {name} of {path} cannot be read: {e}")),
        }
    }
    attrs
}

/// The value of an attribute: numbers as numbers, all else as text.
pub(super) fn value(file: &File, attribute: &Attribute) -> ffi::Result<AttrValue> {
    let dtype = Type::new(&attribute.dtype()?)?;
    // 0 for an attribute that was left empty (a null dataspace).
    let cells = attribute.space()?.size();
    // A time alone has no units beside it.
    if dtype.is_number() && dtype.time().is_none() {
        let mut data = zeros(&dtype.dtype, cells).map_err(|e| hdf5::Error::Internal(e.to_string()))?;
        if cells > 0 {
            ffi::read_attribute(attribute, &dtype.memory()?, bytes_mut(&mut data))?;
        }
        return Ok(AttrValue::Numbers(data));
    }
    if cells == 0 {
        return Ok(AttrValue::Text(String::new()));
    }
    let memory = dtype.memory()?;
    let layout = Type::new(&memory)?;
    let elements = Elements::of_attribute(attribute, memory)?;
    let mut texts: Vec<String> = elements.iter().map(|e| layout.text(file, e)).collect();
    Ok(if texts.len() == 1 { AttrValue::Text(texts.remove(0)) } else { AttrValue::Texts(texts) })
}

/// An attribute as text; `None` where it is missing or of another kind.
pub(super) fn text(file: &File, object: &Location, name: &str) -> Option<String> {
    match object.attr(name).and_then(|a| value(file, &a)) {
        Ok(AttrValue::Text(text)) => Some(text),
        _ => None,
    }
}

/// An attribute as whole numbers; `None` where it is missing or of another kind.
pub(super) fn integers(file: &File, object: &Location, name: &str) -> Option<Vec<i64>> {
    match object.attr(name).and_then(|a| value(file, &a)) {
        Ok(AttrValue::Numbers(Data::I32(v))) => Some(v.into_iter().map(i64::from).collect()),
        Ok(AttrValue::Numbers(Data::I64(v))) => Some(v),
        _ => None,
    }
}

/// For each dimension of a dataset, the objects (by reference) that are its scales, as `DIMENSION_LIST` holds them.
pub(super) fn dimension_list(object: &Location) -> Option<Vec<Option<u64>>> {
    let attribute = object.attr("DIMENSION_LIST").ok()?;
    let dtype = attribute.dtype().ok()?;
    let inner = ffi::base(&dtype).ok()?;
    let lists_of_references = ffi::class(&dtype) == ffi::Class::H5T_VLEN
        && ffi::class(&inner) == ffi::Class::H5T_REFERENCE
        && inner.size() == size_of::<u64>();
    if !lists_of_references {
        return None;
    }
    let memory = ffi::native(&dtype).ok()?;
    let elements = Elements::of_attribute(&attribute, memory).ok()?;
    let first =
        |e: ffi::Element<'_>| e.list(size_of::<u64>()).next()?.bytes().first_chunk().map(|b| u64::from_ne_bytes(*b));
    Some(elements.iter().map(first).collect())
}
