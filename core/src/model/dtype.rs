//! Element types as they stand on disk, named as numpy names them.

use std::fmt;

/// The type of one element of a variable.
///
/// Reading maps each type to one of the planes of [`Data`](super::Data): `Bool` and `Enum` give their integers, `F16`
/// gives `f32`, and whatever is not a number gives text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DType {
    /// Truth value, one byte.
    Bool,
    /// Signed integers.
    I8,
    /// 16-bit signed integer.
    I16,
    /// 32-bit signed integer.
    I32,
    /// 64-bit signed integer.
    I64,
    /// Unsigned integers.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// IEEE half precision; read as `f32`.
    F16,
    /// IEEE single precision.
    F32,
    /// IEEE double precision.
    F64,
    /// Text of any length, or of a fixed length above one.
    String,
    /// One byte of text (netCDF `char`, numpy `S1`).
    Char,
    /// Integers with names.
    Enum {
        /// The integer type stored.
        base: Box<Self>,
        /// Name and value of each member.
        members: Vec<(String, i64)>,
    },
    /// A record of named fields; shown as text.
    Compound(Vec<(String, Self)>),
    /// A list of any length in each element; shown as text.
    Vlen(Box<Self>),
    /// Bytes without meaning, of the given length; shown as hexadecimal text.
    Opaque(usize),
    /// Complex number of two floats of the given bits in all (64 or 128); shown as text.
    Complex(u8),
    /// A pointer to an object of the file; shown as text.
    Reference,
}

impl DType {
    /// Bytes of one element in memory once read, 0 where it varies.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 | Self::Char => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 | Self::F16 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
            Self::Enum { base, .. } => base.size(),
            Self::Opaque(n) => *n,
            Self::Complex(bits) => usize::from(*bits) / 8,
            Self::String | Self::Compound(_) | Self::Vlen(_) | Self::Reference => 0,
        }
    }

    /// Whether values can be used in arithmetic.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.is_float() || self.is_integer()
    }

    /// Whether values are floats, so that NaN can mark what is missing.
    #[must_use]
    pub fn is_float(&self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }

    /// Whether values are integers, truth values or named integers.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::I8
                | Self::I16
                | Self::I32
                | Self::I64
                | Self::U8
                | Self::U16
                | Self::U32
                | Self::U64
                | Self::Enum { .. }
        )
    }

    /// The type that holds both without loss where numpy has one (`numpy.promote_types`).
    #[must_use]
    pub fn promote(&self, other: &Self) -> Self {
        let (a, b) = (self.plain(), other.plain());
        if a == b {
            return a;
        }
        let float_rank = |t: &Self| match t {
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Bool => 0,
            Self::I8 | Self::U8 => 2,
            Self::I16 | Self::U16 => 4,
            _ => 8,
        };
        if a.is_float() || b.is_float() {
            return match float_rank(&a).max(float_rank(&b)) {
                2 => Self::F16,
                4 => Self::F32,
                _ => Self::F64,
            };
        }
        if a == Self::Bool {
            return b;
        }
        if b == Self::Bool {
            return a;
        }
        let signed = |t: &Self| matches!(t, Self::I8 | Self::I16 | Self::I32 | Self::I64);
        let (sa, sb) = (a.size(), b.size());
        match (signed(&a), signed(&b)) {
            (true, true) | (false, false) => {
                if sa >= sb {
                    a
                } else {
                    b
                }
            }
            (s, _) => {
                let (sint, uint) = if s { (sa, sb) } else { (sb, sa) };
                match sint.max(2 * uint) {
                    1 => Self::I8,
                    2 => Self::I16,
                    4 => Self::I32,
                    8 => Self::I64,
                    _ => Self::F64,
                }
            }
        }
    }

    /// The number type behind names: `Enum` gives its base, everything else itself.
    #[must_use]
    pub fn plain(&self) -> Self {
        match self {
            Self::Enum { base, .. } => (**base).clone(),
            other => other.clone(),
        }
    }
}

impl fmt::Display for DType {
    /// numpy's name (`int16`, `float32`), `string`, `enum:int8`, `vlen:float32`, `opaque:8`, `complex64`, `compound`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::I8 => f.write_str("int8"),
            Self::I16 => f.write_str("int16"),
            Self::I32 => f.write_str("int32"),
            Self::I64 => f.write_str("int64"),
            Self::U8 => f.write_str("uint8"),
            Self::U16 => f.write_str("uint16"),
            Self::U32 => f.write_str("uint32"),
            Self::U64 => f.write_str("uint64"),
            Self::F16 => f.write_str("float16"),
            Self::F32 => f.write_str("float32"),
            Self::F64 => f.write_str("float64"),
            Self::String => f.write_str("string"),
            Self::Char => f.write_str("char"),
            Self::Enum { base, .. } => write!(f, "enum:{base}"),
            Self::Compound(_) => f.write_str("compound"),
            Self::Vlen(inner) => write!(f, "vlen:{inner}"),
            Self::Opaque(n) => write!(f, "opaque:{n}"),
            Self::Complex(bits) => write!(f, "complex{bits}"),
            Self::Reference => f.write_str("reference"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DType;

    /// Values from `numpy.promote_types`.
    #[test]
    fn promotes_as_numpy_does() {
        assert_eq!(DType::I16.promote(&DType::F32), DType::F32);
        assert_eq!(DType::I32.promote(&DType::F32), DType::F64);
        assert_eq!(DType::U8.promote(&DType::I8), DType::I16);
        assert_eq!(DType::U64.promote(&DType::I64), DType::F64);
        assert_eq!(DType::U16.promote(&DType::I32), DType::I32);
        assert_eq!(DType::Bool.promote(&DType::I8), DType::I8);
        assert_eq!(DType::I8.promote(&DType::F16), DType::F16);
    }
}
