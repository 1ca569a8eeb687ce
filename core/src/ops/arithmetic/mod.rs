//! Cell by cell: expressions over variables, masks, filling.

mod compile;
mod expr;
mod fillna;
mod functions;
mod parse;
mod where_;

pub(crate) use expr::EXPR;
pub(crate) use fillna::FILLNA;
pub(crate) use where_::WHERE;
