//! Elementwise work on whole numbers alone: where `f64` would round it, a program runs on integers of 128 bits. Results
//! wrap when they are stored, as numpy's do; what is divided by 0 gives 0.

use super::program::{Binary, Instr, Program, Unary};
use crate::model::{Block, DType, Data, EXACT, Error, Result};

/// Whether a program gives a whole number from whole numbers at every step, from these inputs.
pub(super) fn whole(program: &Program, dtype: &DType, blocks: &[&Block]) -> bool {
    let whole = |block: &Block| !matches!(block.data(), Data::F32(_) | Data::F64(_) | Data::Text(_));
    dtype.is_integer() && blocks.iter().all(|b| whole(b)) && program.steps.iter().all(|step| stays_whole(program, step))
}

/// Whether `f64` might round one of the steps of a program of whole numbers: those that may exceed 2^53, powers, and
/// divisions.
pub(super) fn rounds(program: &Program, blocks: &[&Block]) -> bool {
    let mut most: Vec<f64> = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let of = |at: usize| most.get(at).copied().unwrap_or(f64::INFINITY);
        most.push(match *step {
            Instr::Load(input) => blocks.get(input).map_or(f64::INFINITY, |b| range(b.data())),
            Instr::Const(c) => c.abs(),
            Instr::Unary(Unary::Unsigned(bits), a) => of(a) + 2f64.powi(i32::from(bits)),
            Instr::Unary(_, a) => of(a),
            Instr::Binary(Binary::Pow | Binary::FloorDiv | Binary::Mod, ..) => f64::INFINITY,
            Instr::Binary(Binary::Add | Binary::Sub, a, b) => of(a) + of(b),
            Instr::Binary(Binary::Mul, a, b) => of(a) * of(b),
            Instr::Binary(_, a, b) | Instr::Select(_, a, b) => of(a).max(of(b)),
        });
    }
    most.iter().any(|&most| most > EXACT)
}

/// A magnitude that no value of this type exceeds.
fn range(data: &Data) -> f64 {
    let bits = 8 * i32::try_from(data.dtype().size()).unwrap_or(i32::MAX);
    2f64.powi(if matches!(data, Data::I8(_) | Data::I16(_) | Data::I32(_) | Data::I64(_)) { bits - 1 } else { bits })
}

fn stays_whole(program: &Program, step: &Instr) -> bool {
    let power = |at: usize| match program.steps.get(at) {
        Some(Instr::Const(c)) => (0.0..=64.0).contains(c),
        _ => false,
    };
    match *step {
        Instr::Load(_) | Instr::Select(..) => true,
        Instr::Const(c) => c.fract() == 0.0 && c.abs() < 2f64.powi(100),
        Instr::Unary(f, _) => matches!(
            f,
            Unary::Neg
                | Unary::Abs
                | Unary::Sign
                | Unary::Not
                | Unary::Floor
                | Unary::Ceil
                | Unary::Round
                | Unary::Trunc
                | Unary::IsNan
                | Unary::IsFinite
                | Unary::Unsigned(_)
        ),
        Instr::Binary(Binary::Pow, _, exponent) => power(exponent),
        Instr::Binary(f, ..) => !matches!(f, Binary::Div | Binary::Atan2 | Binary::Hypot),
    }
}

/// A program with a lane of integers for each step.
pub(super) struct IntegerLanes<'a> {
    program: &'a Program,
    lanes: Vec<Vec<i128>>,
}

impl<'a> IntegerLanes<'a> {
    /// Room for a program over so many cells at once, constants filled in.
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range, as `whole` saw")]
    pub(super) fn new(program: &'a Program, cells: usize) -> Self {
        let lane = |step: &Instr| vec![if let Instr::Const(c) = step { *c as i128 } else { 0 }; cells];
        Self { program, lanes: program.steps.iter().map(lane).collect() }
    }

