//! Cell by cell: expressions over variables, masks, filling.

mod compile;
mod define;
mod expr;
mod fillna;
mod functions;
mod parse;
mod where_;

pub use define::Functions;
pub(crate) use expr::EXPR;
pub(crate) use fillna::FILLNA;
pub(crate) use where_::WHERE;
