//! The axes of a data variable: which dimension runs east, north, up and in time, and where on Earth its cells lie.
//! CF chapters 4 and 5, and the habits of WRF, ROMS, NEMO, UGRID. Looks at metadata alone, at no value.

mod horizontal;

use super::role::Measure;
use super::scope::Scope;
use super::{Crs, Fact, TimeUnits, bounds, mapping_refs, vertical};
use crate::model::{Group, VariableMeta};
use std::collections::{HashMap, HashSet};

/// Names under which WRF and MPAS write the instants of the dimension `Time` as letters: `2005-08-28_06:00:00`.
pub const WRITTEN_TIMES: [&str; 2] = ["Times", "xtime"];

/// One direction of a data variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisRef {
    /// Position among the variable's dimensions, 0 the slowest.
    pub dim: usize,
    /// The dimension's name.
    pub name: String,
    /// Path of the one-dimensional variable that labels it best: its own, or for time the one whose numbers are times.
    pub coordinate: Option<String>,
    /// What runs along it.
    pub measure: Measure,
}

/// How the cells of a variable lie on Earth. Names are paths of variables.
#[derive(Debug, Clone, PartialEq)]
pub enum Horizontal {
    /// Latitude and longitude each along one dimension.
    Rectilinear {
        /// One-dimensional latitude.
        lat: String,
        /// One-dimensional longitude.
        lon: String,
    },
    /// Latitude and longitude of each cell, in two dimensions (WRF: with time before them).
    Curvilinear {
        /// Latitude of each cell.
        lat: String,
        /// Longitude of each cell.
        lon: String,
    },
    /// Coordinates of a map projection.
    Projected {
        /// One-dimensional abscissa.
        x: String,
        /// One-dimensional ordinate.
        y: String,
        /// The projection.
        crs: Crs,
    },
    /// Latitude and longitude of a rotated pole.
    RotatedPole {
        /// One-dimensional rotated latitude.
        lat: String,
        /// One-dimensional rotated longitude.
        lon: String,
        /// The rotation.
        crs: Crs,
    },
    /// One position for each point, station or mesh cell: both coordinates have the same dimensions.
    Unstructured {
        /// Longitude, or abscissa.
        x: String,
        /// Latitude, or ordinate.
        y: String,
        /// Whether they are longitude and latitude.
        geographic: bool,
    },
    /// Not known: positions count.
    Index,
}

/// The axes of a data variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// East, or the first direction of a plane.
    pub x: Option<AxisRef>,
    /// North, or the second direction of a plane.
    pub y: Option<AxisRef>,
    /// Up or down.
    pub z: Option<AxisRef>,
    /// Time.
    pub t: Option<AxisRef>,
    /// Where the cells lie.
    pub horizontal: Horizontal,
    /// Paths of the scalar variables that its `coordinates` attribute names: a single time, a height of 2 m.
    pub scalars: Vec<String>,
    /// What was read and what was assumed.
    pub facts: Vec<Fact>,
}

impl Axes {
    /// The axes of `variable`, a variable of the file with this root.
    ///
    /// Where nothing tells, the last two dimensions left are taken as y and x, and the facts say so.
    #[must_use]
    pub fn of(variable: &VariableMeta, root: &Group) -> Self {
        Self::sighted(variable, root, None)
    }

