//! Two datasets brought to the same labels along the dimensions that both have, as xarray aligns them.

use super::labelled;
use crate::model::{Block, DType, Data, Error, Result};
use crate::ops::coords;
use crate::ops::kernel::{Index, Pick};
use crate::plan::{Axis, AxisValues, Dataset, Instr, MapOp, Node, Program};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// For each label of the result its position on either side.
type Positions = (Vec<Option<usize>>, Vec<Option<usize>>);

/// Both datasets with the same labels along all dimensions that both have, but for `except`.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where labels differ and `join` is exact, where they cannot be compared,
/// where some come twice, where dimensions without labels differ in length.
pub(super) fn align(a: &Dataset, b: &Dataset, except: Option<&str>, join: &str) -> Result<(Dataset, Dataset)> {
    let (mut a, mut b) = (a.clone(), b.clone());
    let common: Vec<String> =
        a.axes.iter().map(|x| x.name.clone()).filter(|d| Some(d.as_str()) != except && b.axis(d).is_some()).collect();
    for dim in &common {
        let (own, other) = (a.need_axis(dim)?.clone(), b.need_axis(dim)?.clone());
        if own.values == other.values {
            continue;
        }
        let Some((own_places, other_places)) = places(&own, &other, join)? else { continue };
        let values = merged(&own.values, &other.values, &own_places, &other_places);
        a = reindexed(&a, dim, &own_places, &values)?;
        b = reindexed(&b, dim, &other_places, &values)?;
    }
    let theirs = b.clone();
    labelled(&mut b, &a);
    labelled(&mut a, &theirs);
    Ok((a, b))
}

/// Where each label of the result stands on either side; `None` where nothing is to be done.
fn places(own: &Axis, other: &Axis, join: &str) -> Result<Option<Positions>> {
    let dim = &own.name;
    match (&own.values, &other.values) {
        (AxisValues::Index(_), _) | (_, AxisValues::Index(_)) => {
            let (n, m) = (own.values.len(), other.values.len());
            if n == m {
                return Ok(None);
            }
            Err(Error::invalid(format!(
                "{dim} has {n} positions here and {m} there, and no labels to bring them together"
            ))
            .hint("take the same positions of both with isel"))
        }
        (AxisValues::Number(x), AxisValues::Number(y)) => {
            // Labels that compare equal have one key: the two zeros do.
            let keys = |v: &[f64]| v.iter().map(|&x| order(x + 0.0)).collect::<Vec<_>>();
            joined(dim, &keys(x), &keys(y), join).map(Some)
        }
        (AxisValues::Time { ticks: x, calendar: c }, AxisValues::Time { ticks: y, calendar: d }) if c == d => {
            joined(dim, x, y, join).map(Some)
        }
        (AxisValues::Time { calendar: c, .. }, AxisValues::Time { calendar: d, .. }) => Err(Error::invalid(format!(
            "the dates of {dim} are of the {} calendar here and of the {} calendar there",
            c.name(),
            d.name()
        ))),
        (AxisValues::Text(x), AxisValues::Text(y)) => joined(dim, x, y, join).map(Some),
        _ => Err(Error::invalid(format!("the labels of {dim} are of another kind there"))),
    }
}

/// A number that orders as the label does.
fn order(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn joined<T: Ord + Hash + Clone>(dim: &str, own: &[T], other: &[T], join: &str) -> Result<Positions> {
    let (own_at, other_at) = (table(dim, own)?, table(dim, other)?);
    let labels: Vec<T> = match join {
        "inner" => own.iter().filter(|x| other_at.contains_key(x)).cloned().collect(),
        "left" => own.to_vec(),
        // In ascending order, as pandas sorts a union.
        "outer" => {
            let mut all: Vec<T> = own.iter().chain(other.iter().filter(|y| !own_at.contains_key(y))).cloned().collect();
            all.sort();
            all
        }
        _ => {
            let alone = own.iter().filter(|x| !other_at.contains_key(x)).count();
            let there = other.iter().filter(|y| !own_at.contains_key(y)).count();
            let why = if alone + there == 0 {
                "stand in another order".to_owned()
            } else {
                format!("differ: {alone} only here, {there} only there")
            };
            return Err(Error::invalid(format!("the labels of {dim} {why}"))
                .hint("join=inner keeps those that both have, join=outer all, join=left those that are here"));
        }
    };
    let find = |at: &HashMap<&T, usize>| labels.iter().map(|x| at.get(x).copied()).collect();
    Ok((find(&own_at), find(&other_at)))
}

/// The position of each label.
fn table<'a, T: Ord + Hash>(dim: &str, labels: &'a [T]) -> Result<HashMap<&'a T, usize>> {
    let at: HashMap<&T, usize> = labels.iter().enumerate().map(|(i, x)| (x, i)).collect();
    if at.len() == labels.len() {
        return Ok(at);
    }
    Err(Error::invalid(format!("labels of {dim} come more than once, so that they cannot be brought together"))
        .hint("take one of each first, with groupby or isel"))
}

/// The labels of the result, each from the side that has it.
fn merged(own: &AxisValues, other: &AxisValues, a: &[Option<usize>], b: &[Option<usize>]) -> AxisValues {
    fn pick<T: Clone>(x: &[T], y: &[T], a: &[Option<usize>], b: &[Option<usize>]) -> Vec<T> {
        let one = |(a, b): (&Option<usize>, &Option<usize>)| {
            a.and_then(|i| x.get(i)).or_else(|| b.and_then(|i| y.get(i))).cloned()
        };
        a.iter().zip(b).filter_map(one).collect()
    }
    match (own, other) {
        (AxisValues::Number(x), AxisValues::Number(y)) => AxisValues::Number(x.like(pick(x, y, a, b))),
        (AxisValues::Time { ticks: x, calendar }, AxisValues::Time { ticks: y, .. }) => {
            AxisValues::Time { ticks: pick(x, y, a, b).into(), calendar: *calendar }
        }
        (AxisValues::Text(x), AxisValues::Text(y)) => AxisValues::Text(pick(x, y, a, b).into()),
        (kept, _) => kept.clone(),
    }
}

