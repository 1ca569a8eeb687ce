//! Where the cells of a variable lie: pairs of latitude and longitude, map projections, meshes.

use super::{AxisRef, Horizontal, Search, fits};
use crate::cf::Fact;
use crate::cf::role::Measure;
use crate::model::VariableMeta;

/// Two coordinates with the same dimensions.
struct Pair<'a> {
    x: &'a VariableMeta,
    y: &'a VariableMeta,
    from: &'static str,
}

/// Discrete sampling geometries (CF chapter 9): cells that are points, however many dimensions they are stored in.
const POINTS: [&str; 7] =
    ["point", "timeSeries", "station", "trajectory", "profile", "timeSeriesProfile", "trajectoryProfile"];

impl<'a> Search<'a> {
    /// How the cells lie. Sets the dimensions of `x` and `y` where two-dimensional coordinates tell them.
    pub(super) fn horizontal(&mut self, x: &mut Option<AxisRef>, y: &mut Option<AxisRef>) -> Horizontal {
        let labels = |axis: &Option<AxisRef>| axis.as_ref().and_then(|a| Some((a.measure, self.own(a.dim)?)));
        let (along_x, along_y) = (labels(x), labels(y));
        let crs = self.crs(along_x.map(|(_, v)| v), along_y.map(|(_, v)| v));
        if let Some(crs) = &crs {
            self.facts.extend(crs.facts.iter().cloned());
        }
        if let (Some((mx, vx)), Some((my, vy))) = (along_x, along_y) {
            if (mx, my) == (Measure::Longitude, Measure::Latitude) {
                return Horizontal::Rectilinear { lat: vy.path.clone(), lon: vx.path.clone() };
            }
            if let Some(crs) = crs.filter(|c| c.definition().is_some()) {
                let (x, y) = (vx.path.clone(), vy.path.clone());
                return if crs.is_geographic() {
                    Horizontal::Rectilinear { lat: y, lon: x }
                } else if crs.is_rotated() {
                    Horizontal::RotatedPole { lat: y, lon: x, crs }
                } else {
                    Horizontal::Projected { x, y, crs }
                };
            }
        }
        match self.mesh().or_else(|| self.pair()) {
            Some(pair) => self.place(&pair, x, y),
            None => Horizontal::Index,
        }
    }

    /// Says what a pair of coordinates with common dimensions makes of the variable.
    fn place(&mut self, pair: &Pair<'_>, x: &mut Option<AxisRef>, y: &mut Option<AxisRef>) -> Horizontal {
        let geographic = is(pair.x, Measure::Longitude) && is(pair.y, Measure::Latitude);
        self.facts.push(match pair.from {
            "names" => Fact::assumed(
                "positions",
                format!("{} and {}, which have the same dimensions", pair.y.path, pair.x.path),
            ),
            from => Fact::read("positions", format!("{} and {}", pair.y.path, pair.x.path), from),
        });
        let plane = match pair.x.dims.as_slice() {
            [.., rows, columns] if geographic && !self.are_points(pair) => self.dim(rows).zip(self.dim(columns)),
            _ => None,
        };
        let Some((row, column)) = plane else {
            // The points' own dimension is neither east nor north.
            for axis in [x, y] {
                if axis.as_ref().is_some_and(|a| pair.x.dims.contains(&a.name)) {
                    *axis = None;
                }
            }
            return Horizontal::Unstructured { x: pair.x.path.clone(), y: pair.y.path.clone(), geographic };
        };
        for (axis, dim, measure, letter) in [(y, row, Measure::Y, 'Y'), (x, column, Measure::X, 'X')] {
            if axis.as_ref().is_none_or(|a| a.dim != dim) {
                let name = self.variable.dims.get(dim).cloned().unwrap_or_default();
                let coordinate = self.own(dim).map(|v| v.path.clone());
                *axis = Some(AxisRef { dim, name, coordinate, measure });
                let by = if letter == 'Y' { pair.y } else { pair.x };
                self.found.push((dim, letter, format!("the dimensions of {}", by.name)));
            }
        }
        Horizontal::Curvilinear { lat: pair.y.path.clone(), lon: pair.x.path.clone() }
    }

