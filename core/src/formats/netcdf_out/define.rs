//! Dimensions, variables and attributes of a NetCDF-4 file to write. Puts no values.

use crate::model::{ArraySpec, AttrValue, Attrs, DType, Data, Error, Result};
use netcdf::types::{FloatType, IntType, NcVariableType};
use netcdf::{AttributeValue, FileMut, NcTypeDescriptor, VariableMut};
use std::collections::HashMap;

/// Names that belong to the library and to HDF5, which refuse them from anybody else.
const RESERVED: [&str; 8] = [
    "_NCProperties",
    "_Netcdf4Coordinates",
    "_Netcdf4Dimid",
    "_nc3_strict",
    "CLASS",
    "DIMENSION_LIST",
    "NAME",
    "REFERENCE_LIST",
];

/// Defines everything that a file of these arrays needs.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) naming the array, dimension or attribute that cannot be.
pub(super) fn define(
    file: &mut FileMut,
    attrs: &Attrs,
    groups: &[(String, Attrs)],
    arrays: &[ArraySpec],
    deflate: u8,
) -> Result<()> {
    for (path, attrs) in groups {
        let within = |e: Error| e.within(format_args!("cannot write the group {path}"));
        path.split('/').try_for_each(check_name).map_err(within)?;
        file.add_group(path).map_err(|e| within(Error::invalid(e.to_string())))?;
        put_attrs(attrs, |name, value| file.add_attribute(&format!("{path}/{name}"), value).map(drop))
            .map_err(within)?;
    }
    let mut sizes: HashMap<(&str, &str), usize> = HashMap::new();
    for array in arrays {
        let within = |e: Error| e.within(format_args!("cannot write {}", array.name));
        if array.dims.len() != array.shape.len() || array.chunks.len() != array.shape.len() {
            let message = format!("{:?} and chunks {:?} for a shape of {:?}", array.dims, array.chunks, array.shape);
            return Err(within(Error::invalid(message)));
        }
        let (group, _) = array.place();
        array.name.split('/').try_for_each(check_name).map_err(within)?;
        for (dim, &size) in array.dims.iter().zip(&array.shape) {
            check_name(dim).map_err(within)?;
            match known(&sizes, group, dim) {
                Some((_, length)) if length == size => {}
                // One of a parent's is hidden by the group's own.
                Some((of, length)) if of == group => {
                    let message = format!("dimension {dim} has length {size} here and {length} in another array");
                    return Err(within(Error::invalid(message)));
                }
                _ => {
                    sizes.insert((group, dim), size);
                    let path = if group.is_empty() { dim.clone() } else { format!("{group}/{dim}") };
                    file.add_dimension(&path, size)
                        .map_err(|e| within(Error::invalid(format!("dimension \"{dim}\": {e}"))))?;
                }
            }
        }
        variable(file, array, deflate).map_err(within)?;
    }
    put_attrs(attrs, |name, value| file.add_attribute(name, value).map(drop))
}

/// The dimension of this name that a group sees: in which group it is, and how long.
fn known<'a>(sizes: &HashMap<(&'a str, &'a str), usize>, group: &'a str, dim: &'a str) -> Option<(&'a str, usize)> {
    let mut at = group;
    loop {
        match sizes.get(&(at, dim)) {
            Some(&size) => return Some((at, size)),
            None if at.is_empty() => return None,
            None => at = at.rsplit_once('/').map_or("", |(parent, _)| parent),
        }
    }
}

/// Refuses what the crate would panic on.
fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.contains('\0') {
        return Err(Error::invalid(format!("the name {name:?} is empty or holds a zero")));
    }
    Ok(())
}

/// Puts attributes by `put`, those of the library left out.
fn put_attrs(attrs: &Attrs, mut put: impl FnMut(&str, AttributeValue) -> netcdf::Result<()>) -> Result<()> {
    for (name, value) in attrs.iter().filter(|(name, _)| !RESERVED.contains(name)) {
        check_name(name)?;
        put(name, attribute(value)).map_err(|e| Error::invalid(format!("attribute \"{name}\": {e}")))?;
    }
    Ok(())
}

/// The type an array is stored with: half floats widened, integers without their names, whatever is no number as text.
pub(super) fn storage(dtype: &DType) -> DType {
    match dtype.plain() {
        DType::F16 => DType::F32,
        plain if plain.is_numeric() => plain,
        _ => DType::String,
    }
}

