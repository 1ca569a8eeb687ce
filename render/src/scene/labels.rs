//! Owns where the degrees of meridians and parallels stand: where a line meets the edge of
//! the map, outside it in a figure, just inside in a tile, never on one another.

use super::layout::{TICK_PT, text_width};
use super::parts::{Anchor, Baseline, Rect, Text, TextRole};
use super::spec::Palette;
use crate::geo::{Graticule, Line, MapView, Transformer};

/// A place where a line ends, in pixels of the frame, and the way out of the map from there.
struct End {
    at: [f64; 2],
    out: [f64; 2],
}

/// Labels of a graticule. `inside` puts those on the frame's edge within the frame.
pub(super) fn labels(
    graticule: &Graticule,
    view: &MapView,
    frame: Rect,
    pt: f64,
    palette: &Palette,
    inside: bool,
) -> Vec<Text> {
    let Ok(to) = view.projection.transformer() else {
        return Vec::new();
    };
    let edge = Edge { view, to: &to, pole_is_point: graticule.pole_is_point };
    let mut placed: Vec<(Rect, Text)> = Vec::new();
    let mut meridians = Vec::new();
    for (line, paths) in &graticule.lines {
        let mut ends = Vec::new();
        for path in paths.iter() {
            let px: Vec<[f64; 2]> = path.iter().map(|p| view.pixel_from_xy(*p)).collect();
            edge.ends(&px, &mut ends);
        }
        // Parallels are labelled on the left, meridians at the bottom; around a pole meridians
        // are labelled wherever they leave.
        let chosen = match line {
            Line::Parallel(_) => ends.iter().filter(|e| e.out[0] < -0.3).min_by(|a, b| a.at[0].total_cmp(&b.at[0])),
            Line::Meridian(_) if edge.is_polar() => ends.first(),
            Line::Meridian(_) => ends.iter().filter(|e| e.out[1] > 0.3).max_by(|a, b| a.at[1].total_cmp(&b.at[1])),
        };
        let made = chosen.and_then(|end| label(*line, end, view, frame, pt, palette, inside));
        match (line, made) {
            (_, None) => {}
            (Line::Meridian(lon), Some((room, text))) => meridians.push((*lon, room, text)),
            (Line::Parallel(_), Some(made)) => {
                if !placed.iter().any(|(other, _)| overlap(other, &made.0)) {
                    placed.push(made);
                }
            }
        }
    }
    for made in thinned(meridians, graticule.step) {
        if !placed.iter().any(|(other, _)| overlap(other, &made.0)) {
            placed.push(made);
        }
    }
    placed.into_iter().map(|(_, text)| text).collect()
}

/// The labels at every multiple of one, two, three … steps: the most that do not touch.
fn thinned(all: Vec<(f64, Rect, Text)>, step: f64) -> Vec<(Rect, Text)> {
    let kept = |lon: f64, stride: u32| {
        let steps = lon / (step * f64::from(stride));
        (steps - steps.round()).abs() < 1e-6
    };
    let clear = |stride: u32| {
        let rooms: Vec<&Rect> = all.iter().filter(|(lon, ..)| kept(*lon, stride)).map(|(_, room, _)| room).collect();
        rooms.iter().enumerate().all(|(i, a)| rooms[..i].iter().all(|b| !overlap(a, b)))
    };
    let stride = (1..=6).find(|s| clear(*s));
    let chosen = all.into_iter().filter(|(lon, ..)| stride.is_some_and(|s| kept(*lon, s)));
    chosen.map(|(_, room, text)| (room, text)).collect()
}

/// What is needed to know where lines leave the map.
struct Edge<'a> {
    view: &'a MapView,
    to: &'a Transformer,
    pole_is_point: bool,
}

