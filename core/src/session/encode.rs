//! Decoded datasets as they are written: labels back to numbers, attributes that name only what is there, the way they
//! came about. As xarray writes them. Writes nothing itself.

use crate::cf::{Crs, TimeUnits, bounds, cell_measures, mapping_refs};
use crate::model::calendar::Calendar;
use crate::model::{AttrValue, Attrs, Block, DType, Data, Result};
use crate::ops::Recipe;
use crate::plan::{Axis, AxisValues, Dataset, Node, NodeKind, Role, Var};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// One array to write: its values and the attributes that go with them.
pub(super) struct Encoded {
    pub(super) name: String,
    pub(super) node: Arc<Node>,
    pub(super) attrs: Attrs,
    /// Whether it labels a dimension.
    pub(super) labels: bool,
    /// Whether the chunks of the source are kept where no others are asked for.
    pub(super) as_stored: bool,
}

/// All arrays of a dataset, labels first.
pub(super) fn arrays(ds: &Dataset) -> Result<Vec<Encoded>> {
    let mut out = Vec::new();
    let mut recounted = HashSet::new();
    for axis in &ds.axes {
        if let Some((data, mut attrs, changed)) = labels(axis) {
            keep_named(&mut attrs, ds);
            if changed {
                recounted.extend(bounds(&axis.attrs).map(str::to_owned));
            }
            let block = Block::new(vec![data.len()], data)?;
            let node = Node::literal(vec![axis.name.clone()], block)?;
            out.push(Encoded { name: axis.name.clone(), node, attrs, labels: true, as_stored: false });
        }
    }
    let support = supporting(ds);
    for var in &ds.vars {
        let mut attrs = var.attrs.clone();
        keep_named(&mut attrs, ds);
        if !picks(&var.node) {
            RANGES.iter().for_each(|name| drop(attrs.remove(name)));
        }
        if recounted.contains(&var.name) {
            // Edges count as the labels did when they were read, which the labels now written do not.
            let axis = ds.axes.iter().find(|a| bounds(&a.attrs) == Some(var.name.as_str()));
            for name in ["units", "calendar"] {
                if let Some(value) = axis.and_then(|a| a.attrs.get(name)) {
                    attrs.set(name, value.clone());
                }
            }
        }
        attrs.remove("coordinates");
        if var.role == Role::Data {
            let names = coordinates(ds, var, &support);
            if !names.is_empty() {
                attrs.set("coordinates", AttrValue::Text(names.join(" ")));
            }
        }
        if let DType::Enum { members, .. } = &var.node.meta().dtype {
            flags(&mut attrs, members);
        }
        out.push(Encoded {
            name: var.name.clone(),
            node: Arc::clone(&var.node),
            attrs,
            labels: false,
            as_stored: false,
        });
    }
    Ok(out)
}

/// Attributes that bound the values of a file. Of what was computed from these they would mask what lies outside.
const RANGES: [&str; 4] = ["valid_min", "valid_max", "valid_range", "actual_range"];

/// Steps that move values about and change none.
const MOVES: [&str; 5] = ["chunk", "concat", "index", "stack", "unstack"];

/// Whether all values are some of those in a file or in memory.
fn picks(node: &Node) -> bool {
    match node.kind() {
        NodeKind::Source { .. } | NodeKind::Literal(_) => true,
        // What decodes stands on the source itself.
        NodeKind::Op(op) if op.id() == "map" => {
            matches!(node.inputs(), [only] if matches!(only.kind(), NodeKind::Source { .. }))
        }
        NodeKind::Op(op) => MOVES.contains(&op.id()) && node.inputs().iter().all(|n| picks(n)),
    }
}

