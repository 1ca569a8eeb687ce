//! Parses the header of classic NetCDF: dimensions, attributes, variables and where their bytes lie.
//!
//! The file is not trusted: every count is checked against the bytes that are there before anything is allocated.
//! Grammar: <https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html>.

use super::super::file::RandomFile;
use super::super::plain::{Plain, bytes_mut};
use super::super::strided::c_strides;
use crate::model::{AttrValue, Attrs, DType, Data, Dim, Error, Result};

const DIMENSIONS: u32 = 0x0A;
const VARIABLES: u32 = 0x0B;
const ATTRIBUTES: u32 = 0x0C;

/// All that the header says.
pub(super) struct Header {
    pub(super) dims: Vec<Dim>,
    pub(super) attrs: Attrs,
    pub(super) variables: Vec<Variable>,
    /// What was odd but could be read.
    pub(super) warnings: Vec<String>,
}

/// A variable and where its bytes lie.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) dtype: DType,
    /// Positions in [`Header::dims`].
    pub(super) dims: Vec<usize>,
    pub(super) shape: Vec<usize>,
    pub(super) attrs: Attrs,
    /// Byte of the first cell.
    pub(super) begin: u64,
    /// Bytes between neighbours along each dimension: that of a record is shared by all record variables.
    pub(super) strides: Vec<usize>,
}

/// Reads the header of a file that starts with `CDF`.
///
/// # Errors
/// [`Corrupt`](crate::model::ErrorKind::Corrupt) naming the place where the header contradicts itself or ends.
pub(super) fn parse(file: &RandomFile) -> Result<Header> {
    let mut cursor = Cursor { file, at: 0, wide: false, buffer: Vec::new(), buffer_at: 0 };
    let magic = cursor.bytes(4)?;
    cursor.wide = magic == *b"CDF\x05";
    let wide_offsets = magic != *b"CDF\x01";
    let records = cursor.record_count()?;
    let mut record_dim = None;
    let dims = dimensions(&mut cursor, &mut record_dim)?;
    let attrs = attributes(&mut cursor)?;
    let mut found = Vec::new();
    for _ in 0..cursor.list(VARIABLES, "variables", 24)? {
        found.push(variable(&mut cursor, &dims, record_dim, wide_offsets)?);
    }
    let mut header = Header { dims, attrs, variables: found, warnings: Vec::new() };
    header.place_records(file.len(), records, record_dim);
    Ok(header)
}

impl Header {
    /// Sets lengths and distances along the record dimension, which depend on all record variables together.
    fn place_records(&mut self, file_len: u64, records: Option<usize>, record_dim: Option<usize>) {
        let Some(record_dim) = record_dim else { return };
        let is_record = |v: &Variable| v.dims.first() == Some(&record_dim);
        let slice = |v: &Variable| v.shape.iter().skip(1).fold(v.dtype.size(), |n, &d| n.saturating_mul(d));
        let sizes: Vec<usize> = self.variables.iter().filter(|v| is_record(v)).map(slice).collect();
        // A lone record variable is not padded to four bytes ("Note on padding" in the specification).
        let record = match sizes.as_slice() {
            [one] => *one,
            several => several.iter().fold(0usize, |sum, s| sum.saturating_add(s.saturating_add(3) / 4 * 4)),
        };
        let count = records.unwrap_or_else(|| {
            let first = self.variables.iter().filter(|v| is_record(v)).map(|v| v.begin).min().unwrap_or(file_len);
            let count = file_len.saturating_sub(first).checked_div(record as u64).unwrap_or(0);
            self.warnings.push(format!("the number of records was never written; the file's length gives {count}"));
            usize::try_from(count).unwrap_or(usize::MAX)
        });
        if let Some(dim) = self.dims.get_mut(record_dim) {
            dim.size = count;
        }
        for v in self.variables.iter_mut().filter(|v| v.dims.first() == Some(&record_dim)) {
            if let (Some(size), Some(stride)) = (v.shape.first_mut(), v.strides.first_mut()) {
                *size = count;
                *stride = record;
            }
        }
    }
}

fn dimensions(cursor: &mut Cursor<'_>, record_dim: &mut Option<usize>) -> Result<Vec<Dim>> {
    let mut dims: Vec<Dim> = Vec::new();
    for i in 0..cursor.list(DIMENSIONS, "dimensions", 8)? {
        let name = cursor.name()?;
        let size = cursor.count("a dimension's length")?;
        let unlimited = size == 0 && record_dim.is_none();
        if unlimited {
            *record_dim = Some(i);
        }
        dims.push(Dim { name, size, unlimited });
    }
    Ok(dims)
}

fn attributes(cursor: &mut Cursor<'_>) -> Result<Attrs> {
    let mut attrs = Attrs::default();
    for _ in 0..cursor.list(ATTRIBUTES, "attributes", 12)? {
        let name = cursor.name()?;
        let dtype = cursor.dtype()?;
        let count = cursor.count("an attribute's length")?;
        let value = if dtype == DType::Char {
            AttrValue::Text(text(&cursor.padded(count, 1)?))
        } else {
            AttrValue::Numbers(cursor.numbers(&dtype, count)?)
        };
        attrs.set(name, value);
    }
    Ok(attrs)
}

