//! The engine's promises on data made to measure: the same bits at any number of threads, bounded memory, prompt
//! cancelling, lanes, and no chunk read twice in vain.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panicking and say how long it took")]

use graticule_core::engine::{Engine, EngineOptions, Run};
use graticule_core::events::Cursor;
use graticule_core::model::calendar::{Calendar, DateTime};
use graticule_core::model::{
    Attrs, Block, DType, Data, Dim, ErrorKind, Group, Region, Result, Sink, Source, SourceInfo, Span, Tier,
    VariableMeta,
};
use graticule_core::ops::{self, Step};
use graticule_core::plan::{Axis, AxisValues, Dataset, Node, Role, Var};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A variable `x(time, lat, lon)` whose values follow from their position; some are missing.
struct Made {
    info: SourceInfo,
    shape: Vec<usize>,
    /// Time that a chunk takes, and the first of all more than that.
    pause: Duration,
    first: Duration,
    /// Chunks read so far.
    reads: AtomicUsize,
}

impl Made {
    fn new(shape: [usize; 3], chunks: [usize; 3], pause: Duration) -> Arc<Self> {
        Self::slow_to_start(shape, chunks, pause, Duration::ZERO)
    }

    fn slow_to_start(shape: [usize; 3], chunks: [usize; 3], pause: Duration, first: Duration) -> Arc<Self> {
        let names = ["time", "lat", "lon"].map(str::to_owned);
        let dims = names.iter().zip(shape).map(|(n, size)| Dim { name: n.clone(), size, unlimited: false }).collect();
        let variable = VariableMeta {
            name: "x".into(),
            path: "/x".into(),
            dtype: DType::F32,
            dims: names.to_vec(),
            shape: shape.to_vec(),
            chunks: Some(chunks.to_vec()),
            shards: None,
            filters: Vec::new(),
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs::default(),
        };
        let root = Group { name: "/".into(), path: "/".into(), dims, variables: vec![variable], ..Group::default() };
        let identity = format!("made {shape:?} {chunks:?}");
        let info = SourceInfo { format: "made", path: "made".into(), identity, root, warnings: Vec::new() };
        Arc::new(Self { info, shape: shape.to_vec(), pause, first, reads: AtomicUsize::new(0) })
    }

    fn dataset(self: &Arc<Self>) -> Dataset {
        let start = Calendar::NoLeap
            .ticks(&DateTime { year: 2000, month: 1, day: 1, hour: 0, minute: 0, second: 0, micro: 0 })
            .unwrap();
        let day = 86_400_000_000;
        let ticks = (0..self.shape[0]).map(|i| start + i64::try_from(i).unwrap() * day).collect();
        let time = AxisValues::Time { ticks, calendar: Calendar::NoLeap };
        let even = |n: usize, from: f64, to: f64| {
            AxisValues::Number((0..n).map(|i| from + (to - from) * (i as f64 + 0.5) / n as f64).collect())
        };
        let axis = |name: &str, values| Axis { name: name.into(), values, attrs: Attrs::default(), bounds: None };
        Dataset {
            axes: vec![
                axis("time", time),
                axis("lat", even(self.shape[1], -90.0, 90.0)),
                axis("lon", even(self.shape[2], 0.0, 360.0)),
            ],
            vars: vec![Var {
                name: "x".into(),
                node: Node::source(Arc::clone(self) as Arc<dyn Source>, "/x").unwrap(),
                attrs: Attrs::default(),
                role: Role::Data,
            }],
            attrs: Attrs::default(),
        }
    }
}

impl Source for Made {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, _path: &str, region: &Region) -> Result<Block> {
        region.check(&self.shape)?;
        let chunks = region.chunks(&self.info.root.variables[0].chunk_shape(), &self.shape).count();
        self.reads.fetch_add(chunks, Ordering::Relaxed);
        std::thread::sleep(self.pause * u32::try_from(chunks).unwrap());
        if region.0.iter().all(|s| s.start == 0) {
            std::thread::sleep(self.first);
        }
        let mut values = Vec::with_capacity(region.cells());
        let [t, y, x] = [region.0[0], region.0[1], region.0[2]];
        for i in t.start..t.end() {
            for j in y.start..y.end() {
                for k in x.start..x.end() {
                    let n = (i * self.shape[1] + j) * self.shape[2] + k;
                    let mixed = u32::try_from(n % (1 << 31)).unwrap().wrapping_mul(2_654_435_761) >> 8;
                    values.push(if mixed.is_multiple_of(97) { f32::NAN } else { mixed as f32 / 1e4 - 800.0 });
                }
            }
        }
        Block::new(region.shape(), Data::F32(values))
    }
}

fn engine(threads: usize, mib: u64) -> Engine {
    Engine::new(EngineOptions { threads, memory_bytes: mib << 20 }).unwrap()
}