    /// As [`Self::of`], where it is known what is in sight.
    pub(super) fn sighted(variable: &VariableMeta, root: &Group, sights: Option<&Sights<'_>>) -> Self {
        let mut search = Search::new(variable, root, sights);
        let mut axes = Self {
            x: None,
            y: None,
            z: None,
            t: None,
            horizontal: Horizontal::Index,
            scalars: Vec::new(),
            facts: Vec::new(),
        };
        let mut strengths = [0; 4];
        for dim in 0..variable.dims.len() {
            let Some((axis, from)) = search.axis(dim) else { continue };
            let letter = axis.measure.letter();
            let (slot, at) = match letter {
                'X' => (&mut axes.x, 0),
                'Y' => (&mut axes.y, 1),
                'Z' => (&mut axes.z, 2),
                _ => (&mut axes.t, 3),
            };
            let strength = if from != "name" { 3 } else { 1 + i32::from(axis.coordinate.is_some()) };
            // Of two that run the same way and say so as clearly, the last is the one to draw along, but the first is
            // the time or the height.
            let wins = if matches!(letter, 'X' | 'Y') { strength >= strengths[at] } else { strength > strengths[at] };
            if wins {
                strengths[at] = strength;
                *slot = Some(axis);
                search.found.push((dim, letter, from));
            }
        }
        axes.horizontal = search.horizontal(&mut axes.x, &mut axes.y);
        // Along a swath one dimension is both time and place: it is drawn as place.
        let plane = [axes.dim('X'), axes.dim('Y')];
        axes.z = axes.z.take().filter(|z| !plane.contains(&Some(z.dim)));
        axes.t = axes.t.take().filter(|t| !plane.contains(&Some(t.dim)));
        axes.assume_plane(variable, &mut search);
        axes.scalars = search.listed.iter().filter(|v| v.dims.is_empty()).map(|v| v.path.clone()).collect();
        axes.report(&search);
        axes
    }

    /// The position of the dimension that runs in this direction (`X`, `Y`, `Z` or `T`).
    #[must_use]
    pub fn dim(&self, letter: char) -> Option<usize> {
        let axis = match letter {
            'X' => &self.x,
            'Y' => &self.y,
            'Z' => &self.z,
            'T' => &self.t,
            _ => return None,
        };
        axis.as_ref().map(|a| a.dim)
    }

    /// Takes the last dimensions that mean nothing else as the plane to draw.
    fn assume_plane(&mut self, variable: &VariableMeta, search: &mut Search<'_>) {
        if matches!(self.horizontal, Horizontal::Unstructured { .. }) {
            return;
        }
        let used = |d: usize, axes: &Self| "XYZT".chars().any(|c| axes.dim(c) == Some(d));
        let free: Vec<usize> = (0..variable.dims.len()).filter(|&d| !used(d, self)).collect();
        let take = |d: usize, measure| AxisRef {
            dim: d,
            name: variable.dims.get(d).cloned().unwrap_or_default(),
            coordinate: search.own(d).map(|v| v.path.clone()),
            measure,
        };
        let mut assumed = Vec::new();
        match (self.x.is_some(), self.y.is_some(), free.as_slice()) {
            (false, false, [.., y, x]) => {
                self.y = Some(take(*y, Measure::Y));
                self.x = Some(take(*x, Measure::X));
                assumed = vec![(*y, 'Y'), (*x, 'X')];
            }
            (true, false, [.., y]) => {
                self.y = Some(take(*y, Measure::Y));
                assumed = vec![(*y, 'Y')];
            }
            (false, true, [.., x]) => {
                self.x = Some(take(*x, Measure::X));
                assumed = vec![(*x, 'X')];
            }
            _ => {}
        }
        search.found.extend(assumed.into_iter().map(|(d, letter)| (d, letter, String::new())));
    }

    fn report(&mut self, search: &Search<'_>) {
        for (letter, what) in [('X', "x axis"), ('Y', "y axis"), ('Z', "z axis"), ('T', "time axis")] {
            let Some(dim) = self.dim(letter) else { continue };
            let name = search.variable.dims.get(dim).map_or("", String::as_str);
            let from =
                search.found.iter().rev().find(|(d, l, _)| *d == dim && *l == letter).map(|(_, _, from)| from.as_str());
            self.facts.push(match from {
                Some(from) if !from.is_empty() => Fact::read(what, format!("dimension {name}"), from),
                _ => Fact::assumed(what, format!("dimension {name}")),
            });
        }
        let coordinate = |axis: &Option<AxisRef>| {
            axis.as_ref()
                .and_then(|a| search.scope.find(a.coordinate.as_deref()?))
                .filter(|v| v.path != search.variable.path)
        };
        if let Some(labels) = coordinate(&self.t).filter(|v| self.t.as_ref().is_some_and(|t| t.name != v.name)) {
            let listed = search.listed.iter().any(|v| v.path == labels.path);
            self.facts.push(if listed {
                Fact::read("time labels", labels.path.clone(), "coordinates")
            } else {
                Fact::assumed("time labels", labels.path.clone())
            });
        }
        self.facts.extend(coordinate(&self.z).and_then(vertical::direction_fact));
        self.facts.extend(search.facts.iter().cloned());
    }
}

