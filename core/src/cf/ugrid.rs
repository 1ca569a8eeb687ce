//! Meshes of the UGRID conventions 1.0: which variable lies on the nodes, edges or faces of which mesh, and where its
//! topology stands. Reads attributes and lengths, no connectivity.

use super::fact::Fact;
use super::scope::Scope;
use crate::model::{Group, VariableMeta};

/// What a variable has a value for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Each corner.
    Node,
    /// Each line between two corners.
    Edge,
    /// Each polygon.
    Face,
}

impl Location {
    /// UGRID's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Edge => "edge",
            Self::Face => "face",
        }
    }
}

/// The mesh under a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mesh {
    /// Path of the variable that describes the topology.
    pub topology: String,
    /// What the variable has a value for.
    pub location: Location,
    /// Paths of the variables that hold x and y of each location.
    pub coordinates: Option<[String; 2]>,
    /// Number of nodes.
    pub nodes: Option<usize>,
    /// Number of faces.
    pub faces: Option<usize>,
    /// The most corners of a face.
    pub most_corners: Option<usize>,
    /// Path of the variable that lists the nodes of each face.
    pub face_nodes: Option<String>,
    /// What the first node is called there: 0 where nothing is said.
    pub start_index: usize,
}

impl Mesh {
    /// The mesh that a variable lies on: by its `mesh` and `location`, or by a dimension that a topology in sight claims.
    #[must_use]
    pub fn of(var: &VariableMeta, root: &Group) -> Option<Self> {
        let scope = Scope::of(root, &var.path);
        let named = var.attrs.text("mesh").and_then(|name| scope.find(name));
        let topologies = || scope.all().filter(|v| v.attrs.text("cf_role") == Some("mesh_topology"));
        let said = match var.attrs.text("location") {
            Some("node") => Some(Location::Node),
            Some("edge") => Some(Location::Edge),
            Some("face" | "volume") => Some(Location::Face),
            _ => None,
        };
        let found = match (named, said) {
            (Some(mesh), Some(location)) => (mesh, location),
            (Some(mesh), None) => (mesh, claimed(var, mesh, &scope)?),
            (None, _) => topologies().find_map(|mesh| Some((mesh, claimed(var, mesh, &scope)?)))?,
        };
        // Connectivity and coordinates belong to the mesh, and have nothing of their own to lie on it.
        let (mesh, location) = found;
        let own = mesh.attrs.iter().filter_map(|(_, value)| value.text()).flat_map(str::split_whitespace);
        let part = own.filter_map(|name| scope.find(name)).any(|v| v.path == var.path);
        (!part && var.path != mesh.path).then(|| Self::described(mesh, location, &scope))
    }

    fn described(mesh: &VariableMeta, location: Location, scope: &Scope<'_>) -> Self {
        let list = |attr: &str| mesh.attrs.text(attr).map(|names| scope.list(names)).unwrap_or_default();
        let face_nodes = list("face_node_connectivity").first().copied();
        let pair = |attr: &str| match list(attr).as_slice() {
            [x, y, ..] => Some([x.path.clone(), y.path.clone()]),
            _ => None,
        };
        // The longer dimension is that of the faces, unless the topology names it.
        let faces = mesh.attrs.text("face_dimension").and_then(|d| size(d, face_nodes?));
        let shape = face_nodes.map(|v| v.shape.as_slice()).unwrap_or_default();
        let faces = faces.or_else(|| shape.iter().max().copied());
        Self {
            topology: mesh.path.clone(),
            location,
            coordinates: pair(&format!("{}_coordinates", location.name())),
            nodes: list("node_coordinates").first().map(|v| v.cells()),
            faces,
            most_corners: shape.iter().min().copied().filter(|_| shape.len() == 2),
            face_nodes: face_nodes.map(|v| v.path.clone()),
            start_index: face_nodes.and_then(|v| v.attrs.number("start_index")).map_or(0, |n| usize::from(n == 1.0)),
        }
    }

    /// The line of the decode card.
    #[must_use]
    pub fn fact(&self) -> Fact {
        let count = |n: Option<usize>, what: &str| n.map(|n| format!("{n} {what}"));
        let counts: Vec<String> =
            [count(self.faces, "faces"), count(self.nodes, "nodes")].into_iter().flatten().collect();
        let value = format!("{}s of {} ({})", self.location.name(), self.topology, counts.join(", "));
        Fact::read("mesh", value, "mesh_topology")
    }
}

fn size(dim: &str, of: &VariableMeta) -> Option<usize> {
    of.dims.iter().zip(&of.shape).find(|(d, _)| *d == dim).map(|(_, &n)| n)
}

/// Where on a mesh a variable lies by its dimensions: those that the topology names, else those of its parts.
fn claimed(var: &VariableMeta, mesh: &VariableMeta, scope: &Scope<'_>) -> Option<Location> {
    let first = |attr: &str| mesh.attrs.text(attr).and_then(|names| scope.list(names).first().copied());
    let dim = |named: &str, part: &str| {
        let own = first(part).and_then(|v| v.dims.first()).map(String::as_str);
        mesh.attrs.text(named).filter(|d| var.dims.iter().any(|v| v == d)).or(own)
    };
    [
        (Location::Face, dim("face_dimension", "face_node_connectivity")),
        (Location::Node, dim("node_dimension", "node_coordinates")),
        (Location::Edge, dim("edge_dimension", "edge_node_connectivity")),
    ]
    .into_iter()
    .find(|(_, dim)| dim.is_some_and(|d| var.dims.iter().any(|v| v == d)))
    .map(|(location, _)| location)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Location, Mesh};
    use crate::cf::testing::{group, variable};
    use crate::model::{AttrValue, Data, Group};

    fn sample() -> Group {
        let mut root = group(&[
            "faces(face,corner)",
            "node_x(node)",
            "node_y(node)",
            "depth(time,face)",
            "level(node)",
            "other(time)",
        ]);
        root.variables.iter_mut().for_each(|v| v.shape = v.dims.iter().map(|d| length(d)).collect());
        let mut mesh = variable("mesh()");
        for (name, text) in
            [("cf_role", "mesh_topology"), ("node_coordinates", "node_x node_y"), ("face_node_connectivity", "faces")]
        {
            mesh.attrs.set(name, AttrValue::Text(text.to_owned()));
        }
        (mesh.dims, mesh.shape) = (Vec::new(), Vec::new());
        root.variables.push(mesh);
        root.variables[0].attrs.set("start_index", AttrValue::Numbers(Data::I32(vec![1])));
        root
    }

    fn length(dim: &str) -> usize {
        [("face", 20), ("corner", 4), ("node", 30), ("time", 2)].iter().find(|(d, _)| *d == dim).unwrap().1
    }

    #[test]
    fn variables_are_found_on_faces_and_nodes_by_their_dimensions() {
        let root = sample();
        let of = |name: &str| Mesh::of(root.variable(name).unwrap(), &root);
        let mesh = of("depth").unwrap();
        assert_eq!(
            (mesh.location, mesh.faces, mesh.nodes, mesh.most_corners),
            (Location::Face, Some(20), Some(30), Some(4))
        );
        assert_eq!((mesh.start_index, mesh.face_nodes.as_deref()), (1, Some("/faces")));
        assert_eq!(of("level").unwrap().location, Location::Node);
        assert_eq!(of("level").unwrap().coordinates, Some(["/node_x".to_owned(), "/node_y".to_owned()]));
        assert!(of("other").is_none() && of("faces").is_none() && of("node_x").is_none() && of("mesh").is_none());
    }
}
