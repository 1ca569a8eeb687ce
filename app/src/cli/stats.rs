//! `graticule stats`: statistics of a variable as text or JSON.

use super::args::Stats;
use super::context::Context;
use super::data;
use super::output::Output;
use serde_json::Value;

pub(crate) fn run(cx: &Context, args: &Stats) -> anyhow::Result<()> {
    let steps = data::steps(&args.selection)?;
    let (opened, var) = data::open(cx, &args.target)?;
    let stats = cx.session.stats(&opened, &var, &steps, args.raw, &cx.run)?;
    let json = stats.to_json();
    let mut out = Output::stdout();
    if args.json {
        out.json(&json)?;
    } else {
        for (key, value) in json.as_object().into_iter().flatten() {
            match (key.as_str(), value) {
                ("time", Value::Object(time)) => {
                    let part = |name: &str| time.get(name).and_then(Value::as_str).unwrap_or_default();
                    out.line(&format!("{key:<14} {} to {}, {}", part("first"), part("last"), part("calendar")))?;
                }
                (_, Value::Null) => {}
                (_, Value::String(text)) => out.line(&format!("{key:<14} {text}"))?,
                ("shape", Value::Array(shape)) => {
                    let lengths: Vec<String> = shape.iter().map(Value::to_string).collect();
                    out.line(&format!("{key:<14} {}", lengths.join(" × ")))?;
                }
                (_, number) => out.line(&format!("{key:<14} {number}"))?,
            }
        }
    }
    Ok(out.finish()?)
}