/// What variables of each group (by path) may tell of others, found once for a file instead of for each variable.
#[derive(Debug)]
pub(super) struct Sights<'a>(HashMap<&'a str, Sight<'a>>);

#[derive(Debug)]
struct Sight<'a> {
    positions: Vec<&'a VariableMeta>,
    edges: Vec<&'a str>,
}

impl<'a> Sights<'a> {
    /// Looks at all variables below the root.
    pub(super) fn of(root: &'a Group) -> Self {
        let sight = |g: &'a Group| Sight { positions: positions(g).collect(), edges: edges(g).collect() };
        Self(root.walk().map(|g| (g.path.as_str(), sight(g))).collect())
    }

    /// What is in sight from somewhere, nearest first.
    fn within<'s>(&'s self, scope: &'s Scope<'a>) -> impl Iterator<Item = &'s Sight<'a>> {
        scope.groups().filter_map(|g| self.0.get(g.path.as_str()))
    }
}

/// True longitudes and latitudes that are no axis of their own.
fn positions(group: &Group) -> impl Iterator<Item = &VariableMeta> {
    let shared = |v: &&VariableMeta| !v.dims.is_empty() && v.dims != [v.name.as_str()];
    let is_position =
        |v: &&VariableMeta| Measure::of(v).is_some_and(|(m, _)| matches!(m, Measure::Longitude | Measure::Latitude));
    group.variables.iter().filter(shared).filter(is_position)
}

/// Names of variables that hold edges, not positions.
fn edges(group: &Group) -> impl Iterator<Item = &str> {
    group.variables.iter().filter_map(|v| bounds(&v.attrs))
}

/// What is known while the axes of one variable are sought.
struct Search<'a> {
    variable: &'a VariableMeta,
    scope: Scope<'a>,
    sights: Option<&'a Sights<'a>>,
    /// What the `coordinates` attribute names and what fits the variable's dimensions.
    listed: Vec<&'a VariableMeta>,
    /// Variables that hold edges, not positions.
    edges: HashSet<&'a str>,
    /// Dimension, letter, and the evidence for it.
    found: Vec<(usize, char, String)>,
    facts: Vec<Fact>,
}

impl<'a> Search<'a> {
    fn new(variable: &'a VariableMeta, root: &'a Group, sights: Option<&'a Sights<'a>>) -> Self {
        let scope = Scope::of(root, &variable.path);
        let named = |text: Option<&str>| scope.list(text.unwrap_or_default());
        let mut listed = named(variable.attrs.text("coordinates"));
        listed.extend(named(scope.group_text("coordinates")));
        listed.retain(|v| v.path != variable.path && fits(v, variable));
        let edges = match sights {
            Some(sights) => sights.within(&scope).flat_map(|s| s.edges.iter().copied()).collect(),
            None => scope.groups().flat_map(edges).collect(),
        };
        Self { variable, scope, sights, listed, edges, found: Vec::new(), facts: Vec::new() }
    }

