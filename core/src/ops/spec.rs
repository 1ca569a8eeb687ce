//! What an operation says of itself. The form in the window, the recipe, the help of the command line, the xarray line
//! and the parity test are all made from it.

use super::params::{count, number, wrong};
use super::{Params, Value};
use crate::model::{Error, Result};
use crate::plan::Dataset;

/// The group an operation stands in on a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Choosing a part of the data.
    Select,
    /// Cell by cell.
    Arithmetic,
    /// Fewer dimensions.
    Reduce,
    /// By parts of the date.
    Time,
    /// Over neighbours.
    Window,
    /// Names, order, layout.
    Shape,
}

/// What a value of a parameter must be, and so which control a form shows for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// One dimension of the dataset.
    Dim,
    /// One or more dimensions of the dataset.
    Dims,
    /// One or more variables of the dataset.
    Variables,
    /// A name of the person's own: a new variable or dimension.
    Name,
    /// A number.
    Number,
    /// A whole number from 0.
    Integer,
    /// Any text.
    Text,
    /// True or false.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or the name of a coordinate.
    By(&'static [&'static str]),
    /// Positions: `3`, `-1`, `0:10`, `0:100:4`, `0,5,7`.
    Positions,
    /// Labels: `30:60`, `2001-07`, `~51.4`, `850`.
    Labels,
    /// An expression over variables.
    Expression,
    /// A length of time: `1D`, `6h`, `MS`, `QS-DEC`, `YS`.
    Frequency,
    /// Other data: the path of a file or folder, a pattern, several of them. A number names none.
    Data,
}

/// One named parameter.
#[derive(Debug, Clone, Copy)]
pub struct ParamSpec {
    /// The key, xarray's name.
    pub name: &'static str,
    /// What it must be.
    pub kind: ParamKind,
    /// The value that stands where none is given, as it would be written.
    pub default: Option<&'static str>,
    /// Whether the operation makes no sense without it.
    pub required: bool,
    /// One line for people.
    pub doc: &'static str,
}

/// What keys stand for that are no parameter's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTarget {
    /// Dimensions of the dataset: `isel time=0`.
    Dims,
    /// New variables: `expr ws=…`.
    NewVariables,
    /// New dimensions: `stack z=lat,lon`.
    NewDims,
    /// Dimensions or variables that are there: `rename t2m=temperature`.
    Names,
}

/// The free keys of an operation and their values.
#[derive(Debug, Clone, Copy)]
pub struct KeySpec {
    /// What the keys name.
    pub target: KeyTarget,
    /// What the values must be.
    pub kind: ParamKind,
    /// Whether at least one must be given.
    pub required: bool,
    /// Whether at most one makes sense.
    pub single: bool,
    /// One line for people.
    pub doc: &'static str,
}

/// One operation on datasets.
#[derive(Debug)]
pub struct OpSpec {
    /// The id in recipes, xarray's name.
    pub name: &'static str,
    /// Where it stands on a menu.
    pub family: Family,
    /// A few words for lists.
    pub summary: &'static str,
    /// What it does, with missing values and result types, in a few sentences.
    pub doc: &'static str,
    /// The CDO operators that do the same, for search.
    pub cdo: Option<&'static str>,
    /// A whole step as it is typed.
    pub example: &'static str,
    /// The named parameters in the order of the form.
    pub params: &'static [ParamSpec],
    /// What further keys stand for; `None` where there are none.
    pub keys: Option<&'static KeySpec>,
    /// Builds the result. Nothing is read but labels to group by.
    pub apply: fn(&Dataset, &Params) -> Result<Dataset>,
    /// The Python lines that do the same to the xarray dataset `ds`, given the dataset before the step.
    pub xarray: fn(&Dataset, &Params) -> Result<String>,
}

impl OpSpec {
    /// A named parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'static ParamSpec> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Whether dimension names stand as keys.
    #[must_use]
    pub fn dim_keys(&self) -> bool {
        self.keys.is_some_and(|k| k.target == KeyTarget::Dims)
    }

