//! What each variable of the joined dataset is made of: pieces of which files, turned how.

use super::convert::Convert;
use super::heads::{Head, is_coordinate};
use crate::cf::{Packing, Policy, TimeUnits, bounds};
use crate::model::{DType, Error, Group, Result, VariableMeta};

/// Where the values of a variable come from.
#[derive(Debug)]
pub(super) enum Plan {
    /// One file alone.
    One(usize),
    /// Pieces along dimension `dim`, one after the other without holes.
    Along { dim: usize, pieces: Vec<Piece>, fill: Option<f64> },
}

/// What one file gives.
#[derive(Debug)]
pub(super) struct Piece {
    /// `None` where the file lacks the variable.
    pub(super) file: Option<usize>,
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) convert: Convert,
}

/// The dimension along which files are joined.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    /// Path of the group it belongs to, with a slash at the end.
    pub(super) group: String,
    pub(super) dim: String,
    /// Lengths in the order of the files.
    pub(super) lengths: Vec<usize>,
}

impl Joint {
    /// The place of the dimension among those of a variable.
    pub(super) fn of(&self, var: &VariableMeta) -> Option<usize> {
        var.path.starts_with(&self.group).then(|| var.dims.iter().position(|d| *d == self.dim)).flatten()
    }
}

/// Adds to a group what another file has beyond it.
pub(super) fn unite(into: &mut Group, from: &Group) {
    for dim in &from.dims {
        if !into.dims.iter().any(|d| d.name == dim.name) {
            into.dims.push(dim.clone());
        }
    }
    for var in &from.variables {
        if !into.variables.iter().any(|v| v.name == var.name) {
            into.variables.push(var.clone());
        }
    }
    for group in &from.groups {
        match into.groups.iter_mut().find(|g| g.name == group.name) {
            Some(same) => unite(same, group),
            None => into.groups.push(group.clone()),
        }
    }
}

/// Finds the pieces of a variable, and makes its description that of the whole. `order`: the files. Fails, naming two
/// files and the dimension, where other lengths differ; gives `None` (with a warning) where the types cannot be joined.
pub(super) fn plan(
    heads: &[Head],
    order: &[usize],
    joint: Option<&Joint>,
    meta: &mut VariableMeta,
    warnings: &mut Vec<String>,
) -> Result<Option<Plan>> {
    let found: Vec<(usize, Option<&VariableMeta>)> =
        order.iter().map(|&f| (f, heads.get(f).and_then(|h| h.root.variable(&meta.path)))).collect();
    let Some(holder) = found.iter().find(|(_, v)| v.is_some()).map(|(f, _)| *f) else { return Ok(None) };
    let dim = joint.and_then(|j| j.of(meta));
    for (file, var) in found.iter().filter_map(|(f, v)| v.map(|v| (*f, v))) {
        fits(heads, (holder, meta), (file, var), dim)?;
    }
    let (Some(dim), Some(joint)) = (dim, joint) else { return Ok(Some(Plan::One(holder))) };
    let Some(converts) = converts(heads, &found, meta, warnings) else { return Ok(None) };
    let lacking = found.iter().filter(|(_, v)| v.is_none()).count();
    let mut fill = meta.attrs.number("_FillValue").or_else(|| meta.attrs.number("missing_value"));
    if meta.dtype.is_float() {
        fill = fill.or(Some(f64::NAN));
    }
    if lacking > 0 {
        warnings.push(format!("{}: {lacking} of {} files lack it: missing values there", meta.path, found.len()));
    }
    let mut start = 0;
    let mut pieces = Vec::with_capacity(found.len());
    for (((file, var), convert), &len) in found.iter().zip(converts).zip(&joint.lengths) {
        pieces.push(Piece { file: var.map(|_| *file), start, len, convert });
        start += len;
    }
    let first = joint.lengths.first().copied().unwrap_or(1).max(1);
    let mut chunks = meta.chunk_shape();
    if let (Some(size), Some(chunk)) = (meta.shape.get_mut(dim), chunks.get_mut(dim)) {
        *size = start;
        *chunk = (*chunk).min(first);
    }
    let whole =
        meta.shards.as_ref().and_then(|s| s.get(dim)).is_some_and(|&s| joint.lengths.iter().all(|l| l % s == 0));
    meta.chunks = Some(chunks);
    meta.shards = meta.shards.take().filter(|_| whole);
    Ok(Some(Plan::Along { dim, pieces, fill }))
}

fn fits(heads: &[Head], a: (usize, &VariableMeta), b: (usize, &VariableMeta), joined: Option<usize>) -> Result<()> {
    let name = |file: usize| heads.get(file).map(|h| h.path.display().to_string()).unwrap_or_default();
    if a.1.dims != b.1.dims {
        return Err(Error::invalid(format!(
            "{} has the dimensions ({}) in {} and ({}) in {}",
            a.1.path,
            a.1.dims.join(", "),
            name(a.0),
            b.1.dims.join(", "),
            name(b.0)
        ))
        .hint("open files of one structure together"));
    }
    for (d, (dim, (m, n))) in a.1.dims.iter().zip(a.1.shape.iter().zip(&b.1.shape)).enumerate() {
        if m != n && joined != Some(d) {
            return Err(Error::invalid(format!(
                "dimension {dim} of {} has {m} positions in {} and {n} in {}",
                a.1.path,
                name(a.0),
                name(b.0)
            ))
            .hint("files are joined along one dimension: all others must be equally long"));
        }
    }
    Ok(())
}

