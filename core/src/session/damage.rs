//! What reading found damaged where a person chose to go on: kept beside the sources, for the attributes of what is
//! written and for the warnings at the end.

use crate::model::{Region, SourceInfo};
use crate::plan::{Node, NodeKind};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Chunks that are told one by one as warnings.
const WARNED: usize = 10;
/// Chunks that an attribute lists.
const LISTED: usize = 1000;

/// The damaged chunks of all data opened with it. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Damage(Arc<Mutex<BTreeMap<Variable, Chunks>>>);

/// Identity of a source, and a path in it.
type Variable = (String, String);

/// What is damaged of one variable.
#[derive(Debug, Default)]
struct Chunks {
    dims: Vec<String>,
    /// The file it was opened as.
    file: String,
    why: HashMap<Region, String>,
}

impl Damage {
    /// The attribute that lists the damaged chunks behind a variable.
    pub const ATTRIBUTE: &'static str = "graticule_damaged_chunks";

    /// Remembers a chunk whose cells were made missing, once.
    pub(super) fn note(&self, source: &SourceInfo, path: &str, dims: &[String], chunk: Region, why: String) {
        let mut all = self.0.lock();
        let chunks = all.entry((source.identity.clone(), path.to_owned())).or_insert_with(|| Chunks {
            dims: dims.to_vec(),
            file: source.path.clone(),
            why: HashMap::new(),
        });
        chunks.why.entry(chunk).or_insert(why);
    }

    /// One line for each chunk found damaged so far: the first ten, then how many more there are.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let all = self.0.lock();
        let count: usize = all.values().map(|chunks| chunks.why.len()).sum();
        let told = all.iter().flat_map(|((_, path), chunks)| {
            chunks.sorted().into_iter().map(move |(place, why)| {
                format!("{path} {place} of {} is damaged, its cells are missing: {why}", chunks.file)
            })
        });
        let mut lines: Vec<String> = told.take(WARNED).collect();
        if count > WARNED {
            lines.push(format!("{} more chunks are damaged, their cells are missing", count - WARNED));
        }
        lines
    }

    /// The damaged chunks of all that a node is computed from, `/t time=24:48,lat=0:90; …`, as positions in their files;
    /// `None` where none is known.
    pub(super) fn behind(&self, node: &Arc<Node>) -> Option<String> {
        let all = self.0.lock();
        if all.is_empty() {
            return None;
        }
        let (mut seen, mut rest, mut behind) = (HashSet::new(), vec![node], BTreeSet::new());
        while let Some(node) = rest.pop() {
            if seen.insert(node.key()) {
                rest.extend(node.inputs());
                if let NodeKind::Source { source, path } = node.kind() {
                    behind.insert((source.info().identity.clone(), path.clone()));
                }
            }
        }
        let places = |variable: &Variable| {
            let chunks = all.get(variable).map(Chunks::sorted).unwrap_or_default();
            chunks.into_iter().map(|(place, _)| format!("{} {place}", variable.1)).collect::<Vec<_>>()
        };
        let mut listed: Vec<String> = behind.iter().flat_map(places).collect();
        let more = listed.len().saturating_sub(LISTED);
        listed.truncate(LISTED);
        if more > 0 {
            listed.push(format!("and {more} more"));
        }
        (!listed.is_empty()).then(|| listed.join("; "))
    }
}

impl Chunks {
    /// Places as `--isel` takes them, in the order of the file, and what is wrong with each.
    fn sorted(&self) -> Vec<(String, &str)> {
        let mut all: Vec<_> = self.why.iter().collect();
        all.sort_by(|a, b| a.0.0.cmp(&b.0.0));
        let place = |region: &Region| {
            let spans = self.dims.iter().zip(&region.0).map(|(dim, s)| format!("{dim}={}:{}", s.start, s.end()));
            spans.collect::<Vec<_>>().join(",")
        };
        all.into_iter().map(|(region, why)| (place(region), why.as_str())).collect()
    }
}
