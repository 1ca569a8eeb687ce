//! A chain as it is given on the command line: recipe file, result that tells of its own, or steps; what it reads, the
//! dataset after it.

use super::args::Chain;
use super::context::Context;
use super::data;
use super::failure::Usage;
use graticule_core::model::Error;
use graticule_core::ops::{self, Recipe, Step};
use graticule_core::plan::Dataset;
use graticule_core::session::{Opened, names_data};
use serde_json::Value;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A chain with its source open.
pub(crate) struct Loaded {
    pub(crate) opened: Arc<Opened>,
    /// The group that it reads.
    pub(crate) group: String,
    /// With the input that was really taken.
    pub(crate) recipe: Recipe,
}

impl Loaded {
    /// Reads the recipe and opens the source.
    pub(crate) fn new(cx: &Context, args: &Chain) -> anyhow::Result<Self> {
        let mut group = args.group.clone();
        let mut made_from = None;
        let mut recipe = match (&args.recipe, &args.from) {
            (Some(path), _) if !is_data(path) => {
                let text = std::fs::read_to_string(path).map_err(|e| Error::io("read the recipe", &e).at(path))?;
                Recipe::from_toml(&text).map_err(|e| e.at(path))?
            }
            (Some(path), _) | (None, Some(path)) => {
                let Embedded { recipe, provenance } = Embedded::read(cx, path)?;
                if let (None, Some(of)) = (&group, provenance.get("group").and_then(Value::as_str)) {
                    group = Some(of.to_owned());
                }
                made_from = Some((path, provenance));
                recipe
            }
            (None, None) => Recipe {
                steps: args.step.iter().map(|text| Step::parse(text)).collect::<Result<_, _>>()?,
                ..Recipe::default()
            },
        };
        for text in &args.define {
            recipe.functions.define(text)?;
        }
        let input = input(args, &recipe)?;
        let opened = cx.open(&input)?;
        if let Some((result, provenance)) = made_from
            && changed(&provenance, &opened)
        {
            let named = input.join(", ");
            cx.tell(&format!("{named} is not what {} was made from: it has changed since", result.display()));
        }
        recipe.input = input;
        recipe.steps.iter_mut().for_each(|step| step.rename_others(|path| found(args, path)));
        cx.bind(&mut recipe);
        Ok(Self { opened, group: group.unwrap_or_else(|| "/".to_owned()), recipe })
    }

    /// The dataset that the chain begins with.
    pub(crate) fn source(&self) -> anyhow::Result<&Dataset> {
        Ok(self.opened.dataset(&self.group)?)
    }

    /// The dataset after the chain.
    pub(crate) fn result(&self) -> anyhow::Result<Dataset> {
        Ok(ops::apply(self.source()?, &self.recipe.steps)?)
    }
}

/// The chain that a result tells of itself.
struct Embedded {
    recipe: Recipe,
    /// What it was made from.
    provenance: Value,
}

impl Embedded {
    fn read(cx: &Context, path: &Path) -> anyhow::Result<Self> {
        let opened = cx.open(&[path.to_string_lossy().into_owned()])?;
        let attrs = &opened.info().root.attrs;
        let json = |name: &str| attrs.text(name).map(serde_json::from_str::<Value>);
        let none = || {
            Error::not_found("it tells of no chain that made it")
                .hint("results of graticule run and export do")
                .at(path)
        };
        let wrong = |e: serde_json::Error| Error::corrupt(format!("its graticule_recipe is no JSON: {e}")).at(path);
        let mut recipe =
            Recipe::from_json(&json("graticule_recipe").ok_or_else(none)?.map_err(wrong)?).map_err(|e| e.at(path))?;
        // It stands there already: another name must be given.
        if let Some(output) = &mut recipe.output {
            output.path = None;
        }
        let provenance = json("graticule_provenance").and_then(Result::ok).unwrap_or_default();
        Ok(Self { recipe, provenance })
    }
}

/// Whether a path leads to data and not to a recipe: a folder, or a file that begins as those of netCDF or HDF5 do.
fn is_data(path: &Path) -> bool {
    let mut head = [0; 4];
    path.is_dir()
        || std::fs::File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_ok()
            && (head.starts_with(b"CDF") || &head == b"\x89HDF")
}

/// Whether the sources are no longer those that a result was made from.
fn changed(provenance: &Value, opened: &Opened) -> bool {
    let known: Vec<&str> =
        provenance["sources"].as_array().into_iter().flatten().filter_map(|s| s["identity"].as_str()).collect();
    !known.is_empty() && !known.contains(&opened.info().identity.as_str())
}

/// What the chain reads.
fn input(args: &Chain, recipe: &Recipe) -> anyhow::Result<Vec<String>> {
    if args.sample {
        return Ok(vec![data::sample()?]);
    }
    if !args.input.is_empty() {
        return Ok(args.input.clone());
    }
    if recipe.input.is_empty() {
        return Err(Usage("the chain names no data: give --input DATA".into()).into());
    }
    Ok(recipe.input.iter().map(|path| found(args, path)).collect())
}

/// Where the data of a recipe are: at this path, or else beside the recipe.
fn found(args: &Chain, path: &str) -> String {
    let folder = args.recipe.as_deref().or(args.from.as_deref()).and_then(Path::parent);
    let beside = folder.map(|folder| folder.join(path).to_string_lossy().into_owned());
    beside.filter(|beside| !names_data(path) && names_data(beside)).unwrap_or_else(|| path.to_owned())
}
