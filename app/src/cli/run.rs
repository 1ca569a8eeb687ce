//! `graticule run`: a chain computed and written, or printed where its result is small.

use super::args::Run;
use super::chain::Loaded;
use super::context::Context;
use super::export::{Making, merged, values, write};
use super::failure::Usage;
use super::output::Output;
use anyhow::Context as _;
use graticule_core::plan::Dataset;
use std::path::PathBuf;

/// More cells are not printed.
const MOST_PRINTED: usize = 10_000;

pub(crate) fn run(cx: &Context, args: &Run) -> anyhow::Result<()> {
    let mut loaded = Loaded::new(cx, &args.chain)?;
    let target = merged(loaded.recipe.output.take().unwrap_or_default(), &args.storage, args.output.as_deref());
    let dataset = loaded.result()?;
    let Some(path) = target.path.clone().map(PathBuf::from) else {
        if args.storage.resume {
            return Err(Usage("--resume needs the output that was interrupted: give -o OUT".into()).into());
        }
        return print(cx, &dataset);
    };
    loaded.recipe.output = Some(target);
    let Loaded { recipe, group, .. } = loaded;
    write(cx, &dataset, &path, Making { recipe, group, resume: args.storage.resume })
}

fn print(cx: &Context, dataset: &Dataset) -> anyhow::Result<()> {
    let values = values(cx, dataset, MOST_PRINTED).context("the result is too large to print; give -o OUT")?;
    let mut out = Output::stdout();
    if values.is_empty() {
        anyhow::bail!("the result has no variable");
    }
    for (i, one) in values.iter().enumerate() {
        if one.dims.is_empty() {
            let value = match one.cell(0) {
                serde_json::Value::String(text) => text,
                number => number.to_string(),
            };
            let units = dataset.var(&one.variable).and_then(|v| v.attrs.text("units")).unwrap_or_default();
            out.line(format!("{} {value} {units}", one.variable).trim_end())?;
        } else {
            if i > 0 {
                out.line("")?;
            }
            one.write_table(&mut out, '\t')?;
        }
    }
    Ok(out.finish()?)
}
