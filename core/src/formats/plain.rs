//! Fixed-size numbers between their bytes on disk and a plane in memory: allocation that can fail, byte order, half
//! floats.

use crate::model::{DType, Data, Error, ErrorKind, Region, Result};

/// How numbers of one type stand on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    /// The type on disk.
    dtype: DType,
    /// Whether the most significant byte comes first.
    big_endian: bool,
}

/// Runs `$body` with `$v` bound to the vector of a numeric plane; text gives `$text`.
macro_rules! numbers {
    ($data:expr, $v:ident => $body:expr, $text:expr) => {
        $crate::with_data!($data, $v => $body, _t => $text)
    };
}

impl Plain {
    /// The layout of a type, `None` where its elements are not fixed-size numbers.
    pub(crate) fn new(dtype: DType, big_endian: bool) -> Option<Self> {
        dtype.is_numeric().then_some(Self { dtype, big_endian })
    }

    /// Bytes of one element on disk.
    pub(crate) fn size(&self) -> usize {
        self.stored().size()
    }

    /// The plane that takes the bytes as they come: half floats as their bits.
    fn stored(&self) -> DType {
        match self.dtype.plain() {
            DType::F16 => DType::U16,
            other => other,
        }
    }

    /// A plane of zeros to be filled through [`bytes_mut`] and finished by [`Self::finish`].
    ///
    /// # Errors
    /// [`Memory`](ErrorKind::Memory) where it cannot be had.
    pub(crate) fn plane(&self, cells: usize) -> Result<Data> {
        zeros(&self.stored(), cells)
    }

    /// Turns a plane of bytes as on disk into values.
    pub(crate) fn finish(&self, mut data: Data) -> Data {
        if self.big_endian != cfg!(target_endian = "big") {
            swap(&mut data);
        }
        match (self.dtype.plain(), data) {
            (DType::F16, Data::U16(bits)) => {
                Data::F32(bits.into_iter().map(|b| half::f16::from_bits(b).to_f32()).collect())
            }
            (_, data) => data,
        }
    }
}

/// The number of cells of a region.
///
/// # Errors
/// [`Memory`](ErrorKind::Memory) where it exceeds what can be addressed.
pub(crate) fn cells(region: &Region) -> Result<usize> {
    region
        .0
        .iter()
        .try_fold(1usize, |n, span| n.checked_mul(span.len))
        .ok_or_else(|| Error::new(ErrorKind::Memory, "the selection has more cells than can be addressed"))
}

/// `Data::zeros` that reports where memory runs out instead of ending the program.
///
/// # Errors
/// [`Memory`](ErrorKind::Memory) where it cannot be had.
pub(crate) fn zeros(dtype: &DType, cells: usize) -> Result<Data> {
    let mut data = Data::zeros(dtype, 0);
    let reserved = crate::with_data!(&mut data, v => v.try_reserve_exact(cells), t => t.try_reserve_exact(cells));
    reserved.map_err(|e| {
        Error::new(ErrorKind::Memory, format!("no memory for {cells} cells of {dtype}: {e}"))
            .hint("select a smaller part")
    })?;
    crate::with_data!(&mut data, v => v.resize(cells, Default::default()), t => t.resize(cells, String::new()));
    Ok(data)
}

/// The bytes of a numeric plane; none for text.
pub(crate) fn bytes_mut(data: &mut Data) -> &mut [u8] {
    numbers!(data, v => bytemuck::cast_slice_mut(v.as_mut_slice()), &mut [])
}

/// Reverses the bytes of each element.
fn swap(data: &mut Data) {
    let size = data.dtype().size();
    let bytes = bytes_mut(data);
    match size {
        2 => bytes.chunks_exact_mut(2).for_each(|c| c.reverse()),
        4 => bytes.chunks_exact_mut(4).for_each(|c| c.reverse()),
        8 => bytes.chunks_exact_mut(8).for_each(|c| c.reverse()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
    fn bytes_become_values_in_either_order() {
        let read = |dtype: DType, big: bool, bytes: &[u8]| {
            let plain = Plain::new(dtype, big).unwrap();
            let mut plane = plain.plane(bytes.len() / plain.size()).unwrap();
            bytes_mut(&mut plane).copy_from_slice(bytes);
            plain.finish(plane)
        };
        assert_eq!(read(DType::I16, true, &[0xff, 0xfe, 0, 1]), Data::I16(vec![-2, 1]));
        assert_eq!(read(DType::I16, false, &[0xfe, 0xff, 1, 0]), Data::I16(vec![-2, 1]));
        assert_eq!(read(DType::F16, false, &[0x00, 0x3c, 0x00, 0xc0]), Data::F32(vec![1.0, -2.0]));
        assert_eq!(read(DType::F64, true, &(-0.5f64).to_be_bytes()), Data::F64(vec![-0.5]));
        assert_eq!(read(DType::U64, true, &[0xff; 8]), Data::U64(vec![u64::MAX]));
        assert!(Plain::new(DType::String, false).is_none());
    }

    #[test]
    fn absurd_sizes_are_errors() {
        assert!(zeros(&DType::F64, usize::MAX / 16).is_err_and(|e| e.kind() == ErrorKind::Memory));
        let region = Region::all(&[usize::MAX, 2]);
        assert!(cells(&region).is_err_and(|e| e.kind() == ErrorKind::Memory));
    }
}
