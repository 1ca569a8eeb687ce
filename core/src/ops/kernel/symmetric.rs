//! The largest eigenvalues of a symmetric matrix and their vectors: brought to three diagonals by reflections, in
//! `4/3 n³` operations that can be stopped between any two of them; then only what is asked for is looked for.

use crate::model::{Error, Result, fast};

/// Numbers summed side by side: the same sums on every processor.
const LANES: usize = 8;
/// Times that a vector is brought nearer before it is given up; two are the rule.
const TRIES: usize = 12;

/// A matrix as `Q T Qᵀ`: the diagonals of `T`, and in the rows of `reflections` what makes `Q`.
struct Reduced {
    n: usize,
    diagonal: Vec<f64>,
    /// `beside[i]` stands between positions `i - 1` and `i`; the first is 0.
    beside: Vec<f64>,
    /// Row `i` holds a reflection of the positions before `i`, then anything.
    reflections: Vec<f64>,
    /// Its factor; 0 where nothing is reflected.
    factors: Vec<f64>,
}

/// The `count` largest eigenvalues of a symmetric matrix of finite numbers, given by its rows, each with a vector of
/// length 1. Only what stands on and before the diagonal is looked at. The same bits on every machine.
///
/// # Errors
/// What `go_on` says, asked before each of `n` steps; [`Internal`](crate::model::ErrorKind::Internal) where a vector is
/// not found to the last digits.
pub(super) fn leading(
    mut matrix: Vec<f64>,
    n: usize,
    count: usize,
    go_on: &dyn Fn() -> Result<()>,
) -> Result<Vec<(f64, Vec<f64>)>> {
    let scale = matrix.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    if scale == 0.0 {
        let unit = |at: usize| (0..n).map(|i| f64::from(i == at)).collect();
        return Ok((0..count).map(|at| (0.0, unit(at))).collect());
    }
    matrix.iter_mut().for_each(|x| *x /= scale);
    let reduced = Reduced::of(matrix, n, go_on)?;
    let mut found: Vec<(f64, Vec<f64>)> = Vec::with_capacity(count);
    for rank in 0..count {
        go_on()?;
        let value = reduced.value(rank);
        let vector = reduced.vector(value, rank, &found)?;
        found.push((value, vector));
    }
    for (value, vector) in &mut found {
        go_on()?;
        *value *= scale;
        reduced.back(vector);
    }
    Ok(found)
}

#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (a, b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a.zip(b) {
        sums.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    sums.iter().sum::<f64>() + rest
}

#[inline(always)]
fn add(to: &mut [f64], factor: f64, x: &[f64]) {
    to.iter_mut().zip(x).for_each(|(to, x)| *to += factor * x);
}

/// `v` and the factor `f` so that `x - f v (v · x)` is 0 but at its end, and what stands there. `x` becomes `v`.
fn reflection(x: &mut [f64]) -> (f64, f64) {
    let Some((last, rest)) = x.split_last_mut() else { return (0.0, 0.0) };
    let square = dot(rest, rest);
    // Of less than that the digits are gone.
    if square <= f64::MIN_POSITIVE / f64::EPSILON {
        return (0.0, *last);
    }
    let length = (square + *last * *last).sqrt();
    let end = -length.copysign(*last);
    *last -= end;
    (2.0 / (square + *last * *last), end)
}

impl Reduced {
    fn of(mut a: Vec<f64>, n: usize, go_on: &dyn Fn() -> Result<()>) -> Result<Self> {
        let (mut beside, mut factors) = (vec![0.0; n], vec![0.0; n]);
        // What the reflection before this one leaves to be taken off each row, as v wᵀ + w vᵀ.
        let (mut v, mut w): (Vec<f64>, Vec<f64>) = (vec![0.0; n], vec![0.0; n]);
        for i in (1..n).rev() {
            go_on()?;
            let (above, row) = a.split_at_mut(i * n);
            // Its own row first: it tells the next reflection, and one look at all rows serves both.
            add(&mut row[..=i], -v[i], &w[..=i]);
            add(&mut row[..=i], -w[i], &v[..=i]);
            let (factor, end) = reflection(&mut row[..i]);
            let next = &row[..i];
            (beside[i], factors[i]) = (end, factor);
            let mut product = vec![0.0; i];
            fast(
                #[inline(always)]
                || {
                    for (r, row) in above.chunks_exact_mut(n).enumerate() {
                        let row = &mut row[..=r];
                        let (v_r, w_r) = (v[r], w[r]);
                        row.iter_mut().zip(v.iter().zip(&w)).for_each(|(x, (v, w))| *x -= v_r * w + w_r * v);
                        product[r] += dot(row, &next[..=r]);
                        add(&mut product[..r], next[r], &row[..r]);
                    }
                },
            );
            product.iter_mut().for_each(|x| *x *= factor);
            let half = factor / 2.0 * dot(&product, next);
            add(&mut product, -half, next);
            v[..i].copy_from_slice(next);
            w[..i].copy_from_slice(&product);
        }
        if let (Some(first), Some(v), Some(w)) = (a.first_mut(), v.first(), w.first()) {
            *first -= 2.0 * v * w;
        }
        let diagonal = (0..n).map(|i| a[i * n + i]).collect();
        Ok(Self { n, diagonal, beside, reflections: a, factors })
    }

