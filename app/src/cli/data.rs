//! What the commands have in common when they take data: the path and variable as typed, the sample, selections.

use super::args::{Selection, Target};
use super::failure::Usage;
use graticule_core::ops::Step;
use graticule_core::session::selection;

/// The path and the variable of a target.
pub(crate) fn target(target: &Target) -> anyhow::Result<(String, String)> {
    match (target.sample, target.target.as_slice()) {
        (true, [var]) => Ok((sample()?, var.clone())),
        (false, [data, var]) => Ok((data.clone(), var.clone())),
        (true, _) => Err(Usage("with --sample give the variable alone".into()).into()),
        (false, _) => Err(Usage("give the data and a variable: DATA VAR".into()).into()),
    }
}

/// The built-in sample as a file.
pub(crate) fn sample() -> anyhow::Result<String> {
    Ok(crate::sample::path()?.to_string_lossy().into_owned())
}

/// The steps of `--isel` and `--sel`, positions first, as labels left by then are those of the positions.
pub(crate) fn steps(typed: &Selection) -> anyhow::Result<Vec<Step>> {
    let positions = typed.isel.iter().map(|text| selection("isel", text));
    let labels = typed.sel.iter().map(|text| selection("sel", text));
    Ok(positions.chain(labels).collect::<Result<_, _>>()?)
}
