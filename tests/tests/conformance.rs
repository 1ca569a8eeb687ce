//! Small files of every kind against what their own libraries read from them (`fixtures/conformance/answers.json`, which
//! `make_conformance.py` beside it makes): structure by `info`, all values by `values`, numbers by `stats`.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_tests::run;
use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Single precision decoded in another order of rounding; sums in double precision of the same.
const SINGLE: f64 = 3e-7;
/// JSON as it is parsed here may be off by the last bit.
const DOUBLE: f64 = 2.3e-16;

#[test]
fn the_program_reads_what_the_libraries_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conformance");
    let text = std::fs::read_to_string(folder.join("answers.json")).unwrap();
    let answers: Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert!(answers.len() > 82, "{}", answers.len());
    let files: Vec<(&String, &Value)> = answers.iter().collect();
    let faults = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((name, answer)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let file = File { path: folder.join("files").join(name), faults: &faults };
                    file.check(answer);
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    faults.sort();
    assert!(faults.is_empty(), "{} differences:\n{}", faults.len(), faults.join("\n"));
}

/// One file, and where its faults are noted.
struct File<'a> {
    path: PathBuf,
    faults: &'a Mutex<Vec<String>>,
}

impl File<'_> {
    fn fault(&self, what: impl std::fmt::Display) {
        let name = self.path.file_name().unwrap().to_string_lossy();
        self.faults.lock().unwrap().push(format!("{name}: {what}"));
    }

    fn ask(&self, command: &str, rest: &[&str]) -> Option<Value> {
        let mut args: Vec<&dyn AsRef<OsStr>> = vec![&command, &self.path];
        args.extend(rest.iter().map(|a| a as &dyn AsRef<OsStr>));
        args.push(&"--json");
        let output = run(&args);
        if output.code != Some(0) {
            self.fault(format!("{command} {rest:?}: {}", output.stderr.trim_end()));
            return None;
        }
        serde_json::from_str(&output.stdout).ok()
    }

    fn check(&self, answer: &Value) {
        let Some(info) = self.ask("info", &[]) else { return };
        for (path, wanted) in answer["groups"].as_object().unwrap() {
            match group(&info["root"], path) {
                None => self.fault(format!("no group {path}")),
                Some(found) => {
                    for (dim, wanted) in wanted["dimensions"].as_object().unwrap() {
                        let found = &found["dimensions"][dim];
                        self.same(&format!("{path}: length of {dim}"), &found["size"], &wanted[0], 0.0);
                        self.same(&format!("{path}: {dim} may grow"), &found["unlimited"], &wanted[1], 0.0);
                    }
                    self.attributes(path, &found["attributes"], &wanted["attributes"]);
                }
            }
        }
        for (path, wanted) in answer["variables"].as_object().unwrap() {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let found = group(&info["root"], parent).and_then(|g| g["variables"].as_array());
            match found.and_then(|all| all.iter().find(|v| v["name"] == name)) {
                None => self.fault(format!("no variable {path}")),
                Some(found) => self.variable(path, found, wanted),
            }
        }
    }

    fn variable(&self, path: &str, found: &Value, wanted: &Value) {
        for (key, name) in
            [("dtype", "dtype"), ("shape", "shape"), ("dims", "dimensions"), ("chunks", "chunks"), ("shards", "shards")]
        {
            if let Some(wanted) = wanted.get(key) {
                self.same(&format!("{path}: {key}"), &found[name], wanted, 0.0);
            }
        }
        self.attributes(path, &found["attributes"], &wanted["attributes"]);
        let single = ["float32", "float16"].contains(&wanted["dtype"].as_str().unwrap());
        self.values(path, wanted.get("raw"), &["--raw"], single, DOUBLE);
        for (field, wanted) in wanted["fields"].as_object().into_iter().flatten() {
            // No type is said of a field: single precision is taken as such.
            self.values(&format!("{path}.{field}"), Some(wanted), &["--raw"], false, 1e-7);
        }
        self.values(path, wanted.get("xarray"), &["--mask", "xarray"], false, SINGLE);
        self.values(path, wanted.get("masked"), &[], false, SINGLE);
        self.values(path, wanted.get("dates"), &[], false, 0.0);
        self.lists(path, wanted.get("lists"));
        for (key, flags) in [("stats", ["--mask", "xarray"].as_slice()), ("stats_raw", &["--raw"])] {
            let Some(wanted) = wanted.get(key) else { continue };
            let Some(found) = self.ask("stats", &[&[path], flags].concat()) else { continue };
            for (name, wanted) in wanted.as_object().unwrap() {
                self.same(&format!("{path}: {name}"), &found[name], wanted, SINGLE);
            }
        }
    }

    /// `exact`: values of single precision must have the same bits.
    fn values(&self, path: &str, wanted: Option<&Value>, flags: &[&str], exact: bool, tolerance: f64) {
        let Some(wanted) = wanted.and_then(Value::as_array) else { return };
        let Some(answer) = self.ask("values", &[&[path], flags].concat()) else { return };
        let mut found = Vec::new();
        flatten(&answer["values"], &mut found);
        if found.len() != wanted.len() {
            return self.fault(format!("{path} {flags:?}: {} values, not {}", found.len(), wanted.len()));
        }
        for (i, (found, wanted)) in found.into_iter().zip(wanted).enumerate() {
            let alike = match (found.as_f64(), wanted.as_f64()) {
                #[expect(clippy::cast_possible_truncation, reason = "to the precision that the value has")]
                (Some(a), Some(b)) if exact => (a as f32).to_bits() == (b as f32).to_bits(),
                _ => same(found, wanted, tolerance),
            };
            if !alike {
                return self.fault(format!("{path} {flags:?}: value {i} is {found}, not {wanted}"));
            }
        }
    }

    /// Lists are text: `[1, -2]`, nothing where empty.
    fn lists(&self, path: &str, wanted: Option<&Value>) {
        let Some(wanted) = wanted.and_then(Value::as_array) else { return };
        let Some(answer) = self.ask("values", &[path, "--raw"]) else { return };
        let mut found = Vec::new();
        flatten(&answer["values"], &mut found);
        let read = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap_or(Value::Null);
        let found: Vec<Value> = found.into_iter().map(read).collect();
        self.same(path, &Value::Array(found), &Value::Array(wanted.clone()), SINGLE);
    }

    fn attributes(&self, path: &str, found: &Value, wanted: &Value) {
        for (name, wanted) in wanted.as_object().into_iter().flatten().filter(|(_, w)| !w.is_null()) {
            self.same(&format!("{path}: attribute {name}"), &found[name], wanted, DOUBLE);
        }
    }

    fn same(&self, what: &str, found: &Value, wanted: &Value, tolerance: f64) {
        if !same(found, wanted, tolerance) {
            self.fault(format!("{what} is {found}, not {wanted}"));
        }
    }
}

fn group<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('/').filter(|p| !p.is_empty());
    parts.try_fold(root, |at, name| at["groups"].as_array()?.iter().find(|g| g["name"] == name))
}

fn flatten<'a>(value: &'a Value, into: &mut Vec<&'a Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| flatten(v, into)),
        other => into.push(other),
    }
}

/// Whole numbers and texts are equal, others to a tolerance of their size, or of 10 where they nearly cancel.
fn same(found: &Value, wanted: &Value, tolerance: f64) -> bool {
    match (found, wanted) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, tolerance)),
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let cancelled = if tolerance > DOUBLE { 10.0 } else { 0.0 };
            a == b || (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(cancelled)
        }
        _ => found == wanted,
    }
}
