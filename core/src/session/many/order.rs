//! Along which dimension the files follow each other, and in which order.

use super::heads::{Head, is_coordinate, labelling};
use super::labels::Labels;
use crate::model::{Error, Result};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// How the files follow each other.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Path of the coordinate variable along whose dimension they are joined; none where they are laid over each other.
    pub(super) along: Option<String>,
    /// Numbers of the files in their order.
    pub(super) files: Vec<usize>,
    pub(super) warnings: Vec<String>,
}

/// Steps so many times longer than the usual one are gaps.
const GAP: f64 = 1.9;

/// Finds dimension and order. Fails, naming two files, where the labels leave no order.
pub(super) fn find(heads: &[Head]) -> Result<Order> {
    let moving: BTreeSet<&String> = heads.iter().skip(1).flat_map(|h| h.labels.keys()).collect();
    let moving: Vec<&String> =
        moving.into_iter().filter(|p| heads.iter().all(|h| labelling(&h.root).any(|v| v.path == ***p))).collect();
    match moving.as_slice() {
        [] => overlaid(heads),
        [one] => along(heads, one),
        several => {
            let names: Vec<&str> = several.iter().map(|p| p.trim_start_matches('/')).collect();
            let differs = heads.iter().skip(1).find(|h| h.labels.len() > 1).or_else(|| heads.get(1));
            Err(Error::unsupported(format!(
                "the labels of several dimensions differ between the files: {}{}",
                names.join(", "),
                differs.map_or_else(String::new, |h| pair(heads, 0, h))
            ))
            .hint("files are joined along one dimension: open those alone that share the labels of all others"))
        }
    }
}

fn pair(heads: &[Head], first: usize, other: &Head) -> String {
    heads.get(first).map_or_else(String::new, |h| format!(" ({} and {})", h.path.display(), other.path.display()))
}

/// Files with the same labels throughout: of use where they hold different variables.
fn overlaid(heads: &[Head]) -> Result<Order> {
    let Some((first, rest)) = heads.split_first() else { return Ok(Order::default()) };
    for other in rest {
        let twice = other.root.walk().flat_map(|g| &g.variables).find(|v| {
            !is_coordinate(v) && !v.dims.is_empty() && first.root.variable(&v.path).is_some_and(|w| w.dims == v.dims)
        });
        if let (Some(var), false) = (twice, other.unequal.is_empty() && other.root == first.root) {
            if other.root.walk().flat_map(|g| &g.variables).all(|v| first.root.variable(&v.path).is_some()) {
                return Err(no_order(first, other, &var.path));
            }
        } else if let Some(var) = twice {
            return Err(no_order(first, other, &var.path));
        }
    }
    Ok(Order { along: None, files: (0..heads.len()).collect(), warnings: Vec::new() })
}

fn no_order(first: &Head, other: &Head, path: &str) -> Error {
    Error::invalid(format!(
        "{} and {} both hold {path} at the same labels: nothing tells in which order they follow",
        first.path.display(),
        other.path.display()
    ))
    .hint("the files need a coordinate variable whose labels differ, such as time")
}

