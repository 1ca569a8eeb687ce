//! Selections as they are typed beside a variable: `time=0,lat=3:10`. They become steps of a chain.

use crate::model::{Error, Result};
use crate::ops::{Params, Step, Value};

/// The step of one selection text: `op` is `isel` or `sel`. A piece without a key continues the list before it:
/// `level=200,500,time=0` selects two levels.
///
/// # Errors
/// [`Invalid`](crate::model::ErrorKind::Invalid) for a piece without a key at the start, or a key given twice.
pub fn selection(op: &str, text: &str) -> Result<Step> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in text.split(',') {
        match (piece.split_once('='), pairs.last_mut()) {
            (Some((dim, value)), _) => {
                let dim = dim.trim().to_owned();
                if pairs.iter().any(|(d, _)| *d == dim) {
                    return Err(Error::invalid(format!("{op}: {dim} is selected twice in {text}")));
                }
                pairs.push((dim, value.trim().to_owned()));
            }
            (None, Some((_, before))) => {
                before.push(',');
                before.push_str(piece.trim());
            }
            (None, None) => {
                return Err(Error::invalid(format!("{op}: {text} names no dimension"))
                    .hint("write for example time=0,lat=3:10"));
            }
        }
    }
    let mut params = Params::default();
    for (dim, value) in pairs {
        params.set(dim, Value::parse(&value));
    }
    Ok(Step::new(op, params))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::selection;

    #[test]
    fn pieces_become_parameters() {
        let text = |t: &str| selection("isel", t).map(|s| s.to_string());
        assert_eq!(text("time=0,lat=3:10").unwrap(), "isel time=0 lat=3:10");
        assert_eq!(text("level=200,500,time=-1").unwrap(), "isel level=200,500 time=-1");
        assert!(text("3").unwrap_err().to_string().contains("no dimension"));
        assert!(text("a=1,a=2").unwrap_err().to_string().contains("twice"));
    }
}
