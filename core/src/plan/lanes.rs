//! Running a program on a block of cells: one lane of `f64` for each step. Loops are compiled for several generations of
//! processors, the one at hand chosen as the program runs; results are the same on all.

use super::code::{Arg, Code, Compiled};
use super::math;
use super::program::{Binary, Program, Unary};
use crate::model::{EXACT, fast};

/// Cells per block: a lane of 1024 `f64` is 8 KiB, so that those in use stay in the nearest cache.
pub(super) const LANES: usize = 1024;

/// Compiles a loop for several generations of processors and runs that for the one at hand.
macro_rules! fast {
    ($body:expr) => {
        fast(
            #[inline(always)]
            || $body,
        )
    };
}

/// A program with the lanes that it works in.
pub(super) struct Lanes {
    code: Compiled,
    lanes: Vec<Vec<f64>>,
}

impl Lanes {
    /// Room for a program, constants filled in.
    pub(super) fn new(program: &Program) -> Self {
        let code = Compiled::new(program);
        let mut lanes = vec![vec![0.0; LANES]; code.lanes];
        code.filled.iter().for_each(|&(lane, value)| lanes[lane].fill(value));
        Self { code, lanes }
    }

    /// The values of the last step.
    pub(super) fn result(&self, n: usize) -> &[f64] {
        self.lanes.get(self.code.result).map_or(&[], |l| &l[..n])
    }

    /// Runs the program on `n` cells; `load` fills a lane with the cells of an input.
    pub(super) fn run(&mut self, n: usize, load: impl Fn(usize, &mut [f64])) {
        for (code, to) in &self.code.steps {
            // No step reads the lane that it writes.
            let mut held = std::mem::take(&mut self.lanes[*to]);
            let out = &mut held[..n];
            let lane = |a: usize| &self.lanes[a][..n];
            let arg = |arg: Arg| match arg {
                Arg::Lane(a) => Operand::Lane(lane(a)),
                Arg::One(x) => Operand::One(x),
            };
            match *code {
                Code::Load(input) => load(input, out),
                Code::Unary(f, a) => unary(f, lane(a), out),
                Code::Binary(f, a, b) => binary(f, arg(a), arg(b), out),
                Code::Select(c, a, b) => select(lane(c), arg(a), arg(b), out),
                Code::Linear { x, factor, offset } => {
                    let x = lane(x);
                    fast!(for (o, &x) in out.iter_mut().zip(x) {
                        *o = x * factor + offset;
                    });
                }
                Code::Mask { x, lack, value } => mask(lane(x), lack, lane(value), out),
                Code::Decode { x, lack, factor, offset } => decode(lane(x), lack, (factor, offset), out),
            }
            self.lanes[*to] = held;
        }
    }
}

/// The values of an operand.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Lane(&'a [f64]),
    One(f64),
}

/// A loop over two operands, each a lane or one value.
macro_rules! pairs {
    ($a:expr, $b:expr, $out:expr, |$x:ident, $y:ident| $e:expr) => {{
        let out = $out;
        match ($a, $b) {
            (Operand::Lane(a), Operand::Lane(b)) => fast!(for ((o, &$x), &$y) in out.iter_mut().zip(a).zip(b) {
                *o = $e;
            }),
            (Operand::Lane(a), Operand::One($y)) => fast!(for (o, &$x) in out.iter_mut().zip(a) {
                *o = $e;
            }),
            (Operand::One($x), Operand::Lane(b)) => fast!(for (o, &$y) in out.iter_mut().zip(b) {
                *o = $e;
            }),
            (Operand::One($x), Operand::One($y)) => out.fill($e),
        }
    }};
}

fn select(c: &[f64], a: Operand<'_>, b: Operand<'_>, out: &mut [f64]) {
    let yes = |c: f64| c != 0.0 && !c.is_nan();
    match (a, b) {
        (Operand::Lane(a), Operand::Lane(b)) => fast!(for (((o, &c), &a), &b) in out.iter_mut().zip(c).zip(a).zip(b) {
            *o = if yes(c) { a } else { b };
        }),
        (a, Operand::One(b)) => pairs!(Operand::Lane(c), a, out, |c, a| if yes(c) { a } else { b }),
        (Operand::One(a), b) => pairs!(Operand::Lane(c), b, out, |c, b| if yes(c) { a } else { b }),
    }
}