    /// The most that an eigenvalue can be, without its sign.
    fn bound(&self) -> f64 {
        let next = self.beside.iter().skip(1).chain([&0.0]);
        let sums = self.diagonal.iter().zip(&self.beside).zip(next).map(|((d, a), b)| d.abs() + a.abs() + b.abs());
        sums.fold(0.0, f64::max)
    }

    /// How many eigenvalues are above `x`: as many as the pivots above 0 of the matrix less `x` (Sturm).
    fn above(&self, x: f64) -> usize {
        let (mut pivot, mut count) = (1.0_f64, 0);
        for (d, e) in self.diagonal.iter().zip(&self.beside) {
            pivot = d - x - e * e / pivot;
            if pivot.abs() < f64::MIN_POSITIVE {
                pivot = -f64::MIN_POSITIVE;
            }
            count += usize::from(pivot > 0.0);
        }
        count
    }

    /// The eigenvalue that so many are larger than, by halves.
    fn value(&self, rank: usize) -> f64 {
        let bound = self.bound() * (1.0 + 4.0 * f64::EPSILON);
        let (mut low, mut high) = (-bound, bound);
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high || high - low <= f64::EPSILON * f64::EPSILON * bound {
                return middle;
            }
            if self.above(middle) > rank { low = middle } else { high = middle }
        }
    }

    /// A vector of `T` for this eigenvalue, at right angles to those before, by solving `(T - value) x = y` again and again
    /// (inverse iteration) from a `y` that is drawn by chance, always the same.
    #[expect(clippy::cast_precision_loss, reason = "numbers drawn by chance, and a tolerance")]
    fn vector(&self, value: f64, rank: usize, before: &[(f64, Vec<f64>)]) -> Result<Vec<f64>> {
        let solver = Solver::new(self, value);
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(rank as u64 + 1);
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let mut x: Vec<f64> = (0..self.n).map(|_| draw()).collect();
        let enough = 8.0 * f64::EPSILON * self.bound() * (self.n as f64).sqrt();
        let mut rest = f64::INFINITY;
        for _ in 0..TRIES {
            solver.solve(&mut x);
            // Twice: what the first leaves for the digits it lost, the second takes.
            for _ in 0..2 {
                let most = x.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                x.iter_mut().for_each(|x| *x /= most);
                for (_, other) in before {
                    let part = dot(other, &x);
                    add(&mut x, -part, other);
                }
                let length = dot(&x, &x).sqrt();
                x.iter_mut().for_each(|x| *x /= length);
            }
            let last = std::mem::replace(&mut rest, self.rest(value, &x));
            // Once more after it is near: that costs little and turns out what is left of other vectors.
            if rest <= enough && last <= 1e3 * enough {
                return Ok(x);
            }
        }
        Err(Error::internal(format!("eigenvector {} of {} left a rest of {rest:e}", rank + 1, self.n)))
    }

    /// How far `T x` is from `value x`.
    fn rest(&self, value: f64, x: &[f64]) -> f64 {
        let at = |i: usize| {
            let before = if i > 0 { self.beside[i] * x[i - 1] } else { 0.0 };
            let after = if i + 1 < self.n { self.beside[i + 1] * x[i + 1] } else { 0.0 };
            before + (self.diagonal[i] - value) * x[i] + after
        };
        (0..self.n).map(|i| at(i) * at(i)).sum::<f64>().sqrt()
    }

    /// A vector of `T` made one of the matrix.
    fn back(&self, x: &mut [f64]) {
        for i in 1..self.n {
            let reflection = &self.reflections[i * self.n..i * self.n + i];
            let by = self.factors[i] * dot(reflection, &x[..i]);
            add(&mut x[..i], -by, reflection);
        }
    }
}

/// `T - value` as a product of a lower and an upper triangle, rows exchanged where the pivot would be small.
struct Solver {
    /// For each row: whether it was exchanged with the next, and what of it was taken off the next.
    steps: Vec<(bool, f64)>,
    /// The upper triangle's three diagonals.
    upper: Vec<[f64; 3]>,
}

