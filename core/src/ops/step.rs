//! One step of a chain: an operation's id with its parameters, read from a command line word by word.

use super::params::number;
use super::{OpSpec, ParamKind, Params, Value, find};
use crate::model::{Error, Result};
use std::fmt;

/// One step of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The operation's id.
    pub op: String,
    /// Its parameters.
    pub params: Params,
    /// Whether it is part of the chain just now; a step that is not stays where it is and does nothing.
    pub enabled: bool,
}

impl Step {
    /// An enabled step.
    #[must_use]
    pub fn new(op: impl Into<String>, params: Params) -> Self {
        Self { op: op.into(), params, enabled: true }
    }

    /// Reads `isel time=0:10 lat=3`, `expr 'ws = hypot(u, v)'`, `where 't2m > 273.15'`. Words are split at blanks outside
    /// quotes; a word without a key is the value of the operation's first required parameter.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) for an unknown operation, [`Invalid`](crate::model::ErrorKind::Invalid)
    /// for an open quote, a key given twice or a word too many.
    pub fn parse(text: &str) -> Result<Self> {
        let mut words = split(text)?.into_iter();
        let op = words.next().ok_or_else(|| Error::invalid("a step needs the name of an operation"))?.plain();
        let spec = find(&op)?;
        let mut params = Params::default();
        for word in words {
            let (key, value) = word.assignment(spec)?;
            if params.get(&key).is_some() {
                return Err(Error::invalid(format!("{op}: {key} is given twice")));
            }
            params.set(key, value);
        }
        Ok(Self::new(op, params))
    }

    /// What the operation says of itself.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) naming operations of similar name.
    pub fn spec(&self) -> Result<&'static OpSpec> {
        find(&self.op)
    }

    /// The keys of its parameters that name other data, with what they name.
    pub fn others(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let params = self.spec().map_or(&[][..], |spec| spec.params);
        let data = params.iter().filter(|p| p.kind == ParamKind::Data);
        data.filter_map(|p| Some((p.name, self.params.get(p.name).filter(|v| number(v).is_none())?)))
    }

    /// Names the other data that it works with anew, path by path.
    pub fn rename_others(&mut self, path: impl Fn(&str) -> String) {
        let named: Vec<(&str, Value)> = self.others().map(|(key, value)| (key, value.clone())).collect();
        for (key, value) in named {
            let value = match value {
                Value::List(items) => Value::List(items.iter().map(|v| path(&v.text()).into()).collect()),
                one => path(&one.text()).into(),
            };
            self.params.set(key, value);
        }
    }
}

impl fmt::Display for Step {
    /// The step as it is typed on a command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.op)?;
        for (key, value) in self.params.iter() {
            write!(f, " {key}={value}")?;
        }
        Ok(())
    }
}

/// A word with, for each character, whether it stood in quotes.
#[derive(Default)]
struct Word(Vec<(char, bool)>);

impl Word {
    fn plain(&self) -> String {
        self.0.iter().map(|(c, _)| c).collect()
    }

    /// The key and value. `key=value` with the sign outside quotes; inside quotes `name = expression` counts too, but
    /// not a comparison such as `a == b`.
    fn assignment(&self, spec: &OpSpec) -> Result<(String, Value)> {
        let at = self.0.iter().position(|&(c, quoted)| c == '=' && !quoted).filter(|&at| self.is_key(at));
        let at = at.or_else(|| self.0.iter().position(|&(c, _)| c == '=').filter(|&at| self.is_key(at)));
        let (key, rest) = match at {
            Some(at) => (Self(self.0[..at].to_vec()).plain().trim().to_owned(), &self.0[at + 1..]),
            None => {
                let key = spec.positional().filter(|_| spec.name != "expr").ok_or_else(|| {
                    Error::invalid(format!("{}: {} has no key", spec.name, self.plain()))
                        .hint(format!("for example: {}", spec.example))
                })?;
                (key.to_owned(), self.0.as_slice())
            }
        };
        let text: String = rest.iter().map(|(c, _)| c).collect::<String>().trim().to_owned();
        let quoted = rest.iter().any(|&(_, quoted)| quoted);
        Ok((key, if quoted { Value::Text(text) } else { Value::parse(&text) }))
    }

    /// Whether the `=` at `at` ends a key: something before it that is a name, and no second `=` after it.
    fn is_key(&self, at: usize) -> bool {
        let before = Self(self.0[..at].to_vec()).plain();
        let name = before.trim();
        !name.is_empty()
            && name.chars().all(|c| !c.is_whitespace() && !"<>!=()+*/%,".contains(c))
            && self.0.get(at + 1).is_none_or(|&(c, _)| c != '=')
    }
}

/// Splits at blanks outside quotes, as a shell does.
fn split(text: &str) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote: Option<char> = None;
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().0.push((c, true)),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().0.push((c, false)),
        }
    }
    if let Some(q) = quote {
        return Err(Error::invalid(format!("the quote {q} is never closed in: {text}")));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::Step;
    use crate::ops::Value;

    #[test]
    fn steps_are_read_as_typed_and_written_back() {
        for text in [
            "isel time=0:10 lat=3",
            "sel lat=30:60 lon=350:20 time=2001-07",
            "expr ws='hypot(u, v)'",
            "where cond='t2m > 273.15'",
            "mean dim=lat,lon weights=area",
            "fillna value=0",
        ] {
            let step = Step::parse(text).unwrap();
            assert_eq!(step.to_string(), text);
            assert_eq!(Step::parse(&step.to_string()).unwrap(), step);
        }
    }

    #[test]
    fn a_word_without_a_key_goes_where_it_belongs() {
        let step = Step::parse("expr 'ws = hypot(u, v)'").unwrap();
        assert_eq!(step.params.get("ws"), Some(&"hypot(u, v)".into()));
        let step = Step::parse("where 'a == b'").unwrap();
        assert_eq!(step.params.get("cond"), Some(&"a == b".into()));
        let step = Step::parse("where a>=2").unwrap();
        assert_eq!(step.params.get("cond"), Some(&"a>=2".into()));
        let step = Step::parse("select u,v").unwrap();
        assert_eq!(step.params.get("variables"), Some(&Value::List(vec!["u".into(), "v".into()])));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| Step::parse(text).unwrap_err().to_string();
        assert_eq!(error(""), "a step needs the name of an operation");
        assert!(error("isell time=0").contains("isel"), "{}", error("isell time=0"));
        assert_eq!(error("isel time=0 time=1"), "isel: time is given twice");
        assert_eq!(error("where 'a > 1"), "the quote ' is never closed in: where 'a > 1");
        assert!(error("expr 'u + v'").contains("expr 'ws = hypot(u, v)'"));
    }
}
