//! What a script sets aside before a step and puts back after it: text, which xarray stumbles over where it is passed
//! by here, and coordinates that xarray forgets.

use crate::model::DType;
use crate::ops::{Step, python};
use crate::plan::{Dataset, Role, Var};
use std::sync::Arc;

/// Operations that do not compute with values, so that text goes through them.
const MOVES: &[&str] = &[
    "isel",
    "sel",
    "select",
    "rename",
    "transpose",
    "chunk",
    "stack",
    "unstack",
    "roll",
    "merge",
    "concat",
    "expr",
    "astype",
];

/// Operations for which numpy takes no truth values, or puts missing ones among them as objects.
const NO_TRUTH: &[&str] =
    &["quantile", "differentiate", "diff", "shift", "where", "coarsen", "unstack", "interp", "regrid"];

/// Python lines around those of a step; empty where nothing is set aside.
pub(super) struct Aside {
    pub(super) before: String,
    pub(super) after: String,
}

/// What is set aside for a step that makes `next` of `ds` and is written as `lines`.
pub(super) fn of(step: &Step, ds: &Dataset, next: &Dataset, lines: &str) -> Aside {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (texts, stay) = texts(step, ds, next);
    if !stay.is_empty() {
        before.push(format!("texts = {{n: ds[n].variable for n in {}}}", python::list(&stay)));
        after.push("ds = ds.assign(texts)".to_owned());
    }
    if !texts.is_empty() {
        before.push(format!("ds = ds.drop_vars({})", python::list(&texts)));
    }
    let truths = truths(step, ds, next);
    if !truths.is_empty() {
        let cast = |n: &String| (n.clone(), format!("ds[{}].astype(\"int32\")", python::quote(n)));
        let casts: Vec<_> = truths.iter().map(cast).collect();
        before.push(format!("ds = ds.assign({})", python::dict(&casts)));
    }
    let coords = coords(step, ds, next, lines);
    if !coords.is_empty() {
        before.insert(0, format!("coords = {{n: ds[n].variable for n in {}}}", python::list(&coords)));
        after.push("ds = ds.assign_coords(coords)".to_owned());
    }
    Aside { before: before.join("\n"), after: after.join("\n") }
}

/// The variables, of text most of them, that xarray must not see, and those among them that stay as they are.
fn texts(step: &Step, ds: &Dataset, next: &Dataset) -> (Vec<String>, Vec<String>) {
    if MOVES.contains(&step.op.as_str()) {
        return (Vec::new(), Vec::new());
    }
    let by = step.params.text("by");
    let text = |name: &str| by.as_deref() != Some(name) && next.axis(name).is_none();
    // xarray makes quantiles of one number too, and counts in windows that a variable does not lie along.
    let counts = step.op == "rolling" && step.params.text("reduce").as_deref() == Some("count");
    let single = |v: &Var| match step.op.as_str() {
        "quantile" => v.node.meta().dims.is_empty(),
        _ => counts && !v.node.meta().dims.iter().any(|d| step.params.get(d).is_some()),
    };
    let all = ds.data().filter(|v| (!v.node.meta().dtype.is_numeric() && text(&v.name)) || single(v));
    let all: Vec<String> = all.map(|v| v.name.clone()).collect();
    let stay = all.iter().filter(|name| next.var(name).is_some()).cloned().collect();
    (all, stay)
}

/// The variables of truth that the step takes for numbers.
fn truths(step: &Step, ds: &Dataset, next: &Dataset) -> Vec<String> {
    let op = step.op.as_str();
    if !NO_TRUTH.contains(&op) || (op == "where" && step.params.get("other").is_some()) {
        return Vec::new();
    }
    let truth = |v: &&Var| v.node.meta().dtype.plain() == DType::Bool;
    let becomes = |v: &&Var| {
        next.var(&v.name).is_some_and(|new| new.node.meta().dtype.is_float() || (op == "diff" && !truth(&new)))
    };
    ds.data().filter(truth).filter(becomes).map(|v| v.name.clone()).collect()
}

/// The coordinates that are the same before and after, and that xarray loses: `map` those that no variable has along its
/// dimensions, quantiles and fits all but labels; anomalies spread single ones out.
fn coords(step: &Step, ds: &Dataset, next: &Dataset, lines: &str) -> Vec<String> {
    let (most, anomaly) = (matches!(step.op.as_str(), "quantile" | "trend" | "polyfit"), step.op == "anomaly");
    if !most && !anomaly && !lines.contains(".map(") && !lines.contains(".weighted(") {
        return Vec::new();
    }
    let numeric = || next.data().filter(|v| v.node.meta().dtype.is_numeric());
    let lost = |dims: &[String]| !numeric().any(|v| dims.iter().all(|d| v.node.meta().dim(d).is_some()));
    let axes = next.axes.iter().filter(|a| ds.axis(&a.name).is_some_and(|old| old == *a));
    let labels =
        axes.filter(|a| crate::ops::coords::values(&a.values).is_some() && lost(std::slice::from_ref(&a.name)));
    let vars = next.vars.iter().filter(|v| {
        let dims = &v.node.meta().dims;
        v.role == Role::Coord && (most || (anomaly && dims.is_empty()) || lost(dims))
    });
    let same = vars.filter(|v| ds.var(&v.name).is_some_and(|old| Arc::ptr_eq(&old.node, &v.node)));
    labels.map(|a| a.name.clone()).chain(same.map(|v| v.name.clone())).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::{Aside, of};
    use crate::model::{Attrs, Data};
    use crate::ops::Step;
    use crate::ops::testing::{cube, dataset};
    use crate::plan::{Role, Var};

    #[test]
    fn text_and_lonely_coordinates_are_put_back() {
        let mut ds = dataset();
        let names = cube(&["lat"], &[3], Data::Text(["a", "b", "c"].map(str::to_owned).to_vec()));
        ds.vars.push(Var { name: "name".to_owned(), node: names, attrs: Attrs::default(), role: Role::Data });
        let around = |text: &str| {
            let step = Step::parse(text).unwrap();
            let Aside { before, after } = of(&step, &ds, &step.apply(&ds).unwrap(), &step.xarray(&ds).unwrap());
            (before, after)
        };
        let (before, after) = around("max time");
        assert_eq!(before, "texts = {n: ds[n].variable for n in [\"name\"]}\nds = ds.drop_vars([\"name\"])");
        assert_eq!(after, "ds = ds.assign(texts)");
        assert_eq!(around("max lat"), ("ds = ds.drop_vars([\"name\"])".to_owned(), String::new()));
        assert_eq!(around("isel lat=0"), (String::new(), String::new()));
        let some = Step::parse("expr 'wet = lat > 10'").unwrap().apply(&dataset()).unwrap();
        let before = |text: &str| {
            let step = Step::parse(text).unwrap();
            of(&step, &some, &step.apply(&some).unwrap(), &step.xarray(&some).unwrap()).before
        };
        assert_eq!(before("diff lat"), "ds = ds.assign({\"wet\": ds[\"wet\"].astype(\"int32\")})");
        assert_eq!(before("max lat") + &before("where 't > 0' other=1"), "");
        assert!(around("quantile q=0.5 dim=time").0.starts_with("coords = {n: ds[n].variable for n in [\"area\"]}"));
    }
}
