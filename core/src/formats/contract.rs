//! What every format must keep, as one suite to be run over any source; and the way to the sample files.

use crate::model::{AttrValue, Block, Data, ErrorKind, Region, Source, Span, VariableMeta};
use std::path::PathBuf;

/// Variables of more cells than this are checked by parts only.
const WHOLE: usize = 2_000_000;

/// Runs the suite over every variable of a source.
pub(crate) fn check(source: &dyn Source) {
    let info = source.info();
    assert!(!info.identity.is_empty() && !info.format.is_empty());
    let mut paths = Vec::new();
    for group in info.root.walk() {
        for variable in &group.variables {
            // The very same one: a fill value of NaN is not equal to itself.
            let found = info.root.variable(&variable.path).is_some_and(|v| std::ptr::eq(v, variable));
            assert!(found, "{} is found by its path", variable.path);
            paths.push(variable.path.clone());
            check_meta(variable);
            check_regions(source, variable);
            check_refusals(source, variable);
        }
    }
    paths.sort();
    let count = paths.len();
    paths.dedup();
    assert_eq!(paths.len(), count, "every path is unique");
    let missing = source.read("/no/such/variable", &Region::default());
    assert!(missing.is_err_and(|e| e.kind() == ErrorKind::NotFound && e.to_string().contains("/no/such/variable")));
}

fn check_meta(variable: &VariableMeta) {
    let rank = variable.shape.len();
    assert_eq!(variable.dims.len(), rank, "{variable:?}");
    for lengths in [&variable.chunks, &variable.shards].into_iter().flatten() {
        assert_eq!(lengths.len(), rank, "{variable:?}");
        assert!(!lengths.contains(&0), "{variable:?}");
    }
    if let Some(AttrValue::Numbers(fill)) = &variable.fill_value {
        assert_eq!(fill.len(), 1, "{variable:?}");
    }
}

fn check_regions(source: &dyn Source, variable: &VariableMeta) {
    let whole = Region::all(&variable.shape);
    if variable.cells() > WHOLE {
        return;
    }
    let all = read(source, variable, &whole);
    assert_eq!(all.shape(), variable.shape);
    assert_eq!(all.data().dtype(), Data::zeros(&variable.dtype, 0).dtype(), "the plane of {variable:?}");
    let mut random = Random(variable.path.len() as u64 + 17);
    for _ in 0..6 {
        let region = Region(variable.shape.iter().map(|&n| random.span(n)).collect());
        let part = read(source, variable, &region);
        assert_eq!(part.shape(), region.shape());
        assert_same(&part, &all.slice(&region).unwrap(), &format!("{region:?} of {}", variable.path));
    }
}

fn check_refusals(source: &dyn Source, variable: &VariableMeta) {
    let mut outside = Region::all(&variable.shape);
    match outside.0.last_mut() {
        Some(span) => span.len += 1,
        None => outside.0.push(Span::new(0, 1)),
    }
    let mut overflowing = Region::all(&variable.shape);
    if let Some(span) = overflowing.0.first_mut() {
        *span = Span::new(usize::MAX, 2);
    }
    for bad in [outside, overflowing].into_iter().filter(|r| r.check(&variable.shape).is_err()) {
        let error = source.read(&variable.path, &bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().contains(&variable.path), "{error} names {}", variable.path);
    }
}

fn read(source: &dyn Source, variable: &VariableMeta, region: &Region) -> Block {
    source.read(&variable.path, region).unwrap_or_else(|e| panic!("{region:?} of {}: {e}", variable.path))
}

/// Equality of bits: a NaN equals itself.
pub(crate) fn assert_same(a: &Block, b: &Block, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    let same = match (a.data(), b.data()) {
        (Data::F32(a), Data::F32(b)) => a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
        (Data::F64(a), Data::F64(b)) => a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()),
        (a, b) => a == b,
    };
    assert!(same, "{what} differ");
}

/// Repeatable random numbers (Knuth's MMIX generator), enough to pick regions.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    /// Any part of 0..n, now and then an empty one.
    fn span(&mut self, n: usize) -> Span {
        let start = self.below(n + 1);
        Span::new(start, self.below(n - start + 1))
    }
}

/// The folder of sample files: `shared/data` above the package, or in the folder that `GRATICULE_SHARED` names.
/// `None`, with a line that says so, where it is not there.
pub(crate) fn samples() -> Option<PathBuf> {
    let above = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("GRATICULE_SHARED").map(PathBuf::from);
    let shared = named.into_iter().chain(above.ancestors().map(|a| a.join("shared")));
    let found = shared.map(|s| s.join("data")).find(|d| d.is_dir());
    if found.is_none() {
        eprintln!("skipped: no sample files (shared/data) above the package and GRATICULE_SHARED is not set");
    }
    found
}

/// A sample file, `None` (with a line) where it is not there.
pub(crate) fn sample(name: &str) -> Option<PathBuf> {
    let path = samples()?.join(name);
    if !path.exists() {
        eprintln!("skipped: there is no sample file {name}");
        return None;
    }
    Some(path)
}

/// Runs a script with the Python of `GRATICULE_PYTHON` and gives what it prints; `None`, saying so, where that is not
/// set or the script ends with 77: a package that it needs is not there.
pub(crate) fn run_python(script: &str, args: &[&std::path::Path]) -> Option<String> {
    let Some(python) = std::env::var_os("GRATICULE_PYTHON") else {
        eprintln!("skipped: GRATICULE_PYTHON names no Python with the packages of tests/requirements.txt");
        return None;
    };
    let done =
        std::process::Command::new(python).arg("-W").arg("ignore").arg("-c").arg(script).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.code() == Some(77) {
        eprintln!("skipped: {said}");
        return None;
    }
    assert!(done.status.success(), "{said}");
    Some(String::from_utf8(done.stdout).unwrap())
}
