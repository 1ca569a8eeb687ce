//! Owns many lines in one piece of memory. Knows nothing of what they show.

/// Lines on a plane, one after the other.
///
/// Invariant: `ends` rises, its last value is `points.len()`, and every line has at least two
/// points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paths {
    points: Vec<[f64; 2]>,
    ends: Vec<usize>,
}

impl Paths {
    /// No lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a line; one of fewer than two points is left out.
    pub fn push(&mut self, line: &[[f64; 2]]) {
        if line.len() >= 2 {
            self.points.extend_from_slice(line);
            self.ends.push(self.points.len());
        }
    }

    /// The lines in order.
    pub fn iter(&self) -> impl Iterator<Item = &[[f64; 2]]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.points.get(start..*end))
    }

    /// Number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Number of points of all lines.
    #[must_use]
    pub fn points(&self) -> usize {
        self.points.len()
    }

    /// Memory held, for budgets.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.points.len() * size_of::<[f64; 2]>() + self.ends.len() * size_of::<usize>()
    }
}
