//! Labels along dimensions, held in memory and decoded.

use crate::model::calendar::{Calendar, DateTime};
use crate::model::{Attrs, DType, Data, EXACT, plane};
use std::ops::Deref;
use std::sync::Arc;

/// Labels that are numbers, held as `f64`, with the type they have in the file: they are written and shown in it.
#[derive(Debug, Clone)]
pub struct Numbers {
    values: Arc<[f64]>,
    dtype: DType,
    /// Of integers beyond 2^53 the bits of the float that stands for each, in order, with its own.
    exact: Option<Arc<[(u64, u64)]>>,
}

impl Numbers {
    /// Labels of a type; as `f64` where it is none of numbers.
    #[must_use]
    pub fn of(values: impl Into<Arc<[f64]>>, dtype: &DType) -> Self {
        let dtype = if dtype.is_numeric() { dtype.plain() } else { DType::F64 };
        Self { values: values.into(), dtype, exact: None }
    }

    /// Labels that are integers of 64 bits, such as the numbers of the cells of H3 and S2. `None` where two of them are
    /// one float, for which they could not be told apart.
    #[must_use]
    pub fn of_integers(data: &Data) -> Option<Self> {
        let floats = data.to_f64();
        let bits = |i: usize| match data {
            Data::I64(v) => v.get(i).map(|x| x.cast_unsigned()),
            Data::U64(v) => v.get(i).copied(),
            _ => None,
        };
        let large = floats.iter().enumerate().filter(|(_, x)| x.abs() >= EXACT);
        let mut exact = large.map(|(i, x)| Some((x.to_bits(), bits(i)?))).collect::<Option<Vec<_>>>()?;
        exact.sort_unstable();
        exact.dedup();
        let apart = exact.windows(2).all(|two| two[0].0 != two[1].0);
        let exact = Some(exact.into()).filter(|e: &Arc<[_]>| !e.is_empty());
        apart.then(|| Self { exact, ..Self::of(floats, &data.dtype()) })
    }

    /// The bits of the integer that a label is, where it is one of those beyond 2^53.
    fn whole(&self, x: f64) -> Option<u64> {
        let exact = self.exact.as_ref()?;
        let at = exact.binary_search_by_key(&x.to_bits(), |(float, _)| *float).ok()?;
        exact.get(at).map(|(_, bits)| *bits)
    }

    /// Those of some of these numbers, or of others among them, in the type of these.
    #[must_use]
    pub fn like(&self, values: impl Into<Arc<[f64]>>) -> Self {
        Self { values: values.into(), dtype: self.dtype.clone(), exact: self.exact.clone() }
    }

    /// The type in the file.
    #[must_use]
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// The labels in that type. What it cannot hold makes all of them `f64`.
    #[must_use]
    pub fn to_data(&self) -> Data {
        if self.values.iter().any(|x| x.abs() >= EXACT) && matches!(self.dtype, DType::I64 | DType::U64) {
            return self.integers().unwrap_or_else(|| Data::F64(self.values.to_vec()));
        }
        let data = plane(&self.dtype, self.values.to_vec());
        let same = data.to_f64().iter().zip(&*self.values).all(|(a, b)| a.to_bits() == b.to_bits() || a == b);
        if same { data } else { Data::F64(self.values.to_vec()) }
    }

    /// The labels as integers of 64 bits, where each is known to be one.
    fn integers(&self) -> Option<Data> {
        let small = |x: f64| (x.abs() < EXACT && x.fract() == 0.0).then_some(x);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers below 2^53")]
        let each = |x: &f64| {
            self.whole(*x).or_else(|| small(*x).map(|x| if x < 0.0 { (x as i64).cast_unsigned() } else { x as u64 }))
        };
        let bits: Vec<u64> = self.values.iter().map(each).collect::<Option<_>>()?;
        Some(match self.dtype {
            DType::I64 => Data::I64(bits.into_iter().map(u64::cast_signed).collect()),
            _ => Data::U64(bits),
        })
    }

    /// A label as people read it: an integer whole, single precision in its own digits.
    fn label(&self, x: f64) -> String {
        if let Some(whole) = self.whole(x) {
            return if self.dtype == DType::I64 { whole.cast_signed().to_string() } else { whole.to_string() };
        }
        #[expect(clippy::cast_possible_truncation, reason = "the rounded number is used only where it is the same")]
        let single = x as f32;
        let own = self.dtype == DType::F32 && f64::from(single).to_bits() == x.to_bits();
        if own { single.to_string() } else { x.to_string() }
    }
}

impl Deref for Numbers {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values && self.values.iter().all(|&x| self.whole(x) == other.whole(x))
    }
}

impl<T: Into<Arc<[f64]>>> From<T> for Numbers {
    fn from(values: T) -> Self {
        Self { values: values.into(), dtype: DType::F64, exact: None }
    }
}

impl FromIterator<f64> for Numbers {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self { values: values.into_iter().collect(), dtype: DType::F64, exact: None }
    }
}

/// The labels of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    /// No coordinate variable: positions count from 0.
    Index(usize),
    /// Numbers: latitude, level, distance.
    Number(Numbers),
    /// Instants, as microseconds since 1970-01-01 counted in the calendar. `i64::MIN` marks a missing instant.
    Time {
        /// One tick for each position.
        ticks: Arc<[i64]>,
        /// The calendar they are counted in.
        calendar: Calendar,
    },
    /// Names.
    Text(Arc<[String]>),
}

