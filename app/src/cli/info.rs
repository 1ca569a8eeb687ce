//! `graticule info`: the structure as text or JSON.

use super::args::Info;
use super::context::Context;
use super::data;
use super::output::Output;
use graticule_core::session::{dump, info_json};

pub(crate) fn run(cx: &Context, args: &Info) -> anyhow::Result<()> {
    let opened = if args.sample { cx.open(&[data::sample()?])? } else { cx.open(&args.data)? };
    let mut out = Output::stdout();
    if args.json {
        out.json(&info_json(&opened))?
    } else {
        out.text(&dump(&opened))?
    }
    Ok(out.finish()?)
}
