//! Owns the errors of this crate. Each names what was tried, on what, and what to do.

use thiserror::Error;

/// What can go wrong between a slice of data and its picture.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A projection text that PROJ does not accept.
    #[error("cannot use projection '{definition}': {reason}")]
    Projection {
        /// The text as it was given.
        definition: String,
        /// PROJ's reason, or ours, and what to do.
        reason: String,
    },
    /// A preset id that is not in [`crate::geo::PRESETS`].
    #[error("no projection preset is called '{id}'; choose one of: {known}")]
    UnknownPreset {
        /// The id as it was given.
        id: String,
        /// The ids there are.
        known: String,
    },
    /// A colour map that is not bundled.
    #[error("no colour map is called '{name}'; choose one of: {known}")]
    UnknownColorMap {
        /// The name as it was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Coordinates that describe no grid.
    #[error("cannot draw on grid '{what}': {reason}")]
    Grid {
        /// The axis or array that is at fault.
        what: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Values that do not fit their grid.
    #[error("cannot draw field '{name}': {reason}")]
    Field {
        /// Name of the field.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A request for a picture that cannot be drawn.
    #[error("cannot lay out the plot: {reason}")]
    Layout {
        /// Why, and what to do.
        reason: String,
    },
    /// A bundled asset (coast, colour maps, fonts) that does not parse.
    #[error("bundled asset '{asset}' is damaged: {reason}; build the program again")]
    Asset {
        /// Name of the asset.
        asset: &'static str,
        /// Why.
        reason: String,
    },
    /// The picture could not be encoded.
    #[error("cannot write the picture as {format}: {reason}")]
    Encode {
        /// PNG or SVG.
        format: &'static str,
        /// Why.
        reason: String,
    },
    /// The graphics device could not do what was asked.
    #[error("cannot draw on the graphics device: {reason}")]
    Gpu {
        /// Why.
        reason: String,
    },
}
