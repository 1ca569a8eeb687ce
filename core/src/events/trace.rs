//! Events as a Chrome trace, which Perfetto opens.

use super::Event;
use serde_json::{Value, json};

/// The events in the Trace Event Format (one complete event each, times in microseconds).
///
/// Source: "Trace Event Format", Google, 2016.
#[must_use]
pub fn chrome_trace(events: &[Event]) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "microseconds as the format wants them")]
    let micros = |nanos: u64| nanos as f64 / 1000.0;
    let list: Vec<Value> = events
        .iter()
        .map(|e| {
            json!({
                "name": e.kind.name(), "cat": "graticule", "ph": "X", "pid": 1, "tid": e.worker,
                "ts": micros(e.start_nanos), "dur": micros(e.end_nanos - e.start_nanos),
                "args": {"step": e.step, "bytes_in": e.bytes_in, "bytes_out": e.bytes_out, "cpu_us": micros(e.cpu_nanos), "job": e.job},
            })
        })
        .collect();
    json!({"traceEvents": list, "displayTimeUnit": "ms"})
}
