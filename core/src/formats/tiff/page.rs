//! How the pixels of one page stand in the file: type, strips or tiles, compression; and reading a part of them.

use super::super::file::RandomFile;
use super::super::plain::Plain;
use super::super::strided;
use super::compression::Compression;
use super::decode::Stored;
use super::ifd::{Directory, Entry, Layout};
use crate::model::{DType, Error, ErrorKind, Region, Result, Span};
use std::cell::RefCell;

/// Compressed strips are read together up to about this many decoded bytes: some writers make one strip a row.
const UNIT: usize = 1 << 20;

/// Everything that pages of one array share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) layout: Layout,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Slices of a volume, 1 of a plain page.
    pub(super) depth: usize,
    /// Values of one pixel.
    pub(super) samples: usize,
    /// Whether each sample has a plane of its own.
    pub(super) planar: bool,
    pub(super) dtype: DType,
    /// Bits of one value in the file.
    pub(super) bits: usize,
    /// Whether complex numbers stand as two integers, as GDAL writes them.
    pub(super) gaussian: bool,
    /// Rows and columns of a strip or tile.
    pub(super) block: (usize, usize),
    /// Slices of a tile.
    pub(super) thick: usize,
    pub(super) tiled: bool,
    pub(super) compression: Compression,
    pub(super) predictor: u16,
    /// Whether the first bit of a byte is its lowest.
    pub(super) low_first: bool,
}

/// One page: where its strips or tiles stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) offsets: Entry,
    /// Not there in files of a careless writer, where nothing is compressed.
    pub(super) counts: Option<Entry>,
    /// Bytes by which its pixels stand behind those places: pages of a stack that has one directory for all.
    pub(super) shift: u64,
}

impl Format {
    /// Reads what a directory says of its pixels.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) and [`Unsupported`](ErrorKind::Unsupported) naming the tag.
    pub(super) fn of(layout: Layout, file: &RandomFile, directory: &Directory) -> Result<(Self, Page)> {
        let one = |tag: u16| layout.one(file, directory, tag);
        let length = |tag: u16| one(tag).and_then(|n| usize::try_from(n).ok());
        let lack = |what: &str| Error::corrupt(format!("the page has no {what}"));
        let width = length(256).filter(|&n| n > 0).ok_or_else(|| lack("width"))?;
        let height = length(257).filter(|&n| n > 0).ok_or_else(|| lack("height"))?;
        let depth = length(32997).unwrap_or(1).max(1);
        let samples = length(277).unwrap_or(1).max(1);
        let kinds = |tag: u16| -> Option<Vec<u64>> {
            let entry = directory.get(&tag)?;
            layout.unsigned(file, *entry, 0, entry.count.min(samples as u64)).ok()
        };
        let uniform = |tag: u16, what: &str, otherwise: u64| match kinds(tag).as_deref() {
            None | Some([]) => Ok(otherwise),
            Some([first, rest @ ..]) if rest.iter().all(|n| n == first) => Ok(*first),
            Some(list) => Err(Error::unsupported(format!("the values of a pixel have different {what}: {list:?}"))),
        };
        let bits = usize::try_from(uniform(258, "numbers of bits", 1)?).unwrap_or_default();
        let kind = uniform(339, "types", 1)?;
        let dtype = match (kind, bits) {
            (1 | 4, 1..=8) => DType::U8,
            (1 | 4, 9..=16) => DType::U16,
            (1 | 4, 17..=32) => DType::U32,
            (1 | 4, 64) => DType::U64,
            (2, 8) => DType::I8,
            (2, 16) => DType::I16,
            (2, 32) => DType::I32,
            (2, 64) => DType::I64,
            (3, 16) => DType::F16,
            (3, 32) => DType::F32,
            (3, 64) => DType::F64,
            (5, 32) | (6, 64) => DType::Complex(64),
            (5, 64) | (6, 128) => DType::Complex(128),
            (kind, bits) => {
                return Err(Error::unsupported(format!("pixels of sample format {kind} with {bits} bits")));
            }
        };
        let tiled = directory.contains_key(&324);
        let (offsets, counts) = if tiled { (324, 325) } else { (273, 279) };
        let block = if tiled {
            let side = |tag: u16| length(tag).filter(|&n| n > 0).ok_or_else(|| lack("size of its tiles"));
            (side(323)?, side(322)?)
        } else {
            (length(278).filter(|&n| n > 0).unwrap_or(height).min(height), width)
        };
        let thick = if tiled { length(32998).unwrap_or(1).max(1) } else { 1 };
        let compression = Compression::of(one(259).unwrap_or(1), directory, layout, file);
        let predictor = one(317).and_then(|n| u16::try_from(n).ok()).unwrap_or(1);
        let offsets = *directory.get(&offsets).ok_or_else(|| lack("pixels"))?;
        let planar = samples > 1 && one(284) == Some(2);
        let format = Self {
            layout,
            height,
            width,
            depth,
            samples,
            planar,
            dtype,
            bits,
            gaussian: kind == 5,
            block,
            thick,
            tiled,
            compression,
            predictor,
            low_first: one(266) == Some(2),
        };
        Ok((format, Page { offsets, counts: directory.get(&counts).copied(), shift: 0 }))
    }

