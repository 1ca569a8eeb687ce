//! HDF5 and NetCDF-4: structure through the library, bytes beside it where they are plain numbers. Knows nothing of CF.
//!
//! The library has one lock for all files, so threads that call it queue. Whatever can be, is read by the direct tier
//! (`direct`); the first read of each variable is compared with what the library makes of it, and a variable that
//! differs is left to the library from then on. What agreed once (`agreed`) is not compared again.

mod agreed;
mod attrs;
mod dims;
mod direct;
mod elsewhere;
mod eos;
mod ffi;
mod filters;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod tests;
mod tree;
mod types;
mod variable;

use super::Options;
use super::file::RandomFile;
use super::probe::{self, Guard};
use crate::model::{Block, Error, Group, Member, Region, Result, Source, SourceInfo};
use dims::Dims;
use eos::Structure;
use hdf5::File;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use tree::{FoundDataset, FoundGroup};
use variable::{Effort, Variable};

const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
/// A file may have thousands of odd links: beyond this many warnings only their number is told.
const MOST_WARNINGS: usize = 200;

/// Whether the HDF5 signature stands at the start or behind a user block (512, 1024, 2048 … bytes).
#[must_use]
pub fn detect(path: &Path) -> bool {
    find_signature(path).unwrap_or(false)
}

fn find_signature(path: &Path) -> std::io::Result<bool> {
    let mut file = std::fs::File::open(path)?;
    let meta = file.metadata()?;
    let len = if meta.is_file() { meta.len() } else { 0 };
    let mut at = 0;
    while at + 8 <= len {
        let mut found = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut found)?;
        if found == SIGNATURE {
            return Ok(true);
        }
        at = if at == 0 { 512 } else { at * 2 };
    }
    Ok(false)
}

/// Opens an HDF5 or NetCDF-4 file: reads its structure and attributes, no values and no chunks. Where a
/// [`probe`] is set, a child process does so first.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) with the library's reason where it cannot open the file, or what became
/// of the child.
pub fn open(path: &Path, options: &Options) -> Result<Arc<dyn Source>> {
    let bytes = RandomFile::open(path)?;
    let avoid = probe::check(path, bytes.identity())?;
    Ok(Arc::new(read(path, bytes, options, &Guard::new(&avoid))?))
}

/// Reads what HDF-EOS says of its structure, apart from any file.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn structure(text: &str) {
    eos::said(text);
}

/// Does with a file what opening and the first reads do, short of the values of plain numbers: whatever the library does
/// at that is its answer. For the child that tries files.
///
/// # Errors
/// As [`open`]. What is wrong with a single variable is told when that is read.
pub(super) fn examine(path: &Path, guard: &Guard<'_>) -> Result<()> {
    let file = read(path, RandomFile::open(path)?, &Options::default(), guard)?;
    let mut effort = Effort::default();
    for variable in file.info.root.walk().flat_map(|g| &g.variables) {
        if let Some(variable) = file.find(&variable.path).filter(|v| guard.values(v.path()).is_none()) {
            variable.examine(&file.file, &file.bytes, &mut effort);
        }
    }
    Ok(())
}

fn read(path: &Path, bytes: RandomFile, options: &Options, guard: &Guard<'_>) -> Result<Hdf5> {
    let mut warnings = Vec::new();
    let (file, written_to) = match ffi::open(path, false) {
        Ok(file) => (file, false),
        // A writer that has it open in a way that allows readers left a mark in the file.
        Err(first) => match ffi::open(path, true) {
            Ok(file) => (file, true),
            Err(_) => return Err(refused(&first).at(path)),
        },
    };
    if written_to {
        warnings.push("another program has the file open for writing: values may change while they are read".into());
    }
    let mut found = tree::walk(&file, path, guard).map_err(|e| refused(&e).at(path))?;
    warnings.extend(found.warnings);
    let structures = eos::text(&file, &found.root).map(|said| eos::apply(&said, &mut found.root)).unwrap_or_default();
    let dims = Dims::of(&found.root, &structures);
    let is_netcdf = file.attr("_NCProperties").is_ok() || has_netcdf_dims(&found.root);
    let mut variables = HashMap::new();
    let direct = options.direct && !written_to;
    let mut made = HashMap::new();
    for (meta, block) in structures.iter().flat_map(|s| &s.coordinates) {
        made.insert(meta.path.trim_start_matches('/').to_owned(), block.clone());
    }
    let mut build = Build { direct, is_netcdf, guard, dims: &dims, structures, variables: &mut variables, warnings };
    let root = build.group(found.root);
    let mut warnings = build.warnings;
    if let Some(more) = warnings.len().checked_sub(MOST_WARNINGS).filter(|&n| n > 0) {
        warnings.truncate(MOST_WARNINGS);
        warnings.push(format!("and {more} more warnings"));
    }
    let info = SourceInfo {
        format: if is_netcdf { "netcdf4" } else { "hdf5" },
        path: path.display().to_string(),
        identity: bytes.identity().to_owned(),
        root,
        warnings,
    };
    Ok(Hdf5 { file, bytes, info, variables, made, notices: Mutex::new(Vec::new()), written_to })
}

fn refused(error: &hdf5::Error) -> Error {
    let reason = error.to_string().replace('\n', " ");
    Error::corrupt(format!("the HDF5 library cannot open the file: {reason}")).hint("fetch or write it again")
}

