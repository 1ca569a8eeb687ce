//! The structure of a source as JSON: the stable form of `graticule info --json`. Text for people is `dump`'s.

use super::layout::{Beside, Layouts};
use super::{HorizontalKind, Layout, Opened, time};
use crate::cf;
use crate::model::{AttrValue, Attrs, Group, VariableMeta};
use crate::plan::{AxisValues, Var};
use serde_json::{Map, Value, json};

/// `{"format", "path", "root": group, "warnings"}`; a group is `{"name", "path", "attributes", "dimensions",
/// "variables", "groups"}`. Numbers JSON cannot hold are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
///
/// A variable's `stored_bytes` are what it takes in the file (null where only a listing would tell); its `decoding` says
/// how it is read: the `dtype` of its values, the `time` they or their axis cover, the `grid` they lie on, and the
/// `facts` of the decode card, each with the attribute it came `from` (null: assumed).
#[must_use]
pub fn info_json(opened: &Opened) -> Value {
    let info = opened.info();
    let beside: Vec<Beside> = opened.groups().iter().map(|g| Beside::of(&g.dataset)).collect();
    let layouts: Vec<Layouts<'_>> = beside.iter().map(Layouts::of).collect();
    let root = group(opened, &layouts, &info.root);
    json!({"format": info.format, "path": info.path, "root": root, "warnings": info.warnings})
}

/// Attributes as one object, in file order.
#[must_use]
pub fn attrs_json(attrs: &Attrs) -> Value {
    Value::Object(attrs.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect())
}

/// `layouts`: those of the opened groups, in their order.
fn group(opened: &Opened, layouts: &[Layouts<'_>], it: &Group) -> Value {
    let dims: Map<String, Value> =
        it.dims.iter().map(|d| (d.name.clone(), json!({"size": d.size, "unlimited": d.unlimited}))).collect();
    json!({
        "name": it.name,
        "path": it.path,
        "attributes": attrs_json(&it.attrs),
        "dimensions": dims,
        "variables": it.variables.iter().map(|v| variable(opened, layouts, v)).collect::<Vec<_>>(),
        "groups": it.groups.iter().map(|g| group(opened, layouts, g)).collect::<Vec<_>>(),
    })
}

fn variable(opened: &Opened, layouts: &[Layouts<'_>], var: &VariableMeta) -> Value {
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
        "stored_bytes": opened.source().stored_bytes(&var.path),
        "attributes": attrs_json(&var.attrs),
        "decoding": decoding(opened, layouts, var),
    })
}

/// How a variable is read, null where decoding left it out.
fn decoding(opened: &Opened, layouts: &[Layouts<'_>], var: &VariableMeta) -> Value {
    let parent = var.path.rsplit_once('/').map_or("", |(parent, _)| parent).trim_matches('/');
    let groups = opened.groups().iter().zip(layouts);
    let own = groups.filter(|(g, _)| g.path == var.path || g.path.trim_matches('/') == parent);
    let facts = |decoding: &super::Decoding| -> Vec<Value> {
        decoding.facts.iter().map(|f| json!({"what": f.what, "value": f.value, "from": f.from})).collect()
    };
    own.into_iter()
        .find_map(|(data, layouts)| {
            let (_, read) = data.decodings.iter().find(|(path, _)| *path == var.path)?;
            let dataset = &data.dataset;
            let mesh = || cf::Mesh::of(var, &opened.info().root).map_or(Value::Null, |m| mesh_json(&m));
            let (dtype, time, grid) = match dataset.var(&var.name) {
                Some(it) => {
                    (it.node.meta().dtype.to_string(), time::span(dataset, it, &None, &None), grid(it, layouts))
                }
                None => {
                    let values = &dataset.axis(&var.name)?.values;
                    let dtype = if matches!(values, AxisValues::Text(_)) { "string" } else { "float64" };
                    (dtype.to_owned(), time::axis_span(values), Value::Null)
                }
            };
            let grid = if grid.is_null() { mesh() } else { grid };
            let time = time.map(|t| json!({"calendar": t.calendar, "first": t.first, "last": t.last}));
            Some(json!({"dtype": dtype, "time": time, "grid": grid, "facts": facts(read)}))
        })
        .unwrap_or(Value::Null)
}

/// The mesh under a variable: `{"kind": "unstructured", "mesh", "location", "x", "y", "nodes", "faces", "face_nodes",
/// "most_corners", "start_index"}`.
fn mesh_json(mesh: &cf::Mesh) -> Value {
    let [x, y] = mesh.coordinates.clone().map_or([None, None], |[x, y]| [Some(x), Some(y)]);
    json!({
        "kind": "unstructured",
        "mesh": mesh.topology,
        "location": mesh.location.name(),
        "x": x,
        "y": y,
        "nodes": mesh.nodes,
        "faces": mesh.faces,
        "face_nodes": mesh.face_nodes,
        "most_corners": mesh.most_corners,
        "start_index": mesh.start_index,
    })
}

/// Where the cells lie on Earth: `{"kind", "y", "x"}` with the `crs` that PROJ is told or the variables that hold each
/// cell's `latitude` and `longitude`.
fn grid(var: &Var, layouts: &Layouts<'_>) -> Value {
    let lay = Layout::of(var, &layouts.axes(var));
    let kind = match &lay.horizontal {
        HorizontalKind::LonLat => json!({"kind": "latitude_longitude"}),
        HorizontalKind::Projected { crs, rotated: true, .. } => json!({"kind": "rotated_pole", "crs": crs}),
        HorizontalKind::Projected { crs, .. } => json!({"kind": "projected", "crs": crs}),
        HorizontalKind::Curvilinear { lon, lat } => json!({"kind": "curvilinear", "latitude": lat, "longitude": lon}),
        HorizontalKind::Plain => return Value::Null,
    };
    let mut grid = json!({"y": lay.y, "x": lay.x});
    if let (Value::Object(grid), Value::Object(kind)) = (&mut grid, kind) {
        grid.extend(kind);
    }
    grid
}
