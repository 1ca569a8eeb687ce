//! Over neighbours: sliding windows and blocks.

mod coarsen;
mod convolve;
mod rolling;

pub(crate) use coarsen::COARSEN;
pub(crate) use convolve::CONVOLVE;
pub(crate) use rolling::ROLLING;