fn has_netcdf_dims(group: &FoundGroup) -> bool {
    group.datasets.iter().any(|d| d.scale.as_ref().is_some_and(|s| s.id.is_some() || s.only))
        || group.groups.iter().any(has_netcdf_dims)
}

struct Hdf5 {
    file: File,
    bytes: RandomFile,
    info: SourceInfo,
    /// By path as shown.
    variables: HashMap<String, Variable>,
    /// What stands in no dataset, by path as shown.
    made: HashMap<String, Block>,
    notices: Mutex<Vec<String>>,
    /// Whether another program has it open for writing.
    written_to: bool,
}

impl Source for Hdf5 {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, path: &str, region: &Region) -> Result<Block> {
        if let Some(block) = self.made.get(path.trim_start_matches('/')) {
            let read = region.check(block.shape()).and_then(|()| block.slice(region));
            return read.map_err(|e| e.within(format!("variable {path}")).at(&self.info.path));
        }
        let notice = |text: String| self.notices.lock().push(text);
        let read = match self.find(path) {
            None => self.read_field(path, region),
            Some(variable) => variable
                .read(&self.file, &self.bytes, region, &notice)
                .map_err(|e| e.within(format!("cannot read variable {path}")).at(&self.info.path)),
        };
        // Of a file that is open for writing it was said on opening.
        if !self.written_to {
            self.bytes.unchanged()?;
        }
        read
    }

    fn readable(&self, path: &str) -> Result<()> {
        let known = self.find(path).map_or(Ok(()), Variable::readable);
        known.map_err(|e| e.within(format!("cannot read variable {path}")).at(&self.info.path))
    }

    fn fields(&self, path: &str) -> Vec<Member> {
        self.find(path).map(Variable::fields).unwrap_or_default()
    }

    fn stored_bytes(&self, path: &str) -> Option<u64> {
        self.find(path)?.stored_bytes(&self.file)
    }

    fn notices(&self) -> Vec<String> {
        self.notices.lock().clone()
    }
}

impl Hdf5 {
    fn find(&self, path: &str) -> Option<&Variable> {
        self.variables.get(path.trim_start_matches('/'))
    }

    /// A number within the elements of a variable: `path.field`.
    fn read_field(&self, path: &str, region: &Region) -> Result<Block> {
        let parts = || path.match_indices('.').map(|(at, _)| (&path[..at], &path[at + 1..]));
        let found = parts().find_map(|(of, field)| {
            let read = self.find(of)?.read_field(&self.file, &self.bytes, region, field);
            read.map_err(|e| e.within(format!("cannot read variable {path}"))).transpose()
        });
        let none = || Error::not_found(format!("there is no variable {path}"));
        found.unwrap_or_else(|| Err(none())).map_err(|e| e.at(&self.info.path))
    }
}

/// Turns what was found into the structure that is shown, and gathers how each variable is read.
struct Build<'a> {
    direct: bool,
    /// Whether names may bear netCDF's mark.
    is_netcdf: bool,
    guard: &'a Guard<'a>,
    dims: &'a Dims,
    structures: Vec<Structure>,
    variables: &'a mut HashMap<String, Variable>,
    warnings: Vec<String>,
}

impl Build<'_> {
    fn group(&mut self, found: FoundGroup) -> Group {
        let mut group = Group {
            name: found.name,
            dims: self.dims.of_group(&found.path),
            attrs: found.attrs,
            path: found.path,
            variables: Vec::new(),
            groups: Vec::new(),
        };
        let names: Vec<String> = found.datasets.iter().map(|d| d.name.clone()).collect();
        for dataset in found.datasets.into_iter().filter(|d| !d.scale.as_ref().is_some_and(|s| s.only)) {
            self.variable(&mut group, dataset, &names);
        }
        let made = self.structures.iter().filter(|s| s.path == group.path).flat_map(|s| &s.coordinates);
        group.variables.extend(made.map(|(meta, _)| meta.clone()));
        group.groups = found.groups.into_iter().map(|g| self.group(g)).collect();
        group
    }

    fn variable(&mut self, group: &mut Group, mut dataset: FoundDataset, names: &[String]) {
        let stored_path = dataset.path.clone();
        let shown = if self.is_netcdf { dims::shown_name(&dataset.name) } else { &dataset.name };
        // The name without netCDF's mark is free: the dimension of that name is no variable. Elsewhere it may be taken.
        if shown != dataset.name && (dataset.dim_ids.is_some() || !names.iter().any(|n| n == shown)) {
            dataset.path = format!("{}/{shown}", group.path.trim_end_matches('/'));
            dataset.name = shown.to_owned();
        }
        let named = self.dims.of_dataset(&group.path, &dataset);
        let refused = self.guard.values(&stored_path).map(str::to_owned);
        match Variable::new(dataset, named, self.direct) {
            Ok((meta, mut variable)) => {
                if let Some(why) = refused {
                    self.warnings.push(format!("the values of {} cannot be read: {why}", meta.path));
                    variable.refuse(why);
                }
                self.variables.insert(meta.path.trim_start_matches('/').to_owned(), variable);
                group.variables.push(meta);
            }
            Err(e) => self.warnings.push(e.to_string()),
        }
    }
}
