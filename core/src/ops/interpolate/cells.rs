//! Cells around labels: their edges, from bounds or halfway to the neighbours.

use crate::model::{Error, Result};
use crate::plan::{Axis, AxisValues};

/// The edges of the cells of an axis of numbers: its bounds, else [`around`] its labels.
///
/// # Errors
/// As [`around`].
pub(crate) fn edges(axis: &Axis) -> Result<Vec<[f64; 2]>> {
    match (&axis.values, axis.bounds.as_deref()) {
        (AxisValues::Number(labels), Some(bounds)) if bounds.len() == labels.len() => Ok(bounds.to_vec()),
        (AxisValues::Number(labels), _) => around(&axis.name, labels),
        _ => Err(Error::invalid(format!("{} has no cells, as its labels are not numbers", axis.name))),
    }
}

/// Edges halfway between neighbours, the outermost as far out as the next is in.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for fewer than two labels, or labels that neither rise nor fall.
pub(crate) fn around(name: &str, labels: &[f64]) -> Result<Vec<[f64; 2]>> {
    let rising = labels.windows(2).all(|w| w[0] < w[1]) || labels.windows(2).all(|w| w[0] > w[1]);
    let ([first, second, ..], [.., before, last], true) = (labels, labels, rising) else {
        return Err(Error::invalid(format!("the cells of {name} have no edges"))
            .hint("two labels or more are needed, all rising or all falling"));
    };
    let mut edges = vec![first - (second - first) / 2.0];
    edges.extend(labels.windows(2).map(|w| w[0] + (w[1] - w[0]) / 2.0));
    edges.push(last + (last - before) / 2.0);
    Ok(edges.windows(2).map(|w| [w[0], w[1]]).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{around, edges};
    use crate::ops::testing::dataset;

    #[test]
    fn edges_lie_halfway() {
        assert_eq!(around("x", &[0.0, 2.0, 3.0]).unwrap(), [[-1.0, 1.0], [1.0, 2.5], [2.5, 3.5]]);
        assert_eq!(edges(dataset().axis("lat").unwrap()).unwrap(), [[75.0, 45.0], [45.0, 15.0], [15.0, -15.0]]);
        assert!(around("x", &[1.0]).is_err() && around("x", &[0.0, 2.0, 1.0]).is_err());
        assert!(edges(dataset().axis("time").unwrap()).is_err());
    }
}
