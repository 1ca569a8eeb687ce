//! Owns a slice of values on a grid. Knows nothing of colours or painters.

use std::sync::Arc;

use super::wording::pretty_name;
use crate::RenderError;
use crate::geo::Grid;

/// A slice of data on a grid.
///
/// `values` is row-major, `[row][column]`, `ny · nx` long; NaN is missing.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name of the variable in its file.
    pub name: String,
    /// `long_name`, for titles; may be empty.
    pub long_name: String,
    /// CF `standard_name`, for the choice of colours; may be empty.
    pub standard_name: String,
    /// Units as the file spells them; may be empty.
    pub units: String,
    /// Where the values lie.
    pub grid: Arc<Grid>,
    values: Arc<[f32]>,
}

impl Field {
    /// Values on a grid; names and units are left empty for the caller to fill.
    ///
    /// # Errors
    /// [`RenderError::Field`] when the number of values is not `nx · ny`.
    pub fn new(name: &str, grid: Arc<Grid>, values: Arc<[f32]>) -> Result<Self, RenderError> {
        let (nx, ny) = (grid.nx(), grid.ny());
        if nx.checked_mul(ny) != Some(values.len()) {
            let reason = format!("its grid has {ny} × {nx} cells but it has {} values", values.len());
            return Err(RenderError::Field { name: name.to_owned(), reason });
        }
        Ok(Self {
            name: name.to_owned(),
            long_name: String::new(),
            standard_name: String::new(),
            units: String::new(),
            grid,
            values,
        })
    }

    /// The values, `[row][column]`; NaN is missing.
    #[must_use]
    pub fn values(&self) -> &Arc<[f32]> {
        &self.values
    }

    /// The value of a cell; `None` outside the grid, NaN where missing.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> Option<f32> {
        let nx = self.grid.nx();
        (column < nx).then(|| self.values.get(row * nx + column).copied()).flatten()
    }

    /// Smallest and largest value that is not missing nor infinite; `None` when there is none.
    #[must_use]
    pub fn extremes(&self) -> Option<[f32; 2]> {
        self.values
            .iter()
            .filter(|v| v.is_finite())
            .fold(None, |found, v| Some(found.map_or([*v, *v], |[low, high]: [f32; 2]| [low.min(*v), high.max(*v)])))
    }

    /// The name for titles: `long_name` in plain words, or the name where there is none.
    #[must_use]
    pub fn label(&self) -> String {
        if self.long_name.trim().is_empty() { self.name.clone() } else { pretty_name(&self.long_name) }
    }
}