impl Edge<'_> {
    /// True around a pole, where meridians are spokes.
    fn is_polar(&self) -> bool {
        let [_, lat_0] = self.view.projection.centre();
        lat_0.abs() > 75.0
    }

    /// Adds the ends of the visible pieces of a line that lie on the frame or on the edge of
    /// the globe.
    fn ends(&self, px: &[[f64; 2]], ends: &mut Vec<End>) {
        let size = self.view.size_px;
        let inside = |p: &[f64; 2]| (0..2).all(|k| (0.0..=size[k]).contains(&p[k]));
        for pair in px.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            match (inside(&a), inside(&b)) {
                (true, false) => ends.extend(crossing(a, b, size)),
                (false, true) => ends.extend(crossing(b, a, size)),
                _ => {}
            }
        }
        if let ([a, b, ..], [.., y, z]) = (px, px) {
            ends.extend(
                [(*a, *b), (*z, *y)]
                    .into_iter()
                    .filter(|(at, _)| inside(at))
                    .filter_map(|(at, before)| self.free(at, before)),
            );
        }
    }

    /// An end inside the frame, when it is the edge of the globe and no pole where all
    /// meridians meet. A line that simply stops there has more map beyond its end.
    fn free(&self, at: [f64; 2], before: [f64; 2]) -> Option<End> {
        let place = |px: [f64; 2]| self.to.lonlat_from_xy(self.view.xy_from_pixel(px));
        let along = unit([at[0] - before[0], at[1] - before[1]]);
        let polar = |lonlat: [f64; 2]| lonlat[1].abs() > 84.0;
        let out = if self.view.projection.is_disc() {
            // Away from the middle of the globe.
            let centre = self.view.pixel_from_lonlat(self.view.projection.centre())?;
            unit([at[0] - centre[0], at[1] - centre[1]])
        } else if along[1].abs() > 0.3 || place([at[0] - 2.0 * along[0], at[1] - 2.0 * along[1]]).is_none_or(polar) {
            // Straight out, so that labels stand in a row.
            [0.0, along[1].signum()]
        } else {
            [along[0].signum(), 0.0]
        };
        let goes_on = place([at[0] + 3.0 * out[0], at[1] + 3.0 * out[1]]).is_some();
        let at_pole = || place([at[0] - 2.0 * out[0], at[1] - 2.0 * out[1]]).is_some_and(polar);
        (!(goes_on || self.pole_is_point && at_pole())).then_some(End { at, out })
    }
}

fn unit(v: [f64; 2]) -> [f64; 2] {
    let length = v[0].hypot(v[1]).max(1e-9);
    v.map(|v| v / length)
}

/// Where the step from `a` (inside) to `b` (outside) leaves the frame.
fn crossing(a: [f64; 2], b: [f64; 2], size: [f64; 2]) -> Option<End> {
    let mut best: Option<(f64, [f64; 2])> = None;
    for k in 0..2 {
        for (limit, sign) in [(0.0, -1.0), (size[k], 1.0)] {
            let d = b[k] - a[k];
            if d * sign > 0.0 {
                let t = (limit - a[k]) / d;
                if (0.0..=1.0).contains(&t) && best.is_none_or(|(other, _)| t < other) {
                    let mut out = [0.0, 0.0];
                    out[k] = sign;
                    best = Some((t, out));
                }
            }
        }
    }
    best.map(|(t, out)| End { at: [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t], out })
}

fn label(
    line: Line,
    end: &End,
    view: &MapView,
    frame: Rect,
    pt: f64,
    palette: &Palette,
    inside: bool,
) -> Option<(Rect, Text)> {
    let on_frame = (0..2).any(|k| end.at[k] < 0.5 || end.at[k] > view.size_px[k] - 0.5);
    let size_px = TICK_PT * pt * if inside { 0.95 } else { 0.92 };
    let words = line.label();
    let (width, height) = (text_width(&words, size_px), size_px * 0.75);
    let gap = 6.0 * pt * if inside && on_frame { -1.0 } else { 1.0 };
    let [ox, oy] = end.out;
    let at = [frame.x + end.at[0] + ox * gap, frame.y + end.at[1] + oy * gap];
    let side = |o: f64| if o.abs() < 0.35 { 0.0 } else { o.signum() * gap.signum() };
    let (sx, sy) = (side(ox), side(oy));
    let (anchor, x) = match sx {
        s if s < 0.0 => (Anchor::End, at[0] - width),
        s if s > 0.0 => (Anchor::Start, at[0]),
        _ => (Anchor::Middle, at[0] - width / 2.0),
    };
    let (baseline, y) = match sy {
        s if s < 0.0 => (Baseline::Bottom, at[1] - height),
        s if s > 0.0 => (Baseline::Top, at[1]),
        _ => (Baseline::Middle, at[1] - height / 2.0),
    };
    let margin = 3.0 * pt;
    let room = Rect { x: x - margin, y: y - margin, width: width + 2.0 * margin, height: height + 2.0 * margin };
    let cut = inside
        && (room.x < frame.x || room.right() > frame.right() || room.y < frame.y || room.bottom() > frame.bottom());
    let halo = (inside && on_frame).then_some(palette.background.with_alpha(170));
    let color = if halo.is_some() { palette.ink } else { palette.quiet_ink };
    let text = Text {
        role: TextRole::Graticule,
        text: words,
        at,
        anchor,
        baseline,
        size_px,
        bold: false,
        color,
        upwards: false,
        halo,
    };
    (!cut).then_some((room, text))
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}