/// The values that label an axis, their attributes, and whether instants had to be counted in other units than before;
/// `None` for plain positions.
fn labels(axis: &Axis) -> Option<(Data, Attrs, bool)> {
    match &axis.values {
        AxisValues::Index(_) => None,
        AxisValues::Number(v) => Some((v.to_data(), axis.attrs.clone(), false)),
        AxisValues::Text(v) => Some((Data::Text(v.to_vec()), axis.attrs.clone(), false)),
        AxisValues::Time { ticks, calendar } => {
            let mut attrs = axis.attrs.clone();
            let own = attrs.text("units").map(str::to_owned);
            // Those of the file first; then such as lose nothing.
            let candidates = own.iter().map(String::as_str).chain(EXACT);
            let (units, data) =
                candidates.into_iter().find_map(|u| Some((u.to_owned(), count(u, *calendar, ticks)?)))?;
            let changed = own.as_ref() != Some(&units);
            attrs.set("units", AttrValue::Text(units));
            if attrs.text("calendar").and_then(Calendar::from_name) != Some(*calendar) {
                attrs.set("calendar", AttrValue::Text(calendar.name().to_owned()));
            }
            Some((data, attrs, changed))
        }
    }
}

/// Units in which instants are counted where those of the file cannot hold them.
const EXACT: [&str; 4] =
    ["days since 1970-01-01", "hours since 1970-01-01", "seconds since 1970-01-01", "microseconds since 1970-01-01"];

/// Instants as numbers of these units: integers where all are whole, else floats; `None` where any would change.
fn count(units: &str, calendar: Calendar, ticks: &[i64]) -> Option<Data> {
    let units = TimeUnits::parse(units, calendar).ok()?;
    // Beyond 2^53 not every integer is a float.
    if let Some(whole) = ticks.iter().map(|&t| units.encode_int(t)).collect::<Option<Vec<i64>>>() {
        return Some(Data::I64(whole));
    }
    let mut floats = Vec::with_capacity(ticks.len());
    for &tick in ticks {
        if tick == i64::MIN {
            floats.push(f64::NAN);
            continue;
        }
        let number = units.encode(tick);
        if units.decode(number) != Some(tick) {
            return None;
        }
        floats.push(number);
    }
    let whole = |x: &f64| x.fract() == 0.0 && x.abs() < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    let data = if floats.iter().all(whole) {
        Data::I64(floats.iter().map(|&x| x as i64).collect())
    } else {
        Data::F64(floats)
    };
    Some(data)
}

/// Takes out references to variables that are not in the dataset.
fn keep_named(attrs: &mut Attrs, ds: &Dataset) {
    let there = |name: &str| ds.var(name).is_some();
    for attr in ["bounds", "climatology", "grid_mapping", "cell_measures", "ancillary_variables", "formula_terms"] {
        let Some(text) = attrs.text(attr) else { continue };
        let mut names = text.split_whitespace().filter(|w| !w.ends_with(':'));
        let whole = match attr {
            "grid_mapping" => mapping_refs(text).iter().all(|r| there(&r.variable)),
            _ => names.all(there),
        };
        if !whole {
            attrs.remove(attr);
        }
    }
}

/// Variables that others need without being their coordinates: edges, mappings, measures.
fn supporting(ds: &Dataset) -> HashSet<String> {
    let attrs = ds.axes.iter().map(|a| &a.attrs).chain(ds.vars.iter().map(|v| &v.attrs));
    let mut out = HashSet::new();
    for a in attrs {
        out.extend(bounds(a).map(str::to_owned));
        out.extend(cell_measures(a).into_iter().map(|m| m.variable));
        out.extend(mapping_refs(a.text("grid_mapping").unwrap_or_default()).into_iter().map(|r| r.variable));
    }
    let mappings = ds.vars.iter().filter(|v| v.attrs.get("grid_mapping_name").is_some() || is_bare_mapping(v));
    out.extend(mappings.map(|v| v.name.clone()));
    out
}

/// A grid mapping given by its text alone.
fn is_bare_mapping(var: &Var) -> bool {
    var.role == Role::Coord && var.node.meta().dims.is_empty() && Crs::of(&var.attrs, None).is_some()
}

/// Coordinates of a variable beside its axes, as xarray lists them.
fn coordinates<'a>(ds: &'a Dataset, var: &Var, support: &HashSet<String>) -> Vec<&'a str> {
    let own = var.node.meta();
    let of = |v: &&Var| v.role == Role::Coord && !support.contains(&v.name) && v.name != var.name;
    let within = |v: &&Var| v.node.meta().dims.iter().all(|d| own.dim(d).is_some());
    ds.vars.iter().filter(of).filter(within).map(|v| v.name.as_str()).collect()
}

