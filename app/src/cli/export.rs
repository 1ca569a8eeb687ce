//! `graticule export`, and how every command writes a dataset: the ending of the target says the form.

use super::args::{Export, Storage};
use super::context::Context;
use super::data;
use super::failure::{Usage, line};
use super::output;
use graticule_core::model::Error;
use graticule_core::ops::{self, Output as Target, Params, Recipe, Step, Value};
use graticule_core::plan::Dataset;
use graticule_core::session::{ExportFormat, ExportOptions, ExportReport, NewFile, Opened, Values};
use serde_json::json;
use std::path::Path;

/// Variables as they stand on disk, into another file or other chunks.
pub(crate) fn run(cx: &Context, args: &Export) -> anyhow::Result<()> {
    let (paths, names) = match (args.sample, data::split(&args.target)) {
        (true, _) => (vec![data::sample()?], args.target.as_slice()),
        (false, ([], _)) => return Err(Usage("give the data to export".into()).into()),
        (false, (paths, names)) => (paths.to_vec(), names),
    };
    let opened = cx.open(&paths)?;
    let target = merged(Target::default(), &args.storage, Some(&args.output));
    let group = args.group.clone().unwrap_or_default();
    let form = Form::of(&args.output, target.zarr)?;
    let mut recipe = Recipe { input: paths, output: Some(target), ..Recipe::default() };
    let Form::Store(format) = form else {
        let (dataset, steps) = decoded(&opened, args.group.as_deref().unwrap_or("/"), names)?;
        recipe.steps = steps;
        return write(cx, &dataset, &args.output, Making { recipe, group: group.clone(), resume: args.storage.resume });
    };
    if !names.is_empty() {
        recipe.steps.push(select(names.iter().map(|n| n.rsplit('/').next().unwrap_or(n).to_owned())));
    }
    let making = Making { recipe, group: group.clone(), resume: args.storage.resume };
    let options = making.options(cx, format)?;
    let report = cx.session.convert(&opened, args.group.as_deref(), names, &args.output, &options, &cx.run)?;
    told(cx, &report);
    Ok(())
}

/// The decoded variables of these names, all of the group where there is none, and the step that takes them.
fn decoded(opened: &Opened, group: &str, names: &[String]) -> anyhow::Result<(Dataset, Vec<Step>)> {
    let mut group = group.to_owned();
    let mut variables = Vec::new();
    for name in names {
        let (of, name) = opened.locate(name)?;
        if !variables.is_empty() && of.path != group {
            anyhow::bail!("the variables are in different groups: {group} and {}; export one group at a time", of.path);
        }
        group.clone_from(&of.path);
        variables.push(name);
    }
    let steps = if variables.is_empty() { Vec::new() } else { vec![select(variables.into_iter())] };
    Ok((ops::apply(opened.dataset(&group)?, &steps)?, steps))
}

fn select(names: impl Iterator<Item = String>) -> Step {
    let mut params = Params::default();
    params.set("variables", Value::List(names.map(Value::Text).collect()));
    Step::new("select", params)
}

/// What the recipe says of the output, with what was typed over it.
pub(crate) fn merged(mut target: Target, typed: &Storage, path: Option<&Path>) -> Target {
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

/// The form that an ending asks for.
enum Form {
    /// Written chunk by chunk.
    Store(ExportFormat),
    /// One file of a result that fits in memory.
    Small(String),
}

impl Form {
    fn of(path: &Path, zarr: Option<u8>) -> Result<Self, Usage> {
        let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match (ending.as_str(), zarr) {
            ("zarr", Some(2)) => Ok(Self::Store(ExportFormat::Zarr2)),
            ("zarr", _) => Ok(Self::Store(ExportFormat::Zarr3)),
            ("nc" | "nc4" | "cdf", _) => Ok(Self::Store(ExportFormat::NetCdf4)),
            ("csv" | "json" | "npy", _) => Ok(Self::Small(ending)),
            _ => Err(Usage(format!(
                "the ending of {} says no format: use .zarr, .nc, .csv, .json or .npy",
                path.display()
            ))),
        }
    }
}

/// What made a dataset and how it is written.
pub(crate) struct Making {
    pub(crate) recipe: Recipe,
    /// The group that was read.
    pub(crate) group: String,
    pub(crate) resume: bool,
}

impl Making {
    /// How it is stored in this format, as the recipe's output says.
    pub(crate) fn options(self, cx: &Context, format: ExportFormat) -> anyhow::Result<ExportOptions> {
        if self.resume && cx.damage().is_some() {
            let why = "what was damaged before the interruption is not known any more";
            return Err(Usage(format!("--resume goes without --mark-missing: {why}")).into());
        }
        let Self { recipe, group, resume } = self;
        let Target { chunks, shards, codec, .. } = recipe.output.clone().unwrap_or_default();
        let codec = codec.as_deref().map(str::parse).transpose()?;
        Ok(ExportOptions {
            format,
            chunks,
            shards,
            codec,
            recipe: Some(recipe),
            group,
            resume,
            damage: cx.damage().cloned().unwrap_or_default(),
        })
    }
}

/// Writes a dataset in the form that the ending of the target says.
pub(crate) fn write(cx: &Context, ds: &Dataset, path: &Path, making: Making) -> anyhow::Result<()> {
    let zarr = making.recipe.output.as_ref().and_then(|o| o.zarr);
    match Form::of(path, zarr)? {
        Form::Store(format) => {
            let report = cx.session.export(ds, path, &making.options(cx, format)?, &cx.run)?;
            told(cx, &report);
            Ok(())
        }
        Form::Small(ending) if making.resume => {
            Err(Usage(format!("--resume is for Zarr: a .{ending} file is written in one go")).into())
        }
        Form::Small(ending) => write_small(cx, ds, path, &ending),
    }
}

fn told(cx: &Context, report: &ExportReport) {
    for reason in &report.left_out {
        line(&format!("warning: left out: {reason}"));
    }
    let size = output::bytes(report.bytes_written);
    cx.tell(&format!("wrote {}, {size} in {:.1} s", report.path.display(), report.seconds));
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
    let file = NewFile::begin(path)?;
    if ending == "json" {
        let json = result_json(&values(cx, dataset, usize::MAX)?);
        let text = serde_json::to_string_pretty(&json)?;
        file.write(|out| writeln!(out, "{text}"))?;
    } else {
        let values = cx.session.values(dataset, &one()?, ending == "csv", usize::MAX, &cx.run)?;
        file.write(|out| if ending == "csv" { values.write_table(out, ',') } else { values.write_npy(out) })?;
    }
    cx.tell(&format!("wrote {}", path.display()));
    Ok(())
}

/// All data variables of a result that fits in memory.
pub(crate) fn values(cx: &Context, dataset: &Dataset, most: usize) -> anyhow::Result<Vec<Values>> {
    let all = dataset.data().map(|v| cx.session.values(dataset, &v.name, true, most, &cx.run));
    Ok(all.collect::<Result<_, Error>>()?)
}

/// `{"value": x}` for a single number; the form of `values --json` for one variable, a list of them for several.
fn result_json(values: &[Values]) -> serde_json::Value {
    match values {
        [one] if one.dims.is_empty() => json!({"value": one.cell(0)}),
        [one] => one.to_json(),
        many => json!({"variables": many.iter().map(Values::to_json).collect::<Vec<_>>()}),
    }
}
