//! Reads expressions in Python's words and precedence. Knows no variable and no type.

use crate::model::{Error, Result};

/// Deepest nesting that is read; deeper ones would overflow the stack.
const DEEPEST: usize = 100;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    /// A number, and whether it was written without point and exponent.
    Number(f64, bool),
    /// A variable, a dimension or a constant.
    Name(String),
    /// `-x`, `not x`
    Prefix(Prefix, Box<Self>),
    /// `a + b`
    Infix(Infix, Box<Self>, Box<Self>),
    /// `hypot(u, v)`
    Call(String, Vec<Self>),
}

/// Operators before their operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    Minus,
    Not,
}

/// Operators between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Infix {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
    And,
    Or,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// Its nearest float, whether it is whole, and what that float lacks of a whole number beyond 2^53.
    Number(f64, bool, f64),
    Name(String),
    Sign(&'static str),
}

/// Signs, longer ones first.
const SIGNS: &[&str] = &[
    "**", "//", "<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "%", "<", ">", "(", ")", ",", "&", "|", "~",
    "!", "=", "^",
];

/// Reads an expression.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) saying what stands where something else should.
pub(crate) fn parse(text: &str) -> Result<Expr> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, text };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.unexpected("an operator")),
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let place = text.len() - rest.len();
        let (token, len) = if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            number(rest).ok_or_else(|| Error::invalid(format!("no number at character {} of: {text}", place + 1)))?
        } else if first.is_alphabetic() || first == '_' {
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Token::Name(rest[..len].to_owned()), len)
        } else if first == '`' {
            let len =
                rest[1..].find('`').ok_or_else(|| Error::invalid(format!("the quote ` is never closed in: {text}")))?;
            (Token::Name(rest[1..=len].to_owned()), len + 2)
        } else {
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s)).ok_or_else(|| {
                Error::invalid(format!("{first} at character {} means nothing in: {text}", place + 1))
                    .hint("names with other signs than letters, digits and _ stand in backquotes: `sea-level`")
            })?;
            (Token::Sign(sign), sign.len())
        };
        out.push((token, place));
        rest = rest[len..].trim_start();
    }
    Ok(out)
}

/// The number that the text begins with, and its length.
fn number(text: &str) -> Option<(Token, usize)> {
    let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    let mut len = digits(text);
    let mut whole = true;
    if text[len..].starts_with('.') {
        whole = false;
        len += 1 + digits(&text[len + 1..]);
    }
    let exponent = &text[len..];
    if exponent.starts_with(['e', 'E']) {
        let sign = usize::from(exponent[1..].starts_with(['+', '-']));
        let n = digits(&exponent[1 + sign..]);
        if n > 0 {
            whole = false;
            len += 1 + sign + n;
        }
    }
    let x: f64 = text[..len].parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the difference is what is wanted"
    )]
    let rest = if whole { text[..len].parse().map_or(0.0, |exact: i128| (exact - x as i128) as f64) } else { 0.0 };
    Some((Token::Number(x, whole, rest), len))
}

