//! Owns where values lie: grids and their coordinate systems.
//! Knows nothing of values, colours or what is on screen.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::axis::Axis;
use super::projection::Projection;
use crate::RenderError;
use crate::cast::f64_of;

/// What a grid's x and y mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crs {
    /// Longitude and latitude in degrees, any wrap.
    Geographic,
    /// Coordinates of a projection (Lambert conformal in metres, rotated pole in degrees, …).
    /// Units are those of the definition: give `+units=km` or `+to_meter=` where the file's
    /// axis is not in metres.
    Projected(Projection),
}

/// How the cells of a grid lie.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum GridKind {
    /// Rows and columns along the axes of a coordinate system.
    Rectilinear {
        /// Columns.
        x: Axis,
        /// Rows.
        y: Axis,
        /// What x and y mean.
        crs: Crs,
    },
    /// Each cell has its own place.
    Curvilinear {
        /// Number of columns.
        nx: usize,
        /// Number of rows.
        ny: usize,
        /// Longitudes of the four corners of each cell, degrees, `[row][column][corner]`,
        /// going around the cell; NaN where the cell has no place.
        corner_lon: Arc<[f64]>,
        /// Latitudes likewise.
        corner_lat: Arc<[f64]>,
    },
    /// No geography: an image, a section, a Hovmöller diagram.
    Plain {
        /// Columns.
        x: Axis,
        /// Rows.
        y: Axis,
    },
}

/// Where the values of a field lie. Make it once per variable and share it: pictures that use
/// grids of equal [`Grid::key`] share their inverse lattice.
#[derive(Debug, Clone)]
pub struct Grid {
    kind: GridKind,
    key: u64,
}

impl PartialEq for Grid {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.kind == other.kind
    }
}

impl Grid {
    /// Longitude and latitude axes in degrees (cell centres). Longitudes may run 0–360,
    /// −180–180 or jump by 360 between neighbours; latitudes may fall.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when an axis is empty, has missing values or no order.
    pub fn geographic(lon: &[f64], lat: &[f64]) -> Result<Self, RenderError> {
        let x = Axis::from_centres("longitude", &unwrapped(lon))?;
        let y = Axis::from_centres("latitude", lat)?;
        Self::rectilinear(x, y, Crs::Geographic)
    }

    /// Axes in a coordinate system. For geographic ones the axis must already be monotonic.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when latitudes leave −90…90 by more than half a cell.
    pub fn rectilinear(x: Axis, y: Axis, crs: Crs) -> Result<Self, RenderError> {
        let (x, y) = match crs {
            Crs::Geographic => (closed_longitudes(&x), polar_latitudes(&y)?),
            Crs::Projected(_) => (x, y),
        };
        Ok(Self::of(GridKind::Rectilinear { x, y, crs }))
    }

    /// Centres of cells on a curvilinear grid, `[row][column]`, degrees; NaN where a cell has
    /// no place. Corners are made from the neighbours.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when the arrays do not have `nx · ny` values each.
    pub fn curvilinear(nx: usize, ny: usize, lon: &[f64], lat: &[f64]) -> Result<Self, RenderError> {
        let n = nx.checked_mul(ny).filter(|n| *n > 0);
        if n != Some(lon.len()) || lon.len() != lat.len() {
            let reason = format!("{nx} × {ny} cells do not fit {} longitudes and {} latitudes", lon.len(), lat.len());
            return Err(RenderError::Grid { what: "curvilinear coordinates".to_owned(), reason });
        }
        let (corner_lon, corner_lat) = super::corners::from_centres(nx, ny, lon, lat);
        Ok(Self::of(GridKind::Curvilinear { nx, ny, corner_lon, corner_lat }))
    }

    /// Corners of cells on a curvilinear grid, `[row][column][4]` around each cell, degrees
    /// (CF bounds with four vertices).
    ///
    /// # Errors
    /// [`RenderError::Grid`] when the arrays do not have `4 · nx · ny` values each.
    pub fn curvilinear_corners(nx: usize, ny: usize, lon: &[f64], lat: &[f64]) -> Result<Self, RenderError> {
        let n = nx.checked_mul(ny).and_then(|n| n.checked_mul(4)).filter(|n| *n > 0);
        if n != Some(lon.len()) || lon.len() != lat.len() {
            let reason = format!(
                "{nx} × {ny} cells of four corners do not fit {} longitudes and {} latitudes",
                lon.len(),
                lat.len()
            );
            return Err(RenderError::Grid { what: "curvilinear bounds".to_owned(), reason });
        }
        let (corner_lon, corner_lat) = super::corners::checked(lon, lat);
        Ok(Self::of(GridKind::Curvilinear { nx, ny, corner_lon, corner_lat }))
    }