fn variable(file: &mut FileMut, array: &ArraySpec, deflate: u8) -> Result<()> {
    let stored = storage(&array.dtype);
    let dims: Vec<&str> = array.dims.iter().map(String::as_str).collect();
    let invalid = |e: netcdf::Error| Error::invalid(e.to_string());
    let mut variable = file.add_variable_with_type(&array.name, &dims, &library_type(&stored)).map_err(invalid)?;
    if !array.shape.is_empty() && !array.shape.contains(&0) {
        if array.chunks.contains(&0) {
            return Err(Error::invalid(format!("impossible chunks of {:?}", array.chunks)));
        }
        let chunks: Vec<usize> = array.chunks.iter().zip(&array.shape).map(|(&c, &n)| c.min(n)).collect();
        variable.set_chunking(&chunks).map_err(invalid)?;
        if deflate > 0 && stored != DType::String {
            variable.set_compression(i32::from(deflate.min(9)), stored.size() > 1).map_err(invalid)?;
        }
    }
    let mut attrs = array.attrs.clone();
    let fill = attrs.remove("_FillValue");
    if let Some(fill) = fill.or_else(|| stored.is_float().then(|| AttrValue::Numbers(Data::F64(vec![f64::NAN])))) {
        set_fill(&mut variable, &fill, &stored)?;
    }
    if stored == DType::Bool {
        attrs.set("dtype", AttrValue::Text("bool".to_owned()));
    }
    put_attrs(&attrs, |name, value| variable.put_attribute(name, value).map(drop))
}

fn library_type(stored: &DType) -> NcVariableType {
    match stored {
        DType::Bool | DType::I8 => NcVariableType::Int(IntType::I8),
        DType::I16 => NcVariableType::Int(IntType::I16),
        DType::I32 => NcVariableType::Int(IntType::I32),
        DType::I64 => NcVariableType::Int(IntType::I64),
        DType::U8 => NcVariableType::Int(IntType::U8),
        DType::U16 => NcVariableType::Int(IntType::U16),
        DType::U32 => NcVariableType::Int(IntType::U32),
        DType::U64 => NcVariableType::Int(IntType::U64),
        DType::F32 => NcVariableType::Float(FloatType::F32),
        DType::F64 => NcVariableType::Float(FloatType::F64),
        _ => NcVariableType::String,
    }
}

/// Defines what an unwritten cell holds; text has none.
fn set_fill(variable: &mut VariableMut<'_>, fill: &AttrValue, stored: &DType) -> Result<()> {
    fn define<T: NcTypeDescriptor>(variable: &mut VariableMut<'_>, value: Option<T>, fill: &AttrValue) -> Result<()> {
        let value = value.ok_or_else(|| Error::invalid(format!("_FillValue {} does not fit", fill.to_json())))?;
        variable.set_fill_value(value).map_err(|e| Error::invalid(format!("_FillValue: {e}")))
    }
    // Some files call NaN what is missing among integers, where nothing can be it.
    if stored.is_integer() && fill.number().is_some_and(f64::is_nan) {
        return Ok(());
    }
    // Exact for 64-bit integers, which no float holds.
    let integer = match fill {
        AttrValue::Numbers(Data::U64(v)) => v.first().map(|&x| i128::from(x)),
        AttrValue::Numbers(Data::I64(v)) => v.first().map(|&x| i128::from(x)),
        #[expect(clippy::cast_possible_truncation, reason = "only whole numbers inside the range of exact floats pass")]
        other => other.number().filter(|x| x.fract() == 0.0 && x.abs() <= 9.007_199_254_740_992e15).map(|x| x as i128),
    };
    match stored {
        DType::Bool | DType::I8 => define::<i8>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::I16 => define::<i16>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::I32 => define::<i32>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::I64 => define::<i64>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::U8 => define::<u8>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::U16 => define::<u16>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::U32 => define::<u32>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        DType::U64 => define::<u64>(variable, integer.and_then(|x| x.try_into().ok()), fill),
        #[expect(clippy::cast_possible_truncation, reason = "rounded to the precision of the variable")]
        DType::F32 => define(variable, fill.number().map(|x| x as f32), fill),
        DType::F64 => define(variable, fill.number(), fill),
        _ => Ok(()),
    }
}

/// An attribute as the library takes it; what netCDF has no form for is written as JSON.
fn attribute(value: &AttrValue) -> AttributeValue {
    macro_rules! numbers {
        ($data:expr, $($plane:ident),*) => {
            match $data {
                $(Data::$plane(v) => match v[..] {
                    [one] => one.into(),
                    _ => v.clone().into(),
                },)*
                Data::Text(texts) => texts.clone().into(),
            }
        };
    }
    match value {
        AttrValue::Text(text) => text.as_str().into(),
        AttrValue::Texts(texts) => texts.clone().into(),
        AttrValue::Numbers(data) => numbers!(data, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64),
        AttrValue::Json(json) => json.to_string().into(),
    }
}
