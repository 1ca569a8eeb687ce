//! Functions of a person's own: a name, arguments and an expression over them, checked when they are defined and written
//! out where they are used.

use super::compile::Compiler;
use super::functions::{CONSTANTS, is_built_in};
use super::parse::{Expr, parse};
use crate::model::{Error, Result};
use crate::ops::python;
use crate::plan::Dataset;

/// The form of a definition, for messages.
const FORM: &str = "a function is written name(a, b) = expression, such as 'celsius(t) = t - 273.15'";

/// One function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Function {
    name: String,
    arguments: Vec<String>,
    /// The definition as it is written.
    text: String,
    body: Expr,
    /// The body as Python.
    python: String,
}

/// Functions in the order of their definition; each may use those before it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Functions(Vec<Function>);

impl Functions {
    /// None at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The definitions as they are written: `name(a, b) = expression`.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|f| f.text.as_str())
    }

    /// Reads and adds `name(a, b) = expression`. The expression may use its arguments, constants, built-in functions and
    /// functions defined before.
    ///
    /// # Errors
    /// [`Invalid`](crate::model::ErrorKind::Invalid) for what is no definition, a name that is taken or cannot stand in
    /// Python, a function that uses itself; [`NotFound`](crate::model::ErrorKind::NotFound) for unknown names in it; all
    /// naming the function.
    pub fn define(&mut self, text: &str) -> Result<()> {
        let wrong = || Error::invalid(format!("no definition of a function: {text}")).hint(FORM);
        let (head, body) = text.split_once('=').ok_or_else(wrong)?;
        let (name, rest) = head.split_once('(').ok_or_else(wrong)?;
        let inside = rest.trim_end().strip_suffix(')').ok_or_else(wrong)?;
        let name = name.trim();
        let arguments = match inside.trim() {
            "" => Vec::new(),
            list => list.split(',').map(|a| a.trim().to_owned()).collect(),
        };
        let function = self.checked(name, arguments, body.trim()).map_err(|e| e.within(format!("function {name}")))?;
        self.0.push(function);
        Ok(())
    }

    fn checked(&self, name: &str, arguments: Vec<String>, text: &str) -> Result<Function> {
        for (what, word) in std::iter::once(("name", name)).chain(arguments.iter().map(|a| ("argument", a.as_str()))) {
            if !is_word(word) {
                return Err(Error::invalid(format!("{word:?} cannot be its {what}"))
                    .hint("a name has letters, digits and _, does not begin with a digit and is no word of Python"));
            }
        }
        if is_built_in(name) || CONSTANTS.iter().any(|(c, _)| *c == name) {
            return Err(Error::invalid(format!("{name} is built in")).hint("choose another name"));
        }
        let module = |word: &str| word == "np" || word == "xr";
        let words = std::iter::once(name).filter(|n| python::is_taken(n));
        if let Some(taken) = words.chain(arguments.iter().map(String::as_str).filter(|a| module(a))).next() {
            return Err(
                Error::invalid(format!("{taken} has a meaning of its own in scripts")).hint("choose another name")
            );
        }
        if self.get(name).is_some() {
            return Err(Error::invalid("it is defined twice"));
        }
        if let Some(twice) = arguments.iter().enumerate().find(|(i, a)| arguments[..*i].contains(a)) {
            return Err(Error::invalid(format!("the argument {} is named twice", twice.1)));
        }
        let body = parse(text)?;
        if calls(&body, name) {
            return Err(Error::invalid("it uses itself, which would have no end"));
        }
        let written = format!("{name}({}) = {text}", arguments.join(", "));
        let mut function = Function { name: name.to_owned(), arguments, text: written, body, python: String::new() };
        let nothing = Dataset::default();
        function.python = Compiler::new(&nothing, self).body(&function)?;
        Ok(function)
    }

    /// The function of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Function> {
        self.0.iter().find(|f| f.name == name)
    }

    /// All of them in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Function> {
        self.0.iter()
    }

    /// The functions as Python `def`s, with a blank line before and after; empty where there are none.
    pub(crate) fn python(&self) -> String {
        let def = |f: &Function| format!("def {}({}):\n    return {}\n\n\n", f.name, f.arguments.join(", "), f.python);
        self.0.iter().map(def).collect()
    }
}

impl Function {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Names of its arguments.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// The definition as it is written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What it computes.
    pub(crate) fn body(&self) -> &Expr {
        &self.body
    }
}

/// Whether a text can be a name here and in Python.
fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
        && !python::is_keyword(text)
}