#[expect(clippy::float_cmp, reason = "this very number stands for nothing")]
fn mask(x: &[f64], lack: f64, value: &[f64], out: &mut [f64]) {
    fast!(for ((o, &x), &value) in out.iter_mut().zip(x).zip(value) {
        *o = if x == lack { f64::NAN } else { value };
    });
}

#[expect(clippy::float_cmp, reason = "this very number stands for nothing")]
fn decode(x: &[f64], lack: f64, (factor, offset): (f64, f64), out: &mut [f64]) {
    fast!(for (o, &x) in out.iter_mut().zip(x) {
        // Worked out for all: within the branch the constants would be gathered from memory for each.
        let value = x * factor + offset;
        *o = if x == lack { f64::NAN } else { value };
    });
}

/// A function by its fast form, and by the library where `hard` holds: cell by cell, so that neighbours do not matter.
macro_rules! patched {
    ($a:expr, $out:expr, $easy:path, $hard:expr, $library:expr) => {{
        let (a, out) = ($a, $out);
        let hard = fast!({
            let mut hard = false;
            for (o, &x) in out.iter_mut().zip(a) {
                *o = $easy(x);
                hard |= $hard(x);
            }
            hard
        });
        if hard {
            out.iter_mut().zip(a).filter(|(_, x)| $hard(**x)).for_each(|(o, x)| *o = $library(*x));
        }
    }};
}

fn unary(f: Unary, a: &[f64], out: &mut [f64]) {
    macro_rules! each {
        (|$x:ident| $e:expr) => {
            fast!(for (o, &$x) in out.iter_mut().zip(a) {
                *o = $e;
            })
        };
    }
    let wide = |x: f64| x.abs() >= math::LARGEST_ANGLE;
    match f {
        Unary::Neg => each!(|x| -x),
        Unary::Abs => each!(|x| x.abs()),
        Unary::Sqrt => each!(|x| x.sqrt()),
        Unary::Exp => each!(|x| math::exp(x)),
        Unary::Ln => each!(|x| math::ln(x)),
        Unary::Sin => patched!(a, out, math::sin, wide, f64::sin),
        Unary::Cos => patched!(a, out, math::cos, wide, f64::cos),
        Unary::Tan => patched!(a, out, math::tan, wide, f64::tan),
        Unary::Floor => each!(|x| x.floor()),
        Unary::Ceil => each!(|x| x.ceil()),
        Unary::Round => each!(|x| x.round_ties_even()),
        Unary::Trunc => each!(|x| x.trunc()),
        Unary::Sign => each!(|x| if x > 0.0 {
            1.0
        } else if x < 0.0 {
            -1.0
        } else {
            x
        }),
        Unary::Radians => each!(|x| x.to_radians()),
        Unary::Degrees => each!(|x| x.to_degrees()),
        Unary::IsNan => each!(|x| truth(x.is_nan())),
        Unary::IsFinite => each!(|x| truth(x.is_finite())),
        Unary::Not => each!(|x| truth(x == 0.0)),
        #[expect(clippy::cast_possible_truncation, reason = "the rounding asked for")]
        Unary::Single => each!(|x| f64::from(x as f32)),
        Unary::Unsigned(bits) => {
            let wrap = 2f64.powi(i32::from(bits));
            each!(|x| if x < 0.0 { x + wrap } else { x });
        }
        Unary::Log10 => library(a, out, f64::log10),
        Unary::Log2 => library(a, out, f64::log2),
        Unary::Log1p => library(a, out, f64::ln_1p),
        Unary::Expm1 => library(a, out, f64::exp_m1),
        Unary::Asin => library(a, out, f64::asin),
        Unary::Acos => library(a, out, f64::acos),
        Unary::Atan => library(a, out, f64::atan),
        Unary::Sinh => library(a, out, f64::sinh),
        Unary::Cosh => library(a, out, f64::cosh),
        Unary::Tanh => library(a, out, f64::tanh),
    }
}

fn library(a: &[f64], out: &mut [f64], f: fn(f64) -> f64) {
    out.iter_mut().zip(a).for_each(|(o, x)| *o = f(*x));
}