fn chain(dataset: &Dataset, steps: &[&str]) -> Arc<Node> {
    let steps: Vec<Step> = steps.iter().map(|s| Step::parse(s).unwrap()).collect();
    Arc::clone(&ops::apply(dataset, &steps).unwrap().need_var("x").unwrap().node)
}

fn bits(block: &Block) -> Vec<u64> {
    block.data().to_f64().iter().map(|x| x.to_bits()).collect()
}

fn whole(engine: &Engine, node: &Arc<Node>) -> Arc<Block> {
    engine.compute(node, &Region::all(&node.meta().shape), &Run::background()).unwrap()
}

#[test]
fn one_two_and_four_threads_give_the_same_bits() {
    let chains: &[&[&str]] = &[
        &["mean dim=time"],
        &["mean"],
        &["std dim=time,lon"],
        &["anomaly by=month"],
        &["climatology by=season"],
        &["expr 'x = hypot(x, 3) - 1'", "resample time=1MS reduce=max"],
        &["rolling time=5 reduce=mean"],
    ];
    let made = Made::new([365, 24, 30], [7, 24, 30], Duration::ZERO);
    for steps in chains {
        let node = chain(&made.dataset(), steps);
        let one = bits(&whole(&engine(1, 256), &node));
        assert!(one.iter().any(|b| !f64::from_bits(*b).is_nan()), "{steps:?} gave nothing but NaN");
        for threads in [2, 4] {
            assert_eq!(one, bits(&whole(&engine(threads, 256), &node)), "{steps:?} at {threads} threads");
        }
    }
}

#[test]
fn selections_commute_with_computing_at_any_chunking() {
    let part = Region(vec![Span::new(31, 40), Span::new(3, 5), Span::new(11, 17)]);
    let mut seen: Option<Vec<u64>> = None;
    for chunks in [[365, 24, 30], [1, 24, 30], [7, 5, 11], [365, 1, 1]] {
        let made = Made::new([365, 24, 30], chunks, Duration::ZERO);
        let node = chain(&made.dataset(), &["expr 'x = x * 2 + 1'", "rolling time=3 reduce=max"]);
        let engine = engine(2, 256);
        let all = whole(&engine, &node);
        let lazily = engine.compute(&node, &part, &Run::interactive()).unwrap();
        assert_eq!(bits(&lazily), bits(&all.slice(&part).unwrap()), "{chunks:?}");
        let bits = bits(&lazily);
        assert_eq!(seen.get_or_insert(bits.clone()), &bits, "{chunks:?}");
    }
}

#[test]
fn counted_memory_stays_within_the_budget_at_two_sizes() {
    for days in [400, 1600] {
        let made = Made::new([days, 180, 360], [10, 180, 360], Duration::ZERO);
        let engine = engine(2, 128);
        for steps in [&["mean dim=time"] as &[_], &["anomaly by=month", "max dim=time"]] {
            let node = chain(&made.dataset(), steps);
            assert_eq!(whole(&engine, &node).shape(), &[180, 360]);
            let memory = engine.memory();
            assert!(memory.peak_in_tasks <= memory.budget, "{days} days, {steps:?}: {memory:?}");
            assert!(memory.in_tasks == 0 && memory.chunk_cache + memory.results <= memory.budget / 2, "{memory:?}");
        }
    }
}

/// The others' totals wait for those of the first part, and are counted while they do.
#[test]
fn a_slow_first_part_keeps_within_the_budget() {
    let sizes = ([480, 180, 360], [10, 180, 360]);
    let slow = Made::slow_to_start(sizes.0, sizes.1, Duration::ZERO, Duration::from_millis(600));
    let quick = Made::new(sizes.0, sizes.1, Duration::ZERO);
    let expected = bits(&whole(&engine(1, 512), &chain(&quick.dataset(), &["std dim=time"])));
    for mib in [40, 512] {
        let tight = engine(4, mib);
        assert_eq!(bits(&whole(&tight, &chain(&slow.dataset(), &["std dim=time"]))), expected, "{mib} MiB");
        let memory = tight.memory();
        assert!(memory.peak_in_tasks <= memory.budget && memory.in_tasks == 0, "{memory:?}");
    }
}

