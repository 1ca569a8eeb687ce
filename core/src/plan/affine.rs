//! The rule that decoding commutes with a reduction: what is stored as integers is added up as integers, and the result
//! is decoded. Exact, and less than half of the memory traffic.

use super::{ArrayMeta, Binary, Instr, MapOp, Node, NodeKind, Op, Program, Unary};
use crate::model::{DType, Result};
use std::sync::Arc;

/// `scale · x + offset` of integers of at most 32 bits, missing where a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// What the integer is multiplied by; never 0.
    pub scale: f64,
    /// What is added then.
    pub offset: f64,
    /// Integers that stand for nothing.
    pub missing: Vec<Missing>,
    /// The type of the decoded value, a float.
    pub decoded: DType,
}

/// Integers that stand for nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Missing {
    /// This one.
    Equal(f64),
    /// All below.
    Below(f64),
    /// All above.
    Above(f64),
}

impl Missing {
    /// Whether it holds for an integer.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "integers below 2^32 are exact")]
    pub fn holds(self, x: f64) -> bool {
        match self {
            Self::Equal(v) => x == v,
            Self::Below(v) => x < v,
            Self::Above(v) => x > v,
        }
    }
}

impl Affine {
    /// What an elementwise operation does to its only input, where it is of this form.
    #[must_use]
    pub fn of(map: &MapOp, input: &ArrayMeta) -> Option<Self> {
        let looked_up = map.input(0).is_none_or(|lookup| !lookup.is_plain());
        let narrow = matches!(input.dtype, DType::I8 | DType::I16 | DType::I32 | DType::U8 | DType::U16 | DType::U32);
        if looked_up || !narrow || !map.dtype().is_float() {
            return None;
        }
        let (scale, offset, missing) = match meaning(map.program())? {
            Sym::Line(scale, offset) => (scale, offset, Vec::new()),
            Sym::Masked(scale, offset, missing) => (scale, offset, missing),
            Sym::Const(_) | Sym::Test(_) => return None,
        };
        let usable = scale != 0.0 && scale.is_finite() && offset.is_finite();
        usable.then(|| Self { scale, offset, missing, decoded: map.dtype().clone() })
    }
}

/// What a step of a program comes to.
#[derive(Debug, Clone)]
enum Sym {
    Const(f64),
    Line(f64, f64),
    Test(Vec<Missing>),
    Masked(f64, f64, Vec<Missing>),
}

/// What a program comes to, where that can be said. Rounding to single precision within it is left out: the result is
/// nearer to the truth.
fn meaning(program: &Program) -> Option<Sym> {
    let mut at: Vec<Sym> = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let of = |i: usize| at.get(i).cloned();
        let sym = match *step {
            Instr::Load(0) => Sym::Line(1.0, 0.0),
            Instr::Load(_) => return None,
            Instr::Const(c) => Sym::Const(c),
            Instr::Unary(Unary::Single, a) => of(a)?,
            Instr::Unary(Unary::Neg, a) => line(of(a)?, |a, b| (-a, -b))?,
            Instr::Unary(..) => return None,
            Instr::Binary(f, a, b) => binary(f, of(a)?, of(b)?)?,
            Instr::Select(c, a, b) => match (of(c)?, of(a)?, of(b)?) {
                (Sym::Test(missing), Sym::Const(nan), Sym::Line(a, b)) if nan.is_nan() => Sym::Masked(a, b, missing),
                _ => return None,
            },
        };
        at.push(sym);
    }
    at.pop()
}

fn line(sym: Sym, f: impl Fn(f64, f64) -> (f64, f64)) -> Option<Sym> {
    match sym {
        Sym::Line(a, b) => Some(f(a, b)).map(|(a, b)| Sym::Line(a, b)),
        Sym::Masked(a, b, missing) => Some(f(a, b)).map(|(a, b)| Sym::Masked(a, b, missing)),
        Sym::Const(_) | Sym::Test(_) => None,
    }
}

