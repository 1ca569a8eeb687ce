//! Every NetCDF and HDF5 sample file against what netCDF4-python, h5py and h5netcdf read from it (`make_golden.py`).

use super::contract;
use crate::model::{Data, Group, Region, VariableMeta};
use std::collections::BTreeMap;

/// One variable as the other reader sees it: the columns of `golden.tsv`.
struct Line<'a> {
    columns: Vec<&'a str>,
}

impl Line<'_> {
    const FILE: usize = 0;
    const PATH: usize = 1;
    const DTYPE: usize = 2;
    const DIMS: usize = 3;
    const CHUNKS: usize = 4;
    const FILTERS: usize = 5;
    const ATTRIBUTES: usize = 6;
    const NANS: usize = 7;
    const SUM: usize = 8;
    const FIRST: usize = 9;
    const LAST: usize = 10;

    fn get(&self, column: usize) -> &str {
        self.columns.get(column).copied().unwrap_or("")
    }
}

#[test]
fn every_sample_file_has_the_structure_and_the_numbers_that_others_read() {
    let Some(folder) = contract::samples() else { return };
    let mut files: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for line in include_str!("golden.tsv").lines() {
        let line = Line { columns: line.split('\t').collect() };
        files.entry(line.columns[Line::FILE]).or_default().push(line);
    }
    assert_eq!(files.len(), 21);
    for (file, lines) in files {
        let source = super::open(&folder.join(file)).unwrap();
        let root = &source.info().root;
        let found = root.walk().map(|g| g.variables.len()).sum::<usize>();
        assert_eq!(found, lines.len(), "variables of {file}");
        for line in lines {
            let path = line.get(Line::PATH);
            let at = format!("{file}{path}");
            let variable = root.variable(path).unwrap_or_else(|| panic!("{at} is missing"));
            check_meta(root, variable, &line, &at);
            let block = source.read(path, &Region::all(&variable.shape)).unwrap_or_else(|e| panic!("{at}: {e}"));
            check_values(block.data(), &line, &at);
        }
    }
}

fn check_meta(root: &Group, variable: &VariableMeta, line: &Line<'_>, at: &str) {
    assert_eq!(variable.dtype.to_string(), line.get(Line::DTYPE), "type of {at}");
    let dims: Vec<String> = variable
        .dims
        .iter()
        .zip(&variable.shape)
        .map(|(name, size)| {
            let star = if unlimited(root, variable, name) { "*" } else { "" };
            format!("{name}={size}{star}")
        })
        .collect();
    assert_eq!(dims.join(","), line.get(Line::DIMS), "dimensions of {at}");
    let chunks: Vec<String> = variable.chunks.iter().flatten().map(ToString::to_string).collect();
    assert_eq!(chunks.join(","), line.get(Line::CHUNKS), "chunks of {at}");
    let mut filters = variable.filters.clone();
    filters.sort();
    assert_eq!(filters.join(","), line.get(Line::FILTERS), "filters of {at}");
    assert_eq!(variable.attrs.0.len().to_string(), line.get(Line::ATTRIBUTES), "attributes of {at}");
}

/// Whether the nearest dimension of this name, from the variable's group upwards, can grow.
fn unlimited(root: &Group, variable: &VariableMeta, dim: &str) -> bool {
    let mut path = variable.path.as_str();
    while let Some((parent, _)) = path.rsplit_once('/') {
        path = parent;
        if let Some(found) = root.group(path).and_then(|g| g.dims.iter().find(|d| d.name == dim)) {
            return found.unlimited;
        }
    }
    panic!("{} has dimension {dim}, which no group defines", variable.path)
}

fn check_values(data: &Data, line: &Line<'_>, at: &str) {
    for (i, column) in [(0, Line::FIRST), (data.len() - 1, Line::LAST)] {
        let wanted = line.get(column);
        match (data, wanted) {
            // Python has no one way to write records: they are tested where they are made into text.
            (Data::Text(_), "record" | "complex") => {}
            (Data::Text(t), _) => assert_eq!(t[i].replace('\n', "\\n").replace('\t', " "), wanted, "cell {i} of {at}"),
            (Data::F32(_) | Data::F64(_), _) => {
                let (found, wanted) = (data.f64(i), wanted.parse::<f64>().unwrap());
                assert!(found.to_bits() == wanted.to_bits() || found.is_nan() && wanted.is_nan(), "cell {i} of {at}");
            }
            _ => assert_eq!(data.json(i).to_string(), wanted, "cell {i} of {at}"),
        }
    }
    if line.get(Line::SUM).is_empty() {
        return;
    }
    let values = data.to_f64();
    let nans = values.iter().filter(|v| v.is_nan()).count();
    assert_eq!(nans.to_string(), line.get(Line::NANS), "NaN of {at}");
    let sum: f64 = values.iter().filter(|v| v.is_finite()).sum();
    let size: f64 = values.iter().filter(|v| v.is_finite()).map(|v| v.abs()).sum();
    let wanted: f64 = line.get(Line::SUM).parse().unwrap();
    assert!((sum - wanted).abs() <= 1e-12 * size, "sum of {at}: {sum}, not {wanted}");
}

#[test]
fn every_sample_file_keeps_the_contract() {
    let Some(folder) = contract::samples() else { return };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if super::netcdf3::detect(&path) || super::hdf5::detect(&path) {
            contract::check(&*super::open(&path).unwrap());
            files += 1;
        }
    }
    assert_eq!(files, 21);
}
