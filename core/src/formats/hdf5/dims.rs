//! Names of dimensions: from dimension scales as netCDF-4 and HDF5 write them, else `phony_dim_N` as h5netcdf makes them
//! (and with it xarray). Sizes of dimensions that can grow.

use super::eos::Structure;
use super::ffi::Key;
use super::tree::{FoundDataset, FoundGroup};
use crate::model::Dim;
use std::collections::HashMap;

/// What netCDF puts in front of a variable that has the name of a dimension without being its coordinate.
const NOT_A_COORDINATE: &str = "_nc4_non_coord_";

/// The dimensions of all groups and datasets of a file.
pub(super) struct Dims {
    scales: HashMap<Key, ScaleDim>,
    by_id: HashMap<i64, Key>,
    /// For each group by its path.
    groups: HashMap<String, Vec<Dim>>,
    phony: usize,
}

struct ScaleDim {
    dim: Dim,
    id: Option<i64>,
}

/// The dimensions of one dataset.
pub(super) struct Named {
    pub(super) names: Vec<String>,
    /// Lengths with those along dimensions that have grown further than this dataset.
    pub(super) shape: Vec<usize>,
}

/// The name a dataset is shown by.
pub(super) fn shown_name(name: &str) -> &str {
    name.strip_prefix(NOT_A_COORDINATE).filter(|n| !n.is_empty()).unwrap_or(name)
}

impl Dims {
    /// Finds the dimensions of a file, with those that HDF-EOS names.
    pub(super) fn of(root: &FoundGroup, structures: &[Structure]) -> Self {
        let mut dims = Self { scales: HashMap::new(), by_id: HashMap::new(), groups: HashMap::new(), phony: 0 };
        dims.gather_scales(root);
        dims.grow(root);
        dims.gather_groups(root);
        for structure in structures {
            dims.groups.entry(structure.path.clone()).or_default().extend(structure.dims.iter().cloned());
        }
        dims
    }

    /// The dimensions that a group defines.
    pub(super) fn of_group(&self, path: &str) -> Vec<Dim> {
        self.groups.get(path).cloned().unwrap_or_default()
    }

    /// The dimensions of a dataset in a group.
    pub(super) fn of_dataset(&self, group: &str, dataset: &FoundDataset) -> Named {
        if let Some(names) = &dataset.named {
            return Named { names: names.clone(), shape: dataset.shape.clone() };
        }
        let mut names = Vec::with_capacity(dataset.shape.len());
        let mut shape = dataset.shape.clone();
        let mut used: HashMap<usize, usize> = HashMap::new();
        for (axis, key) in self.keys(dataset).into_iter().enumerate() {
            let length = dataset.shape.get(axis).copied().unwrap_or(0);
            if let Some(scale) = key.and_then(|k| self.scales.get(&k)) {
                let grows = scale.dim.unlimited && dataset.unlimited.get(axis) == Some(&true);
                if let Some(n) = shape.get_mut(axis).filter(|_| grows) {
                    *n = scale.dim.size.max(*n);
                }
                names.push(scale.dim.name.clone());
            } else {
                let nth = used.entry(length).or_default();
                let fitting = self.groups.get(group).into_iter().flatten().filter(|d| d.size == length).nth(*nth);
                *nth += 1;
                names.push(fitting.map_or_else(|| format!("phony_dim_{axis}"), |d| d.name.clone()));
            }
        }
        Named { names, shape }
    }

    fn gather_scales(&mut self, group: &FoundGroup) {
        for dataset in group.datasets.iter().filter(|d| !d.again) {
            let Some(scale) = &dataset.scale else { continue };
            let dim = Dim {
                name: shown_name(&dataset.name).to_owned(),
                size: dataset.shape.first().copied().unwrap_or(1),
                unlimited: dataset.unlimited.first() == Some(&true),
            };
            self.scales.insert(dataset.key, ScaleDim { dim, id: scale.id });
            if let Some(id) = scale.id {
                self.by_id.entry(id).or_insert(dataset.key);
            }
        }
        group.groups.iter().for_each(|g| self.gather_scales(g));
    }

