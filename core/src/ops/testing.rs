//! For tests only: literal nodes, and an evaluator that computes a node in one piece and again in small pieces.

use crate::model::calendar::{Calendar, DateTime};
use crate::model::{AttrValue, Attrs, Block, Data, Error, Region, Result};
use crate::ops::{Functions, Other, Scope, Step};
use crate::plan::{Axis, AxisValues, Dataset, Node, NodeKind, Role, Var};
use std::sync::Arc;

/// A literal node.
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
pub(crate) fn cube(dims: &[&str], shape: &[usize], data: Data) -> Arc<Node> {
    let dims = dims.iter().map(|&d| d.to_owned()).collect();
    Node::literal(dims, Block::new(shape.to_vec(), data).unwrap()).unwrap()
}

/// The whole of a node. It is computed in one piece, in pieces of one and of two cells along each dimension, and, for
/// reductions, streamed in parts merged in order; an error says where any of them differs.
#[cfg(test)]
pub(crate) fn everywhere(node: &Arc<Node>) -> Result<Block> {
    let shape = node.meta().shape.clone();
    let whole = evaluate(node, &Region::all(&shape), false)?;
    for (size, streamed) in [(1, false), (2, false), (2, true), (usize::MAX, true)] {
        let mut pieces = Block::zeros(&whole.data().dtype(), shape.clone());
        let chunk: Vec<usize> = shape.iter().map(|&n| size.clamp(1, n.max(1))).collect();
        for piece in Region::all(&shape).chunks(&chunk, &shape) {
            let block = evaluate(node, &piece, streamed)?;
            pieces.paste(&piece, &block, &Region::all(&piece.shape()))?;
        }
        if !alike(&whole, &pieces, streamed) {
            return Err(Error::internal(format!(
                "pieces of {size} (streamed: {streamed}) differ: {whole:?} {pieces:?}"
            )));
        }
    }
    Ok(whole)
}

/// The whole of a node in one piece.
pub(crate) fn whole(node: &Arc<Node>) -> Result<Block> {
    evaluate(node, &Region::all(&node.meta().shape), false)
}

/// Equal to the last bit, or, where sums were made in another order, to 13 digits.
#[cfg(test)]
fn alike(a: &Block, b: &Block, loosely: bool) -> bool {
    let close =
        |x: f64, y: f64| (x.is_nan() && y.is_nan()) || x == y || (loosely && (x - y).abs() <= 1e-13 * x.abs().max(1.0));
    let float = a.data().dtype().is_float();
    a.shape() == b.shape()
        && if float {
            a.data().to_f64().iter().zip(b.data().to_f64()).all(|(&x, y)| close(x, y))
        } else {
            a.data() == b.data()
        }
}

fn evaluate(node: &Arc<Node>, region: &Region, streamed: bool) -> Result<Block> {
    let block = match node.kind() {
        NodeKind::Literal(block) => block.slice(region)?,
        NodeKind::Source { source, path } => source.read(path, region)?,
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let regions = op.needs(region, &metas);
            for (r, m) in regions.iter().zip(&metas) {
                r.check(&m.shape)?;
            }
            match op.reduce().filter(|_| streamed && !regions[0].is_empty()) {
                Some(reduce) => {
                    let others: Vec<Block> = node.inputs()[1..]
                        .iter()
                        .zip(&regions[1..])
                        .map(|(n, r)| evaluate(n, r, streamed))
                        .collect::<Result<_>>()?;
                    let others: Vec<(&Region, &Block)> = regions[1..].iter().zip(&others).collect();
                    let mut total = reduce.start(region);
                    let chunk: Vec<usize> = metas[0].shape.iter().map(|&n| n.clamp(1, 2)).collect();
                    for part in regions[0].chunks(&chunk, &metas[0].shape) {
                        if reduce.touches(region, &part) {
                            let block = evaluate(&node.inputs()[0], &part, streamed)?;
                            let mut state = reduce.start(region);
                            reduce.update(&mut state, region, &part, &block, &others)?;
                            reduce.merge(&mut total, &state);
                        }
                    }
                    reduce.finish(total, region)?
                }
                None => {
                    let blocks: Vec<Block> = node
                        .inputs()
                        .iter()
                        .zip(&regions)
                        .map(|(n, r)| evaluate(n, r, streamed))
                        .collect::<Result<_>>()?;
                    let inputs: Vec<(&Region, &Block)> = regions.iter().zip(&blocks).collect();
                    op.compute(region, &inputs)?
                }
            }
        }
    };
    if block.shape() != region.shape() || block.data().dtype() != Data::zeros(&node.meta().dtype, 0).dtype() {
        return Err(Error::internal(format!("{:?} gave {:?} of {}", node.kind(), block.shape(), block.data().dtype())));
    }
    Ok(block)
}

