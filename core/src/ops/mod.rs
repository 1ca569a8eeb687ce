//! Operations in xarray's words. A *step* maps a lazy dataset to another by building nodes; the array kernels below it
//! implement `plan::Op`. Uses plan and model only: never the engine, a format or a file.

mod arithmetic;
mod attrs;
mod chain;
mod combine;
mod coords;
mod dates;
mod distance;
mod field;
mod fit;
mod horizontal;
mod interpolate;
mod kernel;
mod modes;
mod params;
mod python;
mod read;
mod recipe;
mod reduce;
mod scan;
mod scope;
mod script;
mod select;
mod shape;
mod spec;
mod step;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod testing;
mod time;
mod value;
mod window;

pub use arithmetic::Functions;
pub use chain::{apply, apply_each};
pub use params::Params;
pub use recipe::{Output, Recipe};
pub use scope::{Other, Scope};
pub use script::{Open, script};
pub use spec::{Family, KeySpec, KeyTarget, OpSpec, ParamKind, ParamSpec};
pub use step::Step;
pub use value::Value;

use crate::model::{Error, Result};

/// All operations, sorted by name.
pub const OPS: &[&OpSpec] = &[
    &reduce::ALL,
    &time::ANOMALY,
    &reduce::ANY,
    &reduce::ARGMAX,
    &reduce::ARGMIN,
    &field::ASTYPE,
    &scan::BFILL,
    &distance::CDIST,
    &shape::CHUNK,
    &time::CLIMATOLOGY,
    &window::COARSEN,
    &combine::CONCAT,
    &window::CONVOLVE,
    &fit::CORR,
    &reduce::COUNT,
    &fit::COV,
    &scan::CUMPROD,
    &scan::CUMSUM,
    &fit::DETREND,
    &scan::DIFF,
    &field::DIFFERENTIATE,
    &field::DIVERGENCE,
    &modes::EOF,
    &arithmetic::EXPR,
    &scan::FFILL,
    &arithmetic::FILLNA,
    &reduce::FIRST,
    &field::GRADIENT,
    &time::GROUPBY,
    &reduce::HISTOGRAM,
    &interpolate::INTERP,
    &scan::INTERPOLATE_NA,
    &select::ISEL,
    &reduce::LAST,
    &reduce::MAX,
    &reduce::MEAN,
    &reduce::MEDIAN,
    &combine::MERGE,
    &reduce::MIN,
    &fit::POLYFIT,
    &reduce::PROD,
    &reduce::QUANTILE,
    &scan::RANK,
    &interpolate::REGRID,
    &shape::RENAME,
    &time::RESAMPLE,
    &scan::ROLL,
    &window::ROLLING,
    &select::SEL,
    &select::SELECT,
    &scan::SHIFT,
    &modes::SPECTRUM,
    &shape::STACK,
    &fit::STANDARDIZE,
    &reduce::STD,
    &reduce::SUM,
    &shape::TRANSPOSE,
    &fit::TREND,
    &shape::UNSTACK,
    &reduce::VAR,
    &field::VORTICITY,
    &arithmetic::WHERE,
];

/// Names as they are written elsewhere.
const SPELLINGS: &[(&str, &str)] = &[("standardise", "standardize")];

/// The operation of this name.
///
/// # Errors
/// [`NotFound`](crate::model::ErrorKind::NotFound) with the name that is most like it.
pub fn find(name: &str) -> Result<&'static OpSpec> {
    let name = SPELLINGS.iter().find(|(other, _)| *other == name).map_or(name, |&(_, own)| own);
    OPS.iter().find(|op| op.name == name).copied().ok_or_else(|| {
        let error = Error::not_found(format!("no operation {name}"));
        match nearest(name, OPS.iter().map(|op| op.name)) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("there are: {}", OPS.iter().map(|op| op.name).collect::<Vec<_>>().join(", "))),
        }
    })
}

/// The candidate that takes fewest edits to reach, where those are few for its length.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (edits(name, c), c))
        .filter(|(n, c)| *n <= 1.max(c.len() / 3))
        .min_by_key(|(n, _)| *n)
        .map(|(_, c)| c)
}

/// Insertions, deletions and replacements from one word to another (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{OPS, Step, edits, find};

    #[test]
    fn operations_are_sorted_and_say_all_of_themselves() {
        assert!(OPS.windows(2).all(|w| w[0].name < w[1].name), "OPS is not sorted");
        for op in OPS {
            assert!(!op.summary.is_empty() && op.doc.ends_with('.'), "{} lacks words", op.name);
            let step = Step::parse(op.example).map_err(|e| e.to_string());
            assert_eq!(step.map(|s| s.op).as_deref(), Ok(op.name), "example of {}", op.name);
            assert!(op.params.iter().all(|p| !p.doc.is_empty()), "{} has a parameter without words", op.name);
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        assert_eq!(edits("kitten", "sitting"), 3);
        let message = find("isle").err().map(|e| e.to_string());
        assert!(message.is_some_and(|m| m.contains("isel")));
        assert_eq!(find("standardise").map(|op| op.name), Ok("standardize"));
    }
}
