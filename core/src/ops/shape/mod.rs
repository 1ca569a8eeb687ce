//! Names, dimensions, layout: nothing here changes a value.

mod chunk;
mod rename;
mod stack;
mod transpose;
mod unstack;

pub(crate) use chunk::CHUNK;
pub(crate) use rename::RENAME;
pub(crate) use stack::{STACK, stacked};
pub(crate) use transpose::TRANSPOSE;
pub(crate) use unstack::UNSTACK;
