//! Reads values along a dimension.

use super::interactive;
use crate::window::state::Prepared;
use graticule_core::engine::Cancel;
use graticule_core::plan::Axis;
use graticule_core::session::{Series, Session};

/// The series asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesWish {
    /// The result it belongs to.
    pub revision: u64,
    /// The dimension it runs along.
    pub dim: String,
    /// The positions along the other dimensions.
    pub at: Vec<(String, usize)>,
}

/// Reads the series. Without a dimension it is the one value there is.
///
/// # Errors
/// Where reading or computing fails.
pub fn series(session: &Session, prepared: &Prepared, wish: &SeriesWish, cancel: &Cancel) -> anyhow::Result<Series> {
    let run = interactive(cancel);
    if wish.dim.is_empty() {
        let value = session.value(&prepared.dataset, &prepared.variable, &wish.at, &run)?;
        let (units, label) = (prepared.units.clone(), prepared.label.clone());
        return Ok(Series { values: vec![value], axis: Axis::index("", 1), units, label });
    }
    Ok(session.series(&prepared.dataset, &prepared.variable, &wish.dim, &wish.at, &run)?)
}
