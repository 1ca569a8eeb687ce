//! `cell_methods`: what a value stands for over its cell. CF section 7.3. Keeps the text; computes nothing.

use std::fmt;

/// One method: `time: mean (interval: 1 hour)`, `lat: lon: mean where land`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMethod {
    /// Dimensions, coordinates or standard names it applies to, together.
    pub dims: Vec<String>,
    /// `mean`, `sum`, `point` …
    pub method: String,
    /// `where land`, `within days`, `over years` …, empty where none.
    pub qualifier: String,
    /// What stands in parentheses, without them; empty where none.
    pub comment: String,
}

impl CellMethod {
    /// Reads a `cell_methods` attribute. Words without a dimension before them are left out.
    #[must_use]
    pub fn parse(text: &str) -> Vec<Self> {
        let mut methods: Vec<Self> = Vec::new();
        let mut dims: Vec<String> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('(') {
                let (comment, after) = inside.split_once(')').unwrap_or((inside, ""));
                if let Some(last) = methods.last_mut() {
                    comment.trim().clone_into(&mut last.comment);
                }
                rest = after.trim_start();
                continue;
            }
            let end = rest.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after.trim_start();
            match (word.strip_suffix(':'), methods.last_mut()) {
                (Some(dim), _) => dims.push(dim.to_owned()),
                (None, _) if !dims.is_empty() => methods.push(Self {
                    dims: std::mem::take(&mut dims),
                    method: word.to_owned(),
                    qualifier: String::new(),
                    comment: String::new(),
                }),
                (None, Some(last)) => {
                    let space = if last.qualifier.is_empty() { "" } else { " " };
                    last.qualifier = format!("{}{space}{word}", last.qualifier);
                }
                (None, None) => {}
            }
        }
        methods
    }
}

impl fmt::Display for CellMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for dim in &self.dims {
            write!(f, "{dim}: ")?;
        }
        f.write_str(&self.method)?;
        if !self.qualifier.is_empty() {
            write!(f, " {}", self.qualifier)?;
        }
        if !self.comment.is_empty() {
            write!(f, " ({})", self.comment)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::CellMethod;

    #[test]
    fn reading_and_writing_give_the_same_text() {
        for text in [
            "time: mean",
            "time: mean (interval: 2700 s)",
            "area: mean time: sum within days time: sum over days",
            "lat: lon: mean where land time: maximum (interval: 1 hr comment: sampled)",
            "month: year: mean",
            "",
        ] {
            let written: Vec<String> = CellMethod::parse(text).iter().map(ToString::to_string).collect();
            assert_eq!(written.join(" "), text);
        }
    }

    #[test]
    fn parts_are_told_apart() {
        let methods = CellMethod::parse("lat: lon: mean where land(comment: x)  time: point");
        assert_eq!(methods.len(), 2);
        assert_eq!(
            methods.first().map(|m| (m.dims.len(), m.method.as_str(), m.qualifier.as_str())),
            Some((2, "mean", "where land"))
        );
        for text in ["mean", "(interval", "time:", "time: mean (open", "((", "mean time: x"] {
            assert!(CellMethod::parse(text).len() <= 1, "{text}");
        }
    }
}
