//! The elementwise operation: a program run over blocks of cells that stay in cache, inputs broadcast by dimension name.

use super::integers::{self, IntegerLanes};
use super::lanes::{LANES, Lanes};
use super::program::Program;
use super::{ArrayMeta, Lookup, Op};
use crate::model::{Block, DType, Data, Error, Region, Result, Span, fast};
use std::any::Any;
use std::hash::{Hash, Hasher};

/// Runs a [`Program`] on each cell. Inputs are matched by dimension name; the result has the dimensions of all inputs in
/// the order of first appearance, as in xarray. Arithmetic is `f64`, of integers that this would round exact; the result is
/// stored as `dtype`.
#[derive(Debug, Clone)]
pub struct MapOp {
    program: Program,
    dtype: DType,
    /// The dimensions that each input has, or seems to have by what is looked up in it.
    inputs: Vec<Lookup>,
}

impl MapOp {
    /// A program over inputs with these dimension names, giving values of `dtype`.
    #[must_use]
    pub fn new(program: Program, dtype: DType, inputs: &[&ArrayMeta]) -> Self {
        Self { program, dtype, inputs: inputs.iter().map(|m| Lookup::plain(m)).collect() }
    }

    /// A program over arrays in which positions are looked up.
    pub(super) fn looking_up(program: Program, dtype: DType, inputs: Vec<Lookup>) -> Self {
        Self { program, dtype, inputs }
    }

    /// What is looked up in input `i`.
    pub(super) fn input(&self, i: usize) -> Option<&Lookup> {
        self.inputs.get(i)
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The type of the result.
    #[must_use]
    pub fn dtype(&self) -> &DType {
        &self.dtype
    }

    /// Names of the result's dimensions.
    fn out_dims(&self) -> Vec<&str> {
        let mut out: Vec<&str> = Vec::new();
        for name in self.inputs.iter().flat_map(|l| &l.dims) {
            if !out.contains(&name.as_str()) {
                out.push(name);
            }
        }
        out
    }

    /// For each dimension of input `i`, its position among the result's.
    fn places(&self, i: usize) -> Vec<usize> {
        let out = self.out_dims();
        self.inputs[i].dims.iter().filter_map(|d| out.iter().position(|o| o == d)).collect()
    }
}

impl Op for MapOp {
    fn id(&self) -> &'static str {
        "map"
    }

    fn key(&self, mut hasher: &mut dyn Hasher) {
        self.program.key(hasher);
        self.dtype.hash(&mut hasher);
        self.inputs.hash(&mut hasher);
    }

    fn describe(&self) -> String {
        format!("{} steps → {}", self.program.steps.len(), self.dtype)
    }

