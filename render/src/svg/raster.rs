//! Owns the colouring of pixels through a lookup, by the same 32-bit arithmetic as the shader
//! (`gpu/raster.wgsl`): change both together. Knows nothing of files.

use rayon::prelude::*;

use crate::geo::{LatticeSquare, Lookup, LookupKind};
use crate::scene::{RasterLayer, Rgba};

/// Colours every pixel of a raster layer's view: `width · height` pixels from the top left,
/// straight alpha; pixels outside the map are clear.
#[must_use]
pub fn raster_rgba(layer: &RasterLayer, width: u32, height: u32) -> Vec<[u8; 4]> {
    let (w, h) = (size(width), size(height));
    let paint = Paint::new(layer);
    let mut out = vec![Rgba::CLEAR.0; w * h];
    match &layer.lookup.kind {
        LookupKind::Lattice { squares, origin, period } => {
            let wrap = Wrap { origin: *origin, period: crate::cast::f32_of(*period), size: layer.lookup.grid_size };
            // Squares are sorted into the rows they start in, so that rows can be painted apart.
            let mut bands: Vec<Vec<&LatticeSquare>> = vec![Vec::new(); h.div_ceil(BAND) + 1];
            for square in squares {
                let [_, y, _, side] = square.rect;
                let first = crate::cast::floor_i64(f64::from(y)).max(0);
                let last = crate::cast::floor_i64(f64::from(y + side)) - 1;
                for band in first / BAND as i64..=(last / BAND as i64) {
                    if let Some(list) = usize::try_from(band).ok().and_then(|b| bands.get_mut(b)) {
                        list.push(square);
                    }
                }
            }
            out.par_chunks_mut(BAND * w).zip(bands.par_iter()).enumerate().for_each(|(band, (rows, squares))| {
                squares.iter().for_each(|square| paint_square(rows, w, band * BAND, square, &wrap, &paint));
            });
        }
        LookupKind::Cells { size: [cells_w, _], cells } => {
            let over = size(layer.lookup.overscan_px);
            out.par_chunks_mut(w).enumerate().for_each(|(y, row)| {
                let start = (y + over) * size(*cells_w) + over;
                for (pixel, cell) in row.iter_mut().zip(cells.get(start..).unwrap_or_default()) {
                    *pixel = paint.number(*cell).0;
                }
            });
        }
    }
    out
}

/// Rows painted by one thread at a time.
const BAND: usize = 32;

fn size(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// From a cell to a colour.
struct Paint<'a> {
    layer: &'a RasterLayer,
    values: &'a [f32],
    mapping: (f32, f32, bool),
}

impl<'a> Paint<'a> {
    fn new(layer: &'a RasterLayer) -> Self {
        Self { layer, values: layer.field.values(), mapping: layer.scale.mapping() }
    }

    fn number(&self, cell: u32) -> Rgba {
        match cell {
            Lookup::OUTSIDE => Rgba::CLEAR,
            Lookup::NO_CELL => self.layer.outside,
            cell => self.values.get(size(cell)).map_or(self.layer.outside, |v| self.value(*v)),
        }
    }

    fn value(&self, value: f32) -> Rgba {
        let (offset, factor, log) = self.mapping;
        if value.is_nan() || (log && value <= 0.0) {
            return self.layer.scale.missing;
        }
        let v = if log { value.log2() } else { value };
        let t = ((v - offset) * factor * 256.0).clamp(0.0, 255.0);
        let i = crate::cast::cell_of(f64::from(t), 256).unwrap_or(0);
        self.layer.scale.lut[i]
    }
}

/// How places become cells.
struct Wrap {
    origin: [i32; 2],
    period: f32,
    size: [usize; 2],
}

impl Wrap {
    /// The number of the cell at a place, [`Lookup::NO_CELL`] beyond the grid.
    fn cell(&self, place: [f32; 2]) -> u32 {
        let [nx, ny] = self.size;
        let whole = |v: f32, origin: i32| crate::cast::floor_i64(f64::from(v)).saturating_add(i64::from(origin));
        let inside = |i: i64, n: usize| usize::try_from(i).ok().filter(|i| *i < n);
        let column = inside(whole(place[0], self.origin[0]), nx).or_else(|| {
            if self.period <= 0.0 {
                return None;
            }
            let x = place[0] + self.origin[0] as f32;
            inside(whole(x - (x / self.period).floor() * self.period, 0), nx)
        });
        match (inside(whole(place[1], self.origin[1]), ny), column) {
            (Some(row), Some(column)) => u32::try_from(row * nx + column).unwrap_or(Lookup::NO_CELL),
            _ => Lookup::NO_CELL,
        }
    }
}

fn paint_square(
    rows: &mut [[u8; 4]],
    width: usize,
    top: usize,
    square: &LatticeSquare,
    wrap: &Wrap,
    paint: &Paint<'_>,
) {
    let [left, up, side, _] = square.rect;
    let pixel = |v: f32| usize::try_from(crate::cast::floor_i64(f64::from(v))).unwrap_or(0);
    let count = rows.len() / width.max(1);
    let (x0, x1) = (pixel(left).min(width), pixel(left + side).min(width));
    let (y0, y1) = (pixel(up).max(top), pixel(up + side).min(top + count));
    let [tl, tr, bl, br] = square.corners;
    for y in y0..y1 {
        let v = (y as f32 + 0.5 - up) / side;
        let Some(row) = rows.get_mut((y - top) * width..(y - top + 1) * width) else {
            continue;
        };
        for (x, out) in row.iter_mut().enumerate().take(x1).skip(x0) {
            let u = (x as f32 + 0.5 - left) / side;
            let place = std::array::from_fn(|k| {
                let a = tl[k] + (tr[k] - tl[k]) * u;
                let b = bl[k] + (br[k] - bl[k]) * u;
                a + (b - a) * v
            });
            *out = paint.number(wrap.cell(place)).0;
        }
    }
}
