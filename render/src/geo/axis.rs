//! Owns one axis of a grid: cell centres, cell edges, and the cell at a coordinate.
//! Knows nothing of projections.

use std::sync::Arc;

use crate::RenderError;
use crate::cast::f64_of;

/// One axis of a grid.
///
/// Invariant: `edges.len() == centres.len() + 1 ≥ 2`, edges finite and strictly monotonic
/// (rising or falling).
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    centres: Arc<[f64]>,
    edges: Arc<[f64]>,
    rising: bool,
}

impl Axis {
    /// From cell centres; edges lie half way between, and half a step beyond at the ends. A
    /// single centre gets a cell of width 1.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when empty, not finite or not strictly monotonic.
    pub fn from_centres(what: &str, centres: &[f64]) -> Result<Self, RenderError> {
        check(what, centres)?;
        let n = centres.len();
        let edges: Vec<f64> = match centres {
            [only] => vec![only - 0.5, only + 0.5],
            _ => (0..=n)
                .map(|i| match i {
                    0 => centres[0] - (centres[1] - centres[0]) / 2.0,
                    i if i == n => centres[n - 1] + (centres[n - 1] - centres[n - 2]) / 2.0,
                    i => f64::midpoint(centres[i - 1], centres[i]),
                })
                .collect(),
        };
        Self::from_edges(what, centres, &edges)
    }

    /// From centres and the edges between and around them.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when there is not one more edge than centres, or either is not
    /// finite or not strictly monotonic.
    pub fn from_edges(what: &str, centres: &[f64], edges: &[f64]) -> Result<Self, RenderError> {
        check(what, centres)?;
        check(what, edges)?;
        if edges.len() != centres.len() + 1 {
            let reason = format!("{} cells need {} edges, not {}", centres.len(), centres.len() + 1, edges.len());
            return Err(RenderError::Grid { what: what.to_owned(), reason });
        }
        let rising = edges.last() > edges.first();
        Ok(Self { centres: centres.into(), edges: edges.into(), rising })
    }

    /// From centres and CF bounds, two per cell (`bounds.len() == 2 · centres.len()`). Bounds
    /// that leave gaps or overlap are not cells side by side; then the edges are made from the
    /// centres.
    ///
    /// # Errors
    /// As [`Self::from_centres`].
    pub fn from_bounds(what: &str, centres: &[f64], bounds: &[f64]) -> Result<Self, RenderError> {
        Self::edges_of_bounds(centres, bounds).map_or_else(
            || Self::from_centres(what, centres),
            |edges| Self::from_edges(what, centres, &edges).or_else(|_| Self::from_centres(what, centres)),
        )
    }

    fn edges_of_bounds(centres: &[f64], bounds: &[f64]) -> Option<Vec<f64>> {
        let (pairs, rest) = bounds.as_chunks::<2>();
        if pairs.len() != centres.len() || !rest.is_empty() {
            return None;
        }
        let rising = centres.last() >= centres.first();
        let ordered = |p: &[f64; 2]| if (p[0] <= p[1]) == rising { *p } else { [p[1], p[0]] };
        let first = ordered(pairs.first()?);
        let mut edges = vec![first[0]];
        for (i, pair) in pairs.iter().enumerate() {
            let [low, high] = ordered(pair);
            let width = (high - low).abs();
            if i > 0 && (low - edges[i]).abs() > 1e-3 * width {
                return None;
            }
            edges.push(high);
        }
        Some(edges)
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.centres.len()
    }

    /// Never true: an axis has at least one cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.centres.is_empty()
    }

    /// Cell centres.
    #[must_use]
    pub fn centres(&self) -> &[f64] {
        &self.centres
    }

    /// Cell edges, one more than centres.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Lowest and highest edge.
    #[must_use]
    pub fn span(&self) -> [f64; 2] {
        let (first, last) = (self.edges[0], self.edges[self.edges.len() - 1]);
        if self.rising { [first, last] } else { [last, first] }
    }

    /// Mean cell width, positive.
    #[must_use]
    pub fn mean_width(&self) -> f64 {
        let [low, high] = self.span();
        (high - low) / f64_of(self.len())
    }

    /// The place of `v` counted in cells: cell `i` spans `i..i + 1`. Outside the axis the end
    /// cells go on for ever, so the answer is below 0 or above `len`.
    #[must_use]
    pub fn position(&self, v: f64) -> f64 {
        let n = self.len();
        let found = self.edges.partition_point(|e| if self.rising { *e <= v } else { *e >= v });
        let cell = found.saturating_sub(1).min(n - 1);
        let (a, b) = (self.edges[cell], self.edges[cell + 1]);
        f64_of(cell) + (v - a) / (b - a)
    }

    /// The same axis with its first and last edge moved to `first` and `last` when that keeps
    /// them monotonic.
    pub(crate) fn with_end_edges(&self, first: f64, last: f64) -> Self {
        let mut edges = self.edges.to_vec();
        let n = edges.len();
        edges[0] = first;
        edges[n - 1] = last;
        let whole = edges.windows(2).all(|w| (w[1] > w[0]) == self.rising && w[1] != w[0]);
        if whole { Self { edges: edges.into(), ..self.clone() } } else { self.clone() }
    }
}

fn check(what: &str, values: &[f64]) -> Result<(), RenderError> {
    let refuse = |reason: String| Err(RenderError::Grid { what: what.to_owned(), reason });
    if values.is_empty() {
        return refuse("it has no points".to_owned());
    }
    if let Some(i) = values.iter().position(|v| !v.is_finite()) {
        return refuse(format!("value {i} is missing; draw it as a curvilinear grid or by index"));
    }
    let rising = values.last() >= values.first();
    if let Some(i) = values.windows(2).position(|w| w[0] == w[1] || (w[1] > w[0]) != rising) {
        let (a, b) = (values[i], values[i + 1]);
        return refuse(format!("values {i} and {} ({a} and {b}) break its order; draw it by index", i + 1));
    }
    Ok(())
}
