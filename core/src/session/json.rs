//! The structure of a source as JSON: the stable form of `graticule info --json`. Text for people is `dump`'s.

use crate::model::{AttrValue, Attrs, Group, SourceInfo, VariableMeta};
use serde_json::{Map, Value, json};

/// `{"format", "path", "root": group, "warnings"}`; a group is `{"name", "path", "attributes", "dimensions",
/// "variables", "groups"}`. Numbers JSON cannot hold are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
#[must_use]
pub fn info_json(info: &SourceInfo) -> Value {
    json!({"format": info.format, "path": info.path, "root": group(&info.root), "warnings": info.warnings})
}

/// Attributes as one object, in file order.
#[must_use]
pub fn attrs_json(attrs: &Attrs) -> Value {
    Value::Object(attrs.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect())
}

fn group(it: &Group) -> Value {
    let dims: Map<String, Value> =
        it.dims.iter().map(|d| (d.name.clone(), json!({"size": d.size, "unlimited": d.unlimited}))).collect();
    json!({
        "name": it.name,
        "path": it.path,
        "attributes": attrs_json(&it.attrs),
        "dimensions": dims,
        "variables": it.variables.iter().map(variable).collect::<Vec<_>>(),
        "groups": it.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

fn variable(var: &VariableMeta) -> Value {
    json!({
        "name": var.name,
        "path": var.path,
        "dtype": var.dtype.to_string(),
        "shape": var.shape,
        "dimensions": var.dims,
        "chunks": var.chunks,
        "shards": var.shards,
        "filters": var.filters,
        "fill_value": var.fill_value.as_ref().map(AttrValue::to_json),
        "tier": var.tier.name(),
        "attributes": attrs_json(&var.attrs),
    })
}

#[cfg(test)]
mod tests {
    use super::info_json;
    use crate::model::{AttrValue, Attrs, DType, Data, Dim, Group, SourceInfo, Tier, VariableMeta};
    use serde_json::json;

    #[test]
    fn the_form_is_the_one_promised() {
        let var = VariableMeta {
            name: "t2m".into(),
            path: "/t2m".into(),
            dtype: DType::I16,
            dims: vec!["time".into()],
            shape: vec![4],
            chunks: Some(vec![2]),
            shards: None,
            filters: vec!["shuffle".into(), "deflate:4".into()],
            fill_value: Some(AttrValue::Numbers(Data::I16(vec![-32767]))),
            tier: Tier::Direct,
            attrs: Attrs(vec![("missing_value".into(), AttrValue::Numbers(Data::F32(vec![f32::NAN])))]),
        };
        let root = Group {
            name: "/".into(),
            path: "/".into(),
            dims: vec![Dim { name: "time".into(), size: 4, unlimited: true }],
            variables: vec![var],
            ..Group::default()
        };
        let info =
            SourceInfo { format: "netcdf4", path: "a.nc".into(), identity: String::new(), root, warnings: Vec::new() };
        let expected = json!({
            "format": "netcdf4", "path": "a.nc",
            "root": {"name": "/", "path": "/", "attributes": {}, "dimensions": {"time": {"size": 4, "unlimited": true}},
                     "variables": [{"name": "t2m", "path": "/t2m", "dtype": "int16", "shape": [4],
                                    "dimensions": ["time"], "chunks": [2], "shards": null,
                                    "filters": ["shuffle", "deflate:4"], "fill_value": -32767, "tier": "direct",
                                    "attributes": {"missing_value": "NaN"}}],
                     "groups": []},
            "warnings": []});
        assert_eq!(info_json(&info), expected);
    }
}