impl Solver {
    fn new(t: &Reduced, value: f64) -> Self {
        let least = f64::EPSILON * t.bound();
        let (mut steps, mut upper) = (Vec::with_capacity(t.n), Vec::with_capacity(t.n));
        let after = |i: usize| t.beside.get(i + 1).copied().unwrap_or(0.0);
        let mut row = [t.diagonal.first().copied().unwrap_or(0.0) - value, after(0), 0.0];
        for i in 1..t.n {
            let next = [t.beside[i], t.diagonal[i] - value, after(i)];
            let exchanged = next[0].abs() > row[0].abs();
            let (mut pivot, other) = if exchanged { (next, row) } else { (row, next) };
            // A pivot of 0 is what is hoped for: the next to nothing stands for it.
            if pivot[0].abs() < least {
                pivot[0] = least;
            }
            // Where rows were not exchanged, the pivot's third is 0.
            let by = other[0] / pivot[0];
            steps.push((exchanged, by));
            row = [other[1] - by * pivot[1], other[2] - by * pivot[2], 0.0];
            upper.push(pivot);
        }
        if row[0].abs() < least {
            row[0] = least;
        }
        upper.push(row);
        Self { steps, upper }
    }

    fn solve(&self, x: &mut [f64]) {
        for (i, &(exchanged, by)) in self.steps.iter().enumerate() {
            if exchanged {
                x.swap(i, i + 1);
            }
            x[i + 1] -= by * x[i];
        }
        for (i, row) in self.upper.iter().enumerate().rev() {
            let right: f64 = (1..3).filter_map(|k| x.get(i + k).map(|x| row[k] * x)).sum();
            x[i] = (x[i] - right) / row[0];
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{dot, leading};
    use crate::model::{Error, ErrorKind};
    use nalgebra::{DMatrix, SymmetricEigen};
    use std::cell::Cell;

    /// Products of rows drawn by chance, the last of them `alike` the first.
    fn products(rows: usize, columns: usize, alike: usize) -> DMatrix<f64> {
        let mut seed = 7u32;
        let mut x = DMatrix::from_fn(rows, columns, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 8) / f64::from(1u32 << 24) - 0.5
        });
        (0..alike).for_each(|i| x.set_row(rows - 1 - i, &x.row(i).clone_owned()));
        &x * x.transpose()
    }

    /// Compared with nalgebra's decomposition of the whole.
    fn check(matrix: &DMatrix<f64>, count: usize) {
        let n = matrix.nrows();
        let found = leading(matrix.as_slice().to_vec(), n, count, &|| Ok(())).unwrap();
        let mut expected: Vec<f64> = SymmetricEigen::new(matrix.clone()).eigenvalues.iter().copied().collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        let norm = matrix.norm().max(f64::MIN_POSITIVE);
        assert_eq!(found.len(), count);
        for (i, (value, vector)) in found.iter().enumerate() {
            assert!((value - expected[i]).abs() <= 1e-13 * norm, "{i} of {n}: {value} {}", expected[i]);
            let x = DMatrix::from_column_slice(n, 1, vector);
            let rest = (matrix * &x - &x * *value).norm();
            assert!(rest <= 1e-13 * norm, "{i} of {n}: a rest of {rest:e}");
            for (j, (_, other)) in found[..=i].iter().enumerate() {
                let expected = f64::from(i == j);
                assert!((dot(vector, other) - expected).abs() < 1e-12, "{i} {j} of {n}: {}", dot(vector, other));
            }
        }
    }

    #[test]
    fn as_the_decomposition_of_the_whole() {
        for n in [1, 2, 3, 5, 17, 64, 130] {
            check(&products(n, 2 * n, 0), n.min(9));
            // Of fewer columns than rows: most eigenvalues are 0, and all vectors are wanted.
            check(&products(n, n.div_ceil(3), n / 4), n);
        }
        // Pairs of one eigenvalue, as waves that travel have; nothing at all; one number everywhere; numbers far from 1.
        let wave = |i: usize, j: usize| (0.3 * (i as f64 - j as f64)).cos() + f64::from(i == j);
        check(&DMatrix::from_fn(40, 40, |i, j| if i % 3 == 0 || j % 3 == 0 { 0.0 } else { wave(i, j) }), 40);
        check(&DMatrix::from_diagonal_element(20, 20, 2.0), 20);
        check(&DMatrix::zeros(6, 6), 6);
        check(&DMatrix::from_element(30, 30, 1.0), 30);
        for scale in [1e-200, 1e200] {
            let (some, n) = (products(20, 30, 0), 20);
            let scaled = leading(some.iter().map(|x| x * scale).collect(), n, 3, &|| Ok(())).unwrap();
            let plain = leading(some.as_slice().to_vec(), n, 3, &|| Ok(())).unwrap();
            for ((a, x), (b, y)) in scaled.iter().zip(&plain) {
                assert!((a / scale / b - 1.0).abs() < 1e-13 && x.iter().zip(y).all(|(x, y)| (x - y).abs() < 1e-10));
            }
        }
    }

    #[test]
    fn it_stops_within_when_asked() {
        let (asked, matrix) = (Cell::new(0), products(50, 60, 0));
        let go_on = || {
            asked.set(asked.get() + 1);
            if asked.get() > 20 { Err(Error::cancelled()) } else { Ok(()) }
        };
        let error = leading(matrix.as_slice().to_vec(), 50, 3, &go_on).unwrap_err();
        assert_eq!((error.kind(), asked.get()), (ErrorKind::Cancelled, 21));
    }
}
