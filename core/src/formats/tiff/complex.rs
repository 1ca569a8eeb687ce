//! Complex pixels: texts of both parts, or one part as numbers under the name `image.real` or `image.imag`.

use crate::model::{DType, Data, Error, Member, Result, SourceInfo, VariableMeta};

/// One part of complex numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Real,
    Imag,
}

/// The parts of pixels of this type: none but of complex ones.
pub(super) fn members(dtype: &DType) -> Vec<Member> {
    let DType::Complex(bits) = dtype else { return Vec::new() };
    let part = if *bits == 64 { DType::F32 } else { DType::F64 };
    let member = |name: &str| Member { name: name.to_owned(), dtype: part.clone(), lengths: Vec::new() };
    vec![member("real"), member("imag")]
}

/// The variable at a path, and which part of its numbers the path names.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) where there is none.
pub(super) fn find<'a>(info: &'a SourceInfo, path: &str) -> Result<(&'a VariableMeta, Option<Half>)> {
    if let Some(meta) = info.root.variable(path) {
        return Ok((meta, None));
    }
    let of = |(end, half): (&str, Half)| {
        let meta = info.root.variable(path.strip_suffix(end)?)?;
        matches!(meta.dtype, DType::Complex(_)).then_some((meta, Some(half)))
    };
    let found = [(".real", Half::Real), (".imag", Half::Imag)].into_iter().find_map(of);
    found.ok_or_else(|| Error::not_found(format!("there is no variable {path}")).at(&info.path))
}

/// What is shown of complex numbers, out of their parts: integers become floats, which hold them.
pub(super) fn of(parts: Data, half: Option<Half>) -> Data {
    match (parts, half) {
        (Data::I16(v), _) => of(Data::F32(v.into_iter().map(f32::from).collect()), half),
        (Data::I32(v), _) => of(Data::F64(v.into_iter().map(f64::from).collect()), half),
        (Data::F32(v), Some(half)) => Data::F32(every_other(&v, half)),
        (Data::F64(v), Some(half)) => Data::F64(every_other(&v, half)),
        (Data::F32(v), None) => {
            Data::Text(v.as_chunks::<2>().0.iter().map(|[re, im]| format!("{re}{im:+}j")).collect())
        }
        (Data::F64(v), None) => {
            Data::Text(v.as_chunks::<2>().0.iter().map(|[re, im]| format!("{re}{im:+}j")).collect())
        }
        (other, _) => other,
    }
}

fn every_other<T: Copy>(parts: &[T], half: Half) -> Vec<T> {
    parts.as_chunks::<2>().0.iter().map(|[re, im]| if half == Half::Real { *re } else { *im }).collect()
}