    /// Axes without geography.
    #[must_use]
    pub fn plain(x: Axis, y: Axis) -> Self {
        Self::of(GridKind::Plain { x, y })
    }

    /// Pixels of an image: x and y count from 0, rows from the top.
    ///
    /// # Errors
    /// [`RenderError::Grid`] when either count is 0.
    pub fn image(nx: usize, ny: usize) -> Result<Self, RenderError> {
        let count = |n: usize| (0..n).map(f64_of).collect::<Vec<_>>();
        let x = Axis::from_centres("x", &count(nx))?;
        let y = Axis::from_centres("y", &count(ny))?;
        Ok(Self::plain(x, y))
    }

    fn of(kind: GridKind) -> Self {
        let mut hasher = DefaultHasher::new();
        let mut put = |values: &[f64]| {
            values.len().hash(&mut hasher);
            values.iter().for_each(|v| v.to_bits().hash(&mut hasher));
        };
        match &kind {
            GridKind::Rectilinear { x, y, crs } => {
                put(x.edges());
                put(y.edges());
                match crs {
                    Crs::Geographic => 0_u8.hash(&mut hasher),
                    Crs::Projected(p) => p.definition().hash(&mut hasher),
                }
            }
            GridKind::Curvilinear { corner_lon, corner_lat, nx, ny } => {
                put(corner_lon);
                put(corner_lat);
                (nx, ny).hash(&mut hasher);
            }
            GridKind::Plain { x, y } => {
                put(x.edges());
                put(y.edges());
                1_u8.hash(&mut hasher);
            }
        }
        Self { kind, key: hasher.finish() }
    }

    /// How the cells lie.
    #[must_use]
    pub fn kind(&self) -> &GridKind {
        &self.kind
    }

    /// Equal for grids with the same coordinates; fit for cache keys.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.key
    }

    /// Number of columns.
    #[must_use]
    pub fn nx(&self) -> usize {
        match &self.kind {
            GridKind::Rectilinear { x, .. } | GridKind::Plain { x, .. } => x.len(),
            GridKind::Curvilinear { nx, .. } => *nx,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn ny(&self) -> usize {
        match &self.kind {
            GridKind::Rectilinear { y, .. } | GridKind::Plain { y, .. } => y.len(),
            GridKind::Curvilinear { ny, .. } => *ny,
        }
    }

    /// True when the grid lies on the globe, so that a map can be drawn.
    #[must_use]
    pub fn is_on_globe(&self) -> bool {
        !matches!(self.kind, GridKind::Plain { .. })
    }
}

/// Removes jumps of about 360 between neighbours (`… 179, −180 …`).
fn unwrapped(lon: &[f64]) -> Vec<f64> {
    let mut turn = 0.0;
    let mut before: Option<f64> = None;
    lon.iter()
        .map(|v| {
            if let Some(before) = before {
                let step = v - before;
                if step.abs() > 180.0 {
                    turn -= 360.0 * (step / 360.0).round();
                }
            }
            before = Some(*v);
            v + turn
        })
        .collect()
}

/// A grid that goes round the globe up to rounding is made to close exactly, so that no gap
/// shows between its last and first column.
fn closed_longitudes(x: &Axis) -> Axis {
    let [low, high] = x.span();
    let open = 360.0 - (high - low);
    if x.len() < 2 || open == 0.0 || open.abs() > 0.25 * x.mean_width() {
        return x.clone();
    }
    let edges = x.edges();
    let (first, last) = (edges[0], edges[edges.len() - 1]);
    x.with_end_edges(first, first + 360.0_f64.copysign(last - first))
}

/// Rows end at the poles: an end row that reaches past a pole, or stops less than half a cell
/// short of it (Gaussian grids), ends there.
fn polar_latitudes(y: &Axis) -> Result<Axis, RenderError> {
    if let Some(bad) = y.centres().iter().find(|v| v.abs() > 90.0 + 1e-6) {
        let reason = format!("{bad} is no latitude in degrees; draw it by index");
        return Err(RenderError::Grid { what: "latitude".to_owned(), reason });
    }
    let edges = y.edges();
    let n = edges.len();
    let end = |edge: f64, inner: f64| {
        let width = (edge - inner).abs();
        let pole = 90.0_f64.copysign(edge - inner);
        let short = (pole - edge) * pole.signum();
        if y.len() > 1 && short < 0.5 * width || short < 0.0 { pole } else { edge }
    };
    Ok(y.with_end_edges(end(edges[0], edges[1]), end(edges[n - 1], edges[n - 2])))
}
