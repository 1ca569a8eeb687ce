//! Over neighbours: sliding windows and blocks.

mod coarsen;
mod rolling;

pub(crate) use coarsen::COARSEN;
pub(crate) use rolling::ROLLING;
