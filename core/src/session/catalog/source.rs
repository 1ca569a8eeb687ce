//! The entries of a catalogue as one source: each a group, with the structure of its file below.

use super::tree::{Node, What};
use crate::formats;
use crate::model::{AttrValue, Attrs, Block, Error, Group, Member, Region, Result, Source, SourceInfo, VariableMeta};
use crate::session::open::{Origin, files};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

/// Attributes that name variables, some by a path from the root.
const NAMING: &[&str] =
    &["ancillary_variables", "bounds", "cell_measures", "climatology", "coordinates", "formula_terms", "grid_mapping"];

/// All entries that could be opened.
pub(super) struct Entries {
    info: SourceInfo,
    /// By the path of the entry's group.
    sources: BTreeMap<String, Arc<dyn Source>>,
}

/// The files behind an entry as one source, with the names that they were opened by.
type Opening = Result<(Arc<dyn Source>, Vec<String>)>;

impl Entries {
    /// Opens all entries below a catalogue, several at once. An entry that cannot be opened is an empty group and a line of
    /// warning.
    pub(super) fn open(
        path: &Path,
        given: &str,
        catalogue: &Node,
        options: &formats::Options,
    ) -> Result<(Self, Vec<Origin>)> {
        let mut wanted = Vec::new();
        gather(catalogue, "", &mut wanted);
        let opened: Vec<(String, Opening)> =
            wanted.into_par_iter().map(|(at, names)| (at, files(names, options))).collect();
        let mut opened: BTreeMap<String, _> = opened.into_iter().collect();
        let mut out =
            Builder { opened: &mut opened, sources: BTreeMap::new(), origins: Vec::new(), warnings: Vec::new() };
        let mut root = out.group(catalogue, "");
        root.name = "/".to_owned();
        root.path = "/".to_owned();
        let mut hasher = DefaultHasher::new();
        out.sources.iter().for_each(|(at, source)| (at, &source.info().identity).hash(&mut hasher));
        let full = path.canonicalize().map_err(|e| Error::io("open", &e).at(path))?;
        let info = SourceInfo {
            format: "intake",
            path: given.to_owned(),
            identity: format!("catalogue:{}:{:016x}", full.display(), hasher.finish()),
            root,
            warnings: out.warnings,
        };
        let origins = out.origins;
        Ok((Self { info, sources: out.sources }, origins))
    }

    /// The source of the entry that a path lies in, with the path in it.
    fn entry<'a>(&self, path: &'a str) -> Option<(&Arc<dyn Source>, &str, &'a str)> {
        let from = usize::from(path.starts_with('/'));
        let ends = path.match_indices('/').map(|(i, _)| i).filter(|&i| i >= from.max(1)).chain([path.len()]);
        ends.filter_map(|end| {
            let (at, inside) = path.split_at_checked(end)?;
            let (at, source) = self.sources.get_key_value(at.trim_start_matches('/'))?;
            Some((source, at.as_str(), inside))
        })
        .next()
    }
}

/// The entries with data below a node, by the path of their group without the first slash.
fn gather<'a>(node: &'a Node, at: &str, into: &mut Vec<(String, &'a [String])>) {
    match &node.what {
        Ok(What::Data(names)) => into.push((at.to_owned(), names)),
        Ok(What::Entries(entries)) => entries.iter().for_each(|e| gather(e, &below(at, &e.name), into)),
        Err(_) => {}
    }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") }
}

struct Builder<'a> {
    opened: &'a mut BTreeMap<String, Opening>,
    sources: BTreeMap<String, Arc<dyn Source>>,
    origins: Vec<Origin>,
    warnings: Vec<String>,
}

impl Builder<'_> {
    fn group(&mut self, node: &Node, at: &str) -> Group {
        let mut group = Group { name: node.name.clone(), path: format!("/{at}"), ..Group::default() };
        match &node.what {
            Ok(What::Entries(entries)) => {
                group.groups = entries.iter().map(|entry| self.group(entry, &below(at, &entry.name))).collect();
            }
            Ok(What::Data(_)) => match self.opened.remove(at) {
                Some(Ok((source, names))) => {
                    let info = source.info();
                    group = under(&group.path, &info.root);
                    group.name.clone_from(&node.name);
                    self.warnings.extend(info.warnings.iter().map(|w| format!("entry {at}: {w}")));
                    self.origins.push(Origin { group: group.path.clone(), files: names, format: info.format });
                    self.sources.insert(at.to_owned(), source);
                }
                Some(Err(error)) => self.warnings.push(format!("entry {at}: {error}")),
                None => self.warnings.push(format!("entry {at}: named twice")),
            },
            Err(error) => self.warnings.push(format!("entry {at}: {error}")),
        }
        if !node.unheeded.is_empty() {
            self.warnings.push(format!("entry {at}: arguments left aside: {}", node.unheeded.join(", ")));
        }
        group.attrs = joined(&node.attrs, group.attrs);
        group
    }
}

/// What the catalogue says, then what the file says; under `file_…` where both bear a name.
fn joined(said: &Attrs, of_file: Attrs) -> Attrs {
    let mut all = said.clone();
    for (name, value) in of_file.0 {
        let name = if said.get(&name).is_some() { format!("file_{name}") } else { name };
        all.set(name, value);
    }
    all
}

/// A group of a file as it stands below `at`: paths, and attributes that hold paths, begin there.
fn under(at: &str, group: &Group) -> Group {
    let path = |inner: &str| format!("{at}{}", inner.trim_end_matches('/'));
    let variable = |var: &VariableMeta| {
        let mut var = VariableMeta { path: path(&var.path), ..var.clone() };
        for name in NAMING {
            if let Some(AttrValue::Text(text)) =
                var.attrs.get(name).filter(|v| v.text().is_some_and(|t| t.contains('/')))
            {
                let words = text.split_whitespace().map(|w| if w.starts_with('/') { path(w) } else { w.to_owned() });
                let text = words.collect::<Vec<_>>().join(" ");
                var.attrs.set(*name, AttrValue::Text(text));
            }
        }
        var
    };
    Group {
        path: path(&group.path),
        variables: group.variables.iter().map(variable).collect(),
        groups: group.groups.iter().map(|g| under(at, g)).collect(),
        ..group.clone()
    }
}

impl Source for Entries {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let unknown = || Error::not_found(format!("no variable {path}")).at(&self.info.path);
        let (source, entry, inside) = self.entry(path).ok_or_else(unknown)?;
        source.read(inside, region).map_err(|e| e.within(format!("entry {entry}, {path}")))
    }

    fn notices(&self) -> Vec<String> {
        let of = |(at, source): (&String, &Arc<dyn Source>)| {
            source.notices().into_iter().map(|n| format!("entry {at}: {n}")).collect::<Vec<_>>()
        };
        self.sources.iter().flat_map(of).collect()
    }

    fn format_of(&self, path: &str) -> &'static str {
        self.entry(path).map_or(self.info.format, |(source, _, inside)| source.format_of(inside))
    }

    fn fields(&self, path: &str) -> Vec<Member> {
        self.entry(path).map(|(source, _, inside)| source.fields(inside)).unwrap_or_default()
    }

    fn decodes_chunks(&self, path: &str) -> bool {
        self.entry(path).is_none_or(|(source, _, inside)| source.decodes_chunks(inside))
    }

    fn seams(&self, path: &str) -> Option<(usize, Vec<usize>)> {
        self.entry(path).and_then(|(source, _, inside)| source.seams(inside))
    }

    fn stored_bytes(&self, path: &str) -> Option<u64> {
        self.entry(path).and_then(|(source, _, inside)| source.stored_bytes(inside))
    }
}
