//! Writes a dataset as a NetCDF-4 file. Sees nothing of where the values come from, reads nothing.
//!
//! The library works under one lock for the whole process, so calls of many threads follow each other; a file is as
//! fast as one thread compresses. Zarr is the format for large results.

mod define;
#[cfg(test)]
mod tests;

use super::staging::{Staging, sync_folder, write_error};
use crate::events::{Kind, Stamp, record_step};
use crate::model::{Block, DType, Data, DatasetSpec, Error, ErrorKind, Region, Result, Sink, one_shape};
use define::{define, storage};
use netcdf::{FileMut, NcTypeDescriptor, VariableMut};
use parking_lot::Mutex;
use std::fs::File;
use std::path::Path;

/// A NetCDF-4 file being written.
#[derive(Debug)]
pub struct NetcdfSink {
    /// `None` once closed. Before `staging`, so that it is closed before it is removed.
    file: Mutex<Option<FileMut>>,
    /// Name, shape and type of each array.
    arrays: Vec<(String, Vec<usize>, DType)>,
    staging: Staging,
}

impl NetcdfSink {
    /// Prepares a file at `target`, which must not exist; nothing stands there before [`finish`](Sink::finish).
    ///
    /// `deflate` is the level of compression, 0 (none) to 9; text is not compressed. Floats get a `_FillValue` of NaN;
    /// a `_FillValue` among the attributes is taken for any number. Truth values are written as xarray does, as bytes
    /// with the attribute `dtype`.
    ///
    /// # Errors
    /// [`Exists`](ErrorKind::Exists) where something stands at the target,
    /// [`NotFound`](ErrorKind::NotFound) where its folder is not there,
    /// [`Io`](ErrorKind::Io) where that cannot be written,
    /// [`Invalid`](ErrorKind::Invalid) for a specification that contradicts itself.
    pub fn create(target: &Path, spec: DatasetSpec, deflate: u8) -> Result<Box<dyn Sink>> {
        let DatasetSpec { attrs, groups, arrays } = spec;
        let staging = Staging::begin(target)?;
        let mut file = netcdf::create_with(staging.content(), netcdf::Options::NETCDF4)
            .map_err(|e| Error::new(ErrorKind::Io, format!("cannot create the file: {e}")).at(target))?;
        define(&mut file, &attrs, &groups, &arrays, deflate).map_err(|e| e.at(target))?;
        let arrays = arrays.into_iter().map(|a| (a.name, a.shape, storage(&a.dtype))).collect();
        Ok(Box::new(Self { file: Mutex::new(Some(file)), arrays, staging }))
    }
}

impl Sink for NetcdfSink {
    fn write_part(&self, array: &str, region: &Region, block: &Block, part: &Region) -> Result<()> {
        let (_, shape, dtype) = self
            .arrays
            .iter()
            .find(|(name, ..)| name == array)
            .ok_or_else(|| Error::internal(format!("{array} is not part of the output")))?;
        let within = |e: Error| e.within(format_args!("cannot write {array}"));
        region.check(shape).map_err(within)?;
        one_shape(region, block, part).map_err(within)?;
        if region.is_empty() {
            return Ok(());
        }
        let cut = (part.shape() != block.shape()).then(|| block.slice(part)).transpose().map_err(within)?;
        let block = cut.as_ref().unwrap_or(block);
        let mut file = self.file.lock();
        let started = Stamp::now();
        let variable = file.as_mut().and_then(|f| f.variable_mut(array));
        let mut variable = variable.ok_or_else(|| within(Error::internal("the file has no such variable")))?;
        put(&mut variable, region, block.data(), dtype).map_err(|e| within(e).at(self.staging.target()))?;
        record_step(Kind::Write, "", &started, block.bytes() as u64, 0);
        Ok(())
    }

    fn annotate(&mut self, array: &str, name: &str, text: &str) -> Result<()> {
        let variable = self.file.get_mut().as_mut().and_then(|f| f.variable_mut(array));
        let mut variable = variable.ok_or_else(|| Error::internal(format!("the file has no variable {array}")))?;
        let put = variable.put_attribute(name, text).map(drop);
        put.map_err(|e| failed(format_args!("put the attribute {name}"), &e).at(self.staging.target()))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { file, staging, .. } = *self;
        if let Some(file) = file.into_inner() {
            file.close().map_err(|e| failed("close the file", &e).at(staging.target()))?;
        }
        File::open(staging.content())
            .and_then(|f| f.sync_all())
            .map_err(|e| write_error("sync the file", &e, staging.target()))?;
        if let Some(folder) = staging.content().parent() {
            sync_folder(folder);
        }
        staging.publish()
    }

    /// What has reached the file; the library holds some chunks back.
    fn bytes_written(&self) -> u64 {
        std::fs::metadata(self.staging.content()).map_or(0, |about| about.len())
    }
}

/// Writes values at a region.
fn put(variable: &mut VariableMut<'_>, region: &Region, data: &Data, dtype: &DType) -> Result<()> {
    macro_rules! put {
        ($($plane:ident => $dtype:ident),*) => {
            match (data, dtype) {
                $((Data::$plane(values), DType::$dtype) => put_values(variable, region, values),)*
                // Truth values, 0 or 1.
                (Data::U8(values), DType::Bool) => {
                    put_values(variable, region, &values.iter().map(|&b| i8::from(b != 0)).collect::<Vec<_>>())
                }
                (Data::Text(texts), DType::String) => put_texts(variable, region, texts),
                (data, dtype) => Err(Error::internal(format!("{} values for elements of type {dtype}", data.dtype()))),
            }
        };
    }
    put!(I8 => I8, I16 => I16, I32 => I32, I64 => I64, U8 => U8, U16 => U16, U32 => U32, U64 => U64, F32 => F32, F64 => F64)
}

fn put_values<T: NcTypeDescriptor>(variable: &mut VariableMut<'_>, region: &Region, values: &[T]) -> Result<()> {
    // Start and count, not ranges: stepped ranges lose their last element in this version of the crate.
    let start: Vec<usize> = region.0.iter().map(|s| s.start).collect();
    let put = if start.is_empty() {
        variable.put_values(values, ())
    } else {
        variable.put_values(values, (start, region.shape()))
    };
    put.map_err(|e| failed(format_args!("put {} values", values.len()), &e))
}

/// Texts go one by one: the crate takes no list of them.
fn put_texts(variable: &mut VariableMut<'_>, region: &Region, texts: &[String]) -> Result<()> {
    let ones = vec![1; region.0.len()];
    for (cell, text) in region.chunks(&ones, &vec![usize::MAX; ones.len()]).zip(texts) {
        let at: Vec<usize> = cell.0.iter().map(|s| s.start).collect();
        let put =
            if at.is_empty() { variable.put_string(text, ()) } else { variable.put_string(text, (at, ones.clone())) };
        put.map_err(|e| failed("put a text", &e))?;
    }
    Ok(())
}

/// The library tells a full disk by no more than "HDF error".
fn failed(what: impl std::fmt::Display, e: &netcdf::Error) -> Error {
    let error = Error::new(ErrorKind::Io, format!("cannot {what}: {e}"));
    if e.to_string().contains("HDF error") { error.hint("look whether the disk has space left") } else { error }
}
