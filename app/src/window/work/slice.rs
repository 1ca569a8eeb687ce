//! Reads the slice that is shown.

use super::{grid, interactive};
use crate::window::state::{Prepared, Shown};
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

/// The grid of the last slice: the slices of one variable lie on the same.
pub type LastGrid = Mutex<Option<(u64, Arc<Grid>)>>;

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
    let known =
        last.lock().as_ref().filter(|(revision, _)| *revision == wish.revision).map(|(_, grid)| Arc::clone(grid));
    let lies_on = match known {
        Some(grid) => grid,
        None => {
            let grid = Arc::new(grid::grid(&field.horizontal, field.nx, field.ny)?);
            *last.lock() = Some((wish.revision, Arc::clone(&grid)));
            grid
        }
    };
    let mut drawn = Field::new(&field.name, lies_on, Arc::clone(&field.values))?;
    drawn.long_name = field.long_name.clone();
    drawn.standard_name = field.standard_name.clone();
    drawn.units = field.units.clone();
    let axis_labels = match &*field.horizontal {
        Horizontal::Plain { x, y } => [x.name.clone(), y.name.clone()],
        _ => [String::new(), String::new()],
    };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds for people")]
    let millis = field.nanos as f64 / 1e6;
    Ok(Shown {
        revision: wish.revision,
        at: wish.at.clone(),
        serial,
        field: Arc::new(drawn),
        axis_labels,
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
