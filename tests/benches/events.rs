//! What the event rings cost: nanoseconds an event, times the events of real work, beside the time that the work takes.
//!
//! `cargo bench -p graticule-tests --bench events`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

use graticule_core::engine::{EngineOptions, Run};
use graticule_core::events::{Cursor, Kind, Stamp, record_step};
use graticule_core::model::Region;
use graticule_core::ops::{self, Step};
use graticule_core::session::Session;
use std::hint::black_box;
use std::time::Instant;

/// About a gigabyte made on the way.
const DATA: &str = "random((400, 721, 1440), chunks=(8, 721, 1440), seed=1, dtype=float32)";

/// Nanoseconds that one event takes, its two looks at the thread's CPU time included: the median of many runs.
fn each() -> f64 {
    const EVENTS: u32 = 10_000;
    let mut runs: Vec<f64> = (0..51)
        .map(|_| {
            let started = Instant::now();
            for i in 0..EVENTS {
                let stamp = Stamp::now();
                record_step(Kind::Compute, "bench", black_box(&stamp), u64::from(i), 0);
            }
            started.elapsed().as_nanos() as f64 / f64::from(EVENTS)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn main() {
    let each = each();
    println!("{each:.0} ns an event");
    println!("{:<44} {:>8} {:>8} {:>8}", "work", "events", "s of CPU", "share");
    for steps in [&["mean"][..], &["expr 'y = sin(a) * 2'", "std"], &["rolling dim_0=8 reduce=mean", "max"]] {
        let session = Session::new(EngineOptions::default()).unwrap();
        let opened = session.open(DATA).unwrap();
        let chain: Vec<Step> = steps.iter().map(|s| Step::parse(s).unwrap()).collect();
        let dataset = ops::apply(opened.dataset("/").unwrap(), &chain).unwrap();
        let mut cursor = Cursor::from_now();
        for var in &dataset.vars {
            let whole = Region::all(&var.node.meta().shape);
            session.engine().compute(&var.node, &whole, &Run::background()).unwrap();
        }
        let events = cursor.drain();
        let cpu: u64 = events.iter().filter(|e| e.kind == Kind::Task).map(|e| e.cpu_nanos).sum();
        let (count, seconds) = (events.len() as u64 + cursor.dropped(), cpu as f64 / 1e9);
        let share = each * count as f64 / cpu as f64;
        println!("{:<44} {count:>8} {seconds:>8.2} {:>7.3}%", steps.join(", "), share * 100.0);
        assert!(share < 0.005, "events take more than half a per cent");
    }
}
