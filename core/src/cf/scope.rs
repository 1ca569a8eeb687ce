//! Finding the variables that an attribute names: CF section 2.7, from the group outwards. Reads no meaning.

use crate::model::{Group, VariableMeta};

/// The groups that a variable can see, its own first, the root last.
pub(super) struct Scope<'a> {
    root: &'a Group,
    groups: Vec<&'a Group>,
}

impl<'a> Scope<'a> {
    /// What the variable at `path` sees.
    pub(super) fn of(root: &'a Group, path: &str) -> Self {
        let mut groups = vec![root];
        let mut at = root;
        let parents = path.trim_matches('/').rsplit_once('/').map_or("", |(parents, _)| parents);
        for name in parents.split('/').filter(|n| !n.is_empty()) {
            let Some(next) = at.groups.iter().find(|g| g.name.trim_matches('/') == name) else { break };
            groups.extend(geolocation(at, next));
            groups.push(next);
            at = next;
        }
        groups.reverse();
        Self { root, groups }
    }

    /// The variable's own group.
    pub(super) fn group(&self) -> &'a Group {
        self.groups.first().copied().unwrap_or(self.root)
    }

    /// The variable of a name (nearest first) or of a path from the root or from the group.
    pub(super) fn find(&self, name: &str) -> Option<&'a VariableMeta> {
        if name.starts_with('/') {
            return self.root.variable(name);
        }
        if name.contains('/') {
            let from_group = format!("{}/{name}", self.group().path.trim_end_matches('/'));
            return self.root.variable(&from_group).or_else(|| self.root.variable(name));
        }
        self.groups.iter().find_map(|g| g.variables.iter().find(|v| v.name == name))
    }

    /// The variables that a blank-separated list names; what is not there is left out.
    pub(super) fn list(&self, names: &str) -> Vec<&'a VariableMeta> {
        names.split_whitespace().filter_map(|n| self.find(n)).collect()
    }

    /// The groups in sight, nearest first.
    pub(super) fn groups(&self) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().copied()
    }

    /// Every variable in sight, nearest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a VariableMeta> {
        self.groups.iter().flat_map(|g| &g.variables)
    }

    /// The first attribute of this name on the way from the group to the root.
    pub(super) fn group_text(&self, name: &str) -> Option<&'a str> {
        self.groups.iter().find_map(|g| g.attrs.text(name))
    }
}

/// In a swath of HDF-EOS 5 the group beside the one with the data tells where and when they were taken.
#[must_use]
pub fn geolocation<'a>(parent: &'a Group, group: &Group) -> Option<&'a Group> {
    let beside = || parent.groups.iter().find(|g| g.name.trim_matches('/') == "Geolocation Fields");
    if group.name.trim_matches('/') == "Data Fields" { beside() } else { None }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Scope;
    use crate::cf::testing::{group, variable};
    use crate::model::Group;

    #[test]
    fn the_nearest_variable_wins() {
        let mut inner = Group { name: "b".to_owned(), path: "/a/b".to_owned(), ..Group::default() };
        let mut t = variable("time(time)");
        t.path = "/a/b/time".to_owned();
        inner.variables.push(t);
        let middle = Group { name: "a".to_owned(), path: "/a".to_owned(), groups: vec![inner], ..Group::default() };
        let mut root = group(&["time(time)", "lat(lat)"]);
        root.groups.push(middle);
        let scope = Scope::of(&root, "/a/b/tas");
        assert_eq!(scope.group().path, "/a/b");
        assert_eq!(scope.find("time").unwrap().path, "/a/b/time");
        assert_eq!(scope.find("/time").unwrap().path, "/time");
        assert_eq!(scope.find("lat").unwrap().path, "/lat");
        assert_eq!(scope.find("a/b/time").unwrap().path, "/a/b/time");
        assert_eq!(Scope::of(&root, "/a/tas").find("b/time").unwrap().path, "/a/b/time");
        assert_eq!(scope.find("lon"), None);
        assert_eq!(scope.list("lat nothing time").len(), 2);
        assert_eq!(Scope::of(&root, "/elsewhere/x").group().path, root.path);
    }
}
