//! Owns the axes of plots that are no maps: marks, numbers and names along the left and the
//! bottom. Knows nothing of values or colours.

use super::layout::{LABEL_PT, Page, Rim, TICK_PT, text_width};
use super::parts::{Anchor, Baseline, Rect, TextRole};
use super::spec::PlotSpec;
use super::ticks::{Tick, nice_ticks};
use crate::cast::ceil_usize;
use crate::geo::{GridKind, MapView};

/// Marks and name of one axis.
pub(super) struct AxisMarks {
    pub(super) ticks: Vec<Tick>,
    pub(super) label: String,
}

impl AxisMarks {
    /// Given marks that lie in the range, else round numbers about `apart` pixels apart.
    pub(super) fn new(given: Option<&Vec<Tick>>, range: [f64; 2], length_px: f64, apart: f64, label: &str) -> Self {
        let [low, high] = if range[0] <= range[1] { range } else { [range[1], range[0]] };
        let most = ceil_usize(length_px / apart).clamp(2, 12);
        let ticks = match given {
            Some(given) => given.iter().filter(|t| (low..=high).contains(&t.value)).cloned().collect(),
            None => nice_ticks(low, high, most),
        };
        Self { ticks, label: label.to_owned() }
    }

    /// Points that the numbers and the name of a vertical axis take.
    pub(super) fn width_pt(&self) -> f64 {
        let widest = self.ticks.iter().map(|t| text_width(&t.label, TICK_PT)).fold(0.0, f64::max);
        widest + 10.0 + if self.label.is_empty() { 0.0 } else { LABEL_PT + 8.0 }
    }
}

/// Points that the numbers and the name of a horizontal axis take.
pub(super) fn height_pt(label: &str) -> f64 {
    TICK_PT + 10.0 + if label.is_empty() { 0.0 } else { LABEL_PT + 6.0 }
}

/// Draws the border of the frame and both axes; with `grid`, quiet lines across it.
pub(super) fn draw(page: &mut Page, frame: Rect, view: &MapView, x: &AxisMarks, y: &AxisMarks, grid: bool) {
    let pt = page.pt;
    let quiet = page.palette.graticule;
    let mut across = |from: [f64; 2], to: [f64; 2]| {
        if grid {
            let stroke = Some((quiet, 0.7 * pt));
            page.shapes.push(super::parts::Shape { points: vec![from, to], closed: false, fill: None, stroke });
        }
    };
    let at_x = |v: f64| frame.x + view.pixel_from_xy([v, 0.0])[0];
    let at_y = |v: f64| frame.y + view.pixel_from_xy([0.0, v])[1];
    x.ticks.iter().map(|t| at_x(t.value)).for_each(|x| across([x, frame.y], [x, frame.bottom()]));
    y.ticks.iter().map(|t| at_y(t.value)).for_each(|y| across([frame.x, y], [frame.right(), y]));
    page.border(frame, 0.75);
    let mut taken = f64::NEG_INFINITY;
    for tick in &x.ticks {
        let x = at_x(tick.value);
        page.line([x, frame.bottom()], [x, frame.bottom() + 3.0 * pt], 0.75);
        let half = text_width(&tick.label, TICK_PT * pt) / 2.0;
        // A number that would touch the one before it is left out; its mark stays.
        if x - half > taken {
            taken = x + half + 6.0 * pt;
            page.text(TextRole::Tick, &tick.label, [x, frame.bottom() + 7.0 * pt], (Anchor::Middle, Baseline::Top));
        }
    }
    for tick in &y.ticks {
        let y = at_y(tick.value);
        page.line([frame.x - 3.0 * pt, y], [frame.x, y], 0.75);
        page.text(TextRole::Tick, &tick.label, [frame.x - 7.0 * pt, y], (Anchor::End, Baseline::Middle));
    }
    if !x.label.is_empty() {
        let at = [frame.x + frame.width / 2.0, frame.bottom() + (7.0 + TICK_PT + 6.0) * pt];
        page.text(TextRole::AxisLabel, &x.label, at, (Anchor::Middle, Baseline::Top));
    }
    if !y.label.is_empty() {
        let at = [frame.x - (y.width_pt() - 2.0) * pt, frame.y + frame.height / 2.0];
        page.text(TextRole::AxisLabel, &y.label, at, (Anchor::Middle, Baseline::Top));
        if let Some(text) = page.texts.last_mut() {
            text.upwards = true;
        }
    }
}

/// The axes of a plain grid.
pub(super) struct PlainAxes<'a> {
    pub(super) spec: &'a PlotSpec,
    pub(super) frame: Rect,
    pub(super) view: &'a MapView,
}

impl PlainAxes<'_> {
    pub(super) fn draw(&self, page: &mut Page) {
        let [west, south, east, north] = self.view.bounds();
        let pt = page.pt;
        let [x_ticks, y_ticks] = &self.spec.axis_ticks;
        let [x_label, y_label] = &self.spec.axis_labels;
        let x = AxisMarks::new(x_ticks.as_ref(), [west, east], self.frame.width, 80.0 * pt, x_label);
        let y = AxisMarks::new(y_ticks.as_ref(), [south, north], self.frame.height, 48.0 * pt, y_label);
        draw(page, self.frame, self.view, &x, &y, false);
    }
}

/// Room for the axes of a plain grid.
pub(super) fn rim(spec: &PlotSpec) -> Rim {
    let GridKind::Plain { y, .. } = spec.field.grid.kind() else {
        return Rim::default();
    };
    let [x_label, y_label] = &spec.axis_labels;
    let marks = AxisMarks::new(spec.axis_ticks[1].as_ref(), y.span(), 400.0, 48.0, y_label);
    Rim { left: marks.width_pt(), right: 12.0, top: 0.0, bottom: height_pt(x_label) }
}

/// Width over height of an image, where its pixels are to be square and it is not too long for that; none for sections,
/// whose axes differ in kind.
pub(super) fn aspect(spec: &PlotSpec) -> Option<f64> {
    let GridKind::Plain { x, y } = spec.field.grid.kind() else {
        return None;
    };
    let ([left, right], [low, high]) = (x.span(), y.span());
    let aspect = (right - left) / (high - low);
    (spec.square && (0.125..=8.0).contains(&aspect)).then_some(aspect)
}
