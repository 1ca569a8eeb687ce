//! The lazy array graph: nodes that know their shape before anything runs, datasets of named nodes with labelled axes,
//! and the rewrites that make a graph cheaper. Knows no file format, no thread and no single operation by name.

mod affine;
mod axis;
mod code;
mod dataset;
mod increasing;
mod integers;
mod lanes;
mod lookup;
mod map;
mod math;
mod node;
mod op;
mod optimize;
mod program;

pub use affine::{Affine, Missing};
pub use axis::{Axis, AxisValues, Numbers};
pub use dataset::{Dataset, Role, Var};
pub use lookup::Lookup;
pub use map::MapOp;
pub use node::{Key, Node, NodeKind};
pub use op::{ArrayMeta, Op, Reduce, State};
pub use optimize::optimize;
pub use program::{Binary, Instr, Program, Unary};
