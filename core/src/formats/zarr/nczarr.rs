//! What netCDF's own library keeps in Zarr stores of version 2 beside the data (`NCZarr`): paths of dimensions, scalars,
//! the types of attributes. Source: <https://docs.unidata.ucar.edu/nug/current/nczarr_head.html>.

use super::element::Element;
use super::fill::Fill;
use super::names::ElementType;
use crate::model::{AttrValue, Attrs, Data};
use serde_json::{Map, Value};

/// Attributes that are no attributes; early versions write them in capitals.
const BOOKKEEPING: [&str; 7] = [
    "_nczarr_array",
    "_nczarr_attr",
    "_nczarr_attrs",
    "_nczarr_default_maxstrlen",
    "_nczarr_group",
    "_nczarr_superblock",
    "_ncproperties",
];

/// What is kept of an array.
pub(super) struct Kept<'a>(Option<&'a Value>);

impl<'a> Kept<'a> {
    /// Out of a `.zarray` or the attributes beside it.
    pub(super) fn of(meta: &'a Map<String, Value>, attributes: &'a Map<String, Value>) -> Self {
        Self(meta.get("_NCZARR_ARRAY").or_else(|| attributes.get("_nczarr_array")))
    }

    /// The names of the dimensions, which are the last parts of their paths.
    pub(super) fn dims(&self) -> Option<Vec<Option<String>>> {
        let list = self.0?.get("dimension_references").or_else(|| self.0?.get("dimrefs"))?.as_array()?;
        let last = |path: &str| path.rsplit('/').next().filter(|n| !n.is_empty()).map(str::to_owned);
        Some(list.iter().map(|path| last(path.as_str()?)).collect())
    }

    /// Whether it is a scalar, which is stored as an array of one.
    pub(super) fn is_scalar(&self) -> bool {
        let Some(kept) = self.0 else { return false };
        kept.get("storage").and_then(Value::as_str) == Some("scalar")
            || kept.get("scalar").is_some_and(|s| s.as_bool().unwrap_or(s.as_u64() == Some(1)))
    }
}

/// Gives numbers the types that they were written with, and takes out what is no attribute.
pub(super) fn tidy(attrs: &mut Attrs) {
    let types = ["_nczarr_attr", "_nczarr_attrs", "_NCZARR_ATTR"].iter().find_map(|name| match attrs.get(name)? {
        AttrValue::Json(kept) => kept.get("types")?.as_object().cloned(),
        _ => None,
    });
    for (name, code) in types.into_iter().flatten() {
        let numbers = match attrs.get(&name) {
            Some(AttrValue::Numbers(data)) => typed(data, &code),
            _ => None,
        };
        if let Some(numbers) = numbers {
            attrs.set(&name, AttrValue::Numbers(numbers));
        }
    }
    attrs.0.retain(|(name, _)| !BOOKKEEPING.contains(&name.to_ascii_lowercase().as_str()));
}

/// Numbers in the type of this name.
fn typed(data: &Data, code: &Value) -> Option<Data> {
    let element = ElementType::v2(code, &[]).ok()?.element;
    if !matches!(element, Element::Number(_)) {
        return None;
    }
    let one = |i| Fill::new(&data.json(i), &element).ok().map(|fill| fill.bytes);
    let bytes: Vec<Vec<u8>> = (0..data.len()).map(one).collect::<Option<_>>()?;
    Some(element.values(&bytes.concat()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::super::metadata::Described;
    use crate::model::{AttrValue, Data};
    use serde_json::{Map, Value, json};

    fn described(meta: &Value, attributes: &Value) -> Described {
        let none = Map::new();
        let meta = meta.as_object().unwrap_or(&none);
        Described::v2("v", meta, attributes.as_object().unwrap_or(&none)).unwrap()
    }

    /// As netCDF 4.10 writes them.
    #[test]
    fn what_netcdf_writes_is_read_as_it_reads_it() {
        let kept = json!({"att": [1, 2], "scale_factor": 0.5, "_FillValue": -9,
            "_nczarr_array": {"dimension_references": ["/g/t"], "storage": "chunked"},
            "_nczarr_attr": {"types": {"att": "<i2", "scale_factor": "<f4", "_FillValue": "<i2"}}});
        // The size of what is shuffled is left to the type.
        let packed = json!({"zarr_format": 2, "shape": [3], "chunks": [3], "dtype": "<i2", "compressor": null,
            "fill_value": -9, "order": "C", "filters": [{"id": "shuffle", "elementsize": 0}]});
        let it = described(&packed, &kept);
        assert_eq!(it.dims, [Some("t".to_owned())]);
        assert_eq!(it.attrs.get("att"), Some(&AttrValue::Numbers(Data::I16(vec![1, 2]))));
        assert_eq!(it.attrs.get("scale_factor"), Some(&AttrValue::Numbers(Data::F32(vec![0.5]))));
        assert_eq!(it.attrs.iter().count(), 3);
        assert_eq!(it.array.pipeline.decode(&[1, 2, 3, 0, 1, 0], &[3]).unwrap(), Data::I16(vec![1, 258, 3]));
        let one = json!({"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<i2", "compressor": null,
            "fill_value": 0, "order": "C", "filters": null});
        let scalar =
            json!({"_ARRAY_DIMENSIONS": ["_scalar_"], "_nczarr_array": {"dimension_references": [], "scalar": 1}});
        assert_eq!(described(&one, &scalar).array.shape, Vec::<usize>::new());
        assert_eq!(described(&one, &json!({"_ARRAY_DIMENSIONS": ["one"]})).array.shape, [1]);
    }
}
