//! The central directory of a zip archive: where each entry lies and how it is packed. Knows no Zarr.

use super::super::file::RandomFile;
use super::stage::at_most;
use crate::model::{Error, Result};

/// Where an entry lies and how to unpack it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where its own header begins.
    pub(super) header: u64,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes once unpacked.
    len: u64,
    /// CRC-32 of those.
    sum: u32,
    method: u16,
    encrypted: bool,
}

/// An entry with its name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) place: Entry,
}

/// The bytes of the directory.
#[derive(Debug)]
pub(super) struct Directory {
    bytes: Vec<u8>,
    count: usize,
    /// Bytes that stand in front of the archive, which its offsets do not count.
    before: u64,
}

/// Lengths of the fixed parts of the records.
const END: usize = 22;
const END64: usize = 56;
const LOCATOR64: usize = 20;
const ENTRY: usize = 46;
/// The longest comment that may follow the end record.
const COMMENT: usize = 0xffff;

/// What stands in a 16- or 32-bit place for "see the zip64 record".
const SEE_64: u32 = u32::MAX;

/// Finds and reads the directory.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) where there is none or it lies outside the file,
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) where it is one of several disks.
pub(super) fn read(file: &RandomFile) -> Result<Directory> {
    let torn = || Error::corrupt("the zip archive has no end: it is cut short").hint("fetch or write it again");
    let look = usize::try_from(file.len()).unwrap_or(usize::MAX).min(END64 + LOCATOR64 + END + COMMENT);
    let mut tail = vec![0; look];
    let tail_at = file.len() - look as u64;
    file.read_at(tail_at, &mut tail)?;
    let is_end = |at: &usize| tail.get(*at..*at + 4) == Some(b"PK\x05\x06");
    let end = (0..=tail.len().saturating_sub(END)).rev().find(is_end).ok_or_else(torn)?;
    let record = tail.get(end..).unwrap_or_default();
    let (disk, count) = (u16_at(record, 4).ok_or_else(torn)?, u16_at(record, 10).ok_or_else(torn)?);
    if disk != 0 && disk != u16::MAX {
        return Err(Error::unsupported("the zip archive is one of several parts").hint("join the parts"));
    }
    let mut count = u64::from(count);
    let mut size = u64::from(u32_at(record, 12).ok_or_else(torn)?);
    let mut offset = u64::from(u32_at(record, 16).ok_or_else(torn)?);
    let mut end_at = tail_at + end as u64;
    let locator = end.checked_sub(LOCATOR64).and_then(|at| tail.get(at..end)).filter(|l| l.starts_with(b"PK\x06\x07"));
    if let Some(locator) = locator {
        let stated = u64_at(locator, 8).ok_or_else(torn)?;
        let mut record = [0; END64];
        // Behind bytes that offsets do not count, the record still stands right in front of its locator.
        let near = (end_at - LOCATOR64 as u64).saturating_sub(END64 as u64);
        for at in [stated, near] {
            if file.check(at, END64 as u64).is_ok() {
                file.read_at(at, &mut record)?;
                if record.starts_with(b"PK\x06\x06") {
                    end_at = at;
                    break;
                }
            }
        }
        if !record.starts_with(b"PK\x06\x06") {
            return Err(torn());
        }
        count = u64_at(&record, 32).ok_or_else(torn)?;
        size = u64_at(&record, 40).ok_or_else(torn)?;
        offset = u64_at(&record, 48).ok_or_else(torn)?;
    }
    let misplaced = || Error::corrupt("the directory of the zip archive lies outside the file");
    let at = end_at.checked_sub(size).ok_or_else(misplaced)?;
    let before = at.checked_sub(offset).ok_or_else(misplaced)?;
    // An entry takes at least its fixed part, so that no count makes anybody allocate much.
    let count = usize::try_from(count.min(size / ENTRY as u64)).map_err(|_too_many| misplaced())?;
    let mut bytes = vec![0; usize::try_from(size).map_err(|_too_long| misplaced())?];
    file.read_at(at, &mut bytes)?;
    Ok(Directory { bytes, count, before })
}

