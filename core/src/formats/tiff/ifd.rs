//! The directories of a TIFF file: tags and where their values stand. Classic TIFF (TIFF 6.0, section 2) and `BigTIFF`.
//!
//! Knows no meaning of a tag beyond its type; reads values only when asked, and only as many as asked for.

use super::super::file::RandomFile;
use crate::model::{Error, Result};
use std::collections::{BTreeMap, HashSet};

/// More pages than this are no stack but a loop that never meets itself.
const MOST_PAGES: usize = 4_000_000;
/// Directories below one page: halving that often leaves nothing of any image.
const MOST_BELOW: u64 = 64;
/// Values of tags that are read whole (texts, coordinates) may take this much.
const LONGEST_VALUE: u64 = 16 << 20;
/// Directories are read in pieces that grow from this size: many small pages stand close together.
const SMALLEST: u64 = 1 << 11;
/// The largest piece.
const WINDOW: u64 = 1 << 16;

/// Byte order and width of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) big_endian: bool,
    /// Positions of eight bytes (`BigTIFF`).
    pub(super) wide: bool,
}

/// The values of one tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    kind: u16,
    pub(super) count: u64,
    /// Where the first value stands in the file.
    at: u64,
}

/// One directory: a page, an overview, a mask.
pub(super) type Directory = BTreeMap<u16, Entry>;

impl Layout {
    /// From the first bytes of a file, `None` where it is no TIFF.
    pub(super) fn detect(start: &[u8]) -> Option<Self> {
        let (big_endian, version) = match start {
            [b'I', b'I', a, b, ..] => (false, u16::from_le_bytes([*a, *b])),
            [b'M', b'M', a, b, ..] => (true, u16::from_be_bytes([*a, *b])),
            _ => return None,
        };
        matches!(version, 42 | 43).then_some(Self { big_endian, wide: version == 43 })
    }

    /// Whether the text of a tag begins so; reads no more of it.
    pub(super) fn begins(self, file: &RandomFile, directory: &Directory, tag: u16, with: &[u8]) -> bool {
        let Some(entry) = directory.get(&tag).filter(|e| e.kind == 2 && e.count >= with.len() as u64) else {
            return false;
        };
        value_bytes(file, entry.at, with.len() as u64, 1).is_ok_and(|start| start == with)
    }