/// aᵇ. The exponents that numpy treats apart are treated apart.
fn power(a: &[f64], b: f64, out: &mut [f64]) {
    match b {
        2.0 => fast!(for (o, &x) in out.iter_mut().zip(a) {
            *o = x * x;
        }),
        0.5 => unary(Unary::Sqrt, a, out),
        -1.0 => fast!(for (o, &x) in out.iter_mut().zip(a) {
            *o = 1.0 / x;
        }),
        _ => out.iter_mut().zip(a).for_each(|(o, x)| *o = x.powf(b)),
    }
}

#[expect(clippy::float_cmp, reason = "comparison is what the expression asks for")]
fn binary(f: Binary, a: Operand<'_>, b: Operand<'_>, out: &mut [f64]) {
    macro_rules! each {
        (|$x:ident, $y:ident| $e:expr) => {
            pairs!(a, b, out, |$x, $y| $e)
        };
    }
    match f {
        Binary::Add => each!(|x, y| x + y),
        Binary::Sub => each!(|x, y| x - y),
        Binary::Mul => each!(|x, y| x * y),
        Binary::Div => each!(|x, y| x / y),
        Binary::Min => each!(|x, y| if x.is_nan() || x < y { x } else { y }),
        Binary::Max => each!(|x, y| if x.is_nan() || x > y { x } else { y }),
        Binary::Lt => each!(|x, y| truth(x < y)),
        Binary::Le => each!(|x, y| truth(x <= y)),
        Binary::Gt => each!(|x, y| truth(x > y)),
        Binary::Ge => each!(|x, y| truth(x >= y)),
        Binary::Eq => each!(|x, y| truth(x == y)),
        Binary::Ne => each!(|x, y| truth(x != y)),
        Binary::And => each!(|x, y| truth(x != 0.0 && y != 0.0)),
        Binary::Or => each!(|x, y| truth(x != 0.0 || y != 0.0)),
        Binary::FloorDiv | Binary::Mod | Binary::Pow | Binary::Atan2 | Binary::Hypot => match (a, b) {
            (Operand::Lane(a), Operand::Lane(b)) => rare(f, a, b, out),
            (Operand::Lane(a), Operand::One(b)) if f == Binary::Pow => power(a, b, out),
            (a, b) => {
                let lane = |x| if let Operand::Lane(x) = x { x.to_vec() } else { vec![one(x); out.len()] };
                let (a, b) = (lane(a), lane(b));
                rare(f, &a, &b, out);
            }
        },
    }
}

fn one(x: Operand<'_>) -> f64 {
    if let Operand::One(x) = x { x } else { f64::NAN }
}

/// Functions that look at their neighbours, or that the library computes one by one.
fn rare(f: Binary, a: &[f64], b: &[f64], out: &mut [f64]) {
    macro_rules! each {
        (|$x:ident, $y:ident| $e:expr) => {
            pairs!(Operand::Lane(a), Operand::Lane(b), out, |$x, $y| $e)
        };
    }
    match f {
        Binary::FloorDiv if divides_exactly(a, b) => each!(|x, y| (x / y).floor()),
        Binary::Mod if divides_exactly(a, b) => each!(|x, y| x - y * (x / y).floor()),
        Binary::FloorDiv => two(a, b, out, |x, y| if y == 0.0 { x / y } else { ((x - modulo(x, y)) / y).round() }),
        Binary::Mod => two(a, b, out, modulo),
        Binary::Atan2 => two(a, b, out, f64::atan2),
        Binary::Hypot => hypot(a, b, out),
        _ => two(a, b, out, f64::powf),
    }
}

fn two(a: &[f64], b: &[f64], out: &mut [f64], f: fn(f64, f64) -> f64) {
    out.iter_mut().zip(a).zip(b).for_each(|((o, x), y)| *o = f(*x, *y));
}

/// The remainder with the sign of the divisor, exact for any numbers (Python's and numpy's).
fn modulo(x: f64, y: f64) -> f64 {
    let r = x % y;
    if r == 0.0 {
        r.copysign(y)
    } else if (r < 0.0) != (y < 0.0) {
        r + y
    } else {
        r
    }
}