    /// The values of the last step.
    pub(super) fn result(&self, n: usize) -> &[i128] {
        self.lanes.last().map_or(&[], |l| &l[..n])
    }

    /// Runs the program on `n` cells; `load` fills a lane with the cells of an input.
    pub(super) fn run(&mut self, n: usize, load: impl Fn(usize, &mut [i128])) {
        for (i, step) in self.program.steps.iter().enumerate() {
            let (before, rest) = self.lanes.split_at_mut(i);
            let Some(out) = rest.first_mut().map(|lane| &mut lane[..n]) else { return };
            let lane = |a: usize| &before[a][..n];
            match *step {
                Instr::Const(_) => {}
                Instr::Load(input) => load(input, out),
                Instr::Unary(f, a) => out.iter_mut().zip(lane(a)).for_each(|(o, &x)| *o = unary(f, x)),
                Instr::Binary(f, a, b) => {
                    out.iter_mut().zip(lane(a)).zip(lane(b)).for_each(|((o, &x), &y)| *o = binary(f, x, y));
                }
                Instr::Select(c, a, b) => {
                    let both = lane(a).iter().zip(lane(b));
                    out.iter_mut()
                        .zip(lane(c))
                        .zip(both)
                        .for_each(|((o, &c), (&x, &y))| *o = if c != 0 { x } else { y });
                }
            }
        }
    }
}

fn unary(f: Unary, x: i128) -> i128 {
    match f {
        Unary::Neg => x.wrapping_neg(),
        Unary::Abs => x.wrapping_abs(),
        Unary::Sign => x.signum(),
        Unary::Not => i128::from(x == 0),
        Unary::IsNan => 0,
        Unary::IsFinite => 1,
        Unary::Unsigned(bits) if x < 0 => x + (1 << bits.min(100)),
        _ => x,
    }
}

fn binary(f: Binary, x: i128, y: i128) -> i128 {
    match f {
        Binary::Add => x.wrapping_add(y),
        Binary::Sub => x.wrapping_sub(y),
        Binary::Mul => x.wrapping_mul(y),
        // Rounded down, the remainder with the sign of the divisor.
        Binary::FloorDiv if y == 0 => 0,
        Binary::FloorDiv => x.wrapping_div_euclid(y) - i128::from(y < 0 && x.wrapping_rem_euclid(y) != 0),
        Binary::Mod if y == 0 => 0,
        Binary::Mod => match x.wrapping_rem_euclid(y) {
            r if y < 0 && r != 0 => r + y,
            r => r,
        },
        Binary::Pow => u32::try_from(y).map_or(0, |y| x.wrapping_pow(y)),
        Binary::Min => x.min(y),
        Binary::Max => x.max(y),
        Binary::Lt => i128::from(x < y),
        Binary::Le => i128::from(x <= y),
        Binary::Gt => i128::from(x > y),
        Binary::Ge => i128::from(x >= y),
        Binary::Eq => i128::from(x == y),
        Binary::Ne => i128::from(x != y),
        Binary::And => i128::from(x != 0 && y != 0),
        Binary::Or => i128::from(x != 0 || y != 0),
        // Not for whole numbers: `whole` says so.
        Binary::Div | Binary::Atan2 | Binary::Hypot => 0,
    }
}

/// Appends integers as the type asked for, wrapping.
///
/// # Errors
/// [`Internal`](crate::model::ErrorKind::Internal) where the type is no integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numpy's integers wrap")]
pub(super) fn store(result: &mut Data, lane: &[i128]) -> Result<()> {
    macro_rules! put {
        ($($plane:ident: $t:ty),*) => {
            match result {
                $(Data::$plane(v) => v.extend(lane.iter().map(|&x| x as $t)),)*
                _ => return Err(Error::internal("whole numbers as another type")),
            }
        };
    }
    put!(I8: i8, I16: i16, I32: i32, I64: i64, U8: u8, U16: u16, U32: u32, U64: u64);
    Ok(())
}