/// How the values of each file are turned, and into which type and attributes.
fn converts(
    heads: &[Head],
    found: &[(usize, Option<&VariableMeta>)],
    meta: &mut VariableMeta,
    warnings: &mut Vec<String>,
) -> Option<Vec<Convert>> {
    let format = |file: usize| heads.get(file).map_or("", |h| h.format);
    let held: Vec<(usize, &VariableMeta)> = found.iter().filter_map(|(f, v)| v.map(|v| (*f, v))).collect();
    let lacking = held.len() < found.len();
    let spread = |make: &dyn Fn(usize, &VariableMeta) -> Convert| -> Vec<Convert> {
        found.iter().map(|(f, v)| v.map_or(Convert::Keep, |v| make(*f, v))).collect()
    };
    if held.iter().any(|(_, v)| v.dtype.is_numeric() != meta.dtype.is_numeric()) {
        warnings.push(format!("{}: numbers in some files, not in others: left aside", meta.path));
        return None;
    }
    if !meta.dtype.is_numeric() {
        return Some(spread(&|_, _| Convert::Keep));
    }
    let packing = |f: usize, v: &VariableMeta| Packing::of(v, format(f), Policy::Full);
    if let Some(texts) = recounted(heads, &held) {
        let units: Option<Vec<TimeUnits>> = texts.into_iter().map(Result::ok).collect();
        let Some(units) = units.filter(|u| u.windows(2).all(|w| w[0].calendar == w[1].calendar)) else {
            warnings.push(format!("{}: its times cannot be brought to one unit: left aside", meta.path));
            return None;
        };
        let to = units.first()?.clone();
        let mut from = units.into_iter();
        let all = found.iter().map(|(f, v)| {
            v.zip(from.by_ref().take(usize::from(v.is_some())).next()).map_or(Convert::Keep, |(v, from)| {
                Convert::Recount { packing: Box::new(packing(*f, v)), from: Box::new(from), to: Box::new(to.clone()) }
            })
        });
        let all = all.collect();
        decoded(meta, DType::F64);
        return Some(all);
    }
    let packings: Vec<Packing> = held.iter().map(|(f, v)| packing(*f, v)).collect();
    let first = packings.first()?.clone();
    let rules = |p: &Packing| (p.reinterpret, p.scale, p.offset, p.masks.iter().map(|m| m.test).collect::<Vec<_>>());
    let fills = |v: &VariableMeta| (v.attrs.number("_FillValue"), v.attrs.number("missing_value"));
    let same_rules = packings.iter().all(|p| rules(p) == rules(&first));
    let one_type = held.iter().all(|(_, v)| v.dtype == meta.dtype);
    let fillable = !lacking || meta.dtype.is_float() || fills(meta) != (None, None);
    if same_rules && one_type && fillable {
        return Some(spread(&|_, _| Convert::Keep));
    }
    if same_rules && first.is_identity() && !lacking {
        let dtype = held.iter().fold(meta.dtype.plain(), |t, (_, v)| t.promote(&v.dtype));
        warnings.push(format!("{}: of different types in the files, read as {dtype}", meta.path));
        meta.dtype = dtype;
        meta.fill_value = None;
        return Some(spread(&|_, _| Convert::Cast));
    }
    let dtype = packings.iter().fold(first.decoded.clone(), |t, p| t.promote(&p.decoded));
    let dtype = match (dtype.is_float(), dtype.size()) {
        (true, _) => dtype,
        (false, 1 | 2) => DType::F32,
        _ => DType::F64,
    };
    if !same_rules {
        warnings.push(format!("{}: packed or masked differently in the files, read decoded as {dtype}", meta.path));
    }
    decoded(meta, dtype);
    Some(spread(&|f, v| Convert::Decode(Box::new(packing(f, v)))))
}

/// The units of each file, where they are times and not counted the same way in all of them. Bounds without units have
/// those of the variable that names them.
fn recounted(heads: &[Head], held: &[(usize, &VariableMeta)]) -> Option<Vec<Result<TimeUnits>>> {
    let attrs = |(file, var): &(usize, &VariableMeta)| {
        if var.attrs.text("units").is_some() {
            return Some(var.attrs.clone());
        }
        let root = &heads.get(*file)?.root;
        let names = |v: &&VariableMeta| {
            is_coordinate(v)
                && (bounds(&v.attrs) == Some(var.name.as_str())
                    || v.attrs.text("climatology") == Some(var.name.as_str()))
        };
        root.walk().flat_map(|g| &g.variables).find(names).map(|v| v.attrs.clone())
    };
    let all: Vec<_> = held.iter().map(attrs).collect::<Option<_>>()?;
    let key =
        |a: &crate::model::Attrs| (a.text("units").map(str::to_owned), a.text("calendar").map(str::to_ascii_lowercase));
    let differ = all.windows(2).any(|w| key(&w[0]) != key(&w[1]));
    let units: Vec<_> = all.iter().map(TimeUnits::of).collect::<Option<_>>()?;
    differ.then_some(units)
}

/// The description of what is read decoded: floats in which NaN is missing.
fn decoded(meta: &mut VariableMeta, dtype: DType) {
    meta.dtype = dtype;
    meta.fill_value = None;
    let limits = ["valid_range", "valid_min", "valid_max"];
    Packing::USED.iter().chain(&limits).for_each(|name| drop(meta.attrs.remove(name)));
}
