//! Choosing variables, positions and labels.

mod isel;
mod variables;

pub(crate) use isel::ISEL;
pub(crate) use variables::SELECT;
