//! Owns the SVG text of a scene: raster and colour bar as embedded PNG, all else as vectors.
//! Knows nothing of fonts' files or of pixels on a screen.

use std::fmt::Write as _;

use base64::Engine as _;

use super::png::encode;
use super::raster::raster_rgba;
use crate::RenderError;
use crate::cast::{f64_of, round_u32};
use crate::geo::MapView;
use crate::scene::{
    Anchor, Baseline, ColorBar, Layer, LineKind, LineLayer, RasterLayer, Rect, Rgba, Scene, Shape, Text,
};

/// Height of Inter's capitals, as a share of its size.
const CAPITALS: f64 = 0.727;

/// The scene as SVG. Its size is in points (device pixels over the pixel ratio), its
/// coordinates in device pixels.
///
/// # Errors
/// [`RenderError::Encode`] when the raster cannot be packed as PNG.
pub fn to_svg(scene: &Scene) -> Result<String, RenderError> {
    let [width, height] = scene.size_px.map(f64::from);
    let ratio = scene.pixel_ratio.max(1e-3);
    let frame = scene.frame;
    let mut out = String::with_capacity(1 << 18);
    put(
        &mut out,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {} {}" font-family="Inter, 'Helvetica Neue', Arial, sans-serif">"#,
            short(width / ratio),
            short(height / ratio),
            short(width),
            short(height),
        ),
    );
    put(
        &mut out,
        format_args!(
            r#"<defs><clipPath id="frame"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath></defs>"#,
            short(frame.x),
            short(frame.y),
            short(frame.width),
            short(frame.height),
        ),
    );
    if scene.background.0[3] > 0 {
        put(
            &mut out,
            format_args!(
                r#"<rect width="{}" height="{}" {}/>"#,
                short(width),
                short(height),
                paint("fill", scene.background)
            ),
        );
    }
    out.push_str("<g clip-path=\"url(#frame)\">\n");
    for layer in &scene.layers {
        match layer {
            Layer::Raster(raster) => image_of_raster(&mut out, raster, frame)?,
            Layer::Lines(lines) => path_of_lines(&mut out, lines, &scene.view, frame),
        }
    }
    out.push_str("</g>\n");
    if let Some(bar) = &scene.color_bar {
        color_bar(&mut out, bar, scene)?;
    }
    scene.shapes.iter().for_each(|shape| path_of_shape(&mut out, shape));
    scene.texts.iter().for_each(|text| words(&mut out, text));
    out.push_str("</svg>\n");
    Ok(out)
}

/// Writing to a `String` cannot fail.
fn put(out: &mut String, words: std::fmt::Arguments<'_>) {
    if out.write_fmt(words).is_ok() {
        out.push('\n');
    }
}

