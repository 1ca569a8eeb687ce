//! Names for the dimensions of a group, so that one name has one length. Knows no files.

use crate::model::Dim;

/// An array as far as its dimensions go.
#[derive(Debug)]
pub(super) struct Shaped<'a> {
    /// Path, for messages.
    pub(super) path: &'a str,
    /// Name of the array within the group.
    pub(super) name: &'a str,
    pub(super) shape: &'a [usize],
    /// The names the metadata gives.
    pub(super) given: &'a [Option<String>],
    /// Whether it is a level of a pyramid, whose names are expected to have other lengths elsewhere.
    pub(super) level: bool,
}

/// Names dimensions of one group after another; invented names go on counting through the store.
#[derive(Debug, Default)]
pub(super) struct Namer {
    invented: usize,
    warnings: Vec<String>,
    /// Arrays with dimensions that have no name, with those they got.
    unnamed: Vec<String>,
}

impl Namer {
    /// What there is to tell, one line for all arrays without names.
    pub(super) fn into_warnings(self) -> Vec<String> {
        let mut warnings = self.warnings;
        match self.unnamed.as_slice() {
            [] => {}
            [one] => warnings.push(format!("{one} does not name all its dimensions")),
            [first, more @ ..] => {
                warnings.push(format!("{first} and {} more arrays do not name all their dimensions", more.len()))
            }
        }
        warnings
    }

    /// The dimensions of a group, and the names for each of its arrays, in order.
    ///
    /// A dimension without a name becomes `phony_dim_N`, shared by the arrays of the group that have that length at
    /// that turn (as netCDF readers do for HDF5). A name that already has another length in the group gets its length
    /// appended: the levels of a pyramid share their names, but not their sizes.
    pub(super) fn group(&mut self, arrays: &[Shaped<'_>]) -> (Vec<Dim>, Vec<Vec<String>>) {
        let mut dims: Vec<Dim> = Vec::new();
        // A coordinate decides on its own dimension.
        for array in arrays {
            if let ([Some(dim)], [size]) = (array.given, array.shape)
                && dim == array.name
            {
                define(&mut dims, dim, *size);
            }
        }
        let mut phony: Vec<(usize, String)> = Vec::new();
        let names = arrays.iter().map(|array| self.array(array, &mut dims, &mut phony)).collect();
        (dims, names)
    }

    fn array(&mut self, array: &Shaped<'_>, dims: &mut Vec<Dim>, phony: &mut Vec<(usize, String)>) -> Vec<String> {
        let mut names: Vec<String> = Vec::with_capacity(array.shape.len());
        let mut unnamed = false;
        for (d, &size) in array.shape.iter().enumerate() {
            // A name may stand twice, as in `covariance(level, level)`, but for one length.
            let again = |name: &String| names.iter().zip(array.shape).any(|(n, &s)| n == name && s == size);
            let free = |name: &String| !names.contains(name) || again(name);
            let given = array.given.get(d).and_then(Option::as_ref).filter(|name| free(name));
            let name = match given {
                Some(name) => {
                    let mut free = name.clone();
                    while !define(dims, &free, size) || names.contains(&free) && !again(&free) {
                        free = format!("{free}_{size}");
                    }
                    if free != *name && !array.level {
                        self.warnings.push(format!(
                            "/{}: dimension {name} has length {size} here and another elsewhere in the group; it is called {free}",
                            array.path
                        ));
                    }
                    free
                }
                None => {
                    unnamed = true;
                    let known = phony.iter().find(|(n, name)| *n == size && !names.contains(name));
                    if let Some((_, name)) = known {
                        name.clone()
                    } else {
                        let name = self.invent(dims, size);
                        phony.push((size, name.clone()));
                        name
                    }
                }
            };
            names.push(name);
        }
        if unnamed {
            self.unnamed.push(format!("/{} ({})", array.path, names.join(", ")));
        }
        names
    }

    fn invent(&mut self, dims: &mut Vec<Dim>, size: usize) -> String {
        loop {
            let name = format!("phony_dim_{}", self.invented);
            self.invented += 1;
            if !dims.iter().any(|d| d.name == name) {
                define(dims, &name, size);
                return name;
            }
        }
    }
}

/// Whether the name has this length, now or already.
fn define(dims: &mut Vec<Dim>, name: &str, size: usize) -> bool {
    if let Some(dim) = dims.iter().find(|d| d.name == name) {
        return dim.size == size;
    }
    dims.push(Dim { name: name.to_owned(), size, unlimited: false });
    true
}

#[cfg(test)]
mod tests {
    use super::{Namer, Shaped};

    fn named(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|n| (!n.is_empty()).then(|| (*n).to_owned())).collect()
    }

    #[test]
    fn one_name_has_one_length() {
        let (full, half, coordinate) = (named(&["y", "x"]), named(&["y", "x"]), named(&["x"]));
        let arrays = [
            Shaped { path: "1", name: "1", shape: &[8, 8], given: &half, level: false },
            Shaped { path: "0", name: "0", shape: &[16, 16], given: &full, level: false },
            Shaped { path: "x", name: "x", shape: &[16], given: &coordinate, level: false },
        ];
        let mut namer = Namer::default();
        let (dims, names) = namer.group(&arrays);
        assert_eq!(names, [vec!["y", "x_8"], vec!["y_16", "x"], vec!["x"]]);
        assert_eq!(namer.warnings.len(), 2);
        for (array, names) in arrays.iter().zip(&names) {
            for (name, size) in names.iter().zip(array.shape) {
                assert!(dims.iter().any(|d| d.name == *name && d.size == *size));
            }
        }
    }

    #[test]
    fn nameless_dimensions_are_shared_by_length() {
        let (none, twice) = (named(&["", "", ""]), named(&["x", "x"]));
        let arrays = [
            Shaped { path: "a", name: "a", shape: &[2, 16, 16], given: &none, level: false },
            Shaped { path: "b", name: "b", shape: &[16, 2, 3], given: &none, level: false },
            Shaped { path: "c", name: "c", shape: &[5, 5], given: &twice, level: false },
        ];
        let (dims, names) = Namer::default().group(&arrays);
        assert_eq!(names.first().map(|n| n.join(" ")).as_deref(), Some("phony_dim_0 phony_dim_1 phony_dim_2"));
        assert_eq!(names.get(1).map(|n| n.join(" ")).as_deref(), Some("phony_dim_1 phony_dim_0 phony_dim_3"));
        assert_eq!(names.get(2).map(|n| n.join(" ")).as_deref(), Some("x x"));
        assert_eq!(dims.len(), 5);
    }
}
