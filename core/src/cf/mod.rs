//! The CF conventions: what attributes say about values, times, axes, maps and flags, one rule per file.
//!
//! Pure functions from metadata to plain data; each result lists as [`Fact`]s what was read and what was assumed, for
//! the decode card. Reads no file and builds no plan: the session layer does both.

mod fact;
mod grid_mapping;
mod mask_scale;
mod number;
#[cfg(test)]
mod testing;
mod time;

pub use fact::Fact;
pub use grid_mapping::{Crs, MappingRef, mapping_refs};
pub use mask_scale::{Mask, Packing, Plane, Policy, Reinterpret, Test};
pub use time::TimeUnits;
