//! Owns the building of a line plot from its spec. Knows nothing of painters.

use std::sync::Arc;

use super::axes::{self, AxisMarks};
use super::layout::{LABEL_PT, Page, Rim, Words, text_width};
use super::map::Scene;
use super::parts::{Anchor, Baseline, Layer, LineKind, LineLayer, Shape, TextRole};
use super::spec::LinePlotSpec;
use crate::RenderError;
use crate::cast::{ceil_usize, cell_of, f64_of};
use crate::geo::{MapView, Paths};

impl Scene {
    /// Builds a line plot. A line with more points than pixels is drawn by its smallest and
    /// largest value per pixel, so peaks stay.
    ///
    /// # Errors
    /// [`RenderError::Layout`] when a series has as many x as y not, or nothing has a value.
    pub fn build_lines(spec: &LinePlotSpec) -> Result<Self, RenderError> {
        if let Some(s) = spec.series.iter().find(|s| s.x.len() != s.y.len()) {
            let reason = format!("series '{}' has {} places but {} values", s.name, s.x.len(), s.y.len());
            return Err(RenderError::Layout { reason });
        }
        let points =
            || spec.series.iter().flat_map(|s| s.x.iter().zip(&s.y)).filter(|(x, y)| x.is_finite() && y.is_finite());
        let (Some(x), Some(y)) = (range(points().map(|(x, _)| *x), 0.01), range(points().map(|(_, y)| *y), 0.06))
        else {
            return Err(RenderError::Layout {
                reason: "no series has a value; choose another place or time".to_owned(),
            });
        };
        let palette = spec.theme.palette();
        let mut page = Page::new(spec.size_px, spec.pixel_ratio, palette);
        let pt = page.pt;
        let marks_y = AxisMarks::new(None, y, page.size[1] * 0.7, 56.0 * pt, &spec.y_label);
        let legend = spec.series.len() > 1;
        let rim = Rim {
            left: marks_y.width_pt(),
            right: 12.0,
            top: if legend { LABEL_PT + 12.0 } else { 0.0 },
            bottom: axes::height_pt(&spec.x_label),
        };
        let words = Words { title: &spec.title, subtitle: &spec.subtitle, source: &spec.source };
        let frame = page.frame(&words, rim, false, None);
        let mut view = MapView::fill_plane([x[0], y[0], x[1], y[1]], [frame.width, frame.height]);
        if spec.y_down {
            view.units_per_px[1] = -view.units_per_px[1];
        }
        let marks_x = AxisMarks::new(spec.x_ticks.as_ref(), x, frame.width, 90.0 * pt, &spec.x_label);
        axes::draw(&mut page, frame, &view, &marks_x, &marks_y, true);
        let color = |i: usize| palette.series[i % palette.series.len()];
        let mut layers = Vec::new();
        let mut legend_x = frame.x;
        for (i, series) in spec.series.iter().enumerate() {
            let paths = Arc::new(decimated(&series.x, &series.y, &view));
            layers.push(Layer::Lines(LineLayer { kind: LineKind::Series, paths, color: color(i), width_px: 1.6 * pt }));
            if legend {
                let y = frame.y - (LABEL_PT / 2.0 + 6.0) * pt;
                let stroke = Some((color(i), 2.0 * pt));
                let points = vec![[legend_x, y], [legend_x + 16.0 * pt, y]];
                page.shapes.push(Shape { points, closed: false, fill: None, stroke });
                page.text(TextRole::Legend, &series.name, [legend_x + 22.0 * pt, y], (Anchor::Start, Baseline::Middle));
                legend_x += (22.0 + 20.0) * pt + text_width(&series.name, LABEL_PT * pt);
            }
        }
        let Page { texts, shapes, .. } = page;
        Ok(Self {
            size_px: spec.size_px,
            pixel_ratio: spec.pixel_ratio,
            background: palette.background,
            frame,
            view,
            layers,
            shapes,
            color_bar: None,
            texts,
        })
    }
}

/// Smallest and largest, with a margin; a single value gets room around it.
fn range(values: impl Iterator<Item = f64>, margin: f64) -> Option<[f64; 2]> {
    let [low, high] =
        values.fold(None, |r: Option<[f64; 2]>, v| Some(r.map_or([v, v], |[l, h]| [l.min(v), h.max(v)])))?;
    let room = if high > low { (high - low) * margin } else { low.abs().max(1.0) * 0.05 };
    Some([low - room, high + room])
}

/// The line in pieces between missing values, with at most four points per pixel column.
fn decimated(x: &[f64], y: &[f64], view: &MapView) -> Paths {
    let mut paths = Paths::new();
    let whole: Vec<[f64; 2]> = x.iter().zip(y).map(|(x, y)| [*x, *y]).collect();
    for piece in whole.split(|p| !(p[0].is_finite() && p[1].is_finite())) {
        let rising = piece.windows(2).all(|w| w[0][0] <= w[1][0]);
        let columns = ceil_usize(view.size_px[0]);
        match piece {
            // A value alone between missing ones is still seen.
            [only] => {
                let half = view.units_per_px[0].abs();
                paths.push(&[[only[0] - half, only[1]], [only[0] + half, only[1]]]);
            }
            _ if rising && piece.len() > 4 * columns => paths.push(&per_column(piece, view, columns)),
            _ => paths.push(piece),
        }
    }
    paths
}

/// First, lowest, highest and last point of each pixel column, in order.
fn per_column(piece: &[[f64; 2]], view: &MapView, columns: usize) -> Vec<[f64; 2]> {
    let column = |p: &[f64; 2]| cell_of(view.pixel_from_xy(*p)[0].clamp(0.0, f64_of(columns)), columns + 1);
    let mut out: Vec<[f64; 2]> = Vec::new();
    for run in piece.chunk_by(|a, b| column(a) == column(b)) {
        let by_value = |a: &usize, b: &usize| run[*a][1].total_cmp(&run[*b][1]);
        let low = (0..run.len()).min_by(by_value).unwrap_or(0);
        let high = (0..run.len()).max_by(by_value).unwrap_or(0);
        let mut picks = [0, low, high, run.len() - 1];
        picks.sort_unstable();
        picks.iter().for_each(|i| {
            if out.last() != Some(&run[*i]) {
                out.push(run[*i]);
            }
        });
    }
    out
}
