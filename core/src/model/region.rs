//! Hyper-rectangles of an array: the unit of every request.

use super::{Error, Result};

/// `len` positions from `start` along one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First position.
    pub start: usize,
    /// Number of positions.
    pub len: usize,
}

impl Span {
    /// `len` positions from `start`.
    #[must_use]
    pub fn new(start: usize, len: usize) -> Self {
        Self { start, len }
    }

    /// One past the last position.
    #[must_use]
    pub fn end(self) -> usize {
        self.start + self.len
    }

    /// The common part, empty (at `self.start`) where there is none.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        let end = self.end().min(other.end());
        if end > start { Self::new(start, end - start) } else { Self::new(self.start, 0) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        let start = self.start.min(other.start);
        Self::new(start, self.end().max(other.end()) - start)
    }
}

/// A hyper-rectangle: one [`Span`] for each dimension. A scalar's region has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Region(pub Vec<Span>);

impl Region {
    /// All of an array of this shape.
    #[must_use]
    pub fn all(shape: &[usize]) -> Self {
        Self(shape.iter().map(|&n| Span::new(0, n)).collect())
    }

    /// The lengths along each dimension.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        self.0.iter().map(|s| s.len).collect()
    }

    /// The number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.0.iter().map(|s| s.len).product()
    }

    /// Whether it holds no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(|s| s.len == 0)
    }

    /// The common part, `None` where there is none. Both must have the same number of dimensions.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Option<Self> {
        let both = Self(self.0.iter().zip(&other.0).map(|(a, b)| a.intersect(*b)).collect());
        (!both.is_empty()).then_some(both)
    }

    /// The smallest region that holds both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a.hull(*b)).collect())
    }

    /// The same region relative to `origin`'s first cell. `origin` must contain it.
    #[must_use]
    pub fn relative_to(&self, origin: &Self) -> Self {
        Self(self.0.iter().zip(&origin.0).map(|(a, b)| Span::new(a.start - b.start, a.len)).collect())
    }

    /// A region relative to `origin`'s first cell as what it is beside it; undoes [`Self::relative_to`].
    #[must_use]
    pub fn moved_by(&self, origin: &Self) -> Self {
        Self(self.0.iter().zip(&origin.0).map(|(a, b)| Span::new(a.start + b.start, a.len)).collect())
    }

    /// Checks that it lies inside an array of this shape.
    ///
    /// # Errors
    /// [`Invalid`](super::ErrorKind::Invalid) naming the dimension, the range and the size.
    pub fn check(&self, shape: &[usize]) -> Result<()> {
        if self.0.len() != shape.len() {
            return Err(Error::invalid(format!(
                "a selection of {} dimensions on an array of {}",
                self.0.len(),
                shape.len()
            )));
        }
        for (d, (span, &size)) in self.0.iter().zip(shape).enumerate() {
            if span.start.checked_add(span.len).is_none_or(|end| end > size) {
                return Err(Error::invalid(format!(
                    "positions {}..{} of dimension {d} lie outside its size {size}",
                    span.start,
                    span.start.saturating_add(span.len)
                )));
            }
        }
        Ok(())
    }

    /// The regions of a regular chunk grid that touch this one, in C order, each cut at the array's edge (`shape`).
    /// Symbolic: chunks are made as the iterator advances.
    pub fn chunks<'a>(&'a self, chunk: &'a [usize], shape: &'a [usize]) -> impl Iterator<Item = Self> + 'a {
        let lo: Vec<usize> = self.0.iter().zip(chunk).map(|(s, &c)| s.start / c.max(1)).collect();
        let hi: Vec<usize> = self.0.iter().zip(chunk).map(|(s, &c)| s.end().div_ceil(c.max(1))).collect();
        let mut next = if self.is_empty() { None } else { Some(lo.clone()) };
        std::iter::from_fn(move || {
            let at = next.take()?;
            let region = Self(
                at.iter()
                    .zip(chunk)
                    .zip(shape)
                    .map(|((&i, &c), &n)| {
                        let start = i * c.max(1);
                        Span::new(start, c.max(1).min(n.saturating_sub(start)))
                    })
                    .collect(),
            );
            let mut following = at;
            for d in (0..following.len()).rev() {
                following[d] += 1;
                if following[d] < hi[d] {
                    next = Some(following);
                    break;
                }
                following[d] = lo[d];
            }
            Some(region)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Region, Span};

    #[test]
    fn chunks_cover_a_region_once_and_are_cut_at_the_edge() {
        let region = Region(vec![Span::new(3, 4), Span::new(0, 5)]);
        let chunks: Vec<_> = region.chunks(&[4, 2], &[9, 5]).collect();
        assert_eq!(chunks.len(), 6);
        assert_eq!(chunks[0], Region(vec![Span::new(0, 4), Span::new(0, 2)]));
        assert_eq!(chunks[5], Region(vec![Span::new(4, 4), Span::new(4, 1)]));
        let cells: usize = chunks.iter().filter_map(|c| c.intersect(&region)).map(|c| c.cells()).sum();
        assert_eq!(cells, region.cells());
        assert_eq!(Region::default().chunks(&[], &[]).count(), 1);
    }
}