/// A small dataset: `t(time, lat, lon)` in single precision with a missing value, `mask(lat, lon)` of 16-bit integers,
/// the coordinate `area(lat, lon)`; 48 months from December 1999 in the noleap calendar, latitudes from north to south,
/// four longitudes from 0. `t` is `10 · month number + 0.5 · cell`, its first cell missing in the first month.
#[expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests fail by panicking; small numbers")]
pub(crate) fn dataset() -> Dataset {
    let text = |t: &str| AttrValue::Text(t.to_owned());
    let months: Vec<DateTime> =
        (0..48).map(|i| Calendar::NoLeap.add_months(&DateTime::midnight(1999, 12, 16), i)).collect();
    let ticks: Vec<i64> = months.iter().map(|d| Calendar::NoLeap.ticks(d).unwrap()).collect();
    let mut t: Vec<f32> =
        months.iter().flat_map(|d| (0..12).map(move |cell| 10.0 * f32::from(d.month) + 0.5 * cell as f32)).collect();
    t[0] = f32::NAN;
    let axis = |name: &str, standard: &str, units: &str, values| {
        let mut attrs = Attrs::default();
        attrs.set("standard_name", text(standard));
        attrs.set("units", text(units));
        Axis { name: name.to_owned(), values, attrs, bounds: None }
    };
    let var = |name: &str, node, units: &str, role| {
        let mut attrs = Attrs::default();
        attrs.set("units", text(units));
        Var { name: name.to_owned(), node, attrs, role }
    };
    Dataset {
        axes: vec![
            axis(
                "time",
                "time",
                "days since 2000-01-01",
                AxisValues::Time { ticks: ticks.into(), calendar: Calendar::NoLeap },
            ),
            axis("lat", "latitude", "degrees_north", AxisValues::Number([60.0, 30.0, 0.0].into())),
            axis("lon", "longitude", "degrees_east", AxisValues::Number([0.0, 90.0, 180.0, 270.0].into())),
        ],
        vars: vec![
            var("t", cube(&["time", "lat", "lon"], &[48, 3, 4], Data::F32(t)), "K", Role::Data),
            var("mask", cube(&["lat", "lon"], &[3, 4], Data::I16((0..12).map(|i| i % 3).collect())), "1", Role::Data),
            var("area", cube(&["lat", "lon"], &[3, 4], Data::F64(vec![2.0; 12])), "m2", Role::Coord),
        ],
        attrs: Attrs::default(),
    }
}

/// A step with other data at hand, which it names `b.nc`.
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
pub(crate) fn beside(step: &str, other: &Dataset) -> Step {
    let mut step = Step::parse(step).unwrap();
    let identity = ("b.nc".to_owned(), String::new());
    let other = Other { dataset: other.clone(), files: vec!["b.nc".to_owned()], zarr: false, identity };
    step.params.bind(&Arc::new(Scope { functions: Functions::none(), data: vec![("b.nc".into(), Ok(other))] }));
    step
}

/// The values of a variable, checked in pieces.
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
pub(crate) fn values(ds: &Dataset, name: &str) -> Data {
    everywhere(&ds.need_var(name).unwrap().node).unwrap().into_data()
}
