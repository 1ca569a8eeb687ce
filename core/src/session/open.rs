//! Opening: a path becomes lazy datasets, one for each group, decoded by the CF conventions.

use super::marked::Marked;
use super::{Damage, Override, catalog, decode, fields, group, many, overrides, time};
use crate::cf::{self, Fact, Policy};
use crate::formats;
use crate::model::{Error, Group, Result, Source, SourceInfo, VariableMeta};
use crate::ops::nearest;
use crate::plan::{Dataset, Role, Var};
use std::path::Path;
use std::sync::Arc;

/// Opened data. Metadata and the labels of dimensions are in memory, nothing else.
pub struct Opened {
    source: Arc<dyn Source>,
    info: SourceInfo,
    inputs: Vec<String>,
    origins: Vec<Origin>,
    policy: Policy,
    groups: Vec<GroupData>,
}

/// The files behind a group and all below it: what another program would have to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The group's path, empty for the root.
    pub group: String,
    /// Paths, and patterns as they were given; a folder of files stands as its files.
    pub files: Vec<String>,
    /// Their format, as in [`SourceInfo::format`].
    pub format: &'static str,
}

/// One group as a lazy dataset.
#[derive(Debug, Clone)]
pub struct GroupData {
    /// Path of the group from the root; of the variable, where one stands alone because its dimensions contradict those
    /// of its group.
    pub path: String,
    /// Axes with decoded labels, variables with mask and scale applied.
    pub dataset: Dataset,
    /// What decoding read and assumed, by the path of the variable.
    pub decodings: Vec<(String, Decoding)>,
}

/// How one variable was decoded: the lines of its decode card.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoding {
    /// What was read or assumed, and where it stands in the file.
    pub facts: Vec<Fact>,
}

/// How to read and decode.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// What counts as missing: [`Policy::Xarray`] masks what xarray masks, for comparisons.
    pub policy: Policy,
    /// How bytes are read.
    pub format: formats::Options,
    /// Attributes that a person sets over those of the file, in this order.
    pub overrides: Vec<Override>,
    /// Where given, damaged chunks do not stop a read: their cells are missing, and the chunks are noted here. Integers
    /// without a fill value, text and labels of dimensions have nothing that stands for missing: there damage stays an
    /// error.
    pub mark_missing: Option<Damage>,
}

/// Opens a file or folder of any known format, or several files as one.
pub(super) fn open(text: &str, options: &OpenOptions) -> Result<Opened> {
    open_many(&[text.to_owned()], options)
}

/// Opens the files that several texts name as one; a catalogue stands alone.
pub(super) fn open_many(texts: &[String], options: &OpenOptions) -> Result<Opened> {
    let catalogue = if let [one] = texts { catalog::find(one) } else { None };
    let (source, origins) = match catalogue {
        Some(address) => catalog::open(&address, &options.format)?,
        None => {
            let (source, files) = files(texts, &options.format)?;
            let origin = Origin { group: String::new(), files, format: source.info().format };
            (source, vec![origin])
        }
    };
    read(source, texts.to_vec(), origins, options)
}

/// Opens the files that texts name, as one where they are several. With them the names by which others would open them.
pub(super) fn files(texts: &[String], options: &formats::Options) -> Result<(Arc<dyn Source>, Vec<String>)> {
    let (mut paths, mut names) = (Vec::new(), Vec::new());
    let name = |path: &Path| path.to_string_lossy().into_owned();
    for text in texts {
        match many::find(text)? {
            many::Found::One(path) => {
                names.push(name(&path));
                paths.push(path);
            }
            many::Found::Many(several) if Path::new(text).is_dir() => {
                names.extend(several.iter().map(|p| name(p)));
                paths.extend(several);
            }
            many::Found::Many(several) => {
                names.push(text.clone());
                paths.extend(several);
            }
        }
    }
    let given = if let [one] = texts { Some(one.as_str()) } else { None };
    let source = match paths.as_slice() {
        [one] => formats::open_with(one, options)?,
        _ => many::open(paths, given)?,
    };
    Ok((source, names))
}