/// Whether the floor of the quotient and the remainder come out exactly from division and multiplication: divisors that
/// are powers of two, or integers on both sides. Only then may neighbours in a block share the quick way.
#[expect(clippy::float_cmp, reason = "exactness is the question")]
fn divides_exactly(a: &[f64], b: &[f64]) -> bool {
    fast!({
        let mut whole = true;
        let mut powers = true;
        for (&x, &y) in a.iter().zip(b) {
            let moderate = x.abs() < EXACT && y.abs() < EXACT && y.abs() > 1.0 / EXACT;
            whole &= moderate && x.floor() == x && y.floor() == y;
            powers &= moderate && y.to_bits() & 0x000f_ffff_ffff_ffff == 0;
        }
        whole || powers
    })
}

fn hypot(a: &[f64], b: &[f64], out: &mut [f64]) {
    let hard = |x: f64, y: f64| !math::SQUARABLE.contains(&if x.abs() > y.abs() { x.abs() } else { y.abs() });
    let any = fast!({
        let mut any = false;
        for ((o, &x), &y) in out.iter_mut().zip(a).zip(b) {
            *o = math::hypot(x, y);
            any |= hard(x, y);
        }
        any
    });
    if any {
        for ((o, &x), &y) in out.iter_mut().zip(a).zip(b).filter(|((_, x), y)| hard(**x, **y)) {
            *o = x.hypot(y);
        }
    }
}

fn truth(b: bool) -> f64 {
    if b { 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Binary, LANES, Lanes, Unary};
    use crate::plan::{Instr, Program};

    fn run(step: Instr, a: &[f64], b: &[f64]) -> Vec<f64> {
        let program = Program { steps: vec![Instr::Load(0), Instr::Load(1), step] };
        let mut lanes = Lanes::new(&program);
        lanes.run(a.len(), |i, lane| lane.copy_from_slice(if i == 0 { a } else { b }));
        lanes.result(a.len()).to_vec()
    }

    /// Cells do not depend on their neighbours: hard ones and easy ones alone and mixed.
    #[test]
    fn what_stands_beside_a_cell_does_not_matter() {
        let values: Vec<f64> = (0..LANES)
            .map(|i| match i % 7 {
                0 => 1e7 + i as f64 * 0.1,
                1 => f64::INFINITY,
                2 => f64::NAN,
                3 => 1e-200 * i as f64,
                4 => i as f64,
                5 => -0.37 * i as f64,
                _ => 1e200,
            })
            .collect();
        let others: Vec<f64> = values.iter().rev().copied().collect();
        let unary = [Unary::Sin, Unary::Cos, Unary::Tan, Unary::Exp, Unary::Ln].map(|f| Instr::Unary(f, 0));
        let binary = [Binary::Hypot, Binary::Mod, Binary::FloorDiv, Binary::Pow].map(|f| Instr::Binary(f, 0, 1));
        for step in unary.into_iter().chain(binary) {
            let together = run(step, &values, &others);
            for i in 0..LANES {
                let alone = run(step, &values[i..=i], &others[i..=i])[0];
                let same = alone.to_bits() == together[i].to_bits() || (alone.is_nan() && together[i].is_nan());
                assert!(same, "{step:?} of {} and {}: {alone} {}", values[i], others[i], together[i]);
            }
        }
    }

    /// Values from numpy 2: `np.mod`, `np.floor_divide`, `np.hypot`.
    #[test]
    fn remainders_are_exact() {
        let (a, b) = ([0.3, 1e9, -7.5, 5.0, -5.0, 7.25, 1e17], [0.1, 0.1, 0.7, 3.0, f64::INFINITY, 1.0, 3.0]);
        let got = run(Instr::Binary(Binary::Mod, 0, 1), &a, &b);
        let expected = [
            0.099_999_999_999_999_98,
            0.099_999_944_488_848_77,
            0.199_999_999_999_999_5,
            2.0,
            f64::INFINITY,
            0.25,
            1.0,
        ];
        assert_eq!(got, expected);
        let got = run(Instr::Binary(Binary::FloorDiv, 0, 1), &a[..4], &b[..4]);
        assert_eq!(got, [2.0, 9_999_999_999.0, -11.0, 1.0]);
        let got = run(Instr::Binary(Binary::Hypot, 0, 1), &[3e200, 3e-200, 3.0], &[4e200, 4e-200, 4.0]);
        assert_eq!(got, [3e200_f64.hypot(4e200), 5e-200, 5.0]);
    }
}
