//! Owns how a figure shares its room: margins, the frame of the map or plot, title, colour
//! bar and source line. Knows nothing of projections or values.

use super::color::ColorScale;
use super::parts::{Anchor, Baseline, ColorBar, Rect, Shape, Text, TextRole};
use super::spec::Palette;
use crate::cast::f64_of;

/// Sizes in points, on the 4-point grid where they are distances.
pub(super) const TITLE_PT: f64 = 17.0;
pub(super) const SUBTITLE_PT: f64 = 12.5;
pub(super) const LABEL_PT: f64 = 11.5;
pub(super) const TICK_PT: f64 = 11.0;
pub(super) const SOURCE_PT: f64 = 9.5;
const MARGIN_PT: f64 = 24.0;
const BAR_PT: f64 = 10.0;
/// Longest label of a colour bar that stands beside it, letters.
const SHORT_LABEL: usize = 12;

/// Width of a text in Inter, near enough to keep labels apart: its letters average 0.56 em.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'l' | 'j' | '.' | ',' | ':' | '\'' | '|' | 'I' | ' ' | '⁻' | '¹' => 0.29,
            'm' | 'w' | 'M' | 'W' => 0.86,
            'A'..='Z' => 0.68,
            '°' => 0.42,
            _ => 0.59,
        })
        .sum();
    ems * size
}

/// The words around a plot.
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) source: &'a str,
}

/// Room needed on each side of the frame for ticks and labels of axes, points.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rim {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// A figure being laid out. Lengths inside are device pixels; `pt` turns points into them.
pub(super) struct Page {
    pub(super) size: [f64; 2],
    pub(super) pt: f64,
    pub(super) palette: Palette,
    pub(super) texts: Vec<Text>,
    pub(super) shapes: Vec<Shape>,
}

impl Page {
    pub(super) fn new(size_px: [u32; 2], pixel_ratio: f64, palette: Palette) -> Self {
        let size = size_px.map(f64::from);
        Self { size, pt: pixel_ratio, palette, texts: Vec::new(), shapes: Vec::new() }
    }

    /// Writes title, subtitle and source and gives back the frame left between them, the rim
    /// and (with `bar`) the colour bar, in the given aspect (width / height) where there is
    /// one, centred in its room.
    pub(super) fn frame(&mut self, words: &Words<'_>, rim: Rim, bar: bool, aspect: Option<f64>) -> Rect {
        let pt = self.pt;
        let head = if words.title.is_empty() { 0.0 } else { TITLE_PT + 8.0 }
            + if words.subtitle.is_empty() { 0.0 } else { SUBTITLE_PT + 8.0 };
        let foot = if bar { 12.0 + BAR_PT + 4.0 + TICK_PT + 8.0 + LABEL_PT } else { 0.0 }
            + if words.source.is_empty() { 0.0 } else { 12.0 + SOURCE_PT };
        let gap = if head > 0.0 { 6.0 } else { 0.0 };
        let left = (MARGIN_PT + rim.left) * pt;
        let top = (MARGIN_PT + head + gap + rim.top) * pt;
        let width = (self.size[0] - left - (MARGIN_PT + rim.right) * pt).max(16.0);
        let height = (self.size[1] - top - (MARGIN_PT + foot + rim.bottom) * pt).max(16.0);
        let (w, h) = match aspect.filter(|a| a.is_finite() && *a > 0.0) {
            Some(a) => (width.min(height * a), height.min(width / a)),
            None => (width, height),
        };
        // Whole pixels keep the frame crisp.
        let x = (left + (width - w) / 2.0).round();
        let y = (top + (height - h) / 2.0).round();
        let frame = Rect { x, y, width: w.round(), height: h.round() };
        let shift = y - top;
        self.head(words, MARGIN_PT * pt + shift);
        if !words.source.is_empty() {
            let at = [MARGIN_PT * pt, self.size[1] - MARGIN_PT * pt];
            self.text(TextRole::Source, words.source, at, (Anchor::Start, Baseline::Bottom));
        }
        frame
    }

    fn head(&mut self, words: &Words<'_>, top: f64) {
        let pt = self.pt;
        let mut y = top;
        if !words.title.is_empty() {
            self.text(TextRole::Title, words.title, [MARGIN_PT * pt, y], (Anchor::Start, Baseline::Top));
            y += (TITLE_PT + 8.0) * pt;
        }
        if !words.subtitle.is_empty() {
            self.text(TextRole::Subtitle, words.subtitle, [MARGIN_PT * pt, y], (Anchor::Start, Baseline::Top));
        }
    }

