//! The text of a call with its arguments: `random((10, 20), seed=1)`. Knows no function.

use crate::model::{Error, Result};
use std::collections::VecDeque;

/// A name with arguments that are taken one by one.
#[derive(Debug)]
pub(super) struct Call {
    /// The function.
    pub(super) name: String,
    positional: VecDeque<Argument>,
    named: Vec<(String, Argument)>,
}

/// One argument: a word, or several in brackets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Argument(Vec<String>);

impl Call {
    /// Reads `name(argument, key=argument, …)`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (name, rest) =
            text.split_once('(').ok_or_else(|| Error::invalid("a call needs its arguments in brackets"))?;
        let inner = rest.strip_suffix(')').ok_or_else(|| Error::invalid("the bracket ( is never closed"))?;
        let mut call = Self { name: name.trim().to_owned(), positional: VecDeque::new(), named: Vec::new() };
        for part in split(inner)? {
            match part.split_once('=') {
                Some((key, value)) => call.named.push((key.trim().to_owned(), Argument::parse(value))),
                None => call.positional.push_back(Argument::parse(&part)),
            }
        }
        Ok(call)
    }

    /// The next argument without a name.
    pub(super) fn next(&mut self) -> Option<Argument> {
        self.positional.pop_front()
    }

    /// The argument of this name.
    pub(super) fn take(&mut self, name: &str) -> Option<Argument> {
        let at = self.named.iter().position(|(n, _)| n == name)?;
        Some(self.named.remove(at).1)
    }

    /// The next argument, or that of this name.
    pub(super) fn need(&mut self, name: &str) -> Result<Argument> {
        let given = self.take(name).or_else(|| self.next());
        given.ok_or_else(|| Error::invalid(format!("{name} is missing")))
    }

    /// The next argument as lengths.
    pub(super) fn shape(&mut self, name: &str) -> Result<Vec<usize>> {
        self.need(name)?.lengths(name)
    }

    /// Refuses arguments that are left.
    pub(super) fn done(self) -> Result<()> {
        if let Some((name, _)) = self.named.first() {
            return Err(Error::invalid(format!("no argument {name}")));
        }
        match self.positional.front() {
            Some(one) => Err(Error::invalid(format!("more arguments than {} takes: {}", self.name, one.0.join(", ")))),
            None => Ok(()),
        }
    }
}

impl Argument {
    /// A whole number.
    pub(super) fn integer(n: i64) -> Self {
        Self(vec![n.to_string()])
    }

    fn parse(text: &str) -> Self {
        let text = text.trim();
        let inner = text.strip_prefix(['(', '[']).and_then(|t| t.strip_suffix([')', ']'])).unwrap_or(text);
        let word = |w: &str| w.trim().trim_matches(['\'', '"']).to_owned();
        Self(inner.split(',').map(word).filter(|w| !w.is_empty()).collect())
    }

    /// The words.
    pub(super) fn words(self) -> Vec<String> {
        self.0
    }

    /// A number; digits may be grouped by `_`.
    pub(super) fn number(&self, name: &str) -> Result<f64> {
        let read = |w: &String| w.replace('_', "").parse::<f64>().ok().filter(|x| x.is_finite());
        match self.0.as_slice() {
            [one] => read(one),
            _ => None,
        }
        .ok_or_else(|| Error::invalid(format!("{name} must be a number, not {}", self.0.join(", "))))
    }

    /// The number where it is written as a whole one.
    pub(super) fn whole(&self) -> Option<i64> {
        match self.0.as_slice() {
            [one] => one.replace('_', "").parse().ok(),
            _ => None,
        }
    }

    /// A whole number from 0.
    pub(super) fn length(&self, name: &str) -> Result<usize> {
        match self.lengths(name)?.as_slice() {
            [one] => Ok(*one),
            _ => Err(Error::invalid(format!("{name} must be one number, not {}", self.0.join(", ")))),
        }
    }

    /// Whole numbers from 0; `1e6` is one.
    pub(super) fn lengths(&self, name: &str) -> Result<Vec<usize>> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
        let float =
            |w: &str| w.parse::<f64>().ok().filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x)).map(|x| x as usize);
        let read = |w: &String| {
            let plain = w.replace('_', "");
            plain.parse().ok().or_else(|| float(&plain))
        };
        self.0
            .iter()
            .map(read)
            .collect::<Option<Vec<usize>>>()
            .ok_or_else(|| Error::invalid(format!("{name} must be whole numbers from 0, not {}", self.0.join(", "))))
    }
}

/// Splits at commas outside brackets.
fn split(text: &str) -> Result<Vec<String>> {
    let (mut parts, mut part, mut depth) = (Vec::new(), String::new(), 0_usize);
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.checked_sub(1).ok_or_else(|| Error::invalid(format!("a bracket {c} too many")))?
            }
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if depth > 0 {
        return Err(Error::invalid("a bracket is never closed"));
    }
    parts.push(part);
    parts.retain(|p| !p.trim().is_empty());
    Ok(parts)
}