    fn infer(&self, inputs: &[&ArrayMeta]) -> Result<ArrayMeta> {
        if self.program.inputs() > inputs.len() || self.inputs.len() != inputs.len() {
            return Err(Error::internal(format!("a program of {} inputs got {}", self.program.inputs(), inputs.len())));
        }
        let mut meta = ArrayMeta { dims: Vec::new(), shape: Vec::new(), dtype: self.dtype.clone(), chunks: Vec::new() };
        for (lookup, input) in self.inputs.iter().zip(inputs) {
            if !input.dtype.is_numeric() {
                return Err(Error::invalid(format!("arithmetic on values of type {}", input.dtype)));
            }
            for (d, ((dim, &n), &c)) in lookup.dims.iter().zip(&input.shape).zip(&input.chunks).enumerate() {
                let n = lookup.len(d, n);
                match meta.dim(dim) {
                    None => {
                        meta.dims.push(dim.clone());
                        meta.shape.push(n);
                        meta.chunks.push(c);
                    }
                    Some(at) if meta.shape[at] != n => {
                        return Err(Error::invalid(format!(
                            "dimension {dim} has length {} here and {n} there",
                            meta.shape[at]
                        ))
                        .hint("select the common labels first"));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(meta)
    }

    fn needs(&self, out: &Region, inputs: &[&ArrayMeta]) -> Vec<Region> {
        let span = |p: usize| out.0.get(p).copied().unwrap_or(Span::new(0, 0));
        let of = |i: usize| self.places(i).iter().enumerate().map(|(d, &p)| self.inputs[i].needs(d, span(p))).collect();
        (0..inputs.len()).map(|i| Region(of(i))).collect()
    }

    fn scratch_bytes(&self, _out: &Region) -> u64 {
        (self.program.steps.len() * LANES * size_of::<i128>()) as u64
    }

    fn takes_more(&self) -> bool {
        true
    }

    fn compute(&self, out: &Region, inputs: &[(&Region, &Block)]) -> Result<Block> {
        let shape = out.shape();
        let cells: usize = shape.iter().product();
        let mut readers = Vec::with_capacity(inputs.len());
        for (i, (region, block)) in inputs.iter().enumerate() {
            readers.push(Reader::new(block, &self.places(i), &self.inputs[i], region, out));
        }
        let mut result = Data::with_capacity(&self.dtype, cells);
        let parts = (0..cells).step_by(LANES).map(|at| (at, LANES.min(cells - at)));
        let blocks: Vec<&Block> = inputs.iter().map(|(_, block)| *block).collect();
        let whole = integers::whole(&self.program, &self.dtype, &blocks);
        if whole && integers::rounds(&self.program, &blocks) {
            let mut lanes = IntegerLanes::new(&self.program, LANES.min(cells));
            for (at, n) in parts {
                lanes.run(n, |input, lane| load(&readers, input, at, lane));
                integers::store(&mut result, lanes.result(n))?;
            }
        } else {
            let mut lanes = Lanes::new(&self.program);
            for (at, n) in parts {
                lanes.run(n, |input, lane| load(&readers, input, at, lane));
                store(&mut result, lanes.result(n), whole)?;
            }
        }
        Block::new(shape, result)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What lanes hold.
trait Number: Copy {
    /// Neighbours from `at` on.
    fn run(data: &Data, at: usize, lane: &mut [Self]);
    /// One cell.
    fn one(data: &Data, at: usize) -> Self;
}

impl Number for f64 {
    fn run(data: &Data, at: usize, lane: &mut [Self]) {
        convert(data, at, lane);
    }

    fn one(data: &Data, at: usize) -> Self {
        data.f64(at)
    }
}

impl Number for i128 {
    fn run(data: &Data, at: usize, lane: &mut [Self]) {
        lane.iter_mut().enumerate().for_each(|(i, x)| *x = Self::one(data, at + i));
    }

    fn one(data: &Data, at: usize) -> Self {
        data.whole(at).unwrap_or(0)
    }
}

fn load<N: Number>(readers: &[Reader<'_>], input: usize, at: usize, lane: &mut [N]) {
    if let Some(reader) = readers.get(input) {
        reader.load(at, lane);
    }
}

/// Reads runs of an input as if it had the result's shape.
struct Reader<'a> {
    data: &'a Data,
    /// Lengths of the result's dimensions and how far apart this input's cells are along them, slowest first.
    walk: Vec<(usize, Along)>,
    /// The first cell, where the block begins before the result.
    first: usize,
    /// Whether the input has the result's very shape and order.
    direct: bool,
}

/// Where the cells of an input stand along one dimension of the result.
#[derive(Clone)]
enum Along {
    /// So far apart; 0 where broadcast.
    Stride(usize),
    /// At these offsets.
    Table(Vec<usize>),
}

impl Along {
    fn at(&self, i: usize) -> usize {
        match self {
            Self::Stride(s) => i * s,
            Self::Table(table) => table.get(i).copied().unwrap_or(0),
        }
    }
}

impl<'a> Reader<'a> {
    fn new(block: &'a Block, places: &[usize], lookup: &Lookup, region: &Region, out: &Region) -> Self {
        let mut along = vec![Along::Stride(0); out.0.len()];
        let (mut step, mut beginning) = (1, 0);
        for (d, &p) in places.iter().enumerate().rev() {
            along[p] = match &lookup.tables[d] {
                None => {
                    beginning += out.0[p].start.saturating_sub(region.0[d].start) * step;
                    Along::Stride(step)
                }
                Some(table) => {
                    let (span, first) = (out.0[p], region.0[d].start);
                    let part = table.get(span.start..span.end()).unwrap_or(&[]);
                    Along::Table(part.iter().map(|at| at.saturating_sub(first) * step).collect())
                }
            };
            step *= block.shape()[d];
        }
        let same = places.len() == out.0.len() && places.windows(2).all(|w| w[0] < w[1]);
        let direct = same && lookup.is_plain() && region == out;
        Self { data: block.data(), walk: out.shape().into_iter().zip(along).collect(), first: beginning, direct }
    }

    /// Fills `lane` with the cells `at..at + lane.len()` of the result's order.
    fn load<N: Number>(&self, at: usize, lane: &mut [N]) {
        if self.direct {
            return N::run(self.data, at, lane);
        }
        let Some(((inner, along), outer)) = self.walk.split_last() else {
            return N::run(self.data, self.first, lane);
        };
        let mut done = 0;
        while done < lane.len() {
            let cell = at + done;
            let (mut rest, mut origin) = (cell / inner, self.first);
            for (n, along) in outer.iter().rev() {
                origin += along.at(rest % n);
                rest /= n;
            }
            let first = cell % inner;
            let run = (inner - first).min(lane.len() - done);
            let target = &mut lane[done..done + run];
            match along {
                Along::Stride(0) => target.fill(N::one(self.data, origin)),
                Along::Stride(1) => N::run(self.data, origin + first, target),
                _ => {
                    let cells = target.iter_mut().enumerate();
                    cells.for_each(|(i, x)| *x = N::one(self.data, origin + along.at(first + i)));
                }
            }
            done += run;
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    reason = "lanes are f64 by design"
)]
fn convert(data: &Data, at: usize, lane: &mut [f64]) {
    fast(
        #[inline(always)]
        || {
            crate::with_data!(data, v => {
                for (x, &y) in lane.iter_mut().zip(&v[at..]) {
                    *x = y as f64;
                }
            }, _t => lane.fill(f64::NAN));
        },
    );
}

/// Stored as the type asked for: whole numbers of whole numbers wrap as numpy's do, others stay within the range.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "documented")]
fn store(result: &mut Data, lane: &[f64], wraps: bool) -> Result<()> {
    macro_rules! put {
        ($v:ident, $t:ty) => {
            fast(
                #[inline(always)]
                || {
                    let beyond = |any: bool, &x: &f64| any | (x < <$t>::MIN as f64) | (x > <$t>::MAX as f64);
                    if wraps && lane.iter().fold(false, beyond) {
                        $v.extend(lane.iter().map(|&x| x as i64 as $t));
                    } else {
                        $v.extend(lane.iter().map(|&x| x as $t));
                    }
                },
            )
        };
        ($v:ident) => {
            fast(
                #[inline(always)]
                || $v.extend(lane.iter().map(|&x| x as f32)),
            )
        };
    }
    match result {
        Data::I8(v) => put!(v, i8),
        Data::I16(v) => put!(v, i16),
        Data::I32(v) => put!(v, i32),
        Data::I64(v) => put!(v, i64),
        Data::U8(v) => put!(v, u8),
        Data::U16(v) => put!(v, u16),
        Data::U32(v) => put!(v, u32),
        Data::U64(v) => put!(v, u64),
        Data::F32(v) => put!(v),
        Data::F64(v) => v.extend_from_slice(lane),
        Data::Text(_) => return Err(Error::internal("arithmetic cannot give text")),
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::MapOp;
    use crate::model::{Block, DType, Data, Region};
    use crate::plan::{Binary, Instr, Node, Op, Program, Unary};

    fn run(steps: &[Instr], dtype: DType, inputs: &[(&[&str], Block)]) -> Block {
        let nodes: Vec<_> = inputs
            .iter()
            .map(|(d, b)| Node::literal(d.iter().map(|d| (*d).to_owned()).collect(), b.clone()).unwrap())
            .collect();
        let metas: Vec<_> = nodes.iter().map(|n| n.meta()).collect();
        let op = MapOp::new(Program { steps: steps.to_vec() }, dtype, &metas);
        let out = Region::all(&op.infer(&metas).unwrap().shape);
        let needs = op.needs(&out, &metas);
        let blocks: Vec<_> = needs.iter().zip(inputs).map(|(r, (_, b))| b.slice(r).unwrap()).collect();
        let pairs: Vec<_> = needs.iter().zip(&blocks).collect();
        op.compute(&out, &pairs).unwrap()
    }

    #[test]
    fn inputs_are_matched_by_name_whatever_their_order() {
        let a = Block::new(vec![2, 3], Data::I16(vec![1, 2, 3, 4, 5, 6])).unwrap();
        let b = Block::new(vec![3, 2], Data::I16(vec![10, 20, 30, 40, 50, 60])).unwrap();
        let c = Block::new(vec![], Data::F32(vec![0.5])).unwrap();
        let steps = [
            Instr::Load(0),
            Instr::Load(1),
            Instr::Binary(Binary::Add, 0, 1),
            Instr::Load(2),
            Instr::Binary(Binary::Add, 2, 3),
        ];
        let out = run(&steps, DType::F64, &[(&["y", "x"], a), (&["x", "y"], b), (&[], c)]);
        assert_eq!(out.shape(), &[2, 3]);
        assert_eq!(out.data(), &Data::F64(vec![11.5, 32.5, 53.5, 24.5, 45.5, 66.5]));
    }

    /// Values from numpy 2: `np.mod`, `np.floor_divide`, `np.minimum`, comparisons with NaN.
    #[test]
    fn functions_follow_numpy() {
        let nan = f64::NAN;
        let a = Block::new(vec![4], Data::F64(vec![-7.0, 7.0, nan, 2.5])).unwrap();
        let b = Block::new(vec![4], Data::F64(vec![3.0, -3.0, 1.0, nan])).unwrap();
        let two = |f| {
            let steps = [Instr::Load(0), Instr::Load(1), Instr::Binary(f, 0, 1)];
            run(&steps, DType::F64, &[(&["x"], a.clone()), (&["x"], b.clone())]).data().to_f64()
        };
        assert_eq!(two(Binary::Mod)[..2], [2.0, -2.0]);
        assert_eq!(two(Binary::FloorDiv)[..2], [-3.0, -3.0]);
        assert_eq!(two(Binary::Lt), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(two(Binary::Ne), [1.0, 1.0, 1.0, 1.0]);
        let least = two(Binary::Min);
        assert!(least[..2] == [-7.0, -3.0] && least[2].is_nan() && least[3].is_nan());
        let bytes = Block::new(vec![3], Data::I8(vec![-1, -128, 127])).unwrap();
        let steps = [Instr::Load(0), Instr::Unary(Unary::Unsigned(8), 0)];
        let out = run(&steps, DType::U8, &[(&["x"], bytes)]);
        assert_eq!(out.data(), &Data::U8(vec![255, 128, 127]));
    }

    /// Values from numpy 2, int64 and uint64: sums wrap, quotients round down, what is divided by 0 is 0.
    #[test]
    fn integers_that_floats_would_round_are_exact() {
        let far = 1_i64 << 60;
        let a = Block::new(vec![4], Data::I64(vec![far + 1, -far - 3, i64::MAX, 7])).unwrap();
        let b = Block::new(vec![4], Data::I64(vec![far, 2, 1, 0])).unwrap();
        let two = |f, dtype| {
            let steps = [Instr::Load(0), Instr::Load(1), Instr::Binary(f, 0, 1)];
            run(&steps, dtype, &[(&["x"], a.clone()), (&["x"], b.clone())]).into_data()
        };
        assert_eq!(two(Binary::Sub, DType::I64), Data::I64(vec![1, -far - 5, i64::MAX - 1, 7]));
        assert_eq!(two(Binary::Add, DType::I64), Data::I64(vec![2 * far + 1, -far - 1, i64::MIN, 7]));
        assert_eq!(two(Binary::FloorDiv, DType::I64), Data::I64(vec![1, -far / 2 - 2, i64::MAX, 0]));
        assert_eq!(two(Binary::Mod, DType::I64), Data::I64(vec![1, 1, 0, 0]));
        assert_eq!(two(Binary::Gt, DType::Bool), Data::U8(vec![1, 0, 1, 1]));
        assert_eq!(two(Binary::Max, DType::I64), Data::I64(vec![far + 1, 2, i64::MAX, 7]));
        let square = [Instr::Load(0), Instr::Const(2.0), Instr::Binary(Binary::Pow, 0, 1)];
        let ids = Block::new(vec![2], Data::U64(vec![3_000_000_001, u64::MAX])).unwrap();
        let out = run(&square, DType::U64, &[(&["x"], ids.clone())]);
        assert_eq!(out.data(), &Data::U64(vec![9_000_000_006_000_000_001, 1]));
        let divided = |f: Binary, a: i32, b: i32| {
            let one = |x| Block::new(vec![1], Data::I32(vec![x])).unwrap();
            let steps = [Instr::Load(0), Instr::Load(1), Instr::Binary(f, 0, 1)];
            run(&steps, DType::I32, &[(&["x"], one(a)), (&["x"], one(b))]).data().f64(0)
        };
        for (a, b, quotient, rest) in
            [(7, 2, 3., 1.), (-7, 2, -4., 1.), (7, -2, -4., -1.), (-7, -2, 3., -1.), (5, 0, 0., 0.)]
        {
            assert_eq!((divided(Binary::FloorDiv, a, b), divided(Binary::Mod, a, b)), (quotient, rest), "{a} {b}");
        }
        // numpy 2, narrow ones: int8, int16, uint8, int32, of which floats would round the product.
        let of = |f, a: Data, b: Data| {
            let (dtype, one) = (a.dtype(), |x| Block::new(vec![1], x).unwrap());
            let steps = [Instr::Load(0), Instr::Load(1), Instr::Binary(f, 0, 1)];
            run(&steps, dtype, &[(&["x"], one(a)), (&["x"], one(b))]).data().f64(0)
        };
        assert_eq!(of(Binary::Add, Data::I8(vec![127]), Data::I8(vec![2])), -127.0);
        assert_eq!(of(Binary::Mul, Data::I16(vec![300]), Data::I16(vec![-300])), -24464.0);
        assert_eq!(of(Binary::Sub, Data::U8(vec![3]), Data::U8(vec![4])), 255.0);
        assert_eq!(of(Binary::Mul, Data::I32(vec![1_234_567_891]), Data::I32(vec![987_654_323])), -1_509_707_383.0);
        // Halves are no whole numbers: such programs compute in floats.
        let half = [Instr::Load(0), Instr::Const(0.5), Instr::Binary(Binary::Mul, 0, 1)];
        assert_eq!(run(&half, DType::F64, &[(&["x"], ids)]).data().f64(0), 1_500_000_000.5);
    }
}
