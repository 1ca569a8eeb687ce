//! The CF conventions: what attributes say about values, times, axes, maps and flags, one rule per file.
//!
//! Pure functions from metadata to plain data; each result lists as [`Fact`]s what was read and what was assumed, for
//! the decode card. Reads no file and builds no plan: the session layer does both.

mod axes;
mod cell_methods;
mod fact;
mod flags;
mod grid_mapping;
mod links;
mod mask_scale;
mod number;
mod role;
mod scope;
#[cfg(test)]
mod testing;
mod time;
mod ugrid;
mod vertical;

pub use axes::{Axes, AxisRef, Horizontal, WRITTEN_TIMES};
pub use cell_methods::CellMethod;
pub use fact::Fact;
pub use flags::{Flag, Flags};
pub use grid_mapping::{Crs, MappingRef, mapping_refs};
pub use links::{CellMeasure, Named, Part, ancillary, bounds, cell_measures};
pub use mask_scale::{Mask, Packing, Policy, Reinterpret, Test};
pub use role::Measure;
pub use scope::geolocation;
pub use time::{TimeUnits, ticks_of_text};
pub use ugrid::{Location, Mesh};
pub use vertical::points_up;
