//! The order of values as integers that compare as they do: of numbers as they are, and of packed ones as decoded.

use super::integers::Packed;
use super::nth::Key;
use super::ranked::Ranked;
use crate::model::{DType, fast};
use crate::plan::{Affine, Missing};

/// How the cells of a plane become keys that compare as their values do, and back.
pub(super) trait Order<T: Copy> {
    /// An integer.
    type Key: Key;

    /// The key of what is missing, the largest there is; `None` where nothing can be.
    fn missing(&self) -> Option<Self::Key>;

    fn key(&self, x: T) -> Self::Key;

    /// The keys of some cells, and how many are missing.
    fn keys(&self, x: &[T], keys: &mut [Self::Key]) -> usize {
        let lacking = self.missing();
        let mut missing = 0;
        for (key, x) in keys.iter_mut().zip(x) {
            *key = self.key(*x);
            missing += usize::from(Some(*key) == lacking);
        }
        missing
    }

    fn value(&self, key: Self::Key) -> f64;

    /// The key counted from the smallest there can be; `None` for what is missing.
    fn radix(&self, x: T) -> Option<u64>;
}

/// Numbers as they stand.
pub(super) struct Plain;

impl<T: Ranked> Order<T> for Plain {
    type Key = T::Key;

    fn missing(&self) -> Option<T::Key> {
        T::MISSING
    }

    #[inline(always)]
    fn key(&self, x: T) -> T::Key {
        x.key()
    }

    #[inline(always)]
    fn value(&self, key: T::Key) -> f64 {
        T::value(key)
    }

    #[inline(always)]
    fn radix(&self, x: T) -> Option<u64> {
        (Some(x.key()) != T::MISSING).then(|| x.radix())
    }
}

/// Stored integers in the order of what they decode to.
pub(super) struct Decoded<'a, T> {
    affine: &'a Affine,
    /// The usual one integer that stands for nothing, and the other ones.
    fill: Option<T>,
    others: Vec<Missing>,
}

impl<'a, T: Packed> Decoded<'a, T> {
    pub(super) fn new(affine: &'a Affine) -> Self {
        let mut others = affine.missing.clone();
        let at = |m: &Missing| if let Missing::Equal(x) = m { super::integers::stored(*x) } else { None };
        let found = others.iter().position(|m| at(m).is_some());
        let fill = found.and_then(|i| at(&others.remove(i)));
        Self { affine, fill, others }
    }

    #[inline(always)]
    fn lacks(&self, x: T) -> bool {
        Some(x) == self.fill || (!self.others.is_empty() && self.others.iter().any(|m| m.holds(x.wide())))
    }
}

impl<T: Packed + Ranked> Order<T> for Decoded<'_, T> {
    type Key = T::Wide;

    fn missing(&self) -> Option<T::Wide> {
        (self.fill.is_some() || !self.others.is_empty()).then_some(T::MOST)
    }

    #[inline(always)]
    fn key(&self, x: T) -> T::Wide {
        if self.lacks(x) {
            T::MOST
        } else {
            let wide = T::Wide::from(x);
            if self.affine.scale < 0.0 { -wide } else { wide }
        }
    }

    fn keys(&self, x: &[T], keys: &mut [T::Wide]) -> usize {
        // Rarely more than one integer stands for nothing, and seldom do small ones stand for large values.
        let (Some(fill), true, true) = (self.fill, self.others.is_empty(), self.affine.scale > 0.0) else {
            let missing = |x: &&T| self.lacks(**x);
            keys.iter_mut().zip(x).for_each(|(key, x)| *key = self.key(*x));
            return x.iter().filter(missing).count();
        };
        fast(
            #[inline(always)]
            || {
                let mut missing = 0u32;
                for (key, &x) in keys.iter_mut().zip(x) {
                    *key = if x == fill { T::MOST } else { T::Wide::from(x) };
                    missing += u32::from(x == fill);
                }
                missing as usize
            },
        )
    }

    #[inline(always)]
    fn value(&self, key: T::Wide) -> f64 {
        let x: i64 = if self.affine.scale < 0.0 { -key } else { key }.into();
        decoded(self.affine, x as f64)
    }

    #[inline(always)]
    fn radix(&self, x: T) -> Option<u64> {
        (!self.lacks(x)).then(|| turned(self.affine, x.radix(), 8 * size_of::<T>()))
    }
}

/// A key of so many bits in the order of what it decodes to, or such a key turned back.
pub(super) fn turned(affine: &Affine, radix: u64, bits: usize) -> u64 {
    if affine.scale < 0.0 { !radix & (u64::MAX >> (64 - bits)) } else { radix }
}

/// What an integer decodes to, rounded to the type it has then.
#[expect(clippy::cast_possible_truncation, reason = "rounding is the point")]
pub(super) fn decoded(affine: &Affine, x: f64) -> f64 {
    let value = x * affine.scale + affine.offset;
    if affine.decoded == DType::F32 { f64::from(value as f32) } else { value }
}
