//! Weights along one dimension: which positions of the input make each position of the result, and by how much.

use crate::model::Span;
use std::hash::{Hash, Hasher};

/// A sparse matrix by rows: one row for each position of the result. A row without entries is a missing result.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Weights {
    /// Where each row starts among the entries, and one more for the end.
    starts: Vec<usize>,
    /// Positions of the input.
    at: Vec<usize>,
    /// Their weights.
    by: Vec<f64>,
}

impl Hash for Weights {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.starts, &self.at).hash(state);
        self.by.iter().for_each(|w| w.to_bits().hash(state));
    }
}

impl Weights {
    /// From the entries of each row. Entries of weight 0 are left out.
    pub(crate) fn new(rows: impl IntoIterator<Item = Vec<(usize, f64)>>) -> Self {
        Self::keeping_zeros(rows.into_iter().map(|row| row.into_iter().filter(|(_, by)| *by != 0.0).collect()))
    }

    /// From the entries of each row. One of weight 0 adds nothing, but what is missing there makes the result missing.
    pub(crate) fn keeping_zeros(rows: impl IntoIterator<Item = Vec<(usize, f64)>>) -> Self {
        let mut out = Self { starts: vec![0], at: Vec::new(), by: Vec::new() };
        for (at, by) in rows.into_iter().map(|row| row.into_iter().unzip::<_, _, Vec<usize>, Vec<f64>>()) {
            out.at.extend(at);
            out.by.extend(by);
            out.starts.push(out.at.len());
        }
        out
    }

    /// Straight lines between neighbours; beyond the first and the last label nothing.
    pub(crate) fn linear(labels: &Sorted, targets: &[f64]) -> Self {
        Self::new(targets.iter().map(|&x| match labels.around(x) {
            None => Vec::new(),
            Some((a, b)) => {
                let t = (x - a.0) / (b.0 - a.0);
                if a.0 == x { vec![(a.1, 1.0)] } else { vec![(a.1, 1.0 - t), (b.1, t)] }
            }
        }))
    }

    /// The nearest label, the smaller on a tie; beyond the first and the last label nothing.
    pub(crate) fn nearest(labels: &Sorted, targets: &[f64]) -> Self {
        Self::new(targets.iter().map(|&x| match labels.around(x) {
            None => Vec::new(),
            Some((a, b)) => vec![(if x - a.0 <= b.0 - x { a.1 } else { b.1 }, 1.0)],
        }))
    }

    /// The shares that input cells have in result cells, each cell given by its edges; with `turn` the edges repeat after
    /// so much.
    pub(crate) fn overlap(cells: &[[f64; 2]], targets: &[[f64; 2]], turn: Option<f64>) -> Self {
        let sort = |[a, b]: [f64; 2]| if a <= b { [a, b] } else { [b, a] };
        let common = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (b.min(d) - a.max(c)).max(0.0);
        Self::new(targets.iter().map(|&target| {
            let target = sort(target);
            let share = |cell: [f64; 2]| match turn {
                None => common(cell, target),
                Some(turn) => {
                    let first = ((target[0] - cell[1]) / turn).ceil();
                    (0..3)
                        .map(|k| (first + f64::from(k)) * turn)
                        .map(|s| common([cell[0] + s, cell[1] + s], target))
                        .sum()
                }
            };
            cells.iter().enumerate().map(|(i, &cell)| (i, share(sort(cell)))).collect()
        }))
    }

    /// Number of positions of the result.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The positions and weights of a row.
    pub(crate) fn row(&self, i: usize) -> (&[usize], &[f64]) {
        let range = match (self.starts.get(i), self.starts.get(i + 1)) {
            (Some(&a), Some(&b)) => a..b,
            _ => 0..0,
        };
        (self.at.get(range.clone()).unwrap_or(&[]), self.by.get(range).unwrap_or(&[]))
    }

    /// The smallest span of the input that holds what `span` of the result takes; empty where it takes nothing.
    pub(crate) fn hull(&self, span: Span) -> Span {
        let (a, b) = match (self.starts.get(span.start), self.starts.get(span.end())) {
            (Some(&a), Some(&b)) => (a, b),
            _ => return Span::new(0, 0),
        };
        let part = &self.at[a..b];
        match (part.iter().min(), part.iter().max()) {
            (Some(&lo), Some(&hi)) => Span::new(lo, hi - lo + 1),
            _ => Span::new(0, 0),
        }
    }

