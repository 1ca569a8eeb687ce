//! Owns the cell image of curvilinear grids: each cell projected forward and filled with its
//! number. Cells that cross a seam or the horizon are split until they do not; cells without a
//! place are left out. Knows nothing of values or colours.

use rayon::prelude::*;

use super::grid::{Grid, GridKind};
use super::lookup::{self, Lookup, LookupKind};
use super::projection::Transformer;
use super::view::MapView;
use super::workers;
use crate::RenderError;
use crate::cast::{ceil_usize, floor_i64, u32_of};

/// How often a cell is halved each way before what is left is given up: a 64th of a cell.
const DEEPEST: u32 = 6;
/// A cell is drawn whole when its projected middle is this near the middle of its projected
/// corners, as a share of its size.
const STRAIGHT: f64 = 0.1;
/// Rows of pixels that one thread fills at a time.
const BAND_PX: usize = 64;

/// A piece of a cell: its corners in pixels of the image, and the cell's number.
struct Piece {
    corners: [[f64; 2]; 4],
    cell: u32,
}

/// The cell image of a curvilinear grid for a view and the pixels around it.
pub(super) fn cells(view: &MapView, grid: &Grid, overscan_px: u32) -> Result<LookupKind, RenderError> {
    let GridKind::Curvilinear { nx, ny, corner_lon, corner_lat } = grid.kind() else {
        return Err(RenderError::Grid { what: "mesh".to_owned(), reason: "the grid has axes".to_owned() });
    };
    let over = f64::from(overscan_px);
    let [width, height] = view.size_px.map(|s| ceil_usize(s + 2.0 * over));
    if nx.saturating_mul(*ny) >= usize::try_from(Lookup::NO_CELL).unwrap_or(usize::MAX) {
        let reason = format!("{nx} × {ny} cells are too many for one picture; draw a part or a coarser level");
        return Err(RenderError::Grid { what: "mesh".to_owned(), reason });
    }
    let lons = corner_lon.as_chunks::<4>().0;
    let lats = corner_lat.as_chunks::<4>().0;
    let found: Vec<Result<Vec<Piece>, RenderError>> = workers::run(|| {
        lons.par_chunks(*nx)
            .zip(lats.par_chunks(*nx))
            .enumerate()
            .map(|(row, (lons, lats))| {
                let to = view.projection.transformer()?;
                let mut out =
                    Splitter { view, to: &to, over, size: [width, height].map(|n| n as f64), pieces: Vec::new() };
                for (column, (lon, lat)) in lons.iter().zip(lats).enumerate() {
                    if !lon[0].is_nan() {
                        let corners = std::array::from_fn(|k| unit(lon[k], lat[k]));
                        out.add(&corners, u32_of(row * nx + column), 0);
                    }
                }
                Ok(out.pieces)
            })
            .collect()
    });
    let mut pieces = Vec::new();
    for row in found {
        pieces.push(row?);
    }
    let mut cells = domain_mask(view, overscan_px, [width, height])?;
    workers::run(|| {
        cells.par_chunks_mut(BAND_PX * width).enumerate().for_each(|(band, rows)| {
            let top = band * BAND_PX;
            pieces.iter().flatten().for_each(|piece| fill(rows, width, top, piece));
        });
    });
    Ok(LookupKind::Cells { size: [u32_of(width), u32_of(height)], cells })
}

/// Projects and splits cells, on one thread.
struct Splitter<'a> {
    view: &'a MapView,
    to: &'a Transformer,
    over: f64,
    size: [f64; 2],
    pieces: Vec<Piece>,
}

