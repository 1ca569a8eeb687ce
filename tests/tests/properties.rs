//! What must hold of any data, any chunks, any chain: the same values however the data are cut, whatever the memory, with
//! any number of threads, and for a part computed alone. A failure prints the smallest case that shows it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "properties/cases.rs"]
mod cases;

use cases::{Case, Kind, case};
use graticule_core::engine::{Engine, EngineOptions, Run};
use graticule_core::model::{Block, Data, ErrorKind, Region, Span};
use graticule_core::ops::Step;
use graticule_core::plan::{Dataset, Var};
use proptest::prelude::*;

fn engine(threads: usize, mib: u64) -> Engine {
    Engine::new(EngineOptions { threads, memory_bytes: mib << 20 }).unwrap()
}

/// The values of a variable; `None` where the engine says that they do not fit into its memory.
fn whole(engine: &Engine, var: &Var) -> Option<Block> {
    match engine.compute(&var.node, &Region::all(&var.node.meta().shape), &Run::background()) {
        Ok(block) => Some(Block::clone(&block)),
        Err(error) if error.kind() == ErrorKind::Memory => None,
        Err(error) => unreachable!("{}: {error}", var.name),
    }
}

/// Where two results differ: to the last bit, or, after steps whose sums depend on the order, by more than 1e-9 of the
/// largest value (in single precision 1e-6), values before the chain counting too.
fn differ(a: &Block, b: &Block, exact: bool) -> Option<String> {
    if a.shape() != b.shape() || a.data().dtype() != b.data().dtype() {
        return Some(format!("{:?} of {} and {:?} of {}", a.shape(), a.data().dtype(), b.shape(), b.data().dtype()));
    }
    if let (Data::Text(x), Data::Text(y)) = (a.data(), b.data()) {
        return (x != y).then(|| "the texts differ".to_owned());
    }
    let digits = if matches!(a.data(), Data::F32(_)) { 1e-6 } else { 1e-9 };
    let (x, y) = (a.data().to_f64(), b.data().to_f64());
    let largest = x.iter().filter(|v| v.is_finite()).fold(100.0f64, |m, v| m.max(v.abs()));
    let same = |x: f64, y: f64| x == y || (x.is_nan() && y.is_nan()) || (!exact && (x - y).abs() <= digits * largest);
    let at = x.iter().zip(&y).position(|(&x, &y)| !same(x, y))?;
    Some(format!("cell {at} of {:?} is {} and {}", a.shape(), x[at], y[at]))
}

/// The datasets that a chain makes of the same data in two chunkings, and its steps as typed. Steps that make no sense of
/// what they get are left out of both.
fn chain(case: &Case, dims: &[&str]) -> (Dataset, Dataset, Vec<String>, bool) {
    let (mut a, mut b) = (case.dataset(&case.chunks), case.dataset(&case.others));
    let (mut typed, mut exact) = (Vec::new(), true);
    for &choice in &case.choices {
        let Some((text, kind)) = cases::step(&a, choice, dims) else { continue };
        // What differs in its last digits may not decide anything.
        if !exact && matches!(kind, Kind::Decides | Kind::Both) {
            continue;
        }
        let step = case.bound(Step::parse(&text).unwrap_or_else(|e| unreachable!("{text}: {e}")));
        let (Ok(x), Ok(y)) = (step.apply(&a), step.apply(&b)) else { continue };
        exact &= !matches!(kind, Kind::Sums | Kind::Both);
        (a, b) = (x, y);
        typed.push(text);
    }
    (a, b, typed, exact)
}

const ALL: &[&str] = &["time", "lat", "lon"];

fn small() -> impl Strategy<Value = Case> {
    case([1, 1, 1], [40, 6, 7])
}

fn few(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(few(96))]

    #[test]
    fn neither_chunks_nor_threads_change_a_value(case in small()) {
        let (a, b, typed, exact) = chain(&case, ALL);
        let (reference, roomy) = (engine(1, 256), engine(2, 256));
        for (x, y) in a.data().zip(b.data()) {
            let expected = whole(&reference, x).unwrap();
            let cut = differ(&expected, &whole(&roomy, y).unwrap(), exact);
            prop_assert!(cut.is_none(), "{typed:?}: {} in other chunks: {}", x.name, cut.unwrap_or_default());
            for threads in [2, 4] {
                let other = differ(&expected, &whole(&engine(threads, 256), x).unwrap(), true);
                prop_assert!(other.is_none(), "{typed:?}: {} at {threads} threads: {}", x.name, other.unwrap_or_default());
            }
        }
    }

    #[test]
    fn a_part_computed_alone_is_that_part_of_the_whole(case in small(), ends in any::<[u32; 8]>()) {
        let (a, b, typed, exact) = chain(&case, ALL);
        let engine = engine(2, 64);
        for (x, y) in a.data().zip(b.data()) {
            let Some(all) = whole(&engine, x) else { unreachable!("{typed:?}: {} does not fit", x.name) };
            let spans = all.shape().iter().zip(ends.iter().cycle().zip(ends.iter().rev().cycle()));
            let part = Region(spans.map(|(&n, (&from, &len))| {
                let start = if n == 0 { 0 } else { from as usize % n };
                Span::new(start, if n == 0 { 0 } else { 1 + len as usize % (n - start) })
            }).collect());
            let alone = engine.compute(&y.node, &part, &Run::interactive()).unwrap();
            let wrong = differ(&all.slice(&part).unwrap(), &alone, exact);
            prop_assert!(wrong.is_none(), "{typed:?}: {} {part:?}: {}", x.name, wrong.unwrap_or_default());
        }
    }

    #[test]
    fn a_selection_may_come_before_steps_along_other_dimensions(case in small(), from in 0usize..9, len in 1usize..9, step in 1usize..4) {
        let (a, _, typed, exact) = chain(&case, &["time", "lon"]);
        let size = case.shape[1];
        let (start, end) = (from % size, (from % size + len).min(size));
        let select = Step::parse(&format!("isel lat={start}:{end}:{step}")).unwrap();
        let Ok(after) = select.apply(&a) else { return Ok(()) };
        let mut before = select.apply(&case.dataset(&case.others)).unwrap();
        for text in &typed {
            before = case.bound(Step::parse(text).unwrap()).apply(&before).unwrap();
        }
        let engine = engine(2, 64);
        for (x, y) in after.data().zip(before.data()) {
            let wrong = differ(&whole(&engine, x).unwrap(), &whole(&engine, y).unwrap(), exact);
            prop_assert!(wrong.is_none(), "{typed:?} and {select}: {}: {}", x.name, wrong.unwrap_or_default());
        }
    }
}

proptest! {
    #![proptest_config(few(5))]

    #[test]
    fn neither_does_memory_that_is_short(case in case([300, 40, 40], [500, 60, 60])) {
        let (a, b, typed, exact) = chain(&case, ALL);
        let (roomy, narrow) = (engine(2, 512), engine(2, 16 + case.mib % 8));
        for (x, y) in a.data().zip(b.data()) {
            let expected = whole(&roomy, x).unwrap();
            for (of, var) in [("these", x), ("other", y)] {
                let wrong = whole(&narrow, var).and_then(|got| differ(&expected, &got, exact));
                prop_assert!(wrong.is_none(), "{typed:?}: {} in {of} chunks: {}", x.name, wrong.unwrap_or_default());
                let memory = narrow.memory();
                prop_assert!(memory.peak_in_tasks <= memory.budget && memory.in_tasks == 0, "{typed:?}: {memory:?}");
            }
        }
    }
}
