//! The direct tier: finds the bytes of plain numbers through the library once, then reads and decodes them beside it,
//! without its lock. Elements of other fixed sizes come through it too where the library cannot undo their filters.

use super::super::codecs::{self, Coding, Filter, Packed};
use super::super::file::RandomFile;
use super::super::plain::{Plain, bytes_mut, cells};
use super::super::strided;
use super::ffi::RawFilter;
use super::tree::FoundDataset;
use crate::model::{Data, Error, ErrorKind, Region, Result};
use hdf5::Dataset;
use hdf5_sys::h5d::H5D_layout_t as Layout;
use std::cell::RefCell;
use std::sync::OnceLock;

/// Cells that are compared with what the library reads.
const ENOUGH: usize = 1 << 16;

/// How the bytes of a variable are found and decoded.
pub(super) struct Direct {
    cell: Cell,
    shape: Vec<usize>,
    /// An unwritten cell, as on disk; `None` for zeros.
    fill: Option<Vec<u8>>,
    storage: Storage,
}

enum Cell {
    Number(Plain),
    /// Of so many bytes.
    Element(usize),
}

impl Cell {
    fn size(&self) -> usize {
        match self {
            Self::Number(plain) => plain.size(),
            Self::Element(size) => *size,
        }
    }
}

enum Storage {
    /// In one piece, from this byte on; nowhere yet where nothing was written.
    Contiguous(Option<u64>),
    Chunked {
        chunk: Vec<usize>,
        filters: Vec<Filter>,
        index: OnceLock<Result<Index>>,
    },
}

/// Where each chunk stands.
struct Index {
    /// Number of chunks along each dimension.
    grid: Vec<u64>,
    /// By number.
    chunks: Vec<Stored>,
}

/// A chunk that was written.
#[derive(Clone, Copy)]
struct Stored {
    /// Its place in the grid in C order.
    number: u64,
    address: u64,
    bytes: u64,
    /// Filters that were not applied to it.
    skipped: u32,
}

impl Direct {
    /// `None` where the library must read: values that are not plain numbers, bytes elsewhere, filters not known here.
    pub(super) fn new(found: &FoundDataset, fill: Option<Vec<u8>>) -> Option<Self> {
        let plain = Plain::new(found.dtype.dtype.clone(), found.dtype.is_big_endian()).filter(|_| found.dtype.plain)?;
        Self::of_cells(found, Cell::Number(plain), fill, found.shape.len())
    }

    /// For elements whose bytes say all, of which the library is to make values: `None` where that is not so, or where
    /// the bytes stand elsewhere. What arrays hold is no dimension here.
    pub(super) fn of_elements(found: &FoundDataset, fill: Option<Vec<u8>>) -> Option<Self> {
        let rank = found.shape.len().checked_sub(found.dtype.lengths.len())?;
        let size = found.dtype.stored_size().filter(|&n| n > 0)?;
        Self::of_cells(found, Cell::Element(size), fill, rank)
    }

    fn of_cells(found: &FoundDataset, cell: Cell, fill: Option<Vec<u8>>, rank: usize) -> Option<Self> {
        let creation = &found.creation;
        if creation.external {
            return None;
        }
        let storage = match (creation.layout, &creation.chunk) {
            (Layout::H5D_CONTIGUOUS, _) => Storage::Contiguous(found.offset),
            (Layout::H5D_CHUNKED, Some(chunk)) if !chunk.contains(&0) => {
                let filters = creation.filters.iter().map(known).collect::<Option<Vec<_>>>()?;
                // Behind one compression the length is known, between two it is not.
                let compressions = filters.iter().filter(|f| f.compresses()).count();
                if compressions > 1 || creation.edges_unfiltered && !filters.is_empty() {
                    return None;
                }
                Storage::Chunked { chunk: chunk.get(..rank)?.to_vec(), filters, index: OnceLock::new() }
            }
            _ => return None,
        };
        let fill = fill.filter(|f| f.iter().any(|&b| b != 0) && f.len() == cell.size());
        Some(Self { cell, shape: found.shape.get(..rank)?.to_vec(), fill, storage })
    }