/// The dataset at these positions along a dimension, which get these labels; values are missing where there is none.
fn reindexed(ds: &Dataset, dim: &str, positions: &[Option<usize>], values: &AxisValues) -> Result<Dataset> {
    let size = ds.need_axis(dim)?.values.len();
    let there: Vec<usize> = positions.iter().map(|p| p.unwrap_or(0)).collect();
    let pick = Pick::of(&there, size);
    if positions.iter().all(Option::is_some) {
        return coords::take(ds, &[(dim.to_owned(), pick)]);
    }
    let mut out = ds.clone();
    for axis in out.axes.iter_mut().filter(|a| a.name == dim) {
        axis.values = values.clone();
        axis.bounds = None;
    }
    let gone = Data::U8(positions.iter().map(|p| u8::from(p.is_none())).collect());
    let mask = Node::literal(vec![dim.to_owned()], Block::new(vec![positions.len()], gone)?)?;
    for var in &mut out.vars {
        let meta = var.node.meta();
        let Some(at) = meta.dim(dim) else { continue };
        if size == 0 {
            return Err(Error::invalid(format!("{dim} has no positions on one side")).hint("join=inner keeps none"));
        }
        let picks = (0..meta.dims.len()).map(|d| if d == at { pick.clone() } else { Pick::All }).collect();
        let index = Node::op(Arc::new(Index::new(meta, picks)), vec![Arc::clone(&var.node)])?;
        var.node = blanked(&index, &mask).map_err(|e| e.within(&var.name))?;
    }
    Ok(out)
}

/// The type that holds these values and missing ones: integers become floats, as in xarray.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) for text, which nothing stands for where it is missing.
pub(super) fn missable(dtype: &DType) -> Result<DType> {
    Ok(match dtype.plain() {
        t if t.is_float() => t,
        t if !t.is_numeric() => {
            return Err(Error::unsupported(format!("{t} would be missing where there is none"))
                .hint("leave it out with select, or join=inner"));
        }
        DType::I8 | DType::U8 | DType::I16 | DType::U16 => DType::F32,
        _ => DType::F64,
    })
}

/// Values made missing where a mask is not 0. Integers become floats, as in xarray.
///
/// # Errors
/// As [`missable`].
pub(crate) fn blanked(node: &Arc<Node>, mask: &Arc<Node>) -> Result<Arc<Node>> {
    let dtype = missable(&node.meta().dtype)?;
    let mut program = Program::default();
    let (value, gone, missing) =
        (program.push(Instr::Load(0)), program.push(Instr::Load(1)), program.push(Instr::Const(f64::NAN)));
    let last = program.push(Instr::Select(gone, missing, value));
    program.finish(last);
    let op = MapOp::new(program, dtype, &[node.meta(), mask.meta()]);
    Node::op(Arc::new(op), vec![Arc::clone(node), Arc::clone(mask)])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{align, order};
    use crate::model::DType;
    use crate::ops::Step;
    use crate::ops::testing::{dataset, values};
    use crate::plan::AxisValues;

    #[test]
    fn numbers_keep_their_order() {
        let sorted = [f64::NEG_INFINITY, -2.5, -0.0 + 0.0, 1e-300, 7.0, f64::INFINITY];
        assert!(sorted.windows(2).all(|w| order(w[0]) < order(w[1])));
    }

    #[test]
    fn labels_meet_as_xarray_joins_them() {
        let ds = dataset();
        let part = |text: &str| Step::parse(text).unwrap().apply(&ds).unwrap();
        let (north, south) = (part("isel lat=0:2"), part("isel lat=1:3"));
        let labels = |join: &str| {
            let (a, b) = align(&north, &south, None, join).unwrap();
            assert_eq!(a.axis("lat"), b.axis("lat"));
            let AxisValues::Number(v) = a.need_axis("lat").unwrap().values.clone() else { unreachable!("numbers") };
            (v.to_vec(), values(&a, "mask"), values(&b, "mask"))
        };
        assert_eq!(labels("inner").0, [30.0]);
        let (outer, a, b) = labels("outer");
        assert_eq!(outer, [0.0, 30.0, 60.0]);
        assert_eq!(a.dtype(), DType::F32);
        assert!(a.to_f64()[..4].iter().all(|x| x.is_nan()) && b.to_f64()[8..].iter().all(|x| x.is_nan()));
        assert_eq!((&a.to_f64()[4..8], &b.to_f64()[4..8]), (&[1.0, 2.0, 0.0, 1.0][..], &[1.0, 2.0, 0.0, 1.0][..]));
        assert_eq!(labels("left").0, [60.0, 30.0]);
        let error = align(&north, &south, None, "exact").unwrap_err().to_string();
        assert!(error.starts_with("the labels of lat differ: 1 only here, 1 only there; join=inner"), "{error}");
        assert!(align(&north, &south, Some("lat"), "exact").is_ok());
        let twice = part("isel lat=0,0,1");
        assert!(align(&twice, &south, None, "inner").unwrap_err().to_string().contains("come more than once"));
        let turned = part("isel lat=::-1");
        assert!(align(&ds, &turned, None, "exact").unwrap_err().to_string().contains("another order"));
    }
}