    /// An unsigned number of up to eight bytes.
    fn number(self, bytes: &[u8]) -> u64 {
        let add = |n: u64, b: &u8| n << 8 | u64::from(*b);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    fn header(self) -> usize {
        if self.wide { 16 } else { 8 }
    }

    /// All directories in the order of their chain, and what stopped it early.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where not even the first can be read.
    pub(super) fn directories(self, file: &RandomFile) -> Result<(Vec<Directory>, Option<String>)> {
        let mut view = Window { file, at: 0, bytes: Vec::new(), size: SMALLEST };
        let head = view.get(0, self.header())?;
        let mut next = if self.wide { self.number(part(head, 8, 8)) } else { self.number(part(head, 4, 4)) };
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        while next != 0 {
            let stopped = if !seen.insert(next) {
                Some("the chain of pages turns back on itself".to_owned())
            } else if found.len() >= MOST_PAGES {
                Some(format!("there are more than {MOST_PAGES} pages"))
            } else {
                match self.directory(&mut view, next) {
                    Ok((directory, after)) => {
                        found.push(directory);
                        next = after;
                        None
                    }
                    Err(error) if found.is_empty() => return Err(error),
                    Err(error) => Some(error.to_string()),
                }
            };
            if let Some(why) = stopped {
                return Ok((found, Some(why)));
            }
        }
        if found.is_empty() {
            return Err(Error::corrupt("it holds no page"));
        }
        Ok((found, None))
    }

    /// The directories whose places a tag holds.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where one cannot be read, or there are more than levels of an image.
    pub(super) fn inner(self, file: &RandomFile, entry: Entry) -> Result<Vec<Directory>> {
        if entry.count > MOST_BELOW {
            return Err(Error::corrupt(format!("a page has {} others below it", entry.count)));
        }
        let mut view = Window { file, at: 0, bytes: Vec::new(), size: SMALLEST };
        let places = self.unsigned(file, entry, 0, entry.count)?;
        places.into_iter().map(|at| self.directory(&mut view, at).map(|(directory, _)| directory)).collect()
    }

    fn directory(self, view: &mut Window<'_>, at: u64) -> Result<(Directory, u64)> {
        let (count_size, entry, word) = if self.wide { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(view.get(at, count_size)?);
        let length = usize::try_from(count)
            .ok()
            .filter(|&n| n <= 4096)
            .ok_or_else(|| Error::corrupt(format!("the page directory at {at} claims {count} tags")))?
            * entry;
        let first = at + count_size as u64;
        let bytes = view.get(first, length + word)?;
        let mut directory = Directory::new();
        for (i, tag) in bytes.get(..length).unwrap_or_default().chunks_exact(entry).enumerate() {
            let number = |from: usize, len: usize| self.number(part(tag, from, len));
            let kind = u16::try_from(number(2, 2)).unwrap_or_default();
            let count = number(4, word);
            let bytes = count.saturating_mul(size(kind) as u64);
            let inside = first + (i * entry + 4 + word) as u64;
            let at = if bytes <= word as u64 { inside } else { number(4 + word, word) };
            directory.insert(u16::try_from(number(0, 2)).unwrap_or_default(), Entry { kind, count, at });
        }
        let after = self.number(part(bytes, length, word));
        Ok((directory, after))
    }

    /// `count` whole numbers of a tag from its `first` one on.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where there are fewer, or they are no whole numbers.
    pub(super) fn unsigned(self, file: &RandomFile, entry: Entry, first: u64, count: u64) -> Result<Vec<u64>> {
        if first.checked_add(count).is_none_or(|end| end > entry.count) {
            return Err(Error::corrupt(format!(
                "value {} of a tag that holds {}",
                first.saturating_add(count),
                entry.count
            )));
        }
        if !matches!(entry.kind, 1 | 3 | 4 | 13 | 16 | 18) {
            return Err(Error::corrupt(format!("a tag of type {} where whole numbers must stand", entry.kind)));
        }
        let size = size(entry.kind);
        let bytes = value_bytes(file, entry.at.saturating_add(first.saturating_mul(size as u64)), count, size)?;
        Ok(bytes.chunks_exact(size).map(|b| self.number(b)).collect())
    }

    /// The first whole number of a tag; `None` where the tag is not there or holds none.
    pub(super) fn one(self, file: &RandomFile, directory: &Directory, tag: u16) -> Option<u64> {
        let entry = directory.get(&tag)?;
        self.unsigned(file, *entry, 0, 1).ok()?.first().copied()
    }

    /// The values of a tag as numbers; empty where the tag is not there, or is no list of numbers.
    pub(super) fn floats(self, file: &RandomFile, directory: &Directory, tag: u16) -> Vec<f64> {
        let Some(entry) = directory.get(&tag) else { return Vec::new() };
        let size = size(entry.kind);
        let Ok(bytes) = value_bytes(file, entry.at, entry.count, size) else { return Vec::new() };
        let signed = |b: &[u8]| {
            let shift = 64 - 8 * b.len();
            (self.number(b).cast_signed() << shift >> shift) as f64
        };
        let of = |b: &[u8]| match entry.kind {
            5 => self.number(part(b, 0, 4)) as f64 / self.number(part(b, 4, 4)) as f64,
            10 => signed(part(b, 0, 4)) / signed(part(b, 4, 4)),
            6 | 8 | 9 | 17 => signed(b),
            11 => f64::from(f32::from_bits(u32::try_from(self.number(b)).unwrap_or_default())),
            12 => f64::from_bits(self.number(b)),
            _ => self.number(b) as f64,
        };
        bytes.chunks_exact(size).map(of).collect()
    }

    /// The bytes of a tag as they stand.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where the file ends before.
    pub(super) fn raw(self, file: &RandomFile, entry: Entry) -> Result<Vec<u8>> {
        value_bytes(file, entry.at, entry.count, size(entry.kind))
    }

    /// The text of a tag; what is no UTF-8 is read as Latin-1.
    pub(super) fn text(self, file: &RandomFile, directory: &Directory, tag: u16) -> Option<String> {
        let entry = directory.get(&tag).filter(|e| size(e.kind) == 1)?;
        let bytes = value_bytes(file, entry.at, entry.count, 1).ok()?;
        let text = bytes.split(|&b| b == 0).next().unwrap_or_default();
        let text = match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => text.iter().copied().map(char::from).collect(),
        };
        Some(text.trim().to_owned()).filter(|t| !t.is_empty())
    }
}

/// Bytes of one value of a type (TIFF 6.0, page 15; 16–18 of `BigTIFF`).
fn size(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

fn value_bytes(file: &RandomFile, at: u64, count: u64, size: usize) -> Result<Vec<u8>> {
    let bytes = count.saturating_mul(size as u64);
    if bytes > LONGEST_VALUE {
        return Err(Error::corrupt(format!("a tag of {bytes} bytes")));
    }
    file.check(at, bytes)?;
    let mut out = vec![0; usize::try_from(bytes).unwrap_or_default()];
    file.read_at(at, &mut out)?;
    Ok(out)
}

/// A part of a record; nothing where it is shorter.
fn part(bytes: &[u8], from: usize, len: usize) -> &[u8] {
    bytes.get(from..from + len).unwrap_or_default()
}

/// The piece of the file that was read last.
struct Window<'a> {
    file: &'a RandomFile,
    at: u64,
    bytes: Vec<u8>,
    /// Bytes of the next piece.
    size: u64,
}

impl Window<'_> {
    fn get(&mut self, at: u64, len: usize) -> Result<&[u8]> {
        let end = at.saturating_add(len as u64);
        if at < self.at || end > self.at + self.bytes.len() as u64 {
            self.file.check(at, len as u64)?;
            let more = (self.file.len() - at).min(self.size.max(len as u64));
            self.size = (2 * self.size).min(WINDOW);
            self.bytes.resize(usize::try_from(more).unwrap_or(len), 0);
            self.at = at;
            let read = self.file.read_at(at, &mut self.bytes);
            if read.is_err() {
                self.bytes.clear();
            }
            read?;
        }
        let from = usize::try_from(at - self.at).unwrap_or(usize::MAX);
        self.bytes.get(from..from.saturating_add(len)).ok_or_else(|| Error::internal("a window too short"))
    }
}