impl AxisValues {
    /// Number of positions.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Index(n) => *n,
            Self::Number(v) => v.len(),
            Self::Time { ticks, .. } => ticks.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there is no position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Labels at the given positions; positions past the end are left out.
    #[must_use]
    pub fn take(&self, positions: &[usize]) -> Self {
        match self {
            Self::Index(_) => Self::Index(positions.len()),
            Self::Number(v) => {
                Self::Number(v.like(positions.iter().filter_map(|&i| v.get(i).copied()).collect::<Vec<f64>>()))
            }
            Self::Time { ticks, calendar } => Self::Time {
                ticks: positions.iter().filter_map(|&i| ticks.get(i).copied()).collect(),
                calendar: *calendar,
            },
            Self::Text(v) => Self::Text(positions.iter().filter_map(|&i| v.get(i).cloned()).collect()),
        }
    }

    /// The date at a position, for time labels.
    #[must_use]
    pub fn date(&self, i: usize) -> Option<DateTime> {
        match self {
            Self::Time { ticks, calendar } => ticks.get(i).filter(|&&t| t != i64::MIN).map(|&t| calendar.date(t)),
            _ => None,
        }
    }

    /// The label at a position as people read it: the date, the number in its shortest form, the name, the position.
    #[must_use]
    pub fn label(&self, i: usize) -> String {
        match self {
            Self::Index(_) => i.to_string(),
            Self::Number(v) => v.get(i).map_or_else(String::new, |&x| v.label(x)),
            Self::Time { .. } => self.date(i).map_or_else(|| "missing".to_owned(), |d| d.to_string()),
            Self::Text(v) => v.get(i).cloned().unwrap_or_default(),
        }
    }
}

/// One dimension of a dataset with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The dimension's name, and that of its coordinate variable.
    pub name: String,
    /// The labels.
    pub values: AxisValues,
    /// Attributes of the coordinate variable: `units`, `standard_name`, `bounds` …
    pub attrs: Attrs,
    /// Lower and upper edge of each cell, where bounds are known and numeric (time bounds: ticks as f64 are not kept).
    pub bounds: Option<Arc<[[f64; 2]]>>,
}

impl Axis {
    /// An axis without labels.
    #[must_use]
    pub fn index(name: impl Into<String>, size: usize) -> Self {
        Self { name: name.into(), values: AxisValues::Index(size), attrs: Attrs::default(), bounds: None }
    }

    /// The same axis at the given positions.
    #[must_use]
    pub fn take(&self, positions: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            values: self.values.take(positions),
            attrs: self.attrs.clone(),
            bounds: self.bounds.as_ref().map(|b| positions.iter().filter_map(|&i| b.get(i).copied()).collect()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{AxisValues, Numbers};
    use crate::model::{DType, Data};

    #[test]
    fn numbers_are_labelled_as_people_write_them() {
        let labels = |numbers: &[f64], dtype: &DType| {
            let axis = AxisValues::Number(Numbers::of(numbers, dtype));
            (0..axis.len()).map(|i| axis.label(i)).collect::<Vec<String>>()
        };
        let single = [f64::from(0.1_f32), 0.1, 850.0, f64::from(83.333_33_f32), 1.0 / 3.0];
        assert_eq!(labels(&single, &DType::F32), ["0.1", "0.1", "850", "83.33333", "0.3333333333333333"]);
        // What single precision happens to hold is no single precision.
        assert_eq!(labels(&[100_000_008.0, 500_000.031_25], &DType::F64), ["100000008", "500000.03125"]);
        assert_eq!(labels(&[100_000_008.0], &DType::I32), ["100000008"]);
    }

    #[test]
    fn integers_beyond_floats_stay_what_they_are() {
        let cells = Data::U64(vec![617_700_169_958_293_503, 617_700_169_961_177_087, 5, u64::MAX]);
        let axis = AxisValues::Number(Numbers::of_integers(&cells).unwrap());
        assert_eq!(axis.label(0), "617700169958293503");
        let AxisValues::Number(some) = axis.take(&[3, 2, 0]) else { unreachable!() };
        assert_eq!(some.to_data(), Data::U64(vec![u64::MAX, 5, 617_700_169_958_293_503]));
        // What is none of them is a float like any other.
        assert_eq!(some.like(vec![1e18]).to_data(), Data::F64(vec![1e18]));
        let other = Data::U64(vec![617_700_169_958_293_504, 617_700_169_961_177_087, 5, u64::MAX]);
        assert!(axis != AxisValues::Number(Numbers::of_integers(&other).unwrap()));
        assert!(Numbers::of_integers(&Data::I64(vec![i64::MAX, i64::MAX - 1])).is_none());
        let signed = Data::I64(vec![i64::MIN, -3]);
        assert_eq!(Numbers::of_integers(&signed).unwrap().to_data(), signed);
    }

    #[test]
    fn numbers_keep_their_type_where_it_holds_them() {
        let numbers = Numbers::of(vec![1.0, 300.0], &DType::I16);
        assert_eq!(numbers.to_data(), Data::I16(vec![1, 300]));
        assert_eq!(numbers.like(vec![0.5]).to_data(), Data::F64(vec![0.5]));
        assert_eq!(Numbers::of(vec![0.1], &DType::F32).to_data(), Data::F64(vec![0.1]));
        let missing = Numbers::of(vec![f64::NAN], &DType::F32).to_data();
        assert!(matches!(missing, Data::F32(v) if v[0].is_nan()));
    }
}
