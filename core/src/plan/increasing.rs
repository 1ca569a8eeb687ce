//! The rule that the largest value of an increasing function is the function of the largest value: a root is taken of what
//! was chosen, not of all. The same to the last bit, for rounding keeps the order too.

use super::{Instr, Lookup, MapOp, Node, NodeKind, Op, Program, Unary};
use crate::model::{DType, Result};
use std::sync::Arc;

/// The functions after `op`, where it chooses the largest of what they give.
///
/// # Errors
/// None of its own; passes on what building a node finds wrong.
pub(super) fn commute(op: &dyn Op, node: &Node, inputs: &[Arc<Node>]) -> Result<Option<Arc<Node>>> {
    let (Some(largest), [first]) = (op.largest(), inputs) else { return Ok(None) };
    let NodeKind::Op(made) = first.kind() else { return Ok(None) };
    let Some(map) = made.as_any().downcast_ref::<MapOp>() else { return Ok(None) };
    let Some((before, mut after)) = split(map.program()) else { return Ok(None) };
    match map.dtype() {
        DType::F64 => {}
        DType::F32 => after.push(Unary::Single),
        _ => return Ok(None),
    }
    let lookups: Option<Vec<Lookup>> = (0..first.inputs().len()).map(|i| map.input(i).cloned()).collect();
    let Some(lookups) = lookups else { return Ok(None) };
    let before = match (before.steps.as_slice(), first.inputs()) {
        ([Instr::Load(0)], [only]) if lookups.iter().all(Lookup::is_plain) => Arc::clone(only),
        (_, inputs) => Node::op(Arc::new(MapOp::looking_up(before, DType::F64, lookups)), inputs.to_vec())?,
    };
    let chosen = Node::op(largest, vec![before])?;
    let mut program = Program::default();
    let value = program.push(Instr::Load(0));
    let result = after.into_iter().fold(value, |at, f| program.push(Instr::Unary(f, at)));
    program.finish(result);
    let after = MapOp::new(program, node.meta().dtype.clone(), &[chosen.meta()]);
    Node::op(Arc::new(after), vec![chosen]).map(Some)
}

/// A program without the increasing functions that end it, and these in their order; `None` where no root is among them:
/// the rest costs nothing. What a root makes missing lies below all that it does not.
fn split(program: &Program) -> Option<(Program, Vec<Unary>)> {
    let mut after = Vec::new();
    let mut at = program.steps.len().checked_sub(1)?;
    while let Some(Instr::Unary(f @ (Unary::Sqrt | Unary::Single), of)) = program.steps.get(at) {
        after.push(*f);
        at = *of;
    }
    after.reverse();
    let (before, inputs) = program.of_step(at, program.inputs());
    let same = inputs.len() == program.inputs() && inputs.iter().enumerate().all(|(i, input)| i == *input);
    (after.contains(&Unary::Sqrt) && same).then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::plan::{Binary, Instr, Program, Unary};

    #[test]
    fn roots_at_the_end_come_off() {
        let mut steps = vec![Instr::Load(0), Instr::Load(1), Instr::Binary(Binary::Mul, 0, 1)];
        let speed = Program { steps: steps.clone() };
        assert!(split(&speed).is_none());
        steps.extend([Instr::Unary(Unary::Sqrt, 2), Instr::Unary(Unary::Single, 3)]);
        let found = split(&Program { steps: steps.clone() });
        assert_eq!(found, Some((speed, vec![Unary::Sqrt, Unary::Single])));
        steps.push(Instr::Unary(Unary::Neg, 4));
        assert!(split(&Program { steps }).is_none());
    }
}