    /// Values side by side in a pixel.
    pub(super) fn together(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a value in memory.
    pub(super) fn size(&self) -> usize {
        match self.dtype {
            DType::F16 => 2,
            _ if self.gaussian => self.bits / 8,
            _ => self.dtype.size(),
        }
    }

    /// The numbers as they stand in memory before [`Plain::finish`]; the parts of complex ones.
    pub(super) fn plain(&self) -> Option<Plain> {
        let number = match self.dtype {
            DType::Complex(64) if self.gaussian => DType::I16,
            DType::Complex(_) if self.gaussian => DType::I32,
            DType::Complex(64) => DType::F32,
            DType::Complex(_) => DType::F64,
            _ => self.dtype.clone(),
        };
        Plain::new(number, self.big_endian())
    }

    /// The order of the bytes of decoded values: the file's, but for those that are put together here.
    pub(super) fn big_endian(&self) -> bool {
        let stored = self.bits.is_multiple_of(8) && self.bits != 24 && self.predictor != 3;
        if stored { self.layout.big_endian } else { cfg!(target_endian = "big") }
    }

    /// Rows and columns that are best read together.
    pub(super) fn unit(&self) -> (usize, usize) {
        let (rows, columns) = self.block;
        if self.tiled {
            return (rows.min(self.height), columns.min(self.width));
        }
        // Without compression any rows can be read: enough of them that a read is worth its call.
        let (rows, unit) = if self.plain_pixels() { (1, UNIT / 4) } else { (rows, UNIT) };
        let row = self.width.saturating_mul(self.together() * self.size()).max(1);
        (rows.saturating_mul((unit / row.saturating_mul(rows).max(1)).max(1)).min(self.height), self.width)
    }

    /// Where the pixels of a page stand and how many bytes they take, where they are one piece as in memory.
    pub(super) fn is_one_piece(&self, file: &RandomFile, page: &Page) -> Option<(u64, u64)> {
        let strips = self.height.div_ceil(self.block.0) as u64;
        if !self.plain_pixels() || self.tiled || self.depth > 1 {
            return None;
        }
        let at = Places::read(self, file, page, 0, strips).ok()?.one_piece(self, 0)?;
        let row = (self.width as u64).checked_mul((self.together() * self.size()) as u64)?;
        Some((at, row.checked_mul(self.height as u64)?))
    }

    /// Whether the pixels stand as in memory, but for their byte order.
    fn plain_pixels(&self) -> bool {
        self.compression == Compression::None && self.predictor == 1 && self.bits == self.size() * 8 && !self.low_first
    }

    /// Reads slices × rows × columns × samples of one plane (all samples where they stand side by side) into `out`, dense and
    /// zero so far.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) naming strip or tile, [`Io`](ErrorKind::Io), [`Memory`](ErrorKind::Memory).
    pub(super) fn read(
        &self,
        file: &RandomFile,
        page: &Page,
        plane: usize,
        part: &Region,
        out: &mut [u8],
    ) -> Result<()> {
        let (rows, columns) = self.block;
        let across = if self.tiled { self.width.div_ceil(columns) } else { 1 };
        let down = self.height.div_ceil(rows);
        let deep = self.depth.div_ceil(self.thick);
        let [z, y, x, s] = part.0.as_slice() else {
            return Err(Error::internal("a part of a page has four dimensions"));
        };
        if part.is_empty() {
            return Ok(());
        }
        let (first, last) = (y.start / rows, (y.end() - 1) / rows);
        let (top, bottom) = (z.start / self.thick, (z.end() - 1) / self.thick);
        let (left, right) = (x.start / columns, (x.end() - 1) / columns);
        let number = |slab: usize, row: usize, column: usize| ((plane * deep + slab) * down + row) * across + column;
        let from = number(top, first, left) as u64;
        let count = number(bottom, last, right) as u64 - from + 1;
        let places = Places::read(self, file, page, from, count)?;
        let to_strides = strided::c_strides(&part.shape(), self.size());
        let plain = self.plain_pixels() && !self.tiled && self.depth == 1;
        if let Some(at) = places.one_piece(self, first * rows).filter(|_| plain) {
            let shape = [(last + 1 - first) * rows, self.width, self.together()];
            let inner = Region(vec![Span::new(y.start - first * rows, y.len), *x, *s]);
            return strided::read(file, at, &strided::c_strides(&shape, self.size()), self.size(), &inner, out);
        }
        let what = if self.tiled { "tile" } else { "strip" };
        for (slab, row) in (top..=bottom).flat_map(|slab| (first..=last).map(move |row| (slab, row))) {
            for column in left..=right {
                let number = number(slab, row, column) as u64;
                let origin = Region(vec![
                    Span::new(slab * self.thick, self.thick),
                    Span::new(row * rows, if self.tiled { rows } else { rows.min(self.height - row * rows) }),
                    Span::new(column * columns, columns),
                    Span::new(0, self.together()),
                ]);
                let Some(wanted) = part.intersect(&origin) else { continue };
                places
                    .get(number)
                    .and_then(|(at, bytes)| {
                        if bytes == 0 {
                            // Sparse files leave out what is all zero, as `out` is from the beginning.
                            return Ok(());
                        }
                        self.block(file, at, bytes, &origin, |decoded| {
                            let from_strides = strided::c_strides(&origin.shape(), self.size());
                            let start = |strides: &[usize], of: &Region| -> usize {
                                of.0.iter().zip(strides).map(|(span, stride)| span.start * stride).sum()
                            };
                            let from =
                                decoded.get(start(&from_strides, &wanted.relative_to(&origin))..).unwrap_or_default();
                            let to = out.get_mut(start(&to_strides, &wanted.relative_to(part))..).unwrap_or_default();
                            strided::copy(&wanted.shape(), self.size(), (to, &to_strides), (from, &from_strides))
                        })
                    })
                    .map_err(|e| e.within(format!("{what} {number}")))?;
            }
        }
        Ok(())
    }

    /// Reads and decodes one strip or tile and lends it.
    fn block<T>(
        &self,
        file: &RandomFile,
        at: u64,
        bytes: u64,
        origin: &Region,
        run: impl FnOnce(&[u8]) -> Result<T>,
    ) -> Result<T> {
        let shape = origin.shape();
        let cells = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        let len = cells.and_then(|n| n.checked_mul(self.size())).filter(|&n| n <= isize::MAX.unsigned_abs());
        let len = len.ok_or_else(|| Error::new(ErrorKind::Memory, "a block larger than memory"))?;
        // Tiles are cut by no edge, and may be larger than a small image.
        let image = [self.depth, self.height, self.width, self.together(), self.size()]
            .iter()
            .fold(16, |n: usize, &d| n.saturating_mul(d));
        if len > image.max(MOST_BESIDE) {
            let (rows, columns) = self.block;
            return Err(Error::corrupt(format!(
                "tiles of {rows} × {columns} pixels in an image of {} × {}",
                self.height, self.width
            )));
        }
        BUFFERS.with_borrow_mut(|[raw, decoded]| {
            file.check(at, bytes)?;
            if len as u64 > bytes.saturating_mul(self.compression.most()) {
                return Err(Error::corrupt(format!("{bytes} bytes cannot decode to {len}")));
            }
            resize(raw, usize::try_from(bytes).unwrap_or(usize::MAX))?;
            file.read_at(at, raw)?;
            resize(decoded, len)?;
            let [slices, rows, columns, together] = shape.as_slice() else { return Err(Error::internal("no block")) };
            Stored { format: self, rows: *slices * *rows, columns: *columns, together: *together }
                .decode(raw, decoded)?;
            let done = run(decoded);
            for buffer in [raw, decoded].into_iter().filter(|b| b.capacity() > MOST_KEPT) {
                *buffer = Vec::new();
            }
            done
        })
    }
}

/// Bytes of a buffer that waits for the next block.
const MOST_KEPT: usize = 64 << 20;

/// Bytes of a tile that is larger than its image.
const MOST_BESIDE: usize = 16 << 20;

fn resize(buffer: &mut Vec<u8>, len: usize) -> Result<()> {
    buffer
        .try_reserve(len.saturating_sub(buffer.len()))
        .map_err(|e| Error::new(ErrorKind::Memory, format!("no memory for a block of {len} bytes: {e}")))?;
    buffer.resize(len, 0);
    Ok(())
}

thread_local! {
    /// A block as stored, and decoded: reused by every block that this thread reads.
    static BUFFERS: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// Where some consecutive strips or tiles stand.
struct Places {
    first: u64,
    at: Vec<u64>,
    bytes: Vec<u64>,
}

impl Places {
    fn read(format: &Format, file: &RandomFile, page: &Page, first: u64, count: u64) -> Result<Self> {
        let list =
            |entry| format.layout.unsigned(file, entry, first, count).map_err(|e| e.within("the list of strips"));
        let mut at = list(page.offsets)?;
        at.iter_mut().for_each(|at| *at = at.saturating_add(page.shift));
        let bytes = match page.counts.filter(|c| c.count >= first + count) {
            Some(counts) => list(counts)?,
            None if format.compression == Compression::None => {
                let (rows, columns) = format.block;
                let row = (columns * format.together() * format.bits).div_ceil(8) as u64;
                let down = format.height.div_ceil(rows) as u64;
                let of = |n: u64| {
                    let start = usize::try_from(n % down).unwrap_or_default().saturating_mul(rows);
                    let whole = rows.saturating_mul(format.thick);
                    let rows = if format.tiled { whole } else { rows.min(format.height.saturating_sub(start)) };
                    row.saturating_mul(rows as u64)
                };
                (first..first + count).map(of).collect()
            }
            None => return Err(Error::corrupt("the page does not say how long its strips are")),
        };
        Ok(Self { first, at, bytes })
    }

    fn get(&self, number: u64) -> Result<(u64, u64)> {
        let i = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        match (self.at.get(i), self.bytes.get(i)) {
            (Some(&at), Some(&bytes)) => Ok((at, bytes)),
            _ => Err(Error::internal("a block that was not looked up")),
        }
    }

    /// Where the first strip stands, where all follow each other and are as long as they must be.
    fn one_piece(&self, format: &Format, first_row: usize) -> Option<u64> {
        let row = (format.width * format.together() * format.size()) as u64;
        let mut next = *self.at.first()?;
        let start = next;
        for (i, (&at, &bytes)) in self.at.iter().zip(&self.bytes).enumerate() {
            let rows = format.block.0.min(format.height.checked_sub(first_row + i * format.block.0)?);
            if at != next || bytes < row * rows as u64 {
                return None;
            }
            next = at + row * rows as u64;
        }
        Some(start)
    }
}
