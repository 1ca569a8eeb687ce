//! Runs a chain in full into a store or file, and puts chains down as recipes and scripts.

use super::{PrepareWish, ask_target};
use crate::window::state::{ExportRequest, Format, Outcome, Prepared};
use anyhow::Context as _;
use graticule_core::engine::{Cancel, Progress, Run};
use graticule_core::ops::{self, Recipe};
use graticule_core::plan::Role;
use graticule_core::session::{ExportFormat, ExportOptions, OpenOptions, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be exported.
pub struct ExportWish {
    /// Target and form.
    pub request: ExportRequest,
    /// The result of the chain.
    pub prepared: Arc<Prepared>,
    /// The chain and where it reads, for the recipe inside the export.
    pub chain: PrepareWish,
    /// Counters that the window watches.
    pub progress: Arc<Progress>,
}

/// Exports. Being stopped and failing are outcomes too: the dialog shows them.
pub fn export(session: &Session, wish: &ExportWish, cancel: &Cancel) -> Outcome {
    let run = Run { cancel: cancel.clone(), progress: Arc::clone(&wish.progress), ..Run::background() };
    let mut dataset = (*wish.prepared.dataset).clone();
    if wish.request.only_shown {
        dataset.vars.retain(|v| v.role == Role::Coord || v.name == wish.prepared.variable);
        dataset = dataset.pruned();
    }
    let format = match wish.request.format {
        Format::Zarr3 => ExportFormat::Zarr3,
        Format::Zarr2 => ExportFormat::Zarr2,
        Format::NetCdf4 => ExportFormat::NetCdf4,
    };
    let options = ExportOptions { format, recipe: Some(bound(session, &wish.chain)), ..ExportOptions::default() };
    match session.export(&dataset, Path::new(&wish.request.target), &options, &run) {
        Ok(report) => Outcome::Done { path: report.path, bytes: report.bytes_written, seconds: report.seconds },
        Err(_) if cancel.is_cancelled() => Outcome::Cancelled,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

/// The chain as a Python script that opens the source and does the same.
///
/// # Errors
/// Where a step of the chain is wrong.
pub fn script(session: &Session, chain: &PrepareWish) -> anyhow::Result<String> {
    let (origin, group) = chain.opened.origin(&chain.group).context("the catalogue itself holds no data")?;
    let group = Some(group);
    let open = if origin.format.starts_with("zarr") { ops::Open::Zarr { group } } else { ops::Open::Dataset { group } };
    let dataset = chain.opened.dataset(&chain.group)?;
    Ok(ops::script(&origin.files, open, dataset, &bound(session, chain).steps, None)?)
}

/// Asks for a path and writes the chain there; `None` where the person thinks better of it.
///
/// # Errors
/// Where the file cannot be written.
#[expect(clippy::disallowed_methods, reason = "runs in a job")]
pub fn save_recipe(chain: &PrepareWish) -> anyhow::Result<Option<PathBuf>> {
    let Some(path) = ask_target("Save the recipe", "recipe.toml") else { return Ok(None) };
    std::fs::write(&path, recipe(chain).to_toml())
        .map_err(|e| anyhow::anyhow!("cannot write the recipe: {e} [{}]", path.display()))?;
    Ok(Some(path))
}

fn recipe(chain: &PrepareWish) -> Recipe {
    Recipe { input: chain.opened.inputs().to_vec(), steps: chain.steps.clone(), ..Recipe::default() }
}

/// The recipe of a chain, its steps with the other data that they name.
pub(super) fn bound(session: &Session, chain: &PrepareWish) -> Recipe {
    let mut recipe = recipe(chain);
    session.bind(&mut recipe, &OpenOptions::default());
    recipe
}
