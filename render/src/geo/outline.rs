//! Owns the edge of the projected world as a line on the plane. Knows nothing of its colour.

use super::paths::Paths;
use super::projection::{Projection, parameter};
use super::resample::Resampler;
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
    let [west, south, east, north] = projection.home_bounds();
    let tolerance = 1e-4 * (east - west).max(north - south);
    // The ring jumps by a breath across each interruption; a step that short is never torn.
    let mut resampler = Resampler::new(&to, tolerance, 1e-3);
    resampler.add(ring);
    Ok(resampler.done())
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
