//! An opened source as the tree shows it: rows made once, in a job, from its groups and variables.

use graticule_core::ops::Step;
use graticule_core::plan::Role;
use graticule_core::session::{self, GroupData, Opened, Override};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which open source.
pub type SourceId = u64;

/// What a row of the tree stands for; decides its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A group.
    Group,
    /// A variable that can be drawn on a map or as an image.
    Map,
    /// A variable with one dimension: a line.
    Line,
    /// A variable without dimensions.
    Scalar,
    /// A variable of text.
    Text,
    /// The heading of the coordinates.
    Coords,
    /// A coordinate.
    Coord,
    /// The heading of the dimensions.
    Dims,
    /// A dimension.
    Dim,
    /// The heading of the attributes.
    Attrs,
    /// An attribute.
    Attr,
}

impl Kind {
    /// Whether a click shows it.
    #[must_use]
    pub fn can_show(self) -> bool {
        matches!(self, Self::Map | Self::Line | Self::Scalar | Self::Coord)
    }
}

/// A row of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What it stands for.
    pub kind: Kind,
    /// How deep it stands.
    pub depth: usize,
    /// Its path, unique within the source.
    pub path: String,
    /// The path of the group whose dataset holds it.
    pub group: String,
    /// What it is called.
    pub name: String,
    /// Units or size, shown at the right.
    pub note: String,
    /// All that is known of it, for the tooltip.
    pub about: String,
}

/// An opened source.
pub struct Source {
    /// Which.
    pub id: SourceId,
    /// The path it was opened by.
    pub path: String,
    /// The last part of its path.
    pub name: String,
    /// Attributes that the person set over those of the file, one for each variable and attribute.
    pub overrides: Vec<Override>,
    /// The data.
    pub opened: Arc<Opened>,
    /// The tree, parents before children, map-able variables first within a group.
    pub rows: Vec<Row>,
    /// The chain of each group, by its path.
    pub chains: BTreeMap<String, Vec<Step>>,
}

impl Source {
    /// What the person set an attribute of a variable to; `None` where it is the file's.
    #[must_use]
    pub fn overridden(&self, variable: &str, attribute: &str) -> Option<&Override> {
        let same =
            |o: &&Override| o.variable.trim_matches('/') == variable.trim_matches('/') && o.attribute == attribute;
        self.overrides.iter().find(same)
    }

    /// The first variable worth showing: one for a map if there is any.
    #[must_use]
    pub fn first(&self) -> Option<&Row> {
        let find = |kind| self.rows.iter().find(|r| r.kind == kind);
        find(Kind::Map).or_else(|| find(Kind::Line)).or_else(|| find(Kind::Scalar)).or_else(|| find(Kind::Coord))
    }
}

/// The rows of a source. Reads nothing but what opening has read.
#[must_use]
pub fn rows(opened: &Opened) -> Vec<Row> {
    let mut rows = Vec::new();
    for group in opened.groups() {
        push_group(&mut rows, opened, group);
    }
    rows
}

fn push_group(rows: &mut Vec<Row>, opened: &Opened, group: &GroupData) {
    let base = group.path.trim_matches('/');
    let mut depth = 0;
    if !base.is_empty() {
        depth = base.split('/').count();
        rows.push(Row {
            kind: Kind::Group,
            depth: depth - 1,
            path: group.path.clone(),
            group: group.path.clone(),
            name: base.rsplit('/').next().unwrap_or(base).to_owned(),
            note: String::new(),
            about: group.path.clone(),
        });
    }
    let join = |name: &str| if base.is_empty() { format!("/{name}") } else { format!("/{base}/{name}") };
    let mut variables: Vec<Row> = group
        .dataset
        .vars
        .iter()
        .map(|var| {
            let meta = var.node.meta();
            let kind = match (var.role, meta.dtype.is_numeric()) {
                (Role::Coord, _) => Kind::Coord,
                (_, false) => Kind::Text,
                _ if session::layout(&group.dataset, &var.name).is_ok_and(|l| l.x.is_some() && l.y.is_some()) => {
                    Kind::Map
                }
                _ if meta.shape.is_empty() => Kind::Scalar,
                _ => Kind::Line,
            };
            let dims: Vec<_> = meta.dims.iter().zip(&meta.shape).map(|(d, n)| format!("{d} {n}")).collect();
            let units = var.attrs.text("units").unwrap_or_default().to_owned();
            let long = var.attrs.text("long_name").or_else(|| var.attrs.text("standard_name")).unwrap_or_default();
            let mut about = vec![var.name.clone()];
            about.extend((!long.is_empty()).then(|| long.to_owned()));
            about.push(if dims.is_empty() { "no dimensions".to_owned() } else { dims.join(" · ") });
            about.push(format!(
                "{}{}",
                meta.dtype,
                if units.is_empty() { String::new() } else { format!(", {units}") }
            ));
            Row {
                kind,
                depth,
                path: join(&var.name),
                group: group.path.clone(),
                name: var.name.clone(),
                note: units,
                about: about.join("\n"),
            }
        })
        .collect();
    variables.sort_by_key(|r| match r.kind {
        Kind::Map => 0,
        Kind::Line => 1,
        Kind::Scalar => 2,
        Kind::Text => 3,
        _ => 4,
    });
    let (coords, data): (Vec<Row>, Vec<Row>) = variables.into_iter().partition(|r| r.kind == Kind::Coord);
    rows.extend(data);
    if !coords.is_empty() {
        rows.push(heading(group, depth, Kind::Coords, &join("#coordinates"), "coordinates", coords.len()));
        rows.extend(coords.into_iter().map(|r| Row { depth: r.depth + 1, ..r }));
    }
    push_facts(rows, opened, group, depth, &join("#"));
}

fn heading(group: &GroupData, depth: usize, kind: Kind, path: &str, name: &str, n: usize) -> Row {
    Row {
        kind,
        depth,
        path: path.to_owned(),
        group: group.path.clone(),
        name: name.to_owned(),
        note: n.to_string(),
        about: String::new(),
    }
}

fn push_facts(rows: &mut Vec<Row>, opened: &Opened, group: &GroupData, depth: usize, base: &str) {
    if !group.dataset.axes.is_empty() {
        rows.push(heading(
            group,
            depth,
            Kind::Dims,
            &format!("{base}dimensions"),
            "dimensions",
            group.dataset.axes.len(),
        ));
        for axis in &group.dataset.axes {
            let n = axis.values.len();
            let ends = if n == 0 {
                String::new()
            } else {
                format!("{} … {}", axis.values.label(0), axis.values.label(n - 1))
            };
            rows.push(Row {
                kind: Kind::Dim,
                depth: depth + 1,
                path: format!("{base}dimensions/{}", axis.name),
                group: group.path.clone(),
                name: axis.name.clone(),
                note: n.to_string(),
                about: format!("{}\n{ends} {}", axis.name, axis.attrs.text("units").unwrap_or_default()),
            });
        }
    }
    let Some(attrs) = opened.info().root.group(&group.path).map(|g| &g.attrs) else { return };
    if !attrs.0.is_empty() {
        rows.push(heading(group, depth, Kind::Attrs, &format!("{base}attributes"), "attributes", attrs.0.len()));
        for (name, value) in attrs.iter() {
            let text = value.text().map_or_else(|| value.to_json().to_string(), str::to_owned);
            rows.push(Row {
                kind: Kind::Attr,
                depth: depth + 1,
                path: format!("{base}attributes/{name}"),
                group: group.path.clone(),
                name: name.to_owned(),
                note: text.lines().next().unwrap_or_default().to_owned(),
                about: format!("{name}\n{text}"),
            });
        }
    }
}