    /// Positions in sight, nearest first.
    fn positions(&self) -> Vec<&'a VariableMeta> {
        match self.sights {
            Some(sights) => sights.within(&self.scope).flat_map(|s| s.positions.iter().copied()).collect(),
            None => self.scope.groups().flat_map(positions).collect(),
        }
    }

    /// The variable that has the dimension's name and runs along it alone.
    fn own(&self, dim: usize) -> Option<&'a VariableMeta> {
        let name = self.variable.dims.get(dim)?;
        self.scope.find(name).filter(|v| v.dims == [name.as_str()])
    }

    /// What runs along a dimension, and the evidence for it.
    fn axis(&self, dim: usize) -> Option<(AxisRef, String)> {
        let name = self.variable.dims.get(dim)?;
        let along = |v: &&&VariableMeta| v.dims.iter().eq([name]) && !self.edges.contains(v.name.as_str());
        let own = self.own(dim);
        let listed: Vec<&&VariableMeta> = self.listed.iter().filter(along).collect();
        let told = |v: &'a VariableMeta| Measure::of(v).map(|(m, from)| (v, m, from));
        let mut best = own.and_then(told);
        // One-dimensional positions that several dimensions' worth of points share are no axis: see `horizontal`.
        if best.is_none() {
            best =
                listed.iter().filter_map(|v| told(v)).find(|(_, m, _)| matches!(m, Measure::Time | Measure::Vertical));
        }
        let (coordinate, measure, from) = match best {
            Some((v, measure, from)) => (Some(v), measure, from),
            None => (own, Measure::of_name(name)?, "name".to_owned()),
        };
        let coordinate = if measure == Measure::Time { self.times(dim).or(coordinate) } else { coordinate };
        Some((AxisRef { dim, name: name.clone(), coordinate: coordinate.map(|v| v.path.clone()), measure }, from))
    }

    /// The variable along a dimension whose numbers are times: its own, a listed one, any other; the letters of
    /// WRF and MPAS last.
    fn times(&self, dim: usize) -> Option<&'a VariableMeta> {
        let name = self.variable.dims.get(dim)?;
        let counts = |v: &&VariableMeta| v.attrs.text("units").is_some_and(TimeUnits::is_time);
        let along = |v: &&VariableMeta| v.dims.iter().eq([name]) && !self.edges.contains(v.name.as_str());
        let others = || self.scope.all().filter(|v| along(v) && v.path != self.variable.path);
        self.own(dim)
            .filter(counts)
            .or_else(|| self.listed.iter().copied().find(|v| along(v) && counts(v)))
            .or_else(|| others().find(|v| counts(v) && v.attrs.text("standard_name") == Some("time")))
            .or_else(|| others().find(counts))
            .or_else(|| {
                let mut written = WRITTEN_TIMES.into_iter().filter_map(|n| self.scope.find(n));
                written.find(|v| v.dims.first() == Some(name) && v.dims.len() <= 2)
            })
    }

    /// The grid mapping that goes with the coordinates `x` and `y`.
    fn crs(&mut self, x: Option<&VariableMeta>, y: Option<&VariableMeta>) -> Option<Crs> {
        let units = x.or(y).and_then(|v| v.attrs.text("units"));
        let Some(text) = self.variable.attrs.text("grid_mapping") else {
            // GeoZarr keeps the code on the group.
            return Crs::of(&self.scope.group().attrs, units).filter(|c| c.name.is_empty() && self.geozarr());
        };
        let refs = mapping_refs(text);
        let names = |c: &str| [x, y].into_iter().flatten().any(|v| v.name == c);
        let chosen = refs
            .iter()
            .find(|r| r.coordinates.iter().any(|c| names(c)))
            .or_else(|| refs.iter().find(|r| r.coordinates.is_empty()))
            .or_else(|| refs.first())?;
        let Some(mapping) = self.scope.find(&chosen.variable) else {
            self.facts
                .push(Fact::assumed("map projection", format!("none, as there is no variable {}", chosen.variable)));
            return None;
        };
        Crs::of(&mapping.attrs, units)
    }

    fn geozarr(&self) -> bool {
        let attrs = &self.scope.group().attrs;
        ["proj:code", "proj:wkt2"].iter().any(|n| attrs.get(n).is_some())
    }
}

/// Whether every dimension of a coordinate is one of the variable's.
fn fits(coordinate: &VariableMeta, variable: &VariableMeta) -> bool {
    coordinate.dims.iter().all(|d| variable.dims.contains(d))
}

#[cfg(test)]
mod tests;
