//! Owns the inverse lattice and the cell image: from each pixel of a view to a cell of a grid.
//! Knows nothing of values or colours.

use rayon::prelude::*;

use super::grid::{Grid, GridKind};
use super::locate::Locator;
use super::mesh;
use super::view::MapView;
use super::workers;
use crate::RenderError;
use crate::cast::{ceil_usize, f32_of, f64_of, floor_i64};

/// Side of the squares that the lattice starts from, in pixels; a power of two.
const TILE_PX: u32 = 32;
/// Largest error of linear interpolation at the probes, in cells of the grid; between probes
/// it stays below an eighth.
const CELL_TOLERANCE: f64 = 0.1;
/// Largest error of linear interpolation in pixels, where cells are larger than pixels.
const PIXEL_TOLERANCE: f64 = 0.125;

/// How exact a lookup is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Detail {
    /// Within an eighth of a cell and of a pixel.
    #[default]
    Full,
    /// Four times coarser and several times faster: while a hand turns the globe.
    Draft,
}

/// When squares are halved.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// Factor on both tolerances.
    slack: f64,
    /// Side of the smallest square, in half pixels.
    smallest: usize,
}

impl Rule {
    const FULL: Self = Self { slack: 1.0, smallest: 2 };
    const DRAFT: Self = Self { slack: 4.0, smallest: 4 };
    /// Only whether a pixel is inside the map counts, not where.
    const DOMAIN: Self = Self { slack: f64::INFINITY, smallest: 2 };

    const fn of(detail: Detail) -> Self {
        match detail {
            Detail::Full => Self::FULL,
            Detail::Draft => Self::DRAFT,
        }
    }
}

/// From each pixel of a view to a cell of a grid. Made once per view, projection and grid; a
/// new time step or colour range needs no new one.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The view it was made for.
    pub view: MapView,
    /// [`Grid::key`] of the grid.
    pub grid_key: u64,
    /// Columns and rows of the grid.
    pub grid_size: [usize; 2],
    /// Pixels covered beyond each side of the view.
    pub overscan_px: u32,
    /// The answer for each pixel.
    pub kind: LookupKind,
}

/// The two ways to answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LookupKind {
    /// Squares of pixels within which places are interpolated bilinearly: grids with axes.
    Lattice {
        /// The squares; they do not overlap. Pixels in none are outside the map.
        squares: Vec<LatticeSquare>,
        /// Whole columns and rows to add to every place; keeps 32-bit places exact at deep
        /// zoom.
        origin: [i32; 2],
        /// Columns in a full turn, where the grid goes round; 0 where it does not.
        period: f64,
    },
    /// A cell number per pixel, row-major: curvilinear grids.
    Cells {
        /// Width and height in pixels, overscan included.
        size: [u32; 2],
        /// `row · nx + column`, [`Lookup::NO_CELL`] or [`Lookup::OUTSIDE`].
        cells: Vec<u32>,
    },
}

/// A square of pixels and the places at its corners.
///
/// A place is counted in columns and rows of the grid, cell `i` spanning `i..i + 1`, less the
/// lattice's origin. Columns are unwrapped within the square, so a place may lie outside
/// `0..nx` by whole periods.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct LatticeSquare {
    /// Left, top, width and height in pixels of the view.
    pub rect: [f32; 4],
    /// Places at the corners: top left, top right, bottom left, bottom right.
    pub corners: [[f32; 2]; 4],
}

impl Lookup {
    /// A pixel inside the map where the grid has no cell.
    pub const NO_CELL: u32 = u32::MAX - 1;
    /// A pixel outside the map.
    pub const OUTSIDE: u32 = u32::MAX;

    /// Makes the lookup on worker threads; call it from any thread but the window's.
    ///
    /// # Errors
    /// [`RenderError::Projection`] when a projection cannot be set up on a worker;
    /// [`RenderError::Layout`] when the view has no pixels or too many.
    pub fn build(view: &MapView, grid: &Grid, overscan_px: u32, detail: Detail) -> Result<Self, RenderError> {
        let size = view.size_px.map(ceil_usize);
        if size.iter().any(|s| *s == 0 || *s > 32_768) || !view.units_per_px.iter().all(|u| u.is_finite() && *u != 0.0)
        {
            let reason = format!("a map of {} × {} pixels cannot be drawn", size[0], size[1]);
            return Err(RenderError::Layout { reason });
        }
        let kind = match grid.kind() {
            GridKind::Curvilinear { .. } => mesh::cells(view, grid, overscan_px)?,
            _ => lattice(view, grid, overscan_px, Rule::of(detail))?,
        };
        Ok(Self { view: view.clone(), grid_key: grid.key(), grid_size: [grid.nx(), grid.ny()], overscan_px, kind })
    }

