//! Classic NetCDF (classic, 64-bit offset, CDF-5), read without a library. Knows nothing of CF.

mod header;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

use super::file::RandomFile;
use super::plain::{Plain, bytes_mut, cells};
use super::strided;
use crate::model::{
    AttrValue, Attrs, Block, DType, Data, Error, Group, Region, Result, Source, SourceInfo, Tier, VariableMeta,
};
use header::Variable;
use std::path::Path;
use std::sync::Arc;

/// Whether the file starts with `CDF` and a known version.
#[must_use]
pub fn detect(path: &Path) -> bool {
    super::first_bytes(path, 4).is_ok_and(|b| matches!(b.as_slice(), [b'C', b'D', b'F', 1 | 2 | 5]))
}

/// Opens a classic NetCDF file: reads its header.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the header contradicts itself or is cut short.
pub fn open(path: &Path) -> Result<Arc<dyn Source>> {
    let file = RandomFile::open(path)?;
    let header = header::parse(&file).map_err(|e| e.within("cannot read the NetCDF header").at(path))?;
    let metas = header.variables.iter().map(|v| meta(v, &header.dims)).collect();
    let root = Group {
        name: "/".into(),
        path: "/".into(),
        attrs: header.attrs,
        dims: header.dims,
        variables: metas,
        groups: Vec::new(),
    };
    let info = SourceInfo {
        format: "netcdf3",
        path: path.display().to_string(),
        identity: file.identity().to_owned(),
        root,
        warnings: header.warnings,
    };
    Ok(Arc::new(NetCdf3 { file, info, variables: header.variables }))
}

struct NetCdf3 {
    file: RandomFile,
    info: SourceInfo,
    /// In the order of the root's variables.
    variables: Vec<Variable>,
}

impl Source for NetCdf3 {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let variable = self.find(path)?;
        let data = region
            .check(&variable.shape)
            .and_then(|()| self.read_region(variable, region))
            .map_err(|e| e.within(format!("cannot read variable {path}")).at(&self.info.path));
        self.file.unchanged()?;
        Block::new(region.shape(), data?)
    }

    fn stored_bytes(&self, path: &str) -> Option<u64> {
        let variable = self.find(path).ok()?;
        Some(variable.shape.iter().fold(variable.dtype.size() as u64, |n, &d| n.saturating_mul(d as u64)))
    }
}

impl NetCdf3 {
    fn find(&self, path: &str) -> Result<&Variable> {
        let name = path.trim_start_matches('/');
        self.variables
            .iter()
            .find(|v| v.name == name)
            .ok_or_else(|| Error::not_found(format!("there is no variable {path}")).at(&self.info.path))
    }

    fn read_region(&self, variable: &Variable, region: &Region) -> Result<Data> {
        // Characters come as bytes first: one text for each.
        let stored = if variable.dtype == DType::Char { DType::U8 } else { variable.dtype.clone() };
        let plain = Plain::new(stored, true).ok_or_else(|| Error::internal("a classic type that is no number"))?;
        let cells = cells(region)?;
        // The file's end is checked before memory is taken for what cannot be there.
        let bytes = (cells as u64).saturating_mul(plain.size() as u64);
        self.file.check(variable.begin.min(self.file.len()), if cells == 0 { 0 } else { bytes })?;
        let mut data = plain.plane(cells)?;
        strided::read(&self.file, variable.begin, &variable.strides, plain.size(), region, bytes_mut(&mut data))?;
        Ok(match (&variable.dtype, plain.finish(data)) {
            (DType::Char, Data::U8(bytes)) => Data::Text(bytes.into_iter().map(super::char_cell).collect()),
            (_, data) => data,
        })
    }
}

fn meta(variable: &Variable, dims: &[crate::model::Dim]) -> VariableMeta {
    VariableMeta {
        name: variable.name.clone(),
        path: format!("/{}", variable.name),
        dtype: variable.dtype.clone(),
        dims: variable.dims.iter().filter_map(|&i| dims.get(i)).map(|d| d.name.clone()).collect(),
        shape: variable.shape.clone(),
        chunks: None,
        shards: None,
        filters: Vec::new(),
        fill_value: fill_value(&variable.dtype, &variable.attrs),
        tier: Tier::Direct,
        attrs: variable.attrs.clone(),
    }
}

/// What a cell holds that was never written: `_FillValue` where it is one value of the variable's type, else the
/// type's default fill (`NC_FILL_*` of netcdf.h).
fn fill_value(dtype: &DType, attrs: &Attrs) -> Option<AttrValue> {
    match attrs.get("_FillValue") {
        Some(value @ AttrValue::Numbers(data)) if data.dtype() == *dtype && data.len() == 1 => {
            return Some(value.clone());
        }
        Some(value @ AttrValue::Text(_)) if *dtype == DType::Char => return Some(value.clone()),
        _ => {}
    }
    Some(AttrValue::Numbers(match dtype {
        DType::I8 => Data::I8(vec![-127]),
        DType::I16 => Data::I16(vec![-32767]),
        DType::I32 => Data::I32(vec![-2_147_483_647]),
        DType::I64 => Data::I64(vec![-9_223_372_036_854_775_806]),
        DType::U8 => Data::U8(vec![255]),
        DType::U16 => Data::U16(vec![65535]),
        DType::U32 => Data::U32(vec![4_294_967_295]),
        DType::U64 => Data::U64(vec![18_446_744_073_709_551_614]),
        DType::F32 => Data::F32(vec![9.969_21e36]),
        DType::F64 => Data::F64(vec![9.969_209_968_386_869e36]),
        _ => return Some(AttrValue::Text(String::new())),
    }))
}