fn variable(cursor: &mut Cursor<'_>, dims: &[Dim], record_dim: Option<usize>, wide_offsets: bool) -> Result<Variable> {
    let name = cursor.name()?;
    let rank = cursor.items("dimensions of a variable", 4)?;
    let mut ids = Vec::with_capacity(rank);
    for place in 0..rank {
        let id = cursor.count("a dimension's number")?;
        if id >= dims.len() {
            return Err(Error::corrupt(format!(
                "variable {name} has dimension {id}, but there are only {}",
                dims.len()
            )));
        }
        if place > 0 && Some(id) == record_dim {
            return Err(Error::corrupt(format!(
                "variable {name} has the record dimension in place {place}, not first"
            )));
        }
        ids.push(id);
    }
    let attrs = attributes(cursor)?;
    let dtype = cursor.dtype()?;
    // The stored size is redundant and wrong for large variables: it is computed instead.
    cursor.count_bytes()?;
    let begin = if wide_offsets { cursor.u64()? } else { u64::from(cursor.u32()?) };
    let shape: Vec<usize> = ids.iter().filter_map(|&i| dims.get(i)).map(|d| d.size).collect();
    let strides = c_strides(&shape, dtype.size());
    Ok(Variable { name, dtype, dims: ids, shape, attrs, begin, strides })
}

/// Bytes as text: UTF-8, else one character for each byte; without the zeros that pad it.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    let bytes = bytes.get(..end).unwrap_or_default();
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// Reads the header forwards, in pieces, and never beyond the file.
struct Cursor<'a> {
    file: &'a RandomFile,
    at: u64,
    /// CDF-5: counts and lengths take eight bytes.
    wide: bool,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl Cursor<'_> {
    const PIECE: u64 = 64 << 10;

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>> {
        self.file.check(self.at, count as u64).map_err(|e| e.within("the header is cut short"))?;
        if self.at + count as u64 > self.buffer_at + self.buffer.len() as u64 || self.at < self.buffer_at {
            let piece = Self::PIECE.max(count as u64).min(self.file.len() - self.at);
            self.buffer.resize(usize::try_from(piece).unwrap_or(count), 0);
            self.file.read_at(self.at, &mut self.buffer)?;
            self.buffer_at = self.at;
        }
        let from = usize::try_from(self.at - self.buffer_at).unwrap_or(usize::MAX);
        self.at += count as u64;
        let found = from.checked_add(count).and_then(|to| self.buffer.get(from..to));
        found.map(<[u8]>::to_vec).ok_or_else(|| Error::internal("the header's buffer is too short"))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(self.bytes(4)?.into_iter().fold(0, |n, b| n << 8 | u32::from(b)))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(self.bytes(8)?.into_iter().fold(0, |n, b| n << 8 | u64::from(b)))
    }

    /// A count or length as it stands, however large.
    fn count_bytes(&mut self) -> Result<u64> {
        if self.wide { self.u64() } else { self.u32().map(u64::from) }
    }

    /// A length that may be large (of a dimension), but must be addressable.
    fn count(&mut self, what: &str) -> Result<usize> {
        let at = self.at;
        let count = self.count_bytes()?;
        usize::try_from(count)
            .ok()
            .filter(|&n| isize::try_from(n).is_ok())
            .ok_or_else(|| Error::corrupt(format!("{what} at byte {at} is {count}")))
    }

    /// A count of things of at least `size` bytes each that follow in the header.
    fn items(&mut self, what: &str, size: u64) -> Result<usize> {
        let at = self.at;
        let count = self.count(what)?;
        let left = self.file.len().saturating_sub(self.at);
        if (count as u64).checked_mul(size).is_none_or(|bytes| bytes > left) {
            return Err(Error::corrupt(format!("{count} {what} at byte {at}, but only {left} bytes follow")));
        }
        Ok(count)
    }

    /// The count of a list with its tag; an absent list has tag and count zero.
    fn list(&mut self, tag: u32, what: &str, size: u64) -> Result<usize> {
        let at = self.at;
        let found = self.u32()?;
        let count = self.items(what, size)?;
        if found == tag || (found == 0 && count == 0) {
            return Ok(count);
        }
        Err(Error::corrupt(format!("the list of {what} at byte {at} starts with {found:#x}, not {tag:#x}")))
    }

    /// The number of records, `None` where it was never written.
    fn record_count(&mut self) -> Result<Option<usize>> {
        let streaming = if self.wide { u64::MAX } else { u64::from(u32::MAX) };
        let count = self.count_bytes()?;
        if count == streaming {
            return Ok(None);
        }
        let fits = usize::try_from(count).ok().filter(|&n| isize::try_from(n).is_ok());
        fits.map(Some).ok_or_else(|| Error::corrupt(format!("the number of records is {count}")))
    }

    fn name(&mut self) -> Result<String> {
        let count = self.items("bytes of a name", 1)?;
        self.padded(count, 1).map(|b| text(&b))
    }

    fn dtype(&mut self) -> Result<DType> {
        let at = self.at;
        Ok(match self.u32()? {
            1 => DType::I8,
            2 => DType::Char,
            3 => DType::I16,
            4 => DType::I32,
            5 => DType::F32,
            6 => DType::F64,
            7 => DType::U8,
            8 => DType::U16,
            9 => DType::U32,
            10 => DType::I64,
            11 => DType::U64,
            other => return Err(Error::corrupt(format!("type {other} at byte {at} is none of the eleven"))),
        })
    }

    /// `count` elements of `size` bytes, and past the padding to the next multiple of four.
    fn padded(&mut self, count: usize, size: usize) -> Result<Vec<u8>> {
        let bytes = count.checked_mul(size).ok_or_else(|| Error::corrupt(format!("{count} values in the header")))?;
        let found = self.bytes(bytes)?;
        self.at += (4 - bytes as u64 % 4) % 4;
        Ok(found)
    }

    fn numbers(&mut self, dtype: &DType, count: usize) -> Result<Data> {
        let bytes = self.padded(count, dtype.size())?;
        let plain = Plain::new(dtype.clone(), true).ok_or_else(|| Error::internal("numbers of a type without any"))?;
        let mut data = plain.plane(count)?;
        bytes_mut(&mut data).copy_from_slice(&bytes);
        Ok(plain.finish(data))
    }
}
