//! `graticule ops`: what each operation says of itself, as text or JSON.

use super::args::Ops;
use super::output::Output;
use graticule_core::ops::{Family, OPS, OpSpec, ParamKind, ParamSpec, find};
use serde_json::{Value, json};

pub(crate) fn run(args: &Ops) -> anyhow::Result<()> {
    let mut out = Output::stdout();
    match (&args.name, args.json) {
        (Some(name), true) => out.json(&spec_json(find(name)?))?,
        (Some(name), false) => out.text(&page(find(name)?))?,
        (None, true) => out.json(&OPS.iter().map(|op| spec_json(op)).collect())?,
        (None, false) => {
            let wide = OPS.iter().map(|op| op.name.len()).max().unwrap_or(0);
            for op in OPS {
                out.line(&format!("{:<wide$}  {:<34}  {}", op.name, op.summary, op.example))?;
            }
        }
    }
    Ok(out.finish()?)
}

fn page(op: &OpSpec) -> String {
    let mut lines = vec![format!("{}: {}", op.name, op.summary), String::new(), op.doc.to_owned(), String::new()];
    let wide = op.params.iter().map(|p| p.name.len()).max().unwrap_or(0);
    for p in op.params {
        let default = match (p.required, p.default) {
            (true, _) => " (required)".to_owned(),
            (false, Some(default)) => format!(" [default: {default}]"),
            (false, None) => String::new(),
        };
        lines.push(format!("  {:<wide$}  {}{}{default}", p.name, p.doc, choices(p)));
    }
    if let Some(keys) = op.keys {
        lines.push(format!("  {:<wide$}  {}", "KEY", keys.doc));
    }
    lines.push(String::new());
    lines.push(format!("  example  --step '{}'", op.example.replace('\'', "\"")));
    lines.extend(op.cdo.map(|cdo| format!("  cdo      {cdo}")));
    lines.push(String::new());
    lines.join("\n")
}

fn choices(p: &ParamSpec) -> String {
    match p.kind {
        ParamKind::Choice(words) | ParamKind::By(words) => format!(": {}", words.join(", ")),
        _ => String::new(),
    }
}

fn spec_json(op: &OpSpec) -> Value {
    let params = op.params.iter().map(|p| {
        let (kind, choices) = kind(p.kind);
        json!({"name": p.name, "kind": kind, "choices": choices, "default": p.default, "required": p.required, "doc": p.doc})
    });
    let keys = op.keys.map(|k| json!({"kind": kind(k.kind).0, "required": k.required, "doc": k.doc}));
    json!({
        "name": op.name, "family": family(op.family), "summary": op.summary, "doc": op.doc, "cdo": op.cdo,
        "example": op.example, "params": params.collect::<Vec<_>>(), "keys": keys,
    })
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Select => "select",
        Family::Arithmetic => "arithmetic",
        Family::Reduce => "reduce",
        Family::Time => "time",
        Family::Window => "window",
        Family::Shape => "shape",
    }
}

fn kind(kind: ParamKind) -> (&'static str, Option<&'static [&'static str]>) {
    match kind {
        ParamKind::Dim => ("dimension", None),
        ParamKind::Dims => ("dimensions", None),
        ParamKind::Variables => ("variables", None),
        ParamKind::Name => ("name", None),
        ParamKind::Number => ("number", None),
        ParamKind::Integer => ("integer", None),
        ParamKind::Text => ("text", None),
        ParamKind::Bool => ("bool", None),
        ParamKind::Choice(words) => ("choice", Some(words)),
        ParamKind::By(words) => ("by", Some(words)),
        ParamKind::Positions => ("positions", None),
        ParamKind::Labels => ("labels", None),
        ParamKind::Expression => ("expression", None),
        ParamKind::Frequency => ("frequency", None),
        ParamKind::Data => ("data", None),
    }
}
