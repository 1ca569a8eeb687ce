//! What fields do from place to place: derivatives along dimensions and on the sphere; and the type they are held in.

mod astype;
mod differentiate;
mod slopes;
mod sphere;

pub(crate) use astype::ASTYPE;
pub(crate) use differentiate::DIFFERENTIATE;
pub(crate) use sphere::{DIVERGENCE, GRADIENT, VORTICITY};
