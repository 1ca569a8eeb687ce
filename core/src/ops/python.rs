//! Values as Python source: quotes, lists, keyword arguments. Knows no operation.

/// A Python string literal.
#[must_use]
pub(crate) fn quote(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    format!("\"{escaped}\"")
}

/// A number as Python writes it, shortest form that reads back.
#[must_use]
pub(crate) fn number(x: f64) -> String {
    if x.is_nan() {
        "np.nan".to_owned()
    } else if x.is_infinite() {
        if x > 0.0 { "np.inf" } else { "-np.inf" }.to_owned()
    } else {
        format!("{x:?}")
    }
}

/// A list of string literals: `["lat", "lon"]`; one name stands without brackets.
#[must_use]
pub(crate) fn names(names: &[impl AsRef<str>]) -> String {
    match names {
        [one] => quote(one.as_ref()),
        many => list(many),
    }
}

/// A list of string literals, always in brackets.
#[must_use]
pub(crate) fn list(names: &[impl AsRef<str>]) -> String {
    format!("[{}]", names.iter().map(|n| quote(n.as_ref())).collect::<Vec<_>>().join(", "))
}

/// Keyword arguments by dimension: `time=3, lat=slice(0, 4)`, or a dictionary where a name is no Python name.
#[must_use]
pub(crate) fn by_dim(items: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    if items.iter().all(|(k, _)| is_name(k.as_ref())) {
        items.iter().map(|(k, v)| format!("{}={}", k.as_ref(), v.as_ref())).collect::<Vec<_>>().join(", ")
    } else {
        dict(items)
    }
}

/// A dictionary with string keys.
#[must_use]
pub(crate) fn dict(items: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let items: Vec<_> = items.iter().map(|(k, v)| format!("{}: {}", quote(k.as_ref()), v.as_ref())).collect();
    format!("{{{}}}", items.join(", "))
}

/// Words that Python keeps for itself.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Names that scripts use for things of their own.
const OWN: &[&str] = &[
    "ds",
    "np",
    "xr",
    "other",
    "static",
    "signal",
    "ndimage",
    "eof",
    "spectrum",
    "convolve",
    "histogram",
    "out",
    "texts",
    "coords",
    "found",
    "step",
    "n",
    "groups",
    "first",
    "fields",
    "weights",
    "labels",
    "edges",
    "share",
    "mean",
    "detrend",
    "standardize",
    "east",
    "north",
    "phi",
];

/// Whether Python keeps a word for itself.
pub(crate) fn is_keyword(text: &str) -> bool {
    KEYWORDS.contains(&text)
}

/// Whether scripts use a name for something of their own.
pub(crate) fn is_taken(text: &str) -> bool {
    OWN.contains(&text)
}

/// Whether a text can stand as a keyword argument. `self`, `indexers` and the like are xarray's own arguments.
fn is_name(text: &str) -> bool {
    const TAKEN: &[&str] = &[
        "self",
        "indexers",
        "drop",
        "missing_dims",
        "method",
        "tolerance",
        "dim",
        "boundary",
        "side",
        "coord_func",
        "min_periods",
        "center",
    ];
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_keyword(text)
        && !TAKEN.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::{by_dim, names, number, quote};

    #[test]
    fn values_are_written_as_python() {
        assert_eq!(quote("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!([number(2.0), number(1e-7), number(f64::NAN)], ["2.0", "1e-7", "np.nan"]);
        assert_eq!(names(&["lat"]), r#""lat""#);
        assert_eq!(names(&["lat", "lon"]), r#"["lat", "lon"]"#);
        assert_eq!(by_dim(&[("time", "3"), ("lat", "slice(0, 4)")]), "time=3, lat=slice(0, 4)");
        assert_eq!(by_dim(&[("my dim", "3")]), r#"{"my dim": 3}"#);
    }
}