impl Directory {
    /// Number of entries, folders among them.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The files among the entries, in order; ends behind the first that is damaged.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<Named>> {
        let mut rest = self.bytes.as_slice();
        let mut left = self.count;
        let next = move || {
            left = left.checked_sub(1)?;
            let found = named(&mut rest, self.before);
            if found.is_none() {
                left = 0;
            }
            Some(found.ok_or_else(|| Error::corrupt("the directory of the zip archive is damaged")))
        };
        std::iter::from_fn(next).filter(|entry| entry.as_ref().map_or(true, |e| !e.name.ends_with('/')))
    }
}

/// Takes one entry off the directory.
fn named(rest: &mut &[u8], before: u64) -> Option<Named> {
    let (fixed, tail) = rest.split_at_checked(ENTRY)?;
    if !fixed.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at| u16_at(fixed, at).map(usize::from);
    let (name, tail) = tail.split_at_checked(length(28)?)?;
    let (extra, tail) = tail.split_at_checked(length(30)?)?;
    let (_comment, tail) = tail.split_at_checked(length(32)?)?;
    *rest = tail;
    let mut wide = zip64(extra);
    // Zip64 lists the values that did not fit, in this order.
    let mut value = |at| match u32_at(fixed, at)? {
        SEE_64 => {
            let (first, tail) = wide.split_at_checked(8)?;
            wide = tail;
            u64_at(first, 0)
        }
        fits => Some(u64::from(fits)),
    };
    let (len, packed, header) = (value(24)?, value(20)?, value(42)?);
    let place = Entry {
        header: header.checked_add(before)?,
        packed,
        len,
        sum: u32_at(fixed, 16)?,
        method: u16_at(fixed, 10)?,
        encrypted: u16_at(fixed, 8)? & 1 == 1,
    };
    Some(Named { name: String::from_utf8_lossy(name).into_owned(), place })
}

/// The contents of the zip64 part of an entry's extra fields, empty without one.
fn zip64(mut extra: &[u8]) -> &[u8] {
    while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some((field, tail)) = extra.get(4..).and_then(|e| e.split_at_checked(usize::from(len))) else { break };
        if id == 1 {
            return field;
        }
        extra = tail;
    }
    &[]
}

impl Entry {
    /// Whether the bytes stand in the archive as they are.
    pub(super) fn is_stored(&self) -> bool {
        self.method == 0 && !self.encrypted && self.len == self.packed
    }

    /// The bytes that were packed to these.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where their length or sum differs,
    /// [`Unsupported`](crate::model::ErrorKind::Unsupported) naming the method.
    pub(super) fn unpack(&self, packed: Vec<u8>) -> Result<Vec<u8>> {
        if self.encrypted {
            return Err(Error::unsupported("the entry is encrypted").hint("pack the store without a password"));
        }
        let failed = |e: &dyn std::fmt::Display| Error::corrupt(format!("the entry cannot be unpacked: {e}"));
        let len = usize::try_from(self.len).map_err(|e| failed(&e))?;
        let bytes = match self.method {
            0 => packed,
            8 => {
                // Deflate makes at most 1032 bytes of one.
                if len / 1040 > packed.len() {
                    return Err(failed(&format_args!("{len} bytes out of {}", packed.len())));
                }
                let mut bytes = vec![0; len];
                let mut inflate = libdeflater::Decompressor::new();
                let filled = inflate.deflate_decompress(&packed, &mut bytes).map_err(|e| failed(&e))?;
                bytes.truncate(filled);
                bytes
            }
            12 => at_most(bzip2::read::BzDecoder::new(&*packed), len).map_err(|e| failed(&e))?,
            93 => at_most(zstd::Decoder::new(&*packed).map_err(|e| failed(&e))?, len).map_err(|e| failed(&e))?,
            other => {
                let error = Error::unsupported(format!("the entry is packed by method {other}"));
                return Err(error.hint("pack it stored or deflated"));
            }
        };
        if bytes.len() != len || libdeflater::crc32(&bytes) != self.sum {
            return Err(Error::corrupt("the bytes of the entry are not those that were packed").hint("fetch it again"));
        }
        Ok(bytes)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
