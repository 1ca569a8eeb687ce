//! `graticule code`: a chain as an xarray script.

use super::args::Chain;
use super::chain::Loaded;
use super::context::Context;
use super::output::Output;
use graticule_core::ops::{self, Open};

pub(crate) fn run(cx: &Context, args: &Chain) -> anyhow::Result<()> {
    let loaded = Loaded::new(cx, args)?;
    let info = loaded.opened.info();
    let group = Some(loaded.group.as_str());
    let open = if info.format.starts_with("zarr") { Open::Zarr { group } } else { Open::Dataset { group } };
    let output = loaded.recipe.output.as_ref().and_then(|o| o.path.as_deref());
    let script = ops::script(&info.path, open, loaded.source()?, &loaded.recipe.steps, output)?;
    let mut out = Output::stdout();
    out.text(&script)?;
    Ok(out.finish()?)
}
