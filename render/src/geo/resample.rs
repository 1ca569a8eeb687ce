//! Owns the way of a line from degrees to the plane: more points where it bends, a cut where
//! the projection tears (the seam, an interruption) or ends (the horizon). No projection is
//! treated by name: a tear shows itself, because halving a step does not halve its length.
//! Knows nothing of what the line shows.

use super::paths::Paths;
use super::projection::Transformer;

/// A point in degrees and on the plane, where it has a place.
#[derive(Clone, Copy)]
struct Point {
    lonlat: [f64; 2],
    xy: Option<[f64; 2]>,
}

/// Projects lines one after another.
pub(crate) struct Resampler<'a> {
    to: &'a Transformer,
    /// Largest distance between a curve and its chord, projected units.
    tolerance: f64,
    /// A step below this many degrees is not halved again.
    finest_deg: f64,
    /// A point nearer than this to the one before it is left out, projected units.
    spacing: f64,
    line: Vec<[f64; 2]>,
    /// The newest point, when it was too near to be kept; the last of a line always is.
    waiting: Option<[f64; 2]>,
    paths: Paths,
}

impl<'a> Resampler<'a> {
    /// `tolerance` is the largest distance between a curve and its chord, projected units;
    /// `finest_deg` how near a cut lies to where the projection really tears, degrees.
    pub(crate) fn new(to: &'a Transformer, tolerance: f64, finest_deg: f64) -> Self {
        Self { to, tolerance, finest_deg, spacing: 0.0, line: Vec::new(), waiting: None, paths: Paths::new() }
    }

    /// Leaves out points nearer than `spacing` to the one before them, and lines smaller than
    /// that altogether.
    pub(crate) fn thinned(self, spacing: f64) -> Self {
        Self { spacing, ..self }
    }

    /// Adds a line given in degrees. Neighbouring points must be less than 180° apart;
    /// between them the line runs straight in longitude and latitude.
    pub(crate) fn add(&mut self, lonlat: impl IntoIterator<Item = [f64; 2]>) {
        let mut before: Option<Point> = None;
        for lonlat in lonlat {
            let here = self.point(lonlat);
            match before {
                None => self.start(here),
                Some(before) => self.step(before, here),
            }
            before = Some(here);
        }
        self.finish();
    }

    /// The projected lines.
    pub(crate) fn done(mut self) -> Paths {
        self.finish();
        self.paths
    }

    fn point(&self, lonlat: [f64; 2]) -> Point {
        Point { lonlat, xy: self.to.xy_from_lonlat(lonlat) }
    }

    fn finish(&mut self) {
        let dot = self.line.len() == 1;
        if let Some(last) = self.waiting.take().filter(|_| !dot || self.spacing == 0.0) {
            self.line.push(last);
        }
        self.paths.push(&self.line);
        self.line.clear();
    }

    fn push(&mut self, q: [f64; 2]) {
        if self.line.last().is_some_and(|p| distance(*p, q) < self.spacing) {
            self.waiting = Some(q);
        } else {
            self.waiting = None;
            self.line.push(q);
        }
    }

    fn start(&mut self, at: Point) {
        self.finish();
        self.line.extend(at.xy);
    }

    fn step(&mut self, a: Point, b: Point) {
        let length = (b.lonlat[0] - a.lonlat[0]).abs().max((b.lonlat[1] - a.lonlat[1]).abs());
        let middle = match (a.xy, b.xy) {
            (None, None) => return,
            (Some(p), Some(q)) => {
                if distance(p, q) <= 2.0 * self.tolerance {
                    self.push(q);
                    return;
                }
                let middle = self.middle(a, b);
                let chord = [f64::midpoint(p[0], q[0]), f64::midpoint(p[1], q[1])];
                if middle.xy.is_some_and(|m| distance(m, chord) <= self.tolerance) {
                    self.push(q);
                    return;
                }
                middle
            }
            _ => self.middle(a, b),
        };
        if length <= self.finest_deg {
            // The halves still do not join: the projection tears or ends here.
            self.start(b);
            return;
        }
        self.step(a, middle);
        self.step(middle, b);
    }

    fn middle(&self, a: Point, b: Point) -> Point {
        self.point([f64::midpoint(a.lonlat[0], b.lonlat[0]), f64::midpoint(a.lonlat[1], b.lonlat[1])])
    }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
