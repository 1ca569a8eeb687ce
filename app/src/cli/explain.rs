//! `graticule explain`: the plan of a chain, before anything runs.

use super::args::Chain;
use super::chain::Loaded;
use super::context::Context;
use super::export::Making;
use super::output::Output;
use graticule_core::session::ExportFormat;

pub(crate) fn run(cx: &Context, args: &Chain) -> anyhow::Result<()> {
    let loaded = Loaded::new(cx, args)?;
    let dataset = loaded.result()?;
    let making = Making { recipe: loaded.recipe, group: loaded.group, resume: false };
    let explain = cx.session.explain_export(&dataset, &making.options(cx, ExportFormat::Zarr3)?)?;
    let mut out = Output::stdout();
    out.line(&explain.to_string())?;
    Ok(out.finish()?)
}
