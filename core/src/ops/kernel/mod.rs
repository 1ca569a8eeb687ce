//! Array kernels: what runs on blocks of values. Each implements `plan::Op`; none knows of datasets or labels.

mod fold;
mod index;
mod integers;
mod layout;
mod packed;
mod roll;
mod stat;
mod view;
mod walk;
mod weighted;

pub(crate) use fold::Fold;
pub(crate) use index::{Index, Pick};
pub(crate) use layout::Layout;
pub(crate) use roll::Roll;
pub(crate) use stat::{Cell, Stat};
pub(crate) use walk::Groups;
pub(crate) use weighted::WeightedMean;