impl Splitter<'_> {
    fn pixel(&self, v: [f64; 3]) -> Option<[f64; 2]> {
        let xy = self.to.xy_from_lonlat(lonlat(v))?;
        Some(self.view.pixel_from_xy(xy).map(|p| p + self.over))
    }

    fn add(&mut self, corners: &[[f64; 3]; 4], cell: u32, depth: u32) {
        let middle = mean(corners);
        let px = corners.map(|c| self.pixel(c));
        if let [Some(a), Some(b), Some(c), Some(d)] = px {
            let corners_px = [a, b, c, d];
            let range = |k: usize| {
                let v = corners_px.map(|p| p[k]);
                [v.iter().copied().fold(f64::INFINITY, f64::min), v.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
            };
            let ([left, right], [top, bottom]) = (range(0), range(1));
            let size = (right - left).hypot(bottom - top);
            let straight = self.pixel(middle).is_some_and(|m| {
                let centre = [0, 1].map(|k| corners_px.iter().map(|p| p[k]).sum::<f64>() / 4.0);
                (m[0] - centre[0]).hypot(m[1] - centre[1]) <= STRAIGHT * size
            });
            if straight {
                if right >= 0.0 && left <= self.size[0] && bottom >= 0.0 && top <= self.size[1] {
                    self.pieces.push(Piece { corners: corners_px, cell });
                }
                return;
            }
        } else if px.iter().all(Option::is_none) && (depth > 0 || self.pixel(middle).is_none()) {
            return;
        }
        if depth == DEEPEST {
            return;
        }
        let [a, b, c, d] = *corners;
        let (ab, bc, cd, da) = (mean(&[a, b]), mean(&[b, c]), mean(&[c, d]), mean(&[d, a]));
        for part in [[a, ab, middle, da], [ab, b, bc, middle], [middle, bc, c, cd], [da, middle, cd, d]] {
            self.add(&part, cell, depth + 1);
        }
    }
}

/// Every pixel as [`Lookup::NO_CELL`] inside the projection and [`Lookup::OUTSIDE`] elsewhere.
fn domain_mask(view: &MapView, overscan_px: u32, [width, height]: [usize; 2]) -> Result<Vec<u32>, RenderError> {
    let mut mask = vec![Lookup::OUTSIDE; width * height];
    let over = i64::from(overscan_px);
    for square in lookup::domain(view, overscan_px)? {
        let [x, y, w, h] = square.rect.map(|v| floor_i64(f64::from(v)));
        let clip = |v: i64, n: usize| usize::try_from(v + over).unwrap_or(0).min(n);
        let (left, right) = (clip(x, width), clip(x + w, width));
        for row in clip(y, height)..clip(y + h, height) {
            if let Some(run) = mask.get_mut(row * width + left..row * width + right) {
                run.fill(Lookup::NO_CELL);
            }
        }
    }
    Ok(mask)
}

/// Fills the pixels of some rows whose centres lie in the piece (even–odd rule).
fn fill(rows: &mut [u32], width: usize, top: usize, piece: &Piece) {
    let corners = &piece.corners;
    let low = corners.iter().map(|p| p[1]).fold(f64::INFINITY, f64::min);
    let high = corners.iter().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
    let count = rows.len() / width.max(1);
    let row_at = |y: f64| usize::try_from(floor_i64((y - 0.5).ceil())).unwrap_or(0).saturating_sub(top).min(count);
    for row in row_at(low)..row_at(high) {
        let y = (top + row) as f64 + 0.5;
        let mut crossings = [0.0; 4];
        let mut n = 0;
        for k in 0..4 {
            let (p, q) = (corners[k], corners[(k + 1) % 4]);
            // Neighbours share an edge; the same order gives both the same crossing.
            let (p, q) = if (p[1], p[0]) < (q[1], q[0]) { (p, q) } else { (q, p) };
            if p[1] <= y && y < q[1] {
                crossings[n] = p[0] + (q[0] - p[0]) * ((y - p[1]) / (q[1] - p[1]));
                n += 1;
            }
        }
        crossings[..n].sort_by(f64::total_cmp);
        for pair in crossings[..n].as_chunks::<2>().0 {
            let [from, to] = pair.map(|x| usize::try_from(floor_i64((x - 0.5).ceil())).unwrap_or(0).min(width));
            if let Some(run) = rows.get_mut(row * width + from..row * width + to) {
                run.fill(piece.cell);
            }
        }
    }
}

fn unit(lon: f64, lat: f64) -> [f64; 3] {
    let (lon, lat) = (lon.to_radians(), lat.to_radians());
    [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
}

fn lonlat(v: [f64; 3]) -> [f64; 2] {
    [v[1].atan2(v[0]).to_degrees(), v[2].atan2(v[0].hypot(v[1])).to_degrees()]
}

fn mean(points: &[[f64; 3]]) -> [f64; 3] {
    let sum: [f64; 3] = std::array::from_fn(|k| points.iter().map(|p| p[k]).sum());
    let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt().max(f64::MIN_POSITIVE);
    sum.map(|v| v / length)
}
