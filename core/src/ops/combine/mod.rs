//! With other data: appended along a dimension, or joined by their coordinates.

mod align;
mod concat;
mod merge;

pub(crate) use align::blanked;
pub(crate) use concat::CONCAT;
pub(crate) use merge::MERGE;

use super::{ParamKind, ParamSpec, coords, read};
use crate::cf::TimeUnits;
use crate::model::{DType, Error, Result};
use crate::plan::{Binary, Dataset, Instr, MapOp, Node, Program, Role, Unary, Var};
use std::sync::Arc;

/// The other data.
const FILE: ParamSpec = ParamSpec {
    name: "file",
    kind: ParamKind::Data,
    default: None,
    required: true,
    doc: "the other data: a file or folder, a pattern, several of them; relative to the recipe",
};

/// What becomes of labels that only one side has.
const JOIN: ParamSpec = ParamSpec {
    name: "join",
    kind: ParamKind::Choice(&["exact", "inner", "outer", "left"]),
    default: Some("exact"),
    required: false,
    doc: "labels that only one side has: exact is an error, inner drops them, outer keeps all, left those that are here",
};

/// Values as another type.
fn cast(node: &Arc<Node>, dtype: &DType) -> Result<Arc<Node>> {
    if node.meta().dtype == *dtype {
        return Ok(Arc::clone(node));
    }
    let op = MapOp::new(Program { steps: vec![Instr::Load(0)] }, dtype.clone(), &[node.meta()]);
    Node::op(Arc::new(op), vec![Arc::clone(node)])
}

/// The values of a variable that stands in both: the same part of the same file, or a coordinate whose values do not
/// differ where both have them; what one side misses comes from the other.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where they differ, with `hint`; what reading the values finds wrong.
fn common(a: &Var, b: &Var, hint: &str) -> Result<Arc<Node>> {
    if a.node.key() == b.node.key() {
        return Ok(Arc::clone(&a.node));
    }
    let theirs = recounted(a, b).map_err(|e| e.within(&a.name))?;
    let (own, other) = (a.node.meta(), theirs.meta());
    let differ = || Error::invalid(format!("the values of {} differ", a.name)).hint(hint);
    if own.dims != other.dims || own.shape != other.shape {
        return Err(
            Error::invalid(format!("{} is {:?} here and {:?} there", a.name, own.shape, other.shape)).hint(hint)
        );
    }
    let read = |node: &Arc<Node>| read::values(node).map_err(|e| e.within(&a.name));
    let (x, y) = (read(&a.node)?, read(&theirs)?);
    // Whole numbers of one type are compared as such: doubles cannot tell the large ones apart.
    if !own.dtype.is_numeric() || !other.dtype.is_numeric() || (own.dtype == other.dtype && !own.dtype.is_float()) {
        return if x == y { Ok(Arc::clone(&a.node)) } else { Err(differ()) };
    }
    let (x, y) = (x.to_f64(), y.to_f64());
    if x.iter().zip(&y).any(|(x, y)| x != y && !x.is_nan() && !y.is_nan()) {
        return Err(differ());
    }
    if x.iter().zip(&y).all(|(x, y)| !x.is_nan() || y.is_nan()) {
        return cast(&a.node, &own.dtype.promote(&other.dtype));
    }
    let mut program = Program::default();
    let (x, y) = (program.push(Instr::Load(0)), program.push(Instr::Load(1)));
    let gone = program.push(Instr::Unary(Unary::IsNan, x));
    let last = program.push(Instr::Select(gone, y, x));
    program.finish(last);
    let op = MapOp::new(program, own.dtype.promote(&other.dtype), &[own, other]);
    Node::op(Arc::new(op), vec![Arc::clone(&a.node), theirs])
}

/// The other side's values, counted as this side's are where both are dates: `days since 2001` become `hours since 2000`.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) where one cannot be made into the other; units that cannot be read.
fn recounted(own: &Var, theirs: &Var) -> Result<Arc<Node>> {
    let meta = theirs.node.meta();
    let units = |var: &Var| TimeUnits::of(&var.attrs).filter(|_| var.node.meta().dtype.is_numeric()).transpose();
    let (Some(to), Some(from)) = (units(own)?, units(theirs)?) else { return Ok(Arc::clone(&theirs.node)) };
    let Some((scale, offset)) = from.factors(&to) else {
        let told = |var: &Var, units: &TimeUnits| {
            format!("{:?} in the {} calendar", var.attrs.text("units").unwrap_or_default(), units.calendar.name())
        };
        return Err(Error::invalid(format!(
            "its dates count {} here and {} there",
            told(own, &to),
            told(theirs, &from)
        ))
        .hint("leave it out with select, or give both the same units with --attr"));
    };
    if scale.to_bits() == 1f64.to_bits() && offset.to_bits() == 0 {
        return Ok(Arc::clone(&theirs.node));
    }
    let mut program = Program::default();
    let mut value = program.push(Instr::Load(0));
    for (factor, by) in [(scale, Binary::Mul), (offset, Binary::Add)] {
        let factor = program.push(Instr::Const(factor));
        value = program.push(Instr::Binary(by, value, factor));
    }
    program.finish(value);
    let whole = !meta.dtype.is_float() && scale.fract() == 0.0 && offset.fract() == 0.0;
    let op = MapOp::new(program, if whole { DType::I64 } else { DType::F64 }, &[meta]);
    Node::op(Arc::new(op), vec![Arc::clone(&theirs.node)])
}

/// Makes ready what stands as a coordinate of one value on one side and as a labelled dimension on the other: the dimension
/// wins, as in xarray.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for any other variable that has the name of a dimension of the other side.
fn dimensions_win(a: &mut Dataset, b: &mut Dataset) -> Result<()> {
    let (here, there) = (yielding(a, b, ["here", "there"])?, yielding(b, a, ["there", "here"])?);
    a.vars.retain(|v| !here.contains(&v.name));
    b.vars.retain(|v| !there.contains(&v.name));
    Ok(())
}

/// The variables of one side that go where the other has a dimension.
fn yielding(ds: &Dataset, other: &Dataset, [here, there]: [&str; 2]) -> Result<Vec<String>> {
    let mut gone = Vec::new();
    for var in ds.vars.iter().filter(|v| ds.axis(&v.name).is_none()) {
        let Some(axis) = other.axis(&var.name) else { continue };
        let single = var.role == Role::Coord && var.node.meta().dims.is_empty();
        if !single || coords::values(&axis.values).is_none() {
            return Err(Error::invalid(format!("{} is a variable {here} and a dimension {there}", var.name))
                .hint("rename it in one of them first"));
        }
        gone.push(var.name.clone());
    }
    Ok(gone)
}

/// The Python that opens the other data as `other`.
fn opened(other: &super::Other) -> String {
    format!("other = {}", other.python())
}

/// Puts labels of positions that a dimension without labels has into their place.
fn labelled(ds: &mut Dataset, other: &Dataset) {
    for axis in &mut ds.axes {
        if let (None, Some(theirs)) = (coords::values(&axis.values), other.axis(&axis.name))
            && theirs.values.len() == axis.values.len()
        {
            *axis = theirs.clone();
        }
    }
}
