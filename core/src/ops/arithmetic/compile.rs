//! Makes a program of an expression: variables become inputs, types follow numpy, and the same is written as Python.

use super::define::{Function, Functions};
use super::functions::{CONSTANTS, Gives, ONE, TWO, names};
use super::parse::{Expr, Infix, Prefix, parse};
use crate::model::{Block, DType, Data, Error, Result};
use crate::ops::{nearest, python};
use crate::plan::{ArrayMeta, AxisValues, Binary, Dataset, Instr, MapOp, Node, Program, Unary};
use std::sync::Arc;

/// Deepest nesting and most operations of an expression, its functions written out.
const DEEPEST: usize = 250;
const MOST: usize = 10_000;

/// A type as numpy's promotion sees it (NEP 50): a bare number has the type of what it meets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Whole,
    Real,
    Of(DType),
}

/// What is known of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Units {
    /// A bare number: whatever it meets.
    Bare,
    Known(String),
    Unknown,
}

/// A compiled part of an expression.
#[derive(Debug, Clone)]
struct Part {
    at: usize,
    kind: Kind,
    units: Units,
    python: String,
    /// How tightly the Python text binds; 9 for what needs no brackets.
    binds: u8,
}

/// Programs under construction over one dataset.
pub(crate) struct Compiler<'a> {
    ds: &'a Dataset,
    functions: &'a Functions,
    program: Program,
    inputs: Vec<Arc<Node>>,
    /// How many inputs stood there before the first expression: their dimensions come first.
    loaded: Option<usize>,
    /// The function of the person's own that is being written out, and its arguments.
    inside: Option<(&'a Function, Vec<Part>)>,
    depth: usize,
    parts: usize,
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Compiled(Part);

impl Compiled {
    /// The type of the result.
    pub(crate) fn dtype(&self) -> DType {
        match &self.0.kind {
            Kind::Whole => DType::I64,
            Kind::Real => DType::F64,
            Kind::Of(dtype) => dtype.clone(),
        }
    }

    /// The type of a choice between this and values of another type.
    pub(crate) fn dtype_with(&self, other: &DType) -> DType {
        Self(Part { kind: promote(&self.0.kind, &Kind::Of(other.plain())), ..self.0.clone() }).dtype()
    }

    /// The unit, where it follows from those of the operands.
    pub(crate) fn units(&self) -> Option<&str> {
        match &self.0.units {
            Units::Known(units) => Some(units),
            Units::Bare | Units::Unknown => None,
        }
    }

    /// The Python expression over `ds`.
    pub(crate) fn python(&self) -> &str {
        &self.0.python
    }

    /// Its place in the program.
    pub(crate) fn at(&self) -> usize {
        self.0.at
    }
}

impl<'a> Compiler<'a> {
    /// An empty program over the variables of a dataset, with these functions beside the built-in ones.
    pub(crate) fn new(ds: &'a Dataset, functions: &'a Functions) -> Self {
        let (program, inputs) = (Program::default(), Vec::new());
        Self { ds, functions, program, inputs, loaded: None, inside: None, depth: 0, parts: 0 }
    }

    /// The values of a node at each cell.
    pub(crate) fn load(&mut self, node: &Arc<Node>) -> usize {
        let input = self.inputs.iter().position(|n| n.key() == node.key()).unwrap_or_else(|| {
            self.inputs.push(Arc::clone(node));
            self.inputs.len() - 1
        });
        self.program.push(Instr::Load(input))
    }

    /// Adds an instruction.
    pub(crate) fn push(&mut self, instr: Instr) -> usize {
        self.program.push(instr)
    }

    /// Reads and compiles an expression.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for text that is no expression or types that do not fit,
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown name.
    pub(crate) fn compile(&mut self, text: &str) -> Result<Compiled> {
        self.loaded.get_or_insert(self.inputs.len());
        self.part(&parse(text)?).map(Compiled)
    }

    /// The body of a function as Python, its arguments taken for floats.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub(crate) fn body(mut self, function: &'a Function) -> Result<String> {
        let at = self.push(Instr::Const(0.0));
        let float = Part { at, kind: Kind::Of(DType::F64), units: Units::Unknown, python: String::new(), binds: 9 };
        let named = function.arguments().iter().map(|a| Part { python: a.clone(), ..float.clone() }).collect();
        self.inside = Some((function, named));
        Ok(self.part(function.body())?.python)
    }

    /// The node that runs the program, giving what stands at `result` as values of `dtype`.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) where dimensions of operands differ in length.
    pub(crate) fn node(self, result: usize, dtype: DType) -> Result<Arc<Node>> {
        let (program, inputs) = self.program.of_step(result, self.loaded.unwrap_or(0));
        let inputs: Vec<Arc<Node>> = inputs.iter().filter_map(|&i| self.inputs.get(i).cloned()).collect();
        let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| n.meta()).collect();
        let op = MapOp::new(program, dtype, &metas);
        Node::op(Arc::new(op), inputs)
    }

    fn part(&mut self, expr: &Expr) -> Result<Part> {
        (self.depth, self.parts) = (self.depth + 1, self.parts + 1);
        if self.depth > DEEPEST || self.parts > MOST {
            let (limit, what) = if self.depth > DEEPEST { (DEEPEST, "levels") } else { (MOST, "operations") };
            return Err(Error::invalid(format!("more than {limit} {what} once all functions are written out"))
                .hint("compute parts of it as variables of their own first"));
        }
        let part = self.any(expr)?;
        self.depth -= 1;
        Ok(part)
    }

    fn any(&mut self, expr: &Expr) -> Result<Part> {
        match expr {
            Expr::Number(x, whole) => Ok(self.constant(*x, *whole)),
            Expr::Name(name) => self.name(name),
            Expr::Prefix(Prefix::Minus, x) => {
                if let Expr::Number(x, whole) = **x {
                    let part = self.constant(-x, whole);
                    return Ok(Part { binds: 7, ..part });
                }
                let x = self.part(x)?;
                let x = self.whole_from_truth(x);
                let python = format!("-{}", bracket(&x, 7));
                Ok(Part { at: self.push(Instr::Unary(Unary::Neg, x.at)), python, binds: 7, ..x })
            }
            Expr::Prefix(Prefix::Not, x) => {
                let x = self.part(x)?;
                let at = self.push(Instr::Unary(Unary::Not, x.at));
                Ok(truth(at, format!("np.logical_not({})", x.python)))
            }
            Expr::Infix(op, a, b) => {
                let (a, b) = (self.part(a)?, self.part(b)?);
                self.infix(*op, a, b)
            }
            Expr::Call(name, args) => self.call(name, args),
        }
    }

    fn constant(&mut self, x: f64, whole: bool) -> Part {
        let python = if whole { format!("{x}") } else { python::number(x) };
        let kind = if whole { Kind::Whole } else { Kind::Real };
        Part { at: self.push(Instr::Const(x)), kind, units: Units::Bare, python, binds: 9 }
    }

    fn name(&mut self, name: &str) -> Result<Part> {
        if let Some((function, parts)) = &self.inside {
            let arguments = function.arguments();
            let found = arguments.iter().position(|a| a == name).and_then(|at| parts.get(at)).cloned();
            let near = nearest(name, arguments.iter().map(String::as_str)).map(|n| format!("did you mean {n}?"));
            return found.or_else(|| self.constant_named(name)).ok_or_else(|| {
                let alone = || "a function sees nothing but its arguments: add it to them".to_owned();
                Error::not_found(format!("no argument {name}")).hint(near.unwrap_or_else(alone))
            });
        }
        let python = format!("ds[{}]", python::quote(name));
        if let Some(var) = self.ds.var(name) {
            let dtype = var.node.meta().dtype.plain();
            if !dtype.is_numeric() {
                return Err(Error::invalid(format!("{name} holds {dtype}, not numbers")));
            }
            let units = var.attrs.text("units").map_or(Units::Unknown, |u| Units::Known(u.to_owned()));
            return Ok(Part { at: self.load(&var.node), kind: Kind::Of(dtype), units, python, binds: 9 });
        }
        if let Some(axis) = self.ds.axis(name) {
            let data = match &axis.values {
                AxisValues::Number(v) => Data::F64(v.to_vec()),
                AxisValues::Index(n) => Data::I64((0..*n).filter_map(|i| i64::try_from(i).ok()).collect()),
                AxisValues::Time { .. } | AxisValues::Text(_) => {
                    return Err(Error::invalid(format!("the labels of {name} are not numbers"))
                        .hint("sel takes dates and names"));
                }
            };
            let units = axis.attrs.text("units").map_or(Units::Unknown, |u| Units::Known(u.to_owned()));
            let kind = Kind::Of(data.dtype());
            let node = Node::literal(vec![name.to_owned()], Block::new(vec![data.len()], data)?)?;
            return Ok(Part { at: self.load(&node), kind, units, python, binds: 9 });
        }
        if let Some(constant) = self.constant_named(name) {
            return Ok(constant);
        }
        let known: Vec<&str> =
            self.ds.vars.iter().map(|v| v.name.as_str()).chain(self.ds.axes.iter().map(|a| a.name.as_str())).collect();
        let error = Error::not_found(format!("no variable {name}"));
        Err(match nearest(name, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("there are: {}", known.join(", "))),
        })
    }

    fn constant_named(&mut self, name: &str) -> Option<Part> {
        let (_, x) = CONSTANTS.iter().find(|(n, _)| *n == name)?;
        Some(Part { python: format!("np.{name}"), ..self.constant(*x, false) })
    }

    /// A function of the person's own, written out.
    fn inline(&mut self, function: &'a Function, parts: Vec<Part>) -> Result<Part> {
        let wanted = function.arguments();
        if parts.len() != wanted.len() {
            let (name, wanted) = (function.name(), wanted.len());
            return Err(Error::invalid(format!("{name} takes {wanted} values, not {} of them", parts.len()))
                .hint(format!("it is {}", function.text())));
        }
        // Truth values count as 0 and 1, as Python's function must do whatever it is given.
        let parts: Vec<Part> = parts.into_iter().map(|p| self.whole_from_truth(p)).collect();
        let python = parts.iter().map(|p| p.python.as_str()).collect::<Vec<_>>().join(", ");
        let named = parts.iter().zip(wanted).map(|(p, a)| Part { python: a.clone(), binds: 9, ..p.clone() }).collect();
        let outer = self.inside.replace((function, named));
        let result = self.part(function.body()).map_err(|e| e.within(function.name()));
        self.inside = outer;
        Ok(Part { python: format!("{}({python})", function.name()), binds: 9, ..result? })
    }

    fn infix(&mut self, op: Infix, a: Part, b: Part) -> Result<Part> {
        let (instr, sign, binds) = match op {
            Infix::Add => (Binary::Add, "+", 5),
            Infix::Sub => (Binary::Sub, "-", 5),
            Infix::Mul => (Binary::Mul, "*", 6),
            Infix::Div => (Binary::Div, "/", 6),
            Infix::FloorDiv => (Binary::FloorDiv, "//", 6),
            Infix::Mod => (Binary::Mod, "%", 6),
            Infix::Pow => (Binary::Pow, "**", 8),
            Infix::Lt => (Binary::Lt, "<", 3),
            Infix::Le => (Binary::Le, "<=", 3),
            Infix::Gt => (Binary::Gt, ">", 3),
            Infix::Ge => (Binary::Ge, ">=", 3),
            Infix::Eq => (Binary::Eq, "==", 3),
            Infix::Ne => (Binary::Ne, "!=", 3),
            Infix::And => (Binary::And, "logical_and", 9),
            Infix::Or => (Binary::Or, "logical_or", 9),
        };
        if binds == 9 {
            let at = self.push(Instr::Binary(instr, a.at, b.at));
            return Ok(truth(at, format!("np.{sign}({}, {})", a.python, b.python)));
        }
        if binds == 3 {
            let at = self.push(Instr::Binary(instr, a.at, b.at));
            let test = Part { binds, ..truth(at, format!("{} {sign} {}", bracket(&a, 4), bracket(&b, 4))) };
            return if long(&promote(&a.kind, &b.kind)) { self.apart(test) } else { Ok(test) };
        }
        let a = if b.kind == Kind::Of(DType::Bool) { self.whole_from_truth(a) } else { a };
        let kind = match op {
            Infix::Div => float(&promote(&a.kind, &b.kind), true),
            _ => promote(&a.kind, &b.kind),
        };
        let (a, b) = if long(&kind) { (a, b) } else { (self.exact(a)?, self.exact(b)?) };
        let units = match op {
            Infix::Add | Infix::Sub | Infix::Mod => same_units(&a, &b),
            _ if a.units == Units::Bare && b.units == Units::Bare => Units::Bare,
            _ => Units::Unknown,
        };
        // A power binds its right side from the right; everything else from the left.
        let (left, right) = if op == Infix::Pow { (9, 7) } else { (binds, binds + 1) };
        let python = format!("{} {sign} {}", bracket(&a, left), bracket(&b, right));
        Ok(Part { at: self.push(Instr::Binary(instr, a.at, b.at)), kind, units, python, binds })
    }

    /// The part as an array of its own, computed on integers: within a program of floats they would be rounded.
    fn apart(&mut self, part: Part) -> Result<Part> {
        let (program, inputs) = self.program.of_step(part.at, 0);
        let inputs: Vec<Arc<Node>> = inputs.iter().filter_map(|&i| self.inputs.get(i).cloned()).collect();
        let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| n.meta()).collect();
        let op = MapOp::new(program, Compiled(part.clone()).dtype(), &metas);
        Ok(Part { at: self.load(&Node::op(Arc::new(op), inputs)?), ..part })
    }

    /// What floats are made of: 64-bit integers are computed before.
    fn exact(&mut self, part: Part) -> Result<Part> {
        let plain = matches!(self.program.steps.get(part.at), Some(Instr::Load(_)));
        if long(&part.kind) && !plain { self.apart(part) } else { Ok(part) }
    }

    /// Truth values count as 0 and 1 in arithmetic, where numpy would keep them truth values.
    fn whole_from_truth(&self, x: Part) -> Part {
        if x.kind == Kind::Of(DType::Bool) {
            Part { kind: Kind::Of(DType::I64), python: format!("{} * 1", bracket(&x, 6)), binds: 6, ..x }
        } else {
            x
        }
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Result<Part> {
        let parts: Vec<Part> = args.iter().map(|a| self.part(a)).collect::<Result<_>>()?;
        let functions = self.functions;
        if let Some(function) = functions.get(name) {
            return self.inline(function, parts);
        }
        let wants = |n: &str| Error::invalid(format!("{name} takes {n}, not {} of them", parts.len()));
        if let Some(f) = ONE.iter().find(|f| f.names.contains(&name)) {
            let [x] = parts.as_slice() else { return Err(wants("one value")) };
            let x = &if f.gives == Gives::Float { self.exact(x.clone())? } else { x.clone() };
            let at = self.push(Instr::Unary(f.op, x.at));
            let python = format!("np.{}({})", f.numpy, x.python);
            return Ok(match f.gives {
                Gives::Truth => truth(at, python),
                Gives::Float => Part { at, kind: float(&x.kind, false), units: Units::Unknown, python, binds: 9 },
                Gives::Same => Part { at, python, binds: 9, ..x.clone() },
            });
        }
        if let Some(f) = TWO.iter().find(|f| f.names.contains(&name)) {
            let more = matches!(f.op, Binary::Min | Binary::Max);
            let Some((first, rest)) = parts.split_first().filter(|(_, r)| r.len() == 1 || (more && r.len() > 1)) else {
                return Err(wants(if more { "two values or more" } else { "two values" }));
            };
            return Ok(rest.iter().fold(first.clone(), |a, b| {
                let at = self.push(Instr::Binary(f.op, a.at, b.at));
                let kind = promote(&a.kind, &b.kind);
                let kind = if f.gives == Gives::Float { float(&kind, false) } else { kind };
                let units =
                    if matches!(f.op, Binary::Atan2 | Binary::Pow) { Units::Unknown } else { same_units(&a, b) };
                Part { at, kind, units, python: format!("np.{}({}, {})", f.numpy, a.python, b.python), binds: 9 }
            }));
        }
        if name == "clip" {
            let [x, lo, hi] = parts.as_slice() else { return Err(wants("a value and two limits")) };
            let low = self.push(Instr::Binary(Binary::Max, x.at, lo.at));
            let at = self.push(Instr::Binary(Binary::Min, low, hi.at));
            let kind = promote(&promote(&x.kind, &lo.kind), &hi.kind);
            let python = format!("np.clip({}, {}, {})", x.python, lo.python, hi.python);
            return Ok(Part { at, kind, python, binds: 9, ..x.clone() });
        }
        if name == "where" {
            let [c, a, b] = parts.as_slice() else { return Err(wants("a condition and two values")) };
            let python = format!("xr.where({}, {}, {})", c.python, a.python, b.python);
            let at = self.push(Instr::Select(c.at, a.at, b.at));
            return Ok(Part { at, kind: promote(&a.kind, &b.kind), units: same_units(a, b), python, binds: 9 });
        }
        let mut known: Vec<&str> = names().collect();
        known.extend(functions.iter().map(Function::name));
        let error = Error::not_found(format!("no function {name}"));
        Err(match nearest(name, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("there are: {}", known.join(", "))),
        })
    }
}

