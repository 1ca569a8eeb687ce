//! Object description language, as far as `StructMetadata` of HDF-EOS uses it: groups and objects with values, line by line
//! (HDF-EOS 5 Interface, section 4; PVL of CCSDS 641). What makes no sense is left out.

/// Nested deeper than this nothing is read.
const DEEPEST: usize = 32;

/// A group or an object.
#[derive(Debug, Default)]
pub(super) struct Node {
    name: String,
    values: Vec<(String, Vec<String>)>,
    nodes: Vec<Self>,
}

impl Node {
    /// Reads a text; all of it stands within the node given back.
    pub(super) fn parse(text: &str) -> Self {
        let mut open = vec![Self::default()];
        let mut ignored = 0_usize;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some((key, value)) = line.trim().split_once('=') else { continue };
            let (key, mut value) = (key.trim(), value.trim().to_owned());
            match key.to_ascii_uppercase().as_str() {
                "GROUP" | "OBJECT" if open.len() >= DEEPEST => ignored += 1,
                "GROUP" | "OBJECT" => open.push(Self { name: unquoted(&value), ..Self::default() }),
                "END_GROUP" | "END_OBJECT" if ignored > 0 => ignored -= 1,
                "END_GROUP" | "END_OBJECT" => close(&mut open),
                _ => {
                    // A list may go on in the next lines.
                    while value.starts_with('(') && !value.ends_with(')') {
                        let Some(more) = lines.next() else { break };
                        value.push_str(more.trim());
                    }
                    if let Some(node) = open.last_mut().filter(|_| ignored == 0) {
                        node.values.push((key.to_owned(), list(&value)));
                    }
                }
            }
        }
        while open.len() > 1 {
            close(&mut open);
        }
        open.pop().unwrap_or_default()
    }

    /// The group or object of a name within this one.
    pub(super) fn node(&self, name: &str) -> Option<&Self> {
        self.nodes.iter().find(|n| n.name == name)
    }

    /// All groups and objects within this one.
    pub(super) fn nodes(&self) -> &[Self] {
        &self.nodes
    }

    /// The values under a key, one for what is no list; none where it is not there.
    pub(super) fn list(&self, key: &str) -> &[String] {
        self.values.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_slice()).unwrap_or_default()
    }

    /// The first value under a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.list(key).first().map(String::as_str)
    }

    /// The values under a key as numbers; what is none is left out.
    pub(super) fn numbers(&self, key: &str) -> Vec<f64> {
        self.list(key).iter().filter_map(|n| n.parse().ok()).filter(|n: &f64| n.is_finite()).collect()
    }
}

fn close(open: &mut Vec<Node>) {
    if open.len() > 1
        && let Some(done) = open.pop()
        && let Some(outer) = open.last_mut()
    {
        outer.nodes.push(done);
    }
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

/// `("YDim","XDim")` or one value. A comma within quotes is part of the text.
fn list(value: &str) -> Vec<String> {
    let inner = value.strip_prefix('(').map_or(value, |v| v.strip_suffix(')').unwrap_or(v));
    if inner.len() == value.len() {
        return vec![unquoted(value)];
    }
    let mut quoted = false;
    let parts = inner.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(unquoted).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn groups_objects_and_lists_are_read() {
        let text = "GROUP=SwathStructure\nEND_GROUP=SwathStructure\nGROUP=GridStructure\n\tGROUP=GRID_1\n\t\tGridName=\"a, b\"
            XDim=4\n\t\tUpperLeftPointMtrs=(-180000000.000000,90000000.000000)\n\t\tGROUP=DataField\n\t\t\tOBJECT=DataField_1
            DimList=(\"YDim\",\n\"X,Dim\")\n\t\t\tEND_OBJECT=DataField_1\n\t\tEND_GROUP=DataField\nEND_GROUP=GRID_1\nEND\n";
        let root = Node::parse(text);
        assert!(root.node("SwathStructure").unwrap().nodes().is_empty());
        let grid = root.node("GridStructure").unwrap().node("GRID_1").unwrap();
        assert_eq!((grid.text("GridName"), grid.text("XDim"), grid.text("YDim")), (Some("a, b"), Some("4"), None));
        assert_eq!(grid.numbers("UpperLeftPointMtrs"), [-180e6, 90e6]);
        let field = grid.node("DataField").unwrap().node("DataField_1").unwrap();
        assert_eq!(field.list("DimList"), ["YDim", "X,Dim"]);
    }

    #[test]
    fn nonsense_is_left_out() {
        let deep = "GROUP=a\n".repeat(100_000);
        let mut depth = 0;
        let root = Node::parse(&deep);
        let mut at = &root;
        while let Some(inner) = at.nodes().first() {
            (at, depth) = (inner, depth + 1);
        }
        assert_eq!(depth, DEEPEST - 1);
        for text in ["", "=", "END_GROUP=a\nEND_GROUP=b", "a=(\n(", "GROUP\nOBJECT=\n", "x=(\"a,"] {
            assert!(Node::parse(text).nodes().len() <= 1, "{text}");
        }
    }
}