    /// The key that a bare word is the value of: the first required parameter, else the first.
    #[must_use]
    pub fn positional(&self) -> Option<&'static str> {
        self.params.iter().find(|p| p.required).or_else(|| self.params.first()).map(|p| p.name)
    }

    /// The keys of the parameters that name no parameter: dimensions, new variables.
    pub fn free_keys<'a>(&'static self, params: &'a Params) -> impl Iterator<Item = (&'a str, &'a Value)> {
        params.iter().filter(|(k, _)| self.param(k).is_none())
    }

    /// Checks keys and kinds of values, and that dimensions and variables are there.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) naming the key, [`NotFound`](crate::model::ErrorKind::NotFound) for
    /// a dimension or variable that is not there.
    pub fn check(&'static self, ds: &Dataset, params: &Params) -> Result<()> {
        for spec in self.params {
            match params.get(spec.name) {
                Some(value) => spec.kind.check(ds, spec.name, value)?,
                None if spec.required => {
                    return Err(Error::invalid(format!("{} is missing", spec.name))
                        .hint(format!("for example: {}", self.example)));
                }
                None => {}
            }
        }
        let mut free = 0;
        for (key, value) in self.free_keys(params) {
            free += 1;
            let Some(keys) = self.keys else { return Err(self.unknown(key)) };
            match keys.target {
                KeyTarget::Dims if ds.axis(key).is_none() => {
                    let near = super::nearest(key, self.params.iter().map(|p| p.name));
                    return Err(ds
                        .need_axis(key)
                        .err()
                        .filter(|_| near.is_none())
                        .unwrap_or_else(|| self.unknown(key)));
                }
                KeyTarget::Names if ds.axis(key).is_none() => drop(ds.need_var(key)?),
                KeyTarget::Dims | KeyTarget::Names | KeyTarget::NewVariables | KeyTarget::NewDims => {}
            }
            keys.kind.check(ds, key, value)?;
        }
        let Some(keys) = self.keys else { return Ok(()) };
        if (keys.required && free == 0) || (keys.single && free > 1) {
            let wanted = if keys.single { "exactly one" } else { "at least one" };
            let what = match keys.target {
                KeyTarget::Dims => "dimension",
                KeyTarget::NewVariables => "new variable",
                KeyTarget::NewDims => "new dimension",
                KeyTarget::Names => "name",
            };
            return Err(
                Error::invalid(format!("{wanted} {what} is needed")).hint(format!("for example: {}", self.example))
            );
        }
        Ok(())
    }

    fn unknown(&self, key: &str) -> Error {
        let names: Vec<_> = self.params.iter().map(|p| p.name).collect();
        let error = Error::invalid(format!("no parameter {key}"));
        match super::nearest(key, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None if names.is_empty() => error.hint(format!("for example: {}", self.example)),
            None => error.hint(format!("there are: {}; for example: {}", names.join(", "), self.example)),
        }
    }
}

impl ParamKind {
    fn check(self, ds: &Dataset, key: &str, value: &Value) -> Result<()> {
        let word = value.text();
        match self {
            Self::Dim if matches!(value, Value::List(_)) => return Err(wrong(key, "one dimension", value)),
            Self::Dim => drop(ds.need_axis(&word)?),
            Self::Dims => {
                for dim in value.items() {
                    if dim.text() != "..." {
                        ds.need_axis(&dim.text())?;
                    }
                }
            }
            Self::Variables => {
                for name in value.items() {
                    ds.need_var(name.text().trim_start_matches('/'))?;
                }
            }
            Self::Number if number(value).is_none() => return Err(wrong(key, "a number", value)),
            Self::Integer if count(value).is_none() => return Err(wrong(key, "a whole number from 0", value)),
            Self::Bool if !matches!(word.as_str(), "true" | "True" | "false" | "False" | "0" | "1") => {
                return Err(wrong(key, "true or false", value));
            }
            Self::Choice(words) if !words.contains(&word.as_str()) => {
                return Err(wrong(key, &format!("one of {}", words.join(", ")), value));
            }
            Self::Name | Self::Expression | Self::Frequency | Self::Data if word.trim().is_empty() => {
                return Err(Error::invalid(format!("{key} is empty")));
            }
            _ => {}
        }
        Ok(())
    }
}
