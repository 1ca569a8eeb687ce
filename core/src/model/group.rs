//! The structure of a source: groups, dimensions, variables. Metadata only, no values.

use super::{AttrValue, Attrs, DType};

/// A named dimension of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dim {
    /// Its name, unique within the group.
    pub name: String,
    /// Its length.
    pub size: usize,
    /// Whether it can grow.
    pub unlimited: bool,
}

/// How the bytes of a variable are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Own reading and decoding on the pool, no lock.
    Direct,
    /// The format's library reads and decodes.
    Library,
}

impl Tier {
    /// The name shown to people and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Library => "library",
        }
    }
}

/// What is known of a variable without reading it.
///
/// Invariant: `dims.len() == shape.len()`, and so for `chunks` and `shards`; no chunk length is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableMeta {
    /// Name within its group.
    pub name: String,
    /// Name from the root: `/a/b/t2m`.
    pub path: String,
    /// The type on disk.
    pub dtype: DType,
    /// Dimension names, slowest first.
    pub dims: Vec<String>,
    /// Lengths, slowest first.
    pub shape: Vec<usize>,
    /// The unit of reading: chunk lengths (inner chunks of a sharded array); `None` where stored in one piece.
    pub chunks: Option<Vec<usize>>,
    /// The unit of writing, where it holds several chunks.
    pub shards: Option<Vec<usize>>,
    /// Filters or codecs in the order they were applied: `shuffle`, `deflate:4`, `zstd:3`.
    pub filters: Vec<String>,
    /// What an unwritten cell reads as, as the format says (not yet what CF masks).
    pub fill_value: Option<AttrValue>,
    /// How it is read.
    pub tier: Tier,
    /// Attributes in file order.
    pub attrs: Attrs,
}

impl VariableMeta {
    /// Number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.shape.iter().fold(1, |n, &d| n.saturating_mul(d))
    }

    /// Chunk lengths, the whole shape where it is not chunked.
    #[must_use]
    pub fn chunk_shape(&self) -> Vec<usize> {
        self.chunks.clone().unwrap_or_else(|| self.shape.iter().map(|&n| n.max(1)).collect())
    }
}

/// A group: attributes, dimensions, variables, and groups within.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// Name within its parent, `/` at the root.
    pub name: String,
    /// Name from the root.
    pub path: String,
    /// Attributes in file order.
    pub attrs: Attrs,
    /// Dimensions defined here.
    pub dims: Vec<Dim>,
    /// Variables of this group.
    pub variables: Vec<VariableMeta>,
    /// Groups within.
    pub groups: Vec<Self>,
}

impl Group {
    /// The variable of this path (`/a/t2m`, or `t2m` for the root), here or in a group within.
    #[must_use]
    pub fn variable(&self, path: &str) -> Option<&VariableMeta> {
        let wanted = path.trim_start_matches('/');
        self.walk().flat_map(|g| &g.variables).find(|v| v.path.trim_start_matches('/') == wanted)
    }

    /// The group of this path (`/a/b`; `/` or empty for this one).
    #[must_use]
    pub fn group(&self, path: &str) -> Option<&Self> {
        let wanted = path.trim_matches('/');
        self.walk().find(|g| g.path.trim_matches('/') == wanted)
    }

    /// This group and all within, parents first.
    pub fn walk(&self) -> impl Iterator<Item = &Self> {
        let mut stack = vec![self];
        std::iter::from_fn(move || {
            let group = stack.pop()?;
            stack.extend(group.groups.iter().rev());
            Some(group)
        })
    }
}
