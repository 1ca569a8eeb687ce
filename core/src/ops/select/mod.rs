//! Choosing variables, positions and labels.

mod isel;
mod labels;
mod sel;
mod variables;

pub(crate) use isel::ISEL;
pub(crate) use sel::SEL;
pub(crate) use variables::SELECT;
