//! Owns everything about the globe and the plane: projections (PROJ), the inverse lattice,
//! coastlines, the graticule and the cutting of lines. Knows nothing of colours or painters.

mod domain;
mod presets;
mod projection;

pub use presets::{Family, PRESETS, Preset, preset};
pub use projection::{Projection, SPHERE_RADIUS_M, Transformer, wrap_180};
