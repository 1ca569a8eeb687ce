//! Graticule's engine: opens N-dimensional data lazily, plans chains of operations and runs them chunk by chunk.
//!
//! The layers, each using only what stands below it:
//!
//! ```text
//! session            the facade: the only part that joins the rest
//! ops   cf   engine  ops and cf never see the engine; the engine runs `dyn Op`
//! plan      formats  formats never see plans
//! model     events
//! ```
//!
//! No screen, no window toolkit: the binary and the painters live in other crates.

pub mod cf;
#[cfg(test)]
mod damage;
pub mod engine;
pub mod events;
pub mod formats;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod model;
pub mod ops;
pub mod plan;
pub mod session;
