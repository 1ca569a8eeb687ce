//! A chain as it is given on the command line: recipe file or steps, what it reads, the dataset after it.

use super::args::Chain;
use super::context::Context;
use super::data;
use super::failure::Usage;
use anyhow::Context as _;
use graticule_core::model::Error;
use graticule_core::ops::{self, Recipe, Step};
use graticule_core::plan::Dataset;
use graticule_core::session::Opened;
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
        let input = input(args, &recipe)?;
        let opened = cx.open(&input)?;
        recipe.input = vec![input];
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

/// The one path that the chain reads. A recipe's relative path is looked for here and beside the recipe.
fn input(args: &Chain, recipe: &Recipe) -> anyhow::Result<String> {
    if args.sample {
        return data::sample();
    }
    if let Some(input) = &args.input {
        return Ok(input.clone());
    }
    match recipe.input.as_slice() {
        [] => Err(Usage("the chain names no data: give --input DATA".into()).into()),
        [one] => {
            let beside = args.recipe.as_deref().and_then(Path::parent).map(|folder| folder.join(one));
            match beside {
                Some(beside) if !Path::new(one).exists() && beside.exists() => {
                    Ok(beside.to_string_lossy().into_owned())
                }
                _ => Ok(one.clone()),
            }
        }
        many => Err(Error::unsupported(format!("{} inputs in one recipe", many.len()))
            .hint("this build reads one; give it with --input"))
        .context("cannot open the data"),
    }
}
