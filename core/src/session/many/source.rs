//! The joined files as one source.

use super::convert::filled;
use super::files::Files;
use super::heads::{Head, is_coordinate, labelled};
use super::labels::Meaning;
use super::merge::{self, Joint, Plan};
use super::order::{self, Order};
use crate::cf::{Packing, TimeUnits};
use crate::model::{Block, DType, Data, Error, Group, Region, Result, Source, SourceInfo, Span, VariableMeta};
use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Several files as one. Reads only those that a region touches.
pub(super) struct Combined {
    info: SourceInfo,
    files: Files,
    plans: HashMap<String, Plan>,
    /// The joined labels, which are held in memory.
    labels: HashMap<String, Block>,
}

impl Combined {
    /// Joins files whose order is known. Fails where their structures do not fit together.
    pub(super) fn new(heads: &[Head], order: Order, given: Option<&str>) -> Result<Self> {
        let first = order.files.first().and_then(|&f| heads.get(f)).ok_or_else(|| Error::internal("no file"))?;
        let mut root = Group::clone(&first.root);
        for &file in order.files.iter().skip(1) {
            heads.get(file).filter(|h| h.root != first.root).iter().for_each(|h| merge::unite(&mut root, &h.root));
        }
        let mut warnings = order.warnings;
        warnings.extend(inherited(heads));
        let mut labels = HashMap::new();
        let mut joint = None;
        if let Some(path) = &order.along {
            let lengths = order.files.iter().map(|&f| order::labels(heads, f, path).map(super::labels::Labels::len));
            let (group, dim) = labelled(path);
            let lengths: Vec<usize> = lengths.collect::<Result<_>>()?;
            let total = lengths.iter().sum();
            let group_path = if group.is_empty() { "/" } else { group };
            resize(&mut root, group_path, dim, total);
            if let Some(var) = variable_mut(&mut root, path).filter(|v| is_coordinate(v)) {
                labels.insert(path.clone(), joined(heads, &order.files, path, var)?);
            }
            joint = Some(Joint { group: format!("{group}/"), dim: dim.to_owned(), lengths });
        }
        let mut plans = HashMap::new();
        each_group(&mut root, &mut |group| {
            let mut kept = Vec::new();
            for mut var in std::mem::take(&mut group.variables) {
                if !labels.contains_key(&var.path) {
                    match merge::plan(heads, &order.files, joint.as_ref(), &mut var, &mut warnings)? {
                        Some(plan) => drop(plans.insert(var.path.clone(), plan)),
                        None => continue,
                    }
                }
                kept.push(var);
            }
            group.variables = kept;
            Ok(())
        })?;
        let info = SourceInfo {
            format: first.format,
            path: named(heads, &order.files, given),
            identity: identity(heads, &order.files),
            root,
            warnings,
        };
        let files = Files::new(heads.iter().map(|h| (h.path.clone(), h.identity.clone())).collect());
        Ok(Self { info, files, plans, labels })
    }

    fn along(&self, path: &str, meta: &VariableMeta, region: &Region, plan: &Plan) -> Result<Block> {
        let Plan::Along { dim, pieces, fill } = plan else { return Err(Error::internal("no pieces")) };
        let wanted = *region.0.get(*dim).ok_or_else(|| Error::internal("a dimension is missing"))?;
        let from = pieces.partition_point(|p| p.start + p.len <= wanted.start);
        let touched = pieces.iter().skip(from).take_while(|p| p.start < wanted.end()).filter(|p| p.len > 0);
        let mut whole: Option<Block> = None;
        for piece in touched {
            let part = wanted.intersect(Span::new(piece.start, piece.len));
            let Some(file) = piece.file.filter(|_| part.len > 0) else { continue };
            let mut inside = region.clone();
            let mut target = Region::all(&region.shape());
            if let (Some(of_file), Some(of_out)) = (inside.0.get_mut(*dim), target.0.get_mut(*dim)) {
                *of_file = Span::new(part.start - piece.start, part.len);
                *of_out = Span::new(part.start - wanted.start, part.len);
            }
            let block = piece.convert.apply(self.files.get(file)?.read(path, &inside)?, &meta.dtype)?;
            if part == wanted {
                return Ok(block);
            }
            let out = match &mut whole {
                Some(out) => out,
                none => none.insert(Block::new(region.shape(), filled(&meta.dtype, region.cells(), *fill))?),
            };
            out.paste(&target, &block, &Region::all(block.shape()))?;
        }
        whole.map_or_else(|| Block::new(region.shape(), filled(&meta.dtype, region.cells(), *fill)), Ok)
    }
}