/// Whether a text names data that are there: a path, a pattern that matches, an entry of a catalogue.
#[must_use]
pub fn names_data(text: &str) -> bool {
    let matches = || text.contains(['*', '?', '[']) && glob::glob(text).is_ok_and(|mut found| found.next().is_some());
    Path::new(text).exists() || catalog::find(text).is_some() || matches()
}

pub(super) fn read(
    source: Arc<dyn Source>,
    inputs: Vec<String>,
    origins: Vec<Origin>,
    options: &OpenOptions,
) -> Result<Opened> {
    let policy = options.policy;
    let source = overrides::apply(source, &options.overrides)?;
    let mut info = source.info().clone();
    let source = fields::unfold(source);
    let source = match &options.mark_missing {
        Some(damage) => Marked::over(source, damage, policy),
        None => source,
    };
    let mut groups = Vec::new();
    let mut parents: Vec<&Group> = Vec::new();
    let named = cf::Named::of(&source.info().root);
    read_tree(&source, &named, policy, &source.info().root, &mut parents, &mut groups, &mut info.warnings);
    Ok(Opened { info, inputs, origins, policy, groups, source: Arc::clone(&source) })
}

fn read_tree<'a>(
    source: &Arc<dyn Source>,
    named: &cf::Named<'_>,
    policy: Policy,
    of: &'a Group,
    parents: &mut Vec<&'a Group>,
    groups: &mut Vec<GroupData>,
    warnings: &mut Vec<String>,
) {
    let (data, said) = group::read(source, named, policy, parents, of);
    groups.extend(data);
    warnings.extend(said);
    parents.push(of);
    for child in &of.groups {
        read_tree(source, named, policy, child, parents, groups, warnings);
    }
    parents.pop();
}

impl Opened {
    /// Which attributes make values missing.
    pub(super) fn policy(&self) -> Policy {
        self.policy
    }

    /// Structure, format, and what was assumed or could not be read.
    #[must_use]
    pub fn info(&self) -> &SourceInfo {
        &self.info
    }