/// The memory that a refusal names is enough, and not much more than is needed: passes need less than all at once.
#[test]
fn a_refusal_names_the_memory_that_is_enough() {
    let made = Made::new([40, 400, 800], [20, 400, 800], Duration::ZERO);
    for steps in [&["median"] as &[_], &["median dim=time"], &["rolling time=5 reduce=mean"]] {
        let node = chain(&made.dataset(), steps);
        let all = Region::all(&node.meta().shape);
        let plan = |mib: u64| engine(2, mib).compute(&node, &all, &Run::background()).map(drop);
        let error = plan(24).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{steps:?}: {error}");
        let text = error.to_string();
        let (_, rest) = text.split_once("give --memory ").unwrap();
        let mib: u64 = rest.split_once("MiB").unwrap().0.parse().unwrap();
        plan(mib).unwrap_or_else(|e| unreachable!("{steps:?}: {mib} MiB are not enough: {e}"));
        assert_eq!(plan(mib / 8 * 7).unwrap_err().kind(), ErrorKind::Memory, "{steps:?}: less than {mib} MiB do");
    }
}

#[test]
fn a_plan_that_cannot_fit_is_refused_before_anything_is_read() {
    let made = Made::new([4, 20_000, 20_000], [1, 500, 500], Duration::ZERO);
    let node = chain(&made.dataset(), &["mean dim=time"]);
    let error = engine(2, 16).compute(&node, &Region::all(&[20_000, 20_000]), &Run::background()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    assert!(error.to_string().contains("--memory"), "{error}");
    assert_eq!(made.reads.load(Ordering::Relaxed), 0);
}

/// Selection in memory and selection in passes, whatever the memory and the threads.
#[test]
fn order_statistics_of_more_than_memory_are_read_in_passes() {
    let made = Made::new([500, 90, 180], [10, 90, 180], Duration::ZERO);
    for steps in
        [&["median"] as &[_], &["quantile q=0,0.1,0.999 dim=time,lat,lon"], &["resample time=YS reduce=median"]]
    {
        let node = chain(&made.dataset(), steps);
        let expected = bits(&whole(&engine(2, 1024), &node));
        for threads in [1, 4] {
            let small = engine(threads, 24);
            let before = made.reads.load(Ordering::Relaxed);
            assert_eq!(bits(&whole(&small, &node)), expected, "{steps:?} at {threads} threads");
            let (memory, reads) = (small.memory(), made.reads.load(Ordering::Relaxed) - before);
            assert!(memory.peak_in_tasks <= memory.budget, "{steps:?}: {memory:?}");
            // 50 chunks, once for each half of a key of 32 bits.
            assert!(steps != ["median"] || reads == 100, "{reads} chunks read");
        }
    }
}

/// Groups of parts that touch few of the results: their counts are put in the right places.
#[test]
fn passes_over_chunks_of_a_few_latitudes_give_the_same_bits() {
    let made = Made::new([17520, 64, 64], [730, 8, 64], Duration::ZERO);
    let node = chain(&made.dataset(), &["median dim=time,lon"]);
    let expected = bits(&whole(&engine(2, 1024), &node));
    for mib in [16, 24] {
        assert_eq!(bits(&whole(&engine(2, mib), &node)), expected, "{mib} MiB");
    }
}

#[test]
fn cancelling_stops_at_the_next_chunk() {
    let made = Made::new([5000, 64, 64], [1, 64, 64], Duration::from_millis(2));
    let node = chain(&made.dataset(), &["mean dim=time"]);
    let run = Run::background();
    let cancel = run.cancel.clone();
    let worker = std::thread::spawn(move || engine(2, 64).compute(&node, &Region::all(&[64, 64]), &run));
    while made.reads.load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    cancel.cancel();
    assert_eq!(worker.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(made.reads.load(Ordering::Relaxed) < 500, "went on reading after being cancelled");
}

/// Components, patterns and parts are written one after the other, of one decomposition of one covariance.
#[test]
fn a_covariance_is_taken_apart_once_for_all_that_is_told_of_it() {
    let made = Made::new([60, 40, 50], [10, 40, 50], Duration::ZERO);
    let out = ops::apply(&made.dataset(), &[Step::parse("eof dim=time n=2").unwrap()]).unwrap();
    let (engine, run) = (engine(2, 64), Run::background());
    let mut events = Cursor::from_now();
    for name in ["x_pc", "x_eof", "x_fraction"] {
        let node = &out.need_var(name).unwrap().node;
        engine.compute(node, &Region::all(&node.meta().shape), &run).unwrap();
    }
    let steps: Vec<_> = events.drain().into_iter().filter(|e| e.job == run.job).map(|e| e.step).collect();
    assert_eq!(steps.iter().filter(|s| **s == "eigenvectors").count(), 1, "{steps:?}");
    // Read for the means and the covariance; again for the patterns.
    let reads = made.reads.load(Ordering::Relaxed);
    assert!((12..=24).contains(&reads), "{reads} of 6 chunks");
}

#[test]
fn somebody_looking_goes_before_an_export() {
    let slow = Made::new([4000, 64, 64], [1, 64, 64], Duration::from_millis(1));
    let engine = engine(1, 256);
    let background = Run::background();
    let (node, run, other) = (chain(&slow.dataset(), &["mean"]), background.clone(), engine.clone());
    let export = std::thread::spawn(move || other.compute(&node, &Region::default(), &run));
    while slow.reads.load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    let quick = Made::new([10, 64, 64], [1, 64, 64], Duration::ZERO);
    let node = chain(&quick.dataset(), &["expr 'x = x + 1'"]);
    let slice = Region(vec![Span::new(3, 1), Span::new(0, 64), Span::new(0, 64)]);
    engine.compute(&node, &slice, &Run::interactive()).unwrap();
    assert!(!export.is_finished(), "the slice waited for the whole export");
    background.cancel.cancel();
    assert_eq!(export.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
}

/// A sink that forgets.
struct Nowhere;

impl Sink for Nowhere {
    fn write_part(&self, _array: &str, _region: &Region, _block: &Block, _part: &Region) -> Result<()> {
        Ok(())
    }

    fn annotate(&mut self, _array: &str, _name: &str, _text: &str) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }

    fn bytes_written(&self) -> u64 {
        0
    }
}

/// Maps into series: the export holds most of the memory for its tiles from its beginning to its end.
#[test]
fn slices_are_answered_while_an_export_holds_its_tiles() {
    let made = Made::new([2000, 64, 64], [1, 64, 64], Duration::from_millis(1));
    let engine = engine(2, 16);
    let background = Run::background();
    let (node, run, other) = (chain(&made.dataset(), &["expr 'x = x * 2'"]), background.clone(), engine.clone());
    let export = std::thread::spawn(move || {
        let sink: Arc<dyn Sink> = Arc::new(Nowhere);
        other.write(&[("x".to_owned(), node, vec![2000, 8, 8])], &sink, &run)
    });
    while made.reads.load(Ordering::Relaxed) < 10 {
        std::thread::yield_now();
    }
    let quick = Made::new([2000, 64, 64], [1, 64, 64], Duration::ZERO);
    let node = chain(&quick.dataset(), &["expr 'x = x + 1'"]);
    let mut slowest = Duration::ZERO;
    for at in 0..10 {
        let slice = Region(vec![Span::new(at, 1), Span::new(0, 64), Span::new(0, 64)]);
        let asked = Instant::now();
        engine.compute(&node, &slice, &Run::interactive()).unwrap();
        slowest = slowest.max(asked.elapsed());
    }
    println!("the slowest slice took {slowest:?}; the export goes on: {}", !export.is_finished());
    assert!(!export.is_finished(), "the slices waited for the whole export");
    background.cancel.cancel();
    assert_eq!(export.join().unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_slider_within_one_chunk_reads_it_once() {
    let made = Made::new([48, 64, 64], [24, 64, 64], Duration::ZERO);
    let node = chain(&made.dataset(), &["expr 'x = x * 2'"]);
    let engine = engine(2, 256);
    for step in 0..24 {
        let slice = Region(vec![Span::new(step, 1), Span::new(0, 64), Span::new(0, 64)]);
        engine.compute(&node, &slice, &Run::interactive()).unwrap();
    }
    assert_eq!(made.reads.load(Ordering::Relaxed), 1);
}

#[test]
fn explaining_reads_nothing_and_counts_what_running_reads() {
    // What lies between picked positions is not read, and not said to be.
    for (chunk, steps) in [(7, &["anomaly by=month"][..]), (1, &["isel time=::10", "expr 'x = x + 1'", "mean time"])] {
        let made = Made::new([365, 24, 30], [chunk, 24, 30], Duration::ZERO);
        let node = chain(&made.dataset(), steps);
        let engine = engine(2, 256);
        let explained = engine.explain(&[Arc::clone(&node)]).unwrap();
        assert_eq!(made.reads.load(Ordering::Relaxed), 0);
        assert!(explained.peak_bytes <= 256 << 20 && explained.amplification() >= 1.0, "{explained}");
        let run = Run::background();
        engine.compute(&node, &Region::all(&node.meta().shape), &run).unwrap();
        assert_eq!(explained.chunks(), run.progress.chunks_read(), "{explained}");
    }
}

#[test]
fn series_across_chunks_that_are_maps_are_decoded_once_where_they_fit() {
    let made = Made::new([400, 200, 300], [1, 200, 300], Duration::ZERO);
    let node = chain(&made.dataset(), &["median time"]);
    let roomy = whole(&engine(2, 512), &node);
    assert_eq!(made.reads.swap(0, Ordering::Relaxed), 400);
    // Where they do not fit, tasks are as large as memory lets them be.
    let narrow = whole(&engine(1, 128), &node);
    let reads = made.reads.load(Ordering::Relaxed);
    assert!(reads > 400 && reads <= 8 * 400, "{reads}");
    assert_eq!(bits(&roomy), bits(&narrow));
}
