//! One group of a source as a lazy dataset: axes with their labels, variables decoded, each with its role. One bad
//! variable is a warning, never a failure.

use super::coords::Scope;
use super::{Decoding, GroupData, decode};
use crate::cf::{self, Part, Policy};
use crate::model::{Group, Source, VariableMeta};
use crate::plan::{Dataset, Role, Var};
use std::collections::HashSet;
use std::sync::Arc;

/// Attributes by which a variable names others that it needs.
const NAMING: &[&str] = &["coordinates", "bounds", "climatology", "grid_mapping", "cell_measures"];

/// The datasets of a group (its parents given, outermost first; what the variables of the file are `named` for) and the warnings that arose. More than one where lengths
/// contradict each other: a variable that does not fit the group's dimensions stands alone under its own path.
pub(super) fn read(
    source: &Arc<dyn Source>,
    named: &cf::Named<'_>,
    policy: Policy,
    parents: &[&Group],
    group: &Group,
) -> (Vec<GroupData>, Vec<String>) {
    let beside = parents.last().and_then(|parent| cf::geolocation(parent, group)).map_or(&[][..], |g| &g.variables);
    let mut scope = Scope {
        source,
        policy,
        visible: group.variables.iter().chain(beside).chain(parents.iter().rev().flat_map(|p| &p.variables)).collect(),
        warnings: Vec::new(),
        facts: Vec::new(),
    };
    let (mut own, mut strangers) = (Vec::new(), Vec::new());
    let mut sizes: Vec<(&str, usize)> = group.dims.iter().map(|d| (d.name.as_str(), d.size)).collect();
    for var in &group.variables {
        if fits(var, &mut sizes) { own.push(var) } else { strangers.push(var) }
    }
    // Coordinates that stand in a parent but are named here belong to the picture, and so do those beside.
    let mut needed = named_by(&own);
    needed.extend(beside.iter().map(|v| v.name.as_str()));
    let inherited: Vec<&VariableMeta> = scope
        .visible
        .iter()
        .skip(group.variables.len())
        .filter(|v| {
            (needed.contains(v.name.as_str()) || needed.contains(v.path.as_str()))
                && !own.iter().any(|o| o.name == v.name)
        })
        .copied()
        .collect();
    own.extend(inherited.into_iter().filter(|v| fits(v, &mut sizes)));

    let data = |v: &&VariableMeta| named.part(v) == Part::Data;
    let data_paths: HashSet<&str> = group.variables.iter().filter(data).map(|v| v.path.as_str()).collect();

    let mut data = dataset(&mut scope, named, &own, &data_paths, &group.path);
    data.dataset.attrs = group.attrs.clone();
    let mut all = vec![data];
    for var in strangers {
        let why = "its dimensions have other lengths than those of its group: it stands alone";
        scope.warnings.push(format!("{}: {why}", var.path));
        let mut alone = dataset(&mut scope, named, &[var], &HashSet::from([var.path.as_str()]), &var.path);
        alone.dataset.attrs = group.attrs.clone();
        all.push(alone);
    }
    (all, scope.warnings)
}

/// Whether all dimensions have the lengths known so far; new ones become known.
fn fits<'a>(var: &'a VariableMeta, sizes: &mut Vec<(&'a str, usize)>) -> bool {
    let known = |dim: &str, sizes: &[(&str, usize)]| sizes.iter().find(|(d, _)| *d == dim).map(|&(_, n)| n);
    let all = || var.dims.iter().zip(&var.shape);
    if all().any(|(d, &n)| known(d, sizes).is_some_and(|k| k != n)) {
        return false;
    }
    for (dim, &n) in all() {
        if known(dim, sizes).is_none() {
            sizes.push((dim, n));
        }
    }
    true
}

/// Names of the coordinates, bounds, measures and mappings of variables.
fn named_by<'a>(vars: &[&'a VariableMeta]) -> HashSet<&'a str> {
    let texts = vars.iter().flat_map(|v| NAMING.iter().filter_map(|a| v.attrs.text(a)));
    // `cell_measures` is `key: name`, the extended `grid_mapping` is `name: name`; keys do no harm.
    texts.flat_map(str::split_whitespace).map(|word| word.trim_end_matches(':')).collect()
}

fn dataset(
    scope: &mut Scope<'_>,
    named: &cf::Named<'_>,
    vars: &[&VariableMeta],
    data: &HashSet<&str>,
    path: &str,
) -> GroupData {
    let mut out = Dataset::default();
    let from = scope.facts.len();
    for var in vars {
        for (dim, &size) in var.dims.iter().zip(&var.shape) {
            if out.axis(dim).is_none() {
                let axis = scope.axis(dim, size);
                out.axes.push(axis);
            }
        }
    }
    for var in vars {
        let labels = out.axis(&var.name).is_some_and(|a| !matches!(a.values, crate::plan::AxisValues::Index(_)));
        if labels && var.dims == [var.name.as_str()] {
            continue;
        }
        match decode::variable(scope.source, var, scope.policy) {
            Ok(decoded) => {
                let role = if data.contains(var.path.as_str()) { Role::Data } else { Role::Coord };
                let mut facts = decoded.facts;
                if role == Role::Data && !var.dims.is_empty() {
                    facts.extend(named.axes(var).facts);
                    facts.extend(cf::Mesh::of(var, &scope.source.info().root).map(|mesh| mesh.fact()));
                }
                scope.facts.push((var.path.clone(), facts));
                out.vars.push(Var { name: var.name.clone(), node: decoded.node, attrs: decoded.attrs, role });
            }
            Err(error) => scope.warnings.push(format!("{}: left out: {error}", var.path)),
        }
    }
    let decodings = scope.facts.split_off(from).into_iter().map(|(var, facts)| (var, Decoding { facts })).collect();
    GroupData { path: path.to_owned(), dataset: out, decodings }
}
