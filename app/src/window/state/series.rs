//! Series picked on the map, and the line of a variable with one dimension. Plain values with their axis.

use graticule_core::session::Series;
use std::sync::Arc;

/// A cell of the map, with its place on the globe where there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Row and column of the slice.
    pub cell: [usize; 2],
    /// The place in words: `12.0°E 45.0°N`.
    pub label: String,
    /// Longitude and latitude, where the slice lies on the globe.
    pub lonlat: Option<[f64; 2]>,
}

/// What lies at a point of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The pixel asked for, from the top left of the map.
    pub px: [f64; 2],
    /// The cell, with its place.
    pub place: Place,
    /// The value as it stands in the slice, in its shortest exact form, with units; `missing` where there is none.
    pub value: String,
}

/// A series picked on the map.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Which.
    pub id: u64,
    /// Where.
    pub place: Place,
    /// Which colour it has.
    pub color: usize,
    /// The values, once they are read; those of the last request meanwhile.
    pub series: Option<Arc<Series>>,
}

/// The values of a variable along its one dimension (or the one chosen for the line).
#[derive(Debug, Clone)]
pub struct Line {
    /// The result it belongs to.
    pub revision: u64,
    /// The positions along the other dimensions.
    pub at: Vec<(String, usize)>,
    /// The values.
    pub series: Series,
}
