//! `graticule values`: the numbers of a region as a table, CSV or JSON.

use super::args::Values;
use super::context::Context;
use super::data;
use super::output::Output;
use anyhow::Context as _;

/// More cells are refused without `--all`.
const MOST_CELLS: usize = 1_000_000;

pub(crate) fn run(cx: &Context, args: &Values) -> anyhow::Result<()> {
    let steps = data::steps(&args.selection)?;
    let (opened, var) = data::open(cx, &args.target)?;
    if args.why {
        let most = if args.all { usize::MAX } else { MOST_CELLS };
        let reasons = cx.session.why_missing(&opened, &var, &steps, most, &cx.run)?;
        let mut out = Output::stdout();
        if args.json {
            out.json(&reasons.to_json())?;
        } else {
            reasons.write_table(&mut out, if args.csv { ',' } else { '\t' })?;
        }
        return Ok(out.finish()?);
    }
    let (mut dataset, name) = opened.alone(&var, args.raw)?;
    for step in &steps {
        dataset = step.apply(&dataset)?;
    }
    let cells = dataset.need_var(&name)?.node.meta().cells();
    if cells > MOST_CELLS && !args.all {
        anyhow::bail!(
            "{name} has {cells} cells here, more than {MOST_CELLS}; select a part with --isel or --sel, or give --all"
        );
    }
    let values = cx
        .session
        .values(&dataset, &name, !args.raw, usize::MAX, &cx.run)
        .with_context(|| opened.info().path.clone())?;
    let mut out = Output::stdout();
    if args.json {
        out.json(&values.to_json())?;
    } else {
        values.write_table(&mut out, if args.csv { ',' } else { '\t' })?;
    }
    Ok(out.finish()?)
}
