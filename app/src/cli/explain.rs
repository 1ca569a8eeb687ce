//! `graticule explain`: the plan of a chain, before anything runs.

use super::args::Chain;
use super::chain::Loaded;
use super::context::Context;
use super::output::Output;

pub(crate) fn run(cx: &Context, args: &Chain) -> anyhow::Result<()> {
    let dataset = Loaded::new(cx, args)?.result()?;
    let nodes: Vec<_> = dataset.data().map(|v| v.node.clone()).collect();
    let explain = cx.session.engine().explain(&nodes)?;
    let mut out = Output::stdout();
    out.line(&explain.to_string())?;
    Ok(out.finish()?)
}
