//! Series and fields as sums of a few shapes: waves by their frequency, and the patterns that explain most.

mod eof;
mod spectrum;

pub(crate) use eof::EOF;
pub(crate) use spectrum::SPECTRUM;
