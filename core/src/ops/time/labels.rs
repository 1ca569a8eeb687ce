//! Which group each position belongs to: parts of the date, or the values of a coordinate.

use super::parts::{self, PARTS};
use crate::model::calendar::Calendar;
use crate::model::{DType, Data, Error, Result};
use crate::ops::kernel::Groups;
use crate::ops::params::{number, wrong};
use crate::ops::{Value, nearest, python, read};
use crate::plan::{AxisValues, Dataset, Numbers};
use std::sync::Arc;

/// Positions of one dimension sorted into groups.
#[derive(Debug)]
pub(super) struct Labelling {
    /// The dimension.
    pub(super) dim: String,
    /// The name of the groups' dimension.
    pub(super) name: String,
    pub(super) groups: Groups,
    /// The label of each group, ascending.
    pub(super) values: AxisValues,
    /// The edges of bins.
    pub(super) bounds: Option<Arc<[[f64; 2]]>>,
    /// xarray's call, as Python: `groupby("time.month")`.
    pub(super) python: String,
    /// The dimensions of a variable of several, which are laid out as `dim`; else none.
    pub(super) stacked: Vec<String>,
}

/// The dimension of the dates.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) where there is none, [`Invalid`](crate::model::ErrorKind::Invalid)
/// where there are several and none is named.
pub(super) fn dates<'a>(ds: &'a Dataset, dim: Option<&str>) -> Result<(&'a str, &'a [i64], Calendar)> {
    let found: Vec<_> = ds
        .axes
        .iter()
        .filter(|a| dim.is_none_or(|d| d == a.name))
        .filter_map(|a| match &a.values {
            AxisValues::Time { ticks, calendar } => Some((a.name.as_str(), &ticks[..], *calendar)),
            _ => None,
        })
        .collect();
    match found.as_slice() {
        [one] if one.1.contains(&i64::MIN) => Err(Error::invalid(format!("{} has missing dates", one.0))),
        [one] => Ok(*one),
        [] => Err(Error::not_found(match dim {
            Some(dim) => format!("the labels of {dim} are not dates"),
            None => "no dimension has dates".to_owned(),
        })),
        many => {
            let names: Vec<_> = many.iter().map(|d| d.0).collect();
            Err(Error::invalid(format!("{} dimensions have dates", many.len()))
                .hint(format!("say dim={}", names.join(" or dim="))))
        }
    }
}

/// Groups by a part of the date.
///
/// # Errors
/// As [`dates`].
pub(super) fn by_part(ds: &Dataset, part: &str, dim: Option<&str>) -> Result<Labelling> {
    let (dim, ticks, calendar) = dates(ds, dim)?;
    let keys: Vec<i64> = ticks.iter().map(|&t| parts::part(part, t, calendar)).collect();
    let (labels, unique) = rank(&keys, i64::cmp);
    let values = if part == "season" {
        AxisValues::Text(unique.iter().map(|&k| parts::season(k)).collect())
    } else {
        AxisValues::Number(Numbers::of(unique.iter().map(|&k| k as f64).collect::<Vec<f64>>(), &DType::I64))
    };
    Ok(Labelling {
        dim: dim.to_owned(),
        name: part.to_owned(),
        groups: Groups::new(labels, unique.len()),
        values,
        bounds: None,
        python: parts::grouping(part, dim, calendar)?,
        stacked: Vec::new(),
    })
}

/// The name of several dimensions laid out as one while their positions are sorted into groups.
pub(super) const TOGETHER: &str = "positions to group";

/// Groups by the values of a coordinate; missing values belong to no group.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) for a name that is nothing, [`Invalid`](crate::model::ErrorKind::Invalid)
/// for a variable without dimensions.
pub(super) fn by_values(ds: &Dataset, name: &str) -> Result<Labelling> {
    let mut stacked = Vec::new();
    let (dim, values) = match (ds.axis(name), ds.var(name)) {
        (Some(axis), _) => (axis.name.clone(), axis.values.clone()),
        (None, Some(var)) => {
            let dim = match var.node.meta().dims.as_slice() {
                [] => return Err(Error::invalid(format!("{name} has no dimension")).hint("it makes no groups")),
                [dim] => dim.clone(),
                many => {
                    stacked = many.to_vec();
                    TOGETHER.to_owned()
                }
            };
            let values = match read::values(&var.node)? {
                Data::Text(words) => AxisValues::Text(words.into()),
                numbers => AxisValues::Number(Numbers::of(numbers.to_f64(), &numbers.dtype())),
            };
            (dim, values)
        }
        (None, None) => {
            let known: Vec<&str> = PARTS.iter().copied().chain(ds.vars.iter().map(|v| v.name.as_str())).collect();
            let error = Error::not_found(format!("nothing called {name} to group by"));
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint(format!("there are: {}", known.join(", "))),
            });
        }
    };
    let (labels, values) = match &values {
        AxisValues::Index(n) => ((0..*n).filter_map(|i| u32::try_from(i).ok()).collect(), AxisValues::Index(*n)),
        AxisValues::Number(v) => {
            let there: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
            let (_, unique) = rank(&there, f64::total_cmp);
            let place = |x: &f64| unique.binary_search_by(|u| u.total_cmp(x)).ok().and_then(|i| u32::try_from(i).ok());
            (v.iter().map(|x| place(x).unwrap_or(Groups::NONE)).collect(), AxisValues::Number(v.like(unique)))
        }
        AxisValues::Time { ticks, calendar } => {
            let (labels, unique) = rank(ticks, i64::cmp);
            (labels, AxisValues::Time { ticks: unique.into(), calendar: *calendar })
        }
        AxisValues::Text(words) => {
            let (labels, unique) = rank(words, String::cmp);
            (labels, AxisValues::Text(unique.into()))
        }
    };
    let (labels, values) = match ds.axis(name) {
        Some(_) => in_order(labels, values),
        None => (labels, values),
    };
    let groups = Groups::new(labels, values.len());
    let python = format!("groupby({})", python::quote(name));
    Ok(Labelling { dim, name: name.to_owned(), groups, values, bounds: None, python, stacked })
}

