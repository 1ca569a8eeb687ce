//! Array kernels: what runs on blocks of values. Each implements `plan::Op`; none knows of datasets or labels.

mod columns;
mod extreme;
mod fold;
mod frame;
mod index;
mod integers;
mod layout;
mod packed;
mod quantile;
mod roll;
mod scan;
mod series;
mod stat;
mod view;
mod walk;
mod weighted;

pub(crate) use extreme::Extreme;
pub(crate) use fold::Fold;
pub(crate) use frame::Frame;
pub(crate) use index::{Index, Pick};
pub(crate) use layout::Layout;
pub(crate) use quantile::Quantile;
pub(crate) use roll::Roll;
pub(crate) use scan::{Scan, Scanned};
pub(crate) use stat::{Cell, Stat};
pub(crate) use walk::Groups;
pub(crate) use weighted::WeightedMean;
