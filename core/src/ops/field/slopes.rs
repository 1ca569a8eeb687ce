//! Weights of neighbours that make a derivative: those of `numpy.gradient`.

use crate::model::{Error, Result};
use crate::ops::interpolate::Weights;

/// The derivative with respect to labels: of second order inside, of `edge_order` (1 or 2) at the ends. With `turn` the
/// labels go around, so that there are no ends. A missing middle makes the result missing, except where all distances
/// are equal.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for too few labels or two that are the same.
pub(crate) fn slopes(name: &str, x: &[f64], edge_order: usize, turn: Option<f64>) -> Result<Weights> {
    let n = x.len();
    if n < edge_order + 1 {
        return Err(Error::invalid(format!("{name} has {n} positions, and a derivative needs {}", edge_order + 1)));
    }
    if x.windows(2).any(|w| w[0] == w[1]) || x.iter().any(|x| x.is_nan()) {
        return Err(Error::invalid(format!("{name} has labels that repeat or are missing"))
            .hint("a derivative needs distances between them"));
    }
    let rows = (0..n).map(|i| match (i, turn) {
        (0, Some(turn)) => inner(x[n - 1] - turn.copysign(x[1] - x[0]), x[0], x[1], [n - 1, 0, 1]),
        (i, Some(turn)) if i == n - 1 => {
            inner(x[n - 2], x[n - 1], x[0] + turn.copysign(x[1] - x[0]), [n - 2, n - 1, 0])
        }
        (0, None) => end(&x[..=edge_order], &(0..=edge_order).collect::<Vec<_>>()),
        (i, None) if i == n - 1 => {
            let last: Vec<usize> = (0..=edge_order).map(|k| n - 1 - k).collect();
            end(&last.iter().map(|&k| x[k]).collect::<Vec<_>>(), &last)
        }
        (i, _) => inner(x[i - 1], x[i], x[i + 1], [i - 1, i, i + 1]),
    });
    // Between labels at equal distances throughout the middle has no share; else numpy gives it one, be it 0.
    let gap = |w: &[f64]| w[1] - w[0];
    let seam = turn.map(|turn| turn.copysign(gap(x))).map(|turn| [x[0] - (x[n - 1] - turn), x[0] + turn - x[n - 1]]);
    let equal = x.windows(2).map(gap).chain(seam.into_iter().flatten()).all(|d| d == gap(x));
    Ok(if equal { Weights::new(rows) } else { Weights::keeping_zeros(rows) })
}

/// Through three points, at the middle one.
fn inner(a: f64, b: f64, c: f64, at: [usize; 3]) -> Vec<(usize, f64)> {
    let (d, e) = (b - a, c - b);
    vec![(at[0], -e / (d * (d + e))), (at[1], (e - d) / (d * e)), (at[2], d / (e * (d + e)))]
}

/// Through two or three points, at the first.
fn end(x: &[f64], at: &[usize]) -> Vec<(usize, f64)> {
    match (x, at) {
        ([a, b], [i, j]) => vec![(*i, -1.0 / (b - a)), (*j, 1.0 / (b - a))],
        ([a, b, c], [i, j, k]) => {
            let (d, e) = (b - a, c - b);
            vec![(*i, -(2.0 * d + e) / (d * (d + e))), (*j, (d + e) / (d * e)), (*k, -d / (e * (d + e)))]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::slopes;

    fn applied(x: &[f64], y: &[f64], order: usize, turn: Option<f64>) -> Vec<f64> {
        let w = slopes("x", x, order, turn).unwrap();
        (0..x.len()).map(|i| w.row(i)).map(|(at, by)| at.iter().zip(by).map(|(a, b)| y[*a] * b).sum()).collect()
    }

    /// Values from `numpy.gradient`.
    #[test]
    fn derivatives_are_those_of_numpy() {
        let (x, y) = ([0.0, 1.0, 3.0, 4.0], [0.0, 1.0, 9.0, 16.0]);
        let near = |a: Vec<f64>, b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near(applied(&x, &y, 1, None), &[1.0, 2.0, 6.0, 7.0]));
        assert!(near(applied(&x, &y, 2, None), &[0.0, 2.0, 6.0, 8.0]));
        let down: Vec<f64> = x.iter().map(|x| -x).collect();
        assert!(near(applied(&down, &y, 2, None), &[0.0, -2.0, -6.0, -8.0]));
        assert!(near(
            applied(&[0.0, 90.0, 180.0, 270.0], &[1.0, 3.0, 1.0, 0.0], 1, Some(360.0)),
            &[1.0 / 60.0, 0.0, -1.0 / 60.0, 0.0]
        ));
        let middle = |x: &[f64]| slopes("x", x, 1, None).unwrap().row(1).0.contains(&1);
        assert!(middle(&[0.0, 1.0, 2.0, 4.0]) && !middle(&[0.0, 1.0, 2.0, 3.0]));
        assert!(slopes("x", &[1.0], 1, None).is_err() && slopes("x", &[1.0, 1.0], 1, None).is_err());
    }
}