struct Parser<'a> {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    text: &'a str,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// Takes the next token where it is one of these signs or words, and says which.
    fn take(&mut self, wanted: &[&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            Token::Sign(sign) => wanted.iter().find(|w| *w == sign),
            Token::Name(name) => wanted.iter().find(|w| *w == name),
            Token::Number(..) => None,
        }?;
        self.at += 1;
        Some(found)
    }

    fn unexpected(&self, wanted: &str) -> Error {
        match self.tokens.get(self.at) {
            None => Error::invalid(format!("{wanted} is missing at the end of: {}", self.text)),
            Some((token, place)) => {
                let found = match token {
                    Token::Number(x, ..) => x.to_string(),
                    Token::Name(name) => name.clone(),
                    Token::Sign(sign) => (*sign).to_owned(),
                };
                let error = Error::invalid(format!(
                    "{found} at character {} where {wanted} should be: {}",
                    place + 1,
                    self.text
                ));
                match found.as_str() {
                    "^" => error.hint("a power is written **"),
                    "=" => error.hint("equality is written =="),
                    _ => error,
                }
            }
        }
    }

    /// `a op b op c …`, from the left.
    fn chain(&mut self, signs: &[(&'static str, Infix)], operand: impl Fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        let words: Vec<&'static str> = signs.iter().map(|(s, _)| *s).collect();
        let mut left = operand(self)?;
        let mut length = 0;
        while let Some(sign) = self.take(&words) {
            let Some((_, op)) = signs.iter().find(|(s, _)| *s == sign) else { break };
            let right = operand(self)?;
            left = Expr::Infix(*op, Box::new(left), Box::new(right));
            length += 1;
            if length > DEEPEST {
                return Err(Error::invalid(format!("more than {DEEPEST} terms in one row of an expression")));
            }
        }
        Ok(left)
    }

    fn or(&mut self) -> Result<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::invalid(format!("an expression nested more than {DEEPEST} deep")));
        }
        let result = self.chain(&[("or", Infix::Or), ("||", Infix::Or)], |p| {
            p.chain(&[("and", Infix::And), ("&&", Infix::And)], Self::not)
        });
        self.depth -= 1;
        result
    }

    fn not(&mut self) -> Result<Expr> {
        let mut times = 0;
        while self.take(&["not", "!"]).is_some() {
            times += 1;
        }
        let inner = self.comparison()?;
        // An even number of them still makes a truth value.
        Ok((0..times.min(2 + times % 2)).fold(inner, |x, _| Expr::Prefix(Prefix::Not, Box::new(x))))
    }

    /// `a < b <= c` is `a < b and b <= c`.
    fn comparison(&mut self) -> Result<Expr> {
        const SIGNS: &[(&str, Infix)] = &[
            ("<", Infix::Lt),
            ("<=", Infix::Le),
            (">", Infix::Gt),
            (">=", Infix::Ge),
            ("==", Infix::Eq),
            ("!=", Infix::Ne),
        ];
        let words: Vec<&'static str> = SIGNS.iter().map(|(s, _)| *s).collect();
        let mut left = self.bits()?;
        let mut all: Option<Expr> = None;
        while let Some(sign) = self.take(&words) {
            let Some((_, op)) = SIGNS.iter().find(|(s, _)| *s == sign) else { break };
            let right = self.bits()?;
            let one = Expr::Infix(*op, Box::new(left), Box::new(right.clone()));
            all = Some(match all {
                None => one,
                Some(before) => Expr::Infix(Infix::And, Box::new(before), Box::new(one)),
            });
            left = right;
        }
        Ok(all.unwrap_or(left))
    }

    /// `(a > 1) & (b > 2)`, as masks are joined in numpy.
    fn bits(&mut self) -> Result<Expr> {
        self.chain(&[("|", Infix::Or)], |p| p.chain(&[("&", Infix::And)], Self::sum))
    }

    fn sum(&mut self) -> Result<Expr> {
        self.chain(&[("+", Infix::Add), ("-", Infix::Sub)], |p| {
            let signs = [("*", Infix::Mul), ("//", Infix::FloorDiv), ("/", Infix::Div), ("%", Infix::Mod)];
            p.chain(&signs, Self::factor)
        })
    }

    fn factor(&mut self) -> Result<Expr> {
        let mut signs = Vec::new();
        while let Some(sign) = self.take(&["-", "+", "~"]) {
            signs.push(sign);
        }
        if signs.len() > DEEPEST {
            return Err(Error::invalid(format!("more than {DEEPEST} signs in a row")));
        }
        let base = self.atom()?;
        let power = match self.take(&["**"]) {
            None => base,
            Some(_) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Error::invalid(format!("an expression nested more than {DEEPEST} deep")));
                }
                let exponent = self.factor()?;
                self.depth -= 1;
                Expr::Infix(Infix::Pow, Box::new(base), Box::new(exponent))
            }
        };
        Ok(signs.iter().rev().fold(power, |x, sign| match *sign {
            "-" => Expr::Prefix(Prefix::Minus, Box::new(x)),
            "~" => Expr::Prefix(Prefix::Not, Box::new(x)),
            _ => x,
        }))
    }

    fn atom(&mut self) -> Result<Expr> {
        match self.peek().cloned() {
            Some(Token::Number(x, whole, rest)) => {
                self.at += 1;
                let number = Expr::Number(x, whole);
                let sum = |rest| Expr::Infix(Infix::Add, Box::new(number.clone()), Box::new(Expr::Number(rest, true)));
                Ok(if rest == 0.0 { number } else { sum(rest) })
            }
            Some(Token::Name(name)) if !matches!(name.as_str(), "and" | "or" | "not") => {
                self.at += 1;
                if self.take(&["("]).is_none() {
                    return Ok(Expr::Name(name));
                }
                let mut args = Vec::new();
                if self.take(&[")"]).is_none() {
                    loop {
                        args.push(self.or()?);
                        match self.take(&[",", ")"]) {
                            Some(",") => {}
                            Some(_) => break,
                            None => return Err(self.unexpected("a comma or )")),
                        }
                    }
                }
                Ok(Expr::Call(name, args))
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.or()?;
                if self.take(&[")"]).is_none() {
                    return Err(self.unexpected(")"));
                }
                Ok(inner)
            }
            _ => Err(self.unexpected("a value")),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Expr, Infix, Prefix, parse};

    /// With all brackets written out.
    fn shape(expr: &Expr) -> String {
        match expr {
            Expr::Number(x, _) => x.to_string(),
            Expr::Name(name) => name.clone(),
            Expr::Prefix(Prefix::Minus, x) => format!("-{}", shape(x)),
            Expr::Prefix(Prefix::Not, x) => format!("!{}", shape(x)),
            Expr::Infix(op, a, b) => {
                let sign = match op {
                    Infix::Add => "+",
                    Infix::Sub => "-",
                    Infix::Mul => "*",
                    Infix::Div => "/",
                    Infix::FloorDiv => "//",
                    Infix::Mod => "%",
                    Infix::Pow => "**",
                    Infix::Lt => "<",
                    Infix::Le => "<=",
                    Infix::Gt => ">",
                    Infix::Ge => ">=",
                    Infix::Eq => "==",
                    Infix::Ne => "!=",
                    Infix::And => "&",
                    Infix::Or => "|",
                };
                format!("({} {sign} {})", shape(a), shape(b))
            }
            Expr::Call(name, args) => format!("{name}[{}]", args.iter().map(shape).collect::<Vec<_>>().join(" ")),
        }
    }

    #[test]
    fn precedence_is_that_of_python() {
        let cases = [
            ("a + b * c - d", "((a + (b * c)) - d)"),
            ("-a ** 2", "-(a ** 2)"),
            ("2 ** -x ** 2", "(2 ** -(x ** 2))"),
            ("a // b % c / 2e3", "(((a // b) % c) / 2000)"),
            ("not a > 1 and b < 2 or c", "((!(a > 1) & (b < 2)) | c)"),
            ("1 < a <= 3", "((1 < a) & (a <= 3))"),
            ("(a > 1) & (b == 2) | ~c", "(((a > 1) & (b == 2)) | !c)"),
            ("where(isnan(a), .5, hypot(u, v) * 3.6)", "where[isnan[a] 0.5 (hypot[u v] * 3.6)]"),
            ("`sea-level` + größe", "(sea-level + größe)"),
            ("not not a", "!!a"),
            ("f()", "f[]"),
        ];
        for (text, expected) in cases {
            assert_eq!(shape(&parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let error = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(error(""), "a value is missing at the end of: ");
        assert_eq!(error("a +"), "a value is missing at the end of: a +");
        assert_eq!(error("(a"), ") is missing at the end of: (a");
        assert_eq!(error("a ^ 2"), "^ at character 3 where an operator should be: a ^ 2; a power is written **");
        assert!(error("a = 2").contains("=="));
        assert!(error("a b").starts_with("b at character 3"));
        assert!(error("a $ b").contains('$'));
        assert!(error("f(a b)").contains("a comma or )"));
        assert!(error(&"(".repeat(100_000)).contains("nested"));
        assert!(error(&format!("{}2", "2 ** ".repeat(100_000))).contains("nested"));
        assert!(error(&format!("{}2", "2 + ".repeat(100_000))).contains("terms"));
        assert!(error(&format!("{}2", "- ".repeat(100_000))).contains("signs"));
        assert!(error("a + é§").contains('§'));
    }
}
