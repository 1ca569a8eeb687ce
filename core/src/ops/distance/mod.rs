//! Distances between all pairs of rows of two tables.

mod cdist;
mod pairs;

pub(crate) use cdist::CDIST;
