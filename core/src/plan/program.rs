//! The language of elementwise work: a straight-line program over `f64` lanes, run on blocks that stay in cache.

use std::hash::Hasher;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unary {
    /// −x
    Neg,
    /// |x|
    Abs,
    /// √x
    Sqrt,
    /// eˣ
    Exp,
    /// natural logarithm
    Ln,
    /// logarithm to base 10
    Log10,
    /// logarithm to base 2
    Log2,
    /// eˣ − 1, exact near 0
    Expm1,
    /// natural logarithm of 1 + x, exact near 0
    Log1p,
    /// sine of radians
    Sin,
    /// cosine of radians
    Cos,
    /// tangent of radians
    Tan,
    /// arc sine
    Asin,
    /// arc cosine
    Acos,
    /// arc tangent
    Atan,
    /// hyperbolic sine
    Sinh,
    /// hyperbolic cosine
    Cosh,
    /// hyperbolic tangent
    Tanh,
    /// largest integer not above x
    Floor,
    /// smallest integer not below x
    Ceil,
    /// nearest integer, half to even
    Round,
    /// without its fraction
    Trunc,
    /// −1, 0 or 1
    Sign,
    /// degrees to radians
    Radians,
    /// radians to degrees
    Degrees,
    /// 1 where NaN
    IsNan,
    /// 1 where neither NaN nor infinite
    IsFinite,
    /// 1 where 0, else 0
    Not,
    /// rounded to single precision, as storing it would
    Single,
    /// reinterpret a signed integer of this many bits as unsigned (CF `_Unsigned`)
    Unsigned(u8),
}

/// A function of two numbers. Comparisons give 1 or 0, and 0 where either is NaN (`Ne`: 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binary {
    /// a + b
    Add,
    /// a − b
    Sub,
    /// a · b
    Mul,
    /// a / b
    Div,
    /// floor of a / b
    FloorDiv,
    /// remainder with the sign of b, as Python's
    Mod,
    /// aᵇ
    Pow,
    /// smaller, NaN if either is
    Min,
    /// larger, NaN if either is
    Max,
    /// angle of (b, a)
    Atan2,
    /// √(a² + b²)
    Hypot,
    /// a < b
    Lt,
    /// a ≤ b
    Le,
    /// a > b
    Gt,
    /// a ≥ b
    Ge,
    /// a = b
    Eq,
    /// a ≠ b
    Ne,
    /// both non-zero
    And,
    /// either non-zero
    Or,
}

/// One step; operands are indices of earlier steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instr {
    /// The value of an input at this cell.
    Load(usize),
    /// A constant.
    Const(f64),
    /// A function of one operand.
    Unary(Unary, usize),
    /// A function of two operands.
    Binary(Binary, usize, usize),
    /// The second operand where the first is non-zero (and not NaN), else the third.
    Select(usize, usize, usize),
}

/// A straight-line program; its result is its last step.
///
/// Invariant: not empty; operands point to earlier steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Program {
    /// The steps.
    pub steps: Vec<Instr>,
}

impl Program {
    /// Adds a step and gives its index. An equal earlier step is used again.
    pub fn push(&mut self, step: Instr) -> usize {
        if let Some(at) = self.steps.iter().position(|s| same(s, &step)) {
            return at;
        }
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Makes `result` the last step, so that it is what the program gives.
    pub fn finish(&mut self, result: usize) {
        if result + 1 != self.steps.len() {
            // A product with 1 is exact for every value, NaN included.
            let one = self.push(Instr::Const(1.0));
            self.steps.push(Instr::Binary(Binary::Mul, result, one));
        }
    }

    /// Number of inputs it loads.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.steps.iter().map(|s| if let Instr::Load(i) = s { i + 1 } else { 0 }).max().unwrap_or(0)
    }

    /// What a step needs alone, as a program of its own, and the inputs that this loads, by their old numbers: the first
    /// `fixed` in their order, then as they come from left to right.
    #[must_use]
    pub fn of_step(&self, result: usize, fixed: usize) -> (Self, Vec<usize>) {
        let (mut needed, mut inputs) = (vec![false; self.steps.len()], Vec::new());
        let mut rest = vec![result];
        while let Some(at) = rest.pop() {
            if std::mem::replace(&mut needed[at], true) {
                continue;
            }
            match self.steps[at] {
                Instr::Load(input) => inputs.push(input),
                Instr::Const(_) => {}
                Instr::Unary(_, a) => rest.push(a),
                Instr::Binary(_, a, b) => rest.extend([b, a]),
                Instr::Select(c, a, b) => rest.extend([b, a, c]),
            }
        }
        inputs.sort_by_key(|&i| if i < fixed { i } else { fixed });
        let (mut out, mut at) = (Self::default(), vec![0; self.steps.len()]);
        for (i, step) in self.steps.iter().enumerate().filter(|(i, _)| needed[*i]) {
            at[i] = out.push(match *step {
                Instr::Load(old) => Instr::Load(inputs.iter().position(|n| *n == old).unwrap_or(0)),
                Instr::Const(c) => Instr::Const(c),
                Instr::Unary(f, a) => Instr::Unary(f, at[a]),
                Instr::Binary(f, a, b) => Instr::Binary(f, at[a], at[b]),
                Instr::Select(c, a, b) => Instr::Select(at[c], at[a], at[b]),
            });
        }
        out.finish(at[result]);
        (out, inputs)
    }

    /// Feeds the program to a hasher.
    pub fn key(&self, hasher: &mut dyn Hasher) {
        hasher.write(format!("{:?}", self.steps).as_bytes());
    }

    /// The program with `inner[i]` in the place of each `Load(i)`; `inner` gives for each input either its new number
    /// or a program over the new numbers.
    #[must_use]
    pub fn inline(&self, inner: &[std::result::Result<usize, &Self>]) -> Self {
        let mut out = Self::default();
        let mut at = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let new = match *step {
                Instr::Load(i) => match inner.get(i) {
                    Some(Ok(n)) => out.push(Instr::Load(*n)),
                    Some(Err(program)) => out.append(program),
                    None => out.push(Instr::Load(i)),
                },
                Instr::Const(c) => out.push(Instr::Const(c)),
                Instr::Unary(f, a) => out.push(Instr::Unary(f, at[a])),
                Instr::Binary(f, a, b) => out.push(Instr::Binary(f, at[a], at[b])),
                Instr::Select(c, a, b) => out.push(Instr::Select(at[c], at[a], at[b])),
            };
            at.push(new);
        }
        if let Some(&last) = at.last() {
            out.finish(last);
        }
        out
    }

    /// Appends another program's steps (its loads keep their numbers) and gives the index of its result.
    pub fn append(&mut self, other: &Self) -> usize {
        let mut at: Vec<usize> = Vec::with_capacity(other.steps.len());
        for step in &other.steps {
            let new = match *step {
                Instr::Load(i) => Instr::Load(i),
                Instr::Const(c) => Instr::Const(c),
                Instr::Unary(f, a) => Instr::Unary(f, at[a]),
                Instr::Binary(f, a, b) => Instr::Binary(f, at[a], at[b]),
                Instr::Select(c, a, b) => Instr::Select(at[c], at[a], at[b]),
            };
            at.push(self.push(new));
        }
        at.last().copied().unwrap_or(0)
    }
}

fn same(a: &Instr, b: &Instr) -> bool {
    match (a, b) {
        (Instr::Const(x), Instr::Const(y)) => x.to_bits() == y.to_bits(),
        _ => a == b,
    }
}
