//! HDF5 types: the name each gets here, whether the direct tier can read it, and as what the library is to give it.

mod text;

use super::super::plain::{Plain, bytes_mut};
use super::super::times::TimeUnit;
use super::ffi::{self, Class, Creation, Element, Elements, Padding};
use crate::model::{DType, Data, Member};
use hdf5::datatype::ByteOrder;
use hdf5::{Datatype, File};

/// How many members of a type are looked at, and how deep types may nest: beyond, a file is malicious.
const DEEPEST: usize = 16;

/// A type, taken apart.
pub(super) struct Type {
    /// Its name here.
    pub(super) dtype: DType,
    /// Whether its bytes are those of `dtype` exactly, so that they may be read beside the library.
    pub(super) plain: bool,
    /// Lengths of the array that each element holds, once [peeled](Self::peeled): the dimensions behind the dataset's.
    pub(super) lengths: Vec<usize>,
    /// Bytes of one element.
    size: usize,
    shape: Shape,
    handle: Datatype,
}

enum Shape {
    Number,
    FixedString(Padding),
    VariableString,
    Enum(Vec<(String, i64)>),
    Record(Vec<(String, usize, Type)>),
    Array(Vec<usize>, Box<Type>),
    List(Box<Type>),
    Complex(Box<Type>),
    Reference,
    Bytes,
    /// numpy's times, which the library takes for bytes: whether the most significant comes first.
    Time(TimeUnit, bool),
}

/// Where a [`Member`] stands in its element.
pub(super) struct Part {
    pub(super) member: Member,
    pub(super) offset: usize,
    /// Bytes of all of it.
    pub(super) size: usize,
}

impl Part {
    fn within(self, outer: &str, offset: usize) -> Self {
        let name = format!("{outer}.{}", self.member.name);
        Self { member: Member { name, ..self.member }, offset: self.offset + offset, ..self }
    }
}

impl Type {
    /// Takes a type apart.
    ///
    /// # Errors
    /// The library's, or one that says which kind of type has no meaning here.
    pub(super) fn new(handle: &Datatype) -> ffi::Result<Self> {
        Self::at_depth(handle, 0)
    }

    fn at_depth(handle: &Datatype, depth: usize) -> ffi::Result<Self> {
        if depth > DEEPEST {
            return Err(hdf5::Error::Internal(format!("a type nests deeper than {DEEPEST}")));
        }
        let inner = |handle: &Datatype| Self::at_depth(handle, depth + 1);
        let size = handle.size();
        let (dtype, plain, shape) = match ffi::class(handle) {
            Class::H5T_INTEGER => {
                let dtype = integer(ffi::signed(handle), size);
                let plain = dtype.size() == size && ffi::is_full_integer(handle);
                (dtype, plain, Shape::Number)
            }
            Class::H5T_BITFIELD => (integer(false, size), false, Shape::Number),
            Class::H5T_FLOAT => {
                let ieee = ffi::is_ieee(handle);
                (float(size, ieee), ieee, Shape::Number)
            }
            Class::H5T_STRING if ffi::is_variable_string(handle) => (DType::String, false, Shape::VariableString),
            Class::H5T_STRING => {
                let dtype = if size == 1 { DType::Char } else { DType::String };
                (dtype, false, Shape::FixedString(ffi::padding(handle)))
            }
            Class::H5T_ENUM => {
                let base = inner(&ffi::base(handle)?)?;
                let members = members(handle, &base.dtype)?;
                let truth = base.dtype == DType::I8
                    && matches!(members.as_slice(), [(f, 0), (t, 1)] if f == "FALSE" && t == "TRUE");
                let dtype = match truth {
                    true => DType::Bool,
                    false => DType::Enum { base: Box::new(base.dtype), members: members.clone() },
                };
                (dtype, base.plain, Shape::Enum(members))
            }
            Class::H5T_COMPOUND => record(ffi::fields(handle)?, inner)?,
            Class::H5T_ARRAY => {
                let base = inner(&ffi::base(handle)?)?;
                (
                    DType::Vlen(Box::new(base.dtype.clone())),
                    false,
                    Shape::Array(ffi::array_lengths(handle)?, Box::new(base)),
                )
            }
            Class::H5T_VLEN => {
                let base = inner(&ffi::base(handle)?)?;
                (DType::Vlen(Box::new(base.dtype.clone())), false, Shape::List(Box::new(base)))
            }
            Class::H5T_COMPLEX => {
                let base = inner(&ffi::base(handle)?)?;
                (complex(base.size), false, Shape::Complex(Box::new(base)))
            }
            Class::H5T_REFERENCE => (DType::Reference, false, Shape::Reference),
            Class::H5T_OPAQUE => match time(handle).filter(|_| size == size_of::<i64>()) {
                Some((big_endian, unit)) => (DType::I64, true, Shape::Time(unit, big_endian)),
                None => (DType::Opaque(size), false, Shape::Bytes),
            },
            // Nobody agreed on what these mean, the library among them: beside them in a record stands what has a meaning.
            Class::H5T_TIME => (DType::Opaque(size), false, Shape::Bytes),
            other => return Err(hdf5::Error::Internal(format!("the type class {other:?} has no meaning here"))),
        };
        Ok(Self { dtype, plain, lengths: Vec::new(), size, shape, handle: handle.clone() })
    }

