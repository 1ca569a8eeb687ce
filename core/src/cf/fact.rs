//! One line of the decode card. Knows nothing of the rules that write it.

use std::fmt;

/// Something that decoding read or assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about: `calendar`, `scale`, `x axis` …
    pub what: &'static str,
    /// What holds: `360_day`, `0.01`, `dimension lon` …
    pub value: String,
    /// Where it stands in the file: the attribute, name or type it was read from. `None`: nothing says so, it is assumed.
    pub from: Option<String>,
}

impl Fact {
    /// Something the file says.
    pub fn read(what: &'static str, value: impl Into<String>, from: impl Into<String>) -> Self {
        Self { what, value: value.into(), from: Some(from.into()) }
    }

    /// Something the file leaves open.
    pub fn assumed(what: &'static str, value: impl Into<String>) -> Self {
        Self { what, value: value.into(), from: None }
    }
}

impl fmt::Display for Fact {
    /// `calendar: 360_day (from calendar)`, `calendar: standard (assumed)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) => write!(f, "{}: {} (from {from})", self.what, self.value),
            None => write!(f, "{}: {} (assumed)", self.what, self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fact;

    #[test]
    fn says_where_it_stands() {
        assert_eq!(Fact::read("scale", "0.01", "scale_factor").to_string(), "scale: 0.01 (from scale_factor)");
        assert_eq!(Fact::assumed("calendar", "standard").to_string(), "calendar: standard (assumed)");
    }
}