/// Whether a float would round some of the values.
fn long(kind: &Kind) -> bool {
    matches!(kind, Kind::Of(DType::I64 | DType::U64))
}

fn truth(at: usize, python: String) -> Part {
    Part { at, kind: Kind::Of(DType::Bool), units: Units::Unknown, python, binds: 9 }
}

fn bracket(part: &Part, binds: u8) -> String {
    if part.binds < binds { format!("({})", part.python) } else { part.python.clone() }
}

fn same_units(a: &Part, b: &Part) -> Units {
    match (&a.units, &b.units) {
        (Units::Bare, Units::Bare) => Units::Bare,
        (Units::Known(a), Units::Known(b)) if a == b => Units::Known(a.clone()),
        _ => Units::Unknown,
    }
}

/// The type of a sum of the two (numpy's, NEP 50).
fn promote(a: &Kind, b: &Kind) -> Kind {
    match (a, b) {
        (Kind::Of(a), Kind::Of(b)) => Kind::Of(a.promote(b)),
        (Kind::Whole, Kind::Whole) => Kind::Whole,
        (Kind::Whole | Kind::Real, Kind::Whole | Kind::Real) => Kind::Real,
        (Kind::Of(t), Kind::Whole) | (Kind::Whole, Kind::Of(t)) => {
            Kind::Of(if *t == DType::Bool { DType::I64 } else { t.clone() })
        }
        (Kind::Of(t), Kind::Real) | (Kind::Real, Kind::Of(t)) => {
            Kind::Of(if t.is_float() { t.clone() } else { DType::F64 })
        }
    }
}

/// The float type that a function of such a value gives. Integers of 8 and 16 bits give single precision (numpy's half
/// precision would lose them) but divide to double.
fn float(kind: &Kind, quotient: bool) -> Kind {
    match kind {
        Kind::Whole | Kind::Real => Kind::Real,
        Kind::Of(t) if t.is_float() => Kind::Of(t.clone()),
        Kind::Of(t) if t.size() <= 2 && !quotient => Kind::Of(DType::F32),
        Kind::Of(_) => Kind::Of(DType::F64),
    }
}
