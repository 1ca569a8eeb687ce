//! Owns where the degrees of meridians and parallels stand: where a line meets the edge of
//! the map, outside it in a figure, just inside in a tile, never on one another.

use super::layout::{TICK_PT, text_width};
use super::parts::{Anchor, Baseline, Rect, Text, TextRole};
use super::spec::Palette;
use crate::geo::{Graticule, Line, MapView};

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
    let mut placed: Vec<(Rect, Text)> = Vec::new();
    for (line, paths) in &graticule.lines {
        let mut ends = Vec::new();
        for path in paths.iter() {
            let px: Vec<[f64; 2]> = path.iter().map(|p| view.pixel_from_xy(*p)).collect();
            ends.extend(line_ends(&px, view.size_px, *line));
        }
        // Parallels are labelled on the left, meridians at the bottom, unless the line does
        // not go there.
        let wanted = |e: &End| match line {
            Line::Parallel(_) => e.out[0] < -0.3,
            Line::Meridian(_) => e.out[1] > 0.3,
        };
        let rank = |e: &End| match line {
            Line::Parallel(_) => e.at[0],
            Line::Meridian(_) => -e.at[1],
        };
        let best = ends.iter().filter(|e| wanted(e)).min_by(|a, b| rank(a).total_cmp(&rank(b)));
        let polar =
            |e: &&End| matches!(line, Line::Meridian(_)) && is_polar(view) && (e.out[0].abs() > 0.3 || e.out[1] < -0.3);
        let Some(end) = best.or_else(|| ends.iter().find(polar)) else {
            continue;
        };
        if let Some((room, text)) = label(*line, end, view, frame, pt, palette, inside)
            && !placed.iter().any(|(other, _)| overlap(other, &room))
        {
            placed.push((room, text));
        }
    }
    placed.into_iter().map(|(_, text)| text).collect()
}

fn is_polar(view: &MapView) -> bool {
    let [lon_0, lat_0] = view.projection.centre();
    lat_0.abs() > 60.0 && view.projection.xy_from_lonlat([lon_0, lat_0]).is_some()
}

/// The ends of the visible pieces of a line that lie on the frame or the edge of the globe.
fn line_ends(px: &[[f64; 2]], size: [f64; 2], line: Line) -> Vec<End> {
    let inside = |p: &[f64; 2]| (0.0..=size[0]).contains(&p[0]) && (0.0..=size[1]).contains(&p[1]);
    let mut ends = Vec::new();
    for pair in px.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        match (inside(&a), inside(&b)) {
            (true, false) => ends.extend(crossing(a, b, size)),
            (false, true) => ends.extend(crossing(b, a, size)),
            _ => {}
        }
    }
    // A free end is the edge of the globe; that of a meridian may be the pole, which is none.
    let middle = [size[0] / 2.0, size[1] / 2.0];
    let free = |at: [f64; 2], before: [f64; 2]| -> Option<End> {
        if !inside(&at) {
            return None;
        }
        let along = [at[0] - before[0], at[1] - before[1]];
        let length = along[0].hypot(along[1]).max(1e-9);
        let out = match line {
            Line::Parallel(_) => [(at[0] - middle[0]).signum(), 0.0],
            Line::Meridian(_) => [along[0] / length, along[1] / length],
        };
        Some(End { at, out })
    };
    if let ([a, b, ..], [.., y, z]) = (px, px) {
        let closed = (a[0] - z[0]).hypot(a[1] - z[1]) < 1.0;
        if !closed {
            ends.extend(free(*a, *b));
            ends.extend(free(*z, *y));
        }
    }
    ends
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
    let side = |o: f64| if o.abs() < 0.5 { 0.0 } else { o.signum() * gap.signum() };
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