    /// Memory held, for budgets.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.kind {
            LookupKind::Lattice { squares, .. } => size_of_val(squares.as_slice()),
            LookupKind::Cells { cells, .. } => size_of_val(cells.as_slice()),
        }
    }
}

fn lattice(view: &MapView, grid: &Grid, overscan_px: u32, rule: Rule) -> Result<LookupKind, RenderError> {
    let over = i64::from(overscan_px);
    let [width, height] = view.size_px.map(|s| floor_i64(s.ceil()));
    let tile = i64::from(TILE_PX);
    let start = -over.div_euclid(tile) * tile - if over % tile == 0 { 0 } else { tile };
    let count = |n: i64| usize::try_from((n + over - start + tile - 1) / tile).unwrap_or(0);
    let (across, down) = (count(width), count(height));
    let origin = origin(view, grid)?;
    let rows: Vec<Result<Vec<LatticeSquare>, RenderError>> = workers::run(|| {
        (0..down)
            .into_par_iter()
            .map(|j| {
                let Some(locator) = Locator::new(view, grid)? else {
                    return Ok(Vec::new());
                };
                let mut tiles = Tiles::new(&locator, origin, rule);
                let top = start + tile * j.cast_signed() as i64;
                for i in 0..across {
                    tiles.tile([start + tile * i.cast_signed() as i64, top]);
                }
                Ok(tiles.squares)
            })
            .collect()
    });
    let mut squares = Vec::new();
    for row in rows {
        squares.extend(row?);
    }
    let period = Locator::new(view, grid)?.and_then(|l| l.period()).unwrap_or(0.0);
    Ok(LookupKind::Lattice { squares, origin, period })
}

/// Squares that cover the map and nothing else.
///
/// # Errors
/// As [`Lookup::build`].
pub(super) fn domain(view: &MapView, overscan_px: u32) -> Result<Vec<LatticeSquare>, RenderError> {
    let lon: Vec<f64> = (0..36).map(|i| f64::from(i) * 10.0).collect();
    let lat: Vec<f64> = (-9..=9).map(|i| f64::from(i) * 10.0).collect();
    match lattice(view, &Grid::geographic(&lon, &lat)?, overscan_px, Rule::DOMAIN)? {
        LookupKind::Lattice { squares, .. } => Ok(squares),
        LookupKind::Cells { .. } => Ok(Vec::new()),
    }
}

/// The whole column and row in the middle of the view.
fn origin(view: &MapView, grid: &Grid) -> Result<[i32; 2], RenderError> {
    let middle = view.size_px.map(|s| s / 2.0);
    let place = Locator::new(view, grid)?.and_then(|l| l.place(middle)).unwrap_or([0.0, 0.0]);
    Ok(place.map(|v| i32::try_from(floor_i64(v)).unwrap_or(0)))
}

/// Half-pixel positions along the side of a tile, ends included.
const SIDE: usize = 2 * TILE_PX as usize + 1;

/// Refines one tile after another, remembering places within a tile.
struct Tiles<'a> {
    locator: &'a Locator<'a>,
    rule: Rule,
    origin: [f64; 2],
    period: Option<f64>,
    corner: [f64; 2],
    /// Which tile a remembered place belongs to, so that nothing need be cleared.
    stamp: u32,
    stamps: Vec<u32>,
    places: Vec<Option<[f64; 2]>>,
    squares: Vec<LatticeSquare>,
}

impl<'a> Tiles<'a> {
    fn new(locator: &'a Locator<'a>, origin: [i32; 2], rule: Rule) -> Self {
        Self {
            locator,
            rule,
            origin: origin.map(f64::from),
            period: locator.period(),
            corner: [0.0; 2],
            stamp: 0,
            stamps: vec![0; SIDE * SIDE],
            places: vec![None; SIDE * SIDE],
            squares: Vec::new(),
        }
    }