/// Two decimals, no needless zeros.
fn short(v: f64) -> String {
    let text = format!("{v:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn paint(what: &str, Rgba([r, g, b, a]): Rgba) -> String {
    match a {
        255 => format!("{what}=\"#{r:02x}{g:02x}{b:02x}\""),
        a => format!("{what}=\"#{r:02x}{g:02x}{b:02x}\" {what}-opacity=\"{}\"", short(f64::from(a) / 255.0)),
    }
}

fn image_of_raster(out: &mut String, raster: &RasterLayer, frame: Rect) -> Result<(), RenderError> {
    let (width, height) = (round_u32(frame.width), round_u32(frame.height));
    image(out, &raster_rgba(raster, width, height), [width, height], frame)
}

fn image(out: &mut String, pixels: &[[u8; 4]], [width, height]: [u32; 2], place: Rect) -> Result<(), RenderError> {
    let png = encode(pixels.as_flattened(), width, height)?;
    put(
        out,
        format_args!(
            r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" image-rendering="optimizeSpeed" href="data:image/png;base64,{}"/>"#,
            short(place.x),
            short(place.y),
            short(place.width),
            short(place.height),
            base64::engine::general_purpose::STANDARD.encode(png),
        ),
    );
    Ok(())
}

fn path_of_lines(out: &mut String, lines: &LineLayer, view: &MapView, frame: Rect) {
    let mut d = String::new();
    for line in lines.paths.iter() {
        trace(&mut d, line.iter().map(|p| view.pixel_from_xy(*p)), frame);
    }
    if d.is_empty() {
        return;
    }
    let kind = match lines.kind {
        LineKind::Graticule => "graticule",
        LineKind::Borders => "borders",
        LineKind::CoastEdge => "coast-edge",
        LineKind::Coast => "coast",
        LineKind::Outline => "outline",
        LineKind::Series => "series",
    };
    put(
        out,
        format_args!(
            r#"<path class="{kind}" fill="none" {} stroke-width="{}" stroke-linejoin="round" stroke-linecap="round" d="{d}"/>"#,
            paint("stroke", lines.color),
            short(lines.width_px),
        ),
    );
}

/// Adds a line in pixels of the frame to path data, leaving out steps that lie wholly beyond
/// one side of the frame and points that fall together.
fn trace(d: &mut String, points: impl Iterator<Item = [f64; 2]>, frame: Rect) {
    const MARGIN: f64 = 16.0;
    let beyond = |a: [f64; 2], b: [f64; 2]| {
        (0..2).any(|k| {
            let size = if k == 0 { frame.width } else { frame.height };
            a[k].max(b[k]) < -MARGIN || a[k].min(b[k]) > size + MARGIN
        })
    };
    let mut before: Option<[f64; 2]> = None;
    let mut pen: Option<[f64; 2]> = None;
    for point in points {
        if let Some(from) = before {
            if beyond(from, point) {
                pen = None;
            } else {
                if pen.is_none() {
                    step(d, 'M', from, frame);
                    pen = Some(from);
                }
                if pen.is_none_or(|p| (p[0] - point[0]).abs().max((p[1] - point[1]).abs()) >= 0.2) {
                    step(d, 'L', point, frame);
                    pen = Some(point);
                }
            }
        }
        before = Some(point);
    }
}

fn step(d: &mut String, command: char, p: [f64; 2], frame: Rect) {
    d.push(command);
    d.push_str(&short(frame.x + p[0]));
    d.push(' ');
    d.push_str(&short(frame.y + p[1]));
}

fn path_of_shape(out: &mut String, shape: &Shape) {
    let mut d = String::new();
    let none = Rect { x: 0.0, y: 0.0, width: 0.0, height: 0.0 };
    for (i, p) in shape.points.iter().enumerate() {
        step(&mut d, if i == 0 { 'M' } else { 'L' }, *p, none);
    }
    if shape.closed {
        d.push('Z');
    }
    let fill = shape.fill.map_or_else(|| "fill=\"none\"".to_owned(), |c| paint("fill", c));
    let stroke =
        shape.stroke.map_or_else(String::new, |(c, w)| format!("{} stroke-width=\"{}\"", paint("stroke", c), short(w)));
    put(out, format_args!(r#"<path {fill} {stroke} d="{d}"/>"#));
}

/// The colours as an image, and an arrow at an end that the data go beyond.
fn color_bar(out: &mut String, bar: &ColorBar, scene: &Scene) -> Result<(), RenderError> {
    let Some(place) = bar.place else {
        return Ok(());
    };
    let n = round_u32(place.width).max(1);
    let lut = &bar.scale.lut;
    let row: Vec<[u8; 4]> = (0..n)
        .map(|i| {
            let t = (f64::from(i) + 0.5) / f64::from(n) * f64_of(lut.len());
            crate::cast::cell_of(t, lut.len()).map_or([0; 4], |k| lut[k].0)
        })
        .collect();
    image(out, &row, [n, 1], place)?;
    let (x, y, w, h) = (place.x, place.y, place.width, place.height);
    let tip = h * 0.8;
    let arrow = |root: f64, tip: f64, color: Rgba| Shape {
        points: vec![[root, y], [tip, y + h / 2.0], [root, y + h]],
        closed: true,
        fill: Some(color),
        stroke: None,
    };
    if bar.scale.beyond[0] {
        path_of_shape(out, &arrow(x - scene.pixel_ratio, x - scene.pixel_ratio - tip, lut[0]));
    }
    if bar.scale.beyond[1] {
        path_of_shape(out, &arrow(x + w + scene.pixel_ratio, x + w + scene.pixel_ratio + tip, lut[lut.len() - 1]));
    }
    Ok(())
}

fn words(out: &mut String, text: &Text) {
    let drop = text.size_px
        * CAPITALS
        * match text.baseline {
            Baseline::Top => 1.0,
            Baseline::Middle => 0.5,
            Baseline::Bottom => 0.0,
        };
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let [x, y] = text.at;
    let turn =
        if text.upwards { format!(" transform=\"rotate(-90 {} {})\"", short(x), short(y)) } else { String::new() };
    let weight =
        if text.bold { " font-family=\"'Inter SemiBold', Inter, sans-serif\" font-weight=\"600\"" } else { "" };
    let escaped = escape(&text.text);
    let mut put_words = |style: &str| {
        put(
            out,
            format_args!(
                r#"<text x="{}" y="{}" font-size="{}" text-anchor="{anchor}"{weight}{turn} {style}>{escaped}</text>"#,
                short(x),
                short(y + drop),
                short(text.size_px),
            ),
        );
    };
    if let Some(halo) = text.halo {
        put_words(&format!(
            "fill=\"none\" {} stroke-width=\"{}\" stroke-linejoin=\"round\"",
            paint("stroke", halo),
            short(text.size_px * 0.28)
        ));
    }
    put_words(&paint("fill", text.color));
}

/// Text safe inside XML; characters that XML has no place for are left out.
fn escape(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
        out
    })
}
