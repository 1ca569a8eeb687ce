//! Owns everything about the globe and the plane: projections (PROJ), grids, the view, the
//! inverse lattice, coastlines, the graticule and the cutting of lines. Knows nothing of
//! values, colours or painters.

mod axis;
mod coast;
mod corners;
mod domain;
mod graticule;
mod grid;
mod locate;
mod lookup;
mod mesh;
mod outline;
mod paths;
mod presets;
mod proj_log;
mod projection;
mod resample;
mod view;
mod workers;

pub use axis::Axis;
pub use coast::CoastLines;
pub use graticule::{Graticule, Line};
pub use grid::{Crs, Grid, GridKind};
pub use locate::{cell_from_lonlat, cell_from_pixel};
pub use lookup::{Detail, LatticeSquare, Lookup, LookupKind};
pub use outline::outline;
pub use paths::Paths;
pub use presets::{Family, PRESETS, Preset, preset};
pub use projection::{Projection, SPHERE_RADIUS_M, Transformer, wrap_180};
pub use view::MapView;
pub(crate) use view::{box_bounds, grid_bounds};
