//! Attributes that name other variables: coordinates, bounds, measures, ancillary variables. CF sections 3.4, 5, 7.
//! Says which variables are data and which only describe data; what a coordinate measures is for `role`.

use super::axes::{Axes, Sights};
use super::grid_mapping::mapping_refs;
use super::scope::Scope;
use crate::model::{Attrs, Group, VariableMeta};
use std::collections::HashSet;

/// What a variable is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// It holds what was measured or computed.
    Data,
    /// It labels data: a dimension's own variable, or one that a `coordinates` attribute names. (What xarray makes a
    /// coordinate on opening.)
    Coordinate,
    /// It supports others: bounds, grid mappings, mesh topology and connectivity, cell measures. (Data for xarray.)
    Support,
}

/// One entry of `cell_measures`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMeasure {
    /// `area` or `volume`.
    pub measure: String,
    /// The variable that holds it.
    pub variable: String,
}

/// The variable with the cell edges (or the climatological periods) of a coordinate.
#[must_use]
pub fn bounds(attrs: &Attrs) -> Option<&str> {
    ["bounds", "climatology"].into_iter().find_map(|n| attrs.text(n)).map(str::trim).filter(|b| !b.is_empty())
}

/// Reads `cell_measures`: `area: areacello volume: volcello`. Pairs that are cut short are left out.
#[must_use]
pub fn cell_measures(attrs: &Attrs) -> Vec<CellMeasure> {
    let words: Vec<&str> = attrs.text("cell_measures").unwrap_or_default().split_whitespace().collect();
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [measure, variable] if !variable.ends_with(':') => Some((measure.strip_suffix(':')?, *variable)),
        _ => None,
    });
    pairs.map(|(m, v)| CellMeasure { measure: m.to_owned(), variable: v.to_owned() }).collect()
}

/// The variables with quality or uncertainty of a data variable.
#[must_use]
pub fn ancillary(attrs: &Attrs) -> Vec<String> {
    attrs.text("ancillary_variables").unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// The variables of a file that others name, found once for all of it.
#[derive(Debug)]
pub struct Named<'a> {
    /// Paths of coordinates, and of what supports.
    coordinates: HashSet<&'a str>,
    support: HashSet<&'a str>,
    root: &'a Group,
    sights: Sights<'a>,
}

impl<'a> Named<'a> {
    /// Looks through all attributes below the root.
    #[must_use]
    pub fn of(root: &'a Group) -> Self {
        let (coordinates, support) = (HashSet::new(), HashSet::new());
        let mut named = Self { coordinates, support, root, sights: Sights::of(root) };
        for owner in root.walk() {
            let scope = Scope::of(root, &format!("{}/*", owner.path.trim_end_matches('/')));
            let mut listed = |attrs: &Attrs| {
                let names = attrs.text("coordinates").unwrap_or_default();
                named.coordinates.extend(scope.list(names).iter().map(|v| v.path.as_str()));
            };
            listed(&owner.attrs);
            // A coordinate may name coordinates too (latitude along a track does); it names itself at times.
            owner.variables.iter().for_each(|v| listed(&v.attrs));
            let supporting = owner.variables.iter().flat_map(|v| supporting(&v.attrs));
            named.support.extend(supporting.filter_map(|n| scope.find(&n)).map(|v| v.path.as_str()));
        }
        named
    }

    /// The axes of a variable of the file, as [`Axes::of`].
    #[must_use]
    pub fn axes(&self, v: &VariableMeta) -> Axes {
        Axes::sighted(v, self.root, Some(&self.sights))
    }

    /// What a variable is there for.
    #[must_use]
    pub fn part(&self, v: &VariableMeta) -> Part {
        if v.dims == [v.name.as_str()] || self.coordinates.contains(v.path.as_str()) {
            Part::Coordinate
        } else if self.support.contains(v.path.as_str())
            || v.attrs.get("grid_mapping_name").is_some()
            || v.attrs.get("cf_role").is_some_and(is_mesh)
        {
            Part::Support
        } else {
            Part::Data
        }
    }
}

fn is_mesh(role: &crate::model::AttrValue) -> bool {
    role.text().is_some_and(|r| r == "mesh_topology" || r.ends_with("_connectivity"))
}

/// The names of variables that support the one with these attributes.
fn supporting(attrs: &Attrs) -> Vec<String> {
    let mut names: Vec<String> = bounds(attrs).into_iter().map(str::to_owned).collect();
    names.extend(mapping_refs(attrs.text("grid_mapping").unwrap_or_default()).into_iter().map(|r| r.variable));
    names.extend(cell_measures(attrs).into_iter().map(|m| m.variable));
    names.extend(attrs.text("mesh").map(str::to_owned));
    names
}

#[cfg(test)]
mod tests {
    use super::{Axes, CellMeasure, Named, Part, ancillary, bounds, cell_measures};
    use crate::cf::testing::{group, variable};

    #[test]
    fn lists_are_read() {
        let v = variable("tas(t) cell_measures=area: areacella volume: vol;ancillary_variables=tas_se tas_n;bounds=b");
        let entry = |m: &str, v: &str| CellMeasure { measure: m.to_owned(), variable: v.to_owned() };
        assert_eq!(cell_measures(&v.attrs), [entry("area", "areacella"), entry("volume", "vol")]);
        assert_eq!(ancillary(&v.attrs), ["tas_se", "tas_n"]);
        assert_eq!(bounds(&v.attrs), Some("b"));
        assert_eq!(bounds(&variable("t(t) climatology=c").attrs), Some("c"));
        assert_eq!(cell_measures(&variable("a() cell_measures=area: volume: v;x=1").attrs), [entry("volume", "v")]);
        assert_eq!(cell_measures(&variable("a() cell_measures=area;x=1").attrs), []);
    }

    #[test]
    fn variables_are_sorted_by_what_they_are_for() {
        let root = group(&[
            "tos(time,y,x) coordinates=nav_lat nav_lon;grid_mapping=crs;cell_measures=area: areacello",
            "time(time) bounds=time_bnds",
            "time_bnds(time,bnds)",
            "nav_lat(y,x) bounds=bounds_lat",
            "nav_lon(y,x)",
            "bounds_lat(y,x,four)",
            "crs()",
            "areacello(y,x)",
            "lat_psi(y,x) units=degrees_north",
        ]);
        let named = Named::of(&root);
        for v in &root.variables {
            assert_eq!(named.axes(v), Axes::of(v, &root), "{}: known for the file or looked for", v.name);
        }
        assert_eq!(
            root.variables.iter().map(|v| named.part(v)).collect::<Vec<_>>(),
            [
                Part::Data,
                Part::Coordinate,
                Part::Support,
                Part::Coordinate,
                Part::Coordinate,
                Part::Support,
                Part::Support,
                Part::Support,
                Part::Data,
            ]
        );
    }
}
