//! Names, order of dimensions, layout: nothing here changes a value.

mod chunk;
mod rename;
mod transpose;

pub(crate) use chunk::CHUNK;
pub(crate) use rename::RENAME;
pub(crate) use transpose::TRANSPOSE;
