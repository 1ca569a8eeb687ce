//! `graticule code`: a chain as an xarray script.

use super::args::Chain;
use super::chain::Loaded;
use super::context::Context;
use super::output::Output;
use graticule_core::model::Error;
use graticule_core::ops::{self, Open};

pub(crate) fn run(cx: &Context, args: &Chain) -> anyhow::Result<()> {
    let loaded = Loaded::new(cx, args)?;
    let (origin, group) = loaded.opened.origin(&loaded.group).ok_or_else(|| {
        Error::invalid("the catalogue itself holds no data")
            .hint("give an entry with --group /NAME")
            .at(&loaded.opened.info().path)
    })?;
    let group = Some(group);
    let open = if origin.format.starts_with("zarr") { Open::Zarr { group } } else { Open::Dataset { group } };
    let output = loaded.recipe.output.as_ref().and_then(|o| o.path.as_deref());
    let script = ops::script(&origin.files, open, loaded.source()?, &loaded.recipe.steps, output)?;
    let mut out = Output::stdout();
    out.text(&script)?;
    Ok(out.finish()?)
}