    /// A dimension that can grow is as long as the longest variable on it (netCDF-4 keeps each at its own length).
    fn grow(&mut self, group: &FoundGroup) {
        for dataset in &group.datasets {
            for (key, &length) in self.keys(dataset).into_iter().zip(&dataset.shape) {
                if let Some(scale) = key.and_then(|k| self.scales.get_mut(&k)).filter(|s| s.dim.unlimited) {
                    scale.dim.size = scale.dim.size.max(length);
                }
            }
        }
        group.groups.iter().for_each(|g| self.grow(g));
    }

    /// For each dimension of a dataset its scale, where one is known.
    fn keys(&self, dataset: &FoundDataset) -> Vec<Option<Key>> {
        let rank = dataset.shape.len();
        let by_id = || {
            let ids = dataset.dim_ids.as_ref().filter(|ids| ids.len() == rank)?;
            ids.iter().map(|id| self.by_id.get(id).copied().map(Some)).collect::<Option<Vec<_>>>()
        };
        if dataset.scale.is_some() {
            // A scale of several dimensions is a coordinate such as names(name, length).
            let own = || (0..rank).map(|axis| (axis == 0).then_some(dataset.key)).collect();
            return if rank > 1 { by_id().unwrap_or_else(own) } else { own() };
        }
        let known = |key: &Option<Key>| key.filter(|k| self.scales.contains_key(k));
        let listed: Vec<Option<Key>> = dataset.scales.iter().map(known).collect();
        if listed.iter().any(Option::is_some) {
            return listed;
        }
        by_id().unwrap_or_else(|| vec![None; rank])
    }

    /// Sets the dimensions of a group and of all within, parents first: so are phony ones numbered.
    fn gather_groups(&mut self, group: &FoundGroup) {
        let mut own: Vec<&ScaleDim> = group
            .datasets
            .iter()
            .filter(|d| d.scale.is_some() && !d.again)
            .filter_map(|d| self.scales.get(&d.key))
            .collect();
        if own.iter().all(|s| s.id.is_some()) {
            own.sort_by_key(|s| s.id);
        }
        let mut dims: Vec<Dim> = own.into_iter().map(|s| s.dim.clone()).collect();
        let phony = self.phony_dims(group, &dims);
        dims.extend(phony);
        self.groups.insert(group.path.clone(), dims);
        self.define_what_no_parent_defines(group);
        group.groups.iter().for_each(|g| self.gather_groups(g));
    }

    /// For each length without a name, as many dimensions as any one dataset of the group needs, less those it has.
    fn phony_dims(&mut self, group: &FoundGroup, named: &[Dim]) -> Vec<Dim> {
        let mut needed: Vec<(usize, usize)> = Vec::new();
        for lengths in &group.unnamed {
            for &length in lengths {
                let count = lengths.iter().filter(|&&n| n == length).count();
                match needed.iter_mut().find(|(n, _)| *n == length) {
                    Some((_, most)) => *most = count.max(*most),
                    None => needed.push((length, count)),
                }
            }
        }
        let mut made = Vec::new();
        for (size, count) in needed {
            let have = named.iter().filter(|d| d.size == size && !d.unlimited).count();
            for _ in have..count {
                made.push(Dim { name: format!("phony_dim_{}", self.phony), size, unlimited: false });
                self.phony += 1;
            }
        }
        made
    }

    /// A scale may stand in a group that is no parent of its user's: then the dimension is the user's group's too.
    fn define_what_no_parent_defines(&mut self, group: &FoundGroup) {
        for dataset in &group.datasets {
            for scale in self.keys(dataset).into_iter().flatten() {
                let Some(dim) = self.scales.get(&scale).map(|s| s.dim.clone()) else { continue };
                if !self.is_visible(&group.path, &dim.name) {
                    self.groups.entry(group.path.clone()).or_default().push(dim);
                }
            }
        }
    }

    fn is_visible(&self, group: &str, name: &str) -> bool {
        let mut path = group.trim_end_matches('/');
        loop {
            let defined = self.groups.get(if path.is_empty() { "/" } else { path });
            if defined.is_some_and(|dims| dims.iter().any(|d| d.name == name)) {
                return true;
            }
            match path.rsplit_once('/') {
                Some((parent, _)) => path = parent,
                None => return false,
            }
        }
    }
}
