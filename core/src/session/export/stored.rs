//! Variables as they stand on disk, with the coordinates they need: what converting and rechunking writes.

use super::Content;
use crate::model::{AttrValue, Attrs, Error, Group, Result, VariableMeta};
use crate::plan::Node;
use crate::session::Opened;
use crate::session::encode::{Encoded, flags};
use std::sync::Arc;

/// Attributes by which a variable names others that it needs.
const NAMING: [&str; 6] = ["coordinates", "bounds", "climatology", "grid_mapping", "cell_measures", "formula_terms"];

/// The variables named with what they need, in the order of the file; without names all of a group, or of all groups where
/// none is given.
pub(super) fn content(opened: &Opened, group: Option<&str>, names: &[String]) -> Result<Content> {
    let root = &opened.source().info().root;
    let group = match (names.first(), group) {
        (Some(first), _) => parent(&opened.variable(first)?.path),
        (None, Some(group)) => group,
        (None, None) => return whole(opened),
    };
    let path = line(root, group).ok_or_else(|| {
        let groups: Vec<_> = root.walk().map(|g| g.path.as_str()).collect();
        Error::not_found(format!("no group {group}"))
            .hint(format!("there are: {}", groups.join(", ")))
            .at(&opened.info().path)
    })?;
    let mut wanted: Vec<&VariableMeta> = names.iter().map(|n| opened.variable(n)).collect::<Result<_>>()?;
    if let Some(other) = wanted.iter().find(|v| parent(&v.path).trim_matches('/') != group.trim_matches('/')) {
        return Err(Error::invalid(format!("{} lies in another group than {}", other.path, names[0]))
            .hint("export one group at a time")
            .at(&opened.info().path));
    }
    // The group's own first, then those of its parents, nearest first.
    let visible: Vec<&VariableMeta> = path.iter().rev().flat_map(|g| &g.variables).collect();
    if let (true, Some(own)) = (names.is_empty(), path.last()) {
        wanted = variables(opened, own).collect();
    }
    complete(&mut wanted, &visible);
    let left_out = if names.is_empty() { leave_out(opened, &mut wanted) } else { Vec::new() };
    let order = |v: &&VariableMeta| visible.iter().position(|o| o.path == v.path);
    wanted.sort_by_key(order);
    let arrays = wanted.into_iter().map(|v| encoded(opened, v, v.name.clone())).collect::<Result<_>>()?;
    let attrs = path.last().map(|g| g.attrs.clone()).unwrap_or_default();
    Ok(Content { attrs, groups: Vec::new(), arrays, left_out })
}

/// All variables of all groups, each in its place.
fn whole(opened: &Opened) -> Result<Content> {
    let root = &opened.source().info().root;
    let below = |path: &str| path.trim_start_matches('/').to_owned();
    let groups = root.walk().skip(1).map(|g| (below(&g.path), g.attrs.clone())).collect();
    let (mut arrays, mut left_out) = (Vec::new(), Vec::new());
    for group in root.walk() {
        let mut wanted: Vec<_> = variables(opened, group).collect();
        left_out.extend(leave_out(opened, &mut wanted));
        // A variable may stand a second time under another name, where a dimension stands twice.
        let place = |v: &VariableMeta| below(&format!("{}/{}", group.path.trim_end_matches('/'), v.name));
        for var in wanted {
            arrays.push(encoded(opened, var, place(var))?);
        }
    }
    Ok(Content { attrs: root.attrs.clone(), groups, arrays, left_out })
}

/// Takes out what this build cannot read, and says why.
fn leave_out(opened: &Opened, wanted: &mut Vec<&VariableMeta>) -> Vec<Error> {
    let mut reasons = Vec::new();
    wanted.retain(|v| opened.source().readable(&v.path).map_err(|e| reasons.push(e)).is_ok());
    reasons
}

/// The variables of a group. Fields of records are shown beside them, and are no variables of the file.
fn variables<'a>(opened: &'a Opened, group: &'a Group) -> impl Iterator<Item = &'a VariableMeta> {
    group.variables.iter().filter(|v| opened.info().root.variable(&v.path).is_some())
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent })
}

/// The groups from the root to the one of this path.
fn line<'a>(root: &'a Group, path: &str) -> Option<Vec<&'a Group>> {
    let mut at = root;
    let mut found = vec![root];
    for name in path.split('/').filter(|n| !n.is_empty()) {
        at = at.groups.iter().find(|g| g.name == name)?;
        found.push(at);
    }
    Some(found)
}

/// Adds the labels of all dimensions and whatever is named as coordinate, until nothing is missing.
fn complete<'a>(wanted: &mut Vec<&'a VariableMeta>, visible: &[&'a VariableMeta]) {
    let mut at = 0;
    while let Some(&var) = wanted.get(at) {
        at += 1;
        let named = NAMING.iter().filter_map(|a| var.attrs.text(a)).flat_map(str::split_whitespace);
        // `cell_measures` is `key: name`; keys do no harm.
        let named = named.map(|word| word.trim_end_matches(':'));
        for name in var.dims.iter().map(String::as_str).chain(named) {
            let Some(found) = visible.iter().find(|v| v.name == name) else { continue };
            // Of a dimension's name, but along others: a variable of its own.
            let stranger = var.dims.iter().any(|d| d == name) && found.dims != [name];
            if !stranger && wanted.iter().all(|w| w.name != found.name) {
                wanted.push(found);
            }
        }
    }
}

fn encoded(opened: &Opened, var: &VariableMeta, name: String) -> Result<Encoded> {
    let mut attrs: Attrs = var.attrs.clone();
    // What version 2 of Zarr says beside the attributes means what the attribute says elsewhere.
    if opened.info().format == "zarr2" && attrs.get("_FillValue").is_none() {
        match &var.fill_value {
            None | Some(AttrValue::Json(serde_json::Value::Null)) => {}
            Some(fill) => attrs.set("_FillValue", fill.clone()),
        }
    }
    if let crate::model::DType::Enum { members, .. } = &var.dtype {
        flags(&mut attrs, members);
    }
    let node = Node::source(Arc::clone(opened.source()), &var.path)?;
    let labels = var.dims == [var.name.as_str()];
    Ok(Encoded { name, node, attrs, labels, as_stored: var.chunks.is_some() })
}
