//! The CF conventions: what attributes say about values, times, axes, maps and flags, one rule per file.
//!
//! Pure functions from metadata to plain data; each result lists as [`Fact`]s what was read and what was assumed, for
//! the decode card. Reads no file and builds no plan: the session layer does both.

mod fact;
mod time;

pub use fact::Fact;
pub use time::TimeUnits;
