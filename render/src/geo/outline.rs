//! Owns the edge of the projected world as a line on the plane. Knows nothing of its colour.

use super::paths::Paths;
use super::projection::{Projection, parameter};
use crate::RenderError;

/// The edge of the projected world: an ellipse, disc, rectangle, … on the plane of the
/// projection. Empty for codes and pipelines, whose limits are not known.
///
/// # Errors
/// [`RenderError::Projection`] when PROJ refuses the projection on this thread.
pub fn outline(projection: &Projection) -> Result<Paths, RenderError> {
    if let Some(unturned) = unturned(projection)? {
        return outline(&unturned);
    }
    let mut paths = Paths::new();
    if projection.is_angular() && parameter(projection.definition(), "proj") == Some("ob_tran") {
        paths.push(&[[-180.0, -90.0], [180.0, -90.0], [180.0, 90.0], [-180.0, 90.0], [-180.0, -90.0]]);
        return Ok(paths);
    }
    let Some(ring) = projection.domain().boundary() else {
        return Ok(paths);
    };
    let to = projection.transformer()?;
    // The ring's points lie half a degree apart at most: a chord is off by 60 m.
    let projected: Vec<Option<[f64; 2]>> = ring.into_iter().map(|p| to.xy_from_lonlat(p)).collect();
    for piece in projected.split(Option::is_none) {
        paths.push(&piece.iter().copied().flatten().collect::<Vec<_>>());
    }
    Ok(paths)
}

/// An oblique projection has the outline of the one it turns.
fn unturned(projection: &Projection) -> Result<Option<Projection>, RenderError> {
    let definition = projection.definition();
    if parameter(definition, "proj") != Some("ob_tran") || projection.is_angular() {
        return Ok(None);
    }
    let Some(inner) = parameter(definition, "o_proj") else {
        return Ok(None);
    };
    let kept = definition.split_whitespace().filter(|w| {
        let w = w.trim_start_matches('+');
        !(w.starts_with("proj=") || w.starts_with("o_") || w.starts_with("lon_0="))
    });
    let text = std::iter::once(format!("+proj={inner}")).chain(kept.map(str::to_owned)).collect::<Vec<_>>().join(" ");
    Projection::parse(&text).map(Some)
}
