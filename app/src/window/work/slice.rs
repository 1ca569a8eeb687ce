//! Reads the slice that is shown.

use super::{grid, interactive};
use crate::window::state::{Image, Prepared, Shape, Shown};
use crate::window::widgets::position_with_units;
use graticule_core::engine::Cancel;
use graticule_core::plan::Axis;
use graticule_core::session::{Horizontal, Session};
use graticule_render::scene::{Field, Grid};
use parking_lot::Mutex;
use std::sync::Arc;

/// The slice asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceWish {
    /// The result it belongs to.
    pub revision: u64,
    /// The positions along the dimensions with a slider.
    pub at: Vec<(String, usize)>,
}

/// Where a slice lies. The slices of one variable lie on the same grid, unless its places change with time.
#[derive(Clone)]
pub struct Lies {
    revision: u64,
    horizontal: Arc<Horizontal>,
    grid: Arc<Grid>,
    image: Option<Image>,
}

/// Where the last slice lay.
pub type LastGrid = Mutex<Option<Lies>>;

/// Reads the slice.
///
/// # Errors
/// Where reading or computing fails, or the coordinates describe no grid.
pub fn slice(
    session: &Session,
    prepared: &Prepared,
    wish: &SliceWish,
    serial: u64,
    last: &LastGrid,
    cancel: &Cancel,
) -> anyhow::Result<Shown> {
    let field = session.field(&prepared.dataset, &prepared.variable, &wish.at, &interactive(cancel))?;
    let axis = |dim: &str, n: usize| prepared.dataset.axis(dim).cloned().unwrap_or_else(|| Axis::index(dim, n));
    let (x, y) = match &prepared.shape {
        Shape::Slice { x, y } => (axis(x, field.nx), axis(y, field.ny)),
        Shape::Line(_) | Shape::Scalar => (Axis::index("x", field.nx), Axis::index("y", field.ny)),
    };
    let known = last.lock().clone().filter(|last| {
        let fixed = !matches!(&*field.horizontal, Horizontal::Curvilinear { .. });
        last.revision == wish.revision && (fixed || Arc::ptr_eq(&last.horizontal, &field.horizontal))
    });
    let lies = match known {
        Some(known) => known,
        None => {
            let (grid, image) = grid::grid(&field.horizontal, [field.nx, field.ny], [&x, &y])?;
            let horizontal = Arc::clone(&field.horizontal);
            let made = Lies { revision: wish.revision, horizontal, grid: Arc::new(grid), image };
            *last.lock() = Some(made.clone());
            made
        }
    };
    let mut drawn = Field::new(&field.name, lies.grid, Arc::clone(&field.values))?;
    drawn.long_name = field.long_name.clone();
    drawn.standard_name = field.standard_name.clone();
    drawn.units = field.units.clone();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let millis = field.nanos as f64 / 1e6;
    Ok(Shown {
        revision: wish.revision,
        at: wish.at.clone(),
        serial,
        field: Arc::new(drawn),
        image: lies.image,
        title: title(&prepared.sliders, &wish.at, &field.title),
        chunks_read: field.chunks_read,
        chunks_total: field.chunks_total,
        millis,
    })
}

/// The positions as people read them, then what else the session says of the place: `2001-07-16, 850 hPa, height 2 m`.
fn title(sliders: &[Axis], at: &[(String, usize)], place: &str) -> String {
    let positions = sliders.iter().map(|axis| {
        let index = at.iter().find(|(d, _)| *d == axis.name).map_or(0, |(_, i)| *i);
        let label = position_with_units(axis, index);
        // A bare number says nothing; a date or a number with units does.
        let bare = label.parse::<f64>().is_ok();
        if bare { format!("{} {label}", axis.name) } else { label }
    });
    let is_slider =
        |words: &&str| sliders.iter().any(|a| words.strip_prefix(a.name.as_str()).is_some_and(|r| r.starts_with(' ')));
    let others = place.split(", ").filter(|w| !w.is_empty() && !is_slider(w)).map(str::to_owned);
    positions.chain(others).collect::<Vec<_>>().join(", ")
}
