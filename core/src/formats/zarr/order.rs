//! Chunks whose dimensions are stored in another order: v3's `transpose`, v2's Fortran order. Knows no bytes.

use crate::model::{Data, Error, Result};
use serde_json::Value;

/// Which dimension of the array each stored dimension is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order(Vec<usize>);

impl Order {
    /// Fortran order.
    pub(super) fn reversed(rank: usize) -> Self {
        Self((0..rank).rev().collect())
    }

    /// The `order` of a transpose codec: a permutation, or the letters of earlier drafts.
    ///
    /// # Errors
    /// [`Corrupt`](crate::model::ErrorKind::Corrupt) where it is no permutation.
    pub(super) fn new(order: Option<&Value>, rank: usize) -> Result<Self> {
        let wrong = || Error::corrupt("the codec transpose has no order that is a permutation of the dimensions");
        let order = match order.ok_or_else(wrong)? {
            Value::String(letter) if letter == "C" => (0..rank).collect(),
            Value::String(letter) if letter == "F" => (0..rank).rev().collect(),
            Value::Array(list) => {
                let list = list.iter().map(|n| usize::try_from(n.as_u64()?).ok());
                list.collect::<Option<Vec<_>>>().ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        };
        let is_permutation = order.len() == rank && (0..rank).all(|d| order.contains(&d));
        if is_permutation { Ok(Self(order)) } else { Err(wrong()) }
    }

    /// The order after a further transposition.
    pub(super) fn then(&self, next: &Self) -> Self {
        Self(next.0.iter().filter_map(|&d| self.0.get(d).copied()).collect())
    }

    /// The shape as stored.
    pub(super) fn stored(&self, shape: &[usize]) -> Vec<usize> {
        self.0.iter().filter_map(|&d| shape.get(d).copied()).collect()
    }

    /// Values of a chunk of this shape in C order, out of the stored order.
    pub(super) fn undo(&self, data: &mut Data, shape: &[usize]) {
        if self.0.is_sorted() {
            return;
        }
        // How far apart neighbours along each dimension of the array are stored.
        let mut strides = vec![0; shape.len()];
        let mut stride = 1;
        for &d in self.0.iter().rev() {
            if let (Some(s), Some(n)) = (strides.get_mut(d), shape.get(d)) {
                *s = stride;
                stride *= n;
            }
        }
        crate::with_data!(data, v => *v = gather(v, shape, &strides), t => *t = gather(t, shape, &strides));
    }
}

/// The values at `strides` for each cell of a C-order array of this shape.
fn gather<T: Clone>(stored: &[T], shape: &[usize], strides: &[usize]) -> Vec<T> {
    let mut out = Vec::with_capacity(stored.len());
    let (Some((&run, outer)), Some((&step, outer_strides))) = (shape.split_last(), strides.split_last()) else {
        return stored.to_vec();
    };
    let mut at = vec![0; outer.len()];
    let mut from = 0;
    loop {
        out.extend(stored.iter().skip(from).step_by(step.max(1)).take(run).cloned());
        // The next row, counted like an odometer.
        let mut d = outer.len();
        loop {
            let Some(next) = d.checked_sub(1) else { return out };
            d = next;
            at[d] += 1;
            from += outer_strides[d];
            if at[d] < outer[d] {
                break;
            }
            from -= outer_strides[d] * outer[d];
            at[d] = 0;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Order;
    use crate::model::Data;
    use serde_json::json;

    #[test]
    fn values_return_to_the_order_of_the_array() {
        // numpy: np.arange(24).reshape(2, 3, 4).transpose(order).ravel() is what is stored.
        let shape = [2, 3, 4];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1]] {
            let mut stored = Vec::new();
            let order_of = Order::new(Some(&json!(order)), 3).unwrap();
            let lengths = order_of.stored(&shape);
            for i in 0..24 {
                let at = [i / (lengths[1] * lengths[2]), i / lengths[2] % lengths[1], i % lengths[2]];
                let mut cell = [0; 3];
                order.iter().zip(at).for_each(|(&d, n)| cell[d] = n);
                stored.push(i32::try_from((cell[0] * 3 + cell[1]) * 4 + cell[2]).unwrap());
            }
            let mut data = Data::I32(stored);
            order_of.undo(&mut data, &shape);
            assert_eq!(data, Data::I32((0..24).collect()), "{order:?}");
        }
        let mut text = Data::Text(["a", "c", "b", "d"].map(String::from).to_vec());
        Order::new(Some(&json!("F")), 2).unwrap().undo(&mut text, &[2, 2]);
        assert_eq!(text, Data::Text(["a", "b", "c", "d"].map(String::from).to_vec()));
        let twice = Order::new(Some(&json!([1, 2, 0])), 3).unwrap();
        assert_eq!(twice.then(&Order::reversed(3)), Order::new(Some(&json!([0, 2, 1])), 3).unwrap());
        for wrong in [json!([0, 0, 1]), json!([0, 1]), json!([0, 1, 3]), json!("X"), json!(1)] {
            assert!(Order::new(Some(&wrong), 3).is_err(), "{wrong}");
        }
    }
}