/// The attributes of a dataset with the coordinates that no variable names, which would else be read as data.
pub(super) fn attributes(ds: &Dataset) -> Attrs {
    let support = supporting(ds);
    let named: HashSet<&str> = ds.data().flat_map(|v| coordinates(ds, v, &support)).collect();
    let lonely = ds.vars.iter().filter(|v| v.role == Role::Coord && !support.contains(&v.name));
    let lonely: Vec<&str> = lonely.map(|v| v.name.as_str()).filter(|n| !named.contains(n)).collect();
    let mut attrs = ds.attrs.clone();
    attrs.remove("coordinates");
    if !lonely.is_empty() {
        attrs.set("coordinates", AttrValue::Text(lonely.join(" ")));
    }
    attrs
}

/// The names of integers, where the format has no type for them (CF section 3.5).
pub(super) fn flags(attrs: &mut Attrs, members: &[(String, i64)]) {
    if attrs.get("flag_values").is_none() && attrs.get("flag_meanings").is_none() {
        let values = members.iter().map(|(_, v)| *v).collect();
        let words: Vec<String> = members.iter().map(|(name, _)| name.replace(char::is_whitespace, "_")).collect();
        attrs.set("flag_values", AttrValue::Numbers(Data::I64(values)));
        attrs.set("flag_meanings", AttrValue::Text(words.join(" ")));
    }
}

/// The attributes of a dataset with its history: a line of CF `history` on top, the chain as `graticule_recipe` and
/// what it was made from as `graticule_provenance`, both JSON.
pub(super) fn history(attrs: &Attrs, sources: &[(String, String)], group: &str, recipe: Option<&Recipe>) -> Attrs {
    let mut attrs = attrs.clone();
    let steps = recipe.map(|r| r.steps.iter().filter(|s| s.enabled).map(ToString::to_string).collect::<Vec<_>>());
    let did = steps.filter(|s| !s.is_empty()).map_or_else(|| "export".to_owned(), |s| s.join("; "));
    let line = format!("{}: graticule {}: {did}", now(), env!("CARGO_PKG_VERSION"));
    let history = match attrs.text("history") {
        Some(before) if !before.trim().is_empty() => format!("{line}\n{before}"),
        _ => line,
    };
    attrs.set("history", AttrValue::Text(history));
    if let Some(recipe) = recipe {
        attrs.set("graticule_recipe", AttrValue::Text(recipe.to_json().to_string()));
    }
    let sources: Vec<Value> =
        sources.iter().map(|(path, identity)| json!({"path": path, "identity": identity})).collect();
    let mut provenance = json!({"version": env!("CARGO_PKG_VERSION"), "sources": sources});
    if !group.trim_matches('/').is_empty() {
        provenance["group"] = group.into();
    }
    attrs.set("graticule_provenance", AttrValue::Text(provenance.to_string()));
    attrs
}

/// Paths and identities of all that arrays are computed from, sorted.
pub(super) fn sources<'a>(nodes: impl Iterator<Item = &'a Arc<Node>>) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut stack: Vec<&Arc<Node>> = nodes.collect();
    while let Some(node) = stack.pop() {
        if !seen.insert(node.key()) {
            continue;
        }
        if let NodeKind::Source { source, .. } = node.kind() {
            found.insert(source.info().path.clone(), source.info().identity.clone());
        }
        stack.extend(node.inputs());
    }
    found.into_iter().collect()
}

