//! Rewrites of a graph that keep its values and its schema.

use super::{ArrayMeta, MapOp, Node, NodeKind};
use crate::model::Result;
use std::collections::HashMap;
use std::sync::Arc;

/// The same values from a cheaper graph: chains of elementwise work become one program.
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
        None if same_nodes(&inputs, node.inputs()) => Arc::clone(node),
        None => Node::op(Arc::clone(op), inputs)?,
    };
    debug_assert_eq!(
        (&new.meta().dims, &new.meta().shape),
        (&node.meta().dims, &node.meta().shape),
        "a rewrite changed the schema"
    );
    done.insert(node.key(), Arc::clone(&new));
    Ok(new)
}

fn same_nodes(a: &[Arc<Node>], b: &[Arc<Node>]) -> bool {
    a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b))
}

/// Puts the programs of elementwise inputs into this one, where the input is used once or the result has its size
/// anyway. An input of integer or single-precision type keeps its own rounding only where it was asked for, so those
/// whose stored type could round differently from `f64` arithmetic are fused as the oracle (values cast to `f64`) does;
/// integer results are left alone because storing them truncates.
fn fuse(map: &MapOp, inputs: &[Arc<Node>], node: &Arc<Node>, uses: &Uses) -> Result<Arc<Node>> {
    let mut flat: Vec<Arc<Node>> = Vec::new();
    let mut place = |n: &Arc<Node>| {
        flat.iter().position(|f| f.key() == n.key()).unwrap_or_else(|| {
            flat.push(Arc::clone(n));
            flat.len() - 1
        })
    };
    let mut parts: Vec<std::result::Result<usize, super::Program>> = Vec::new();
    for (input, original) in inputs.iter().zip(node.inputs()) {
        let inner = match input.kind() {
            NodeKind::Op(op) => op.as_any().downcast_ref::<MapOp>(),
            _ => None,
        };
        let once = uses.get(&original.key()).copied().unwrap_or(1) == 1;
        match inner {
            Some(inner) if inner.dtype().is_float() && (once || input.meta().cells() == node.meta().cells()) => {
                let slots: Vec<_> = input.inputs().iter().map(|n| Ok(place(n))).collect();
                parts.push(Err(inner.program().inline(&slots)));
            }
            _ => parts.push(Ok(place(input))),
        }
    }
    let parts: Vec<std::result::Result<usize, &super::Program>> =
        parts.iter().map(|p| p.as_ref().map(|&n| n)).collect();
    let program = map.program().inline(&parts);
    let metas: Vec<&ArrayMeta> = flat.iter().map(|n| n.meta()).collect();
    let fused = Node::op(Arc::new(MapOp::new(program, map.dtype().clone(), &metas)), flat)?;
    // The order of dimensions follows the inputs; where fusing changed it, the chain stays as it was.
    if fused.meta().dims == node.meta().dims { Ok(fused) } else { Node::op(Arc::new(map.clone()), inputs.to_vec()) }
}