impl Source for Combined {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        let unknown = || Error::not_found(format!("no variable {path}")).at(&self.info.path);
        let meta = self.info.root.variable(path).ok_or_else(unknown)?;
        region.check(&meta.shape).map_err(|e| e.within(&meta.path).at(&self.info.path))?;
        if let Some(labels) = self.labels.get(&meta.path) {
            return labels.slice(region);
        }
        match self.plans.get(&meta.path).ok_or_else(unknown)? {
            Plan::One(file) => self.files.get(*file)?.read(&meta.path, region),
            plan @ Plan::Along { .. } => self.along(&meta.path, meta, region, plan),
        }
    }

    fn readable(&self, path: &str) -> Result<()> {
        match self.plans.get(path) {
            Some(Plan::One(file)) => self.files.get(*file)?.readable(path),
            // All files are alike; one tells.
            Some(Plan::Along { pieces, .. }) => match pieces.iter().find_map(|piece| piece.file) {
                Some(file) => self.files.get(file)?.readable(path),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    fn notices(&self) -> Vec<String> {
        self.files.notices()
    }

    /// Each file's chunks begin with it, not on the grid of the whole.
    fn decodes_chunks(&self, path: &str) -> bool {
        !matches!(self.plans.get(path), Some(Plan::Along { .. }))
    }

    fn seams(&self, path: &str) -> Option<(usize, Vec<usize>)> {
        match self.plans.get(path)? {
            Plan::One(_) => None,
            Plan::Along { dim, pieces, .. } => Some((*dim, pieces.iter().map(|p| p.start).collect())),
        }
    }
}

/// The labels of all files as one array, in the first file's units where those count time; its description follows.
fn joined(heads: &[Head], order: &[usize], path: &str, var: &mut VariableMeta) -> Result<Block> {
    let all: Vec<_> = order.iter().map(|&f| order::labels(heads, f, path)).collect::<Result<_>>()?;
    let rules = |f: &usize| {
        let v = heads.get(*f).and_then(|h| h.root.variable(path))?;
        let number = |name: &&str| v.attrs.get(name).map(crate::model::AttrValue::numbers);
        let unit = v.attrs.text("units").map(str::to_owned);
        Some((v.dtype.clone(), unit, Packing::USED.iter().map(number).collect::<Vec<_>>()))
    };
    let length = all.iter().map(|l| l.len()).sum::<usize>();
    var.shape = vec![length];
    var.chunks = None;
    var.shards = None;
    let same = order.windows(2).all(|w| rules(&w[0]) == rules(&w[1]));
    if same {
        let mut out = Block::zeros(&var.dtype, vec![length]);
        let mut start = 0;
        for labels in &all {
            let part = Block::new(vec![labels.len()], labels.raw.clone())?;
            out.paste(&Region(vec![Span::new(start, labels.len())]), &part, &Region::all(&[labels.len()]))?;
            start += labels.len();
        }
        return Ok(out);
    }
    let packed = Packing::USED.iter().any(|n| var.attrs.get(n).is_some());
    let mut ticks = Vec::new();
    let mut numbers = Vec::new();
    let mut texts = Vec::new();
    for labels in &all {
        match &labels.meaning {
            Meaning::Time(t, _) => ticks.extend_from_slice(t),
            Meaning::Number(x) => numbers.extend_from_slice(x),
            Meaning::Text(t) => texts.extend(t.iter().cloned()),
        }
    }
    let units = TimeUnits::of(&var.attrs).transpose()?;
    let data = match units {
        Some(units) if !ticks.is_empty() => {
            let whole: Option<Vec<i64>> = ticks.iter().map(|&t| units.encode_int(t)).collect();
            match whole.filter(|_| var.dtype.is_integer() && !packed) {
                Some(whole) => Data::I64(whole),
                None => Data::F64(ticks.iter().map(|&t| units.encode(t)).collect()),
            }
        }
        _ if !texts.is_empty() => Data::Text(texts),
        _ => Data::F64(numbers),
    };
    Packing::USED.iter().for_each(|name| drop(var.attrs.remove(name)));
    var.fill_value = None;
    var.dtype = if matches!(data, Data::Text(_)) { DType::String } else { data.dtype() };
    Block::new(vec![length], data)
}

/// Warnings of the files, each once, and what differs between them.
fn inherited(heads: &[Head]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for warning in heads.iter().flat_map(|h| &h.warnings) {
        if seen.len() < 50 && seen.insert(warning) {
            out.push(warning.clone());
        }
    }
    let list = |names: BTreeSet<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let unequal: BTreeSet<&String> = heads.iter().flat_map(|h| &h.unequal).collect();
    if !unequal.is_empty() {
        out.push(format!("values differ between the files, the first file's are used: {}", list(unequal)));
    }
    let attrs: BTreeSet<&String> = heads.iter().flat_map(|h| &h.attrs_differ).collect();
    if !attrs.is_empty() {
        out.push(format!("attributes differ between the files, the first file's are kept: {}", list(attrs)));
    }
    out
}

fn named(heads: &[Head], order: &[usize], given: Option<&str>) -> String {
    let path = |f: Option<&usize>| f.and_then(|&f| heads.get(f)).map(|h| h.path.display().to_string());
    let ends = || format!("{} … {}", path(order.first()).unwrap_or_default(), path(order.last()).unwrap_or_default());
    format!("{} ({} files)", given.map_or_else(ends, str::to_owned), order.len())
}

fn identity(heads: &[Head], order: &[usize]) -> String {
    let hash = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        order.iter().filter_map(|&f| heads.get(f)).for_each(|h| h.identity.hash(&mut hasher));
        hasher.finish()
    };
    format!("many:{}:{:016x}{:016x}", order.len(), hash(0), hash(1))
}

fn each_group(group: &mut Group, run: &mut dyn FnMut(&mut Group) -> Result<()>) -> Result<()> {
    run(group)?;
    group.groups.iter_mut().try_for_each(|g| each_group(g, run))
}

fn resize(root: &mut Group, path: &str, dim: &str, size: usize) {
    if root.path == path {
        root.dims.iter_mut().filter(|d| d.name == dim).for_each(|d| d.size = size);
    }
    root.groups.iter_mut().for_each(|g| resize(g, path, dim, size));
}

fn variable_mut<'a>(group: &'a mut Group, path: &str) -> Option<&'a mut VariableMeta> {
    if let Some(at) = group.variables.iter().position(|v| v.path == path) {
        return group.variables.get_mut(at);
    }
    group.groups.iter_mut().find_map(|g| variable_mut(g, path))
}