    /// What was asked for: paths, patterns, as they were given.
    #[must_use]
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The files that a group lies in, with the group's path within them; `None` above the entries of a catalogue.
    #[must_use]
    pub fn origin<'a>(&self, group: &'a str) -> Option<(&Origin, &'a str)> {
        let group = group.trim_end_matches('/');
        self.origins.iter().find_map(|origin| {
            let inside = group.strip_prefix(origin.group.as_str())?;
            (inside.is_empty() || inside.starts_with('/') || origin.group.is_empty()).then_some((origin, inside))
        })
    }

    /// Why an entry of a catalogue could not be opened, where a path leads into one that could not.
    fn reason(&self, path: &str) -> Option<&str> {
        let path = path.trim_matches('/');
        self.info.warnings.iter().map(String::as_str).find(|warning| {
            let entry = warning.strip_prefix("entry ").and_then(|rest| rest.split_once(": ")).map(|(entry, _)| entry);
            let leads = |e: &str| path.strip_prefix(e).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let empty =
                |e: &str| self.info.root.group(e).is_some_and(|g| g.variables.is_empty() && g.groups.is_empty());
            entry.is_some_and(|e| leads(e) && empty(e))
        })
    }

    /// All groups, parents first.
    #[must_use]
    pub fn groups(&self) -> &[GroupData] {
        &self.groups
    }

    /// Where the values come from.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// The dataset of a group (`/` or empty for the root).
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) naming the groups there are.
    pub fn dataset(&self, group: &str) -> Result<&Dataset> {
        let wanted = group.trim_matches('/');
        if let Some(reason) = self.reason(wanted) {
            return Err(Error::not_found(format!("no data in {group}")).hint(reason).at(&self.info.path));
        }
        self.groups.iter().find(|g| g.path.trim_matches('/') == wanted).map(|g| &g.dataset).ok_or_else(|| {
            let names: Vec<_> = self.groups.iter().map(|g| g.path.as_str()).collect();
            Error::not_found(format!("no group {group}"))
                .hint(format!("there are: {}", names.join(", ")))
                .at(&self.info.path)
        })
    }

    /// The metadata of a variable: by its path from the root, or by its name where only one variable has it.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) naming what is most like it, or all that share the name.
    pub fn variable(&self, name: &str) -> Result<&VariableMeta> {
        let root = &self.source.info().root;
        if let Some(var) = root.variable(name) {
            return Ok(var);
        }
        let all = || root.walk().flat_map(|g| &g.variables);
        let paths = |list: &mut dyn Iterator<Item = &VariableMeta>| {
            list.map(|v| v.path.as_str()).collect::<Vec<_>>().join(", ")
        };
        let mut same = all().filter(|v| v.name == name);
        match (same.next(), same.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(Error::invalid(format!("several variables are named {name}"))
                .hint(format!("give one by its path: {}", paths(&mut all().filter(|v| v.name == name))))
                .at(&self.info.path)),
            (None, _) => {
                let by_name = nearest(name, all().map(|v| v.name.as_str())).map(|n| all().filter(move |v| v.name == n));
                let hint = match by_name {
                    _ if self.reason(name).is_some() => self.reason(name).unwrap_or_default().to_owned(),
                    Some(mut near) => format!("did you mean {}?", paths(&mut near)),
                    None if all().count() == 0 => "there is none in it".to_owned(),
                    None if all().count() > 30 => "graticule info lists them".to_owned(),
                    None => format!("there are: {}", paths(&mut all())),
                };
                Err(Error::not_found(format!("no variable {name}")).hint(hint).at(&self.info.path))
            }
        }
    }

    /// The group whose dataset holds a variable, and the variable's name in it. Labels of dimensions are held as axes,
    /// not as variables; [`Opened::alone`] gives those too.
    ///
    /// # Errors
    /// As [`Opened::variable`], and [`NotFound`](crate::model::ErrorKind::NotFound) for what decoding left out.
    pub fn locate(&self, path: &str) -> Result<(&GroupData, String)> {
        let meta = self.variable(path)?;
        let parent = meta.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let holds = |g: &&GroupData| {
            (g.path == meta.path || g.path.trim_matches('/') == parent.trim_matches('/'))
                && g.dataset.var(&meta.name).is_some()
        };
        self.groups.iter().find(holds).map(|g| (g, meta.name.clone())).ok_or_else(|| {
            Error::not_found(format!("{} holds the labels of a dimension, or was left out", meta.path))
                .at(&self.info.path)
        })
    }

    /// A dataset of one variable and its axes, labels among them: decoded, or as it stands on disk.
    ///
    /// # Errors
    /// As [`Opened::variable`], and what decoding finds wrong.
    pub fn alone(&self, path: &str, raw: bool) -> Result<(Dataset, String)> {
        let meta = self.variable(path)?;
        let (node, attrs) = if raw {
            (decode::raw(&self.source, meta)?, meta.attrs.clone())
        } else {
            let mut decoded = decode::variable(&self.source, meta, self.policy)
                .map_err(|e| e.within(&meta.path).at(&self.info.path))?;
            let siblings = self.source.info().root.walk().filter(|g| g.variables.iter().any(|v| v.path == meta.path));
            time::inherit(&mut decoded.attrs, meta, siblings.flat_map(|g| &g.variables));
            (decoded.node, decoded.attrs)
        };
        let parent = meta.path.rsplit_once('/').map_or("", |(parent, _)| parent).trim_matches('/');
        let own = |g: &&GroupData| g.path == meta.path || g.path.trim_matches('/') == parent;
        let axes = meta.dims.iter().zip(&meta.shape).map(|(dim, &size)| {
            let axis = self.groups.iter().filter(own).find_map(|g| g.dataset.axis(dim));
            axis.filter(|a| a.values.len() == size).cloned().unwrap_or_else(|| crate::plan::Axis::index(dim, size))
        });
        let mut dataset = Dataset { axes: axes.collect(), ..Dataset::default() };
        dataset.vars.push(Var { name: meta.name.clone(), node, attrs, role: Role::Data });
        Ok((dataset, meta.name.clone()))
    }
}
