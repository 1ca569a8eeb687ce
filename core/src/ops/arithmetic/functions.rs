//! The functions of expressions, with their names in numpy.

use crate::plan::{Binary, Unary};

/// What the type of a result follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// A float: an integer becomes one.
    Float,
    /// The type of the operands.
    Same,
    /// A truth value.
    Truth,
}

/// A function of one operand.
pub(crate) struct OneFunction {
    /// Names people write; the first is shown.
    pub(crate) names: &'static [&'static str],
    /// numpy's name.
    pub(crate) numpy: &'static str,
    /// The instruction.
    pub(crate) op: Unary,
    /// The result's type.
    pub(crate) gives: Gives,
}

const fn one(names: &'static [&'static str], numpy: &'static str, op: Unary, gives: Gives) -> OneFunction {
    OneFunction { names, numpy, op, gives }
}

/// Functions of one operand.
pub(crate) const ONE: &[OneFunction] = &[
    one(&["abs"], "abs", Unary::Abs, Gives::Same),
    one(&["acos", "arccos"], "arccos", Unary::Acos, Gives::Float),
    one(&["asin", "arcsin"], "arcsin", Unary::Asin, Gives::Float),
    one(&["atan", "arctan"], "arctan", Unary::Atan, Gives::Float),
    one(&["ceil"], "ceil", Unary::Ceil, Gives::Same),
    one(&["cos"], "cos", Unary::Cos, Gives::Float),
    one(&["cosh"], "cosh", Unary::Cosh, Gives::Float),
    one(&["degrees", "rad2deg"], "degrees", Unary::Degrees, Gives::Float),
    one(&["exp"], "exp", Unary::Exp, Gives::Float),
    one(&["expm1"], "expm1", Unary::Expm1, Gives::Float),
    one(&["floor"], "floor", Unary::Floor, Gives::Same),
    one(&["isfinite"], "isfinite", Unary::IsFinite, Gives::Truth),
    one(&["isnan"], "isnan", Unary::IsNan, Gives::Truth),
    one(&["log", "ln"], "log", Unary::Ln, Gives::Float),
    one(&["log10"], "log10", Unary::Log10, Gives::Float),
    one(&["log1p"], "log1p", Unary::Log1p, Gives::Float),
    one(&["log2"], "log2", Unary::Log2, Gives::Float),
    one(&["radians", "deg2rad"], "radians", Unary::Radians, Gives::Float),
    one(&["round"], "round", Unary::Round, Gives::Same),
    one(&["sign"], "sign", Unary::Sign, Gives::Same),
    one(&["sin"], "sin", Unary::Sin, Gives::Float),
    one(&["sinh"], "sinh", Unary::Sinh, Gives::Float),
    one(&["sqrt"], "sqrt", Unary::Sqrt, Gives::Float),
    one(&["tan"], "tan", Unary::Tan, Gives::Float),
    one(&["tanh"], "tanh", Unary::Tanh, Gives::Float),
    one(&["trunc"], "trunc", Unary::Trunc, Gives::Same),
];

/// A function of two operands.
pub(crate) struct TwoFunction {
    /// Names people write; the first is shown.
    pub(crate) names: &'static [&'static str],
    /// numpy's name.
    pub(crate) numpy: &'static str,
    /// The instruction.
    pub(crate) op: Binary,
    /// The result's type.
    pub(crate) gives: Gives,
}

const fn two(names: &'static [&'static str], numpy: &'static str, op: Binary, gives: Gives) -> TwoFunction {
    TwoFunction { names, numpy, op, gives }
}

/// Functions of two operands.
pub(crate) const TWO: &[TwoFunction] = &[
    two(&["atan2", "arctan2"], "arctan2", Binary::Atan2, Gives::Float),
    two(&["hypot"], "hypot", Binary::Hypot, Gives::Float),
    two(&["max", "maximum"], "maximum", Binary::Max, Gives::Same),
    two(&["min", "minimum"], "minimum", Binary::Min, Gives::Same),
    two(&["pow", "power"], "power", Binary::Pow, Gives::Same),
];

/// Constants, with numpy's names.
pub(crate) const CONSTANTS: &[(&str, f64)] =
    &[("pi", std::f64::consts::PI), ("e", std::f64::consts::E), ("nan", f64::NAN), ("inf", f64::INFINITY)];

/// Whether a name is that of a built-in function, by any spelling.
pub(crate) fn is_built_in(name: &str) -> bool {
    ONE.iter().any(|f| f.names.contains(&name))
        || TWO.iter().any(|f| f.names.contains(&name))
        || ["clip", "where"].contains(&name)
}

/// All function names, for messages and completion.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let one = ONE.iter().filter_map(|f| f.names.first().copied());
    let two = TWO.iter().filter_map(|f| f.names.first().copied());
    one.chain(two).chain(["clip", "where"])
}