    /// Reads a region of numbers. `open` gives the dataset, which is asked for its chunks once.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) naming the chunk, [`Io`](ErrorKind::Io), [`Memory`](ErrorKind::Memory).
    pub(super) fn read(&self, file: &RandomFile, open: &dyn Fn() -> Result<Dataset>, region: &Region) -> Result<Data> {
        let Cell::Number(plain) = &self.cell else { return Err(Error::internal("elements read as numbers")) };
        let mut data = plain.plane(cells(region)?)?;
        self.read_into(file, open, region, bytes_mut(&mut data))?;
        Ok(plain.finish(data))
    }

    /// The bytes of a region as they stand on disk.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn read_bytes(
        &self,
        file: &RandomFile,
        open: &dyn Fn() -> Result<Dataset>,
        region: &Region,
    ) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        resize(&mut out, cells(region)?.checked_mul(self.cell.size()))?;
        self.read_into(file, open, region, &mut out)?;
        Ok(out)
    }

    fn read_into(
        &self,
        file: &RandomFile,
        open: &dyn Fn() -> Result<Dataset>,
        region: &Region,
        out: &mut [u8],
    ) -> Result<()> {
        let size = self.cell.size();
        match &self.storage {
            Storage::Contiguous(None) => self.fill(out),
            Storage::Contiguous(Some(at)) => {
                strided::read(file, *at, &strided::c_strides(&self.shape, size), size, region, out)?;
            }
            Storage::Chunked { chunk, filters, .. } => {
                let index = self.index(open)?;
                if !index.is_complete() {
                    self.fill(out);
                }
                for part in region.chunks(chunk, &self.shape) {
                    let Some(stored) = index.find(&part, chunk) else { continue };
                    Piece { file, stored, chunk, filters, size }.read(&part, region, out).map_err(|e| {
                        e.within(format!("chunk at {:?}", part.0.iter().map(|s| s.start).collect::<Vec<_>>()))
                    })?;
                }
            }
        }
        Ok(())
    }

    /// A part of `region` that shows whether reading here and in the library gives the same: [`ENOUGH`] cells of the
    /// first chunk that was written, or of all. `None` where nothing of it was ever written.
    ///
    /// # Errors
    /// The library's, where it cannot list the chunks.
    pub(super) fn probe(&self, open: &dyn Fn() -> Result<Dataset>, region: &Region) -> Result<Option<Region>> {
        let written = match &self.storage {
            Storage::Contiguous(at) => at.map(|_| region.clone()),
            Storage::Chunked { chunk, .. } => {
                let index = self.index(open)?;
                let first = region.chunks(chunk, &self.shape).find(|part| index.find(part, chunk).is_some());
                first.and_then(|part| part.intersect(region))
            }
        };
        let Some(mut probe) = written else { return Ok(None) };
        for d in 0..probe.0.len() {
            let parts = cells(&probe)?.div_ceil(ENOUGH);
            if let Some(span) = probe.0.get_mut(d).filter(|_| parts > 1) {
                span.len = (span.len / parts).max(1);
            }
        }
        Ok(Some(probe))
    }

    /// All that decoding depends on beside the bytes.
    pub(super) fn pipeline(&self) -> String {
        let cell = match &self.cell {
            Cell::Number(plain) => format!("{plain:?}"),
            Cell::Element(size) => format!("{size} bytes"),
        };
        match &self.storage {
            Storage::Contiguous(_) => format!("{cell} contiguous"),
            Storage::Chunked { chunk, filters, .. } => format!("{cell} {chunk:?} {filters:?}"),
        }
    }

    /// Bytes taken in the file, where known without asking for the chunks.
    pub(super) fn stored_bytes(&self) -> Option<u64> {
        match &self.storage {
            Storage::Contiguous(None) => Some(0),
            Storage::Contiguous(Some(_)) => {
                Some(self.shape.iter().fold(self.cell.size() as u64, |n, &d| n.saturating_mul(d as u64)))
            }
            Storage::Chunked { index, .. } => {
                let index = index.get()?.as_ref().ok()?;
                Some(index.chunks.iter().map(|c| c.bytes).sum())
            }
        }
    }

    fn fill(&self, out: &mut [u8]) {
        if let Some(fill) = &self.fill {
            out.chunks_exact_mut(fill.len()).for_each(|cell| cell.copy_from_slice(fill));
        }
    }

    fn index(&self, open: &dyn Fn() -> Result<Dataset>) -> Result<&Index> {
        let Storage::Chunked { chunk, index, .. } = &self.storage else {
            return Err(Error::internal("an index of chunks where there are none"));
        };
        index.get_or_init(|| Index::new(&open()?, &self.shape, chunk)).as_ref().map_err(Clone::clone)
    }
}