/// Labels of a dimension that descend, each a group of its own, stay as they come, as in xarray.
fn in_order(labels: Vec<u32>, values: AxisValues) -> (Vec<u32>, AxisValues) {
    if labels.len() != values.len() || !labels.is_sorted_by(|a, b| a > b) {
        return (labels, values);
    }
    let turned: Vec<usize> = (0..values.len()).rev().collect();
    (labels.into_iter().rev().collect(), values.take(&turned))
}

/// Groups of numbers gathered into bins between edges; numbers outside belong to none.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for edges that do not ascend and for labels that are no numbers.
pub(super) fn into_bins(by: Labelling, bins: &Value, right: bool) -> Result<Labelling> {
    let edges: Vec<f64> = bins
        .items()
        .into_iter()
        .map(number)
        .collect::<Option<Vec<_>>>()
        .filter(|e| e.len() > 1 && e.windows(2).all(|w| w[0] < w[1]))
        .ok_or_else(|| wrong("bins", "ascending numbers", bins).hint("bins=0,10,20 makes two bins"))?;
    let keys: Vec<f64> = match &by.values {
        AxisValues::Number(v) => v.to_vec(),
        AxisValues::Index(n) => (0..*n).map(|i| i as f64).collect(),
        AxisValues::Time { .. } => return Err(Error::invalid(format!("the labels of {} are dates", by.name))),
        AxisValues::Text(_) => return Err(Error::invalid(format!("the labels of {} are names", by.name))),
    };
    // So many edges lie below: the bin's number is one less.
    let bin = |x: f64| edges.partition_point(|&e| if right { e < x } else { e <= x }).checked_sub(1);
    let count = edges.len() - 1;
    let of: Vec<u32> = keys
        .iter()
        .map(|&x| bin(x).filter(|b| *b < count).and_then(|b| u32::try_from(b).ok()).unwrap_or(Groups::NONE))
        .collect();
    let labels = by.groups.labels().iter().map(|&l| of.get(l as usize).copied().unwrap_or(Groups::NONE)).collect();
    let bounds: Vec<[f64; 2]> = edges.windows(2).map(|w| [w[0], w[1]]).collect();
    let middles: Vec<f64> = bounds.iter().map(|[a, b]| (a + b) / 2.0).collect();
    let list = |v: &[f64]| format!("[{}]", v.iter().map(|&x| python::number(x)).collect::<Vec<_>>().join(", "));
    let side = if right { "" } else { ", right=False" };
    let key = by.python.strip_prefix("groupby(").and_then(|k| k.strip_suffix(')')).unwrap_or_default();
    let python = format!("groupby_bins({key}, {}{side}, labels={})", list(&edges), list(&middles));
    Ok(Labelling {
        dim: by.dim,
        name: format!("{}_bins", by.name),
        groups: Groups::new(labels, count),
        values: AxisValues::Number(middles.into()),
        bounds: Some(bounds.into()),
        python,
        stacked: by.stacked,
    })
}

/// The place of each value among the unique values in order, and those.
fn rank<T: Clone + PartialEq>(values: &[T], order: impl Fn(&T, &T) -> std::cmp::Ordering) -> (Vec<u32>, Vec<T>) {
    let mut unique = values.to_vec();
    unique.sort_by(&order);
    unique.dedup();
    let place = |v: &T| unique.binary_search_by(|u| order(u, v)).ok().and_then(|i| u32::try_from(i).ok());
    (values.iter().map(|v| place(v).unwrap_or(Groups::NONE)).collect(), unique)
}