fn along(heads: &[Head], path: &str) -> Result<Order> {
    let mut order = Order { along: Some(path.to_owned()), ..Order::default() };
    let name = path.trim_start_matches('/');
    let mut direction: Option<(usize, Ordering)> = None;
    let mut usable = Vec::new();
    for (i, head) in heads.iter().enumerate() {
        let labels = labels(heads, i, path)?;
        let first = labels_of_first(heads, path)?;
        let (a, b) = (labels.meaning.calendar(), first.meaning.calendar());
        if a != b {
            let say = |c: Option<crate::model::calendar::Calendar>| c.map_or("none", |c| c.name());
            return Err(Error::invalid(format!(
                "{name} is in calendar {} in one file and in {} in another{}",
                say(b),
                say(a),
                pair(heads, 0, head)
            ))
            .hint("files of different calendars cannot be joined"));
        }
        match labels.meaning.direction(labels.len()) {
            Err(at) => {
                return Err(Error::invalid(format!(
                    "the labels of {name} neither rise nor fall all along: {} is followed by {}",
                    labels.meaning.show(at - 1),
                    labels.meaning.show(at)
                ))
                .at(&head.path));
            }
            Ok(Some(it)) => match direction {
                Some((of, other)) if other != it => {
                    return Err(Error::invalid(format!(
                        "{name} rises in one file and falls in another{}",
                        pair(heads, of, head)
                    )));
                }
                _ => direction = Some((i, it)),
            },
            Ok(None) if labels.len() == 0 => {
                order.warnings.push(format!("{} holds nothing along {name}: left aside", head.path.display()));
                continue;
            }
            Ok(None) if labels.meaning.order(0, &labels.meaning, 0).is_none() => {
                return Err(Error::invalid(format!("the label of {name} is missing")).at(&head.path));
            }
            Ok(None) => {}
        }
        usable.push((i, labels));
    }
    if usable.is_empty() {
        return Err(Error::invalid(format!("no file holds anything along {name}")));
    }
    let ahead = direction.map_or(Ordering::Less, |(_, d)| d);
    usable.sort_by(|(_, a), (_, b)| {
        let by = a.meaning.order(0, &b.meaning, 0).unwrap_or(Ordering::Equal);
        if ahead == Ordering::Less { by } else { by.reverse() }
    });
    seams(heads, name, ahead, &usable, &mut order.warnings)?;
    order.files = usable.into_iter().map(|(i, _)| i).collect();
    Ok(order)
}

/// Checks that each file begins after the one before ends; tells of gaps.
fn seams(
    heads: &[Head],
    name: &str,
    ahead: Ordering,
    usable: &[(usize, &Labels)],
    warnings: &mut Vec<String>,
) -> Result<()> {
    let mut steps: Vec<f64> = Vec::new();
    let mut seams = Vec::new();
    for (_, labels) in usable {
        steps.extend((1..labels.len()).filter_map(|i| labels.meaning.distance(i - 1, &labels.meaning, i)));
    }
    for two in usable.windows(2) {
        let [(i, a), (j, b)] = two else { continue };
        let last = a.len() - 1;
        if a.meaning.order(last, &b.meaning, 0) != Some(ahead) {
            let paths = [i, j].map(|&k| heads.get(k).map(|h| h.path.display().to_string()).unwrap_or_default());
            return Err(Error::invalid(format!(
                "{name} has no monotonic global indexes: {} ends at {}, {} begins at {}",
                paths[0],
                a.meaning.show(last),
                paths[1],
                b.meaning.show(0)
            ))
            .hint("the files overlap: leave one of them out, or cut it"));
        }
        if let Some(step) = a.meaning.distance(last, &b.meaning, 0) {
            steps.push(step);
            seams.push((step, a.meaning.show(last), b.meaning.show(0)));
        }
    }
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(f64::INFINITY);
    let gaps: Vec<_> = seams.iter().filter(|(step, _, _)| *step > GAP * usual).collect();
    warnings.extend(gaps.iter().take(5).map(|(_, a, b)| format!("{name}: a gap between {a} and {b}")));
    if gaps.len() > 5 {
        warnings.push(format!("{name}: {} more gaps", gaps.len() - 5));
    }
    Ok(())
}

fn labels_of_first<'a>(heads: &'a [Head], path: &str) -> Result<&'a Labels> {
    let first = heads.first().and_then(|h| h.labels.get(path));
    first.ok_or_else(|| Error::invalid(format!("the labels of {path} cannot be read in the first file")))
}

/// The labels of a file: its own, or the first file's where they are the same.
pub(super) fn labels<'a>(heads: &'a [Head], file: usize, path: &str) -> Result<&'a Labels> {
    match heads.get(file).and_then(|h| h.labels.get(path)) {
        Some(own) => Ok(own),
        None => labels_of_first(heads, path),
    }
}