/// A filter that can be undone here.
fn known(filter: &RawFilter) -> Option<Filter> {
    match (filter.id, filter.parameters.as_slice()) {
        (1, _) => Some(Filter::Deflate),
        (2, [size, ..]) => usize::try_from(*size).ok().map(Filter::Shuffle),
        (3, _) => Some(Filter::Fletcher32),
        (4, parameters) => Coding::of(parameters).map(Filter::Szip),
        (307, _) => Some(Filter::Bzip2),
        (32000, _) => Some(Filter::Lzf),
        (32001, _) => Some(Filter::Blosc),
        (32026, _) => Some(Filter::Blosc2),
        (32004, _) => Some(Filter::Lz4),
        (32008, [_, _, size, rest @ ..]) => bitshuffle(*size, rest),
        (32015, _) => Some(Filter::Zstd),
        _ => None,
    }
}

/// Parameters of bitshuffle after its version and the size of an element: elements of a block, compression (2: LZ4,
/// 3: Zstandard).
fn bitshuffle(size: u32, rest: &[u32]) -> Option<Filter> {
    let number = |at: usize| usize::try_from(rest.get(at).copied().unwrap_or_default()).ok();
    let packed = match number(1)? {
        0 => Packed::Not,
        2 => Packed::Lz4,
        3 => Packed::Zstd,
        _ => return None,
    };
    let size = usize::try_from(size).ok().filter(|&n| n > 0)?;
    Some(Filter::Bitshuffle { size, block: number(0)?, packed })
}

impl Index {
    fn new(dataset: &Dataset, shape: &[usize], chunk: &[usize]) -> Result<Self> {
        let grid: Vec<u64> = shape.iter().zip(chunk).map(|(&n, &c)| n.div_ceil(c) as u64).collect();
        let mut chunks = Vec::new();
        let visited = dataset.chunks_visit(|info| {
            let mut number = Some(0u64);
            for ((&at, &c), &count) in info.offset.iter().zip(chunk).zip(&grid) {
                let place = at / c as u64;
                number = number.filter(|_| place < count).and_then(|n| n.checked_mul(count)?.checked_add(place));
            }
            // Chunks outside are left over from a larger shape.
            if let Some(number) = number {
                chunks.push(Stored { number, address: info.addr, bytes: info.size, skipped: info.filter_mask });
            }
            0
        });
        visited.map_err(|e| Error::corrupt(format!("the chunks cannot be listed: {e}")))?;
        chunks.sort_unstable_by_key(|c| c.number);
        Ok(Self { grid, chunks })
    }

    fn is_complete(&self) -> bool {
        self.grid.iter().try_fold(1u64, |n, &c| n.checked_mul(c)) == Some(self.chunks.len() as u64)
    }

