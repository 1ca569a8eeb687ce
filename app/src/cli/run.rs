//! `graticule run` and `graticule export`: a dataset computed and written, or printed where it is small.

use super::args::{Export, Run, Storage};
use super::chain::Loaded;
use super::context::Context;
use super::data;
use super::failure::Usage;
use super::output::{self, Output};
use anyhow::Context as _;
use graticule_core::model::Error;
use graticule_core::ops::{self, Output as Target, Params, Recipe, Step, Value};
use graticule_core::plan::Dataset;
use graticule_core::session::{ExportFormat, ExportOptions, Values, write_file};
use serde_json::json;
use std::path::{Path, PathBuf};

/// More cells are not printed.
const MOST_PRINTED: usize = 10_000;

pub(crate) fn run(cx: &Context, args: &Run) -> anyhow::Result<()> {
    let mut loaded = Loaded::new(cx, &args.chain)?;
    let target = merged(loaded.recipe.output.take().unwrap_or_default(), &args.storage, args.output.as_deref());
    let dataset = loaded.result()?;
    let Some(path) = target.path.clone().map(PathBuf::from) else { return print(cx, &dataset) };
    loaded.recipe.output = Some(target);
    write(cx, &dataset, &path, loaded.recipe)
}

pub(crate) fn export(cx: &Context, args: &Export) -> anyhow::Result<()> {
    let (paths, names) = match (args.sample, data::split(&args.target)) {
        (true, _) => (vec![data::sample()?], args.target.as_slice()),
        (false, ([], _)) => return Err(Usage("give the data to export".into()).into()),
        (false, (paths, names)) => (paths.to_vec(), names),
    };
    let opened = cx.open(&paths)?;
    let mut steps = Vec::new();
    let mut group = args.group.clone();
    if !names.is_empty() {
        let mut variables = Vec::new();
        for name in names {
            let (of, name) = opened.locate(name)?;
            if !variables.is_empty() && of.path != group {
                anyhow::bail!(
                    "the variables are in different groups: {group} and {}; export one group at a time",
                    of.path
                );
            }
            group.clone_from(&of.path);
            variables.push(Value::Text(name));
        }
        let mut params = Params::default();
        params.set("variables", Value::List(variables));
        steps.push(Step::new("select", params));
    }
    let dataset = ops::apply(opened.dataset(&group)?, &steps)?;
    let target = merged(Target::default(), &args.storage, Some(&args.output));
    write(cx, &dataset, &args.output, Recipe { input: paths, steps, output: Some(target) })
}

/// What the recipe says of the output, with what was typed over it.
fn merged(mut target: Target, typed: &Storage, path: Option<&Path>) -> Target {
    if let Some(path) = path {
        target.path = Some(path.to_string_lossy().into_owned());
    }
    if let Some(chunks) = &typed.chunks {
        target.chunks = chunks.to_vec();
    }
    if let Some(shards) = &typed.shards {
        target.shards = shards.to_vec();
    }
    target.codec = typed.codec.clone().or(target.codec);
    target.zarr = typed.zarr.or(target.zarr);
    target
}

fn write(cx: &Context, dataset: &Dataset, path: &Path, recipe: Recipe) -> anyhow::Result<()> {
    let target = recipe.output.clone().unwrap_or_default();
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let format = match (ending.as_str(), target.zarr) {
        ("zarr", Some(2)) => ExportFormat::Zarr2,
        ("zarr", _) => ExportFormat::Zarr3,
        ("nc" | "nc4" | "cdf", _) => ExportFormat::NetCdf4,
        ("csv" | "json" | "npy", _) => return write_small(cx, dataset, path, &ending),
        _ => {
            let wrong = format!("the ending of {} says no format: use .zarr, .nc, .csv, .json or .npy", path.display());
            return Err(Usage(wrong).into());
        }
    };
    let codec = target.codec.as_deref().map(str::parse).transpose()?;
    let options = ExportOptions { format, chunks: target.chunks, shards: target.shards, codec, recipe: Some(recipe) };
    let report = cx.session.export(dataset, path, &options, &cx.run)?;
    cx.tell(&format!(
        "wrote {}, {} in {:.1} s",
        report.path.display(),
        output::bytes(report.bytes_written),
        report.seconds
    ));
    Ok(())
}

/// All data variables of a result that fits in memory.
fn values(cx: &Context, dataset: &Dataset, most: usize) -> anyhow::Result<Vec<Values>> {
    let all = dataset.data().map(|v| cx.session.values(dataset, &v.name, true, most, &cx.run));
    Ok(all.collect::<Result<_, Error>>()?)
}

fn write_small(cx: &Context, dataset: &Dataset, path: &Path, ending: &str) -> anyhow::Result<()> {
    let one = || {
        let mut data = dataset.data();
        match (data.next(), data.next()) {
            (Some(var), None) => Ok(var.name.clone()),
            (None, _) => Err(Error::invalid("the result has no variable")),
            _ => {
                let names: Vec<_> = dataset.data().map(|v| v.name.as_str()).collect();
                Err(Error::invalid(format!("a .{ending} file holds one variable, the result has {}", names.join(", ")))
                    .hint("add a step such as 'select variables=NAME'"))
            }
        }
    };
    if ending == "json" {
        let json = result_json(&values(cx, dataset, usize::MAX)?);
        let text = serde_json::to_string_pretty(&json)?;
        write_file(path, |out| writeln!(out, "{text}"))?;
    } else {
        let values = cx.session.values(dataset, &one()?, ending == "csv", usize::MAX, &cx.run)?;
        write_file(path, |out| if ending == "csv" { values.write_table(out, ',') } else { values.write_npy(out) })?;
    }
    cx.tell(&format!("wrote {}", path.display()));
    Ok(())
}

/// `{"value": x}` for a single number; the form of `values --json` for one variable, a list of them for several.
fn result_json(values: &[Values]) -> serde_json::Value {
    match values {
        [one] if one.dims.is_empty() => json!({"value": one.cell(0)}),
        [one] => one.to_json(),
        many => json!({"variables": many.iter().map(Values::to_json).collect::<Vec<_>>()}),
    }
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