    /// The positions of the input that are taken at all, ascending, and the same weights on an input of those alone.
    pub(crate) fn narrowed(&self) -> (Vec<usize>, Self) {
        let mut used = self.at.clone();
        used.sort_unstable();
        used.dedup();
        let at = self.at.iter().filter_map(|a| used.binary_search(a).ok()).collect();
        let narrow = Self { starts: self.starts.clone(), at, by: self.by.clone() };
        (used, narrow)
    }
}

/// Labels in ascending order with their positions, those that are missing left out.
#[derive(Debug, Clone)]
pub(crate) struct Sorted(Vec<(f64, usize)>);

impl Sorted {
    /// Sorts labels. Of equal ones the first stays. With `turn` the first label stands once more a turn further,
    /// so that there is something between the last and it.
    pub(crate) fn new(labels: impl IntoIterator<Item = f64>, turn: Option<f64>) -> Self {
        let mut all: Vec<(f64, usize)> =
            labels.into_iter().enumerate().map(|(i, x)| (x, i)).filter(|(x, _)| x.is_finite()).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.dedup_by(|b, a| a.0 == b.0);
        if let (Some(turn), Some(&first), Some(&last)) = (turn, all.first(), all.last())
            && first.0 + turn > last.0
        {
            all.push((first.0 + turn, first.1));
        }
        Self(all)
    }

    /// The label itself twice, or the labels on both sides of a value.
    fn around(&self, x: f64) -> Option<((f64, usize), (f64, usize))> {
        let at = self.0.partition_point(|(l, _)| *l < x);
        let next = *self.0.get(at)?;
        if next.0 == x {
            return Some((next, next));
        }
        Some((*self.0.get(at.checked_sub(1)?)?, next))
    }

    /// The smallest and the largest label.
    pub(crate) fn ends(&self) -> Option<(f64, f64)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }

    /// The position of the nearest label, the larger on a tie, also beyond the ends (as `sel` takes it).
    pub(crate) fn position(&self, x: f64) -> Option<usize> {
        let distance = |l: f64| (l - x).abs();
        self.0.iter().min_by(|a, b| distance(a.0).total_cmp(&distance(b.0)).then(b.0.total_cmp(&a.0))).map(|p| p.1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sorted, Weights};
    use crate::model::Span;

    fn rows(w: &Weights) -> Vec<Vec<(usize, f64)>> {
        (0..w.len()).map(|i| w.row(i)).map(|(at, by)| at.iter().copied().zip(by.iter().copied()).collect()).collect()
    }

    #[test]
    fn lines_between_labels_in_any_order() {
        let labels = Sorted::new([30.0, 10.0, f64::NAN, 20.0], None);
        let w = Weights::linear(&labels, &[10.0, 12.5, 30.0, 31.0, f64::NAN]);
        assert_eq!(rows(&w), [vec![(1, 1.0)], vec![(1, 0.75), (3, 0.25)], vec![(0, 1.0)], vec![], vec![]]);
        assert_eq!(rows(&Weights::nearest(&labels, &[15.0, 15.1, 9.0])), [vec![(1, 1.0)], vec![(3, 1.0)], vec![]]);
        assert_eq!((w.hull(Span::new(0, 3)), w.hull(Span::new(3, 2))), (Span::new(0, 4), Span::new(0, 0)));
        let (used, narrow) = w.narrowed();
        assert_eq!((used, rows(&narrow)[1].clone()), (vec![0, 1, 3], vec![(1, 0.75), (2, 0.25)]));
        assert_eq!((labels.position(15.0), labels.position(99.0)), (Some(3), Some(0)));
    }

    #[test]
    fn a_turn_joins_the_ends() {
        let labels = Sorted::new([0.0, 90.0, 180.0, 270.0], Some(360.0));
        assert_eq!(rows(&Weights::linear(&labels, &[315.0])), [[(3, 0.5), (0, 0.5)]]);
    }

    #[test]
    fn shares_of_cells_add_up_around_the_circle() {
        let cells = [[-45.0, 45.0], [45.0, 135.0], [135.0, 225.0], [225.0, 315.0]];
        let w = Weights::overlap(&cells, &[[0.0, 60.0], [330.0, 30.0 + 360.0], [-60.0, -30.0]], Some(360.0));
        assert_eq!(rows(&w), [vec![(0, 45.0), (1, 15.0)], vec![(0, 60.0)], vec![(0, 15.0), (3, 15.0)]]);
        assert_eq!(
            rows(&Weights::overlap(&cells, &[[60.0, 0.0], [-90.0, -45.0]], None)),
            [vec![(0, 45.0), (1, 15.0)], vec![]]
        );
    }
}