    fn find(&self, part: &Region, chunk: &[usize]) -> Option<Stored> {
        let place = |(span, &c): (&crate::model::Span, &usize)| (span.start / c.max(1)) as u64;
        let number = part
            .0
            .iter()
            .zip(chunk)
            .map(place)
            .zip(&self.grid)
            .fold(0u64, |n, (p, &count)| n.wrapping_mul(count).wrapping_add(p));
        let at = self.chunks.binary_search_by_key(&number, |c| c.number).ok()?;
        self.chunks.get(at).copied()
    }
}

/// One chunk to be read.
struct Piece<'a> {
    file: &'a RandomFile,
    stored: Stored,
    chunk: &'a [usize],
    filters: &'a [Filter],
    size: usize,
}

thread_local! {
    /// The bytes of a chunk as stored, and decoded: reused by every chunk that this thread reads.
    static BUFFERS: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Piece<'_> {
    /// Puts the cells of this chunk (`part`, cut at the array's edge) that lie in `region` into `out`.
    fn read(&self, part: &Region, region: &Region, out: &mut [u8]) -> Result<()> {
        let Some(wanted) = part.intersect(region) else { return Ok(()) };
        let len = self.chunk.iter().try_fold(self.size, |n, &c| n.checked_mul(c));
        let from_strides = strided::c_strides(self.chunk, self.size);
        let to_strides = strided::c_strides(&region.shape(), self.size);
        let to = start_mut(out, &to_strides, &wanted.relative_to(region))?;
        // A whole chunk whose cells are neighbours in the region too needs no copy.
        let whole = wanted.0.iter().map(|s| s.len).eq(self.chunk.iter().copied());
        let dense = self.chunk.iter().zip(from_strides.iter().zip(&to_strides)).all(|(&c, (f, t))| c == 1 || f == t);
        if let Some(to) = len.and_then(|n| to.get_mut(..n)).filter(|_| whole && dense) {
            return BUFFERS.with_borrow_mut(|[raw, _]| self.decode(raw, to));
        }
        BUFFERS.with_borrow_mut(|[raw, decoded]| {
            resize(decoded, len)?;
            self.decode(raw, decoded)?;
            let from = start(decoded, &from_strides, &wanted.relative_to(part))?;
            strided::copy(&wanted.shape(), self.size, (to, &to_strides), (from, &from_strides))
        })
    }

    fn decode(&self, raw: &mut Vec<u8>, out: &mut [u8]) -> Result<()> {
        let Stored { address, bytes, skipped, .. } = self.stored;
        self.file.check(address, bytes)?;
        if self.filters.is_empty() && bytes == out.len() as u64 {
            return self.file.read_at(address, out);
        }
        resize(raw, usize::try_from(bytes).ok())?;
        self.file.read_at(address, raw)?;
        codecs::decode(self.filters, skipped, raw, out)
    }
}

fn resize(buffer: &mut Vec<u8>, len: Option<usize>) -> Result<()> {
    let enough = len.is_some_and(|n| buffer.try_reserve(n.saturating_sub(buffer.len())).is_ok());
    match len.filter(|_| enough) {
        Some(len) => {
            buffer.resize(len, 0);
            Ok(())
        }
        None => Err(Error::new(ErrorKind::Memory, "no memory for a chunk")),
    }
}

fn first_byte(strides: &[usize], region: &Region) -> usize {
    region.0.iter().zip(strides).map(|(s, &stride)| s.start.saturating_mul(stride)).sum()
}

fn start<'a>(bytes: &'a [u8], strides: &[usize], region: &Region) -> Result<&'a [u8]> {
    bytes.get(first_byte(strides, region)..).ok_or_else(|| Error::internal("a part outside its chunk"))
}

fn start_mut<'a>(bytes: &'a mut [u8], strides: &[usize], region: &Region) -> Result<&'a mut [u8]> {
    bytes.get_mut(first_byte(strides, region)..).ok_or_else(|| Error::internal("a part outside its region"))
}