/// Whether an expression calls the function of this name.
fn calls(expr: &Expr, name: &str) -> bool {
    match expr {
        Expr::Number(..) | Expr::Name(_) => false,
        Expr::Prefix(_, x) => calls(x, name),
        Expr::Infix(_, a, b) => calls(a, name) || calls(b, name),
        Expr::Call(called, args) => called == name || args.iter().any(|a| calls(a, name)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Functions;
    use crate::model::{DType, Data};
    use crate::ops::testing::{dataset, values};
    use crate::ops::{Recipe, Step};
    use crate::plan::Dataset;

    fn functions(texts: &[&str]) -> Functions {
        let mut all = Functions::none();
        texts.iter().for_each(|t| all.define(t).unwrap());
        all
    }

    fn chain(texts: &[&str], step: &str) -> Step {
        let recipe =
            Recipe { functions: functions(texts), steps: vec![Step::parse(step).unwrap()], ..Recipe::default() };
        recipe.bound().steps.remove(0)
    }

    fn run(texts: &[&str], step: &str) -> Dataset {
        chain(texts, step).apply(&dataset()).unwrap()
    }

    #[test]
    fn functions_give_what_their_expression_gives() {
        let own = ["double(a) = a * 2", "mix(a, b) = double(a) - where(b > 0, b, pi * 0)"];
        let same = |step: &str, plain: &str| {
            let (a, b) = (run(&own, step), Step::parse(plain).unwrap().apply(&dataset()).unwrap());
            let (own, written) = (&a.need_var("x").unwrap().node, &b.need_var("x").unwrap().node);
            assert_eq!(own.meta(), written.meta(), "{step}");
            assert_eq!(own.inputs().len(), written.inputs().len(), "{step} is not one program");
            let bits = |ds: &Dataset| values(ds, "x").to_f64().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&a), bits(&b), "{step}");
        };
        same("expr 'x = double(t)'", "expr 'x = t * 2'");
        same(
            "expr 'x = mix(t + 1, mask) + double(3)'",
            "expr 'x = (t + 1) * 2 - where(mask > 0, mask, pi * 0) + 3 * 2'",
        );
        let out = run(&own, "where 'double(mask) > 3'");
        assert_eq!(values(&out, "mask").to_f64().iter().filter(|x| !x.is_nan()).count(), 4);
        assert_eq!(values(&run(&["truth(c) = c + c"], "expr 'x = truth(mask > 1)'"), "x").to_f64()[2], 2.0);
        assert_eq!(values(&run(&["two() = 2"], "expr 'x = two()'"), "x"), Data::I64(vec![2]));
        // A body without its arguments has no dimensions, whatever it is called with, as the number that Python returns.
        let out =
            run(&["three(a) = 3"], "expr 'x = three(t)' 'y = three(t) * t' 'z = where(t > three(t), three(t), t)'");
        assert_eq!(values(&out, "x"), Data::I64(vec![3]));
        let [x, y, z] = ["x", "y", "z"].map(|name| out.need_var(name).unwrap().node.meta());
        assert!(x.dims.is_empty() && y.dims == ["time", "lat", "lon"]);
        let turned = run(&["turned(a, b) = b + a"], "expr 'x = turned(lat, lon)'");
        assert_eq!(turned.need_var("x").unwrap().node.meta().dims, ["lon", "lat"], "as they come in the body");
        assert_eq!((&y.dtype, &z.dims, &z.dtype), (&DType::F32, &y.dims, &DType::F32));
    }

    #[test]
    fn python_defines_and_calls_them() {
        let own = ["chill(t, v) = 13.12 + 0.6215 * t - 11.37 * v ** 0.16", "far(x) = hypot(x, max(x, 1, e))"];
        assert_eq!(
            functions(&own).python(),
            "def chill(t, v):\n    return 13.12 + 0.6215 * t - 11.37 * v ** 0.16\n\n\n\
             def far(x):\n    return np.hypot(x, np.maximum(np.maximum(x, 1), np.e))\n\n\n"
        );
        let line = chain(&own, "expr 'x = -chill(t - 1, far(mask))'").xarray(&dataset()).unwrap();
        assert_eq!(line, r#"ds["x"] = -chill(ds["t"] - 1, far(ds["mask"]))"#);
    }

    #[test]
    fn mistakes_name_the_function() {
        let error = |texts: &[&str]| {
            let mut all = Functions::none();
            texts.iter().find_map(|t| all.define(t).err()).unwrap().to_string()
        };
        assert!(error(&["f(a)"]).starts_with("no definition of a function: f(a); a function is written"));
        assert!(error(&["f = 2"]).contains("no definition"));
        assert_eq!(error(&["sqrt(a) = a"]), "function sqrt: sqrt is built in; choose another name");
        assert_eq!(error(&["ln(a) = a"]), "function ln: ln is built in; choose another name");
        assert!(error(&["ds(a) = a"]).contains("in scripts"));
        assert!(error(&["f(np) = np"]).contains("np has a meaning of its own in scripts"));
        assert!(error(&["lambda(a) = a"]).starts_with("function lambda: \"lambda\" cannot be its name"));
        assert!(error(&["f(a, 2b) = a"]).contains("\"2b\" cannot be its argument"));
        assert_eq!(error(&["f(a, a) = a"]), "function f: the argument a is named twice");
        assert_eq!(error(&["f(a) = a", "f(b) = b"]), "function f: it is defined twice");
        assert_eq!(error(&["f(a) = 1 + f(a)"]), "function f: it uses itself, which would have no end");
        assert!(error(&["f(a) = g(a)", "g(a) = f(a)"]).starts_with("function f: no function g"));
        assert!(error(&["f(pressure) = presure"]).contains("did you mean pressure?"));
        assert!(
            error(&["f(a) = temperature"])
                .contains("no argument temperature; a function sees nothing but its arguments")
        );
        assert!(
            error(&["f(a) = a", "g(a) = f(a, 2)"])
                .contains("function g: f takes 1 values, not 2 of them; it is f(a) = a")
        );
        let many: Vec<String> = (0..30)
            .map(|i| if i == 0 { "f0(a) = a".to_owned() } else { format!("f{i}(a) = f{0}(a) + f{0}(a + 1)", i - 1) })
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(error(&many).contains("more than 10000 operations once all functions are written out"));
        let unused = chain(&["f(a) = a"], "expr 'x = f(t, t)'").apply(&dataset()).unwrap_err().to_string();
        assert_eq!(unused, "expr: x: f takes 1 values, not 2 of them; it is f(a) = a");
    }
}
