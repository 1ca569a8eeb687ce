//! The built-in sample: an idealised climate inside the binary, laid down as a file so that it opens like any other.

use anyhow::Context as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const NAME: &str = "idealised_climate.nc";
const BYTES: &[u8] = include_bytes!("../../assets/sample/idealised_climate.nc");

/// The sample as a file in the user's cache folder (or, where that cannot be written, in the temporary one). It is
/// written on first use and whenever it differs from the built-in bytes. Reads and writes disk: not for the window thread.
///
/// # Errors
/// Where neither folder can be written.
pub fn path() -> anyhow::Result<PathBuf> {
    let mut failure = None;
    for folder in [cache_folder(), Some(std::env::temp_dir())].into_iter().flatten() {
        match lay_down(&folder.join("graticule").join(env!("CARGO_PKG_VERSION"))) {
            Ok(path) => return Ok(path),
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| anyhow::anyhow!("no folder to write to")))
        .context("cannot write the built-in sample to disk")
}

/// The sample as a file in a folder of the caller's choice. Reads and writes disk: not for the window thread.
///
/// # Errors
/// Where the folder cannot be written.
pub fn path_in(folder: &Path) -> anyhow::Result<PathBuf> {
    lay_down(folder)
}

#[expect(clippy::disallowed_methods, reason = "documented as not for the window thread")]
fn lay_down(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join(NAME);
    if std::fs::read(&path).is_ok_and(|bytes| bytes == BYTES) {
        return Ok(path);
    }
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    // Renamed when whole, so that another process never opens half of it.
    let part = folder.join(format!("{NAME}.{}.part", std::process::id()));
    let written = std::fs::File::create(&part)
        .and_then(|mut file| file.write_all(BYTES))
        .and_then(|()| std::fs::rename(&part, &path));
    if let Err(error) = written {
        // What could not be written may not be there to remove either; the first failure is the one to tell.
        drop(std::fs::remove_file(&part));
        return Err(error).with_context(|| format!("{}", path.display()));
    }
    Ok(path)
}

/// The user's folder for what can be made again, where one is known.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        Some(var("HOME")?.join("Library/Caches"))
    } else {
        var("XDG_CACHE_HOME").or_else(|| Some(var("HOME")?.join(".cache")))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests fail by panicking and may wait for the disk")]
mod tests {
    use super::{BYTES, lay_down};

    #[test]
    fn a_damaged_copy_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = lay_down(folder.path()).unwrap();
        std::fs::write(&path, b"torn").unwrap();
        assert_eq!(lay_down(folder.path()).unwrap(), path);
        assert_eq!(std::fs::read(&path).unwrap(), BYTES);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
