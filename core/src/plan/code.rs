//! A program made ready to run: what neighbouring steps do together is joined, constants stay out of the lanes, and a lane
//! is used again as soon as nobody needs what it holds. Every number comes out as the program says, to the last bit.

use super::program::{Binary, Instr, Program, Unary};

/// An operand: the lane of that number, or one value for all cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arg {
    Lane(usize),
    One(f64),
}

/// What fills a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Code {
    /// An input.
    Load(usize),
    Unary(Unary, usize),
    Binary(Binary, Arg, Arg),
    /// The second where the first is non-zero (and not NaN), else the third.
    Select(usize, Arg, Arg),
    /// x · factor + offset, rounded twice.
    Linear {
        x: usize,
        factor: f64,
        offset: f64,
    },
    /// NaN where x is this very number, else the value.
    Mask {
        x: usize,
        lack: f64,
        value: usize,
    },
    /// NaN where x is this very number, else x · factor + offset.
    Decode {
        x: usize,
        lack: f64,
        factor: f64,
        offset: f64,
    },
}

/// Ready to run.
#[derive(Debug, Clone, Default)]
pub(super) struct Compiled {
    /// In order: what is computed, and into which lane.
    pub(super) steps: Vec<(Code, usize)>,
    /// Lanes that hold one value from the beginning.
    pub(super) filled: Vec<(usize, f64)>,
    /// Number of lanes.
    pub(super) lanes: usize,
    /// The lane of the result.
    pub(super) result: usize,
}

impl Compiled {
    pub(super) fn new(program: &Program) -> Self {
        let codes = codes(program);
        let last = codes.len().saturating_sub(1);
        // The last step that reads each value; the result is read at the end.
        let mut until = vec![0; codes.len()];
        for (i, code) in codes.iter().enumerate() {
            code.iter().flat_map(reads).for_each(|read| until[read] = i);
        }
        if let Some(result) = until.last_mut() {
            *result = usize::MAX;
        }
        let mut out = Self::default();
        let mut lane_of = vec![0; codes.len()];
        for (i, step) in program.steps.iter().enumerate() {
            // A constant that is read as a lane keeps one.
            if let (Instr::Const(c), true) = (step, until[i] > 0) {
                lane_of[i] = out.lanes;
                out.filled.push((out.lanes, *c));
                out.lanes += 1;
            }
        }
        let mut free = Vec::new();
        for (i, code) in codes.iter().enumerate() {
            let Some(code) = code else { continue };
            lane_of[i] = free.pop().unwrap_or_else(|| {
                out.lanes += 1;
                out.lanes - 1
            });
            out.steps.push((renumbered(code, &lane_of), lane_of[i]));
            let mut done: Vec<usize> = reads(code).collect();
            done.sort_unstable();
            done.dedup();
            free.extend(done.into_iter().filter(|&r| until[r] == i && codes[r].is_some()).map(|r| lane_of[r]));
        }
        out.result = lane_of.get(last).copied().unwrap_or(0);
        out
    }
}

/// For each step what computes it; none for constants and for steps that another one does on the way.
fn codes(program: &Program) -> Vec<Option<Code>> {
    let steps = &program.steps;
    let mut uses = vec![0; steps.len()];
    for step in steps {
        match *step {
            Instr::Load(_) | Instr::Const(_) => {}
            Instr::Unary(_, a) => uses[a] += 1,
            Instr::Binary(_, a, b) => [a, b].iter().for_each(|&a| uses[a] += 1),
            Instr::Select(c, a, b) => [c, a, b].iter().for_each(|&a| uses[a] += 1),
        }
    }
    let constant = |a: usize| if let Instr::Const(c) = steps[a] { Some(c) } else { None };
    let arg = |a: usize| constant(a).map_or(Arg::Lane(a), Arg::One);
    let mut codes: Vec<Option<Code>> = Vec::with_capacity(steps.len());
    for step in steps {
        let code = match *step {
            Instr::Const(_) => None,
            Instr::Load(input) => Some(Code::Load(input)),
            Instr::Unary(f, a) => Some(Code::Unary(f, a)),
            Instr::Binary(Binary::Add, a, b) => {
                let product = |m: usize, offset: usize| match (&codes[m], constant(offset)) {
                    (Some(Code::Binary(Binary::Mul, Arg::Lane(x), Arg::One(factor))), Some(offset)) if uses[m] == 1 => {
                        Some((m, Code::Linear { x: *x, factor: *factor, offset }))
                    }
                    _ => None,
                };
                let joined = product(a, b).or_else(|| product(b, a));
                Some(joined.map_or(Code::Binary(Binary::Add, arg(a), arg(b)), |(m, code)| {
                    codes[m] = None;
                    code
                }))
            }
            Instr::Binary(f, a, b) if in_lanes(f) => Some(Code::Binary(f, Arg::Lane(a), Arg::Lane(b))),
            // A product is the same both ways.
            Instr::Binary(Binary::Mul, a, b) if constant(a).is_some() => {
                Some(Code::Binary(Binary::Mul, arg(b), arg(a)))
            }
            Instr::Binary(f, a, b) => Some(Code::Binary(f, arg(a), arg(b))),
            Instr::Select(c, a, b) => match (&codes[c], constant(a), &codes[b]) {
                (Some(Code::Binary(Binary::Eq, Arg::Lane(x), Arg::One(lack))), Some(nan), value)
                    if nan.is_nan() && uses[c] == 1 && value.is_some() =>
                {
                    let (x, lack) = (*x, *lack);
                    let linear = match value {
                        Some(Code::Linear { x: of, factor, offset }) if *of == x && uses[b] == 1 => {
                            Some((*factor, *offset))
                        }
                        _ => None,
                    };
                    codes[c] = None;
                    match linear {
                        Some((factor, offset)) => {
                            codes[b] = None;
                            Some(Code::Decode { x, lack, factor, offset })
                        }
                        None => Some(Code::Mask { x, lack, value: b }),
                    }
                }
                _ => Some(Code::Select(c, arg(a), arg(b))),
            },
        };
        codes.push(code);
    }
    codes
}