    /// Adds a text in the style of its role.
    pub(super) fn text(&mut self, role: TextRole, text: &str, at: [f64; 2], (anchor, baseline): (Anchor, Baseline)) {
        let (size, bold, color) = match role {
            TextRole::Title => (TITLE_PT, true, self.palette.ink),
            TextRole::Subtitle => (SUBTITLE_PT, false, self.palette.quiet_ink),
            TextRole::AxisLabel | TextRole::Legend => (LABEL_PT, false, self.palette.ink),
            TextRole::Tick | TextRole::Graticule => (TICK_PT, false, self.palette.quiet_ink),
            TextRole::Source => (SOURCE_PT, false, self.palette.quiet_ink),
        };
        let room = self.size[0] - 2.0 * MARGIN_PT * self.pt;
        let size_px = size * self.pt;
        let text = match role {
            TextRole::Title | TextRole::Subtitle | TextRole::Source => shortened(text, size_px, room),
            _ => text.to_owned(),
        };
        self.texts.push(Text { role, text, at, anchor, baseline, size_px, bold, color, upwards: false, halo: None });
    }

    /// A straight line in the colour of edges.
    pub(super) fn line(&mut self, from: [f64; 2], to: [f64; 2], width_pt: f64) {
        let stroke = Some((self.palette.edge, width_pt * self.pt));
        self.shapes.push(Shape { points: vec![from, to], closed: false, fill: None, stroke });
    }

    /// The border of a rectangle in the colour of edges.
    pub(super) fn border(&mut self, r: Rect, width_pt: f64) {
        let stroke = Some((self.palette.edge, width_pt * self.pt));
        let points = vec![[r.x, r.y], [r.right(), r.y], [r.right(), r.bottom()], [r.x, r.bottom()]];
        self.shapes.push(Shape { points, closed: true, fill: None, stroke });
    }

    /// Lays the colour bar under the frame, `below` points lower than its bottom.
    pub(super) fn color_bar(&mut self, frame: Rect, below: f64, scale: &ColorScale, label: &str) -> ColorBar {
        let pt = self.pt;
        let room = self.size[0] - 2.0 * MARGIN_PT * pt;
        let width = (frame.width * 0.62).clamp(160.0 * pt, 520.0 * pt).min(room).round();
        let x = (frame.x + (frame.width - width) / 2.0)
            .clamp(MARGIN_PT * pt, (self.size[0] - MARGIN_PT * pt - width).max(MARGIN_PT * pt));
        let place = Rect {
            x: x.round(),
            y: (frame.bottom() + (below + 12.0) * pt).round(),
            width,
            height: (BAR_PT * pt).round(),
        };
        self.border(place, 0.5);
        let ticks = scale.ticks(crate::cast::ceil_usize(width / (64.0 * pt)).clamp(3, 9));
        for tick in &ticks {
            let at = place.x + place.width * scale.share_of(tick.value).clamp(0.0, 1.0);
            self.line([at, place.bottom()], [at, place.bottom() + 3.0 * pt], 1.0);
            self.text(TextRole::Tick, &tick.label, [at, place.bottom() + 6.0 * pt], (Anchor::Middle, Baseline::Top));
        }
        // Units alone stand at the end of the bar; a name needs a line of its own.
        if label.chars().count() <= SHORT_LABEL {
            let at = [place.right() + 14.0 * pt, place.y + place.height / 2.0];
            self.text(TextRole::AxisLabel, label, at, (Anchor::Start, Baseline::Middle));
        } else {
            let at = [place.x + place.width / 2.0, place.bottom() + (6.0 + TICK_PT + 8.0) * pt];
            self.text(TextRole::AxisLabel, label, at, (Anchor::Middle, Baseline::Top));
        }
        ColorBar { scale: scale.clone(), label: label.to_owned(), ticks, place: Some(place) }
    }
}

/// Ends a text that is too long with an ellipsis.
fn shortened(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size) <= room {
        return text.to_owned();
    }
    let share = room / text_width(text, size);
    let keep = crate::cast::ceil_usize(f64_of(text.chars().count()) * share).saturating_sub(2);
    format!("{}…", text.chars().take(keep).collect::<String>().trim_end())
}
