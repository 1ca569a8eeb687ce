//! The system's file dialogs. They wait for the person, on a thread of their own.

use rfd::FileDialog;
use std::path::{Path, PathBuf};

/// Endings of files that can be opened.
const ENDINGS: &[&str] =
    &["nc", "nc4", "cdf", "h5", "hdf5", "hdf", "he5", "nxs", "tif", "tiff", "zip", "json", "yml", "yaml"];

/// Paths of files the person chose.
#[must_use]
pub fn ask_files() -> Vec<String> {
    let dialog = FileDialog::new()
        .set_title("Open files")
        .add_filter("Scientific data", ENDINGS)
        .add_filter("All files", &["*"]);
    dialog.pick_files().unwrap_or_default().iter().map(|p| p.display().to_string()).collect()
}

/// Path of a folder the person chose.
#[must_use]
pub fn ask_folder() -> Vec<String> {
    let chosen = FileDialog::new().set_title("Open a Zarr store or a folder of files").pick_folder();
    chosen.iter().map(|p| p.display().to_string()).collect()
}

/// A path to write to; `suggestion` is a file name or a path.
#[must_use]
pub fn ask_target(title: &str, suggestion: &str) -> Option<PathBuf> {
    let suggestion = Path::new(suggestion);
    let mut dialog = FileDialog::new().set_title(title);
    if let Some(name) = suggestion.file_name() {
        dialog = dialog.set_file_name(name.to_string_lossy());
    }
    if let Some(folder) = suggestion.parent().filter(|f| f.is_absolute()) {
        dialog = dialog.set_directory(folder);
    }
    dialog.save_file()
}