    /// What an array holds, with its lengths beside it; any other type as it is.
    pub(super) fn peeled(self) -> Self {
        let mut lengths = self.lengths.clone();
        let mut inner = self;
        while let Shape::Array(own, base) = inner.shape {
            lengths.extend(own);
            inner = *base;
        }
        Self { lengths, ..inner }
    }

    /// As [`Self::peeled`], for a look: the lengths, and what is behind them.
    fn unpeeled(&self) -> (Vec<usize>, &Self) {
        let (mut lengths, mut inner) = (self.lengths.clone(), self);
        while let Shape::Array(own, base) = &inner.shape {
            lengths.extend(own);
            inner = base;
        }
        (lengths, inner)
    }

    /// Elements of this type within one of the dataset's.
    pub(super) fn count(&self) -> usize {
        self.lengths.iter().fold(1, |n, &len| n.saturating_mul(len))
    }

    /// The elements of this type within one of the dataset's.
    pub(super) fn each<'a>(&self, element: Element<'a>) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let size = self.size;
        (0..self.count()).map(move |i| element.part(i.saturating_mul(size), size))
    }

    /// A type of one element as that of the array of them.
    fn in_array(&self, one: Datatype) -> ffi::Result<Datatype> {
        if self.lengths.is_empty() { Ok(one) } else { ffi::array_of(&one, &self.lengths) }
    }

    /// Whether values are read as numbers.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.shape, Shape::Number | Shape::Enum(_) | Shape::Time(..))
    }

    /// What numpy's times count.
    pub(super) fn time(&self) -> Option<&TimeUnit> {
        if let Shape::Time(unit, _) = &self.shape { Some(unit) } else { None }
    }

    /// Numbers as the library gives them, in this machine's order: it does not know that times are numbers.
    pub(super) fn ordered(&self, data: Data) -> Data {
        let swapped = matches!(self.shape, Shape::Time(_, big_endian) if big_endian != cfg!(target_endian = "big"));
        match Plain::new(self.dtype.clone(), self.is_big_endian()).filter(|_| swapped) {
            Some(plain) => plain.finish(data),
            None => data,
        }
    }

    /// Bytes of one of the dataset's elements, `None` where they are not all there is: lists and texts stand elsewhere.
    pub(super) fn stored_size(&self) -> Option<usize> {
        self.is_whole().then(|| self.size.checked_mul(self.count())).flatten()
    }

    fn is_whole(&self) -> bool {
        match &self.shape {
            Shape::Number | Shape::Enum(_) | Shape::FixedString(_) | Shape::Bytes | Shape::Time(..) => true,
            Shape::Record(fields) => fields.iter().all(|(_, _, t)| t.is_whole()),
            Shape::Array(_, inner) | Shape::Complex(inner) => inner.is_whole(),
            Shape::VariableString | Shape::List(_) | Shape::Reference => false,
        }
    }

    /// The type of one of the dataset's elements on disk.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn element_stored(&self) -> ffi::Result<Datatype> {
        self.in_array(self.handle.clone())
    }

    /// Bytes of one element of this type.
    pub(super) fn memory_size(&self) -> usize {
        self.size
    }

    /// Whether the most significant byte comes first.
    pub(super) fn is_big_endian(&self) -> bool {
        match self.shape {
            Shape::Time(_, big_endian) => big_endian,
            _ => self.handle.byte_order() == ByteOrder::BigEndian,
        }
    }

    /// The numbers within an element, and arrays of them, also those of records in records (`inner.x`).
    pub(super) fn fields(&self) -> Vec<Part> {
        let part = |name: &str, offset: usize, t: &Self| {
            let (lengths, number) = t.unpeeled();
            let member = Member { name: name.to_owned(), dtype: number.dtype.clone(), lengths };
            let whole = number.is_number() && number.time().is_none();
            whole.then_some(Part { member, offset, size: t.size })
        };
        match &self.shape {
            Shape::Record(fields) => {
                let all = fields.iter().map(|(name, offset, t)| match part(name, *offset, t) {
                    Some(part) => vec![part],
                    None => t.fields().into_iter().map(|inner| inner.within(name, *offset)).collect(),
                });
                all.flatten().collect()
            }
            Shape::Complex(half) => {
                [("real", 0), ("imag", half.size)].into_iter().filter_map(|(n, at)| part(n, at, half)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What an unwritten cell holds: its bytes on disk, and as a value where it is a number.
    ///
    /// # Errors
    /// The library's, and where the cells of an array differ.
    pub(super) fn fill(&self, creation: &Creation) -> ffi::Result<Option<(Vec<u8>, Option<Data>)>> {
        if !self.is_number() {
            return Ok(None);
        }
        let (stored, memory) = (self.element_stored()?, self.element_memory()?);
        let (Some(mut stored), Some(mut bytes)) = (creation.fill(&stored)?, creation.fill(&memory)?) else {
            return Ok(None);
        };
        if let Some(one) = bytes.len().checked_div(self.count()).filter(|&n| n > 0 && n < bytes.len()) {
            if bytes.chunks_exact(one).any(|cell| Some(cell) != bytes.get(..one)) {
                return Err(hdf5::Error::Internal("the cells of an array have different fills".into()));
            }
            bytes.truncate(one);
            stored.truncate(self.size);
        }
        let mut value = Data::zeros(&self.dtype, 1);
        let plane = bytes_mut(&mut value);
        if plane.len() != bytes.len() {
            return Ok(Some((stored, None)));
        }
        plane.copy_from_slice(&bytes);
        Ok(Some((stored, Some(self.ordered(value)))))
    }

    /// What an unwritten element of the dataset holds, as on disk.
    pub(super) fn fill_bytes(&self, creation: &Creation) -> Option<Vec<u8>> {
        self.element_stored().and_then(|stored| creation.fill(&stored)).ok().flatten()
    }

    /// What an unwritten cell holds, as text.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn fill_text(&self, file: &File, creation: &Creation) -> ffi::Result<String> {
        let memory = self.element_memory()?;
        let layout = Self::new(&memory)?.peeled();
        let fill = Elements::of_fill(creation, memory)?;
        let first = fill.and_then(|f| f.iter().next().map(|e| layout.text(file, e.part(0, layout.size))));
        Ok(first.unwrap_or_default())
    }

    /// The library's memory type of one of the dataset's elements: where that is an array, of all of it.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn element_memory(&self) -> ffi::Result<Datatype> {
        self.in_array(self.memory()?)
    }

    /// The library's memory type that fills the plane of `dtype`.
    ///
    /// # Errors
    /// The library's.
    pub(super) fn memory(&self) -> ffi::Result<Datatype> {
        if matches!(self.shape, Shape::Enum(_)) { self.number_memory() } else { self.inner_memory() }
    }

    /// As [`Self::memory`], where enumerations keep their names: of what stands within an element.
    fn inner_memory(&self) -> ffi::Result<Datatype> {
        match &self.shape {
            Shape::Number if ffi::class(&self.handle) != Class::H5T_BITFIELD => self.number_memory(),
            _ if self.is_native() => ffi::native(&self.handle),
            Shape::Bytes => Ok(self.handle.clone()),
            Shape::Record(fields) => {
                let names = ffi::field_names(&self.handle)?;
                let inner = names.into_iter().zip(fields).map(|(name, (.., t))| Ok((name, t.inner_memory()?)));
                ffi::record_of(&inner.collect::<ffi::Result<Vec<_>>>()?)
            }
            Shape::Complex(part) => {
                let part = part.inner_memory()?;
                ffi::record_of(&[(c"r".to_owned(), part.clone()), (c"i".to_owned(), part)])
            }
            Shape::Array(lengths, inner) => ffi::array_of(&inner.inner_memory()?, lengths),
            Shape::List(inner) => ffi::list_of(&inner.inner_memory()?),
            _ => ffi::native(&self.handle),
        }
    }

    /// Whether this machine has the numbers within that this program computes in: the library knows more kinds of floats.
    fn is_native(&self) -> bool {
        match &self.shape {
            Shape::Number => !self.dtype.is_float() || self.plain && self.dtype != DType::F16,
            Shape::Record(fields) => fields.iter().all(|(.., t)| t.is_native()),
            Shape::Array(_, inner) | Shape::List(inner) | Shape::Complex(inner) => inner.is_native(),
            Shape::Bytes => ffi::class(&self.handle) != Class::H5T_TIME,
            _ => true,
        }
    }

    fn number_memory(&self) -> ffi::Result<Datatype> {
        let plane = self.dtype.plain();
        let signed = matches!(plane, DType::I8 | DType::I16 | DType::I32 | DType::I64);
        ffi::native_number(plane.is_float(), signed, plane.size())
    }
}

/// The plane that takes an integer of this many bytes; odd sizes go to the next larger.
fn integer(signed: bool, size: usize) -> DType {
    match (signed, size) {
        (true, 0..=1) => DType::I8,
        (true, 2) => DType::I16,
        (true, 3..=4) => DType::I32,
        (true, _) => DType::I64,
        (false, 0..=1) => DType::U8,
        (false, 2) => DType::U16,
        (false, 3..=4) => DType::U32,
        (false, _) => DType::U64,
    }
}

/// The plane that takes a float: other formats than IEEE's go to one that holds them.
fn float(size: usize, ieee: bool) -> DType {
    match (size, ieee) {
        (2, true) => DType::F16,
        (0..=2, _) | (4, true) => DType::F32,
        _ => DType::F64,
    }
}

/// What numpy's times count, which h5py stores under the name of their type.
fn time(opaque: &Datatype) -> Option<(bool, TimeUnit)> {
    TimeUnit::of_type(ffi::tag(opaque).strip_prefix("NUMPY:")?)
}

/// Parts larger than a double are read as doubles.
fn complex(part: usize) -> DType {
    DType::Complex(u8::try_from(part.min(8) * 16).unwrap_or(u8::MAX))
}

fn members(handle: &Datatype, base: &DType) -> ffi::Result<Vec<(String, i64)>> {
    let native = ffi::native(handle)?;
    let signed = matches!(base, DType::I8 | DType::I16 | DType::I32 | DType::I64);
    Ok(ffi::enumerators(&native)?.into_iter().map(|(name, bytes)| (name, whole(&bytes, signed))).collect())
}

/// An integer in this machine's bytes. Values of u64 above i64's keep their bits.
fn whole(bytes: &[u8], signed: bool) -> i64 {
    let ordered: Vec<u8> =
        if cfg!(target_endian = "big") { bytes.to_vec() } else { bytes.iter().rev().copied().collect() };
    let negative = signed && ordered.first().is_some_and(|b| b & 0x80 != 0);
    ordered.iter().fold(if negative { -1 } else { 0 }, |n, &b| n << 8 | i64::from(b))
}

/// A record; one of two equal floats named r and i is a complex number, as h5py and netCDF write them.
fn record(
    fields: Vec<(String, usize, Datatype)>,
    inner: impl Fn(&Datatype) -> ffi::Result<Type>,
) -> ffi::Result<(DType, bool, Shape)> {
    let fields = fields
        .into_iter()
        .map(|(name, offset, dtype)| Ok((name, offset, inner(&dtype)?)))
        .collect::<ffi::Result<Vec<_>>>()?;
    if let [(r, 0, real), (i, at, imaginary)] = fields.as_slice()
        && (r == "r" && i == "i" && *at == real.size)
        && (real.dtype.is_float() && real.dtype == imaginary.dtype)
    {
        let dtype = complex(real.size);
        let real = fields.into_iter().next().map(|(_, _, real)| real);
        return real
            .map(|real| (dtype, false, Shape::Complex(Box::new(real))))
            .ok_or_else(|| hdf5::Error::Internal("a complex number without a real part".into()));
    }
    let named = fields.iter().map(|(name, _, t)| (name.clone(), t.dtype.clone())).collect();
    Ok((DType::Compound(named), false, Shape::Record(fields)))
}
