//! Arrays written across the grain of their source: each way gives the same values, and chunks are read few times.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use graticule_core::engine::{Engine, EngineOptions, Run};
use graticule_core::model::{
    Attrs, Block, DType, Data, Dim, Group, Region, Result, Sink, Source, SourceInfo, Tier, VariableMeta,
};
use graticule_core::plan::Node;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const SHAPE: [usize; 3] = [240, 210, 300];
const MAPS: [usize; 3] = [8, 210, 300];
const SERIES: [usize; 3] = [240, 19, 20];

/// `x(time, lat, lon)` of 16-bit integers that follow from their position.
struct Made {
    info: SourceInfo,
    reads: AtomicUsize,
}

impl Made {
    fn new(chunks: [usize; 3], filter: &str) -> Arc<Self> {
        let names = ["time", "lat", "lon"].map(str::to_owned);
        let dims = names.iter().zip(SHAPE).map(|(n, size)| Dim { name: n.clone(), size, unlimited: false }).collect();
        let variable = VariableMeta {
            name: "x".into(),
            path: "/x".into(),
            dtype: DType::I16,
            dims: names.to_vec(),
            shape: SHAPE.to_vec(),
            chunks: Some(chunks.to_vec()),
            shards: None,
            filters: vec![filter.to_owned()],
            fill_value: None,
            tier: Tier::Direct,
            attrs: Attrs::default(),
        };
        let root = Group { name: "/".into(), path: "/".into(), dims, variables: vec![variable], ..Group::default() };
        let identity = format!("made {chunks:?}");
        let info = SourceInfo { format: "made", path: "made".into(), identity, root, warnings: Vec::new() };
        Arc::new(Self { info, reads: AtomicUsize::new(0) })
    }

    fn node(self: &Arc<Self>) -> Arc<Node> {
        Node::source(Arc::clone(self) as Arc<dyn Source>, "/x").unwrap()
    }
}

fn value(t: usize, y: usize, x: usize) -> i16 {
    i16::try_from((t * 7919 + y * 104_729 + x * 13) % 30_011).unwrap()
}

impl Source for Made {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&self, _path: &str, region: &Region) -> Result<Block> {
        let chunks = self.info.root.variables[0].chunk_shape();
        self.reads.fetch_add(region.chunks(&chunks, &SHAPE).count(), Ordering::Relaxed);
        let [t, y, x] = [0, 1, 2].map(|d| region.0[d].start..region.0[d].end());
        let values = t.flat_map(|t| {
            let x = x.clone();
            y.clone().flat_map(move |y| x.clone().map(move |x| value(t, y, x)))
        });
        Block::new(region.shape(), Data::I16(values.collect()))
    }
}

/// What is written, in memory.
struct Kept {
    values: Mutex<Block>,
    scratch: Option<PathBuf>,
    /// Chunks of which it says that it has them.
    held: Vec<Region>,
    writes: AtomicUsize,
}

impl Sink for Kept {
    fn write_part(&self, _array: &str, region: &Region, block: &Block, part: &Region) -> Result<()> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.values.lock().unwrap().paste(region, block, part)
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

    fn holds(&self, _array: &str, region: &Region) -> bool {
        self.held.contains(region)
    }

    fn scratch(&self) -> Option<PathBuf> {
        self.scratch.clone()
    }
}

fn kept(scratch: Option<PathBuf>, held: Vec<Region>) -> Arc<Kept> {
    let values = Mutex::new(Block::zeros(&DType::I16, SHAPE.to_vec()));
    Arc::new(Kept { values, scratch, held, writes: AtomicUsize::new(0) })
}

fn expected() -> Block {
    Made::new(MAPS, "").read("", &Region::all(&SHAPE)).unwrap()
}

/// The way in words, the chunks read, and the most bytes of tasks.
fn rechunk(memory_bytes: u64, filter: &str, [from, to]: [[usize; 3]; 2], sink: &Arc<Kept>) -> (String, usize) {
    let source = Made::new(from, filter);
    let engine = Engine::new(EngineOptions { threads: 2, memory_bytes }).unwrap();
    let arrays = [("x".to_owned(), source.node(), to.to_vec())];
    let way = engine.explain_written(&arrays).unwrap().stages[0].way.clone();
    let shared: Arc<dyn Sink> = Arc::clone(sink) as Arc<dyn Sink>;
    engine.write(&arrays, &shared, &Run::background()).unwrap();
    assert!(engine.memory().peak_in_tasks <= memory_bytes / 8 * 5, "{:?}", engine.memory());
    assert_eq!(engine.memory().in_tasks, 0);
    (way, source.reads.load(Ordering::Relaxed))
}

#[test]
fn with_the_grain_it_goes_straight() {
    let sink = kept(None, Vec::new());
    let (way, reads) = rechunk(64 << 20, "zstd:3", [MAPS, MAPS], &sink);
    assert_eq!((way.as_str(), reads), ("", 30));
    assert!(*sink.values.lock().unwrap() == expected());
}

#[test]
fn with_memory_enough_it_is_gathered_and_read_once() {
    let sink = kept(None, Vec::new());
    let (way, reads) = rechunk(128 << 20, "deflate:4", [MAPS, SERIES], &sink);
    assert!(way.starts_with("gathered in memory, 1 tiles"), "{way}");
    assert_eq!(reads, 30);
    assert!(*sink.values.lock().unwrap() == expected());
}

#[test]
fn with_little_memory_each_chunk_is_read_once_for_each_tile() {
    let sink = kept(None, Vec::new());
    let source = Made::new(MAPS, "blosc:lz4:5:shuffle");
    let engine = Engine::new(EngineOptions { threads: 2, memory_bytes: 24 << 20 }).unwrap();
    let arrays = [("x".to_owned(), source.node(), SERIES.to_vec())];
    let shared: Arc<dyn Sink> = Arc::clone(&sink) as Arc<dyn Sink>;
    engine.write(&arrays, &shared, &Run::background()).unwrap();
    let reads = source.reads.load(Ordering::Relaxed);
    // 30 MB in tiles of at most 9: four or five passes, not one for each of 165 chunks.
    assert!(reads.is_multiple_of(30) && reads <= 150, "{reads}");
    assert!(*sink.values.lock().unwrap() == expected());
}

#[test]
fn where_reading_is_dear_it_goes_by_way_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for [from, to] in [[MAPS, SERIES], [SERIES, MAPS], [[5, 70, 300], [240, 17, 23]]] {
        let sink = kept(Some(folder.path().to_path_buf()), Vec::new());
        let (way, reads) = rechunk(24 << 20, "bzip2", [from, to], &sink);
        assert!(way.starts_with("laid down in a temporary file"), "{way}");
        assert_eq!(reads, Region::all(&SHAPE).chunks(&from, &SHAPE).count());
        assert!(*sink.values.lock().unwrap() == expected(), "{from:?} {to:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn what_is_held_is_neither_computed_nor_written() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Region> = Region::all(&SHAPE).chunks(&SERIES, &SHAPE).collect();
    for (memory, scratch) in [(128 << 20, None), (24 << 20, Some(folder.path().to_path_buf()))] {
        let sink = kept(scratch.clone(), all[..all.len() - 5].to_vec());
        rechunk(memory, "bzip2", [MAPS, SERIES], &sink);
        assert_eq!(sink.writes.load(Ordering::Relaxed), 5);
        let sink = kept(scratch, all.clone());
        let (_, reads) = rechunk(memory, "bzip2", [MAPS, SERIES], &sink);
        assert_eq!((reads, sink.writes.load(Ordering::Relaxed)), (0, 0));
    }
}