    fn tile(&mut self, corner: [i64; 2]) {
        self.corner = corner.map(|c| c as f64);
        self.stamp += 1;
        self.refine(0, 0, SIDE - 1);
    }

    /// Place at a half-pixel position of the tile.
    fn place(&mut self, i: usize, j: usize) -> Option<[f64; 2]> {
        let k = j * SIDE + i;
        if self.stamps[k] != self.stamp {
            self.stamps[k] = self.stamp;
            let px = [self.corner[0] + f64_of(i) / 2.0, self.corner[1] + f64_of(j) / 2.0];
            self.places[k] = self.locator.place(px).map(|p| [p[0] - self.origin[0], p[1] - self.origin[1]]);
        }
        self.places[k]
    }

    /// Covers the square with its corner at half-pixel `(i, j)` and `side` half pixels wide.
    fn refine(&mut self, i: usize, j: usize, side: usize) {
        let half = side / 2;
        if side == self.rule.smallest {
            if let Some(place) = self.place(i + side / 2, j + side / 2) {
                self.emit(i, j, side, [place; 4]);
            }
            return;
        }
        let ends = [(i, j), (i + side, j), (i, j + side), (i + side, j + side)].map(|(i, j)| self.place(i, j));
        let between = [(i + half, j + half), (i + half, j), (i, j + half), (i + side, j + half), (i + half, j + side)]
            .map(|(i, j)| self.place(i, j));
        if ends.iter().chain(&between).all(Option::is_none) {
            return;
        }
        if let Some(corners) = self.fits(&ends, &between, side) {
            self.emit(i, j, side, corners);
            return;
        }
        for (di, dj) in [(0, 0), (half, 0), (0, half), (half, half)] {
            self.refine(i + di, j + dj, half);
        }
    }

    /// The corners, unwrapped, when interpolation between them is good enough at the middle
    /// and at the middles of the sides.
    fn fits(
        &self,
        ends: &[Option<[f64; 2]>; 4],
        between: &[Option<[f64; 2]>; 5],
        side: usize,
    ) -> Option<[[f64; 2]; 4]> {
        let mut c = [[0.0; 2]; 4];
        for (c, end) in c.iter_mut().zip(ends) {
            *c = (*end)?;
        }
        for k in 1..4 {
            c[k][0] = c[0][0] + self.nearest(c[k][0] - c[0][0]);
        }
        let spread = |axis: usize| {
            let values = c.map(|p| p[axis]);
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                - values.iter().copied().fold(f64::INFINITY, f64::min)
        };
        // A square that sees a quarter of the globe may hide a pole or a seam.
        if self.period.is_some_and(|p| spread(0) > p / 4.0) {
            return None;
        }
        let tolerance = [0, 1].map(|axis| {
            let per_px = 2.0 * spread(axis) / f64_of(side);
            (PIXEL_TOLERANCE * per_px).clamp(1e-3, CELL_TOLERANCE) * self.rule.slack
        });
        let mean = |a: usize, b: usize| [f64::midpoint(c[a][0], c[b][0]), f64::midpoint(c[a][1], c[b][1])];
        let (top, bottom) = (mean(0, 1), mean(2, 3));
        let middle = [f64::midpoint(top[0], bottom[0]), f64::midpoint(top[1], bottom[1])];
        let expected = [middle, top, mean(0, 2), mean(1, 3), bottom];
        for (expected, found) in expected.iter().zip(between) {
            let found = (*found)?;
            if self.nearest(found[0] - expected[0]).abs() > tolerance[0]
                || (found[1] - expected[1]).abs() > tolerance[1]
            {
                return None;
            }
        }
        Some(c)
    }

    /// A difference of columns, by the shorter way round.
    fn nearest(&self, d: f64) -> f64 {
        self.period.map_or(d, |p| d - p * (d / p).round())
    }

    fn emit(&mut self, i: usize, j: usize, side: usize, corners: [[f64; 2]; 4]) {
        let px = |k: usize, at: usize| f32_of(self.corner[k] + f64_of(at) / 2.0);
        let size = f32_of(f64_of(side) / 2.0);
        let square = LatticeSquare { rect: [px(0, i), px(1, j), size, size], corners: corners.map(|c| c.map(f32_of)) };
        self.squares.push(square);
    }
}
