//! A Zarr store in one zip file: its directory read once, the bytes of a key at their place. Knows no metadata.
//! Source: PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5 (zip64 included; archives over several disks are not).

use super::super::file::RandomFile;
use super::MARKERS;
use super::directory::{self, Entry};
use super::listing::Listing;
use super::store::{Place, read};
use crate::model::{Error, Result};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of what stands in front of an entry's name and data.
const LOCAL_HEADER: u64 = 30;

/// Whether a file is a zip archive that holds Zarr metadata.
pub(super) fn detect(path: &Path) -> bool {
    is_archive(path)
        && RandomFile::open(path).and_then(|file| directory::read(&file)).is_ok_and(|directory| {
            directory
                .entries()
                .any(|e| e.is_ok_and(|e| MARKERS.contains(&e.name.rsplit('/').next().unwrap_or_default())))
        })
}

/// Whether a file begins as a zip archive does.
pub(super) fn is_archive(path: &Path) -> bool {
    super::super::first_bytes(path, 4).is_ok_and(|start| start == b"PK\x03\x04")
}

/// A store in a zip file.
#[derive(Debug)]
pub(super) struct Zip {
    path: PathBuf,
    file: Arc<RandomFile>,
    entries: HashMap<String, Entry>,
    listing: Listing,
}

impl Zip {
    /// Reads the directory of the archive, and nothing else. The store may stand in a folder within it, as whoever
    /// packs a folder with the tools of a desktop gets it.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the directory is torn,
    /// [`NotFound`](crate::model::ErrorKind::NotFound) where it names no store, or more than one.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let file = RandomFile::open(path)?;
        let directory = directory::read(&file).map_err(|e| e.at(path))?;
        let mut entries = HashMap::with_capacity(directory.len());
        for entry in directory.entries() {
            let entry = entry.map_err(|e| e.at(path))?;
            // The last of one name counts: that is how archives are written to again.
            entries.insert(entry.name, entry.place);
        }
        let root = root(entries.keys()).map_err(|e| e.at(path))?;
        if !root.is_empty() {
            let inside = |(name, entry): (String, Entry)| Some((name.strip_prefix(&root)?.to_owned(), entry));
            entries = entries.into_iter().filter_map(inside).collect();
        }
        let mut listing = Listing::default();
        entries.keys().for_each(|key| listing.note(key));
        Ok(Self { path: path.to_path_buf(), file: Arc::new(file), entries, listing })
    }

    /// The archive.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Changes when the archive does.
    pub(super) fn identity(&self) -> &str {
        self.file.identity()
    }

    /// Names of groups and arrays right below one.
    pub(super) fn folders(&self, key: &str) -> Vec<String> {
        self.listing.below(key)
    }

    /// All bytes of a key, checked by their sum, `None` where it is not there.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where they do not lie where the directory says, or are damaged;
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) where they are encrypted or packed in a rare way.
    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let Some(entry) = self.entries.get(key.trim_start_matches('/')) else { return Ok(None) };
        self.unpacked(entry).map(Some).map_err(|e| e.within(key).at(&self.path))
    }

    /// Where the bytes of a key are: their place in the archive, or, where they are packed, in memory.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(super) fn place(&self, key: &str) -> Result<Option<Place>> {
        let Some(entry) = self.entries.get(key.trim_start_matches('/')) else { return Ok(None) };
        let place = if entry.is_stored() {
            self.start(entry).map(|start| Place::Part(Arc::clone(&self.file), start, entry.packed))
        } else {
            self.unpacked(entry).map(Place::Inline)
        };
        place.map(Some).map_err(|e| e.within(key).at(&self.path))
    }

    fn unpacked(&self, entry: &Entry) -> Result<Vec<u8>> {
        let packed = read(&self.file, self.start(entry)?, entry.packed)?;
        entry.unpack(packed)
    }

    /// Where the bytes of an entry begin: its own header says how long that header is.
    fn start(&self, entry: &Entry) -> Result<u64> {
        let mut header = [0; 30];
        self.file.read_at(entry.header, &mut header)?;
        let [b'P', b'K', 3, 4, .., n0, n1, x0, x1] = header else {
            return Err(Error::corrupt(format!("no entry of the archive begins at byte {}", entry.header)));
        };
        let after = u64::from(u16::from_le_bytes([n0, n1])) + u64::from(u16::from_le_bytes([x0, x1]));
        Ok(entry.header + LOCAL_HEADER + after)
    }
}

/// The folder within the archive that holds the store, with a slash behind unless it is the archive itself: the
/// shallowest that holds metadata.
fn root<'a>(names: impl Iterator<Item = &'a String>) -> Result<String> {
    let mut shallowest: Option<usize> = None;
    let mut found = BTreeSet::new();
    for name in names {
        let (folder, file) = name.rfind('/').map_or(("", name.as_str()), |at| name.split_at(at + 1));
        let depth = folder.matches('/').count();
        if !MARKERS.contains(&file) || shallowest.is_some_and(|least| depth > least) {
            continue;
        }
        if shallowest.is_none_or(|least| depth < least) {
            found.clear();
            shallowest = Some(depth);
        }
        found.insert(folder);
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.to_owned()),
        // Packed without the metadata of the group that they form: its members then.
        (Some(first), Some(second)) => {
            let shared = first.bytes().zip(second.bytes()).take_while(|(a, b)| a == b).count();
            let common = first.get(..shared).and_then(|c| c.rfind('/').map(|at| c.split_at(at + 1).0));
            Ok(common.unwrap_or_default().to_owned())
        }
        _ => Err(Error::not_found("the archive holds no zarr.json, .zgroup or .zarray")
            .hint("pack the folder of a Zarr store")),
    }
}