fn binary(f: Binary, a: Sym, b: Sym) -> Option<Sym> {
    match (f, a, b) {
        (Binary::Mul, x, Sym::Const(c)) | (Binary::Mul, Sym::Const(c), x) => line(x, |a, b| (a * c, b * c)),
        (Binary::Div, x, Sym::Const(c)) if c != 0.0 => line(x, |a, b| (a / c, b / c)),
        (Binary::Add, x, Sym::Const(c)) | (Binary::Add, Sym::Const(c), x) => line(x, |a, b| (a, b + c)),
        (Binary::Sub, x, Sym::Const(c)) => line(x, |a, b| (a, b - c)),
        (Binary::Eq, Sym::Line(1.0, 0.0), Sym::Const(c)) => Some(Sym::Test(vec![Missing::Equal(c)])),
        (Binary::Lt, Sym::Line(1.0, 0.0), Sym::Const(c)) => Some(Sym::Test(vec![Missing::Below(c)])),
        (Binary::Gt, Sym::Line(1.0, 0.0), Sym::Const(c)) => Some(Sym::Test(vec![Missing::Above(c)])),
        (Binary::Or, Sym::Test(mut a), Sym::Test(b)) => {
            a.extend(b);
            Some(Sym::Test(a))
        }
        _ => None,
    }
}

/// The operation on what its first input decodes, where both allow it.
///
/// # Errors
/// None of its own; passes on what building a node finds wrong.
pub(super) fn commute(op: &dyn Op, inputs: &[Arc<Node>]) -> Result<Option<Arc<Node>>> {
    let Some((first, rest)) = inputs.split_first() else { return Ok(None) };
    let NodeKind::Op(decode) = first.kind() else { return Ok(None) };
    let (Some(map), [stored]) = (decode.as_any().downcast_ref::<MapOp>(), first.inputs()) else { return Ok(None) };
    let packed = Affine::of(map, stored.meta()).and_then(|affine| op.packed(&affine));
    let inputs = std::iter::once(stored).chain(rest).map(Arc::clone).collect();
    packed.map(|op| Node::op(op, inputs)).transpose()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Affine, Missing};
    use crate::model::{Block, DType, Data};
    use crate::plan::{Binary, Instr, MapOp, Node, Program, Unary};

    fn found(data: Data, dtype: DType, steps: &[Instr]) -> Option<Affine> {
        let input = Node::literal(vec!["x".into()], Block::new(vec![data.len()], data).unwrap()).unwrap();
        Affine::of(&MapOp::new(Program { steps: steps.to_vec() }, dtype, &[input.meta()]), input.meta())
    }

    #[test]
    fn decoding_is_known_for_what_it_is() {
        let steps = [
            Instr::Load(0),
            Instr::Const(0.5),
            Instr::Binary(Binary::Mul, 0, 1),
            Instr::Const(3.0),
            Instr::Binary(Binary::Add, 2, 3),
            Instr::Const(-9.0),
            Instr::Binary(Binary::Eq, 0, 5),
            Instr::Const(100.0),
            Instr::Binary(Binary::Gt, 0, 7),
            Instr::Binary(Binary::Or, 6, 8),
            Instr::Const(f64::NAN),
            Instr::Select(9, 10, 4),
            Instr::Unary(Unary::Single, 11),
            Instr::Binary(Binary::Sub, 12, 3),
        ];
        let affine = found(Data::I16(vec![1]), DType::F32, &steps).unwrap();
        assert_eq!((affine.scale, affine.offset), (0.5, 0.0));
        assert_eq!(affine.missing, [Missing::Equal(-9.0), Missing::Above(100.0)]);
        assert!(found(Data::F32(vec![1.0]), DType::F32, &steps).is_none(), "floats are not packed");
        assert!(found(Data::I64(vec![1]), DType::F64, &steps).is_none(), "sums of 64 bits are not exact");
        let root = [Instr::Load(0), Instr::Unary(Unary::Sqrt, 0)];
        assert!(found(Data::I16(vec![1]), DType::F64, &root).is_none());
        let twice = [Instr::Load(0), Instr::Binary(Binary::Mul, 0, 0)];
        assert!(found(Data::I16(vec![1]), DType::F64, &twice).is_none());
    }
}
