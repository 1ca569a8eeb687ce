//! Open files, only so many at a time: the one not used for longest is closed and opened again when it is wanted.

use crate::formats;
use crate::model::{Error, Result, Source};
use lru::LruCache;
use parking_lot::Mutex;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// Files open at once: well below the 256 handles of the stingiest systems, as a file may take more than one.
const OPEN: usize = 100;

/// Files by their number.
pub(super) struct Files {
    /// Path and the identity it had when the dataset was opened.
    known: Vec<(PathBuf, String)>,
    open: Mutex<LruCache<usize, Arc<dyn Source>>>,
}

impl Files {
    pub(super) fn new(known: Vec<(PathBuf, String)>) -> Self {
        Self { known, open: Mutex::new(LruCache::new(NonZeroUsize::new(OPEN).unwrap_or(NonZeroUsize::MIN))) }
    }

    /// The file, opened where it is not. Fails where it is another one than it was.
    pub(super) fn get(&self, file: usize) -> Result<Arc<dyn Source>> {
        if let Some(source) = self.open.lock().get(&file) {
            return Ok(Arc::clone(source));
        }
        let (path, identity) = self.known.get(file).ok_or_else(|| Error::internal("a file without a number"))?;
        let source = formats::open(path)?;
        if source.info().identity != *identity {
            return Err(Error::corrupt("the file has changed since the dataset was opened")
                .hint("open the dataset again")
                .at(path));
        }
        self.open.lock().put(file, Arc::clone(&source));
        Ok(source)
    }

    /// What reading has shown, of the files that are open.
    pub(super) fn notices(&self) -> Vec<String> {
        let mut all: Vec<String> = self.open.lock().iter().flat_map(|(_, s)| s.notices()).collect();
        all.sort();
        all.dedup();
        all
    }
}
