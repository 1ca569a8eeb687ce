//! Numbers within records and complex numbers as variables of their own: `stations.lat`, `impedance.imag`; and a name of
//! its own for a dimension that a variable has twice. The structure shown stays the file's; what is made here stands where
//! values are asked for.

use crate::model::{Attrs, Block, Group, Member, Region, Result, Source, SourceInfo, VariableMeta};
use std::sync::Arc;

/// The source with a variable for each numeric field and no dimension twice in a variable; itself where that is so.
pub(super) fn unfold(source: Arc<dyn Source>) -> Arc<dyn Source> {
    let mut info = source.info().clone();
    let unfolded = add(&*source, &mut info.root);
    let told = told_apart(&mut info.root, &[]);
    if unfolded || told { Arc::new(Unfolded { inner: source, info }) } else { source }
}

/// Names the second `level` of `covariance(level, level)` `level_2`, with the labels of the first. `above` are the variables
/// of the groups around. Says whether there was one.
fn told_apart(group: &mut Group, above: &[VariableMeta]) -> bool {
    let mut labels: Vec<VariableMeta> = Vec::new();
    let taken: Vec<String> =
        group.dims.iter().map(|d| &d.name).chain(group.variables.iter().map(|v| &v.name)).cloned().collect();
    let visible: Vec<VariableMeta> = group.variables.iter().chain(above).cloned().collect();
    for var in &mut group.variables {
        for i in 1..var.dims.len() {
            let Some((before, [dim, ..])) = var.dims.split_at_checked(i) else { continue };
            if !before.contains(dim) {
                continue;
            }
            let free = |name: &String| !taken.contains(name) && !before.contains(name);
            let Some(name) = (2..).map(|n| format!("{dim}_{n}")).find(free) else { continue };
            let own = |v: &&VariableMeta| v.name == *dim && v.dims == [dim.clone()];
            if let Some(first) = visible.iter().find(own).filter(|_| labels.iter().all(|l| l.name != name)) {
                labels.push(VariableMeta { name: name.clone(), dims: vec![name.clone()], ..first.clone() });
            }
            if let Some(dim) = var.dims.get_mut(i) {
                *dim = name;
            }
        }
    }
    let mut any = !group.variables.iter().zip(&visible).all(|(now, before)| now.dims == before.dims);
    group.variables.extend(labels);
    for child in &mut group.groups {
        any |= told_apart(child, &visible);
    }
    any
}

/// Adds the fields of all variables below a group. Says whether there were any.
fn add(source: &dyn Source, group: &mut Group) -> bool {
    let mut found = Vec::new();
    for var in &group.variables {
        for Member { name: field, dtype, lengths } in source.fields(&var.path) {
            let (name, path) = (format!("{}.{field}", var.name), format!("{}.{field}", var.path));
            if group.variables.iter().all(|other| other.name != name) {
                // Units and masks of a record are those of none of its fields.
                let attrs = Attrs::default();
                let mut field = VariableMeta { name, path, dtype, fill_value: None, attrs, ..var.clone() };
                field.dims.extend((0..lengths.len()).map(|n| format!("{}_{n}", field.name)));
                for grid in [Some(&mut field.shape), field.chunks.as_mut(), field.shards.as_mut()].into_iter().flatten()
                {
                    grid.extend(&lengths);
                }
                found.push(field);
            }
        }
    }
    let mut any = !found.is_empty();
    group.variables.extend(found);
    for child in &mut group.groups {
        any |= add(source, child);
    }
    any
}

struct Unfolded {
    inner: Arc<dyn Source>,
    info: SourceInfo,
}

impl Source for Unfolded {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        self.inner.read(path, region)
    }

    fn beneath(&self) -> Option<&dyn Source> {
        Some(&*self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::told_apart;
    use crate::model::{Attrs, DType, Group, Tier, VariableMeta};

    fn variable(name: &str, dims: &[&str]) -> VariableMeta {
        VariableMeta {
            name: name.to_owned(),
            path: format!("/{name}"),
            dtype: DType::F64,
            dims: dims.iter().map(|&d| d.to_owned()).collect(),
            shape: vec![4; dims.len()],
            chunks: None,
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Library,
            attrs: Attrs::default(),
        }
    }

    #[test]
    fn a_dimension_used_again_gets_a_name_of_its_own() {
        let variables = vec![
            variable("x", &["x"]),
            variable("cube", &["x", "x", "x"]),
            variable("square", &["x", "x"]),
            variable("y_2", &["t"]),
            variable("pair", &["y", "y"]),
        ];
        let mut group = Group { variables, ..Group::default() };
        assert!(told_apart(&mut group, &[]));
        let dims = |name: &str| {
            group.variables.iter().filter(|v| v.name == name).map(|v| v.dims.join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(dims("cube"), ["x x_2 x_3"]);
        assert_eq!(dims("square"), ["x x_2"]);
        assert_eq!(dims("pair"), ["y y_3"], "y_2 is taken");
        // Each has the labels of the first, once.
        assert_eq!((dims("x_2"), dims("x_3")), (vec!["x_2".to_owned()], vec!["x_3".to_owned()]));
        assert!(!told_apart(&mut Group { variables: vec![variable("a", &["x", "y"])], ..Group::default() }, &[]));
    }
}