    /// Whether a pair with several dimensions holds single points (tracks, casts, stations) and no grid: by the file's
    /// `featureType`, by a variable that names the features, by the name of a dimension.
    fn are_points(&self, pair: &Pair<'_>) -> bool {
        let named = |text: &str| POINTS.iter().any(|p| text.trim().eq_ignore_ascii_case(p));
        let feature = self.scope.group_text("featureType").or(self.scope.group_text("cdm_data_type"));
        feature.is_some_and(named)
            || pair.x.dims.iter().any(|d| named(d) || d.eq_ignore_ascii_case("obs"))
            || self.scope.all().any(|v| v.attrs.text("cf_role").and_then(|r| r.strip_suffix("_id")).is_some_and(named))
    }

    /// The positions of the mesh elements that the variable lives on (UGRID: `mesh` and `location`).
    fn mesh(&self) -> Option<Pair<'a>> {
        let mesh = self.scope.find(self.variable.attrs.text("mesh")?.trim())?;
        let location = self.variable.attrs.text("location").unwrap_or("face").trim();
        let named = self.scope.list(mesh.attrs.text(&format!("{location}_coordinates"))?);
        let east = named.iter().find(|v| measure(v).is_some_and(|m| m.letter() == 'X'))?;
        let north = named.iter().find(|v| measure(v).is_some_and(|m| m.letter() == 'Y'))?;
        (fits(east, self.variable) && east.dims == north.dims).then_some(Pair { x: east, y: north, from: "mesh" })
    }

    /// Latitude and longitude (or x and y) with the same dimensions: listed ones, then any in sight that fit.
    fn pair(&self) -> Option<Pair<'a>> {
        let in_sight: Vec<&VariableMeta> = self
            .positions()
            .into_iter()
            .filter(|v| v.path != self.variable.path && fits(v, self.variable))
            .filter(|v| !self.edges.contains(v.name.as_str()))
            .collect();
        let true_ones = [Measure::Longitude, Measure::Latitude];
        self.among(&self.listed, "coordinates", |m| true_ones.contains(&m))
            .or_else(|| self.among(&self.listed, "coordinates", |m| matches!(m.letter(), 'X' | 'Y')))
            .or_else(|| self.among(&in_sight, "names", |m| true_ones.contains(&m)))
    }

    /// The first two of `variables` with the same dimensions where one measures x and the other y; the variable of most
    /// dimensions first. An axis of its own is no position of points.
    fn among(
        &self,
        variables: &[&'a VariableMeta],
        from: &'static str,
        wanted: impl Fn(Measure) -> bool,
    ) -> Option<Pair<'a>> {
        let mut candidates: Vec<(&VariableMeta, Measure)> = variables
            .iter()
            .filter(|v| !v.dims.is_empty() && v.dims != [v.name.as_str()])
            .filter_map(|v| Some((*v, measure(v).filter(|&m| wanted(m))?)))
            .collect();
        candidates.sort_by_key(|(v, _)| std::cmp::Reverse(v.dims.len()));
        candidates.iter().filter(|(_, m)| m.letter() == 'X').find_map(|(x, _)| {
            let same = |(y, m): &&(&VariableMeta, Measure)| m.letter() == 'Y' && y.dims == x.dims;
            let (y, _) = candidates.iter().find(same)?;
            Some(Pair { x, y, from })
        })
    }

    fn dim(&self, name: &str) -> Option<usize> {
        self.variable.dims.iter().rposition(|d| d == name)
    }
}

fn measure(variable: &VariableMeta) -> Option<Measure> {
    Measure::of(variable).map(|(m, _)| m)
}

fn is(variable: &VariableMeta, wanted: Measure) -> bool {
    measure(variable) == Some(wanted)
}
