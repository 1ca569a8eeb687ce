//! Array kernels: what runs on blocks of values. Each implements `plan::Op`; none knows of datasets or labels.

mod index;
mod view;

pub(crate) use index::{Index, Pick};
