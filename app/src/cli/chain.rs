//! A chain as it is given on the command line: recipe file or steps, what it reads, the dataset after it.

use super::args::Chain;
use super::context::Context;
use super::data;
use super::failure::Usage;
use graticule_core::model::Error;
use graticule_core::ops::{self, Recipe, Step};
use graticule_core::plan::Dataset;
use graticule_core::session::{Opened, names_data};
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
        let mut recipe = match &args.recipe {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|e| Error::io("read the recipe", &e).at(path))?;
                Recipe::from_toml(&text).map_err(|e| e.at(path))?
            }
            None => Recipe {
                steps: args.step.iter().map(|text| Step::parse(text)).collect::<Result<_, _>>()?,
                ..Recipe::default()
            },
        };
        recipe.input = input(args, &recipe)?;
        let opened = cx.open(&recipe.input)?;
        Ok(Self { opened, group: args.group.clone(), recipe })
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

/// What the chain reads. A recipe's relative paths are looked for here and beside the recipe.
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
    let folder = args.recipe.as_deref().and_then(Path::parent);
    let found = |path: &String| {
        let beside = folder.map(|folder| folder.join(path).to_string_lossy().into_owned());
        beside.filter(|beside| !names_data(path) && names_data(beside)).unwrap_or_else(|| path.clone())
    };
    Ok(recipe.input.iter().map(found).collect())
}