/// Functions whose operands stand in lanes always.
fn in_lanes(f: Binary) -> bool {
    matches!(f, Binary::Atan2 | Binary::Hypot | Binary::FloorDiv | Binary::Mod)
}

/// The lanes that are read.
fn reads(code: &Code) -> impl Iterator<Item = usize> + use<> {
    let lane = |arg: Arg| if let Arg::Lane(a) = arg { Some(a) } else { None };
    match *code {
        Code::Load(_) => [None; 3],
        Code::Unary(_, a) | Code::Linear { x: a, .. } | Code::Decode { x: a, .. } => [Some(a), None, None],
        Code::Binary(_, a, b) => [lane(a), lane(b), None],
        Code::Select(c, a, b) => [Some(c), lane(a), lane(b)],
        Code::Mask { x, value, .. } => [Some(x), Some(value), None],
    }
    .into_iter()
    .flatten()
}

fn renumbered(code: &Code, lane_of: &[usize]) -> Code {
    let of = |a: usize| lane_of[a];
    let arg = |arg: Arg| if let Arg::Lane(a) = arg { Arg::Lane(of(a)) } else { arg };
    match *code {
        Code::Load(input) => Code::Load(input),
        Code::Unary(f, a) => Code::Unary(f, of(a)),
        Code::Binary(f, a, b) => Code::Binary(f, arg(a), arg(b)),
        Code::Select(c, a, b) => Code::Select(of(c), arg(a), arg(b)),
        Code::Linear { x, factor, offset } => Code::Linear { x: of(x), factor, offset },
        Code::Mask { x, lack, value } => Code::Mask { x: of(x), lack, value: of(value) },
        Code::Decode { x, lack, factor, offset } => Code::Decode { x: of(x), lack, factor, offset },
    }
}

#[cfg(test)]
mod tests {
    use super::{Arg, Code, Compiled};
    use crate::plan::program::{Binary, Instr, Program, Unary};

    /// NaN where the input is −9, else input · 0.5 + 3.
    fn decoding(p: &mut Program, input: usize) -> usize {
        let x = p.push(Instr::Load(input));
        let (half, three) = (p.push(Instr::Const(0.5)), p.push(Instr::Const(3.0)));
        let scaled = p.push(Instr::Binary(Binary::Mul, x, half));
        let value = p.push(Instr::Binary(Binary::Add, scaled, three));
        let (fill, nan) = (p.push(Instr::Const(-9.0)), p.push(Instr::Const(f64::NAN)));
        let lacks = p.push(Instr::Binary(Binary::Eq, x, fill));
        p.push(Instr::Select(lacks, nan, value))
    }

    #[test]
    fn decoding_is_one_step_and_lanes_are_used_again() {
        let mut p = Program::default();
        let (u, v) = (decoding(&mut p, 0), decoding(&mut p, 1));
        let (uu, vv) = (p.push(Instr::Binary(Binary::Mul, u, u)), p.push(Instr::Binary(Binary::Mul, v, v)));
        let sum = p.push(Instr::Binary(Binary::Add, uu, vv));
        p.push(Instr::Unary(Unary::Sqrt, sum));
        let compiled = Compiled::new(&p);
        assert_eq!(compiled.steps.len(), 8, "{:?}", compiled.steps);
        assert!(matches!(compiled.steps[1].0, Code::Decode { lack: -9.0, factor: 0.5, offset: 3.0, .. }));
        assert!(compiled.lanes <= 3, "{} lanes", compiled.lanes);
        assert!(compiled.filled.is_empty());
        for (code, out) in &compiled.steps {
            assert!(super::reads(code).all(|read| read != *out), "{code:?} writes what it reads");
        }
    }

    #[test]
    fn what_is_used_elsewhere_is_kept() {
        let mut p = Program::default();
        let x = p.push(Instr::Load(0));
        let two = p.push(Instr::Const(2.0));
        let twice = p.push(Instr::Binary(Binary::Mul, two, x));
        let sum = p.push(Instr::Binary(Binary::Add, twice, two));
        p.push(Instr::Binary(Binary::Atan2, sum, twice));
        let compiled = Compiled::new(&p);
        let codes: Vec<Code> = compiled.steps.iter().map(|(c, _)| *c).collect();
        assert!(matches!(codes[1], Code::Binary(Binary::Mul, Arg::Lane(_), Arg::One(2.0))), "{codes:?}");
        assert!(matches!(codes[2], Code::Binary(Binary::Add, Arg::Lane(_), Arg::One(2.0))), "{codes:?}");
        let mut p = Program::default();
        let one = p.push(Instr::Const(1.0));
        p.push(Instr::Unary(Unary::Sin, one));
        assert_eq!(Compiled::new(&p).filled, [(0, 1.0)], "a function of a constant reads it from a lane");
        let mut p = Program::default();
        p.push(Instr::Const(4.0));
        let alone = Compiled::new(&p);
        assert_eq!((alone.filled, alone.result), (vec![(0, 4.0)], 0));
    }
}
