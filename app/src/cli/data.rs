//! What the commands have in common when they take data: paths and variable as typed, the sample, selections.

use super::args::{Selection, Target};
use super::context::Context;
use super::failure::Usage;
use graticule_core::ops::Step;
use graticule_core::session::{Opened, names_data, selection};
use std::path::Path;
use std::sync::Arc;

/// The data of a target, opened, and its variable, which stands last.
pub(crate) fn open(cx: &Context, target: &Target) -> anyhow::Result<(Arc<Opened>, String)> {
    let opened = |paths: &[String], var: &String| {
        let opened = cx.open(paths)?;
        // A pattern that the shell wrote out ends with a file where the variable was forgotten.
        if Path::new(var).is_file() && opened.variable(var).is_err() {
            return Err(Usage(format!("{var} is a file: give the variable after the data: DATA… VAR")).into());
        }
        Ok((opened, var.clone()))
    };
    match (target.sample, target.target.as_slice()) {
        (true, [var]) => opened(&[sample()?], var),
        (false, [data @ .., var]) if !data.is_empty() => opened(data, var),
        (true, _) => Err(Usage("with --sample give the variable alone".into()).into()),
        (false, _) => Err(Usage("give the data and a variable: DATA… VAR".into()).into()),
    }
}

/// Splits what was typed into data and the variables after them. The first is data, and so is what follows as long as it
/// is a path (with a dot or a slash in it) where data are.
pub(crate) fn split(typed: &[String]) -> (&[String], &[String]) {
    let is_data = |text: &String| text.contains(['.', '/', '\\']) && names_data(text);
    let more = typed.iter().skip(1).take_while(|text| is_data(text)).count();
    typed.split_at((1 + more).min(typed.len()))
}

/// The data in a few words: the file's name; of several the first and the last.
pub(crate) fn caption(opened: &Opened) -> String {
    let name =
        |path: &String| Path::new(path).file_name().map_or_else(|| path.clone(), |n| n.to_string_lossy().into_owned());
    match opened.inputs() {
        [one] => name(one),
        [first, .., last] => format!("{} … {} ({} files)", name(first), name(last), opened.inputs().len()),
        [] => String::new(),
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
