//! Rewrites of a graph that keep its values and its schema.

use super::{Instr, Lookup, MapOp, Node, NodeKind, Unary, affine, increasing};
use crate::model::{DType, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// The same values from a cheaper graph: chains of elementwise work become one program, reductions of packed numbers run on
/// them as they are stored, and roots are taken of the largest value alone.
///
/// # Errors
/// None of its own; passes on what rebuilding a node finds wrong.
pub fn optimize(root: &Arc<Node>) -> Result<Arc<Node>> {
    let mut uses = HashMap::new();
    count(root, &mut uses);
    rewrite(root, &uses, &mut HashMap::new())
}

type Uses = HashMap<super::Key, usize>;

fn count(node: &Arc<Node>, uses: &mut Uses) {
    let n = uses.entry(node.key()).or_insert(0);
    *n += 1;
    if *n == 1 {
        node.inputs().iter().for_each(|i| count(i, uses));
    }
}

fn rewrite(node: &Arc<Node>, uses: &Uses, done: &mut HashMap<super::Key, Arc<Node>>) -> Result<Arc<Node>> {
    if let Some(found) = done.get(&node.key()) {
        return Ok(Arc::clone(found));
    }
    let NodeKind::Op(op) = node.kind() else { return Ok(Arc::clone(node)) };
    let inputs: Vec<_> = node.inputs().iter().map(|i| rewrite(i, uses, done)).collect::<Result<_>>()?;
    let new = match op.as_any().downcast_ref::<MapOp>() {
        Some(map) => fuse(map, &inputs, node, uses)?,
        None => match affine::commute(&**op, &inputs)? {
            Some(new) => new,
            None => match increasing::commute(&**op, node, &inputs)? {
                Some(new) => new,
                None if same_nodes(&inputs, node.inputs()) => Arc::clone(node),
                None => Node::op(Arc::clone(op), inputs)?,
            },
        },
    };
    debug_assert_eq!(
        (&new.meta().dims, &new.meta().shape, &new.meta().dtype),
        (&node.meta().dims, &node.meta().shape, &node.meta().dtype),
        "a rewrite changed the schema"
    );
    done.insert(node.key(), Arc::clone(&new));
    Ok(new)
}

fn same_nodes(a: &[Arc<Node>], b: &[Arc<Node>]) -> bool {
    a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Puts the programs of elementwise inputs into this one, where the input is used once or the result has its size
/// anyway; what spreads a smaller array is looked up. Single precision keeps its rounding as a step of its own, so that fusing changes no bit; integer results are
/// left alone because storing them truncates.
fn fuse(map: &MapOp, inputs: &[Arc<Node>], node: &Arc<Node>, uses: &Uses) -> Result<Arc<Node>> {
    let mut flat: Vec<(Lookup, Arc<Node>)> = Vec::new();
    let mut place = |lookup: Lookup, n: &Arc<Node>| {
        flat.iter().position(|(l, f)| f.key() == n.key() && *l == lookup).unwrap_or_else(|| {
            flat.push((lookup, Arc::clone(n)));
            flat.len() - 1
        })
    };
    let plain = |n: &Arc<Node>| Lookup::plain(n.meta());
    let mut parts: Vec<std::result::Result<usize, super::Program>> = Vec::new();
    for (input, original) in inputs.iter().zip(node.inputs()) {
        let inner = match input.kind() {
            NodeKind::Op(op) => op.as_any().downcast_ref::<MapOp>(),
            _ => None,
        };
        let once = uses.get(&original.key()).copied().unwrap_or(1) == 1;
        match inner {
            Some(inner) if inner.dtype().is_float() && (once || input.meta().cells() == node.meta().cells()) => {
                let inputs = input.inputs().iter().enumerate();
                let slots: Vec<_> =
                    inputs.map(|(i, n)| Ok(place(inner.input(i).cloned().unwrap_or_else(|| plain(n)), n))).collect();
                let mut program = inner.program().inline(&slots);
                if *inner.dtype() != DType::F64 {
                    let last = program.steps.len().saturating_sub(1);
                    let rounded = program.push(Instr::Unary(Unary::Single, last));
                    program.finish(rounded);
                }
                parts.push(Err(program));
            }
            _ => parts.push(Ok(match Lookup::of(input) {
                Some((lookup, input)) => place(lookup, input),
                None => place(plain(input), input),
            })),
        }
    }
    let parts: Vec<std::result::Result<usize, &super::Program>> =
        parts.iter().map(|p| p.as_ref().map(|&n| n)).collect();
    let program = map.program().inline(&parts);
    let (lookups, flat) = flat.into_iter().unzip();
    let fused = Node::op(Arc::new(MapOp::looking_up(program, map.dtype().clone(), lookups)), flat)?;
    // The order of dimensions follows the inputs; where fusing changed it, the chain stays as it was.
    if fused.meta().dims == node.meta().dims { Ok(fused) } else { Node::op(Arc::new(map.clone()), inputs.to_vec()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "tests fail by panicking; small numbers")]
mod tests {
    use super::optimize;
    use crate::model::{Block, DType, Data, Region};
    use crate::plan::{Binary, Instr, MapOp, Node, NodeKind, Program, Unary};
    use std::sync::Arc;

    /// The values of a node, step by step as it stands.
    fn values(node: &Arc<Node>, region: &Region) -> Block {
        match node.kind() {
            NodeKind::Literal(block) => block.slice(region).unwrap(),
            NodeKind::Source { .. } => unreachable!("no sources here"),
            NodeKind::Op(op) => {
                let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
                let needs = op.needs(region, &metas);
                let blocks: Vec<Block> = node.inputs().iter().zip(&needs).map(|(n, r)| values(n, r)).collect();
                let inputs: Vec<(&Region, &Block)> = needs.iter().zip(&blocks).collect();
                op.compute(region, &inputs).unwrap()
            }
        }
    }

    fn array(dims: &[&str], shape: &[usize]) -> Arc<Node> {
        let n: usize = shape.iter().product();
        let data = (0..n).map(|i| if i % 7 == 3 { f32::NAN } else { i as f32 * 0.5 - 3.0 }).collect();
        let dims = dims.iter().map(|d| (*d).to_owned()).collect();
        Node::literal(dims, Block::new(shape.to_vec(), Data::F32(data)).unwrap()).unwrap()
    }

    fn map(dtype: DType, inputs: &[&Arc<Node>], build: impl Fn(&mut Program) -> usize) -> Arc<Node> {
        let mut program = Program::default();
        let last = build(&mut program);
        program.finish(last);
        let metas: Vec<_> = inputs.iter().map(|n| n.meta()).collect();
        let op = MapOp::new(program, dtype, &metas);
        Node::op(Arc::new(op), inputs.iter().map(|n| Arc::clone(n)).collect()).unwrap()
    }

    #[test]
    fn a_fused_chain_gives_the_values_of_its_steps() {
        let (x, row) = (array(&["t", "y", "x"], &[5, 4, 3000]), array(&["x"], &[3000]));
        let scaled = map(DType::F32, &[&x], |p| {
            let (a, k) = (p.push(Instr::Load(0)), p.push(Instr::Const(1.1)));
            p.push(Instr::Binary(Binary::Mul, a, k))
        });
        let shifted = map(DType::F64, &[&scaled, &row], |p| {
            let (a, b) = (p.push(Instr::Load(0)), p.push(Instr::Load(1)));
            p.push(Instr::Binary(Binary::Sub, a, b))
        });
        let node = map(DType::F64, &[&shifted, &x], |p| {
            let (a, b) = (p.push(Instr::Load(0)), p.push(Instr::Load(1)));
            let missing = p.push(Instr::Unary(Unary::IsNan, a));
            p.push(Instr::Select(missing, b, a))
        });
        let fused = optimize(&node).unwrap();
        assert!(fused.inputs().iter().all(|n| matches!(n.kind(), NodeKind::Literal(_))), "{fused:?}");
        let all = Region::all(&node.meta().shape);
        let bits = |b: Block| b.data().to_f64().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(values(&node, &all)), bits(values(&fused, &all)));
    }

    #[test]
    fn results_stored_as_integers_keep_their_truncation() {
        let x = array(&["x"], &[20]);
        let whole = map(DType::I32, &[&x], |p| p.push(Instr::Load(0)));
        let node = map(DType::F64, &[&whole], |p| {
            let (a, k) = (p.push(Instr::Load(0)), p.push(Instr::Const(2.0)));
            p.push(Instr::Binary(Binary::Mul, a, k))
        });
        let all = Region::all(&[20]);
        assert_eq!(values(&node, &all), values(&optimize(&node).unwrap(), &all));
    }
}