/// The time now in UTC: `2026-07-01T12:00:00Z`.
fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let ticks = i64::try_from(seconds).unwrap_or(0).saturating_mul(1_000_000);
    format!("{}Z", Calendar::ProlepticGregorian.date(ticks))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{arrays, attributes, count, history};
    use crate::model::calendar::{Calendar, DAY};
    use crate::model::{AttrValue, Attrs, Block, DType, Data};
    use crate::ops::{Recipe, Step};
    use crate::plan::{Axis, AxisValues, Dataset, Node, Role, Var};

    fn var(name: &str, dims: &[&str], role: Role, attrs: &[(&str, &str)]) -> Var {
        let node =
            Node::literal(dims.iter().map(|&d| d.to_owned()).collect(), Block::zeros(&DType::F64, vec![2; dims.len()]));
        let attrs = attrs.iter().map(|(n, v)| ((*n).to_owned(), AttrValue::Text((*v).to_owned()))).collect();
        Var { name: name.into(), node: node.unwrap(), attrs: Attrs(attrs), role }
    }

    #[test]
    fn instants_are_counted_without_loss() {
        let half = [0, DAY / 2];
        assert_eq!(count("days since 1970-01-01", Calendar::NoLeap, &half), Some(Data::F64(vec![0.0, 0.5])));
        assert_eq!(count("hours since 1970-01-01", Calendar::NoLeap, &half), Some(Data::I64(vec![0, 12])));
        let nanos = count("nanoseconds since 1970-01-01", Calendar::Standard, &[1_700_000_000_123_457]);
        assert_eq!(nanos, Some(Data::I64(vec![1_700_000_000_123_457_000])));
        assert_eq!(count("days as %Y%m%d.%f", Calendar::Standard, &[1]), None);
        let missing = count("days since 1970-01-01", Calendar::Day360, &[i64::MIN, DAY]);
        assert!(matches!(missing, Some(Data::F64(v)) if v[0].is_nan() && v[1] == 1.0));
    }

    #[test]
    fn attributes_name_only_what_is_there() {
        let units = |text: &str| AttrValue::Text(text.into());
        let time = Axis {
            name: "time".into(),
            values: AxisValues::Time { ticks: vec![0, 1].into(), calendar: Calendar::NoLeap },
            attrs: Attrs(vec![
                ("units".into(), units("days since 0001-01-01")),
                ("bounds".into(), units("time_bnds")),
                ("calendar".into(), units("365_day")),
            ]),
            bounds: None,
        };
        let ds = Dataset {
            axes: vec![time, Axis::index("x", 2)],
            vars: vec![
                var("t", &["time", "x"], Role::Data, &[("coordinates", "gone h"), ("cell_measures", "area: gone")]),
                var("h", &[], Role::Coord, &[]),
                var("time_bnds", &["time", "x"], Role::Coord, &[]),
                var("crs", &[], Role::Coord, &[("grid_mapping_name", "sinusoidal")]),
            ],
            attrs: Attrs::default(),
        };
        let out = arrays(&ds).unwrap();
        let names: Vec<_> = out.iter().map(|a| (a.name.as_str(), a.labels)).collect();
        assert_eq!(names, [("time", true), ("t", false), ("h", false), ("time_bnds", false), ("crs", false)]);
        // So far from the reference a float holds no microsecond: other units, and the edges keep the old ones.
        assert_eq!(out[0].attrs.text("units"), Some("days since 1970-01-01"));
        assert_eq!(out[0].attrs.text("calendar"), Some("365_day"));
        assert_eq!(out[3].attrs.text("units"), Some("days since 0001-01-01"));
        assert_eq!(out[1].attrs.text("coordinates"), Some("h"));
        assert_eq!(out[1].attrs.get("cell_measures"), None);
        assert_eq!(attributes(&ds).text("coordinates"), None);
        let alone = Dataset { vars: ds.vars.into_iter().filter(|v| v.role == Role::Coord).collect(), ..ds };
        assert_eq!(attributes(&alone).text("coordinates"), Some("h"), "no variable names it");
    }

    #[test]
    fn the_chain_is_told() {
        let recipe = Recipe { steps: vec![Step::parse("isel time=0").unwrap()], ..Recipe::default() };
        let mut ds = Dataset::default();
        ds.attrs.set("history", AttrValue::Text("before".into()));
        let attrs = history(&ds.attrs, &[], "/", Some(&recipe));
        let text = attrs.text("history").unwrap();
        assert!(text.ends_with(": isel time=0\nbefore") && text.contains("Z: graticule "), "{text}");
        let json: serde_json::Value = serde_json::from_str(attrs.text("graticule_recipe").unwrap()).unwrap();
        assert_eq!(Recipe::from_json(&json).unwrap(), recipe);
    }
}
