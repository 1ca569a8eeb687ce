//! The data model every other layer speaks: types, attributes, variables, groups, regions, blocks, and the two traits
//! through which bytes enter ([`Source`]) and leave ([`Sink`]). Knows no file format and no operation.

mod attr;
mod block;
pub mod calendar;
mod dtype;
mod error;
mod group;
mod region;
mod simd;
mod sink;
mod source;

pub use attr::{AttrValue, Attrs};
pub(crate) use block::plane;
pub use block::{Block, Data, EXACT};
pub use dtype::DType;
pub use error::{Error, ErrorKind, Result};
pub use group::{Dim, Group, Tier, VariableMeta};
pub use region::{Region, Span};
pub(crate) use simd::fast;
pub(crate) use sink::one_shape;
pub use sink::{ArraySpec, DatasetSpec, Sink};
pub use source::{Member, Source, SourceInfo};
