//! A lazy dataset: labelled axes and named lazy arrays. What a chain of steps maps to another of its kind.

use super::{Axis, Node};
use crate::model::{Attrs, Error, Result};
use std::sync::Arc;

/// Whether a variable is data or describes data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Operations act on it.
    Data,
    /// A coordinate beside the axes: two-dimensional latitude, a scalar time, a cell area. Selections act on it,
    /// reductions drop it where it depends on the reduced dimension.
    Coord,
}

/// A named lazy array with attributes.
#[derive(Debug, Clone)]
pub struct Var {
    /// Name in the dataset.
    pub name: String,
    /// The values, decoded.
    pub node: Arc<Node>,
    /// Attributes, without those that decoding has used up (`scale_factor`, `_FillValue` …).
    pub attrs: Attrs,
    /// Data or coordinate.
    pub role: Role,
}

/// A lazy dataset.
///
/// Invariant: each dimension of each variable has an axis of the same length in `axes`.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// One for each dimension, with labels where there are any.
    pub axes: Vec<Axis>,
    /// Variables in file order.
    pub vars: Vec<Var>,
    /// Attributes of the dataset.
    pub attrs: Attrs,
}

impl Dataset {
    /// The axis of a dimension.
    #[must_use]
    pub fn axis(&self, dim: &str) -> Option<&Axis> {
        self.axes.iter().find(|a| a.name == dim)
    }

    /// The axis of a dimension.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) naming the dimensions there are.
    pub fn need_axis(&self, dim: &str) -> Result<&Axis> {
        self.axis(dim).ok_or_else(|| {
            let names: Vec<_> = self.axes.iter().map(|a| a.name.as_str()).collect();
            Error::not_found(format!("no dimension {dim}")).hint(format!("there are: {}", names.join(", ")))
        })
    }

    /// A variable of this name.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&Var> {
        self.vars.iter().find(|v| v.name == name)
    }

    /// A variable of this name.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) naming the variables there are.
    pub fn need_var(&self, name: &str) -> Result<&Var> {
        self.var(name).ok_or_else(|| {
            let names: Vec<_> = self.vars.iter().map(|v| v.name.as_str()).collect();
            Error::not_found(format!("no variable {name}")).hint(format!("there are: {}", names.join(", ")))
        })
    }

    /// The data variables.
    pub fn data(&self) -> impl Iterator<Item = &Var> {
        self.vars.iter().filter(|v| v.role == Role::Data)
    }

    /// Drops axes that no variable uses.
    #[must_use]
    pub fn pruned(mut self) -> Self {
        let vars = std::mem::take(&mut self.vars);
        self.axes.retain(|a| vars.iter().any(|v| v.node.meta().dim(&a.name).is_some()));
        self.vars = vars;
        self
    }
}
