//! The foreign libraries inside, for `doctor` and bug reports.

/// Name and version of each library that reads or writes files.
#[must_use]
pub fn libraries() -> Vec<(&'static str, String)> {
    let (major, minor, patch) = hdf5::library_version();
    vec![("HDF5", format!("{major}.{minor}.{patch}"))]
}
