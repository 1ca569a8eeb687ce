//! Array kernels: what runs on blocks of values. Each implements `plan::Op`; none knows of datasets or labels.

mod columns;
mod covariance;
mod extreme;
mod fit;
mod fold;
mod frame;
mod index;
mod integers;
mod layout;
mod packed;
mod pair;
mod quantile;
mod roll;
mod scan;
mod series;
mod stat;
mod view;
mod walk;
mod weighted;

pub(crate) use covariance::Covariance;
pub(crate) use extreme::Extreme;
pub(crate) use fit::{Fit, Terms, legendre};
pub(crate) use fold::Fold;
pub(crate) use frame::Frame;
pub(crate) use index::{Index, Pick};
pub(crate) use layout::Layout;
pub(crate) use pair::Pair;
pub(crate) use quantile::Quantile;
pub(crate) use roll::Roll;
pub(crate) use scan::{Scan, Scanned};
pub(crate) use stat::{Cell, Stat};
pub(crate) use walk::Groups;
pub(crate) use weighted::WeightedMean;
